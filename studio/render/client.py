"""One ComfyUI server as an object: its routes, its socket, its words.

async with ComfyClient("http://127.0.0.1:8188") as comfy:
    stats = await comfy.system_stats()
    ending = await Prompt(comfy, graph, new_prompt_id()).run()   # studio.render.follow
"""

from __future__ import annotations

import hashlib
import mimetypes
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from studio.errors import BackendProtocolError, JobRejected, NotComfyUI, StorageError
from studio.render.address import Address
from studio.render.socket import EventSocket, Subscription
from studio.render.threads import in_thread
from studio.render.timing import DEFAULT_TIMING, Timing
from studio.render.transport import Answer, Garbled, Transport
from studio.render.wire import (
    Graph,
    HistoryEntry,
    Problem,
    Queue,
    Queued,
    SystemStats,
    Uploaded,
    read,
    read_problems,
    read_queue,
)

UPLOAD_FOLDER = "studio"
"""Subfolder of the backend's input folder for what we upload."""


def new_prompt_id() -> str:
    """An id of our own, which newer servers want as a canonical lowercase UUID."""
    return str(uuid.uuid4())


def upload_name(data: bytes, suffix: str) -> str:
    """The name on any backend of a file with these bytes: same bytes, same name; other bytes, another one."""
    return f"{hashlib.sha256(data).hexdigest()[:32]}{suffix.lower()}"


