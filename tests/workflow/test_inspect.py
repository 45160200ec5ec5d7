from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.workflow import Parameter, ParameterType, Template, find_template, parameters, templates
from studio.workflow.graph import get_input
from studio.workflow.inspect import GraphParameter
from tests.workflow.public import load_public

ALL = sorted(templates())


def by_name(found: list[GraphParameter]) -> dict[str, GraphParameter]:
    return {each.name: each for each in found}


def test_the_usual_graph() -> None:
    found = by_name(parameters(find_template("sdxl").build(prompt="sea", seed=2**64 - 1)))
    assert list(found) == [
        *("prompt", "negative", "seed", "steps", "cfg", "sampler", "scheduler", "denoise"),
        *("width", "height", "batch", "checkpoint", "filename_prefix"),
    ]
    assert found["prompt"].value == "sea"
    assert found["seed"].value == found["seed"].max == 2**64 - 1
    steps = found["steps"]
    assert (steps.value, steps.default, steps.min, steps.max) == (30, 20, 1, 10000)
    assert (steps.type, steps.group, steps.title) == (ParameterType.INT, "Sampling", "Sampler")
    assert found["sampler"].choices is not None
    assert "dpmpp_2m" in found["sampler"].choices
    assert (found["checkpoint"].folder, found["checkpoint"].choices) == ("checkpoints", None)


def test_a_backend_adds_its_models(object_info: dict[str, Any]) -> None:
    found = by_name(parameters(find_template("sdxl").workflow, object_info))
    assert found["checkpoint"].choices == ("random_sd15.safetensors", "random_tiny.safetensors")


def test_values_are_found_where_they_are_typed() -> None:
    graph = find_template("flux").workflow
    graph["20"] = {"class_type": "PrimitiveInt", "inputs": {"value": 1280}}
    graph["21"] = {"class_type": "PrimitiveInt", "inputs": {"value": 33}}
    graph["6"]["inputs"]["width"] = graph["7"]["inputs"]["width"] = ["20", 0]
    graph["11"]["inputs"]["steps"] = ["21", 0]
    found = by_name(parameters(graph))
    assert (str(found["width"].place), found["width"].value) == ("20.value", 1280)
    assert (str(found["steps"].place), found["steps"].max) == ("21.value", 10000)
    assert "width_2" not in found


def test_nodes_that_must_know_the_size_follow_the_one_that_sets_it() -> None:
    found = by_name(parameters(find_template("flux").workflow))
    assert [str(place) for place in found["width"].at] == ["6.width", "7.width"]


def test_what_leads_to_no_output_is_not_shown() -> None:
    graph = find_template("sdxl").workflow
    graph["30"] = {"class_type": "KSampler", "inputs": {**graph["5"]["inputs"], "steps": 99}}
    assert "steps_2" not in by_name(parameters(graph))


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        (
            "video_wan2_2_14B_i2v",
            {"prompt": 1, "negative": 1, "image": 1, "steps": 2, "lora": 2, "length": 1, "fps": 1},
        ),
        ("sdxl_simple_example", {"prompt": 2, "negative": 2, "checkpoint": 2, "start_step": 2}),
        ("mixing_controlnets", {"controlnet": 2, "strength": 2, "image": 2, "vae": 1}),
        ("flux_kontext_dev_basic", {"prompt": 1, "negative": 0, "guidance": 1, "image": 1}),
        ("image_omnigen2_t2i", {"prompt": 1, "negative": 1, "text": 0}),
        ("video_wan_vace_inpainting", {"video": 1, "mask": 1, "image": 1}),
        ("audio_ace_step_1_t2a_song", {"prompt": 1, "lyrics": 1, "seconds": 1}),
        ("video_wan2.1_fun_camera_v1.1_14B", {"width": 1, "height": 1, "length": 1, "clip_vision": 1}),
        ("hiresfix_esrgan_workflow", {"upscale_model": 1, "width": 2, "steps": 2}),
        ("video_humo", {"audio": 1, "audio_encoder": 1}),
        ("flux_redux_model_example", {"style_model": 1, "strength": 1}),
        ("area_composition", {"prompt": 6, "negative": 2}),
        ("api_kling_i2v", {"prompt": 1, "negative": 1, "image": 1}),
    ],
)
def test_workflows_as_people_draw_them(name: str, roles: dict[str, int], object_info: dict[str, Any]) -> None:
    found = load_public(name, object_info).parameters(object_info)
    counted = {role: sum(each.role == role for each in found) for role in roles}
    assert counted == roles


def test_names_are_unique_and_values_are_where_they_are_said_to_be(object_info: dict[str, Any]) -> None:
    for name in ("video_wan2_2_14B_animate", "sdxl_simple_example", "api_openai_chat", "area_composition"):
        graph = load_public(name, object_info).graph
        found = parameters(graph, object_info)
        assert len({each.name for each in found}) == len(found)
        assert all(get_input(graph, place) == each.value for each in found for place in each.at[:1])
        places = [place for each in found for place in each.at]
        assert len(places) == len(set(places))


def values_for(parameter: Parameter) -> st.SearchStrategy[Any]:
    words = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20)
    match parameter.type:
        case ParameterType.INT:
            return st.integers(int(parameter.min or 0), int(parameter.max or 10))
        case ParameterType.FLOAT:
            return st.floats(float(parameter.min or 0), float(parameter.max or 10), allow_nan=False)
        case ParameterType.CHOICE:
            return st.sampled_from(parameter.choices)
        case ParameterType.COLOR:
            return st.integers(0, 0xFFFFFF)
        case ParameterType.SEED:
            return st.integers(0, 2**64 - 1)
        case ParameterType.PREFIX:
            return st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True)
        case ParameterType.PROMPT | ParameterType.NEGATIVE | ParameterType.TEXT:
            return words
        case _:
            return st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?\.safetensors", fullmatch=True)


def settings_of(template: Template) -> st.SearchStrategy[dict[str, Any]]:
    free = {
        name: values_for(parameter)
        for name, parameter in template.parameters.items()
        if not parameter.type.is_media and parameter.type is not ParameterType.SEED
    }
    return st.fixed_dictionaries({}, optional=free)


@given(st.data())
def test_build_then_inspect_gives_back_what_was_set(data: st.DataObject) -> None:
    template = find_template(data.draw(st.sampled_from(ALL)))
    settings, seed = data.draw(settings_of(template)), data.draw(st.integers(0, 2**64 - 1))
    images = {name: f"{name}.png" for name, each in template.parameters.items() if each.type.is_media}
    graph = template.build(prompt="a prompt", seed=seed, images=images, parameters=settings)
    shown = {place: each for each in parameters(graph) for place in each.at}
    wanted = {"prompt": "a prompt", "seed": seed, **images, **settings}
    for name, value in wanted.items():
        parameter = template.parameters.get(name)
        if parameter is None:
            continue
        assert get_input(graph, parameter.place) == value
        if parameter.place in shown:
            assert shown[parameter.place].value == value
        else:
            assert template.id == "plate" or name in BEYOND, name


BEYOND = {
    *(
        "weight_dtype",
        "switch_step",
        "control_type",
        "angle_strength",
        "mask_channel",
        "mask_grow",
        "scale",
        "method",
    ),
}
"""Knobs that a template exposes because its author thought of them."""
