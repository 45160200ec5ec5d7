"""WebM and Matroska: Info, Tracks and Tags of the first segment (RFC 9559); clusters are skipped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.content import Content, seconds, side

_SEGMENT, _INFO, _TRACKS, _TAGS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_ENTRY, _TYPE, _VIDEO, _FRAME_TIME = 0xAE, 0x83, 0xE0, 0x23E383
_WIDTH, _HEIGHT, _SHOWN_WIDTH, _SHOWN_HEIGHT, _UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
_TAG, _SIMPLE, _NAME, _STRING = 0x7373, 0x67C8, 0x45A3, 0x4487
_MAX_ELEMENTS = 15_000


class Element(NamedTuple):
    """An element: its identity, and where its content begins and ends."""

    identity: int
    start: int
    end: int


def read(source: Source) -> Content:
    """Size, length and texts."""
    name = "Matroska" if b"matroska" in source.some(0, 64) else "WebM"
    content = Content("video", name)
    try:
        _File(source, content).read()
    except Damaged as error:
        content.warn(str(error))
        content.lost = True
    return content


class _File:
    def __init__(self, source: Source, content: Content) -> None:
        self.source = source
        self.content = content
        self.left = _MAX_ELEMENTS
        self.video = self.sound = False

    def read(self) -> None:
        for top in self._inside(0, self.source.size):
            if top.identity != _SEGMENT:
                continue
            for part in self._inside(top.start, top.end):
                if part.end > self.source.size:
                    raise Damaged("it is cut off")
                if part.identity == _INFO:
                    self._info(part)
                elif part.identity == _TRACKS:
                    self._tracks(part)
                elif part.identity == _TAGS:
                    self._tags(part)
            break
        else:
            raise Damaged("it is cut off")
        if self.sound and not self.video:
            self.content.kind = "audio"

    def _inside(self, start: int, end: int) -> Iterator[Element]:
        end = min(end, self.source.size)
        while start < end:
            self.left -= 1
            if self.left < 0:
                raise Damaged("it has too many elements")
            # two numbers: up to four bytes of identity, up to eight of size
            head = self.source.some(start, 12, 256)
            identity, used = _number(head, 0, marked=True)
            size, used = _number(head, used, marked=False)
            body = start + used
            if size is None:
                if identity not in (_SEGMENT, _CLUSTER):
                    raise Damaged("its elements make no sense")
                size = end - body
            yield Element(identity or 0, body, body + size)
            start = body + size

    def _info(self, info: Element) -> None:
        scale, ticks = 1_000_000, 0.0
        for item in self._inside(info.start, info.end):
            if item.identity == _SCALE:
                scale = self._whole(item)
            elif item.identity == _DURATION:
                data = self.source.at(item.start, item.end - item.start)
                if len(data) in (4, 8):
                    (ticks,) = struct.unpack(">f" if len(data) == 4 else ">d", data)
        self.content.duration = seconds(ticks * scale, 1e9) if ticks == ticks else None

    def _tracks(self, tracks: Element) -> None:
        for entry in self._inside(tracks.start, tracks.end):
            if entry.identity != _ENTRY:
                continue
            kind, frame_time, video = 0, 0, None
            for item in self._inside(entry.start, entry.end):
                if item.identity == _TYPE:
                    kind = self._whole(item)
                elif item.identity == _FRAME_TIME:
                    frame_time = self._whole(item)
                elif item.identity == _VIDEO:
                    video = item
            self.sound = self.sound or kind == 2
            if kind == 1 and video is not None and not self.video:
                self.video = True
                self._frame(video)
                if 1_000_000 <= frame_time <= 10**12:
                    self.content.fps = round(1e9 / frame_time, 4)

    def _frame(self, video: Element) -> None:
        values = {
            item.identity: self._whole(item)
            for item in self._inside(video.start, video.end)
            if item.identity in (_WIDTH, _HEIGHT, _SHOWN_WIDTH, _SHOWN_HEIGHT, _UNIT)
        }
        width, height = values.get(_WIDTH, 0), values.get(_HEIGHT, 0)
        if values.get(_UNIT, 0) == 0:  # shown size is in pixels
            width, height = values.get(_SHOWN_WIDTH) or width, values.get(_SHOWN_HEIGHT) or height
        self.content.width, self.content.height = side(width), side(height)

    def _tags(self, tags: Element) -> None:
        for tag in self._inside(tags.start, tags.end):
            for simple in self._inside(tag.start, tag.end) if tag.identity == _TAG else ():
                if simple.identity != _SIMPLE:
                    continue
                name = text = ""
                for item in self._inside(simple.start, simple.end):
                    if item.identity == _NAME:
                        name = self._text(item)
                    elif item.identity == _STRING:
                        text = self._text(item)
                self.content.add(name, text)

    def _whole(self, item: Element) -> int:
        size = item.end - item.start
        return int.from_bytes(self.source.at(item.start, size), "big") if 0 < size <= 8 else 0

    def _text(self, item: Element) -> str:
        size = item.end - item.start
        if size > MAX_TEXT:
            raise Damaged(f"a text of {size:,} bytes")
        return self.source.at(item.start, size).decode("utf-8", "replace").rstrip("\0")


def _number(data: bytes, at: int, *, marked: bool) -> tuple[int | None, int]:
    """A number whose first byte tells its length, and where it ends; None for 'size unknown'.

    Args:
        marked: Keep the mark of the length in it, as identities do.
    """
    if at >= len(data) or not data[at]:
        raise Damaged("its elements make no sense")
    length = 9 - data[at].bit_length()
    part = data[at : at + length]
    if len(part) < length:
        raise Damaged("it is cut off")
    value = int.from_bytes(part, "big")
    if marked:
        return value, at + length
    rest = (1 << 7 * length) - 1
    return (None if value & rest == rest else value & rest), at + length
