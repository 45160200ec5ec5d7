"""Boxes on the storyboard: align, distribute, snap, arrange, fit, stack, hit and zoom, as pure functions.

Lengths are board units, which are CSS pixels at 100 %; x grows to the right and y downwards. No function
changes its arguments; lists of boxes come back in the order in which they were given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar

PANEL_WIDTH = 300.0
PANEL_HEIGHT = 300.0
MIN_SIDE = 200.0
"""Below this a panel's name, picture and progress no longer fit."""

GAP = 20.0
SNAP_DISTANCE = 10.0
MIN_ZOOM, MAX_ZOOM = 0.05, 8.0

Edge = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["horizontal", "vertical"]
Handle = Literal["n", "ne", "e", "se", "s", "sw", "w", "nw"]
Stacking = Literal["front", "forward", "backward", "back"]
Key = TypeVar("Key")


class Point(NamedTuple):
    """A place on the board or on the screen."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle; `x`, `y` is its upper left corner, and no side is negative."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of its lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """The point in its middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, dx: float, dy: float) -> Box:
        """The same box elsewhere."""
        return self._replace(x=self.x + dx, y=self.y + dy)

    def grown(self, margin: float) -> Box:
        """The box with `margin` more on every side."""
        return Box(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def contains(self, point: Point) -> bool:
        """Whether `point` lies in it, its edges included."""
        return self.x <= point.x <= self.right and self.y <= point.y <= self.bottom

    def encloses(self, other: Box) -> bool:
        """Whether the whole of `other` lies in it."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def touches(self, other: Box) -> bool:
        """Whether the two share a point."""
        return (
            self.x <= other.right
            and other.x <= self.right
            and self.y <= other.bottom
            and other.y <= self.bottom
        )

    def overlaps(self, other: Box) -> bool:
        """Whether the two share an area; a common edge is none."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )


class View(NamedTuple):
    """What of the board is seen: screen = board × zoom + (x, y), in CSS pixels."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def to_board(self, point: Point) -> Point:
        """A point of the screen on the board."""
        return Point((point.x - self.x) / self.zoom, (point.y - self.y) / self.zoom)

    def to_screen(self, point: Point) -> Point:
        """A point of the board on the screen."""
        return Point(point.x * self.zoom + self.x, point.y * self.zoom + self.y)

    def seen(self, width: float, height: float) -> Box:
        """The part of the board that a screen of that size shows."""
        corner = self.to_board(Point(0, 0))
        return Box(corner.x, corner.y, width / self.zoom, height / self.zoom)


class Guide(NamedTuple):
    """A line that a box snapped to: at x (vertical) or y (horizontal), `start` to `end` on the other axis."""

    axis: Axis
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Snap:
    """Where a dragged box goes, and the guides that took it there; no guides, no change."""

    dx: float = 0.0
    dy: float = 0.0
    guides: tuple[Guide, ...] = ()


def union(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all of them; None around none."""
    every = list(boxes)
    if not every:
        return None
    x, y = min(box.x for box in every), min(box.y for box in every)
    right, bottom = max(box.right for box in every), max(box.bottom for box in every)
    return Box(x, y, right - x, bottom - y)


def align(boxes: Sequence[Box], edge: Edge) -> list[Box]:
    """Bring all boxes to an edge or middle line of the first, which stays where it is."""
    if not boxes:
        return []
    first = boxes[0]
    place: dict[Edge, Callable[[Box], Box]] = {
        "left": lambda box: box._replace(x=first.x),
        "centre": lambda box: box._replace(x=first.centre.x - box.width / 2),
        "right": lambda box: box._replace(x=first.right - box.width),
        "top": lambda box: box._replace(y=first.y),
        "middle": lambda box: box._replace(y=first.centre.y - box.height / 2),
        "bottom": lambda box: box._replace(y=first.bottom - box.height),
    }
    return [first, *(place[edge](box) for box in boxes[1:])]


def distribute(boxes: Sequence[Box], axis: Axis) -> list[Box]:
    """Make the gaps between neighbours equal; the two outermost stay, fewer than three stay all."""
    if len(boxes) < 3:
        return list(boxes)
    flipped = [_flip(box, axis) for box in boxes]
    order = sorted(range(len(boxes)), key=lambda index: (flipped[index].centre.x, index))
    first, last = flipped[order[0]], flipped[order[-1]]
    inner = sum(flipped[index].width for index in order[1:-1])
    gap = (last.x - first.right - inner) / (len(boxes) - 1)
    x = first.right + gap
    for index in order[1:-1]:
        flipped[index] = flipped[index]._replace(x=x)
        x += flipped[index].width + gap
    return [_flip(box, axis) for box in flipped]


def snap(moving: Box, others: Sequence[Box], distance: float = SNAP_DISTANCE) -> Snap:
    """How far `moving` must still go so that an edge or centre meets one of the others', if one is near.

    Args:
        moving: The dragged box, or the box around all that is dragged.
        others: What stays.
        distance: In board units; on the screen it is this times the zoom.
    """
    dx, verticals = _snap_axis(moving, others, distance, "vertical")
    dy, horizontals = _snap_axis(moving, others, distance, "horizontal")
    moved = moving.moved(dx or 0.0, dy or 0.0)
    guides = [
        *(_guide("vertical", at, moved, others) for at in verticals),
        *(_guide("horizontal", at, moved, others) for at in horizontals),
    ]
    return Snap(dx or 0.0, dy or 0.0, tuple(guides))


def grid(boxes: Sequence[Box], columns: int = 0, *, gap: float = GAP, at: Point | None = None) -> list[Box]:
    """Lay the boxes out in rows, in their order; a column is as wide as its widest box, a row as high.

    Args:
        columns: 0 for about as many as rows.
        gap: Between neighbours.
        at: The upper left corner; that of the boxes together if None.
    """
    if not boxes:
        return []
    columns = min(len(boxes), columns if columns > 0 else math.ceil(math.sqrt(len(boxes))))
    around = union(boxes)
    corner = at or Point(around.x if around else 0.0, around.y if around else 0.0)
    widths = [max(box.width for box in boxes[column::columns]) for column in range(columns)]
    heights = [max(box.height for box in boxes[row : row + columns]) for row in range(0, len(boxes), columns)]
    lefts = [corner.x + sum(widths[:column]) + gap * column for column in range(columns)]
    tops = [corner.y + sum(heights[:row]) + gap * row for row in range(len(heights))]
    return [
        box._replace(x=lefts[index % columns], y=tops[index // columns]) for index, box in enumerate(boxes)
    ]


def place_new(
    placed: Sequence[Box],
    count: int,
    *,
    width: float = PANEL_WIDTH,
    height: float = PANEL_HEIGHT,
    columns: int = 0,
    gap: float = GAP,
) -> list[Box]:
    """Boxes for `count` panels that have no place yet: a tidy grid below those placed, overlapping none.

    A row is as long as the placed board is wide (so new panels go on where the board ends), else `columns`,
    else about twice as many columns as rows.
    """
    if count <= 0:
        return []
    around = union(placed)
    if around is None:
        columns = columns or max(1, math.ceil(math.sqrt(2 * count)))
        corner = Point(0.0, 0.0)
    else:
        columns = columns or max(1, int((around.width + gap + 0.5) // (width + gap)))
        corner = Point(around.x, around.bottom + gap)
        last_row = [box for box in placed if box.bottom + gap > around.bottom - height / 2]
        resumed = _resume(last_row, around, count, width, height, gap, placed)
        if resumed:
            rest = place_new(
                [*placed, *resumed],
                count - len(resumed),
                width=width,
                height=height,
                columns=columns,
                gap=gap,
            )
            return [*resumed, *rest]
    return [
        Box(
            corner.x + (index % columns) * (width + gap),
            corner.y + (index // columns) * (height + gap),
            width,
            height,
        )
        for index in range(count)
    ]


def fit(
    boxes: Iterable[Box], width: float, height: float, *, margin: float = 40.0, largest: float = 1.0
) -> View:
    """The view that shows all boxes in the middle of a screen of that size.

    Args:
        margin: Free screen pixels around them, less on a small screen.
        largest: Zoom that a few small boxes are not blown up beyond.
    """
    around = union(boxes)
    if around is None or width <= 0 or height <= 0:
        return View()
    free = min(margin, width / 4, height / 4)
    zoom = min(
        (width - 2 * free) / max(around.width, 1e-9), (height - 2 * free) / max(around.height, 1e-9), largest
    )
    zoom = clamp_zoom(zoom)
    centre = around.centre
    return View(width / 2 - centre.x * zoom, height / 2 - centre.y * zoom, zoom)


def clamp_zoom(zoom: float) -> float:
    """`zoom` within 5 % and 800 %."""
    return min(MAX_ZOOM, max(MIN_ZOOM, zoom))


def zoom_about(view: View, point: Point, factor: float) -> View:
    """Zoom by `factor` so that the board's point under `point` of the screen stays under it."""
    zoom = clamp_zoom(view.zoom * factor)
    ratio = zoom / view.zoom
    return View(point.x - (point.x - view.x) * ratio, point.y - (point.y - view.y) * ratio, zoom)


def restack(order: Sequence[Key], chosen: Iterable[Key], to: Stacking) -> list[Key]:
    """The stacking order, bottom first, after the chosen ones went up or down; among them it stays."""
    wanted = set(chosen)
    up = [key for key in order if key in wanted]
    rest = [key for key in order if key not in wanted]
    if to == "front":
        return rest + up
    if to == "back":
        return up + rest
    stacked = list(order)
    indices = range(len(stacked) - 2, -1, -1) if to == "forward" else range(1, len(stacked))
    step = 1 if to == "forward" else -1
    for index in indices:
        if stacked[index] in wanted and stacked[index + step] not in wanted:
            stacked[index], stacked[index + step] = stacked[index + step], stacked[index]
    return stacked


def hit(stack: Sequence[tuple[Key, Box]], point: Point) -> Key | None:
    """The uppermost box under `point`; `stack` is bottom first."""
    return next((key for key, box in reversed(stack) if box.contains(point)), None)


def marquee(boxes: Mapping[Key, Box], start: Point, end: Point, *, enclose: bool = False) -> list[Key]:
    """What a rectangle drawn from `start` to `end` selects: what it touches, or only what it encloses."""
    area = between(start, end)
    return [key for key, box in boxes.items() if (area.encloses(box) if enclose else area.touches(box))]


def between(start: Point, end: Point) -> Box:
    """The box with these two opposite corners."""
    return Box(min(start.x, end.x), min(start.y, end.y), abs(end.x - start.x), abs(end.y - start.y))


def resize(
    box: Box, handle: Handle, dx: float, dy: float, *, smallest: float = MIN_SIDE, keep_ratio: bool = False
) -> Box:
    """The box after one of its eight handles was dragged by (dx, dy); the opposite side or corner stays.

    Args:
        smallest: No side becomes shorter, unless it was already.
        keep_ratio: Keep width to height; a side's handle then grows the box evenly about that side's middle.
    """
    least = Point(min(smallest, box.width), min(smallest, box.height))
    width = box.width + (dx if "e" in handle else -dx if "w" in handle else 0.0)
    height = box.height + (dy if "s" in handle else -dy if "n" in handle else 0.0)
    if keep_ratio and box.width > 0 and box.height > 0:
        scales = [
            *([width / box.width] if "e" in handle or "w" in handle else []),
            *([height / box.height] if "n" in handle or "s" in handle else []),
        ]
        scale = max(*scales, 0.0) if len(scales) > 1 else scales[0]
        scale = max(scale, least.x / box.width, least.y / box.height)
        width, height = box.width * scale, box.height * scale
    width, height = max(width, least.x), max(height, least.y)
    x = box.right - width if "w" in handle else box.x
    y = box.bottom - height if "n" in handle else box.y
    if keep_ratio and handle in ("n", "s"):
        x = box.centre.x - width / 2
    if keep_ratio and handle in ("e", "w"):
        y = box.centre.y - height / 2
    return Box(x, y, width, height)


def _flip(box: Box, axis: Axis) -> Box:
    """Its own mirror image about the diagonal if the axis is vertical, so that one code does both."""
    return box if axis == "horizontal" else Box(box.y, box.x, box.height, box.width)


def _lines(box: Box, axis: Axis) -> tuple[float, float, float]:
    """Where its edges and its middle line are."""
    return (box.x, box.centre.x, box.right) if axis == "vertical" else (box.y, box.centre.y, box.bottom)


def _snap_axis(
    moving: Box, others: Sequence[Box], distance: float, axis: Axis
) -> tuple[float | None, list[float]]:
    """The shortest way to a line of the others, and all lines that are met when it is gone."""
    targets = {line for box in others for line in _lines(box, axis)}
    own = _lines(moving, axis)
    ways = [(abs(target - line), target - line) for target in targets for line in own]
    near = min(((length, way) for length, way in ways if length <= distance), default=None)
    if near is None:
        return None, []
    way = near[1]
    met = {target for target in targets for line in own if abs(target - line - way) < 1e-6}
    return way, sorted(met)


def _guide(axis: Axis, at: float, moved: Box, others: Sequence[Box]) -> Guide:
    """The line through all boxes that have an edge or centre on it, from the first to the last."""
    on = [moved, *(box for box in others if any(abs(line - at) < 1e-6 for line in _lines(box, axis)))]
    if axis == "vertical":
        return Guide(axis, at, min(box.y for box in on), max(box.bottom for box in on))
    return Guide(axis, at, min(box.x for box in on), max(box.right for box in on))


def _resume(
    last_row: Sequence[Box],
    around: Box,
    count: int,
    width: float,
    height: float,
    gap: float,
    placed: Sequence[Box],
) -> list[Box]:
    """Places in what is left of the last row, if a panel fits there without touching another."""
    if not last_row:
        return []
    top = min(box.y for box in last_row)
    x = max(box.right for box in last_row) + gap
    found: list[Box] = []
    while len(found) < count and x + width <= around.right + 0.5:
        candidate = Box(x, top, width, height)
        if any(candidate.grown(gap / 2).overlaps(box) for box in placed):
            break
        found.append(candidate)
        x += width + gap
    return found


def even_gaps(boxes: Sequence[Box], axis: Axis) -> list[float]:
    """The gaps between neighbours along an axis; negative where two overlap."""
    flipped = sorted((_flip(box, axis) for box in boxes), key=lambda box: box.centre.x)
    return [after.x - before.right for before, after in pairwise(flipped)]
