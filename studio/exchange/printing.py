"""The storyboard on paper: a PDF with pictures, notes, ratings and page numbers, fonts embedded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.exchange.rows import rows_of
from studio.exchange.sheetpage import Cell, SheetPage
from studio.exchange.task import Task
from studio.files import write_atomically

if TYPE_CHECKING:
    from studio.project import Project

PAPERS: dict[str, tuple[float, float]] = {
    "a3": (297.0, 420.0),
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
    "tabloid": (279.4, 431.8),
}
"""Width and height in millimetres, upright."""


@dataclass(frozen=True)
class Print:
    """How a storyboard is printed.

    Attributes:
        paper: A name of `PAPERS`, or width and height in millimetres, upright.
        landscape: Whether the paper lies.
        across: Panels beside each other, 1 to 6.
        notes, metadata, ratings, numbers: What stands under a picture, and page numbers.
        title: Head of every page; the project's name if empty.
        dpi: Resolution of pictures on paper.
    """

    paper: str | tuple[float, float] = "a4"
    landscape: bool = True
    across: int = 3
    notes: bool = True
    metadata: bool = True
    ratings: bool = True
    numbers: bool = True
    title: str = ""
    dpi: int = 200

    def size(self) -> tuple[float, float]:
        """Width and height of a page in millimetres, as it is printed.

        Raises:
            ProjectError: a paper, number or resolution that can't be.
        """
        if isinstance(self.paper, str):
            if self.paper.casefold() not in PAPERS:
                raise ProjectError(
                    f"{self.paper!r} is no paper", hint=f"{', '.join(PAPERS)}, or (width, height) in mm."
                )
            width, height = PAPERS[self.paper.casefold()]
        else:
            width, height = self.paper
        if not (50 <= width <= 2000 and 50 <= height <= 2000):
            raise ProjectError(f"{width:g} × {height:g} mm can't be", hint="50 to 2000 millimetres.")
        if not 1 <= self.across <= 6:
            raise ProjectError(f"{self.across} panels across can't be", hint="1 to 6.")
        if not 50 <= self.dpi <= 600:
            raise ProjectError(f"{self.dpi} dpi can't be", hint="50 to 600; 200 is good.")
        return (height, width) if self.landscape else (width, height)


@dataclass(frozen=True)
class Printed:
    """What came of it.

    Attributes:
        path: The PDF.
        pages: How many.
        problems: Pictures that can't be read, and letters that no font here has.
    """

    path: Path
    pages: int
    problems: tuple[str, ...]


def write_pdf(
    project: Project,
    path: str | Path,
    *,
    panels: Iterable[str] | None = None,
    layout: Print | None = None,
    task: Task | None = None,
) -> Printed:
    """Print the storyboard in story order.

    Raises:
        ExportCancelled: stopped; nothing is written.
        ProjectError: no panel, a panel that is none, or a layout that can't be.
        StorageError: the disk refuses.
    """
    layout = layout or Print()
    size = layout.size()
    rows = rows_of(project, panels)
    if not rows:
        raise ProjectError("there is no panel to print", path=project.path, hint="Add a panel first.")
    task = task or Task()
    sheet = SheetPage(
        size,
        across=layout.across,
        title=layout.title or project.name.replace("_", " "),
        day=f"{datetime.now():%Y-%m-%d}",
        numbers=layout.numbers,
    )
    pixels = sheet.pixels(layout.dpi)
    cells = [Cell.of(row, layout, pixels) for row in task.over(rows, lambda row: row.title)]
    sheet.learn([sheet.title, *(text for cell in cells for text in cell.texts)])
    lines = max(cell.lines(sheet) for cell in cells)
    tallest = min((cell.aspect for cell in cells if cell.picture is not None), default=16 / 9)
    per_page = sheet.arrange(lines, max(1.0, tallest))
    for start in range(0, len(cells), per_page):
        task.step(start, len(cells), "pages")
        sheet.page(cells[start : start + per_page], math.ceil(len(cells) / per_page))
    data: Any = sheet.finish()
    target = write_atomically(Path(path), bytes(data))
    problems = [cell.problem for cell in cells if cell.problem]
    if sheet.missing:
        letters = "".join(sorted(sheet.missing))
        problems.append(f"No font on this machine has these letters: {letters}")
    return Printed(target, math.ceil(len(cells) / per_page), tuple(problems))
