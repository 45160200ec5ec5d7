"""The shot list: CSV for everybody, XLSX for a production office; and a CSV of others becomes panels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import ProjectError
from studio.exchange.columns import COLUMNS, Cell, ListColumn, by_head
from studio.exchange.plan import ImportPlan, Planned, read_text
from studio.exchange.rows import rows_of
from studio.exchange.task import Task
from studio.files import write_atomically

if TYPE_CHECKING:
    from studio.project import Project

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts so is a formula to a spreadsheet, and panels' names come from anybody."""

MAX_ROWS = 20_000


def write_csv(
    project: Project, path: str | Path, *, panels: Iterable[str] | None = None, task: Task | None = None
) -> Path:
    """Write the shot list as CSV: UTF-8 with a mark, so that a spreadsheet reads every script.

    Args:
        panels: Names; all in story order if None.

    Raises:
        ExportCancelled: stopped; nothing is written.
        ProjectError: a panel that is not in the storyboard.
        StorageError: the disk refuses.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.head for column in COLUMNS])
    for row in (task or Task()).over(rows_of(project, panels), lambda row: row.title):
        writer.writerow([_harmless(column.cell(row)) for column in COLUMNS])
    return write_atomically(Path(path), text.getvalue().encode("utf-8-sig"))


def write_xlsx(
    project: Project, path: str | Path, *, panels: Iterable[str] | None = None, task: Task | None = None
) -> Path:
    """Write the shot list as a spreadsheet: heads stay in sight, columns filter, a page wide when printed.

    Raises:
        ExportCancelled, ProjectError, StorageError: as `write_csv`.
    """
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Shot list"
    sheet.append([column.head for column in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="26272B")
    wrapped = Alignment(vertical="top", wrap_text=True)
    for row in (task or Task()).over(rows_of(project, panels), lambda row: row.title):
        line = sheet.max_row + 1
        for number, column in enumerate(COLUMNS, 1):
            value = column.cell(row)
            cell = sheet.cell(line, number)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that starts with = stays a text
            cell.alignment = wrapped
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    book.properties.title = f"{project.name}: shot list"
    book.properties.creator = "Director's Notebook"
    buffer = io.BytesIO()
    book.save(buffer)
    return write_atomically(Path(path), buffer.getvalue())


def read_csv(source: str | Path) -> ImportPlan:
    """Plan the panels that a shot list in CSV describes: our own, or anybody's with heads we know.

    Raises:
        ProjectError: it can't be read, or no column of it is known.
    """
    path = Path(source)
    text = read_text(path)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise ProjectError(f"it is no CSV ({error})", path=path, hint="Save it again as CSV.") from error
    if not lines:
        raise ProjectError("the list is empty", path=path)
    if len(lines) > MAX_ROWS:
        raise ProjectError(f"more than {MAX_ROWS:,} rows", path=path, hint="Split it.")
    heads = [by_head(head) for head in lines[0]]
    if not any(column is not None and column.field for column in heads):
        raise ProjectError(
            "no column is known", path=path, hint=f"Heads such as {', '.join(c.head for c in COLUMNS[:8])}."
        )
    ignored = [head for head, column in zip(lines[0], heads, strict=True) if column is None and head.strip()]
    planned = [
        _planned(number, line, heads)
        for number, line in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in line)
    ]
    notes = [f"These columns are not known and are left out: {', '.join(ignored)}."] if ignored else []
    return ImportPlan(path.name, planned, notes)


def _planned(number: int, line: list[str], heads: list[ListColumn | None]) -> Planned:
    fields: dict[str, str | float] = {}
    problems = []
    for column, raw in zip(heads, line, strict=False):
        value = _unharmed(raw.strip())
        if column is None or not column.field or not value:
            continue
        if column.kind == "number":
            try:
                fields[column.field] = float(value.replace(",", ".").removesuffix("s").strip())
            except ValueError:
                problems.append(f"{column.head} {value!r} is no number")
        else:
            fields[column.field] = value
    return Planned.of(fields, where=f"line {number}", problems=problems)


def _harmless(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS_FORMULA) else value


def _unharmed(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_STARTS_FORMULA) else value
