"""Any operations in any order, broken off anywhere, also while they are cleared up: nothing is lost."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from studio.errors import StudioError
from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations, RenamePlan, RenameRow
from tests.gallery.crash_disks import DISKS
from tests.gallery.files_made import put, seen, tree

FOLDERS = ("A", "B", "A/C")
NAMES = ("a.png", "b.png", "B.png", "c.png")
PATHS = tuple(f"{folder}/{name}" for folder in FOLDERS for name in NAMES)
paths = st.sampled_from(PATHS)
picks = st.lists(st.integers(0, 11), min_size=1, max_size=5)
crash = st.one_of(st.none(), st.integers(1, 60))
foreign = st.one_of(st.none(), st.tuples(st.integers(1, 20), paths))


class Crash(BaseException):
    """The power is gone."""


class Project(RuleBasedStateMachine):
    """A project in which files tell by their content which they are."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.root = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self.number = 0
        self.coming: tuple[int, str] | None = None
        self.contents: set[str] = set()
        self.copies: set[str] = set()
        self.rated: dict[str, int] = {}
        self.told: list[dict[str, str]] = []

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @initialize(disk=st.sampled_from(sorted(DISKS)), count=st.integers(2, 7))
    def begin(self, disk: str, count: int) -> None:
        self.kind = disk
        self.reopen(None)
        for number, path in enumerate(("A/a.png", "A/b.png", "B/a.png", "A/C/c.png", "A/c.png", "B/B.png")):
            if number < count:
                self.appear(path)
                self.rate(path, 1 + number % 5)

    def there(self, chosen: list[int]) -> list[str]:
        """Some of the files that are there."""
        present = sorted(seen(self.root))
        return list(dict.fromkeys(present[each % len(present)] for each in chosen)) if present else []

    def reopen(self, left: int | None) -> None:
        """The next process; it may be broken off while it clears up what the last one left."""
        counter = [left]

        def fault(point: str) -> None:
            self.meddle()
            if counter[0] is not None:
                counter[0] -= 1
                if counter[0] == 0:
                    raise Crash

        self.counter = counter
        self.store = CurationStore(self.root)
        self.files = FileOperations(
            self.root,
            self.store,
            lambda moves, operation: self.told.append(dict(moves)),
            disk=DISKS[self.kind](fault),
        )
        try:
            self.files.recover()
        except Crash:
            self.reopen(None)
        counter[0] = None

    def meddle(self) -> None:
        """Meanwhile somebody else takes a name."""
        if self.coming is None:
            return
        moment, path = self.coming
        self.coming = (moment - 1, path) if moment > 1 else None
        if moment == 1:
            self.appear(path)

    def attempt(
        self, work: object, left: int | None, again: int | None, foreign: tuple[int, str] | None = None
    ) -> None:
        """Do it; in a crash, open the project anew."""
        before = seen(self.root)
        known = set(self.contents)
        self.coming = foreign
        self.counter[0] = left
        try:
            work()  # type: ignore[operator]
        except StudioError:
            present = {path: text for path, text in seen(self.root).items() if text in known}
            beside = {path for path in before if path in seen(self.root) and path not in present}
            if not beside:
                assert present == before, "what was refused has changed nothing"
        except Crash:
            self.reopen(again)
        self.coming = None
        self.counter[0] = None

    @rule(path=paths)
    def appear(self, path: str) -> None:
        """A new take, if no file has its name, or one that some disk takes for it."""
        folder = self.root / path.rpartition("/")[0]
        names = {file.name.lower() for file in folder.iterdir()} if folder.is_dir() else set()
        if path.rpartition("/")[2].lower() in names or folder.is_file():
            return
        self.number += 1
        content = f"take {self.number}"
        put(self.root, path, content)
        self.contents.add(content)

    @rule(path=paths, rating=st.integers(1, 5))
    def rate(self, path: str, rating: int) -> None:
        content = seen(self.root).get(path)
        if content is None:
            with pytest.raises(StudioError):
                self.store.rate(path, rating)
        elif content not in self.copies:
            self.store.rate(path, rating)
            self.rated[content] = rating

    @rule(
        chosen=picks,
        names=st.lists(paths, min_size=5, max_size=5),
        left=crash,
        again=crash,
        other=foreign,
    )
    def rename(
        self,
        chosen: list[int],
        names: list[str],
        left: int | None,
        again: int | None,
        other: tuple[int, str] | None,
    ) -> None:
        rows = tuple(RenameRow(old, new) for old, new in zip(self.there(chosen), names, strict=False))
        self.attempt(lambda: self.files.rename_many(RenamePlan(rows)), left, again, other)

    @rule(data=st.data(), left=crash, again=crash, other=foreign)
    def shuffle(
        self, data: st.DataObject, left: int | None, again: int | None, other: tuple[int, str] | None
    ) -> None:
        """Names change hands among files that are there: cycles of all lengths."""
        there = sorted(path for path in seen(self.root) if path in PATHS)
        if len(there) > 1:
            mixed = data.draw(st.permutations(there))
            rows = tuple(RenameRow(old, new) for old, new in zip(there, mixed, strict=True))
            self.attempt(lambda: self.files.rename_many(RenamePlan(rows)), left, again, other)

    @rule(
        chosen=picks,
        folder=st.sampled_from(FOLDERS),
        conflict=st.sampled_from(["refuse", "skip", "number", "replace"]),
        left=crash,
        again=crash,
    )
    def move(
        self, chosen: list[int], folder: str, conflict: str, left: int | None, again: int | None
    ) -> None:
        self.attempt(lambda: self.files.move(self.there(chosen), folder, conflict=conflict), left, again)  # type: ignore[arg-type]

    @rule(old=st.sampled_from(FOLDERS), new=st.sampled_from(("A", "B", "")), left=crash, again=crash)
    def move_folder(self, old: str, new: str, left: int | None, again: int | None) -> None:
        if not any(path.startswith(f"{new}/{old}/") for path in seen(self.root)):
            self.attempt(lambda: self.files.move([old], new), left, again)

    @rule(chosen=st.one_of(picks, st.sampled_from(FOLDERS)), left=crash, again=crash)
    def trash(self, chosen: list[int] | str, left: int | None, again: int | None) -> None:
        listed = chosen if isinstance(chosen, str) else self.there(chosen)
        self.attempt(lambda: self.files.trash(listed), left, again)

    @rule(left=crash, again=crash)
    def restore(self, left: int | None, again: int | None) -> None:
        ids = [entry.id for entry in self.files.trashed()][:3]
        if ids:
            self.attempt(lambda: self.files.restore(ids), left, again)

    @rule(left=crash, again=crash)
    def undo(self, left: int | None, again: int | None) -> None:
        self.attempt(self.files.undo, left, again)

    @rule(left=crash, again=crash)
    def redo(self, left: int | None, again: int | None) -> None:
        self.attempt(self.files.redo, left, again)

    @rule()
    def restart(self) -> None:
        self.reopen(None)

    @invariant()
    def every_file_once(self) -> None:
        assert sorted(tree(self.root).values()) == sorted(self.contents)

    @invariant()
    def every_rating_at_its_file(self) -> None:
        there = tree(self.root)
        said = {content: self.store.get(path).rating for path, content in there.items()}
        assert {content: rating for content, rating in said.items() if rating} == self.rated

    @invariant()
    def nothing_hidden_is_left(self) -> None:
        outside = [path for path in tree(self.root) if not path.startswith(".gallery/.trash/")]
        assert not [path for path in outside if path.startswith(".") or "/." in path]


Project.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestProject = Project.TestCase
