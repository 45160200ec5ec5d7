"""The sockets: who listens, and what is sent to whom.

Kept as ComfyUI keeps it (recordings `m_ws_reconnect`, `n_two_clients`), its oddity included: a newer socket
takes a client id over, and when the older one closes the newer hears nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

FEATURES: dict[str, Any] = {"supports_preview_metadata": True, "max_upload_size": 100 * 1024 * 1024}
PREVIEW, PREVIEW_WITH_METADATA = 1, 4
JPEG = 1
BACKLOG = 5000  # messages that a socket may lag behind before it is cut off


@dataclass(eq=False)
class Listener:
    """One socket and the messages on their way to it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    outbox: asyncio.Queue[str | bytes] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    flags: dict[str, Any] = field(default_factory=dict)


class Hub:
    """All sockets by client id; `send` and `preview` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[str, Listener] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self.client_id: str | None = None  # of the prompt now running
        self.node: str | None = None  # now running
        self.queue_status: dict[str, Any] = {"exec_info": {"queue_remaining": 0}}

    def open(self) -> None:
        """Attach to the running event loop."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Close every socket."""
        for listener in list(self._listeners.values()):
            await listener.socket.close()

    def send(self, event: str, data: Any, client_id: str | None) -> None:
        """Send a message to one client, or to all when `client_id` is None."""
        self._post(json.dumps({"type": event, "data": data}), client_id)

    def status(self, remaining: int) -> None:
        """Tell everybody how many prompts wait or run."""
        self.queue_status = {"exec_info": {"queue_remaining": remaining}}
        self.send("status", {"status": self.queue_status}, None)

    def wants_previews(self, client_id: str | None) -> bool:
        """Whether anybody would see a preview."""
        with self._lock:
            return bool(self._listeners) if client_id is None else client_id in self._listeners

    def understands_metadata(self, client_id: str | None) -> bool:
        """Whether a client asked for previews with metadata."""
        with self._lock:
            listener = self._listeners.get(client_id or "")
        return bool(listener and listener.flags.get("supports_preview_metadata"))

    def preview(self, jpeg: bytes, metadata: dict[str, Any] | None, client_id: str | None) -> None:
        """Send a picture, with metadata in the form of type 4, without in the form of type 1."""
        if metadata is None:
            frame = struct.pack(">II", PREVIEW, JPEG) + jpeg
        else:
            header = json.dumps({**metadata, "image_type": "image/jpeg"}).encode()
            frame = struct.pack(">II", PREVIEW_WITH_METADATA, len(header)) + header + jpeg
        self._post(frame, client_id)

    def _post(self, message: str | bytes, client_id: str | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop closed in between: nobody listens any more
                self._loop.call_soon_threadsafe(self._spread, message, client_id)

    def _spread(self, message: str | bytes, client_id: str | None) -> None:
        if client_id is None:
            listeners = list(self._listeners.values())
        else:
            listeners = [self._listeners[client_id]] if client_id in self._listeners else []
        for listener in listeners:
            try:
                listener.outbox.put_nowait(message)
            except asyncio.QueueFull:  # it reads nothing: cut it off, it will find all in the history
                if listener.transport is not None:
                    listener.transport.abort()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """`GET /ws`: hold one socket until it closes."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client_id = request.query.get("clientId", "") or uuid.uuid4().hex
        listener = Listener(socket, request.transport)
        with self._lock:
            self._listeners[client_id] = listener
        self._greet(listener, client_id)
        writer = asyncio.create_task(_write(listener))
        try:
            await self._read(listener)
        finally:
            with self._lock:
                self._listeners.pop(client_id, None)
            writer.cancel()
        return socket

    def _greet(self, listener: Listener, client_id: str) -> None:
        greeting = {"status": self.queue_status, "sid": client_id}
        listener.outbox.put_nowait(json.dumps({"type": "status", "data": greeting}))
        if self.client_id == client_id and self.node is not None:
            listener.outbox.put_nowait(json.dumps({"type": "executing", "data": {"node": self.node}}))

    async def _read(self, listener: Listener) -> None:
        first = True
        async for message in listener.socket:
            if message.type == WSMsgType.TEXT and first:
                flags = _feature_flags(message.data)
                if flags is not None:
                    listener.flags = flags
                    answer = {"type": "feature_flags", "data": FEATURES}
                    listener.outbox.put_nowait(json.dumps(answer))
            first = False


async def _write(listener: Listener) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        while True:
            message = await listener.outbox.get()
            if isinstance(message, str):
                await listener.socket.send_str(message)
            else:
                await listener.socket.send_bytes(message)


def _feature_flags(text: str) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    if not isinstance(message, dict) or message.get("type") != "feature_flags":
        return None
    flags = message.get("data")
    return flags if isinstance(flags, dict) else {}
