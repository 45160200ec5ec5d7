"""Killed at any instant: after the next opening every file exists once, by its old or new name, and rated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations
from tests.gallery.crash_child import FILES, RATED, SCENARIOS, begin
from tests.gallery.crash_disks import DISKS
from tests.gallery.files_made import ratings, seen, tree

CHANGING = [name for name in SCENARIOS if name not in ("rate", "copy", "restore")]
CASES = [
    *((name, "plain") for name in CHANGING),
    *((name, "links") for name in ("rename", "move", "undo")),
    ("rename", "fat"),
    ("move", "two"),
    ("trash", "two"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where projects are made: in memory if there is such a disk, as thousands of files are flushed."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    made = Path(tempfile.mkdtemp(prefix="crash-", dir=memory))
    yield made
    shutil.rmtree(made)


def reopened(root: Path, disk: str = "plain") -> tuple[CurationStore, FileOperations]:
    """The project as the next process finds it, after it has cleared up."""
    store = CurationStore(root)
    files = FileOperations(root, store, disk=DISKS[disk](lambda point: None))
    files.recover()
    return store, files


def killed(scenario: str, disk: str, folder: Path) -> int:
    """Projects in which the scenario was broken off at each step; how many."""
    command = [sys.executable, "-m", "tests.gallery.crash_child", scenario, disk, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def whole(scenario: str, root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The files before and after, if nothing comes between."""
    root.mkdir()
    begin(root)
    if scenario == "undo":
        SCENARIOS["rename"](root, DISKS["plain"](lambda point: None))
        before = seen(root)
        reopened(root)[1].undo()
    else:
        before = seen(root)
        SCENARIOS[scenario](root, DISKS["plain"](lambda point: None))
    after = seen(root)
    for each in (before, after):
        each.pop("told.log", None)
    return before, after


@pytest.mark.parametrize(("scenario", "disk"), CASES)
def test_each_file_is_where_it_was_or_where_it_should_be(scenario: str, disk: str, folder: Path) -> None:
    steps = killed(scenario, disk, folder)
    before, after = whole(scenario, folder / "whole")
    assert steps > 8
    ends = set()
    for step in range(1, steps + 1):
        root = folder / str(step)
        store, files = reopened(root, disk)
        present = seen(root)
        present.pop("told.log", None)
        assert present in (before, after), f"step {step} of {steps}"
        ends.add(present == after)
        contents = sorted(text for path, text in tree(root).items() if path != "told.log")
        assert contents == sorted(FILES), f"step {step}: each content once, in the trash or outside"
        said = {path: said.rating for path, said in store.all().items()}
        trashed = {f".gallery/.trash/{entry.id}" for entry in files.trashed()}
        said |= {path: store.get(path).rating for path in trashed if store.get(path)}
        texts = {tree(root)[path]: rating for path, rating in said.items()}
        assert texts == RATED, f"step {step}: each rating at its file"
        assert not list((root / ".gallery" / "operations").glob("2*")), "nothing is left to do"
    assert ends == {True, False}


@pytest.mark.parametrize("disk", ["plain", "links", "two"])
def test_what_was_restored_is_in_the_trash_or_outside_but_once(disk: str, folder: Path) -> None:
    steps = killed("restore", disk, folder)
    for step in range(1, steps + 1):
        root = folder / str(step)
        store, files = reopened(root, disk)
        contents = sorted(text for path, text in tree(root).items() if path != "told.log")
        assert contents == sorted([*FILES, "new"]), f"step {step}"
        assert tree(root)["A/a.png"] == "new"
        texts = {tree(root)[path]: rating for path, rating in ratings(store).items()}
        trashed = {entry.path: store.get(f".gallery/.trash/{entry.id}").rating for entry in files.trashed()}
        assert texts | trashed == RATED, f"step {step}"
        assert set(trashed) in (set(), {"A/a.png", "A/c.png", "B/z.png"})


def test_copies_are_all_there_or_none(folder: Path) -> None:
    steps = killed("copy", "plain", folder)
    for step in range(1, steps + 1):
        root = folder / str(step)
        store, _ = reopened(root)
        present = seen(root)
        new = {path: text for path, text in present.items() if path not in (*FILES, "told.log")}
        copies = {"B/a_1.png": "A/a.png", "B/c.png": "A/c.png", "B/c.png.studio.json": "A/c.png.studio.json"}
        assert new in ({}, copies), f"step {step}"
        assert all(present[path] == path for path in FILES)
        assert [path for path in tree(root) if "/.studio" in path] == []
        if new:
            assert (store.get("B/a_1.png").rating, store.get("B/c.png").rating) == (1, 3)


def test_a_rating_that_was_given_is_kept(folder: Path) -> None:
    steps = killed("rate", "plain", folder)
    assert steps == len(RATED) + 1
    for step in range(1, steps):
        store, _ = reopened(folder / str(step))
        given = list(RATED)[:step]
        assert ratings(store) == RATED | dict.fromkeys(given, 5)


def test_killed_while_it_was_taken_back(folder: Path) -> None:
    command = [sys.executable, "-c", _BACK, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    steps = int(done.stdout or -1)
    assert steps > 20, done.stderr
    ends = set()
    for step in range(1, steps + 1):
        root = folder / str(step)
        store, _ = reopened(root)
        present = seen(root)
        foreign = present.pop("A/q.png", None) == "foreign"
        ends.add(foreign)
        if foreign:  # the name was taken: nothing may have moved, and the foreign file stays as it is
            assert present == {path: path for path in FILES}, f"step {step}"
        contents = sorted(text for text in tree(root).values() if text != "foreign")
        assert contents == sorted(FILES), f"step {step}"
        texts = {tree(root)[path]: rating for path, rating in ratings(store).items()}
        assert texts == RATED, f"step {step}"
    assert ends == {True, False}


_BACK = """
import sys
from pathlib import Path
from studio.errors import ProjectError
from tests.gallery import crash_child

def refused(root, disk):
    try:
        crash_child.refused(root, disk)
    except ProjectError:
        return
    raise SystemExit("it was not refused")

crash_child.SCENARIOS["refused"] = refused
sys.exit(crash_child.main("refused", "plain", Path(sys.argv[1])))
"""