class ComfyClient:
    """A connection to one server, for one event loop.

    Args:
        url: `http://127.0.0.1:8188`, `https://user:password@host/prefix`; shown without credentials.
        headers: Sent with every request and with the socket's opening, such as a proxy's token.
        client_id: The server sends a job's events to the socket of this id; a fresh one by default.

    Every method raises `BackendUnreachable`, `NotComfyUI` or `BackendProtocolError`.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        client_id: str | None = None,
        timing: Timing = DEFAULT_TIMING,
    ) -> None:
        self.address = Address.parse(url, headers)
        self.url = str(self.address)
        self.client_id = client_id or uuid.uuid4().hex
        self.timing = timing
        self._http = Transport(self.address, timing)
        self.socket = EventSocket(self.address, self.client_id, timing)
        self._uploaded: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the socket and all connections."""
        await self.socket.aclose()
        await self._http.aclose()

    def subscribe(self, prompt_id: str | None = None) -> Subscription:
        """Events of one prompt, or all of them; begin before the prompt is queued."""
        return self.socket.subscribe(prompt_id)

    async def check(self) -> SystemStats:
        """Whether ComfyUI is there; what it says of itself.

        Raises:
            BackendUnreachable: nothing answers.
            NotComfyUI: something else answers.
        """
        try:
            stats = await self._http.get_json("/system_stats")
        except BackendProtocolError as error:
            if "status 404" in error.message or "status 405" in error.message:
                raise _not_comfyui(self.url) from error
            raise
        if not isinstance(stats, dict) or not isinstance(stats.get("system"), dict):
            raise _not_comfyui(self.url)
        return read(SystemStats, stats, what="/system_stats", backend=self.url)

    system_stats = check

    async def queue_prompt(
        self,
        graph: Graph,
        *,
        prompt_id: str | None = None,
        extra_data: Mapping[str, Any] | None = None,
        front: bool = False,
        number: float | None = None,
    ) -> Queued:
        """Put a graph into the queue, once. Sent twice it would run twice: ask before trying again.

        Args:
            prompt_id: Ours; write it down before calling. A fresh one by default.
            extra_data: Kept with the prompt; `extra_pnginfo` in it goes into files.
            front: Before all that waits.
            number: The place itself; lower runs earlier.

        Raises:
            JobRejected: the server's validation; `.problems` names node, input and reason.
            NeverSent: a `BackendUnreachable` after which the prompt is surely not queued.
        """
        wanted = prompt_id or new_prompt_id()
        body: dict[str, Any] = {"prompt": graph, "client_id": self.client_id, "prompt_id": wanted}
        if extra_data:
            body["extra_data"] = dict(extra_data)
        if front:
            body["front"] = True
        if number is not None:
            body["number"] = number
        status, answer = await self._http.post_once("/prompt", body)
        if status == 400:
            raise rejection(answer, graph, job=wanted, backend=self.url)
        try:
            return read(Queued, answer, what="/prompt", backend=self.url)
        except BackendProtocolError as error:
            raise Garbled(error.message, backend=self.url, hint=error.hint) from error

    async def queue(self) -> Queue:
        """What runs and what waits, everybody's, in the order of running."""
        return read_queue(await self._http.get_json("/queue"), backend=self.url)

    async def delete(self, prompt_ids: Iterable[str]) -> None:
        """Take prompts out of the queue. One that runs already is not touched, and no event follows."""
        await self._http.post_json("/queue", {"delete": list(prompt_ids)})

    async def interrupt(self, prompt_id: str) -> None:
        """Stop this prompt if it is the one that runs; it ends after its current step.

        There is no form without an id: that would stop whoever runs. Old servers ignore the id and do just
            that, so ask `queue()` first, as `follow` does.
        """
        await self._http.post_json("/interrupt", {"prompt_id": prompt_id})

    async def history(self, prompt_id: str) -> HistoryEntry | None:
        """How a prompt ended; None while it has not, or if the server does not know it (any more)."""
        found = await self._http.get_json(f"/history/{quote(prompt_id, safe='')}")
        if not isinstance(found, dict):
            raise BackendProtocolError("the answer to /history makes no sense", backend=self.url)
        entry = found.get(prompt_id)
        return None if entry is None else read(HistoryEntry, entry, what="/history", backend=self.url)

    async def histories(self, newest: int) -> dict[str, HistoryEntry]:
        """The newest ended prompts, everybody's, oldest first."""
        found = await self._http.get_json("/history", {"max_items": str(max(0, newest))})
        if not isinstance(found, dict):
            raise BackendProtocolError("the answer to /history makes no sense", backend=self.url)
        return {
            str(prompt_id): read(HistoryEntry, entry, what="/history", backend=self.url)
            for prompt_id, entry in found.items()
        }

    async def forget(self, prompt_ids: Iterable[str]) -> None:
        """Take prompts out of the history; their files stay."""
        await self._http.post_json("/history", {"delete": list(prompt_ids)})

    async def free(self, *, unload_models: bool = True, free_memory: bool = True) -> None:
        """Give memory back; done before the next prompt."""
        await self._http.post_json("/free", {"unload_models": unload_models, "free_memory": free_memory})

    async def features(self) -> dict[str, Any]:
        """What the server can do; older ones have no such route."""
        found = await self._http.get_json("/features")
        return found if isinstance(found, dict) else {}

    async def object_info(self, node_class: str | None = None) -> dict[str, Any]:
        """Node classes with their inputs and allowed values; `{}` for one that the server has not."""
        path = f"/object_info/{quote(node_class, safe='')}" if node_class else "/object_info"
        found = await self._http.get_json(path)
        if not isinstance(found, dict):
            raise BackendProtocolError(f"the answer to {path} makes no sense", backend=self.url)
        return found

    async def model_header(self, folder: str, name: str) -> dict[str, Any]:
        """What the header of a safetensors file says (`/view_metadata`); servers have it for files with one.

        Raises:
            BackendError: there is no such file or header, or nothing answers.
        """
        found = await self._http.get_json(f"/view_metadata/{quote(folder, safe='')}", {"filename": name})
        return found if isinstance(found, dict) else {}

    async def view(self, filename: str, *, subfolder: str = "", type: str = "output") -> Answer:
        """A file, whole and as it lies there."""
        return await self._http.get_bytes(
            "/view", {"filename": filename, "subfolder": subfolder, "type": type}
        )

    async def upload(self, file: Path | bytes, *, suffix: str = ".png") -> str:
        """Put an image (or any file) into the input folder, named by its content.

        Returns:
            What a graph's LoadImage takes: the server's name, with the subfolder.

        Raises:
            StorageError: the local file can't be read.
        """
        if isinstance(file, Path):
            suffix = file.suffix
            try:
                data = await in_thread(file.read_bytes)
            except OSError as error:
                raise StorageError(
                    f"can't read ({error.strerror or error})", path=file, hint="Is the image still there?"
                ) from error
        else:
            data = file
        name = upload_name(data, suffix)
        known = self._uploaded.get(name)
        if known is not None and await self._holds(known, len(data)):
            return known
        answer = await self._http.post_form(
            "/upload/image",
            fields={"subfolder": UPLOAD_FOLDER, "type": "input"},
            file=(name, data, mimetypes.guess_type(name)[0] or "application/octet-stream"),
        )
        path = read(Uploaded, answer, what="/upload/image", backend=self.url).path.replace("\\", "/")
        self._uploaded[name] = path
        return path

    async def _holds(self, path: str, size: int) -> bool:
        """Whether an earlier upload still lies there; people empty input folders."""
        folder, _, name = path.rpartition("/")
        length = await self._http.length("/view", {"filename": name, "subfolder": folder, "type": "input"})
        return length == size


def rejection(answer: Any, graph: Graph, *, job: str, backend: str, outputs: Any = ()) -> JobRejected:
    """The server's validation in a person's words."""
    headline, problems = read_problems(answer, graph)
    shown = "; ".join(_line(problem) for problem in problems[:3])
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return JobRejected(
        f"{headline}: {shown}{more}" if shown else headline,
        problems=problems,
        job=job,
        backend=backend,
        outputs=outputs,
        hint="Mend these inputs, or choose a backend that has what they name." if problems else "",
    )


def _line(problem: Problem) -> str:
    place = f"node {problem.node}" + (f" {problem.input}" if problem.input else "")
    return f"{place}: {problem.message}"


def _not_comfyui(url: str) -> NotComfyUI:
    return NotComfyUI(
        "something answers there, but it is not ComfyUI", backend=url, hint="Check the port and the path."
    )
