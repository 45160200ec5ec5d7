"""Sound, and latents: lengths here, texts by `studio.workflow.media`."""

from __future__ import annotations

import struct
from typing import BinaryIO, cast

from studio.gallery.metadata.bounded import Damaged, Source, View
from studio.gallery.metadata.content import Content, seconds

_MAX_TAGS = 8 * 1024 * 1024
"""Where texts end at the latest."""

_MAX_OGG = 768 * 1024
"""In Ogg they come in pieces of 255 bytes, which takes long to put together."""

_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MP3_KILOBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def read(source: Source) -> Content:
    """Length and texts."""
    from studio.workflow.media import texts_of

    head = source.some(0, 16)
    if head.startswith(b"fLaC"):
        content, length = Content("audio", "FLAC"), _flac
    elif head.startswith(b"OggS"):
        content, length = Content("audio", "Ogg"), _ogg
    elif head[8:10] == b'{"':
        content, length = Content("other", "latent"), _none
    else:
        content, length = Content("audio", "MP3"), _mp3
    try:
        view = View(source, _MAX_OGG if head.startswith(b"OggS") else _MAX_TAGS)
        content.texts.update(texts_of(cast(BinaryIO, view)))
        if view.limited and not content.texts:
            content.warn("its texts are larger than are read")
            content.lost = True
        elif view.cut and not content.texts:
            content.warn("it is cut off")
            content.lost = True
        content.duration = length(source)
    except (Damaged, struct.error, ValueError, LookupError, RecursionError) as error:
        content.warn(str(error) if isinstance(error, Damaged) else "its structure makes no sense")
    return content


def _none(source: Source) -> float | None:
    return None


def _flac(source: Source) -> float | None:
    """STREAMINFO is the first block (RFC 9639, 8.2): 20 bits of rate, 36 bits of samples."""
    bits = int.from_bytes(source.at(8 + 10, 8), "big")
    return seconds(bits & (1 << 36) - 1, bits >> 44)


def _ogg(source: Source) -> float | None:
    """The last page tells how many samples there are (RFC 3533, 6)."""
    head = source.some(0, 128)
    vorbis = head.find(b"\x01vorbis")
    (speed,) = struct.unpack("<I", head[vorbis + 12 : vorbis + 16]) if vorbis > 0 else (48_000,)
    tail = source.some(max(0, source.size - 65_536), 65_536)
    last = tail.rfind(b"OggS")
    if last < 0 or last + 14 > len(tail):
        raise Damaged("it is cut off")
    (samples,) = struct.unpack("<q", tail[last + 6 : last + 14])
    skipped = (
        struct.unpack("<H", head[opus + 10 : opus + 12])[0] if (opus := head.find(b"OpusHead")) > 0 else 0
    )
    return seconds(samples - skipped, speed)


def _mp3(source: Source) -> float | None:
    """Frames as counted in the Xing header, else guessed by the first frame's rate (ISO/IEC 11172-3)."""
    start = 0
    if source.at(0, 3) == b"ID3":
        size = source.at(6, 4)
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=True))
    head = source.some(start, 256)
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, kilobits, frequency = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or frequency == 3 or kilobits in (0, 15):
        return None
    speed = _MP3_RATES[version][frequency]
    mark = next((at for name in (b"Xing", b"Info") if (at := head.find(name)) > 0), 0)
    if mark and head[mark + 7] & 1:
        (frames,) = struct.unpack(">I", head[mark + 8 : mark + 12])
        return seconds(frames * (1152 if version == 3 else 576), speed)
    return seconds((source.size - start) * 8, _MP3_KILOBITS[3 if version == 3 else 2][kilobits] * 1_000)
