"""A page of a printed storyboard: head, cells with picture and text, foot. Lengths are millimetres."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from studio.errors import StudioError
from studio.exchange.rows import Row
from studio.project.captions import shot_caption
from studio.project.lettering import bundled_fonts, cjk_font, plex, system_fonts

if TYPE_CHECKING:
    from studio.exchange.printing import Print

MARGIN = 12.0
GAP = 6.0
HEAD = 12.0
FOOT = 7.0
INK = (24, 24, 26)
QUIET = (110, 108, 104)
RULE = (205, 203, 198)
PAPER_GREY = (240, 239, 236)
_PIECE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af]+\s*|\s+"
)
MOST_LINES = 14
"""Lines of text under a picture; longer notes are cut with an ellipsis."""


@dataclass
class Cell:
    """One panel as it is printed."""

    head: str
    right: str
    meta: list[str]
    notes: str
    picture: bytes | None
    aspect: float
    stars: int
    status: str
    problem: str = ""

    @classmethod
    def of(cls, row: Row, layout: Print, pixels: int) -> Cell:
        """What is printed of a panel; a picture is at most `pixels` wide."""
        picture, aspect, problem = _picture(row, pixels)
        seconds = f"{row.entry.duration:g} s" if row.entry.duration else ""
        version = row.take.label.rsplit(" ", 1)[-1] if row.take and row.take.version else ""
        meta = []
        if layout.metadata:
            place = " ".join(part for part in (row.entry.setting, row.entry.location) if part)
            when = " – ".join(part for part in (place, row.entry.time) if part)
            scene = f"Scene {row.entry.scene}" if row.entry.scene else ""
            meta = [" · ".join(part for part in (scene, when) if part), row.subject]
            if row.shot is not None:
                caption = shot_caption(row.shot, name="")
                meta += [caption.look, caption.lens, caption.angle]
        notes = "\n".join(part for part in (row.entry.dialogue, plain(row.entry.notes)) if part)
        return cls(
            head=f"{row.number}   {row.title}",
            right="  ".join(part for part in (version, seconds) if part),
            meta=[line for line in meta if line],
            notes=notes if layout.notes else "",
            picture=picture,
            aspect=aspect,
            stars=row.rating if layout.ratings else 0,
            status=row.entry.status if layout.ratings else "",
            problem=problem,
        )

    @property
    def texts(self) -> list[str]:
        """All that is written of it."""
        return [self.head, self.right, *self.meta, self.notes, self.status]

    def lines(self, sheet: SheetPage) -> int:
        """Lines of text that it wants under its picture."""
        return min(MOST_LINES, len(sheet.wrapped(self)))


class SheetPage:
    """The pages of one print, as they are drawn."""

    def __init__(
        self, size: tuple[float, float], *, across: int, title: str, day: str, numbers: bool
    ) -> None:
        from fpdf import FPDF

        self.width, self.height = size
        self.across = across
        self.title, self.day, self.numbers = title, day, numbers
        self.missing: set[str] = set()
        self.cell_width = (self.width - 2 * MARGIN - GAP * (across - 1)) / across
        self.text_size = 9.5 if across <= 2 else 8.0 if across <= 4 else 6.5
        self.line = self.text_size * 0.46
        self.box_height = 0.0
        self.row_height = 0.0
        self.per_column = 1
        self._pages = 0
        self._pdf = FPDF(unit="mm", format=size)
        self._pdf.set_auto_page_break(False)
        self._pdf.c_margin = 0
        self._pdf.set_title(title)
        self._pdf.set_creator("Director's Notebook")
        for style, weight in (("", "Regular"), ("B", "SemiBold")):
            self._pdf.add_font("plex", style, plex(weight))
        self._cmaps: list[dict[int, str]] = [_letters(plex("Regular"))]

    def learn(self, texts: Iterable[str]) -> None:
        """Take in the fonts that these texts need, and no others: each costs time and room in the file."""
        wanted = {ord(letter) for text in (*texts, "★□…•") for letter in text}
        wanted -= self._cmaps[0].keys()
        others: list[str] = []
        for path in _fallbacks():
            found = wanted & _letters(path).keys()
            if found:
                name = f"other{len(others)}"
                self._pdf.add_font(name, "", path)
                self._cmaps.append(_letters(path))
                others.append(name)
                wanted -= found
        self._pdf.set_fallback_fonts(others, exact_match=False)
        if any(_needs_shaping(letter) for text in texts for letter in text):
            self._pdf.set_text_shaping(True)

    def pixels(self, dpi: int) -> int:
        """How wide a picture needs to be."""
        return max(1, round(self.cell_width / 25.4 * dpi))

    def arrange(self, lines: int, aspect: float) -> int:
        """Decide the cells' height from the longest text and tallest picture; gives how many go on a page."""
        room = self.height - 2 * MARGIN - HEAD - FOOT
        head = self.line * 1.6
        text = head + lines * self.line + 2
        self.box_height = min(self.cell_width / aspect, max(room - text, self.cell_width / 4))
        wanted = self.box_height + text
        self.per_column = max(1, int((room + GAP) // (wanted + GAP)))
        spare = room - self.per_column * wanted - GAP * (self.per_column - 1)
        self.row_height = wanted + min(spare / self.per_column, 8 * self.line)
        return self.across * self.per_column

    def page(self, cells: list[Cell], pages: int) -> None:
        """Draw one page."""
        self._pdf.add_page()
        self._pages += 1
        self._type(13, bold=True)
        self._text(MARGIN, MARGIN, self.width - 2 * MARGIN - 40, 6, self._fit(self.title, self.width - 80))
        self._type(8, colour=QUIET)
        self._text(self.width - MARGIN - 40, MARGIN, 40, 6, self.day, right=True)
        self._pdf.set_draw_color(*RULE)
        self._pdf.set_line_width(0.2)
        self._pdf.line(MARGIN, MARGIN + 8, self.width - MARGIN, MARGIN + 8)
        for number, cell in enumerate(cells):
            row, column = divmod(number, self.across)
            left = MARGIN + column * (self.cell_width + GAP)
            self._cell(cell, left, MARGIN + HEAD + row * (self.row_height + GAP))
        if self.numbers:
            self._type(8, colour=QUIET)
            foot = self.height - MARGIN - 3
            self._text(MARGIN, foot, self.width - 2 * MARGIN, 4, f"{self._pages} / {pages}", right=True)

    def finish(self) -> bytes:
        """The whole file."""
        return bytes(self._pdf.output())

    def wrapped(self, cell: Cell) -> list[tuple[str, bool]]:
        """The lines under its head: text, and whether it is a note."""
        self._type(self.text_size)
        found: list[tuple[str, bool]] = []
        for text, note in (*((line, False) for line in cell.meta), (cell.notes, True)):
            if text:
                found += [(line, note) for line in self._lines(text)]
        return found

    def _cell(self, cell: Cell, left: float, top: float) -> None:
        self._pdf.set_fill_color(*PAPER_GREY)
        self._pdf.rect(left, top, self.cell_width, self.box_height, style="F")
        if cell.picture is not None:
            width = min(self.cell_width, self.box_height * cell.aspect)
            height = width / cell.aspect
            x, y = left + (self.cell_width - width) / 2, top + (self.box_height - height) / 2
            self._pdf.image(BytesIO(cell.picture), x=x, y=y, w=width, h=height)
        self._pdf.set_draw_color(*RULE)
        self._pdf.rect(left, top, self.cell_width, self.box_height)
        y = top + self.box_height + 1.2
        side = self._marks(cell, left, y)
        self._type(self.text_size + 0.5, bold=True)
        self._text(
            left, y, self.cell_width - side, self.line * 1.3, self._fit(cell.head, self.cell_width - side - 1)
        )
        y += self.line * 1.6
        lines = self.wrapped(cell)
        most = max(0, int((top + self.row_height - y) / self.line))
        for number, (text, note) in enumerate(lines[:most]):
            cut = number == most - 1 and len(lines) > most
            self._type(self.text_size, colour=INK if note else QUIET)
            shown = self._fit(f"{text} …", self.cell_width) if cut else text
            self._text(left, y, self.cell_width, self.line, shown)
            y += self.line

    def _marks(self, cell: Cell, left: float, y: float) -> float:
        """Version, length, stars and status at the right of the head; gives how much room they take."""
        self._type(self.text_size - 1, colour=QUIET)
        stars = "★" * cell.stars
        for parts in ((cell.right, stars, cell.status), (cell.right, stars), (stars or cell.right,)):
            words = "  ".join(part for part in parts if part)
            width = self._length(words) + 3
            if words and width <= self.cell_width * 0.6:
                x = left + self.cell_width - width
                self._text(x, y, width, self.line * 1.3, words, right=True)
                return width
        return 0.0

    def _type(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self._pdf.set_font("plex", "B" if bold else "", size)
        self._pdf.set_text_color(*colour)

    def _text(
        self, x: float, y: float, width: float, height: float, text: str, *, right: bool = False
    ) -> None:
        self._pdf.set_xy(x, y)
        self._pdf.cell(width, height, self._drawable(text), align="R" if right else "L")

    def _drawable(self, text: str) -> str:
        """`text` with a sign in place of letters that no font has; they are told at the end."""
        drawn = []
        for letter in text:
            if letter.isspace() or any(ord(letter) in known for known in self._cmaps):
                drawn.append(letter)
            elif letter not in "\u200d\ufe0e\ufe0f":
                self.missing.add(letter)
                drawn.append("□")
        return "".join(drawn)

    def _length(self, text: str) -> float:
        return float(self._pdf.get_string_width(self._drawable(text)))

    def _fit(self, text: str, width: float) -> str:
        if self._length(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._length(f"{text[:middle]}…") <= width else (low, middle - 1)
        return f"{text[:low].rstrip()}…"

    def _lines(self, text: str) -> list[str]:
        """`text` broken at blanks and between East Asian letters, and anywhere in what is wider."""
        lines: list[str] = []
        for paragraph in text.splitlines():
            line, width = "", 0.0
            for piece in _PIECE.findall(paragraph):
                for part in self._narrow(piece):
                    length = self._length(part)
                    if line and width + length > self.cell_width:
                        lines.append(line.rstrip())
                        line, width = "", 0.0
                    line, width = line + part, width + length
            if line.strip():
                lines.append(line.rstrip())
        return lines

    def _narrow(self, piece: str) -> list[str]:
        """A piece that fits a line, or its letters."""
        return [piece] if self._length(piece) <= self.cell_width else list(piece)


@cache
def _fallbacks() -> tuple[Path, ...]:
    east_asian = cjk_font()
    candidates = [*bundled_fonts(), *([east_asian] if east_asian else []), *system_fonts()]
    return tuple(dict.fromkeys(path for path in candidates if path.is_file()))


@cache
def _letters(path: Path) -> dict[int, str]:
    """Which letters a font has."""
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=0, lazy=True) as font:
        return dict(font.getBestCmap())


def _needs_shaping(letter: str) -> bool:
    """Whether it changes its form with its neighbours, or is written from right to left."""
    return unicodedata.bidirectional(letter) in ("R", "AL", "NSM") or unicodedata.category(letter) == "Mc"


def plain(markdown: str) -> str:
    """Markdown as plain words: marks of emphasis, heads and links go, what they mark stays."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"(?m)^\s{0,3}(#{1,6}|>|```.*)\s?", "", text)
    text = re.sub(r"(?m)^(\s*)[-*+]\s+", r"\1• ", text)
    return re.sub(r"(\*\*|__|\*|~~|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text).strip()


def _picture(row: Row, pixels: int) -> tuple[bytes | None, float, str]:
    """The take's picture as JPEG, its aspect, and what is wrong with it."""
    from studio.exchange.frames import fitted, frames_of

    if row.take is None:
        return None, 16 / 9, ""
    try:
        if row.take.kind == "image":
            image = row.take.image()
        elif row.take.kind == "video":
            image = next(frames_of(row, (960, 540), 24.0))
        else:
            return None, 16 / 9, ""
    except (StudioError, OSError) as error:
        return None, 16 / 9, f"{row.title}: {error}"
    if image.width > pixels:
        image = image.resize(
            (pixels, max(1, round(image.height * pixels / image.width))), Image.Resampling.LANCZOS
        )
    buffer = BytesIO()
    fitted(image, image.size).save(buffer, "JPEG", quality=88)
    return buffer.getvalue(), image.width / image.height, ""
