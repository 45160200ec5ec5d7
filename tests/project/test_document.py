"""`storyboard.toml` comes back as it was, shows what a person changed, and when broken gives what it can."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.project.board import Conflict, PanelEntry, Storyboard
from studio.project.board.document import read_document, write_document
from studio.project.board.model import FORMAT
from studio.project.comments import keep_comments
from studio.project.lines import statements
from tests.project.boards import storyboards


def read(text: str) -> Storyboard:
    reading = read_document(text.encode())
    assert reading.problems == ()
    return reading.state


@given(storyboards())
def test_what_is_written_is_read_again(board: Storyboard) -> None:
    text = write_document(board)
    reading = read_document(text.encode())
    assert reading.problems == ()
    assert reading.state == board
    assert reading.state.rest() == board.rest()
    assert write_document(reading.state) == text


def test_a_panel_is_a_block_without_defaults_and_with_short_numbers() -> None:
    board = Storyboard.model_validate(
        {
            "panel": [
                {
                    "name": "Hero",
                    "x": 1.0,
                    "y": 2.256,
                    "rating": 0,
                    "stars": {"v001": 4},
                    "shot": {"seed": "7"},
                },
                {"name": "Wide", "id": "Old", "notes": "two\nlines", "z": 3, "future": [1]},
            ],
            "conflict": [{"panel": "Hero", "field": "notes", "other": "b"}],
            "view": {"zoom": 1.5},
        }
    )
    assert write_document(board) == (
        'format = 2\n\n[[panel]]\nname = "Hero"\nx = 1\ny = 2.26\n\n[panel.stars]\nv001 = 4\n\n'
        '[panel.shot]\nseed = "7"\n\n'
        '[[panel]]\nname = "Wide"\nid = "Old"\nz = 3\nnotes = """\ntwo\nlines"""\nfuture = [\n    1,\n]\n\n'
        '[[conflict]]\npanel = "Hero"\nfield = "notes"\nother = "b"\n\n[view]\nzoom = 1.5\n'
    )


def test_one_change_is_one_line_in_git() -> None:
    entries = [PanelEntry(name=f"P{n}", x=n, notes="a\nb") for n in range(20)]
    before = write_document(Storyboard().with_panels(entries)).splitlines()
    entries[7] = entries[7].model_copy(update={"x": 7.5})
    after = write_document(Storyboard().with_panels(entries)).splitlines()
    assert [line for line in after if line not in before] == ["x = 7.5"]
    assert len(after) == len(before)


def test_the_first_format_is_understood() -> None:
    reading = read_document(b'format = 1\n\n[[panel]]\nname = "Hero"\ntitle = "Hero"\nrating = 4\n')
    assert (reading.format, reading.state.format, reading.problems) == (1, FORMAT, ())
    assert reading.state.panels == (PanelEntry(name="Hero", rating=4),)


def test_a_newer_format_stays_what_it_is() -> None:
    text = 'format = 9\ncamera = "x"\n\n[[panel]]\nname = "Hero"\nhologram = { depth = 3 }\n'
    board = read(text)
    assert board.format == 9
    assert tomllib.loads(write_document(board)) == tomllib.loads(text)


def test_windows_line_ends_and_a_byte_order_mark_are_no_damage() -> None:
    text = 'format = 2\r\n\r\n[[panel]]\r\nname = "Hero"\r\nnotes = """a\r\nb"""\r\n'
    reading = read_document(b"\xef\xbb\xbf" + text.encode())
    assert reading.problems == ()
    assert reading.state["Hero"].notes == "a\nb"


BLOCKS = """format = 2

[[panel]]
name = "One"
x = 10

[[panel]]
name = "Two"
{line}
notes = \"\"\"
it says
[[panel]]
here\"\"\"

[panel.shot]
subject = "a ferry"

