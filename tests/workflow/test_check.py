from __future__ import annotations

from typing import Any

import pytest

from studio.errors import WorkflowError
from studio.workflow import ProblemKind, Severity, Workflow, check, find_template, fit, templates
from tests.workflow.public import load_public

ALL = sorted(templates())


@pytest.fixture
def info(object_info: dict[str, Any]) -> dict[str, Any]:
    """A backend on Windows with some models, in folders."""
    more = {
        "CheckpointLoaderSimple": ("ckpt_name", ["XL\\sd_xl_base_1.0.safetensors", "flux\\dev.safetensors"]),
        "LoraLoader": ("lora_name", ["film\\kodak_vision3.safetensors", "film\\kodachrome.safetensors"]),
    }
    changed = dict(object_info)
    for name, (field, choices) in more.items():
        data = dict(object_info[name])
        data["input"] = {"required": {**data["input"]["required"], field: [choices, {}]}}
        changed[name] = data
    return changed


def sdxl(**parameters: Any) -> dict[str, Any]:
    checkpoint = {"checkpoint": "XL/sd_xl_base_1.0.safetensors"}
    return find_template("sdxl").build(prompt="x", seed=1, parameters={**checkpoint, **parameters})


def kinds(graph: dict[str, Any], info: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(problem.kind.value, problem.node, problem.field) for problem in check(graph, info).problems]


@pytest.mark.parametrize("id", ALL)
def test_a_backend_lacks_models_and_nothing_else(id: str, object_info: dict[str, Any]) -> None:
    template = find_template(id)
    report = check(template.workflow, object_info)
    assert {problem.kind for problem in report.problems} <= {
        ProblemKind.MISSING_MODEL,
        ProblemKind.MISSING_FILE,
    }
    lacking = {problem.value for problem in report.missing_models}
    assert lacking == {need.name for need in template.manifest.needs.models}
    assert report.ok == (not lacking)


def test_names_are_spelled_as_the_backend_spells_them(info: dict[str, Any]) -> None:
    graph = sdxl()
    report = check(graph, info)
    assert report.ok
    assert report.graph["1"]["inputs"]["ckpt_name"] == "XL\\sd_xl_base_1.0.safetensors"
    assert [(str(change.place), change.before) for change in report.changes] == [
        ("1.ckpt_name", "XL/sd_xl_base_1.0.safetensors")
    ]
    assert graph["1"]["inputs"]["ckpt_name"] == "XL/sd_xl_base_1.0.safetensors"
    assert fit(graph, info) == report.graph
    backslashes = {**graph, "1": {**graph["1"], "inputs": {"ckpt_name": "XL\\sd_xl_base_1.0.safetensors"}}}
    slashes = dict(info)
    choices = [["XL/sd_xl_base_1.0.safetensors"], {}]
    slashes["CheckpointLoaderSimple"] = {
        **info["CheckpointLoaderSimple"],
        "input": {"required": {"ckpt_name": choices}},
    }
    assert fit(backslashes, slashes)["1"]["inputs"]["ckpt_name"] == "XL/sd_xl_base_1.0.safetensors"


def test_a_missing_model_comes_with_the_nearest(info: dict[str, Any]) -> None:
    (problem,) = check(sdxl(checkpoint="sd_xl_base_1.0.safetensors"), info).problems
    assert (problem.kind, problem.folder, problem.field) == (
        ProblemKind.MISSING_MODEL,
        "checkpoints",
        "ckpt_name",
    )
    assert problem.near[0] == "XL\\sd_xl_base_1.0.safetensors"
    (typo,) = check(sdxl(checkpoint="XL/sd_xl_bsae.safetensors"), info).problems
    assert typo.near[0] == "XL\\sd_xl_base_1.0.safetensors"


def test_a_missing_class_and_its_pack(info: dict[str, Any]) -> None:
    graph = sdxl()
    graph["7"]["class_type"] = "VHS_VideoCombine"
    report = check(graph, info)
    assert report.missing_classes == {"VHS_VideoCombine": "ComfyUI-VideoHelperSuite"}
    assert kinds(graph, info)[-1][0] == "no_output"
    graph["6"]["class_type"] = "VAEDecoed"
    assert "VAEDecode" in check(graph, info).problems[0].near
    named = Workflow(graph, packs={"VAEDecoed": "my-pack"}).check(info)
    assert named.missing_classes["VAEDecoed"] == "my-pack"
    with pytest.raises(WorkflowError, match="Install my-pack"):
        named.raise_for_errors()
    graph["6"]["class_type"] = None
    assert "not named" in check(graph, info).problems[0].message


