"""What a console shows and does, without a page: one project, one farm, and rooms that know of each other."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cinema import use_presets_of
from studio.errors import ProjectError, StudioError
from studio.files import inside
from studio.project import Project
from widgets.console.between import Between
from widgets.console.counts import TakeCount
from widgets.console.doors import Doors
from widgets.console.jobs import FarmNews
from widgets.console.notices import Notices
from widgets.console.papers import Papers
from widgets.console.rooms import ROOMS, Rooms
from widgets.progress.model import plain

if TYPE_CHECKING:
    from studio.access import Permission
    from studio.project.board import BoardEvent, PanelEntry
    from studio.render import Backend
    from widgets.configurator import Configurator
    from widgets.pace import Loop
    from widgets.progress import Progress
    from widgets.storyboard import Storyboard


class ConsoleModel(Between, Papers):
    """A project with its rooms. Rooms are made when they are first entered.

    Args:
        project: An open project; it is the console's from then on, which closes it when another is opened.
        roots: Folders in which projects may be opened; None: wherever this process may.
        backends: Where those projects render, in place of their own settings' backends.
        loop: The kernel's loop, for the rooms; the running one if None.
    """

    def __init__(
        self,
        project: Project,
        *,
        roots: Sequence[str | Path] | None = None,
        backends: Sequence[str | Backend] = (),
        loop: Loop | None = None,
    ) -> None:
        self.doors = Doors(roots, backends, project.access)
        self.loop = loop
        self.notices = Notices(self._tell)
        self.tab = "cinema"
        self.closed = False
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self.project: Project
        self.rooms: Rooms
        self.count: TakeCount
        self.farm: FarmNews | None
        self.farm_state: str
        self.farm_why: str
        self._chosen: tuple[str, ...]
        self._begin(project)

    # what there is

    @property
    def name(self) -> str:
        """The project's name."""
        return self.project.name

    @property
    def key(self) -> str:
        """What tells this project from others in a browser's memory, without its path."""
        return hashlib.sha256(str(self.project.path).encode()).hexdigest()[:16]

    @property
    def panels(self) -> list[PanelEntry]:
        """All panels in story order."""
        return list(self.project.board.state)

    @property
    def chosen(self) -> list[PanelEntry]:
        """The panels that are chosen, here and on the storyboard."""
        entries = self.project.board.state.by_id
        return [entries[id] for id in self._chosen if id in entries]

    @property
    def cinema(self) -> Configurator:
        """The room of looks; made if it was not."""
        found: Configurator = self.enter("cinema")
        return found

    @property
    def storyboard(self) -> Storyboard:
        """The room of panels; made if it was not."""
        found: Storyboard = self.enter("storyboard")
        return found

    @property
    def progress(self) -> Progress | None:
        """What stands beside every tab; None until the farm is open."""
        if self.farm_state != "ready":
            return None
        return self.rooms.progress()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, on any thread, when something changed; gives what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def may(self, permission: Permission) -> str:
        """Why something may not be done in this project; empty if it may."""
        return self.project.access.why(permission)

    @property
    def role(self) -> str:
        """Who one is here."""
        return self.project.access.role

    def relative(self, path: str | Path) -> str:
        """A file of the project as the gallery speaks of it.

        Raises:
            UnsafeName: it is none of the project's.
        """
        root, place = self.project.path, Path(path)
        if place.is_absolute() and place.is_relative_to(root):
            place = place.relative_to(root)
        return inside(root, str(place)).relative_to(root.resolve()).as_posix()

    # rooms

    def enter(self, room: str) -> Any:
        """The widget of a room; made when it is first asked for.

        Raises:
            ProjectError: there is no such room.
            StudioError: it can't be made.
        """
        if room not in ROOMS:
            raise ProjectError(f"there is no room {room!r:.40}", where="console")
        with self._lock:
            found, fresh = self.rooms.get(room)
        if fresh:
            self._tell()
        return found

    def show(self, room: str) -> None:
        """Go to a tab."""
        self.enter(room)
        if self.tab != room:
            self.tab = room
            self._tell()

    # panels

    def choose(self, ids: Iterable[str]) -> None:
        """Choose panels: on the storyboard, and for the look of Cinema, which shows that of a single one."""
        entries = self.project.board.state.by_id
        chosen = tuple(dict.fromkeys(id for id in ids if id in entries))
        if chosen == self._chosen:
            return
        self._chosen = chosen
        board = self.rooms.there("storyboard")
        if board is not None:
            board.model.select(chosen)
        if len(chosen) == 1 and self.rooms.there("cinema") is not None and not self.look_is_new:
            self._show_look(chosen[0])
        self._tell()

    @property
    def look_is_new(self) -> bool:
        """Whether the look in Cinema was changed and not yet used for a panel."""
        cinema = self.rooms.there("cinema")
        return cinema is not None and cinema.model.scene != self.rooms.scene_shown

    def show_look(self, id: str) -> None:
        """Show a panel's look in Cinema, whatever is there, and go there.

        Raises:
            ProjectError: there is no such panel.
            StudioError: its plan can't be read.
        """
        self._entry(id)
        self.enter("cinema")
        self.choose([id])
        self._show_look(id, strict=True)
        self.show("cinema")

    def use_look(self, ids: Iterable[str] | None = None) -> list[str]:
        """Give the look of Cinema to panels: those chosen if None. Gives their names.

        Raises:
            ProjectError: there is no panel, or one is locked.
            StudioError: it can't be planned.
        """
        from widgets.console.looks import plan_scene

        chosen = self.chosen if ids is None else [self._entry(id) for id in ids]
        scene = self.cinema.model.scene
        names = plan_scene(self.project, chosen, scene)
        self.rooms.scene_shown = scene
        self._tell()
        return names

    # the project

    def open(self, path: str) -> None:
        """Go on with another project; this one is saved and closed.

        Raises:
            StudioError: it can't be opened, or this one can't be saved; then nothing has changed.
        """
        self.switch(self.doors.open(path, here=self.project.path.parent))

    def make(self, folder: str, name: str) -> None:
        """Go on with a new project.

        Raises:
            StudioError: it can't be made, or this one can't be saved; then nothing has changed.
        """
        self.switch(self.doors.make(folder, name, here=self.project.path.parent))

    def switch(self, project: Project) -> None:
        """Go on with this project: rooms are made anew, what belonged to the old one ends.

        Raises:
            StorageError: the old one can't be saved; then it stays.
        """
        old = self.project
        if project.path == old.path:
            if project is not old:
                project.close()
            self.notices.info(f"{old.name} is open already")
            return
        try:
            old.board.flush()
        except StudioError:
            project.close()
            use_presets_of(old.path)
            raise
        with self._lock:
            self._end()
            self._begin(project)
        old.close()
        self.notices.leave_files()
        self.notices.good(f"{project.name} is open")

    # the farm

    def open_farm(self) -> None:
        """Have the farm opened in the background, which may start an embedded backend."""
        with self._lock:
            if self.farm_state in ("opening", "ready"):
                return
            self.farm_state, self.farm_why = "opening", ""
            project = self.project
        self._tell()
        threading.Thread(
            target=self._open_farm, args=(project,), name="studio-console-farm", daemon=True
        ).start()

    def look(self) -> None:
        """See what the farm and the disk came to since; called before something is shown."""
        if self.farm is not None:
            self.farm.look()

    def work(self, trouble: str, do: Callable[[], Any]) -> None:
        """Do what takes a while in the background; what goes wrong becomes a notice.

        Args:
            trouble: What it means if it does not work, in words.
        """

        def done() -> None:
            try:
                do()
            except Exception as error:  # an error on another thread is seen nowhere else
                words = str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
                self.notices.error(f"{trouble}: {plain(words)}")

        threading.Thread(target=done, name="studio-console-work", daemon=True).start()

    @property
    def saved(self) -> str:
        """`saved`, `saving`, or `unsaved` where the disk refused."""
        board = self.project.board
        if not board.dirty:
            return "saved"
        return "unsaved" if self._save_failed else "saving"

    def close(self) -> None:
        """End the rooms and all background work; the project is closed with them."""
        if self.closed:
            return
        self.closed = True
        with self._lock:
            self._end()
        self.project.close()
        self._listeners.clear()

    # inside

    def _begin(self, project: Project) -> None:
        self.project = project
        self.farm = None
        self.farm_state, self.farm_why = "closed", ""
        self._chosen = ()
        self._save_failed = False
        self.rooms = Rooms(self)
        self.count = TakeCount(project.path, self._tell)
        self._unwatch = project.board.watch(self._board_told)
        for problem in project.board.problems:
            self.notices.error(problem, room="storyboard")
        self.recount()

    def _end(self) -> None:
        self._unwatch()
        self.rooms.close()
        self.count.close()
        if self.farm is not None:
            self.farm.close()
        self.farm = None

    def _open_farm(self, project: Project) -> None:
        """On a thread of its own."""
        try:
            farm = FarmNews(project.farm, self.notices, self._tell, self._delivered)
            with self._lock:
                late = self.closed or self.project is not project
                if not late:
                    self.farm, self.farm_state = farm, "ready"
            if late:  # another one was opened meanwhile
                farm.close()
                project.close()
                return
        except Exception as error:  # an error on another thread is seen nowhere else
            if self.project is project:
                self.farm_state = "failed"
                self.farm_why = plain(str(error) if isinstance(error, StudioError) else repr(error))
                self.notices.error(f"The farm did not open: {self.farm_why}", room="farm")
        self._tell()

    def _board_told(self, event: BoardEvent) -> None:
        if event.kind == "problem":
            self._save_failed = "not up to date" in event.label or self._save_failed
            self.notices.error(event.label, room="storyboard")
        elif event.kind == "saved":
            self._save_failed = False
        else:
            self._chosen = tuple(id for id in self._chosen if id in self.project.board.state.by_id)
            self.recount()
        self._tell()

    def _delivered(self, job: Any) -> None:
        self.recount()
        self.rooms.delivered(job)

    def recount(self) -> None:
        """Count the takes again, where something was written; returns at once."""
        self.count.look(entry.name for entry in self.project.board.state)

    def _show_look(self, id: str, *, strict: bool = False) -> None:
        """Show a panel's look; one without a shot, or that can't be read, leaves what is there."""
        with contextlib.nullcontext() if strict else contextlib.suppress(StudioError):
            self.rooms.show_scene(self._entry(id))

    def _entry(self, id: str) -> PanelEntry:
        entry = self.project.board.state.by_id.get(id) or self.project.board.state.find(id)
        if entry is None:
            raise ProjectError("this panel is not on the board any more", where=id[:80])
        return entry

    def _tell(self) -> None:
        for callback in list(self._listeners):
            callback()
