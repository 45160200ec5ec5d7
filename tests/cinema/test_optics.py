"""Optics against figures that anybody can check, and the laws between them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import cinema
from studio.cinema import optics

MILLIMETRES = st.floats(4, 600)
SIDES = st.floats(3, 80)


@pytest.mark.parametrize(
    ("focal", "width", "squeeze", "degrees"),
    [(50, 36, 1, 39.6), (35, 36, 1, 54.4), (35, 24.89, 1, 39.1), (50, 21.95, 2, 47.4), (80, 70.41, 1, 47.5)],
)
def test_field_of_view(focal: float, width: float, squeeze: float, degrees: float) -> None:
    assert optics.field_of_view(focal, width, squeeze) == pytest.approx(degrees, abs=0.1)


def test_known_figures() -> None:
    assert optics.diagonal(36.70, 25.54) == pytest.approx(44.71, abs=0.01)  # ALEXA LF, ARRI's data sheet
    assert optics.crop_factor(24.89, 18.66) == pytest.approx(1.39, abs=0.01)
    assert optics.equivalent_focal_length(50, 24.89) == pytest.approx(72.3, abs=0.1)
    assert optics.hyperfocal_distance_m(50, 8, 0.03) == pytest.approx(10.47, abs=0.01)
    near, far = optics.depth_of_field_m(50, 2.8, 3.0, 0.03)
    assert (near, far) == (pytest.approx(2.73, abs=0.02), pytest.approx(3.33, abs=0.02))
    assert optics.minutes_of_film(1000, 90) == pytest.approx(11.1, abs=0.05)  # 1000 ft of 35mm 4-perf
    assert optics.minutes_of_film(1000, 337.5) == pytest.approx(2.96, abs=0.01)  # of 15-perf IMAX
    assert optics.mired_shift(5500, 3400) == pytest.approx(112, abs=1)  # Wratten 85
    assert optics.mired_shift(3200, 5500) == pytest.approx(-131, abs=1)  # Wratten 80A


def test_barry_lyndon_could_be_exposed() -> None:
    """Three foot-candles (32 lux) at T0.7 and 200 ASA, as John Alcott told it."""
    assert abs(optics.stops_short(32, 0.7, 200)) < 1
    assert optics.stops_short(32, 2.8, 100) > 3


@given(focal=MILLIMETRES, width=SIDES, squeeze=st.floats(1, 2))
def test_a_longer_lens_sees_less_and_a_wider_frame_more(focal: float, width: float, squeeze: float) -> None:
    angle = optics.field_of_view(focal, width, squeeze)
    assert 0 < angle < 180
    assert (
        optics.field_of_view(focal * 1.1, width, squeeze)
        < angle
        < optics.field_of_view(focal, width * 1.1, squeeze)
    )
    equivalent = optics.equivalent_focal_length(focal, width, squeeze)
    assert optics.field_of_view(equivalent, optics.FULL_FRAME_WIDTH_MM) == pytest.approx(angle)


@given(width=SIDES, height=SIDES, ratio=st.floats(0.5, 3), squeeze=st.floats(1, 2))
def test_the_used_frame_lies_inside_and_has_the_ratio(
    width: float, height: float, ratio: float, squeeze: float
) -> None:
    used = optics.frame_inside(width, height, ratio, squeeze)
    assert used[0] <= width + 1e-9 and used[1] <= height + 1e-9
    assert used[0] == pytest.approx(width) or used[1] == pytest.approx(height)
    assert used[0] / used[1] * squeeze == pytest.approx(ratio)


@given(focal=st.floats(8, 300), stop=st.floats(0.7, 22), focus=st.floats(0.5, 100))
def test_depth_of_field_holds_the_focus_and_grows_with_the_stop(
    focal: float, stop: float, focus: float
) -> None:
    near, far = optics.depth_of_field_m(focal, stop, focus, 0.02)
    assert near <= focus <= far
    wider = optics.depth_of_field_m(focal, stop * 1.4, focus, 0.02)
    assert wider[0] <= near and wider[1] >= far
    hyperfocal = optics.hyperfocal_distance_m(focal, stop, 0.02)
    assert optics.depth_of_field_m(focal, stop, hyperfocal * 1.001, 0.02)[1] == math.inf


def test_nothing_focuses_inside_the_lens() -> None:
    with pytest.raises(ValueError, match="longer"):
        optics.depth_of_field_m(100, 2.8, 0.05, 0.02)


@given(circle=st.floats(5, 100), width=SIDES, height=SIDES)
def test_what_covers_a_frame_covers_every_part_of_it(circle: float, width: float, height: float) -> None:
    if optics.covers(circle, width, height):
        assert optics.covers(circle, width * 0.9, height) and optics.covers(circle, width, height * 0.9)


def test_framing_of_a_look() -> None:
    look = cinema.preset("moonlight")
    assert isinstance(look, cinema.LiveActionConfig)
    found = cinema.framing(look.with_(lens__t_stop=2.8, lens__focus_distance_m=2.0))
    assert found is not None and found.squeeze == 2.0
    assert found.width_mm / found.height_mm * 2 == pytest.approx(2.39)
    assert found.horizontal_view == pytest.approx(36.9, abs=0.1)
    assert found.sharp_m is not None and found.sharp_m[0] < 2.0 < found.sharp_m[1]
    assert cinema.framing(cinema.LiveActionConfig()) is None


def test_every_camera_and_every_lens_that_meets_it_has_a_view() -> None:
    shelf = cinema.library()
    for body in shelf.cameras.values():
        assert body.sensor_diagonal_mm > 5
        assert body.rigged_kg >= body.weight_kg
        assert next(iter(body.frames.values())) == (body.sensor_width_mm, body.sensor_height_mm)
