"""The camera is honest: sizes, heights, directions and lenses show in where things fall on the picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from studio.sketch.previz import HEIGHTS, SHOT_SIZES, PrevizSpec
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.casting import HEAD_AT, HEIGHT, cast
from studio.sketch.previz.figure import build
from studio.sketch.previz.framing import gaze_of, place

WIDTH, HEIGHT_PX = 956, 400
CLOSER = ("EWS", "WS", "MWS", "American", "MS", "MCU", "CU", "BCU", "ECU", "Italian")
TOP, FEET = (0.0, HEIGHT, 0.0), (0.0, 0.0, 0.0)
NOSE = (0.0, HEAD_AT[1] - 0.045, HEAD_AT[2] + 0.115)
HEAD = (0.0, HEAD_AT[1] - 0.045, HEAD_AT[2])


def camera(**fields: object) -> Camera:
    return place(PrevizSpec.model_validate(fields), WIDTH, HEIGHT_PX)


def at(seen: Camera, point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a point falls, as shares of the picture's width and height."""
    x, y, _ = seen.project(np.array([point]))
    return float(x[0]) / WIDTH, float(y[0]) / HEIGHT_PX


def head_share(seen: Camera) -> float:
    """How much of the picture's height the head takes, crown to chin."""
    return at(seen, (0.0, HEAD_AT[1] - 0.118, HEAD_AT[2]))[1] - at(seen, TOP)[1]


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("focal", [18, 50, 135])
def test_a_closer_shot_shows_a_larger_head(height: str, focal: int) -> None:
    shares = [
        head_share(camera(shot_size=size, camera_height=height, focal_length_mm=focal)) for size in CLOSER
    ]
    assert all(nearer > 1.08 * farther for farther, nearer in itertools.pairwise(shares)), shares


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("focal", [14, 35, 85, 300])
def test_a_wide_shot_holds_the_whole_figure(height: str, focal: int) -> None:
    seen = camera(shot_size="WS", camera_height=height, focal_length_mm=focal)
    points = build(cast(1, "man")).mesh.points
    _, y, depth = seen.project(points)
    assert depth.min() > 0
    assert 0 < y.min() / HEIGHT_PX < 0.25
    assert 0.85 < y.max() / HEIGHT_PX < 1.06


def test_a_medium_shot_cuts_at_the_waist_and_a_cowboy_shot_below_the_hip() -> None:
    assert at(camera(shot_size="MS"), (0, 0.99, 0))[1] == pytest.approx(1, abs=0.02)
    assert at(camera(shot_size="American"), (0, 0.70, 0))[1] == pytest.approx(1, abs=0.02)
    assert at(camera(shot_size="CU"), (0, 1.25, 0))[1] > 1.2


def test_an_extreme_close_up_holds_both_eyes_and_no_mouth() -> None:
    seen = camera(shot_size="ECU", direction=0)
    for side in (0.0315, -0.0315):
        x, y = at(seen, (side, HEAD_AT[1], HEAD_AT[2] + 0.085))
        assert 0.1 < x < 0.9
        assert 0.1 < y < 0.9
    assert at(seen, (0, HEAD_AT[1] - 0.078, HEAD_AT[2] + 0.085))[1] > 1


@pytest.mark.parametrize("size", ["WS", "MS", "CU"])
def test_the_lower_the_camera_the_lower_the_horizon(size: str) -> None:
    low, eye, raised, high = (camera(shot_size=size, camera_height=h).horizon() / HEIGHT_PX for h in HEIGHTS)
    assert low > eye > raised > high
    assert high < -0.3, "looking steeply down, no horizon is seen"
    assert eye == pytest.approx(
        at(camera(shot_size=size), (0, camera(shot_size=size).position[1], 0))[1], abs=0.02
    )


def test_at_eye_level_the_horizon_passes_the_eyes_and_from_below_the_feet() -> None:
    seen = camera(shot_size="WS", direction=0)
    assert seen.horizon() / HEIGHT_PX == pytest.approx(at(seen, HEAD)[1], abs=0.05)
    low = camera(shot_size="WS", camera_height="low-angle")
    assert at(low, (0, 0.5, 0))[1] < low.horizon() / HEIGHT_PX < at(low, FEET)[1]


def test_looking_up_leans_verticals_in_and_looking_down_leans_them_out() -> None:
    def lean(height: str) -> float:
        seen = camera(shot_size="MS", camera_height=height, direction=0, composition="centered")
        right = [at(seen, (1.0, y, -3.0))[0] for y in (0.5, 2.5)]
        return right[1] - right[0]

    assert lean("low-angle") < -0.01
    assert abs(lean("eye-level")) < abs(lean("low-angle"))
    assert lean("high-angle") > 0.01


