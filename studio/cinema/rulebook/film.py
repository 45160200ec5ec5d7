"""Film through the gate: stock, gauge, load, exposure of a magazine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cinema.optics import minutes_of_film
from studio.cinema.records import Camera, Lens, Stock, Term
from studio.cinema.rule import Finding, rule

if TYPE_CHECKING:
    from studio.cinema.library import Library


@rule(
    "LA_DIGITAL_NO_FILM_STOCK",
    "hard",
    reads="camera.body camera.film_stock",
    message="{body} is digital: no film runs through it, so it can't take {film_stock}.",
    why="A sensor takes the place of film.",
)
def _digital_without_stock(body: Camera, stock: Stock) -> Finding:
    return not body.film


@rule(
    "LA_FILM_REQUIRES_STOCK",
    "hard",
    reads="camera.body camera.film_stock?",
    message="{body} is a film camera: choose a stock.",
    why="An empty magazine exposes nothing.",
)
def _film_needs_stock(body: Camera, stock: Stock | None) -> Finding:
    return body.film and stock is None


@rule(
    "LA_65MM_STOCK_REQUIRES_65MM_CAMERA",
    "hard",
    reads="camera.body camera.film_stock",
    message="{film_stock} is 65mm film; {body} takes {gauge}.",
    why="Film 65 mm wide does not fit a narrower gate.",
)
def _wide_stock(body: Camera, stock: Stock) -> Finding:
    wrong = body.film and stock.gauges == ("65mm",) and body.gauge != "65mm"
    return {"gauge": body.gauge} if wrong else None


@rule(
    "LA_STOCK_GAUGE",
    "hard",
    reads="camera.body camera.film_stock",
    message="{film_stock} was made in {gauges}; {body} takes {gauge}.",
    why="The width of the film is the width of the gate, sprockets and magazine.",
)
def _gauge(body: Camera, stock: Stock) -> Finding:
    if not body.film or body.gauge in stock.gauges or (stock.gauges == ("65mm",) and body.gauge != "65mm"):
        return None
    return {"gauges": " and ".join(stock.gauges), "gauge": body.gauge}


@rule(
    "LA_IMAX_STOCK_REQUIRES_IMAX",
    "hard",
    reads="camera.body camera.film_stock",
    message="{film_stock} is spooled for 15-perf magazines; {body} has none.",
    why="15-perf film runs sideways through its own movement. An IMAX body takes any 65mm stock; the "
    "loads named IMAX fit it alone.",
)
def _imax_load(body: Camera, stock: Stock) -> Finding:
    return bool(body.gauge == "65mm" and stock.load and stock.load not in body.gates)


@rule(
    "LA_THREE_STRIP_CAMERA",
    "hard",
    reads="camera.body camera.film_stock",
    message="three-strip Technicolor and its camera belong together: {body} with {film_stock} can't run.",
    why="Three negatives run through one prism camera (1932 to 1955); no other body takes them, and it "
    "takes nothing else.",
)
def _three_strip(body: Camera, stock: Stock) -> Finding:
    return body.film and body.three_strip != stock.needs_three_strip


@rule(
    "LA_STOCK_ANACHRONISM",
    "hard",
    reads="year camera.film_stock",
    message="{film_stock} came in {introduced}, after {year}.",
    why="A film of one year can't be shot on a stock of a later one.",
)
def _stock_not_yet(year: int, stock: Stock) -> Finding:
    return {"introduced": stock.year} if year < stock.year else None


@rule(
    "LA_STOCK_DISCONTINUED_WARN",
    "warning",
    reads="year camera.film_stock",
    message="{film_stock} was discontinued about {until}; in {year} only old cans are left.",
    why="Aged stock is fogged and unpredictable; short ends kept cold have been used on purpose.",
)
def _stock_gone(year: int, stock: Stock) -> Finding:
    return {"until": stock.until} if stock.until is not None and year > stock.until + 1 else None


@rule(
    "LA_TOOLS_NEVER_MET_WARN",
    "warning",
    reads="camera.film_stock camera.body? lens.family? lighting.source?",
    field="camera.film_stock",
    message="{film_stock} was gone by about {until}, {newest} came in {since}: they never met on a set.",
    why="Stock dates against the dates of body, lens and light, where no year is chosen.",
)
def _never_met(stock: Stock, body: Camera | None, lens: Lens | None, source: Term | None) -> Finding:
    if stock.until is None:
        return None
    dated = [(tool.year, tool.name) for tool in (body, lens) if tool is not None]
    if source is not None and source.since is not None:
        dated.append((source.since, source.name))
    since, newest = max(dated, default=(0, ""))
    return {"until": stock.until, "newest": newest, "since": since} if since > stock.until + 2 else None


@rule(
    "LA_SHUTTER_OF_FILM_CAMERA",
    "hard",
    reads="camera.body camera.shutter_angle",
    message="{body} pulls film down while its shutter is closed: {shutter_angle}° leaves no time for it.",
    why="A rotating shutter opens to about 180 or 200 degrees, 235 at the very most; only a sensor can do "
    "without.",
)
def _pull_down(body: Camera, angle: float) -> Finding:
    return body.film and angle > 235


@rule(
    "LA_SYNC_FRAME_RATE_WARN",
    "warning",
    reads="camera.sync_sound camera.frame_rate",
    message="dialogue at {frame_rate} frames a second does not play back at its own speed.",
    why="Sound runs at 24, 25 or 30 (and 48, 50, 60 for high frame rate shows).",
)
def _off_speed(sync: bool, rate: float) -> Finding:
    return sync and not any(abs(rate - speed) < 0.1 for speed in (24, 25, 30, 48, 50, 60))


@rule(
    "LA_FLICKER_WARN",
    "warning",
    reads="lighting.source camera.frame_rate",
    message="{source} may flicker at {frame_rate} frames a second.",
    why="Discharge lamps, tubes and screens pulse with the mains; off the usual speeds the pulse shows.",
)
def _flicker(source: Term, rate: float) -> Finding:
    pulsing = (
        "hmi",
        "fluorescent",
        "neon",
        "sodium_vapor",
        "mercury_vapor",
        "television",
        "computer_screen",
        "led_volume",
    )
    return source.id in pulsing and not any(abs(rate - speed) < 0.1 for speed in (24, 25, 30, 48, 50, 60))


@rule(
    "LA_BW_STOCK_COLOR_TONE_WARN",
    "warning",
    reads="camera.film_stock visual_grammar.color_tone",
    message="{film_stock} is black and white; it can't give a palette of {color_tone}.",
    why="No dye, no colour: tinting and toning of the print are all that it takes.",
)
def _colourless(stock: Stock, tone: Term) -> Finding:
    return stock.monochrome and tone.family != "monochrome"


@rule(
    "LA_COLOR_STOCK_MONOCHROME_INFO",
    "info",
    reads="camera.film_stock visual_grammar.color_tone",
    message="{film_stock} is colour: finish it in black and white.",
    why="Colour negative finished without colour is a choice of its own (La Haine, 1995).",
)
def _finish_in_monochrome(stock: Stock, tone: Term) -> Finding:
    return not stock.monochrome and tone.monochrome


@rule(
    "LA_MAGAZINE_TAKE_WARN",
    "warning",
    reads="camera.body movement.take_length_s camera.gate? camera.frame_rate?",
    message="{body} runs {minutes} minutes on its longest magazine; the take is {length}.",
    field="movement.take_length_s",
    why="1000 ft of 35mm 4-perf last 11 minutes at 24 frames a second, 1000 ft of 15-perf IMAX three.",
    needs_library=True,
)
def _magazine(
    library: Library, body: Camera, seconds: float, gate: str | None, rate: float | None
) -> Finding:
    if not body.film or not body.magazine_ft:
        return None
    format = library.formats[gate if gate in body.gates else body.gates[0]]
    minutes = minutes_of_film(body.magazine_ft, format.feet_per_minute, rate or 24.0)
    if seconds <= minutes * 60:
        return None
    return {"minutes": f"{minutes:.1f}", "length": f"{seconds / 60:.1f} minutes"}


@rule(
    "LA_SYNC_SOUND_WARN",
    "warning",
    reads="camera.body camera.sync_sound visual_grammar.shot_size?",
    message="{body} is too loud for dialogue{near}: plan to loop the lines.",
    field="camera.sync_sound",
    why="Unblimped bodies (IIC, Caméflex, 435, IMAX) and aircraft are heard on the track, worst in "
    "close-ups.",
)
def _loud(body: Camera, sync: bool, size: Term | None) -> Finding:
    if not sync or body.sound:
        return None
    return {"near": " in a close-up" if size is not None and size.size == "close-up" else ""}
