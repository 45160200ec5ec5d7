"""What `draw` paints: its size, its light, its colours, its words, and that it is always the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.sketch.previz import HEIGHTS, SHOT_SIZES, TIMES_OF_DAY, PrevizSpec, draw, picture_box
from studio.sketch.previz.framing import place
from studio.sketch.previz.slate import angle_words, lens_words, plain

BASE = PrevizSpec(width=360, height=170, subject="a man on the street", shot_size="MS", direction=30)


def spec(**changes: object) -> PrevizSpec:
    return PrevizSpec.model_validate({**BASE.model_dump(), **changes})


def picture(wanted: PrevizSpec) -> np.ndarray:  # type: ignore[type-arg]
    """The picture's pixels without letterbox and slate."""
    left, top, width, height = picture_box(wanted)
    return np.asarray(draw(wanted).crop((left, top, left + width, top + height))).astype(float)


def brightness(wanted: PrevizSpec) -> float:
    return float(picture(wanted).mean())


def sharpness(pixels: np.ndarray) -> float:  # type: ignore[type-arg]
    """How steep the edges are, grain aside."""
    return float(np.percentile(np.abs(pixels[:, 3:] - pixels[:, :-3]).mean(axis=2), 98))


def chest(wanted: PrevizSpec) -> tuple[int, int]:
    """Where the middle of the chest falls on the picture, px."""
    _, _, width, height = picture_box(wanted)
    x, y, _ = place(wanted, width, height).project(np.array([[0.0, 1.25, 0.12]]))
    return int(x[0]), int(y[0])


def test_the_same_spec_draws_the_same_pixels() -> None:
    for changes in ({}, {"setting": "interior", "time_of_day": "night", "light_source": "candlelight"}):
        assert draw(spec(**changes)).tobytes() == draw(spec(**changes)).tobytes()


def test_another_process_draws_the_same_pixels() -> None:
    code = (
        "import hashlib, sys; from studio.sketch.previz import PrevizSpec, draw;"
        "print(hashlib.sha256(draw(PrevizSpec.model_validate_json(sys.argv[1])).tobytes()).hexdigest())"
    )
    wanted = spec(shot_size="MCU", subject="an old woman with a letter in the rain", time_of_day="night")
    there = subprocess.run(
        [sys.executable, "-c", code, wanted.model_dump_json()],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
    )
    assert there.stdout.strip() == hashlib.sha256(draw(wanted).tobytes()).hexdigest()


def test_another_seed_is_another_picture() -> None:
    assert draw(spec(seed=1)).tobytes() != draw(spec(seed=2)).tobytes()


@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(640, 360, 2.39), (400, 400, 1.85), (300, 500, 2.0), (500, 220, 1.33)]
)
def test_the_picture_keeps_its_ratio_and_the_rest_is_dark(width: int, height: int, ratio: float) -> None:
    wanted = spec(width=width, height=height, ratio=ratio, time_of_day="midday")
    left, top, w, h = picture_box(wanted)
    assert w / h == pytest.approx(ratio, rel=0.02)
    assert left >= 0
    assert top >= 0
    assert left + w <= width
    assert top + h < height, "the slate needs its strip"
    whole = np.asarray(draw(wanted)).astype(float)
    assert whole.shape == (height, width, 3)
    if top > 2:
        assert whole[: top - 1].max() < 40
    if left > 2:
        assert whole[:, : left - 1].max() < 40
    assert whole[top : top + h, left : left + w].mean() > 60


