"""Shot lists and timelines: out, and in again."""

from __future__ import annotations

import csv
import threading
import urllib.parse
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from studio.errors import ExportCancelled, ProjectError
from studio.exchange import Task, read_csv, read_timeline, rows_of, write_csv, write_timeline, write_xlsx
from studio.project import Project


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_has_the_columns_of_the_trade(project: Project, tmp_path: Path) -> None:
    rows = read(write_csv(project, tmp_path / "list.csv"))
    assert [row["Panel"] for row in rows] == ["Harbour", "Clerk", "Empty"]
    clerk = rows[1]
    assert clerk["Size"] == "CU" and clerk["Angle"] == "low angle, front"
    assert clerk["Description"] == "a clerk counts tickets" and clerk["Seed"] == str(2**64 - 1)
    assert "mm" in clerk["Lens"] and clerk["Camera"] and clerk["Aspect"]
    assert rows[0]["Takes"] == "2" and rows[0]["Take"].endswith("_v002.png")
    assert rows[0]["Notes"] == "**Fog**, 霧, ضباب 🌫"
    assert rows[2]["Takes"] == "0" and rows[2]["Size"] == ""


def test_no_cell_is_a_formula(project: Project, tmp_path: Path) -> None:
    assert read(write_csv(project, tmp_path / "list.csv"))[1]["Notes"] == "'=1+1"
    sheet = load_workbook(write_xlsx(project, tmp_path / "list.xlsx")).active
    heads = [cell.value for cell in sheet[1]]
    cell = sheet.cell(3, heads.index("Notes") + 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert sheet.freeze_panes == "D2" and sheet.max_row == 4


def test_a_selection_is_listed_in_story_order(project: Project, tmp_path: Path) -> None:
    rows = read(write_csv(project, tmp_path / "list.csv", panels=["Clerk", "Harbour"]))
    assert [row["Shot"] for row in rows] == ["1", "2"]
    with pytest.raises(ProjectError, match="Nobody"):
        write_csv(project, tmp_path / "list.csv", panels=["Nobody"])


@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_timeline])
def test_a_stopped_export_leaves_nothing(write: object, project: Project, tmp_path: Path) -> None:
    cancel = threading.Event()
    told: list[tuple[int, int]] = []

    def hear(done: int, total: int, text: str) -> None:
        told.append((done, total))
        if done == 1:
            cancel.set()

    assert callable(write)
    with pytest.raises(ExportCancelled):
        write(project, tmp_path / "out.x", task=Task(hear, cancel))
    assert told == [(0, 3), (1, 3)]
    assert not (tmp_path / "out.x").exists()


def test_a_list_comes_back_and_changes_nothing(project: Project, tmp_path: Path) -> None:
    plan = read_csv(write_csv(project, tmp_path / "list.csv"))
    assert not plan.problems
    steps = plan.steps(project.board.state)
    assert {step.action for step in steps} <= {"same", "change"}
    assert all(set(step.changes) <= {"shot", "time", "size", "title", "rating"} for step in steps), steps
    before = project.board.state
    assert plan.apply(project) == []
    assert project.board.state == before


def test_a_list_of_others_is_a_plan_first(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(
        "Scene;Shot Name;Action;Est. Duration;Gaffer\n"
        "1;Dock;Ropes are cast off;3,5;Kim\n"
        "1;Clerk;He looks up;long;Kim\n"
        "\n"
        '2;"<img src=x>";"Seagulls; many";2;\n'.encode("cp1252")
    )
    plan = read_csv(path)
    assert plan.notes == ["These columns are not known and are left out: Gaffer."]
    assert plan.problems == ["line 3: Duration (s) 'long' is no number"]
    assert "3.5 s" in str(plan)
    before = project.board.state.names
    done = plan.apply(project)
    assert done[0] == "Dock" and len(done) == 2
    assert project.board.state.names[:3] == before
    assert project.board.state["Dock"].duration == 3.5
    assert project.board.state["Dock"].shot["subject"] == "Ropes are cast off"
    assert project.board.state["Clerk"].shot["subject"] == "a clerk counts tickets"  # it was there
    project.board.undo()
    assert project.board.state.names == before


def test_a_list_may_change_panels_but_no_locked_shot(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Panel,Notes,Description\nClerk,New words,Another action\nEmpty,,Waves\n")
    plan = read_csv(path)
    assert plan.apply(project, change=True) == ["Clerk", "Empty"]
    board = project.board.state
    assert board["Clerk"].notes == "New words" and board["Clerk"].shot["subject"] == "a clerk counts tickets"
    assert board["Empty"].shot == {"subject": "Waves"}
    assert any("Clerk" in note and "locked" in note for note in plan.notes)


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for data, words in ((b"", "empty"), (b"a,b\n1,2\n", "no column"), (b"\x00\x00", "no column")):
        path.write_bytes(data)
        with pytest.raises(ProjectError, match=words):
            read_csv(path)
    with pytest.raises(ProjectError, match="can't be read"):
        read_csv(tmp_path / "none.csv")


def test_the_timeline_opens_in_editorial_tools(project: Project, tmp_path: Path) -> None:
    folder = project.path / "exports"
    folder.mkdir()
    path = write_timeline(project, folder / "cut.otio", rate=25)
    timeline = otio.adapters.read_from_file(str(path))
    (track,) = timeline.video_tracks()
    clips = list(track.find_clips())
    assert [clip.name for clip in clips] == ["Harbour at dawn", "Clerk", "Empty"]
    assert clips[0].duration() == otio.opentime.RationalTime(62, 25)  # 2.5 s, in whole frames
    assert sorted(clips[0].media_references()) == [take.path.name for take in project.panel("Harbour").takes]
    url = clips[0].media_reference.target_url
    assert (folder / urllib.parse.unquote(url)).resolve() == project.panel("Harbour").takes[-1].path
    assert clips[0].active_media_reference_key.endswith("_v002.png")
    assert clips[0].markers[0].name == "**Fog**, 霧, ضباب 🌫"
    assert isinstance(clips[2].media_reference, otio.schema.MissingReference)
    assert timeline.duration().to_seconds() == pytest.approx(62 / 25 + 3 + 3)


def test_a_timeline_comes_back(project: Project, tmp_path: Path) -> None:
    plan = read_timeline(write_timeline(project, tmp_path / "cut.otio"))
    assert [panel.name for panel in plan.panels] == ["Harbour", "Clerk", "Empty"]
    assert plan.panels[0].fields["notes"] == "**Fog**, 霧, ضباب 🌫"
    assert plan.panels[0].fields["duration"] == 2.5 and plan.panels[0].fields["rating"] == 4
    with Project.open(tmp_path / "other") as other:
        plan.apply(other)
        entry = other.board.state["Clerk"]
        assert entry.status == "pick" and entry.shot["subject"] == "a clerk counts tickets"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b'{"OTIO_SCHEMA": "Clip.1"}', b"null"]))
def test_no_file_breaks_an_import(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    for read_it in (read_timeline, read_csv):
        try:
            plan = read_it(path)
        except ProjectError:
            continue
        assert all(panel.name for panel in plan.panels)


def test_rows_tell_what_a_broken_shot_was(project: Project) -> None:
    broken = {"look": {"kind": "none"}, "subject": "x"}
    project.board.change({"Clerk": {"locked": False, "shot": broken}}, label="Break")
    row = rows_of(project)[1]
    assert row.shot is not None and row.trouble  # the take's shot stands in, and the trouble is told
