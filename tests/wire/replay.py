"""A server that plays a recording: real HTTP and a real socket on loopback, in a thread of its own.

Requests that change something (POST) are gates: frames that the real server sent after such a request are
sent after the client made the same request, in the recorded order and as fast as they can be read. Requests
that only look (GET) are answered with what was recorded for that moment. The recorded ids of prompts are
replaced by those the client chose; both are UUIDs, so every message keeps its length.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import struct
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web
from PIL import Image

from tests.wire.recording import Entry, Recording, client_of, file, files

PATIENCE = 20.0
"""Seconds that the player waits for the client's next request before it gives up."""

REBIRTH = 0.3
"""Seconds that a killed server stays away."""


class Replay:
    """Plays one recording once.

    Args:
        roles: Recorded client ids that real clients play, in the order in which they connect; the first one
            by default. What others did happens by itself.
    """

    def __init__(self, recording: Recording, *, roles: Sequence[str] = ()) -> None:
        self.recording = recording
        self.roles = list(roles) or recording.clients[:1]
        self.complaints: list[str] = []
        self.requests: list[tuple[str, str, Any]] = []
        self.first_messages: list[Any] = []
        self._entries = recording.entries
        self._position = 0
        self._moved = asyncio.Event()
        self._ids: dict[str, str] = {}  # recorded → the client's
        self._actors: dict[str, str] = {}  # the client's own client id → role
        self._sockets: dict[str, web.WebSocketResponse] = {}  # role → its open socket
        self._conns: dict[str, str] = {}  # role → the recorded connection that its socket plays
        self.opened: Counter[str] = Counter()  # sockets that each role opened
        self._due: Counter[str] = Counter()
        self._passed: set[int] = set()  # gates that the client went through
        self._graphs: dict[str, tuple[float, dict[str, Any]]] = {}
        self._thread = threading.Thread(target=self._serve, name=f"replay {recording.name}", daemon=True)
        self._ready = threading.Event()
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        if kind is None:
            assert not self.complaints, self.complaints

    @property
    def finished(self) -> bool:
        """Whether all of the recording was played."""
        return self._position >= len(self._entries)

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        for prefix in ("", "/api"):
            app.router.add_get(f"{prefix}/ws", self._on_socket)
            app.router.add_route("*", f"{prefix}/{{path:.*}}", self._on_request)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handle_signals=False)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._ready.set()
        player = asyncio.create_task(self._play())
        await self._end.wait()
        player.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await player
        await self._runner.cleanup()

    async def _play(self) -> None:
        for number, entry in enumerate(self._entries):
            self._position = number
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._step(number, entry)
            except TimeoutError:
                self.complaints.append(f"the client never did {_short(entry)}")
                return
            except ConnectionError:  # a client may hang up when it has what it wants
                pass
        self._position = len(self._entries)

    async def _step(self, number: int, entry: Entry) -> None:
        channel = entry["channel"]
        if channel == "http-request" and entry["method"] == "POST" and self._is_played(entry):
            await self._wait_until(lambda: number in self._passed)
        elif channel == "ws-open" and client_of(entry) in self.roles:
            role = client_of(entry)
            self._due[role] += 1
            await self._wait_until(lambda: self.opened[role] >= self._due[role])
            self._conns[role] = entry["conn"]
        elif channel in ("ws-text", "ws-binary"):
            socket = self._sockets.get(self._role_of(entry["conn"]))
            self._position = number + 1  # what comes after this frame is true when the client reads it
            if socket is not None and channel == "ws-text":
                await socket.send_str(self._mapped(json.dumps(entry["data"])))
            elif socket is not None:
                await socket.send_bytes(self._frame(entry))
        elif channel == "ws-close" and self._opens_again(number, entry["conn"]):
            await self._drop(self._role_of(entry["conn"]), "normal" not in entry.get("how", ""))
        elif channel == "comment" and entry["text"].startswith("SIGKILL"):
            await self._die()

    async def _wait_until(self, condition: Any) -> None:
        while not condition():
            self._moved.clear()
            await self._moved.wait()

    def _is_played(self, entry: Entry) -> bool:
        client = entry.get("client")
        return client is None or self._role_of(client) in self.roles

    def _role_of(self, conn: str) -> str:
        return dict(self.recording.roles).get(conn, conn)

    def _opens_again(self, number: int, conn: str) -> bool:
        role = self._role_of(conn)
        later = self._entries[number + 1 :]
        return (
            role in self._sockets
            and self._conns.get(role) == conn
            and any(e["channel"] == "ws-open" and client_of(e) == role for e in later)
        )

    async def _drop(self, role: str, hard: bool) -> None:
        socket = self._sockets.pop(role)
        if hard and socket._req is not None and socket._req.transport is not None:
            socket._req.transport.abort()
        else:
            await socket.close()

    async def _die(self) -> None:
        """As SIGKILL looks from outside: connections reset, then refused; a new server after a while."""
        await self._site.stop()
        for role in list(self._sockets):
            await self._drop(role, hard=True)
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()
        self._ids.clear()
        self._graphs.clear()

        async def rise() -> None:
            await asyncio.sleep(REBIRTH)
            self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
            await self._site.start()

        self._rising = asyncio.create_task(rise())

    async def _on_socket(self, request: web.Request) -> web.StreamResponse:
        client = request.query.get("clientId", "")
        if client not in self._actors:
            free = [role for role in self.roles if role not in self._actors.values()]
            if not free:
                self.complaints.append(f"a client too many: {client}")
                return web.Response(status=403)
            self._actors[client] = free[0]
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        role = self._actors[client]
        if role in self._sockets and not self._sockets[role].closed:
            self.complaints.append("a second socket was opened before the first was closed")
        self._sockets[role] = socket
        self.opened[role] += 1
        self._moved.set()
        first = True
        async for message in socket:
            if message.type == WSMsgType.TEXT and first:
                self.first_messages.append(json.loads(message.data))
                first = False
        return socket

    async def _on_request(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api")
        if request.method == "POST":
            return await self._on_post(path, request)
        self.requests.append((request.method, request.path_qs, None))
        found = self._recorded_get(request.method, path, request)
        if found is not None:
            return self._answer(found)
        if path.startswith("/history/"):
            return web.json_response(self._history(path.removeprefix("/history/")))
        if path == "/queue":
            return web.json_response(self._queue())
        if path == "/system_stats":
            return web.json_response(_stats())
        if path == "/view":
            return _stand_in(request.query.get("filename", ""))
        return web.Response(status=404)

    async def _on_post(self, path: str, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        self.requests.append(("POST", path, body))
        for number, entry in enumerate(self._entries):
            if number in self._passed or not self._is_gate(entry, path, body):
                continue
            answer = self.recording.response(entry["id"])
            if path == "/prompt" and answer["status"] == 200:
                theirs = answer["body"]["prompt_id"]
                self._ids[theirs] = body["prompt_id"]
                self._graphs[theirs] = (answer["body"]["number"], body["prompt"])
            self._passed.add(number)
            self._moved.set()
            return self._answer(answer)
        if path == "/prompt":
            self.complaints.append("the client sent a graph that is not in the recording, or sent one twice")
            return web.Response(status=599)
        return web.Response()  # ComfyUI says 200 to every interrupt and every deletion

    def _is_gate(self, entry: Entry, path: str, body: Any) -> bool:
        if entry["channel"] != "http-request" or entry["method"] != "POST" or not self._is_played(entry):
            return False
        same_route = entry["path"].removeprefix("/api") == path
        return same_route and (path != "/prompt" or (entry.get("body") or {}).get("prompt") == body["prompt"])

    def _recorded_get(self, method: str, path: str, request: web.Request) -> Entry | None:
        """The newest recorded answer that was true by now; of what never changes, any."""
        wanted = self._unmapped(path)
        changes = path.startswith(("/queue", "/history", "/prompt"))
        found: Entry | None = None
        for number, entry in enumerate(self._entries):
            if entry["channel"] != "http-request" or entry["method"] not in (method, "GET"):
                continue
            route, _, query = entry["path"].partition("?")
            same = route.removeprefix("/api") == wanted and _same_query(query, request.query)
            if same and (number <= self._position or not changes):
                answers = (
                    e for e in self._entries if e["channel"] == "http-response" and e["id"] == entry["id"]
                )
                found = next(answers, found)
        return found

    def _history(self, prompt_id: str) -> dict[str, Any]:
        """What the server held for a prompt whose history nobody asked for, put together from the frames."""
        theirs = self._unmapped(prompt_id)
        frames = [
            entry["data"]
            for entry in self._entries[: self._position]
            if entry["channel"] == "ws-text" and (entry["data"].get("data") or {}).get("prompt_id") == theirs
        ]
        ended = any(frame["type"] == "executing" and frame["data"]["node"] is None for frame in frames)
        if not ended or theirs not in self._graphs:
            return {}
        number, graph = self._graphs[theirs]
        outputs = {f["data"]["node"]: f["data"]["output"] for f in frames if f["type"] == "executed"}
        messages = [[f["type"], f["data"]] for f in frames if f["type"].startswith("execution_")]
        good = messages[-1][0] == "execution_success"
        status = {"status_str": "success" if good else "error", "completed": good, "messages": messages}
        entry = {"prompt": [number, theirs, graph, {}, list(outputs)], "outputs": outputs, "status": status}
        mapped: dict[str, Any] = json.loads(self._mapped(json.dumps({theirs: entry})))
        return mapped

    def _queue(self) -> dict[str, Any]:
        open_ones = [
            [number, self._ids[theirs], graph, {}, []]
            for theirs, (number, graph) in self._graphs.items()
            if theirs in self._ids and not self._history(self._ids[theirs])
        ]
        return {"queue_running": open_ones[:1], "queue_pending": open_ones[1:]}

    def _answer(self, entry: Entry) -> web.Response:
        headers = {"Content-Type": entry["headers"].get("content-type", "")} if entry["headers"] else {}
        headers = {key: value for key, value in headers.items() if value}
        if "body" in entry:
            data = self._mapped(json.dumps(entry["body"])).encode()
        elif "body_binary" in entry:
            found = files().get(entry["body_binary"]["sha256"])
            if found is None:
                name = entry["headers"].get("content-disposition", "").partition('"')[2].rstrip('"')
                return _stand_in(name)
            data = found
        else:
            data = entry.get("body_text", "").encode()
        return web.Response(status=entry["status"], body=data, headers=headers)

    def _frame(self, entry: Entry) -> bytes:
        """A recorded frame; of most there is only a digest, and they get the image of the one kept whole."""
        whole = files().get(entry["sha256"])
        if entry["event_type"] == 1:
            return whole or file("ws_frame_PREVIEW_IMAGE.bin")
        kept = file("ws_frame_PREVIEW_IMAGE_WITH_METADATA.bin")
        image = kept[8 + struct.unpack_from(">I", kept, 4)[0] :]
        header = self._mapped(json.dumps(entry["metadata"])).encode()
        return struct.pack(">II", 4, len(header)) + header + image

    def _mapped(self, text: str) -> str:
        for theirs, ours in self._ids.items():
            text = text.replace(theirs, ours)
        return text

    def _unmapped(self, text: str) -> str:
        for theirs, ours in self._ids.items():
            text = text.replace(ours, theirs)
        return text


async def _body(request: web.Request) -> Any:
    if request.content_type.startswith("multipart/"):
        form: dict[str, Any] = {}
        async for part in await request.multipart():
            data = await part.read()
            if part.filename:
                form[part.name] = {"filename": part.filename, "sha256": hashlib.sha256(data).hexdigest()}
            else:
                form[part.name] = data.decode()
        return form
    text = await request.text()
    return json.loads(text) if text else None


def _same_query(recorded: str, asked: Mapping[str, str]) -> bool:
    """Whether two queries ask the same; an empty value is as good as none."""
    pairs = {key: value for key, value in parse_qsl(recorded) if value}
    return pairs == {key: value for key, value in asked.items() if value}


def _stats() -> Any:
    recording = Recording.load("o")
    asked = next(e for e in recording.entries if e.get("path") == "/system_stats")
    return recording.response(asked["id"])["body"]


def _stand_in(name: str) -> web.Response:
    """A whole file for one whose bytes were not kept in the recording."""
    suffix = name.rpartition(".")[2]
    if suffix in ("png", "webp"):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 48), (51, 102, 170)).save(buffer, suffix)
        return web.Response(body=buffer.getvalue(), content_type=f"image/{suffix}")
    kept = {"mp4": "shot_00003_.mp4", "flac": "a_00009_.flac", "webm": "webm_00003_.webm"}.get(suffix)
    return web.Response(body=file(kept)) if kept else web.Response(status=404)


def _short(entry: Entry) -> str:
    return f"{entry['channel']} {entry.get('method', '')} {entry.get('path', '')}"
