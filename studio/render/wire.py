"""What ComfyUI answers over HTTP, typed. Fields of a newer server are kept."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import BackendProtocolError
from studio.render.events import Event, ExecutionError, ExecutionInterrupted, ExecutionSuccess, typed

Graph = dict[str, Any]
"""A workflow in API form."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="allow")


class Problem(NamedTuple):
    """One thing that the backend's validation refuses."""

    node: str
    input: str
    message: str


class Queued(_Wire):
    """The answer to `POST /prompt`; with `node_errors` some outputs were dropped and the rest runs."""

    prompt_id: str
    number: float = 0
    node_errors: dict[str, Any] = Field(default_factory=dict)


class QueueEntry(NamedTuple):
    """A prompt in the queue. Numbers may be negative or fractional; the lowest runs next."""

    number: float
    prompt_id: str
    graph: Graph
    extra_data: dict[str, Any]


class Queue(NamedTuple):
    """`GET /queue`, in the order of running."""

    running: tuple[QueueEntry, ...]
    pending: tuple[QueueEntry, ...]

    def position(self, prompt_id: str) -> int | None:
        """0 if it runs, else its place among the waiting ones from 1; None if it is not there."""
        if any(entry.prompt_id == prompt_id for entry in self.running):
            return 0
        return next((n for n, entry in enumerate(self.pending, 1) if entry.prompt_id == prompt_id), None)


class HistoryEntry(_Wire):
    """A prompt that has ended."""

    prompt: list[Any] = Field(default_factory=list)  # number, id, graph, extra_data, nodes to execute
    outputs: dict[str, Any] = Field(default_factory=dict)
    status: dict[str, Any] | None = None

    @property
    def messages(self) -> list[Event]:
        """The events that the server keeps: start, cached, and how it ended."""
        raw = (self.status or {}).get("messages")
        pairs = raw if isinstance(raw, list) else []
        return [
            typed(pair[0], pair[1])
            for pair in pairs
            if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)
        ]

    @property
    def ending(self) -> Event | None:
        """The last message that tells how it ended; None on a server that keeps none."""
        ends = (ExecutionSuccess, ExecutionError, ExecutionInterrupted)
        return next((event for event in reversed(self.messages) if isinstance(event, ends)), None)

    @property
    def status_text(self) -> str:
        """`success` or `error`; the latter covers interrupts, and the former may be untrue."""
        return str((self.status or {}).get("status_str", ""))


class Device(_Wire):
    """A graphics card; memory in bytes."""

    name: str = ""
    type: str = ""
    vram_total: int = 0
    vram_free: int = 0


class SystemStats(_Wire):
    """`GET /system_stats`."""

    system: dict[str, Any]
    devices: list[Device] = Field(default_factory=list)

    @property
    def version(self) -> str:
        """ComfyUI's version, such as "0.3.64"; empty if it does not tell."""
        return str(self.system.get("comfyui_version", ""))


