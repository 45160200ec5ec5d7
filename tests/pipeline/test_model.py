"""A pipeline as data: what a file may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.errors import DataFileError
from studio.pipeline import Pipeline
from studio.pipeline.model import FanoutNode

FRAME = {"id": "frame", "kind": "workflow", "after": ["seeds"], "set": {"seed": "seed"}}
SEEDS = {"id": "seeds", "kind": "fanout", "values": {"seed": "1..4"}}


def nodes(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [SEEDS, FRAME, *more]


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    made = Pipeline.make(
        "rain",
        nodes(
            {
                "id": "best",
                "kind": "merge",
                "from": ["frame"],
                "order": "rating",
                "keep": 1,
                "needs": ["rating"],
            },
            {"id": "good", "kind": "condition", "from": ["best"], "if": "rating >= 4"},
            {"id": "large", "kind": "workflow", "template": "upscale", "images": {"image": "good"}},
            {"id": "film", "kind": "output", "from": ["large", "good:else"]},
        ),
    )
    made.save(tmp_path / "rain.toml")
    assert Pipeline.load(tmp_path / "rain.toml") == made
    assert made.order().index("best") < made.order().index("large")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"id": "frame", "kind": "input", "files": ["a.png"]}, "is there twice"),
        ({"id": "x", "kind": "output", "from": ["frme"]}, "did you mean 'frame'"),
        ({"id": "x", "kind": "output", "from": ["frame:else"]}, "nothing is called"),
        ({"id": "x", "kind": "condition", "from": ["frame"], "if": "import os"}, "can't be read"),
        ({"id": "x", "kind": "workflow"}, "needs a shot"),
        (
            {"id": "x", "kind": "workflow", "after": ["frame"], "set": {"filename_prefix": "1"}},
            "can't be set",
        ),
        ({"id": "x", "kind": "fanout", "values": {"seed": "9..1"}}, "no branch"),
        ({"id": "x", "kind": "fanout", "values": {"a": "1..100", "b": "1..100"}}, "more than 1000"),
        ({"id": "x", "kind": "teleport"}, "kind"),
        ({"id": "../x", "kind": "output", "from": ["frame"]}, "no id"),
        ({"id": "x", "kind": "workflow", "shot": {"subject": 3}}, "node 'x'"),
    ],
)
def test_what_can_not_be_is_refused_by_name(extra: dict[str, Any], words: str) -> None:
    with pytest.raises(DataFileError, match=words):
        Pipeline.make("p", nodes(extra))


def test_a_circle_is_refused() -> None:
    with pytest.raises(DataFileError, match="circle"):
        Pipeline.make(
            "p",
            [
                {"id": "a", "kind": "workflow", "images": {"image": "b"}},
                {"id": "b", "kind": "workflow", "images": {"image": "a"}},
            ],
        )


def test_the_file_and_line_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('name = "p"\n\n[[node]]\nid = "x"\nkind = "input"\nfiles = 3\n')
    with pytest.raises(DataFileError, match=r"p\.toml:\d+"):
        Pipeline.load(path)
    with pytest.raises(DataFileError, match="no such pipeline"):
        Pipeline.load(tmp_path / "none.toml")


def test_values_are_crossed_in_order() -> None:
    node = FanoutNode.model_validate({"id": "f", "values": {"seed": [7, 9], "focal": [35, 75]}})
    assert node.branches() == [
        {"seed": 7, "focal": 35},
        {"seed": 7, "focal": 75},
        {"seed": 9, "focal": 35},
        {"seed": 9, "focal": 75},
    ]
