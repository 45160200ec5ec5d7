"""Panels of the storyboard, their takes and versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from studio.errors import ProjectError, TakeError
from studio.project import Panel, PanelEntry, Take
from studio.project.board.model import Status
from studio.provenance import Provenance
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up
from studio.server.wire import Done, Given, InProject

PanelName = Field(max_length=200)


class PanelPath(Asked):
    """Which panel: its name, or its id."""

    panel: str = PanelName


class TakePathOf(PanelPath):
    """Which take of it."""

    version: int = Field(ge=1, le=10**9)


class NewPanel(InProject):
    """A panel to be made at the end of the story."""

    name: str = Field(default="", max_length=200, description="Empty: `Panel_01`, `Panel_02` …")
    notes: str = Field(default="", max_length=100_000)


class PanelChanges(InProject):
    """What is set of a panel; what is not named stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200, description="Renames its folder.")
    title: str | None = Field(default=None, max_length=200)
    notes: str | None = Field(default=None, max_length=100_000)
    status: Status | None = None
    rating: int | None = Field(default=None, ge=0, le=5)
    duration: float | None = Field(default=None, ge=0, le=86_400)
    current: int | None = Field(default=None, ge=1, le=10**9, description="The version that is shown.")
    locked: bool | None = None
    shot: dict[str, Any] | None = Field(default=None, description="The planned shot.")


class Order(InProject):
    """Panels in the order of the story; those that are not named follow."""

    panels: list[str] = Field(max_length=10_000)


class Stars(InProject):
    """A rating."""

    rating: int = Field(ge=0, le=5)


class TakeLine(Given):
    """One version of a panel."""

    version: int
    name: str
    path: str = Field(description="From the project's folder on, as the gallery has it.")
    url: str = Field(description="Where the file is served, from the server's base on.")
    kind: str
    bytes: int
    modified: datetime
    rating: int


class PanelLine(Given):
    """A panel in the order of the story."""

    name: str
    id: str
    title: str
    locked: bool
    takes: int
    current: int | None = Field(default=None, description="The version that is shown.")
    entry: PanelEntry = Field(description="All that the storyboard says of it.")


class PanelSheet(PanelLine):
    """A panel with all its versions, oldest first."""

    versions: list[TakeLine] = Field(default=[])


class TakeSheet(TakeLine):
    """A take, and where it comes from."""

    provenance: Provenance | None = Field(default=None, description="None: the file holds none.")


@operation("GET", "/panels", tag="Storyboard")
def list_panels(call: Call, query: InProject) -> list[PanelLine]:
    """The storyboard's panels, in the order of the story."""
    return [_line(panel) for panel in call.open(query.project).project.panels]


@operation("POST", "/panels", tag="Storyboard", status=201, may="arrange")
def create_panel(call: Call, body: NewPanel) -> PanelLine:
    """Make a panel."""
    project = call.open(body.project).project
    name = project.board.add(body.name, notes=body.notes).name
    project.board.save()
    return _line(project.panel(name))


@operation("PUT", "/panels", tag="Storyboard", may="arrange")
def order_panels(call: Call, body: Order) -> list[PanelLine]:
    """Put the story in another order."""
    project = call.open(body.project).project
    with looked_up(ProjectError):
        project.board.reorder(body.panels)
    project.board.save()
    return [_line(panel) for panel in project.panels]


@operation("GET", "/panels/{panel}", tag="Storyboard")
def get_panel(call: Call, path: PanelPath, query: InProject) -> PanelSheet:
    """A panel with all its versions."""
    return _sheet(call, query.project, path.panel)


@operation("PATCH", "/panels/{panel}", tag="Storyboard")
def change_panel(call: Call, path: PanelPath, body: PanelChanges) -> PanelSheet:
    """Change a panel: its name, notes, rating, what it shows, its planned shot.

    Notes and ratings need less than the rest.
    """
    fields = body.model_dump(exclude_none=True, exclude={"project"})
    for field in fields:
        call.access.require({"notes": "note", "rating": "rate", "status": "rate"}.get(field, "arrange"))  # type: ignore[arg-type]
    panel = _panel(call, body.project, path.panel)
    name = fields.pop("name", None)
    if name is not None:
        panel = panel.rename(name)
    if (version := fields.get("current")) is not None:
        with looked_up(ProjectError):
            panel.take(version)
    if fields:
        panel.project.board.change({panel.entry.name: fields}, "Change")
    panel.project.board.save()
    return _sheet(call, body.project, panel.entry.name)


