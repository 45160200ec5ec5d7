"""Two people's changes of one shot come together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import studio
from studio.shot import Shot
from studio.shots.merging import merge
from studio.shots.notebook import Cell, NotebookFile
from studio.shots.reading import read_shot
from studio.shots.source import notebook_of

BASE = studio.Shot(
    look=studio.preset("blade_runner_2049"), subject="rain", parameters={"steps": 20, "cfg": 7}, seed=1
)
CHANGES: dict[str, list[Any]] = {
    "subject": ["snow", "fog"],
    "seed": [2, 2**64 - 1],
    "target": ["flux", "sdxl"],
    "look__lens__focal_length_mm": [40, 75],
    "look__lens__t_stop": [2.8, 4],
    "look__lighting__style": ["low_key", None],
    "angle": [studio.Angle.parse("front_low-angle_wide"), studio.Angle.parse("back_eye-level_medium")],
    "loras": [(studio.LoraChoice(name="a"),), (studio.LoraChoice(name="b"),)],
    "images": [{"image": "a.png"}, {"image": "b.png"}],
}
chosen = st.dictionaries(st.sampled_from(sorted(CHANGES)), st.sampled_from([0, 1]), max_size=5)


def changed(choice: dict[str, int]) -> Shot:
    return BASE.with_(**{name: CHANGES[name][which] for name, which in choice.items()})


def merged(base: Shot, ours: Shot, theirs: Shot) -> Any:
    return merge(*(notebook_of(shot, "Hero") for shot in (base, ours, theirs)))


@given(chosen, chosen)
def test_changes_of_different_fields_are_both_in(ours: dict[str, int], theirs: dict[str, int]) -> None:
    theirs = {name: which for name, which in theirs.items() if ours.get(name, which) == which}
    found = merged(BASE, changed(ours), changed(theirs))
    assert found.conflicts == ()
    assert found.notebook.to_bytes() == notebook_of(changed(ours | theirs), "Hero").to_bytes()


@settings(max_examples=20)  # each asks git to merge texts
@given(chosen.filter(bool))
def test_changes_of_the_same_field_are_left_to_decide(ours: dict[str, int]) -> None:
    theirs = {name: 1 - which for name, which in ours.items()}
    found = merged(BASE, changed(ours), changed(theirs))
    assert len(found.conflicts) >= len(ours)
    text = found.notebook.to_bytes().decode()
    assert "<<<<<<< ours" in text
    assert NotebookFile.parse(text.encode()) == found.notebook


def test_parameters_come_together_one_by_one() -> None:
    ours = BASE.with_(parameters={"steps": 30, "cfg": 7})
    theirs = BASE.with_(parameters={"cfg": 5, "steps": 20, "sampler": "euler"})
    found = merged(BASE, ours, theirs)
    assert read_shot(found.notebook).shot.parameters == {"steps": 30, "cfg": 5, "sampler": "euler"}


def test_a_conflict_names_the_field() -> None:
    found = merged(BASE, BASE.with_(look__lens__t_stop=2), BASE.with_(look__lens__t_stop=4))
    assert found.conflicts == ("look.lens.t_stop: 2.0 here, 4.0 there",)


def test_cells_of_ones_own_are_merged_too() -> None:
    base = notebook_of(BASE, "Hero")
    note = Cell(cell_type="markdown", id="note", source="Ask Roger.")
    ours = base.model_copy(update={"cells": (*base.cells[:2], note, *base.cells[2:])})
    theirs = notebook_of(BASE.with_(look__lens__t_stop=4), "Hero")
    found = merge(base, ours, theirs)
    assert found.conflicts == ()
    assert [cell.id for cell in found.notebook.cells][2] == "note"
    assert read_shot(found.notebook).shot == BASE.with_(look__lens__t_stop=4)


def test_a_removed_cell_goes_unless_it_was_changed() -> None:
    base = notebook_of(BASE, "Hero")
    without = base.model_copy(update={"cells": base.cells[1:]})
    assert [cell.id for cell in merge(base, base, without).notebook.cells] == [c.id for c in without.cells]
    title = base.cells[0].model_copy(update={"source": "# Mine"})
    mine = base.model_copy(update={"cells": (title, *base.cells[1:])})
    assert merge(base, mine, without).notebook.cells[0] == title


@pytest.mark.parametrize("side", [0, 1])
def test_new_on_both_sides(side: int) -> None:
    shots = [BASE, BASE.with_(seed=9)]
    found = merge(NotebookFile(cells=()), notebook_of(shots[side], "A"), notebook_of(shots[side], "A"))
    assert read_shot(found.notebook).shot == shots[side]
