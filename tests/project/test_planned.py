"""The planned shot as a table: what changes make of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import studio
from studio.errors import LookError, ShotError, StudioError, UnknownParameter, WorkflowError
from studio.project import planned
from studio.shot import Shot
from studio.workflow import find_template

SDXL, PLATE, WAN = (find_template(id) for id in ("sdxl", "plate", "wan22-i2v"))


def test_a_subject_alone_becomes_a_shot() -> None:
    shot = planned.shot_of(planned.with_subject({}, "a lighthouse"))
    assert (shot.subject, shot.template, shot.look.kind) == ("a lighthouse", "sdxl", "live_action")
    assert planned.shot_of({"subject": "rain"}).subject == "rain"


def test_a_shot_and_its_table_mean_the_same() -> None:
    shot = Shot(
        look=studio.preset("blade_runner_2049"), subject="x", angle=studio.Angle.parse("030-LA-CU"),
        seed=2**64 - 1, parameters={"steps": 12}, loras=[{"name": "a.safetensors", "strength_model": 0.5}],
    )  # fmt: skip
    table = planned.table_of(shot)
    assert table["seed"] == "18446744073709551615"
    assert planned.shot_of(json.loads(json.dumps(table))) == shot


@given(st.integers(0, 2**64 - 1))
def test_a_seed_keeps_all_its_digits(seed: int) -> None:
    assert planned.shot_of(planned.with_seed({}, f" {seed} ")).seed == seed


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "18446744073709551616", "0x10", "٣", True])
def test_a_seed_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(WorkflowError):
        planned.with_seed({}, wrong)


def test_a_seed_that_is_taken_back_is_new_each_time() -> None:
    table = planned.with_seed(planned.with_seed({}, "7"), None)
    assert "seed" not in table
    assert planned.shot_of(table).seed != planned.shot_of(table).seed


def test_a_parameter_is_checked_and_taken_back() -> None:
    table = planned.with_parameter({}, SDXL, "steps", 24.0)
    assert table["parameters"] == {"steps": 24}
    assert "parameters" not in planned.with_parameter(table, SDXL, "steps", None)
    for wrong in (0, 151, 1.5, "many", float("nan"), True):
        with pytest.raises(WorkflowError):
            planned.with_parameter({}, SDXL, "steps", wrong)
    with pytest.raises(UnknownParameter) as caught:
        planned.with_parameter({}, SDXL, "step", 3)
    assert "steps" in caught.value.near


def test_a_colour_is_kept_as_the_graph_takes_it() -> None:
    assert planned.with_parameter({}, PLATE, "light", "#ff8000")["parameters"] == {"light": 0xFF8000}


def test_another_template_keeps_what_it_has_too() -> None:
    table: dict[str, Any] = planned.with_parameter({}, SDXL, "steps", 24)
    table = planned.with_parameter(table, SDXL, "checkpoint", "film.safetensors")
    table = planned.with_lora(table, SDXL, "grain.safetensors")
    moved = planned.with_template(table, WAN)
    assert moved["template"] == "wan22-i2v"
    assert moved["parameters"] == {"steps": 24}, "100 is the most, and it has no checkpoint"
    assert moved["loras"][0]["name"] == "grain.safetensors"
    assert "loras" not in planned.with_template(table, PLATE)
    over = planned.with_parameter({}, SDXL, "steps", 140)
    assert "parameters" not in planned.with_template(over, WAN)


def test_loras() -> None:
    table = planned.with_lora(planned.with_lora({}, WAN, "a.safetensors"), WAN, "b.safetensors")
    table = planned.with_lora_changed(table, WAN, 1, {"strength_model": 0.35})
    table = planned.with_lora_changed(table, WAN, 1, {"chain": "low"})
    assert [each["name"] for each in table["loras"]] == ["a.safetensors", "b.safetensors"]
    assert planned.shot_of(table).loras[1].strength_model == 0.35
    assert "loras" not in planned.without_lora(planned.without_lora(table, 0), 0)
    for index, change in ((5, {"strength_model": 1}), (0, {"chain": "middle"}), (0, {"strength_model": "x"})):
        with pytest.raises(ShotError):
            planned.with_lora_changed(table, WAN, index, change)
    with pytest.raises(ShotError):
        planned.with_lora({}, PLATE, "a.safetensors")
    with pytest.raises(ShotError):
        planned.without_lora({}, 0)


def test_pictures() -> None:
    table = planned.with_picture({}, WAN, "image", "studio/a.png")
    assert table["images"] == {"image": "studio/a.png"}
    assert "images" not in planned.with_picture(table, WAN, "image", None)
    with pytest.raises(ShotError):
        planned.with_picture({}, WAN, "steps", "a.png")


def test_angle_and_look() -> None:
    table = planned.with_angle({}, "front-right-30_low-angle_close-up")
    assert planned.shot_of(table).angle == studio.Angle.parse("030-LA-CU")
    assert "angle" not in planned.with_angle(table, None)
    with pytest.raises(LookError):
        planned.with_angle({}, "from the moon")
    look = planned.shot_of(planned.with_preset({}, "blade_runner_2049")).look
    assert look == studio.preset("blade_runner_2049")
    assert planned.with_preset({}, "")["look"] == {"kind": "live_action"}
    with pytest.raises(LookError):
        planned.with_preset({}, "no_such_film")


def test_a_subject_has_an_end() -> None:
    with pytest.raises(ShotError):
        planned.with_subject({}, "x" * (planned.LONGEST_SUBJECT + 1))


@given(
    st.dictionaries(
        st.sampled_from(["look", "subject", "template", "parameters", "loras", "images", "seed", "angle"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_a_table_that_a_hand_broke_raises_nothing_but_our_errors(table: dict[str, Any]) -> None:
    for change in (
        lambda: planned.with_template(table, WAN),
        lambda: planned.with_parameter(table, SDXL, "steps", 3),
        lambda: planned.with_lora(table, SDXL, "a"),
        lambda: planned.with_picture(table, WAN, "image", "a.png"),
        lambda: planned.shot_of(table),
    ):
        try:
            change()
        except StudioError:
            continue
