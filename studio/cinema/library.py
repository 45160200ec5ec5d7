"""The library: every word, piece of gear, preset, rule and target that data files give, read once.

Folders are layered: the shipped `presets/` first, then a project's own; the same id in a later folder wins.
A broken file is put on the list of problems and does not stop the others.
"""

from __future__ import annotations

import difflib
import os
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from studio.cinema.records import Adapter, Camera, FilmFormat, Lens, Mount, Record, Stock, Term
from studio.data import data_folder
from studio.errors import DataFileError, LookError, StudioError

if TYPE_CHECKING:
    from studio.cinema.presets import PresetRecord
    from studio.cinema.rule import Rule, RuleOff
    from studio.cinema.targets import Target

R = TypeVar("R", bound=Record)

GEAR: dict[str, type[Record]] = {
    "film_format": FilmFormat,
    "mount": Mount,
    "adapter": Adapter,
    "camera": Camera,
    "lens": Lens,
    "stock": Stock,
}


def near(text: str, among: Iterable[str]) -> str | None:
    """The name most like `text`, if any is like it."""
    found = difflib.get_close_matches(str(text), list(among), n=1, cutoff=0.5)
    return found[0] if found else None


class Library:
    """What the data files hold. Read-only once loaded.

    Args:
        folders: Folders laid out as the shipped `presets/`; later ones win.
    """

    def __init__(self, *folders: Path) -> None:
        from studio.cinema.presets import read_presets
        from studio.cinema.rulefiles import read_rules
        from studio.cinema.targets import read_targets

        self.folders = folders
        self.problems: list[DataFileError] = []
        self.terms: dict[str, dict[str, Term]] = {}
        self.formats: dict[str, FilmFormat] = {}
        self.mounts: dict[str, Mount] = {}
        self.adapters: dict[tuple[str, str], Adapter] = {}
        self.cameras: dict[str, Camera] = {}
        self.lenses: dict[str, Lens] = {}
        self.stocks: dict[str, Stock] = {}
        self.presets: dict[str, PresetRecord] = {}
        self.rules: dict[str, Rule] = {}
        self.rules_off: dict[str, RuleOff] = {}
        self.targets: dict[str, Target] = {}
        self._aliases: dict[tuple[str, str], str] = {}
        self.memo: dict[Any, Any] = {}
        """Room for what is worked out from this library and never changes while it stands."""
        self._read_words()
        self._read_gear()
        read_targets(self)
        read_rules(self)
        read_presets(self)

    # Reading

    def files(self, pattern: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Every TOML file under the folders that fits `pattern`, parsed; a broken one becomes a problem."""
        for folder in self.folders:
            for path in sorted(folder.glob(pattern)):
                try:
                    yield path, read_toml(path)
                except DataFileError as error:
                    self.problems.append(error)

    def record(self, kind: type[R], path: Path, place: str, data: Mapping[str, Any]) -> R | None:
        """One record checked; a fault becomes a problem that names file and field, and gives None."""
        try:
            return kind.model_validate(dict(data), context={"library": self})
        except ValidationError as error:
            for fault in error.errors():
                self.problems.append(_fault(path, place, fault))
        except StudioError as error:
            where = ".".join(part for part in (place, error.where) if part)
            self.problems.append(DataFileError(error.message, where=f"{path}: {where}", hint=error.hint))
        return None

    def problem(self, path: Path, place: str, message: str, hint: str = "") -> None:
        """Note a fault of a data file."""
        self.problems.append(DataFileError(message, where=f"{path}: {place}", hint=hint))

    def _read_words(self) -> None:
        for path, tables in self.files("words/*.toml"):
            for table, entries in tables.items():
                if not isinstance(entries, dict):
                    self.problem(
                        path, table, "expected a table of words", 'Write [mood] and below it: id = "words".'
                    )
                    continue
                for id, entry in entries.items():
                    data = {"words": entry} if isinstance(entry, str) else entry
                    if not isinstance(data, dict):
                        self.problem(
                            path, f"{table}.{id}", f"expected words in quotes or a table, got {entry!r}"
                        )
                        continue
                    words = data.get("words") or data.get("name") or id
                    name = data.get("name") or _title(id)
                    term = self.record(
                        Term, path, f"{table}.{id}", {**data, "id": id, "name": name, "words": words}
                    )
                    if term is not None and self._complete(path, table, term):
                        self.terms.setdefault(table, {})[id] = term
                        self.named(table, term)

    def _complete(self, path: Path, table: str, term: Term) -> bool:
        for tables, fact in (("aspect_ratio", "ratio"), ("shot_size", "size")):
            if table == tables and getattr(term, fact) is None:
                self.problem(
                    path, f"{table}.{term.id}.{fact}", "missing", f"Every {table.replace('_', ' ')} has one."
                )
                return False
        return True

    def _read_gear(self) -> None:
        found: list[tuple[str, Path, str, dict[str, Any]]] = []
        for path, tables in self.files("gear/*.toml"):
            for table, entries in tables.items():
                if table not in GEAR or not isinstance(entries, dict):
                    self.problem(path, table, "unknown table", f"Gear files hold: {', '.join(GEAR)}.")
                    continue
                for id, entry in entries.items():
                    if isinstance(entry, dict):
                        found.append((table, path, id, entry))
                    else:
                        self.problem(path, f"{table}.{id}", f"expected a table, got {entry!r}")
        order = list(
            GEAR
        )  # cameras know their gates, and cameras and lenses their mounts, so these come first
        for table, path, id, entry in sorted(found, key=lambda item: order.index(item[0])):
            self._keep(table, path, id, entry)

    def _keep(self, table: str, path: Path, id: str, entry: Mapping[str, Any]) -> None:
        data = {**entry, "id": id, "name": entry.get("name") or _title(id)}
        place = f"{table}.{id}"
        if table == "camera":
            data = self._framed(path, place, data)
        record = self.record(GEAR[table], path, place, data)
        if record is None or not self._mounts_known(path, place, record):
            return
        if isinstance(record, Adapter):
            self.adapters[record.lens, record.camera] = record
        else:
            self.gear(table)[id] = record
            self.named(table, record)

    def _framed(self, path: Path, place: str, data: dict[str, Any]) -> dict[str, Any]:
        """A film camera's gates in millimetres, the first as its sensor."""
        gates = data.get("gates")
        if data.get("medium") != "film" or not isinstance(gates, list) or not gates:
            return data
        known = [self.formats[gate] for gate in gates if gate in self.formats]
        for gate in gates:
            if gate not in self.formats:
                self.problem(
                    path,
                    f"{place}.gates",
                    f"unknown film format {gate!r}",
                    f"Known: {', '.join(self.formats)}.",
                )
        if not known:
            return data
        first = known[0]
        return {
            **data,
            "gates": [form.id for form in known],
            "modes": {form.id: (form.width_mm, form.height_mm) for form in known},
            "sensor_width_mm": first.width_mm,
            "sensor_height_mm": first.height_mm,
            "gauge": first.gauge,
            "format": data.get("format") or first.id,
        }

    def _mounts_known(self, path: Path, place: str, record: Record) -> bool:
        named: tuple[str, ...] = getattr(record, "mounts", ())
        if isinstance(record, Adapter):
            named = (record.lens, record.camera)
        unknown = [mount for mount in named if mount not in self.mounts and self.mounts]
        for mount in unknown:
            self.problem(
                path, f"{place}.mounts", f"unknown mount {mount!r}", f"Known: {', '.join(self.mounts)}."
            )
        return not unknown

    def named(self, table: str, record: Record) -> None:
        """Let the record's aliases lead to it."""
        for alias in record.aliases:
            self._aliases[table, alias] = record.id

    # Asking

    def gear(self, table: str) -> dict[str, Any]:
        """The records of a gear table, by id."""
        tables: dict[str, dict[str, Any]] = {
            "camera": self.cameras,
            "lens": self.lenses,
            "stock": self.stocks,
            "mount": self.mounts,
            "film_format": self.formats,
        }
        return tables[table]

    def table(self, words: str) -> Mapping[str, Record]:
        """All records that a field may name: gear, presets or words."""
        if words == "preset":
            return self.presets
        return self.gear(words) if words in GEAR else self.terms.get(words, {})

    def canonical(self, words: str, value: str) -> str:
        """The id that `value` names in a table.

        Raises:
            ValueError: none; the message says what is near.
        """
        table = self.table(words)
        if value in table:
            return value
        alias = self._aliases.get((words, value))
        if alias is not None:
            return alias
        if words == "preset":  # a look outlives the file that it came from
            return value
        like = near(value, table)
        label = words.replace("_", " ")
        raise ValueError(f"unknown {label} {value!r}" + (f"; did you mean {like!r}?" if like else ""))

    def find(self, words: str, value: str) -> Any:
        """The record of that id or alias.

        Raises:
            LookError: none has it.
        """
        try:
            return self.table(words)[self.canonical(words, value)]
        except (ValueError, KeyError) as error:
            message = str(error) if isinstance(error, ValueError) else f"unknown {words} {value!r}"
            raise LookError(message, where=words) from None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary.

    Raises:
        DataFileError: unreadable, not UTF-8, or bad TOML; names file and line.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(
            f"not valid TOML: {error}", where=str(path), hint="Mend the line that it names."
        ) from error
    except UnicodeDecodeError as error:
        raise DataFileError(
            f"not UTF-8 text: {error.reason}", where=str(path), hint="Save it as UTF-8."
        ) from error
    except OSError as error:
        raise DataFileError(f"can't be read: {error.strerror or error}", where=str(path)) from error


def _fault(path: Path, place: str, fault: Any) -> DataFileError:
    field = ".".join(str(part) for part in (place, *fault["loc"]) if part != "")
    cause = fault.get("ctx", {}).get("error")
    message = str(cause) if cause is not None else fault["msg"][:1].lower() + fault["msg"][1:]
    if fault["type"] != "missing" and cause is None:
        message += f" (got {fault.get('input')!r})"
    return DataFileError(message, where=f"{path}: {field}")


def _title(id: str) -> str:
    text = id.replace("_", " ")
    return text[:1].upper() + text[1:]


_lock = threading.RLock()
_extra: tuple[Path, ...] = ()
_of_project = False
_loaded: Library | None = None
_within: ContextVar[Library | None] = ContextVar("the library of this thread or task", default=None)
_kept: OrderedDict[tuple[Path, ...], tuple[object, Library]] = OrderedDict()

KEPT = 16
"""Libraries of `presets_within` that stay loaded: each takes a second to read."""


def library() -> Library:
    """The library in force: the shipped data and the folders given to `presets_within` or `use_presets`."""
    global _loaded
    here = _within.get()
    if here is not None:
        return here
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = Library(data_folder("presets"), *_extra)
    return _loaded


def use_presets(*folders: str | Path) -> Library:
    """Layer folders (a project's `presets/`) over the shipped data, for the whole process.

    They replace the folders of an earlier call; none at all leaves the shipped data. Files changed on disk
    are read anew.
    """
    global _extra, _loaded, _of_project
    with _lock:
        _extra = tuple(Path(folder) for folder in folders if Path(folder).is_dir())
        _of_project = False
        _loaded = Library(data_folder("presets"), *_extra)
        return _loaded


def use_presets_of(project: Path) -> None:
    """`use_presets` for a project that was opened: its own in place of those of the one opened before.

    Where `presets_within` says whose presets are in force, nothing changes.
    """
    global _of_project
    if _within.get() is not None:
        return
    folder = project / "presets"
    with _lock:
        if folder.is_dir():
            use_presets(folder)
            _of_project = True
        elif _of_project:
            use_presets()


@contextmanager
def presets_from(*folders: str | Path) -> Iterator[Library]:
    """`use_presets` for the length of a `with` block."""
    global _extra, _loaded, _of_project
    with _lock:
        before = _extra, _loaded, _of_project
    try:
        yield use_presets(*folders)
    finally:
        with _lock:
            _extra, _loaded, _of_project = before


@contextmanager
def presets_within(*folders: str | Path) -> Iterator[Library]:
    """The shipped data and these folders in a `with` block of this thread or task, and nowhere else.

    For a process that serves several projects at once. Read anew only if a file changed.
    """
    token = _within.set(_library_of(tuple(Path(folder) for folder in folders if Path(folder).is_dir())))
    try:
        yield library()
    finally:
        _within.reset(token)


def _library_of(folders: tuple[Path, ...]) -> Library:
    stamp = [(path, seen.st_mtime_ns, seen.st_size) for path, seen in _files_of(folders)]
    with _lock:
        kept = _kept.get(folders)
        if kept is None or kept[0] != stamp:
            kept = _kept[folders] = stamp, Library(data_folder("presets"), *folders)
        _kept.move_to_end(folders)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return kept[1]


def _files_of(folders: tuple[Path, ...]) -> Iterator[tuple[Path, os.stat_result]]:
    for path in sorted(path for folder in folders for path in folder.rglob("*.toml")):
        with suppress(OSError):  # it went just now
            yield path, path.stat()


def load_problems() -> tuple[DataFileError, ...]:
    """What was wrong with data files; each error names file and field."""
    return tuple(library().problems)
