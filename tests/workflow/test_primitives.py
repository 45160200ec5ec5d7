"""The editor's primitive nodes; the results are those of front ends 1.27 and 1.58."""

from __future__ import annotations

from typing import Any

import pytest

from studio.workflow.convert import convert
from tests.workflow.test_convert import board, node

PLACES = {"width": 3, "steps": 4, "cfg": 4, "seed": 4, "value": 5}


def primed(value: Any, *widgets: str) -> list[Any]:
    """What widgets get that one primitive is linked to."""
    nodes = {
        3: node(3, "EmptyLatentImage", widgets_values=[512, 512, 1]),
        4: node(4, "KSampler", widgets_values=[5, "fixed", 20, 8, "euler", "normal", 1]),
        5: node(5, "PrimitiveInt", widgets_values=[7, "fixed"]),
    }
    links = []
    for number, name in enumerate(widgets):
        inputs = nodes[PLACES[name]]["inputs"]
        links.append([number, 9, 0, PLACES[name], len(inputs), "INT"])
        inputs.append({"name": name, "type": "INT", "link": number, "widget": {"name": name}})
    primitive = node(9, "PrimitiveNode", outputs=["INT"], widgets_values=[value, "fixed"])
    graph = convert(board([*nodes.values(), primitive], links)).graph
    return [graph[str(PLACES[name])]["inputs"][name] for name in widgets]


@pytest.mark.parametrize(
    ("value", "widget", "sent"),
    [
        (1021, "width", 1024),
        (640.5, "width", 640),
        (-5, "width", 16),
        (99_999_999, "width", 16384),
        (7.777, "cfg", 7.8),
        (7.25, "cfg", 7.3),
        (-3, "cfg", 0),
        (1000, "cfg", 100),
        (2**64 - 1, "seed", 2**64 - 1),
    ],
)
def test_a_value_is_put_on_the_steps_and_into_the_range_of_its_widget(
    value: float, widget: str, sent: float
) -> None:
    assert primed(value, widget) == [sent]


@pytest.mark.parametrize("order", [("width", "value"), ("value", "width")])
def test_widgets_that_share_a_primitive_get_the_same_value(order: tuple[str, str]) -> None:
    assert primed(130, *order) == [128, 128]


def test_the_range_is_what_the_widgets_have_in_common() -> None:
    assert primed(3, "width", "steps") == [16, 16]
    assert primed(20_000, "width", "steps") == [10_000, 10_000]


def test_a_primitive_does_not_reach_through_a_reroute() -> None:
    primitive = node(9, "PrimitiveNode", outputs=["INT"], widgets_values=[640, "fixed"])
    reroute = node(8, "Reroute", inputs=[("", "*", 1)], outputs=["INT"])
    latent = node(3, "EmptyLatentImage", widgets_values=[512, 512, 1])
    latent["inputs"] = [{"name": "width", "type": "INT", "link": 2, "widget": {"name": "width"}}]
    graph = convert(
        board([primitive, reroute, latent], [[1, 9, 0, 8, 0, "INT"], [2, 8, 0, 3, 0, "INT"]])
    ).graph
    assert graph["3"]["inputs"]["width"] == 512
