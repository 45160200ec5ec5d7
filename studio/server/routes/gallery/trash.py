"""The project's trash: what lies in it, back out of it, and gone for good."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from studio.server.operation import Call, operation
from studio.server.refusal import refused
from studio.server.routes.gallery.files import Deed, Paths, with_takes
from studio.server.wire import Given, InProject

Ids = Annotated[list[Annotated[str, Field(max_length=1200)]], Field(min_length=1, max_length=2000)]


class TrashBody(InProject):
    """Which takes."""

    paths: Paths


class TrashLine(Given):
    """A file in the trash."""

    id: str = Field(description="What `restore` takes.")
    path: str = Field(description="Its old place.")
    bytes: int
    at: datetime


class RestoreBody(InProject):
    """Which files of the trash."""

    ids: Ids


class EmptyQuery(InProject):
    """Nothing is emptied by mistake."""

    sure: bool = Field(description="Must be true: what is deleted is gone for good.")


class Emptied(Given):
    """How much was deleted."""

    files: int
    bytes: int


@operation("POST", "/gallery/trash", tag="Trash", may="delete")
def trash_takes(call: Call, body: TrashBody) -> Deed:
    """Put takes into the project's trash; what is said of them comes back with them."""
    opened = with_takes(call, body.project, body.paths)
    return Deed.of(opened.gallery.trash(body.paths))


@operation("GET", "/gallery/trash", tag="Trash")
def list_trash(call: Call, query: InProject) -> list[TrashLine]:
    """What lies in the trash, the newest first."""
    return [
        TrashLine(id=one.id, path=one.path, bytes=one.bytes, at=one.at)
        for one in call.open(query.project).gallery.trashed()
    ]


@operation("POST", "/gallery/trash/restore", tag="Trash", may="arrange")
def restore_takes(call: Call, body: RestoreBody) -> Deed:
    """Bring takes back to their old places; if one is taken, the file gets a number."""
    gallery = call.open(body.project).gallery
    known = {one.id for one in gallery.trashed()}
    missing = next((id for id in body.ids if id not in known), None)
    if missing is not None:
        raise refused(404, "no such file in the trash", where=missing, hint="GET gallery/trash lists them.")
    return Deed.of(gallery.restore(body.ids))


@operation("DELETE", "/gallery/trash", tag="Trash", may="delete")
def empty_trash(call: Call, query: EmptyQuery) -> Emptied:
    """Delete for good what lies in the trash."""
    gallery = call.open(query.project).gallery
    if not query.sure:
        raise refused(422, "it is not sure", where="query.sure", hint="Send sure=true.")
    done = gallery.empty_trash()
    return Emptied(files=done.files, bytes=done.bytes)