@pytest.mark.parametrize(
    ("node", "field", "value", "kind"),
    [
        ("5", "steps", 0, "out_of_range"),
        ("5", "steps", 10**9, "out_of_range"),
        ("5", "cfg", 100.5, "out_of_range"),
        ("5", "cfg", float("nan"), "wrong_type"),
        ("5", "cfg", float("inf"), "out_of_range"),
        ("5", "seed", 2**64, "out_of_range"),
        ("5", "steps", "many", "wrong_type"),
        ("5", "steps", None, "wrong_type"),
        ("5", "steps", {"__value__": [1]}, "wrong_type"),
        ("5", "sampler_name", "eulr", "not_a_choice"),
        ("5", "model", "a model", "wrong_type"),
        ("5", "positive", ["1", 2], "link_type"),
        ("5", "positive", ["2", 7], "link_type"),
        ("2", "text", None, "wrong_type"),
        ("7", "strange", 1, "unknown_input"),
    ],
)
def test_what_a_node_will_not_take(
    info: dict[str, Any], node: str, field: str, value: Any, kind: str
) -> None:
    graph = sdxl()
    graph[node]["inputs"][field] = value
    assert kinds(graph, info) == [(kind, node, field)]


@pytest.mark.parametrize("value", ["20", 20.0, True])
def test_what_comfyui_lets_pass_passes(info: dict[str, Any], value: Any) -> None:
    graph = sdxl()
    graph["5"]["inputs"]["steps"] = value
    assert check(graph, info).ok


def test_a_missing_input(info: dict[str, Any]) -> None:
    graph = sdxl()
    del graph["5"]["inputs"]["latent_image"]
    assert kinds(graph, info) == [("missing_input", "5", "latent_image")]


def test_nodes_that_lead_to_no_output_are_not_run_so_not_judged(info: dict[str, Any]) -> None:
    graph = sdxl()
    graph["50"] = {"class_type": "KSampler", "inputs": {}}
    assert check(graph, info).ok
    graph["51"] = {"class_type": "NoSuchNode", "inputs": {}}  # ComfyUI refuses this one all the same
    assert kinds(graph, info) == [("missing_class", "51", "")]


def test_pictures_that_are_still_to_be_uploaded(info: dict[str, Any]) -> None:
    graph = find_template("upscale").workflow
    graph["1"]["inputs"]["image"] = "mine.png"
    (problem,) = [each for each in check(graph, info).problems if each.node == "1"]
    assert (problem.kind, problem.severity) == (ProblemKind.MISSING_FILE, Severity.WARNING)
    assert not [each for each in check(graph, info, uploads=["mine.png"]).problems if each.node == "1"]


def test_newer_kinds_of_input_are_let_be(info: dict[str, Any]) -> None:
    graph = sdxl()
    graph["50"] = {"class_type": "Newer", "inputs": {"mode": "a", "mode.size": 3, "any": ["5", 0]}}
    graph["7"]["inputs"]["images"] = ["50", 0]
    info["Newer"] = {
        "input": {
            "required": {
                "mode": ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a"}]}],
                "any": ["COMFY_MATCHTYPE_V3", {}],
            },
            "optional": {"file": ["COMBO", {"remote": {"route": "/x"}, "options": []}]},
        },
        "output": ["COMFY_MATCHTYPE_V3"],
    }
    assert check(graph, info).problems == ()


@pytest.mark.parametrize("data", [None, [], {"A": 1}, "text"])
def test_an_object_info_that_makes_no_sense(data: Any) -> None:
    with pytest.raises(WorkflowError, match="object_info"):
        check(sdxl(), data)
    with pytest.raises(WorkflowError, match="object_info"):
        check(sdxl(), {"KSampler": {"input": {"required": {"x": [5]}}}})


def test_a_public_workflow_with_custom_nodes(object_info: dict[str, Any]) -> None:
    report = load_public("video_wan2_2_14B_animate", object_info).check(object_info)
    packs = set(report.missing_classes.values())
    assert {"comfyui-kjnodes", "ComfyUI-segment-anything-2", "comfyui_controlnet_aux"} <= packs
    assert "" not in packs
