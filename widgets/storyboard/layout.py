"""Where the parts of a panel are on the screen: its name, the picture, words under it, stars and takes.

Names stay readable and lines thin however far one is away, so the parts do not simply grow with the zoom. All
lengths here are CSS pixels of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.project.geometry import Box

SMALLEST_TEXT, LARGEST_TEXT = 10.0, 22.0
TEXT = 13.0  # at 100 %
STARS = 5


@dataclass(frozen=True)
class Parts:
    """The parts of one panel; a part that is too small to be read is None."""

    box: Box
    picture: Box
    header: Box | None = None
    words: Box | None = None
    footer: Box | None = None
    text: float = TEXT  # size of the name
    pad: float = 8.0
    radius: float = 0.0

    @property
    def small(self) -> float:
        """Size of everything but the name."""
        return max(SMALLEST_TEXT, self.text * 0.85)

    def star(self, index: int) -> Box:
        """The place of a star, 0 … 4."""
        assert self.footer is not None
        side = self.small * 1.3
        return Box(self.footer.x + self.pad * 0.6 + index * side, self.footer.y, side, self.footer.height)

    @property
    def stepper(self) -> Box | None:
        """The place of `‹ 3/7 ›`; None where the stars leave no room."""
        assert self.footer is not None
        width = self.small * 6.4
        x = self.footer.right - self.pad * 0.4 - width
        return Box(x, self.footer.y, width, self.footer.height) if x > self.star(STARS).x else None


def parts(box: Box, zoom: float, ratio: float = 0.0) -> Parts:
    """The parts of the panel that covers `box` of the screen.

    Args:
        zoom: 1 for 100 %.
        ratio: Width to height of its picture; 0 for none, which is taken for 16:9.
    """
    text = min(max(TEXT * zoom, SMALLEST_TEXT), max(LARGEST_TEXT, TEXT))
    pad = min(max(9 * zoom, 4), 14)
    radius = min(6 * zoom, 8) if zoom >= 0.35 else 0.0
    header = round(text * 2.15)
    footer = round(text * 2.0)
    if box.width < 54 or box.height < header * 2.2:
        return Parts(box, box, text=text, pad=pad)
    top = Box(box.x, box.y, box.width, header)
    stars = pad * 0.6 + STARS * 1.3 * max(SMALLEST_TEXT, text * 0.85)
    below = zoom >= 0.5 and box.height - header - footer >= 40 and box.width >= stars + pad
    room = box.height - header - (footer if below else 0)
    height = min(room, box.width / (ratio or 16 / 9))
    words = None
    if room - height < text * 1.6:
        height = room
    elif below:
        words = Box(box.x, box.y + header + height, box.width, room - height)
    return Parts(
        box,
        Box(box.x, box.y + header, box.width, height),
        header=top,
        words=words,
        footer=Box(box.x, box.bottom - footer, box.width, footer) if below else None,
        text=text,
        pad=pad,
        radius=radius,
    )


def contained(ratio: float, area: Box) -> Box:
    """The largest box of that ratio in the middle of `area`."""
    width = min(area.width, area.height * ratio)
    height = width / ratio
    return Box(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
