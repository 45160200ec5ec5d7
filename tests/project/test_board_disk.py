"""Several real processes on one storyboard lose nothing, and whoever is killed leaves it before or after."""

from __future__ import annotations

import gc
import itertools
import os
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from studio.errors import ProjectError, StorageError
from studio.project.board import Board, lock
from studio.project.board.busy import busy, panel_busy
from studio.project.board.document import read_document
from studio.project.board.lock import WriteLock, this_machine
from studio.project.board.plan import Move, carry_out, make_move
from studio.project.naming import Naming
from tests.project.boards import board_at, put
from tests.project.support import PROCESSES
from tests.project.writer import die_at, edit_board, move_together

KILLING_SECONDS, LEAST_KILLS = 4.0, 6
EDITS = 12


def test_three_processes_lose_nothing(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    for number in range(3):
        board.add(f"Common{number}", x=number)
    board.flush()
    writers = [
        PROCESSES.Process(target=edit_board, args=(tmp_path, side, EDITS), daemon=True) for side in "ABC"
    ]
    for writer in writers:
        writer.start()
    for number in range(30):  # and a fourth one, here, on fields of its own
        board.change({"Common0": {"y": number}, "Common1": {"notes": str(number)}})
        board.save()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    state = board_at(tmp_path).state
    expected = {f"{side}{number:03d}" for side in "ABC" for number in range(EDITS)}
    assert {entry.id for entry in state} == {*expected, "Common0", "Common1", "Common2"}
    stars = [key for number in range(3) for key in state[f"Common{number}"].stars]
    assert sorted(stars) == sorted(expected)
    assert (state["Common0"].y, state["Common1"].notes) == (29, "29")
    assert state.conflicts == ()
    reading = read_document((tmp_path / "storyboard.toml").read_bytes())
    assert reading.problems == ()


def start(root: Path, log: Path) -> object:
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=move_together, args=(root, log, there), daemon=True)
    process.start()
    there.close()
    with here:
        assert here.recv() == "ready"
    return process


def test_killed_while_saving_the_board_is_before_or_after(tmp_path: Path) -> None:
    chance = random.Random(6)
    board = board_at(tmp_path / "film")
    board.root.mkdir()
    board.add("One", x=0, notes="n" * 20_000)
    board.add("Two", x=0)
    board.flush()
    log, least = tmp_path / "log", 0
    until = time.monotonic() + KILLING_SECONDS
    for attempt in itertools.count():
        if attempt >= LEAST_KILLS and time.monotonic() > until:
            break
        writer = start(board.root, log)
        time.sleep(chance.uniform(0, 0.06))  # the instant of the kill, not a wait for something
        writer.kill()  # type: ignore[attr-defined]
        writer.join()  # type: ignore[attr-defined]
        reading = read_document((board.root / "storyboard.toml").read_bytes())
        assert reading.problems == ()
        one, two = reading.state["One"], reading.state["Two"]
        least = max([least, *(int(line) for line in log.read_text().split())])  # what was surely saved
        assert one.x == two.x
        assert one.x in (least, least + 1)
        least = int(one.x)
        assert len(one.notes) == 20_000
    board.change({"Two": {"y": 5}})
    board.flush()  # no lock of the dead stands in the way
    assert board_at(board.root).state["Two"].y == 5


def takes_of(board: Board, name: str) -> set[str]:
    return {path.name for path in (board.root / name).iterdir() if path.is_file()}


@pytest.mark.parametrize("act", ["rename", "remove", "delete", "undo"])
def test_killed_at_every_step_folder_takes_and_board_fit_together(tmp_path: Path, act: str) -> None:
    for step in itertools.count():
        root = tmp_path / f"{step}"
        board = board_at(root)
        root.mkdir()
        board.add("Hero", notes="n")
        board.add("Wide")
        board.change({"Wide": {"shot": {"images": {"plate": "Hero/film_Hero_v001.png"}}}})
        for version in (1, 2):
            put(root, "Hero", version, ".mp4")
            put(root, "Hero", version, ".mp4.studio.json")
        put(root, "Hero", 3)
        (root / "Hero" / "notes.txt").write_text("mine")
        board.flush()
        child = PROCESSES.Process(target=die_at, args=(root, step, act))
        child.start()
        child.join(60)
        again = board_at(root)
        found = again.state.by_id.get("Hero")
        assert not (root / ".studio/board/plan.json").exists()
        read = read_document((root / "storyboard.toml").read_bytes())
        assert read.problems == ()
        assert [entry.values() for entry in read.state] == [entry.values() for entry in again.state]
        names = {"film_Hero_v003.png", "notes.txt"}
        for version in (1, 2):
            names |= {f"film_Hero_v00{version}.mp4", f"film_Hero_v00{version}.mp4.studio.json"}
        if found is None:
            assert act == "remove"
            assert not (root / "Hero").exists()
            again.undo()
            place = again.files.trashed("Hero")
            assert place is not None
            assert {path.name for path in (root / place).iterdir() if path.is_file()} == names
        else:
            other = "Heroine" if found.name == "Hero" else "Hero"
            assert found.notes == "n"
            assert not (root / other).exists()
            there = takes_of(again, found.name)
            gone = {name for name in names if "v002" in name}
            expected = {name.replace("Hero", found.name) for name in names}
            assert there == expected or (act == "delete" and there == expected - gone)
            link = again.state["Wide"].shot["images"]["plate"]
            assert (root / link).parent.name == found.name or act in ("remove", "delete")
        if child.exitcode == 0:
            break
    assert step > 5


