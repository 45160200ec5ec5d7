"""Every shipped template against the node classes of a real ComfyUI; the check here is the test's own."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from studio.cinema import preset, write_prompt
from studio.workflow import ParameterType, Template, find_template, graph_hash, outputs, templates
from studio.workflow.graph import as_link

ALL = sorted(templates())


def specs(info: dict[str, Any], class_type: str) -> dict[str, tuple[str, list[Any], bool]]:
    found = {}
    for section in ("required", "optional"):
        for name, spec in info[class_type]["input"].get(section, {}).items():
            found[name] = (section, spec, section == "required")
    return found


def media(template: Template) -> dict[str, str]:
    return {name: "in.png" for name, parameter in template.parameters.items() if parameter.type.is_media}


@pytest.mark.parametrize("id", ALL)
def test_nodes_inputs_links_ranges_and_choices_are_what_comfyui_takes(
    id: str, object_info: dict[str, Any]
) -> None:
    template = find_template(id)
    graph = template.build(prompt="a", seed=2**64 - 1, images=media(template))
    for node, data in graph.items():
        known = specs(object_info, data["class_type"])
        missing = [
            name for name, (_, _, required) in known.items() if required and name not in data["inputs"]
        ]
        assert not missing, f"{node} lacks {missing}"
        assert set(data["inputs"]) <= set(known), f"{node} has inputs that its class does not"
        for name, value in data["inputs"].items():
            spec = known[name][1]
            link = as_link(value)
            if link is not None:
                given_type = object_info[graph[link.node]["class_type"]]["output"][link.output]
                assert spec[0] in ("*", given_type), f"{node}.{name} is {spec[0]}, gets {given_type}"
                continue
            options = spec[1] if len(spec) > 1 else {}
            choices = spec[0] if isinstance(spec[0], list) else options.get("options")
            if spec[0] == "INT":
                assert type(value) is int
            elif spec[0] == "FLOAT":
                assert type(value) in (int, float)
            elif spec[0] == "BOOLEAN":
                assert type(value) is bool
            elif spec[0] == "STRING":
                assert type(value) is str
            elif choices and not is_file(value):
                assert value in choices, f"{node}.{name}: {value}"
            if spec[0] in ("INT", "FLOAT"):
                assert options.get("min", value) <= value <= options.get("max", value), (
                    f"{node}.{name}: {value}"
                )


def is_file(value: object) -> bool:
    return isinstance(value, str) and value.endswith((".safetensors", ".pth", ".pt", ".png", ".mp4", ".wav"))


@pytest.mark.parametrize("id", ALL)
def test_the_manifest_never_allows_what_the_node_refuses(id: str, object_info: dict[str, Any]) -> None:
    template = find_template(id)
    graph = template.workflow
    for parameter in template.parameters.values():
        for target in parameter.at:
            place = target.place
            spec = specs(object_info, graph[place.node]["class_type"])[place.input][1]
            options = spec[1] if len(spec) > 1 else {}
            if parameter.type in (ParameterType.INT, ParameterType.FLOAT):
                assert parameter.min is not None, f"{parameter.name} has no range"
                assert parameter.max is not None, f"{parameter.name} has no range"
                assert target.scaled(parameter.min) >= options.get("min", parameter.min), parameter.name
                assert target.scaled(parameter.max) <= options.get("max", parameter.max), parameter.name
            if parameter.type is ParameterType.CHOICE:
                choices = spec[0] if isinstance(spec[0], list) else options["options"]
                assert set(parameter.choices) <= set(choices), parameter.name
            if parameter.type is ParameterType.SEED:
                assert options["max"] == 2**64 - 1


@pytest.mark.parametrize("id", ALL)
def test_every_template_has_what_a_director_needs(id: str) -> None:
    template = find_template(id)
    kinds = {parameter.type for parameter in template.parameters.values()}
    assert ParameterType.PREFIX in kinds
    assert all(parameter.label and parameter.group for parameter in template.parameters.values())
    assert any(output.saved for output in outputs(template.workflow))
    assert template.manifest.description
    assert template.picture is not None
    with Image.open(template.picture) as picture:
        picture.load()
        assert picture.width == 480
    one, two = (template.build(prompt="a", seed=seed, images=media(template)) for seed in (1, 2))
    assert (ParameterType.SEED in kinds) == (graph_hash(one) != graph_hash(two))


@pytest.mark.parametrize("id", ALL)
def test_a_look_becomes_a_prompt_that_the_template_takes(id: str) -> None:
    template = find_template(id)
    look = preset("blade_runner_2049")
    prompt = write_prompt(look, subject="a lighthouse keeper reads a letter", target=template.target)
    graph = template.build(prompt=prompt, seed=1, images=media(template))
    for parameter in template.manifest.of_type(ParameterType.PROMPT):
        assert graph[parameter.place.node]["inputs"][parameter.place.input] == prompt.positive
    sizes = [template.parameters.get(name) for name in ("width", "height")]
    if all(sizes):
        width, height = (graph[size.place.node]["inputs"][size.place.input] for size in sizes if size)
        assert width / height == pytest.approx(look.ratio, rel=0.06)
        assert all(
            value % int(size.step or 1) == 0
            for value, size in zip((width, height), sizes, strict=True)
            if size
        )


def test_the_plate_needs_no_model_and_no_custom_node(object_info: dict[str, Any]) -> None:
    template = find_template("plate")
    assert not template.manifest.needs.models
    for name in template.node_classes:
        assert object_info[name]["python_module"].startswith(("nodes", "comfy_extras."))
        assert "Loader" not in name
