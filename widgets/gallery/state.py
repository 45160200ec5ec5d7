"""What the gallery shows: search, filters, folder, order, view. A value that is checked and can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from studio.errors import ProjectError
from studio.gallery.paths import clean_folder
from studio.gallery.query import QueryError, parse
from studio.gallery.query.nodes import quote
from widgets.gallery.room import LONGEST_PATH

View = Literal["grid", "masonry", "list", "timeline"]
Kind = Literal["image", "video", "audio", "other"]
Status = Literal["pick", "hold", "reject", "none"]
Label = Annotated[StrictStr, Field(min_length=1, max_length=400)]
Stars = Annotated[StrictInt, Field(ge=0, le=5)]

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(9000, 12, 31))]
"""A day that a search can name."""

SIZES = (80, 400)
"""CSS pixels of a thumbnail, least and most."""


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Filters(_Value):
    """The filter bar. Each part that is set narrows what the query finds.

    Attributes:
        rating: Stars at least; 0 is no filter.
        unrated: Only takes without stars.
        tags: Any of them.
        untagged: Only takes without tags.
        kinds, status, models: Any of them.
        after, before: From that day on, up to that day; the day of rendering, or else of writing.
        duplicates: Only takes that are the same as another.
    """

    rating: Stars = 0
    unrated: StrictBool = False
    tags: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    untagged: StrictBool = False
    kinds: Annotated[tuple[Kind, ...], Field(max_length=4)] = ()
    status: Annotated[tuple[Status, ...], Field(max_length=4)] = ()
    models: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    after: Day | None = None
    before: Day | None = None
    duplicates: StrictBool = False

    @property
    def count(self) -> int:
        """How many parts are set."""
        return sum(bool(value) for value in self.__dict__.values())

    def query(self) -> str:
        """The same as a search, "" for no filter."""
        terms = []
        if self.rating:
            terms.append(f"rating>={self.rating}")
        if self.unrated:
            terms.append("is:unrated")
        if self.tags:
            terms.append(f"tag:{_any(self.tags)}")
        if self.untagged:
            terms.append("is:untagged")
        if self.kinds:
            terms.append(f"kind:{','.join(self.kinds)}")
        if self.status:
            marked = [each for each in self.status if each != "none"]
            either = [f"status:{','.join(marked)}"] if marked else []
            either += ["-is:marked"] if "none" in self.status else []
            terms.append(f"({' or '.join(either)})")
        if self.models:
            terms.append(f"({' or '.join(map(_model, self.models))})")
        if self.after:
            terms.append(f"date>={self.after.isoformat()}")
        if self.before:
            terms.append(f"date<={self.before.isoformat()}")
        if self.duplicates:
            terms.append("is:dup")
        return " ".join(terms)


class State(_Value):
    """All that decides what is seen.

    Attributes:
        query: As for `gallery.search`.
        folder: Project-relative, "" for the whole project.
        deep: Whether the folders below count too.
        sort: As for `gallery.search`; the timeline takes from it only whether the newest comes first.
        size: CSS pixels of a thumbnail.
    """

    query: Annotated[StrictStr, Field(max_length=4000)] = ""
    filters: Filters = Filters()
    folder: Annotated[StrictStr, Field(max_length=LONGEST_PATH)] = ""
    deep: StrictBool = True
    sort: Annotated[StrictStr, Field(max_length=400)] = "-modified"
    view: View = "grid"
    size: Annotated[StrictInt, Field(ge=SIZES[0], le=SIZES[1])] = 200

    def changed(self, changes: Mapping[str, Any]) -> State:
        """The same with some fields changed.

        Raises:
            UnsafeName: the folder leads out of the project.
            ProjectError: a value that can't be.
        """
        given = {
            name: value.model_dump() if isinstance(value, Filters) else value
            for name, value in changes.items()
        }
        try:
            state = State.model_validate({**self.model_dump(), **given})
        except ValidationError as error:
            first = error.errors()[0]
            words = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            raise ProjectError(f"the gallery can't show that ({words})") from error
        return state.model_copy(update={"folder": clean_folder(state.folder)})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the folder keeps takes out."""
        return bool(self.query.strip() or self.filters.count)

    @property
    def oldest_first(self) -> bool:
        """What the timeline takes from `sort`."""
        return self.sort.strip()[:1] not in ("", "-")


def _model(name: str) -> str:
    """Words of the model's name; the whole of one that has none."""
    words = f"model:{quote(name)}"
    try:
        parse(words)
    except QueryError:
        return f"model={quote(name)}"
    return words


def _any(texts: tuple[str, ...]) -> str:
    return ",".join(quote(text) for text in texts)
