"""From events to one snapshot of progress.

What is known only grows: sets of nodes that began and ended, and for each node the furthest step. So an event
twice changes nothing, a late or unknown one does no harm, and the percentage never falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.errors import WorkflowError
from studio.render.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionStart,
    Preview,
    ProgressState,
    SamplerProgress,
    StateChanged,
)
from studio.render.progress import JobState, Progress
from studio.workflow import Phase, phases

SAMPLING_SHARE = 0.95
"""Of the whole job, where it samples; the rest (loading, encoding, saving) shares what is left."""

ALMOST = 99.0
"""Percent at which a job waits for its outputs to be on disk; 100 means done."""

_RANK = {state: n for n, state in enumerate(JobState)}


def sampler_phases(graph: Mapping[str, Any]) -> Sequence[Phase]:
    """The graph's samplers; none if it can't be read, as the backend will say in its own words."""
    try:
        return phases(dict(graph))
    except (WorkflowError, KeyError, TypeError, AttributeError):
        return ()


@dataclass
class Reducer:
    """The progress of one job.

    Args:
        job: Its id.
        label: What a person calls it.
        graph: In API form; names of nodes come from it.
        phases: Its samplers in order, with their weights.
    """

    job: str
    label: str = ""
    graph: Mapping[str, Any] = field(default_factory=dict)
    phases: Sequence[Phase] = ()

    state: JobState = field(default=JobState.PENDING, init=False)
    message: str = field(default="", init=False)
    backend: str = field(default="", init=False)
    _weights: dict[str, float] = field(default_factory=dict, init=False)
    _weight_of_step: float = field(default=1.0, init=False)
    _fractions: dict[str, float] = field(default_factory=dict, init=False)
    _steps: dict[str, tuple[float, float]] = field(default_factory=dict, init=False)
    _began: dict[str, None] = field(default_factory=dict, init=False)
    _finished: set[str] = field(default_factory=set, init=False)
    _display: dict[str, str] = field(default_factory=dict, init=False)
    _current: str = field(default="", init=False)
    _has_states: bool = field(default=False, init=False)
    _percent: float = field(default=0.0, init=False)
    _preview: bytes | None = field(default=None, init=False)
    _pace: list[tuple[float, float]] = field(default_factory=list, init=False)
    _expected: float | None = field(default=None, init=False)
    _running_since: float | None = field(default=None, init=False)
    _rest: float | None = field(default=None, init=False)  # how far what is no sampler is; None: to be summed

    def __post_init__(self) -> None:
        self._weights = {phase.node: phase.weight for phase in self.phases}
        known = {phase.steps: phase.weight for phase in self.phases if phase.steps}
        self._weight_of_step = sum(known.values()) / sum(known) if known else 1.0

    def apply(self, event: Event, now: float = 0.0) -> bool:
        """Take an event in; whether the snapshot may differ now. `now` is any clock's seconds."""
        if self.state.ended:
            return False
        match event:
            case StateChanged():
                changed = self.enter(event.state, message=event.message)
                self._note_running(now)
                return changed
            case ExecutionStart():
                self.enter(JobState.RUNNING)
            case ExecutionCached():
                for node in event.nodes:
                    self._finish(node)
            case ProgressState():
                self._take_states(event)
            case SamplerProgress(node=str(node)):
                self._step(node, event.value, event.max)
            case Executing(node=str(node)) if event.prompt_id:
                self._begin(node, event.display_node)
            case Executed():
                self._finish(event.node)
            case Preview() if event.image:
                self._preview = event.image
            case _:
                return False
        self._note_running(now)
        self._raise_percent(now)
        return True

    def enter(self, state: JobState, *, message: str = "", backend: str = "") -> bool:
        """Move to a later state (or stay, with another message); never back. Whether anything changed."""
        if self.state.ended or _RANK[state] < _RANK[self.state]:
            return False
        before = (self.state, self.message, self.backend)
        self.state, self.message = state, message
        self.backend = backend or self.backend
        if state == JobState.DONE:
            self._percent = 100.0
        return before != (self.state, self.message, self.backend)

    def again(self, message: str) -> None:
        """It left its backend and begins anew: what is known of its nodes goes, the percentage stays."""
        if self.state.ended:
            return
        self.state, self.message, self.backend = JobState.PENDING, message, ""
        self._weights = {phase.node: phase.weight for phase in self.phases}
        self._fractions, self._steps, self._began, self._display = {}, {}, {}, {}
        self._finished, self._pace = set(), []
        self._current, self._has_states = "", False
        self._rest = None
        self._preview = self._expected = self._running_since = None

    def expect(self, seconds: float | None) -> None:
        """How long such a job takes on the backend that has it, as measured; None if nobody knows."""
        self._expected = seconds

    def forget_preview(self) -> None:
        """Let the picture go; an ended job is kept for longer than it is looked at."""
        self._preview = None

    def snapshot(self, *, elapsed: float = 0.0, now: float = 0.0) -> Progress:
        """All of it, for a view. `elapsed` in seconds since submission; `now` by the clock of `apply`."""
        node = self._current
        value, top = self._steps.get(node, (0.0, 0.0))
        counts = top > 1 and float(top).is_integer()
        shown = self._top(node)
        phases = [*self._weights]
        begun = sum(1 for phase in phases if phase in self._began or phase in self._finished)
        return Progress(
            job=self.job,
            label=self.label,
            state=self.state,
            percent=self._percent,
            phase=begun,
            phases=len(phases),
            node=shown,
            node_class=self._of(shown, "class_type"),
            node_title=self._title(shown),
            step=int(value) if counts else 0,
            steps=int(top) if counts else 0,
            nodes_done=self._nodes_done(),
            nodes_total=len(self.graph),
            elapsed=elapsed,
            left=self._left(now),
            backend=self.backend,
            message=self.message,
            preview=self._preview,
        )

    def _take_states(self, event: ProgressState) -> None:
        """Cumulative, so it tells all at once; a failed node stays `running` for ever."""
        self._has_states = True
        for node, progress in event.nodes.items():
            if progress.display_node_id:
                self._display[node] = progress.display_node_id
            if progress.state == "finished":
                self._finish(node)
                self._step(node, progress.max, progress.max)
            elif progress.state == "running":
                self._begin(node, progress.display_node_id)
                if progress.max > 1 or progress.value:
                    self._step(node, progress.value, progress.max)

    def _begin(self, node: str, display: str | None) -> None:
        if display:
            self._display[node] = display
        if self._unknown(node) or node in self._finished:
            return
        self.enter(JobState.RUNNING)
        before, self._current = self._current, node
        self._began[self._top(node)] = None
        if before and before != node and not self._has_states and self._top(before) != self._top(node):
            self._finish(before)  # the older generation never says that a node has ended

    def _step(self, node: str, value: float, top: float) -> None:
        if top <= 0 or self._unknown(node):
            return
        value = min(max(value, 0.0), top)
        shown = self._top(node)
        fraction = value / top
        if node == shown:
            self._fractions[node] = max(self._fractions.get(node, 0.0), fraction)
        elif top > 1:  # a sampler within an expanded node: its furthest step is the node's
            self._fractions[shown] = max(self._fractions.get(shown, 0.0), min(fraction, ALMOST / 100))
        if shown not in self._weights:
            self._rest = None
            if top > 1 and float(top).is_integer():  # a sampler that the graph did not show as one
                self._weights[shown] = top * self._weight_of_step
        if value >= self._steps.get(node, (-1.0, 0.0))[0]:
            self._steps[node] = (value, top)
        if shown not in self._finished:
            self._began[shown] = None
            self.enter(JobState.RUNNING)
            if node not in self._finished:
                self._current = node

    def _finish(self, node: str) -> None:
        if self._unknown(node):
            return
        self._finished.add(node)
        if node in self.graph:
            self._fractions[node] = 1.0
            self._rest = None

    def _note_running(self, now: float) -> None:
        if self._running_since is None and self.state == JobState.RUNNING:
            self._running_since = now

    def _raise_percent(self, now: float) -> None:
        if self._rest is None:
            others = [node for node in self.graph if node not in self._weights]
            reached = sum(self._fractions.get(node, 0.0) for node in others)
            self._rest = reached / len(others) if others else 1.0
        rest = self._rest
        whole = sum(self._weights.values())
        sampled = sum(weight * self._fractions.get(node, 0.0) for node, weight in self._weights.items())
        share = SAMPLING_SHARE if whole else 0.0
        done = (share * sampled / whole if whole else 0.0) + (1 - share) * rest
        percent = ALMOST * min(done, 1.0)
        if percent > self._percent:
            self._percent = percent
            if sampled or not whole:  # how quickly nodes were loaded tells nothing of sampling
                self._pace = [*self._pace[-7:], (now, percent)]

    def _left(self, now: float) -> float | None:
        """Seconds: by the pace of the last few steps, before that by what was measured earlier; else None."""
        if self.state != JobState.RUNNING:
            return None
        if len(self._pace) < 2:
            if self._expected is None or self._running_since is None:
                return None
            return max(0.0, self._expected - max(0.0, now - self._running_since))
        (first, start), (last, reached) = self._pace[0], self._pace[-1]
        if last <= first or reached <= start:
            return None
        speed = (reached - start) / (last - first)
        return max(0.0, (ALMOST - reached) / speed - max(0.0, now - last))

    def _nodes_done(self) -> int:
        return sum(1 for node in self.graph if node in self._finished)

    def _unknown(self, node: str) -> bool:
        """Whether the graph has no such node, nor one that it is an expansion of."""
        return bool(self.graph) and self._top(node) not in self.graph

    def _top(self, node: str) -> str:
        """The graph's node that `node` is part of: `5` for `5.0.0.4`, which an expansion made."""
        if not node or node in self.graph:
            return node
        shown = self._display.get(node, "")
        return shown if shown in self.graph else node.split(".", 1)[0]

    def _of(self, node: str, name: str) -> str:
        data = self.graph.get(node)
        value = data.get(name) if isinstance(data, Mapping) else None
        return value if isinstance(value, str) else ""

    def _title(self, node: str) -> str:
        data = self.graph.get(node)
        meta = data.get("_meta") if isinstance(data, Mapping) else None
        title = meta.get("title") if isinstance(meta, Mapping) else None
        return title if isinstance(title, str) else self._of(node, "class_type")
