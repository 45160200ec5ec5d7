"""A take as a page shows it: what kind of file it is, the file itself in pieces, or a picture made of it.

shown = look_at(path)
if shown.native: data = read_piece(path, 0, stamp=shown.stamp).data   # … and on, until shown.bytes
else: picture = rendition(path, 2048)
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.errors import StorageError, TakeError
from studio.files import READ_FLAGS
from studio.gallery.thumbs.budget import Budget
from studio.gallery.thumbs.make import Source, make_thumbs
from studio.media import Media, sniff

CHUNK = 1024 * 1024
"""Bytes of a piece."""

MOST_BYTES = 256 * 1024 * 1024
"""Of a file that goes to a page whole; of a larger picture there are renditions, a larger film is named."""

MOST_PIXELS = 80_000_000
"""Of a picture that a browser is given to decode: 320 MB of its memory."""

MOST_SIDE = 8192
"""Pixels of a rendition's longer side."""

Kind = Literal["image", "video", "audio", "other"]

_PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"},
)
_FILMS = {"video/mp4": "video/mp4", "video/webm": "video/webm", "video/quicktime": "video/mp4"}
"""What browsers play → what it is called for them: QuickTime has the boxes of MP4."""
_SOUNDS = frozenset({"audio/mpeg", "audio/flac", "audio/wav", "audio/ogg", "audio/mp4"})
_HEAD = 64


@dataclass(frozen=True)
class Shown:
    """What a file is, by its first bytes.

    Attributes:
        kind: `other` if it is nothing that can be looked at.
        mime: For the browser; "" if it can't show the file.
        bytes: Its size.
        stamp: Tells this file from another one that takes its place.
        native: Whether a browser shows the file itself.
        note: Why it can't, or why it gets no more than a picture made of it.
    """

    kind: Kind
    mime: str
    bytes: int
    stamp: str
    native: bool
    note: str = ""


@dataclass(frozen=True)
class Piece:
    """Bytes of a file from `start` on; `size` and `stamp` are the whole file's."""

    data: bytes
    start: int
    size: int
    stamp: str


@dataclass(frozen=True)
class Rendition:
    """A picture made of a file; no data, and a note, where none can be made."""

    data: bytes
    mime: str
    width: int
    height: int
    note: str = ""


def look_at(path: Path, *, pixels: int | None = None) -> Shown:
    """What a file is, and how a page can show it.

    Args:
        path: The file, known to be where it may be.
        pixels: Width × height, where that is known.

    Raises:
        StorageError: it is not there, no plain file, or can't be read.
    """
    with _opened(path) as file:
        state = os.fstat(file)
        media = sniff(_read(path, file, 0, _HEAD), path.name)
    size, stamp = state.st_size, _stamp(state)
    if media is None:
        return Shown(
            "other", "", size, stamp, False, "It is no picture, film or sound" if size else "It is empty"
        )
    kind, mime, note = _played(media)
    if mime and size > MOST_BYTES:
        mime, note = "", f"It has {size / 1e6:,.0f} MB; up to {MOST_BYTES / 1e6:,.0f} MB are shown here whole"
    elif mime and kind == "image" and (pixels or 0) > MOST_PIXELS:
        millions = (pixels or 0) / 1e6
        mime, note = "", f"It has {millions:,.0f} million pixels; what is shown is smaller"
    return Shown(kind, mime, size, stamp, bool(mime), note)


def read_piece(path: Path, start: int, *, stamp: str = "") -> Piece:
    """A piece of a file that a browser shows.

    Args:
        path: The file, known to be where it may be.
        start: The first byte.
        stamp: Of the file that was looked at; "" takes any.

    Raises:
        TakeError: it is another file now, too large, nothing that a browser shows, or ends before.
        StorageError: it is not there, no plain file, or can't be read.
    """
    with _opened(path) as file:
        state = os.fstat(file)
        if stamp and _stamp(state) != stamp:
            raise TakeError("the file changed while it was loaded", path=path, hint="Open it again.")
        if state.st_size > MOST_BYTES:
            raise TakeError(
                f"it has {state.st_size / 1e6:,.0f} MB; up to {MOST_BYTES / 1e6:,.0f} MB are shown here",
                path=path,
                hint=f"Open {path.name} in a player.",
            )
        head = _read(path, file, 0, _HEAD)
        media = sniff(head, path.name)
        if media is None or not _played(media)[1]:
            raise TakeError(
                f"browsers show no {_name(media, path)} files",
                path=path,
                hint=f"Open {path.name} in a player.",
            )
        data = _read(path, file, start, CHUNK)
    if not data and start < state.st_size:
        raise TakeError("the file was cut off while it was read", path=path, hint="Open it again.")
    return Piece(data, start, state.st_size, _stamp(state))


def rendition(path: Path, side: int, budget: Budget) -> Rendition:
    """A picture of a file, upright, in sRGB: itself, of a film the poster, of a sound the waveform.

    Args:
        path: The file, known to be where it may be.
        side: Pixels that its width and height have at most, up to `MOST_SIDE`; nothing is enlarged.
        budget: Memory to ask before decoding.

    Raises:
        StudioError: something other than the file's content is in the way.
    """
    wanted = max(16, min(side, MOST_SIDE))
    with Source(path) as source:
        made = make_thumbs(source, [wanted], budget, "jpeg")[wanted]
    return Rendition(made.data, made.mime if made.data else "", made.width, made.height, made.note)


def _played(media: Media) -> tuple[Kind, str, str]:
    """Kind, what a browser calls it ("" if it shows none), and why not."""
    if media.kind == "image":
        if media.mime in _PICTURES:
            return "image", media.mime, ""
        return "image", "", f"Browsers show no {_name(media)} files; this is one made of it"
    if media.kind == "video":
        mime = _FILMS.get(media.mime, "")
        return "video", mime, "" if mime else f"Browsers play no {_name(media)} files"
    if media.kind == "audio":
        mime = media.mime if media.mime in _SOUNDS else ""
        return "audio", mime, "" if mime else f"Browsers play no {_name(media)} files"
    return "other", "", f"{_name(media)} files have no picture"


def _name(media: Media | None, path: Path | None = None) -> str:
    extension = media.extension if media is not None else (path.suffix if path is not None else "")
    return extension.lstrip(".").upper() or "such"


def _stamp(state: os.stat_result) -> str:
    return f"{state.st_size:x}-{state.st_mtime_ns:x}"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A plain file's descriptor; a pipe of that name would never end."""
    try:
        file = os.open(path, READ_FLAGS)
    except OSError as error:
        raise _refused(path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise StorageError("it is no plain file", path=path)
        yield file
    finally:
        os.close(file)


def _read(path: Path, file: int, start: int, size: int) -> bytes:
    try:
        os.lseek(file, start, os.SEEK_SET)
        parts: list[bytes] = []
        while size > 0 and (part := os.read(file, size)):
            parts.append(part)
            size -= len(part)
    except OSError as error:
        raise _refused(path, error) from error
    return b"".join(parts)


def _refused(path: Path, error: OSError) -> StorageError:
    if isinstance(error, FileNotFoundError):
        return StorageError(
            "it is not there any more", path=path, hint="Was it moved? Scan the folder again."
        )
    return StorageError(f"it can’t be read ({error.strerror or type(error).__name__})", path=path)
