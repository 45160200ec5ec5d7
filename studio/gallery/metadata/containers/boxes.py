"""ISO base media: MP4, MOV, M4A, AVIF, HEIC (ISO/IEC 14496-12; QuickTime File Format).

Of a film only the index (`moov`) is read, of a picture only `meta`.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.content import Content, rate, seconds, side

_PICTURES = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF"}
_SOUND = {b"M4A ", b"M4B "}
_QUICKTIME = {b"\xa9cmt": "comment", b"\xa9des": "description", b"\xa9swr": "software"}
"""Texts of a MOV, right in its `udta`."""

_MAX_INDEX = 8 * 1024 * 1024
_MAX_BOXES = 10_000
_MAX_ENTRIES = 20_000


class Box(NamedTuple):
    """A box: its kind, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


def read(source: Source) -> Content:
    """Size, length and texts."""
    brand = source.at(8, 4)
    if brand in _PICTURES:
        content = Content("image", _PICTURES[brand])
        wanted = b"meta"
    else:
        content = Content("audio" if brand in _SOUND else "video", "MOV" if brand == b"qt  " else "MP4")
        wanted = b"moov"
    try:
        box = _find(source, wanted)
        if box.end - box.start > _MAX_INDEX:
            raise Damaged(f"its index has {box.end - box.start:,} bytes")
        index = Source.of_bytes(source.at(box.start, box.end - box.start))
        if wanted == b"moov":
            _Film(index, content).read()
        else:
            _picture(source, index, content)
    except (Damaged, struct.error) as error:
        content.warn(str(error))
        content.lost = True
    return content


def _find(source: Source, kind: bytes) -> Box:
    cut = False
    for box in _boxes(source, 0, source.size):
        if box.end > source.size:
            cut = True
        elif box.kind == kind:
            return box
    raise Damaged("it is cut off" if cut else f"it has no index ({kind.decode()})")