def test_seen_from_above_the_head_is_larger_against_the_feet() -> None:
    def shares(height: str) -> float:
        seen = camera(shot_size="WS", camera_height=height, focal_length_mm=21)
        _, _, depth = seen.project(np.array([HEAD, FEET]))
        return float(depth[1] / depth[0])

    assert shares("high-angle") > 1.2 > shares("low-angle") * 1.2


@pytest.mark.parametrize("direction", [30, 60, 90, 120, 150])
def test_from_its_right_the_nose_points_left_and_from_its_left_right(direction: int) -> None:
    right, left = camera(shot_size="MCU", direction=direction), camera(shot_size="MCU", direction=-direction)
    assert at(right, NOSE)[0] < at(right, HEAD)[0] - 0.005
    assert at(left, NOSE)[0] > at(left, HEAD)[0] + 0.005


@given(
    direction=st.floats(-180, 180),
    size=st.sampled_from(SHOT_SIZES),
    height=st.sampled_from(HEIGHTS),
    focal=st.floats(10, 400),
    x=st.floats(-0.4, 0.4),
    y=st.floats(0, 1.75),
    z=st.floats(-0.3, 0.3),
)
@settings(max_examples=60, deadline=None)
def test_a_mirrored_direction_mirrors_the_picture(
    direction: float, size: str, height: str, focal: float, x: float, y: float, z: float
) -> None:
    fields = {"shot_size": size, "camera_height": height, "focal_length_mm": focal, "composition": "centered"}
    assume(size != "OTS" or gaze_of(direction))  # straight on, somebody must choose a shoulder
    there = camera(direction=direction, **fields)
    mirrored = camera(direction=-direction, **fields)
    point, image = np.array([[x, y, z]]), np.array([[-x, y, z]])
    a, b = there.project(point), mirrored.project(image)
    if float(a[2][0]) > 0.1:
        assert float(b[2][0]) == pytest.approx(float(a[2][0]), abs=1e-6)
        assert float(b[0][0]) == pytest.approx(WIDTH - float(a[0][0]), abs=0.01)
        assert float(b[1][0]) == pytest.approx(float(a[1][0]), abs=0.01)


def test_the_subject_stands_opposite_its_gaze_and_centred_when_asked() -> None:
    assert at(camera(shot_size="MS", direction=60), HEAD)[0] > 0.6
    assert at(camera(shot_size="MS", direction=300), HEAD)[0] < 0.4
    assert at(camera(shot_size="MS", direction=60, composition="symmetrical"), HEAD)[0] == pytest.approx(
        0.5, abs=0.03
    )
    assert at(camera(shot_size="MS", direction=60, composition="negative_space"), HEAD)[0] > 0.7


def test_a_longer_lens_stands_farther_off_and_enlarges_the_background() -> None:
    def background(focal: int) -> float:
        """Height of a thing 20 m behind, against the subject's own."""
        seen = camera(shot_size="MS", focal_length_mm=focal, direction=0)
        behind = at(seen, (0, 0, -20))[1] - at(seen, (0.0, HEIGHT, -20.0))[1]
        return behind / (at(seen, FEET)[1] - at(seen, TOP)[1])

    lenses = (18, 35, 85, 200)
    scales = [background(focal) for focal in lenses]
    distances = [camera(shot_size="MS", focal_length_mm=focal).distance for focal in lenses]
    assert scales == sorted(scales)
    assert scales[-1] > 3 * scales[0]
    assert all(longer > 1.5 * shorter for shorter, longer in itertools.pairwise(distances))


def test_a_larger_sensor_comes_closer_with_the_same_lens() -> None:
    assert camera(focal_length_mm=50, sensor_width_mm=54.1).distance < camera(focal_length_mm=50).distance


def test_a_squeezed_lens_sees_as_wide_as_one_of_half_its_length() -> None:
    squeezed = camera(focal_length_mm=80, squeeze=2.0, shot_size="MS")
    spherical = camera(focal_length_mm=40, shot_size="MS")
    assert squeezed.distance == pytest.approx(spherical.distance, rel=1e-6)


def test_a_low_gate_crops_the_width() -> None:
    tall = PrevizSpec(ratio=1.0, sensor_width_mm=36, sensor_height_mm=24, focal_length_mm=50)
    wide = tall.model_copy(update={"sensor_height_mm": None})
    assert place(tall, 400, 400).focal_px > place(wide, 400, 400).focal_px


@given(seeds=st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2), size=st.sampled_from(SHOT_SIZES))
@settings(max_examples=30, deadline=None)
def test_the_seed_never_moves_the_camera(seeds: list[int], size: str) -> None:
    one, two = (camera(seed=seed, shot_size=size, direction=30) for seed in seeds)
    assert np.array_equal(one.position, two.position)
    assert (one.focal_px, one.centre_x, one.pitch) == (two.focal_px, two.centre_x, two.pitch)


def test_a_tilted_composition_rolls_the_horizon() -> None:
    assert camera(composition="rule_of_thirds").right[1] == 0
    assert abs(camera(composition="diagonal").right[1]) > 0.1
