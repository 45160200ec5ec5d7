"""The frame: ratio, gate, squeeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cinema.optics import frame_inside
from studio.cinema.records import Camera, Lens, Term
from studio.cinema.rule import Finding, rule

if TYPE_CHECKING:
    from studio.cinema.library import Library

ULTRA_PANAVISION = "ultra_panavision_70"


@rule(
    "LA_GATE_OF_BODY",
    "hard",
    reads="camera.body camera.gate",
    message="{body} has no gate or mode {wanted}; it has {gates}.",
    why="A gate is milled metal, a sensor mode is firmware: neither can be wished for.",
    needs_library=True,
)
def _gate(library: Library, body: Camera, gate: str) -> Finding:
    def name(id: str) -> str:
        return library.formats[id].name if id in library.formats else id

    if gate in body.frames:
        return None
    return {"wanted": name(gate), "gates": "; ".join(name(id) for id in body.frames)}


@rule(
    "LA_ULTRA_PANAVISION_ASPECT",
    "warning",
    reads="camera.body camera.aspect_ratio",
    message="{body} gives 2.76:1; {aspect_ratio} means cropping its sides.",
    why="65mm with a 1.25x squeeze gives 2.76. Prints were cropped to 2.35 and 2.20 for houses that could "
    "not show it.",
)
def _ultra_panavision(body: Camera, ratio: Term) -> Finding:
    return body.id == ULTRA_PANAVISION and ratio.id != "2.76:1"


@rule(
    "LA_IMAX_1570_ASPECT",
    "warning",
    reads="camera.body camera.aspect_ratio",
    message="{body} exposes 1.43:1 (1.90 for digital IMAX); {aspect_ratio} throws most of the negative away.",
    why="The 15-perf frame is 1.43, digital IMAX shows 1.90. 2.20 and 2.39 are cut for other houses.",
)
def _imax(body: Camera, ratio: Term) -> Finding:
    return "imax_15perf" in body.gates and ratio.id not in ("1.43:1", "1.90:1")


@rule(
    "LA_276_REQUIRES_ULTRA_PV70",
    "warning",
    reads="camera.body lens.family? camera.aspect_ratio",
    message="2.76:1 belongs to Ultra Panavision 70; from {body} it is cut out of the frame.",
    why="Any wide negative can be cut to 2.76 afterwards; it costs height and resolution.",
)
def _very_wide(body: Camera, lens: Lens | None, ratio: Term) -> Finding:
    if ratio.id != "2.76:1" or body.id == ULTRA_PANAVISION:
        return False
    return not (lens is not None and lens.squeeze == 1.25)


@rule(
    "LA_ULTRA_PANAVISION_LENS",
    "hard",
    reads="camera.body lens.family",
    message="{body} is a 1.25x anamorphic process; {family} squeezes {squeeze}.",
    why="Without its 1.25x lenses the same body is Super Panavision 70, which is its own entry.",
)
def _process_glass(body: Camera, lens: Lens) -> Finding:
    wrong = body.id == ULTRA_PANAVISION and lens.squeeze != 1.25
    return {"squeeze": f"{lens.squeeze:g}x" if lens.anamorphic else "nothing"} if wrong else None


@rule(
    "LA_ANAMORPHIC_INFO",
    "info",
    reads="lens.family",
    message="{family} is anamorphic: the picture is unsqueezed {squeeze}x for viewing.",
    why="The frame on sensor or film is narrower than the picture; monitors, dailies and effects must know.",
)
def _unsqueeze(lens: Lens) -> Finding:
    return {"squeeze": f"{lens.squeeze:g}"} if lens.anamorphic else None


@rule(
    "LA_SQUEEZE_RATIO_WARN",
    "warning",
    reads="camera.body lens.family camera.aspect_ratio camera.gate?",
    message="{family} ({squeeze}x) on {body} makes {native}:1; {aspect_ratio} keeps {kept} % of it.",
    why="Squeeze times gate is the ratio: 2x on 4-perf 1.18 makes 2.36, 2x on 16:9 makes 3.56, 1.25x on "
    "65mm 2.85, 1.33x on 16:9 2.37. Far from that, much of the frame is thrown away.",
)
def _squeeze(body: Camera, lens: Lens, ratio: Term, gate: str | None) -> Finding:
    if not lens.anamorphic:
        return None
    frames = [body.frames[gate]] if gate in body.frames else list(body.frames.values())
    best, native = 0.0, 0.0
    for width, height in frames:
        used_width, used_height = frame_inside(width, height, ratio.proportion, lens.squeeze)
        kept = used_width * used_height / (width * height)
        if kept > best:
            best, native = kept, width / height * lens.squeeze
    if best >= 0.6:
        return None
    return {"squeeze": f"{lens.squeeze:g}", "native": f"{native:.2f}", "kept": round(best * 100)}


@rule(
    "LA_RATIO_ANACHRONISM_WARN",
    "warning",
    reads="year camera.aspect_ratio",
    message="{aspect_ratio} was not shown before {since}; the look is of {year}.",
    why="Ratios have dates: Academy 1932, flat wide screens and scope 1953, 70mm 1955.",
)
def _ratio_not_yet(year: int, ratio: Term) -> Finding:
    return {"since": ratio.since} if ratio.since is not None and year < ratio.since - 1 else None


@rule(
    "LA_CROP_INFO",
    "info",
    reads="camera.body camera.aspect_ratio camera.gate? lens.family?",
    message="{aspect_ratio} uses {kept} % of {body}'s frame.",
    why="The rest of sensor or film is not seen; resolution and grain follow the part that is.",
)
def _crop(body: Camera, ratio: Term, gate: str | None, lens: Lens | None) -> Finding:
    if lens is not None and lens.anamorphic:
        return None
    frames = [body.frames[gate]] if gate in body.frames else list(body.frames.values())
    best = 0.0
    for width, height in frames:
        used_width, used_height = frame_inside(width, height, ratio.proportion)
        best = max(best, used_width * used_height / (width * height))
    return {"kept": round(best * 100)} if best < 0.55 else None
