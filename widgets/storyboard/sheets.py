"""Sheets of small pictures: off-screen canvases in the page, on which every picture is drawn once and reused.

One canvas a picture would be hundreds of widgets; drawing the file again at every redraw would decode it each
time, in a queue that all canvases of the page share. So pictures of one size lie side by side on a few large
canvases, arrive there in strips of many, and are then drawn from there by `Pen.image` within a clip.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from ipycanvas import Canvas
from PIL import Image

from studio.project.geometry import Box
from widgets.storyboard.ink import Pen, paste_jpeg, picture
from widgets.storyboard.pictures import LEVELS, SHAPE, Key

SIDE = 2048
"""Pixels; a size that every browser's canvas can have."""
MOST = {128: 6, 256: 3, 512: 3, 1024: 3}
"""Sheets of a level; beyond that the picture not used for longest makes room."""
_QUALITY = 84


@dataclass(frozen=True)
class Cell:
    """Where a picture lies: a sheet, and the picture's part of it in pixels."""

    sheet: int
    slot: int
    x: int
    y: int
    width: int
    height: int


class _Level:
    """All sheets of one size of picture."""

    def __init__(self, level: int) -> None:
        self.width, self.height = level, round(level * SHAPE)
        self.columns, self.rows = SIDE // self.width, SIDE // self.height
        self.sheets: list[Canvas] = []
        self.cells: OrderedDict[Key, Cell] = OrderedDict()
        self.most = MOST[level]

    def place(self, key: Key, size: tuple[int, int]) -> Cell:
        """Room for a picture of that size; the one used longest ago goes if there is none."""
        self.cells.pop(key, None)
        count = self.columns * self.rows
        used = len(self.cells)
        if used >= count * self.most:
            _, old = self.cells.popitem(last=False)
            sheet, slot = old.sheet, old.slot
        else:
            taken = {(cell.sheet, cell.slot) for cell in self.cells.values()} if used % count else set()
            sheet, slot = divmod(used, count)
            if (sheet, slot) in taken:  # a hole somewhere before
                sheet, slot = next(
                    divmod(place, count)
                    for place in range(count * self.most)
                    if divmod(place, count) not in taken
                )
        while len(self.sheets) <= sheet:
            self.sheets.append(Canvas(width=SIDE, height=SIDE))
        row, column = divmod(slot, self.columns)
        cell = Cell(sheet, slot, column * self.width, row * self.height, *size)
        self.cells[key] = cell
        return cell


class Sheets:
    """The pictures that one page view has."""

    def __init__(self) -> None:
        self._levels = {level: _Level(level) for level in LEVELS}
        self.pasted = 0  # pictures so far

    def has(self, key: Key, level: int) -> bool:
        """Whether the picture is there in that size."""
        return key in self._levels[level].cells

    def best(self, key: Key, level: int) -> tuple[Canvas, Cell] | None:
        """The picture in that size, else in the next larger one there is, else in the largest smaller one."""
        for each in (*(one for one in LEVELS if one >= level), *(one for one in LEVELS[::-1] if one < level)):
            shelf = self._levels[each]
            cell = shelf.cells.get(key)
            if cell is not None:
                shelf.cells.move_to_end(key)
                return shelf.sheets[cell.sheet], cell
        return None

    def paste(self, level: int, pictures: Iterable[tuple[Key, Image.Image]]) -> None:
        """Put pictures on their sheets: neighbours of a row go together, in one strip."""
        shelf = self._levels[level]
        placed = sorted(
            ((shelf.place(key, image.size), image) for key, image in pictures),
            key=lambda pair: (pair[0].sheet, pair[0].slot),
        )
        strips: list[list[tuple[Cell, Image.Image]]] = []
        for cell, image in placed:
            last = strips[-1][-1][0] if strips else None
            joined = last is not None and (last.sheet, last.y, last.slot + 1) == (
                cell.sheet,
                cell.y,
                cell.slot,
            )
            if joined:
                strips[-1].append((cell, image))
            else:
                strips.append([(cell, image)])
        with picture():
            for strip in strips:
                first = strip[0][0]
                paste_jpeg(
                    shelf.sheets[first.sheet], _strip(strip, shelf.width, shelf.height), first.x, first.y
                )
                self.pasted += len(strip)

    def draw(self, pen: Pen, found: tuple[Canvas, Cell], where: Box) -> None:
        """Draw a picture so that it fills `where`."""
        sheet, cell = found
        margin = 0.5  # the neighbour's pixels must not shine through at the edge
        scale_x = where.width / (cell.width - 2 * margin)
        scale_y = where.height / (cell.height - 2 * margin)
        with pen.clipped(*where):
            pen.image(
                sheet,
                where.x - (cell.x + margin) * scale_x,
                where.y - (cell.y + margin) * scale_y,
                SIDE * scale_x,
                SIDE * scale_y,
            )

    def close(self) -> None:
        """Take the sheets out of the page."""
        for shelf in self._levels.values():
            for sheet in shelf.sheets:
                sheet.close()
            shelf.sheets.clear()
            shelf.cells.clear()


def _strip(strip: Sequence[tuple[Cell, Image.Image]], width: int, height: int) -> bytes:
    """Neighbouring pictures as one JPEG; its blocks of 16 pixels never hold two of them."""
    joined = Image.new("RGB", (width * len(strip), height))
    for index, (_, image) in enumerate(strip):
        joined.paste(image, (index * width, 0))
    buffer = BytesIO()
    joined.save(buffer, "JPEG", quality=_QUALITY, subsampling="4:2:0" if width <= 128 else "4:4:4")
    return buffer.getvalue()
