"""The tag manager: names, colours, merging and deleting, each at the cost of a line whatever the use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.gallery.curation.checks import clean_color, clean_label, label_key
from studio.gallery.curation.records import Tag

if TYPE_CHECKING:
    from studio.gallery.curation.store import CurationStore


_Ids = list[str]
_listed = list


class Tags:
    """The tags of a project. Case does not count in their names."""

    def __init__(self, store: CurationStore) -> None:
        self._store = store

    def list(self) -> list[Tag]:
        """All tags by name, with how many files have each."""
        with self._store.lock:
            reading = self._store.reading
            names: dict[str, str] = {}
            colors: dict[str, str] = {}
            for key, tags in reading.living_tags().items():
                names[key] = min(reading.name_of_tag(tag)[0] for tag in tags)
                registers = [reading.state.objects["tag"][tag].get("color", ("", "")) for tag in tags]
                colors[key] = max(registers)[1]
            used: defaultdict[str, set[str]] = defaultdict(set)
            for tag in reading.tagged:
                paths = reading.paths_with(tag)
                if paths:
                    name = reading.name_of_tag(tag)[0]
                    used[label_key(name)] |= paths
                    names.setdefault(label_key(name), name)
            return [Tag(names[key], colors.get(key, ""), len(used[key])) for key in sorted(names)]

    def add(self, name: str, color: str = "") -> None:
        """Make a tag, or give the one of that name a colour.

        Raises:
            UnsafeName: a name that a tag can't have.
            ProjectError: no such colour.
            StorageError: the disk refuses.
        """
        name, color = clean_label(name), clean_color(color)
        with self._store.writing():
            changes: dict[tuple[str, str], dict[str, Any]] = {}
            tag = self.id_for(name, changes)
            if color:
                changes.setdefault(("tag", tag), {})["color"] = color
            self._store.commit("New tag", changes)

    def rename(self, old: str, new: str) -> None:
        """Give a tag another name, wherever it is used.

        Raises:
            ProjectError: no such tag, or one of the new name is there already (`merge` them). Else as `add`.
        """
        new = clean_label(new)
        with self._store.writing():
            tags = self._known(old)
            if label_key(new) != label_key(old) and self.ids(new):
                raise ProjectError(f"there is a tag {new!r} already", hint="Merge the two.")
            self._store.commit("Rename tag", {("tag", tag): {"name": new} for tag in tags})

    def merge(self, names: Iterable[str], into: str) -> None:
        """Make several tags one, which is made if it is not there. Raises as `rename`."""
        into = clean_label(into)
        with self._store.writing():
            changes: dict[tuple[str, str], dict[str, Any]] = {}
            target = self.id_for(into, changes)
            kept = {target, *self.ids(into)}
            for name in names:
                for tag in self._known(name):
                    if tag not in kept:
                        changes["tag", tag] = {"into": target}
            self._store.commit("Merge tags", changes)

    def color(self, name: str, color: str) -> None:
        """Give a tag a colour, `#rrggbb`, or take it away with "". Raises as `rename`."""
        color = clean_color(color)
        with self._store.writing():
            self._store.commit("Tag colour", {("tag", tag): {"color": color} for tag in self._known(name)})

    def delete(self, names: str | Iterable[str]) -> None:
        """Take a tag, or several, off all files and forget it. Raises as `rename`; then nothing is."""
        several = [names] if isinstance(names, str) else _listed(names)
        with self._store.writing():
            stamp = self._store.stamp()
            gone = {("tag", tag): {"gone": stamp} for name in several for tag in self._known(name)}
            self._store.commit("Delete tag" if len(several) == 1 else f"Delete {len(several)} tags", gone)

    def ids(self, name: str) -> _Ids:
        """The ids of the living tags that go by a name, and of those merged into them."""
        reading = self._store.reading
        living = set(reading.living_tags().get(label_key(name), ()))
        every = set(reading.tagged) | set(reading.state.objects["tag"])
        key = label_key(name)
        return sorted(tag for tag in every if tag in living or label_key(reading.name_of_tag(tag)[0]) == key)

    def id_for(self, name: str, changes: dict[tuple[str, str], dict[str, Any]]) -> str:
        """The id of the tag to use for a name; if there is none, `changes` gets what makes it."""
        reading = self._store.reading
        living = reading.living_tags().get(label_key(name))
        if living:
            return living[0]
        for (kind, made), values in changes.items():
            if kind == "tag" and label_key(values.get("name", "")) == label_key(name):
                return made
        key = label_key(name)
        registers = reading.state.objects["tag"].get(key, {})
        # The plain id is free, or its tag was deleted: two processes that make a tag at once meet in it.
        renamed = "into" in registers and registers["into"][1]
        other = "name" in registers and label_key(registers["name"][1]) != key
        tag = f"{key}\0{self._store.stamp()}" if renamed or other else key
        changes["tag", tag] = {"name": name}
        return tag

    def _known(self, name: str) -> _Ids:
        tags = self._store.reading.living_tags().get(label_key(clean_label(name)))
        if not tags:
            raise ProjectError(f"no tag {name!r}", hint="See `tags.list()`.")
        return tags