[[panel]]
name = "Three"
rating = 3
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x = = 4", "line 9 can't be read: 'x = = 4'"),
        ("x = 4 5", "line 9 can't be read"),
        ('color = "red', "line 9 can't be read"),
        ("compare = [1, 2", "line 9 can't be read"),
        ("just words", "line 9 can't be read: 'just words'"),
        ("[[[", "line 9 can't be read"),
        ('name = "Zwei"', "line 9: name is set twice"),
    ],
)
def test_a_line_that_can_t_be_read_costs_that_line_only(line: str, words: str) -> None:
    reading = read_document(BLOCKS.format(line=line).encode())
    assert any(words in problem for problem in reading.problems), reading.problems
    assert reading.state.names == ["One", "Two", "Three"]
    assert reading.state["One"].x == 10
    assert reading.state["Three"].rating == 3
    assert reading.state["Two"].notes == "it says\n[[panel]]\nhere"
    if line != "[[[":
        assert reading.state["Two"].shot == {"subject": "a ferry"}


@pytest.mark.parametrize("header", ["[[panel]", "[panel]]", "[[ panel ]]", "[[panels]]"])
def test_a_header_that_is_nearly_right_is_one(header: str) -> None:
    reading = read_document(f'[[panel]]\nname = "A"\n\n{header}\nname = "B"\n'.encode())
    assert set(reading.state.names) == {"A", "B"}


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ('rating = "five"', "rating", "line 3: rating: "),
        ("rating = 9", "rating", "rating: "),
        ("x = nan", "x", "x: "),
        ("x = inf", "x", "x: "),
        ("width = -4", "width", "width: "),
        ('status = "great"', "status", "status: "),
        ("stars = { v001 = 4, v002 = 77 }", "color", "stars.v002: "),
        ("compare = [1, 2, 3]", "compare", "compare: "),
        ("notes = 3", "notes", "notes: "),
        ("shot = 3", "shot", "shot: "),
        ("id = 3", "color", "id: "),
    ],
)
def test_a_wrong_field_costs_that_field_only(line: str, field: str, words: str) -> None:
    reading = read_document(f'[[panel]]\nname = "Hero"\n{line}\nz = 4\n\n[[panel]]\nname = "B"\n'.encode())
    assert any(words in problem for problem in reading.problems), reading.problems
    assert getattr(reading.state["Hero"], field) == PanelEntry.model_fields[field].get_default(
        call_default_factory=True
    )
    assert reading.state["Hero"].z == 4
    assert reading.state.names == ["Hero", "B"]
    if "stars" in line:
        assert reading.state["Hero"].stars == {"v001": 4}


@pytest.mark.parametrize(
    ("name", "fitting"), [('"../../x"', "Panel_01"), ("3", "Panel_01"), ('"a/b"', "a_b"), ('""', "Panel_01")]
)
def test_a_name_that_can_t_be_gets_one_that_can(name: str, fitting: str) -> None:
    reading = read_document(f"[[panel]]\nname = {name}\nrating = 2\n".encode())
    assert reading.state.names == [fitting]
    assert reading.state[fitting].rating == 2
    assert "no safe name" in reading.problems[0]


def test_a_copied_block_is_a_panel_of_its_own() -> None:
    reading = read_document(b'[[panel]]\nname = "Hero"\nx = 1\n\n[[panel]]\nname = "HERO"\nx = 2\n')
    assert [(entry.name, entry.id, entry.x) for entry in reading.state] == [
        ("Hero", "Hero", 1),
        ("HERO_2", "HERO_2", 2),
    ]
    assert "line 6: name: 'HERO' is there twice" in reading.problems[0]


def test_a_name_that_another_panel_had_first() -> None:
    board = read('[[panel]]\nname = "New"\nid = "Hero"\n\n[[panel]]\nname = "Hero"\n')
    assert [entry.id for entry in board] == ["Hero", "Hero~2"]


def test_an_undecided_merge_of_git_becomes_conflicts() -> None:
    text = (
        '[[panel]]\nname = "Hero"\n<<<<<<< HEAD\nnotes = "ours"\n[[panel]]\nname = "Mine"\n=======\n'
        'notes = "theirs"\n>>>>>>> branch\nrating = 3\n'
    )
    reading = read_document(text.encode())
    assert set(reading.state.names) == {"Hero", "Mine"}
    assert any("git" in problem for problem in reading.problems)
    text = (
        '<<<<<<< a\n[[panel]]\nname = "H"\nx = 1\n=======\n[[panel]]\nname = "H"\nx = 2\ny = 3\n>>>>>>> b\n'
    )
    state = read_document(text.encode()).state
    assert (state["H"].x, state["H"].y) == (1, 3)
    assert state.conflicts == (Conflict(panel="H", field="x", other=2.0),)


