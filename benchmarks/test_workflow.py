"""Load, convert, inspect and check: the largest public workflow, and made ones of up to 4,000 nodes.

Run with `pytest benchmarks/test_workflow.py --benchmark-enable`; the figures are in `docs/performance.md`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.workflow import find_template, load, recognise
from tests.workflow.made import board
from tests.workflow.public import folder, names

INFO = Path(__file__).parents[1] / "tests" / "data" / "object_info.json.gz"
Benchmark = Callable[..., Any]


@pytest.fixture(scope="module")
def object_info() -> dict[str, Any]:
    """The node classes of a real ComfyUI."""
    return json.loads(gzip.decompress(INFO.read_bytes()))


def whole_way(source: str | Path, info: dict[str, Any]) -> int:
    """All that happens when a director brings a workflow."""
    workflow = load(source, object_info=info)
    found = workflow.parameters(info)
    phases = workflow.phases()
    report = workflow.check(info)
    return len(workflow.graph) + len(found) + len(phases) + len(report.problems)


def largest() -> Path:
    """The public workflow with most nodes, those inside its subgraphs counted."""
    files = [folder() / f"{name}.json" for name in names()]
    return max(files, key=lambda file: file.read_text("utf-8").count('"widgets_values"'))


def test_the_largest_public_workflow(benchmark: Benchmark, object_info: dict[str, Any]) -> None:
    assert benchmark(whole_way, largest(), object_info) > 20


@pytest.mark.parametrize("nodes", [500, 1000, 2000, 4000])
def test_a_made_graph(benchmark: Benchmark, nodes: int, object_info: dict[str, Any]) -> None:
    text = json.dumps(board(nodes))
    assert benchmark(whole_way, text, object_info) > nodes


def test_building_a_shots_graph(benchmark: Benchmark) -> None:
    template = find_template("flux")
    assert benchmark(lambda: template.build(prompt="a lighthouse", seed=2**64 - 1))


def test_recognising_a_graph(benchmark: Benchmark) -> None:
    graph = find_template("z-image-turbo").build(prompt="a lighthouse", seed=1)
    assert benchmark(recognise, graph) is not None
