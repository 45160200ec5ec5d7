"""What a take shows, apart from how it is packed: a digest of its pixels, and its look in a few bytes.

The digest says whether two takes are the same to the last pixel; the look (`studio.gallery.duplicates.look`)
how far apart they are where they aren't, so that a lock of a kilobyte is enough to tell without the take.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence
from pydantic import BaseModel, ConfigDict, Field

from studio.errors import TakeError
from studio.gallery.duplicates.look import TINY, look_of
from studio.media import MAX_PIXELS, sniff

_HASH = 8  # bytes


class Pixels(BaseModel):
    """What a file shows. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    sha256: str = Field(
        description="Of the decoded pixels, frame by frame; of the bytes for video and sound."
    )
    kind: str = Field(default="image", description="image, video, audio or other.")
    width: int = 0
    height: int = 0
    frames: int = 1
    look: str = Field(default="", description="64 bits and a tiny picture, in base64; of pictures only.")


@dataclass(frozen=True)
class Distance:
    """How far two pictures are apart.

    Attributes:
        exact: Whether every pixel is the same.
        bits: How many of the 64 bits of their looks differ; up to 6: the same picture, scaled or packed.
        levels: Largest difference of brightness or colour of any spot, of 255.
    """

    exact: bool
    bits: int | None = None
    levels: int | None = None

    def __str__(self) -> str:
        if self.exact:
            return "the pixels are the same"
        if self.bits is None:
            return "it is not the same file, and only pictures can be compared further"
        return f"{self.bits} of 64 bits of the look differ, spots by up to {self.levels} of 255"


def pixels_of(data: bytes, name: str = "") -> Pixels:
    """What a take's bytes show; provenance and packing don't count for pictures.

    Raises:
        TakeError: it is no whole media file.
    """
    media = sniff(data, name)
    if media is None:
        raise TakeError("it is no picture, video or sound", path=name, hint="Render it again.")
    if media.kind != "image":
        return Pixels(sha256=hashlib.sha256(data).hexdigest(), kind=media.kind, frames=0)
    digest, frames = hashlib.sha256(), 0
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height * getattr(image, "n_frames", 1) > MAX_PIXELS:
                raise TakeError("has more pixels than are read", path=name, hint="Is it a take?")
            for frame in ImageSequence.Iterator(image):
                mode = "RGBA" if frame.has_transparency_data else "RGB"
                plain = frame if frame.mode.startswith(("I", "F")) else frame.convert(mode)
                digest.update(f"{plain.mode} {plain.width} {plain.height}\n".encode())
                digest.update(plain.tobytes())
                frames += 1
            width, height = image.size
        bits, tiny = look_of(data)
    except TakeError:
        raise
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        raise TakeError(
            f"no picture can be read from it ({str(error)[:200] or type(error).__name__})",
            path=name,
            hint="Render it again.",
        ) from error
    look = base64.b64encode(bits.to_bytes(_HASH, "big") + tiny.tobytes()).decode()
    return Pixels(sha256=digest.hexdigest(), width=width, height=height, frames=frames, look=look)


def pixels_in(path: Path) -> Pixels:
    """What the take at `path` shows.

    Raises:
        TakeError: it can't be read, or is no whole media file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TakeError(f"can't be read ({error.strerror})", path=path, hint="Is it still there?") from error
    try:
        return pixels_of(data, path.name)
    except TakeError as error:
        raise TakeError(error.message, path=path, hint=error.hint) from error


def distance(one: Pixels, other: Pixels) -> Distance:
    """How far two takes are apart."""
    if one.sha256 == other.sha256:
        return Distance(exact=True, bits=0, levels=0)
    first, second = _look(one.look), _look(other.look)
    if first is None or second is None:
        return Distance(exact=False)
    bits = (int.from_bytes(first[:_HASH], "big") ^ int.from_bytes(second[:_HASH], "big")).bit_count()
    tiny = [np.frombuffer(each[_HASH:], dtype=np.uint8).astype(np.int16) for each in (first, second)]
    return Distance(exact=False, bits=bits, levels=int(np.abs(tiny[0] - tiny[1]).max()))


def _look(text: str) -> bytes | None:
    """The bytes of a look; None where there is none, or one of another studio's making."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == _HASH + TINY else None