def test_it_is_marked_as_a_sketch() -> None:
    wanted = spec(width=700, height=330, shot_name="Hero_Shot")
    left, top, w, h = picture_box(wanted)
    strip = np.asarray(draw(wanted))[top + h :, left : left + w].astype(int)
    amber = (strip[..., 0] > 200) & (strip[..., 1] > 120) & (strip[..., 2] < 110)
    assert amber.sum() > 40
    assert amber[:, : w // 2].sum() == 0, "the mark stands at the right"
    unnamed = np.asarray(draw(spec(width=700, height=330, shot_name="")))[top + h :, left : left + w].astype(
        int
    )
    assert (strip != unnamed).any()


def test_night_is_darker_than_dusk_and_dusk_than_midday() -> None:
    for subject, setting in (("street", "exterior"), ("field", "exterior"), ("room", "interior")):
        fields = {"subject": subject, "setting": setting, "shot_size": "MWS"}
        night, dusk, noon = (brightness(spec(time_of_day=h, **fields)) for h in ("night", "dusk", "midday"))
        assert night <= dusk < noon, subject
        assert night < 0.7 * noon, subject


def test_golden_hour_is_warm_and_blue_hour_is_cold() -> None:
    def warmth(hour: str) -> float:
        pixels = picture(spec(time_of_day=hour, shot_size="EWS", subject="desert"))
        return float(pixels[..., 0].mean() - pixels[..., 2].mean())

    assert warmth("golden_hour") > 25
    assert warmth("blue_hour") < 0


@pytest.mark.parametrize("setting", ["interior", "exterior"])
def test_a_silhouette_is_darker_than_what_is_behind_it(setting: str) -> None:
    wanted = spec(
        light_style="silhouette", setting=setting, shot_size="MCU", composition="centered", time_of_day="dusk"
    )
    pixels = picture(wanted).mean(axis=2)
    x, y = chest(wanted)
    figure = pixels[y - 8 : y + 8, x - 8 : x + 8].mean()
    behind = pixels[: y - 20, : pixels.shape[1] // 6].mean()
    assert figure < 0.5 * behind
    lit = picture(
        spec(light_style="high_key", setting=setting, shot_size="MCU", composition="centered")
    ).mean(axis=2)
    assert lit[y - 8 : y + 8, x - 8 : x + 8].mean() > 2 * figure


def test_low_key_has_more_contrast_and_less_light_than_high_key() -> None:
    low, high = (
        picture(spec(light_style=s, setting="interior", shot_size="CU")).mean(axis=2)
        for s in ("low_key", "high_key")
    )
    assert low.mean() < 0.7 * high.mean()
    assert low.std() / low.mean() > 1.3 * high.std() / high.mean()


def test_hard_light_has_harder_edges_than_soft_light() -> None:
    def steepest(style: str) -> float:
        pixels = picture(
            spec(light_style=style, shot_size="BCU", direction=330, setting="interior", width=600, height=270)
        )
        x0, x1 = int(pixels.shape[1] * 0.25), int(pixels.shape[1] * 0.55)
        return float(np.percentile(np.abs(np.diff(pixels[60:180, x0:x1].mean(axis=2), axis=1)), 97))

    assert steepest("hard_lighting") > steepest("soft_lighting")


@pytest.mark.parametrize(
    "changes",
    [
        {"color_tone": "monochrome"},
        {"color_tone": "high_contrast_bw"},
        {"color_tone": "low_contrast_bw", "movement": "static"},
        {"kind": "animation", "medium": "manga 2d inked monochrome_ink"},
    ],
)
def test_black_and_white_has_no_chroma(changes: dict[str, str]) -> None:
    pixels = picture(spec(**changes, subject="woman with a beard in the rain", shot_size="CU"))
    assert np.ptp(pixels, axis=2).max() == 0


def test_colour_has_chroma_and_sepia_is_brown() -> None:
    assert np.ptp(picture(spec()), axis=2).mean() > 8
    sepia = picture(spec(color_tone="sepia")).mean(axis=(0, 1))
    assert sepia[0] > sepia[1] > sepia[2]


def test_desaturated_tones_hold_less_colour() -> None:
    rich, poor = (
        np.ptp(picture(spec(color_tone=t)), axis=2).mean() for t in ("warm_saturated", "warm_desaturated")
    )
    assert poor < 0.7 * rich


def test_a_close_up_on_a_long_lens_blurs_the_background() -> None:
    fields = {"width": 700, "height": 320, "shot_size": "MCU", "direction": 0, "composition": "centered"}
    near, far = (picture(spec(**fields, focal_length_mm=f))[:, :150] for f in (18, 135))
    assert sharpness(far) < 0.5 * sharpness(near)


def test_an_over_the_shoulder_shot_has_a_shoulder_and_a_point_of_view_has_no_subject() -> None:
    alone, over = (
        picture(spec(shot_size="MCU", setting="interior")),
        picture(spec(shot_size="OTS", setting="interior")),
    )
    side = slice(0, alone.shape[1] // 4)  # opposite the subject, which stands on the right
    assert over[40:, side].mean() < 0.75 * alone[40:, side].mean()
    wide = spec(shot_size="WS", composition="centered", direction=0)
    seen = spec(shot_size="POV", composition="centered", direction=0)
    x, y = chest(wide)
    assert (
        np.abs(
            picture(wide)[y - 4 : y + 4, x - 3 : x + 3].mean(axis=(0, 1))
            - picture(seen)[y - 4 : y + 4, x - 3 : x + 3].mean(axis=(0, 1))
        ).max()
        > 10
    )


def test_a_moving_camera_has_an_arrow_and_a_static_one_has_none() -> None:
    still = picture(spec(movement="static"))
    assert np.array_equal(still, picture(spec(movement="holds")))
    for move in ("push_in", "pull_back", "pan", "truck_left", "crane_up", "crane_down", "arc", "roll"):
        drawn = picture(spec(movement=move))
        changed = np.abs(drawn - still).max(axis=2) > 30
        assert 0.002 < changed.mean() < 0.12, move


def test_right_and_left_arrows_are_mirrored() -> None:
    still = picture(spec(movement="static"))
    right, left = (
        np.abs(picture(spec(movement=m)) - still).max(axis=2) > 60 for m in ("truck_right", "truck_left")
    )
    assert (right == left[:, ::-1]).mean() > 0.97


def test_words_of_the_slate() -> None:
    assert (
        angle_words(spec(direction=240, camera_height="low-angle", shot_size="WS"))
        == "WS · low-angle · back-left 60°"
    )
    assert angle_words(spec(direction=330)).endswith("front-left 30°")
    assert angle_words(spec(direction=0)).endswith("front")
    assert angle_words(spec(direction=270)).endswith("left side")
    assert lens_words(spec(lens_name="Cooke S4", focal_length_mm=32, squeeze=1)) == "Cooke S4 32mm"
    assert lens_words(spec(lens_name="", focal_length_mm=37.5, squeeze=2)) == "37.5mm 2x"


@given(st.text(max_size=600))
def test_any_text_becomes_one_short_line_that_can_be_set(text: str) -> None:
    line = plain(text)
    assert len(line) <= 160
    assert line == line.strip()
    assert all(char.isprintable() and (ord(char) < 256) for char in line)


def test_accents_are_kept_and_unknown_letters_are_marked() -> None:
    assert plain("Übergröße – café\n2") == "Übergröße - café 2"
    assert plain("ő漢\x00字") == "o· ·"


words = st.one_of(
    st.sampled_from(
        (
            "",
            "silhouette",
            "low_key",
            "rim",
            "neon",
            "candlelight",
            "television",
            "teal_orange",
            "arc",
            "noir",
            "diagonal",
        )
    ),
    st.text(max_size=12),
)
subjects = st.one_of(
    st.sampled_from(
        (
            "",
            "ferry pier",
            "wheelhouse captain",
            "bar",
            "corridor",
            "desert cowboy",
            "forest rain",
            "snow blizzard",
            "field",
            "mountain",
            "beach",
        )
    ),
    st.text(max_size=80),
)


@given(
    width=st.integers(16, 150),
    height=st.integers(16, 120),
    ratio=st.floats(0.2, 6.0),
    size=st.sampled_from(SHOT_SIZES),
    level=st.sampled_from(HEIGHTS),
    direction=st.floats(-360, 360),
    focal=st.floats(1, 2000),
    sensor=st.floats(1, 120),
    squeeze=st.floats(1, 2.5),
    hour=st.sampled_from((*TIMES_OF_DAY, "teatime")),
    setting=st.sampled_from(("interior", "exterior")),
    kind=st.sampled_from(("live_action", "animation")),
    labels=st.tuples(words, words, words, words, words, words),
    subject=subjects,
    name=st.text(max_size=300),
    seed=st.integers(0, 2**64 - 1),
)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_any_spec_draws(
    width: int,
    height: int,
    ratio: float,
    size: str,
    level: str,
    direction: float,
    focal: float,
    sensor: float,
    squeeze: float,
    hour: str,
    setting: str,
    kind: str,
    labels: tuple[str, ...],
    subject: str,
    name: str,
    seed: int,
) -> None:
    style, source, tone, mood, composition, movement = labels
    image = draw(
        spec(
            width=width,
            height=height,
            ratio=ratio,
            shot_size=size,
            camera_height=level,
            direction=direction,
            focal_length_mm=focal,
            sensor_width_mm=sensor,
            squeeze=squeeze,
            time_of_day=hour,
            setting=setting,
            kind=kind,
            light_style=style,
            light_source=source,
            color_tone=tone,
            mood=mood,
            composition=composition,
            movement=movement,
            subject=subject,
            shot_name=name,
            look_name=name,
            lens_name=name,
            seed=seed,
        )
    )
    assert isinstance(image, Image.Image)
    assert image.mode == "RGB"
    assert image.size == (width, height)
