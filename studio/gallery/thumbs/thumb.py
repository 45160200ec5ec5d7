"""What a thumbnail is: its bytes and size, or a note that says why there is none."""

from __future__ import annotations

from dataclasses import dataclass

SIDES = (128, 256, 512, 1024)
"""Longer side of the thumbnails that are kept, in pixels. A smaller original is never enlarged."""

FORMS = {"webp": "image/webp", "jpeg": "image/jpeg"}
"""How thumbnails may be written; WebP is about 40 % smaller at the same look, JPEG 8 % faster to write."""


def side_for(side: int) -> int:
    """The kept size that serves `side` pixels: the next larger one, or the largest."""
    return next((each for each in SIDES if each >= side), SIDES[-1])


@dataclass(frozen=True)
class Thumb:
    """A small picture of a file, in sRGB, upright, without transparency.

    Args:
        data: The picture, encoded; None if there is none.
        mime: Of `data`.
        width, height: Of the picture, in pixels; 0 if there is none.
        note: Why there is none, or what should be known about it, in plain words.
        name: The file's name.
    """

    data: bytes | None = None
    mime: str = ""
    width: int = 0
    height: int = 0
    note: str = ""
    name: str = ""

    def picture(self, side: int = 256) -> bytes:
        """The picture, or a card with the note drawn on it (WebP, `side` × `side` × ¾ pixels)."""
        if self.data is not None:
            return self.data
        from studio.gallery.thumbs.card import note_card

        return note_card(self.name, self.note, side)


@dataclass(frozen=True)
class Strip:
    """Frames of a film side by side, from its beginning to its end, for scrubbing with the mouse.

    Args:
        data: One picture, `frames` × `width` pixels wide; None if there is none.
        mime: Of `data`.
        frames: How many there are; a film of fewer has fewer.
        width, height: Of one frame, in pixels.
        seconds: How long the film is; 0.0 if it does not say.
        note: Why there is none.
    """

    data: bytes | None = None
    mime: str = ""
    frames: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    note: str = ""
