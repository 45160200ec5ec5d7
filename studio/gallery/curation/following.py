"""Curation follows its files: those that we move, and those that others moved behind our back."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.errors import StorageError
from studio.gallery.curation.hashing import content_hash

if TYPE_CHECKING:
    from studio.gallery.curation.store import CurationStore

_BATCH = 200  # hashes a flush

_SECOND = 1_000_000_000  # ns

Looks = Mapping[str, tuple[int, int]]
"""New path → size and time of change (ns) of the file there."""

Alone = Callable[[], AbstractContextManager[bool]]
Present = Mapping[str, tuple[int, int]]
Cancel = Callable[[], bool] | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A file that something is said about: its id, where it was last, and its facts then."""

    id: str
    path: str
    size: int
    changed: int
    hash: str | None


class Following:
    """Keeps the paths and hashes in a store true."""

    def __init__(self, store: CurationStore) -> None:
        self._store = store
        self._unreadable: set[str] = set()
        self._homeless: dict[str, int] = {}
        """Files that are gone and of which something is said: path → size."""

    def places(self, moves: Iterable[tuple[str, str]], looks: Looks | None = None) -> dict[str, str]:
        """See `CurationStore.places` and `follow`."""
        reading = self._store.reading
        table = dict(moves)
        found = {
            name: new
            for old, new in table.items()
            for name in reading.ids_at(old)
            if looks is None or self._went(name, old, new, looks.get(new))
        }
        for new in table.values():
            if new not in table:
                found |= {name: "" for name in reading.ids_at(new) if not self._stands_at(name, new)}
        return found

    def _went(self, name: str, old: str, new: str, look: tuple[int, int] | None) -> bool:
        """Whether a file that a scan saw at `new` is the one of that id, which was at `old`.

        Another process may have moved files on since the scan: then another one's id is at that path.
        """
        facts = self._store.reading.files[name].get("is")
        if facts is None or look is None:
            return True
        there = self._store.facts.look(new)
        known = facts[1][0], facts[1][1]
        return _alike(known, look) and there == look and not self._stands_at(name, old)

    def _stands_at(self, name: str, path: str) -> bool:
        """Whether the very file of that id lies at `path`: it was noted before that it is there."""
        facts = self._store.reading.files[name].get("is")
        look = self._store.facts.look(path)
        return facts is not None and look is not None and list(look) == list(facts[1])[:2]

    def copied(self, copies: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
        """What to say of copies: all but the collections, which hold the original only."""
        reading = self._store.reading
        said: dict[str, dict[str, Any]] = {}
        for old, new in copies:
            registers = reading.registers_at(old)
            if not registers or reading.show(new) or self._store.facts.path(new) is None:
                continue
            values: dict[str, Any] = {}
            for field in ("rating", "status", "note"):
                if field in registers:
                    values[field] = registers[field][1]
            for field, (stamp, value) in registers.items():
                if field.startswith("tag:") and value == 1 and stamp > reading.name_of_tag(field[4:])[1]:
                    values[field] = 1
            said[new] = values
        ids = self._store.ids_for(said)
        return {
            ("file", name): {**facts, **values}
            for (name, facts), values in zip(ids.items(), said.values(), strict=True)
        }

    def settle(self, seconds: float | None, cancel: Cancel, largest: int | None = None) -> int:
        """See `CurationStore.settle`."""
        with self._store.lock:
            waiting = [
                each
                for each in self._known()
                if each.hash is None
                and each.id not in self._unreadable
                and (largest is None or each.size <= largest)
            ]
        end = None if seconds is None else time.monotonic() + seconds
        done: dict[_Known, dict[str, Any]] = {}
        left = len(waiting)
        for each in waiting:
            if (cancel and cancel()) or (end is not None and time.monotonic() > end):
                break
            left -= 1
            facts = self._hashed(each.path)
            if facts is None or not _alike((facts[0], facts[1]), (each.size, each.changed)):
                self._unreadable.add(each.id)  # or it is another file by now
                continue
            done[each] = {"is": facts}
            if len(done) == _BATCH:
                self._note("Hash", done)
        self._note("Hash", done)
        return left

    def _note(self, label: str, done: dict[_Known, dict[str, Any]]) -> set[str]:
        """Write what was found out, but of files of which others have said since where or what they are.

        Returns:
            The ids of those of which it was written.
        """
        written: set[str] = set()
        if done:
            with self._store.writing():
                reading = self._store.reading
                for each, said in done.items():
                    facts = reading.files.get(each.id, {}).get("is", ("", None))[1]
                    same = facts == [each.size, each.changed, each.hash]
                    if same and reading.path_of(each.id) == each.path and self._is_so(each, said):
                        written.add(each.id)
                changes = {("file", each.id): said for each, said in done.items() if each.id in written}
                self._store.commit(label, changes, undoable=False)
            done.clear()
        return written

    def _is_so(self, each: _Known, said: Mapping[str, Any]) -> bool:
        """Whether what was found out of a file is still true on the disk."""
        path = said.get("path", each.path)
        if path == "":
            return not self._stands_at(each.id, each.path)
        look = self._store.facts.look(path)
        return look is not None and list(look) == list(said["is"])[:2]

    def _hashed(self, path: str) -> list[Any] | None:
        """Size, time of change and hash; None if there is no such file or it is being written."""
        file = self._store.facts.path(path)
        try:
            if file is None:
                return None
            before = file.lstat()
            digest = content_hash(file)
            after = file.lstat()
        except (OSError, StorageError):
            return None
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return None
        return [after.st_size, after.st_mtime_ns, digest]

    def concern(self, arrived: Mapping[str, int], gone: Iterable[str]) -> bool:
        """See `CurationStore.concerns`."""
        reading = self._store.reading
        left = {path: names for path in gone if (names := reading.at.get(path))}
        for path, names in left.items():
            facts = next((found for name in names if (found := reading.files[name].get("is"))), None)
            if facts is not None:
                self._homeless[path] = facts[1][0]
        for path in arrived:
            self._homeless.pop(path, None)
        sizes = set(self._homeless.values())
        return bool(left) or any(path in reading.at or size in sizes for path, size in arrived.items())

    def reconcile(self, present: Present, cancel: Cancel, alone: Alone) -> list[tuple[str, str]]:
        """See `CurationStore.reconcile`."""
        with self._store.lock:
            known = list(self._known())
            spoken = set(self._store.reading.at)
        present = self._as_now(known, present)
        by_size: dict[int, list[str]] = defaultdict(list)
        for path, (size, _) in present.items():
            if path not in spoken:
                by_size[size].append(path)
        gone = [each for each in known if each.path not in present and self._store.facts.gone(each.path)]
        there = {each.path: each for each in known if each.path in present}
        look = _Look(self, present)
        replaced = [
            each for each in there.values() if self._replaced(each, by_size, there, gone, present, look)
        ]
        for each in replaced:
            by_size[present[each.path][0]].append(each.path)
        found: dict[str, str] = {}
        for each in sorted([*gone, *replaced], key=lambda one: one.path):
            if cancel and cancel():
                return []
            new = _best(each, by_size.get(each.size, []), set(found.values()), present, look)
            if new is not None:
                found[each.id] = new
        taken = set(found.values())
        changes = {
            each: {"path": found[each.id], "is": look.facts(found[each.id])}
            for each in known
            if each.id in found
        }
        for each in replaced:
            if each.id not in found:  # overwritten by another file, or edited where it is
                changes[each] = {"path": ""} if each.path in taken else {"is": [*present[each.path], None]}
        written: set[str] = set()
        if changes:
            with alone() as undisturbed:
                written = self._note("Follow", changes) if undisturbed else written
        self._homeless = {each.path: each.size for each in gone if each.id not in found}
        return sorted((each.path, found[each.id]) for each in known if each.id in written & found.keys())

    def _as_now(self, known: Iterable[_Known], present: Present) -> Present:
        """`present`, with files that are not as they are known looked at again: others may have moved them on
        since they were listed."""
        now = dict(present)
        for each in known:
            seen = present.get(each.path)
            if seen is not None and seen != (each.size, each.changed):
                look = self._store.facts.look(each.path)
                if look is None:
                    now.pop(each.path, None)
                else:
                    now[each.path] = look
        return now

    def _known(self) -> Iterator[_Known]:
        """Files that something is said about and of which the size is known."""
        reading = self._store.reading
        for path, names in list(reading.at.items()):
            for name in names:
                facts = reading.files[name].get("is")
                if facts is not None:
                    yield _Known(name, path, *facts[1])

    def _replaced(
        self,
        each: _Known,
        by_size: Mapping[int, list[str]],
        there: Mapping[str, _Known],
        gone: list[_Known],
        present: Present,
        look: _Look,
    ) -> bool:
        """Whether another file stands where this one was. Read only if this one may be elsewhere."""
        size, changed = present[each.path]
        if size != each.size:
            return True
        if changed == each.changed or each.hash is None:
            return False
        partner = (
            bool(by_size.get(size))
            or any(one.size == size for one in gone)
            or any(one.path != each.path and present[one.path][0] == size for one in there.values())
        )
        return partner and look.hash(each.path) not in (None, each.hash)


def _alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two looks, perhaps of two machines, may be of one file: some disks keep seconds only."""
    coarse = one[1] % _SECOND == 0 or other[1] % _SECOND == 0
    return one[0] == other[0] and abs(one[1] - other[1]) <= (2 * _SECOND if coarse else 1_000)


class _Look:
    """Reads files at most once."""

    def __init__(self, following: Following, present: Present) -> None:
        self._following = following
        self._present = present
        self._facts: dict[str, list[Any] | None] = {}

    def hash(self, path: str) -> str | None:
        if path not in self._facts:
            self._facts[path] = self._following._hashed(path)
        facts = self._facts[path]
        return facts[2] if facts else None

    def facts(self, path: str) -> list[Any]:
        """Size, time of change and the hash, if it was made."""
        return self._facts.get(path) or [*self._present[path], None]


def _best(each: _Known, candidates: list[str], taken: set[str], present: Present, look: _Look) -> str | None:
    """The file that this one is now: of the same content the one with the most familiar name."""
    name = each.path.rpartition("/")[2]
    free = sorted(
        (path for path in candidates if path not in taken and path != each.path),
        key=lambda path: (present[path][1] != each.changed, path.rpartition("/")[2] != name, path),
    )
    if each.hash is not None:
        return next((path for path in free if look.hash(path) == each.hash), None)
    same = [path for path in free if present[path][1] == each.changed]
    return same[0] if len(same) == 1 and each.changed else None
