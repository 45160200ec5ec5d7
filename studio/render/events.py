"""What ComfyUI says over `/ws`, typed.

Names and fields are those of ComfyUI 0.3.64's recorded traffic. Whatever is not known, or not as expected,
becomes `Unknown` and is kept: a newer server or a custom node never breaks a job.
"""

from __future__ import annotations

import json
import struct
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from studio.render.progress import JobState


class Event(BaseModel):
    """Something that happened. `prompt_id` says to which job; None if the server does not tell."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    prompt_id: str | None = None
    story: ClassVar[bool] = True
    """Whether it is kept in `Job.events`; what comes at every step is not."""


class Status(Event):
    """The queue's length; broadcast to everybody."""

    type: Literal["status"] = "status"
    status: dict[str, Any] = Field(default_factory=dict)
    sid: str | None = None
    story: ClassVar[bool] = False

    @property
    def queue_remaining(self) -> int | None:
        """Prompts queued or running, everybody's; None if the message does not tell."""
        info = self.status.get("exec_info")
        value = info.get("queue_remaining") if isinstance(info, dict) else None
        return value if isinstance(value, int) else None


class FeatureFlags(Event):
    """The server's answer to ours; other flags are kept as extra fields."""

    type: Literal["feature_flags"] = "feature_flags"
    supports_preview_metadata: bool = False
    max_upload_size: int | None = None  # bytes
    story: ClassVar[bool] = False


class ExecutionStart(Event):
    """The prompt left the queue and runs."""

    type: Literal["execution_start"] = "execution_start"
    timestamp: int | None = None  # ms since 1970


class ExecutionCached(Event):
    """Nodes that need not run again; always sent, perhaps empty."""

    type: Literal["execution_cached"] = "execution_cached"
    nodes: tuple[str, ...] = ()
    timestamp: int | None = None


class NodeProgress(BaseModel):
    """One node in a `progress_state`. A failed node stays `running`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    value: FiniteFloat = 0.0
    max: FiniteFloat = 1.0
    state: str = "running"  # pending, running, finished, error
    node_id: str = ""
    display_node_id: str | None = None
    parent_node_id: str | None = None
    real_node_id: str | None = None


class ProgressState(Event):
    """All nodes that have run or run now, cumulative; cached ones are missing. The newer generation."""

    type: Literal["progress_state"] = "progress_state"
    nodes: dict[str, NodeProgress] = Field(default_factory=dict)
    story: ClassVar[bool] = False


class Executing(Event):
    """A node begins; with `node` None the prompt has ended, well or not."""

    type: Literal["executing"] = "executing"
    node: str | None = None
    display_node: str | None = None

    @property
    def is_end(self) -> bool:
        """Whether this ends a prompt."""
        return self.node is None and self.prompt_id is not None


class SamplerProgress(Event):
    """A step of a node, of any unit: 3 of 20, or 0.3 of 0.5. The older generation, still sent."""

    type: Literal["progress"] = "progress"
    value: FiniteFloat
    max: FiniteFloat
    node: str | None = None
    story: ClassVar[bool] = False


class Executed(Event):
    """An output node has given something; sent for a cached one too, with the old file's name."""

    type: Literal["executed"] = "executed"
    node: str
    display_node: str | None = None
    output: dict[str, Any] | None = None


class ExecutionSuccess(Event):
    """The prompt ran to its end; `/history` may lack it for a moment still."""

    type: Literal["execution_success"] = "execution_success"
    timestamp: int | None = None


class ExecutionError(Event):
    """A node raised, or execution was blocked; `/history` may call that a success."""

    type: Literal["execution_error"] = "execution_error"
    node_id: str | None = None
    node_type: str | None = None
    exception_message: str = ""
    exception_type: str = ""
    traceback: tuple[str, ...] = ()
    executed: tuple[str, ...] = ()
    timestamp: int | None = None


