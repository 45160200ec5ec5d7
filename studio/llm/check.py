"""What a language model made up or left out: gear, focal lengths, stops, ratios, films."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from studio.cinema.library import library
from studio.cinema.prompt import Prompt

_NUMBERS = {
    "focal length": re.compile(r"\b(\d+(?:\.\d+)?)\s?-?mm\b", re.IGNORECASE),
    "stop": re.compile(r"\b[TtFf]/?\s?(\d+(?:\.\d+)?)\b"),
    "ratio": re.compile(r"\b(\d(?:\.\d+)?):1\b"),
    "ISO": re.compile(r"\b(?:ISO|EI|ASA)\s?(\d+)\b", re.IGNORECASE),
}


class Remark(BaseModel):
    """Something in the enriched text that a director should look at."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["invented", "lost", "repeated"]
    what: str  # camera, lens, stock, film, focal length, stop, …
    text: str

    def __str__(self) -> str:
        if self.kind == "invented":
            return f"{self.what} {self.text!r} is not in the look"
        return f"{self.what} {self.text!r} is {self.kind}"


def check(text: str, plain: Prompt) -> tuple[Remark, ...]:
    """Compare an enriched text with the prompt that it came from."""
    return (*_invented(text, plain.positive), *_lost(text, plain))


def without_repeats(text: str) -> tuple[str, tuple[Remark, ...]]:
    """`text` as one paragraph, without quotation marks around it, and each sentence once."""
    text = " ".join(text.split()).strip()
    if len(text) > 1 and text[0] in "\"'“" and text[-1] in "\"'”":
        text = text[1:-1].strip()
    seen: set[str] = set()
    kept: list[str] = []
    remarks: list[Remark] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        key = sentence.casefold().strip(" .!?")
        if key and key in seen:
            remarks.append(Remark(kind="repeated", what="sentence", text=sentence))
            continue
        seen.add(key)
        kept.append(sentence)
    return " ".join(kept), tuple(remarks)


def _invented(text: str, plain: str) -> Iterator[Remark]:
    lower, known = text.casefold(), plain.casefold()
    for what, name in _names():
        word = name.casefold()
        if len(word) > 3 and _holds(lower, word) and not _holds(known, word):
            yield Remark(kind="invented", what=what, text=name)
    for what, pattern in _NUMBERS.items():
        allowed = set(pattern.findall(plain))
        for number in dict.fromkeys(pattern.findall(text)):
            if number not in allowed:
                yield Remark(kind="invented", what=what, text=number)


def _lost(text: str, plain: Prompt) -> Iterator[Remark]:
    """Numbers and names are facts that no rewording may drop; other words may be said otherwise."""
    for what, pattern in _NUMBERS.items():
        there = set(pattern.findall(text))
        for number in dict.fromkeys(pattern.findall(plain.positive)):
            if number not in there:
                yield Remark(kind="lost", what=what, text=number)
    lower, known = text.casefold(), plain.positive.casefold()
    for what, name in _names():
        word = name.casefold()
        if len(word) > 3 and _holds(known, word) and not _holds(lower, word):
            yield Remark(kind="lost", what=what, text=name)


def _names() -> Iterator[tuple[str, str]]:
    """Names of gear and films that the studio knows."""
    data = library()
    for what, records in (("camera", data.cameras), ("lens", data.lenses), ("stock", data.stocks)):
        for record in records.values():
            yield what, record.name
    for preset in data.presets.values():
        if preset.look.kind == "live_action" and " " in preset.title:  # "Roma" and "Drive" are words, too
            yield "film", preset.title


def _holds(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
