"""What the search box offers while a person types."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.gallery.query import dates
from studio.gallery.query.fields import BY_NAME, FIELDS, FLAGS, Field
from studio.gallery.query.fold import fold
from studio.gallery.query.nodes import quote

if TYPE_CHECKING:
    from studio.gallery.query.corpus import Corpus, Texts

_TOKEN = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^\s()"])+')
_FIELD = re.compile(r"-*([A-Za-z][A-Za-z_]*)(:(?:>=|<=|!=|[=<>])?|>=|<=|!=|=|>|<)")
_PLAIN = re.compile(r"[^\s()\",*?]+")
_MAX_TEXTS = 200_000


@dataclass(frozen=True)
class Suggestion:
    """One line under the search box: put `text` in place of the letters from `start` to `end`.

    Args:
        text: What is put in.
        label: What is shown.
        kind: field, value or word.
        count: In how many rows; for a word in how many texts, for a field 0.
        start, end: What is replaced.
    """

    text: str
    label: str
    kind: Literal["field", "value", "word"]
    count: int
    start: int
    end: int


def suggest(text: str, cursor: int, corpus: Corpus, *, limit: int = 12) -> list[Suggestion]:
    """What may stand at the cursor: fields and words, or behind a field its values, most used first."""
    cursor = max(0, min(cursor, len(text)))
    start, written = _token_at(text, cursor)
    field = _FIELD.match(written)
    if field:
        known = BY_NAME.get(fold(field[1]))
        comma = _last_comma(written, field.end())
        typed = written[comma:].lstrip('"')
        return _values(known, typed, corpus, start + comma, cursor, limit) if known else []
    minus = len(written) - len(written.lstrip("-"))
    typed, start = fold(written[minus:].lstrip('"')), start + minus
    names = _names(typed, start, cursor)
    return (names + _words(typed, corpus, start, cursor, limit) if typed else names)[:limit]


def _token_at(text: str, cursor: int) -> tuple[int, str]:
    """Where the token before the cursor begins, and what of it stands before the cursor."""
    for match in _TOKEN.finditer(text):
        if match.start() < cursor <= match.end():
            return match.start(), text[match.start() : cursor]
    return cursor, ""


def _last_comma(written: str, start: int) -> int:
    """Where the last of several values begins."""
    quoted = False
    for at in range(start, len(written)):
        if written[at] == '"':
            quoted = not quoted
        elif written[at] == "," and not quoted:
            start = at + 1
    return start


def _names(typed: str, start: int, end: int) -> list[Suggestion]:
    found: dict[str, Suggestion] = {}
    for name, field in BY_NAME.items():
        if name.startswith(typed) and field.name not in found:
            sign = ":" if field.kind != "number" else ">=" if ">=" in field.example else ":"
            found[field.name] = Suggestion(
                f"{name}{sign}", f"{name}{sign} {field.help}", "field", 0, start, end
            )
    return list(found.values())


def _words(typed: str, corpus: Corpus, start: int, end: int, limit: int) -> list[Suggestion]:
    from studio.gallery.query.fields import WORD_COLUMNS

    counts: Counter[str] = Counter()
    for name in WORD_COLUMNS:
        column = corpus.texts(name)
        if column is not None:
            counts.update(dict(column.index.common(typed, limit)))
    return [Suggestion(word, word, "word", number, start, end) for word, number in counts.most_common(limit)]


def _values(field: Field, typed: str, corpus: Corpus, start: int, end: int, limit: int) -> list[Suggestion]:
    wanted = fold(typed)
    if field.kind == "flag":
        listed = [(name, 0) for name in FLAGS]
    elif field.kind == "presence":
        listed = [(name, 0) for name, other in FIELDS.items() if other.column]
    elif field.kind == "date":
        listed = [(name, 0) for name in dates.WORDS]
    elif field.kind == "same":
        listed = [("yes", 0), ("no", 0)]
    elif field.kind in ("number", "seed"):
        return []
    else:
        listed = _counted(field, corpus)
    first = [entry for entry in listed if fold(entry[0]).startswith(wanted)][:limit]
    if wanted and len(first) < limit:
        begun = {value for value, _ in first}
        first += [entry for entry in listed if entry[0] not in begun and wanted in fold(entry[0])]
    return [
        Suggestion(_written(field, value), value, "value", number, start, end)
        for value, number in first[:limit]
    ]


def _written(field: Field, value: str) -> str:
    return value if _PLAIN.fullmatch(value) and not value.startswith('"') else quote(value)


def _counted(field: Field, corpus: Corpus) -> list[tuple[str, int]]:
    """The values of a column and in how many rows they are, most used first; not of long texts."""
    memo = corpus.memo.get(("suggest", field.column))
    if memo is not None:
        return list(memo)
    column = corpus.texts(field.column)
    counts: Counter[str] = Counter()
    if column is not None:
        for value, number in _rows_of(column):
            for part in _parts(field, value):
                counts[part] += number
    found = counts.most_common()
    corpus.memo[("suggest", field.column)] = found
    return found


def _parts(field: Field, value: str) -> list[str]:
    from studio.gallery.columns import COLUMNS, SEPARATOR

    if field.name == "lora":
        return [part.rpartition(":")[0] or part for part in value.split(SEPARATOR)]
    column = COLUMNS.get(field.column)
    listed = (
        field.kind == "list" or (column is not None and column.parts) or field.column in ("look", "light")
    )
    return value.split(SEPARATOR) if listed else [value]


def _rows_of(column: Texts) -> list[tuple[str, int]]:
    import numpy as np

    known = column.codes[column.codes >= 0]
    numbers = np.bincount(known, minlength=1)
    values = column.index.values
    used = np.flatnonzero(numbers)[:_MAX_TEXTS].tolist()
    return [(values[code], int(numbers[code])) for code in used if 0 < len(values[code]) <= 80]
