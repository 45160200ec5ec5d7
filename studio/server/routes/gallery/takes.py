"""Takes found, counted, compared and seen small."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from studio.errors import ProjectError, UnsafeName
from studio.gallery.columns import COLUMNS
from studio.gallery.folders import Folder
from studio.gallery.stats import PERIODS
from studio.server.operation import Call, Picture, operation
from studio.server.refusal import looked_up, refused
from studio.server.routes.gallery.rows import TakeRow, row_of
from studio.server.shelf import Opened
from studio.server.wire import Given, InProject, Query, TakePath

SortText = Annotated[str, Field(max_length=500, description="Columns, `-` turns one round: `-rating,path`.")]


class TakeQuery(InProject):
    """Which takes, in which order, and how many of them."""

    query: Query = ""
    sort: SortText = ""
    limit: int = Field(default=100, ge=0, le=1000)
    offset: int = Field(default=0, ge=0, le=10**7)


class TakePage(Given):
    """Some of the takes that were found."""

    total: int
    version: int = Field(description="Grows with each change of the gallery.")
    problems: list[str] = Field(default=[], description="What is wrong with the gallery's own data.")
    takes: list[TakeRow]


class OneTake(InProject):
    """Which take."""

    path: TakePath


class ThumbQuery(OneTake):
    """Which take, and how large."""

    side: int = Field(default=256, ge=16, le=1024, description="Pixels of the longer side at most.")


class FolderNode(Given):
    """A folder of the project with what lies in it."""

    path: str
    name: str
    files: int = Field(description="Takes right in it.")
    total: int = Field(description="In it and below.")
    bytes: int | None
    folders: list[FolderNode] = Field(default=[])

    @classmethod
    def of(cls, folder: Folder) -> FolderNode:
        """From the gallery's own."""
        return cls(
            path=folder.path,
            name=folder.name,
            files=folder.files,
            total=folder.total,
            bytes=folder.bytes,
            folders=[cls.of(one) for one in folder.folders],
        )


class ScanBody(InProject):
    """What is scanned."""

    folder: str | None = Field(default=None, max_length=1024, description="All of it, if none is named.")


class Scanned(Given):
    """What a scan found."""

    files: int = Field(description="Takes in the gallery now.")
    new: int
    changed: int
    gone: int


_COUNTABLE = ("", *PERIODS, *COLUMNS)


def _countable(name: str) -> str:
    if name not in _COUNTABLE:
        raise ValueError(f"nothing is counted by {name[:60]!r}; take a column, or {', '.join(PERIODS)}")
    return name


class StatsQuery(InProject):
    """What is counted."""

    by: Annotated[str, AfterValidator(_countable), Field(json_schema_extra={"enum": list(_COUNTABLE)})] = ""
    query: Query = ""


class SuggestQuery(InProject):
    """A search that is being typed."""

    text: str = Field(default="", max_length=4096)
    cursor: int | None = Field(default=None, ge=0, le=4096)


class SuggestionLine(Given):
    """How it may go on: put `text` in place of the letters from `start` to `end`."""

    text: str
    label: str
    kind: Literal["field", "value", "word"]
    count: int
    start: int
    end: int


class DuplicatesBody(InProject):
    """What is compared."""

    near: bool = Field(default=False, description="Those that look alike too, not only equal ones.")
    query: Query = ""


class DuplicateGroup(Given):
    """Files that are the same, or look the same."""

    id: str
    kind: Literal["exact", "near"]
    paths: list[str]
    keep: str = Field(description="The one to keep.")
    reason: str
    bytes_spare: int


@operation("GET", "/gallery/takes", tag="Gallery")
def search_takes(call: Call, query: TakeQuery) -> TakePage:
    """The takes that a search finds; an empty one finds all."""
    opened = call.open(query.project)
    gallery = opened.gallery
    paths = gallery.find(query.query, sort=_sort(query.sort))
    page = paths[query.offset : query.offset + query.limit]
    return TakePage(
        total=len(paths), version=gallery.version, problems=gallery.problems, takes=_rows(opened, page)
    )


