"""What can be read of a broken TOML file: every statement that is whole, and a word about every other."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from studio.project.lines import Statement, statements

_ALMOST_PANEL = re.compile(r"\s*(?:\[\[\s*panels?\s*\]?|\[\s*panels?\s*\]\])\s*(?:#.*)?")
_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")
_SHOWN = 60


@dataclass
class Salvage:
    """The table that was read, what was not, and whether git's merge markers stood in it."""

    table: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    merging: bool = False
    _at: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Salvage:
        """Read `text`, whatever it is."""
        found = cls()
        found._at = found.table
        found._read(text.replace("\0", ""), 0)
        return found

    def _read(self, text: str, skipped: int) -> None:
        """Statement by statement; one that can't be read costs its first line only."""
        while text:
            for statement in statements(text):
                if statement.kind == "trivia" or self._take(statement, skipped):
                    continue
                first = statement.line - 1
                lines = text.split("\n")
                if _ALMOST_PANEL.fullmatch(lines[first]):
                    self.problems.append(f"line {skipped + statement.line}: read as [[panel]]")
                    self._enter({"panel": [{}]})
                else:
                    self._refuse(lines[first], skipped + statement.line)
                text, skipped = "\n".join(lines[first + 1 :]), skipped + statement.line
                break
            else:
                return

    def _take(self, statement: Statement, skipped: int) -> bool:
        try:
            table = tomllib.loads(statement.text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return False
        if statement.kind == "header":
            if self._enter(table):
                return True
            self._at = {}  # its fields belong nowhere
            return False
        self._put(self._at, table, skipped + statement.line)
        return True

    def _enter(self, header: Any) -> bool:
        """Go to the table that a header names."""
        at: Any = self.table
        while header:
            ((key, below),) = header.items()
            if isinstance(below, list):
                entries = at.setdefault(key, [])
                if not isinstance(entries, list):
                    return False
                if not below[0]:
                    entries.append({})
                at = entries[-1]
                header = below[0]
            else:
                at = at.setdefault(key, {})
                if isinstance(at, list):
                    at = at[-1] if at else None
                header = below
            if not isinstance(at, dict):
                return False
        self._at = at
        return True

    def _put(self, at: dict[str, Any], table: dict[str, Any], line: int) -> None:
        for key, value in table.items():
            if isinstance(value, dict) and isinstance(at.get(key), dict):
                self._put(at[key], value, line)
            elif key not in at:
                at[key] = value
            elif at[key] != value:
                self.problems.append(f"line {line}: {key} is set twice; the first one counts")

    def _refuse(self, line: str, number: int) -> None:
        if _MARKER.match(line):
            self.merging = True
            self.problems.append(f"line {number}: a merge that git left undecided")
            return
        shown = line.strip()
        shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
        self.problems.append(f"line {number} can't be read: {shown!r}")
