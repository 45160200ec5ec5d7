"""A shot's file in words, a fact a line: what `git diff` compares in place of JSON and of a PNG's bytes.

Nothing that a person wrote goes unsaid: what is not part of the shot (other cells, comments, outputs) follows
the facts word for word, so that no change of a notebook is invisible in a diff.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from studio.errors import NotebookError, StudioError
from studio.project.differences import facts_of
from studio.provenance import Provenance, read_provenance
from studio.shot import Shot
from studio.shots.evaluate import parse_cell
from studio.shots.notebook import Cell, NotebookFile
from studio.shots.places import SUFFIX
from studio.shots.reading import ShotNotebook, presets_of, read_shot
from studio.shots.source import RENDER, TAKE, title_of

_SAID = frozenset({"panel", "subject", "template", "seed", "look", "shot"})
"""Names whose values are facts of the shot."""


def words_of(path: Path) -> str:
    """The file in words: a shot's notebook, or a take. What is neither says what it is; that is no error.

    Raises:
        NotebookError: it can't be read at all.
    """
    return "".join(f"{line}\n" for line in _lines(path))


def shot_words(shot: Shot) -> list[str]:
    """The facts of a shot, a line each, under their headings."""
    lines: list[str] = []
    heading = ""
    for group, label, words in facts_of(shot):
        if group != heading:
            heading = group
            lines += ([""] if lines else []) + [group]
        lines.append(f"  {label}: {_one_line(words)}")
    return lines


def _lines(path: Path) -> Iterator[str]:
    if _is_notebook(path):
        yield from _notebook_lines(NotebookFile.read(path), path)
    else:
        yield from _take_lines(path)


def _is_notebook(path: Path) -> bool:
    """By its first letter, as git gives its own names to older versions."""
    if PurePosixPath(path.name).suffix == SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip().startswith(b"{")
    except OSError as error:
        raise NotebookError(f"can't be read ({error.strerror})", path=path, hint="Check its path.") from error


def _take_lines(path: Path) -> Iterator[str]:
    try:
        record = read_provenance(path)
    except StudioError as error:
        yield f"No take of the studio ({error.message}), {path.stat().st_size:,} bytes"
        return
    yield from _record_lines(record)
    try:
        yield ""
        yield from shot_words(record.shot)
    except StudioError as error:
        yield f"Its shot can't be told: {error.message}"


def _record_lines(record: Provenance) -> Iterator[str]:
    made_by = " ".join(part for part in (record.backend, record.comfyui) if part)
    yield f"Take {record.version} of {record.panel}" if record.panel else "A take"
    for label, words in (
        ("Rendered", f"{record.created:%Y-%m-%d %H:%M:%S} UTC"),
        ("By", made_by),
        ("Template version", record.template_version),
        ("Graph", record.graph),
        ("Studio", record.studio),
    ):
        if words:
            yield f"  {label}: {_one_line(words)}"


def _notebook_lines(notebook: NotebookFile, path: Path) -> Iterator[str]:
    try:
        with presets_of(Path.cwd() / path.name):  # git gives older versions as files elsewhere
            found: ShotNotebook | None = read_shot(notebook)
    except StudioError as error:
        yield f"Its shot can't be told: {error}"
        found = None
    if found is not None:
        if found.panel:
            yield f"Shot for panel {_one_line(found.panel)}"
            yield ""
        yield from shot_words(found.shot)
    for number, cell in enumerate(notebook.cells, 1):
        read = found is not None and number <= found.cells
        rest = _unsaid(cell, read, found.panel if found else "")
        if rest:
            yield ""
            yield f"Cell {_one_line(cell.id or str(number))}"
            yield from (f"  {line}" for line in rest)


def _unsaid(cell: Cell, read: bool, panel: str) -> list[str]:
    """What the facts don't say of a cell, word for word."""
    lines: list[str] = []
    if cell.source not in (RENDER, TAKE, title_of(panel)):
        code = cell.cell_type == "code"
        lines += list(_rest(cell.source, cell.id)) if code and read else cell.source.splitlines()
    if cell.outputs:
        lines.append(f"(with {len(cell.outputs)} outputs)")
    tags = [tag for tag in cell.tags if tag != "parameters"]
    return [*lines, f"(tagged {', '.join(tags)})"] if tags else lines


def _rest(source: str, cell: str) -> Iterator[str]:
    """Comments and statements of a cell that was read, without those that only give the shot's own names."""
    for statement in parse_cell(source, cell=cell).body:
        if not _is_said(statement):
            yield from (ast.get_source_segment(source, statement) or "").splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _is_said(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _SAID or isinstance(statement.value, ast.Constant)
        case ast.Import(names=[ast.alias(name="studio", asname=None)]):
            return True
    return False


def _one_line(text: str) -> str:
    """No control characters on a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
