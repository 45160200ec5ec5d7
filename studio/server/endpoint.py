"""A request becomes an operation's call, and its result the answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from tornado import web

from studio.access import Access
from studio.errors import StudioError
from studio.server.operation import PREFIX, Call, Operation, Picture
from studio.server.refusal import Problem, Refusal, of_error, of_status, of_validation, refused
from studio.server.wire import InProject, OfProject

if TYPE_CHECKING:
    from studio.server.shelf import Shelf

LARGEST = 16 * 2**20
"""Bytes of a request's body."""

JUPYTERS = ("token", "_xsrf", "no_track_activity")
"""Query parameters that are the server's own."""


_NOBODY = re.compile(r"[0-9a-f]{32}")
"""The name that Jupyter makes up for whoever comes with the token, another one with each request."""


class Room:
    """What all handlers share.

    Attributes:
        shelf: The open projects.
        workers: The threads in which operations run, so that the server's loop never waits for them.
    """

    def __init__(self, shelf: Shelf, role: str) -> None:
        self.shelf = shelf
        self.workers = ThreadPoolExecutor(16, "studio-server")
        self._role = role
        self._operations: list[Operation] = []

    def operations(self) -> list[Operation]:
        """All that can be asked for. In a thread: the first time the whole studio is imported.

        Of two whose paths fit, the one with more fixed words comes first.
        """
        from studio.server.routes import operations

        if not self._operations:
            self._operations = sorted(operations(), key=lambda one: one.path.count("{"))
        return self._operations

    def access(self, user: str) -> Access:
        """What who asks may do: the one place where that is decided. In a thread: files of roles are read.

        Args:
            user: As `user_of` tells.

        Raises:
            NotAllowed: the server's role is none.
            DataFileError: a file of roles is wrong.
        """
        return Access.here(self._role, user=user)

    def close(self) -> None:
        """Close the projects, when what runs has ended."""
        self.workers.shutdown(wait=True, cancel_futures=True)
        self.shelf.close()


def user_of(handler: JupyterHandler) -> str:
    """Who asks, by Jupyter's name; empty for whoever only has the token."""
    name = str(getattr(handler.current_user, "username", "") or "")
    return "" if _NOBODY.fullmatch(name) else name


class StudioHandler(APIHandler):
    """Base of the handlers: Jupyter's authentication, and refusals as JSON."""

    auth_resource = "studio"

    def initialize(self, room: Room) -> None:
        """Called by tornado."""
        self.room = room

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A refusal, whoever refuses."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, web.HTTPError):
            problem = of_status(status_code, error.log_message or "")
        elif isinstance(error, Refusal):
            problem = error.problem
        else:
            self.log.error("the studio's server failed", exc_info=error)
            problem = Problem(what="the studio's server failed", hint="Its log tells more.")
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.methods()))
        self.finish(problem.model_dump_json())

    def methods(self) -> list[str]:
        """What this address can be asked for."""
        return ["GET"]

    def refuse(self, refusal: Refusal) -> None:
        """Send it."""
        self.set_status(refusal.status)
        self.finish(refusal.problem.model_dump_json())


class Elsewhere(StudioHandler):
    """Any other address below the studio's."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Nothing is there."""
        raise web.HTTPError(404, "no such address; studio/api/docs lists them")

    post = put = patch = delete = get


