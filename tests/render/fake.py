"""A tiny server that speaks enough of ComfyUI for one graph, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from PIL import Image

from studio.render.timing import Timing

QUICK = Timing(
    connect=2.0, answer=1.0, reconcile=0.1, deaf=0.5, grace=0.2, unreachable=1.0, stall=60.0, retry=0.02
)
"""Deadlines for servers on loopback, so that faults are met at once."""

GRAPH: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def picture(color: int = 0) -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (color % 256, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


class FakeComfy:
    """Runs each prompt as soon as it may, one at a time.

    Attributes:
        faults: Route, such as "/view" or "POST /prompt" → what is done in place of the right thing.
        began: Set once a prompt has given its outputs.
    """

    def __init__(self, *, prefix: str = "", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.prefix = prefix
        self.tls = tls
        self.port = port
        self.posts: list[dict[str, Any]] = []
        self.ran: list[str] = []
        self.interrupts: list[Any] = []
        self.deletes: list[str] = []
        self.freed: list[Any] = []
        self.vram = 0
        self.uploads: dict[str, bytes] = {}
        self.headers: list[dict[str, str]] = []
        self.calls: Counter[str] = Counter()
        self.views: Counter[str] = Counter()
        self.faults: dict[str, Handler] = {}
        self.socket_is_mute = False
        self.extra_frames: list[str | bytes] = []
        self.outputs_of: Callable[[int], dict[str, Any]] = lambda n: {
            "2": {"images": [{"filename": f"x_{n:05}_.png", "subfolder": "", "type": "output"}]}
        }
        self.on_post: Callable[[dict[str, Any]], None] = lambda body: None
        self.error_at: dict[str, Any] | None = None
        self.files: dict[str, bytes] = {}
        self._queue: list[dict[str, Any]] = []
        self._running: dict[str, Any] | None = None
        self._interrupted = False
        self.history: dict[str, Any] = {}
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._held = threading.Event()
        self.began = threading.Event()

    # for the test's thread

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}{self.prefix}"

    def stop(self) -> None:
        """Die: every connection is reset, and nothing listens any more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(10)

    def hold(self) -> None:
        """Let prompts begin, and not end, until `release`."""
        self._held.set()

    def release(self) -> None:
        self._held.clear()

    def close_sockets(self) -> None:
        """Reset the sockets; the server goes on."""
        asyncio.run_coroutine_threadsafe(self._close_sockets(), self._loop).result(5)

    # on the server's thread

    async def _main(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(middlewares=[self._middleware])
        add = app.router.add_route
        add("GET", self.prefix + "/ws", self._ws)
        add("GET", self.prefix + "/system_stats", self._stats)
        add("POST", self.prefix + "/prompt", self._prompt)
        add("GET", self.prefix + "/queue", self._get_queue)
        add("POST", self.prefix + "/queue", self._post_queue)
        add("POST", self.prefix + "/interrupt", self._interrupt)
        add("POST", self.prefix + "/free", self._free)
        add("POST", self.prefix + "/upload/image", self._upload)
        add("GET", self.prefix + "/history/{id}", self._get_history)
        add("GET", self.prefix + "/view", self._view)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        worker = asyncio.create_task(self._work())
        self._ready.set()
        await self._end.wait()
        worker.cancel()
        await self._close_sockets()
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()
        await self._runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        route = "/" + request.path.removeprefix(self.prefix).lstrip("/").split("/")[0]
        self.calls[f"{request.method} {route}"] += 1
        self.headers.append(dict(request.headers))
        fault = self.faults.get(f"{request.method} {route}") or self.faults.get(route) or self.faults.get("*")
        return await (fault or handler)(request)

    async def _work(self) -> None:
        while True:
            while not self._queue:
                await asyncio.sleep(0.005)
            self._running = self._queue.pop(0)
            await self._run(self._running)

    async def _run(self, body: dict[str, Any]) -> None:
        prompt_id, client = body["prompt_id"], body["client_id"]
        self.ran.append(prompt_id)
        self._interrupted = False

        async def say(kind: str, **data: Any) -> None:
            await self.send(client, json.dumps({"type": kind, "data": {**data, "prompt_id": prompt_id}}))

        await say("execution_start", timestamp=1)
        await say("execution_cached", nodes=[], timestamp=1)
        await say("executing", node="1", display_node="1")
        for frame in self.extra_frames:
            await self.send(client, frame)
        outputs = self.outputs_of(len(self.ran))
        for node, output in outputs.items():
            await say("executing", node=node, display_node=node)
            await say("executed", node=node, display_node=node, output=output)
        self.began.set()
        while self._held.is_set() and not self._interrupted:
            await asyncio.sleep(0.005)
        messages: list[Any] = [["execution_start", {"prompt_id": prompt_id, "timestamp": 1}]]
        if self._interrupted:
            end, good = ["execution_interrupted", {"prompt_id": prompt_id, "node_id": "1"}], False
        elif self.error_at is not None:
            end, good = ["execution_error", {"prompt_id": prompt_id, **self.error_at}], False
        else:
            end, good = ["execution_success", {"prompt_id": prompt_id, "timestamp": 2}], True
        await say(end[0], **end[1])
        self.history[prompt_id] = {
            "prompt": [1, prompt_id, body["prompt"], {}, ["2"]],
            "outputs": outputs,
            "status": {
                "status_str": "success" if good else "error",
                "completed": good,
                "messages": [*messages, end],
            },
        }
        self._running = None
        await say("executing", node=None)

    async def send(self, client: str, frame: str | bytes) -> None:
        socket = self._sockets.get(client)
        if socket is None or socket.closed or self.socket_is_mute:
            return
        try:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        except ConnectionError:
            self._sockets.pop(client, None)

    async def _close_sockets(self) -> None:
        for socket in list(self._sockets.values()):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
        self._sockets.clear()

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = request.query["clientId"]
        self._sockets[client] = socket
        await self.send(client, json.dumps({"type": "status", "data": {"status": {"exec_info": {}}}}))
        async for _ in socket:
            pass
        return socket

    async def _stats(self, request: web.Request) -> web.Response:
        devices = [{"name": "card", "vram_total": self.vram, "vram_free": self.vram}] if self.vram else []
        return web.json_response({"system": {"comfyui_version": "0.3.64"}, "devices": devices})

    async def _prompt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(body)
        self.on_post(body)
        self._queue.append(body)
        return web.json_response(
            {"prompt_id": body["prompt_id"], "number": len(self.posts), "node_errors": {}}
        )

    async def _get_queue(self, request: web.Request) -> web.Response:
        rows = [[n, body["prompt_id"], body["prompt"], {}, []] for n, body in enumerate(self._queue)]
        running = [[0, self._running["prompt_id"], {}, {}, []]] if self._running else []
        return web.json_response({"queue_running": running, "queue_pending": rows[::-1]})

    async def _post_queue(self, request: web.Request) -> web.Response:
        wanted = (await request.json()).get("delete", [])
        self.deletes += wanted
        self._queue = [body for body in self._queue if body["prompt_id"] not in wanted]
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.interrupts.append(body)
        if self._running is not None and self._running["prompt_id"] == body["prompt_id"]:
            self._interrupted = True
        return web.Response()

    async def _free(self, request: web.Request) -> web.Response:
        self.freed.append(await request.json())
        return web.Response()

    async def _upload(self, request: web.Request) -> web.Response:
        fields: dict[str, Any] = {}
        async for part in await request.multipart():
            data = bytes(await part.read())
            fields[part.name or ""] = (part.filename, data) if part.filename else data.decode()
        name, data = fields["image"]
        self.uploads[name] = data
        return web.json_response({"name": name, "subfolder": fields.get("subfolder", ""), "type": "input"})

    async def _get_history(self, request: web.Request) -> web.Response:
        prompt_id = request.match_info["id"]
        found = self.history.get(prompt_id)
        return web.json_response({prompt_id: found} if found else {})

    async def _view(self, request: web.Request) -> web.Response:
        name = request.query["filename"]
        self.views[name] += 1
        return web.Response(body=self.files.get(name, picture()), content_type="image/png")
