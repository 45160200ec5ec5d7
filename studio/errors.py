"""Everything that can go wrong, as one small tree.

Every error says what was wrong, where (rule, node, file, backend) and what to do next;
no exception of httpx, json, PIL or pydantic reaches a caller of the public API bare.

    StudioError
    ├── NotAllowed              what a role may not do, or a place that is not open to it; .permission .role
    ├── LookError               a look that can't be
    │   └── InvalidLook         hard violations; .report holds them
    ├── ShotError               a shot that can't be made: an unknown field, or a wrong value
    ├── DataFileError           a preset, gear file, manifest or setting that can't be read
    ├── WorkflowError           a graph that can't be loaded, converted or built; .node .field
    │   ├── TemplateError       no such template, or its manifest does not fit its graph
    │   └── UnknownParameter    a parameter the template does not expose; .near
    ├── NotebookError           a shot's notebook that can't be read or run; .path .cell .line
    │   └── ComputedShot        its shot can't be told without running it
    ├── PipelineError           a pipeline's condition or node that can't be, or a step that was not run
    ├── BackendError            .backend: the server's address
    │   ├── BackendUnreachable  nothing answers there, or it stopped answering
    │   ├── NotComfyUI          something answers, but not ComfyUI
    │   └── BackendProtocolError  ComfyUI said something that makes no sense, or refused a request
    ├── JobError                .job: id; .outputs: what was made before it went wrong
    │   ├── JobRejected         the backend's validation; .problems: node, input, message
    │   ├── JobFailed           a node raised; .node .node_class .server_message
    │   ├── JobCancelled        stopped on request, here or at the backend
    │   ├── JobStalled          no progress within the deadline
    │   └── JobLost             the backend forgot it (restart) and it can't be placed again
    ├── LanguageModelError      no provider, no key, or it refused; .provider
    ├── QueryError              a search that can't be understood; .text .position .length .caret
    ├── OutputError             an output that is truncated, unreadable or of the wrong kind
    └── ProjectError            a project, panel or take; .path
        ├── ExportCancelled     a print, animatic or list that was stopped; nothing is written
        ├── UnsafeName          a name or path that would leave its folder or can't exist
        ├── StorageError        disk full, read-only, permission
        └── TakeError           a file that holds no shot, or a damaged one
"""

from __future__ import annotations

from typing import Any


class StudioError(Exception):
    """Base of all errors of the studio.

    Args:
        message: What was wrong, as a sentence without the full stop.
        where: The place: a file, a node, a rule, a backend.
        hint: What to do next.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}. {self.hint}" if self.hint else text

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines in a cell in place of the traceback, which tells a director nothing."""
        return [f"{type(self).__name__}: {self}"]


