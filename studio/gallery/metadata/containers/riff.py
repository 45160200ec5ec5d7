"""RIFF: WebP (RFC 9649), AVI and WAV."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.content import Content, rate, seconds, side


def read(source: Source) -> Content:
    """Size, length and texts, as far as the format has them."""
    form = source.at(8, 4)
    content = {
        b"WEBP": Content("image", "WebP"),
        b"AVI ": Content("video", "AVI", carries=False),
        b"WAVE": Content("audio", "WAV", carries=False),
    }[form]
    try:
        {b"WEBP": _webp, b"AVI ": _avi, b"WAVE": _wav}[form](source, content)
        (size,) = struct.unpack("<I", source.at(4, 4))
        if size + 8 > source.size and size < 0xFFFFFFFF:
            content.warn("it is cut off")
            content.lost = content.lost or not content.texts  # EXIF stands behind the pixels
    except Damaged as error:
        content.warn(str(error))
        content.lost = True
    return content


def _chunks(source: Source, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start + 8 <= min(end, source.size):
        kind, size = struct.unpack("<4sI", source.at(start, 8))
        yield kind, start + 8, size
        start += 8 + size + size % 2


def _webp(source: Source, content: Content) -> None:
    frames, length = 0, 0
    exif: bytes | None = None
    for kind, start, size in _chunks(source, 12, source.size):
        if kind == b"VP8X" and size >= 10:
            data = source.at(start, 10)
            content.width = int.from_bytes(data[4:7], "little") + 1
            content.height = int.from_bytes(data[7:10], "little") + 1
        elif kind == b"VP8 " and content.width is None and size >= 10:
            width, height = struct.unpack("<HH", source.at(start + 6, 4))
            content.width, content.height = side(width & 0x3FFF), side(height & 0x3FFF)
        elif kind == b"VP8L" and content.width is None and size >= 5:
            bits = int.from_bytes(source.at(start + 1, 4), "little")
            content.width, content.height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif kind == b"ANMF" and size >= 16:
            frames += 1
            length += int.from_bytes(source.at(start + 12, 3), "little")
        elif kind == b"EXIF" and size <= MAX_TEXT:
            exif = source.at(start, size)
    if frames > 1:
        content.duration = seconds(length, 1_000)
        content.fps = rate(frames, content.duration)
    if exif is not None:
        from studio.gallery.metadata.containers.exif import add_exif

        add_exif(content, Source.of_bytes(exif))


def _avi(source: Source, content: Content) -> None:
    for kind, start, size in _chunks(source, 12, source.size):
        if kind == b"LIST" and source.at(start, 4) == b"hdrl":
            for inner, at, length in _chunks(source, start + 4, start + size):
                if inner == b"avih" and length >= 40:
                    values = struct.unpack("<10I", source.at(at, 40))
                    content.width, content.height = side(values[8]), side(values[9])
                    content.duration = seconds(values[4] * values[0], 1_000_000)
                    content.fps = rate(values[4], content.duration)
            return


def _wav(source: Source, content: Content) -> None:
    speed = 0
    for kind, start, size in _chunks(source, 12, source.size):
        if kind == b"fmt " and size >= 16:
            (speed,) = struct.unpack("<I", source.at(start + 8, 4))
        elif kind == b"data":
            content.duration = seconds(min(size, source.size - start), speed)
            return
