"""Reading a file that nobody vouches for: never more bytes, and never more often, than is set here."""

from __future__ import annotations

import os
from collections.abc import Callable

MAX_BYTES = 24 * 1024 * 1024
"""Most that is read of one file."""

MAX_READS = 20_000
"""Most separate reads of one file."""

MAX_STEPS = 300_000
"""Most parts that are looked at, whether or not they come from the disk anew; about half a second."""

MAX_TEXT = 8 * 1024 * 1024
"""Most bytes of one text, unpacked. The largest real workflows, with pictures inside, have about 3 MB."""

WINDOW = 16 * 1024
"""What is read at the start: of most pictures that holds all that is asked for."""


class Damaged(Exception):
    """The file is not what it claims; the text says what is wrong, for the row's warnings."""


class TooMuch(Damaged):
    """A limit was reached."""


class Source:
    """A file by position. Small parts near each other come out of one read.

    Args:
        pread: Gives up to `size` bytes at `offset`.
        size: Bytes of the file.
    """

    def __init__(self, pread: Callable[[int, int], bytes], size: int) -> None:
        self._pread = pread
        self.size = size
        self._left = MAX_BYTES
        self._reads = MAX_READS
        self._steps = MAX_STEPS
        self._start = 0
        self._window = b""

    @classmethod
    def of_descriptor(cls, handle: int, size: int) -> Source:
        """An open file of `size` bytes. Its position is not used."""
        if hasattr(os, "pread"):
            return cls(lambda offset, length: os.pread(handle, length, offset), size)
        return cls(lambda offset, length: _seek_and_read(handle, offset, length), size)

    @classmethod
    def of_bytes(cls, data: bytes) -> Source:
        """A file in memory."""
        return cls(lambda offset, length: data[offset : offset + length], len(data))

    def head(self) -> bytes:
        """The first bytes, up to `WINDOW`."""
        return self.some(0, WINDOW, WINDOW)

    def at(self, offset: int, size: int, ahead: int = 0) -> bytes:
        """Exactly `size` bytes at `offset`.

        Args:
            ahead: How many to read for the next calls, where these are not at hand.

        Raises:
            Damaged: the file ends before, or the limits are used up.
        """
        data = self.some(offset, size, ahead)
        if len(data) < size:
            raise Damaged("it is cut off")
        return data

    def some(self, offset: int, size: int, ahead: int = 0) -> bytes:
        """As `at`, but less where the file ends.

        Raises:
            Damaged: a limit is used up, or the disk fails.
        """
        self._steps -= 1
        if self._steps < 0:
            raise TooMuch("it has more parts than are read")
        start = offset - self._start
        if start >= 0 and start + size <= len(self._window):
            return self._window[start : start + size]
        if offset < 0 or size < 0:
            raise Damaged("its structure makes no sense")
        wanted = max(0, min(max(size, ahead), self.size - offset))
        self._left -= wanted
        self._reads -= 1
        if self._left < 0 or self._reads < 0:
            raise TooMuch("it has more parts than are read")
        try:
            data = self._pread(offset, wanted) if wanted else b""
        except OSError as error:
            raise Damaged(f"it can't be read ({error.strerror or error})") from error
        if ahead:
            self._start, self._window = offset, data
        return data[:size]


def _seek_and_read(handle: int, offset: int, length: int) -> bytes:
    os.lseek(handle, offset, os.SEEK_SET)
    return os.read(handle, length)


class View:
    """A `Source` with a position, for readers that want an open file.

    Args:
        limit: Where it ends at the latest; `limited` tells whether more was wanted, `cut` whether more than
            the file has.
    """

    def __init__(self, source: Source, limit: int = MAX_BYTES) -> None:
        self._source = source
        self._size = min(source.size, limit)
        self._position = 0
        self.limited = self.cut = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes from here on."""
        left = max(0, self._size - self._position)
        if size > left:
            self.limited = self.limited or self._size < self._source.size
            self.cut = self.cut or self._size == self._source.size
        data = self._source.some(self._position, left if size < 0 else min(size, left), WINDOW)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """As of a file."""
        return self._position