class ExecutionInterrupted(Event):
    """The prompt was interrupted; broadcast if it was submitted without a client id."""

    type: Literal["execution_interrupted"] = "execution_interrupted"
    node_id: str | None = None
    node_type: str | None = None
    executed: tuple[str, ...] = ()
    timestamp: int | None = None


class Preview(Event):
    """A picture of the state now, JPEG or PNG. Type 1 frames carry no ids; type 4 frames do."""

    type: Literal["preview"] = "preview"
    image: bytes = Field(repr=False)
    mime: str = "image/jpeg"
    node_id: str | None = None
    display_node_id: str | None = None
    story: ClassVar[bool] = False


class Unknown(Event):
    """A message of a kind not known here, or a known one that is not as it should be; kept as it came."""

    data: Any = None
    reason: str = ""
    story: ClassVar[bool] = False


class SocketUp(Event):
    """Ours: the socket is open (again); what was missed will not be sent again."""

    type: Literal["studio.socket_up"] = "studio.socket_up"
    story: ClassVar[bool] = False


class SocketDown(Event):
    """Ours: the socket is lost; it is being opened again."""

    type: Literal["studio.socket_down"] = "studio.socket_down"
    reason: str = ""


class StateChanged(Event):
    """Ours: the job's state changed, here or as REST tells."""

    type: Literal["studio.state"] = "studio.state"
    state: JobState
    message: str = ""
    backend: str = ""


_KNOWN: dict[str, type[Event]] = {
    kind.model_fields["type"].default: kind
    for kind in (
        Status,
        FeatureFlags,
        ExecutionStart,
        ExecutionCached,
        ProgressState,
        Executing,
        SamplerProgress,
        Executed,
        ExecutionSuccess,
        ExecutionError,
        ExecutionInterrupted,
    )
}

_FORMATS = {1: "image/jpeg", 2: "image/png"}


def parse(message: str | bytes) -> Event:
    """The event that a frame of the socket carries. Never raises; what makes no sense is `Unknown`."""
    return _parse_text(message) if isinstance(message, str) else _parse_binary(bytes(message))


def typed(kind: str, data: Any) -> Event:
    """The event of type `kind` with fields `data`, also as `/history` keeps them in `status.messages`."""
    model = _KNOWN.get(kind)
    if model is None:
        return Unknown(type=kind, data=data, prompt_id=_prompt_id(data))
    if not isinstance(data, dict):
        return Unknown(type=kind, data=data, reason="its data is no object")
    try:
        return model.model_validate({**data, "type": kind})
    except (ValidationError, OverflowError, RecursionError) as error:
        reason = f"{type(error).__name__} in {kind}"
        return Unknown(type=kind, data=data, reason=reason, prompt_id=_prompt_id(data))


def _parse_text(message: str) -> Event:
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return Unknown(type="text", data=message[:1000], reason="not JSON")
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return Unknown(type="text", data=value, reason="no type")
    return typed(value["type"], value.get("data"))


def _parse_binary(message: bytes) -> Event:
    """Frames as ComfyUI packs them: `>I` kind, then for 1 `>I` format, for 4 `>I` length of a JSON header."""
    if len(message) < 8:
        return Unknown(type="binary", data=message, reason="too short")
    kind, second = struct.unpack_from(">II", message)
    if kind == 1 and second in _FORMATS:
        return Preview(image=message[8:], mime=_FORMATS[second])
    if kind == 4 and 8 + second <= len(message):
        header = _header(message[8 : 8 + second])
        if header is not None:
            return Preview(
                image=message[8 + second :],
                mime=_text(header.get("image_type")) or "image/jpeg",
                node_id=_text(header.get("node_id")),
                display_node_id=_text(header.get("display_node_id")),
                prompt_id=_text(header.get("prompt_id")),
            )
    return Unknown(type=f"binary {kind}", data=message, reason="not a preview frame")


def _header(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _prompt_id(data: Any) -> str | None:
    return _text(data.get("prompt_id")) if isinstance(data, dict) else None
