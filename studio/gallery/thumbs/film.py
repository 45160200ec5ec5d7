"""Posters and scrub strips of films, through PyAV, which is an optional part of the installation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from PIL import Image, ImageStat

from studio.errors import OutputError, StudioError
from studio.gallery.thumbs.picture import MAX_PIXELS

FORMATS = {
    **{".mp4": "mov", ".mov": "mov", ".m4a": "mov", ".webm": "matroska", ".mkv": "matroska", ".avi": "avi"},
    **{".wav": "wav", ".flac": "flac", ".mp3": "mp3", ".ogg": "ogg", ".opus": "ogg"},
}
"""Extension (told by a file's first bytes) → the one demuxer that may open it. Left to guess, FFmpeg would
take a playlist for a film and open whatever files and addresses it names."""

_SECONDS = 15.0  # for one film; then what was found so far has to do
_DARK = 10.0  # mean luma of 255: most films begin with black
_STEP_THROUGH = 480  # frames: up to so many, decoding all is quicker than seeking
_AFTER_SEEK = 90  # frames to decode between a key frame and the moment looked for
_BUFFER = 1 << 20


@contextmanager
def opened(file: IO[bytes], extension: str) -> Iterator[Any]:
    """An `av` container of `file`.

    Raises:
        StudioError: PyAV is not installed.
        OutputError: it can't be read, then or within the block.
    """
    try:
        import av
    except ImportError as error:
        raise StudioError(
            "thumbnails of films and sounds need PyAV, which is not installed",
            hint="Install it with: pip install 'directors-notebook[video]'",
        ) from error
    try:
        with av.open(
            file,
            format=FORMATS[extension],
            buffer_size=_BUFFER,
            metadata_errors="replace",
            io_open=_nothing_else,
        ) as container:
            yield container
    except StudioError:
        raise
    except Exception as error:  # FFmpeg's demuxers and decoders on anybody's bytes
        said = str(error).strip()[:160] or type(error).__name__
        raise OutputError(f"the file can't be decoded ({said})") from error


def poster(file: IO[bytes], extension: str, side: int) -> tuple[Image.Image, float]:
    """The first frame, or one from a third of the way if that is dark; and the film's seconds (0 = unknown).

    Raises:
        StudioError: PyAV is not installed.
        OutputError: there is no picture in it, or it can't be decoded.
    """
    with opened(file, extension) as container:
        stream = _stream(container)
        seconds = _seconds(container, stream)
        first = _picture(next(_frames(container, stream), None), stream, side)
        if first is None:
            raise OutputError("no picture could be decoded")
        if _luma(first) < _DARK and seconds:
            later = _picture(_at(container, stream, seconds / 3), stream, side)
            if later is not None and _luma(later) > _luma(first):
                first = later
        return first, seconds


def strip_frames(file: IO[bytes], extension: str, wanted: int, side: int) -> tuple[list[Image.Image], float]:
    """Frames evenly from beginning to end, at most `wanted`; and the film's seconds (0 = unknown).

    Raises:
        StudioError: PyAV is not installed.
        OutputError: there is no picture in it, or it can't be decoded.
    """
    with opened(file, extension) as container:
        stream = _stream(container)
        seconds = _seconds(container, stream)
        rate = float(stream.average_rate or 0)
        if seconds and rate and seconds * rate > _STEP_THROUGH:
            found = _seeking(container, stream, seconds, wanted, side)
        else:
            found = _stepping(container, stream, wanted, side)
        if not found:
            raise OutputError("no picture could be decoded")
        return found, seconds


def _stepping(container: Any, stream: Any, wanted: int, side: int) -> list[Image.Image]:
    """Every frame is decoded and an even share kept, though how many there are is known only at the end."""
    kept: list[Image.Image] = []
    every = 1
    for number, frame in enumerate(_frames(container, stream)):
        if number % every:
            continue
        picture = _picture(frame, stream, side)
        if picture is not None:
            kept.append(picture)
        if len(kept) >= 2 * wanted:
            kept, every = kept[::2], every * 2
    count = min(wanted, len(kept))
    return [kept[round(place * (len(kept) - 1) / max(1, count - 1))] for place in range(count)]


def _seeking(container: Any, stream: Any, seconds: float, wanted: int, side: int) -> list[Image.Image]:
    deadline = time.monotonic() + _SECONDS
    found = []
    for place in range(wanted):
        picture = _picture(_at(container, stream, seconds * (place + 0.5) / wanted), stream, side)
        if picture is not None:
            found.append(picture)
        if time.monotonic() > deadline:
            break
    return found


def _at(container: Any, stream: Any, seconds: float) -> Any:
    """The frame shown at a time, or the nearest that is quickly reached."""
    container.seek(int(seconds / stream.time_base) + (stream.start_time or 0), stream=stream)
    last = None
    for number, frame in enumerate(_frames(container, stream)):
        last = frame
        if number >= _AFTER_SEEK or (frame.time is not None and frame.time >= seconds):
            break
    return last


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    deadline = time.monotonic() + _SECONDS
    for frame in container.decode(stream):
        yield frame
        if time.monotonic() > deadline:
            return


def _stream(container: Any) -> Any:
    if not container.streams.video:
        raise OutputError("there is no picture in it")
    stream = container.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS:
        raise OutputError(f"frames of {width} × {height} are too large to be decoded")
    return stream


def _seconds(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return max(0.0, float(stream.duration * stream.time_base))
    return max(0.0, (container.duration or 0) / 1e6)


def _picture(frame: Any, stream: Any, side: int) -> Image.Image | None:
    """A frame as RGB, small, with square pixels, upright."""
    if frame is None or not frame.width or not frame.height:
        return None
    stretch = float(stream.sample_aspect_ratio or 1) or 1.0
    width, height = frame.width * stretch, float(frame.height)
    scale = min(1.0, side / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small: Image.Image = frame.to_image(width=size[0], height=size[1], interpolation="AREA")
    turn = getattr(frame, "rotation", 0)
    return small.rotate(turn, expand=True) if turn else small


def _luma(image: Image.Image) -> float:
    return float(ImageStat.Stat(image.convert("L")).mean[0])


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> Any:
    raise OSError("a film may not open other files")
