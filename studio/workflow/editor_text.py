"""Texts that ComfyUI's editor rewrites before sending: comments and choices in prompts, tokens in names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//.*")
_TOKEN = re.compile(r"%([^%]+)%")
_UNSAFE = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


def plain_prompt(text: str) -> tuple[str, bool]:
    r"""`text` without comments, and of each choice `{a|b}` the first; and whether there was a choice.

    The editor draws one by chance at every queueing, which would make the same shot another picture. As
    there, a choice that is not closed goes on to the end, and `\{`, `\}`, `\|` stand for these signs.
    """
    text = _COMMENT.sub("", text)
    if "{" not in text and "\\" not in text:
        return text, False
    parts: list[str] = []
    taken: list[bool] = []  # of each open choice: whether what stands here is of its first option
    chosen = False
    signs = iter(text)
    for sign in signs:
        if sign == "\\":
            escaped = next(signs, "")
            sign = escaped if escaped and escaped in "{}|" else sign + escaped
        elif sign == "{":
            chosen = True
            taken.append(all(taken[-1:]))
            continue
        elif sign == "}" and taken:
            taken.pop()
            continue
        elif sign == "|" and taken:
            taken[-1] = False
            continue
        if all(taken[-1:]):
            parts.append(sign)
    return "".join(parts), chosen


def fill_tokens(text: str, lookup: Callable[[str, str], Any]) -> str:
    """`text` with `%node.widget%` replaced by what `lookup(node, widget)` gives; None leaves the token."""

    def value(match: re.Match[str]) -> str:
        node, dot, widget = match[1].partition(".")
        found = lookup(node, widget) if dot and "." not in widget else None
        return match[0] if found is None else _UNSAFE.sub("_", str(found))

    return _TOKEN.sub(value, text)
