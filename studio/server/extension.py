"""What Jupyter's server loads: settings, and what answers at which address."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import List, Unicode

from studio.access import DIRECTOR, Access
from studio.server.endpoint import Elsewhere, Endpoint, Room
from studio.server.events import EVENTS, JobEvents
from studio.server.files import FILES, FileHandler
from studio.server.operation import PREFIX
from studio.server.page import DOCS, DocsHandler, DocumentHandler
from studio.server.roots import Roots
from studio.server.shelf import Shelf

DOCUMENT = "/studio/api/openapi.json"


class StudioServer(ExtensionApp):
    """Director's Notebook behind Jupyter's server."""

    name = "directors_notebook"
    load_other_extensions = True

    roots: Any = List(
        Unicode(),
        help="Folders whose projects may be reached, and nothing else. Default: the server's root_dir.",
    ).tag(config=True)
    role: Any = Unicode(
        DIRECTOR,
        help="What those who are logged in may do: director, artist, reviewer, or a role of roles.toml.",
    ).tag(config=True)

    def initialize_handlers(self) -> None:
        """Called by Jupyter."""
        assert self.serverapp is not None
        home = Path(self.serverapp.root_dir).resolve()
        Access.here(self.role)  # a role that there is none of is told when the server starts
        self.room = Room(Shelf(Roots.of(self.roots or [home]), home), self.role)
        self.lookers = ThreadPoolExecutor(4, "studio-events")
        room = {"room": self.room}
        self.handlers += [
            (DOCUMENT.replace(".", r"\."), DocumentHandler, room),
            (rf"{DOCS}(|\.js|\.css)", DocsHandler, room),
            (EVENTS, JobEvents, {**room, "lookers": self.lookers}),
            (rf"{FILES}/(.+)", FileHandler, room),
            (rf"{PREFIX}(/.*)", Endpoint, room),
            (r"/studio/.*", Elsewhere, room),
        ]

    async def stop_extension(self) -> None:
        """Called by Jupyter when the server ends."""
        self.lookers.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.room.close)
