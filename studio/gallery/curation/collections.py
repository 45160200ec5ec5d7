"""Collections: takes gathered in an order, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.gallery.curation.checks import clean_color, clean_label, clean_note, label_key
from studio.gallery.curation.order import TOO_LONG, places
from studio.gallery.curation.records import Collection

if TYPE_CHECKING:
    from studio.gallery.curation.store import CurationStore


class Collections:
    """The collections of a project, by name; case does not count."""

    def __init__(self, store: CurationStore) -> None:
        self._store = store

    def list(self) -> list[Collection]:
        """All of them, by name."""
        with self._store.lock:
            found = [self._read(each) for each in self._names().values()]
            return sorted(found, key=lambda each: label_key(each.name))

    def get(self, name: str) -> Collection:
        """The one of that name.

        Raises:
            ProjectError: there is none.
        """
        with self._store.lock:
            return self._read(self._id(name))

    def create(self, name: str, paths: Iterable[str] = (), *, note: str = "", color: str = "") -> Collection:
        """Make a collection.

        Raises:
            ProjectError: there is one of that name, or no such file.
            UnsafeName: a name that it can't have.
            StorageError: the disk refuses.
        """
        name = clean_label(name, what="collection")
        with self._store.writing():
            if label_key(name) in self._names():
                raise ProjectError(f"there is a collection {name!r} already", hint="Add to it.")
            made = self._store.stamp()
            changes: dict[tuple[str, str], dict[str, Any]] = {
                ("collection", made): {"name": name, "note": clean_note(note), "color": clean_color(color)}
            }
            files = self._store.ids_for(_listed(paths))
            for (file, facts), place in zip(files.items(), places(len(files)), strict=True):
                changes["file", file] = {**facts, f"in:{made}": place}
            self._store.commit("New collection", changes)
            return self._read(made)

    def add(self, name: str, paths: str | Iterable[str], at: int | None = None) -> None:
        """Put takes in, before the one that is now at `at`, or at the end; what is in already is moved there.

        Raises:
            ProjectError: no such collection or file.
            StorageError: the disk refuses.
        """
        self._arrange("Add to collection", name, paths, at, new=True)

    def move(self, name: str, paths: str | Iterable[str], at: int | None = None) -> None:
        """Move takes within a collection, before the one now at `at`; others are let be. Raises as `add`."""
        self._arrange("Order collection", name, paths, at, new=False)

    def remove(self, name: str, paths: str | Iterable[str]) -> None:
        """Take takes out of a collection; the files stay. Raises as `add`."""
        with self._store.writing():
            collection = self._id(name)
            reading = self._store.reading
            inside = {each for _, each in reading.members(collection)}
            gone = {each for path in _listed(paths) for each in reading.ids_at(path)} & inside
            self._store.commit(
                "Remove from collection",
                {("file", each): {f"in:{collection}": None} for each in sorted(gone)},
            )

    def rename(self, old: str, new: str) -> None:
        """Give a collection another name. Raises as `create`."""
        new = clean_label(new, what="collection")
        with self._store.writing():
            collection = self._id(old)
            if self._names().get(label_key(new), collection) != collection:
                raise ProjectError(f"there is a collection {new!r} already", hint="Choose another name.")
            self._store.commit("Rename collection", {("collection", collection): {"name": new}})

    def describe(self, name: str, *, note: str | None = None, color: str | None = None) -> None:
        """Write a collection's note, give it a colour. Raises as `create`."""
        values: dict[str, Any] = {}
        if note is not None:
            values["note"] = clean_note(note)
        if color is not None:
            values["color"] = clean_color(color)
        with self._store.writing():
            self._store.commit("Describe collection", {("collection", self._id(name)): values})

    def delete(self, name: str) -> None:
        """Forget a collection; the files stay. Raises as `add`."""
        with self._store.writing():
            self._store.commit("Delete collection", {("collection", self._id(name)): {"gone": 1}})

    def _arrange(
        self, label: str, name: str, paths: str | Iterable[str], at: int | None, *, new: bool
    ) -> None:
        with self._store.writing():
            collection = self._id(name)
            field = f"in:{collection}"
            members = self._store.reading.members(collection)
            files = self._store.ids_for(_listed(paths))
            if not new:
                inside = {each for _, each in members}
                files = {file: facts for file, facts in files.items() if file in inside}
            at = len(members) if at is None else max(0, min(at, len(members)))
            before = [each for each in members[:at] if each[1] not in files]
            behind = [each for each in members[at:] if each[1] not in files]
            found = places(len(files), before[-1][0] if before else None, behind[0][0] if behind else None)
            if any(len(each) > TOO_LONG for each in found):  # much was put into one gap
                order = [each for _, each in before] + list(files) + [each for _, each in behind]
                changes = {
                    ("file", each): {**files.get(each, {}), field: place}
                    for each, place in zip(order, places(len(order)), strict=True)
                }
            else:
                changes = {
                    ("file", each): {**facts, field: place}
                    for (each, facts), place in zip(files.items(), found, strict=True)
                }
            self._store.commit(label, changes)

    def _names(self) -> dict[str, str]:
        """Key → id. Of two that were made at once under one name, the first keeps it."""
        reading = self._store.reading
        found: dict[str, str] = {}
        for collection in sorted(reading.state.objects["collection"]):
            name = reading.collection_name(collection)
            key = label_key(name)
            while key in found:
                key += "\0"
            if name:
                found[key] = collection
        return found

    def _id(self, name: str) -> str:
        names = self._names()
        found = names.get(label_key(name)) or (name if name in names.values() else None)
        if found is None:
            raise ProjectError(f"no collection {name!r}", hint="See `collections.list()`.")
        return found

    def _read(self, collection: str) -> Collection:
        reading = self._store.reading
        registers = reading.state.objects["collection"][collection]
        return Collection(
            collection,
            reading.collection_name(collection),
            tuple(dict.fromkeys(reading.path_of(name) for _, name in reading.members(collection))),
            note=registers.get("note", ("", ""))[1],
            color=registers.get("color", ("", ""))[1],
        )


def _listed(paths: str | Iterable[str]) -> Iterable[str]:
    return [paths] if isinstance(paths, str) else paths
