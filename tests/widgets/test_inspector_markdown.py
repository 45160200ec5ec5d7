"""Notes are read into a tree in which nothing is HTML."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.storyboard.inspector.markdown import LONGEST, parse, safe_link

BLOCKS = {"h1", "h2", "h3", "h4", "p", "quote", "ul", "ol", "item", "code", "rule"}
INLINES = {"strong", "em", "strike", "code", "link", "break"}


def walk(nodes: list[Any]) -> list[Any]:
    found = []
    for node in nodes:
        found.append(node)
        if not isinstance(node, str):
            found += walk(node["of"])
    return found


def words(nodes: list[Any]) -> str:
    return "".join(node for node in walk(nodes) if isinstance(node, str))


def test_blocks() -> None:
    text = "# Scene 4\n\nRain.\nStill rain.\n\n> she said\n\n---\n```\na < b\n```"
    assert parse(text) == [
        {"is": "h1", "of": ["Scene 4"]},
        {"is": "p", "of": ["Rain.\nStill rain."]},
        {"is": "quote", "of": [{"is": "p", "of": ["she said"]}]},
        {"is": "rule", "of": []},
        {"is": "code", "of": ["a < b"]},
    ]


def test_lists_in_lists_and_tasks() -> None:
    text = "- [x] lamp\n- rain\n  - gutters\n1. one\n2. two"
    bullets, numbers = parse(text)
    assert bullets == {
        "is": "ul",
        "of": [
            {"is": "item", "of": ["lamp"], "done": True},
            {"is": "item", "of": ["rain", {"is": "ul", "of": [{"is": "item", "of": ["gutters"]}]}]},
        ],
    }
    assert [words(item["of"]) for item in numbers["of"]] == ["one", "two"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a** _b_ ~~c~~", [{"is": "strong", "of": ["a"]}, " ", {"is": "em", "of": ["b"]}, " ",
                             {"is": "strike", "of": ["c"]}]),
        ("**a *b* c**", [{"is": "strong", "of": ["a ", {"is": "em", "of": ["b"]}, " c"]}]),
        ("snake_case_name", ["snake_case_name"]),
        ("2 * 3 * 4", ["2 * 3 * 4"]),
        ("*open", ["*open"]),
        (r"\*no\*", ["*no*"]),
        ("`a *b*`", [{"is": "code", "of": ["a *b*"]}]),
        ("<b>x</b> &amp;", ["<b>x</b> &amp;"]),
    ],
)  # fmt: skip
def test_inlines(text: str, expected: list[Any]) -> None:
    assert parse(text) == [{"is": "p", "of": expected}]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "//evil.example", "java\tscript:x", "http:", "https://", "mailto:a@b.c", " https://a.b", "/lab",
        "http://[", "\x01https://a.b",
    ],
)  # fmt: skip
def test_no_link_leads_but_to_the_web(address: str) -> None:
    assert safe_link(address) == ""
    assert not any(isinstance(node, dict) and node["is"] == "link" and node["to"] == address
                   for node in walk(parse(f"[here]({address}) <{address}>")))  # fmt: skip


def test_links() -> None:
    assert parse("[a](https://a.b/c?d=e)") == [
        {"is": "p", "of": [{"is": "link", "to": "https://a.b/c?d=e", "of": ["a"]}]}
    ]
    assert parse("see https://a.b/c.")[0]["of"][1]["to"] == "https://a.b/c"  # type: ignore[index]


def check(tree: list[Any]) -> None:
    for node in walk(tree):
        if isinstance(node, str):
            continue
        assert node["is"] in BLOCKS | INLINES
        assert set(node) <= {"is", "of", "to", "done"}
        if "to" in node:
            assert node["is"] == "link" and node["to"].lower().startswith(("http://", "https://"))
    json.dumps(tree)


MARKUP = st.lists(
    st.sampled_from([*"#*_~`[]()<>-+>1.:/\\ \nax", "https://a.b", "javascript:", "\x00", "é", "字"]),
    max_size=60,
).map("".join)


@given(MARKUP | st.text(max_size=200))
def test_any_text_becomes_a_tree_of_the_known_kinds(text: str) -> None:
    check(parse(text))


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_words_without_markup_stay_as_they_are(text: str) -> None:
    assert words(parse(text)) == text


@pytest.mark.parametrize("piece", ["*", "**a ", "[", "`", "> ", "- ", "_a", "[a](", "    - ", "1. ", "~~"])
def test_the_worst_that_can_be_written_is_read(piece: str) -> None:
    check(parse(piece * (20_000 // len(piece))))
    check(parse((piece + "\n") * 2_000))


def test_a_note_without_end_is_cut() -> None:
    assert "letters more" in words(parse("a " * LONGEST))
