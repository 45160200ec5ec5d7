"""What two people did is put together; nothing of either is lost, and a quarrel is told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.project.board import Conflict, PanelEntry, Storyboard
from studio.project.board.merge import Merged, free_name, merge
from tests.project.boards import storyboards

NAMES = ("A", "B", "C", "D")
edits = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from(NAMES),
            st.sampled_from(["x", "rating", "notes"]),
            st.integers(1, 5),
        ),
        st.tuples(
            st.just("star"), st.sampled_from(NAMES), st.sampled_from(["v001", "v002"]), st.integers(1, 5)
        ),
        st.tuples(st.just("remove"), st.sampled_from(NAMES)),
        st.tuples(st.just("add"), st.sampled_from(["E", "F", "G"])),
        st.tuples(st.just("front"), st.sampled_from(NAMES)),
    ),
    max_size=5,
)
BASE = Storyboard().with_panels(PanelEntry(name=name, x=0, notes="") for name in NAMES)


def edited(board: Storyboard, steps: list[tuple[Any, ...]]) -> Storyboard:
    for what, name, *rest in steps:
        entry = board.find(name)
        if what == "add" and entry is None:
            board = board.with_panel(PanelEntry(name=name))
        if entry is None:
            continue
        if what == "set":
            value = str(rest[1]) if rest[0] == "notes" else rest[1]
            board = changed(board, name, **{rest[0]: value})
        if what == "star":
            board = changed(board, name, stars={**entry.stars, rest[0]: rest[1]})
        if what == "remove":
            board = board.with_panels(one for one in board if one.name != name)
        if what == "front":
            board = board.with_panels([entry, *(one for one in board if one.name != name)])
    return board


def changed(board: Storyboard, panel: str, **fields: Any) -> Storyboard:
    entry = board[panel]
    fresh = PanelEntry.model_validate({**entry.values(), "id": entry.id, **fields})
    return board.with_changed({entry.id: fresh})


def fields_of(board: Storyboard) -> dict[tuple[str, str], Any]:
    found = {}
    for entry in board:
        for key, value in entry.values().items():
            found[entry.id, key] = value
        for key, value in entry.stars.items():
            found[entry.id, f"stars.{key}"] = value
        found.pop((entry.id, "stars"), None)
    return found


@given(storyboards(most=3), storyboards(most=3))
def test_who_changed_nothing_takes_what_the_other_has(base: Storyboard, other: Storyboard) -> None:
    assert merge(base, base, other) == Merged(other)
    assert merge(base, other, base) == Merged(other)
    assert merge(base, other, other).state == other


@given(edits, edits)
def test_no_change_of_anybody_is_lost(left: list[Any], right: list[Any]) -> None:
    ours, theirs = edited(BASE, left), edited(BASE, right)
    merged = merge(BASE, ours, theirs)
    before, after = fields_of(BASE), fields_of(merged.state)
    waiting = {(conflict.panel, conflict.field): conflict.other for conflict in merged.state.conflicts}
    for side, other in ((ours, theirs), (theirs, ours)):
        for place, value in fields_of(side).items():
            if value == before.get(place):
                continue
            assert place[0] in merged.state.by_id
            assert after[place] == value or waiting[place] == value
            if fields_of(other).get(place) in (value, before.get(place)):
                assert after[place] == value
    for name in NAMES:
        gone = [side for side in (ours, theirs) if name not in side]
        touched = [side for side in (ours, theirs) if name in side and side[name] != BASE[name]]
        if gone and touched:
            assert name in merged.state
            assert name in merged.kept
        else:
            assert (name in merged.state) == (not gone)
    assert {"E", "F", "G"} & {*ours.names, *theirs.names} <= set(merged.state.names)


@given(edits, edits)
def test_both_sides_end_with_the_same_but_for_what_they_quarrel_over(
    left: list[Any], right: list[Any]
) -> None:
    ours, theirs = edited(BASE, left), edited(BASE, right)
    one, two = merge(BASE, ours, theirs), merge(BASE, theirs, ours)
    assert set(one.state.by_id) == set(two.state.by_id)
    quarrels = {(conflict.panel, conflict.field) for conflict in one.conflicts}
    assert quarrels == {(conflict.panel, conflict.field) for conflict in two.conflicts}
    left_fields, right_fields = fields_of(one.state), fields_of(two.state)
    for place in {*left_fields, *right_fields} - quarrels:
        assert left_fields.get(place) == right_fields.get(place)


@given(edits, edits)
def test_saving_what_was_merged_brings_nothing_new(left: list[Any], right: list[Any]) -> None:
    ours, theirs = edited(BASE, left), edited(BASE, right)
    first = merge(BASE, ours, theirs).state
    assert merge(theirs, first, theirs).state == first
    assert merge(ours, ours, first).state == first


@given(edits, edits)
def test_nothing_is_removed_for_missing_in_a_damaged_file(left: list[Any], right: list[Any]) -> None:
    ours, theirs = edited(BASE, left), edited(BASE, right)
    merged = merge(BASE, ours, theirs, partial=True)
    assert set(ours.names) <= set(merged.state.names)
    assert merge(BASE, ours, Storyboard(), partial=True).state == ours


def test_the_same_field_changed_on_both_sides_waits_for_a_person() -> None:
    merged = merge(BASE, changed(BASE, "A", notes="ours"), changed(BASE, "A", notes="theirs"))
    assert merged.state["A"].notes == "ours"
    assert merged.conflicts == merged.state.conflicts == (Conflict(panel="A", field="notes", other="theirs"),)


def test_other_fields_of_one_panel_go_together() -> None:
    ours = changed(BASE, "A", x=3, shot={"subject": "a", "seed": "1"})
    theirs = changed(BASE, "A", y=4, shot={"angle": "b"})
    entry = merge(BASE, ours, theirs).state["A"]
    assert (entry.x, entry.y) == (3, 4)
    assert entry.shot == {"subject": "a", "seed": "1", "angle": "b"}


def test_who_lies_above_is_no_quarrel() -> None:
    merged = merge(BASE, changed(BASE, "A", z=3), changed(BASE, "A", z=5))
    assert (merged.state["A"].z, merged.conflicts) == (5, ())


def test_a_settled_conflict_is_settled_for_all() -> None:
    quarrel = merge(BASE, changed(BASE, "A", x=1), changed(BASE, "A", x=2)).state
    settled = quarrel.replaced(conflicts=())
    assert merge(quarrel, settled, changed(quarrel, "B", x=9)).state.conflicts == ()
    assert merge(quarrel, changed(quarrel, "B", x=9), settled).state.conflicts == ()
    gone = quarrel.with_panels(entry for entry in quarrel if entry.name != "A")
    assert merge(quarrel, gone, changed(quarrel, "B", x=9)).state.conflicts == ()


def test_a_rename_and_a_change_meet() -> None:
    renamed = changed(BASE, "A", name="Hero")
    merged = merge(BASE, renamed, changed(BASE, "A", x=7)).state
    assert merged.by_id["A"] == PanelEntry(name="Hero", id="A", x=7, notes="")


def test_two_panels_of_one_name_are_told_apart() -> None:
    ours = changed(BASE, "A", name="Hero", x=1)
    theirs = changed(BASE, "B", name="Hero", x=2)
    merged = merge(BASE, ours, theirs)
    assert merged.state.names == ["Hero", "Hero_2", "C", "D"]
    assert "Two panels were called 'Hero'" in merged.notes[0]


def test_a_folder_that_was_only_found_is_the_renamed_panel() -> None:
    theirs = changed(BASE, "A", name="Hero", x=4)
    ours = BASE.with_panel(PanelEntry(name="Hero"))
    assert merge(BASE, ours, theirs).state.names == ["Hero", "B", "C", "D"]


def test_an_order_that_both_changed_waits_too() -> None:
    ours = BASE.with_panels(BASE.panels[::-1])
    theirs = BASE.with_panels([BASE["B"], BASE["A"], BASE["C"], BASE["D"]])
    merged = merge(BASE, ours, theirs)
    assert merged.state.names == ["D", "C", "B", "A"]
    assert merged.conflicts == (Conflict(panel="", field="order", other=["B", "A", "C", "D"]),)
    assert merge(BASE, BASE, theirs).state.names == ["B", "A", "C", "D"]


def test_a_new_panel_follows_its_neighbour() -> None:
    theirs = BASE.with_panels([BASE["A"], PanelEntry(name="New"), *BASE.panels[1:]])
    ours = BASE.with_panels(BASE.panels[::-1])
    assert merge(BASE, ours, theirs).state.names == ["D", "C", "B", "A", "New"]


def test_free_names() -> None:
    assert free_name("Hero", {"hero", "hero_2"}) == "Hero_3"
