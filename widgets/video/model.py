"""The film that is planned in the Video room, without a page: one shot with a template that gives a film."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cinema import choose, library, options
from studio.cinema.targets import find_target
from studio.errors import ProjectError, ShotError
from studio.files import inside
from studio.media import kind_of_name
from studio.project import planned
from studio.project.board import PanelEntry
from studio.shot import random_seed
from studio.workflow import ParameterType, Template
from widgets.storyboard.inspector.planning import PlannedShots

if TYPE_CHECKING:
    from studio.workflow import Parameter
    from widgets.storyboard.model import StoryboardModel
    from widgets.storyboard.shelf import Shown

FILM = "*film"
"""The id under which the page speaks of the shot that is planned here: no panel can have it."""

FIRST = "wan22-i2v"
"""The template that the room begins with: a film from a picture."""

KEPT = 8
"""Renders of this room that stay to be seen."""


@dataclass
class Render:
    """A film under way, or one that has ended."""

    job: Any
    panel: str
    stop: Any = field(default=lambda: None)


class VideoModel(PlannedShots):
    """One film under the director's hands, over a board whose panels take it up.

    Args:
        board: The board's model.
    """

    def __init__(self, board: StoryboardModel) -> None:
        self._draft: planned.Table = planned.completed({}, template=FIRST)
        self._into = ""
        self._film_lock = threading.RLock()
        self._renders: list[Render] = []
        self._trouble = ""
        self.played: int | None = None
        super().__init__(board)
        self._stops = [board.on_change(lambda news: self._tell())]

    # the shot, for what plans it

    def entry(self, id: str) -> PanelEntry:
        """The film's shot as if it were a panel's; or a panel."""
        return PanelEntry(name="film", id=FILM, shot=self._draft) if id == FILM else super().entry(id)

    def locked(self, entry: PanelEntry) -> bool:
        """Never: it is a draft."""
        return False if entry.id == FILM else super().locked(entry)

    @property
    def draft(self) -> planned.Table:
        """The planned shot."""
        return dict(self._draft)

    @property
    def film(self) -> Template:
        """Its template."""
        return self.template(self.entry(FILM))

    @property
    def films(self) -> list[Template]:
        """The templates that give a film, those that begin with a picture first."""
        found = [each for each in self.offers.templates().values() if each.manifest.output == "video"]
        return sorted(found, key=lambda each: (not frames_of(each), each.name.casefold()))

    @property
    def targets(self) -> list[tuple[str, str]]:
        """(id, name) of the models of films that a prompt can be written for."""
        found = [(id, each.name) for id, each in library().targets.items() if each.kind == "video"]
        return sorted(found, key=lambda pair: pair[1].casefold())

    @property
    def movement(self) -> list[dict[str, Any]]:
        """How the camera may move: the look's own fields, with what the rules say of each value."""
        shot = planned.shot_of(self._draft)
        rows = []
        for name, info in shot.look.FIELDS.items():
            if not name.startswith("movement."):
                continue
            offered = options(shot.look, name)
            if offered:
                value = shot.look.chosen().get(name)
                choices = [[str(each.value), each.name, each.allowed, each.reason] for each in offered]
                rows.append({"name": name, "label": info.label, "value": value, "choices": choices})
        return rows

    # frames

    def use_frame(self, path: str | Path, *, last: bool = False) -> None:
        """A picture of the project as the film's first frame, or its last.

        A template that takes none of it gives way to one that does. A take of a panel brings along the panel,
        and the panel's look and subject where nothing was written here yet.

        Raises:
            ShotError: it is no picture.
            UnsafeName: it is not in this project.
            ProjectError: it is not there.
        """
        root, place = self.board.project.path, Path(path)
        if place.is_absolute() and place.is_relative_to(root):
            place = place.relative_to(root)
        found = inside(root, str(place))
        if kind_of_name(found.name) != "image":
            raise ShotError(
                "a film begins and ends with a picture", where=found.name, hint="Choose a picture."
            )
        stored = self.board.project.references.add(found)
        wanted = 2 if last else 1
        template = self.film
        if len(frames_of(template)) < wanted:
            template = next((each for each in self.films if len(frames_of(each)) >= wanted), template)
            if len(frames_of(template)) < wanted:
                raise ShotError("no template here takes that frame", where="template")
            self._plan(self.entry(FILM), planned.with_template(self._draft, template), "Template")
        name = frames_of(template)[-1 if last else 0].name
        table = planned.with_picture(self._draft, template, name, stored)
        self._plan(self.entry(FILM), table, "Frame")
        self._take_along(found)
        self._tell()

    def into(self, panel: str) -> None:
        """Render into the panel of that id; "" makes a new one."""
        if panel:
            self.entry(panel)
        if panel != self._into:
            self._into, self.played = panel, None
        self._tell()

    @property
    def panel_into(self) -> str:
        """The id of the panel that takes the film; "" if a new one will."""
        return self._into if self._into in self.board.entries else ""

    def adopt(self, panel: str) -> bool:
        """Take over look, subject and angle of a panel's shot."""

        def do() -> None:
            table = self.table(self.entry(panel))
            if not table:
                raise ProjectError("that panel has no shot", where=panel)
            changed = {key: table[key] for key in ("look", "subject", "angle") if key in table}
            self._plan(self.entry(FILM), {**self._draft, **changed}, "Look")

        return self._try("shot.look", do)

    # renders

    def render(self) -> bool:
        """Render the film into its panel; False if it was refused, and `faults` says why."""

        def do() -> None:
            ready = self.ready(self.entry(FILM))
            if ready.why:
                raise ShotError(ready.why.rstrip("."), where="film")
            if not self.panel_into:
                self._into = self.board.add()
            panel, backend = self._into, self._where.get(FILM, "")
            shot = planned.shot_of(self._draft)
            if "seed" not in self._draft:
                shot = shot.with_(seed=random_seed())
            self._trouble = ""
            self.board.project.submissions.submit(self._submit, panel, shot, backend)

        return self._try("render", do)

    def set_where(self, backend: str) -> None:
        """The backend to render on; "" for any."""
        self._where[FILM] = backend
        self._tell()

    def where_to(self) -> str:
        """The backend to render on; "" for any."""
        return self._where.get(FILM, "")

    def cancel(self) -> None:
        """Cancel the renders of this room, and no others."""
        for each in self.renders:
            if not each.job.state.ended:
                each.job.cancel()

    @property
    def renders(self) -> list[Render]:
        """The last renders of this room, the newest first."""
        with self._film_lock:
            return list(self._renders)

    @property
    def trouble(self) -> str:
        """Why the last one could not be sent."""
        return self._trouble

    @property
    def takes(self) -> list[Shown]:
        """The films of the panel, the newest first."""
        return [each for each in reversed(self.board.shelf.of(self.panel_into)) if each.take.kind == "video"]

    def play(self, version: int) -> None:
        """Show that film."""
        self.played = version
        self._tell()

    def close(self) -> None:
        """Let go of the board; renders go on."""
        for stop in self._stops:
            stop()
        self._stops = []
        for each in self.renders:
            each.stop()
        self.offers.close()
        self.records.close()

    # inside

    def _set_shot(self, entry: PanelEntry, field: str, value: Any, coalesce: bool) -> None:
        if field == "target":
            target = find_target(library(), str(value)) if value else None
            if target is not None and target.kind != "video":
                raise ShotError(f"{target.name} makes no films", where="target")
            self._plan(entry, {**self._draft, "target": target.id if target else ""}, "Target")
        elif field.startswith("movement."):
            look = planned.shot_of(self._draft).look
            if field not in look.FIELDS:
                raise ShotError(f"this look has no {field!r:.40}", where="movement")
            if value is None:
                changed = look.replaced({field: None})
            elif all(str(each.value) != value for each in options(look, field)):
                raise ShotError(f"{value!r:.60} is not offered", where=field)
            else:
                changed = choose(look, field, value).look
            table = {**self._draft, "look": changed.model_dump(mode="json", exclude_none=True)}
            self._plan(entry, table, "Movement")
        elif field == "template" and all(each.id != value for each in self.films):
            raise ShotError(f"{value!r:.60} gives no film", where="template")
        else:
            super()._set_shot(entry, field, value, coalesce)

    def _plan(self, entry: PanelEntry, table: planned.Table, label: str, *, coalesce: bool = False) -> None:
        if entry.id != FILM:
            super()._plan(entry, table, label, coalesce=coalesce)
            return
        planned.shot_of(table)
        self._draft = dict(table)

    def _key(self) -> str:
        return FILM

    def _take_along(self, path: Path) -> None:
        """The panel whose take this is, and its look and subject where nothing is written here yet."""
        for id, entry in self.board.entries.items():
            if path.parent == (self.board.project.path / entry.name).resolve():
                if not self.panel_into:
                    self.into(id)
                empty = not self._draft.get("subject") and set(self._draft.get("look", {})) <= {"kind"}
                if empty:
                    self.board.shelf.wait()
                    self.record(id)
                    self.records.wait()
                    self.adopt(id)
                return

    def _submit(self, panel: str, shot: Any, backend: str) -> None:
        """On the submissions' thread."""
        try:
            found = self._panel(panel)
            job = found.submit(shot, backend=backend or None)
        except Exception as error:  # an error on another thread is seen nowhere else
            self._trouble = str(error)
            self._tell()
            return
        self.board.follow(panel, job)
        render = Render(job, panel)
        with self._film_lock:
            self._renders.insert(0, render)
            dropped, self._renders = self._renders[KEPT:], self._renders[:KEPT]
        for each in dropped:
            each.stop()
        render.stop = job.watch(lambda _: self._heard(render))
        self._tell()

    def _heard(self, render: Render) -> None:
        if render.job.state.ended:
            entry = self.board.entries.get(render.panel)
            if entry is not None:
                self.board.shelf.refresh({entry.id: entry.name})
            self.played = None  # the new one is shown
        self._tell()


def frames_of(template: Template) -> list[Parameter]:
    """The pictures that a template takes, in order: first frame, last frame."""
    return [each for each in template.manifest.parameters if each.type is ParameterType.IMAGE]


def as_text(table: Mapping[str, Any], key: str) -> str:
    """A text of a planned shot; empty if there is none."""
    value = table.get(key)
    return value if isinstance(value, str) else ""
