"""EXIF and TIFF: the first directory and its Exif directory (TIFF 6.0, section 2; Exif 2.32, 4.6).

ComfyUI writes `prompt:{…}` and `workflow:{…}` as ASCII tags (Model, Make), WebUI and Forge their parameters
as UserComment in UTF-16 of either byte order, SwarmUI its JSON as UserComment or Model.
"""

from __future__ import annotations

import struct

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.content import Content, side

_ASCII, _BYTE, _UNDEFINED = 2, 1, 7
_WIDTH, _HEIGHT, _DESCRIPTION, _MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 256, 257, 270, 271, 272, 274, 305
_EXIF, _USER_COMMENT, _XP_COMMENT = 0x8769, 0x9286, 0x9C9C
_NAMES = {_DESCRIPTION: "description", _SOFTWARE: "software"}
_PREFIXES = ("prompt", "workflow", "parameters")
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4}
_MAX_ENTRIES = 512


def read(source: Source) -> Content:
    """A TIFF file."""
    content = Content("image", "TIFF")
    add_exif(content, source, dimensions=True)
    return content


def add_exif(content: Content, source: Source, *, dimensions: bool = False) -> None:
    """Put the texts of an EXIF block into `content`; what makes no sense in it becomes a warning.

    A picture that is to be shown turned by 90° gets its width and height exchanged.
    """
    try:
        start = 6 if source.some(0, 6) == b"Exif\0\0" else 0
        _Block(content, source, start, dimensions).read()
    except (Damaged, struct.error) as error:
        content.warn(f"its EXIF data is damaged ({error})")
        content.lost = True


class _Block:
    def __init__(self, content: Content, source: Source, start: int, dimensions: bool) -> None:
        self.content = content
        self.source = source
        self.start = start
        self.dimensions = dimensions
        order = source.at(start, 2)
        if order not in (b"II", b"MM"):
            raise Damaged("no byte order")
        self.order = "<" if order == b"II" else ">"
        self.turned = False

    def read(self) -> None:
        (first,) = self._unpack("I", self.start + 4)
        exif = self._directory(first)
        if exif:
            self._directory(exif)
        if self.turned:
            self.content.width, self.content.height = self.content.height, self.content.width

    def _unpack(self, form: str, offset: int) -> tuple[int, ...]:
        form = self.order + form
        return struct.unpack(form, self.source.at(offset, struct.calcsize(form), 4096))

    def _directory(self, offset: int) -> int:
        """Read one directory; the offset of the Exif directory, 0 for none."""
        (count,) = self._unpack("H", self.start + offset)
        exif = 0
        for number in range(min(count, _MAX_ENTRIES)):
            entry = self.start + offset + 2 + 12 * number
            tag, kind, length = self._unpack("HHI", entry)
            size = _SIZES.get(kind, 0) * length
            if tag == _EXIF:
                (exif,) = self._unpack("I", entry + 8)
            elif tag in (_WIDTH, _HEIGHT, _ORIENTATION):
                self._number(tag, kind, entry + 8)
            elif tag in (_USER_COMMENT, _XP_COMMENT) or kind == _ASCII:
                self._text(tag, kind, size, entry + 8)
        return exif

    def _number(self, tag: int, kind: int, at: int) -> None:
        (value,) = self._unpack("H" if kind == 3 else "I", at)
        if tag == _ORIENTATION:
            self.turned = 5 <= value <= 8
        elif self.dimensions and tag == _WIDTH:
            self.content.width = side(value)
        elif self.dimensions:
            self.content.height = side(value)

    def _text(self, tag: int, kind: int, size: int, at: int) -> None:
        if size > MAX_TEXT:
            raise Damaged(f"a text of {size:,} bytes")
        if kind not in _SIZES or not size:
            return
        if size > 4:
            (offset,) = self._unpack("I", at)
            at = self.start + offset
        data = self.source.at(at, size)
        if tag == _USER_COMMENT:
            self.content.add("usercomment", user_comment(data))
        elif tag == _XP_COMMENT:
            self.content.add("usercomment", data.decode("utf-16-le", "replace").rstrip("\0"))
        else:
            self._named(tag, data.decode("utf-8", "replace").rstrip("\0"))

    def _named(self, tag: int, text: str) -> None:
        key, colon, rest = text.partition(":")
        if colon and key.strip().lower() in _PREFIXES:
            self.content.add(key, rest)
        elif tag in _NAMES:
            self.content.add(_NAMES[tag], text)
        elif tag in (_MAKE, _MODEL) and text.lstrip().startswith("{"):
            self.content.add("usercomment", text)


def user_comment(data: bytes) -> str:
    """The text of a UserComment: eight bytes name its code, and the byte order is anybody's guess."""
    code, rest = data[:8], data[8:]
    if code == b"UNICODE\0":
        return _utf16(rest)
    if code in (b"ASCII\0\0\0", bytes(8), b"JIS\0\0\0\0\0"):
        return rest.decode("utf-8", "replace").strip("\0 ")
    return data.decode("utf-8", "replace").strip("\0 ")


def _utf16(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").rstrip("\0")
    sample = data[:4096]
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if not high and not low and _is_utf8(sample):
        return data.decode("utf-8", "replace").rstrip("\0")  # some write UTF-8 under that name
    if high == low:  # no Latin letters: blanks and line ends tell
        high, low = (_marks(sample, order) for order in ("utf-16-be", "utf-16-le"))
    return data.decode("utf-16-be" if high >= low else "utf-16-le", "replace").rstrip("\0")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(data) - 4
    return True


def _marks(data: bytes, order: str) -> int:
    return sum(data.decode(order, "replace").count(mark) for mark in " \n,.:，。")