@pytest.mark.parametrize("data", [b"", b"\0" * 400, b"\n \n"])
def test_an_empty_file_is_a_damaged_one(data: bytes) -> None:
    reading = read_document(data)
    assert reading.broken
    assert reading.state == Storyboard()


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    reading = read_document(data)
    assert read_document(write_document(reading.state).encode()).state == reading.state


@given(storyboards(most=3), st.integers(0, 2**16), st.binary(max_size=4))
def test_a_damaged_file_is_read_and_never_an_error(board: Storyboard, at: int, what: bytes) -> None:
    data = write_document(board).encode()
    at %= len(data) + 1
    reading = read_document(data[:at] + what + data[at + len(what) :])
    text = write_document(reading.state)
    assert read_document(text.encode()).state == reading.state


@given(storyboards(most=4), st.integers(0, 2**16))
def test_a_file_that_was_cut_off_gives_its_whole_panels(board: Storyboard, at: int) -> None:
    data = write_document(board).encode()
    at %= len(data) + 1
    cut = read_document(data[:at])
    text = data[:at].decode(errors="replace")
    whole = text.count("\n[[panel]]\nname")
    assert len(cut.state) >= whole - 1
    for entry in cut.state.panels[:-1]:
        assert entry == board.find(entry.name) or "[[panel]]" in repr(board.panels)


@given(storyboards(most=3))
def test_statements_are_the_whole_text(board: Storyboard) -> None:
    text = write_document(board)
    cut = list(statements(text))
    assert "".join(one.text for one in cut) == text
    for one in cut:
        tomllib.loads(one.text)


COMMENTED = """# The Last Ferry
format = 2  # of the file

# she enters
[[panel]]  # the first
name = "Hero"
# why here
x = 10  # ten
color = "red"  # for the producer
notes = \"\"\"
# a heading,
# no comment\"\"\"

[panel.shot]
# never change it
seed = "1"

[[panel]]
name = "Wide"
# at the end
"""


def test_comments_stay_where_they_belong() -> None:
    board = read(COMMENTED)
    hero = board["Hero"].model_copy(update={"x": 11.0, "color": "", "name": "Heroine"})
    changed = board.with_panels([board["Wide"], hero])
    text = keep_comments(write_document(changed), COMMENTED)
    assert text == (
        "# The Last Ferry\nformat = 2  # of the file\n\n"
        '[[panel]]\nname = "Wide"\n\n'
        '# she enters\n[[panel]]  # the first\n# for the producer\nname = "Heroine"\nid = "Hero"\n'
        '# why here\nx = 11  # ten\nnotes = """\n# a heading,\n# no comment"""\n\n'
        '[panel.shot]\n# never change it\nseed = "1"\n# at the end\n'
    )
    assert keep_comments(write_document(changed), text) == text


@given(storyboards(most=3), storyboards(most=3), st.data())
def test_comments_change_no_data_and_none_is_lost_where_nothing_changed(
    board: Storyboard, other: Storyboard, data: st.DataObject
) -> None:
    text = write_document(board)
    cut = list(statements(text))
    marks = data.draw(st.lists(st.integers(0, len(cut)), max_size=4))
    pieces = [one.text for one in cut]
    for number, index in enumerate(sorted(marks, reverse=True)):
        pieces.insert(index, f"# remark {number}\n")
    commented = "".join(pieces)
    kept = keep_comments(text, commented)
    assert tomllib.loads(kept) == tomllib.loads(text)
    assert sorted(line for line in kept.splitlines() if line.startswith("# remark")) == sorted(
        f"# remark {number}" for number in range(len(marks))
    )
    fresh = write_document(other)
    assert tomllib.loads(keep_comments(fresh, commented)) == tomllib.loads(fresh)
