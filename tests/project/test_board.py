"""What a director does to the board: done, undone, saved by itself, and merged with what others do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import ProjectError, StorageError, StudioError, UnsafeName
from studio.project.board import Board, BoardEvent, Storyboard, saver, undo, versions
from studio.project.board.document import read_document
from tests.project.boards import board_at, put

PATIENCE = 20.0


def wait_for(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        threading.Event().wait(0.01)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = board_at(tmp_path)
    for index, name in enumerate(("Hero", "Wide", "End")):
        made.add(name, x=index * 320, y=0)
    return made


def on_disk(board: Board) -> Storyboard:
    return read_document(board.path.read_bytes()).state


def test_what_is_changed_is_saved_by_itself_and_found_again(board: Board, tmp_path: Path) -> None:
    board.change({"Hero": {"x": 12.5, "notes": "a\nb"}, "Wide": {"rating": 4}}, "Move")
    wait_for(lambda: not board.dirty)
    assert on_disk(board) == board.state == board_at(tmp_path).state
    assert board.state["Hero"].notes == "a\nb"


def test_flush_saves_now(board: Board) -> None:
    assert board.dirty
    board.flush()
    assert not board.dirty
    assert on_disk(board) == board.state


def test_nothing_is_written_when_nothing_is_new(board: Board, tmp_path: Path) -> None:
    board.flush()
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    board.change({"Hero": {"x": 0}})
    board.flush()
    board.refresh()
    board.close()
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rating": 6}, "rating: "),
        ({"rating": "4"}, "rating: "),
        ({"x": float("nan")}, "x: "),
        ({"name": "B"}, "board.rename"),
        ({"id": "B"}, "never changes"),
        ({"ratting": 3}, "Did you mean rating"),
        ({"status": "great"}, "status: "),
    ],
)
def test_what_can_t_be_is_refused_and_changes_nothing(
    board: Board, fields: dict[str, Any], words: str
) -> None:
    before = board.state
    with pytest.raises(ProjectError, match=words):
        board.change({"Wide": {"x": 99}, "Hero": fields})
    with pytest.raises(ProjectError, match="no panel 'Nobody'"):
        board.change({"Wide": {"x": 99}, "Nobody": {"x": 1}})
    assert board.state is before


def test_none_sets_a_field_back(board: Board) -> None:
    board.change({"Hero": {"rating": 3, "shot": {"subject": "a", "angle": None}}})
    assert board.state["Hero"].shot == {"subject": "a"}
    board.change({"Hero": {"rating": None, "shot": None, "x": None}})
    assert (board.state["Hero"].rating, board.state["Hero"].shot, board.state["Hero"].placed) == (
        0,
        {},
        False,
    )


def test_new_panels_get_names_and_places(board: Board) -> None:
    assert board.add().name == "Panel_04"
    assert board.add("INT. Kitchen / night").title == "INT. Kitchen / night"
    (board.root / "Panel_06").mkdir()
    assert board.add().name == "Panel_07"
    with pytest.raises(UnsafeName, match="already"):
        board.add("Hero")
    with pytest.raises(UnsafeName, match="one folder on some disks"):
        board.add("HERO")
    board.arrange_new()
    boxes = [entry.box for entry in board.state]
    assert not any(a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[:index])
    assert all(entry.placed for entry in board.state)
    assert board.can_undo == "Add panel"


def test_copies_lie_beside_their_originals_and_have_no_takes(board: Board, tmp_path: Path) -> None:
    put(tmp_path, "Hero", 1)
    board.change({"Hero": {"notes": "n", "rating": 4, "stars": {"v001": 5}, "current": 1, "locked": True}})
    copies = board.duplicate(["Hero", "End"])
    assert board.state.names == ["Hero", "Hero_2", "Wide", "End", "End_2"]
    copy = board.state["Hero_2"]
    assert (copy.x, copy.y, copy.notes) == (20, 20, "n")
    assert (copy.rating, copy.stars, copy.current, copy.locked) == (0, {}, None, None)
    assert [entry.id for entry in copies] == ["Hero_2", "End_2"]
    assert not (tmp_path / "Hero_2").exists()
    board.undo()
    assert board.state.names == ["Hero", "Wide", "End"]


def test_reordering(board: Board) -> None:
    board.reorder(["End", "Hero"])
    assert board.state.names == ["End", "Hero", "Wide"]
    board.undo()
    assert board.state.names == ["Hero", "Wide", "End"]


def do_something(board: Board, what: int) -> None:
    names = board.state.names
    name = names[what % len(names)] if names else ""
    if what % 7 == 0 or not names:
        board.add()
    elif what % 7 == 1:
        board.change({name: {"x": what, "notes": str(what)}}, "Move")
    elif what % 7 == 2:
        board.remove([name])
    elif what % 7 == 3:
        board.rename(name, f"N{what}")
    elif what % 7 == 4:
        board.duplicate([name])
    elif what % 7 == 5:
        board.reorder(names[::-1])
    else:
        board.change({one: {"rating": what % 6, "stars": {"v001": what % 5}} for one in names}, "Rate")


@settings(max_examples=40)
@given(st.lists(st.integers(0, 10_000), max_size=8))
def test_everything_can_be_undone_and_done_again(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    board = board_at(tmp_path_factory.mktemp("board"))
    states = [board.state]
    for step in steps:
        try:
            do_something(board, step)
        except UnsafeName:
            continue
        if board.state != states[-1]:
            states.append(board.state)
    for state in states[-2::-1]:
        assert board.undo() is not None
        assert board.state == state
    assert board.undo() is None
    for state in states[1:]:
        assert board.redo() is not None
        assert board.state == state
    assert board.redo() is None
    board.flush()
    assert board_at(board.root).state == board.state


def test_a_new_step_ends_what_could_be_redone(board: Board) -> None:
    board.change({"Hero": {"x": 1}}, "Move")
    board.undo()
    assert board.can_redo == "Move"
    board.change({"Hero": {"x": 1}}, "Nudge")
    assert (board.can_undo, board.can_redo) == ("Nudge", "")


def test_quick_steps_of_one_kind_are_one(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(undo.time, "monotonic", lambda: now[0])
    for x in (1, 2, 3):
        board.change({"Hero": {"x": x}}, "Nudge", coalesce=True)
        now[0] += 0.9
    now[0] += 1
    board.change({"Hero": {"x": 4}}, "Nudge", coalesce=True)
    board.change({"Wide": {"x": 4}}, "Nudge", coalesce=True)
    board.change({"Wide": {"x": 5}}, "Nudge")
    seen = []
    for _ in range(4):
        board.undo()
        seen.append((board.state["Hero"].x, board.state["Wide"].x))
    assert seen == [(4, 4), (4, 320), (3, 320), (0, 320)]


def test_many_steps_are_bounded(board: Board) -> None:
    for x in range(undo.DEPTH + 50):
        board.change({"Hero": {"x": x + 1}})
    steps = 0
    while board.undo():
        steps += 1
    assert steps == undo.DEPTH


def test_several_calls_are_one_step_or_none(board: Board, tmp_path: Path) -> None:
    put(tmp_path, "Hero", 1)
    before = board.state
    heard: list[BoardEvent] = []
    stop = board.watch(heard.append)
    with board.edit("Tidy"):
        board.change({"Hero": {"x": 5}})
        board.rename("Hero", "Heroine")
        board.remove(["Wide"])
    assert [event.label for event in heard if event.kind == "changed"] == ["Tidy"]
    assert (tmp_path / "Heroine" / "film_Heroine_v001.png").exists()
    board.undo()
    assert board.state == before
    assert (tmp_path / "Hero" / "film_Hero_v001.png").exists()
    heard.clear()
    with pytest.raises(UnsafeName), board.edit("Half"):
        board.rename("Hero", "Heroine")
        board.remove(["Wide"])
        board.add("Heroine")
    assert board.state == before
    assert (tmp_path / "Hero" / "film_Hero_v001.png").exists()
    assert board.can_redo == "Tidy"
    assert not [event for event in heard if event.kind == "changed"]
    stop()


def test_watchers_hear_until_they_stop_and_a_failing_one_harms_nobody(board: Board) -> None:
    heard: list[BoardEvent] = []

    def fail(event: BoardEvent) -> None:
        raise RuntimeError("a widget that is gone")

    stops = [board.watch(fail), board.watch(heard.append)]
    board.change({"Hero": {"x": 7}}, "Move")
    assert heard[0] == BoardEvent("changed", "Move", ("Hero",))
    wait_for(lambda: any(event.kind == "saved" for event in heard))
    for stop in stops:
        stop()
    heard.clear()
    board.change({"Hero": {"x": 8}}, "Move")
    assert heard == []


def test_what_another_notebook_changed_is_seen(board: Board, tmp_path: Path) -> None:
    board.flush()
    other = board_at(tmp_path)
    heard: list[BoardEvent] = []
    stop = other.watch(heard.append)
    board.change({"Hero": {"x": 7}})
    board.flush()
    wait_for(lambda: other.state["Hero"].x == 7)
    wait_for(lambda: heard)
    assert heard[0] == BoardEvent("merged", panels=("Hero",))
    stop()


def test_both_notebooks_changes_are_kept(board: Board, tmp_path: Path) -> None:
    board.flush()
    other = board_at(tmp_path)
    board.change({"Hero": {"x": 7}})
    board.add("Mine")
    other.change({"Hero": {"notes": "n"}, "Wide": {"rating": 2}})
    other.add("Theirs")
    board.flush()
    other.flush()
    board.refresh()
    assert board.state == other.state
    assert (board.state["Hero"].x, board.state["Hero"].notes, board.state["Wide"].rating) == (7, "n", 2)
    assert set(board.state.names) == {"Hero", "Wide", "End", "Mine", "Theirs"}
    assert board.conflicts == ()


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_a_conflict_keeps_both_values_until_a_person_chooses(
    board: Board, tmp_path: Path, choice: Any
) -> None:
    board.flush()
    other = board_at(tmp_path)
    board.change({"Hero": {"notes": "mine", "shot": {"subject": "a"}}})
    other.change({"Hero": {"notes": "yours", "shot": {"subject": "b"}}})
    board.flush()
    other.flush()
    board.refresh()
    for one in (board, other, board_at(tmp_path)):
        assert one.state["Hero"].notes == "yours"
        assert {(fight.field, fight.other) for fight in one.conflicts} == {
            ("notes", "mine"),
            ("shot.subject", "a"),
        }
    for fight in board.conflicts:
        board.resolve(fight, choice)
    assert board.conflicts == ()
    assert board.state["Hero"].notes == ("yours" if choice == "ours" else "mine")
    assert board.state["Hero"].shot == {"subject": "b" if choice == "ours" else "a"}
    with pytest.raises(ProjectError, match="settled already"):
        board.resolve(fight, choice)
    board.flush()
    other.refresh()
    assert other.state == board.state
    board.undo()
    assert len(board.conflicts) == 1


def test_an_order_in_conflict_can_be_taken(board: Board, tmp_path: Path) -> None:
    board.flush()
    other = board_at(tmp_path)
    board.reorder(["End"])
    other.reorder(["Wide"])
    board.flush()
    other.flush()
    (fight,) = other.conflicts
    other.resolve(fight, "theirs")
    assert other.state.names == ["End", "Hero", "Wide"]


def test_undo_takes_back_only_what_is_one_s_own(board: Board, tmp_path: Path) -> None:
    board.change({"Hero": {"x": 50}}, "Move")
    board.flush()
    other = board_at(tmp_path)
    other.change({"Hero": {"notes": "n"}, "Wide": {"x": 9}})
    other.flush()
    board.refresh()
    board.undo()
    assert (board.state["Hero"].x, board.state["Hero"].notes, board.state["Wide"].x) == (0, "n", 9)
    board.change({"Hero": {"x": 60}}, "Move")
    board.flush()
    other.refresh()
    other.change({"Hero": {"x": 70}})
    other.flush()
    board.refresh()
    assert board.undo() == "Move"
    assert board.state["Hero"].x == 70
    assert board.conflicts == ()


def test_a_panel_that_one_removed_and_another_changed_is_kept_with_its_takes(
    board: Board, tmp_path: Path
) -> None:
    take = put(tmp_path, "Hero", 1)
    board.flush()
    other = board_at(tmp_path)
    other.change({"Hero": {"notes": "important"}})
    board.remove(["Hero"])
    assert not take.exists()
    other.flush()
    assert other.state["Hero"].notes == "important"
    assert take.exists()
    assert any("Hero was removed" in problem for problem in other.problems)
    board.refresh()
    assert board.state == other.state


def test_a_panel_that_another_removed_goes_here_too(board: Board, tmp_path: Path) -> None:
    board.flush()
    other = board_at(tmp_path)
    board.remove(["Hero"])
    other.change({"Wide": {"x": 1}})
    other.flush()
    assert other.state.names == ["Wide", "End"]


def test_a_person_s_own_edit_of_the_file_is_taken_in_with_its_comments(board: Board) -> None:
    board.flush()
    text = board.path.read_text()
    board.path.write_text(
        "# my film\n" + text.replace('name = "Hero"', 'name = "Hero"\nrating = 5  # the best')
    )
    board.change({"Wide": {"x": 5}})
    board.flush()
    assert board.state["Hero"].rating == 5
    text = board.path.read_text()
    assert text.startswith("# my film\nformat = 2")
    assert "rating = 5  # the best\n" in text


def test_the_last_ten_versions_are_kept_and_can_be_brought_back(board: Board) -> None:
    for x in range(15):
        board.change({"Hero": {"x": x + 1}})
        board.flush()
    history = board.history
    assert len(history) == versions.KEPT == 10
    assert [version.read()["Hero"].x for version in history] == list(range(14, 4, -1))
    assert [version.at for version in history] == sorted((one.at for one in history), reverse=True)
    board.add("Later")
    board.remove(["Wide"])
    board.rename("End", "Finis")
    board.restore(history[-1])
    assert board.state.names == ["Hero", "Wide", "Finis", "Later"]
    assert board.state["Hero"].x == 5
    board.undo()
    assert board.state.names == ["Hero", "Finis", "Later"]
    history[-1].path.unlink(missing_ok=True)
    with pytest.raises(ProjectError, match="can't be read"):
        board.restore(history[-1])


def test_autosaves_do_not_push_out_older_versions(board: Board) -> None:
    board.flush()
    for x in range(20):
        board.change({"Hero": {"x": x + 1}})
        board.save()
    assert len(board.history) == 1


def test_a_disk_that_refuses_keeps_the_change_here_and_it_is_saved_later(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.flush()
    before = board.path.read_bytes()
    monkeypatch.setattr(saver, "_FIRST_REST", 0.02)
    full = [True]

    def refuse(path: Path, data: bytes) -> Path:
        if full and path.parent == board.root:
            raise StorageError("the disk is full", path=path, hint="Free some space.")
        return write(path, data)

    from studio.project.board import store

    write = store.write_atomically
    monkeypatch.setattr(store, "write_atomically", refuse)
    heard: list[BoardEvent] = []
    stop = board.watch(heard.append)
    board.change({"Hero": {"x": 77}})
    wait_for(lambda: any(event.kind == "problem" for event in heard))
    assert "the disk is full" in board.problems[0]
    assert (board.path.read_bytes(), board.dirty) == (before, True)
    with pytest.raises(StorageError, match="full"):
        board.flush()
    full.clear()
    wait_for(lambda: not board.dirty)
    assert on_disk(board)["Hero"].x == 77
    stop()
    board.clear_problems()
    assert board.problems == ()


def test_a_project_that_is_gone_is_not_made_anew(board: Board) -> None:
    board.flush()
    elsewhere = board.root.with_name("moved")
    board.root.rename(elsewhere)
    board.change({"Hero": {"x": 3}})
    with pytest.raises(StorageError, match="folder is gone"):
        board.flush()
    assert not board.root.exists()
    elsewhere.rename(board.root)
    board.flush()


def test_threads_may_edit_at_once(board: Board) -> None:
    def work(name: str) -> None:
        for x in range(40):
            board.change({name: {"x": x}})
            if x % 10 == 0:
                board.add()
                board.save()

    threads = [threading.Thread(target=work, args=(name,)) for name in board.state.names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    board.flush()
    assert len(on_disk(board)) == 15
    assert [entry.x for entry in on_disk(board).panels[:3]] == [39, 39, 39]


def test_a_locked_panel_keeps_its_shot(board: Board, tmp_path: Path) -> None:
    board.change({"Hero": {"shot": {"subject": "a"}}})
    assert not board.locked("Hero")
    put(tmp_path, "Hero", 1)
    assert board.locked("Hero")
    with pytest.raises(ProjectError, match="it has takes"):
        board.change({"Hero": {"shot": {"subject": "b"}}})
    board.change({"Hero": {"shot": {"subject": "a"}, "notes": "fine", "x": 3}})
    board.change({"Hero": {"locked": False, "shot": {"subject": "b"}}})
    board.change({"Hero": {"shot": {"subject": "c"}}})
    board.change({"Hero": {"locked": True}})
    with pytest.raises(ProjectError, match="somebody locked it"):
        board.change({"Hero": {"backend": "box"}})
    for forbidden in (lambda: board.rename("Hero", "B"), lambda: board.remove(["Hero"])):
        with pytest.raises(ProjectError, match="is locked"):
            forbidden()


@pytest.mark.parametrize("broken", [b"a = 1\nb = [\n", b"", b"\xff\xfe[[panel"])
def test_a_broken_file_is_kept_beside_and_the_rest_goes_on(tmp_path: Path, broken: bytes) -> None:
    board = board_at(tmp_path)
    board.add("Hero", notes="n")
    board.flush()
    board.change({"Hero": {"rating": 1}})
    board.flush()
    whole = board.path.read_bytes()
    board.path.write_bytes(whole[:-12] + broken if broken else broken)
    damaged = board.path.read_bytes()
    again = board_at(tmp_path)
    assert again.state.names == ["Hero"]
    assert again.state["Hero"].notes == "n"
    assert "storyboard.toml is damaged" in again.problems[0]
    (copy,) = tmp_path.glob("storyboard.broken-*.toml")
    assert copy.read_bytes() == damaged
    assert copy.name in again.problems[0]
    board_at(tmp_path)
    assert len(list(tmp_path.glob("storyboard.broken-*.toml"))) == 1
    assert board.path.read_bytes() == damaged
    again.change({"Hero": {"x": 1}})
    again.flush()
    assert on_disk(again) == again.state


def test_a_file_broken_under_our_hands_loses_nothing(board: Board, tmp_path: Path) -> None:
    board.flush()
    board.path.write_text('format = 2\n\n[[panel]]\nname = "Hero"\nrating = = 4\nnotes = "by hand"\n')
    board.refresh()
    assert board.state.names == ["Hero", "Wide", "End"]
    assert board.state["Hero"].notes == "by hand"
    assert not board.dirty
    board.path.unlink()
    board.change({"Hero": {"x": 4}})
    board.flush()
    assert board.state.names == ["Hero", "Wide", "End"]
    assert on_disk(board) == board.state


def test_an_older_file_is_kept_before_it_is_written_anew(tmp_path: Path) -> None:
    old = b'format = 1\n\n[[panel]]\nname = "Hero"\ntitle = "Hero"\n'
    (tmp_path / "storyboard.toml").write_bytes(old)
    board = board_at(tmp_path)
    assert (board.problems, board.path.read_bytes()) == ((), old)
    board.change({"Hero": {"x": 1}})
    board.flush()
    assert board.path.read_text() == 'format = 2\n\n[[panel]]\nname = "Hero"\nx = 1\n'
    assert (tmp_path / ".studio/board/versions/format-1.toml").read_bytes() == old


def test_a_newer_file_is_kept_and_told(tmp_path: Path) -> None:
    new = b'format = 9\nworld = "x"\n\n[[panel]]\nname = "Hero"\nhologram = true\n'
    (tmp_path / "storyboard.toml").write_bytes(new)
    board = board_at(tmp_path)
    assert "format 9, newer" in board.problems[0]
    board.change({"Hero": {"x": 1}})
    board.flush()
    text = board.path.read_text()
    assert "format = 9" in text
    assert "hologram = true" in text
    assert 'world = "x"' in text
    assert (tmp_path / ".studio/board/versions/format-9.toml").read_bytes() == new


def test_folders_that_the_file_lost_are_listed_again(tmp_path: Path) -> None:
    put(tmp_path, "Found", 1)
    (tmp_path / "renders").mkdir()
    assert board_at(tmp_path).state.names == ["Found"]
    assert not (tmp_path / "storyboard.toml").exists()


def test_errors_are_the_studio_s(board: Board) -> None:
    board.flush()
    board.path.unlink()
    board.path.mkdir()
    with pytest.raises(StudioError, match="can't be read"):
        board.refresh()


def test_files_that_the_gallery_moved_are_followed(board: Board) -> None:
    board.change({"Wide": {"shot": {"images": {"a": "refs/1.png", "b": "refs/2.png", "c": "x.png"}}}})
    board.follow([("refs/1.png", "refs/2.png"), ("refs/2.png", "refs/1.png")], "op-1")
    board.follow([("refs/1.png", "refs/2.png"), ("refs/2.png", "refs/1.png")], "op-1")
    assert board.state["Wide"].shot["images"] == {"a": "refs/2.png", "b": "refs/1.png", "c": "x.png"}
    assert board.can_undo == "Change"


def test_a_screenplay_s_words_have_their_fields(board: Board) -> None:
    words = {
        "scene": "4",
        "setting": "INT",
        "location": "PIER",
        "time": "DAY",
        "size": "CU",
        "dialogue": "Oh.",
    }
    board.add("Four", **words)
    assert {key: getattr(board.state["Four"], key) for key in words} == words
