"""What a backend has, by recordings of a real one, and what a graph needs."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BackendProtocolError
from studio.render.ask import ModelNeed, Need
from studio.render.inventory import Inventory
from studio.render.needs import ask_of, large_models, need_of, signature, work_of
from studio.workflow import check

GRAPH: dict[str, Any] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 5,
            "steps": 20,
            "cfg": 7.5,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["10", 0],
            "positive": ["6", 0],
            "negative": ["6", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd/x.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1000, "height": 500, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a street", "clip": ["10", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["4", 0],
            "clip": ["4", 1],
            "lora_name": "a\\b.safetensors",
            "strength_model": 0.5,
            "strength_clip": 0.5,
        },
    },
}


def changed(node: str, name: str, value: Any) -> dict[str, Any]:
    graph = copy.deepcopy(GRAPH)
    graph[node]["inputs"][name] = value
    return graph


def object_info(checkpoints: list[str], loras: list[str], *, new_form: bool = False) -> dict[str, Any]:
    def files(names: list[str]) -> Any:
        return ["COMBO", {"options": names}] if new_form else [names, {}]

    return {
        "CheckpointLoaderSimple": {
            "input": {"required": {"ckpt_name": files(checkpoints)}},
            "output": ["MODEL", "CLIP", "VAE"],
        },
        "LoraLoader": {
            "input": {
                "required": {"model": ["MODEL"], "clip": ["CLIP"], "lora_name": files(loras)},
                "optional": {"strength_model": ["FLOAT", {}], "strength_clip": ["FLOAT", {}]},
            },
            "output": ["MODEL", "CLIP"],
        },
        "LoadImage": {"input": {"required": {"image": [["a.png"], {"image_upload": True}]}}},
        **{
            name: {"input": {"required": {}}, "output": [], "output_node": name == "SaveImage"}
            for name in ("KSampler", "EmptyLatentImage", "CLIPTextEncode", "VAEDecode", "SaveImage")
        },
    }


@pytest.mark.parametrize("new_form", [False, True])
def test_models_fit_whichever_slash_a_server_likes(new_form: bool) -> None:
    there = Inventory.read(object_info(["sd\\x.safetensors"], ["a/b.safetensors"], new_form=new_form))
    assert there.lacks(need_of(GRAPH)) == ""
    assert there.models == 2
    assert there.files("CheckpointLoaderSimple", "ckpt_name") == {"sd/x.safetensors"}
    assert there.files("LoadImage", "image") is None, "a picture may be uploaded yet"


def test_what_is_missing_is_named() -> None:
    there = Inventory.read(object_info([], ["a/b.safetensors"]))
    assert there.lacks(need_of(GRAPH)) == "it has no model sd/x.safetensors"
    bare = Inventory(["KSampler", "SaveImage"], {})
    assert (
        bare.lacks(need_of(GRAPH))
        == "it has no node CLIPTextEncode, CheckpointLoaderSimple, EmptyLatentImage and 2 more"
    )


@given(
    st.lists(st.sampled_from(["sd/x.safetensors", "sd\\x.safetensors", "x.safetensors"]), max_size=3),
    st.lists(st.sampled_from(["a/b.safetensors", "a\\b.safetensors", "b.safetensors"]), max_size=3),
)
def test_it_says_what_the_check_of_a_workflow_says(checkpoints: list[str], loras: list[str]) -> None:
    info = object_info(checkpoints, loras)
    report = check(GRAPH, info)
    refused = report.missing_models or report.missing_classes
    assert bool(Inventory.read(info).lacks(need_of(GRAPH))) == bool(refused)


def test_a_file_that_is_in_no_list_is_not_judged() -> None:
    there = Inventory.read(object_info(["sd\\x.safetensors"], []))
    assert there.lacks(Need(models=frozenset({ModelNeed("Custom", "file", "y.safetensors")}))) == ""


@pytest.mark.parametrize("raw", [None, [], {}, "x", 3])
def test_no_list_of_nodes(raw: Any) -> None:
    with pytest.raises(BackendProtocolError, match="/object_info makes no sense"):
        Inventory.read(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["input", "required", "options", "ckpt_name", "x"]), inner, max_size=3
            )
        ),
        max_leaves=15,
    )
)
def test_odd_answers_are_read_without_harm(described: Any) -> None:
    assert Inventory.read({"CheckpointLoaderSimple": described}).classes == {"CheckpointLoaderSimple"}


# what a graph needs


def test_needs_of_a_graph() -> None:
    ask = ask_of(
        "7", GRAPH, owner="ana", panel="A", priority=2, tags=["big"], backend="box", vram=3, avoid=["y"]
    )
    assert ask.need.classes == {node["class_type"] for node in GRAPH.values()}
    assert ask.need.models == {
        ModelNeed("CheckpointLoaderSimple", "ckpt_name", "sd/x.safetensors"),
        ModelNeed("LoraLoader", "lora_name", "a/b.safetensors"),
    }
    assert (ask.need.tags, ask.need.backend, ask.need.vram) == ({"big"}, "box", 3)
    assert (ask.owner, ask.panel, ask.priority, ask.avoid) == ("ana", "A", 2, {"y"})
    assert ask.models == large_models(GRAPH) == {"sd/x.safetensors"}, "a LoRA is loaded in no time"
    assert ask.work == pytest.approx(20 * 0.5)


def test_files_of_nodes_that_do_not_run_are_not_needed() -> None:
    graph = {**GRAPH, "99": {"class_type": "VAELoader", "inputs": {"vae_name": "none.safetensors"}}}
    assert all(model.node_class != "VAELoader" for model in need_of(graph).models)
    assert "VAELoader" in need_of(graph).classes, "ComfyUI refuses a class that it does not know all the same"


@pytest.mark.parametrize(
    ("node", "name", "value", "same"),
    [
        ("3", "seed", 2**63, True),
        ("6", "text", "a long alley at night", True),
        ("9", "filename_prefix", "other/name", True),
        ("3", "cfg", 3.0, True),
        ("10", "strength_model", 1.0, True),
        ("4", "ckpt_name", "sd\\x.safetensors", True),
        ("4", "ckpt_name", "flux.safetensors", False),
        ("3", "steps", 21, False),
        ("3", "sampler_name", "heun", False),
        ("5", "width", 1024, False),
        ("8", "samples", ["5", 0], False),
    ],
)
def test_what_makes_jobs_alike(node: str, name: str, value: Any, same: bool) -> None:
    assert (signature(changed(node, name, value)) == signature(GRAPH)) == same


def test_pictures_do_not_make_jobs_different() -> None:
    one = {"1": {"class_type": "LoadImage", "inputs": {"image": "studio/a.png"}}}
    other = {"1": {"class_type": "LoadImage", "inputs": {"image": "studio/b.png"}}}
    assert signature(one) == signature(other)


@pytest.mark.parametrize("graph", [{}, {"1": 3}, {"1": {"class_type": "X", "inputs": {"a": ["1", 0]}}}])
def test_of_a_graph_that_makes_no_sense_nothing_is_asked(graph: Any) -> None:
    ask = ask_of("1", graph, backend="box")
    assert ask.need == Need(backend="box")
    assert ask.work == work_of({}) == 0.0
