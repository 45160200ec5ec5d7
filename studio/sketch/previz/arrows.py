"""The camera's move, as storyboard artists draw it: an arrow on the picture."""

from __future__ import annotations

from PIL import Image, ImageDraw

from studio.sketch.previz.mesh import cosine, sine

Point = tuple[float, float]
_IN = frozenset(
    {
        "push_in",
        "track_in",
        "zoom_in",
        "crash_zoom",
        "dolly_zoom",
        "push_pull",
        "follow",
        "fly_through",
        "digital_zoom",
        "free_3d",
    }
)
_OUT = frozenset({"pull_back", "track_out", "zoom_out", "lead", "reveal"})
_RIGHT = frozenset(
    {"pan", "truck_right", "crab", "whip_pan", "digital_pan", "parallax", "pan_tilt", "motion_comic"}
)
_UP = frozenset({"tilt", "crane_up", "boom_up", "whip_tilt"})
_DOWN = frozenset({"crane_down", "boom_down"})
_COLOUR, _EDGE = (240, 240, 240), (20, 20, 20)


def add(picture: Image.Image, movement: str) -> Image.Image:
    """The picture with the arrow of `movement`; unchanged when the camera stands still."""
    w, h = picture.size
    shapes = _shapes(movement, float(w), float(h))
    if not shapes or min(w, h) < 70:
        return picture
    sheet, edge = Image.new("L", (w * 2, h * 2)), Image.new("L", (w * 2, h * 2))
    inner, outer = ImageDraw.Draw(sheet), ImageDraw.Draw(edge)
    rim = max(2, round(h / 150))
    for shape in shapes:
        flat = [(x * 2, y * 2) for x, y in shape]
        outer.polygon(flat, fill=210)
        outer.line([*flat, flat[0], flat[1]], fill=210, width=rim * 2, joint="curve")
        inner.polygon(flat, fill=235)
    picture.paste(_EDGE, (0, 0), edge.reduce(2))
    picture.paste(_COLOUR, (0, 0), sheet.reduce(2))
    return picture


def _shapes(movement: str, w: float, h: float) -> list[list[Point]]:
    size = h * 0.030
    middle = (w / 2, h / 2)
    if movement in _IN or movement in _OUT:
        found = []
        for sx in (-1, 1):
            for sy in (-1, 1):
                corner = (middle[0] + sx * w * 0.455, middle[1] + sy * h * 0.42)
                towards = (
                    middle[0] + sx * w * 0.455 - sx * h * 0.17,
                    middle[1] + sy * h * 0.42 - sy * h * 0.10,
                )
                ends = (corner, towards) if movement in _IN else (towards, corner)
                found.append(_straight(ends[0], ends[1], size * 0.62))
        return found
    y, x = h * 0.91, w * 0.955
    if movement in _RIGHT:
        return [_straight((w * 0.39, y), (w * 0.61, y), size)]
    if movement == "truck_left":
        return [_straight((w * 0.61, y), (w * 0.39, y), size)]
    if movement in _UP:
        return [_straight((x, h * 0.72), (x, h * 0.28), size)]
    if movement in _DOWN:
        return [_straight((x, h * 0.28), (x, h * 0.72), size)]
    if movement in ("arc", "orbit"):
        return [_bow((w / 2, h * 0.86), w * 0.13, h * 0.075, 200.0, -20.0, size)]
    if movement == "roll":
        return [_bow((w / 2, h * 0.5), h * 0.40, h * 0.40, 235.0, -55.0, size)]
    return []


def _straight(start: Point, end: Point, size: float) -> list[Point]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    px, py = -uy, ux
    neck = (end[0] - ux * size * 2.0, end[1] - uy * size * 2.0)
    half, head = size * 0.42, size * 1.15
    return [
        (start[0] + px * half * 0.5, start[1] + py * half * 0.5),
        (neck[0] + px * half, neck[1] + py * half),
        (neck[0] + px * head, neck[1] + py * head),
        end,
        (neck[0] - px * head, neck[1] - py * head),
        (neck[0] - px * half, neck[1] - py * half),
        (start[0] - px * half * 0.5, start[1] - py * half * 0.5),
    ]


def _bow(centre: Point, rx: float, ry: float, begin: float, end: float, size: float) -> list[Point]:
    """A curved arrow along an ellipse, degrees clockwise from the right, seen as lying on the floor."""
    outer, inner = [], []
    steps = 26
    half = size * 0.40
    for k in range(steps + 1):
        angle = (begin + (end - begin) * 0.88 * k / steps) * 3.141592653589793 / 180
        c, s = cosine(angle), sine(angle)
        wide = half * (0.45 + 0.55 * k / steps)
        outer.append((centre[0] + (rx + wide) * c, centre[1] + (ry + wide) * s))
        inner.append((centre[0] + (rx - wide) * c, centre[1] + (ry - wide) * s))
    last = (begin + (end - begin) * 0.88) * 3.141592653589793 / 180
    tip = end * 3.141592653589793 / 180
    head = size * 1.1
    c, s = cosine(last), sine(last)
    return [
        *outer,
        (centre[0] + (rx + head) * c, centre[1] + (ry + head) * s),
        (centre[0] + rx * cosine(tip), centre[1] + ry * sine(tip)),
        (centre[0] + (rx - head) * c, centre[1] + (ry - head) * s),
        *reversed(inner),
    ]
