"""JPEG: the segments before the pixels (ITU-T T.81, annex B)."""

from __future__ import annotations

import struct

from studio.gallery.metadata.bounded import Damaged, Source
from studio.gallery.metadata.content import Content, side

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MAX_FILL = 1_000
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def read(source: Source) -> Content:
    """Size and texts."""
    content = Content("image", "JPEG")
    exif: bytes | None = None
    try:
        exif = _segments(source, content)
    except Damaged as error:
        content.warn(str(error))
        content.lost = True
    if exif is not None:
        from studio.gallery.metadata.containers.exif import add_exif

        add_exif(content, Source.of_bytes(exif))
    if content.width is None:
        content.warn("it ends before its size")
    elif source.some(max(0, source.size - 2), 2) != b"\xff\xd9" and b"\xff\xd9" not in source.some(
        max(0, source.size - 4096), 4096
    ):
        content.warn("it ends before its end mark")
    return content


def _segments(source: Source, content: Content) -> bytes | None:
    """Reads until the pixels begin; the EXIF segment, None for none."""
    position, fill = 2, 0
    exif: bytes | None = None
    while True:
        mark, kind = source.at(position, 2, 4096)
        if mark != 0xFF:
            raise Damaged("its segments make no sense")
        if kind == 0xFF:  # fill bytes may stand before any mark
            position, fill = position + 1, fill + 1
            if fill > _MAX_FILL:
                raise Damaged("its segments make no sense")
            continue
        if kind in _ALONE:
            position += 2
            continue
        if kind in (0xD9, 0xDA):
            return exif
        (size,) = struct.unpack(">H", source.at(position + 2, 2))
        if size < 2:
            raise Damaged("its segments make no sense")
        start = position + 4
        if kind in _FRAMES and size >= 7:
            height, width = struct.unpack(">HH", source.at(start + 1, 4))
            content.width, content.height = side(width), side(height)
        elif kind == 0xE1 and exif is None:
            data = source.at(start, size - 2)
            exif = data if data.startswith(b"Exif\0\0") else None
        elif kind == 0xFE:
            content.add("comment", source.at(start, size - 2).decode("utf-8", "replace").rstrip("\0"))
        position = start + size - 2
