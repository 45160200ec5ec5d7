"""Any workflow becomes a template that builds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from studio.errors import TemplateError, WorkflowError
from studio.workflow import (
    LoraChoice,
    ParameterType,
    Workflow,
    find_loras,
    find_template,
    import_template,
    load,
    read_built,
    templates,
)
from studio.workflow.importing import template_id
from studio.workflow.prompts import Side, prompt_sides
from tests.workflow.public import load_public, names


@pytest.mark.parametrize("name", names())
def test_every_public_workflow(name: str, tmp_path: Path, object_info: dict[str, Any]) -> None:
    workflow = load_public(name, object_info)
    template = import_template(workflow, tmp_path, name=name, object_info=object_info)
    images = {each: "in.png" for each, parameter in template.parameters.items() if parameter.type.is_media}
    loras = [LoraChoice(name="film.safetensors")] if template.manifest.loras else []
    graph = template.build(prompt="a lighthouse", seed=2**64 - 1, images=images, loras=loras)
    built = read_built(template, graph)
    assert built is not None
    sides = prompt_sides(graph)
    for parameter in template.parameters.values():
        for target in parameter.at:
            value = graph[target.place.node]["inputs"].get(target.place.input.split(".")[0])
            if parameter.type is ParameterType.SEED:
                assert value == 2**64 - 1
            if value == "a lighthouse":
                assert Side.NEGATIVE not in sides.get(target.place, ())
    assert sum(lora.name == "film.safetensors" for lora in find_loras(graph)) == len(template.manifest.loras)


def test_what_the_manifest_says(tmp_path: Path, object_info: dict[str, Any]) -> None:
    workflow = load_public("video_wan2_2_14B_i2v", object_info)
    template = import_template(workflow, tmp_path, name="My dragon!", object_info=object_info)
    assert (template.id, template.name) == ("my-dragon", "My dragon!")
    assert (template.category, template.target, template.manifest.output) == (
        "image-to-video",
        "wan_2.2",
        "video",
    )
    assert [chain.name for chain in template.manifest.loras] == ["high", "low"]
    assert template.parameters["image"].required
    assert len(template.parameters["seed"].at) == 2
    data = tomllib.loads((tmp_path / "my-dragon" / "manifest.toml").read_text("utf-8"))
    assert {need["folder"] for need in data["needs"]["models"]} == {
        "diffusion_models",
        "loras",
        "text_encoders",
        "vae",
    }
    assert templates([tmp_path])["my-dragon"].default("steps") == 4


def test_prompts_that_were_meant_to_differ_stay(tmp_path: Path, object_info: dict[str, Any]) -> None:
    workflow = load_public("area_composition", object_info)
    template = import_template(workflow, tmp_path, name="areas", object_info=object_info)
    graph = template.build(prompt="a lighthouse", seed=1)
    words = [data["inputs"]["text"] for data in graph.values() if data["class_type"] == "CLIPTextEncode"]
    assert words.count("a lighthouse") == 1
    assert len(template.manifest.of_type(ParameterType.TEXT)) >= 4
    base_and_refiner = load_public("sdxl_simple_example", object_info)
    template = import_template(base_and_refiner, tmp_path, name="refined", object_info=object_info)
    graph = template.build(prompt="a lighthouse", seed=1)
    words = [data["inputs"]["text"] for data in graph.values() if data["class_type"] == "CLIPTextEncode"]
    assert words.count("a lighthouse") == 2


def test_an_id_is_not_taken_twice_and_is_a_folder(tmp_path: Path) -> None:
    workflow = Workflow(find_template("sdxl").workflow)
    import_template(workflow, tmp_path, name="Mine")
    with pytest.raises(TemplateError, match="already"):
        import_template(workflow, tmp_path, name="Mine")
    assert import_template(workflow, tmp_path, name="Mine", replace=True, category="x").category == "x"
    for id in ("../x", "A", "", "a/b", ".x", "x" * 65):
        if id:
            with pytest.raises(TemplateError):
                import_template(workflow, tmp_path, name="Mine", id=id)
    assert template_id("../../Étude №1 ") == "tude-1"
    assert template_id("???") == "workflow"


def test_a_prefix_that_leads_out_is_not_taken_over(tmp_path: Path) -> None:
    graph = find_template("sdxl").workflow
    graph["7"]["inputs"]["filename_prefix"] = "/etc/x"
    template = import_template(Workflow(graph), tmp_path, name="x")
    assert template.default("filename_prefix") == "studio"


def test_a_slot_of_a_stack_is_a_parameter(tmp_path: Path) -> None:
    graph = find_template("sdxl").workflow
    slot = {"on": True, "lora": "a.safetensors", "strength": 0.8}
    inputs = {"model": ["1", 0], "clip": ["1", 1], "lora_1": slot}
    graph["30"] = {"class_type": "Power Lora Loader (rgthree)", "inputs": inputs}
    graph["5"]["inputs"]["model"] = ["30", 0]
    template = import_template(Workflow(graph), tmp_path, name="x")
    built = template.build(prompt="x", seed=1, parameters={"lora": "b.safetensors", "lora_strength": 0.5})
    assert built["30"]["inputs"]["lora_1"] == {"on": True, "lora": "b.safetensors", "strength": 0.5}


def test_hostile_graphs_end_in_a_workflow_error(tmp_path: Path) -> None:
    for text in ('{"1": {"class_type": "KSampler", "inputs": {"model": ["1", 0]}}}', "{}", "[]"):
        with pytest.raises(WorkflowError):
            import_template(load(text), tmp_path, name="x")
    assert list(tmp_path.iterdir()) == []
