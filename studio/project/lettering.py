"""Type on pictures: the bundled faces, the system's fonts where they lack a letter, and text that fits.

The face is IBM Plex Sans Condensed: Latin, Greek and Cyrillic; `fonts/README.md` tells the others.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import ImageDraw, ImageFont

Colour = tuple[int, int, int]

_FOLDER = Path(__file__).parent / "fonts"
_BUNDLED = (
    "NotoSansArabic-Regular.woff",
    "NotoSansHebrew-Regular.woff",
    "NotoSansDevanagari-Regular.woff",
    "NotoSansThai-Regular.woff",
    "Symbola-Symbols.woff",
)
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
    east_asian = cjk_font()
    found = [*_BUNDLED, *([str(east_asian)] if east_asian else [])]
    for name in _OTHERS:
        try:
            _load(name, 16)
        except OSError:
            continue
        found.append(name)
    return tuple(found)


def bundled_fonts() -> list[Path]:
    """The faces besides Plex, in the order in which they are asked for a letter."""
    return [_FOLDER / name for name in _BUNDLED]


def plex(weight: str) -> Path:
    """The face's file, of a weight."""
    return _FOLDER / f"IBMPlexSansCondensed-{weight}.woff"


def cjk_font() -> Path | None:
    """Chinese, Japanese and Korean, if the package that brings them is installed."""
    found = importlib.util.find_spec("noto_cjk_sans_otc")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "NotoSansCJK-Regular.ttc"
    return path if path.is_file() else None


def system_fonts() -> list[Path]:
    """Files of the system's fonts that may have what ours lack."""
    return [Path(str(_load(name, 16).path)) for name in _others() if name in _OTHERS]


def _has(face: str, character: str) -> bool:
    font = _load(face, 16)
    return _shape(font, character) != _shape(font, _NOWHERE)


def _shape(font: ImageFont.FreeTypeFont, character: str) -> tuple[float, bytes]:
    return font.getlength(character), bytes(font.getmask(character))


@lru_cache(maxsize=256)
def _load(face: str, size: int) -> ImageFont.FreeTypeFont:
    if face in _BUNDLED:
        return ImageFont.truetype(BytesIO((_FOLDER / face).read_bytes()), size)
    if face.endswith(".woff"):
        return ImageFont.truetype(BytesIO(plex(face.removesuffix(".woff")).read_bytes()), size)
    return ImageFont.truetype(face, size)