class NotAllowed(StudioError):
    """What a role may not do, or a place or backend that is not open to it."""

    def __init__(
        self, message: str, *, permission: str = "", role: str = "", where: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.permission = permission
        self.role = role


class LookError(StudioError):
    """A look that can't be made: an unknown field, value or preset."""


class InvalidLook(LookError):
    """A look with hard violations; `report` is the `studio.cinema` report."""

    def __init__(self, message: str, *, report: Any = None, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.report = report


class ShotError(StudioError):
    """A shot that can't be made; `where` names the field."""


class DataFileError(StudioError):
    """A data file (preset, gear, manifest, settings) that can't be read; `where` names file and field."""


class WorkflowError(StudioError):
    """A graph that can't be loaded, converted or built."""

    def __init__(
        self, message: str, *, node: str = "", field: str = "", where: str = "", hint: str = ""
    ) -> None:
        place = where or " ".join(part for part in (f"node {node}" if node else "", field) if part)
        super().__init__(message, where=place, hint=hint)
        self.node = node
        self.field = field


class TemplateError(WorkflowError):
    """No such template, or one whose manifest does not fit its graph."""


class UnknownParameter(WorkflowError):
    """A parameter that the template does not expose; `near` lists similar names that it does."""

    def __init__(self, name: str, *, near: list[str], where: str = "") -> None:
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"unknown parameter {name!r}", where=where, hint=hint)
        self.name = name
        self.near = near


class NotebookError(StudioError):
    """A shot's notebook that can't be read or run; `cell` is the cell's id, `line` counts from 1 in it."""

    def __init__(
        self, message: str, *, path: Any = "", cell: str = "", line: int = 0, hint: str = ""
    ) -> None:
        place = f"cell {cell}" + (f", line {line}" if line else "") if cell else ""
        super().__init__(message, where=": ".join(part for part in (str(path), place) if part), hint=hint)
        self.path = path
        self.cell = cell
        self.line = line


class ComputedShot(NotebookError):
    """A shot that can't be told by reading its notebook; only running it tells."""


class PipelineError(StudioError):
    """A pipeline's condition or node that can't be, or a step that was not run; `where` is the node."""


class BackendError(StudioError):
    """Something about one ComfyUI server; `backend` is its address, without credentials."""

    def __init__(self, message: str, *, backend: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where or backend, hint=hint)
        self.backend = backend


class BackendUnreachable(BackendError):
    """Nothing answers there, or it stopped answering."""


class NotComfyUI(BackendError):
    """Something answers at that address, but it is not ComfyUI."""


class BackendProtocolError(BackendError):
    """The backend said something that makes no sense, or refused a request."""


class JobError(StudioError):
    """A job that did not end well; `outputs` holds what was made before (never lost)."""

    def __init__(
        self,
        message: str,
        *,
        job: str = "",
        backend: str = "",
        outputs: Any = (),
        where: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, where=where or backend, hint=hint)
        self.job = job
        self.backend = backend
        self.outputs = outputs


class JobRejected(JobError):
    """The backend's validation refused the graph; `problems` is a list of (node, input, message)."""

    def __init__(self, message: str, *, problems: Any = (), **context: Any) -> None:
        super().__init__(message, **context)
        self.problems = list(problems)


class JobFailed(JobError):
    """A node raised while running; `server_message` is the backend's own text."""

    def __init__(
        self, message: str, *, node: str = "", node_class: str = "", server_message: str = "", **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.node = node
        self.node_class = node_class
        self.server_message = server_message


class JobCancelled(JobError):
    """Stopped on request, here or at the backend."""


class JobStalled(JobError):
    """No progress within the deadline."""


class JobLost(JobError):
    """The backend forgot the job, as it does when it restarts."""


class LanguageModelError(StudioError):
    """A language model can't be asked, or refused; `provider` is its id. Never holds a key."""

    def __init__(self, message: str, *, provider: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where or provider, hint=hint)
        self.provider = provider


class QueryError(StudioError):
    """A search that can't be understood.

    Args:
        message: What was wrong.
        text: The whole search.
        position, length: The part that is wrong, in letters from 0.
    """

    def __init__(
        self, message: str, *, text: str = "", position: int = 0, length: int = 1, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.text = text
        self.position = position
        self.length = max(1, length)

    @property
    def caret(self) -> str:
        """Two lines: the search, and marks under the wrong part."""
        line = self.text.replace("\n", " ").replace("\t", " ")
        return f"{line}\n{' ' * self.position}{'^' * self.length}"

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.caret}" if self.text else super().__str__()

    def _render_traceback_(self) -> list[str]:
        return f"{type(self).__name__}: {self}".splitlines()


class OutputError(StudioError):
    """An output that is truncated, unreadable or of the wrong kind; it is never saved as a take."""


class ProjectError(StudioError):
    """A project, panel or take; `path` is the file or folder."""

    def __init__(self, message: str, *, path: Any = "", where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where or str(path), hint=hint)
        self.path = path


class ExportCancelled(ProjectError):
    """A print, animatic or list that was stopped on request; no half file is left."""


class UnsafeName(ProjectError):
    """A name or path that would leave its folder or can't exist on every system."""


class StorageError(ProjectError):
    """The disk refused: full, read-only, no permission."""


class TakeError(ProjectError):
    """A file that holds no shot, or a damaged one."""
