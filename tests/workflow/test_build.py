from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UnknownParameter, WorkflowError
from studio.workflow import LoraChoice, find_template, graph_hash, read_graph
from studio.workflow.manifest import MAX_SEED


@dataclass
class Prompt:
    positive: str
    negative: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    target: str = "generic"


def test_a_shot_goes_into_the_graph_and_the_template_stays() -> None:
    template = find_template("sdxl")
    before = graph_hash(template.workflow)
    graph = template.build(
        prompt=Prompt("a lighthouse", "blurry", {"width": 1536, "height": 640}),
        seed=MAX_SEED,
        parameters={"steps": 12, "cfg": 5, "sampler": "euler"},
        filename_prefix="film/hero",
    )
    assert graph["2"]["inputs"]["text"] == "a lighthouse"
    assert graph["3"]["inputs"]["text"] == "blurry"
    assert graph["4"]["inputs"] == {"width": 1536, "height": 640, "batch_size": 1}
    sampler = graph["5"]["inputs"]
    assert (sampler["seed"], sampler["steps"], sampler["cfg"], sampler["sampler_name"]) == (
        MAX_SEED,
        12,
        5.0,
        "euler",
    )
    assert graph["7"]["inputs"]["filename_prefix"] == "film/hero"
    assert read_graph(graph) == graph
    graph["5"]["inputs"]["model"][0] = "changed"
    assert graph_hash(template.workflow) == before


def test_a_text_is_the_positive_prompt_and_the_negative_stays() -> None:
    template = find_template("sdxl")
    graph = template.build(prompt="a lighthouse", seed=1)
    assert graph["2"]["inputs"]["text"] == "a lighthouse"
    assert graph["3"]["inputs"]["text"] == template.default("negative")
    assert template.build(prompt="x", seed=1, parameters={"negative": ""})["3"]["inputs"]["text"] == ""


def test_one_parameter_may_sit_in_several_places() -> None:
    graph = find_template("flux").build(prompt="x", seed=1, parameters={"width": 1280})
    assert graph["6"]["inputs"]["width"] == graph["7"]["inputs"]["width"] == 1280
    plate = find_template("plate").build(
        prompt="x", seed=1, parameters={"height": 1080, "sky_high": "#102030"}
    )
    sky, ground = (node["inputs"] for node in plate.values() if node["class_type"] == "ImageCrop")
    assert (sky["height"], ground["height"]) == (675, 405)
    assert plate["1"]["inputs"]["color"] == 0x102030


@pytest.mark.parametrize(
    ("given_sizes", "expected"),
    [
        ({}, (1536, 640)),
        ({"width": 768}, (768, 320)),
        ({"height": 1280}, (2048, 1280)),  # 3072 wide, held at the largest that the template takes
        ({"width": 512, "height": 512}, (512, 512)),
    ],
)
def test_the_prompts_size_fills_what_the_caller_left_open(
    given_sizes: dict[str, int], expected: tuple[int, int]
) -> None:
    prompt = Prompt("x", parameters={"width": 1536, "height": 640})
    graph = find_template("flux").build(prompt=prompt, seed=1, parameters=given_sizes)
    assert (graph["6"]["inputs"]["width"], graph["6"]["inputs"]["height"]) == expected


def test_the_prompts_size_is_put_on_the_templates_raster() -> None:
    graph = find_template("flux").build(prompt=Prompt("x", parameters={"width": 1530, "height": 643}), seed=1)
    assert (graph["6"]["inputs"]["width"], graph["6"]["inputs"]["height"]) == (1536, 640)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, True, "12x", "", None, "９"])
def test_a_seed_is_64_bit_unsigned(seed: Any) -> None:
    with pytest.raises(WorkflowError, match="18446744073709551615"):
        find_template("sdxl").build(prompt="x", seed=seed)


def test_an_unknown_parameter_is_refused_with_near_names() -> None:
    with pytest.raises(UnknownParameter) as caught:
        find_template("sdxl").build(prompt="x", seed=1, parameters={"setps": 3})
    assert "steps" in caught.value.near
    assert "steps" in str(caught.value)
    with pytest.raises(UnknownParameter):
        find_template("sdxl").build(prompt="x", seed=1, images={"image": "a.png"})


