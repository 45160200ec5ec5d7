"""`Console`: the widget over a `ConsoleModel`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets import widget_serialization

from studio.errors import StudioError
from studio.project import Project
from widgets.console import wire
from widgets.console.doors import recent_rows
from widgets.console.model import ConsoleModel
from widgets.console.state import state
from widgets.pace import Loop, kernel_loop
from widgets.progress.feed import Extra, Feed, joined
from widgets.progress.model import plain
from widgets.theme import stylesheet

_PAGE = Path(__file__).parent / "page"
PARTS = ("icons", "tabs", "side", "status", "notices", "dialogs", "menu", "cinema", "rooms", "console")
"""The page's side, in the order in which the parts use each other."""
SHEETS = ("console", "menu", "notices")

MOST_FILE_BYTES = 200 * 2**20
"""Of a file that is handed to the page."""


class Console(Feed):
    """All rooms of a project behind tabs: Cinema, Storyboard, Gallery, Farm, Video; with all renders beside.

    `console.model` is what it shows and does, without a page.

    Args:
        project: An open project, or the path of one; None: `STUDIO_PROJECT`, else `my-film` here.
        height: CSS pixels; 0: as tall as the window lets it be.
        roots: Folders in which projects may be opened; None: wherever this process may.
        loop: The kernel's loop; the running one if None.

    Raises:
        StudioError: the project can't be opened.
    """

    _esm = joined(*(_PAGE / f"{part}.js" for part in PARTS))
    _css = "\n".join(
        (stylesheet(_PAGE / "console.css"),
         *((_PAGE / f"{sheet}.css").read_text(encoding="utf-8") for sheet in SHEETS[1:]))
    )  # fmt: skip
    _messages = wire.from_page

    rooms = traitlets.Dict(help="Room → its widget, of those that were entered.").tag(
        sync=True, **widget_serialization
    )
    height = traitlets.Int(0, min=0, max=4000, help="CSS pixels; 0: as the window.").tag(sync=True)

    def __init__(
        self,
        project: Project | str | Path | None = None,
        *,
        height: int = 0,
        roots: Sequence[str | Path] | None = None,
        loop: Loop | None = None,
        **traits: Any,
    ) -> None:
        loop = loop if loop is not None else kernel_loop()
        self.model = ConsoleModel(opened(project), roots=roots, backends=session_backends(), loop=loop)
        self._touched = False
        self._tried: Any = None  # the room that was last made by itself, so that a broken one is tried once
        self._side = [True, 0]
        self._recent: list[dict[str, Any]] | None = None  # nobody has asked yet
        self._answer: dict[str, Any] = {}
        self._files: list[tuple[str, bytes]] = []
        super().__init__(loop=loop, height=height, **traits)
        self.model.on_change(self._changed)

    # for the next cell

    @property
    def project(self) -> Project:
        """The project that is open now."""
        return self.model.project

    def show(self, room: str) -> None:
        """Go to a tab: `cinema`, `storyboard`, `gallery`, `farm` or `video`.

        Raises:
            ProjectError: there is no such room.
        """
        self._touched = True
        self.model.show(room)

    def close(self) -> None:
        """End all rooms; the project is saved and closed."""
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            panels = len(self.model.project.board.state)
            bundle[0]["text/plain"] = f"Console of {self.model.name}: {panels} panels"
        return bundle

    # to the page

    def _state(self) -> dict[str, Any]:
        found = state(self.model)
        with contextlib.suppress(StudioError):  # it is said at the farm
            self.model.progress  # noqa: B018  made here, on the kernel's loop
        rooms = dict(self.model.rooms.widgets)
        if rooms != self.rooms:
            self.rooms = rooms
        return {
            **found,
            "entered": list(rooms),
            "side": list(self._side),
            "recent": self._recent,
            "answer": self._answer,
        }

    def _paint(self) -> None:
        """The frame first, then what stands in it: a room may take a moment to be made."""
        super()._paint()
        model, tab = self.model, self.model.tab
        if not self.audience or model.closed:
            return
        wanted = (model.project, tab)
        if model.rooms.there(tab) is None and self._tried != wanted:
            self._tried = wanted
            self._enter(tab)
            self._pace.ask()
        elif model.farm_state == "closed":
            model.open_farm()

    def _extra(self, whole: bool) -> Extra:
        files, self._files = self._files, []
        if not files:
            return Extra({}, [])
        return Extra({"files": [name for name, _ in files]}, [data for _, data in files])

    # from the page

    def _do(self, message: wire.FromPage) -> None:
        if not isinstance(message, wire.Remembered):
            self._touched = True
        try:
            self._act(message)
        except StudioError as error:
            self.model.notices.error(plain(str(error)))

    def _act(self, message: wire.FromPage) -> None:
        model = self.model
        match message:
            case wire.Remembered():
                self._remember(message)
            case wire.Show(room=room):
                self._enter(room)
                model.show(room)
            case wire.Side(open=open, width=width):
                self._side = [open, width]
                self._changed()
            case wire.Choose(ids=ids):
                model.choose(ids)
            case wire.UseLook(kind="use_look"):
                names = model.use_look()
                model.notices.good(f"The look is planned for {', '.join(names[:4])}"
                                   f"{f' and {len(names) - 4} more' if len(names) > 4 else ''}",
                                   room="storyboard")  # fmt: skip
            case wire.UseLook():
                for entry in model.chosen[:1]:
                    model.show_look(entry.id)
            case wire.Press():
                self._press(message.kind)
            case wire.Seen():
                self._seen(message)
            case wire.Forget(path=path):
                model.doors.forget(path)
                self._press("recent")
            case wire.Open() | wire.Make() | wire.Settings():
                self._work(lambda: self._answered(message))
            case _:
                pass

    def _enter(self, room: str) -> None:
        """Make a room; what goes wrong is said, and the tab stays empty."""
        try:
            self.model.enter(room)
        except StudioError as error:
            self.model.notices.error(plain(str(error)), room=room)

    def _remember(self, message: wire.Remembered) -> None:
        if self._touched or message.key != self.model.key:
            return
        self._touched = True
        self.model.choose(message.chosen)
        self._enter(message.room)
        self.model.show(message.room)

    def _press(self, kind: str) -> None:
        model = self.model
        if kind == "print":
            model.work("The storyboard was not printed", model.print_board)
        elif kind == "open_farm":
            model.open_farm()
        elif kind == "clear":
            model.notices.clear()
        else:
            self._recent = recent_rows(model.doors, model.project.path)
            self._changed()

    def _seen(self, message: wire.Seen) -> None:
        model = self.model
        if message.kind == "read":
            model.notices.read(message.id)
        elif message.kind == "dismiss":
            model.notices.dismiss(message.id)
        else:
            name, data = model.file(message.id)
            if len(data) > MOST_FILE_BYTES:
                model.notices.error(f"{name} is too large to be handed to the page; it lies in the project")
                return
            self._files.append((name, data))
            self._changed()

    def _answered(self, message: wire.Open | wire.Make | wire.Settings) -> None:
        """Do what a dialog asks for, in the background; the page that asked hears how it went."""
        answer: dict[str, Any] = {"ticket": message.ticket, "done": False, "fault": "", "ask": ""}
        try:
            if isinstance(message, wire.Settings):
                names, fault = self.model.preview_naming(message.naming)
                answer.update(names=names, fault=fault)
                if message.save and not fault:
                    self.model.configure(name=message.name, naming=message.naming)
                    answer["done"] = True
            elif not message.sure and (ask := self.leaving()):
                answer["ask"] = ask
            else:
                if isinstance(message, wire.Open):
                    self.model.open(message.path)
                else:
                    self.model.make(message.folder, message.name)
                answer["done"] = True
                self.model.open_farm()
        except StudioError as error:
            answer["fault"] = plain(str(error))
        self._answer = answer
        self._changed()

    def leaving(self) -> str:
        """What would be lost or left behind if another project were opened; empty if nothing."""
        model = self.model
        found = []
        if model.look_is_new:
            found.append("The look in Cinema is not used for any panel yet.")
        if model.saved == "unsaved":
            found.append("The storyboard could not be saved.")
        if model.farm is not None:
            model.farm.look()
            open_jobs = model.farm.running + model.farm.waiting
            if open_jobs:
                found.append(
                    f"{open_jobs} render{'s are' if open_jobs > 1 else ' is'} under way; "
                    "they are taken up again when this project is opened."
                )
        return " ".join(found)


def session_backends() -> list[str]:
    """The backends that hold for all projects of this session: `STUDIO_BACKENDS`."""
    return os.environ.get("STUDIO_BACKENDS", "").split()


def opened(project: Project | str | Path | None) -> Project:
    """The project that a console begins with.

    Raises:
        StudioError: it can't be opened.
    """
    if isinstance(project, Project):
        return project
    path = project if project is not None else os.environ.get("STUDIO_PROJECT") or "my-film"
    return Project.open(path, backends=session_backends())
