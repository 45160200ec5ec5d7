"""Boxes do what a director expects of them, wherever they are and whatever their size."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.project import geometry as g
from studio.project.geometry import Box, Point, View

lengths = st.floats(-5000, 5000).map(lambda number: round(number, 2))
sides = st.floats(1, 2000).map(lambda number: round(number, 2))
boxes = st.builds(Box, lengths, lengths, sides, sides)
lists = st.lists(boxes, max_size=12)
points = st.builds(Point, lengths, lengths)
views = st.builds(View, lengths, lengths, st.floats(g.MIN_ZOOM, g.MAX_ZOOM))
edges = st.sampled_from(["left", "centre", "right", "top", "middle", "bottom"])
axes = st.sampled_from(["horizontal", "vertical"])


def near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-4)


def line(box: Box, edge: str) -> float:
    return {
        "left": box.x,
        "centre": box.centre.x,
        "right": box.right,
        "top": box.y,
        "middle": box.centre.y,
        "bottom": box.bottom,
    }[edge]


@given(lists, edges)
def test_all_align_to_the_first(given_: list[Box], edge: g.Edge) -> None:
    aligned = g.align(given_, edge)
    assert [box[2:] for box in aligned] == [box[2:] for box in given_]
    assert aligned[:1] == given_[:1]
    assert all(near(line(box, edge), line(given_[0], edge)) for box in aligned)
    across = edge in ("left", "centre", "right")
    assert all((a.y == b.y) if across else (a.x == b.x) for a, b in zip(aligned, given_, strict=True))


@given(lists, axes)
def test_distributed_gaps_are_equal_and_the_outermost_stay(given_: list[Box], axis: g.Axis) -> None:
    spread = g.distribute(given_, axis)
    assert [box[2:] for box in spread] == [box[2:] for box in given_]
    if len(given_) < 3:
        assert spread == given_
        return
    middle = (lambda box: box.centre.x) if axis == "horizontal" else (lambda box: box.centre.y)
    order = sorted(range(len(given_)), key=lambda index: (middle(given_[index]), index))
    assert spread[order[0]] == given_[order[0]]
    assert spread[order[-1]] == given_[order[-1]]
    pairs = [(spread[a], spread[b]) for a, b in pairwise(order)]
    gaps = [(b.x - a.right) if axis == "horizontal" else (b.y - a.bottom) for a, b in pairs]
    assert all(near(gap, gaps[0]) for gap in gaps)


def test_gaps_of_neighbours() -> None:
    row = [Box(0, 0, 10, 10), Box(15, 0, 10, 10), Box(45, 0, 10, 10)]
    assert g.even_gaps(row, "horizontal") == [5, 20]
    assert g.even_gaps(g.distribute(row, "horizontal"), "horizontal") == [12.5, 12.5]


@given(boxes, lists)
def test_a_snap_is_short_and_meets_what_its_guides_say(moving: Box, others: list[Box]) -> None:
    snap = g.snap(moving, others)
    moved = moving.moved(snap.dx, snap.dy)
    assert max(abs(snap.dx), abs(snap.dy)) <= g.SNAP_DISTANCE
    for guide in snap.guides:
        names = ("left", "centre", "right") if guide.axis == "vertical" else ("top", "middle", "bottom")
        assert any(near(line(moved, name), guide.at) for name in names)
        assert any(near(line(box, name), guide.at) for name in names for box in others)
        assert guide.start <= guide.end
    vertical = [guide for guide in snap.guides if guide.axis == "vertical"]
    lines = {line(box, name) for box in others for name in ("left", "centre", "right")}
    own = [line(moving, name) for name in ("left", "centre", "right")]
    assert bool(vertical) == any(abs(one - two) <= g.SNAP_DISTANCE for one in lines for two in own)
    if not vertical:
        assert snap.dx == 0


@given(boxes, lists)
def test_what_snapped_stays_where_it_is(moving: Box, others: list[Box]) -> None:
    snap = g.snap(moving, others)
    again = g.snap(moving.moved(snap.dx, snap.dy), others)
    assert abs(again.dx) < 1e-6
    assert abs(again.dy) < 1e-6


def test_a_snap_to_the_left_edge_draws_a_line_through_both() -> None:
    snap = g.snap(Box(107, 500, 300, 300), [Box(100, 0, 300, 300)])
    assert (snap.dx, snap.dy) == (-7, 0)
    assert g.Guide("vertical", 100, 0, 800) in snap.guides
    assert g.snap(Box(111, 500, 200, 300), [Box(100, 0, 300, 300)], distance=5).guides == ()


@given(st.lists(boxes, min_size=1, max_size=12), st.integers(0, 6))
def test_a_grid_overlaps_nothing_and_keeps_the_order(given_: list[Box], columns: int) -> None:
    laid = g.grid(given_, columns)
    assert [box[2:] for box in laid] == [box[2:] for box in given_]
    assert not any(a.overlaps(b) for i, a in enumerate(laid) for b in laid[:i])
    around = g.union(given_)
    assert around is not None
    assert (laid[0].x, laid[0].y) == (around.x, around.y)
    wide = columns or math.ceil(math.sqrt(len(given_)))
    assert all(a.y == b.y for a, b in pairwise(laid[:wide]))


@given(lists, st.integers(0, 30))
def test_new_panels_find_free_places(placed: list[Box], count: int) -> None:
    new = g.place_new(placed, count)
    assert len(new) == count
    everything = [*placed, *new]
    for index, box in enumerate(new):
        assert not any(box.overlaps(other) for other in everything[: len(placed)] + new[:index])


def test_new_panels_go_on_in_story_order() -> None:
    first = g.place_new([], 5, columns=3)
    assert [(box.x, box.y) for box in first] == [(0, 0), (320, 0), (640, 0), (0, 320), (320, 320)]
    more = g.place_new(first, 3)
    assert [(box.x, box.y) for box in more] == [(640, 320), (0, 640), (320, 640)]


@given(st.lists(boxes, min_size=1, max_size=8), st.floats(50, 3000), st.floats(50, 3000))
def test_all_that_fits_is_seen(given_: list[Box], width: float, height: float) -> None:
    view = g.fit(given_, width, height)
    around = g.union(given_)
    assert around is not None
    assert g.MIN_ZOOM <= view.zoom <= 1
    middle = view.to_screen(around.centre)
    assert near(middle.x, width / 2)
    assert near(middle.y, height / 2)
    if view.zoom > g.MIN_ZOOM:
        assert view.seen(width, height).grown(1e-6).encloses(around)


def test_nothing_fits_into_nothing() -> None:
    assert g.fit([], 100, 100) == View()
    assert g.fit([Box(0, 0, 1, 1)], 0, 0) == View()


@given(views, points, st.floats(0.01, 100))
def test_zooming_keeps_the_point_under_the_pointer(view: View, point: Point, factor: float) -> None:
    zoomed = g.zoom_about(view, point, factor)
    assert g.MIN_ZOOM <= zoomed.zoom <= g.MAX_ZOOM
    before, after = view.to_board(point), zoomed.to_board(point)
    assert math.isclose(before.x, after.x, rel_tol=1e-6, abs_tol=1e-3)
    assert math.isclose(before.y, after.y, rel_tol=1e-6, abs_tol=1e-3)


@given(views, points)
def test_to_the_board_and_back(view: View, point: Point) -> None:
    back = view.to_screen(view.to_board(point))
    assert math.isclose(back.x, point.x, rel_tol=1e-6, abs_tol=1e-3)
    assert math.isclose(back.y, point.y, rel_tol=1e-6, abs_tol=1e-3)


orders = st.permutations(list(range(7)))
chosen_few = st.sets(st.integers(0, 6))


@given(orders, chosen_few, st.sampled_from(["front", "forward", "backward", "back"]))
def test_stacking_keeps_everybody_and_the_order_among_them(
    order: list[int], chosen: set[int], to: g.Stacking
) -> None:
    stacked = g.restack(order, chosen, to)
    assert sorted(stacked) == sorted(order)
    assert [key for key in stacked if key in chosen] == [key for key in order if key in chosen]
    assert [key for key in stacked if key not in chosen] == [key for key in order if key not in chosen]
    if to == "front":
        assert set(stacked[len(order) - len(chosen) :]) == chosen
    if to == "back":
        assert set(stacked[: len(chosen)]) == chosen
    if to in ("forward", "backward"):
        assert all(abs(stacked.index(key) - order.index(key)) <= max(1, len(chosen)) for key in order)


def test_forward_is_one_up() -> None:
    assert g.restack("abcd", {"b"}, "forward") == list("acbd")
    assert g.restack("abcd", {"b", "c"}, "forward") == list("adbc")
    assert g.restack("abcd", {"c"}, "backward") == list("acbd")
    assert g.restack("abcd", {"d"}, "forward") == list("abcd")


@given(st.lists(boxes, max_size=8), points)
def test_the_uppermost_is_hit(given_: list[Box], point: Point) -> None:
    found = g.hit(list(enumerate(given_)), point)
    under = [index for index, box in enumerate(given_) if box.contains(point)]
    assert found == (under[-1] if under else None)


@given(st.dictionaries(st.integers(), boxes, max_size=8), points, points)
def test_a_marquee_selects_what_it_touches_or_encloses(
    given_: dict[int, Box], start: Point, end: Point
) -> None:
    touched = g.marquee(given_, start, end)
    enclosed = g.marquee(given_, start, end, enclose=True)
    assert set(enclosed) <= set(touched)
    assert touched == g.marquee(given_, end, start)
    area = g.between(start, end)
    for key, box in given_.items():
        inside = all(area.contains(corner) for corner in (Point(box.x, box.y), Point(box.right, box.bottom)))
        assert (key in enclosed) == inside


@given(boxes, st.sampled_from(["n", "ne", "e", "se", "s", "sw", "w", "nw"]), lengths, lengths, st.booleans())
def test_a_resized_box_keeps_the_other_side_and_its_least_size(
    box: Box, handle: g.Handle, dx: float, dy: float, keep_ratio: bool
) -> None:
    sized = g.resize(box, handle, dx, dy, keep_ratio=keep_ratio)
    assert sized.width >= min(g.MIN_SIDE, box.width) - 1e-6
    assert sized.height >= min(g.MIN_SIDE, box.height) - 1e-6
    if "e" in handle:
        assert near(sized.x, box.x)
    if "w" in handle:
        assert near(sized.right, box.right)
    if "s" in handle:
        assert near(sized.y, box.y)
    if "n" in handle:
        assert near(sized.bottom, box.bottom)
    if keep_ratio:
        assert math.isclose(sized.width / sized.height, box.width / box.height, rel_tol=1e-6)
    elif handle in ("n", "s"):
        assert (sized.x, sized.width) == (box.x, box.width)


@given(boxes, st.sampled_from(["ne", "se", "sw", "nw"]), lengths, lengths)
def test_a_corner_follows_the_pointer(box: Box, handle: g.Handle, dx: float, dy: float) -> None:
    sized = g.resize(box, handle, dx, dy, smallest=0)
    assume(sized.width > 0 and sized.height > 0)
    corner = Point(box.right if "e" in handle else box.x, box.bottom if "s" in handle else box.y)
    assert near(sized.right if "e" in handle else sized.x, corner.x + dx)
    assert near(sized.bottom if "s" in handle else sized.y, corner.y + dy)


@pytest.mark.parametrize("zoom", [0.0001, 0.05, 1, 8, 99])
def test_zoom_has_bounds(zoom: float) -> None:
    assert g.clamp_zoom(zoom) == min(8, max(0.05, zoom))
