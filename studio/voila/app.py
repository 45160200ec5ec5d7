"""Voila with several pages, and a kernel of each visitor's own. Run by `studio voila`; see `main`."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jupyter_server.auth import IdentityProvider, User
from jupyter_server.log import log_request
from jupyter_server.utils import url_path_join
from pydantic import ValidationError
from tornado.web import HTTPError
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from studio.errors import StudioError
from studio.voila.door import Door, Visitor

DOOR, PAGES = "STUDIO_DOOR", "STUDIO_PAGES"
"""Environment variables of the server, as JSON: who comes in, and address → notebook. No kernel gets them."""

_OURS = (DOOR, PAGES, "JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE")
_TOKEN = re.compile(r"token=[^&\s\"')]*")
_WITH_TOKEN = ("VOILA_REQUEST_URL", "QUERY_STRING")


class Identity(IdentityProvider):
    """Tells Jupyter who a visitor is; the cookie has a name only, and each request looks its role up."""

    @property
    def door(self) -> Door:
        return cast(Server, self.parent).door

    async def _get_user(self, handler: Any) -> User | None:
        known = getattr(handler, "_jupyter_current_user", None)
        if known is not None:
            return cast(User, known)
        proxy, visitor = self.door.proxy, None
        if proxy is not None:
            values = handler.request.headers.get_list(proxy.header)
            visitor = self.door.by_header(handler.request.remote_ip or "", values)
        if visitor is None and (token := self.get_token(handler)):
            visitor = self.door.by_token(token)
            if visitor is not None:
                self.set_login_cookie(handler, _user(visitor))
                handler._token_authenticated = True
        if visitor is None:
            cookie = self.get_user_cookie(handler)
            visitor = self.door.named(cookie.username) if isinstance(cookie, User) else None
            if visitor is not None and not visitor.token:  # the proxy's people come by the proxy
                visitor = None
        found = visitor or self.door.anybody
        return None if found is None else _user(found)

    @property
    def auth_enabled(self) -> bool:
        return self.door.anybody is None

    def process_login_form(self, handler: Any) -> User | None:
        """The page that asks for a token."""
        visitor = self.door.by_token(handler.get_argument("password", default=""))
        return None if visitor is None else _user(visitor)

    def visitor(self, user: User | None) -> Visitor:
        """Who a user is, and what they may do.

        Raises:
            HTTPError: nobody who is known here.
        """
        door = self.door
        name = "" if user is None else user.username
        found = door.named(name)
        if found is None and door.anybody is not None and door.anybody.name == name:
            found = door.anybody
        if found is None and door.proxy is not None and door.proxy.others is not None and name:
            found = door.proxy.others.model_copy(update={"name": name})
        if found is None:
            raise HTTPError(403, "nobody of that name comes in here")
        return found


class Kernels:
    """The server's kernels as one visitor sees them: what they start is theirs, with their grant."""

    def __init__(self, manager: Any, app: Server, visitor: Visitor) -> None:
        self._manager, self._app, self._visitor = manager, app, visitor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    async def start_kernel(self, *, env: Mapping[str, str], **options: Any) -> str:
        """Start one; only what this server says of the visitor is in its environment."""
        kernel = await self._manager.start_kernel(env=self._app.environment(env, self._visitor), **options)
        owners = self._app.owners
        for ended in [other for other in owners if other not in self._manager]:
            del owners[ended]
        owners[kernel] = self._visitor.name
        return str(kernel)


class Page(TornadoVoilaHandler):  # type: ignore[misc]
    """A page: a notebook, run in a kernel of the visitor's own."""

    @property
    def kernel_manager(self) -> Any:
        app = cast(Server, self.settings["voila"])
        visitor = app.identity_provider.visitor(self.current_user)
        return Kernels(super().kernel_manager, app, visitor)


class Own:
    """Of kernels: only of the visitor's own. A kernel that is somebody else's is as one that is not there."""

    async def prepare(self, *args: Any, **options: Any) -> None:
        ready = super().prepare(*args, **options)  # type: ignore[misc]
        if inspect.isawaitable(ready):
            await ready
        handler = cast(Any, self)
        kernel = handler.path_kwargs.get("kernel_id") or (handler.path_args or [""])[0]
        user = handler.current_user
        if user is None or handler.settings["voila"].owners.get(kernel) != user.username:
            raise HTTPError(404, "there is no such kernel")


