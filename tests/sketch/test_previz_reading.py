"""Specs are read from shots, looks and prompts, and whatever is missing or strange draws as the middle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.cinema import LiveActionConfig, all_angles, preset, presets, shot_size
from studio.shot import Shot
from studio.sketch.previz import SHOT_SIZES, PrevizSpec, spec_from_look, spec_from_prompt, spec_from_shot
from studio.sketch.previz.read import degrees_of, ratio_of

LOOK: dict[str, Any] = {
    "kind": "live_action",
    "camera": {"body": "arri_alexa_65", "aspect_ratio": "2.20:1", "film_stock": None},
    "lens": {"family": "arri_prime_65", "focal_length_mm": 28},
    "movement": {"movement_type": "push_in"},
    "lighting": {"time_of_day": "night", "source": "neon", "style": "low_key", "setting": "exterior"},
    "visual_grammar": {
        "shot_size": "WS",
        "composition": "symmetrical",
        "mood": "ominous",
        "color_tone": "teal_orange",
    },
    "preset": None,
}


def test_a_look_is_read_whole() -> None:
    found = spec_from_look(LOOK, subject="a man", width=900, height=400, seed=7)
    assert (found.shot_size, found.composition, found.mood, found.color_tone) == (
        "WS",
        "symmetrical",
        "ominous",
        "teal_orange",
    )
    assert (found.time_of_day, found.light_source, found.light_style, found.setting) == (
        "night",
        "neon",
        "low_key",
        "exterior",
    )
    assert (found.focal_length_mm, found.movement, found.ratio, found.seed) == (28, "push_in", 2.2, 7)
    assert found.sensor_width_mm == pytest.approx(54.12, abs=0.1)
    assert "65" in found.lens_name


def test_a_shot_and_its_json_read_the_same() -> None:
    shot = Shot(
        look=LiveActionConfig.model_validate(LOOK), subject="a woman", angle=all_angles()[5], seed=2**64 - 1
    )
    read = spec_from_shot(shot, 800, 400)
    assert read == spec_from_shot(shot.model_dump(mode="json"), 800, 400)
    assert read.seed == 2**64 - 1
    assert spec_from_shot(shot, 800, 400, seed=3).seed == 3
    assert read.shot_name == "a woman"
    assert spec_from_shot(shot, 800, 400, shot_name="Hero").shot_name == "Hero"


@pytest.mark.parametrize("id", sorted(presets()))
def test_every_preset_can_be_read(id: str) -> None:
    found = spec_from_look(preset(id), width=480, height=270)
    assert found.look_name
    assert found.kind == preset(id).kind


def test_every_angle_is_read() -> None:
    classes = {"close-up": "CU", "medium": "MS", "wide": "WS"}
    for angle in all_angles():
        found = spec_from_look({}, angle=angle)
        assert (found.camera_height, found.direction) == (angle.height, angle.degrees)
        assert found.shot_size == classes[angle.size]
        assert spec_from_look({}, angle=angle.id).direction == angle.degrees


def test_the_looks_own_size_stays_if_it_is_of_the_angles_class() -> None:
    for angle in (a for a in all_angles() if (a.height, a.direction) == ("low-angle", "front-left 30")):
        for own in (None, *SHOT_SIZES):
            look = LiveActionConfig.model_validate({"visual_grammar": {"shot_size": own}})
            assert spec_from_look(look, angle=angle).shot_size == shot_size(look, angle)


def test_a_monochrome_stock_makes_a_grey_picture_unless_a_tone_is_chosen() -> None:
    camera = {"camera": {"film_stock": "kodak_double_x_5222"}}
    from studio.cinema.library import library

    stock = next(id for id, each in sorted(library().stocks.items()) if each.monochrome)
    camera["camera"]["film_stock"] = stock
    assert spec_from_look(camera).color_tone == "monochrome"
    assert spec_from_look({**camera, "visual_grammar": {"color_tone": "sepia"}}).color_tone == "sepia"


def test_an_animation_brings_its_light_and_lines() -> None:
    found = spec_from_look(
        {
            "kind": "animation",
            "domain": "manga",
            "medium": "2d",
            "rendering": {
                "line_treatment": "inked",
                "lighting_model": "graphic",
                "color_application": "monochrome_ink",
            },
        }
    )
    assert (found.kind, found.light_style) == ("animation", "graphic")
    assert "manga" in found.medium
    assert "inked" in found.medium


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("front", 0),
        ("front-right 30", 30),
        ("right side", 90),
        ("back-right 60", 120),
        ("back", 180),
        ("back-left 30", 210),
        ("left side", 270),
        ("front-left 60", 300),
        (45, 45),
        (-30, 330),
        ("nowhere", 30),
    ],
)
def test_directions(text: object, degrees: float) -> None:
    assert degrees_of(text) == degrees


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("2.39:1", 2.39),
        ("16:9", 16 / 9),
        ("1.85", 1.85),
        ("x", None),
        ("1:0", None),
        ("99:1", None),
        ("", None),
    ],
)
def test_ratios(text: str, ratio: float | None) -> None:
    assert ratio_of(text) == (pytest.approx(ratio) if ratio else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("low angle wide shot of a soldier", {"camera_height": "low-angle", "shot_size": "WS"}),
        ("extreme close-up of her eyes", {"shot_size": "ECU"}),
        ("medium close-up, golden hour", {"shot_size": "MCU", "time_of_day": "golden_hour"}),
        (
            "high-angle close-up at night, black and white",
            {
                "camera_height": "high-angle",
                "shot_size": "CU",
                "time_of_day": "night",
                "color_tone": "monochrome",
            },
        ),
        (
            "a man, silhouette, 85mm lens, on 35mm film",
            {"light_style": "silhouette", "focal_length_mm": 85.0},
        ),
        ("shot on 35mm film, 50mm", {"focal_length_mm": 50.0}),
        (
            "a woman from behind in a bar by candlelight",
            {"direction": 180.0, "setting": "interior", "light_source": "candlelight"},
        ),
        ("anime girl, neon street", {"kind": "animation", "light_source": "neon", "setting": "exterior"}),
        ("portrait in profile, 1.85:1", {"shot_size": "CU", "direction": 90.0, "ratio": 1.85}),
        ("a tree", {"shot_size": "MS", "camera_height": "eye-level", "focal_length_mm": 35.0}),
    ],
)
def test_prompts(text: str, expected: dict[str, Any]) -> None:
    found = spec_from_prompt(text, 640, 360).model_dump()
    assert {key: found[key] for key in expected} == expected


def test_the_words_of_every_angle_are_read_back_from_a_prompt() -> None:
    for angle in all_angles():
        found = spec_from_prompt(f"{angle.size_words} of a man, {angle.words}", 640, 360)
        assert (found.camera_height, found.direction) == (angle.height, angle.degrees), angle.words


@pytest.mark.parametrize("size", ["close-up", "medium", "wide"])
def test_a_written_prompt_tells_its_shot(size: str) -> None:
    from studio.cinema import Angle, write_prompt

    look = LiveActionConfig.model_validate({**LOOK, "visual_grammar": {"color_tone": "monochrome"}})
    angle = Angle.model_validate({"size": size, "height": "high-angle", "direction": "left side"})
    found = spec_from_prompt(write_prompt(look, subject="a man", angle=angle).positive, 640, 360)
    assert found.shot_size == {"close-up": "CU", "medium": "MS", "wide": "WS"}[size]
    assert (found.camera_height, found.direction) == ("high-angle", 270)
    assert (found.time_of_day, found.light_style, found.light_source) == ("night", "low_key", "neon")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
parts = st.dictionaries(
    st.sampled_from(
        (
            "body",
            "aspect_ratio",
            "family",
            "focal_length_mm",
            "shot_size",
            "time_of_day",
            "setting",
            "gate",
            "color_tone",
            "mood",
        )
    ),
    anything,
    max_size=6,
)
looks = st.dictionaries(
    st.sampled_from(
        ("kind", "camera", "lens", "lighting", "visual_grammar", "movement", "preset", "rendering")
    ),
    parts | anything,
    max_size=6,
)


@given(
    look=looks | anything,
    angle=anything | st.fixed_dictionaries({"size": anything, "height": anything, "direction": anything}),
    subject=anything,
    seed=anything,
)
@settings(max_examples=150, deadline=None)
def test_any_json_reads_as_some_spec(look: Any, angle: Any, subject: Any, seed: Any) -> None:
    found = spec_from_shot({"look": look, "angle": angle, "subject": subject, "seed": seed}, 320, 180)
    assert isinstance(found, PrevizSpec)


@given(text=st.text(max_size=400), width=st.integers(-5, 20_000), height=st.integers(-5, 20_000))
@settings(max_examples=150, deadline=None)
def test_any_prompt_reads_as_some_spec(text: str, width: int, height: int) -> None:
    found = spec_from_prompt(text, width, height, 1)
    assert 16 <= found.width <= 8192
    assert 16 <= found.height <= 8192
