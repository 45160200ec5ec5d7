"""Light: what the sky gives, colour balance, exposure."""

from __future__ import annotations

import math

from studio.cinema.optics import circle_of_confusion, depth_of_field_m, stops_short
from studio.cinema.records import Camera, Stock, Term
from studio.cinema.rule import Finding, rule

_SKY = "lighting.time_of_day lighting.source"


@rule(
    "LA_NIGHT_NO_SUN",
    "hard",
    reads=_SKY,
    message="the sun is below the horizon at night.",
    why="True indoors too: the clock decides. Day for night is chosen as day, with a cool tone.",
)
def _night_sun(time: Term, source: Term) -> Finding:
    return time.id == "night" and source.id == "sun"


@rule(
    "LA_BLUEHOUR_NO_SUN",
    "hard",
    reads=_SKY,
    message="the sun is 4 to 8 degrees below the horizon in the blue hour.",
    why="What is left is skylight.",
)
def _blue_sun(time: Term, source: Term) -> Finding:
    return time.id == "blue_hour" and source.id == "sun"


@rule(
    "LA_TWILIGHT_NO_SUN",
    "hard",
    reads=_SKY,
    message="at {time_of_day} the sun is still or already below the horizon; the sky gives the light.",
    why="Dawn and dusk are before sunrise and after sunset; golden hour is when a low sun shines.",
)
def _twilight_sun(time: Term, source: Term) -> Finding:
    return time.id in ("dawn", "dusk") and source.id == "sun"


@rule(
    "LA_MIDDAY_NO_MOON",
    "hard",
    reads=_SKY,
    message="moonlight does not show at midday.",
    why="Moonlight is about a 400,000th of sunlight.",
)
def _midday_moon(time: Term, source: Term) -> Finding:
    return time.id == "midday" and source.id == "moon"


@rule(
    "LA_DAY_NO_MOON",
    "hard",
    reads=_SKY,
    message="moonlight does not show while the sun is up ({time_of_day}).",
    why="The moon may be in the sky by day, but it lights nothing.",
)
def _day_moon(time: Term, source: Term) -> Finding:
    return time.id != "midday" and time.sun in ("up", "low") and source.id == "moon"


@rule(
    "LA_NIGHT_NO_DAYLIGHT",
    "hard",
    reads=_SKY,
    message="{source} gives no daylight at night.",
    why="Overcast, window and sky pass on the sun's light; at night there is none. Street light through a "
    "window is chosen by its lamp.",
)
def _night_daylight(time: Term, source: Term) -> Finding:
    return time.id == "night" and source.id in ("overcast", "window", "skylight")


@rule(
    "LA_MIDDAY_NO_LOWKEY",
    "hard",
    reads="lighting.time_of_day lighting.style lighting.source? lighting.setting?",
    field="lighting.style",
    message="open noon light fills the shadows: no low key outdoors at midday.",
    why="Outdoors only; indoors at midday low key is a matter of curtains. Where no setting is chosen, "
    "the sun or an open sky as source counts as outdoors.",
)
def _noon_low_key(time: Term, style: Term, source: Term | None, setting: Term | None) -> Finding:
    if time.id != "midday" or style.id not in ("low_key", "chiaroscuro"):
        return False
    if setting is not None:
        return setting.id == "exterior"
    return source is not None and source.id in ("sun", "overcast", "skylight")


@rule(
    "LA_SUN_INDOORS_INFO",
    "info",
    reads="lighting.setting lighting.source",
    message="indoors the sun comes through a window or a hole in the roof: say where.",
    why="Direct sun in a room is a beam with edges.",
)
def _sunbeam(setting: Term, source: Term) -> Finding:
    return setting.id == "interior" and source.id == "sun"


@rule(
    "LA_WINDOW_OUTDOORS_WARN",
    "warning",
    reads="lighting.setting lighting.source",
    message="window light outdoors: the subject stands before a lit window, or the setting is wrong.",
    why="Window light is a room's light.",
)
def _window_outdoors(setting: Term, source: Term) -> Finding:
    return setting.id == "exterior" and source.id == "window"


_BALANCE = "{film_stock} is balanced for {balance}, {source} is {light}: {remedy}."


def _unbalanced(stock: Stock, source: Term, filter: Term | None) -> Finding:
    if stock.monochrome or source.balance not in ("daylight", "tungsten") or source.balance == stock.balance:
        return None
    remedy = "wratten_85" if stock.balance == "tungsten" else "wratten_80a"
    if filter is not None and filter.id == remedy:
        return None
    advice = (
        "an 85 filter puts it right"
        if remedy == "wratten_85"
        else "an 80A filter puts it right, for two stops"
    )
    return {"balance": stock.balance, "light": source.balance, "remedy": advice}


