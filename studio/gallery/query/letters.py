"""Plain texts end to end, so that one look finds a word in all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BLANKS = bytes(byte if byte < 128 and chr(byte).isalnum() else ord(" ") for byte in range(256))
"""What is neither letter nor digit stands between words; see `fold.tokens`."""


class Letters:
    """Folded texts of which those in ASCII are searched together; it grows at its end.

    Attributes:
        others: Numbers of the texts with other letters, which want a look each.
    """

    def __init__(self) -> None:
        self.others: list[int] = []
        self._data = b" "
        self._starts: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def add(self, first: int, texts: Sequence[str]) -> None:
        """Take in texts, of which `first` is the number of the first."""
        plain, coming = [], []
        for number, text in enumerate(texts, first):
            if text.isascii():
                plain.append(number)
                coming.append(text)
            else:
                self.others.append(number)
        sizes = np.fromiter(map(len, coming), np.int64, len(coming)) + 1
        starts = len(self._data) + np.cumsum(sizes) - sizes - 1  # the blank before a text is its own
        self._starts = np.concatenate((self._starts, starts))
        self._numbers = np.concatenate((self._numbers, np.array(plain, dtype=np.int64)))
        self._data += "".join(f"{text} " for text in coming).encode("ascii").translate(_BLANKS)

    def holding(self, piece: str) -> NDArray[np.int64]:
        """Numbers of the texts in ASCII that hold these letters and digits, ascending."""
        return self._texts_with(piece, "") if piece else self._numbers

    def beginning(self, word: str, *, whole: bool) -> NDArray[np.int64]:
        """Numbers of the texts in ASCII in which a word begins so, ascending.

        Args:
            word: Letters and digits.
            whole: Whether the word must end there too.
        """
        return self._texts_with(f" {word}", "(?= )" if whole else "")

    def _texts_with(self, piece: str, then: str) -> NDArray[np.int64]:
        if not piece.isascii():
            return np.empty(0, dtype=np.int64)
        matches = re.finditer(f"{re.escape(piece)}{then}".encode("ascii"), self._data)
        places = np.array([match.start() for match in matches], dtype=np.int64)
        texts = np.searchsorted(self._starts, places, side="right") - 1
        return self._numbers[texts[np.diff(texts, prepend=-1) > 0]]
