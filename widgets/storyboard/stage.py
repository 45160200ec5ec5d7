"""One page's view of the board: its window on it, its canvas, and the pictures that it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ipycanvas import Canvas
from PIL import Image

from studio.project.geometry import Box, View
from widgets.storyboard.cards import Card
from widgets.storyboard.ink import Pen, picture
from widgets.storyboard.layout import Parts, parts
from widgets.storyboard.painting import Found, Ink, Spot
from widgets.storyboard.palette import Palette
from widgets.storyboard.pictures import LEVELS, Key, Pictures
from widgets.storyboard.sheets import Sheets

BOX_ONLY = 20
"""Device pixels; a panel narrower than that is a box without a picture."""
LONGEST = 4096
"""Device pixels of a canvas's side."""
AT_ONCE = 96
"""Pictures put on sheets at one time, so that a page with hundreds of them shows the first ones at once."""


@dataclass(frozen=True)
class Window:
    """What a page sees: the view, the size in CSS pixels, and device pixels a CSS pixel."""

    view: View
    width: int
    height: int
    ratio: float = 1.0

    @property
    def pixels(self) -> tuple[int, int]:
        """The canvas's size."""
        return (
            max(1, min(LONGEST, round(self.width * self.ratio))),
            max(1, min(LONGEST, round(self.height * self.ratio))),
        )


@dataclass(frozen=True)
class Frame:
    """A picture of the board that was drawn: its number, its window, and what can be clicked in it."""

    number: int
    window: Window
    revision: int
    spots: tuple[Spot, ...]


@dataclass
class Stage:
    """The canvas of one page view. All but `arrived` is called on one thread."""

    id: str
    window: Window
    palette: Palette
    canvas: Canvas = field(init=False)
    sheets: Sheets = field(default_factory=Sheets)
    frames: int = 0
    dirty: bool = False  # nothing is drawn before the page has said where it looks
    notes: dict[Key, str] = field(default_factory=dict)  # why a take has no picture
    _waiting: list[tuple[Key, int, Image.Image]] = field(default_factory=list)
    _asked: frozenset[tuple[Key, int]] = frozenset()
    _cancels: list[Callable[[], None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        width, height = self.window.pixels
        self.canvas = Canvas(width=width, height=height)

    def look(self, window: Window) -> None:
        """Show another window of the board at the next paint."""
        if window.pixels != self.window.pixels:
            self.canvas.width, self.canvas.height = window.pixels
        self.window = window
        self.dirty = True

    def dress(self, palette: Palette) -> None:
        """Draw in other colours from the next paint on."""
        self.palette = palette
        self.dirty = True

    def paint(self, cards: Sequence[Card], revision: int) -> Frame:
        """Draw what is seen of `cards` (lowest first), with the pictures that are there."""
        window = self.window
        self.dirty = bool(self._waiting)
        self.frames += 1
        seen = self._seen(cards)
        spots: list[Spot] = []
        with picture():
            pen = Pen(self.canvas, window.ratio)
            pen.clear()
            ink = Ink(pen, self.palette, self.sheets)
            for card, box, level in seen:
                found = self.sheets.best(Key(card.path, card.stamp), level) if card.path and level else None
                spots += ink.panel(card, self._parts(card, box, found), found)
            # The number of the picture rides in a property that nothing here draws with: the page reads it
            # from the canvas and knows which window the pixels show.
            pen.style(line_dash_offset=float(self.frames))
        return Frame(self.frames, window, revision, tuple(spots))

    def wanted(self, cards: Sequence[Card]) -> dict[int, list[Key]]:
        """Level → pictures of what is seen that are not there yet."""
        wanted: dict[int, list[Key]] = {}
        for card, _, level in self._seen(cards):
            key = Key(card.path, card.stamp) if card.path else None
            if key and level and key not in self.notes and not self.sheets.has(key, level):
                wanted.setdefault(level, []).append(key)
        return wanted

    def fetch(self, cards: Sequence[Card], pictures: Pictures, told: Callable[[], None]) -> None:
        """Ask for the pictures that are wanted and not asked for yet; what is out of sight is given up."""
        wanted = self.wanted(cards)
        pairs = frozenset((key, level) for level, keys in wanted.items() for key in keys)
        with self._lock:
            waiting = {(key, level) for key, level, _ in self._waiting}
            fresh = pairs - self._asked - waiting
        if not fresh:
            return
        for cancel in self._cancels:
            cancel()

        def arrived(key: Key, level: int, image: Image.Image | None, note: str) -> None:
            with self._lock:
                if image is None:
                    self.notes[key] = note
                else:
                    self._waiting.append((key, level, image))
            self.dirty = True
            told()

        self._asked = pairs
        self._cancels = [
            pictures.want([key for key in keys if (key, level) in pairs - waiting], level, arrived)
            for level, keys in wanted.items()
        ]

    def close(self) -> None:
        """Take the canvas and its pictures out of the page."""
        for cancel in self._cancels:
            cancel()
        self.sheets.close()
        self.canvas.close()

    def develop(self) -> None:
        """Put the pictures that have arrived on their sheets; some of them, if they are many."""
        with self._lock:
            now, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        by_level: dict[int, list[tuple[Key, Image.Image]]] = {}
        for key, level, image in now:
            by_level.setdefault(level, []).append((key, image))
        for level, pictures in by_level.items():
            self.sheets.paste(level, pictures)

    def _seen(self, cards: Sequence[Card]) -> list[tuple[Card, Box, int]]:
        """What is in the window: card, its box on the screen, and the level of its picture (0: none)."""
        view, ratio = self.window.view, self.window.ratio
        width, height = self.window.width, self.window.height
        found = []
        for card in cards:
            x, y, w, h = card.box
            left, top = x * view.zoom + view.x, y * view.zoom + view.y
            w, h = w * view.zoom, h * view.zoom
            if left < width and top < height and left + w > 0 and top + h > 0:
                pixels = w * ratio
                level = 0 if pixels < BOX_ONLY else next((one for one in LEVELS if one >= pixels), LEVELS[-1])
                found.append((card, self._snapped(left, top, w, h), level))
        return found

    def _snapped(self, left: float, top: float, width: float, height: float) -> Box:
        """On whole device pixels, so that lines are sharp."""
        ratio = self.window.ratio
        x, y = round(left * ratio) / ratio, round(top * ratio) / ratio
        return Box(x, y, round((left + width) * ratio) / ratio - x, round((top + height) * ratio) / ratio - y)

    def _parts(self, card: Card, box: Box, found: Found) -> Parts:
        return parts(box, self.window.view.zoom, found[1].width / found[1].height if found else 0.0)
