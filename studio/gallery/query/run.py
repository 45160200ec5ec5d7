"""A search over the gallery's columns: one bool for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.gallery.query import dates
from studio.gallery.query.corpus import Corpus, Numbers, Texts
from studio.gallery.query.fields import FIELDS, WORD_COLUMNS, Field
from studio.gallery.query.fold import fold, glob
from studio.gallery.query.nodes import And, Everything, Item, Node, Not, Or, Test, Words
from studio.gallery.query.values import Span, ends, has_wildcards, span

Mask = NDArray[np.bool_]
_LISTS = ("model", "look", "light")
_NEAR = 1e-6
_READ = ("ok", "partial", "none")


class Runner:
    """Runs searches over one corpus.

    Args:
        corpus: The rows.
        now: For `today` and `7d`; in the time zone that days are meant in, naive for this machine's.
    """

    def __init__(self, corpus: Corpus, now: datetime) -> None:
        self.corpus = corpus
        self.now = now

    def mask(self, node: Node) -> Mask:
        """bool (rows,): where `node` holds."""
        if isinstance(node, Everything):
            return self._all(True)
        if isinstance(node, Words):
            return self._words(node.item)
        if isinstance(node, Not):
            return ~self.mask(node.node)
        if isinstance(node, And):
            found = self.mask(node.nodes[0])
            for other in node.nodes[1:]:
                found = found & self.mask(other) if found.any() else found
            return found
        if isinstance(node, Or):
            found = self.mask(node.nodes[0])
            for other in node.nodes[1:]:
                found = found | self.mask(other)
            return found
        return self._test(node)

    def _all(self, value: bool) -> Mask:
        return np.full(len(self.corpus), value, dtype=bool)

    def _words(self, item: Item) -> Mask:
        found = self._all(False)
        for name in WORD_COLUMNS:
            column = self.corpus.texts(name)
            if column is not None:
                hits = column.index.words(item.text, exact=item.quoted)
                if hits.any():
                    found |= column.spread(hits)
        return found

    def _test(self, test: Test) -> Mask:
        field = FIELDS[test.field]
        one: dict[str, Callable[[Field, str, Item], Mask]] = {
            "number": self._numbers,
            "seed": self._numbers,
            "date": self._dates,
            "flag": lambda field, operator, item: flag(self, item.text),
            "presence": lambda field, operator, item: self._presence(item.text, there=field.name == "has"),
            "same": self._same,
        }
        compare = one.get(field.kind, self._texts)
        found = self._all(False)
        for item in test.items:
            if item.text == "*" and not item.quoted and field.kind not in ("flag", "presence"):
                found |= self._presence(field.name, there=True)
            else:
                found |= compare(field, test.operator, item)
        return found

    def _texts(self, field: Field, operator: str, item: Item) -> Mask:
        column = self.corpus.texts(field.column)
        if column is None:
            return self._all(False)
        index = column.index
        if not item.text:
            return self._where(column, index.folded(), lambda text: not text)
        if field.kind == "text" and operator == ":" and not has_wildcards(item):
            return column.spread(index.words(item.text, exact=item.quoted))
        return self._whole(field, column, operator, item)

    def _whole(self, field: Field, column: Texts, operator: str, item: Item) -> Mask:
        """The whole text, or a whole part of a list, is as the item says."""
        wanted = fold(item.text)
        wanted = f".{wanted.lstrip('.')}" if field.name == "ext" else wanted
        test: Callable[[str], object] = wanted.__eq__
        if has_wildcards(item):
            return self._pattern(field, column, wanted)
        if field.kind == "prefix" and operator == ":":
            test = lambda text: text.startswith(wanted)  # noqa: E731
        return self._parts(field, column, test)

    def _pattern(self, field: Field, column: Texts, wanted: str) -> Mask:
        """As `_whole`, with wildcards; only texts that hold the letters between them are looked at."""
        pieces = [piece for piece in wanted.replace("?", "*").split("*") if piece]
        possible = column.index.holding(pieces)
        many = 2 * np.count_nonzero(possible) > len(possible)
        if field.name == "lora" or field.kind == "list" or field.column in _LISTS or many:
            return self._parts(field, column, glob(wanted).fullmatch)
        texts, test = column.index.folded(), glob(wanted).fullmatch
        for at in np.flatnonzero(possible).tolist():
            possible[at] = test(texts[at]) is not None
        return column.spread(possible)

    def _parts(self, field: Field, column: Texts, test: Callable[[str], object]) -> Mask:
        """Where the text, or a part of it where it is a list, holds out."""
        if field.name == "lora":
            return self._where(
                column,
                column.index.parts(),
                lambda parts: any(test(part) or test(_named(part)) for part in parts),
            )
        if field.kind == "list" or field.column in _LISTS:
            return self._where(column, column.index.parts(), lambda parts: any(map(test, parts)))
        return self._where(column, column.index.folded(), test)

    def _where(self, column: Texts, texts: Sequence[Any], test: Callable[[Any], object]) -> Mask:
        hits = np.fromiter((bool(test(text)) for text in texts), dtype=bool, count=len(texts))
        return column.spread(hits)

    def _numbers(self, field: Field, operator: str, item: Item) -> Mask:
        values, missing = self._values(field)
        return _compare(values, operator, span(field, item)) & ~missing

    def _values(self, field: Field) -> tuple[NDArray[Any], Mask]:
        if field.name == "ratio":
            width, height = self.corpus.numbers("width"), self.corpus.numbers("height")
            if width is None or height is None:
                return np.zeros(len(self.corpus)), self._all(True)
            missing = width.missing | height.missing | (height.values <= 0)
            return width.values / np.where(missing, 1, height.values), missing
        if field.name == "date":
            return self._moments()
        column = self.corpus.numbers(field.column)
        return (
            (np.zeros(len(self.corpus)), self._all(True))
            if column is None
            else (column.values, column.missing)
        )

    def _moments(self) -> tuple[NDArray[Any], Mask]:
        """When it was rendered; where that is not known, when it was last written."""
        none = Numbers(np.zeros(len(self.corpus), dtype=np.int64), self._all(True))
        created, modified = self.corpus.numbers("created") or none, self.corpus.numbers("modified") or none
        values = np.where(created.missing, modified.values, created.values)
        return values, created.missing & modified.missing

    def _dates(self, field: Field, operator: str, item: Item) -> Mask:
        values, missing = self._values(field)
        first, last = ends(item)
        low = dates.period(first, self.now) if first else None
        high = dates.period(last, self.now) if last else None
        if operator in (":", "="):
            found = self._all(True)
            if low:
                found &= values >= low[0]
            if high:
                found &= values < high[1]
        else:
            begin, end = low or high or (0, 0)
            found = {">": values >= end, ">=": values >= begin, "<": values < begin, "<=": values < end}[
                operator
            ]
        return found & ~missing

    def _same(self, field: Field, operator: str, item: Item) -> Mask:
        column = self.corpus.texts(field.column)
        if column is None:
            return self._all(item.text == "no" and not item.quoted)
        if item.quoted or item.text not in ("yes", "no"):
            return self._whole(field, column, "=", item)
        grouped = self._where(column, column.index.folded(), bool)
        return grouped if item.text == "yes" else ~grouped

    def _presence(self, name: str, *, there: bool) -> Mask:
        """Where a field has a value; or where it was read and has none, which not read is not."""
        field = FIELDS[name]
        column = self.corpus.texts(field.column)
        if column is not None:
            empty = self._where(column, column.index.folded(), lambda text: not text)
            return ~empty & ~column.missing if there else empty
        values, missing = self._values(field)
        absent = missing | (values == 0) if name == "rating" else missing
        return ~absent if there else absent & self.among("read", _READ)

    def among(self, name: str, texts: Sequence[str]) -> Mask:
        """Where a column is one of `texts`."""
        column = self.corpus.texts(name)
        if column is None:
            return self._all(False)
        return self._where(column, column.index.folded(), lambda text: text in texts)


def flag(runner: Runner, name: str) -> Mask:
    """`is:name`."""
    if name in ("image", "video", "audio", "other"):
        return runner.among("kind", (name,))
    if name in ("pick", "reject", "hold"):
        return runner.among("status", (name,))
    if name == "marked":
        return runner.among("status", ("pick", "reject", "hold"))
    if name in ("partial", "failed", "unsupported"):
        return runner.among("read", (name,))
    if name in ("studio", "comfyui", "a1111", "invokeai", "swarmui", "novelai"):
        return runner.among("source", (name,))
    return _OTHERS[name](runner)


def _present(name: str) -> Callable[[Runner], Mask]:
    return lambda runner: runner._presence(name, there=True)


def _absent(name: str) -> Callable[[Runner], Mask]:
    return lambda runner: ~runner._presence(name, there=True)


def _shape(test: Callable[[NDArray[Any]], Mask]) -> Callable[[Runner], Mask]:
    def run(runner: Runner) -> Mask:
        values, missing = runner._values(FIELDS["ratio"])
        return test(values) & ~missing

    return run


def _unread(runner: Runner) -> Mask:
    column = runner.corpus.texts("read")
    if column is None:
        return runner._all(True)
    return column.missing | runner.among("read", ("unread",))


def _locked(runner: Runner) -> Mask:
    told = runner.corpus.numbers("locked")
    if told is not None:
        return np.asarray((told.values != 0) & ~told.missing)
    column = runner.corpus.texts("folder")
    folders = runner.corpus.locked() if column is not None else set()
    if column is None or not folders:
        return runner._all(False)
    return runner._where(column, column.index.values, folders.__contains__)


_OTHERS: dict[str, Callable[[Runner], Mask]] = {
    "rated": _present("rating"),
    "unrated": _absent("rating"),
    "tagged": _present("tag"),
    "untagged": _absent("tag"),
    "noted": _present("note"),
    "collected": _present("collection"),
    "dup": _present("dup"),
    "unique": _absent("dup"),
    "portrait": _shape(lambda ratio: ratio < 1),
    "landscape": _shape(lambda ratio: ratio > 1),
    "square": _shape(lambda ratio: ratio == 1),
    "animated": lambda runner: runner.among("kind", ("image",)) & runner._presence("duration", there=True),
    "read": lambda runner: runner.among("read", ("ok", "partial")),
    "plain": lambda runner: runner.among("read", ("none",)),
    "unread": _unread,
    "locked": _locked,
}


def _named(part: str) -> str:
    """A LoRA without its strength."""
    return part.rpartition(":")[0] or part


def _compare(values: NDArray[Any], operator: str, wanted: Span) -> Mask:
    exact = values.dtype.kind in "iu"

    def least(limit: float | int) -> Mask:
        return values >= _same_type(limit, values, up=True) if exact else values >= limit - _NEAR

    def most(limit: float | int) -> Mask:
        return values <= _same_type(limit, values, up=False) if exact else values <= limit + _NEAR

    low, high = wanted.low, wanted.high
    if operator in (">", "<="):
        found = most(high if high is not None else low or 0)
        return ~found if operator == ">" else found
    if operator in ("<", ">="):
        found = least(low if low is not None else high or 0)
        return ~found if operator == "<" else found
    found = np.ones(len(values), dtype=bool)
    if low is not None:
        found &= least(low)
    if high is not None:
        found &= most(high)
    return found


def _same_type(limit: float | int, values: NDArray[Any], *, up: bool) -> Any:
    """A limit as a whole number of the column's own type, so that nothing goes through a float."""
    whole = -int(-limit // 1) if up else int(limit // 1)
    kind = np.iinfo(values.dtype)
    return values.dtype.type(min(max(whole, kind.min), kind.max))
