"""What goes between notebook, head and boxes: plain data as JSON text, and bytes of files; no code.

Dask's own messages turn lists into tuples, so ours are texts to it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import BackendProtocolError, StorageError
from studio.render.events import Event, Preview, SocketDown, SocketUp, StateChanged, Unknown, typed
from studio.render.fault import Fault
from studio.render.job import Order
from studio.render.outputs import Output
from studio.render.policy import Cause

VERSION = 1
"""Of these messages; head and boxes of another one are refused."""

_OURS: dict[str, type[Event]] = {
    kind.model_fields["type"].default: kind for kind in (SocketUp, SocketDown, StateChanged)
}


class Message(BaseModel):
    """Base of all: unknown fields of a newer studio are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def text(self) -> str:
        """As it goes over the wire."""
        return self.model_dump_json()


class Upload(Message):
    """A local file that a graph names; the bytes go beside the message."""

    suffix: str


class Work(Message):
    """One job as the head and a box need it."""

    version: int = VERSION
    job: str
    attempt: int = 1
    graph: dict[str, Any]
    label: str = ""
    shot: dict[str, Any] | None = None
    uploads: dict[str, Upload] = Field(default_factory=dict)
    owner: str = ""
    priority: int = 0
    tags: frozenset[str] = frozenset()
    pin: str | None = None
    age: float = Field(default=0.0, description="Seconds since it was submitted.")
    first: int = Field(default=1, description="Number of its next attempt.")

    @classmethod
    def of(cls, job: str, order: Order, *, age: float, first: int) -> tuple[Work, dict[str, bytes]]:
        """A job's order, and the bytes of its files. Reads files: call it in a thread.

        Raises:
            StorageError: a file can't be read.
        """
        files, uploads = {}, {}
        for name, path in order.uploads.items():
            try:
                files[name] = path.read_bytes()
            except OSError as error:
                raise StorageError(
                    f"can't read ({error.strerror or error})", path=path, hint="Is the image still there?"
                ) from error
            uploads[name] = Upload(suffix=path.suffix)
        work = cls(
            job=job,
            graph=order.graph,
            label=order.label,
            shot=None if order.shot is None else order.shot.model_dump(mode="json"),
            uploads=uploads,
            owner=order.owner,
            priority=order.priority,
            tags=order.tags,
            pin=order.backend,
            age=age,
            first=first,
        )
        return work, files


class Outcome(Message):
    """How a box ended with a job."""

    ok: bool
    cause: Cause = Cause.OTHER
    gone: bool = True  # its ComfyUI surely has it no more
    fault: Fault | None = None
    outputs: int = 0


class Item(Message):
    """Something that happened to a job. `number` grows with each, over all jobs of a head."""

    job: str
    kind: Literal["placed", "event", "left", "waiting", "rendered", "ended"]
    number: int = 0
    data: dict[str, Any] = Field(default_factory=dict)


class BoxReport(Message):
    """How a box is."""

    name: str
    address: str = ""  # its worker's
    status: dict[str, Any] = Field(default_factory=dict)  # a `BackendStatus`
    metric: dict[str, Any] | None = None  # the newest `Metric`
    foreign: int = 0  # other people's jobs at its ComfyUI
    surveyed: bool = False
    classes: tuple[str, ...] | None = None  # sent when they changed
    files: tuple[tuple[str, str, tuple[str, ...]], ...] | None = None  # class, input, model files


def event_data(event: Event) -> dict[str, Any]:
    """An event as plain data."""
    data = event.model_dump(mode="json", exclude={"image"} if isinstance(event, Preview) else None)
    if isinstance(event, Preview):
        data["image"] = base64.b64encode(event.image).decode()
    return data


def event_from(data: dict[str, Any]) -> Event:
    """The event again. Never raises."""
    kind = str(data.get("type", ""))
    rest = {name: value for name, value in data.items() if name != "type"}
    try:
        if kind == "preview":
            return Preview.model_validate({**rest, "image": base64.b64decode(rest.get("image", ""))})
        if kind in _OURS:
            return _OURS[kind].model_validate(rest)
    except (ValidationError, ValueError, TypeError) as error:
        return Unknown(type=kind, data=rest, reason=type(error).__name__)
    return typed(kind, rest)


def pack_outputs(outputs: list[Output]) -> list[tuple[str, bytes]]:
    """What a task gives back: each output as JSON, and its bytes."""
    return [(json.dumps(one.model_dump(mode="json", exclude={"data", "path"})), one.data) for one in outputs]


def unpack_outputs(packed: Any) -> list[Output]:
    """The outputs again.

    Raises:
        BackendProtocolError: that is something else.
    """
    try:
        return [Output.model_validate({**json.loads(text), "data": bytes(data)}) for text, data in packed]
    except (TypeError, ValueError) as error:
        raise BackendProtocolError(
            "the result of a job makes no sense", hint="Are head, boxes and notebook of one version?"
        ) from error


def write_uploads(work: Work, files: dict[str, bytes], folder: Path) -> dict[str, Path]:
    """Files on the box's disk, from which its ComfyUI gets them; under names of ours."""
    paths = {}
    for number, (name, upload) in enumerate(work.uploads.items()):
        suffix = upload.suffix if upload.suffix.lstrip(".").isalnum() else ""
        paths[name] = folder / f"{number}{suffix}"
        paths[name].write_bytes(files[name])
    return paths
