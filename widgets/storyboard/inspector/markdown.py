"""Notes: a small part of Markdown, read into a tree that a page draws node by node. No HTML is ever made.

A block is `{"is": …, "of": [inlines or blocks]}`, an inline a text or `{"is": …, "of": [inlines]}`:

    blocks   h1 h2 h3 h4 p quote (of blocks) ul ol (of items) item (of inlines and lists) code rule
    inlines  strong em strike code link (with `to`: http or https, nothing else) break

What is no markup stays text, `<b>` too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

LONGEST = 100_000
"""Letters of a note that are read; more is shown as it is."""
_DEPTH = 8
_SCHEMES = ("http", "https")

Node = dict[str, Any] | str

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"\s{0,3}([-*_])\s*(?:\1\s*){2,}$")
_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$")
_QUOTE = re.compile(r"\s{0,3}>\s?(.*)$")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)\s*[\w+-]*\s*$")
_TASK = re.compile(r"\[([ xX])\]\s+(.*)$", re.DOTALL)

_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!~>-])"
    r"|(?P<ticks>`+)(?P<code>[^`]{1,2000}|[^`].{0,2000}?[^`])(?P=ticks)(?!`)"
    r"|\[(?P<words>[^\[\]\n]{1,500})\]\((?P<to>[^()\s<>]{1,2000})\)"
    r"|<(?P<auto>https?://[^<>\s]{1,2000})>"
    r"|(?P<bare>\bhttps?://[^\s<>()\[\]]{1,2000}[^\s<>()\[\].,;:!?'\"])"
    r"|(?P<mark>\*\*|__|~~|\*|_)"
    r"|(?P<newline> {2,}\n|\\\n)"
)
_MARKS = {"**": "strong", "__": "strong", "*": "em", "_": "em", "~~": "strike"}


@lru_cache(maxsize=64)
def parse(text: str) -> list[Node]:
    """The blocks of a note. The result is shared: do not change it."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = _blocks(whole[:LONGEST].split("\n"), 0)
    if len(whole) > LONGEST:
        blocks.append({"is": "p", "of": [f"… and {len(whole) - LONGEST:,} letters more"]})
    return blocks


