"""The workflow inside a file that ComfyUI rendered: pictures, videos, sound and latents.

Where ComfyUI puts it (0.3.64): PNG text chunks, APNG a private `comf` chunk, WebP and JPEG the EXIF tags
Model and Make, MP4 `udta/meta` keys, WebM tags, FLAC and Opus comments, MP3 TXXX frames, the header of a
safetensors file. Some custom nodes put both into one JSON under `comment`.

Every reader walks the container's own structure with bounded sizes, so that damaged or hostile files end in
"nothing found", never in a crash or in reading gigabytes.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

KEYS = ("prompt", "workflow")
MAX_TEXT = 64 * 1024 * 1024
"""Bytes of one text, unpacked."""

_MP4_PARENTS = {b"moov", b"udta", b"meta", b"trak"}


def embedded_texts(path: Path) -> dict[str, str]:
    """The texts `prompt` and `workflow` of a media file, those that are there.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        return texts_of(file)


def texts_of(file: BinaryIO) -> dict[str, str]:
    """As `embedded_texts`, from an open file; the kind is told by its first bytes, not by its name."""
    head = file.read(16)
    for matches, reader in _READERS:
        if matches(head):
            file.seek(0)
            try:
                return _wanted(reader(file))
            except (struct.error, ValueError, IndexError, KeyError, zlib.error, EOFError):
                return {}
    return {}


def is_media(head: bytes) -> bool:
    """Whether a file that starts with `head` (16 bytes) is of a kind that is read here."""
    return any(matches(head) for matches, _ in _READERS)


Pairs = Iterator[tuple[str, str]]


def _wanted(pairs: Pairs) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in pairs:
        name = key.strip().lower()
        if name in KEYS:
            found.setdefault(name, text)
        elif name in ("comment", "©cmt", "usercomment"):
            for inner, value in _from_comment(text):
                found.setdefault(inner, value)
    return found


def _from_comment(text: str) -> Pairs:
    """Both graphs as one JSON object, values as objects or as JSON texts."""
    if not text.lstrip().startswith("{"):
        return
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    for key in KEYS:
        value = data.get(key) if isinstance(data, dict) else None
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            yield key, json.dumps(value)


