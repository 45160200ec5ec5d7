"""Type on pictures: the bundled face, other fonts of the system where it lacks a letter, and text that fits.

The face is IBM Plex Sans Condensed (SIL Open Font License, `fonts/OFL.txt`): Latin, Greek and Cyrillic.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import ImageDraw, ImageFont

Colour = tuple[int, int, int]

_FOLDER = Path(__file__).parent / "fonts"
_OTHERS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "NotoSansArabic-Regular.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansHebrew-Regular.ttf"),
    *("wqy-zenhei.ttc", "Symbola.ttf", "Symbola_hint.ttf"),  # Linux
    *(
        "Arial Unicode.ttf",
        "PingFang.ttc",
        "Hiragino Sans GB.ttc",
        "AppleSDGothicNeo.ttc",
        "Apple Symbols.ttf",
    ),
    *("segoeui.ttf", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "Nirmala.ttf", "LeelawUI.ttf", "seguisym.ttf"),
)
_NOWHERE = "\U0010fffe"  # a noncharacter: what a font draws for it, it draws for all it lacks
_LONGEST = 400


@dataclass(frozen=True)
class Type:
    """One weight (`Regular`, `Medium`, `SemiBold`) at one size in pixels; lengths are in pixels too."""

    weight: str
    size: int

    def length(self, text: str) -> float:
        """How wide `text` is."""
        return sum(self._font(face).getlength(run) for face, run in _runs(self.weight, text))

    def fit(self, text: str, width: float) -> str:
        """`text` on one line, cut with an ellipsis where it is wider than `width`."""
        line = one_line(text)
        if self.length(line) <= width:
            return line
        low, high = 0, len(line)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.length(_cut(line, middle)) <= width else (low, middle - 1)
        return _cut(line, low)

    def draw(
        self,
        on: ImageDraw.ImageDraw,
        at: tuple[float, float],
        text: str,
        colour: Colour,
        *,
        right: bool = False,
    ) -> float:
        """Draw `text` with its baseline at `at`, or ending there; gives its width."""
        width = self.length(text)
        x, y = at[0] - width if right else at[0], at[1]
        for face, run in _runs(self.weight, text):
            font = self._font(face)
            on.text((x, y), run, font=font, fill=colour, anchor="ls")
            x += font.getlength(run)
        return width

    def _font(self, face: str) -> ImageFont.FreeTypeFont:
        return _load(face, self.size)


def one_line(text: str) -> str:
    """`text` without line breaks and invisible characters that would reorder or hide others, at most 400."""
    plain = " ".join(text[: _LONGEST * 2].split())
    kept = (
        c
        for c in plain
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co") or c in "\u200c\u200d"
    )
    return unicodedata.normalize("NFC", "".join(kept))[:_LONGEST]


def _cut(line: str, length: int) -> str:
    return f"{line[:length].rstrip(' ,.;:·-')}…"


def _runs(weight: str, text: str) -> Iterator[tuple[str, str]]:
    """Stretches of `text`, each with the first face that has all its letters."""
    run, face = "", ""
    for character in text:
        wanted = face if face and _joins(character) else _face_for(weight, character)
        if wanted != face and run:
            yield face, run
            run = ""
        face = wanted
        run += character
    if run:
        yield face, run


def _joins(character: str) -> bool:
    """Whether it belongs to the letter before it: marks, joiners and variation selectors."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) in (
        "Mn",
        "Mc",
        "Me",
        "Cf",
    )


@lru_cache(maxsize=8192)
def _face_for(weight: str, character: str) -> str:
    own = f"{weight}.woff"
    if character.isspace() or _has(own, character):
        return own
    return next((face for face in _others() if _has(face, character)), own)


@cache
def _others() -> tuple[str, ...]:
    """The fonts of this system that may have what ours lacks."""
    found = []
    for name in _OTHERS:
        try:
            _load(name, 16)
        except OSError:
            continue
        found.append(name)
    return tuple(found)


def _has(face: str, character: str) -> bool:
    font = _load(face, 16)
    return _shape(font, character) != _shape(font, _NOWHERE)


def _shape(font: ImageFont.FreeTypeFont, character: str) -> tuple[float, bytes]:
    return font.getlength(character), bytes(font.getmask(character))


@lru_cache(maxsize=256)
def _load(face: str, size: int) -> ImageFont.FreeTypeFont:
    if face.endswith(".woff"):
        return ImageFont.truetype(BytesIO((_FOLDER / f"IBMPlexSansCondensed-{face}").read_bytes()), size)
    return ImageFont.truetype(face, size)