@rule(
    "LA_BALANCE_FILTER_WARN",
    "warning",
    reads="camera.film_stock lighting.source camera.filter",
    message=_BALANCE,
    why="Tungsten film in daylight goes blue without an 85, daylight film under lamps orange without an 80A; "
    "many grade it away or like it so. A warning where another filter, or none, was chosen.",
)
def _balance(stock: Stock, source: Term, filter: Term) -> Finding:
    return _unbalanced(stock, source, filter)


@rule(
    "LA_BALANCE_INFO",
    "info",
    reads="camera.film_stock lighting.source camera.filter?",
    field="camera.filter",
    message=_BALANCE,
    why="The same, where nothing is said of filters: the camera department knows.",
)
def _balance_unsaid(stock: Stock, source: Term, filter: Term | None) -> Finding:
    return _unbalanced(stock, source, None) if filter is None else None


@rule(
    "LA_WRONG_FILTER_WARN",
    "warning",
    reads="camera.film_stock camera.filter",
    message="{filter} is for {wanted} film; {film_stock} is balanced for {balance}.",
    why="The wrong conversion doubles the error.",
)
def _wrong_filter(stock: Stock, filter: Term) -> Finding:
    wanted = getattr(filter, "from", None)
    if wanted is None or stock.monochrome or wanted == stock.balance:
        return None
    return {"wanted": wanted, "balance": stock.balance}


@rule(
    "LA_CONTRAST_FILTER_WARN",
    "warning",
    reads="visual_grammar.color_tone camera.filter",
    message="{filter} is for black and white; in colour it tints the whole picture.",
    why="A red or yellow filter darkens skies on panchromatic film.",
)
def _contrast_filter(tone: Term, filter: Term) -> Finding:
    return filter.monochrome and not tone.monochrome


@rule(
    "LA_EXPOSURE_WARN",
    "warning",
    reads="lighting.source lens.t_stop camera.film_stock? camera.exposure_index? camera.filter? "
    "camera.frame_rate? camera.shutter_angle? lighting.time_of_day?",
    field="lens.t_stop",
    message="{source} is {stops} stops short at T{t_stop} and ISO {iso}: open up, push or add light.",
    why="A bank of candles gives tens of lux: at ISO 100 it took T0.7 and a push (Barry Lyndon). Figures "
    "are orders of magnitude, so it speaks from two stops on.",
)
def _exposure(
    source: Term,
    t_stop: float,
    stock: Stock | None,
    index: int | None,
    filter: Term | None,
    rate: float | None,
    shutter: float | None,
    time: Term | None,
) -> Finding:
    iso = index or (stock.iso if stock is not None else None)
    lux = source.lux or (time.lux if time is not None and source.nature else None)
    if iso is None or lux is None:
        return None
    short = stops_short(lux, t_stop, iso, rate or 24.0, shutter or 180.0) + (
        filter.stops if filter is not None else 0.0
    )
    return {"stops": f"{short:.0f}", "iso": iso} if short >= 2.0 else None


@rule(
    "LA_PUSH_INFO",
    "info",
    reads="camera.film_stock camera.exposure_index",
    message="{film_stock} (ISO {own}) exposed at {exposure_index}: {how} {stops} stop(s) in the lab.",
    why="Pushing adds grain and contrast; pulling takes them away.",
)
def _push(stock: Stock, index: int) -> Finding:
    stops = math.log2(index / stock.iso)
    if abs(stops) < 0.5:
        return None
    return {
        "own": stock.iso,
        "how": "push" if stops > 0 else "pull",
        "stops": f"{abs(stops):.1f}".removesuffix(".0"),
    }


@rule(
    "LA_DEPTH_OF_FIELD_INFO",
    "info",
    reads="lens.t_stop visual_grammar.composition lens.focal_length_mm? lens.focus_distance_m? camera.body?",
    field="visual_grammar.composition",
    message="{composition} at T{t_stop}: {depth}.",
    why="Deep focus wants a small stop: Toland worked at f/8 and beyond. Computed where focal length and "
    "distance are chosen (blur of the diagonal over 1500), else told from T4 down.",
)
def _shallow(
    t_stop: float, composition: Term, focal_length: float | None, distance: float | None, body: Camera | None
) -> Finding:
    if composition.id != "deep_focus":
        return None
    if focal_length is None or distance is None or distance * 1000 <= focal_length:
        return {"depth": "little of the depth will be sharp"} if t_stop < 4.0 else None
    width, height = (body.sensor_width_mm, body.sensor_height_mm) if body is not None else (24.89, 18.66)
    near, far = depth_of_field_m(focal_length, t_stop, distance, circle_of_confusion(width, height))
    if far > 4 * distance:
        return None
    return {"depth": f"only {near:.1f} to {far:.1f} m will be sharp"}
