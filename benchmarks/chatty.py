"""Many ComfyUIs in one process, behind one port, that talk far more than a real one.

    python -m benchmarks.chatty COUNT EVENTS_A_SECOND SECONDS       prints its address when it is ready

Each has a path of its own: http://127.0.0.1:PORT/0 … A prompt runs for SECONDS and sends so many messages in
each of them, of both generations (`progress`, `progress_state`).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
import time
from typing import Any

from aiohttp import web
from PIL import Image

TICK = 0.02
"""Seconds between two bursts; a socket is written to no oftener by a real server either."""


class Chatty:
    """One of them."""

    def __init__(self, rate: float, seconds: float) -> None:
        self.rate, self.seconds = rate, seconds
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.history: dict[str, Any] = {}
        self.running: dict[str, Any] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/ws", self.ws)
        app.router.add_get("/system_stats", self.stats)
        app.router.add_get("/queue", self.queue)
        app.router.add_post("/prompt", self.prompt)
        app.router.add_get("/history/{id}", self.past)
        app.router.add_get("/view", self.view)
        return app

    async def ws(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[request.query["clientId"]] = socket
        async for _ in socket:
            pass
        return socket

    async def stats(self, request: web.Request) -> web.Response:
        return web.json_response({"system": {"comfyui_version": "0.3.64", "os": "posix"}, "devices": []})

    async def queue(self, request: web.Request) -> web.Response:
        running = [[0, id, graph, {}, []] for id, graph in self.running.items()]
        return web.json_response({"queue_running": running, "queue_pending": []})

    async def prompt(self, request: web.Request) -> web.Response:
        body = await request.json()
        id = body["prompt_id"]
        self.running[id] = body["prompt"]
        task = asyncio.create_task(self.render(id, body["client_id"]))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return web.json_response({"prompt_id": id, "number": 0, "node_errors": {}})

    async def past(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        return web.json_response({id: self.history[id]} if id in self.history else {})

    async def view(self, request: web.Request) -> web.Response:
        buffer = io.BytesIO()
        Image.new("RGB", (8, 8)).save(buffer, "PNG")
        return web.Response(body=buffer.getvalue(), content_type="image/png")

    async def render(self, id: str, client: str) -> None:
        total = round(self.rate * self.seconds)
        began, sent = time.monotonic(), 0
        await self.say(client, "execution_start", prompt_id=id)
        await self.say(client, "executing", prompt_id=id, node="1")
        while sent < total:
            due = min(total, round((time.monotonic() - began) * self.rate))
            for step in range(sent, due):
                if step % 2:
                    await self.say(client, "progress", prompt_id=id, node="1", value=step, max=total)
                else:
                    state = {"value": step, "max": total, "state": "running", "node_id": "1"}
                    await self.say(client, "progress_state", prompt_id=id, nodes={"1": state})
            sent = due
            await asyncio.sleep(TICK)
        images = {"images": [{"filename": "x.png", "subfolder": "", "type": "output"}]}
        await self.say(client, "executed", prompt_id=id, node="2", output=images)
        graph = self.running.pop(id)
        status = {"status_str": "success", "completed": True, "messages": []}
        self.history[id] = {"prompt": [0, id, graph, {}, []], "outputs": {"2": images}, "status": status}
        await self.say(client, "execution_success", prompt_id=id)
        await self.say(client, "executing", prompt_id=id, node=None)

    async def say(self, client: str, kind: str, **data: Any) -> None:
        with contextlib.suppress(ConnectionError, KeyError):
            await self.sockets[client].send_str(json.dumps({"type": kind, "data": data}))


async def main(count: int, rate: float, seconds: float) -> None:
    app = web.Application()
    for number in range(count):
        app.add_subapp(f"/{number}", Chatty(rate, seconds).app())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
