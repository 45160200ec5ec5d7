"""What is drawn where a file has no picture: a quiet card with its kind, its name, and the reason."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import PurePath

from PIL import Image, ImageDraw

from studio.project.lettering import Colour, Type

GROUND: Colour = (38, 39, 43)
TEXT: Colour = (196, 198, 204)
QUIET: Colour = (138, 141, 150)

_LINES = 5


def lettering(weight: str, size: int) -> Type:
    """The house's type."""
    return Type(weight, size)


@lru_cache(maxsize=256)
def note_card(name: str, note: str, side: int) -> bytes:
    """A card of `side` × ¾ `side` pixels, WebP, lossless: flat areas are small so."""
    width, height = max(48, side), max(36, side * 3 // 4)
    image = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(image)
    margin = width // 12
    room = width - 2 * margin
    large, small = max(12, width // 9), max(9, width // 18)
    y = margin + large
    kind = PurePath(name).suffix.lstrip(".").upper()[:8] or "FILE"
    lettering("SemiBold", large).draw(pen, (margin, y), lettering("SemiBold", large).fit(kind, room), TEXT)
    y += round(small * 1.6)
    face = lettering("Regular", small)
    face.draw(pen, (margin, y), face.fit(name, room), TEXT)
    for line in _wrapped(face, note, room, _LINES):
        y += round(small * 1.35)
        if y > height - margin // 2:
            break
        face.draw(pen, (margin, y), line, QUIET)
    buffer = BytesIO()
    image.save(buffer, "WEBP", lossless=True, method=2)
    return buffer.getvalue()


def _wrapped(face: Type, text: str, width: float, most: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text[:400].split():
        longer = f"{line} {word}".strip()
        if line and face.length(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [face.fit(each, width) for each in lines if each]
