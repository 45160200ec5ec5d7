"""The page that shows the OpenAPI document; it needs nothing from elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from studio.server.endpoint import Room, StudioHandler

DOCS = "/studio/api/docs"

_FOLDER = Path(__file__).parent
_PARTS = {
    "": ("docs.html", "text/html; charset=utf-8"),
    ".js": ("docs.js", "text/javascript; charset=utf-8"),
    ".css": ("docs.css", "text/css; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class DocsHandler(StudioHandler):
    """`GET studio/api/docs`, and its script and style."""

    def get_login_url(self) -> str:
        """A person who is not logged in comes to the login page, as with any page of Jupyter."""
        return str(self.settings["login_url"])

    @web.authenticated
    @authorized
    async def get(self, part: str) -> None:
        """The page, or a part of it."""
        name, mime = _PARTS[part]
        _ = self.xsrf_token  # sets the cookie that the page needs to try what changes something
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cache-Control", "no-cache")
        self.finish((_FOLDER / name).read_bytes(), set_content_type=mime)


class DocumentHandler(StudioHandler):
    """`GET studio/api/openapi.json`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The OpenAPI document."""
        loop = asyncio.get_running_loop()
        self.finish(await loop.run_in_executor(self.room.workers, _document, self.room, self.base_url))


def _document(room: Room, base: str) -> bytes:
    """In a thread; made once for a base URL."""
    from studio.server.openapi import document

    if base not in _made:
        _made[base] = json.dumps(document(room.operations(), base), ensure_ascii=False).encode()
    return _made[base]


_made: dict[str, bytes] = {}