class Server(Voila):  # type: ignore[misc]
    """The server.

    Attributes:
        door: Who comes in.
        pages: Address → notebook; the empty one is the first page.
        owners: Kernel → visitor's name.
    """

    door: Door
    pages: Mapping[str, str]
    owners: dict[str, str]

    def init_settings(self) -> dict[str, Any]:
        """Voila's own; but tokens of addresses stay out of the log."""
        return {
            **super().init_settings(),
            "log_function": partial(log_request, record_prometheus_metrics=False),
        }

    def init_handlers(self) -> list[Any]:
        """Voila's own, with owners for the kernels, and our pages."""
        handlers = [_owned(handler) for handler in super().init_handlers() if not _serves_pages(handler)]
        for address, notebook in self.pages.items():
            pattern = url_path_join(self.server_url, f"{address}/?" if address else "/?")
            options = {
                "notebook_path": os.path.relpath(notebook, self.root_dir),
                "template_paths": self.template_paths,
                "config": self.config,
                "voila_configuration": self.voila_configuration,
            }
            handlers.append((pattern, Page, options))
        return handlers

    def environment(self, env: Mapping[str, str], visitor: Visitor) -> dict[str, str]:
        """That of a visitor's kernel: no token, nobody else's secrets of this server, their grant."""
        clean = {
            name: value for name, value in env.items() if name not in _OURS and not name.startswith("HTTP_")
        }
        for name in _WITH_TOKEN:
            if name in clean:
                clean[name] = _without_token(clean[name], query=name == "QUERY_STRING")
        return {**clean, **self.door.grant(visitor).variable(), "STUDIO_PROJECT": self.door.projects[0]}


def main() -> None:
    """Serve, as `DOOR` and `PAGES` say, with Voila's own options from the command line.

    Raises:
        StudioError: they are not there: it was not started by `studio voila`.
    """
    try:
        door = Door.model_validate_json(os.environ.pop(DOOR))
        pages = json.loads(os.environ.pop(PAGES))
    except (KeyError, ValueError, ValidationError) as error:
        raise StudioError("this server is started by `studio voila`") from error
    for name in ("tornado.general", "tornado.access", "tornado.application"):
        logging.getLogger(name).addFilter(Scrub())
    server = Server.instance()
    server.door, server.pages, server.owners = door, pages, {}
    server.identity_provider_class = Identity
    server.root_dir = str(Path(next(iter(pages.values()))).parent)
    server.initialize(None)
    server.voila_configuration.file_allowlist = []  # no file of the notebooks' folder is served
    server.start()


class Scrub(logging.Filter):
    """Takes tokens of addresses out of what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "token=" in text:
            record.msg, record.args = _TOKEN.sub("token=[secret]", text), ()
        return True


def _user(visitor: Visitor) -> User:
    return User(username=visitor.name, name=visitor.name, display_name=visitor.name)


def _owned(handler: tuple[Any, ...]) -> tuple[Any, ...]:
    """The handler with `Own` before it, if it is about a kernel."""
    pattern, kind, *rest = handler
    about = "kernel_id" in str(pattern) or "/voila/api/shutdown/" in str(pattern)
    return (pattern, type(f"Own{kind.__name__}", (Own, kind), {}), *rest) if about else handler


def _serves_pages(handler: tuple[Any, ...]) -> bool:
    """Voila's own pages: trees of folders, any notebook by its path."""
    kind = handler[1]
    module = getattr(kind, "__module__", "")
    return module in (
        "voila.tornado.handler", "voila.tornado.treehandler", "voila.tornado.contentshandler",
    ) or kind is TornadoVoilaHandler  # fmt: skip


def _without_token(text: str, *, query: bool) -> str:
    parts = urlsplit(f"?{text}" if query else text)
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "token"]
    clean = urlencode(kept)
    return clean if query else urlunsplit(parts._replace(query=clean))


if __name__ == "__main__":
    main()