def _boxes(source: Source, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side; one that runs past the end is given too, as the last."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack(">I4s", source.at(start, 8))
        body = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", source.at(body, 8))
            body += 8
        stop = end if size == 0 else start + size
        if stop < body:
            raise Damaged("its boxes make no sense")
        yield Box(kind, body, stop)
        start = stop
    raise Damaged("it has too many boxes")


class _Film:
    def __init__(self, source: Source, content: Content) -> None:
        self.source = source
        self.content = content

    def read(self) -> None:
        for box in self._inside(Box(b"moov", 0, self.source.size)):
            if box.kind == b"mvhd":
                self.content.duration = self._length(box)
            elif box.kind == b"trak":
                self._track(box)
            elif box.kind in (b"udta", b"meta"):
                self._texts(box)
        if self.content.kind == "video" and self.content.width is None:
            self.content.kind = "audio"  # sound in an MP4 of the general brand

    def _inside(self, box: Box) -> Iterator[Box]:
        for inner in _boxes(self.source, box.start, box.end):
            if inner.end > box.end:
                raise Damaged("its boxes make no sense")
            yield inner

    def _length(self, box: Box) -> float | None:
        """Of `mvhd` and `mdhd`, which begin alike."""
        version = self.source.at(box.start, 1)[0]
        if version == 1:
            scale, length = struct.unpack(">IQ", self.source.at(box.start + 20, 12))
        else:
            scale, length = struct.unpack(">II", self.source.at(box.start + 12, 8))
        return seconds(length, scale)

    def _track(self, track: Box) -> None:
        header = media = None
        for box in self._inside(track):
            if box.kind == b"tkhd":
                header = box
            elif box.kind == b"mdia":
                media = box
            elif box.kind in (b"udta", b"meta"):
                self._texts(box)
        if media is None:
            return
        parts = {box.kind: box for box in self._inside(media)}
        handler = parts.get(b"hdlr")
        if handler is None or self.source.at(handler.start + 8, 4) != b"vide":
            return
        if header is not None and self.content.width is None:
            self._frame(header)
        if b"mdhd" in parts and b"minf" in parts:
            self.content.duration = self.content.duration or self._length(parts[b"mdhd"])
            version = self.source.at(parts[b"mdhd"].start, 1)[0]
            (scale,) = struct.unpack(">I", self.source.at(parts[b"mdhd"].start + (20 if version else 12), 4))
            self.content.fps = rate(scale, self._ticks(parts[b"minf"]))

    def _frame(self, header: Box) -> None:
        """Width and height of `tkhd`, in 1/65536; its matrix tells whether the picture is turned."""
        data = self.source.at(header.end - 44, 44)
        matrix = struct.unpack(">9i", data[:36])
        width, height = (value >> 16 for value in struct.unpack(">II", data[36:]))
        if matrix[0] == 0 and matrix[4] == 0 and matrix[1] and matrix[3]:
            width, height = height, width
        self.content.width, self.content.height = side(width), side(height)

    def _ticks(self, info: Box) -> int:
        """How long most frames are shown, in the track's ticks; 0 where it does not tell."""
        for table in self._inside(info):
            for box in self._inside(table) if table.kind == b"stbl" else ():
                if box.kind != b"stts":
                    continue
                (count,) = struct.unpack(">I", self.source.at(box.start + 4, 4))
                count = min(count, _MAX_ENTRIES, (box.end - box.start - 8) // 8)
                values = struct.unpack(f">{2 * count}I", self.source.at(box.start + 8, 8 * count))
                shown: Counter[int] = Counter()
                for frames, ticks in zip(values[::2], values[1::2], strict=True):
                    shown[ticks] += frames
                return shown.most_common(1)[0][0] if shown else 0
        return 0

    def _texts(self, holder: Box) -> None:
        if holder.kind == b"udta":
            for box in self._inside(holder):
                if box.kind == b"meta":
                    self._texts(box)
                elif box.kind in _QUICKTIME and 4 < box.end - box.start <= MAX_TEXT:
                    self.content.add(_QUICKTIME[box.kind], self._plain_text(box))
            return
        # ISO's meta has four bytes of version and flags, QuickTime's has none
        plain = self.source.some(holder.start + 4, 4) == b"hdlr"
        keys: list[str] = []
        for box in self._inside(Box(b"meta", holder.start + (0 if plain else 4), holder.end)):
            if box.kind == b"keys":
                keys = self._keys(box)
            elif box.kind == b"ilst":
                self._items(box, keys)

    def _plain_text(self, box: Box) -> str:
        """Two bytes of length, two of language, the text; the same in other languages may follow.

        A text that is longer than two bytes can say fills the box.
        """
        room = box.end - box.start - 4
        (size,) = struct.unpack(">H", self.source.at(box.start, 2))
        size = size if size <= room < 65_536 else room
        return self.source.at(box.start + 4, size).decode("utf-8", "replace").rstrip("\0")

    def _keys(self, box: Box) -> list[str]:
        inner = Box(b"keys", box.start + 8, box.end)
        return [
            self.source.at(entry.start, entry.end - entry.start).decode("utf-8", "replace")
            for entry in self._inside(inner)
        ]

    def _items(self, items: Box, keys: list[str]) -> None:
        for item in self._inside(items):
            index = int.from_bytes(item.kind, "big") - 1
            name = keys[index] if 0 <= index < len(keys) else item.kind.decode("latin-1")
            for box in self._inside(item):
                if box.kind == b"data" and 8 <= box.end - box.start <= MAX_TEXT:
                    text = self.source.at(box.start + 8, box.end - box.start - 8)
                    name = {"©cmt": "comment", "©des": "description", "desc": "description"}.get(name, name)
                    self.content.add(name, text.decode("utf-8", "replace").rstrip("\0"))


def _picture(source: Source, index: Source, content: Content) -> None:
    """AVIF and HEIC: the largest `ispe` is the picture's size, the item of type Exif its EXIF block."""
    parts = {box.kind: box for box in _boxes(index, 4, index.size)}
    if b"iprp" in parts:
        for holder in _boxes(index, parts[b"iprp"].start, parts[b"iprp"].end):
            if holder.kind != b"ipco":
                continue
            for box in _boxes(index, holder.start, holder.end):
                if box.kind == b"ispe":
                    width, height = struct.unpack(">II", index.at(box.start + 4, 8))
                    if width * height > (content.width or 0) * (content.height or 0):
                        content.width, content.height = side(width), side(height)
    if b"iinf" in parts and b"iloc" in parts:
        item = _exif_item(index, parts[b"iinf"])
        place = item and _location(index, parts[b"iloc"], item)
        if place and 4 < place[1] <= MAX_TEXT:
            from studio.gallery.metadata.containers.exif import add_exif

            data = source.at(*place)
            add_exif(content, Source.of_bytes(data[4 + int.from_bytes(data[:4], "big") :]))


def _exif_item(index: Source, box: Box) -> int | None:
    wide = index.at(box.start, 1)[0] > 0
    for entry in _boxes(index, box.start + (8 if wide else 6), box.end):
        version = index.at(entry.start, 1)[0]
        number = 4 if version == 3 else 2
        if version >= 2 and index.at(entry.start + 4 + number + 2, 4) == b"Exif":
            return int.from_bytes(index.at(entry.start + 4, number), "big")
    return None


def _location(index: Source, box: Box, wanted: int) -> tuple[int, int] | None:
    """Offset and size of an item that lies in one piece (ISO/IEC 14496-12, 8.11.3)."""
    version = index.at(box.start, 1)[0]
    sizes, more = index.at(box.start + 4, 2)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version in (1, 2) else 0
    position = box.start + 6

    def number(size: int) -> int:
        nonlocal position
        value = int.from_bytes(index.at(position, size), "big")
        position += size
        return value

    for _ in range(min(number(4 if version == 2 else 2), _MAX_ENTRIES)):
        item = number(4 if version == 2 else 2)
        inside_file = (number(2) & 15) == 0 if version in (1, 2) else True
        number(2)  # which file
        base = number(base_size)
        extents = []
        for _ in range(min(number(2), _MAX_ENTRIES)):
            number(index_size)
            extents.append((base + number(offset_size), number(length_size)))
        if item == wanted:
            return extents[0] if inside_file and len(extents) == 1 else None
    return None
