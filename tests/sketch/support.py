"""Ways to talk to a sketch server and to keep what it says."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import WSMsgType
from PIL import Image

from studio.sketch.painter import Brief, Painting
from studio.sketch.pictures import noise
from studio.sketch.server import SketchServer

PATIENCE = 20.0
CHECKPOINTS = ("random_sd15.safetensors", "random_tiny.safetensors")


class TestPainter:
    """A picture that depends on the whole brief; counts how often it is asked."""

    __test__ = False

    def __init__(self) -> None:
        self.briefs: list[Brief] = []

    def paint(self, brief: Brief) -> Painting:
        self.briefs.append(brief)
        words = hash_of(f"{brief.prompt}|{brief.shot}|{brief.seed}")
        image = Image.fromarray(noise(words, 8, 8)[0]).resize((brief.width, brief.height))
        return Painting(image, None, "push_in")


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[-64:], "little") % 2**61


class Socket:
    """One socket to the server; `heard` is all it said, text as dicts, pictures as `Picture`-like dicts."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._task = asyncio.create_task(self._listen())
        self._more = asyncio.Condition()

    async def _listen(self) -> None:
        async for message in self.socket:
            if message.type == WSMsgType.TEXT:
                self.heard.append(message.json())
            elif message.type == WSMsgType.BINARY:
                self.heard.append(read_frame(message.data))
            async with self._more:
                self._more.notify_all()

    async def until(self, found: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first message from `after` on for which `found` holds."""

        def first() -> dict[str, Any] | None:
            return next((message for message in self.heard[after:] if found(message)), None)

        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: first() is not None)
        message = first()
        assert message is not None
        return message

    async def until_done(self, prompt_id: str) -> list[dict[str, Any]]:
        """What was heard up to the end of a prompt."""

        def done(message: dict[str, Any]) -> bool:
            data = message.get("data") or {}
            return (
                message["type"] == "executing" and data.get("node") is None and data["prompt_id"] == prompt_id
            )

        end = await self.until(done)
        return self.heard[: self.heard.index(end) + 1]

    async def say(self, message: dict[str, Any]) -> None:
        await self.socket.send_json(message)

    async def close(self) -> None:
        await self.socket.close()
        await self._task


def read_frame(frame: bytes) -> dict[str, Any]:
    kind = struct.unpack(">I", frame[:4])[0]
    number = struct.unpack(">I", frame[4:8])[0]
    if kind == 1:
        return {"type": "PREVIEW_IMAGE", "format": number, "image": frame[8:]}
    return {
        "type": "PREVIEW_IMAGE_WITH_METADATA",
        "metadata": json.loads(frame[8 : 8 + number]),
        "image": frame[8 + number :],
    }


class Sketch:
    """A running server and ways to talk to it."""

    def __init__(
        self, server: SketchServer, url: str, session: aiohttp.ClientSession, painter: TestPainter
    ) -> None:
        self.server = server
        self.url = url
        self.session = session
        self.painter = painter
        self.root = server.folders.root
        self.sockets: list[Socket] = []

    async def socket(self, client_id: str = "", flags: bool = False) -> Socket:
        """Connect and wait for the greeting."""
        query = f"?clientId={client_id}" if client_id else ""
        socket = Socket(await self.session.ws_connect(f"{self.url}/ws{query}", max_msg_size=0))
        self.sockets.append(socket)
        if flags:
            await socket.say({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
            await socket.until(lambda message: message["type"] == "feature_flags")
        await socket.until(lambda message: message["type"] == "status")
        return socket

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.session.get(f"{self.url}{path}", **options) as answer:
            return answer.status, await body_of(answer)

    async def post(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.url}{path}", **options) as answer:
            return answer.status, await body_of(answer)

    async def submit(self, graph: dict[str, Any], **body: Any) -> str:
        """Queue a graph that must be accepted; its id."""
        status, answer = await self.post("/prompt", json={"prompt": graph, **body})
        assert status == 200, answer
        return str(answer["prompt_id"])

    async def history(self, prompt_id: str) -> dict[str, Any]:
        """The history entry of a prompt that has ended."""
        _, history = await self.get(f"/history/{prompt_id}")
        return dict(history[prompt_id])

    async def run(self, graph: dict[str, Any], client_id: str = "tester", **body: Any) -> dict[str, Any]:
        """Run a graph to its end; its history entry."""
        socket = await self.socket(client_id)
        prompt_id = await self.submit(graph, client_id=client_id, **body)
        await socket.until_done(prompt_id)
        await socket.close()
        return await self.history(prompt_id)


async def body_of(answer: aiohttp.ClientResponse) -> Any:
    if answer.content_type == "application/json":
        return await answer.json()
    return await answer.read()


StartSketch = Callable[..., Awaitable[Sketch]]
