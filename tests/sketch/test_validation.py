"""Refused and half-accepted prompts: the answers are the recorded ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.sketch.folders import Folders
from studio.sketch.library import Library
from studio.sketch.nodes import NODES, Catalogue
from studio.sketch.validate import validate
from tests.sketch.recording import Recording, clean
from tests.sketch.support import CHECKPOINTS, Sketch

RECORDING = Recording("e_validation_errors")


def cases() -> list[Any]:
    comments = [one["text"] for one in RECORDING.entries if one["channel"] == "comment"]
    return [
        pytest.param(request, answer, id=comment.replace(" ", "-"))
        for comment, (request, answer) in zip(comments, RECORDING.exchanges(), strict=True)
    ]


def comparable(body: Any) -> Any:
    """A body without ids; ComfyUI looks at inputs in the order of a set, so their problems are sorted."""
    body = json.loads(json.dumps(body))
    for entry in body.get("node_errors", {}).values():
        entry["errors"].sort(key=lambda one: (one["type"], one["details"]))
    return clean({key: value for key, value in body.items() if key != "number"})


@pytest.mark.parametrize(("request_entry", "answer"), cases())
async def test_answers(sketch: Sketch, request_entry: dict[str, Any], answer: dict[str, Any]) -> None:
    data = request_entry.get("body_text") or json.dumps(request_entry["body"])
    async with sketch.session.post(
        f"{sketch.url}/prompt", data=data, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == answer["status"]
        assert response.headers["Content-Type"] == answer["headers"]["content-type"]
        if "body" in answer:
            assert comparable(await response.json()) == comparable(answer["body"])
        else:
            assert await response.text() == answer["body_text"]


async def test_the_good_output_of_a_half_accepted_prompt_runs(sketch: Sketch) -> None:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "good"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["99", 0], "filename_prefix": "bad"}},
    }
    status, answer = await sketch.post("/prompt", json={"prompt": graph, "client_id": "x"})
    assert (status, list(answer["node_errors"])) == (200, ["3"])
    entry = await sketch.run(graph)
    assert list(entry["outputs"]) == ["2"]
    assert entry["status"]["status_str"] == "success"


async def test_an_output_node_s_own_problem_is_in_the_details(sketch: Sketch) -> None:
    _, answer = await sketch.post(
        "/prompt", json={"prompt": {"1": {"class_type": "SaveImage", "inputs": {}}}}
    )
    assert answer["error"]["details"].splitlines() == [
        "Required input is missing: images",
        "Required input is missing: filename_prefix",
    ]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1", "2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
links = st.tuples(st.sampled_from(["1", "2", "3", "4"]), st.integers(-2, 3)).map(list)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    """Graphs of real classes with inputs of their own names and any values."""
    graph = {}
    for node_id in "1234"[: draw(st.integers(1, 4))]:
        name = draw(st.sampled_from(sorted(NODES)))
        inputs = {field: draw(values | links) for field in NODES[name].inputs() if draw(st.booleans())}
        graph[node_id] = {"class_type": name, "inputs": inputs}
    return graph


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_any_graph_gets_a_verdict(tmp_path_factory: pytest.TempPathFactory, graph: dict[str, Any]) -> None:
    """Whatever the inputs are: either some outputs run, or there is an error; every blamed node exists."""
    folders = Folders(tmp_path_factory.getbasetemp() / "any")
    verdict = validate(graph, NODES, Catalogue(Library({"checkpoints": CHECKPOINTS}), folders))
    assert bool(verdict.outputs) != (verdict.error is not None)
    assert set(verdict.node_errors) <= set(graph)
    json.dumps(verdict.node_errors)