def safe_link(text: str) -> str:
    """The address if a click on it may leave the page; else nothing."""
    if any(ord(sign) <= 32 for sign in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES or not parts.netloc:
        return ""
    return text


def _blocks(lines: list[str], depth: int) -> list[Node]:
    found: list[Node] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif (fence := _FENCE.match(line)) is not None:
            end = next(
                (i for i in range(at + 1, len(lines)) if lines[i].strip().startswith(fence[1])), len(lines)
            )
            found.append({"is": "code", "of": ["\n".join(lines[at + 1 : end])]})
            at = end + 1
        elif (heading := _HEADING.match(line)) is not None:
            found.append({"is": f"h{min(len(heading[1]), 4)}", "of": _inlines(heading[2])})
            at += 1
        elif _RULE.match(line):
            found.append({"is": "rule", "of": []})
            at += 1
        elif _QUOTE.match(line) and depth < _DEPTH:
            end = _while(lines, at, lambda each: _QUOTE.match(each) is not None)
            inner = [quoted[1] for each in lines[at:end] if (quoted := _QUOTE.match(each))]
            found.append({"is": "quote", "of": _blocks(inner, depth + 1)})
            at = end
        elif _ITEM.match(line):
            end = _while(lines, at, lambda each: _ITEM.match(each) is not None or _goes_on(each))
            found += _list(lines[at:end])
            at = end
        else:
            end = at + 1
            while end < len(lines) and not _begins(lines[end]):
                end += 1
            found.append({"is": "p", "of": _inlines("\n".join(lines[at:end]).strip())})
            at = end
    return found


def _begins(line: str) -> bool:
    """Whether a paragraph ends before this line."""
    return not line.strip() or any(
        mark.match(line) for mark in (_HEADING, _RULE, _QUOTE, _ITEM, _FENCE)
    )  # fmt: skip


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the list's item above it."""
    return bool(line.strip()) and line.startswith("  ")


def _while(lines: list[str], at: int, holds: Any) -> int:
    end = at
    while end < len(lines) and holds(lines[end]):
        end += 1
    return end


def _list(lines: list[str]) -> list[Node]:
    """Lists of lines that are items or go on with one; deeper ones lie in the item above."""
    found: list[Node] = []
    stack: list[tuple[int, dict[str, Any]]] = []  # indent, list
    words: list[str] = []

    def close() -> None:
        if stack and words:
            item = stack[-1][1]["of"][-1]
            text = "\n".join(words)
            task = _TASK.match(text)
            if task is not None:
                item["done"] = task[1] != " "
                text = task[2]
            item["of"][:0] = _inlines(text)
        words.clear()

    for line in lines:
        match = _ITEM.match(line)
        if match is None:
            words.append(line.strip())
            continue
        close()
        indent, kind = len(match[1].expandtabs(4)), "ol" if match[2][0].isdigit() else "ul"
        while len(stack) > 1 and indent < stack[-1][0]:
            stack.pop()
        if not stack or (indent >= stack[-1][0] + 2 and len(stack) < _DEPTH):
            fresh: dict[str, Any] = {"is": kind, "of": []}
            (stack[-1][1]["of"][-1]["of"] if stack else found).append(fresh)
            stack.append((indent, fresh))
        elif stack[-1][1]["is"] != kind:
            fresh = {"is": kind, "of": []}
            if len(stack) > 1:
                stack[-2][1]["of"][-1]["of"].append(fresh)
            else:
                found.append(fresh)
            stack[-1] = (indent, fresh)
        stack[-1][1]["of"].append({"is": "item", "of": []})
        words.append(match[3])
    close()
    return found


def _inlines(text: str) -> list[Node]:
    """Texts and marked texts, in one pass: an opening mark waits for its like, and else stays a text."""
    levels: list[tuple[str, list[Node]]] = [("", [])]
    at = 0

    def put(node: Node) -> None:
        level = levels[-1][1]
        if isinstance(node, str) and level and isinstance(level[-1], str):
            level[-1] += node
        elif node != "":
            level.append(node)

    for match in _INLINE.finditer(text):
        put(text[at : match.start()])
        at = match.end()
        mark = match["mark"]
        if match["escaped"]:
            put(match["escaped"])
        elif match["code"] is not None:
            put({"is": "code", "of": [match["code"].strip() or match["code"]]})
        elif match["words"] is not None:
            to = safe_link(match["to"])
            put({"is": "link", "to": to, "of": [match["words"]]} if to else match[0])
        elif match["auto"] or match["bare"]:
            to = safe_link(match["auto"] or match["bare"])
            put({"is": "link", "to": to, "of": [to]} if to else match[0])
        elif match["newline"]:
            put({"is": "break", "of": []})
        elif mark:
            _mark(text, match, levels, put)
    put(text[at:])
    while len(levels) > 1:  # what was opened and not closed is text
        _unmark(levels, put)
    return levels[0][1]


def _mark(text: str, match: re.Match[str], levels: list[tuple[str, list[Node]]], put: Any) -> None:
    """Open or close strong, emphasis or strike; a mark that can do neither is text."""
    mark = match["mark"]
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    inside_word = mark[0] == "_" and before.isalnum() and after.isalnum()
    open_ = [level[0] for level in levels]
    if mark in open_ and before.strip() and not inside_word:
        while levels[-1][0] != mark:
            _unmark(levels, put)
        _, inner = levels.pop()
        if inner:
            put({"is": _MARKS[mark], "of": inner})
        else:
            put(mark * 2)
    elif after.strip() and not inside_word and mark not in open_ and len(levels) <= _DEPTH:
        levels.append((mark, []))
    else:
        put(mark)


def _unmark(levels: list[tuple[str, list[Node]]], put: Any) -> None:
    """The mark that was opened last is text, and so what came after it lies a level higher."""
    mark, inner = levels.pop()
    put(mark)
    for node in inner:
        put(node)
