"""What `studio doctor` finds out: a report in models, and nothing printed."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from studio.errors import StudioError
from studio.project import Project
from studio.project.backends import project_backends
from studio.render import Backend as Server
from studio.render import run
from studio.sketch import start as start_sketch
from studio.workflow import ObjectInfo, ProblemKind, Template, check, templates

DISTRIBUTION = "directors-notebook"
SKETCH = "sketch (embedded)"
PORTS = {"JupyterLab": 8888, "Voila": 8866}


class Package(BaseModel):
    """One library that the studio asks for."""

    name: str
    group: str = Field(description='"core", or the extra that asks for it.')
    wanted: str
    version: str | None = Field(description="Installed; None if it is not.")


class Port(BaseModel):
    """A port that a command would use first."""

    use: str
    port: int
    free: bool


class Device(BaseModel):
    """A graphics card of a backend; memory in bytes."""

    name: str
    vram_total: int
    vram_free: int


class Lack(BaseModel):
    """What a backend has not and a template needs."""

    nodes: list[str] = Field(default=[], description="Node classes, with the pack that holds them if known.")
    models: list[str] = Field(default=[], description="Model files, as folder/name.")
    other: list[str] = Field(default=[], description="What else it would refuse.")

    def __bool__(self) -> bool:
        return bool(self.nodes or self.models or self.other)


class Backend(BaseModel):
    """What one backend says of itself."""

    name: str
    version: str = ""
    devices: list[Device] = []
    running: int = 0
    waiting: int = 0
    lacks: dict[str, Lack] = Field(
        default_factory=dict, description="By template; only those that lack something."
    )
    problem: str = ""


class Health(BaseModel):
    """The whole report; `broken` lists what keeps the studio from working."""

    studio: str
    python: str
    system: str
    project: str
    free_disk: int | None = Field(description="Bytes free where the project is or would be.")
    packages: list[Package]
    templates: list[str]
    ports: list[Port]
    backends: list[Backend]
    broken: list[str]


def examine(project: Path, backends: Sequence[str], *, is_free: dict[str, bool]) -> Health:
    """Look at everything once.

    Args:
        project: The project's folder; its own backends and templates count if it is one.
        backends: Addresses that must answer; none means the project's.
        is_free: Use → whether its port of `PORTS` is free.
    """
    broken: list[str] = []
    folders: tuple[Path, ...] = ()
    asked: list[str | Server] = list(backends)
    if (project / "studio.toml").exists():
        try:
            film = Project.open(project, create=False)
            folders = film.template_folders
            asked = asked or [*project_backends(film.path, film.settings)]
        except StudioError as error:
            broken.append(str(error))
    problems: list[StudioError] = []
    known = templates(folders, problems=problems)
    broken += [str(problem) for problem in problems]
    libraries = packages()
    missing = [library.name for library in libraries if library.group == "core" and not library.version]
    broken += [f"{name} is not installed" for name in missing]
    reports = [*run(_ask_all(asked, known)), _sketch(known)]
    broken += [f"{report.name}: {report.problem}" for report in reports if report.problem]
    return Health(
        studio=importlib.metadata.version(DISTRIBUTION),
        python=platform.python_version(),
        system=platform.platform(),
        project=str(project.resolve()),
        free_disk=_free_disk(project),
        packages=libraries,
        templates=list(known),
        ports=[Port(use=use, port=port, free=is_free[use]) for use, port in PORTS.items()],
        backends=reports,
        broken=broken,
    )


def packages() -> list[Package]:
    """The libraries of the core and of the `lab` and `llm` extras."""
    found = []
    for requirement in importlib.metadata.requires(DISTRIBUTION) or ():
        name, wanted, group = _read_requirement(requirement)
        if group != "dev":
            found.append(Package(name=name, group=group, wanted=wanted, version=_version(name)))
    return found


def lacks(template: Template, info: ObjectInfo) -> Lack:
    """What keeps the backend of `info` from running `template` as it is."""
    report = check(template.workflow, info)
    classes = dict.fromkeys((name for name in template.node_classes if name not in info), "")
    classes |= report.missing_classes
    missing = (ProblemKind.MISSING_CLASS, ProblemKind.MISSING_MODEL, ProblemKind.NO_OUTPUT)
    return Lack(
        nodes=[f"{name} ({pack})" if pack else name for name, pack in sorted(classes.items())],
        models=sorted({f"{problem.folder}/{problem.value}".lstrip("/") for problem in report.missing_models}),
        other=[problem.message for problem in report.errors if problem.kind not in missing],
    )


async def _ask_all(asked: Sequence[str | Server], known: dict[str, Template]) -> list[Backend]:
    return list(await asyncio.gather(*(_ask(server, "", known) for server in asked)))


async def _ask(asked: str | Server, name: str, known: dict[str, Template]) -> Backend:
    """What the backend at an address says; it is called `name`, else by its own name or address."""
    name = name or (asked if isinstance(asked, str) else asked.name)
    try:
        server = Server.of(asked)
        async with server.client() as comfy:
            name = comfy.url if name == asked else name  # without credentials
            stats, queue = await comfy.system_stats(), await comfy.queue()
            info = ObjectInfo.read(await comfy.object_info())
            found = {id: lacks(template, info) for id, template in known.items()}
    except StudioError as error:
        return Backend(
            name=name, problem=" ".join(part for part in (error.message + ".", error.hint) if part)
        )
    return Backend(
        name=name,
        version=stats.version,
        devices=[Device(name=d.name, vram_total=d.vram_total, vram_free=d.vram_free) for d in stats.devices],
        running=len(queue.running),
        waiting=len(queue.pending),
        lacks={id: lack for id, lack in found.items() if lack},
    )


def _sketch(known: dict[str, Template]) -> Backend:
    """The embedded backend, started for the question."""
    try:
        with start_sketch() as sketch:
            return run(_ask(sketch.url, SKETCH, known))
    except StudioError as error:
        return Backend(name=SKETCH, problem=str(error))


def _read_requirement(requirement: str) -> tuple[str, str, str]:
    """Name, versions and group of a line such as `voila>=0.5.8 ; extra == 'lab'`."""
    spec, _, marker = requirement.partition(";")
    group = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
    name = re.match(r"[\w.-]+", spec.strip())
    assert name is not None, requirement
    wanted = re.sub(r"^\[.*?\]", "", spec.strip()[name.end() :]).strip()
    return name[0], wanted, group[1] if group else "core"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _free_disk(folder: Path) -> int | None:
    """Bytes free at the nearest folder that exists; None if the system does not tell."""
    place = folder.resolve()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None
