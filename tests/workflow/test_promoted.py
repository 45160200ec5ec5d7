"""Values that an instance of a subgraph sets on inner widgets; the results are those of front end 1.58."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio.workflow.convert import convert
from tests.workflow.test_convert import LOADER, board, grade, inner_text, link, node, text

SAMPLER = node(4, "KSampler", outputs=["LATENT"], widgets_values=[5, "fixed", 20, 8, "euler", "normal", 1])
WORDS = [link(1, -10, 0, 2, 0), link(3, -10, 1, 2, 1), link(2, 2, 0, -20, 0)]


def instance(number: int, kind: str, proxies: Any, values: list[Any], **more: Any) -> dict[str, Any]:
    entry = node(number, kind, inputs=[("clip", "CLIP", None)], outputs=["CONDITIONING"], **more)
    entry["inputs"].append({"name": "words", "type": "STRING", "link": None, "widget": {"name": "words"}})
    return {**entry, "widgets_values": values, "properties": {"proxyWidgets": proxies}}


def converted(nodes: list[Any], *subgraphs: dict[str, Any]) -> dict[str, Any]:
    return convert(board([LOADER, *nodes], [], definitions={"subgraphs": list(subgraphs)})).graph


@pytest.mark.parametrize(
    ("proxies", "values"),
    [
        (
            [["-1", "words"], ["4", "seed"], ["4", "control_after_generate"], ["4", "steps"]],
            ["out", 7, "x", 33],
        ),
        ([["4", "steps"], ["-1", "words"], ["4", "seed"]], [33, "out", 7]),
        ([["2", "text"], ["4", "steps"], ["4", "seed"]], ["out", 33, 7]),
        ([["-1", "words"], ["99", "gone"], ["4", "steps"], ["4", "seed"]], ["out", 0, 33, 7]),
        ([["-1", "words"], "nonsense", ["4", "steps"], ["4", "seed"]], ["out", 0, 33, 7]),
        (json.dumps([["-1", "words"], ["4", "steps"], ["4", "seed"]]), ["out", 33, 7]),
    ],
)
def test_values_go_where_the_list_of_shown_widgets_says(proxies: Any, values: list[Any]) -> None:
    graph = converted([instance(10, "grade", proxies, values)], grade([inner_text(), SAMPLER], WORDS))
    assert graph["10:2"]["inputs"]["text"] == "out"
    assert (graph["10:4"]["inputs"]["seed"], graph["10:4"]["inputs"]["steps"]) == (7, 33)


def test_what_an_instance_does_not_set_stays_as_it_is_inside() -> None:
    graph = converted(
        [instance(10, "grade", [["2", "text"]], []), instance(11, "grade", [["2", "text"]], ["night"])],
        grade([inner_text()], WORDS),
    )
    assert graph["10:2"]["inputs"]["text"] == "inside"
    assert graph["11:2"]["inputs"]["text"] == "night"


@pytest.mark.parametrize("shown", [["7", "text"], ["7", "text", "2"], ["7", "words"]])
def test_the_outermost_instance_sets_a_widget_shown_through_two(shown: list[str]) -> None:
    inner = instance(7, "grade", [["2", "text"]], ["middle"])
    outer = grade([inner], [link(2, 7, 0, -20, 0)], "outer")
    nodes = [instance(10, "outer", [shown], ["top"]), instance(11, "outer", [], [])]
    graph = converted(nodes, grade([inner_text()], WORDS), outer)
    assert graph["10:7:2"]["inputs"]["text"] == "top"
    assert graph["11:7:2"]["inputs"]["text"] == "middle"


def test_two_widgets_of_one_name_shown_through_two_are_told_apart() -> None:
    inner = instance(7, "grade", [["2", "text"], ["3", "text"]], ["a", "b"])
    outer = grade([inner], [], "outer")
    top = instance(10, "outer", [["7", "text", "2"], ["7", "text", "3"]], ["one", "two"])
    graph = converted([top], grade([text(2, "x", None), text(3, "y", None)], []), outer)
    assert (graph["10:7:2"]["inputs"]["text"], graph["10:7:3"]["inputs"]["text"]) == ("one", "two")


def test_an_input_that_nothing_fills_outside_has_the_value_of_the_instance_inside() -> None:
    inner = instance(7, "grade", [], ["middle"])
    inner["inputs"][1]["link"] = 5
    outer = grade([inner], [link(5, -10, 1, 7, 1)], "outer")
    nodes = [instance(10, "outer", [], []), instance(11, "outer", [], ["top"])]
    graph = converted(nodes, grade([inner_text()], WORDS), outer)
    assert graph["10:7:2"]["inputs"]["text"] == "middle"
    assert graph["11:7:2"]["inputs"]["text"] == "top"


def test_a_primitive_sets_the_widget_that_a_subgraph_shows() -> None:
    primitive = node(9, "PrimitiveNode", outputs=["STRING"], widgets_values=["primed"])
    entry = instance(10, "grade", [], ["outside"])
    entry["inputs"][1]["link"] = 4
    data = board(
        [LOADER, primitive, entry],
        [[4, 9, 0, 10, 1, "STRING"]],
        definitions={"subgraphs": [grade([inner_text()], WORDS)]},
    )
    assert convert(data).graph["10:2"]["inputs"]["text"] == "primed"
