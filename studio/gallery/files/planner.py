"""From 'this file there' to a plan: everything that could go wrong is found before anything moves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from studio.errors import UnsafeName
from studio.gallery.files.disk import Disk, Seen
from studio.gallery.files.paths import (
    OWN,
    TRASH,
    Places,
    check_path,
    hidden,
    join,
    name_problem,
    sidecar,
    split,
    stem_and_suffix,
)
from studio.gallery.files.plan import Item
from studio.project.names import OWN_NAMES, name_key
from studio.project.versions import CLAIMS_FOLDER
from studio.provenance import SIDECAR_SUFFIX

Pair = tuple[str, str]
"""Old and new path."""


class Planner:
    """Plans one operation; what it has seen of the disk is remembered, so it is made anew for each.

    Args:
        places: The project's paths.
        disk: What looks at them.
        back: Whether files get names back that they had: these need not be such as we would give.
    """

    def __init__(self, places: Places, disk: Disk, *, back: bool = False) -> None:
        self._places = places
        self._back = back
        self._disk = disk
        self._listings: dict[str, dict[str, list[str]]] = {}
        self._seen: dict[str, Seen | None] = {}

    def check(self, pairs: Sequence[Pair], *, copying: bool = False) -> tuple[list[Item], dict[str, str]]:
        """Plan moves that are all made at once.

        Args:
            pairs: Old and new path of each; those that are the same are passed over.
            copying: Whether the old ones stay.

        Returns:
            The items, sidecars among them, and what is wrong: old path → why.
        """
        problems: dict[str, str] = {}
        items: list[Item] = []
        folders = {old for old, _ in pairs if self._is_folder(old)}
        seen: set[str] = set()
        for old, new in pairs:
            problem = self._problem(old, new, folders, copying)
            if not problem and old in seen:
                problem = "it is listed twice"
            seen.add(old)
            if problem:
                problems[old] = problem
            elif old != new:
                items += self._items(old, new)
        leaving = set() if copying else {item.old for item in items}
        self._collide(items, leaving, problems)
        left = {split(old)[0] + "/" + name_key(split(old)[1]) for old in leaving}
        for item in items:
            folder, name = split(item.new)
            item.lifted = copying or f"{folder}/{name_key(name)}" in left
        return items, problems

    def _problem(self, old: str, new: str, folders: set[str], copying: bool) -> str:
        try:
            check_path(old, trash=True)
            seen = self.look(old)
            if seen is None:
                return "it is not there any more"
            if seen.kind == "other":
                return "it is a link or device, which is left alone"
            if "/" not in old and seen.kind == "file" and name_key(old) in OWN_NAMES:
                return "the project keeps it for itself"
            if old == new:
                return ""
            check_path(new, trash=True)
            self._places.path(new)
        except UnsafeName as error:
            return error.message
        problem = "" if new.startswith(f"{TRASH}/") else self._name_problem(new, split(old)[1])
        if problem:
            return problem
        if any(old.startswith(f"{each}/") for each in folders):
            return "its folder is moved too"
        return self._folder_problem(old, new, copying) if seen.kind == "folder" else ""

    def _name_problem(self, path: str, present: str = "") -> str:
        """Why nothing may be called so; a name that it has already, whoever gave it, it may keep."""
        folder, name = split(path)
        if self._back or name == present:
            return OWN if not folder and name_key(name) in OWN_NAMES else ""
        return name_problem(name, at_root=not folder)

    def _folder_problem(self, old: str, new: str, copying: bool) -> str:
        if copying:
            return "folders can't be copied"
        if "/" not in old and name_key(old) in OWN_NAMES:
            return "the project keeps it for itself"
        if new.startswith(f"{old}/"):
            return "a folder can't go into itself"
        if self.look(f"{old}/{CLAIMS_FOLDER}") is not None:
            return "it is a panel's folder; rename the panel on the storyboard"
        return ""

    def _items(self, old: str, new: str) -> list[Item]:
        """The item, and its sidecar's, if it has one."""
        found = []
        for companion, (one, other) in enumerate(((old, new), (sidecar(old), sidecar(new)))):
            seen = self.look(one)
            if seen is not None and seen.kind != "other":
                folder = seen.kind == "folder"
                found.append(
                    Item(
                        old=one,
                        new=other,
                        bytes=0 if folder else seen.bytes,
                        changed=0 if folder else seen.changed,
                        folder=folder,
                        companion=bool(companion),
                    )
                )
            if seen is None or seen.kind != "file":
                break
        return found

    def _collide(self, items: Iterable[Item], leaving: set[str], problems: dict[str, str]) -> None:
        """Find names that are taken, or wanted twice. Case does not count, as some disks think so."""
        wanted: dict[str, str] = {}
        accompanied = {item.new for item in items if item.companion}
        for item in items:
            folder, name = split(item.new)
            if not item.companion and not item.folder and sidecar(item.new) not in accompanied:
                self._refuse_strange_record(item, leaving, problems)
            main = item.old.removesuffix(SIDECAR_SUFFIX) if item.companion else item.old
            place = f"{folder}/{name_key(name)}"
            other = wanted.setdefault(place, item.old)
            if other != item.old:
                problems.setdefault(main, f"{name!r} would be the name of another one too")
                continue
            for present in self.names(folder).get(name_key(name), ()):
                if join(folder, present) not in leaving:
                    problems.setdefault(main, f"there is a {present!r} already")

    def _refuse_strange_record(self, item: Item, leaving: set[str], problems: dict[str, str]) -> None:
        """A record that was left behind by another file must not become this one's."""
        folder, name = split(sidecar(item.new))
        for present in self.names(folder).get(name_key(name), ()):
            if join(folder, present) not in leaving:
                problems.setdefault(item.old, f"the record of another file lies there ({present!r})")

    def free(self, folder: str, name: str, wanted: set[str]) -> str:
        """`name`, or `name_1` and so on: one that neither a file, nor a sidecar, nor `wanted` has."""
        stem, suffix = stem_and_suffix(name)
        for number in range(1_000_000):
            candidate = name if number == 0 else f"{stem}_{number}{suffix}"
            path = join(folder, name_key(candidate))
            names = self.names(folder)
            taken = name_key(candidate) in names or name_key(sidecar(candidate)) in names
            if path not in wanted and not taken:
                wanted.add(path)
                return candidate
        raise UnsafeName(f"no free name like {name!r}", path=folder)

    def numbered(self, folder: str, name: str) -> list[str]:
        """The paths that `free` may have given to a file of that name."""
        stem, suffix = stem_and_suffix(name)
        pattern = re.compile(f"{re.escape(stem)}_[0-9]+{re.escape(suffix)}")
        every = (each for names in self.names(folder).values() for each in names)
        return [join(folder, each) for each in every if pattern.fullmatch(each)]

    def look(self, path: str) -> Seen | None:
        """What stands at a path.

        Raises:
            UnsafeName: it lies behind a link.
        """
        if path not in self._seen:
            try:
                self._seen[path] = self._disk.look(self._places.path(path))
            except (OSError, ValueError) as error:
                raise UnsafeName(f"{path!r} can't be looked at ({error})", path=self._places.root) from error
        return self._seen[path]

    def names(self, folder: str) -> dict[str, list[str]]:
        """The names in a folder, by what two share that are one to some disk."""
        if folder not in self._listings:
            found: dict[str, list[str]] = {}
            try:
                for name in os.listdir(self._places.root / folder):  # noqa: PTH208
                    found.setdefault(name_key(name), []).append(name)
            except OSError:  # it will be made, or it can't be read, which is found when it is moved to
                pass
            self._listings[folder] = found
        return self._listings[folder]

    def _is_folder(self, path: str) -> bool:
        try:
            seen = self.look(path)
        except UnsafeName:
            return False
        return seen is not None and seen.kind == "folder"

    def new_folders(self, paths: Iterable[str]) -> list[str]:
        """The folders that must be made for files to lie at `paths`, from the outside in.

        Raises:
            UnsafeName: a file or a link stands where one is needed, or it has a name that can't be.
        """
        needed: dict[str, None] = {}
        for path in paths:
            parts = split(path)[0].split("/") if "/" in path else []
            for depth in range(1, len(parts) + 1):
                needed["/".join(parts[:depth])] = None
        missing = []
        for folder in needed:
            if folder == TRASH or TRASH.startswith(f"{folder}/"):
                continue
            seen = self.look(folder)
            if seen is None:
                above, name = split(folder)
                problem = "" if hidden(folder) else self._name_problem(folder)
                twins = self.names(above).get(name_key(name))
                if twins and not problem:
                    problem = f"there is a {twins[0]!r} already"
                if problem:
                    raise UnsafeName(f"no folder {folder!r} can be made: {problem}", path=self._places.root)
                missing.append(folder)
            elif seen.kind != "folder":
                raise UnsafeName(f"{folder!r} is no folder", path=self._places.root, hint="Choose another.")
        return missing

    def contents(self, path: str) -> tuple[list[str], set[str]]:
        """The files that `path` stands for, and the folders: itself and those below it, if it is one.

        Raises:
            UnsafeName: a folder that must stay.
        """
        if not self._is_folder(path):
            return [path], set()
        problem = self._folder_problem(path, "", copying=False)
        if problem:
            raise UnsafeName(f"{path!r} can't go: {problem}", path=self._places.root)
        files = self.files_below(path)
        base = self._places.path(path)
        folders = {path}
        for above, names, _ in os.walk(base):
            names[:] = [name for name in names if not name.startswith(".")]
            relative = Path(above).relative_to(self._places.root).as_posix()
            folders |= {join(relative, name) for name in names if not (Path(above) / name).is_symlink()}
        return files, folders

    def is_empty(self, folder: str) -> bool:
        """Whether it is a folder with nothing in it."""
        return self._is_folder(folder) and not self.names(folder)

    def twins(self, folder: str, name: str) -> list[str]:
        """The paths in a folder that stand in the way of a name, also if they differ from it in case only."""
        return [join(folder, each) for each in self.names(folder).get(name_key(name), ())]

    def files_below(self, folder: str) -> list[str]:
        """All visible files below a folder; links are not followed."""
        found: list[str] = []
        base = self._places.path(folder)
        for above, names, files in os.walk(base):
            names[:] = sorted(name for name in names if not name.startswith("."))
            relative = Path(above).relative_to(self._places.root).as_posix()
            found += [join(relative, name) for name in sorted(files) if not name.startswith(".")]
        return found


Progress = Callable[[int, int], None]
"""Told how many of how many are done."""