@operation("DELETE", "/panels/{panel}", tag="Storyboard", may="delete")
def delete_panel(call: Call, path: PanelPath, query: InProject) -> Done:
    """Take a panel off the board; its folder goes to the project's trash."""
    panel = _panel(call, query.project, path.panel)
    panel.project.board.remove([panel.entry.name])
    panel.project.board.save()
    return Done(done=f"{panel.name} is in the trash")


@operation("GET", "/panels/{panel}/takes", tag="Storyboard")
def list_takes(call: Call, path: PanelPath, query: InProject) -> list[TakeLine]:
    """A panel's takes, oldest version first."""
    return _sheet(call, query.project, path.panel).versions


@operation("GET", "/panels/{panel}/takes/{version}", tag="Storyboard")
def get_take(call: Call, path: TakePathOf, query: InProject) -> TakeSheet:
    """A take, with the shot that it was rendered from."""
    panel = _panel(call, query.project, path.panel)
    with looked_up(ProjectError):
        take = panel.take(path.version)
    try:
        provenance = take.provenance
    except TakeError:
        provenance = None
    return TakeSheet(**_take(query.project, panel, take).model_dump(), provenance=provenance)


@operation("PUT", "/panels/{panel}/takes/{version}/rating", tag="Storyboard", may="rate")
def rate_take(call: Call, path: TakePathOf, body: Stars) -> TakeLine:
    """Give a take 0 to 5 stars."""
    panel = _panel(call, body.project, path.panel)
    with looked_up(ProjectError):
        take = panel.take(path.version)
    panel.rate(body.rating, path.version)
    panel.project.board.save()
    return _take(body.project, panel, take)


@operation("DELETE", "/panels/{panel}/takes/{version}", tag="Storyboard", may="delete")
def delete_take(call: Call, path: TakePathOf, query: InProject) -> Done:
    """Move a take to the project's trash; its version is never used again."""
    panel = _panel(call, query.project, path.panel)
    with looked_up(ProjectError):
        take = panel.take(path.version)
    panel.delete_take(path.version)
    panel.project.board.save()
    return Done(done=f"{take.path.name} is in the trash")


@operation("POST", "/storyboard/undo", tag="Storyboard", may="arrange")
def undo_board(call: Call, body: InProject) -> Done:
    """Take back the last thing that this server did to the storyboard."""
    board = call.open(body.project).project.board
    done = board.undo()
    board.save()
    return Done(done=f"Undone: {done}" if done else "there is nothing to undo")


def _panel(call: Call, project: str, name: str) -> Panel:
    """By name or id.

    Raises:
        Refusal: there is none.
    """
    film = call.open(project).project
    board = film.board
    board.look()
    with looked_up(ProjectError):
        entry = board.state.by_id.get(name) or board.state[name]
    found = film.find_panel(entry.id)
    with looked_up(ProjectError):
        if found is None:
            raise ProjectError("no such panel", path=name, hint="It was just removed.")
    return found


def _line(panel: Panel) -> PanelLine:
    current = panel.current
    entry = panel.entry
    return PanelLine(
        name=panel.name,
        id=panel.id,
        title=panel.title,
        locked=panel.locked,
        takes=len(panel.takes),
        current=None if current is None else current.version,
        entry=entry,
    )


def _sheet(call: Call, project: str, name: str) -> PanelSheet:
    panel = _panel(call, project, name)
    return PanelSheet(**dict(_line(panel)), versions=[_take(project, panel, take) for take in panel.takes])


def _take(address: str, panel: Panel, take: Take) -> TakeLine:
    from studio.server.files import url_of

    with looked_up(ProjectError):
        try:
            seen = take.path.stat()
        except OSError as error:
            raise ProjectError("it was just removed", path=take.path.name) from error
    path = take.path.relative_to(panel.project.path).as_posix()
    return TakeLine(
        version=take.version,
        name=take.path.name,
        path=path,
        url=url_of(address, path),
        kind=take.kind,
        bytes=seen.st_size,
        modified=datetime.fromtimestamp(seen.st_mtime, UTC),
        rating=panel.stars(take.version),
    )