@pytest.mark.parametrize(
    ("parameters", "node", "name"),
    [
        ({"steps": 0}, "5", "steps"),
        ({"steps": 2.5}, "5", "steps"),
        ({"steps": True}, "5", "steps"),
        ({"steps": "20"}, "5", "steps"),
        ({"cfg": float("nan")}, "5", "cfg"),
        ({"cfg": 31.0}, "5", "cfg"),
        ({"sampler": "eulr"}, "5", "sampler_name"),
        ({"checkpoint": 5}, "1", "ckpt_name"),
        ({"prompt": None}, "2", "text"),
        ({"filename_prefix": "../../x"}, "7", "filename_prefix"),
    ],
)
def test_a_wrong_value_names_node_and_field(parameters: dict[str, Any], node: str, name: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        find_template("sdxl").build(prompt="x", seed=1, parameters=parameters)
    assert (caught.value.node, caught.value.field) == (node, name)


@pytest.mark.parametrize("prefix", ["../x", "a/../../b", "/abs", "C:\\x", "", "a/", "x\ny", "p" * 300])
def test_a_prefix_stays_in_the_output_folder(prefix: str) -> None:
    with pytest.raises(WorkflowError):
        find_template("sdxl").build(prompt="x", seed=1, filename_prefix=prefix)


def test_backslashes_become_slashes() -> None:
    graph = find_template("sdxl").build(
        prompt="x", seed=1, parameters={"checkpoint": "XL\\base.safetensors"}, filename_prefix="a\\b"
    )
    assert graph["1"]["inputs"]["ckpt_name"] == "XL/base.safetensors"
    assert graph["7"]["inputs"]["filename_prefix"] == "a/b"


def test_loras_stand_behind_model_and_text_encoder() -> None:
    loras = [
        LoraChoice(name="grain\\kodak.safetensors", strength_model=0.8),
        LoraChoice(name="b", strength_clip=0.0),
    ]
    graph = find_template("sdxl").build(prompt="x", seed=1, loras=loras)
    first, second = graph["8"], graph["9"]
    assert first["inputs"] == {
        "lora_name": "grain/kodak.safetensors",
        "strength_model": 0.8,
        "strength_clip": 0.8,
        "model": ["1", 0],
        "clip": ["1", 1],
    }
    assert second["inputs"]["strength_clip"] == 0.0
    assert (second["inputs"]["model"], second["inputs"]["clip"]) == (["8", 0], ["8", 1])
    assert graph["5"]["inputs"]["model"] == ["9", 0]
    assert graph["2"]["inputs"]["clip"] == graph["3"]["inputs"]["clip"] == ["9", 1]
    assert graph["6"]["inputs"]["vae"] == ["1", 2]


def test_loras_behind_a_model_with_its_own_text_encoder() -> None:
    graph = find_template("flux").build(prompt="x", seed=1, loras=[LoraChoice(name="a")])
    assert graph["15"]["inputs"]["model"] == ["1", 0]
    assert graph["15"]["inputs"]["clip"] == ["2", 0]
    assert graph["7"]["inputs"]["model"] == ["15", 0]
    assert graph["4"]["inputs"]["clip"] == ["15", 1]


def test_a_template_without_a_model_takes_no_lora() -> None:
    with pytest.raises(WorkflowError, match="no LoRA"):
        find_template("plate").build(prompt="x", seed=1, loras=[LoraChoice(name="a")])
    with pytest.raises(WorkflowError, match="chain"):
        find_template("sdxl").build(prompt="x", seed=1, loras=[LoraChoice(name="a", chain="high")])


class Angle:
    def token(self, trigger: str = "<sks>") -> str:
        return f"{trigger} front view low-angle shot close-up"


def test_an_angle_goes_before_the_words_where_the_model_wants_a_token() -> None:
    template = find_template("qwen-edit-angles")
    token = Angle().token()
    for words, expected in (
        ("a captain", f"{token} a captain"),
        (f"{token} a captain", f"{token} a captain"),
    ):
        graph = template.build(prompt=words, seed=1, images={"image": "a.png"}, angle=Angle())
        assert graph["11"]["inputs"]["prompt"] == expected
        assert graph["12"]["inputs"]["prompt"] == ""
    assert find_template("sdxl").build(prompt="x", seed=1, angle=Angle())["2"]["inputs"]["text"] == "x"


def test_a_batch_is_a_graph_for_every_seed() -> None:
    template = find_template("wan22-t2v")
    graphs = template.build_batch(seeds=[1, 2**64 - 1, 1], prompt="x", parameters={"steps": 8})
    seeds = [[data["inputs"].get("noise_seed") for data in graph.values()] for graph in graphs]
    assert [{seed for seed in found if seed is not None} for found in seeds] == [{1}, {2**64 - 1}, {1}]
    assert graph_hash(graphs[0]) == graph_hash(graphs[2]) != graph_hash(graphs[1])


def test_a_picture_that_the_template_needs() -> None:
    template = find_template("sdxl-control")
    with pytest.raises(WorkflowError, match="control") as caught:
        template.build(prompt="x", seed=1)
    assert (caught.value.node, caught.value.field) == ("5", "image")
    assert "5" not in template.build(prompt="x", seed=1, bypass=["8"])  # not when its part is bypassed
    with pytest.raises(UnknownParameter, match="contrl"):
        template.build(prompt="x", seed=1, images={"contrl": "a.png"})
    with pytest.raises(WorkflowError, match="twice"):
        template.build(prompt="x", seed=1, images={"control": "a"}, parameters={"control": "b"})


@given(st.integers(0, MAX_SEED), st.text(max_size=40))
def test_any_seed_and_any_words_arrive_unchanged(seed: int, words: str) -> None:
    graph = find_template("sdxl").build(prompt=words, seed=seed)
    assert graph["5"]["inputs"]["seed"] == seed
    assert graph["2"]["inputs"]["text"] == words
    assert graph == find_template("sdxl").build(prompt=words, seed=str(seed))  # type: ignore[arg-type]
