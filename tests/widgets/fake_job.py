"""A job that a test moves by hand: what the widget needs of one, and nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image

from studio.errors import StudioError
from studio.render.progress import JobState, Progress


class FakeJob:
    """Its snapshots come when the test says so, on the test's thread."""

    def __init__(self, id: str = "job-1", label: str = "Hero_Shot", **start: Any) -> None:
        self.id = id
        self.progress = Progress(job=id, label=label, **start)
        self.error: StudioError | None = None
        self.delivered: Any = None
        self.outputs: tuple[Any, ...] = ()
        self.cancelled = 0
        self.cancel_raises: Exception | None = None
        self.watchers: list[Callable[[Progress], None]] = []

    def watch(self, callback: Callable[[Progress], None]) -> Callable[[], None]:
        self.watchers.append(callback)
        return lambda: self.watchers.remove(callback)

    def cancel(self) -> None:
        self.cancelled += 1
        if self.cancel_raises is not None:
            raise self.cancel_raises

    def say(self, **changes: Any) -> None:
        self.progress = Progress(**{**self.progress.model_dump(), **changes})
        for callback in list(self.watchers):
            callback(self.progress)

    def run(self, percent: float, **changes: Any) -> None:
        self.say(state=JobState.RUNNING, percent=percent, **changes)

    def finish(self, delivered: Any = None, **changes: Any) -> None:
        self.delivered = delivered
        self.say(state=JobState.DONE, percent=100.0, **changes)

    def fail(self, error: StudioError, **changes: Any) -> None:
        self.error = error
        self.say(state=JobState.FAILED, **changes)


class FakeTake:
    """A take with a picture of one colour."""

    kind = "image"

    def __init__(self, name: str, colour: str = "teal") -> None:
        self.path = f"demo-film/{name}"
        self.colour = colour

    def preview(self, side: int) -> bytes:
        return jpeg(self.colour)


def jpeg(colour: str, size: tuple[int, int] = (64, 36)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


class HandLoop:
    """An event loop with a clock that only moves when told to; what is due runs in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self.count = 0
        self.blocked = False

    def time(self) -> float:
        return self.now

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> None:
        self.call_later(0, callback, *args)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        self.count += 1
        self.due.append((self.now + delay, self.count, callback, args))
        self.due.sort(key=lambda item: item[:2])

    def turn(self, seconds: float = 0.0) -> None:
        """Let time pass, and run what falls due."""
        end = self.now + seconds
        while not self.blocked and self.due and self.due[0][0] <= end:
            when, _, callback, args = self.due.pop(0)
            self.now = max(self.now, when)
            callback(*args)
        self.now = end

    @contextmanager
    def held(self) -> Iterator[None]:
        """A blocking cell: time passes, nothing runs."""
        self.blocked = True
        yield
        self.blocked = False
