"""Still pictures → small ones. Animated ones give their first frame."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image, UnidentifiedImageError

from studio.errors import OutputError
from studio.gallery.thumbs.budget import Budget
from studio.gallery.thumbs.colour import flat, shrinkable, to_srgb, upright

MAX_PIXELS = 120_000_000
"""Most pixels of one picture that are decoded; a larger one gets a note."""

_GAP = 2.0  # a fast box filter first, to this times the size, then Lanczos; no difference is seen
_BYTES = 5  # a pixel, decoded: four, and one of a palette
_PROGRESSIVE_BYTES = 7  # libjpeg holds all coefficients of a progressive file
_STRIP_SECONDS = 10.0  # an animation is read so long, then the strip is of what was read
_opening = threading.Lock()  # changing the warnings' filter is not safe in threads


def small_picture(file: IO[bytes], form: str, side: int, budget: Budget) -> Image.Image:
    """The picture in `file` as RGB in sRGB, upright, at most `side` pixels in width and height.

    Args:
        file: At its beginning.
        form: Pillow's name of the format; no other is tried.
        side: Longer side in pixels.
        budget: Memory to ask before decoding.

    Raises:
        OutputError: too many pixels, or it can't be decoded.
    """
    with _damage(), _open(file, form) as image, budget.hold(_prepare(image, side)):
        return _shrunk(image, side)


def frames_of(file: IO[bytes], form: str, wanted: int, side: int, budget: Budget) -> list[Image.Image]:
    """Frames of an animated picture, evenly from first to last, as RGB.

    Raises:
        OutputError: it does not move, has too many pixels, or can't be decoded.
    """
    deadline = time.monotonic() + _STRIP_SECONDS
    with _damage(), _open(file, form) as image, budget.hold(2 * _prepare(image, side)):
        last = int(getattr(image, "n_frames", 1)) - 1
        if last < 1:
            raise OutputError("it does not move")
        count = max(1, min(wanted, last + 1))
        frames = []
        for number in range(count):
            image.seek(round(number * last / max(1, count - 1)))
            frames.append(_shrunk(image.copy(), side))
            if time.monotonic() > deadline:
                break
        return frames


def _prepare(image: Image.Image, side: int) -> int:
    """Bytes that decoding will take. A JPEG is set to be decoded at ½, ¼ or ⅛ where that is large enough."""
    pixels = image.width * image.height
    if image.format != "JPEG":
        return pixels * _BYTES
    shrink = max(1.0, max(image.size) / (side * _GAP))
    image.draft(None, (max(1, int(image.width / shrink)), max(1, int(image.height / shrink))))
    if image.info.get("progressive"):
        return pixels * _PROGRESSIVE_BYTES
    return image.width * image.height * _BYTES


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    image.load()
    image = shrinkable(image)
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=_GAP)
    return flat(to_srgb(upright(image)))


@contextmanager
def _open(file: IO[bytes], form: str) -> Iterator[Image.Image]:
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is our limit
        image = Image.open(file, formats=(form,))
    with image:
        pixels = image.width * image.height
        if pixels > MAX_PIXELS:
            raise OutputError(_too_many(image.width, image.height))
        yield image


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a decoder raises becomes one sentence."""
    try:
        yield
    except OutputError:
        raise
    except Image.DecompressionBombError as error:
        raise OutputError(f"too many pixels to be shown small (more than {MAX_PIXELS:,})") from error
    except UnidentifiedImageError as error:  # its words are of objects in memory
        raise OutputError("the picture is damaged at its very beginning") from error
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        said = str(error).strip()[:160]
        if "truncated" in said or "Truncated" in said:
            raise OutputError("the picture is cut off") from error
        raise OutputError(f"the picture can't be decoded ({said or type(error).__name__})") from error


def _too_many(width: int, height: int) -> str:
    millions = width * height / 1e6
    return (
        f"{width} × {height} are {millions:,.0f} million pixels; at most {MAX_PIXELS / 1e6:,.0f} are decoded"
    )
