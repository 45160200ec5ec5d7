from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from studio.errors import DataFileError, StudioError, TemplateError, UnknownParameter
from studio.workflow import categories, find_template, load_template, templates

MANIFEST = """
name = "Mine"
category = "text-to-image"
engine = "sdxl"
target = "sdxl"
season = "winter"

[[parameters]]
name = "steps"
type = "int"
min = 1
at = "1.steps"
"""
GRAPH = {
    "1": {"class_type": "KSampler", "inputs": {"steps": 20, "model": ["2", 0]}},
    "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
}


def write(folder: Path, name: str = "mine", manifest: str = MANIFEST, graph: object = GRAPH) -> Path:
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "manifest.toml").write_text(manifest, "utf-8")
    (home / "workflow.json").write_text(graph if isinstance(graph, str) else json.dumps(graph), "utf-8")
    return home


def test_the_shipped_ones_are_there() -> None:
    shipped = templates()
    assert {"sdxl", "flux", "plate"} <= set(shipped)
    assert list(shipped) == sorted(shipped)
    sdxl = shipped["sdxl"]
    assert (sdxl.id, sdxl.target, sdxl.category) == ("sdxl", "sdxl", "text-to-image")
    assert sdxl.default("steps") == 30
    assert sdxl.parameters["steps"].max == 150
    with pytest.raises(UnknownParameter):
        sdxl.default("stepz")


def test_a_projects_template_wins_and_its_changes_are_seen_at_once(tmp_path: Path) -> None:
    home = write(tmp_path, "sdxl")
    assert find_template("sdxl", [tmp_path]).name == "Mine"
    assert find_template("sdxl").name == "SDXL"
    assert templates([tmp_path])["sdxl"].name == "Mine"
    write(tmp_path, "sdxl", MANIFEST.replace("Mine", "Yours"))
    os.utime(home / "manifest.toml", ns=(1, 1))
    assert find_template("sdxl", [tmp_path]).name == "Yours"
    write(tmp_path, "another")
    assert "another" in templates([tmp_path])


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    manifest = load_template(write(tmp_path)).manifest
    assert manifest.model_extra == {"season": "winter"}


def test_no_such_template_names_the_near_ones() -> None:
    with pytest.raises(TemplateError, match="sdxl"):
        find_template("sdlx")
    for id in ("../sdxl", "sdxl/../flux", "", "/etc"):
        with pytest.raises(TemplateError):
            find_template(id)


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        ("name = [", ""),
        (MANIFEST.replace('name = "Mine"', ""), " name"),
        (MANIFEST.replace('type = "int"', 'type = "whole"'), "parameters.0.type"),
        (MANIFEST.replace('"1.steps"', '"steps"'), "parameters.0.at"),
        (MANIFEST.replace("min = 1", "min = 9\nmax = 1"), "parameters.0"),
        (MANIFEST + MANIFEST[MANIFEST.index("[[") :], "manifest"),
        (MANIFEST.replace('"1.steps"', '{ place = "1.steps", factor = 2.0 }'), "parameters.0.at"),
    ],
)
def test_a_manifest_that_cannot_be_read_names_file_and_field(
    tmp_path: Path, manifest: str, field: str
) -> None:
    with pytest.raises(DataFileError) as caught:
        load_template(write(tmp_path, manifest=manifest))
    assert str(tmp_path / "mine" / "manifest.toml") in caught.value.where
    assert field in caught.value.where


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"1.steps"', '"7.steps"', "parameters.steps.at"),
        ('"1.steps"', '"1.step"', "parameters.steps.at"),
        ('"1.steps"', '"1.model"', "parameters.steps.at"),
        ("min = 1", "min = 21", "parameters.steps"),
        ('type = "int"', 'type = "prompt"', "parameters.steps"),
        ("[[parameters]]", '[[loras]]\nmodel = "9.0"\n[[parameters]]', "loras.0"),
        (
            "[[parameters]]",
            '[[needs.models]]\nfolder = "checkpoints"\nname = "b.safetensors"\n[[parameters]]',
            "needs.models.0",
        ),
    ],
)
def test_a_manifest_that_does_not_fit_names_file_and_field(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        load_template(write(tmp_path, manifest=MANIFEST.replace(old, new, 1)))
    assert caught.value.where.endswith(f"manifest.toml {field}")


@pytest.mark.parametrize(
    "graph", ["{", "[]", '{"1": {"class_type": "A", "inputs": {"x": ["9", 0]}}}', "[" * 100_000]
)
def test_a_workflow_that_cannot_be_read_names_the_file(tmp_path: Path, graph: str) -> None:
    with pytest.raises(TemplateError) as caught:
        load_template(write(tmp_path, graph=graph))
    assert "workflow.json" in caught.value.where


def test_a_prompt_that_would_reach_a_negative_input_is_refused(tmp_path: Path) -> None:
    sdxl = find_template("sdxl")
    manifest = (sdxl.folder / "manifest.toml").read_text("utf-8")
    for old, new in (('at = "2.text"', 'at = ["2.text", "3.text"]'), ('at = "3.text"', 'at = "2.text"')):
        with pytest.raises(TemplateError, match="would reach") as caught:
            load_template(write(tmp_path, manifest=manifest.replace(old, new), graph=sdxl.workflow))
        assert caught.value.field == "text"


def test_a_picture_is_a_file_beside_the_manifest(tmp_path: Path) -> None:
    home = write(tmp_path, manifest='picture = "still.jpg"\n' + MANIFEST)
    assert load_template(home).picture is None
    (home / "still.jpg").write_bytes(b"a picture")
    assert load_template(home).picture == home / "still.jpg"
    for wrong in ("../still.jpg", "/still.jpg", "a\\\\still.jpg"):
        with pytest.raises(DataFileError, match="picture"):
            load_template(write(tmp_path, manifest=f'picture = "{wrong}"\n' + MANIFEST))


def test_categories_are_shelves(tmp_path: Path) -> None:
    write(tmp_path, "mine", MANIFEST.replace("text-to-image", "rainy"))
    write(tmp_path, "bad", graph="{")
    shelves = categories([tmp_path])
    assert [template.id for template in shelves["rainy"]] == ["mine"]
    assert {"sdxl", "flux", "sd35"} <= {template.id for template in shelves["text-to-image"]}


def test_one_bad_template_need_not_hide_the_rest(tmp_path: Path) -> None:
    write(tmp_path, "bad", graph="{")
    (tmp_path / "no-graph").mkdir()
    (tmp_path / "no-graph" / "manifest.toml").write_text(MANIFEST, "utf-8")
    with pytest.raises(TemplateError):
        templates([tmp_path])
    problems: list[StudioError] = []
    assert {"sdxl", "flux"} <= set(templates([tmp_path], problems=problems))
    assert len(problems) == 2
    assert "sdxl" in templates([tmp_path / "not-there"])
