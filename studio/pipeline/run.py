"""A pipeline at work: every node is a task, items flow as they come, a failed branch stops what hangs on it.

Independent streams render side by side, on whatever backends the farm gives them; nothing waits for a whole
stage unless a merge says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from studio.errors import JobCancelled, PipelineError, StudioError
from studio.files import inside
from studio.media import kind_of_name
from studio.pipeline.expression import Expression
from studio.pipeline.facts import facts_of_file, facts_of_take
from studio.pipeline.items import Item, Join, item_id, join_branches
from studio.pipeline.model import (
    ELSE,
    ConditionNode,
    FanoutNode,
    InputNode,
    MergeNode,
    Node,
    OutputNode,
    Pipeline,
    WorkflowNode,
)
from studio.pipeline.shots import shot_for
from studio.project import safe_name
from studio.render.loop import on_render_thread, spawn
from studio.render.threads import in_thread

if TYPE_CHECKING:
    from studio.project import Project
    from studio.render import Farm, Job
    from studio.shot import Shot

log = logging.getLogger(__name__)

MAX_STEPS = 5_000
"""Renders of one run; a pipeline that multiplies beyond is stopped with an error."""


class StepState(enum.StrEnum):
    """Where a step is."""

    RUNNING = "running"
    WAITING = "waiting"  # for a fact that a person gives
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # nothing came to it
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in (StepState.RUNNING, StepState.WAITING)


@dataclass(frozen=True)
class Step:
    """One working of one node, on one set of branches."""

    id: str
    node: str
    branch: Mapping[str, int]
    state: StepState
    job: Job | None = None
    items: tuple[Item, ...] = ()
    error: StudioError | None = None
    reason: str = ""


@dataclass
class _Wire:
    """What a node hears: an item at an input, or that the input has nothing more."""

    queue: asyncio.Queue[tuple[str, Item | None]] = field(default_factory=asyncio.Queue)


class PipelineRun:
    """A started pipeline: `await run` for its results, `watch` it, `tell` it what it waits for, or `cancel`.

    Attributes:
        pipeline: What runs.
        results: Output node → its items, as they come.
        steps: Step id → the step as it is now, in the order in which they began.
    """

    def __init__(
        self, pipeline: Pipeline, project: Project, *, farm: Farm | None, shots: Mapping[str, Shot]
    ) -> None:
        for name in shots:
            if not any(node.id == name and isinstance(node, WorkflowNode) for node in pipeline.nodes):
                raise PipelineError("no workflow node has this id", where=name, hint="Check `shots`.")
        self.pipeline = pipeline
        self.project = project
        self.results: dict[str, list[Item]] = {
            node.id: [] for node in pipeline.nodes if isinstance(node, OutputNode)
        }
        self.steps: dict[str, Step] = {}
        self._farm = farm
        self._shots = dict(shots)
        self._told: dict[str, dict[str, Any]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._watchers: dict[int, Callable[[Step], None]] = {}
        self._wires = {node.id: _Wire() for node in pipeline.nodes}
        self._heard = asyncio.Event()
        self._failed_above: dict[str, set[str]] = defaultdict(set)
        self._future = spawn(self._run())

    def __await__(self) -> Generator[Any, None, dict[str, list[Item]]]:
        """Wait for the end.

        Returns:
            `results`. Steps that failed are in `steps`; what did not hang on them is there.

        Raises:
            PipelineError: it was cancelled, or no output got anything although something failed.
        """
        return asyncio.wrap_future(self._future).__await__()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    @property
    def failed(self) -> list[Step]:
        """Steps that went wrong."""
        return [step for step in list(self.steps.values()) if step.state == StepState.FAILED]

    @property
    def waiting(self) -> list[Item]:
        """Items that a person has to say something about, such as a rating, before it goes on."""
        return [
            item
            for step in list(self.steps.values())
            if step.state == StepState.WAITING
            for item in step.items
        ]

    def tell(self, item: Item, **facts: Any) -> None:
        """Add what is known of an item: `run.tell(item, rating=5)`."""
        with self._lock:
            self._told[item.id].update(facts)
        self._call_soon(self._heard.set)

    def watch(self, callback: Callable[[Step], None]) -> Callable[[], None]:
        """Call `callback` with each step that changes, on the render thread; gives what ends that."""
        with self._lock:
            key = max(self._watchers, default=0) + 1
            self._watchers[key] = callback

        def stop() -> None:
            with self._lock:
                self._watchers.pop(key, None)

        return stop

    def cancel(self) -> bool:
        """Stop all its jobs, and nothing else; False if it has ended."""
        return self._future.cancel()

    # All below runs on the render loop.

    def _call_soon(self, function: Callable[[], Any]) -> None:
        if on_render_thread():
            function()
            return

        async def call() -> None:
            function()

        spawn(call())

    async def _run(self) -> dict[str, list[Item]]:
        try:
            async with asyncio.TaskGroup() as group:
                for node in self.pipeline.nodes:
                    group.create_task(self._node(node))
        except asyncio.CancelledError:
            for step in list(self.steps.values()):
                if not step.state.ended:
                    self._set(replace(step, state=StepState.CANCELLED, reason="cancelled"))
            raise
        failed = self.failed
        if failed and self.results and not any(self.results.values()):
            first = failed[0]
            raise PipelineError(
                f"{len(failed)} step(s) failed and nothing came out; first: {first.error}",
                where=first.id,
                hint="run.failed has them all.",
            ) from first.error
        return self.results

    async def _node(self, node: Node) -> None:
        try:
            await self._work(node)
        except StudioError as error:
            self._fail(node.id, {}, error)
        except Exception as error:
            log.exception("node %s met an error that it should not have", node.id)
            self._fail(node.id, {}, PipelineError(f"internal error: {type(error).__name__}", where=node.id))
        finally:
            self._close(node.id)
            self._close(f"{node.id}{ELSE}")

    def _work(self, node: Node) -> Coroutine[Any, Any, None]:
        match node:
            case InputNode():
                return self._input(node)
            case WorkflowNode():
                return self._workflow(node)
            case ConditionNode():
                return self._condition(node)
            case FanoutNode():
                return self._fanout(node)
            case MergeNode():
                return self._merge(node)
            case OutputNode():
                return self._output(node)

    async def _input(self, node: InputNode) -> None:
        for number, name in enumerate(node.files):
            path = inside(self.project.path, name)
            branch = {node.id: number} if len(node.files) > 1 else {}
            facts = await in_thread(facts_of_file, path)
            self._emit(node.id, Item(node.id, branch, path, facts))
        self._set(Step(node.id, node.id, {}, StepState.DONE))

    async def _fanout(self, node: FanoutNode) -> None:
        rows = node.branches()
        if not node.sources:
            for number, row in enumerate(rows):
                self._emit(node.id, Item(node.id, {node.id: number}, None, row))
        async for _, item in self._arriving(node):
            for number, row in enumerate(rows):
                self._emit(
                    node.id,
                    replace(
                        item,
                        node=node.id,
                        branch={**item.branch, node.id: number},
                        facts={**self._facts(item), **row},
                    ),
                )
        self._set(Step(node.id, node.id, {}, StepState.DONE))

    async def _condition(self, node: ConditionNode) -> None:
        test = Expression(node.test)
        async for _, item in self._arriving(node):
            try:
                port = node.id if test.holds(self._facts(item)) else f"{node.id}{ELSE}"
            except PipelineError as error:
                self._fail(node.id, item.branch, error)
                continue
            step = item_id(node.id, item.branch)
            self._set(Step(step, node.id, item.branch, StepState.DONE, reason=port))
            self._emit(port, replace(item, node=node.id, facts=self._facts(item)))

    async def _output(self, node: OutputNode) -> None:
        async for _, item in self._arriving(node):
            self.results[node.id].append(replace(item, facts=self._facts(item)))
        self._end_empty(node, bool(self.results[node.id]))

    async def _merge(self, node: MergeNode) -> None:
        items = [item async for _, item in self._arriving(node)]
        if not items:
            self._end_empty(node, False)
            return
        failed = self._failed_above[node.id]
        if node.require == "all" and failed:
            names = ", ".join(sorted(failed)[:5])
            raise PipelineError(f"it needs all of its inputs, and these failed: {names}", where=node.id)
        step = Step(node.id, node.id, {}, StepState.WAITING, items=tuple(items))
        while missing := [i for i in items if any(self._facts(i).get(need) is None for need in node.needs)]:
            self._set(replace(step, items=tuple(missing), reason=f"waits for {', '.join(node.needs)}"))
            self._heard.clear()
            await self._heard.wait()
        if node.order:
            key = Expression(node.order)
            values = {item.id: key.value(self._facts(item)) for item in items}
            known = [item for item in items if values[item.id] is not None]
            try:
                known.sort(key=lambda item: values[item.id], reverse=True)
            except TypeError as error:
                raise PipelineError(f"order: {error}", where=node.id) from None
            items = known + [item for item in items if values[item.id] is None]
        kept = items[: node.keep or None]
        shared = join_branches(kept) if len(kept) == 1 else _shared(kept)
        for number, item in enumerate(kept):
            branch = dict(shared or {}) if len(kept) == 1 else {**(shared or {}), node.id: number}
            self._emit(node.id, replace(item, node=node.id, branch=branch, facts=self._facts(item)))
        self._set(replace(step, state=StepState.DONE, items=tuple(kept), reason=""))

    async def _workflow(self, node: WorkflowNode) -> None:
        inputs = list(node.inputs)
        if not inputs:
            await self._render(node, {}, {})
            return
        join = Join(inputs)
        renders: list[asyncio.Task[None]] = []
        try:
            async for name, item in self._arriving(node):
                for branch, items in join.add(name, item):
                    if len(self.steps) >= MAX_STEPS:
                        raise PipelineError(
                            f"more than {MAX_STEPS} steps",
                            where=node.id,
                            hint="Merge before it, or fan out less.",
                        )
                    renders.append(asyncio.create_task(self._render(node, branch, items)))
            await asyncio.gather(*renders)
        except BaseException:
            for task in renders:
                task.cancel()
            await asyncio.gather(*renders, return_exceptions=True)
            raise
        self._end_empty(node, bool(renders))

    async def _render(self, node: WorkflowNode, branch: dict[str, int], items: dict[str, Item]) -> None:
        step = Step(item_id(node.id, branch), node.id, branch, StepState.RUNNING)
        self._set(step)
        try:
            facts: dict[str, Any] = {}
            for item in items.values():
                facts.update(self._facts(item))
            shot, backend = shot_for(node, self._shots.get(node.id), items, facts, self.project.path)
            panel_name = safe_name(node.panel or node.id, what="panel name")
            submission = self.project.submissions.submit(
                lambda: self.project.panel(panel_name).submit(
                    shot,
                    farm=self._farm,
                    backend=backend,
                    meta={"pipeline": self.pipeline.name, "step": step.id},
                )
            )
            try:
                job = await asyncio.shield(asyncio.wrap_future(submission))
            except asyncio.CancelledError:
                submission.add_done_callback(_cancel_job)
                raise
            step = replace(step, job=job)
            self._set(step)
            try:
                await job
            except asyncio.CancelledError:
                job.cancel()
                raise
            takes = [take for take in job.delivered or () if kind_of_name(take.path.name)]
            made = []
            for number, take in enumerate(takes):
                here = {**branch, node.id: number} if len(takes) > 1 else branch
                told = await in_thread(facts_of_take, take)
                made.append(Item(node.id, here, take.path, {**facts, **told}, shot))
            for item in made:
                self._emit(node.id, item)
            self._set(replace(step, state=StepState.DONE, items=tuple(made)))
        except JobCancelled as error:
            self._failed(node.id, step.id)
            self._set(replace(step, state=StepState.CANCELLED, error=error, reason=str(error)))
        except StudioError as error:
            self._failed(node.id, step.id)
            self._set(replace(step, state=StepState.FAILED, error=error, reason=str(error)))

    async def _arriving(self, node: Node) -> Any:
        """Input and item, as they come, until nothing more can come."""
        left = set(node.inputs)
        queue = self._wires[node.id].queue
        while left:
            name, item = await queue.get()
            if item is None:
                left.discard(name)
            else:
                yield name, item

    def _emit(self, port: str, item: Item) -> None:
        for node in self.pipeline.nodes:
            for name, source in node.inputs.items():
                if source == port:
                    self._wires[node.id].queue.put_nowait((name, item))

    def _close(self, port: str) -> None:
        for node in self.pipeline.nodes:
            for name, source in node.inputs.items():
                if source == port:
                    self._failed_above[node.id] |= self._failed_above[port.removesuffix(ELSE)]
                    self._wires[node.id].queue.put_nowait((name, None))

    def _facts(self, item: Item) -> dict[str, Any]:
        with self._lock:
            told = dict(self._told.get(item.id, {}))
        return {"rating": None, **item.facts, **told}

    def _fail(self, node: str, branch: Mapping[str, int], error: StudioError) -> None:
        step = item_id(node, branch)
        self._failed(node, step)
        self._set(Step(step, node, branch, StepState.FAILED, error=error, reason=str(error)))

    def _failed(self, node: str, step: str) -> None:
        self._failed_above[node].add(step)

    def _end_empty(self, node: Node, worked: bool) -> None:
        """Say of a node that never worked why."""
        if worked:
            if isinstance(node, OutputNode):
                self._set(Step(node.id, node.id, {}, StepState.DONE))
            return
        failed = sorted(self._failed_above[node.id])
        reason = f"these failed: {', '.join(failed[:5])}" if failed else "nothing came to it"
        self._set(Step(node.id, node.id, {}, StepState.SKIPPED, reason=reason))

    def _set(self, step: Step) -> None:
        self.steps[step.id] = step
        with self._lock:
            watchers = tuple(self._watchers.values())
        for callback in watchers:
            try:
                callback(step)
            except Exception:
                log.exception("a pipeline's view failed; the pipeline goes on")


def start(
    pipeline: Pipeline, project: Project, *, farm: Farm | None = None, shots: Mapping[str, Shot] | None = None
) -> PipelineRun:
    """Start `pipeline` on `project` and come back at once.

    Args:
        farm: Where to render; the project's own if None.
        shots: Workflow node → shot, in place of the one in the file.

    Raises:
        PipelineError: `shots` names a node that is none.
        BackendError: the project's embedded backend does not start.
    """
    return PipelineRun(pipeline, project, farm=farm or project.farm, shots=shots or {})


def _shared(items: list[Item]) -> dict[str, int]:
    """The branches that all items have in common."""
    first, *others = items
    return {
        name: number
        for name, number in first.branch.items()
        if all(other.branch.get(name) == number for other in others)
    }


def _cancel_job(submission: Any) -> None:
    """Nobody waits any more for a job that was being sent."""
    with contextlib.suppress(Exception):
        submission.result().cancel()