@operation("GET", "/gallery/take", tag="Gallery")
def get_gallery_take(call: Call, query: OneTake) -> TakeRow:
    """All that is known of one take."""
    with looked_up(ProjectError):
        return row_of(call.open(query.project), query.path)


@operation("GET", "/gallery/raw", tag="Gallery")
def raw_metadata(call: Call, query: OneTake) -> dict[str, str]:
    """The texts in a file as they stand there: `prompt`, `workflow`, `parameters` …"""
    opened = call.open(query.project)
    _present(opened, query.path)
    return opened.gallery.raw(query.path)


@operation("GET", "/gallery/thumbnail", tag="Gallery")
def thumbnail(call: Call, query: ThumbQuery) -> Picture:
    """A small picture of a take; of one that has none, a card that says why."""
    opened = call.open(query.project)
    _present(opened, query.path)
    return Picture(opened.gallery.thumbnail(query.path, query.side))


@operation("GET", "/gallery/folders", tag="Gallery")
def gallery_folders(call: Call, query: InProject) -> FolderNode:
    """The project's folders with counts."""
    return FolderNode.of(call.open(query.project).gallery.folders())


@operation("POST", "/gallery/scan", tag="Gallery")
def scan(call: Call, body: ScanBody) -> Scanned:
    """Look what lies in the project, or in one folder, and read what is new or changed."""
    gallery = call.open(body.project).gallery
    report = gallery.scan(body.folder)
    return Scanned(files=len(gallery), new=report.new, changed=report.changed, gone=len(report.gone))


@operation("GET", "/gallery/stats", tag="Gallery")
def gallery_stats(call: Call, query: StatsQuery) -> list[dict[str, Any]]:
    """Counts, bytes, render hours, ratings and hit rate, by a column or of all."""
    table = call.open(query.project).gallery.stats(query.by or None, query=query.query)
    if query.by:
        table = table.reset_index()
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", date_format="iso"))
    return rows


@operation("GET", "/gallery/suggest", tag="Gallery")
def suggest(call: Call, query: SuggestQuery) -> list[SuggestionLine]:
    """How a search that is being typed may go on."""
    found = call.open(query.project).gallery.suggest(query.text, query.cursor)
    return [
        SuggestionLine(
            text=one.text, label=one.label, kind=one.kind, count=one.count, start=one.start, end=one.end
        )
        for one in found
    ]


@operation("POST", "/gallery/duplicates", tag="Gallery")
def find_duplicates(call: Call, body: DuplicatesBody) -> list[DuplicateGroup]:
    """Takes that are the same, or look alike, in groups; the largest saving first."""
    found = call.open(body.project).gallery.duplicates(near=body.near, query=body.query)
    return [
        DuplicateGroup(
            id=one.id,
            kind=one.kind,
            paths=list(one.paths),
            keep=one.keep,
            reason=one.reason,
            bytes_spare=one.bytes_spare,
        )
        for one in found.groups
    ]


def _rows(opened: Opened, paths: list[str]) -> list[Any]:
    rows = []
    for path in paths:
        try:
            rows.append(row_of(opened, path))
        except ProjectError:  # it went while the page was made
            continue
    return rows


def _present(opened: Opened, path: str) -> None:
    """Refuse what is no file of the project.

    Raises:
        UnsafeName: it is hidden, or leads out.
        Refusal: there is none.
    """
    try:
        there = opened.gallery.path(path).is_file()
    except OSError as error:
        raise UnsafeName(f"{path[:200]!r} is no path ({error.strerror})", path=path[:200]) from error
    if not there:
        raise refused(404, "no such take", where=path, hint="Was it moved? Scan the folder again.")


def _sort(text: str) -> str:
    return ", ".join(part.strip() for part in text.split(",") if part.strip())
