"""`ProgressView` and `ProgressGroup`: renders as they go, with their pictures and a way to stop them."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import anywidget
import traitlets
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from studio.render.progress import JobState, Progress
from widgets.pace import INTERVAL, Loop, Pace, kernel_loop
from widgets.progress.model import Board, Card, Job, plain, result_name
from widgets.progress.still import develop
from widgets.shared import joined, shared
from widgets.theme import stylesheet

MESSAGES_A_SECOND = 60
"""Of all jobs of a group together; Jupyter's server starts to hold back at some hundreds."""

_HERE = Path(__file__).parent


class Hello(BaseModel):
    """A page has drawn the widget and wants what is not in its state: the pictures."""

    kind: Literal["hello"]


class Cancel(BaseModel):
    """Somebody pressed Cancel; without `job`, the one for all."""

    kind: Literal["cancel"]
    job: str | None = None


_from_page: TypeAdapter[Hello | Cancel] = TypeAdapter(Annotated[Hello | Cancel, Field(discriminator="kind")])


def _nothing() -> None:
    """Nothing to undo."""


@dataclass
class _Entry:
    """One followed job."""

    job: Job
    newest: Progress
    cancelling: bool = False
    note: str = ""
    picture: bytes | None = None  # in place of the newest preview
    sent: bytes | None = None  # the picture that the page has
    developing: bool = False
    unwatch: Callable[[], None] = _nothing

    @property
    def card(self) -> Card:
        ended = self.newest.state.ended
        return Card.of(
            self.newest,
            error=self.job.error if ended else None,
            result=result_name(self.job) if ended else "",
            cancelling=self.cancelling,
            note=self.note,
        )


class ProgressGroup(anywidget.AnyWidget):
    """Several jobs at once, stacked; a single one is shown large.

    Args:
        jobs: The jobs to follow; more may be added while it runs.
        loop: The kernel's loop, where traits are set; the running one if None.
    """

    _esm = joined((*shared("dom.js"), _HERE / "progress.js"))
    _css = stylesheet(_HERE / "progress.css")

    board = traitlets.Dict(help="A `Board`, as JSON.").tag(sync=True)

    def __init__(self, jobs: Iterable[Job] = (), *, loop: Loop | None = None, **traits: Any) -> None:
        self.seen = threading.Event()  # set once a page has drawn it
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.RLock()
        self._at_end: list[Callable[[], None]] = []
        self._cell = contextvars.copy_context()  # what it sends belongs to the cell that made it
        super().__init__(**traits)
        self.on_msg(self._heard)
        self._pace = Pace(
            lambda: self._cell.copy().run(self._paint), loop if loop is not None else kernel_loop()
        )
        for job in jobs:
            self.add(job)

    @property
    def model(self) -> Board:
        """What is to be seen now; the page has it at the next paint."""
        with self._lock:
            return Board.of([entry.card for entry in self._entries.values()])

    @property
    def ended(self) -> bool:
        """Whether every job has ended."""
        with self._lock:
            return all(entry.newest.state.ended for entry in self._entries.values())

    def add(self, job: Job) -> None:
        """Follow `job` too; from any thread."""
        with self._lock:
            if job.id in self._entries:
                return
            entry = self._entries[job.id] = _Entry(job, job.progress)
            self._pace.interval = max(INTERVAL, len(self._entries) / MESSAGES_A_SECOND)
        entry.unwatch = job.watch(lambda progress: self._take_in(entry, progress))
        self._take_in(entry, job.progress)

    def at_end(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when every job has ended, on the thread that tells of the last one."""
        with self._lock:
            if not self.ended:
                self._at_end.append(callback)
                return
        callback()

    def cancel(self, job: str | None = None) -> None:
        """Ask one job to stop, or all that still run; a job that is not shown here is none of ours."""
        with self._lock:
            asked = [
                entry
                for key, entry in self._entries.items()
                if job in (None, key) and not entry.newest.state.ended and not entry.cancelling
            ]
        for entry in asked:
            entry.cancelling = True
            try:
                entry.job.cancel()
            except Exception as error:  # a callback's error is seen nowhere else
                self._not_cancelled(entry, error)
        self._pace.finish()

    def close(self) -> None:
        """Stop following; the jobs go on."""
        with self._lock:
            entries = list(self._entries.values())
        for entry in entries:
            entry.unwatch()
            entry.unwatch = _nothing
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = self.model.text
        return bundle

    def _take_in(self, entry: _Entry, progress: Progress) -> None:
        """A job's news, on the render thread."""
        with self._lock:
            if entry.newest.state.ended and entry.newest is not progress:
                return  # nothing comes after an end
            entry.newest = progress
            callbacks: list[Callable[[], None]] = []
            if self.ended:
                callbacks, self._at_end = self._at_end, []
        if progress.state.ended:
            self._pace.finish()
            self._develop(entry)
        else:
            self._pace.ask()
        for callback in callbacks:
            callback()

    def _develop(self, entry: _Entry) -> None:
        """Put the finished take on its card, once there is a page to see it."""
        with self._lock:
            if entry.developing or entry.newest.state is not JobState.DONE or not self.seen.is_set():
                return
            entry.developing = True

        def ready(picture: bytes) -> None:
            entry.picture = picture
            self._pace.finish()

        develop(entry.job.delivered, ready)

    def _not_cancelled(self, entry: _Entry, error: Exception) -> None:
        with self._lock:
            entry.cancelling = False
            entry.note = f"Could not cancel: {plain(str(error)) or type(error).__name__}"
        self._pace.finish()

    def _paint(self) -> None:
        """Set the trait and send the pictures that changed."""
        with self._lock:
            self.board = self.model.model_dump(mode="json")
            for key, entry in self._entries.items():
                picture = entry.picture or entry.newest.preview
                if picture and picture != entry.sent:
                    entry.sent = picture
                    self.send({"kind": "picture", "job": key, "type": media_type(picture)}, buffers=[picture])

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """A message from the page, which anybody with the page can send: anything but ours is dropped."""
        try:
            message = _from_page.validate_python(content)
        except ValidationError:
            return
        if isinstance(message, Cancel):
            self.cancel(message.job)
            return
        self.seen.set()
        with self._lock:
            entries = list(self._entries.values())
            for entry in entries:
                entry.sent = None
        for entry in entries:
            self._develop(entry)
        self.send({"kind": "here"})
        self._pace.finish()


class ProgressView(ProgressGroup):
    """One job: its state, how far it is, what goes on, its picture, and a button to stop it."""

    def __init__(self, job: Job, *, loop: Loop | None = None, **traits: Any) -> None:
        super().__init__([job], loop=loop, **traits)


def media_type(picture: bytes) -> str:
    """Of a preview: ComfyUI sends JPEG or PNG."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
