"""PNG files at chunk level: put a text chunk in, find one, and leave every other byte alone.

An image library would write the pixels again and drop chunks that it does not know. The layout is that of the
PNG specification (W3C, third edition), chapter 5: signature, then chunks of length, type, data and CRC.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT_TYPES = (b"tEXt", b"zTXt", b"iTXt")
_KEYWORD_BYTES = 80  # at most 79 of Latin-1, then NUL
_MAX_CHUNKS = 1_000_000


class PngDamaged(ValueError):
    """The bytes are not a whole PNG; the text says what is wrong."""


def with_text(png: bytes, keyword: str, text: str) -> bytes:
    """`png` with one plain iTXt chunk `keyword`, right after IHDR; older ones of that keyword are gone.

    Args:
        png: A whole file; what follows its end is kept too.
        keyword: 1 to 79 characters of Latin-1.
        text: Any text.

    Raises:
        PngDamaged: no PNG, or a chunk runs past its end.
    """
    stream = BytesIO(png)
    if stream.read(len(PNG_SIGNATURE)) != PNG_SIGNATURE:
        raise PngDamaged("no PNG signature")
    key = keyword.encode("latin-1")
    parts = [PNG_SIGNATURE]
    end = len(PNG_SIGNATURE)
    for kind, start, size in _chunks(stream):
        end = start + size + 4
        if kind in _TEXT_TYPES and _keyword(png[start : start + _KEYWORD_BYTES]) == key:
            continue
        parts.append(png[start - 8 : end])
        if kind == b"IHDR":
            parts.append(_chunk(b"iTXt", key + b"\0\0\0\0\0" + text.encode("utf-8", "replace")))
    parts.append(png[end:])
    return b"".join(parts)


def find_text(file: BinaryIO, keyword: str, *, limit: int) -> bytes | None:
    """The text of the first chunk `keyword`, as UTF-8; None when the file ends properly without one.

    Args:
        file: Open after the signature; chunks are skipped by seeking.
        keyword: As in the chunk.
        limit: Most bytes, packed and unpacked.

    Raises:
        PngDamaged: truncated, a wrong checksum, or more than `limit` bytes.
    """
    key = keyword.encode("latin-1")
    for kind, start, size in _chunks(file):
        if kind not in _TEXT_TYPES:
            continue
        file.seek(start)
        if _keyword(file.read(min(size, _KEYWORD_BYTES))) != key:
            continue
        if size > limit:
            raise PngDamaged(f"its {keyword!r} chunk claims {size:,} bytes")
        file.seek(start)
        body, checksum = file.read(size), file.read(4)
        if struct.pack(">I", zlib.crc32(kind + body)) != checksum:
            raise PngDamaged(f"the checksum of its {keyword!r} chunk is wrong")
        return _text(kind, body[len(key) + 1 :], limit)
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Type, start of data and size of every chunk, IEND last; the file may be moved meanwhile."""
    file.seek(0, 2)
    length = file.tell()
    position = len(PNG_SIGNATURE)
    for count in range(_MAX_CHUNKS):
        file.seek(position)
        header = file.read(8)
        if len(header) < 8:
            raise PngDamaged("it ends before its IEND chunk")
        size, kind = struct.unpack(">I4s", header)
        if (count == 0) != (kind == b"IHDR"):
            raise PngDamaged("its IHDR chunk is not where it belongs")
        start = position + 8
        position = start + size + 4
        if position > length:
            raise PngDamaged(f"its {kind.decode('latin-1')!r} chunk is cut off")
        yield kind, start, size
        if kind == b"IEND":
            return
    raise PngDamaged("it has more than a million chunks")


def _keyword(head: bytes) -> bytes:
    return head.partition(b"\0")[0]


def _text(kind: bytes, body: bytes, limit: int) -> bytes:
    if kind == b"tEXt":
        return body.decode("latin-1").encode("utf-8")
    if kind == b"zTXt":
        return _inflate(body[1:], limit).decode("latin-1").encode("utf-8")
    if len(body) < 2:
        raise PngDamaged("its text chunk is too short")
    packed, rest = body[0], body[2:]
    fields = rest.split(b"\0", 2)  # language, translated keyword, text
    if len(fields) != 3:
        raise PngDamaged("its text chunk is too short")
    return _inflate(fields[2], limit) if packed else fields[2]


def _inflate(data: bytes, limit: int) -> bytes:
    """Unpack at most `limit` bytes: a few kilobytes can claim to be gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, limit)
    except zlib.error as error:
        raise PngDamaged(f"its packed text is damaged ({error})") from error
    if not unpacker.eof:
        raise PngDamaged(f"its packed text is cut off or larger than {limit:,} bytes")
    return text


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
