"""What people think of takes: ratings, status, tags, notes; tags, collections and saved views by name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from studio.errors import ProjectError, QueryError
from studio.gallery.curation.records import Collection, SavedView, Tag
from studio.gallery.query import parse
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up
from studio.server.routes.gallery.rows import TakeRow, row_of
from studio.server.wire import Done, Given, InProject, TakePath

Paths = Annotated[list[TakePath], Field(min_length=1, max_length=2000)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Colour = Annotated[str, Field(max_length=32, description="Such as `#c04030`.")]


class Opinion(InProject):
    """What is said of takes; what is not named stays."""

    paths: Paths
    rating: int | None = Field(default=None, ge=0, le=5)
    status: Literal["", "pick", "reject", "hold"] | None = None
    note: str | None = Field(default=None, max_length=20_000)
    add_tags: list[Label] = Field(default=[], max_length=50)
    remove_tags: list[Label] = Field(default=[], max_length=50)


class NamePath(Asked):
    """Which of them."""

    name: str = Field(max_length=200)


class TagLine(Given):
    """A tag."""

    name: str
    color: str = ""
    count: int = Field(description="How many takes have it.")

    @classmethod
    def of(cls, tag: Tag) -> TagLine:
        """From the gallery's own."""
        return cls(name=tag.name, color=tag.color, count=tag.count)


class TagBody(InProject):
    """A tag's colour, and its name if it is to be another one."""

    color: Colour | None = None
    name: Label | None = Field(default=None, description="If there is one of that name, the two become one.")


class CollectionLine(Given):
    """A named set of takes, in its order."""

    name: str
    paths: list[str]
    note: str = ""
    color: str = ""

    @classmethod
    def of(cls, collection: Collection) -> CollectionLine:
        """From the gallery's own."""
        return cls(
            name=collection.name,
            paths=list(collection.paths),
            note=collection.note,
            color=collection.color,
        )


class CollectionBody(InProject):
    """What goes into a collection, and what out of it."""

    add: list[TakePath] = Field(default=[], max_length=2000)
    remove: list[TakePath] = Field(default=[], max_length=2000)
    note: str | None = Field(default=None, max_length=20_000)
    color: Colour | None = None


class ViewBody(InProject):
    """A way to look at the gallery."""

    query: str = Field(default="", max_length=4096)
    sort: str = Field(default="", max_length=500)
    settings: dict[str, Any] = Field(default={}, description="The page's own.")


@operation("PATCH", "/gallery/takes", tag="Curation")
def curate(call: Call, body: Opinion) -> list[TakeRow]:
    """Rate takes, mark them, tag them, write a note; all that is given at once, for all of them."""
    if body.rating is not None or body.status is not None:
        call.access.require("rate")
    if body.note is not None or body.add_tags or body.remove_tags:
        call.access.require("note")
    opened = call.open(body.project)
    gallery = opened.gallery
    with looked_up(ProjectError):
        for path in body.paths:
            gallery.row(path)
    if body.rating is not None:
        gallery.rate(body.paths, body.rating)
    if body.status is not None:
        gallery.mark(body.paths, body.status)
    if body.add_tags or body.remove_tags:
        gallery.tag(body.paths, add=body.add_tags, remove=body.remove_tags)
    if body.note is not None:
        gallery.note(body.paths, body.note)
    with looked_up(ProjectError):
        return [row_of(opened, path) for path in body.paths]


@operation("GET", "/gallery/tags", tag="Curation")
def list_tags(call: Call, query: InProject) -> list[TagLine]:
    """All tags, with how many takes have each."""
    return [TagLine.of(tag) for tag in call.open(query.project).gallery.tags.list()]


@operation("PUT", "/gallery/tags/{name}", tag="Curation", may="arrange")
def put_tag(call: Call, path: NamePath, body: TagBody) -> list[TagLine]:
    """Make a tag, colour it, or give it another name."""
    tags = call.open(body.project).gallery.tags
    tags.add(path.name, body.color or "")
    if body.name is not None and body.name != path.name:
        known = {tag.name.casefold() for tag in tags.list()} - {path.name.casefold()}
        if body.name.casefold() in known:
            tags.merge([path.name], body.name)
        else:
            tags.rename(path.name, body.name)
    return [TagLine.of(tag) for tag in tags.list()]


@operation("DELETE", "/gallery/tags/{name}", tag="Curation", may="delete")
def delete_tag(call: Call, path: NamePath, query: InProject) -> list[TagLine]:
    """Take a tag off all takes."""
    tags = call.open(query.project).gallery.tags
    with looked_up(ProjectError):
        tags.delete(path.name)
    return [TagLine.of(tag) for tag in tags.list()]


@operation("GET", "/gallery/collections", tag="Curation")
def list_collections(call: Call, query: InProject) -> list[CollectionLine]:
    """All collections, each with its takes."""
    return [CollectionLine.of(one) for one in call.open(query.project).gallery.collections.list()]


@operation("PUT", "/gallery/collections/{name}", tag="Curation", may="arrange")
def put_collection(call: Call, path: NamePath, body: CollectionBody) -> CollectionLine:
    """Make a collection, put takes into it, take some out, describe it."""
    collections = call.open(body.project).gallery.collections
    try:
        collections.get(path.name)
    except ProjectError:
        collections.create(path.name)
    if body.add:
        collections.add(path.name, body.add)
    if body.remove:
        collections.remove(path.name, body.remove)
    if body.note is not None or body.color is not None:
        collections.describe(path.name, note=body.note, color=body.color)
    return CollectionLine.of(collections.get(path.name))


@operation("DELETE", "/gallery/collections/{name}", tag="Curation", may="delete")
def delete_collection(call: Call, path: NamePath, query: InProject) -> Done:
    """Forget a collection; its takes stay."""
    collections = call.open(query.project).gallery.collections
    with looked_up(ProjectError):
        collections.get(path.name)
    collections.delete(path.name)
    return Done(done=f"the collection {path.name} is gone")


@operation("GET", "/gallery/views", tag="Curation")
def list_views(call: Call, query: InProject) -> list[SavedView]:
    """Saved searches, each with its order."""
    return list(call.open(query.project).gallery.views.list())


@operation("PUT", "/gallery/views/{name}", tag="Curation", may="arrange")
def put_view(call: Call, path: NamePath, body: ViewBody) -> SavedView:
    """Save a search under a name."""
    parse(body.query)
    return call.open(body.project).gallery.views.save(
        SavedView(name=path.name, query=body.query, sort=body.sort, settings=body.settings)
    )


@operation("DELETE", "/gallery/views/{name}", tag="Curation", may="delete")
def delete_view(call: Call, path: NamePath, query: InProject) -> Done:
    """Forget a saved search."""
    views = call.open(query.project).gallery.views
    with looked_up(ProjectError, QueryError):
        views.get(path.name)
    views.delete(path.name)
    return Done(done=f"the view {path.name} is gone")
