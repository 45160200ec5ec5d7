"""Cost grows with nodes and links, not with their square: counted in calls, which no busy machine changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from studio.workflow import Workflow, graph_hash, load, read_graph
from tests.workflow.made import board


def calls(work: Callable[[], object]) -> int:
    """How many functions `work` calls, Python's and C's."""
    count = 0

    def tally(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tally)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("step", ["load", "read", "inspect", "phases", "check", "hash"])
def test_twice_the_nodes_cost_twice_the_work(step: str, object_info: dict[str, Any]) -> None:
    counted = []
    for size in (400, 800):
        text = json.dumps(board(size))
        workflow = load(text, object_info=object_info)
        counted.append(calls(work_of(step, text, workflow, object_info)))
    assert counted[1] < 2.2 * counted[0]


def work_of(step: str, text: str, workflow: Workflow, info: dict[str, Any]) -> Callable[[], object]:
    return {
        "load": lambda: load(text, object_info=info),
        "read": lambda: read_graph(workflow.graph),
        "inspect": lambda: workflow.parameters(info),
        "phases": lambda: workflow.phases(),
        "check": lambda: workflow.check(info),
        "hash": lambda: graph_hash(workflow.graph),
    }[step]


def test_thousands_of_unknown_nodes_are_no_trouble(object_info: dict[str, Any]) -> None:
    graph = {
        str(n): {"class_type": f"Saev{n}", "inputs": {"images": [str(n - 1), 0]}} for n in range(1, 3000)
    }
    graph["0"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}
    graph["1"]["inputs"] = {}
    report = Workflow(graph).check(object_info)
    assert len(report.missing_classes) == 2999
    assert 0 < sum(bool(problem.near) for problem in report.problems) <= 50
