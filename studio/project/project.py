"""A project: a folder on disk with settings, a storyboard, panels and takes, and the farm that renders."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.access import Access
from studio.cinema import use_presets_of
from studio.errors import ProjectError, StudioError
from studio.files import inside, make_folder, sweep_temporaries
from studio.project.backends import project_backends
from studio.project.board import Board, PanelEntry
from studio.project.delivery import Delivery
from studio.project.names import safe_name
from studio.project.naming import Naming, NamingPreview
from studio.project.panel import Panel
from studio.project.recent import remember
from studio.project.references import References
from studio.project.settings import SETTINGS_FILE, Earlier, Settings, default_name
from studio.project.toml import read_toml, refused, write_toml
from studio.project.versions import CLAIMS_FOLDER

if TYPE_CHECKING:
    from studio.render import Backend, Farm

JOURNAL = (".studio", "jobs.jsonl")
SPEEDS = "speeds.json"


@dataclass(eq=False, repr=False)
class Project:
    """A folder on disk; open it with `Project.open`.

    Safe beside other processes on the same folder, also on a network disk: nothing is locked, files are
    replaced whole, versions are claimed by exclusive creation.

    Attributes:
        path: The folder, absolute.
        settings: What `studio.toml` said when it was opened or configured.
        submissions: The one thread in which shots are built and sent, in order.
        access: What its role may do; all that changes something asks it, and raises `NotAllowed`.
    """

    path: Path
    settings: Settings
    access: Access = field(default_factory=Access.here)
    submissions: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "studio-submit"))
    _backends: tuple[str | Backend, ...] = ()
    _farm: Farm | None = None
    _board: Board | None = None
    _ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        backends: Sequence[str | Backend] = (),
        role: str | Access | None = None,
    ) -> Project:
        """Open the project at `path`. Its own presets, if it has any, are `studio.preset`s from then on,
        in place of those of the project opened before.

        Args:
            path: Its folder.
            create: Whether to make it a project if it is none yet.
            backends: Where to render, in place of the settings' backends.
            role: Hold it to a role, as `reviewer`; None: all that this process may do.

        Raises:
            NotAllowed: no such role, one that may do more than this process, or a place not open to it.
            ProjectError: no project there, and `create` is False.
            DataFileError: its settings are broken; they are left as they are, file and line are named. A
                broken storyboard is no error: what can be read is read, see `board.problems`.
            StorageError: the disk refuses.
        """
        folder = _absolute(path)
        own = Access.here()
        own.require_place(folder)
        access = Access.here(role, project=folder) if role is not None else own
        settings = read_toml(folder / SETTINGS_FILE, Settings)
        if settings is None:
            if not create:
                raise ProjectError(
                    "no project here", path=folder, hint="Open it with create=True to make one."
                )
            access.require("arrange", what="make a project")
            settings = Settings(name=default_name(folder))
            make_folder(folder)
            write_toml(folder / SETTINGS_FILE, settings)
        project = cls(path=folder, settings=settings, access=access, _backends=tuple(backends))
        use_presets_of(folder)
        for panel_folder in (folder, *(panel.folder for panel in project.panels)):
            sweep_temporaries(panel_folder)
        with contextlib.suppress(StudioError):  # a list for convenience must not keep a project closed
            remember(folder, project.name)
        return project

    def __repr__(self) -> str:
        return f"Project({self.name!r}, {str(self.path)!r})"

    def configure(self, **changes: Any) -> Settings:
        """Change settings and write them; keys that are not known are kept.

        Raises:
            DataFileError: a value that can't be; nothing is written.
            StorageError: the disk refuses.
            NotAllowed: the role may not manage.
        """
        self.access.require("manage", what="settings")
        with self._lock:
            present = read_toml(self.path / SETTINGS_FILE, Settings) or self.settings
            try:
                settings = Settings.model_validate({**present.model_dump(), **changes})
            except ValidationError as error:
                raise refused(error, str(self.path / SETTINGS_FILE)) from error
            before = Earlier(name=present.name or default_name(self.path), naming=present.naming)
            now = Earlier(name=settings.name or default_name(self.path), naming=settings.naming)
            known = settings.earlier or ()
            if before != now and before not in known:
                settings = settings.model_copy(update={"earlier": (*known, before)})
            write_toml(self.path / SETTINGS_FILE, settings)
            self.settings = settings
            return settings

    @property
    def name(self) -> str:
        """Its name, part of every take's."""
        return self.settings.name or default_name(self.path)

    @property
    def naming(self) -> Naming:
        """How its takes are named."""
        return Naming(self.settings.naming)

    @property
    def references(self) -> References:
        """Its reference pictures."""
        return References(self.path, self.access)

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where its own templates lie; they win over shipped ones of the same id."""
        return (self.path / "templates",)

    def preview_naming(self, template: str, panel: str = "") -> NamingPreview:
        """What takes of this project would be called by `template`, or why it can't be used; never an error.

        Args:
            panel: Whose; the first one's if empty.
        """
        names = self.board.state.names
        return Naming.preview(template, project=self.name, panel=panel or (names[0] if names else "Hero"))

    @property
    def board(self) -> Board:
        """The storyboard: places, order, notes, ratings; with undo, autosave and merging.

        Raises:
            DataFileError: the file is there, and the disk does not let it be read.
        """
        with self._lock:
            if self._board is None:
                names = lambda: (self.name, self.naming)  # noqa: E731
                self._board = Board(self.path, names, self._earlier, self.access)
            return self._board

    @property
    def panels(self) -> list[Panel]:
        """All panels in story order, with those that others added meanwhile.

        Raises:
            DataFileError: the disk does not let the storyboard be read.
        """
        self.board.look()
        return [self._panel(entry) for entry in self.board.state]

    def panel(self, name: str) -> Panel:
        """The panel of that name; it is made and listed in the storyboard if there is none.

        Args:
            name: As a director writes it; the folder gets a safe form of it.

        Raises:
            UnsafeName: it can't be made safe, or some disk would take it for another panel's name.
            DataFileError: the disk does not let the storyboard be read.
            StorageError: the disk refuses.
            NotAllowed: there is none, and the role may not make one.
        """
        fitting = safe_name(name, what="panel name")
        with self._lock:
            self.board.look()
            listed = self.board.state.find(fitting)
            if listed is None or listed.name != fitting:
                self.access.require("arrange", what=f"make the panel {fitting}")
                entry = self.board.new(name)
                make_folder(self._panel(entry).folder / CLAIMS_FOLDER)
                listed = self.board.adopt(entry)
                self.board.save()
        return self._panel(listed)

    def find_panel(self, panel: str) -> Panel | None:
        """The panel with this id, whatever its name is now; None if it is gone."""
        self.board.look()
        entry = self.board.state.by_id.get(panel)
        return None if entry is None else self._panel(entry)

    @property
    def farm(self) -> Farm:
        """Where it renders: its backends, else an embedded sketch backend that ends with the project.

        One farm serves all processes that have the project open: of the first one, then of another when that
        ends. Everybody uses it the same way (`studio.render.shared`).

        Raises:
            BackendError: the sketch backend does not start.
        """
        with self._lock:
            if self._farm is None:
                self._farm = self._make_farm()
            return self._farm

    def close(self) -> None:
        """Save the storyboard, let go of the farm and end an embedded backend.

        The project can be used again afterwards.

        Raises:
            StorageError: the disk refuses the storyboard.
        """
        with self._lock:
            self._farm = None
            self._ends.close()
            if self._board is not None:
                self._board.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_farm(self) -> Farm:
        from studio.render import Backend
        from studio.render.shared import SharedFarm

        embedded = self._ends.enter_context(contextlib.ExitStack())  # it ends after the farm

        def configured() -> list[Backend]:
            found = self._backends or project_backends(self.path, self.settings)
            return [Backend.of(each) for each in found]

        def sketch() -> Backend:
            from studio.sketch import start

            return Backend(url=embedded.enter_context(start()).url, name="sketch")

        journal = self.path.joinpath(*JOURNAL)
        farm = SharedFarm(
            configured,
            embedded=sketch,
            root=self.path,
            journal=journal,
            history=journal.with_name(SPEEDS),
            revive=lambda record: Delivery.revive(self, record),
            access=self.access,
        )
        self._ends.callback(farm.close)
        return farm

    def _earlier(self) -> list[tuple[str, Naming]]:
        """Names and namings that its takes had before."""
        return [(one.name, Naming(one.naming)) for one in self.settings.earlier or ()]

    def _panel(self, entry: PanelEntry) -> Panel:
        folder = inside(self.path, entry.name)
        return Panel(
            project=self, name=entry.name, title=entry.title or entry.name, folder=folder, id=entry.id
        )


def _absolute(path: str | Path) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ProjectError(f"no folder can be called that ({error})", path=repr(str(path))) from error