class Uploaded(_Wire):
    """The answer to an upload; the name is the server's choice."""

    name: str
    subfolder: str = ""
    type: str = "input"

    @property
    def path(self) -> str:
        """As a graph's LoadImage wants it."""
        return f"{self.subfolder}/{self.name}" if self.subfolder else self.name


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], value: Any, *, what: str, backend: str) -> M:
    """`value` as `model`.

    Raises:
        BackendProtocolError: it is something else; `what` names the route.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the value"
        raise BackendProtocolError(
            f"the answer to {what} makes no sense: {place}: {first['msg']}",
            backend=backend,
            hint="A proxy or a custom node may change its answers.",
        ) from error


def read_queue(value: Any, *, backend: str) -> Queue:
    """`GET /queue`, whose pending list is a heap and not in order.

    Raises:
        BackendProtocolError: it is something else.
    """
    if not isinstance(value, dict) or not {"queue_running", "queue_pending"} <= value.keys():
        raise BackendProtocolError("the answer to /queue makes no sense", backend=backend)
    return Queue(_entries(value["queue_running"]), _entries(value["queue_pending"]))


def _entries(rows: Any) -> tuple[QueueEntry, ...]:
    entries = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, list) and len(row) >= 2 and isinstance(row[1], str):
            number = float(row[0]) if isinstance(row[0], int | float) else 0.0
            graph = row[2] if len(row) > 2 and isinstance(row[2], dict) else {}
            extra = row[3] if len(row) > 3 and isinstance(row[3], dict) else {}
            entries.append(QueueEntry(number, row[1], graph, extra))
    return tuple(sorted(entries, key=lambda entry: entry.number))


def read_problems(body: Any, graph: Graph) -> tuple[str, list[Problem]]:
    """What a refused (or half accepted) `POST /prompt` of `graph` says: a headline, and each problem.

    `node_errors` is where inputs are named; `error.details` may be empty, and for a cycle both are.
    """
    body = body if isinstance(body, dict) else {}
    error = body.get("error")
    if isinstance(error, str):
        error = {"message": error}
    error = error if isinstance(error, dict) else {}
    problems = [
        _problem(node, str(report.get("class_type") or ""), item, graph)
        for node, report in _items(body.get("node_errors"))
        for item in _list(report.get("errors"))
        if isinstance(item, dict)
    ]
    headline = str(error.get("message") or "the backend refused the graph")
    if not problems and error:
        node = _node_of(error)
        problems = [Problem(node, "", headline)] if node else []
    return headline.rstrip("."), problems


def _problem(node: str, node_class: str, item: dict[str, Any], graph: Graph) -> Problem:
    extra = item.get("extra_info")
    extra = extra if isinstance(extra, dict) else {}
    name = str(extra.get("input_name") or "")
    details = str(item.get("details") or "")
    text = str(item.get("message") or item.get("type") or "refused")
    if item.get("type") == "exception_during_inner_validation":
        name, text = _inner_problem(graph.get(node), str(extra.get("exception_type") or ""), details, graph)
    elif details and details != name:
        text = f"{text}: {details}"
    near = _near(extra)
    if near:
        text = f"{text}; near: {', '.join(near)}"
    return Problem(node, name, f"{node_class}: {text}" if node_class else text)


def _inner_problem(data: Any, kind: str, details: str, graph: Graph) -> tuple[str, str]:
    """The server stumbles over a bad link and names the input that led to the node; find the bad one."""
    inputs = data.get("inputs") if isinstance(data, dict) else None
    if not isinstance(inputs, dict):
        return "", "the node has no inputs"
    links = {key: value for key, value in inputs.items() if isinstance(value, list) and len(value) == 2}
    for key, (source, _) in links.items():
        if str(source) not in graph:
            return key, f"links to node {source}, which is not in the graph"
    if kind == "IndexError":
        name = next(iter(links)) if len(links) == 1 else ""
        return name, "a link asks for an output that the other node does not have"
    return "", f"can't be checked: {details}"


def _near(extra: dict[str, Any]) -> list[str]:
    """Allowed values that look like the refused one."""
    config, received = extra.get("input_config"), extra.get("received_value")
    options = config[0] if isinstance(config, list) and config and isinstance(config[0], list) else []
    if not isinstance(received, str):
        return []
    return get_close_matches(
        received, [value for value in options if isinstance(value, str)], n=3, cutoff=0.5
    )


def _node_of(error: dict[str, Any]) -> str:
    """The node that an `invalid_prompt` names: in `extra_info` (newer), or as "Node ID '#3'"."""
    extra = error.get("extra_info")
    if isinstance(extra, dict) and isinstance(extra.get("node_id"), str | int):
        return str(extra["node_id"])
    found = re.search(r"Node ID '#([^']+)'", str(error.get("details") or ""))
    return found.group(1) if found else ""


def _items(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(k, v) for k, v in value.items() if isinstance(v, dict)] if isinstance(value, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
