"""Texts as a search sees them: case and accents don't count, marks between words don't either."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_ACCENTS = re.compile("[\u0300-\u036f]")
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
"""Scripts written without blanks, whose every letter counts as a word."""

_TOKEN = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+|[^\w\s\x00-/:-@\[-`{{-\x7f]")
_BLANKS = str.maketrans({letter: " " for letter in map(chr, range(128)) if not letter.isalnum()})
_SHORT = 40
_RAW = re.compile("(?:[^\\W_]|[\u0300-\u036f])+|[^\\w\\s\\x00-/:-@\\[-`{-\\x7f]")
"""Words as they stand in a text, accents that are letters of their own included."""


def fold(text: str) -> str:
    """`text` with neither case nor accents: `Café` → `cafe`."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()  # some letters are capitals in disguise
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))


def tokens(text: str) -> list[str]:
    """The words of a text, folded: runs of letters and digits; `flux1-dev_fp8` has three."""
    if text.isascii():
        return text.lower().translate(_BLANKS).split()
    found: list[str] = []
    for part in text.split():
        found.extend(_kept(part) if len(part) <= _SHORT else _words(part))
    return found


def _words(part: str) -> tuple[str, ...]:
    """Of what stands between blanks: mostly one; of scripts without blanks each letter."""
    return tuple(word for raw in _RAW.findall(part) for word in _TOKEN.findall(fold(raw)))


_kept = lru_cache(maxsize=100_000)(_words)  # words come again and again


def spaced(words: list[str]) -> str:
    """Words with one blank around each: what phrases are looked for in."""
    return f" {' '.join(words)} "


def glob(pattern: str) -> re.Pattern[str]:
    """A folded pattern with `*` (any letters) and `?` (one letter) as a regular expression for `fullmatch`.

    No part of it can take long: each `*` takes as little as will do, and is never tried twice (atomic group).
    """
    parts = re.sub(r"\*+", "*", pattern).split("*")
    literal = [re.escape(part).replace(r"\?", ".") for part in parts]
    if len(literal) == 1:
        return re.compile(literal[0], re.DOTALL)
    first, *middle, last = literal
    inner = "".join(f"(?>.*?{part})" for part in middle)
    return re.compile(f"{first}{inner}.*{last}", re.DOTALL)


def wild_parts(text: str) -> list[str]:
    """The words of a search with `*` and `?` in them, folded."""
    return re.findall(r"[\w*?]+", fold(text).replace("_", " "))


def spaced_test(text: str, *, exact: bool) -> Callable[[str], bool]:
    """Whether a text as `spaced` gives it holds the words of a search side by side; see `WordIndex.words`."""
    if not exact and ("*" in text or "?" in text):
        patterns = [
            r"\S*".join(
                re.escape(piece).replace(r"\?", r"\S") for piece in re.sub(r"\*+", "*", part).split("*")
            )
            for part in wild_parts(text)
        ]
        search = re.compile(f" {' '.join(patterns)} ").search
        return lambda value: bool(patterns) and search(value) is not None
    phrase = spaced(tokens(text)) if exact else spaced(tokens(text))[:-1]
    return lambda value: phrase in value
