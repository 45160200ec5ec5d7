"""One job on one backend: uploads, the prompt's life, its outputs, their delivery."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from studio.errors import BackendUnreachable, JobCancelled, JobError, JobLost, StudioError
from studio.files import storage_error
from studio.render.client import ComfyClient
from studio.render.events import Event, Executed, StateChanged
from studio.render.follow import Prompt
from studio.render.job import Job, Placement, end_state
from studio.render.journal import Journal, Kind
from studio.render.outputs import Output, Ref, fetch, find_in_node
from studio.render.progress import JobState
from studio.render.threads import Workers
from studio.render.transport import NeverSent
from studio.render.verdict import Ending

log = logging.getLogger(__name__)

SALVAGE = 5.0
"""Seconds in which a failed job's outputs are fetched from a backend that still answers."""


class Rendering:
    """A job's stay at one backend; `run` once.

    Args:
        turn: Held while the job is sent, so that jobs get to one backend in the order in which they were
            placed.
        freed: Called when the backend is done with it, so that the next job can be sent while this one's
            outputs are fetched and written.
        finishing: Bounds how many finished jobs are fetched and written at a time, and so the memory they
            take.
        deliverers: Where deliveries run.
    """

    def __init__(
        self,
        job: Job,
        client: ComfyClient,
        *,
        placement: Placement,
        journal: Journal | None,
        turn: asyncio.Lock,
        freed: Callable[[], None],
        finishing: asyncio.Semaphore,
        deliverers: Workers,
    ) -> None:
        self.job = job
        self.client = client
        self.placement = placement
        self._journal = journal
        self._turn = turn
        self._waiting: asyncio.Task[bool] | None = None
        self._freed = freed
        self._finishing = finishing
        self._deliverers = deliverers
        self._prompt: Prompt | None = None
        self.cancelled = False
        self.rendered = False  # from then on it is let finish
        self._fetched: dict[Ref, asyncio.Task[Output]] = {}
        self._one_at_a_time = asyncio.Lock()

    def cancel(self) -> None:
        """Stop the job where it is; one that is rendered already is let finish."""
        self.cancelled = True
        if self._waiting is not None:
            self._waiting.cancel()
        if self._prompt is not None:
            self._prompt.cancel()

    async def run(self) -> None:
        """Render and deliver; the job has ended afterwards, well or not.

        Raises:
            NeverSent: the backend does not answer and never got the job, which goes on waiting.
        """
        try:
            ending = await self._render()
            self.rendered = True
            async with self._finishing:
                self._freed()
                await self._deliver(ending)
        except NeverSent:
            raise
        except StudioError as error:
            await self._fail(error)
        except Exception as error:
            log.exception("job %s met an error that it should not have", self.job.id)
            await self._fail(JobError(f"internal error: {type(error).__name__}", job=self.job.id))
        finally:
            for task in self._fetched.values():
                task.cancel()

    async def _render(self) -> Ending:
        await self._await_turn()
        sent = contextlib.ExitStack()
        sent.callback(self._turn.release)
        with sent:
            self.job._place(self.placement)
            graph = await self._upload()
            await self._write(
                "placed",
                attempt=self.placement.attempt,
                backend=self.client.url,
                name=self.placement.backend,
                client_id=self.client.client_id,
                prompt_id=self.job.id,
            )
            shot = self.job.order.shot
            self._prompt = Prompt(
                self.client,
                graph,
                self.job.id,
                extra_data={"studio": {"shot": shot.model_dump(mode="json")}} if shot is not None else None,
                on_event=self._hear,
                on_sent=sent.close,
            )
            if self.cancelled:
                self._prompt.cancel()
            return await self._prompt.run()

    async def _await_turn(self) -> None:
        self._waiting = asyncio.create_task(self._turn.acquire())
        try:
            await self._waiting
        except asyncio.CancelledError:
            if not self.cancelled:
                raise
            raise JobCancelled("cancelled before it was sent", job=self.job.id) from None

    async def _upload(self) -> dict[str, Any]:
        """Put the job's files on the backend; the graph with the names they got there."""
        names = {}
        for wanted, path in self.job.order.uploads.items():
            try:
                names[wanted] = await self.client.upload(path)
            except BackendUnreachable as error:
                raise NeverSent(error.message, backend=error.backend, hint=error.hint) from error
        return rename_inputs(self.job.order.graph, names) if names else self.job.order.graph

    def _hear(self, event: Event) -> None:
        """Pass an event on; what is rendered is fetched at once, before the backend can go away."""
        self.job._take(event)
        if isinstance(event, Executed):
            for ref in find_in_node(event.node, event.output):
                self._start(ref)
        elif isinstance(event, StateChanged) and not event.message:
            self._note("running" if event.state == JobState.RUNNING else "accepted")

    def _start(self, ref: Ref) -> asyncio.Task[Output]:
        if ref not in self._fetched:
            self._fetched[ref] = asyncio.create_task(self._fetch(ref))
            self._fetched[ref].add_done_callback(_seen)
        return self._fetched[ref]

    async def _fetch(self, ref: Ref) -> Output:
        """An output, tried again while the backend is away; it is rendered, so it is worth waiting for."""
        timing, loop = self.client.timing, asyncio.get_running_loop()
        async with self._one_at_a_time:
            given_up = loop.time() + timing.unreachable
            while True:
                try:
                    return await fetch(self.client, ref)
                except BackendUnreachable as error:
                    if loop.time() >= given_up:
                        raise JobLost(
                            f"{ref.filename} is rendered, but the backend went away before it was fetched",
                            job=self.job.id,
                            backend=self.client.url,
                            hint="It may still lie in the backend's output folder.",
                        ) from error
                    await asyncio.sleep(timing.retry)

    async def _deliver(self, ending: Ending) -> None:
        outputs = await self._collect(ending.refs)
        self.job._outputs = outputs
        self._note("rendered", outputs=[ref._asdict() for ref in ending.refs])
        delivered = None
        if self.job.order.deliver is not None:
            delivered = await self._call_deliver(outputs)
        await self._write_end(JobState.DONE)
        self.job._finish(JobState.DONE, outputs=outputs, delivered=delivered)

    async def _collect(self, refs: Iterable[Ref]) -> list[Output]:
        """All outputs; if one is damaged, the others are still fetched before that is told."""
        tasks = [self._start(ref) for ref in refs]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                self.job._outputs = [output for output in results if isinstance(output, Output)]
                raise result
        return [output for output in results if isinstance(output, Output)]

    async def _call_deliver(self, outputs: list[Output]) -> Any:
        deliver = self.job.order.deliver
        assert deliver is not None
        try:
            return await self._deliverers.run(deliver, self.job, outputs)
        except StudioError:
            raise
        except OSError as error:
            raise storage_error(error, Path(str(error.filename or self.job.label))) from error
        except Exception as error:
            raise JobError(
                f"rendered, but what takes the outputs failed: {type(error).__name__}: {error}",
                job=self.job.id,
                backend=self.client.url,
                outputs=outputs,
                hint="job.outputs has them.",
            ) from error

    async def _fail(self, error: StudioError) -> None:
        """End the job with its error; what was made until then is kept with both."""
        outputs = self.job._outputs
        if isinstance(error, JobError):
            if error.outputs and not outputs:
                outputs = await self._salvage([ref for ref in error.outputs if isinstance(ref, Ref)])
            error.outputs = outputs
            error.job = error.job or self.job.id
        await self._write_end(end_state(error), error=f"{type(error).__name__}: {error}")
        self.job._finish(end_state(error), outputs=outputs, error=error)

    async def _salvage(self, refs: list[Ref]) -> list[Output]:
        """What can be had of a failed job's outputs, in little time."""
        tasks = [self._start(ref) for ref in refs]
        done, _ = await asyncio.wait(tasks, timeout=SALVAGE) if tasks else (set(), set())
        return [
            task.result()
            for task in tasks
            if task in done and not task.cancelled() and task.exception() is None
        ]

    async def _write(self, kind: Kind, **fields: Any) -> None:
        if self._journal is not None:
            await self._journal.write(kind, self.job.id, **fields)

    async def _write_end(self, state: JobState, **fields: Any) -> None:
        """The job's last record. It has ended even if the disk refuses it; a later start asks the backend."""
        try:
            await self._write("ended", state=state.value, **fields)
        except StudioError as error:
            log.warning("the journal of job %s is behind: %s", self.job.id, error)

    def _note(self, kind: Kind, **fields: Any) -> None:
        if self._journal is not None:
            self._journal.note(kind, self.job.id, **fields)


def rename_inputs(graph: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A copy of the graph in which inputs that name an upload have the name it got on the backend."""
    return {
        node: {
            **data,
            "inputs": {
                key: names.get(value, value) if isinstance(value, str) else value
                for key, value in data.get("inputs", {}).items()
            },
        }
        for node, data in graph.items()
    }


def _seen(task: asyncio.Task[Any]) -> None:
    """An early fetch that fails is told when its result is wanted, or not at all."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
