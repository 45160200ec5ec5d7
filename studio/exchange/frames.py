"""A panel as moving pictures: its still, its video's frames, or a slate, each in the animatic's frame."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from studio.errors import StudioError, TakeError
from studio.exchange.rows import Row
from studio.project.lettering import Type

GROUND = (12, 12, 13)
PAPER = (38, 39, 43)
INK = (236, 234, 228)
QUIET = (150, 148, 142)


def frames_of(row: Row, size: tuple[int, int], rate: float) -> Iterator[Image.Image]:
    """The panel's frames at `rate` a second, for ever: a still again and again, a video's last one held.

    A take that can't be read is a slate that says so; an animatic with one bad file is still an animatic.
    """
    if row.take is None:
        return itertools.repeat(slate(row, size))
    try:
        if row.take.kind == "video":
            return _moving(row.take.path, size, rate)
        if row.take.kind == "image":
            return itertools.repeat(fitted(row.take.image(), size))
    except (StudioError, OSError) as error:
        return itertools.repeat(slate(row, size, trouble=str(error)))
    return itertools.repeat(slate(row, size))


def fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The whole picture inside the frame, on a dark ground."""
    picture = image.convert("RGBA")
    scale = min(size[0] / picture.width, size[1] / picture.height)
    shown = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    if shown != picture.size:
        picture = picture.resize(shown, Image.Resampling.LANCZOS)
    frame = Image.new("RGB", size, GROUND)
    frame.paste(picture, ((size[0] - shown[0]) // 2, (size[1] - shown[1]) // 2), picture)
    return frame


def slate(row: Row, size: tuple[int, int], *, trouble: str = "") -> Image.Image:
    """A card for a panel without a picture: its name, what is to be seen, and what went wrong."""
    frame = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(frame)
    unit = size[1] / 720
    left, width = round(90 * unit), size[0] - round(180 * unit)
    head = Type("SemiBold", max(8, round(44 * unit)))
    body = Type("Regular", max(7, round(26 * unit)))
    y = round(size[1] * 0.36)
    head.draw(draw, (left, y), head.fit(row.title, width), INK)
    for line in wrapped(body, row.subject or "", width, 5):
        y += round(40 * unit)
        body.draw(draw, (left, y), line, QUIET)
    if trouble:
        body.draw(draw, (left, size[1] - round(110 * unit)), body.fit(trouble, width), (214, 140, 108))
    return frame


def wrapped(face: Type, text: str, width: float, most: int) -> list[str]:
    """`text` in at most `most` lines, the last one cut where it does not fit."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        count = 1
        while count < len(words) and face.length(" ".join(words[: count + 1])) <= width:
            count += 1
        last = len(lines) == most - 1
        lines.append(face.fit(" ".join(words if last else words[:count]), width))
        words = words[count:]
    return lines


def burn_in(frame: Image.Image, text: str, right: str) -> Image.Image:
    """The panel's name and the time, small at the foot, readable on any picture."""
    drawn = frame.copy()
    unit = frame.height / 720
    bar = round(44 * unit)
    shade = Image.new("RGB", (frame.width, bar), GROUND)
    foot = drawn.crop((0, frame.height - bar, frame.width, frame.height))
    drawn.paste(Image.blend(foot, shade, 0.62), (0, frame.height - bar))
    draw = ImageDraw.Draw(drawn)
    face = Type("Medium", max(7, round(22 * unit)))
    base = frame.height - round(15 * unit)
    edge = round(24 * unit)
    face.draw(draw, (frame.width - edge, base), right, INK, right=True)
    room = frame.width - 3 * edge - face.length(right)
    face.draw(draw, (edge, base), face.fit(text, room), INK)
    return drawn


def _moving(path: Path, size: tuple[int, int], rate: float) -> Iterator[Image.Image]:
    """The video's frames at another rate.

    Raises:
        TakeError: nothing of it can be decoded.
    """
    source = _decoded(path)
    try:
        first_time, first = next(source)
    except StopIteration:
        raise TakeError("the video has no picture", path=path, hint="Render it again.") from None

    def play() -> Iterator[Image.Image]:
        shown, ahead = fitted(first, size), next(source, None)
        for number in itertools.count():
            while ahead is not None and ahead[0] - first_time <= number / rate + 1e-6:
                shown, ahead = fitted(ahead[1], size), next(source, None)
            yield shown

    return play()


def _decoded(path: Path) -> Iterator[tuple[float, Image.Image]]:
    av = load_av()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield float(frame.time or 0.0), frame.to_image()
    except av.error.FFmpegError as error:
        raise TakeError(f"the video can't be read ({error})", path=path, hint="Render it again.") from error
    except IndexError:
        return


def load_av() -> Any:
    """PyAV, which the extra `video` brings.

    Raises:
        StudioError: it is not installed.
    """
    try:
        import av
    except ImportError:
        raise StudioError(
            "moving pictures need PyAV, which is not installed",
            hint="pip install 'directors-notebook[video]'",
        ) from None
    return av
