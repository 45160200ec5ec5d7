"""Comments that a person wrote into `storyboard.toml` stay when the studio writes it anew.

A comment belongs to the line that it stands on, or to the next line with something on it, and goes where that
one goes. Those of a removed panel go with it; those of a removed field stay in its block.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from studio.project.lines import Statement, statements

Place = tuple[Hashable, ...]


@dataclass
class _Remarks:
    """What a person wrote about one statement."""

    above: list[str] = field(default_factory=list)  # whole lines
    beside: str = ""


def keep_comments(text: str, before: str) -> str:
    """`text` with the comments of `before`, the file that it replaces; both must be valid TOML."""
    if "#" not in before:
        return text
    remarks, last = _collect(before.replace("\r\n", "\n"))
    if not remarks and not last:
        return text
    commented = "".join(_weave(text, remarks, last))
    return commented if _same(commented, text) else text


def _collect(text: str) -> tuple[dict[Place, _Remarks], list[str]]:
    """Remarks by the place of their statement, and those after the last one."""
    found: dict[Place, _Remarks] = {}
    waiting: list[str] = []
    for place, statement in _placed(text):
        if statement.kind == "trivia":
            line = statement.text.strip()
            waiting += [line] if line else []
        elif waiting or statement.comment:
            found[place] = _Remarks(waiting, statement.comment)
            waiting = []
    return found, waiting


def _weave(text: str, remarks: dict[Place, _Remarks], last: list[str]) -> Iterator[str]:
    """The pieces of the text with its remarks."""
    pieces = list(_placed(text))
    present = {place for place, statement in pieces if statement.kind != "trivia"}
    homeless: dict[Place, list[str]] = {}
    for place, remark in remarks.items():
        if place not in present:
            home = (*place[:-1], None) if len(place) > 1 else (None,)
            if home in present or home == (None,):
                beside = [remark.beside] if remark.beside else []
                homeless.setdefault(home, []).extend(remark.above + beside)
    yield from (f"{line}\n" for line in homeless.get((None,), []))
    for place, statement in pieces:
        if statement.kind == "trivia":
            yield statement.text
            continue
        remark = remarks.get(place, _Remarks())
        yield from (f"{line}\n" for line in remark.above)
        yield f"{statement.text.rstrip()}  {remark.beside}\n" if remark.beside else statement.text
        if place != (None,):
            yield from (f"{line}\n" for line in homeless.get(place, []))
    yield from (f"{line}\n" for line in last)


def _placed(text: str) -> Iterator[tuple[Place, Statement]]:
    """Every statement with its place: which panel, which table, which key (None: the header)."""
    block: Place = ()
    panel: Hashable = ""
    seen: Counter[Place] = Counter()
    listed = list(statements(text))
    for index, statement in enumerate(listed):
        if statement.kind == "header":
            header = statement.text.partition("#")[0].strip()
            if header == "[[panel]]":
                panel = _name_below(listed, index)
            own = (panel if header.startswith(("[[panel", "[panel")) else "", header)
            seen[own] += 1
            block = (*own, seen[own])
            yield (*block, None), statement
        else:
            key = statement.text.partition("=")[0].strip() if statement.kind == "pair" else ""
            yield (*block, key), statement


def _name_below(listed: list[Statement], index: int) -> Hashable:
    """The id of the panel whose block begins at `index`, else its name; its number if it has none."""
    found: dict[str, Hashable] = {}
    for statement in listed[index + 1 :]:
        if statement.kind == "header":
            break
        if statement.kind == "pair" and statement.text.lstrip().startswith(("name", "id")):
            with contextlib.suppress(tomllib.TOMLDecodeError):
                found |= {key: str(value) for key, value in tomllib.loads(statement.text).items()}
    return found.get("id", found.get("name", index))


def _same(one: str, other: str) -> bool:
    try:
        return tomllib.loads(one) == tomllib.loads(other)
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
