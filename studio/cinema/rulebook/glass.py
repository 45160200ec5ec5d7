"""Lenses on bodies: mount, coverage, focal length, angle of view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cinema.mounts import fit
from studio.cinema.optics import covers, diagonal, field_of_view, frame_inside
from studio.cinema.records import Camera, Lens, Term
from studio.cinema.rule import Finding, rule

if TYPE_CHECKING:
    from studio.cinema.library import Library

PANAVISION_MOUNTS = frozenset({"pv", "pv_65", "pv_70"})
PANAVISION_PRIMO_70 = "panavision_primo_70"


@rule(
    "LA_PANAVISION_CLOSED_ECOSYSTEM",
    "warning",
    reads="camera.body lens.family",
    message="{body} has a Panavision mount: {family} needs {note}.",
    why="A rented house mount. Foreign glass gets onto it by rehousing, as the Baltars did for The "
    "Lighthouse.",
    needs_library=True,
)
def _panavision_body(library: Library, body: Camera, lens: Lens) -> Finding:
    if not PANAVISION_MOUNTS & set(body.mounts) or PANAVISION_MOUNTS & set(lens.mounts):
        return None
    way = fit(library, body, lens)
    return {"note": way.note} if way.how not in ("native", "none") else None


@rule(
    "LA_PANAVISION_LENS_REQUIRES_PV_CAMERA",
    "warning",
    reads="camera.body lens.family",
    message="{family} is Panavision's: {body} needs {note}.",
    why="Panavision rents its lenses and fits its mounts to ALEXA, VENICE and RED daily; it is a matter "
    "of rental.",
    needs_library=True,
)
def _panavision_lens(library: Library, body: Camera, lens: Lens) -> Finding:
    if not PANAVISION_MOUNTS & set(lens.mounts):
        return None
    way = fit(library, body, lens)
    return {"note": way.note} if way.how not in ("native", "none") else None


@rule(
    "LA_MOUNT_INCOMPATIBLE",
    "hard",
    reads="camera.body lens.family",
    message="{family} can't be put on {body}: {note}.",
    why="The flange distance decides: a lens that must sit nearer the frame than the mount allows never "
    "focuses far.",
    needs_library=True,
)
def _no_way(library: Library, body: Camera, lens: Lens) -> Finding:
    if lens.id == PANAVISION_PRIMO_70 and body.film:
        return None  # said by its own rule
    way = fit(library, body, lens)
    return None if way.possible else {"note": way.note}


@rule(
    "LA_PRIMO_70_REFLEX",
    "hard",
    reads="camera.body lens.family",
    message="{family} is for digital large format: on {body} it would strike the mirror.",
    why="Its back focus is too short for a reflex film body.",
)
def _mirror(body: Camera, lens: Lens) -> Finding:
    return body.film and lens.id == PANAVISION_PRIMO_70


@rule(
    "LA_REHOUSED_LENS_INFO",
    "info",
    reads="camera.body lens.family",
    message="{family} on {body}: {note}.",
    why="Rehoused glass is a rental question, not a law of nature.",
    needs_library=True,
)
def _rehoused(library: Library, body: Camera, lens: Lens) -> Finding:
    if PANAVISION_MOUNTS & {*body.mounts, *lens.mounts}:
        return None
    way = fit(library, body, lens)
    return {"note": way.note} if way.how == "rehousing" else None


def _uncovered(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> dict[str, object] | None:
    """None if the lens covers what is used of the frame; else the figures, with a crop that it would
    cover."""
    frames = {gate: body.frames[gate]} if gate in body.frames else body.frames
    smallest: tuple[float, str] | None = None
    first: float | None = None
    for name, (width, height) in frames.items():
        if ratio is not None:
            width, height = frame_inside(width, height, ratio.proportion, lens.squeeze)
        corner = diagonal(width, height)
        first = corner if first is None else first
        if covers(lens.image_circle_mm, width, height):
            if corner == first:
                return None
            smallest = (corner, name)
            break
    figures: dict[str, object] = {"circle": f"{lens.image_circle_mm:g}", "corner": f"{first:.1f}"}
    if smallest is not None:
        figures["mode"] = smallest[1]
    return figures


def _lacks(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> Finding:
    figures = _uncovered(body, lens, gate, ratio)
    return figures if figures is not None and "mode" not in figures else None


_COVER = "{family} covers {circle} mm, {body} needs {corner}: the corners go dark."
_COVER_READS = "camera.body lens.family camera.gate? camera.aspect_ratio?"


@rule(
    "LA_ALEXA65_LENS_RESTRICT",
    "hard",
    reads=_COVER_READS,
    field="lens.family",
    message=_COVER,
    why="The ALEXA 65 is 54 mm wide; the image circle must reach its corners. Computed, not a list of "
    "families.",
)
def _alexa_65(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> Finding:
    return _lacks(body, lens, gate, ratio) if body.id == "arri_alexa_65" else None


@rule(
    "LA_LF_NO_S35_LENS",
    "hard",
    reads=_COVER_READS,
    field="lens.family",
    message=_COVER,
    why="Super 35 circles of about 31 to 36 mm vignette on the 44.7 mm diagonal of ALEXA LF and Mini LF.",
)
def _alexa_lf(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> Finding:
    return _lacks(body, lens, gate, ratio) if body.id in ("arri_alexa_lf", "arri_alexa_mini_lf") else None


@rule(
    "LA_LENS_COVERAGE",
    "hard",
    reads=_COVER_READS,
    field="lens.family",
    message=_COVER,
    why="The image circle must reach the corners of the part of the frame that is used: circle against "
    "diagonal, in millimetres, for every pair.",
)
def _coverage(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> Finding:
    if body.id in ("arri_alexa_65", "arri_alexa_lf", "arri_alexa_mini_lf"):
        return None
    return _lacks(body, lens, gate, ratio)


@rule(
    "LA_LENS_COVERAGE_CROP_WARN",
    "warning",
    reads=_COVER_READS,
    field="lens.family",
    message="{family} covers {circle} mm, {body} needs {corner}; shoot in its mode {mode}.",
    why="Many large sensors have a smaller mode for Super 35 glass; the picture loses resolution and "
    "width of view.",
)
def _crop_mode(body: Camera, lens: Lens, gate: str | None, ratio: Term | None) -> Finding:
    figures = _uncovered(body, lens, gate, ratio)
    return figures if figures is not None and "mode" in figures else None


@rule(
    "LA_FOCAL_LENGTH_OF_FAMILY",
    "hard",
    reads="lens.family lens.focal_length_mm",
    message="{family} has no {focal_length_mm} mm; nearest {nearest}.",
    why="A family is a set of primes or the range of its zooms.",
)
def _not_in_the_set(lens: Lens, focal_length: float) -> Finding:
    if lens.has_focal_length(focal_length):
        return None
    candidates = [*lens.focal_lengths_mm, *(end for zoom in lens.zooms_mm for end in zoom)]
    nearest = min(candidates, key=lambda each: abs(each - focal_length))
    return {"nearest": f"{nearest:g} mm"}


@rule(
    "LA_T_STOP_OF_FAMILY",
    "hard",
    reads="lens.family lens.t_stop",
    message="{family} opens to T{fastest}; T{t_stop} is wider than that.",
    why="The fastest stop is ground into the glass.",
)
def _too_fast(lens: Lens, t_stop: float) -> Finding:
    return {"fastest": f"{lens.t_stop:g}"} if t_stop < lens.t_stop - 0.05 else None


@rule(
    "LA_CLOSE_FOCUS_WARN",
    "warning",
    reads="lens.family lens.focus_distance_m",
    message="{family} focuses to about {close} m; {focus_distance_m} m needs a dioptre.",
    why="Close focus is the end of the barrel's thread.",
)
def _too_close(lens: Lens, distance: float) -> Finding:
    return (
        {"close": f"{lens.close_focus_m:g}"} if lens.close_focus_m and distance < lens.close_focus_m else None
    )


@rule(
    "LA_FIXED_LENS_BODY",
    "hard",
    reads="camera.body lens.focal_length_mm",
    message="{body} has its own lens of {own} mm.",
    why="A fixed lens is part of the body.",
    field="lens.focal_length_mm",
)
def _built_in(body: Camera, focal_length: float) -> Finding:
    if not body.fixed_lens_mm or any(abs(each - focal_length) <= 0.5 for each in body.fixed_lens_mm):
        return None
    return {"own": ", ".join(f"{each:g}" for each in body.fixed_lens_mm)}


def _across(body: Camera | None, lens: Lens | None, focal_length: float) -> float:
    """Horizontal angle of view in degrees; on Super 35 (24.89 mm) where no body is chosen."""
    width = body.sensor_width_mm if body is not None else 24.89
    return field_of_view(focal_length, width, lens.squeeze if lens is not None else 1.0)


@rule(
    "LA_WIDE_LENS_CU_WARN",
    "warning",
    reads="lens.focal_length_mm visual_grammar.shot_size camera.body? lens.family?",
    field="lens.focal_length_mm",
    message="{focal_length_mm} mm sees {angle}° here: in a {shot_size} the face is stretched.",
    why="Near faces stretch when the camera comes close: judged by the angle of view (over 65° across; "
    "52° for an extreme close-up), not by millimetres alone. Much of the canon does it on purpose.",
)
def _wide_and_close(focal_length: float, size: Term, body: Camera | None, lens: Lens | None) -> Finding:
    if size.id not in ("CU", "BCU", "ECU", "Italian"):
        return None
    angle = _across(body, lens, focal_length)
    limit = 65.0 if size.id == "CU" else 52.0
    return {"angle": round(angle)} if angle > limit else None


@rule(
    "LA_LONG_LENS_WIDE_WARN",
    "warning",
    reads="lens.focal_length_mm visual_grammar.shot_size camera.body? lens.family?",
    field="lens.focal_length_mm",
    message="{focal_length_mm} mm sees {angle}° here: a {shot_size} needs great distance, and depth is "
    "compressed.",
    why="Judged by the angle of view (under 16° across). Lawrence's mirage was shot with 482 mm.",
)
def _long_and_wide(focal_length: float, size: Term, body: Camera | None, lens: Lens | None) -> Finding:
    if size.id not in ("EWS", "WS"):
        return None
    angle = _across(body, lens, focal_length)
    return {"angle": round(angle)} if angle < 16.0 else None


@rule(
    "LA_VINTAGE_HIGHRES_WARN",
    "warning",
    reads="camera.body lens.family",
    message="{family} on {body}: 8K shows the glass's faults.",
    why="Soft corners and aberration that 35mm film hid are plain at 8K; often they are why the glass was "
    "chosen.",
)
def _old_glass(body: Camera, lens: Lens) -> Finding:
    return lens.vintage and body.id.startswith("red_v_raptor")
