"""The 144 camera angles."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cinema import Angle, LiveActionConfig, all_angles, shot_size
from studio.errors import LookError

ANGLES = all_angles()


def test_there_are_144_and_all_differ() -> None:
    assert len(ANGLES) == 144
    for names in ([a.id for a in ANGLES], [a.code for a in ANGLES], [str(a) for a in ANGLES]):
        assert len(set(names)) == 144
    assert sorted({a.degrees for a in ANGLES}) == list(range(0, 360, 30))


@given(st.sampled_from(ANGLES))
def test_every_name_leads_back(angle: Angle) -> None:
    assert Angle.parse(angle.id) == angle
    assert Angle.parse(angle.code) == angle
    assert Angle.parse(str(angle)) == angle
    assert Angle.parse(angle.id.upper()) == angle
    assert Angle.model_validate_json(angle.model_dump_json()) == angle


@given(st.sampled_from(ANGLES))
def test_a_lora_token_names_the_nearest_of_its_eight_directions(angle: Angle) -> None:
    token = angle.token()
    assert token.startswith("<sks> ")
    read = Angle.parse(token)
    assert (read.size, read.height) == (angle.size, angle.height)
    assert abs(read.degrees - angle.degrees) <= 30
    assert read.token() == token


def test_directions_go_round_to_the_cameras_right() -> None:
    assert Angle(size="wide", height="eye-level", direction="right side").degrees == 90
    assert Angle(size="wide", height="eye-level", direction="back").degrees == 180
    assert Angle(size="wide", height="eye-level", direction="front-left 30").degrees == 330


@pytest.mark.parametrize("text", ["", "sideways", "front", "999-EL-CU"])
def test_what_names_no_angle_is_refused(text: str) -> None:
    with pytest.raises(LookError):
        Angle.parse(text)


def test_a_wrong_part_is_refused_with_its_name() -> None:
    with pytest.raises(LookError, match="height"):
        Angle(size="wide", height="very high", direction="front")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "size", "framed"),
    [
        ("BCU", "close-up", "BCU"),
        ("WS", "close-up", "CU"),
        ("MWS", "medium", "MWS"),
        ("CU", "medium", "MS"),
        ("EWS", "wide", "EWS"),
        ("MS", "wide", "WS"),
        ("POV", "wide", "POV"),
        (None, "wide", "WS"),
    ],
)
def test_the_size_really_framed(own: str | None, size: str, framed: str) -> None:
    look = LiveActionConfig().with_(visual_grammar__shot_size=own)
    assert shot_size(look, None) == own
    assert shot_size(look, Angle(size=size, height="eye-level", direction="front")) == framed  # type: ignore[arg-type]


def test_the_words_say_to_which_side_of_the_picture_the_subject_faces() -> None:
    """The camera orbits to its right, so that from its right side the nose points to the left."""
    for angle in all_angles():
        towards = "left" if 0 < angle.degrees < 180 else "right" if angle.degrees > 180 else None
        stated = re.search(r"(left|right) of frame", angle.direction_words)
        assert (stated[1] if stated else None) == towards, angle.id
        assert ("away" in angle.direction_words) == (90 < angle.degrees < 270 and angle.degrees != 180)