class Endpoint(StudioHandler):
    """Every operation: everything below `PREFIX`."""

    allowed: tuple[str, ...] = ()

    def methods(self) -> list[str]:
        """What this address can be asked for."""
        return [*self.allowed, "OPTIONS"]

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Look."""
        await self._do(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Do, or make."""
        await self._do(path)

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Set."""
        await self._do(path)

    @web.authenticated
    @authorized
    async def patch(self, path: str) -> None:
        """Change."""
        await self._do(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Remove, or stop."""
        await self._do(path)

    async def _do(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        operations = await loop.run_in_executor(self.room.workers, self.room.operations)
        operation, parts = self._route(operations)
        try:
            arguments = self._arguments(operation, parts)
            body = self._body(operation)
            ask = partial(_answer, self.room, operation, user_of(self), arguments, body)
            data, mime = await loop.run_in_executor(self.room.workers, ask)
        except Refusal as refusal:
            self.refuse(refusal)
        except StudioError as error:
            self.refuse(of_error(error, self.room.shelf.roots))
        else:
            self.set_status(operation.status if data else 204)
            if data:
                self.finish(data, set_content_type=mime)
            else:
                self.finish()

    def _route(self, operations: Iterable[Operation]) -> tuple[Operation, dict[str, str]]:
        """The operation of this address and method, and the named parts of its path.

        Raises:
            HTTPError: there is none.
        """
        path = self.request.path.removeprefix(self.base_url.rstrip("/")).removeprefix(PREFIX)
        try:
            found = {one.method: (one, parts) for one in operations if (parts := one.match(path)) is not None}
        except UnicodeDecodeError:
            raise web.HTTPError(400, "the address is not UTF-8") from None
        if not found:
            raise web.HTTPError(404, "no such address; studio/api/docs lists them")
        self.allowed = tuple(found)
        if self.request.method not in found:
            raise web.HTTPError(405)
        return found[self.request.method]

    def _arguments(self, operation: Operation, path: Mapping[str, str]) -> dict[str, BaseModel]:
        """What its address brings, read by the operation's models.

        Raises:
            Refusal: it is not as they want it.
        """
        found: dict[str, BaseModel] = {}
        if (model := operation.model("path")) is not None:
            found["path"] = _read(model, "path", dict(path))
        query = self._query(operation.model("query"))
        if (model := operation.model("query")) is not None:
            found["query"] = _read(model, "query", query)
        elif query:
            raise refused(422, "takes no such parameter", where=f"query.{next(iter(query))}")
        return found

    def _body(self, operation: Operation) -> bytes:
        """What is to be read by the operation's model, in a thread: it may be large, and name a project.

        Raises:
            Refusal: it is too large.
        """
        if operation.model("body") is None:
            return b""
        if len(self.request.body) > LARGEST:
            raise refused(413, f"larger than {LARGEST >> 20} MB", where="body")
        return self.request.body

    def _query(self, model: type[BaseModel] | None) -> dict[str, Any]:
        """The query as texts; a parameter that is a list as one."""
        lists = {
            name
            for name, field in (model.model_fields if model else {}).items()
            if "list" in str(field.annotation) or "tuple" in str(field.annotation)
        }
        query: dict[str, Any] = {}
        for name in self.request.query_arguments:
            values = self.get_query_arguments(name, strip=False)
            if name in JUPYTERS or (name.isdigit() and values == [""]):  # JupyterLab's, against caches
                continue
            if name not in lists and len(values) > 1:
                raise refused(422, "given more than once", where=f"query.{name}")
            query[name] = values if name in lists else values[0]
        return query


def _read(model: type[BaseModel], part: str, values: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise of_validation(error, part) from None


def _answer(
    room: Room, operation: Operation, user: str, arguments: dict[str, BaseModel], body: bytes
) -> tuple[bytes, str]:
    """In a thread: do it, and put the result into bytes."""
    access = room.access(user)
    if operation.may is not None:
        access.require(operation.may)
    with Call(room.shelf, access) as call:
        if (model := operation.model("body")) is not None:
            arguments["body"] = _read_body(call, model, body)
        for one in arguments.values():
            if isinstance(one, OfProject) and one.project is not None:
                call.open(one.project)
        result = operation.function(call, **arguments)
        if isinstance(result, Picture):
            return result.data, result.mime
        if operation.answer is None:
            return b"", ""
        return operation.answer.dump_json(result, by_alias=True), "application/json"


def _read_body(call: Call, model: type[BaseModel], body: bytes) -> BaseModel:
    """With the presets in force of the project that it names: a look may have its words and gear.

    Raises:
        Refusal: it is not as its model wants it.
    """
    if issubclass(model, InProject | OfProject):
        with contextlib.suppress(ValueError, OSError, Refusal, StudioError):  # it is told below
            told = from_json(body or b"{}")
            project = told.get("project", "") if isinstance(told, dict) else None
            if isinstance(project, str) and (project or issubclass(model, InProject)):
                call.open(project)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise of_validation(error, "body") from None
    except RecursionError:
        raise refused(422, "nested too deep", where="body") from None
