"""Prompts: the subject first, every chosen field, nothing else."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig, Prompt, write_prompt
from studio.cinema.forms import KEEP
from studio.cinema.phrases import phrases_of
from studio.cinema.prompt import estimate_tokens
from studio.errors import LookError
from tests.cinema.strategies import looks

SUBJECT = "Zebedee Quux polishes forty zinc kazoos"
PRESETS = sorted(cinema.library().presets)
TARGETS = sorted(cinema.library().targets)
ANGLE = cinema.Angle(size="wide", height="low-angle", direction="back-left 60")
CONNECTIVES = {
    *("a", "an", "the", "at", "in", "on", "of", "with", "and", "by", "as", "for", "from", "is", "has"),
    *("framed", "seen", "lit", "palette", "mood", "view", "shot", "exposed", "moves", "frame", "light"),
    *("drawing", "motion", "colours", "camera", "style", "lens", "film"),
}
"""Every word that a form may write of its own accord."""


def check(
    prompt: Prompt, look: LiveActionConfig | AnimationConfig, angle: cinema.Angle | None = None
) -> None:
    """Every chosen field is said or accounted for; what is said is in the text; nothing else is."""
    said = {part.field: part.text for part in prompt.parts}
    unsaid = {each.field: each.reason for each in prompt.unsaid}
    of_angle = {field for field in (*said, *unsaid) if field.startswith("angle.")}
    assert (said.keys() | unsaid.keys()) - of_angle == look.chosen().keys()
    assert bool(of_angle) == (angle is not None)
    assert not said.keys() & unsaid.keys()
    assert all(unsaid.values())
    model = cinema.library().targets[prompt.target]
    text = prompt.positive.casefold()
    for field, words in said.items():
        assert words.casefold() in text, (field, words, prompt.positive)
    assert nothing_else(prompt, look, angle), prompt.positive
    if model.budget is not None:
        assert prompt.length <= model.budget.limit or not prompt.parts
    assert bool(prompt.negative) == model.negative
    if model.kind == "image":
        assert not [field for field in said if field.startswith(("movement.", "motion."))]


def nothing_else(
    prompt: Prompt, look: LiveActionConfig | AnimationConfig, angle: cinema.Angle | None
) -> bool:
    """Whether only connectives are left when subject, phrases, weights and the target's suffix are taken
    away."""
    model = cinema.library().targets[prompt.target]
    phrases, _ = phrases_of(look, angle, model.kind, cinema.library(), say_ratio=True)
    kept = {part.field for part in prompt.parts}
    texts = {
        text for each in phrases if each.field in kept for text in (each.in_prose, each.in_tags, each.words)
    }
    rest = prompt.positive.removeprefix(SUBJECT)
    rest = re.sub(r"--\w+ \S+|:\d(\.\d+)?\)", " ", rest).replace(KEEP, " ").casefold()
    for text in sorted((text.casefold() for text in texts), key=len, reverse=True):
        rest = rest.replace(text, " ")
    return set(re.findall(r"[\w'’:/-]*\w", rest)) <= CONNECTIVES


@pytest.mark.parametrize("target", TARGETS)
def test_every_chosen_field_of_every_preset_appears_and_nothing_else(target: str) -> None:
    for preset in PRESETS:
        look = cinema.preset(preset)
        prompt = write_prompt(look, subject=SUBJECT, target=target, angle=ANGLE)
        assert prompt.positive.startswith(SUBJECT)
        check(prompt, look, ANGLE)


@given(look=looks(), target=st.sampled_from(TARGETS), angle=st.sampled_from((None, *cinema.all_angles())))
def test_so_does_every_field_of_any_look(
    look: LiveActionConfig | AnimationConfig, target: str, angle: cinema.Angle | None
) -> None:
    check(write_prompt(look, subject=SUBJECT, target=target, angle=angle), look, angle)


@pytest.mark.parametrize(
    "target", ["generic", "sdxl", "flux.1", "qwen_image", "flux_kontext", "wan_2.1", "pika_2.0"]
)
def test_every_word_of_the_vocabulary_is_one_that_the_writer_knows(target: str) -> None:
    for kind in (LiveActionConfig, AnimationConfig):
        for field, info in kind.FIELDS.items():
            if info.words in ("", "gate", "focal_length", "preset"):
                continue
            for id in cinema.library().table(info.words):
                look = kind().replaced({field: id})
                check(write_prompt(look, subject=SUBJECT, target=target), look)


def test_human_words_and_proper_capitals() -> None:
    look = LiveActionConfig().with_(
        camera__body="arri_alexa_35", visual_grammar__shot_size="MS", lens__family="cooke_s4"
    )
    for target in TARGETS:
        prompt = write_prompt(look, subject=SUBJECT, target=target)
        assert "medium shot" in prompt.positive
        assert "ARRI ALEXA 35" in prompt.positive
        assert "Cooke S4/i" in prompt.positive
        assert "_" not in prompt.positive


def test_an_empty_look_says_the_subject_alone() -> None:
    for target in TARGETS:
        prompt = write_prompt(LiveActionConfig(), subject=SUBJECT + ".", target=target)
        assert prompt.parts == () and prompt.unsaid == ()
    assert write_prompt(AnimationConfig(), subject=SUBJECT, target="flux").positive == SUBJECT + "."


def test_the_subject_stays_as_it_was_written() -> None:
    subject = "“Wait!” cries ARRI, the cat (a tabby). It leaps"
    for target in TARGETS:
        assert write_prompt(cinema.preset("vertigo"), subject=subject, target=target).positive.startswith(
            subject
        )


def test_negative_only_where_the_target_takes_one() -> None:
    colour, mono = cinema.preset("vertigo"), cinema.preset("citizen_kane")
    assert write_prompt(colour, subject=SUBJECT, target="flux").negative == ""
    assert "cartoon" in write_prompt(colour, subject=SUBJECT, target="sdxl").negative
    assert write_prompt(mono, subject=SUBJECT, target="wan_2.2").negative.endswith("colour")
    assert (
        "photograph" in write_prompt(cinema.preset("studio_ghibli"), subject=SUBJECT, target="sdxl").negative
    )


@pytest.mark.parametrize("target", TARGETS)
def test_size_is_for_the_ratio_in_steps_near_the_budget(target: str) -> None:
    model = cinema.library().targets[target]
    for ratio in cinema.library().terms["aspect_ratio"]:
        look = LiveActionConfig().with_(camera__aspect_ratio=ratio)
        prompt = write_prompt(look, subject=SUBJECT, target=target)
        said = f"{ratio} frame" in prompt.positive
        if model.size is None:
            assert "--ar " in prompt.positive and ":" in prompt.parameters["aspect_ratio"] and not said
            continue
        width, height = prompt.parameters["width"], prompt.parameters["height"]
        assert width % model.size.multiple == 0 and height % model.size.multiple == 0
        near = abs(width / height / look.ratio - 1) < 0.05
        assert said != near  # what the size can't give is said in words
        if model.size.sizes:
            assert (width, height) in model.size.sizes
        else:
            assert abs(math.log(width / height / look.ratio)) < 0.06
            limited = model.size.longest is not None and max(width, height) > 0.9 * model.size.longest
            assert abs(math.log(width * height / model.size.pixels)) < 0.13 or limited


def test_an_angle_is_said_and_its_size_rules() -> None:
    look = LiveActionConfig().with_(visual_grammar__shot_size="CU")
    prompt = write_prompt(look, subject=SUBJECT, target="sdxl", angle=ANGLE)
    assert "wide shot" in prompt.positive and "close-up" not in prompt.positive
    assert ANGLE.height_words in prompt.positive and ANGLE.direction_words in prompt.positive
    assert [each.field for each in prompt.unsaid] == ["visual_grammar.shot_size"]


def test_a_move_is_for_video_alone() -> None:
    look = LiveActionConfig().with_(
        movement__equipment="crane", movement__movement_type="crane_up", movement__timing="slow"
    )
    still = write_prompt(look, subject=SUBJECT, target="flux")
    assert still.parts == () and {each.reason for each in still.unsaid} == {"a still picture does not move"}
    moving = write_prompt(look, subject=SUBJECT, target="wan").positive
    assert "The view rises high slowly" in moving
    assert "crane" not in moving  # a model that reads of a crane draws one


def test_what_finds_no_room_is_told_and_is_the_least_important() -> None:
    look = cinema.preset("barry_lyndon")
    subject = " ".join(["kazoo"] * 60)
    prompt = write_prompt(look, subject=subject, target="runway_gen-3")
    assert prompt.length <= 85
    assert {"camera.exposure_index", "lens.t_stop"} <= {each.field for each in prompt.dropped}
    assert "visual_grammar.shot_size" in {part.field for part in prompt.parts}
    alone = write_prompt(look, subject=" ".join(["kazoo"] * 500), target="runway_gen-3")
    assert alone.parts == () and alone.positive.casefold().count("kazoo") == 500


def test_few_sentences_where_few_are_liked() -> None:
    look = cinema.preset("barry_lyndon")
    for target in TARGETS:
        model = cinema.library().targets[target]
        if model.sentences and model.form != "edit":
            prompt = write_prompt(look, subject=SUBJECT, target=target)
            assert len(re.findall(r"\.(?= [A-Z]|$)", prompt.positive)) <= model.sentences


def test_every_name_of_a_target_leads_to_it() -> None:
    for target in cinema.library().targets.values():
        for name in (target.id, target.name, *target.aliases, target.id.upper()):
            assert write_prompt(LiveActionConfig(), subject=SUBJECT, target=name).target == target.id


def test_an_unknown_target_is_refused_with_the_nearest() -> None:
    with pytest.raises(LookError, match="sdxl"):
        write_prompt(LiveActionConfig(), subject=SUBJECT, target="sdxll")


def test_a_lora_trigger_comes_first() -> None:
    angle = cinema.Angle(size="medium", height="eye-level", direction="front")
    prompt = write_prompt(LiveActionConfig(), subject=SUBJECT, target="flux", angle=angle, trigger="<sks>")
    assert prompt.positive.startswith(f"<sks> front view eye-level shot medium shot {SUBJECT}")


def test_a_preset_that_is_gone_is_told() -> None:
    look = LiveActionConfig(preset="a_film_of_another_project")
    prompt = write_prompt(look, subject=SUBJECT)
    assert [each.field for each in prompt.unsaid] == ["preset"]


@given(st.text(max_size=60))
def test_token_estimates_grow_with_the_text(text: str) -> None:
    assert 0 <= estimate_tokens(text) <= estimate_tokens(text + " more")


@pytest.mark.parametrize("target", ["flux.1", "pika_2.0", "qwen_image", "wan_2.2", "flux_kontext"])
def test_sentences_begin_with_capitals_and_go_on_without_after_a_semicolon(target: str) -> None:
    for preset in ("loving_vincent", "akira", "the_lighthouse", "vertigo"):
        text = write_prompt(cinema.preset(preset), subject="a captain reads a letter", target=target).positive
        assert text.startswith("A captain reads a letter.")
        assert not re.search(r"; (?:The|Framed|Shot|In|Lit|Painted|Anime|Interior)", text), text
        assert not re.search(r"\. [a-z]", text), text


def test_a_name_with_its_own_capitals_keeps_them() -> None:
    prompt = write_prompt(LiveActionConfig(), subject="iPhone footage of a storm", target="flux.1")
    assert prompt.positive == "iPhone footage of a storm."


def test_words_read_as_a_person_would_say_them() -> None:
    lamps = LiveActionConfig().replaced({"lighting.source": "practical_lights"})
    assert "Lit by lamps seen in the scene." in write_prompt(lamps, subject=SUBJECT, target="flux.1").positive
    primes = LiveActionConfig().replaced({"lens.family": "vistavision_primes"})
    assert "VistaVision prime lens" in write_prompt(primes, subject=SUBJECT, target="flux.1").positive
    lead = LiveActionConfig().replaced({"movement.movement_type": "lead", "movement.timing": "moderate"})
    said = write_prompt(lead, subject=SUBJECT, target="wan_2.2").positive
    assert "The view retreats before the subject at a moderate pace." in said
