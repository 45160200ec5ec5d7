"""Pictures that hold a size and hardly more: GIF, BMP, OpenEXR."""

from __future__ import annotations

import struct

from studio.gallery.metadata.bounded import Damaged, Source
from studio.gallery.metadata.content import Content, rate, seconds, side

_AHEAD = 64 * 1024


def read(source: Source) -> Content:
    """The size; of a moving GIF also its length."""
    head = source.some(0, 32)
    if head.startswith(b"GIF"):
        return _gif(source)
    return _bmp(source) if head.startswith(b"BM") else _exr(source)


def _bmp(source: Source) -> Content:
    content = Content("image", "BMP")
    (header,) = struct.unpack("<I", source.at(14, 4))
    width, height = struct.unpack("<HH" if header == 12 else "<ii", source.at(18, 4 if header == 12 else 8))
    content.width, content.height = side(width), side(abs(height))
    return content


def _gif(source: Source) -> Content:
    content = Content("image", "GIF")
    width, height, flags = struct.unpack("<HHB", source.at(6, 5))
    content.width, content.height = side(width), side(height)
    try:
        frames, hundredths = _gif_blocks(source, content, 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
        if frames > 1:
            content.duration = seconds(hundredths, 100)
            content.fps = rate(frames, content.duration)
    except Damaged as error:
        content.warn(str(error))
        content.lost = True
    return content


def _gif_blocks(source: Source, content: Content, position: int) -> tuple[int, int]:
    """Frames, and how long they are shown in 1/100 s (GIF89a, 15 ff.)."""
    frames = hundredths = 0
    while (mark := source.at(position, 1, _AHEAD)) != b";":
        if mark == b"!":
            label = source.at(position + 1, 1, _AHEAD)
            if label == b"\xf9":
                hundredths += struct.unpack("<H", source.at(position + 4, 2, _AHEAD))[0]
            position, text = _sub_blocks(source, position + 2, keep=label == b"\xfe")
            if text:
                content.add("comment", text.decode("utf-8", "replace"))
        elif mark == b",":
            frames += 1
            flags = source.at(position + 9, 1, _AHEAD)[0]
            position += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            position, _ = _sub_blocks(source, position, keep=False)
        else:
            raise Damaged("its blocks make no sense")
    return frames, hundredths


def _sub_blocks(source: Source, position: int, *, keep: bool) -> tuple[int, bytes]:
    parts: list[bytes] = []
    while size := source.at(position, 1, _AHEAD)[0]:
        if keep and len(parts) < 4_096:
            parts.append(source.at(position + 1, size, _AHEAD))
        position += 1 + size
    return position + 1, b"".join(parts)


def _exr(source: Source) -> Content:
    """OpenEXR's attributes: name, type, size, value; an empty name ends them."""
    content = Content("image", "OpenEXR", carries=False)
    position = 8
    try:
        while name := _name(source, position):
            position += len(name) + 1
            kind = _name(source, position)
            position += len(kind) + 1
            (size,) = struct.unpack("<I", source.at(position, 4))
            if name == b"displayWindow" and size == 16:
                left, top, right, bottom = struct.unpack("<4i", source.at(position + 4, 16))
                content.width, content.height = side(right - left + 1), side(bottom - top + 1)
                return content
            position += 4 + size
    except Damaged as error:
        content.warn(str(error))
    return content


def _name(source: Source, position: int) -> bytes:
    name, zero, _ = source.some(position, 256).partition(b"\0")
    if not zero:
        raise Damaged("its structure makes no sense")
    return name
