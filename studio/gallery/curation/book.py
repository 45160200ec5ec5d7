"""The log files and what they say: read, added to, and told anew when others have written."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.gallery.curation.clock import Clock
from studio.gallery.curation.history import Change
from studio.gallery.curation.logs import Logs, Rewritten
from studio.gallery.curation.reading import Reading
from studio.gallery.curation.registers import Record, State, read_line
from studio.gallery.curation.snapshot import read_snapshot, write_snapshot

Changes = Mapping[tuple[str, str], dict[str, Any]]
"""(kind, id) → field → new value."""


_SILENT = {"rating": 0, "status": "", "note": ""}
"""What is so of each file of which nothing was said."""


@contextmanager
def many_made() -> Iterator[None]:
    """While a million small objects are made and none is dropped: looking for such would take a third."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Book:
    """What one project's logs say. Not for several threads at once.

    Args:
        folder: `<project>/.gallery/curation`.
        clock: Makes the stamps.

    Attributes:
        damaged: Lines that could not be read.
        fresh: Lines read or written since the last snapshot.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._logs = Logs(folder / "log")
        self._reading: Reading | None = None
        self.damaged = 0
        self.fresh = 0

    @property
    def problems(self) -> list[str]:
        """What could not be read, in words."""
        found = []
        if self.damaged:
            found.append(f"{self.damaged:,} damaged lines in .gallery/curation/log were passed over")
        if self._logs.closed:
            names = ", ".join(sorted(self._logs.closed)[:3])
            found.append(
                f"what others said is not all known: no permission to read {names} in .gallery/curation/log"
            )
        if (link := self._logs.link) is not None:
            found.append(f"{link.name} is a link, so no rating is read or kept; remove it")
        return found

    @property
    def is_open(self) -> bool:
        """Whether anything was read yet."""
        return self._reading is not None

    @property
    def reading(self) -> Reading:
        """What is on disk, read when it is first asked for.

        Raises:
            StorageError: it can't be read.
        """
        if self._reading is None:
            self._reading = self._load()
        return self._reading

    def poll(self, *, thorough: bool) -> set[str]:
        """Read what others have written.

        Returns:
            The paths of which something else is shown now.

        Raises:
            StorageError: the disk refuses.
        """
        reading = self.reading
        try:
            return reading.merge(self._records(self._logs.news(thorough=thorough)))
        except Rewritten:  # git put other files in place
            self._reading = self._load(fresh=True)
            return set(reading.at) | set(self._reading.at)

    def write(self, changes: Changes) -> tuple[list[Change], set[str]]:
        """Add what differs from what is said already: one stamp, one flush.

        Returns:
            What was changed, and the paths of which something else is shown now.

        Raises:
            StorageError: the disk refuses; nothing is changed.
        """
        reading = self.reading
        stamp = self.stamp()
        records: list[Record] = []
        done: list[Change] = []
        for (kind, name), values in changes.items():
            registers = reading.state.objects[kind].get(name, {})
            again = (kind, "name") if kind == "tag" else None  # a tag may be made again
            new = {
                field: value
                for field, value in values.items()
                if (kind, field) == again or _differs(field, registers.get(field), value)
            }
            if kind == "file" and not registers and len(values) > 1 and new.keys() <= {"is"}:
                continue  # nothing is said of a file of which nothing was said
            if new:
                records.append(Record(stamp, kind, name, new))
                done.extend(Change(kind, name, field, registers.get(field)) for field in new)
        if not records:
            return [], set()
        self._logs.append(b"".join(record.line() for record in records))
        self.fresh += len(records)
        return done, reading.merge(records)

    def stamp(self) -> str:
        """A stamp of now, later than all that was read."""
        return self._clock.tick(self._logs.writer)

    def wrote(self, stamp: str) -> bool:
        """Whether a stamp was made here."""
        return self._logs.wrote(stamp)

    def compact(self) -> None:
        """Write the snapshot of what is said.

        Raises:
            StorageError: the disk refuses.
            UnsafeName: the folder is a link.
        """
        self._logs.refuse_links()
        write_snapshot(self._folder, self.reading.state, self._logs)
        self.fresh = 0

    def _load(self, *, fresh: bool = False) -> Reading:
        with many_made():
            return Reading(self._read_all(fresh=fresh))

    def _read_all(self, *, fresh: bool) -> State:
        self.damaged = self.fresh = 0
        believed = not fresh and self._logs.link is None
        state = read_snapshot(self._folder, self._logs) if believed else None
        if state is None:
            self._logs.forget()
            state = State()
        try:
            state.merge_all(self._records(self._logs.news(thorough=True)))
        except Rewritten:  # changed while it was read
            self._logs.forget()
            state = State()
            state.merge_all(self._records(self._logs.news()))
        latest = ""
        for objects in state.objects.values():
            for registers in objects.values():
                for stamp, _ in registers.values():
                    if stamp > latest:
                        latest = stamp
        if latest:
            self._clock.observe(latest)
        return state

    def _records(self, lines: Iterable[bytes]) -> Iterator[Record]:
        latest = ""
        for line in lines:
            record = read_line(line)
            if record is None:
                self.damaged += bool(line.strip())
                continue
            latest = max(latest, record.stamp)
            self.fresh += 1
            yield record
        if latest:
            self._clock.observe(latest)


def _differs(field: str, register: tuple[str, Any] | None, value: Any) -> bool:
    if register is not None:
        return bool(register[1] != value or type(register[1]) is not type(value))
    nothing = 0 if field.startswith("tag:") else _SILENT.get(field)
    return nothing is None or bool(value != nothing)
