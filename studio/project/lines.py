"""TOML text cut into statements, so that whole ones can be kept, or broken ones left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<open>[\[{])"
    r"|(?P<close>[\]}])"
    r"|(?P<end>\n)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """One logical line with its line break: a header, a `key = value`, or blank lines and comments.

    Attributes:
        text: As it stands there; the statements' texts together are the whole text.
        line: Its first line, from 1.
        comment: What follows a header or value on the same line, with its `#`.
    """

    kind: Literal["header", "pair", "trivia"]
    text: str
    line: int
    comment: str = ""


def statements(text: str) -> Iterator[Statement]:
    """Cut `text`; in broken text a statement may reach too far, never too little of it comes back."""
    at, line = 0, 1
    while at < len(text):
        end, comment = _end(text, at)
        piece = text[at:end]
        first = piece.lstrip()[:1]
        if first in ("", "#"):
            yield Statement("trivia", piece, line)
        else:
            yield Statement("header" if first == "[" else "pair", piece, line, comment)
        line += piece.count("\n")
        at = end


def _end(text: str, at: int) -> tuple[int, str]:
    """Where the statement that begins at `at` ends, and its trailing comment."""
    depth, comment = 0, ""
    for token in _TOKEN.finditer(text, at):
        kind = token.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "comment":
            comment = token[0]
        elif kind == "end":
            if depth <= 0:
                return token.end(), comment
            comment = ""
    return len(text), comment
