from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import WorkflowError
from studio.workflow.graph import (
    Link,
    Place,
    as_link,
    canonical_json,
    consumers,
    execution_order,
    graph_hash,
    links,
    new_ids,
    read_graph,
    title_of,
    upstream,
)

SMALL = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 2**64 - 1, "model": ["4", 0]}},
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "a.safetensors"},
        "_meta": {"title": "Model"},
    },
}

names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    """A graph whose nodes are linked to earlier ones only, in shuffled order."""
    ids = draw(st.lists(names, min_size=1, max_size=10, unique=True))
    graph: dict[str, dict[str, object]] = {}
    for number, node in enumerate(ids):
        inputs: dict[str, object] = {
            "value": draw(st.integers() | st.floats(allow_nan=False) | st.text(max_size=5))
        }
        for source in draw(st.lists(st.sampled_from(ids[:number]), max_size=3)) if number else []:
            inputs[f"in{len(inputs)}"] = [source, draw(st.integers(0, 3))]
        graph[node] = {"class_type": draw(names), "inputs": inputs}
    return {node: graph[node] for node in draw(st.permutations(ids))}


def test_a_graph_is_copied_not_shared() -> None:
    graph = read_graph(SMALL)
    graph["3"]["inputs"]["model"][0] = "9"
    assert SMALL["3"]["inputs"]["model"] == ["4", 0]
    assert graph["3"]["inputs"]["seed"] == 18446744073709551615


def test_unknown_fields_and_nodes_without_a_class_are_kept() -> None:
    graph = read_graph({"1": {"inputs": {"a": 1}, "is_changed": [0.5]}})
    assert graph["1"] == {"inputs": {"a": 1}, "is_changed": [0.5]}


@pytest.mark.parametrize(
    ("data", "node", "field"),
    [
        ([], "", ""),
        ({}, "", ""),
        ({"1": "text"}, "1", ""),
        ({"1": {}}, "1", ""),
        ({"1": {"class_type": 5, "inputs": {}}}, "1", "class_type"),
        ({"1": {"class_type": "A", "inputs": []}}, "1", "inputs"),
        ({"1": {"class_type": "A", "inputs": {"x": ["7", 0]}}}, "1", "x"),
        ({"1": {"class_type": "A", "inputs": {"x": ["1", -1]}}}, "1", "x"),
        ({"1": {"class_type": "A", "inputs": {"x": b"raw"}}}, "1", "inputs.x"),
        ({1: {"class_type": "A", "inputs": {}}}, "1", ""),
    ],
)
def test_what_is_no_graph_is_refused_with_its_place(data: object, node: str, field: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        read_graph(data)
    assert (caught.value.node, caught.value.field) == (node, field)


def test_a_circle_is_named() -> None:
    graph = {
        "1": {"class_type": "A", "inputs": {"x": ["2", 0]}},
        "2": {"class_type": "A", "inputs": {"x": ["3", 0]}},
        "3": {"class_type": "A", "inputs": {"x": ["2", 0]}},
    }
    with pytest.raises(WorkflowError, match=r"3 → 2|2 → 3"):
        read_graph(graph)


def test_deep_nesting_ends_in_an_error_and_long_chains_do_not() -> None:
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(WorkflowError, match="nested"):
        read_graph({"1": {"class_type": "A", "inputs": {"x": deep}}})
    chain = {"0": {"class_type": "A", "inputs": {}}}
    chain |= {str(n): {"class_type": "A", "inputs": {"x": [str(n - 1), 0]}} for n in range(1, 5000)}
    assert execution_order(read_graph(dict(reversed(chain.items())))) == [str(n) for n in range(5000)]


def test_links() -> None:
    assert as_link(["4", 1]) == Link("4", 1)
    for other in (["4"], ["4", True], ["4", "1"], [4, 1], "4", {"__value__": ["4", 1]}, ["4", 1, 2]):
        assert as_link(other) is None
    graph = read_graph({**SMALL, "5": {"class_type": "A", "inputs": {"m": ["4", 0.0], "c": ["4", 1]}}})
    assert graph["5"]["inputs"]["m"] == ["4", 0]
    assert consumers(graph)["4"] == [(Place("3", "model"), 0), (Place("5", "m"), 0), (Place("5", "c"), 1)]
    assert upstream(graph, ["3"]) == {"3", "4"}


def test_titles_and_new_ids() -> None:
    graph = read_graph({**SMALL, "10:2": {"class_type": "A", "inputs": {}}})
    assert title_of(graph, "4") == "Model"
    assert title_of(graph, "3") == "KSampler"
    fresh = new_ids(graph)
    assert [next(fresh), next(fresh)] == ["5", "6"]


def test_place_parses_to_the_first_dot() -> None:
    assert Place.parse("55:52.model.width") == Place("55:52", "model.width")
    for wrong in ("", "3", "3.", ".text"):
        with pytest.raises(ValueError, match=r"node\.input"):
            Place.parse(wrong)


def test_the_hash_tells_seeds_apart_and_not_1_from_1_point_0() -> None:
    one = {"1": {"class_type": "A", "inputs": {"seed": 2**64 - 1, "cfg": 7.0}}}
    assert graph_hash(one) == graph_hash({"1": {"inputs": {"cfg": 7, "seed": 2**64 - 1}, "class_type": "A"}})
    assert graph_hash(one) != graph_hash(
        {"1": {"class_type": "A", "inputs": {"seed": 2**64 - 2, "cfg": 7.0}}}
    )
    assert canonical_json({"b": 1.0, "a": [0.5]}) == '{"a":[0.5],"b":1}'
    assert len(graph_hash(one)) == 64


@given(acyclic())
def test_order_puts_every_node_after_what_it_needs(graph: dict[str, dict[str, object]]) -> None:
    order = execution_order(read_graph(graph))
    assert sorted(order) == sorted(graph)
    position = {node: number for number, node in enumerate(order)}
    assert all(position[link.node] < position[node] for node, _, link in links(read_graph(graph)))


@given(acyclic(), st.randoms())
def test_the_hash_does_not_depend_on_order_and_survives_json(graph: dict, random: object) -> None:
    read = read_graph(graph)
    shuffled = list(read.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert graph_hash(dict(shuffled)) == graph_hash(read) == graph_hash(json.loads(json.dumps(read)))


@given(values | st.dictionaries(names, values, max_size=3))
def test_anything_is_a_graph_or_a_workflow_error(data: object) -> None:
    try:
        graph = read_graph(data)
    except WorkflowError:
        return
    assert graph_hash(graph) == graph_hash(read_graph(graph))
