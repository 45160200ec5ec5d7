from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import WorkflowError
from studio.workflow import bypass, drop, find_template, outputs, read_graph, templates

ALL = sorted(templates())


def test_what_read_the_node_reads_what_it_read() -> None:
    graph = find_template("flux").workflow
    assert bypass(graph, ["7"]) == {"7"}  # ModelSamplingFlux: model in, model out
    assert graph["9"]["inputs"]["model"] == graph["11"]["inputs"]["model"] == ["1", 0]


def test_types_decide_not_places() -> None:
    graph = find_template("sdxl-control").workflow
    gone = bypass(graph, ["8"])  # ControlNetApplyAdvanced
    assert graph["9"]["inputs"]["positive"] == ["2", 0]
    assert graph["9"]["inputs"]["negative"] == ["3", 0]
    assert gone == {"8", "7", "6", "5"}  # nothing needs the ControlNet, its kind and its map now


def test_a_reader_that_can_not_do_without_goes_too() -> None:
    graph = find_template("upscale").workflow
    graph["9"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    assert drop(graph, ["3"]) == {"2", "3", "4", "5"}
    assert set(graph) == {"1", "9"}


def test_an_input_that_need_not_be_there_is_left_out() -> None:
    template = find_template("qwen-edit-angles")
    graph = template.build(prompt="x", seed=1, images={"image": "a.png", "image3": "c.png"})
    assert "image2" not in graph["11"]["inputs"]
    assert graph["11"]["inputs"]["image3"] == ["10", 0]
    assert "9" not in graph


def test_a_second_picture_takes_its_whole_branch_along() -> None:
    graph = find_template("flux-kontext").build(prompt="x", seed=1, images={"image": "a.png"})
    classes = [data["class_type"] for data in graph.values()]
    assert (classes.count("LoadImage"), classes.count("VAEEncode")) == (1, 1)
    with_two = find_template("flux-kontext").build(prompt="x", seed=1, images={"image": "a", "image2": "b"})
    loaded = [data["inputs"]["image"] for data in with_two.values() if data["class_type"] == "LoadImage"]
    assert sorted(loaded) == ["a", "b"]


def test_custom_nodes() -> None:
    graph: dict[str, Any] = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a"}},
        "2": {"class_type": "MagicModelPatch", "inputs": {"model": ["1", 0], "vae": ["1", 2]}},
        "3": {"class_type": "MagicTwo", "inputs": {"a": ["1", 0], "b": ["1", 1]}},
        "4": {"class_type": "KSampler", "inputs": {"model": ["2", 0], "latent_image": ["3", 0]}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}},
    }
    bypass(graph, ["2"])
    assert graph["4"]["inputs"]["model"] == ["1", 0]
    with pytest.raises(WorkflowError, match="nothing is left"):
        bypass(graph, ["3"])


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(WorkflowError) as caught:
        find_template("sdxl").build(prompt="x", seed=1, bypass=["99"])
    assert caught.value.node == "99"
    with pytest.raises(WorkflowError, match="nothing is left"):
        bypass(find_template("sdxl").workflow, ["7"])


@given(st.data())
def test_whatever_is_bypassed_the_rest_is_a_graph(data: st.DataObject) -> None:
    graph = find_template(data.draw(st.sampled_from(ALL))).workflow
    nodes = data.draw(st.lists(st.sampled_from(sorted(graph)), min_size=1, max_size=4, unique=True))
    join = data.draw(st.booleans())
    before = set(graph)
    try:
        gone = (bypass if join else drop)(graph, nodes)
    except WorkflowError as error:
        assert "nothing is left" in error.message
        return
    assert gone | set(graph) == before
    assert set(nodes) <= gone
    assert outputs(read_graph(graph))
