"""A shot is a value: it travels through JSON and takes, and builds the very same graph again."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cinema import all_angles, library, preset, write_prompt
from studio.errors import (
    InvalidLook,
    LookError,
    ShotError,
    StudioError,
    TakeError,
    TemplateError,
    UnknownParameter,
)
from studio.provenance import Provenance, embed_provenance
from studio.shot import MAX_SEED, Shot, random_seed
from studio.workflow import LoraChoice, find_template, graph_hash
from tests.project.support import png

LOOK = preset("the_revenant")
SHOT = Shot(look=LOOK, subject="a ferry at its pier", seed=7)

shots = st.builds(
    Shot,
    look=st.sampled_from([preset(id) for id in sorted(library().presets)]),
    subject=st.text(max_size=60),
    angle=st.none() | st.sampled_from(all_angles()),
    template=st.sampled_from(["sdxl", "flux", "plate"]),
    seed=st.integers(0, MAX_SEED),
    loras=st.lists(st.builds(LoraChoice, name=st.just("film.safetensors")), max_size=2).map(tuple),
)


@given(shots)
def test_a_shot_survives_json(shot: Shot) -> None:
    again = Shot.model_validate_json(shot.model_dump_json())
    assert again == shot
    assert json.loads(shot.model_dump_json())["seed"] == str(shot.seed)


@given(shots)
def test_a_take_builds_the_very_same_graph(tmp_path_factory: pytest.TempPathFactory, shot: Shot) -> None:
    try:
        graph = shot.build()
    except StudioError:  # the plate takes no LoRA
        assert shot.template == "plate"
        return
    path = tmp_path_factory.getbasetemp() / "take.png"
    path.write_bytes(embed_provenance(png(), Provenance(shot=shot.model_dump(mode="json"))))
    again = Shot.from_take(path)
    assert again == shot
    assert again.build() == graph
    assert graph_hash(again.build()) == graph_hash(graph)


@pytest.mark.parametrize("seed", [0, 2**53 + 1, 2**63, MAX_SEED])
def test_no_seed_loses_a_digit(seed: int) -> None:
    assert SHOT.with_(seed=str(seed)).seed == seed
    assert any(seed in node["inputs"].values() for node in SHOT.with_(seed=seed).build().values())


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 1.5, "x", True, None])
def test_no_other_seed_is_one(seed: object) -> None:
    with pytest.raises(StudioError, match="seed"):
        SHOT.with_(seed=seed)


def test_random_seeds_are_in_range_and_differ() -> None:
    seeds = {random_seed() for _ in range(50)}
    assert len(seeds) == 50
    assert all(0 <= seed <= MAX_SEED for seed in seeds)
    assert Shot(look=LOOK, subject="").seed != Shot(look=LOOK, subject="").seed


def test_a_change_gives_another_shot() -> None:
    other = SHOT.with_(subject="a captain", look__lens__focal_length_mm=35.0, parameters={"steps": 12})
    assert SHOT.subject == "a ferry at its pier"
    assert (other.subject, other.look.get("lens.focal_length_mm"), other.seed) == ("a captain", 35.0, 7)


@pytest.mark.parametrize(
    "changes",
    [{"look__lens__colour": 3}, {"look__lens__focal_length_mm": "long"}, {"sbject": "typo"}, {"look": 3}],
)
def test_a_change_that_can_t_be_is_told_in_the_studio_s_words(changes: dict) -> None:
    with pytest.raises((LookError, ShotError)) as caught:
        SHOT.with_(**changes)
    assert caught.value.where


def test_unknown_fields_of_a_newer_studio_are_kept() -> None:
    data = {**json.loads(SHOT.model_dump_json()), "lut": "x"}
    newer = Shot.model_validate(data)
    assert json.loads(newer.model_dump_json())["lut"] == "x"
    assert newer.with_(seed=8, lut="y").model_dump()["lut"] == "y"
    assert newer.with_(seed=8).model_dump()["lut"] == "x"


def test_a_look_that_can_t_be_filmed_is_not_built() -> None:
    sun_at_night = SHOT.with_(look__lighting__time_of_day="night", look__lighting__source="sun")
    with pytest.raises(InvalidLook) as caught:
        sun_at_night.build()
    assert caught.value.report.hard
    assert caught.value.where == caught.value.report.hard[0].field


def test_templates_and_parameters_that_are_not_there() -> None:
    with pytest.raises(TemplateError):
        SHOT.with_(template="nobody").build()
    with pytest.raises(UnknownParameter):
        SHOT.with_(parameters={"stepz": 3}).build()


def test_the_target_is_the_template_s_unless_it_is_said() -> None:
    written = SHOT.with_(template="flux").prompt()
    assert written == write_prompt(SHOT.look, subject=SHOT.subject, target=find_template("flux").target)
    assert SHOT.with_(template="flux", target="generic").prompt() != written


def test_names_on_the_backend_replace_files() -> None:
    class Spy:
        id, target, manifest = "spy", "generic", SimpleNamespace(angle_trigger="<sks>")

        def build(self, **given: object) -> dict:
            return given

    shot = SHOT.with_(images={"plate": "mood.png"})
    assert shot.build(template=Spy())["images"] == {"plate": "mood.png"}
    assert shot.build(template=Spy(), image_names={"plate": "0f.png"})["images"] == {"plate": "0f.png"}


def test_a_multi_angle_template_gets_its_token_once() -> None:
    angle = all_angles()[0]
    template = find_template("qwen-edit-angles")
    shot = SHOT.with_(template=template.id, target="generic", angle=angle)
    token = angle.token(template.manifest.angle_trigger)
    assert shot.prompt().positive.startswith(token)
    assert shot.prompt().positive.count(token) == 1
    assert token not in SHOT.with_(angle=angle).prompt().positive


def test_a_file_without_a_shot_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png())
    with pytest.raises(TakeError, match="no provenance"):
        Shot.from_take(path)
    path.write_bytes(embed_provenance(png(), Provenance(shot={"look": {"kind": "opera"}})))
    with pytest.raises(TakeError, match="can't be read"):
        Shot.from_take(str(path))
