"""An error of the studio as plain data, to be raised again in another process."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

import studio.errors
from studio.errors import JobError, StudioError


class Fault(BaseModel):
    """An error of the studio. Unknown fields of a newer studio are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = "JobError"
    message: str
    hint: str = ""
    where: str = ""
    fields: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, error: StudioError) -> Fault:
        """What can be told of an error elsewhere."""
        kept = ("node", "node_class", "server_message", "backend")
        fields = {name: getattr(error, name) for name in kept if isinstance(getattr(error, name, None), str)}
        problems = getattr(error, "problems", None)
        if isinstance(problems, list):
            fields["problems"] = [list(map(str, problem)) for problem in problems]
        return cls(
            kind=type(error).__name__,
            message=error.message,
            hint=error.hint,
            where=error.where,
            fields=fields,
        )

    def error(self, job: str = "") -> StudioError:
        """The error again; of a kind that is not known here, a `JobError`."""
        kind = getattr(studio.errors, self.kind, None)
        known = kind if isinstance(kind, type) and issubclass(kind, StudioError) else JobError
        fields = dict(self.fields)
        if isinstance(problems := fields.get("problems"), list):
            from studio.render.wire import Problem

            fields["problems"] = [
                Problem(*problem) for problem in problems if len(problem) == len(Problem._fields)
            ]
        if issubclass(known, JobError):
            fields["job"] = job
        try:
            error: StudioError = known(self.message, hint=self.hint, **fields)
        except TypeError:  # an error whose fields differ: the words are what counts
            error = JobError(self.message, hint=self.hint, job=job)
        error.where = self.where
        return error


def told_error(error: StudioError) -> dict[str, Any]:
    """What the journal keeps of a job's error: its words, and what makes it again elsewhere."""
    fault = Fault.of(error).model_dump(mode="json", exclude_defaults=True)
    return {"error": f"{type(error).__name__}: {error}", "fault": fault}
