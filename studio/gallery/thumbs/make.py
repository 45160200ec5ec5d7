"""One file → its small pictures. What the file is, is told by its first bytes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image

from studio.errors import OutputError, StorageError
from studio.gallery.thumbs import film, picture, sound
from studio.gallery.thumbs.budget import Budget
from studio.gallery.thumbs.store import Entry
from studio.gallery.thumbs.thumb import FORMS
from studio.media import Media, sniff

IN_MEMORY = 64 * 1024 * 1024
"""A file up to so many bytes is read once, for its key and for its picture; a larger one piece by piece."""

MOST_BYTES = 1024**3
"""Still pictures of more bytes are not decoded."""

_SAMPLE = 1024 * 1024
_QUALITY = {"webp": {"quality": 80, "method": 2}, "jpeg": {"quality": 84, "optimize": False}}


@dataclass(frozen=True)
class StripWant:
    """A scrub strip: how many frames, and the longer side of each in pixels."""

    frames: int
    side: int


class Source:
    """A file that is open, and as it was when it was opened. A context manager.

    Args:
        path: Of a plain file.

    Raises:
        StorageError: it is not there, no plain file, or may not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode):
                raise StorageError("it is no file", path=path)
            self.file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise StorageError(_said(error), path=path) from error
        now = os.fstat(self.file.fileno())
        self.size, self.modified = now.st_size, now.st_mtime_ns

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    @cached_property
    def data(self) -> bytes | None:
        """The whole file, unless it is larger than `IN_MEMORY`."""
        if self.size > IN_MEMORY:
            return None
        try:
            self.file.seek(0)
            return self.file.read(IN_MEMORY + 1)[:IN_MEMORY]
        except OSError as error:
            raise StorageError(_said(error), path=self.path) from error

    @cached_property
    def content(self) -> bytes:
        """Sixteen bytes that stand for the content; of a file above `IN_MEMORY` for samples of it."""
        digest = hashlib.blake2b(str(self.size).encode(), digest_size=16)
        if self.data is not None:
            digest.update(self.data)
        else:
            for place in (0, self.size // 2, max(0, self.size - _SAMPLE)):
                digest.update(self._piece(place))
        return digest.digest()

    @cached_property
    def media(self) -> Media | None:
        """What its first bytes say that it is."""
        head = self.data[:64] if self.data is not None else self._piece(0)[:64]
        return sniff(head, self.path.name)

    def reader(self) -> IO[bytes]:
        """The file from its beginning."""
        if self.data is not None:
            return BytesIO(self.data)
        self.file.seek(0)
        return self.file

    def _piece(self, place: int) -> bytes:
        try:
            self.file.seek(place)
            return self.file.read(_SAMPLE)
        except OSError as error:
            raise StorageError(_said(error), path=self.path) from error


def make_thumbs(source: Source, sides: Iterable[int], budget: Budget, form: str) -> dict[int, Entry]:
    """Thumbnails in several sizes, from one decoding.

    Returns:
        Side → entry; with a note in place of a picture if the file has none that can be shown.

    Raises:
        StudioError: something other than the file's content is in the way: the disk, PyAV not installed.
    """
    wanted = sorted(sides, reverse=True)
    try:
        image, seconds = _largest(source, wanted[0], budget)
        return {side: encoded(image, form, source.content, side=side, seconds=seconds) for side in wanted}
    except OutputError as error:
        return dict.fromkeys(wanted, Entry(note=error.message, content=source.content))


def make_strip(source: Source, want: StripWant, budget: Budget, form: str) -> Entry:
    """Frames side by side; a note if the file does not move.

    Raises:
        StudioError: as for `make_thumbs`.
    """
    try:
        media = _media(source)
        seconds = 0.0
        if media.kind == "video":
            frames, seconds = film.strip_frames(source.reader(), media.extension, want.frames, want.side)
        elif media.kind == "image":
            frames = picture.frames_of(source.reader(), _form(media), want.frames, want.side, budget)
        else:
            raise OutputError("it has no moving picture")
        if len(frames) < 2:
            raise OutputError("it does not move")
        width, height = frames[0].size
        sheet = Image.new("RGB", (width * len(frames), height))
        for place, frame in enumerate(frames):
            sheet.paste(
                frame if frame.size == (width, height) else frame.resize((width, height)), (place * width, 0)
            )
        return Entry(
            encode(sheet, form), "", FORMS[form], source.content, width, height, len(frames), seconds
        )
    except OutputError as error:
        return Entry(note=error.message, content=source.content, frames=0)


def smaller(entry: Entry, side: int, form: str) -> Entry | None:
    """A thumbnail from a larger one that is kept; None if that can't be decoded after all."""
    try:
        with Image.open(BytesIO(entry.data), formats=[name.upper() for name in FORMS]) as image:
            image.load()
            return encoded(image.convert("RGB"), form, entry.content, side=side, seconds=entry.seconds)
    except Exception:  # a cache file is anybody's bytes
        return None


def encoded(image: Image.Image, form: str, content: bytes, *, side: int, seconds: float = 0.0) -> Entry:
    """`image` at most `side` pixels, as an entry."""
    if max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return Entry(encode(image, form), "", FORMS[form], content, *image.size, 1, seconds)


def encode(image: Image.Image, form: str) -> bytes:
    """As a file."""
    buffer = BytesIO()
    image.save(buffer, form.upper(), **_QUALITY[form])
    return buffer.getvalue()


def _largest(source: Source, side: int, budget: Budget) -> tuple[Image.Image, float]:
    media = _media(source)
    ways: dict[str, Callable[[], tuple[Image.Image, float]]] = {
        "image": lambda: (picture.small_picture(source.reader(), _form(media), side, budget), 0.0),
        "video": lambda: film.poster(source.reader(), media.extension, side),
        "audio": lambda: sound.waveform(source.reader(), media.extension, side),
    }
    if media.kind not in ways:
        raise OutputError(f"{media.extension.lstrip('.').upper()} files have no thumbnail")
    return ways[media.kind]()


def _media(source: Source) -> Media:
    if source.size == 0:
        raise OutputError("the file is empty")
    if source.media is None:
        raise OutputError("not a picture, film or sound that is known here")
    if source.media.kind == "image" and source.size > MOST_BYTES:
        raise OutputError(f"a picture of {source.size / 1e9:.1f} GB is not decoded")
    return source.media


def _form(media: Media) -> str:
    return media.mime.removeprefix("image/").upper()


def _said(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "the file is not there any more"
    if isinstance(error, PermissionError):
        return "the file may not be read"
    return f"the file can't be read ({error.strerror or error})"
