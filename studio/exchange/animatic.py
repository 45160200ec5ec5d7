"""The animatic: the storyboard as a film, each panel as long as it is to be, with cross-fades and sound."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from studio.errors import ProjectError, TakeError
from studio.exchange.frames import burn_in, frames_of, load_av
from studio.exchange.rows import Row, rows_of
from studio.exchange.task import Task
from studio.files import replacing, storage_error

if TYPE_CHECKING:
    from studio.project import Project

LONGEST = 4 * 3600.0
"""Seconds of an animatic, at most."""

SOUND_RATE = 48_000


@dataclass(frozen=True)
class Cut:
    """How an animatic is made.

    Attributes:
        size: Width and height in pixels, even.
        rate: Frames a second.
        fade: Seconds in which a panel appears over the one before; 0 cuts. The whole keeps its length.
        names: Whether the panel's name and the time are burnt in.
        sound: A sound or video file that is laid under it, cut or left silent at its end.
    """

    size: tuple[int, int] = (1280, 720)
    rate: float = 24.0
    fade: float = 0.0
    names: bool = True
    sound: Path | None = None

    def checked(self) -> Cut:
        """Itself.

        Raises:
            ProjectError: a number that can't be.
        """
        width, height = self.size
        if not (16 <= width <= 7680 and 16 <= height <= 4320 and width % 2 == height % 2 == 0):
            raise ProjectError(f"{width} × {height} can't be", hint="Even numbers, up to 7680 × 4320.")
        if not 1 <= self.rate <= 120:
            raise ProjectError(f"{self.rate:g} frames a second can't be", hint="1 to 120; 24 is usual.")
        if not 0 <= self.fade <= 10:
            raise ProjectError(f"a cross-fade of {self.fade:g} s can't be", hint="0 to 10 seconds.")
        return self


def write_animatic(
    project: Project,
    path: str | Path,
    *,
    panels: Iterable[str] | None = None,
    cut: Cut | None = None,
    task: Task | None = None,
) -> Path:
    """Write an MP4 (H.264, AAC) of the panels in story order.

    Raises:
        ExportCancelled: stopped; nothing is written.
        ProjectError: no panel, a panel that is none, or numbers that can't be.
        TakeError: the sound can't be read.
        StorageError: the disk refuses.
        StudioError: PyAV is not installed.
    """
    cut = (cut or Cut()).checked()
    av = load_av()
    rows = rows_of(project, panels)
    seconds = sum(row.seconds for row in rows)
    if not rows or seconds > LONGEST:
        raise ProjectError(
            f"{seconds / 3600:.1f} hours are too long" if rows else "there is no panel to show",
            path=project.path,
            hint="Choose other panels, or shorter durations.",
        )
    target = Path(path)
    try:
        with replacing(target) as temporary:
            _write(av, temporary, rows, cut, seconds, task or Task())
    except OSError as error:  # the disk's refusal, as the encoder tells it
        raise storage_error(error, target) from error
    except av.error.FFmpegError as error:
        raise ProjectError(f"it can't be encoded ({error})", path=target, hint="Try another size.") from error
    return target


def _write(av: Any, path: Path, rows: list[Row], cut: Cut, seconds: float, task: Task) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        rate = Fraction(cut.rate).limit_denominator(1001)
        picture = film.add_stream("libx264", rate=rate)
        picture.width, picture.height = cut.size
        picture.pix_fmt = "yuv420p"
        picture.options = {"crf": "18", "preset": "veryfast", "tune": "stillimage"}
        sound = film.add_stream("aac", rate=SOUND_RATE) if cut.sound is not None else None
        for frame in _film(rows, cut, task):
            film.mux(picture.encode(av.VideoFrame.from_image(frame)))
        film.mux(picture.encode(None))
        if sound is not None and cut.sound is not None:
            for packet in _sound(av, sound, cut.sound, seconds):
                film.mux(packet)


def frame_counts(rows: Iterable[Row], rate: float) -> list[int]:
    """Frames of each panel; rounding never adds up, as each cut is rounded to the nearest frame."""
    ends = list(itertools.accumulate(row.seconds for row in rows))
    edges = [0, *(round(end * rate) for end in ends)]
    return [max(1, after - before) for before, after in itertools.pairwise(edges)]


def _film(rows: list[Row], cut: Cut, task: Task) -> Iterator[Image.Image]:
    counts = frame_counts(rows, cut.rate)
    total, number = sum(counts), 0
    before: Image.Image | None = None
    for row, count in zip(rows, counts, strict=True):
        source = frames_of(row, cut.size, cut.rate)
        fading = min(round(cut.fade * cut.rate), count) if before is not None else 0
        shown = before
        for step in range(count):
            if number % 8 == 0:
                task.step(number, total, row.title)
            shown = next(source)
            frame = shown
            if step < fading and before is not None:
                frame = Image.blend(before, shown, (step + 1) / (fading + 1))
            yield burn_in(frame, row.title, timecode(number, cut.rate)) if cut.names else frame
            number += 1
        before = shown
    task.step(total, total, "done")


def timecode(frame: int, rate: float) -> str:
    """`00:01:23:07`: hours, minutes, seconds, frames; not drop-frame."""
    whole = max(1, round(rate))
    seconds, frames = divmod(frame, whole)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}"


def _sound(av: Any, stream: Any, path: Path, seconds: float) -> Iterator[Any]:
    """The sound's packets, as long as the film at most."""
    left = round(seconds * SOUND_RATE)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE, frame_size=1024)
    try:
        with av.open(str(path)) as source:
            if not source.streams.audio:
                raise TakeError("there is no sound in it", path=path, hint="Choose a sound file.")
            for decoded in source.decode(audio=0):
                decoded.pts = None
                for frame in resampler.resample(decoded):
                    if left <= 0:
                        break
                    left -= frame.samples
                    yield stream.encode(frame)
                if left <= 0:
                    break
            if left == round(seconds * SOUND_RATE):
                raise TakeError("no sound in it can be decoded", path=path, hint="Choose another file.")
    except (av.error.FFmpegError, OSError) as error:
        raise TakeError(
            f"the sound can't be read ({error})", path=path, hint="Choose another file."
        ) from error
    yield stream.encode(None)
