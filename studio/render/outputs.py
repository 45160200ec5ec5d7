"""What a prompt made: found in its outputs, fetched, and checked before anybody gets it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import BackendProtocolError, OutputError, StorageError
from studio.media import check_media, kind_of_name
from studio.render.threads import in_thread
from studio.render.transport import CutShort

if TYPE_CHECKING:
    from studio.render.client import ComfyClient

Kind = Literal["image", "video", "audio", "latent", "text", "file"]

_BY_NAME: dict[str | None, Kind] = {"image": "image", "video": "video", "audio": "audio"}
_BY_KEY: dict[str, Kind] = {"images": "image", "gifs": "video", "videos": "video", "audio": "audio"}


class Ref(NamedTuple):
    """Where an output lies on the backend; a text has no file and is here whole."""

    node: str
    key: str  # images, audio, gifs, …
    filename: str
    subfolder: str = ""
    type: str = "output"  # output, temp, input
    text: str = ""

    @property
    def kind(self) -> Kind:
        """By the file's name, as a video may be listed under `images`; else by the list it stood in."""
        if not self.filename:
            return "text"
        if self.filename.lower().endswith(".latent"):
            return "latent"
        return _BY_NAME.get(kind_of_name(self.filename)) or _BY_KEY.get(self.key, "file")


class Output(BaseModel):
    """One thing that a prompt made, whole and checked."""

    model_config = ConfigDict(frozen=True)

    node: str  # node id
    kind: Kind
    filename: str = ""  # as the backend named it; empty for a text
    subfolder: str = ""
    type: str = "output"  # "temp" for a preview node's
    data: bytes = Field(default=b"", repr=False)
    path: Path | None = None  # the take that it became; then `data` is no longer held

    def read(self) -> bytes:
        """Its bytes, from the take if it became one (which has our own chunk besides).

        Raises:
            StorageError: the take can't be read.
        """
        if self.path is None:
            return self.data
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise StorageError(
                f"can't read ({error.strerror or error})", path=self.path, hint="Is the take still there?"
            ) from error

    @property
    def text(self) -> str:
        """A text output's words."""
        return self.data.decode("utf-8", "replace") if self.kind == "text" else ""

    @property
    def suffix(self) -> str:
        """Of the file, lower case and with its dot; empty for a text."""
        return PurePosixPath(self.filename).suffix.lower()


def find_outputs(outputs: Any) -> list[Ref]:
    """All files and texts in `/history`'s `outputs`, `{node: {key: [...]}}`, in the order of the nodes' ids.

    Any list of objects with a `filename` counts, whatever its key: custom nodes have `gifs`, `videos` and
    more. A file that is named twice is there once.
    """
    refs: dict[Ref, None] = {}
    if isinstance(outputs, dict):
        for node in sorted(outputs, key=_natural):
            refs.update(dict.fromkeys(find_in_node(str(node), outputs[node])))
    return list(refs)


def find_in_node(node: str, output: Any) -> list[Ref]:
    """The files and texts of one node's output, as `executed` carries it."""
    refs = []
    for key, values in output.items() if isinstance(output, dict) else ():
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict) and isinstance(value.get("filename"), str) and value["filename"]:
                refs.append(
                    Ref(
                        node=node,
                        key=str(key),
                        filename=value["filename"],
                        subfolder=_string(value.get("subfolder"), ""),
                        type=_string(value.get("type"), "output"),
                    )
                )
            elif key == "text" and isinstance(value, str):
                refs.append(Ref(node=node, key="text", filename="", text=value))
    return refs


async def fetch(client: ComfyClient, ref: Ref) -> Output:
    """Download one output and check it; a damaged one is fetched once more.

    Raises:
        OutputError: damaged twice, or the backend has it no more.
        BackendUnreachable: the backend went away.
    """
    if not ref.filename:
        return Output(node=ref.node, kind="text", type=ref.type, data=ref.text.encode("utf-8", "replace"))
    try:
        data = await _fetch_checked(client, ref)
    except (OutputError, CutShort):
        await asyncio.sleep(client.timing.retry)
        try:
            data = await _fetch_checked(client, ref)
        except CutShort as error:
            raise OutputError(
                f"{ref.filename} breaks off when it is fetched",
                where=client.url,
                hint="Is the disk of the backend full, or a proxy before it in the way?",
            ) from error
    return Output(
        node=ref.node, kind=ref.kind, filename=ref.filename, subfolder=ref.subfolder, type=ref.type, data=data
    )


async def fetch_all(client: ComfyClient, refs: Iterable[Ref]) -> list[Output]:
    """All outputs, one after another so that previews and other jobs are not starved."""
    return [await fetch(client, ref) for ref in refs]


async def _fetch_checked(client: ComfyClient, ref: Ref) -> bytes:
    try:
        answer = await client.view(ref.filename, subfolder=ref.subfolder, type=ref.type)
    except BackendProtocolError as error:
        raise OutputError(
            f"{ref.filename} can't be fetched: {error.message}",
            where=client.url,
            hint="Was it moved or deleted there?",
        ) from error
    if answer.length is not None and answer.length != len(answer.data):
        raise _damaged(ref, client.url, f"{len(answer.data)} of {answer.length} bytes came")
    await in_thread(check, ref, answer.data, client.url)
    return answer.data


def check(ref: Ref, data: bytes, where: str = "") -> None:
    """Whether the bytes are whole; a file of a kind that nobody here knows only has to be there.

    Raises:
        OutputError: they are not.
    """
    if data and kind_of_name(ref.filename) is None:
        return
    try:
        check_media(data, ref.filename)
    except OutputError as error:
        raise _damaged(ref, where, error.message) from error


def _damaged(ref: Ref, where: str, why: str) -> OutputError:
    return OutputError(
        f"{ref.filename} (node {ref.node}) is damaged: {why}",
        where=where,
        hint="Render again; if it stays so, look at the backend's disk.",
    )


def _string(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _natural(node: Any) -> tuple[int, int, str]:
    """Node ids are numbers more often than not: 9 before 10."""
    text = str(node)
    return (0, int(text), text) if text.isdecimal() and len(text) < 18 else (1, 0, text)
