"""What may be chosen, at the speed of a hand: options beside the plain way, which asks every rule of every
value.

Run: `python -m pytest benchmarks/test_options.py --benchmark-enable`. The promises of the configurator: all
options of all fields at least 20 times faster than the plain way, and one change answered within a frame
(16 ms).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from studio import cinema
from studio.cinema import LiveActionConfig, options, validate
from studio.cinema.judge import Judge

pytestmark = pytest.mark.benchmark(group="options of all fields")
START = "moonlight"


def plain_way(look: Any, court: Judge) -> dict[str, list[bool]]:
    """Set each value, ask every rule of the whole look, compare with before."""
    before = {violation.rule for violation in court.violations(look.kind, look.values())}
    allowed: dict[str, list[bool]] = {}
    for field, offered in options(look).items():
        allowed[field] = []
        for option in offered:
            other = look.replaced({field: option.value})
            after = court.violations(other.kind, other.values())
            allowed[field].append(
                not [each for each in after if each.severity == "hard" and each.rule not in before]
            )
    return allowed


def changing_looks() -> Iterator[LiveActionConfig]:
    """A director at work: one field after another is changed, and never the same look twice in a row."""
    look = cinema.preset(START)
    assert isinstance(look, LiveActionConfig)
    steps: list[dict[str, Any]] = [
        {"camera.body": "arri_alexa_mini"},
        {"lighting.time_of_day": "dusk"},
        {"lens.focal_length_mm": 55.0},
        {"visual_grammar.mood": "lonely"},
        {"movement.equipment": "dolly"},
        {"year": 2019},
        {"lighting.source": "neon"},
        {"camera.aspect_ratio": "1.85:1"},
        {"visual_grammar.shot_size": "WS"},
    ]
    for round_ in itertools.count():
        for step in steps:
            look = look.replaced(step)
            yield look
        look = look.replaced({"year": 2020 + round_ % 9, "camera.body": "arri_alexa_xt"})


def fresh_court() -> Judge:
    """A judge that remembers nothing yet."""
    cinema.library().memo.clear()
    court = Judge(cinema.library())
    cinema.library().memo["judge"] = court
    return court


def test_one_validation(benchmark: Any) -> None:
    look = cinema.preset(START)
    assert benchmark(validate, look).ok


def test_all_options_warm(benchmark: Any) -> None:
    look = cinema.preset(START)
    found = benchmark(options, look)
    assert [option.allowed for option in found["lighting.source"]] == plain_way(look, fresh_court())[
        "lighting.source"
    ]


def test_all_options_after_each_change(benchmark: Any) -> None:
    fresh_court()
    hand = changing_looks()
    found = benchmark(lambda: options(next(hand)))
    assert any(not option.allowed for option in found["lens.family"])


def test_all_options_from_nothing(benchmark: Any) -> None:
    look = cinema.preset(START)
    benchmark.pedantic(options, args=(look,), setup=lambda: fresh_court() and None, rounds=20)


def test_the_plain_way_remembering_verdicts(benchmark: Any) -> None:
    look = cinema.preset(START)
    court = fresh_court()
    benchmark.pedantic(plain_way, args=(look, court), rounds=5, warmup_rounds=1)


def test_the_plain_way(benchmark: Any) -> None:
    look = cinema.preset(START)
    court = fresh_court()

    def forgetting() -> None:
        for bound in itertools.chain.from_iterable(court.rules.values()):
            bound.forget()
        plain_way(look, court)

    benchmark.pedantic(forgetting, rounds=5)
