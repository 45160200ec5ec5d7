"""Saved views: the search, the filters, the order and the way of showing, under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictBool, StrictStr

from studio.errors import ProjectError
from studio.gallery.curation import SavedView, label_key
from widgets.gallery.room import Asked, Nothing, Request
from widgets.gallery.state import State

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel

Label = Annotated[StrictStr, Field(max_length=400)]


class Save(Asked):
    """Save what is seen now; `replace` another view of that name."""

    name: Label
    replace: StrictBool = False


class View(Asked):
    """One view."""

    name: Label


class Renamed(Asked):
    """Another name for one."""

    old: Label
    new: Label


class ViewDesk:
    """The saved views of one project."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self.requests = {
            "desk.views": Request(Nothing, lambda asked: self.list()),
            "desk.views.save": Request(Save, self.save),
            "desk.views.apply": Request(View, self.apply, line="choice"),
            "desk.views.rename": Request(Renamed, self.rename),
            "desk.views.delete": Request(View, self.delete),
        }

    def list(self) -> dict[str, Any]:
        """All of them, and what is seen now in words."""
        views = self._model.gallery.views.list()
        now = saved("now", self._model.state)
        return {
            "views": [
                {
                    "name": view.name,
                    "query": view.query,
                    "sort": view.sort,
                    "said": _said(view),
                    "now": (view.query, view.sort, view.settings) == (now.query, now.sort, now.settings),
                }
                for view in views
            ],
            "said": self._model.explain(),
        }

    def save(self, asked: Save) -> dict[str, Any]:
        """Save what is seen now.

        Raises:
            ProjectError: there is one of that name and it shall not be replaced.
        """
        views = self._model.gallery.views
        if not asked.replace and any(label_key(each.name) == label_key(asked.name) for each in views.list()):
            raise ProjectError(
                f"there is a view {asked.name!r} already", hint="Replace it, or take another name."
            )
        views.save(saved(asked.name, self._model.state))
        return self.list()

    def apply(self, asked: View) -> dict[str, Any]:
        """Show one; what this version does not know of its settings is told, and left out."""
        view = self._model.gallery.views.get(asked.name)
        known = {name: value for name, value in view.settings.items() if name in State.model_fields}
        left = sorted(set(view.settings) - set(known))
        self._model.set(**{**State().model_dump(), **known, "query": view.query, "sort": view.sort})
        return {**self.list(), "left": left}

    def rename(self, asked: Renamed) -> dict[str, Any]:
        """Give one another name."""
        self._model.gallery.views.rename(asked.old, asked.new)
        return self.list()

    def delete(self, asked: View) -> dict[str, Any]:
        """Forget one."""
        self._model.gallery.views.delete(asked.name)
        return self.list()


def saved(name: str, state: State) -> SavedView:
    """A state as it is kept."""
    settings = state.model_dump(mode="json", exclude={"query", "sort"})
    return SavedView(name=name, query=state.query, sort=state.sort, settings=settings)


def _said(view: SavedView) -> str:
    """What is in it besides the search, in a few words."""
    settings = view.settings
    words = [str(settings[name]) for name in ("folder", "view") if settings.get(name)]
    filters = settings.get("filters")
    count = sum(bool(value) for value in filters.values()) if isinstance(filters, dict) else 0
    if count:
        words.append("1 filter" if count == 1 else f"{count} filters")
    return " · ".join(words)
