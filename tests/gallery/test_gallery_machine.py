"""Whatever is done in a gallery and behind its back, each take is there once, with what was said of it."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.errors import StudioError
from studio.gallery import Gallery
from studio.gallery.files import RenamePlan, RenameRow
from tests.gallery.made import QUICK

FOLDERS = ("a", "b", "a/c")
PICTURES = [QUICK.png(number) for number in range(60)]
Said = tuple[int, int, tuple[str, ...]]
"""Which picture, its rating, its tags."""

which = st.integers(0, 40)
some = precondition(lambda machine: bool(machine.takes))


class Machine(RuleBasedStateMachine):
    """A gallery, and beside it what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.root = self.home / "film"
        self.before = os.environ.get("STUDIO_CACHE")
        os.environ["STUDIO_CACHE"] = str(self.home / "cache")
        self.count = 0
        self.takes: dict[str, Said] = {}
        self.trash: dict[str, Said] = {}
        self.steps: list[tuple[dict[str, Said], dict[str, Said]]] = []
        self.used: set[str] = set()  # a path keeps what was said of it, also for the next file there
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            for number in range(2):
                self.put(f"{folder}/f{number}.png")
        self.gallery = self.open()

    def open(self) -> Gallery:
        gallery = Gallery.open(self.root, processes=0, watch="polling")
        gallery.scan()
        return gallery

    def put(self, path: str) -> None:
        (self.root / path).write_bytes(PICTURES[self.count])
        self.takes[path] = (self.count, 0, ())
        self.count += 1

    def pick(self, number: int) -> str:
        paths = sorted(self.takes)
        return paths[number % len(paths)]

    def step(self) -> None:
        self.steps.append((copy.copy(self.takes), copy.copy(self.trash)))

    def relist(self) -> None:
        """What was taken back into the trash has another id there."""
        ids = {}
        for entry in self.gallery.trashed():
            data = (self.root / ".gallery" / ".trash" / entry.id).read_bytes()
            ids[PICTURES.index(data)] = entry.id
        self.trash = {ids[said[0]]: said for said in self.trash.values()}

    @some
    @rule(number=which, stars=st.integers(0, 5))
    def rate(self, number: int, stars: int) -> None:
        path = self.pick(number)
        picture, before, tags = self.takes[path]
        if before != stars:
            self.step()
        self.gallery.rate(path, stars)
        self.takes[path] = (picture, stars, tags)

    @some
    @rule(number=which, name=st.sampled_from(["x", "y"]))
    def tag(self, number: int, name: str) -> None:
        path = self.pick(number)
        picture, stars, tags = self.takes[path]
        if name not in tags:
            self.step()
        self.gallery.tag(path, name)
        self.takes[path] = (picture, stars, tuple(sorted({*tags, name})))

    @some
    @rule(number=which, more=st.integers(0, 2))
    def put_into_the_trash(self, number: int, more: int) -> None:
        paths = list(dict.fromkeys(self.pick(number + each) for each in range(more + 1)))
        self.step()
        operation = self.gallery.trash(paths)
        for path in paths:
            self.trash[f"{operation.id}/{path}"] = self.takes.pop(path)

    @precondition(lambda self: bool(self.trash))
    @rule(number=which)
    def restore(self, number: int) -> None:
        entry = sorted(self.trash)[number % len(self.trash)]
        (place,) = self.gallery.files.plan_restore([entry])
        self.step()
        self.gallery.restore([entry])
        self.takes[place.new] = self.trash.pop(entry)

    @some
    @rule(number=which, name=st.sampled_from(["f0.png", "f1.png", "g.png"]))
    def rename(self, number: int, name: str) -> None:
        path = self.pick(number)
        new = f"{path.rpartition('/')[0]}/{name}"
        try:
            self.gallery.rename(path, name)
        except StudioError:
            assert new in self.takes
            return
        self.step()
        self.takes[new] = self.takes.pop(path)

    @some
    @rule(number=which, folder=st.sampled_from(FOLDERS))
    def move(self, number: int, folder: str) -> None:
        path = self.pick(number)
        try:
            operation = self.gallery.move(path, folder, conflict="number")
        except StudioError:
            assert path.rpartition("/")[0] == folder
            return
        self.step()
        self.takes[operation.moved[path]] = self.takes.pop(path)

    @some
    @rule(number=which)
    def swap(self, number: int) -> None:
        one, two = self.pick(number), self.pick(number + 1)
        if one == two or one.rpartition("/")[0] != two.rpartition("/")[0]:
            return
        self.step()
        self.gallery.rename_many(RenamePlan((RenameRow(one, two), RenameRow(two, one))))
        self.takes[one], self.takes[two] = self.takes[two], self.takes[one]

    @precondition(lambda self: bool(self.steps))
    @rule(again=st.booleans())
    def undo(self, again: bool) -> None:
        now = copy.copy(self.takes), copy.copy(self.trash)
        before = self.steps.pop()
        assert self.gallery.undo()
        self.takes, self.trash = copy.copy(before[0]), copy.copy(before[1])
        if again:
            assert self.gallery.redo()
            self.takes, self.trash = now
            self.steps.append(before)
        self.relist()

    @some
    @rule(number=which, name=st.sampled_from(["f0.png", "h.png"]), folder=st.sampled_from(FOLDERS))
    def somebody_renames(self, number: int, name: str, folder: str) -> None:
        path, new = self.pick(number), f"{folder}/{name}"
        if new in self.takes:
            return
        (self.root / path).rename(self.root / new)
        self.takes[new] = self.takes.pop(path)
        self.steps.clear()
        self.gallery.scan()

    @some
    @rule(number=which)
    def somebody_deletes(self, number: int) -> None:
        path = self.pick(number)
        (self.root / path).unlink()
        del self.takes[path]
        self.used.add(path)
        self.steps.clear()
        self.gallery.scan()

    @rule(folder=st.sampled_from(FOLDERS), name=st.sampled_from(["f0.png", "f1.png", "n.png"]))
    def a_take_lands(self, folder: str, name: str) -> None:
        path = f"{folder}/{name}"
        if path in self.takes or path in self.used:
            return
        self.put(path)
        self.steps.clear()
        self.gallery.scan(folder)

    @rule()
    def open_again(self) -> None:
        self.gallery.close()
        self.gallery = self.open()
        self.steps.clear()

    @rule()
    def hash(self) -> None:
        self.gallery.hash_curated()

    @invariant()
    def all_is_there_once_with_what_was_said(self) -> None:
        frame = self.gallery.frame
        seen = dict(zip(frame.index, zip(frame["rating"], frame["tags"], strict=True), strict=True))
        assert seen == {path: (stars, "; ".join(tags)) for path, (_, stars, tags) in self.takes.items()}
        for path, (picture, _, _) in self.takes.items():
            assert (self.root / path).read_bytes() == PICTURES[picture]
        assert {entry.id for entry in self.gallery.trashed()} == set(self.trash)

    def teardown(self) -> None:
        self.gallery.close()
        if self.before is None:
            os.environ.pop("STUDIO_CACHE", None)
        else:
            os.environ["STUDIO_CACHE"] = self.before
        shutil.rmtree(self.home, ignore_errors=True)


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
