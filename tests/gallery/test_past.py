"""What was done, as one list, and taking back down to a place in it."""

from __future__ import annotations

import pytest

from studio.errors import ProjectError
from studio.gallery import Gallery


@pytest.fixture
def full(gallery: Gallery) -> Gallery:
    gallery.scan()
    return gallery


def told(gallery: Gallery) -> list[tuple[str, str, int, bool]]:
    return [(deed.room, deed.label, deed.takes, deed.undone) for deed in gallery.history()]


def test_files_and_what_is_said_stand_in_one_list(full: Gallery) -> None:
    one, two, three = full.frame.index[:3]
    assert full.history() == []
    full.rate([one, two], 4)
    full.trash([two, three])
    full.tag(one, "hero")
    assert told(full) == [
        ("curation", "Tag", 1, False),
        ("files", "Trash 2 files", 2, False),
        ("curation", "Rate", 2, False),
    ]


def test_what_was_taken_back_is_told_so_and_can_be_done_again(full: Gallery) -> None:
    one, two = full.frame.index[:2]
    full.rate(one, 4)
    full.trash(two)
    for undone in (True, False, True):
        (full.undo if undone else full.redo)()
        assert ("files", "Trash " + two.rpartition("/")[2], 1, undone) in told(full)
    full.undo()
    assert [deed.undone for deed in full.history()] == [True, True]


def test_everything_since_a_deed_is_taken_back(full: Gallery) -> None:
    one, two = full.frame.index[:2]
    full.rate(one, 1)
    full.rate(one, 2)
    full.trash(two)
    full.rate(one, 3)
    second = full.history()[2]
    assert full.undo_to(second.id) == ["Rate", f"Trash {two.rpartition('/')[2]}", "Rate"]
    assert full.row(one)["rating"] == 1 and len(full) == 24
    with pytest.raises(ProjectError, match="no longer there"):
        full.undo_to(second.id)
    with pytest.raises(ProjectError, match="no longer there"):
        full.undo_to("nothing of that name")
    assert full.row(one)["rating"] == 1


def test_nothing_is_done_again_once_something_else_was_done(full: Gallery) -> None:
    one, two, three = full.frame.index[:3]
    full.rate(one, 4)
    full.undo()
    full.trash(two)
    assert full.redo() is None and full.row(one)["rating"] == 0
    full.undo()
    full.rate(three, 2)
    assert full.redo() is None and two in full.frame.index
    full.undo()
    assert full.redo() is not None and full.row(three)["rating"] == 2


def test_steps_of_both_kinds_are_done_again_in_their_order(full: Gallery) -> None:
    one, two = full.frame.index[:2]
    full.rate(one, 4)
    full.trash(two)
    full.rate(one, 1)
    for _ in range(2):
        assert [full.undo() is not None for _ in range(4)] == [True, True, True, False]
        assert full.row(one)["rating"] == 0 and two in full.frame.index
        assert [full.redo() is not None for _ in range(4)] == [True, True, True, False]
        assert full.row(one)["rating"] == 1 and two not in full.frame.index
