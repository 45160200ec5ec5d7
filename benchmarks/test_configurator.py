"""One change in the configurator, kernel side: the page hears of it within a frame (16 ms).

Run: `python -m pytest benchmarks/test_configurator.py --benchmark-enable`. Beside it the plain way: for
every value of every field set it and validate the whole look, then send everything there is.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from studio import cinema, llm
from studio.cinema import LiveActionConfig, options, validate
from widgets import Configurator
from widgets.configurator.state import catalogue, state

pytestmark = pytest.mark.benchmark(group="one change in the configurator")
START = "moonlight"
STEPS: list[tuple[str, Any]] = [
    ("camera.body", "arri_alexa_mini"),
    ("lighting.time_of_day", "dusk"),
    ("lens.focal_length_mm", 55.0),
    ("visual_grammar.mood", "lonely"),
    ("movement.equipment", "dolly"),
    ("lighting.source", "neon"),
    ("camera.aspect_ratio", "1.85:1"),
    ("visual_grammar.shot_size", "WS"),
]


def messages() -> Iterator[dict[str, Any]]:
    """A director at work: field after field, and in each round another year, so that no look comes twice."""
    for year in itertools.count(2017):
        for field, value in STEPS:
            yield {"kind": "field", "field": field, "value": value}
        yield {"kind": "field", "field": "year", "value": year % 100 + 2000}
        yield {"kind": "preset", "id": START}


class Page:
    """What stands in for the page: it counts what it is sent, as JSON."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def nobody() -> list[llm.Provider]:
            return []

        monkeypatch.setattr(llm, "available", nobody)
        self.widget = Configurator(START, subject="a man at the sea")
        self.bytes = 0
        self.news: dict[str, Any] = {}
        monkeypatch.setattr(self.widget, "send", self._send)
        monkeypatch.setattr(self.widget._sketcher, "draw", lambda spec: None)  # it has a thread of its own
        self.say({"kind": "hello"})

    def _send(self, content: dict[str, Any], buffers: Any = None) -> None:
        if content["kind"] in ("state", "catalogue"):
            self.bytes += len(json.dumps(content))
            self.news = content.get("state", {})

    def say(self, message: dict[str, Any]) -> None:
        self.widget._heard(self.widget, message, [])


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    made = Page(monkeypatch)
    yield made
    made.widget.close()


def test_one_change(benchmark: Any, page: Page) -> None:
    hand = messages()

    def change() -> None:
        page.say(next(hand))

    change()
    assert page.widget.look.camera.body == "arri_alexa_mini"
    assert page.news["values"]["camera.body"]["value"] == "arri_alexa_mini"
    assert set(page.news["values"]) == {"camera.body"}, "only what changed is sent"
    benchmark(change)


def test_one_change_the_plain_way(benchmark: Any) -> None:
    hand = (message for message in messages() if message["kind"] == "field")
    look = cinema.preset(START)
    assert isinstance(look, LiveActionConfig)
    sent = 0

    def change() -> None:
        nonlocal look, sent
        message = next(hand)
        look = look.replaced({message["field"]: message["value"]})
        verdicts: dict[str, list[bool]] = {}
        for field, offered in options(look).items():
            verdicts[field] = [validate(look.replaced({field: each.value})).ok for each in offered]
        sent += len(json.dumps({**catalogue(), "verdicts": verdicts}))

    benchmark.pedantic(change, rounds=3)
    assert sent


def test_what_a_change_sends_is_a_small_part_of_everything(page: Page) -> None:
    everything = page.bytes
    page.bytes = 0
    page.say({"kind": "field", "field": "visual_grammar.mood", "value": "lonely"})
    assert 0 < page.bytes < everything / 10
    assert len(json.dumps(state(page.widget.model))) > page.bytes