def test_a_rename_moves_everything_and_back(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    board.add("Hero")
    board.add("Wide")
    board.change(
        {"Wide": {"shot": {"images": {"plate": "Hero/film_Hero_v001.png", "other": "Heroes/x.png"}}}}
    )
    put(tmp_path, "Hero", 1)
    heard: list[tuple[tuple[str, str], ...]] = []
    board.watch(lambda event: heard.append(event.moves) if event.moves else None)
    entry = board.rename("Hero", "INT. Hero")
    assert (entry.id, entry.name, entry.title) == ("Hero", "INT._Hero", "INT. Hero")
    assert (tmp_path / "INT._Hero" / "film_INT._Hero_v001.png").exists()
    assert board.state["Wide"].shot["images"] == {
        "plate": "INT._Hero/film_INT._Hero_v001.png",
        "other": "Heroes/x.png",
    }
    assert heard == [
        (("Hero", "INT._Hero"), ("INT._Hero/film_Hero_v001.png", "INT._Hero/film_INT._Hero_v001.png"))
    ]
    board.undo()
    assert (tmp_path / "Hero" / "film_Hero_v001.png").exists()
    assert board.state["Wide"].shot["images"]["plate"] == "Hero/film_Hero_v001.png"


def test_a_rename_that_can_t_be_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = board_at(tmp_path)
    board.add("Hero")
    board.add("Wide")
    put(tmp_path, "Hero", 1)
    put(tmp_path, "Hero", 2)
    board.flush()
    before = board.state
    (tmp_path / "Heroine").mkdir()
    for name, words in (("Heroine", "there already"), ("Wide", "already"), ("../x", "path")):
        with pytest.raises(ProjectError, match=words):
            board.rename("Hero", name)
    put(tmp_path, "Hero", 9).rename(tmp_path / "Hero" / "film_B_v002.png")
    with pytest.raises(ProjectError, match="is there already"):
        board.rename("Hero", "B")
    assert board.state is before
    assert (tmp_path / "Hero" / "film_Hero_v001.png").exists()
    assert not (tmp_path / "B").exists()
    from studio.project.board import store

    def refuse(*_given: object) -> None:
        raise StorageError("the disk is full", path=tmp_path, hint="Free some space.")

    monkeypatch.setattr(store.BoardStore, "_replace", refuse)
    with pytest.raises(StorageError, match="full"):
        board.rename("Hero", "C")
    assert board.state == before
    assert (tmp_path / "Hero" / "film_Hero_v001.png").exists()
    assert not (tmp_path / ".studio/board/plan.json").exists()


def test_a_case_only_rename(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    board.add("hero")
    put(tmp_path, "hero", 1)
    board.rename("hero", "Hero")
    assert [path.name for path in tmp_path.iterdir() if path.name.lower() == "hero"] == ["Hero"]
    assert takes_of(board, "Hero") == {"film_Hero_v001.png"}


def test_panels_swap_names_within_one_step_and_back(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    for name in "AB":
        board.add(name)
        put(tmp_path, name, 1, data=name.encode())
    with board.edit("Swap"):
        board.rename("A", "C")
        board.rename("B", "A")
        board.rename("C", "B")
    assert (tmp_path / "A" / "film_A_v001.png").read_bytes() == b"B"
    board.undo()
    assert (tmp_path / "A" / "film_A_v001.png").read_bytes() == b"A"
    assert (tmp_path / "B" / "film_B_v001.png").read_bytes() == b"B"
    board.redo()
    assert (tmp_path / "A" / "film_A_v001.png").read_bytes() == b"B"


def test_a_removed_panel_lies_in_the_trash_and_comes_back(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    board.add("Hero", notes="n")
    take = put(tmp_path, "Hero", 1)
    board.remove(["Hero"])
    assert not (tmp_path / "Hero").exists()
    (trashed,) = (tmp_path / ".studio" / "trash").rglob("*.png")
    assert trashed.read_bytes() == b"a take"
    board.undo()
    assert take.read_bytes() == b"a take"
    assert board.state["Hero"].notes == "n"
    board.redo()
    assert not take.exists()
    fresh = board.add("Hero")
    assert fresh.id == "Hero~2"
    put(tmp_path, "Hero", 1, data=b"another")
    board.undo()
    board.undo()
    assert take.read_bytes() == b"a take"


def test_a_deleted_take_comes_back_with_what_was_said_of_it(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    board.add("Hero")
    takes = [put(tmp_path, "Hero", version, ".mp4") for version in (1, 2)]
    sidecar = put(tmp_path, "Hero", 2, ".mp4.studio.json")
    said = {"stars": {"v001": 1, "v002": 5}, "current": 2, "compare": [1, 2]}
    board.change({"Hero": said})
    board.delete_take("Hero", 2)
    assert [path.exists() for path in (*takes, sidecar)] == [True, False, False]
    entry = board.state["Hero"]
    assert (entry.stars, entry.current, entry.compare) == ({"v001": 1}, None, ())
    board.undo()
    assert [path.exists() for path in (*takes, sidecar)] == [True, True, True]
    entry = board.state["Hero"]
    assert (entry.stars, entry.current, entry.compare) == ({"v001": 1, "v002": 5}, 2, (1, 2))
    with pytest.raises(ProjectError, match="no take of version 9"):
        board.delete_take("Hero", 9)


def test_a_panel_that_a_render_is_saved_to_stays_where_it_is(tmp_path: Path) -> None:
    board, other = board_at(tmp_path), board_at(tmp_path)
    board.add("Hero")
    board.flush()
    other.refresh()
    with board.delivering("Hero") as name:
        assert name == "Hero"
        for one in (board, other):
            with pytest.raises(ProjectError, match="just being saved"):
                one.rename("Hero", "B")
            with pytest.raises(ProjectError, match="just being saved"):
                one.remove(["Hero"])
    other.rename("Hero", "B")
    with board.delivering("Hero") as name:
        assert name == "B"
    other.remove(["B"])
    with board.delivering("Hero", "B") as name:
        assert name == "B"
        put(tmp_path, "B", 4)
    board.refresh()
    assert board.state.names == ["B"]


def test_marks_of_the_dead_are_removed(tmp_path: Path) -> None:
    claims = tmp_path / ".versions"
    with busy(tmp_path):
        assert panel_busy(tmp_path)
        (mark,) = claims.iterdir()
        old = mark.with_name("busy-old")
        old.write_text("elsewhere 1 x")
        os.utime(old, (time.time() - 700,) * 2)
    (claims / "busy-dead").write_text(f"{this_machine()} {dead_process()} x")
    assert not panel_busy(tmp_path)
    assert list(claims.iterdir()) == []


def dead_process() -> int:
    child = PROCESSES.Process(target=int)
    child.start()
    child.join()
    assert child.pid is not None
    return child.pid


def test_a_lock_of_the_dead_is_broken_at_once(tmp_path: Path) -> None:
    held = WriteLock(tmp_path / "lock")
    held.path.write_text(f"{this_machine()} {dead_process()} token")
    before = time.monotonic()
    with held.held(patience=5):
        assert held.mine
    assert time.monotonic() - before < lock.STALE_SECONDS / 2
    assert not held.path.exists()


def test_a_lock_of_another_machine_is_broken_when_nobody_touches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "STALE_SECONDS", 0.15)
    held = WriteLock(tmp_path / "lock")
    held.path.write_text("elsewhere 1 token")
    with held.held(patience=5):
        assert held.mine
    assert list(tmp_path.iterdir()) == []


def test_a_living_holder_is_waited_for_and_then_told(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with WriteLock(path).held():
        with pytest.raises(StorageError, match="remove lock"), WriteLock(path).held(patience=0.05):
            pass
        assert path.exists()
    with WriteLock(path).held(patience=0.05):
        pass
    assert socket.gethostname().replace(" ", "_") in this_machine()


def test_a_lock_that_somebody_broke_is_not_removed_by_its_first_holder(tmp_path: Path) -> None:
    first, second = WriteLock(tmp_path / "lock"), WriteLock(tmp_path / "lock")
    with first.held():
        first.path.unlink()
        with second.held():
            assert not first.mine
            first._release()
            assert second.mine


def test_who_lost_the_lock_does_not_write(tmp_path: Path) -> None:
    board, other = board_at(tmp_path), board_at(tmp_path)
    board.add("Hero")
    store = board._store
    with store.writing():
        store.lock.path.unlink()
        assert not store._replace(b"x", store.see())
    other.add("Wide")
    other.flush()
    board.flush()
    assert set(board.state.names) == {"Hero", "Wide"}


def test_somebody_who_writes_without_a_lock_is_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor puts its file there between our reading and our writing, and right after our writing too."""
    board = board_at(tmp_path)
    board.add("Hero", x=0)
    board.flush()
    store, see, looks = board._store, board._store.see, [0]

    def meddle() -> object:
        looks[0] += 1
        if looks[0] in (2, 5):
            text = board.path.read_text()
            board.path.write_text(f'{text}\n[[panel]]\nname = "By_hand{looks[0]}"\n')
        return see()

    monkeypatch.setattr(store, "see", meddle)
    board.change({"Hero": {"x": 5}})
    board.flush()
    monkeypatch.undo()
    state = board_at(tmp_path).state
    assert state["Hero"].x == 5
    assert {"By_hand2", "By_hand5"} <= set(state.names)


def test_moves_stay_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "out").write_text("secret")
    for source, target in (("../out", "x"), ("x/../../out", "y"), ("", "y"), ("a/..", "y")):
        with pytest.raises(ProjectError):
            make_move(tmp_path / "film", Move(source=source, target=target))
    (tmp_path / "film" / "a").write_text("a")
    with pytest.raises(ProjectError):
        carry_out(tmp_path / "film", [Move(source="a", target="b"), Move(source="b", target="../../c")])
    assert (tmp_path / "film" / "a").exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"moves": [{"source": 3}]}'])
def test_a_plan_that_can_t_be_read_is_told_and_stops_nobody_from_reading(
    tmp_path: Path, content: str
) -> None:
    board = board_at(tmp_path)
    board.add("Hero")
    board.flush()
    (tmp_path / ".studio/board/plan.json").write_text(content)
    again = board_at(tmp_path)
    assert again.state.names == ["Hero"]
    assert "plan of a rename" in again.problems[0]


def test_takes_named_by_another_template_move_too(tmp_path: Path) -> None:
    naming = Naming("{panel}_{look}.{version:03d}_{project}_{panel}")
    board = Board(tmp_path, lambda: ("film", naming))
    board.add("Hero")
    (tmp_path / "Hero").mkdir()
    for name in ("Hero_Vertigo.001_film_Hero.png", "Hero_x.png"):
        (tmp_path / "Hero" / name).write_bytes(b"")
    board.rename("Hero", "B")
    assert takes_of(board, "B") == {"B_Vertigo.001_film_B.png", "Hero_x.png"}


def test_a_script_that_ends_at_once_has_saved(tmp_path: Path) -> None:
    code = "import sys; from studio.project import Project; board = Project.open(sys.argv[1]).board; "
    code += "board.add('Hero', notes='written at the end')"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert board_at(tmp_path).state["Hero"].notes == "written at the end"


def test_a_board_that_nobody_holds_is_saved_all_the_same(tmp_path: Path) -> None:
    board_at(tmp_path).add("Hero")
    gc.collect()
    until = time.monotonic() + 20
    while not (tmp_path / "storyboard.toml").exists():
        assert time.monotonic() < until
        threading.Event().wait(0.01)
    assert board_at(tmp_path).state.names == ["Hero"]


def test_the_trash_is_listed_and_emptied(tmp_path: Path) -> None:
    board = board_at(tmp_path)
    board.add("Hero")
    put(tmp_path, "Hero", 1)
    put(tmp_path, "Hero", 2)
    board.delete_take("Hero", 1)
    board.remove(["Hero"])
    assert sorted((one.what, one.bytes) for one in board.trash) == [("Hero", 6), ("Hero-v001", 6)]
    assert board.empty_trash(older_than=timedelta(days=30)) == 0
    assert board.empty_trash() == 12
    assert board.trash == []
    board.undo()
    assert (board.state.names, (tmp_path / "Hero").exists()) == (["Hero"], False)
