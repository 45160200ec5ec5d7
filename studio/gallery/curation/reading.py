"""From registers to what is shown: which file is where, under which names its tags go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from studio.gallery.curation.checks import label_key
from studio.gallery.curation.records import Curation
from studio.gallery.curation.registers import Record, Registers, State

_PLAIN = frozenset({"rating", "status", "note", "path", "is"})
HIDDEN = ".gallery/"
"""Paths of the gallery's own folder: what lies in the trash keeps its curation but is not shown."""


class Reading:
    """Looks up `state` by path, tag and collection, and is told of each change."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.files = state.objects["file"]
        self._tags = state.objects["tag"]
        self._collections = state.objects["collection"]
        self.at: dict[str, list[str]] = {}
        self.tagged: dict[str, set[str]] = defaultdict(set)
        self.collected: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, tuple[str, str]] = {}
        self._labels: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name, registers in self.files.items():  # a plain loop: this runs for every file at every opening
            if "path" in registers or "\0" in name:
                self._place(name, "", self.path_of(name))
            else:
                self.at.setdefault(name, []).append(name)
            for field in registers:
                if field not in _PLAIN:
                    self._list_field(name, field)

    def path_of(self, name: str) -> str:
        """Where the file with that id lies; "" if it is no more."""
        registers = self.files.get(name, {})
        if "path" in registers:
            return str(registers["path"][1])
        return "" if "\0" in name else name

    def ids_at(self, path: str) -> list[str]:
        """The ids of the file at `path`, the one to write to first; several if two began at once."""
        found = self.at.get(path, [])
        if len(found) < 2:
            return found
        return sorted(found, key=lambda name: (self.files[name].get("path", ("", ""))[0], name), reverse=True)

    def under(self, folder: str) -> Iterator[tuple[str, str]]:
        """Id and path of all files below a folder."""
        for path, names in self.at.items():
            if path.startswith(f"{folder}/"):
                for name in names:
                    yield name, path

    def merge(self, records: Iterable[Record]) -> set[str]:
        """Take in records.

        Returns:
            The paths of which something else is shown now.
        """
        touched: set[str] = set()
        for record in records:
            before = self.path_of(record.id) if record.kind == "file" and "path" in record.values else ""
            new = record.kind == "file" and record.id not in self.files
            changed = self.state.merge(record)
            if not changed:
                continue
            if record.kind == "file":
                now = self.path_of(record.id)
                if new or "path" in changed:
                    self._place(record.id, "" if new else before, now)
                    touched.add(before)
                for field in changed:
                    self._list_field(record.id, field)
                touched.add(now)
            else:
                touched |= self._members(record)
        touched.discard("")
        return touched

    def _members(self, record: Record) -> set[str]:
        """The paths of the files that a change of a tag or collection is seen at."""
        if record.kind == "tag":
            self._names.clear()
            self._labels.clear()
            return {self.path_of(name) for tag in self._kin(record.id) for name in self.tagged.get(tag, ())}
        if record.kind == "collection":
            return {self.path_of(name) for name in self.collected.get(record.id, ())}
        return set()

    def _kin(self, tag: str) -> set[str]:
        """A tag and all that were merged into it."""
        return {tag} | {each for each in self._tags if tag in self._chain(each)}

    def _place(self, name: str, before: str, now: str) -> None:
        if before and name in self.at.get(before, ()):
            self.at[before].remove(name)
            if not self.at[before]:
                del self.at[before]
        if now:
            self.at.setdefault(now, []).append(name)

    def _list_field(self, name: str, field: str) -> None:
        if field.startswith("tag:"):
            self.tagged[field[4:]].add(name)
        elif field.startswith("in:"):
            self.collected[field[3:]].add(name)

    # Tags

    def _chain(self, tag: str) -> list[str]:
        """The tag, what it was merged into, and so on; a ring of merges ends at its first name."""
        chain = [tag]
        while True:
            into = self._tags.get(chain[-1], {}).get("into", ("", ""))[1]
            if not into or into == chain[-1]:
                return chain
            if into in chain:
                return [*chain, min(chain[chain.index(into) :])]
            chain.append(into)

    def name_of_tag(self, tag: str) -> tuple[str, str]:
        """The name that a tag goes by, and the stamp up to which it was taken off everything."""
        known = self._names.get(tag)
        if known is None:
            chain = self._chain(tag)
            gone = joined = ""
            for each in chain:
                registers = self._tags.get(each, {})
                here = str(registers.get("gone", ("", ""))[1])
                if here >= joined:  # deleted after the tag had become this one
                    gone = max(gone, here)
                joined = max(joined, registers.get("into", ("", ""))[0])
            name = self._tags.get(chain[-1], {}).get("name", ("", chain[-1]))[1]
            known = self._names[tag] = (str(name), gone)
        return known

    def paths_with(self, tag: str) -> set[str]:
        """The files that have a tag, but for those in the trash."""
        gone, field = self.name_of_tag(tag)[1], f"tag:{tag}"
        found = set()
        for name in self.tagged.get(tag, ()):
            stamp, value = self.files[name][field]
            if value == 1 and stamp > gone:
                found.add(self.path_of(name))
        return {path for path in found if path and not path.startswith(HIDDEN)}

    def _sorted(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of tags in order, each once; the same few sets of tags come again and again."""
        known = self._labels.get(names)
        if known is None:
            found: dict[str, str] = {}
            for name in names:
                key = label_key(name)
                found[key] = min(name, found.get(key, name))
            known = self._labels[names] = tuple(found[key] for key in sorted(found))
        return known

    def living_tags(self) -> dict[str, list[str]]:
        """Key → ids of the tags that are not merged away or deleted."""
        found: dict[str, list[str]] = defaultdict(list)
        for tag, registers in sorted(self._tags.items()):
            name, gone = self.name_of_tag(tag)
            own = [registers[field][0] for field in ("name", "color") if field in registers]
            merged = registers.get("into", ("", ""))[1] and self._chain(tag)[-1] != tag
            if not merged and max(own, default="") > gone:
                found[label_key(name)].append(tag)
        return found

    # Collections

    def collection_name(self, collection: str) -> str:
        """Its name, or "" if it is deleted or was never made."""
        registers = self._collections.get(collection, {})
        return "" if registers.get("gone", ("", 0))[1] else str(registers.get("name", ("", ""))[1])

    def members(self, collection: str) -> list[tuple[str, str]]:
        """Place and id of a collection's takes, in order; those in the trash are left out."""
        found = []
        for name in self.collected.get(collection, ()):
            stamp, place = self.files[name][f"in:{collection}"]
            path = self.path_of(name)
            if place is not None and path and not path.startswith(HIDDEN):
                found.append((place, stamp, name))
        return [(place, name) for place, _, name in sorted(found)]

    # Files

    def registers_at(self, path: str) -> Registers:
        """What was said about the file at `path`, the last word on each field."""
        names = self.at.get(path, [])
        if len(names) == 1:
            return self.files[names[0]]
        merged: Registers = {}
        for name in names:
            for field, register in self.files[name].items():
                if field not in merged or register[0] > merged[field][0]:
                    merged[field] = register
        return merged

    def show(self, path: str) -> Curation:
        """What was said about the file at `path`."""
        registers = self.registers_at(path)
        if not registers:
            return Curation(path)
        rating, status, note = 0, "", ""
        tags: list[str] = []
        collections = []
        for field, (
            stamp,
            value,
        ) in registers.items():  # a plain loop: this runs for every file at every opening
            if field == "rating":
                rating = value
            elif field == "status":
                status = value
            elif field == "note":
                note = value
            elif field.startswith("tag:"):
                name, gone = self.name_of_tag(field[4:])
                if value == 1 and stamp > gone:
                    tags.append(name)
            elif field.startswith("in:") and value is not None:
                collections.append(self.collection_name(field[3:]))
        named = tuple(sorted({name for name in collections if name})) if collections else ()
        return Curation(path, rating, self._sorted(tuple(tags)), status, note, named)
