"""One job on one backend: uploads, the prompt's life, its outputs, their delivery."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.errors import BackendUnreachable, JobCancelled, JobError, JobLost, OutputError, StudioError
from studio.files import storage_error
from studio.render.client import ComfyClient
from studio.render.collecting import Collector
from studio.render.events import Event, Executed, Executing, SamplerProgress, StateChanged
from studio.render.fault import told_error
from studio.render.follow import Prompt, Withdrawn
from studio.render.job import Job, Placement, end_state
from studio.render.journal import Journal, Kind
from studio.render.outputs import Output, Ref, find_in_node
from studio.render.policy import Cause, cause_of
from studio.render.progress import JobState
from studio.render.threads import Workers
from studio.render.transport import NeverSent
from studio.render.verdict import Ending

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A prompt that is, or was, at the backend already: it is followed on and not sent."""

    state: JobState = JobState.PENDING  # the latest that is known of it there
    outputs: tuple[Ref, ...] = ()  # if it is rendered


@dataclass(frozen=True)
class Setback:
    """The backend did not bring the job to its end; what now, the farm decides."""

    error: StudioError
    cause: Cause
    gone: bool  # the backend surely does not have it any more


class Rendering:
    """A job's stay at one backend; `run` once.

    Args:
        turn: Held while the job is sent, so that jobs get to one backend in the order in which they were
            placed.
        began: Called when it runs there.
        stepped: Called at each step of a sampler.
        freed: Called when the backend is done with it, so that the next job can be sent while this one's
            outputs are fetched and written; with whether it ran to its good end, not all from the cache.
        finishing: Bounds how many finished jobs are fetched and written at a time, and so the memory they
            take.
        deliverers: Where deliveries run.
        found: If it is there already.
    """

    def __init__(
        self,
        job: Job,
        client: ComfyClient,
        *,
        placement: Placement,
        journal: Journal | None,
        turn: asyncio.Lock,
        began: Callable[[], None],
        stepped: Callable[[], object],
        freed: Callable[[bool], None],
        finishing: asyncio.Semaphore,
        deliverers: Workers,
        found: Found | None = None,
    ) -> None:
        self.job = job
        self.client = client
        self.placement = placement
        self.cancelled = False
        self.rendered = False  # from then on it is let finish
        self._withdrawn = False
        self._journal = journal
        self._turn = turn
        self._began = began
        self._stepped = stepped
        self._freed = freed
        self._finishing = finishing
        self._deliverers = deliverers
        self._found = found
        self._waiting: asyncio.Task[bool] | None = None
        self._running: asyncio.Task[Any] | None = None
        self._prompt: Prompt | None = None
        self._worked = False
        self._collector = Collector(client, job.id)

    def cancel(self) -> None:
        """Stop the job where it is; one that is rendered already is let finish."""
        self.cancelled = True
        if self._waiting is not None:
            self._waiting.cancel()
        if self._prompt is not None:
            self._prompt.cancel()

    def abandon(self) -> None:
        """Let go of it where it is, and write nothing down: it is somebody else's now."""
        self._journal = None
        if self._running is not None:
            self._running.cancel()

    def withdraw(self) -> None:
        """Take the job back if it has not begun there; `run` then gives a setback of that cause."""
        self._withdrawn = True
        if self._prompt is not None and not self.cancelled:
            self._prompt.withdraw()

    async def run(self) -> Setback | None:
        """Render and deliver. None: the job has ended, well or not. Else it is here again, and not ended.

        Raises:
            NeverSent: the backend does not answer and never got the job, which goes on waiting.
        """
        self._running = asyncio.current_task()
        try:
            if await self._recalled():
                return None
            ending = await self._render()
            self.rendered = True
            async with self._finishing:
                self._freed(self._worked)
                await self._deliver(ending)
        except NeverSent:
            raise
        except StudioError as error:
            return await self._set_back(error)
        except Exception as error:
            log.exception("job %s met an error that it should not have", self.job.id)
            await self.give_up(JobError(f"internal error: {type(error).__name__}", job=self.job.id))
        finally:
            self._collector.cancel()
        return None

    async def give_up(self, error: StudioError) -> None:
        """End the job with its error; what was made until then is kept with both."""
        outputs = self.job._outputs
        if isinstance(error, JobError):
            error.outputs = outputs
            error.job = error.job or self.job.id
        cause = "cancelled" if isinstance(error, JobCancelled) else "failed"
        self.job._note_attempt(ended=datetime.now(UTC), outcome=cause, error=str(error))
        await self._write_end(end_state(error), **told_error(error))
        self.job._finish(end_state(error), outputs=outputs, error=error)

    async def leave(self, setback: Setback, message: str) -> None:
        """It waits here again; written down before it can go elsewhere.

        Raises:
            StorageError: the journal can't be written.
        """
        cause, text = setback.cause.value, f"{type(setback.error).__name__}: {setback.error}"
        await self._write("left", outcome=cause, error=text, gone=setback.gone)
        self.job._note_attempt(ended=datetime.now(UTC), outcome=cause, error=str(setback.error))
        self.job._again(message)

    async def _render(self) -> Ending:
        if self._found is not None:
            return await self._follow(self._found)
        await self._await_turn()
        sent = contextlib.ExitStack()
        sent.callback(self._turn.release)
        with sent:
            self.job._place(self.placement)
            graph = await self._upload()
            placement = self.placement
            await self._write(
                "placed",
                attempt=placement.attempt,
                backend=self.client.url,
                name=placement.backend,
                comfyui=placement.comfyui,
                client_id=self.client.client_id,
                prompt_id=placement.prompt_id,
            )
            shot = self.job.order.shot
            self._prompt = Prompt(
                self.client,
                graph,
                placement.prompt_id,
                extra_data={"studio": {"shot": shot.model_dump(mode="json")}} if shot is not None else None,
                on_event=self._hear,
                on_sent=sent.close,
            )
            if self.cancelled:
                self._prompt.cancel()
            elif self._withdrawn:
                self._prompt.withdraw()
            return await self._prompt.run()

    async def _follow(self, found: Found) -> Ending:
        """It is there already, sent by us or by a process that is no more."""
        self.job._place(self.placement, found=True)
        if found.outputs:
            return Ending(refs=found.outputs, history=None)
        prompt = Prompt(self.client, self.job.order.graph, self.placement.prompt_id, on_event=self._hear)
        self._prompt = prompt
        if self.cancelled:
            prompt.cancel()
        return await prompt.adopt(found.state)

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
        if isinstance(event, SamplerProgress):
            self._stepped()
        elif isinstance(event, Executing):
            self._worked = self._worked or event.node is not None
        elif isinstance(event, Executed):
            for ref in find_in_node(event.node, event.output):
                self._collector.start(ref)
        elif isinstance(event, StateChanged) and not event.message:
            if event.state == JobState.RUNNING:
                self._began()
                self._note("running")
            elif event.state == JobState.QUEUED:
                self._note("accepted")

    async def _recalled(self) -> bool:
        """Whether its takes are on disk already: whoever wrote them ended before writing that down."""
        deliver = self.job.order.deliver
        recall = getattr(deliver, "recall", None)
        if self._found is None or not self._found.outputs or recall is None:
            return False
        delivered = await self._deliverers.run(recall, self.job, self._found.outputs)
        if delivered is None:
            return False
        self.job._place(self.placement)
        self.rendered = True
        self._freed(False)
        await self._end_well([], delivered)
        return True

    async def _deliver(self, ending: Ending) -> None:
        outputs = await self._collect(ending.refs)
        self.job._outputs = outputs
        self._note("rendered", outputs=[ref._asdict() for ref in ending.refs])
        delivered = None
        if self.job.order.deliver is not None:
            delivered = await self._call_deliver(outputs)
        await self._end_well(self._let_go(outputs), delivered)

    async def _end_well(self, outputs: Sequence[Output], delivered: Any) -> None:
        self.job._note_attempt(ended=datetime.now(UTC), outcome="done")
        await self._write_end(JobState.DONE, takes=_names(delivered))
        self.job._finish(JobState.DONE, outputs=outputs, delivered=delivered)

    def _let_go(self, outputs: list[Output]) -> list[Output]:
        """The outputs without the bytes that are on disk now; a night's work would fill the memory."""
        where = getattr(self.job.order.deliver, "where", None)
        if where is None:
            return outputs
        return [
            output.model_copy(update={"data": b"", "path": where(output)}) if output.filename else output
            for output in outputs
        ]

    async def _collect(self, refs: Iterable[Ref]) -> list[Output]:
        """All outputs; if one is damaged, the others are kept all the same."""
        outputs, errors = await self._collector.all(refs)
        if errors:
            self.job._outputs = outputs
            raise self._lost_there(errors[0]) or errors[0]
        return outputs

    def _lost_there(self, error: BaseException) -> JobLost | None:
        """Outputs that an earlier process saw rendered and that are there no more: they are made again."""
        if self._found is None or not self._found.outputs or not isinstance(error, OutputError):
            return None
        return JobLost(error.message, job=self.job.id, backend=self.client.url, hint=error.hint)

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

    async def _set_back(self, error: StudioError) -> Setback:
        """What was made until then is kept, whatever becomes of the job."""
        refs = [ref for ref in getattr(error, "outputs", ()) if isinstance(ref, Ref)]
        if refs and not self.job._outputs:
            self.job._outputs = await self._collector.some(refs)
        prompt = self._prompt
        if isinstance(error, Withdrawn):
            return Setback(error, Cause.WITHDRAWN, gone=True)
        if self.cancelled and not isinstance(error, JobCancelled) and not self.rendered:
            gone = prompt is None or prompt.gone
            if not gone:
                error = JobCancelled(
                    f"cancelled, but the backend no longer answers: {error.message}",
                    job=self.job.id,
                    backend=self.client.url,
                )
        if prompt is None:
            return Setback(error, cause_of(error, ran=False), gone=True)
        cause = cause_of(error, ran=prompt.ran or self.rendered, cleared=prompt.cleared, said=prompt.raised)
        return Setback(error, cause, gone=prompt.gone or self.rendered)

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


def _names(delivered: Any) -> list[str]:
    """Of the files that it became."""
    paths = [getattr(one, "path", None) for one in delivered] if isinstance(delivered, list) else []
    return [path.name for path in paths if isinstance(path, Path)]