def _read(file: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= MAX_TEXT:
        raise ValueError(f"a part of {size} bytes")
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\0")


# PNG and APNG


def _png(file: BinaryIO) -> Pairs:
    file.seek(8)
    while len(header := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", header)
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"comf"):
            file.seek(size + 4, 1)
            if kind == b"IEND":
                return
            continue
        data = _read(file, size)
        file.seek(4, 1)
        key, _, rest = data.partition(b"\0")
        name = key.decode("latin-1")
        if kind in (b"tEXt", b"comf"):
            yield name, _text(rest) if name.lower() in KEYS else rest.decode("latin-1")
        elif kind == b"zTXt":
            yield name, _inflate(rest[1:]).decode("latin-1")
        else:
            packed, text = rest[:1], rest[2:].split(b"\0", 2)[-1]
            yield name, _text(_inflate(text) if packed == b"\1" else text)


def _inflate(data: bytes) -> bytes:
    unpacked = zlib.decompressobj().decompress(data, MAX_TEXT + 1)
    if len(unpacked) > MAX_TEXT:
        raise ValueError("the text unpacks to more than the limit")
    return unpacked


# WebP and JPEG: EXIF


def _webp(file: BinaryIO) -> Pairs:
    file.seek(12)
    while len(header := file.read(8)) == 8:
        kind, size = struct.unpack("<4sI", header)
        if kind == b"EXIF":
            yield from _exif(_read(file, size))
            return
        file.seek(size + size % 2, 1)


def _jpeg(file: BinaryIO) -> Pairs:
    file.seek(2)
    while len(header := file.read(4)) == 4:
        mark, kind, size = struct.unpack(">BBH", header)
        if mark != 0xFF or kind in (0xD9, 0xDA):
            return
        data = _read(file, size - 2)
        if kind == 0xE1 and data.startswith(b"Exif\0\0"):
            yield from _exif(data[6:])
        elif kind == 0xFE:
            yield "comment", _text(data)


def _exif(data: bytes) -> Pairs:
    """The texts of the first directory: `prompt:{…}`, `workflow:{…}` in Model and Make."""
    data = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    for number in range(count):
        _, kind, length = struct.unpack_from(f"{order}HHI", data, start + 2 + 12 * number)
        if kind != 2 or length <= 4:
            continue
        (offset,) = struct.unpack_from(f"{order}I", data, start + 10 + 12 * number)
        key, colon, text = _text(data[offset : offset + length]).partition(":")
        if colon:
            yield key, text


# MP4 and MOV


def _mp4(file: BinaryIO) -> Pairs:
    end = file.seek(0, 2)
    yield from _boxes(file, 0, end, 0)


def _boxes(file: BinaryIO, start: int, end: int, depth: int) -> Pairs:
    keys: list[str] = []
    while start + 8 <= end and depth < 8:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            body += 8
        stop = end if size == 0 else start + size
        if stop > end or stop <= start:
            return
        if kind in _MP4_PARENTS:
            yield from _boxes(file, body + _meta_header(file, kind, body), stop, depth + 1)
        elif kind == b"keys":
            keys = _mp4_keys(_read(file, stop - body))
        elif kind == b"ilst":
            yield from _mp4_items(_read(file, stop - body), keys)
        start = stop


def _meta_header(file: BinaryIO, kind: bytes, body: int) -> int:
    """ISO's `meta` has four bytes of version and flags, QuickTime's has none."""
    if kind != b"meta":
        return 0
    file.seek(body)
    return 0 if file.read(8)[4:] == b"hdlr" else 4


def _mp4_keys(data: bytes) -> list[str]:
    (count,) = struct.unpack_from(">I", data, 4)
    keys: list[str] = []
    at = 8
    while len(keys) < count and at + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if size < 8:
            break
        keys.append(_text(data[at + 8 : at + size]))
        at += size
    return keys


def _mp4_items(data: bytes, keys: list[str]) -> Pairs:
    at = 0
    while at + 8 <= len(data):
        size, number = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            return
        index = int.from_bytes(number, "big") - 1
        name = keys[index] if 0 <= index < len(keys) else number.decode("latin-1")
        if data[at + 12 : at + 16] == b"data":
            yield name, _text(data[at + 24 : at + size])
        at += size


# WebM (EBML)

_SEGMENT, _TAGS, _TAG, _SIMPLE, _NAME, _STRING = 0x18538067, 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487


def _webm(file: BinaryIO) -> Pairs:
    end = file.seek(0, 2)
    yield from _ebml(file, 0, end, 0)


def _ebml(file: BinaryIO, start: int, end: int, depth: int) -> Pairs:
    while start < end and depth < 8:
        file.seek(start)
        identity = _vint(file, keep_mark=True)
        size = _vint(file, keep_mark=False)
        body = file.tell()
        stop = end if size is None else body + size
        if stop > end:
            stop = end
        if identity in (_SEGMENT, _TAGS, _TAG):
            yield from _ebml(file, body, stop, depth + 1)
        elif identity == _SIMPLE:
            yield from _simple_tag(_read(file, stop - body))
        start = max(stop, body)


def _simple_tag(data: bytes) -> Pairs:
    file = BytesIO(data)
    name = text = ""
    while file.tell() < len(data):
        identity = _vint(file, keep_mark=True)
        value = _read(file, _vint(file, keep_mark=False) or 0)
        if identity == _NAME:
            name = _text(value)
        elif identity == _STRING:
            text = _text(value)
    yield name, text


def _vint(file: BinaryIO, *, keep_mark: bool) -> int | None:
    """A number whose first byte tells its length; None for 'size unknown'."""
    first = _read(file, 1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        raise ValueError("no EBML number")
    value = int.from_bytes(bytes([first]) + _read(file, length - 1), "big")
    if keep_mark:
        return value
    value &= (1 << (7 * length)) - 1
    return None if value == (1 << (7 * length)) - 1 else value


# sound


def _flac(file: BinaryIO) -> Pairs:
    file.seek(4)
    while len(header := file.read(4)) == 4:
        size = int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == 4:
            yield from _vorbis(_read(file, size))
        else:
            file.seek(size, 1)
        if header[0] & 0x80:
            return


def _ogg(file: BinaryIO) -> Pairs:
    """The second packet of an Ogg stream holds the comments; it may run over several pages."""
    packets: list[bytes] = [b""]
    while len(packets) < 3 and len(header := file.read(27)) == 27 and header[:4] == b"OggS":
        table = _read(file, header[26])
        for length in table:
            packets[-1] += _read(file, length)
            if len(packets[-1]) > MAX_TEXT:
                return
            if length < 255:
                packets.append(b"")
    comments = packets[1]
    for mark in (b"OpusTags", b"\x03vorbis"):
        if comments.startswith(mark):
            yield from _vorbis(comments[len(mark) :])


def _vorbis(data: bytes) -> Pairs:
    (vendor,) = struct.unpack_from("<I", data, 0)
    at = 4 + vendor
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(min(count, 10_000)):
        (size,) = struct.unpack_from("<I", data, at)
        key, _, text = _text(data[at + 4 : at + 4 + size]).partition("=")
        yield key, text
        at += 4 + size


def _mp3(file: BinaryIO) -> Pairs:
    header = _read(file, 10)
    tag = _read(file, _syncsafe(header[6:10]))
    at = 0
    while at + 10 <= len(tag) and tag[at] != 0:
        kind = tag[at : at + 4]
        size = tag[at + 4 : at + 8]
        length = _syncsafe(size) if header[3] >= 4 else int.from_bytes(size, "big")
        body = tag[at + 10 : at + 10 + length]
        if kind == b"TXXX" and body:
            yield _id3_pair(body)
        at += 10 + length


def _id3_pair(body: bytes) -> tuple[str, str]:
    encoding, data = body[0], body[1:]
    if encoding in (1, 2):
        text = data.decode("utf-16" if encoding == 1 else "utf-16-be", "replace")
        name, _, value = text.partition("\0")
        return name, value.lstrip("\ufeff").rstrip("\0")
    name_bytes, _, value_bytes = data.partition(b"\0")
    codec = "utf-8" if encoding == 3 else "latin-1"
    return name_bytes.decode(codec, "replace"), value_bytes.decode(codec, "replace").rstrip("\0")


def _syncsafe(data: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))


def _latent(file: BinaryIO) -> Pairs:
    (size,) = struct.unpack("<Q", _read(file, 8))
    header = json.loads(_read(file, size))
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    for key, value in (metadata if isinstance(metadata, dict) else {}).items():
        if isinstance(value, str):
            yield key, value


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO], Pairs]], ...] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _webp),
    (lambda head: head.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda head: head[4:8] == b"ftyp", _mp4),
    (lambda head: head.startswith(b"\x1a\x45\xdf\xa3"), _webm),
    (lambda head: head.startswith(b"fLaC"), _flac),
    (lambda head: head.startswith(b"OggS"), _ogg),
    (lambda head: head.startswith(b"ID3"), _mp3),
    (lambda head: re.match(rb"^.{8}\{\"", head, re.DOTALL) is not None, _latent),
)
