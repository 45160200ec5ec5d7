from __future__ import annotations

from typing import Any

import pytest

from studio.errors import WorkflowError
from studio.workflow import (
    LoraChoice,
    add_loras,
    find_loras,
    find_template,
    graph_hash,
    read_graph,
    remove_loras,
)
from studio.workflow.graph import Link, get_input


def one(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"7": {"class_type": class_type, "inputs": inputs}}


def test_a_loader_with_and_without_text_encoder() -> None:
    graph = one(
        "LoraLoader", lora_name="a.safetensors", strength_model=0.8, strength_clip=0.5, model=["1", 0]
    )
    (found,) = find_loras(graph)
    assert (found.name, found.strength_model, found.strength_clip, found.enabled) == (
        "a.safetensors",
        0.8,
        0.5,
        True,
    )
    assert found.model_at is not None
    assert get_input(graph, found.model_at) == 0.8
    (alone,) = find_loras(one("LoraLoaderModelOnly", lora_name="a", strength_model=["9", 0]))
    assert (alone.strength_model, alone.model_at, alone.clip_at) == (None, None, None)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (
            one(
                "CR LoRA Stack",
                switch_1="On",
                lora_name_1="a.safetensors",
                model_weight_1=0.7,
                clip_weight_1=0.6,
                switch_2="Off",
                lora_name_2="b.safetensors",
                model_weight_2=1.0,
                clip_weight_2=1.0,
                switch_3="Off",
                lora_name_3="None",
            ),
            [("a.safetensors", 0.7, 0.6, True), ("b.safetensors", 1.0, 1.0, False)],
        ),
        (
            one("Lora Loader Stack (rgthree)", lora_01="a", strength_01=0.9, lora_02="None", strength_02=1.0),
            [("a", 0.9, None, True)],
        ),
        (
            one(
                "Power Lora Loader (rgthree)",
                lora_1={"on": True, "lora": "a", "strength": 0.75, "strengthTwo": 0.5},
                lora_2={"on": False, "lora": "b", "strength": 1},
                PowerLoraLoaderHeaderWidget={"type": "header"},
            ),
            [("a", 0.75, 0.5, True), ("b", 1.0, None, False)],
        ),
        (
            one(
                "Lora Loader (LoraManager)",
                loras={"__value__": [{"name": "a", "strength": "0.8", "clipStrength": 0.3, "active": True}]},
            ),
            [("a", 0.8, 0.3, True)],
        ),
    ],
)
def test_stacks_of_the_wild(graph: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    found = find_loras(graph)
    assert [(each.name, each.strength_model, each.strength_clip, each.enabled) for each in found] == expected
    for each in found:
        assert get_input(graph, each.name_at) == each.name


def test_taking_out_what_was_put_in_leaves_the_graph_as_it_was() -> None:
    graph = find_template("sdxl").workflow
    before = graph_hash(graph)
    loras = [LoraChoice(name="a"), LoraChoice(name="b", strength_model=-0.5)]
    added = add_loras(graph, loras, model=Link("1", 0), clip=Link("1", 1))
    assert graph_hash(graph) != before
    assert read_graph(graph) == graph
    remove_loras(graph, added)
    assert graph_hash(graph) == before


def test_a_model_alone_gets_loaders_of_its_own_kind() -> None:
    graph = find_template("qwen-image").workflow
    (node,) = add_loras(graph, [LoraChoice(name="a")], model=Link("1", 0))
    assert graph[node]["class_type"] == "LoraLoaderModelOnly"
    assert set(graph[node]["inputs"]) == {"lora_name", "strength_model", "model"}


def test_what_can_not_be_done_is_said() -> None:
    graph = find_template("sdxl").workflow
    with pytest.raises(WorkflowError, match="not in the graph"):
        add_loras(graph, [LoraChoice(name="a")], model=Link("99", 0))
    with pytest.raises(WorkflowError, match="not a LoRA loader"):
        remove_loras(graph, ["1"])
    graph["50"] = {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "a", "strength_model": 1.0}}
    graph["5"]["inputs"]["model"] = ["50", 0]
    with pytest.raises(WorkflowError, match="not linked"):
        remove_loras(graph, ["50"])


def test_chains_by_name() -> None:
    template = find_template("wan22-t2v")
    both = template.build(prompt="x", seed=1, loras=[LoraChoice(name="a")])
    assert sum(data["class_type"] == "LoraLoaderModelOnly" for data in both.values()) == 2
    high = template.build(prompt="x", seed=1, loras=[LoraChoice(name="a", chain="high")])
    (node,) = [node for node, data in high.items() if data["class_type"] == "LoraLoaderModelOnly"]
    assert high[node]["inputs"]["model"] == ["1", 0]


def test_a_templates_own_lora_can_be_left_out() -> None:
    template = find_template("qwen-edit-angles")
    plain = template.build(prompt="x", seed=1, images={"image": "a.png"}, parameters={"angle_lora": ""})
    assert find_loras(plain) == []
    assert plain["5"]["inputs"]["model"] == ["1", 0]
    other = template.build(
        prompt="x",
        seed=1,
        images={"image": "a.png"},
        parameters={"angle_lora": ""},
        loras=[LoraChoice(name="film.safetensors")],
    )
    assert [each.name for each in find_loras(other)] == ["film.safetensors"]
    (node,) = [each.node for each in find_loras(other)]
    assert other[node]["inputs"]["model"] == ["1", 0]
    assert other["5"]["inputs"]["model"] == [node, 0]


def test_a_stack_whose_input_has_a_dot_in_its_name_is_read() -> None:
    graph = {
        "1": {"class_type": "Stack", "inputs": {"slot.1": {"lora": "grain.safetensors", "strength": 0.5}}}
    }
    (found,) = find_loras(graph)
    assert found.strength_model == 0.5
    assert get_input(graph, found.name_at) == "grain.safetensors"
