"""Files of projects as they are: takes, prints, sheets; in ranges, so that a film can be seeked."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from studio.errors import StudioError
from studio.media import sniff
from studio.server.endpoint import Room, StudioHandler, user_of
from studio.server.refusal import Refusal, of_error, refused
from studio.server.roots import SETTINGS_FILE

FILES = "/studio/files"

PIECE = 256 * 1024
"""Bytes that are read and sent at a time."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_OWN = {".toml": "text/plain", ".fountain": "text/plain", ".otio": "application/json", ".csv": "text/csv"}
_SECRETIVE = frozenset({SETTINGS_FILE, "roles.toml"})
"""What says where a project renders and who may what; never served."""

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"


def url_of(project: str, path: str) -> str:
    """Where a file of a project is served, from the server's base on.

    Args:
        project: Its address.
        path: From its folder on.
    """
    return quote("/".join(part for part in (FILES.strip("/"), project, path) if part))


@dataclass
class Served:
    """An open file, and what is told of it."""

    file: IO[bytes]
    size: int
    tag: str
    mime: str
    name: str

    @property
    def sandboxed(self) -> bool:
        """Whether a browser might run something that stands in it."""
        kind = self.mime.partition("/")[0]
        return self.mime == "image/svg+xml" or not (
            kind in ("image", "video", "audio") or self.mime in ("application/pdf", "text/plain")
        )


def open_file(room: Room, address: str, user: str) -> Served:
    """The file of that address, if it lies in a project and is neither hidden nor behind a link.

    Raises:
        NotAllowed: that place is not open to who asks.
        Refusal: there is no such file to be served.
        UnsafeName: the address leads out.
    """
    roots = room.shelf.roots
    place = roots.place(address)
    room.access(user).require_place(place)
    missing = refused(404, "no such file in a project", where=address)
    if place.name in _SECRETIVE or roots.project_of(place.parent) is None:
        raise missing
    try:
        file = os.fdopen(os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")
    except (OSError, ValueError) as error:
        raise missing from error
    try:
        seen = os.fstat(file.fileno())
        if not os.path.isfile(place):  # noqa: PTH113
            raise missing
        mime = _mime(file.read(512), place)
    except OSError as error:
        file.close()
        raise missing from error
    except Refusal:
        file.close()
        raise
    return Served(file, seen.st_size, f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"', mime, place.name)


def part_of(header: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes that a `Range` header asks for; None: all, also if it makes no sense.

    Raises:
        Refusal: there is no such part (416).
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        count = min(int(last), size)
        if count:
            return size - count, count
    elif not last or int(last) >= int(first):
        start = int(first)
        if start < size:
            return start, min(int(last) if last else size - 1, size - 1) - start + 1
    else:
        return None
    raise refused(416, "the file has no such part", where=header[:100], hint=f"It has {size} bytes.")


def _mime(head: bytes, place: Path) -> str:
    media = sniff(head, place.name)
    if media is not None and media.kind in ("image", "video", "audio"):
        return media.mime
    return _OWN.get(place.suffix.lower()) or mimetypes.guess_type(place.name)[0] or "application/octet-stream"


class FileHandler(StudioHandler):
    """`GET studio/files/<project>/<path>`."""

    def methods(self) -> list[str]:
        """What this address can be asked for."""
        return ["GET", "HEAD", "OPTIONS"]

    @web.authenticated
    @authorized
    async def get(self, address: str) -> None:
        """The file, or a part of it."""
        await self._serve(address, body=True)

    @web.authenticated
    @authorized
    async def head(self, address: str) -> None:
        """What would be sent."""
        await self._serve(address, body=False)

    def compute_etag(self) -> str | None:
        """It is set by hand: tornado would hash what is sent."""
        return None

    async def _serve(self, address: str, *, body: bool) -> None:
        self.check_xsrf_cookie()  # of a GET it looks where it comes from: no other site shows our takes
        loop, workers = asyncio.get_running_loop(), self.room.workers
        served: Served | None = None
        try:
            served = await loop.run_in_executor(workers, open_file, self.room, address, user_of(self))
            self._tell(served)
            if self._known(served):
                self.set_status(304)
                self.finish(set_content_type=served.mime)
                return
            start, count = self._part(served)
            self.set_header("Content-Length", count)
            if body:
                await loop.run_in_executor(workers, served.file.seek, start)
                while count:
                    data = await loop.run_in_executor(workers, served.file.read, min(PIECE, count))
                    if not data:  # it became shorter; the client sees that the length is not reached
                        break
                    count -= len(data)
                    self.write(data)
                    await self.flush()
            self.finish(set_content_type=served.mime)
        except Refusal as refusal:
            self.refuse(refusal)
        except StudioError as error:
            self.refuse(of_error(error, self.room.shelf.roots))
        except StreamClosedError:
            return  # the page has what it wanted, or is gone
        finally:
            if served is not None:
                served.file.close()

    def _tell(self, served: Served) -> None:
        self.set_header("Content-Type", served.mime)
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", served.tag)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("X-Content-Type-Options", "nosniff")
        if served.sandboxed:
            self.set_header("Content-Security-Policy", _SANDBOX)
        kind = "attachment" if self.get_query_argument("download", "") else "inline"
        self.set_header("Content-Disposition", f"{kind}; filename*=UTF-8''{quote(served.name, safe='')}")

    def _known(self, served: Served) -> bool:
        """Whether the browser has this very file already."""
        tags = self.request.headers.get("If-None-Match", "")
        return tags.strip() == "*" or served.tag in [
            tag.strip().removeprefix("W/") for tag in tags.split(",")
        ]

    def _part(self, served: Served) -> tuple[int, int]:
        """First byte and count of what is sent; sets the status."""
        wanted = self.request.headers.get("Range", "")
        if self.request.headers.get("If-Range", served.tag) != served.tag:
            wanted = ""
        try:
            part = part_of(wanted, served.size) if wanted else None
        except Refusal:
            self.set_header("Content-Range", f"bytes */{served.size}")
            self.clear_header("Content-Disposition")
            raise
        if part is None:
            return 0, served.size
        start, count = part
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {start}-{start + count - 1}/{served.size}")
        return part
