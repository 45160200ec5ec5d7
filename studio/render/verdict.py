"""How a prompt ended: well, or with which error.

`status_str` of the history lies both ways: it says `error` for an interrupt, and `success` for a blocked
execution or a cycle found while running. So the last message counts, any error that was heard, and what is
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import JobCancelled, JobFailed, JobLost
from studio.render.client import rejection
from studio.render.events import Event, Executed, ExecutionError, ExecutionInterrupted
from studio.render.outputs import Ref, find_in_node, find_outputs
from studio.render.wire import Graph, HistoryEntry

SURE_OUTPUTS = frozenset(
    (
        *("SaveImage", "PreviewImage", "MaskPreview", "SaveAnimatedWEBP", "SaveAnimatedPNG"),
        *("SaveWEBM", "SaveVideo", "SaveLatent", "PreviewAny"),
        *("SaveAudio", "SaveAudioMP3", "SaveAudioOpus", "PreviewAudio"),
    )
)
"""Core node classes that always give something when they run; others may end without a word."""


@dataclass(frozen=True)
class Ending:
    """A prompt that ended well: what it made and where that lies."""

    refs: tuple[Ref, ...]
    history: HistoryEntry | None  # None if the server had forgotten it already


@dataclass
class Case:
    """What is known of one prompt, until there is a verdict."""

    graph: Graph
    prompt_id: str
    backend: str
    node_errors: Mapping[str, Any] = field(default_factory=dict)  # outputs that the server left out
    executed: dict[str, Any] = field(default_factory=dict)
    error: ExecutionError | None = None

    def hear(self, event: Event) -> None:
        """Keep what the verdict needs of an event."""
        if isinstance(event, Executed):
            self.executed[event.node] = event.output
        elif isinstance(event, ExecutionError):
            self.error = event

    def refs(self, entry: HistoryEntry | None = None) -> tuple[Ref, ...]:
        """What was made: as the history says, and what was heard of besides."""
        found = find_outputs(entry.outputs) if entry is not None else []
        files = {ref[2:] for ref in found}
        heard = [ref for node, output in self.executed.items() for ref in find_in_node(node, output)]
        return (*found, *(ref for ref in dict.fromkeys(heard) if ref[2:] not in files))

    def judge(self, entry: HistoryEntry | None, *, cancelled: bool) -> Ending:
        """The verdict, when the prompt has ended.

        Args:
            entry: Its history, if the server still has one.
            cancelled: Whether we asked for it to be stopped.

        Raises:
            JobFailed, JobCancelled, JobRejected: it did not end well; `.outputs` holds the `Ref`s there are.
        """
        refs = self.refs(entry)
        ending = entry.ending if entry is not None else None
        error = self.error or (ending if isinstance(ending, ExecutionError) else None)
        if error is not None:
            raise self.failed(error, refs)
        if isinstance(ending, ExecutionInterrupted):
            raise self.cancelled("while it ran", refs, by_us=cancelled)
        if cancelled:
            raise self.cancelled("just as it ended", refs)
        if entry is not None and entry.status_text == "error":
            raise self.failed(ExecutionError(exception_message="the backend gives no reason"), refs)
        if self.node_errors:
            raise rejection(
                {"error": {"message": "some outputs were not rendered"}, "node_errors": self.node_errors},
                self.graph,
                job=self.prompt_id,
                backend=self.backend,
                outputs=refs,
            )
        given = {ref.node for ref in refs}
        missing = [node for node in self._wanted(entry) if node not in given]
        if missing or not refs:
            raise self._nothing(missing, refs)
        return Ending(refs=refs, history=entry)

    def failed(self, error: ExecutionError, refs: tuple[Ref, ...]) -> JobFailed:
        """A node raised."""
        text = error.exception_message.strip() or error.exception_type or "no message"
        node_class = error.node_type or self._class_of(error.node_id)
        place = f"{node_class} (node {error.node_id})" if error.node_id else "the backend"
        return JobFailed(
            f"{place} failed: {text}",
            node=error.node_id or "",
            node_class=node_class,
            server_message=error.exception_message.strip(),
            job=self.prompt_id,
            backend=self.backend,
            outputs=refs,
            hint=_hint(error),
        )

    def cancelled(
        self, when: str, refs: tuple[Ref, ...] | None = None, *, by_us: bool = True
    ) -> JobCancelled:
        """It was stopped."""
        return JobCancelled(
            f"cancelled {when}" if by_us else "stopped at the backend by somebody else",
            job=self.prompt_id,
            backend=self.backend,
            outputs=self.refs() if refs is None else refs,
        )

    def lost(self, why: str) -> JobLost:
        """The backend has it no more, or is gone itself."""
        return JobLost(
            why,
            job=self.prompt_id,
            backend=self.backend,
            outputs=self.refs(),
            hint="What it had made by then is kept; render again.",
        )

    def _nothing(self, missing: list[str], refs: tuple[Ref, ...]) -> JobFailed:
        node = missing[0] if missing else ""
        node_class = self._class_of(node)
        place = f"{node_class} (node {node})" if node else "the graph"
        return JobFailed(
            f"the backend calls it done, but {place} gave nothing",
            node=node,
            node_class=node_class,
            job=self.prompt_id,
            backend=self.backend,
            outputs=refs,
            hint="Something before that node is switched off or blocked.",
        )

    def _wanted(self, entry: HistoryEntry | None) -> list[str]:
        """Nodes that must have given something, of those the server set out to run."""
        set_out = entry.prompt[4] if entry is not None and len(entry.prompt) > 4 else None
        nodes = set_out if isinstance(set_out, list) else list(self.graph)
        return [node for node in nodes if isinstance(node, str) and self._class_of(node) in SURE_OUTPUTS]

    def _class_of(self, node: str | None) -> str:
        data = self.graph.get(node or "")
        return str(data.get("class_type", "")) if isinstance(data, dict) else ""


def _hint(error: ExecutionError) -> str:
    text = f"{error.exception_type} {error.exception_message}".lower()
    if "out of memory" in text or "outofmemory" in text:
        return "Its memory is full: free it, or render smaller."
    return "The backend's console has the whole story."
