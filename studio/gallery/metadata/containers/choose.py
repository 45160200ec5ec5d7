"""The reader for a file's first bytes."""

from __future__ import annotations

import importlib
import struct
import zlib
from collections.abc import Callable
from functools import cache

from studio.gallery.metadata.bounded import Damaged, Source
from studio.gallery.metadata.content import Content

_READERS = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff",
    "matroska": b"\x1aE\xdf\xa3",
}
_PICTURES = (b"GIF87a", b"GIF89a", b"v/1\x01")
_TIFF = (b"II*\0", b"MM\0*")
_SOUND = (b"fLaC", b"OggS", b"ID3\x02", b"ID3\x03", b"ID3\x04")


def read_content(source: Source) -> Content | None:
    """Headers and texts of a file; None if its bytes are of no kind that is known here.

    Raises:
        Damaged: it is of a known kind, but not even its size can be read.
    """
    name = _reader(source.head())
    if name is None:
        return None
    try:
        content = _read(name)(source)
    except (struct.error, zlib.error, ValueError, LookupError, ArithmeticError) as error:
        raise Damaged("its structure makes no sense") from error
    return content


@cache
def _read(name: str) -> Callable[[Source], Content]:
    read: Callable[[Source], Content]
    read = importlib.import_module(f"studio.gallery.metadata.containers.{name}").read
    return read


def _reader(head: bytes) -> str | None:
    for name, mark in _READERS.items():
        if head.startswith(mark):
            return name
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI ", b"WAVE"):
        return "riff"
    if head[4:8] == b"ftyp":
        return "boxes"
    if head.startswith(_PICTURES) or (head[:2] == b"BM" and head[6:10] == bytes(4)):
        return "pictures"
    if head.startswith(_TIFF):
        return "exif"
    if head.startswith(_SOUND) or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2):
        return "sound"
    if len(head) > 10 and head[8:10] == b'{"':
        return "sound"
    return None
