"""Errors as JSON: what was wrong, where, and what to do next."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from studio.errors import (
    BackendError,
    DataFileError,
    ExportCancelled,
    JobError,
    LanguageModelError,
    NotAllowed,
    ProjectError,
    QueryError,
    StorageError,
    StudioError,
    UnsafeName,
)

UNAVAILABLE = 424
"""A backend or a language model did not do its part. Not 502: a proxy in between would put its own page in
place of the answer."""

STATUSES: tuple[tuple[type[StudioError], int], ...] = (
    (NotAllowed, 403),
    (UnsafeName, 422),
    (StorageError, 507),
    (ExportCancelled, 409),
    (ProjectError, 409),
    (DataFileError, 409),
    (JobError, 409),
    (BackendError, UNAVAILABLE),
    (LanguageModelError, UNAVAILABLE),
    (StudioError, 422),
)
"""Of an error the first that fits."""


class Fault(BaseModel):
    """One thing of several that are wrong."""

    where: str = Field(description="The field: `body.look.camera.body`.")
    what: str


class Problem(BaseModel):
    """Why something was not done."""

    what: str = Field(description="What was wrong.")
    where: str = Field(default="", description="The place: a field, a file, a rule, a backend.")
    hint: str = Field(default="", description="What to do next.")
    kind: str = Field(default="", description="The error's name in `studio.errors`.")
    faults: list[Fault] = Field(default=[], description="All that is wrong, where it is more than one thing.")
    position: int | None = Field(default=None, description="Of a search: where in it, in letters from 0.")


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.what)
        self.status = status
        self.problem = problem


def refused(status: int, what: str, *, where: str = "", hint: str = "") -> Refusal:
    """A refusal in words."""
    return Refusal(status, Problem(what=what, where=where, hint=hint))


def of_status(status: int, what: str = "") -> Problem:
    """The problem behind a status that tornado or Jupyter chose."""
    if status == 403:
        hint = (
            "Log in, or send the server's token. With a cookie, a change also needs the X-XSRFToken header."
        )
        return Problem(what=what or "not allowed", hint=hint)
    try:
        words = HTTPStatus(status).phrase.lower()
    except ValueError:
        words = "it can't be done"
    return Problem(what=what or words)


def of_error(error: StudioError, roots: Iterable[Path] = ()) -> Refusal:
    """The answer to an error of the studio; paths are told from the server's roots on."""
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    problem = Problem(
        what=_relative(error.message, roots),
        where=_relative(error.where, roots),
        hint=_relative(error.hint, roots),
        kind=type(error).__name__,
        position=error.position if isinstance(error, QueryError) else None,
    )
    return Refusal(status, problem)


def of_validation(error: ValidationError, part: str) -> Refusal:
    """The answer to a request that is not as its model wants it; what was sent is not repeated."""
    faults = [
        Fault(
            where=".".join(str(each) for each in (part, *one["loc"])),
            what=str(one["msg"]).removeprefix("Value error, "),
        )
        for one in error.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]
    first = faults[0]
    problem = Problem(
        what=first.what, where=first.where, hint="See studio/api/docs.", kind="ValidationError", faults=faults
    )
    return Refusal(422, problem)


@contextlib.contextmanager
def looked_up(*kinds: type[StudioError]) -> Iterator[None]:
    """What is named in an address is not there: an error of `kinds` is a 404."""
    try:
        yield
    except kinds as error:
        refusal = of_error(error)
        raise Refusal(404, refusal.problem) from error


def _relative(text: str, roots: Iterable[Path]) -> str:
    for root in roots:
        text = text.replace(f"{root}{os.sep}", "").replace(str(root), ".")
    return text
