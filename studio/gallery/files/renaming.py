r"""Batch renaming: from a template, a pattern or a text to find, to a list of old and new names to look at.

    {panel}_{look}_v{version:03d}      what is known of the take: {seed}, {model}, any column of its row
    {n:03d}                            the running number
    {name} {folder} {ext}              the old name without its ending, its folder's, the ending without dot
    {date} {date:%d.%m.} {time}        when it was made: 2026-11-22, 14-05-59; {year} {month} {day}
    {name:lower} {model:upper} {look:.12}   small or capital letters, the first twelve

What is not known makes a problem of that row, unless a word for it is given: `{look|no look}`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import regex

from studio.errors import ProjectError, UnsafeName
from studio.gallery.files.paths import split, stem_and_suffix
from studio.project.names import safe_name

Values = Callable[[str], Mapping[str, Any]]
"""What is known of the file at a path, by column."""

PATTERN_SECONDS = 0.25
"""Longest time that a pattern may take for one name: some take for ever, and the preview runs at each key."""

_NUMBER = re.compile(r"0?\d{0,2}[dxX]?")
_CUT = re.compile(r"\.\d{1,3}")
_TIME = re.compile(r"(?:%[YymdHMSjBbAa]|[-_. ])+")
_CASES: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "title": str.title}
_USUAL = {"date": "%Y-%m-%d", "time": "%H-%M-%S", "year": "%Y", "month": "%m", "day": "%d"}
_NUMBERED = ("n", "i", "index", "counter")
_OWN = {"name", "original", "ext", "folder", "parent", *_USUAL, *_NUMBERED}


@dataclass(frozen=True, slots=True)
class RenameRow:
    """One line of the preview.

    Attributes:
        old: The path now.
        new: The path then.
        problem: Why it can't be; "" if it can.
    """

    old: str
    new: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """What a batch rename would do. Nothing has been done."""

    rows: tuple[RenameRow, ...]

    @property
    def ok(self) -> bool:
        """Whether it can be carried out, and changes anything."""
        return any(row.old != row.new for row in self.rows) and not self.problems

    @property
    def problems(self) -> list[RenameRow]:
        """The rows that stand in the way."""
        return [row for row in self.rows if row.problem]

    @property
    def changed(self) -> list[RenameRow]:
        """The rows that change."""
        return [row for row in self.rows if row.old != row.new]

    def __str__(self) -> str:
        lines = (
            f"{row.old} → {row.new}" + (f"   ! {row.problem}" if row.problem else "") for row in self.rows
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Rule:
    """How a name is made from another: by template, by pattern, or by a text to find.

    Raises:
        ProjectError: none or several of them, or one that can't be understood; `where` names it.
    """

    template: str = ""
    pattern: str = ""
    find: str = ""
    replacement: str = ""
    start: int = 1
    step: int = 1

    def __post_init__(self) -> None:
        given = [name for name in ("template", "pattern", "find") if getattr(self, name)]
        if len(given) != 1:
            raise ProjectError(
                "a batch rename needs one of a template, a pattern and a text to find",
                where=" and ".join(given) or "template",
                hint="Give one of them.",
            )
        if self.template:
            _parts(self.template)
        if self.pattern:
            self._compiled()

    def name(self, root: Path, path: str, number: int, values: Values | None) -> tuple[str, str]:
        """The new name of the file at `path`, and what is wrong with it.

        Args:
            root: The project's folder.
            path: From there.
            number: Its place in the list, from 0.
            values: What is known of it.
        """
        name = split(path)[1]
        stem, suffix = stem_and_suffix(name)
        if self.template:
            new, problem = self._from_template(root, path, number, values)
        elif self.find:
            new, problem = stem.replace(self.find, self.replacement), ""
        else:
            new, problem = self._from_pattern(stem)
        if not problem:
            problem = "'/' can't be in a name" if "/" in new else "" if new else "nothing is left of its name"
        return (name, problem) if problem else (new + suffix, "")

    def _compiled(self) -> regex.Pattern[str]:
        try:
            return regex.compile(self.pattern, regex.VERSION0)
        except (regex.error, OverflowError, RecursionError, MemoryError) as error:
            raise ProjectError(
                f"the pattern can't be understood: {error}", where="pattern", hint="Mend it there."
            ) from error

    def _from_pattern(self, stem: str) -> tuple[str, str]:
        try:
            return self._compiled().sub(self.replacement, stem, timeout=PATTERN_SECONDS), ""
        except TimeoutError:
            return stem, "the pattern takes too long"
        except (regex.error, IndexError, ValueError) as error:
            return stem, f"the replacement can't be understood: {error}"

    def _from_template(self, root: Path, path: str, number: int, values: Values | None) -> tuple[str, str]:
        known = values(path) if values is not None else {}
        text = []
        for literal, token, spec, otherwise in _parts(self.template):
            text.append(literal)
            if not token:
                continue
            value = self._value(root, path, number, token, known)
            if _missing(value):
                if otherwise is None:
                    return "", f"its {token} is not known"
                value = otherwise
            shown = _shown(token, value, spec)
            if shown is None:
                return "", f"{{{token}:{spec}}} does not fit {value!r}"
            text.append(shown)
        return "".join(text), ""

    def _value(self, root: Path, path: str, number: int, token: str, known: Mapping[str, Any]) -> Any:
        folder, name = split(path)
        if token in _NUMBERED:
            return self.start + number * self.step
        if token in ("name", "original"):
            return stem_and_suffix(name)[0]
        if token == "ext":
            return stem_and_suffix(name)[1][1:]
        if token in ("folder", "parent"):
            return split(folder)[1] or root.name
        if token in _USUAL:
            return _moment(root / path, known)
        value = known.get(token)
        return safe_text(value) if isinstance(value, str) else value


def safe_text(text: str) -> str:
    """A value from a file as part of a name: separators and forbidden letters become `_`, never a path."""
    try:
        return safe_name(re.sub(r"[/\\]+", "_", text).replace("..", "_")) if text.strip() else ""
    except UnsafeName:
        return ""


def _parts(template: str) -> list[tuple[str, str, str, str | None]]:
    """Literal, token, format, and the word for what is not known.

    Raises:
        ProjectError: the braces don't match, or a token or format can't be understood.
    """
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise _refused(template, str(error)) from error
    parts = []
    for literal, field, spec, conversion in parsed:
        token, bar, otherwise = (field or "").partition("|")
        if field is not None and not re.fullmatch(r"[a-z_]{1,32}", token):
            raise _refused(template, f"{{{field}}} is no token")
        if conversion or not _format_known(token, spec or ""):
            raise _refused(template, f"the format of {{{token}}} is not understood")
        parts.append((literal, token, spec or "", otherwise if bar else None))
    return parts


def _format_known(token: str, spec: str) -> bool:
    if not spec or spec in _CASES:
        return True
    if token in _USUAL:
        return _TIME.fullmatch(spec) is not None
    if token in _NUMBERED:
        return _NUMBER.fullmatch(spec) is not None
    return bool(_NUMBER.fullmatch(spec) or _CUT.fullmatch(spec) or _TIME.fullmatch(spec))


def _shown(token: str, value: Any, spec: str) -> str | None:
    """A value as part of a name; None if the format does not fit."""
    if spec in _CASES:
        return _CASES[spec](_plain(token, value))
    if isinstance(value, datetime):
        return value.strftime(spec or _USUAL.get(token, _USUAL["date"]))
    if spec and _NUMBER.fullmatch(spec):
        try:
            return format(int(value), spec if spec[-1] in "dxX" else f"{spec}d")
        except (TypeError, ValueError, OverflowError):
            return None
    if spec and _CUT.fullmatch(spec):
        return _plain(token, value)[: int(spec[1:])]
    return None if spec else _plain(token, value)


def _plain(token: str, value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime(_USUAL.get(token, _USUAL["date"]))
    if isinstance(value, float):
        return safe_text(f"{value:g}")
    return value if isinstance(value, str) else safe_text(str(value))


def _moment(file: Path, known: Mapping[str, Any]) -> datetime | None:
    """When it was made, as its row tells; else when it was changed. This machine's time."""
    for column in ("created", "modified"):
        value = known.get(column)
        if not _missing(value) and isinstance(value, datetime):
            return datetime.fromtimestamp(value.timestamp()).astimezone()  # pandas' own needs a zone
    try:
        return datetime.fromtimestamp(file.lstat().st_mtime).astimezone()
    except (OSError, OverflowError, ValueError):
        return None


def _missing(value: Any) -> bool:
    """None, "", and what pandas has for nothing (which alone is not equal to itself, or can't tell)."""
    if value is None or (isinstance(value, str) and not value):
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return True


def _refused(template: str, why: str) -> ProjectError:
    return ProjectError(
        f"the template {template!r} can't be used: {why}",
        where="template",
        hint="Tokens are such as {name}, {n:03d}, {panel}, {seed}, {date}.",
    )
