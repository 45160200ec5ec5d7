"""The server: what it is made of, how it starts, and how it ends."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from PIL import Image

from studio.sketch.engine import Engine
from studio.sketch.folders import Folders
from studio.sketch.hub import FEATURES, Hub
from studio.sketch.inventory import stock
from studio.sketch.library import Library
from studio.sketch.nodes import NODES, Catalogue
from studio.sketch.options import SketchOptions
from studio.sketch.painter import Painter, PlainPainter, PrevizPainter
from studio.sketch.queue import PromptQueue


class SketchServer:
    """One sketch backend: its folders, queue, sockets and the thread that draws."""

    def __init__(self, options: SketchOptions, root: Path, painter: Painter | None = None) -> None:
        self.options = options
        self.folders = Folders(root)
        self.library = Library(options.models)
        stock(self.library, NODES, options.template_folders)
        self.catalogue = Catalogue(self.library, self.folders)
        self.hub = Hub()
        self.queue = PromptQueue(self.hub.status)
        self.engine = Engine(
            self.hub,
            self.catalogue,
            painter or (PlainPainter() if options.plain else PrevizPainter()),
            step_seconds=options.step_ms / 1000,
            previews=options.previews,
        )
        self._thread = threading.Thread(target=self._work, name="sketch", daemon=True)

    def start(self) -> None:
        """Begin to take prompts; needs a running event loop."""
        example = self.folders.root / "input" / "example.png"
        if not example.exists():
            Image.linear_gradient("L").resize((512, 512)).convert("RGB").save(example)
        self.hub.open()
        self._thread.start()

    async def stop(self) -> None:
        """Stop the running prompt after its step, and close every socket."""
        self.queue.close()
        self.queue.interrupt()
        await self.hub.close()
        await asyncio.to_thread(self._thread.join, 2.0)

    def _work(self) -> None:
        while (item := self.queue.get()) is not None:
            self.queue.ended(item, self.engine.run(item))
            if self.hub.client_id is not None:
                self.hub.send("executing", {"node": None, "prompt_id": item.prompt_id}, self.hub.client_id)


SERVER: web.AppKey[SketchServer] = web.AppKey("sketch_server", SketchServer)


def create_app(server: SketchServer) -> web.Application:
    """The web application around a server; it starts and stops with it."""
    from studio.sketch import routes_files, routes_info, routes_prompt

    app = web.Application(
        client_max_size=FEATURES["max_upload_size"],
        middlewares=[routes_info.refuse_foreign_origins, routes_info.trouble],
    )
    app[SERVER] = server
    for table in (routes_prompt.ROUTES, routes_files.ROUTES, routes_info.ROUTES):
        for method, path, handler in table:
            for prefix in ("", "/api"):
                if method == "GET":
                    app.router.add_get(prefix + path, handler)  # answers HEAD too
                else:
                    app.router.add_route(method, prefix + path, handler)

    async def life(app: web.Application) -> AsyncIterator[None]:
        server.start()
        yield
        await server.stop()

    app.cleanup_ctx.append(life)
    return app


async def serve(options: SketchOptions, *, ended: asyncio.Event, painter: Painter | None = None) -> None:
    """Serve until `ended` is set; prints one JSON line with the address when ready.

    Raises:
        OSError: the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="studio-sketch-", ignore_cleanup_errors=True) as temporary:
        server = SketchServer(options, options.root or Path(temporary), painter)
        runner = web.AppRunner(create_app(server), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, options.host, options.port)
            await site.start()
            port = runner.addresses[0][1]
            host = f"[{options.host}]" if ":" in options.host else options.host
            ready = {"url": f"http://{host}:{port}", "name": options.name, "root": str(server.folders.root)}
            print(json.dumps(ready), flush=True)
            await ended.wait()
        finally:
            await runner.cleanup()
