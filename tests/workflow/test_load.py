"""A workflow comes in from a file, a text, a dict or a picture, or is refused in plain words."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import WorkflowError
from studio.workflow import ObjectInfo
from studio.workflow.load import MAX_VALUES, load

MEDIA = Path(__file__).parents[1] / "data" / "media"
API = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64}}}
UI = {
    "nodes": [{"id": 1, "type": "EmptyImage", "widgets_values": [64, 48, 1, 0]}],
    "links": [],
    "version": 0.4,
}


@pytest.mark.parametrize("path", sorted(MEDIA.iterdir()), ids=lambda path: path.suffix)
def test_every_kind_of_file_that_comfyui_writes_gives_its_graph(path: Path) -> None:
    workflow = load(path)
    assert workflow.form == "api"
    assert {node["class_type"] for node in workflow.graph.values()} >= {"EmptyImage", "PreviewImage"}


def test_both_forms_and_all_ways_in(tmp_path: Path) -> None:
    file = tmp_path / "board.json"
    file.write_text(json.dumps(UI), encoding="utf-8")
    assert [load(UI).form, load(API).form] == ["ui", "api"]
    assert load(file).graph == load(str(file)).graph == load(UI).graph
    assert load(file).source == str(file)
    assert load(json.dumps(API)).graph == load(API).graph
    assert load("```json\n" + json.dumps(API) + "\n```").graph == load(API).graph
    assert load({"prompt": API, "client_id": "x"}).graph == load(API).graph


def test_a_graph_with_not_a_number_in_it_is_read() -> None:
    text = '{"1": {"class_type": "X", "inputs": {"cfg": NaN}}}'
    assert load(text).graph["1"]["inputs"]["cfg"] != 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{", "line 1"),
        ("[" * 200_000, "deep"),
        ('{"1": {"class_type": "X", "inputs": {"a": ' + "9" * 5000 + "}}}", "number"),
        ("[1, 2]", "object of nodes"),
        ("a shot\nof rain", "neither"),
        ("/no/such/file.json", "can't be read"),
        ("nul\0.json", "can't be read"),
        (
            {
                "1": {"class_type": "X", "inputs": {"a": ["2", 0]}},
                "2": {"class_type": "X", "inputs": {"a": ["1", 0]}},
            },
            "circle",
        ),
    ],
)
def test_what_is_no_workflow_is_refused_in_plain_words(source: Any, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        load(source)


def test_a_picture_without_a_graph_says_so(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.new("RGB", (4, 4)).save(path)
    with pytest.raises(WorkflowError, match="holds no workflow"):
        load(path)


def test_a_file_cut_anywhere_never_crashes(tmp_path: Path) -> None:
    for source in MEDIA.iterdir():
        data = source.read_bytes()
        for size in range(0, len(data), max(1, len(data) // 23)):
            cut = tmp_path / source.name
            cut.write_bytes(data[:size])
            try:
                load(cut)
            except WorkflowError:
                continue


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [70, 900, 100_000])
def test_deep_values_are_refused_with_node_and_field_in_both_forms(depth: int) -> None:
    api = {"7": {"class_type": "X", "inputs": {"curve": nested(depth)}}}
    ui = {"nodes": [{"id": 7, "type": "X", "widgets_values": {"curve": nested(depth)}}]}
    for data, field in ((api, "inputs.curve"), (ui, "widgets_values.curve")):
        with pytest.raises(WorkflowError, match="deep") as caught:
            load(data)
        assert (caught.value.node, caught.value.field) == ("7", field)


def test_millions_of_values_are_refused_with_their_place() -> None:
    many = [0] * (MAX_VALUES + 1)
    with pytest.raises(WorkflowError, match="more than") as caught:
        load({"7": {"class_type": "X", "inputs": {"curve": many}}})
    assert (caught.value.node, caught.value.field) == ("7", "inputs.curve")
    with pytest.raises(WorkflowError, match="more than") as caught:
        load({"nodes": [{"id": 7, "type": "X", "widgets_values": many}]})
    assert caught.value.field == "nodes.0.widgets_values"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ui_like = st.fixed_dictionaries(
    {
        "nodes": st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.integers(0, 4),
                    "type": st.sampled_from(["KSampler", "Reroute", "PrimitiveNode", "sub", "X"]),
                },
                optional={
                    "inputs": st.lists(
                        st.fixed_dictionaries(
                            {"name": st.text(max_size=3), "link": st.integers(0, 6) | st.none()}
                        ),
                        max_size=3,
                    )
                    | json_values,
                    "outputs": st.just([{"type": "MODEL"}]) | json_values,
                    "mode": st.sampled_from([0, 2, 4]) | json_values,
                    "widgets_values": json_values,
                },
            )
            | json_values,
            max_size=5,
        ),
        "links": st.lists(
            st.tuples(*[st.integers(0, 6)] * 5).map(list) | json_values,
            max_size=6,
        ),
        "definitions": st.just({"subgraphs": [{"id": "sub", "nodes": [{"id": 1, "type": "X"}], "links": []}]})
        | json_values,
    }
)


@given(json_values | ui_like)
def test_any_json_loads_and_can_be_looked_into_or_is_refused(data: Any) -> None:
    with contextlib.suppress(WorkflowError):
        workflow = load(data if isinstance(data, dict) else json.dumps(data))
        workflow.parameters()
        workflow.phases()
        workflow.check(ObjectInfo.core())
        assert load(workflow.graph).hash == workflow.hash
