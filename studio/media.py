"""What a file is, told by its first bytes and never by its name, and whether it is whole."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from PIL import Image

from studio.errors import OutputError

MAX_PIXELS = 500_000_000
"""Most pixels that are decoded of one file, all its frames together."""

EXTENSIONS: dict[str, str] = {}
"""Extension → kind, of everything that can be a take."""

_OTHER = {
    *(".csv", ".exr", ".fbx", ".glb", ".gltf", ".hdr", ".json", ".latent", ".npy", ".obj"),
    *(".ply", ".safetensors", ".srt", ".stl", ".txt", ".usdz", ".vtt"),
}


@dataclass(frozen=True)
class Media:
    """A file's kind (image, video, audio or other), its proper extension, and its MIME type."""

    kind: str
    extension: str
    mime: str


_PREFIXES = (
    (b"\x89PNG\r\n\x1a\n", Media("image", ".png", "image/png")),
    (b"\xff\xd8\xff", Media("image", ".jpg", "image/jpeg")),
    (b"GIF8", Media("image", ".gif", "image/gif")),
    *((mark, Media("image", ".tif", "image/tiff")) for mark in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    (b"\x1aE\xdf\xa3", Media("video", ".webm", "video/webm")),
    (b"fLaC", Media("audio", ".flac", "audio/flac")),
    *((b"ID3" + bytes([version]), Media("audio", ".mp3", "audio/mpeg")) for version in (2, 3, 4)),
    (b"RF64", Media("audio", ".wav", "audio/wav")),
    (b"v/1\x01", Media("other", ".exr", "image/x-exr")),
    (b"glTF", Media("other", ".glb", "model/gltf-binary")),
)
_BMP = Media("image", ".bmp", "image/bmp")
_BOXES = {b"avif": Media("image", ".avif", "image/avif"), b"qt  ": Media("video", ".mov", "video/quicktime")}
_RIFF = {
    b"WEBP": Media("image", ".webp", "image/webp"),
    b"AVI ": Media("video", ".avi", "video/x-msvideo"),
    b"WAVE": Media("audio", ".wav", "audio/wav"),
}
EXTENSIONS |= {media.extension: media.kind for _, media in _PREFIXES}
EXTENSIONS |= {media.extension: media.kind for media in (*_BOXES.values(), *_RIFF.values())}
EXTENSIONS |= {
    ".bmp": "image",
    ".mp4": "video",
    ".mkv": "video",
    ".m4a": "audio",
    ".opus": "audio",
    ".ogg": "audio",
}
EXTENSIONS |= dict.fromkeys(_OTHER, "other")
_SPELLINGS = {".apng": ".png", ".jpeg": ".jpg", ".m4v": ".mp4", ".tiff": ".tif"}


def kind_of_name(name: str) -> str | None:
    """The kind that a file's name claims; None if its extension is none that is known."""
    extension = _extension(name)
    return EXTENSIONS.get(_SPELLINGS.get(extension, extension))


def sniff(data: bytes, name: str = "") -> Media | None:
    """What the bytes are; `name` only decides between kinds that have no mark of their own.

    Args:
        data: At least the first 64 bytes.
        name: The file's name, from anybody.
    """
    extension = _extension(name)
    for prefix, media in _PREFIXES:
        if data.startswith(prefix):
            if media.extension == ".webm" and b"matroska" in data[:64]:
                return Media("video", ".mkv", "video/x-matroska")
            return media
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # two letters alone may begin any text
        return _BMP
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _BOXES.get(data[8:12]) or _mp4(data, extension)
    if data[:4] == b"OggS":
        opus = b"OpusHead" in data[:64]
        return Media("audio", ".opus" if opus else ".ogg", "audio/ogg")
    if data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE6 == 0xE2:  # MPEG audio layer III, no tag
        return Media("audio", ".mp3", "audio/mpeg")
    if extension in _OTHER and data:
        return Media("other", extension, "application/octet-stream")
    return None


def check_media(data: bytes, name: str, *, decode: bool = True) -> Media:
    """What a rendered file is, after looking whether it is whole: images are decoded, all frames.

    Args:
        data: The whole file.
        name: What the backend calls it.
        decode: False leaves it at structure and checksums, for an image that was decoded before.

    Raises:
        OutputError: empty, cut off, not a media file, or too large to be decoded.
    """
    media = sniff(data, name)
    if media is None:
        seen = "it is empty" if not data else f"it begins with {data[:16]!r}"
        raise OutputError(
            f"not a picture, video or sound ({seen})", where=name, hint="Is there a proxy before the backend?"
        )
    if media.kind == "image":
        _check_image(data, name, media.mime.removeprefix("image/"), decode)
    elif media.extension in (".mp4", ".mov", ".m4a"):
        _check_boxes(data, name)
    elif data[:4] == b"RIFF" and len(data) < struct.unpack("<I", data[4:8])[0] + 8:
        raise OutputError("it is cut off", where=name, hint="Fetch it again.")
    return media


def _extension(name: str) -> str:
    return PurePath(name.replace("\\", "/")).suffix.lower()


def _mp4(data: bytes, extension: str) -> Media:
    if data[8:12] in (b"M4A ", b"M4B ") or extension == ".m4a":
        return Media("audio", ".m4a", "audio/mp4")
    return Media("video", ".mp4", "video/mp4")


def _check_image(data: bytes, name: str, form: str, decode: bool) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is our limit
            with Image.open(BytesIO(data), formats=(form,)) as image:
                image.verify()
            if decode:
                _decode(data, name, form)
    except OutputError:
        raise
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        raise OutputError(
            f"the picture can't be decoded ({str(error)[:200] or type(error).__name__})",
            where=name,
            hint="Fetch or render it again.",
        ) from error


def _decode(data: bytes, name: str, form: str) -> None:
    """Load every frame; Pillow is lazy, so that opening proves nothing."""
    with Image.open(BytesIO(data), formats=(form,)) as image:
        left = MAX_PIXELS
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            left -= image.width * image.height
            if left < 0:
                raise OutputError(
                    f"more than {MAX_PIXELS:,} pixels", where=name, hint="Render fewer frames or smaller."
                )
            image.load()


def _check_boxes(data: bytes, name: str) -> None:
    """ISO base media: the boxes fill the file, and one is `moov`, without which nothing plays."""
    position, kinds = 0, set()
    while position < len(data):
        if position + 8 > len(data):
            raise OutputError("it is cut off", where=name, hint="Fetch it again.")
        size, kind = struct.unpack_from(">I4s", data, position)
        if size == 1 and position + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, position + 8)
        elif size == 0:
            size = len(data) - position
        if size < 8 or position + size > len(data):
            raise OutputError("it is cut off", where=name, hint="Fetch it again.")
        kinds.add(kind)
        position += size
    if b"moov" not in kinds:
        raise OutputError("it has no index (moov)", where=name, hint="Did the backend stop while writing it?")
