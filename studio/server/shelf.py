"""The projects that are open, each with its gallery and its farm, opened when first asked for."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import StudioError
from studio.server.refusal import refused
from studio.server.roots import SETTINGS_FILE, Roots

if TYPE_CHECKING:
    from studio.access import Access
    from studio.gallery import Gallery
    from studio.project import Project
    from studio.render import Farm

MOST = 16
"""Projects that stay open; of more, the one longest not asked for is closed, if nothing runs in it."""

FIRST_SCAN = 5.0
"""Seconds that the first question to a gallery waits for its scan; a larger one goes on meanwhile."""


class Opened:
    """One open project. Safe in any thread.

    Attributes:
        address: How it is called here.
        access: What may be done with it.
        project: It.
    """

    def __init__(self, address: str, project: Project, access: Access) -> None:
        self.address = address
        self.access = access
        self.project = project
        self._lock = threading.RLock()
        self._farm: Farm | None = None
        self._gallery: Gallery | None = None

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.project.path

    @property
    def farm(self) -> Farm:
        """Where it renders, opened now if it was not."""
        with self._lock:
            if self._farm is None:
                self._farm = self.project.farm
            return self._farm

    @property
    def open_farm(self) -> Farm | None:
        """The farm if somebody has needed it already; looking at jobs starts none."""
        return self._farm

    @property
    def gallery(self) -> Gallery:
        """Its gallery; the first time its scan is waited for, a while."""
        from studio.gallery import Gallery

        with self._lock:
            if self._gallery is None:
                self._gallery = Gallery.open(self.project)
                self._gallery.start()
                self._gallery.wait(FIRST_SCAN)
            return self._gallery

    @property
    def busy(self) -> bool:
        """Whether something of it is being rendered from here."""
        return self._farm is not None and bool(self._farm.jobs)

    def close(self) -> None:
        """Let go of all of it."""
        with self._lock:
            if self._gallery is not None:
                self._gallery.close()
                self._gallery = None
            self._farm = None
            self.project.close()


class Shelf:
    """Opens projects of the roots, and keeps them open.

    Attributes:
        roots: Where projects may lie.
        home: The folder that Jupyter serves, from which its own paths go.
    """

    def __init__(self, roots: Roots, home: Path) -> None:
        self.roots = roots
        self.home = home
        self._lock = threading.RLock()
        self._open: OrderedDict[tuple[Path, str, str], Opened] = OrderedDict()

    def open(self, address: str, access: Access) -> Opened:
        """The project of that address.

        Raises:
            UnsafeName: no such place in the roots.
            Refusal: it is no project.
            StudioError: it can't be opened.
        """
        from studio.cinema import presets_within
        from studio.project import Project

        place = self.roots.place(address)
        key = (place, access.role, access.user)  # jobs and words are signed with who left them
        with self._lock:
            found = self._open.get(key)
            if not (place / SETTINGS_FILE).is_file():
                raise refused(
                    404, "no project here", where=address or "the root itself", hint="See projects."
                )
            if found is None:
                with presets_within():  # its own are in force for those who ask, not for all of the server
                    project = Project.open(place, create=False, role=access)
                found = self._open[key] = Opened(address, project, access)
            self._open.move_to_end(key)
            ended = self._superfluous(key)
        for one in ended:
            with contextlib.suppress(StudioError):
                one.close()
        return found

    def create(self, address: str, access: Access) -> Opened:
        """A new project in a folder of the roots.

        Raises:
            NotAllowed: who asks may not.
            Refusal: there is one already.
            UnsafeName, StorageError: the folder can't be.
        """
        from studio.cinema import presets_within
        from studio.project import Project

        access.require("manage")
        place = self.roots.place(address)
        with self._lock:
            if (place / SETTINGS_FILE).exists():
                raise refused(409, "a project is there already", where=address, hint="Open that one.")
            with presets_within():
                Project.open(place, create=True, role=access).close()
        return self.open(address, access)

    def close(self) -> None:
        """Close all."""
        with self._lock:
            ended, self._open = list(self._open.values()), OrderedDict()
        for one in ended:
            with contextlib.suppress(StudioError):
                one.close()

    def _superfluous(self, asked: tuple[Path, str, str]) -> list[Opened]:
        """Those longest not asked for, taken out; never the one that is asked for now."""
        idle = [key for key, one in self._open.items() if key != asked and not one.busy]
        return [self._open.pop(key) for key in idle[: max(0, len(self._open) - MOST)]]
