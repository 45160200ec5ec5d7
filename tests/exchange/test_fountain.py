"""Screenplays become panels; the cases are the syntax's own rules, in words of this film."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.exchange import read_fountain
from studio.exchange.fountain import elements, split_heading, split_shot

SCRIPT = """\
Title: The Last Ferry
Author: somebody
    and somebody else

FADE IN:

INT. HARBOUR OFFICE - NIGHT #12A#

A clerk counts tickets. *Rain* on the glass. [[Needs the green lamp.]]

CLOSE ON THE LAST TICKET

It has a date from 1951.

CLERK (V.O.)
(to himself)
Nobody takes this boat.

= He has sold it before.

/* cut:
EXT. NOWHERE - DAY
*/

WIDE SHOT - THE EMPTY HALL

# Act two

===

.THE PIER

@McAvoy
Wait!

EXT. SEA / SHIP - DAWN

> CUT TO:

The ferry leaves.
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "ferry.fountain"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_scenes_and_shot_lines_become_panels(script: Path) -> None:
    plan = read_fountain(script)
    panels = [dict(panel.fields) for panel in plan.panels]
    assert [(p["scene"], p.get("size", ""), p.get("subject", "")) for p in panels] == [
        ("12A", "", "A clerk counts tickets. Rain on the glass."),
        ("12A", "CU", "The last ticket It has a date from 1951."),
        ("12A", "WS", "The empty hall"),
        ("2", "", ""),
        ("3", "", "The ferry leaves."),
    ]
    first = panels[0]
    assert (first["setting"], first["location"], first["time"]) == ("INT", "HARBOUR OFFICE", "NIGHT")
    assert first["notes"] == "Needs the green lamp."
    assert panels[1]["dialogue"] == "CLERK: Nobody takes this boat."
    assert panels[1]["notes"] == "He has sold it before."
    assert panels[3]["dialogue"] == "McAvoy: Wait!"
    assert all(panel["duration"] >= 2 for panel in panels)
    assert not plan.problems and not plan.notes
    assert plan.panels[0].where == "line 7"


def test_the_detail_is_the_director_s_choice(script: Path) -> None:
    assert len(read_fountain(script, detail="scene").panels) == 3
    script.write_text("INT. HALL - DAY\n\nDust.\n\nA door opens.\n\nCLOSE ON A HAND\n\nIt shakes.\n")
    assert [panel.fields["subject"] for panel in read_fountain(script, detail="action").panels] == [
        "Dust.",
        "A door opens.",
        "A hand It shakes.",
    ]
    assert len(read_fountain(script).panels) == 2


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("INT. HARBOUR - NIGHT", ("INT", "HARBOUR", "NIGHT")),
        ("EXT. SEA - FAR OUT - DAWN", ("EXT", "SEA - FAR OUT", "DAWN")),
        ("INT./EXT. CAR - DAY", ("INT/EXT", "CAR", "DAY")),
        ("i/e car", ("INT/EXT", "car", "")),
        ("EST. CITY", ("EXT", "CITY", "")),
        ("THE PIER", ("", "THE PIER", "")),
    ],
)
def test_a_heading_tells_where_and_when(heading: str, parts: tuple[str, str, str]) -> None:
    assert split_heading(heading) == parts


@pytest.mark.parametrize(
    ("line", "shot"),
    [
        ("CLOSE ON the rope", ("CU", "the rope")),
        ("EXTREME CLOSE-UP: an eye", ("ECU", "an eye")),
        ("MEDIUM CLOSE UP - ANNA", ("MCU", "ANNA")),
        ("WIDE ANGLE: THE SEA", ("WS", "THE SEA")),
        ("EXTREME WIDE SHOT", ("EWS", "")),
        ("OVER THE SHOULDER, the map", ("OTS", "the map")),
        ("ANNA'S POV - the door", ("POV", "the door")),
        ("ANGLE ON THE DOOR", ("", "THE DOOR")),
        ("TWO SHOT", ("MS", "")),
    ],
)
def test_a_shot_line_tells_its_size(line: str, shot: tuple[str, str]) -> None:
    assert split_shot(line) == shot


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ANNA\nYes.", ["character", "dialogue"]),
        ("ANNA\n\nA door.", ["action", "action"]),  # a name alone is no speaker
        ("!INT. IS NOT A PLACE", ["action"]),
        ("The closed door.", ["action"]),
        ("..and so on", ["action"]),
        ("> THE END <", ["action"]),
        ("CUT TO:", ["transition"]),
        ("Internal affairs.", ["action"]),
    ],
)
def test_paragraphs_are_told_apart(text: str, kinds: list[str]) -> None:
    assert [element.kind for element in elements(f"\n\n{text}")] == kinds


def test_a_script_without_scenes_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_text("Just words.\n")
    plan = read_fountain(path)
    assert plan.panels == [] and "INT. or EXT." in plan.notes[0]


@given(st.text(st.sampled_from("INT. EXT\n#=[]*/!>@~()_:AaÄ-<^"), max_size=300) | st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    for element in elements(text):
        assert element.line >= 1


def test_a_long_script_is_read_in_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "long.fountain"
    path.write_text(SCRIPT + "\n\nEXT. SEA - DAY\n\nWaves.\n" * 3000)
    assert len(read_fountain(path).panels) == 3005
