"""A farm without backends: it hands in whatever a test says was rendered."""

from __future__ import annotations

import asyncio
import concurrent.futures
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from studio.errors import StudioError
from studio.render import Backend, Output
from studio.render.job import Placement
from studio.shot import Shot


def output(data: bytes, filename: str = "x_00001_.png", *, node: str = "9", type: str = "output") -> Output:
    """A file that a job saved."""
    return Output(node=node, kind="image", filename=filename, type=type, data=data)


class HandJob:
    """As much of a `Job` as a panel needs; `end` decides how it ends."""

    def __init__(self, order: SimpleNamespace) -> None:
        self.id = str(uuid.uuid4())
        self.order = order
        self.backend = "box"
        self.placement = Placement(backend="box", url="http://box:8188/comfy", comfyui="0.3.64", attempt=2)
        self.progress = SimpleNamespace(elapsed=1.25)
        self.outputs: list[Output] = []
        self.delivered: Any = None
        self.cancelled = False
        self.future: concurrent.futures.Future[list[Output]] = concurrent.futures.Future()
        self.future.set_running_or_notify_cancel()

    def __await__(self) -> Generator[Any, None, list[Output]]:
        return asyncio.wrap_future(self.future).__await__()

    def cancel(self) -> bool:
        self.cancelled = True
        return True

    def end(self, outputs: list[Output], error: StudioError | None = None) -> None:
        """As the farm does: outputs first, then the delivery, then the end."""
        self.outputs = outputs
        try:
            if error is not None:
                raise error
            self.delivered = self.order.deliver(self, outputs)
        except StudioError as failure:
            self.future.set_exception(failure)
        else:
            self.future.set_result(outputs)


@dataclass
class HandFarm:
    """Takes jobs, and ends each at once with `outputs` and `error`, or leaves it open without `outputs`."""

    outputs: list[Output] | None = None
    error: StudioError | None = None
    jobs: list[HandJob] = field(default_factory=list)
    backends: tuple[Backend, ...] = (Backend(url="http://user:hunter2@box:8188/comfy", name="box"),)

    def submit(
        self,
        graph: Mapping[str, Any],
        *,
        shot: Shot,
        label: str,
        uploads: Mapping[str, Path],
        deliver: Any,
        **more: Any,
    ) -> HandJob:
        job = HandJob(
            SimpleNamespace(graph=graph, shot=shot, label=label, uploads=uploads, deliver=deliver, **more)
        )
        self.jobs.append(job)
        if self.outputs is not None:
            job.end(self.outputs, self.error)
        return job
