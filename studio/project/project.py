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

from studio.cinema import use_presets
from studio.errors import ProjectError, StorageError, UnsafeName
from studio.files import inside, make_folder, sweep_temporaries
from studio.project.backends import backend_of
from studio.project.names import name_key, safe_name
from studio.project.naming import Naming
from studio.project.panel import Panel
from studio.project.references import References
from studio.project.settings import (
    SETTINGS_FILE,
    STORYBOARD_FILE,
    PanelEntry,
    Settings,
    Storyboard,
    default_name,
)
from studio.project.toml import read_toml, refused, write_toml
from studio.project.versions import CLAIMS_FOLDER

if TYPE_CHECKING:
    from studio.render import Backend, Farm

JOURNAL = (".studio", "jobs.jsonl")
_TRIES = 20


@dataclass(eq=False, repr=False)
class Project:
    """A folder on disk; open it with `Project.open`.

    Safe beside other processes on the same folder, also on a network disk: nothing is locked, files are
    replaced whole, versions are claimed by exclusive creation.

    Attributes:
        path: The folder, absolute.
        settings: What `studio.toml` said when it was opened or configured.
        submissions: The one thread in which shots are built and sent, in order.
    """

    path: Path
    settings: Settings
    submissions: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "studio-submit"))
    _backends: tuple[str | Backend, ...] = ()
    _farm: Farm | None = None
    _ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(
        cls, path: str | Path, *, create: bool = True, backends: Sequence[str | Backend] = ()
    ) -> Project:
        """Open the project at `path`. Its own presets, if it has any, are `studio.preset`s from then on.

        Args:
            path: Its folder.
            create: Whether to make it a project if it is none yet.
            backends: Where to render, in place of the settings' backends.

        Raises:
            ProjectError: no project there, and `create` is False.
            DataFileError: its settings are broken; they are left as they are, file and line are named.
            StorageError: the disk refuses.
        """
        folder = _absolute(path)
        settings = read_toml(folder / SETTINGS_FILE, Settings)
        if settings is None:
            if not create:
                raise ProjectError(
                    "no project here", path=folder, hint="Open it with create=True to make one."
                )
            settings = Settings(name=default_name(folder))
            make_folder(folder)
            write_toml(folder / SETTINGS_FILE, settings)
        project = cls(path=folder, settings=settings, _backends=tuple(backends))
        project._storyboard()
        if (folder / "presets").is_dir():
            use_presets(folder / "presets")
        for panel_folder in (folder, *(panel.folder for panel in project.panels)):
            sweep_temporaries(panel_folder)
        return project

    def __repr__(self) -> str:
        return f"Project({self.name!r}, {str(self.path)!r})"

    def configure(self, **changes: Any) -> Settings:
        """Change settings and write them; keys that are not known are kept.

        Raises:
            DataFileError: a value that can't be; nothing is written.
            StorageError: the disk refuses.
        """
        with self._lock:
            present = read_toml(self.path / SETTINGS_FILE, Settings) or self.settings
            try:
                settings = Settings.model_validate({**present.model_dump(), **changes})
            except ValidationError as error:
                raise refused(error, str(self.path / SETTINGS_FILE)) from error
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
        return References(self.path)

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where its own templates lie; they win over shipped ones of the same id."""
        return (self.path / "templates",)

    @property
    def panels(self) -> list[Panel]:
        """All panels: the storyboard's in its order, then folders with takes that it does not list yet.

        Raises:
            DataFileError: the storyboard is broken.
        """
        board = self._storyboard()
        return [self._panel(entry) for entry in (*board.panels, *self._unlisted(board))]

    def panel(self, name: str) -> Panel:
        """The panel of that name; it is made and listed in the storyboard if there is none.

        Args:
            name: As a director writes it; the folder gets a safe form of it.

        Raises:
            UnsafeName: it can't be made safe, or some disk would take it for another panel's name.
            DataFileError: the storyboard is broken.
            StorageError: the disk refuses.
        """
        entry = PanelEntry(name=safe_name(name, what="panel name"), title=" ".join(name.split()))
        with self._lock:
            for _ in range(_TRIES):
                board = self._storyboard()
                listed = board.find(entry.name)
                if listed is not None and listed.name == entry.name:
                    return self._panel(listed)
                self._refuse_twin(entry.name, listed)
                make_folder(self._panel(entry).folder / CLAIMS_FOLDER)
                for found in self._unlisted(board):
                    board = board.with_panel(entry if found.name == entry.name else found)
                write_toml(self.path / STORYBOARD_FILE, board)  # and look again: somebody may write too
        raise StorageError(
            "another program keeps changing the storyboard",
            path=self.path / STORYBOARD_FILE,
            hint="Try again.",
        )

    @property
    def farm(self) -> Farm:
        """Where it renders: its backends, else an embedded sketch backend that ends with the project.

        Raises:
            BackendError: the sketch backend does not start.
        """
        with self._lock:
            if self._farm is None:
                self._farm = self._make_farm()
            return self._farm

    def close(self) -> None:
        """Let go of the farm and end an embedded backend; the project can be used again afterwards."""
        with self._lock:
            self._farm = None
            self._ends.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_farm(self) -> Farm:
        from studio.render import Backend, Farm

        backends = self._backends or tuple(backend_of(entry) for entry in self.settings.backends)
        if not backends:
            from studio.sketch import start

            backends = (Backend(url=self._ends.enter_context(start()).url, name="sketch"),)
        farm = Farm(backends, journal=self.path.joinpath(*JOURNAL))
        self._ends.callback(farm.close)
        return farm

    def _storyboard(self) -> Storyboard:
        return read_toml(self.path / STORYBOARD_FILE, Storyboard) or Storyboard()

    def _panel(self, entry: PanelEntry) -> Panel:
        folder = inside(self.path, entry.name)
        return Panel(project=self, name=entry.name, title=entry.title or entry.name, folder=folder)

    def _unlisted(self, board: Storyboard) -> list[PanelEntry]:
        """Panels with a folder of their own that the storyboard lost, or never had, by name."""
        known = {name_key(entry.name) for entry in board.panels}
        return [
            PanelEntry.model_construct(name=name, title=name)
            for name in self._folders()
            if name_key(name) not in known and (self.path / name / CLAIMS_FOLDER).is_dir()
        ]

    def _folders(self) -> list[str]:
        """Names of real folders in the project, sorted; links may lead anywhere and are none."""
        with contextlib.suppress(OSError):
            return sorted(
                path.name
                for path in self.path.iterdir()
                if not path.name.startswith(".") and path.is_dir() and not path.is_symlink()
            )
        return []

    def _refuse_twin(self, name: str, listed: PanelEntry | None) -> None:
        """A panel or folder of the same letters in another case: on some disks it would be this one."""
        others = [listed.name] if listed else [folder for folder in self._folders() if folder != name]
        for other in others:
            if name_key(other) == name_key(name):
                raise UnsafeName(
                    f"{name!r} and {other!r} would be one folder on some disks",
                    path=self.path,
                    hint=f"Use {other!r}, or another name.",
                )


def _absolute(path: str | Path) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ProjectError(f"no folder can be called that ({error})", path=repr(str(path))) from error
