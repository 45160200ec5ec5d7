"""The distinct texts of a column, by word: made once, and grown when texts are added.

A word of a search is looked up in the sorted list of all words, and only those texts are touched that hold
it; so a search does not take longer for longer prompts.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count

import numpy as np
from numpy.typing import NDArray

from studio.gallery.columns import SEPARATOR
from studio.gallery.query.fold import fold, glob, spaced, spaced_test, tokens, wild_parts
from studio.gallery.query.letters import Letters

Hits = NDArray[np.bool_]
_MAX_SEGMENTS = 6
_MANY = 5_000
"""Texts that are not in the index yet, from which it is not made while somebody waits."""

_MAX_SCANS = 60
"""Looks at the texts themselves after which the index is made all the same."""

_LAST = "\U0010ffff"


class _Segment:
    """Which texts hold which words: the texts of word `w` are `texts[starts[w]:starts[w + 1]]`."""

    def __init__(self, words: NDArray[np.int32], texts: NDArray[np.int32], vocabulary: int) -> None:
        small = (
            words.astype(np.uint16) if vocabulary <= 65_536 else words
        )  # sorted by radix: ten times as fast
        order = np.argsort(small, kind="stable")
        self.words = words[order]
        self.texts = texts[order]
        self.starts = np.searchsorted(self.words, np.arange(vocabulary + 1, dtype=np.int32))

    def of(self, word: int) -> NDArray[np.int32]:
        if word + 1 >= len(self.starts):
            return self.texts[:0]
        return self.texts[self.starts[word] : self.starts[word + 1]]


class WordIndex:
    """The words of a list of texts, which may grow at its end. Safe in any thread.

    Args:
        values: The texts; kept, not copied.
    """

    def __init__(self, values: list[str]) -> None:
        self.values = values
        self._lock = threading.RLock()
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._spaced: list[str] = []
        self._folded: list[str] = []
        self._letters = Letters()
        self._lettered = 0
        self._segments: list[_Segment] = []
        self._sorted: list[str] = []
        self._scans = 0
        self._seen: dict[tuple[str, bool, int], Hits] = {}

    def grow(self) -> int:
        """Take in the texts that came since; how many there are now."""
        total = len(self.values)
        if len(self._spaced) < total:
            with self._lock:
                if len(self._spaced) < total:
                    self._add(self.values[len(self._spaced) : total])
        return total

    def _add(self, values: list[str]) -> None:
        first = len(self._spaced)
        number = self._numbers.__getitem__
        before = len(self._numbers)
        found: list[int] = []
        sizes = np.empty(len(values), dtype=np.int64)
        for at, value in enumerate(values):
            parts = tokens(value)
            self._spaced.append(spaced(parts))
            distinct = set(parts)
            sizes[at] = len(distinct)
            found.extend(map(number, distinct))
        texts = np.repeat(np.arange(first, first + len(values), dtype=np.int32), sizes)
        self._segments.append(_Segment(np.array(found, dtype=np.int32), texts, len(self._numbers)))
        if len(self._segments) > _MAX_SEGMENTS:
            merged = [
                np.concatenate([getattr(part, name) for part in self._segments])
                for name in ("words", "texts")
            ]
            self._segments = [_Segment(merged[0], merged[1], len(self._numbers))]
        if len(self._numbers) > before:
            self._sorted = sorted(self._numbers)

    def words(self, text: str, *, exact: bool) -> Hits:
        """bool (texts,): those that hold the words of `text` side by side.

        While the index is not made, the first searches look at the texts themselves: that takes longer than
        an index does, but not as long as making one.

        Args:
            exact: Whole words. Else the last one is the beginning of one, and `*` and `?` are any letters.
        """
        if len(self.values) - len(self._spaced) > _MANY and self._scans < _MAX_SCANS:
            return self._scanned(text, exact)
        total = self.grow()
        with self._lock:
            if not exact and ("*" in text or "?" in text):
                return self._patterns(text, total)
            parts = tokens(text)
            *before, last = parts
            hits = self._hold(self._known(last) if exact else self._beginning(last), total)
            for part in before:
                hits &= self._hold(self._known(part), total)
            return self._confirm(hits, spaced_test(text, exact=exact)) if before else hits

    def _patterns(self, text: str, total: int) -> Hits:
        """Words with wildcards; several stand side by side."""
        parts = wild_parts(text)
        hits = np.full(total, bool(parts), dtype=bool)
        for part in parts:
            matches = glob(part).fullmatch
            hits &= self._hold([self._numbers[word] for word in self._sorted if matches(word)], total)
        return self._confirm(hits, spaced_test(text, exact=False)) if len(parts) > 1 else hits

    def _confirm(self, hits: Hits, test: Callable[[str], bool]) -> Hits:
        for at in np.flatnonzero(hits).tolist():
            if not test(self._spaced[at]):
                hits[at] = False
        return hits

    def _scanned(self, text: str, exact: bool) -> Hits:
        """What `_scan` says, remembered: who narrows a search asks for the same words again."""
        with self._lock:
            key = text, exact, len(self.values)
            if key not in self._seen:
                self._scans += 1
                self._seen = {old: hits for old, hits in self._seen.items() if old[2] == key[2]}
                self._seen[key] = self._scan(text, exact)
                self._seen[key].flags.writeable = False
            return self._seen[key]

    def _scan(self, text: str, exact: bool) -> Hits:
        """As `words`, without the index."""
        folded = self.folded()
        hits = np.zeros(len(folded), dtype=bool)
        wild = not exact and ("*" in text or "?" in text)
        pieces = re.split(r"[*?\s]+", " ".join(wild_parts(text))) if wild else tokens(text)
        longest = max((piece.strip() for piece in pieces), key=len, default="")
        test = spaced_test(text, exact=exact)
        letters = self._letters
        if self._lettered < len(folded):
            letters.add(self._lettered, folded[self._lettered :])
            self._lettered = len(folded)
        if len(tokens(text)) == 1 and not wild and longest.isalnum():
            hits[letters.beginning(longest, whole=exact)] = True
            doubtful = letters.others
        else:
            doubtful = [*letters.holding(longest).tolist(), *letters.others]
        for at in doubtful:
            hits[at] = longest in folded[at] and test(spaced(tokens(folded[at])))
        return hits

    def _known(self, word: str) -> list[int]:
        return [self._numbers[word]] if word in self._numbers else []

    def _beginning(self, word: str) -> list[int]:
        first = bisect_left(self._sorted, word)
        last = bisect_left(self._sorted, word + _LAST, first)
        return [self._numbers[other] for other in self._sorted[first:last]]

    def _hold(self, words: list[int], total: int) -> Hits:
        hits = np.zeros(total, dtype=bool)
        for segment in self._segments:
            for word in words:
                hits[segment.of(word)] = True
        return hits

    def holding(self, pieces: Iterable[str]) -> Hits:
        """bool (texts,): those that may hold all of these letters; certain are only those that don't.

        Args:
            pieces: Folded; only those of plain letters and digits tell anything.
        """
        total = self.grow()
        hits = np.ones(total, dtype=bool)
        with self._lock:
            for piece in pieces:
                if piece.isascii() and piece.isalnum():
                    numbers = [self._numbers[word] for word in self._sorted if piece in word]
                    hits &= self._hold(numbers, total)
        return hits

    def folded(self) -> list[str]:
        """The texts, folded; do not change it."""
        if len(self._folded) < len(self.values):
            with self._lock:
                self._folded.extend(map(fold, self.values[len(self._folded) :]))
        return self._folded

    def parts(self) -> list[tuple[str, ...]]:
        """The texts as lists, their parts folded."""
        return [tuple(text.split(SEPARATOR)) for text in self.folded()]

    def common(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Words with that beginning, those in most texts first, and in how many."""
        self.grow()
        with self._lock:
            start = bisect_left(self._sorted, beginning)
            end = bisect_left(self._sorted, beginning + _LAST, start)
            found = self._sorted[start : min(end, start + 5_000)]
            counted = [
                (word, sum(len(part.of(self._numbers[word])) for part in self._segments)) for word in found
            ]
        return sorted(counted, key=lambda entry: (-entry[1], entry[0]))[:limit]
