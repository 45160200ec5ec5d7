"""Backends: how they are, and which a project renders on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from studio.commands.farm_look import Looker
from studio.errors import BackendError, DataFileError
from studio.project.backends import registry_of
from studio.render.status import BackendStatus, Metric
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up, refused
from studio.server.shelf import Opened
from studio.server.wire import Done, Given, InProject

PATIENCE = 3.0
"""Seconds in which a backend must have answered to be told as online."""


class BackendPath(Asked):
    """Which backend."""

    backend: str = Field(max_length=200)


class BackendLine(Given):
    """A backend as a file names it; what its headers and token refer to is never told."""

    name: str
    url: str
    layer: Literal["project", "user"] = Field(description="Whose file names it.")
    tags: list[str] = Field(default=[])
    weight: float
    max_queue: int
    enabled: bool
    secret: bool = Field(description="Whether a token or a header goes with its requests.")


class NewBackend(InProject):
    """A backend for the project's `studio.toml`."""

    url: str = Field(min_length=1, max_length=500, description="Such as `http://192.168.1.20:8188`.")
    name: str = Field(default="", max_length=100, description="Empty: host and port.")
    tags: list[str] = Field(default=[], max_length=32)
    weight: float = Field(default=1.0, gt=0, le=1000, description="How fast it is beside others.")
    max_queue: int = Field(default=2, ge=1, le=100)
    token: str = Field(
        default="", max_length=200, description="By reference only: `env:NAME`, `keyring:service/user`."
    )


class BackendChanges(InProject):
    """What is set; what is not named stays."""

    enabled: bool | None = Field(default=None, description="Whether it is given jobs.")
    weight: float | None = Field(default=None, gt=0, le=1000)
    max_queue: int | None = Field(default=None, ge=1, le=100)
    tags: list[str] | None = Field(default=None, max_length=32)


@operation("GET", "/backends", tag="Backends")
def list_backends(call: Call, query: InProject) -> list[BackendStatus]:
    """How every backend is now; the embedded one only while it is there."""
    return _status(call.open(query.project))


@operation("GET", "/backends/{backend}", tag="Backends")
def get_backend(call: Call, path: BackendPath, query: InProject) -> BackendStatus:
    """How one is."""
    found = next((one for one in _status(call.open(query.project)) if one.name == path.backend), None)
    if found is None:
        raise refused(404, "no such backend", where=path.backend, hint="GET backends lists them.")
    return found


@operation("GET", "/backends/{backend}/metrics", tag="Backends")
def backend_metrics(call: Call, path: BackendPath, query: InProject) -> list[Metric]:
    """Its last measurements, oldest first; it is measured while this server renders."""
    farm = call.open(query.project).open_farm
    if farm is None:
        get_backend(call, path, query)
        return []
    with looked_up(BackendError):
        return farm.metrics(path.backend)


@operation("POST", "/backends/{backend}/free", tag="Backends", may="render")
def free_backend(call: Call, path: BackendPath, body: InProject) -> Done:
    """Have it unload its models and give memory back."""
    farm = call.open(body.project).farm
    _known(farm.backends, path.backend)
    farm.free(path.backend)
    return Done(done=f"{path.backend} gives memory back")


@operation("POST", "/backends/{backend}/interrupt", tag="Backends", may="render")
def interrupt_backend(call: Call, path: BackendPath, body: InProject) -> Done:
    """Cancel this server's jobs that run there now, and nobody else's."""
    farm = call.open(body.project).farm
    _known(farm.backends, path.backend)
    stopped = farm.interrupt(path.backend)
    return Done(done=f"{len(stopped)} cancelled")


@operation("GET", "/backend-entries", tag="Backends")
def list_entries(call: Call, query: InProject) -> list[BackendLine]:
    """The backends as the project's and the user's files name them."""
    opened = call.open(query.project)
    entries = registry_of(opened.path).entries(with_user=opened.project.settings.user_backends)
    return [
        BackendLine(
            name=one.name,
            url=one.backend.url,
            layer=one.layer,
            tags=sorted(one.backend.tags),
            weight=one.backend.weight,
            max_queue=one.backend.max_queue,
            enabled=one.backend.enabled,
            secret=bool(one.backend.headers),
        )
        for one in entries
    ]


@operation("POST", "/backend-entries", tag="Backends", status=201, may="manage")
def create_entry(call: Call, body: NewBackend) -> list[BackendLine]:
    """Write a backend into the project's settings; a farm that is open has it at once."""
    opened = call.open(body.project)
    table = {key: value for key, value in body.model_dump(exclude={"project"}).items() if value}
    try:
        backend = registry_of(opened.path).add(table)
    except DataFileError as error:
        raise refused(422, error.message, where=error.where, hint=error.hint) from error
    if opened.open_farm is not None:
        opened.open_farm.add(backend)
    return list_entries(call, InProject(project=body.project))


@operation("PATCH", "/backend-entries/{backend}", tag="Backends", may="manage")
def change_entry(call: Call, path: BackendPath, body: BackendChanges) -> list[BackendLine]:
    """Change a backend in the project's settings."""
    opened = call.open(body.project)
    _named_by_project(opened, path.backend)
    changes = body.model_dump(exclude_none=True, exclude={"project"})
    registry_of(opened.path).update(path.backend, **changes)
    farm = opened.open_farm
    if farm is not None and body.enabled is not None:
        with looked_up(BackendError):
            farm.enable(path.backend, body.enabled)
    return list_entries(call, InProject(project=body.project))


@operation("DELETE", "/backend-entries/{backend}", tag="Backends", may="manage")
def delete_entry(call: Call, path: BackendPath, query: InProject) -> list[BackendLine]:
    """Take a backend out of the project's settings; what runs there ends there."""
    opened = call.open(query.project)
    _named_by_project(opened, path.backend)
    registry_of(opened.path).remove(path.backend)
    farm = opened.open_farm
    if farm is not None and any(one.name == path.backend for one in farm.backends):
        farm.remove(path.backend)
    return list_entries(call, query)


def _status(opened: Opened) -> list[BackendStatus]:
    farm = opened.open_farm
    if farm is not None:
        return farm.status()
    if not registry_of(opened.path).entries(with_user=opened.project.settings.user_backends):
        return []
    with Looker(opened.path, (), "") as looker:
        looker.wait(PATIENCE)
        return looker.now().backends


def _known(backends: object, name: str) -> None:
    if not any(getattr(one, "name", "") == name for one in backends):  # type: ignore[attr-defined]
        raise refused(404, "no such backend", where=name, hint="GET backends lists them.")


def _named_by_project(opened: Opened, name: str) -> None:
    """The user's own file is not changed from here: it is for all projects of that person.

    Raises:
        Refusal: the project's file does not name it.
    """
    entries = registry_of(opened.path).entries(with_user=False)
    if not any(one.name == name for one in entries):
        raise refused(
            404, "the project's settings name no such backend", where=name, hint="GET backend-entries."
        )
