"""Saved views: a query, a sort order and the page's settings under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.errors import ProjectError
from studio.gallery.curation.checks import clean_label, label_key
from studio.gallery.curation.records import SavedView

if TYPE_CHECKING:
    from studio.gallery.curation.store import CurationStore


class Views:
    """The saved views of a project, by name; case does not count."""

    def __init__(self, store: CurationStore) -> None:
        self._store = store

    def list(self) -> list[SavedView]:
        """All of them, by name. One that a later version wrote and this one can't read is left out."""
        with self._store.lock:
            found = (_read(registers) for registers in self._store.reading.state.objects["view"].values())
            return sorted((each for each in found if each), key=lambda each: label_key(each.name))

    def get(self, name: str) -> SavedView:
        """The one of that name.

        Raises:
            ProjectError: there is none.
        """
        with self._store.lock:
            found = _read(self._store.reading.state.objects["view"].get(label_key(name), {}))
        if found is None:
            raise ProjectError(f"no saved view {name!r}", hint="See `views.list()`.")
        return found

    def save(self, view: SavedView) -> SavedView:
        """Save a view, in place of the one that has its name.

        Raises:
            UnsafeName: a name that it can't have.
            StorageError: the disk refuses.
        """
        name = clean_label(view.name, what="view")
        saved = view.model_copy(update={"name": name})
        with self._store.writing():
            self._store.commit("Save view", {("view", label_key(name)): {"value": saved.model_dump()}})
        return saved

    def rename(self, old: str, new: str) -> SavedView:
        """Give a view another name.

        Raises:
            ProjectError: no such view, or there is one of the new name. Else as `save`.
        """
        new = clean_label(new, what="view")
        with self._store.writing():
            view = self.get(old).model_copy(update={"name": new})
            same = label_key(old) == label_key(new)
            if not same and any(label_key(each.name) == label_key(new) for each in self.list()):
                raise ProjectError(f"there is a view {new!r} already", hint="Choose another name.")
            changes: dict[tuple[str, str], dict[str, Any]] = {} if same else {_key(old): {"value": None}}
            changes[_key(new)] = {"value": view.model_dump()}
            self._store.commit("Rename view", changes)
        return view

    def delete(self, name: str) -> None:
        """Forget a view. Raises as `get`."""
        with self._store.writing():
            self.get(name)
            self._store.commit("Delete view", {_key(name): {"value": None}})


def _key(name: str) -> tuple[str, str]:
    return "view", label_key(name)


def _read(registers: dict[str, tuple[str, Any]]) -> SavedView | None:
    value = registers.get("value", ("", None))[1]
    try:
        return SavedView.model_validate(value) if value is not None else None
    except ValidationError:
        return None
