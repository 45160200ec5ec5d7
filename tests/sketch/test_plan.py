"""The order of execution and the signatures, for any graph."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sketch.folders import Folders
from studio.sketch.library import Library
from studio.sketch.nodes import NODES, Catalogue
from studio.sketch.plan import Plan, signatures, sources
from tests.sketch.graphs import node, sampled


@st.composite
def webs(draw: st.DrawFn) -> dict[str, Any]:
    """Pictures blended in any way, some of them saved; the ids in any order."""
    count = draw(st.integers(1, 8))
    names = draw(st.permutations([str(place) for place in range(count)]))
    graph = {names[0]: node("EmptyImage", width=1, height=1, batch_size=1, color=0)}
    for place in range(1, count):
        before = st.sampled_from(names[:place])
        graph[names[place]] = node("ImageBatch", image1=[draw(before), 0], image2=[draw(before), 0])
    saved = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    graph |= {f"save {name}": node("PreviewImage", images=[name, 0]) for name in saved}
    return {key: graph[key] for key in draw(st.permutations(list(graph)))}


def outputs(graph: dict[str, Any]) -> list[str]:
    return [name for name, entry in graph.items() if NODES[entry["class_type"]].output_node]


def ancestors(graph: dict[str, Any], node_id: str) -> set[str]:
    before = sources(graph, node_id, NODES)
    return set(before).union(*(ancestors(graph, one) for one in before))


@given(graph=webs(), data=st.data())
def test_each_needed_node_once_after_its_sources(graph: dict[str, Any], data: st.DataObject) -> None:
    """What is kept already pulls in nothing; all else that an output needs runs, once, in order."""
    cached = set(data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True))) - set(outputs(graph))
    plan = Plan(graph, outputs(graph), NODES, cached.__contains__)
    ran: list[str] = []
    while (node_id := plan.next()) is not None:
        assert set(sources(graph, node_id, NODES)) <= set(ran) | cached
        ran.append(node_id)
        plan.done(node_id)
    assert len(ran) == len(set(ran))
    assert set(outputs(graph)) <= set(ran)
    if not cached:
        assert set(ran) == set(outputs(graph)).union(*(ancestors(graph, one) for one in outputs(graph)))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue(Library(), Folders(tmp_path_factory.mktemp("plan")))


def renamed(graph: dict[str, Any]) -> dict[str, Any]:
    """The same graph under other ids."""
    return {
        f"n{key}": {
            **entry,
            "inputs": {
                name: [f"n{value[0]}", value[1]] if isinstance(value, list) else value
                for name, value in entry["inputs"].items()
            },
        }
        for key, entry in graph.items()
    }


@given(graph=webs())
def test_ids_do_not_matter_to_a_signature(catalogue: Catalogue, graph: dict[str, Any]) -> None:
    ours = signatures(graph, NODES, catalogue, "")
    theirs = signatures(renamed(graph), NODES, catalogue, "")
    assert {f"n{key}": value for key, value in ours.items()} == theirs


@given(seed=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_every_digit_of_a_seed_matters(catalogue: Catalogue, seed: int, other: int) -> None:
    first, second = (signatures(sampled(seed=one), NODES, catalogue, "") for one in (seed, other))
    changed = {key for key in first if first[key] != second[key]}
    assert changed == (set() if seed == other else set("389"))
    assert (first["3"] == signatures(sampled(seed=seed), NODES, catalogue, "a shot")["3"]) is False
