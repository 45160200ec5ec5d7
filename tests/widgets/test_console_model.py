"""The console's wiring, without a page: what is done in one room is there in the others."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_job import HandLoop
from inspector_takes import SHOT, render, until

import studio
from studio.data import data_folder
from studio.errors import ProjectError, StorageError, StudioError
from studio.project import Project, planned, recent_projects
from studio.sketch import SketchProcess, start
from widgets.console import ConsoleModel
from widgets.console.rooms import ROOMS
from widgets.gallery.menu import Chosen
from widgets.storyboard.actions import Target

NOWHERE = ["http://127.0.0.1:9"]
PLAN = {
    "look": {"kind": "live_action"},
    "subject": "a pier",
    "template": "sdxl",
    "parameters": {"steps": 2, "width": 256, "height": 256},
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "settings"
    monkeypatch.setenv("STUDIO_CONFIG", str(folder))
    return folder


@pytest.fixture
def console(tmp_path: Path, settings: Path) -> Iterator[ConsoleModel]:
    project = Project.open(tmp_path / "film", backends=NOWHERE)
    project.board.add("One", x=0, y=0, shot=PLAN)
    project.board.add("Two", x=320, y=0)
    render(project, "Two", SHOT.with_(look=studio.preset("moonlight")))
    found = ConsoleModel(project, loop=HandLoop())
    yield found
    found.close()


def take(console: ConsoleModel, panel: str) -> Path:
    found = console.project.panel(panel).latest
    assert found is not None
    return found.path


def texts(console: ConsoleModel) -> list[str]:
    return [each.text for each in console.notices]


def test_rooms_are_made_when_they_are_entered_and_once(console: ConsoleModel) -> None:
    assert console.rooms.widgets == {}
    board = console.enter("storyboard")
    assert console.enter("storyboard") is board and list(console.rooms.widgets) == ["storyboard"]
    with pytest.raises(ProjectError, match="no room"):
        console.enter("kitchen")


def test_a_chosen_panel_shows_its_look_in_cinema(console: ConsoleModel) -> None:
    cinema = console.cinema
    console.choose(["Two"])
    assert cinema.look.preset == "moonlight", "of the take, where no shot is planned"
    assert cinema.subject == "rain" and not console.look_is_new
    console.choose(["One"])
    assert cinema.look.preset is None and cinema.subject == "a pier"


def test_the_selection_is_one_in_cinema_and_on_the_board(console: ConsoleModel) -> None:
    console.choose(["Two"])
    board = console.storyboard
    assert board.selection == ["Two"]
    board.select("One", "Two")
    assert [entry.id for entry in console.chosen] == ["One", "Two"]
    console.choose(["One"])
    assert board.selection == ["One"]


def test_a_look_goes_to_the_chosen_panel_with_subject_and_angle(console: ConsoleModel) -> None:
    console.choose(["One"])
    cinema = console.cinema
    cinema.look = "vertigo"
    cinema.subject = "a tower"
    cinema.angle = "front_low-angle_wide"
    assert console.look_is_new
    assert console.use_look() == ["One"]
    shot = planned.shot_of(console.project.board.state["One"].shot)
    assert shot.look.preset == "vertigo" and shot.subject == "a tower" and shot.angle == cinema.angle
    assert "seed" not in console.project.board.state["One"].shot, "an open seed stays open"
    assert not console.look_is_new
    assert console.project.board.undo() == "Use the look"


def test_several_panels_get_the_look_and_keep_their_subjects(console: ConsoleModel) -> None:
    console.choose(["One", "Two"])
    console.cinema.look = "vertigo"
    console.cinema.subject = "somebody else"
    console.use_look()
    shots = [planned.shot_of(entry.shot) for entry in console.panels]
    assert [shot.look.preset for shot in shots] == ["vertigo", "vertigo"]
    assert [shot.subject for shot in shots] == ["a pier", "rain"]
    assert console.project.board.state["Two"].locked is False, "it had takes; another look opens it"


def test_a_look_that_was_changed_is_not_lost_by_choosing_another_panel(console: ConsoleModel) -> None:
    console.choose(["One"])
    console.cinema.look = "vertigo"
    console.choose(["Two"])
    assert console.cinema.look.preset == "vertigo" and console.look_is_new
    console.show_look("Two")
    assert console.cinema.look.preset == "moonlight" and console.tab == "cinema"
    assert console.cinema.undo() and console.cinema.look.preset == "vertigo"


def test_no_look_for_a_locked_panel_nor_for_none(console: ConsoleModel) -> None:
    console.project.board.change({"One": {"locked": True}})
    before = console.project.board.state
    for ids in (["One"], ["Two", "One"], []):
        with pytest.raises(ProjectError):
            console.use_look(ids)
    assert console.project.board.state == before


def test_the_inspector_edits_looks_in_cinema(console: ConsoleModel) -> None:
    inspector = console.storyboard.side.model
    assert inspector.can_edit_look
    console.storyboard.model.shelf.wait()
    inspector.edit_look("One")
    assert console.tab == "cinema" and console.cinema.subject == "a pier"


def test_a_file_of_the_project_finds_its_panel(console: ConsoleModel) -> None:
    path = take(console, "Two")
    relative = path.relative_to(console.project.path)
    console.reveal_on_board(relative)
    assert console.tab == "storyboard" and console.storyboard.selection == ["Two"]
    with pytest.raises(ProjectError, match="no take"):
        console.reveal_on_board("studio.toml")
    with pytest.raises(StudioError):
        console.reveal_on_board("../elsewhere.png")


def test_takes_go_between_gallery_board_and_video(console: ConsoleModel) -> None:
    board = console.storyboard
    board.model.shelf.wait()
    board.model.act("reveal", ["Two"])
    gallery = console.enter("gallery").model
    until(lambda: gallery.selection)
    [path] = gallery.selection
    assert console.tab == "gallery" and path == "Two/film_Two_v001.png"

    def act(action: str, choice: str = "") -> None:
        gallery.actions.get(action).run(Chosen((path,), choice))

    board.select("One")
    act("reveal")
    assert console.tab == "storyboard" and board.selection == ["Two"]
    act("restore", "One")
    shot = planned.shot_of(console.project.board.state["One"].shot)
    assert shot.look.preset == "moonlight" and shot.subject == "rain"
    assert not console.look_is_new
    act("first_frame")
    assert console.tab == "video" and console.enter("video").model.panel_into == "Two"


def test_a_panel_s_new_name_is_in_the_gallery_and_a_file_s_on_the_board(console: ConsoleModel) -> None:
    gallery = console.enter("gallery").model
    gallery.gallery.scan()
    board = console.storyboard
    board.model.shelf.wait()
    board.model.rename("Two", "Second")
    until(lambda: (gallery.refresh(), gallery.found == ["Second/film_Second_v001.png"])[1])
    gallery.gallery.rate(gallery.found, 4)
    console.project.board.undo()
    until(lambda: (gallery.refresh(), gallery.found == ["Two/film_Two_v001.png"])[1])
    assert gallery.gallery.row("Two/film_Two_v001.png")["rating"] == 4, "what was said of it went with it"
    gallery.gallery.trash(["Two/film_Two_v001.png"])
    until(lambda: not board.model.takes("Two"))


def test_the_board_s_menu_leads_to_the_other_rooms(console: ConsoleModel) -> None:
    actions = console.storyboard.model.actions
    entry = console.project.board.state["Two"]
    take = console.project.panel("Two").latest
    actions.get("print").run(Target((entry,), (take,)))
    until(lambda: any("printed" in text for text in texts(console)))
    [notice] = [each for each in console.notices if "printed" in each.text]
    name, data = console.file(notice.id)
    assert name.endswith(".pdf") and data.startswith(b"%PDF")


def test_the_status_counts_what_lies_on_disk(console: ConsoleModel) -> None:
    console.count.wait()
    assert console.count.total == 1
    render(console.project, "One", SHOT)
    console.project.board.add("Three")
    console.count.wait()
    assert console.count.total == 2
    assert console.saved in ("saving", "saved")
    console.project.board.flush()
    assert console.saved == "saved"


# the project


def test_another_project_is_opened_and_nothing_of_the_old_one_stays(
    console: ConsoleModel, tmp_path: Path
) -> None:
    Project.open(tmp_path / "other", backends=NOWHERE).close()
    for room in ("cinema", "storyboard", "farm", "video"):
        console.enter(room)
    console.open_farm()
    until(lambda: console.farm_state == "ready")
    assert console.progress is not None
    old, widgets = console.project, dict(console.rooms.widgets)
    farm = old.farm
    console.open(str(tmp_path / "other"))
    assert console.project.name == "other" and console.rooms.widgets == {}
    assert farm._closed and old._farm is None
    assert all(widget.comm is None for widget in widgets.values()), "each widget is closed"
    assert not old.board.watched, "nobody listens to the old storyboard"
    old.board.add("Late")
    assert console.panels == []
    until(lambda: not leftover())


def test_a_project_that_can_t_be_saved_stays_with_its_presets(
    console: ConsoleModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project.open(tmp_path / "other", backends=NOWHERE)
    shutil.copytree(data_folder("presets") / "live_action", other.path / "presets" / "live_action")
    (other.path / "presets" / "live_action" / "vertigo.toml").rename(
        other.path / "presets" / "live_action" / "of_other.toml"
    )
    other.close()
    closed: list[Path] = []
    monkeypatch.setattr(Project, "close", lambda project: closed.append(project.path))

    def full() -> None:
        raise StorageError("the disk is full")

    before = console.project
    with monkeypatch.context() as patch:
        patch.setattr(before.board, "flush", full)
        with pytest.raises(StorageError):
            console.open(str(other.path))
    assert console.project is before
    assert closed == [other.path]
    assert "of_other" not in studio.presets()


def test_a_notice_of_another_project_gives_none_of_this_ones_files(
    console: ConsoleModel, tmp_path: Path
) -> None:
    Project.open(tmp_path / "other", backends=NOWHERE).close()
    (console.project.path / "a.txt").write_text("of the film")
    (tmp_path / "other" / "a.txt").write_text("of the other")
    notice = console.notices.good("made", file="a.txt")
    assert console.file(notice.id) == ("a.txt", b"of the film")
    console.open(str(tmp_path / "other"))
    with pytest.raises(ProjectError, match="no file"):
        console.file(notice.id)


def leftover() -> list[str]:
    """Threads that only an open room has."""
    names = ("studio-board-watch", "studio-shelf", "studio-records")
    return [each.name for each in threading.enumerate() if each.name.startswith(names)]


def test_a_project_is_made_and_the_last_ones_are_listed(console: ConsoleModel, tmp_path: Path) -> None:
    console.make(str(tmp_path), "Night Ferry")
    assert console.project.path.parent == tmp_path and console.name.startswith("Night")
    assert recent_projects()[0].path == str(console.project.path)
    with pytest.raises(ProjectError, match="already"):
        console.make(str(tmp_path), "Night Ferry")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("x")
    with pytest.raises(ProjectError, match="not empty"):
        console.make(str(tmp_path), "full")
    with pytest.raises(StudioError):
        console.make(str(tmp_path), "../away/..")


@pytest.mark.parametrize("path", ["", "nowhere", "/", "\0", "~nobody/x"])
def test_what_is_no_project_leaves_the_present_one_open(console: ConsoleModel, path: str) -> None:
    before = console.project
    with pytest.raises(StudioError):
        console.open(path)
    assert console.project is before and console.enter("cinema") is console.cinema


def test_only_the_roots_are_reached(tmp_path: Path, settings: Path) -> None:
    for name in ("films/one", "films/two", "private/three"):
        Project.open(tmp_path / name, backends=NOWHERE).close()
    (tmp_path / "films" / "way").symlink_to(tmp_path / "private", target_is_directory=True)
    project = Project.open(tmp_path / "films" / "one", backends=NOWHERE)
    console = ConsoleModel(project, roots=[tmp_path / "films"], loop=HandLoop())
    try:
        for path in ("../private/three", str(tmp_path / "private/three"), "way/three"):
            with pytest.raises(ProjectError, match="not one of those") as caught:
                console.open(path)
            assert "private" not in str(caught.value)
        with pytest.raises(ProjectError, match="not one of those"):
            console.make(str(tmp_path), "four")
        assert {Path(each.path).name for each in console.doors.recent()} == {"one", "two"}
        console.open("two")
        assert console.name == "two"
    finally:
        console.close()


def test_settings_are_previewed_and_saved(console: ConsoleModel) -> None:
    names, fault = console.preview_naming("{panel}_{version:04d}")
    assert names[0] == "One_0001.png" and fault == ""
    names, fault = console.preview_naming("{panel}")
    assert names == [] and "{version}" in fault
    console.configure(name="Ferry", naming="{project}-{panel}-{version:02d}")
    assert console.name == "Ferry" and console.project.settings.naming == "{project}-{panel}-{version:02d}"
    with pytest.raises(StudioError):
        console.configure(name="Ferry", naming="{nothing}")


# the farm


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True) as found:
        yield found


def test_what_renders_is_counted_and_what_ended_is_said(
    tmp_path: Path, settings: Path, sketch: SketchProcess
) -> None:
    console = ConsoleModel(Project.open(tmp_path / "film", backends=[sketch.url]), loop=HandLoop())
    try:
        console.project.board.add("One", x=0, y=0, shot=PLAN)
        console.project.board.add(
            "Wrong", x=0, y=0, shot={**PLAN, "parameters": {"steps": 2, "checkpoint": "none.ckpt"}}
        )
        console.open_farm()
        until(lambda: console.farm_state == "ready")
        board = console.storyboard
        board.model.render()
        until(lambda: (console.look(), len(console.notices) >= 2)[1])
        said = {each.level: each for each in console.notices}
        assert "film_One_v001.png" in said["good"].text
        assert "Wrong could not be rendered" in said["error"].text and "none.ckpt" in said["error"].text
        assert console.notices.unread == len(console.notices)
        assert console.farm is not None and (console.farm.running, console.farm.waiting) == (0, 0)
        until(lambda: (console.look(), console.farm.ready == 1)[1])
        until(lambda: console.count.total == 1)
        assert len(board.model.takes("One")) == 1
    finally:
        console.close()


def test_a_farm_that_does_not_open_is_said_and_can_be_tried_again(
    tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(tmp_path / "film")
    (project.path / "studio.toml").write_text(
        'backends = [{ url = "http://a", headers = { X = "env:NO_SUCH" } }]\n'
    )
    console = ConsoleModel(Project.open(tmp_path / "film"), loop=HandLoop())
    try:
        console.open_farm()
        until(lambda: console.farm_state == "failed")
        assert "NO_SUCH" in console.farm_why and console.progress is None
        assert any("did not open" in text for text in texts(console))
        monkeypatch.setenv("NO_SUCH", "secret-canary")
        console.open_farm()
        until(lambda: console.farm_state == "ready")
        assert "secret-canary" not in repr(texts(console))
    finally:
        console.close()
        project.close()


def test_every_room_has_a_title() -> None:
    assert list(ROOMS) == ["cinema", "storyboard", "gallery", "farm", "video"]
