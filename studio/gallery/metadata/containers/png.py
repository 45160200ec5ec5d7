"""PNG and APNG: chunk headers, and the text chunks that matter (PNG specification, 5 and 11.3).

Texts stand before the pixels in all files that a generator writes; only where nothing was found there is the
rest walked through, chunk by chunk, without reading pixels.
"""

from __future__ import annotations

import struct
import zlib
from functools import partial

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.content import Content, seconds, side

_END = b"\0\0\0\0IEND\xaeB`\x82"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"comf")
_LATER = frozenset({"workflow", "invokeai_workflow", "invokeai_graph"})
"""The editor's form of a graph is large, and says no more than the `prompt` that was run."""

KEYS = _LATER | {
    *("studio", "prompt", "parameters", "postprocessing", "extras", "comment", "description", "software"),
    *("source", "title", "generation time", "invokeai_metadata", "sd-metadata", "dream", "usercomment"),
    *("fooocus_scheme", "negative_prompt", "negative prompt", "generation_data", "xml:com.adobe.xmp"),
}
"""Keywords, in small letters, whose texts are read."""

_SMALL_TALK = frozenset(
    {"description", "generation time", "software", "source", "title", "xml:com.adobe.xmp"}
)
"""Those that may be there though nothing else is."""

_MAX_TRIES = 3
"""Broken texts after which the rest is not tried."""

_MAX_KEYS = 1_000
_header = struct.Struct(">I4s").unpack_from


def read(source: Source) -> Content:
    """Size and texts; of an APNG also its length."""
    content = Content("image", "PNG")
    header = source.at(8, 25)
    if header[4:8] != b"IHDR":
        raise Damaged("its IHDR chunk is not where it belongs")
    width, height = struct.unpack_from(">II", header, 8)
    content.width, content.height = side(width), side(height)
    if content.width is None or content.height is None:
        content.warn("its size makes no sense")
    _walk(source, content)
    return content


def _walk(source: Source, content: Content) -> None:
    position, found, frames, length = 33, 0, 0, 0.0
    pixels = ended = False
    head = source.head()
    try:
        while not ended:
            in_head = position + 8 <= len(head)
            size, kind = _header(head, position) if in_head else _header(source.at(position, 8), 0)
            start = position + 8
            position = start + size + 4
            if position > source.size:
                content.warn(f"its {kind.decode('latin-1')!r} chunk is cut off")
                content.lost = content.lost or kind in _TEXTS or _tells_nothing(content)
                return
            if kind in _TEXTS:
                found += 1
                if found <= _MAX_KEYS:
                    key = head[start : start + min(size, 80)] if start + 80 <= len(head) else None
                    _text_chunk(source, content, kind, start, size, key)
            elif kind == b"acTL" and size >= 8:
                (frames,) = struct.unpack(">I", source.at(start, 4))
            elif kind == b"fcTL" and size >= 26:
                above, below = struct.unpack(">HH", source.at(start + 20, 4))
                length += above / (below or 100)
            elif kind == b"eXIf":
                _exif_chunk(source, content, start, size)
            elif kind == b"IDAT" and not pixels:
                pixels = True
                if frames <= 1 and (content.texts or content.later) and _ends_well(source):
                    return
            ended = kind == b"IEND"
    except Damaged as error:
        cut = str(error) == "it is cut off"
        content.warn("it ends before its IEND chunk" if cut else str(error))
        content.lost = content.lost or not cut or _tells_nothing(content)
    if frames > 1:
        content.duration = seconds(length, 1)
        content.fps = round(frames / length, 4) if length > 0 and frames / length <= 1_000 else None


def _tells_nothing(content: Content) -> bool:
    """Whether a text of how it was made may be in the part that is missing: none was found before."""
    return not content.later and not content.texts.keys() - _SMALL_TALK


def _ends_well(source: Source) -> bool:
    return source.some(max(0, source.size - 12), 12) == _END


def _text_chunk(
    source: Source, content: Content, kind: bytes, start: int, size: int, first: bytes | None
) -> None:
    first = source.some(start, min(size, 80)) if first is None else first
    key = first.partition(b"\0")[0].decode("latin-1").strip().lower()
    if key not in KEYS or key in content.texts or key in content.later or content.broken > _MAX_TRIES:
        return
    load = partial(_load, source, kind, start, size, key)
    if key in _LATER:
        content.later[key] = load
        return
    try:
        content.texts[key] = load()
    except Damaged as error:
        content.warn(f"its {key!r} text can't be read: {error}")
        content.lost = True
        content.broken += 1


def _load(source: Source, kind: bytes, start: int, size: int, key: str) -> str:
    if size > MAX_TEXT:
        raise Damaged(f"it claims {size:,} bytes")
    body = source.at(start, size + 4)
    if zlib.crc32(memoryview(body)[:size], zlib.crc32(kind)) != int.from_bytes(body[size:], "big"):
        raise Damaged("its checksum is wrong")
    rest = body[:size].partition(b"\0")[2]
    if kind == b"iTXt":
        packed, fields = rest[:1], rest[2:].split(b"\0", 2)
        if len(fields) != 3:
            raise Damaged("the chunk is too short")
        return (_inflate(fields[2]) if packed == b"\1" else fields[2]).decode("utf-8", "replace")
    return decode(_inflate(rest[1:]) if kind == b"zTXt" else rest)


def decode(data: bytes) -> str:
    """Latin-1 is what the specification says of tEXt, UTF-8 is what many programs write."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _inflate(data: bytes) -> bytes:
    """A few kilobytes can claim to be gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MAX_TEXT)
    except zlib.error as error:
        raise Damaged(f"its packing is damaged ({error})") from error
    if not unpacker.eof:
        raise Damaged(f"it is cut off, or larger than {MAX_TEXT:,} bytes")
    return text


def _exif_chunk(source: Source, content: Content, start: int, size: int) -> None:
    from studio.gallery.metadata.containers.exif import add_exif

    if size <= MAX_TEXT:
        add_exif(content, Source.of_bytes(source.at(start, size)))
