"""The frames of a sketched video follow the look's camera move."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.cinema import options, preset, presets
from studio.sketch.motion import MOVES, frames
from studio.sketch.painter import Painting

BOX = (10, 20, 160, 90)


def painting(movement: str) -> Painting:
    """A white square in the middle of a dark box, with a red frame around it."""
    image = Image.new("RGB", (180, 130), "red")
    pen = ImageDraw.Draw(image)
    pen.rectangle((10, 20, 169, 109), "black")
    pen.rectangle((80, 55, 99, 74), "white")
    return Painting(image, BOX, movement)


def square(frame: np.ndarray) -> tuple[float, float, float]:
    """Middle (x, y) and width of the white square."""
    _, rows, columns = np.nonzero(frame[..., 2] > 127)
    return float(columns.mean()), float(rows.mean()), float(columns.max() - columns.min() + 1)


@pytest.mark.parametrize("movement", sorted(MOVES))
def test_nothing_outside_the_box_moves(movement: str) -> None:
    still = np.asarray(painting(movement).image)
    for frame in frames(painting(movement), 5):
        outside = frame[0].copy()
        outside[20:110, 10:170] = still[20:110, 10:170]
        assert np.array_equal(outside, still)


def test_static_is_still() -> None:
    first, *rest = frames(painting("static"), 4)
    assert all(np.array_equal(first, frame) for frame in rest)


@pytest.mark.parametrize(
    ("movement", "grows"), [("push_in", True), ("pull_back", False), ("crash_zoom", True)]
)
def test_zooms(movement: str, grows: bool) -> None:
    widths = [square(frame)[2] for frame in frames(painting(movement), 5)]
    assert all((after >= before) == grows or after == before for before, after in pairwise(widths))
    assert (widths[-1] > widths[0]) == grows


@pytest.mark.parametrize(
    ("movement", "axis", "sign"),
    [("truck_right", 0, -1), ("truck_left", 0, 1), ("crane_up", 1, 1), ("crane_down", 1, -1)],
)
def test_what_is_seen_goes_the_other_way(movement: str, axis: int, sign: int) -> None:
    places = [square(frame)[axis] for frame in frames(painting(movement), 5)]
    assert all((after - before) * sign > 0 for before, after in pairwise(places))


def test_one_frame_is_a_picture() -> None:
    assert len(list(frames(painting("pan"), 1))) == 1


def test_every_movement_of_a_look_is_known() -> None:
    look = preset(sorted(presets())[0])
    words = {str(getattr(one, "value", one)) for one in options(look, "movement.movement_type")}
    assert words - {"None"} <= set(MOVES)
