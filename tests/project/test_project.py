"""A project on disk: made, found again, shared, and never harmed by a name or a broken file."""

from __future__ import annotations

import os
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cinema import library, preset, presets, presets_from, presets_within
from studio.data import data_folder
from studio.errors import DataFileError, ProjectError, StorageError, UnsafeName
from studio.files import TEMPORARY_PREFIX
from studio.project import Project, forget, recent_projects
from studio.project.saving import save_take
from studio.provenance import Provenance
from tests.project.support import PROCESSES, picture
from tests.project.writer import add_panels


def save(project: Project, panel: str, data: bytes = b"") -> Path:
    folder = project.panel(panel).folder
    data = data or picture("PNG")
    return save_take(
        data,
        "x",
        folder=folder,
        project=project.name,
        panel=panel,
        provenance=Provenance(),
        naming=project.naming,
    ).path


def test_a_project_is_made_and_found_again(tmp_path: Path) -> None:
    made = Project.open(tmp_path / "The Last Ferry")
    assert made.name == "The_Last_Ferry"
    assert made.panels == []
    names = ["02_Captain", "01_Harbour", "10_Motor"]
    for name in names:
        made.panel(name)
    found = Project.open(str(tmp_path / "The Last Ferry"), create=False)
    assert [panel.name for panel in found.panels] == names
    assert found.panel("01_Harbour") == made.panel("01_Harbour")
    assert found.settings == made.settings


def test_no_project_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="create=True"):
        Project.open(tmp_path / "nothing", create=False)
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below", "a\0b"):
        with pytest.raises((ProjectError, DataFileError)):
            Project.open(path)


def test_the_folder_s_name_may_change_and_takes_keep_theirs(tmp_path: Path) -> None:
    save(Project.open(tmp_path / "film"), "Hero")
    (tmp_path / "film").rename(tmp_path / "film, second try")
    project = Project.open(tmp_path / "film, second try")
    assert project.name == "film"
    assert save(project, "Hero").name == "film_Hero_v002.png"
    assert [take.version for take in project.panel("Hero").takes] == [1, 2]


@pytest.mark.parametrize("name", ["..", "/", "???", "\u202e"])
def test_a_folder_of_any_name_can_be_a_project(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a" / name if name not in ("..", "/") else tmp_path
    assert Project.open(folder).name


def test_settings_are_obeyed_and_kept(tmp_path: Path) -> None:
    content = 'name = "film"\nnaming = "{panel}.v{version:04d}"\nfuture = [1, 2]\n'
    (tmp_path / "studio.toml").write_text(content)
    project = Project.open(tmp_path)
    assert save(project, "Hero").name == "Hero.v0001.png"
    assert [take.version for take in project.panel("Hero").takes] == [1]
    assert (tmp_path / "studio.toml").read_text() == content


def test_settings_are_changed_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "studio.toml").write_text('name = "film"\nfuture = [1, 2]\n')
    project = Project.open(tmp_path)
    project.configure(backends=["http://127.0.0.1:8188"])
    assert Project.open(tmp_path).settings.backends == ("http://127.0.0.1:8188",)
    assert tomllib.loads((tmp_path / "studio.toml").read_text())["future"] == [1, 2]
    before = (tmp_path / "studio.toml").read_bytes()
    with pytest.raises(DataFileError, match=r"studio\.toml: naming: "):
        project.configure(naming="{nobody}")
    assert (tmp_path / "studio.toml").read_bytes() == before


def test_without_a_name_the_folder_s_counts(tmp_path: Path) -> None:
    (tmp_path / "My Film").mkdir()
    (tmp_path / "My Film" / "studio.toml").write_text("backends = []\n")
    assert Project.open(tmp_path / "My Film").name == "My_Film"


def test_broken_settings_are_named_and_left_alone(tmp_path: Path) -> None:
    Project.open(tmp_path).panel("Hero")
    (tmp_path / "studio.toml").write_text("a = 1\nb = [\n")
    with pytest.raises(DataFileError, match=r"studio.toml:3"):
        Project.open(tmp_path)
    assert (tmp_path / "studio.toml").read_text() == "a = 1\nb = [\n"


def test_a_broken_storyboard_opens_with_what_can_be_read(tmp_path: Path) -> None:
    Project.open(tmp_path).panel("Hero")
    (tmp_path / "storyboard.toml").write_text("[[panel]]\nname = 'Wide'\nb = [\n")
    project = Project.open(tmp_path)
    assert [panel.name for panel in project.panels] == ["Wide", "Hero"]
    assert "is damaged" in project.board.problems[0]
    assert len(list(tmp_path.glob("storyboard.broken-*.toml"))) == 1


def test_the_storyboard_is_a_block_a_panel_in_a_stable_order(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    for name in ("Zoo", "Arrival", "INT. Kitchen / night"):
        project.panel(name)
    text = (tmp_path / "storyboard.toml").read_text()
    project.panel("Arrival")
    assert (tmp_path / "storyboard.toml").read_text() == text
    assert [line for line in text.splitlines() if line.startswith("name")] == [
        'name = "Zoo"',
        'name = "Arrival"',
        'name = "INT._Kitchen_night"',
    ]
    assert text.count("[[panel]]") == 3
    assert project.panel("INT. Kitchen / night").title == "INT. Kitchen / night"


def test_looking_at_a_project_writes_nothing(tmp_path: Path) -> None:
    save(Project.open(tmp_path / "film"), "Hero")
    (tmp_path / "film" / "storyboard.toml").write_text(
        '[[panel]]\nname = "Hero"\n\n[[panel]]\nname = "Empty"\n'
    )
    before = sorted(tmp_path.rglob("*"))
    project = Project.open(tmp_path / "film")
    assert [len(panel.takes) for panel in project.panels] == [1, 0]
    assert project.panel("Empty").latest is None
    assert sorted(tmp_path.rglob("*")) == before


def test_presets_of_the_project_are_known(tmp_path: Path) -> None:
    folder = tmp_path / "presets" / "live_action"
    folder.mkdir(parents=True)
    shipped = data_folder("presets") / "live_action" / "vertigo.toml"
    (folder / "my_film.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    with presets_from():
        Project.open(tmp_path)
        assert preset("my_film").get("camera.body") == preset("vertigo").get("camera.body")


def _with_preset(folder: Path, name: str) -> Path:
    own = folder / "presets" / "live_action"
    own.mkdir(parents=True)
    shipped = data_folder("presets") / "live_action" / "vertigo.toml"
    (own / f"{name}.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_presets_of_one_project_do_not_stay_in_the_next(tmp_path: Path) -> None:
    with presets_from():
        Project.open(_with_preset(tmp_path / "first", "of_first"))
        assert "of_first" in presets()
        Project.open(tmp_path / "plain")
        assert "of_first" not in presets()
    with presets_from(_with_preset(tmp_path / "given", "of_given") / "presets"):
        Project.open(tmp_path / "plain")
        assert "of_given" in presets(), "what a person layered by hand is no project's"


def test_projects_served_side_by_side_have_each_its_own_presets(tmp_path: Path) -> None:
    names = ("red", "blue")
    folders = [_with_preset(tmp_path / name, f"of_{name}") / "presets" for name in names]
    together = threading.Barrier(2, timeout=30)

    def seen(folder: Path) -> set[str]:
        found = set()
        for _ in range(3):
            with presets_within(folder):
                together.wait()  # both are within now
                Project.open(folder.parent)
                found |= {id for id in presets() if id.startswith("of_")}
                together.wait()
        return found

    before = library()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(seen, folders)) == [{"of_red"}, {"of_blue"}]
    assert library() is before


def test_presets_within_are_read_anew_when_a_file_changed(tmp_path: Path) -> None:
    folder = _with_preset(tmp_path / "film", "early") / "presets"
    with presets_within(folder) as first, presets_within(folder) as again:
        assert again is first
    (folder / "live_action" / "early.toml").rename(folder / "live_action" / "late.toml")
    with presets_within(folder):
        assert "late" in presets()
        assert "early" not in presets()


def test_unknown_keys_of_the_storyboard_are_kept(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    (tmp_path / "storyboard.toml").write_text('zoom = 2\n[[panel]]\nname = "Hero"\nrating = 4\n')
    project.panel("Villain")
    board = tomllib.loads((tmp_path / "storyboard.toml").read_text())
    assert board["zoom"] == 2
    assert board["panel"][0] == {"name": "Hero", "rating": 4}


@pytest.mark.parametrize("name", ["../../x", "", ".", "\n"])
def test_names_that_can_t_be_are_refused(tmp_path: Path, name: str) -> None:
    project = Project.open(tmp_path / "film")
    with pytest.raises(UnsafeName):
        project.panel(name)
    assert project.panels == []


@given(st.text() | st.text(alphabet="./\\: CONnul\0\n\u202e", max_size=12))
def test_every_panel_lies_in_the_project(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    project = Project.open(tmp_path_factory.getbasetemp() / "many")
    try:
        panel = project.panel(name)
    except UnsafeName:
        return
    assert panel.folder.parent == project.path
    assert panel.folder.is_dir()
    assert project.panel(panel.name) == panel


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    project.panel("Hero")
    with pytest.raises(UnsafeName, match="Use 'Hero'"):
        project.panel("HERO")
    (tmp_path / "drafts").mkdir()
    with pytest.raises(UnsafeName, match="'drafts'"):
        project.panel("Drafts")
    assert [panel.name for panel in project.panels] == ["Hero"]


def test_a_panel_is_not_led_out_by_a_link(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    (tmp_path / "elsewhere" / ".versions").mkdir(parents=True)
    (project.path / "Hero").symlink_to(tmp_path / "elsewhere")
    assert project.panels == []
    with pytest.raises(UnsafeName):
        project.panel("Hero")


def test_the_project_s_own_folders_are_no_panels(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    assert project.panel("templates").name == "templates_"
    assert project.panel(".studio").name == "studio"


def test_a_file_in_the_place_of_a_panel_is_told(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    (tmp_path / "Hero").write_bytes(b"")
    with pytest.raises(StorageError, match="a file stands"):
        project.panel("Hero")
    assert project.panels == []


def test_a_panel_lists_its_takes_and_nothing_else(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    panel = project.panel("Hero")
    assert panel.latest is None
    for _ in range(3):
        save(project, "Hero")
    for name in (
        "film_Hero_v009.mp4.studio.json",
        f"{TEMPORARY_PREFIX}x.png",
        "notes.txt",
        "other_Hero_v050.png",
    ):
        (panel.folder / name).write_bytes(b"")
    (panel.folder / "film_Hero_v002.png").unlink()
    assert [take.version for take in panel.takes] == [1, 3]
    assert panel.latest == panel.takes[-1]
    assert save(project, "Hero").name == "film_Hero_v010.png"
    assert "3 takes" in repr(panel)


def test_old_rests_of_killed_writers_are_swept(tmp_path: Path) -> None:
    panel = Project.open(tmp_path).panel("Hero")
    old, young = panel.folder / f"{TEMPORARY_PREFIX}old", tmp_path / f"{TEMPORARY_PREFIX}young"
    for path in (old, young):
        path.write_bytes(b"")
    os.utime(old, (time.time() - 90_000,) * 2)
    Project.open(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


def test_two_processes_lose_no_panel(tmp_path: Path) -> None:
    Project.open(tmp_path)
    names = [[f"{side}{number:02d}" for number in range(15)] for side in "AB"]
    writers = [PROCESSES.Process(target=add_panels, args=(tmp_path, side), daemon=True) for side in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    project = Project.open(tmp_path)
    assert {panel.name for panel in project.panels} == {*names[0], *names[1]}
    project.panel("C00")
    board = tomllib.loads((tmp_path / "storyboard.toml").read_text())
    assert len(board["panel"]) == 31


def test_a_panel_s_takes_are_shown_compared_and_rated(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    panel = project.panel("Hero")
    assert (panel.current, panel.step(1), panel.locked) == (None, None, False)
    for _ in range(3):
        save(project, "Hero")
    assert panel.locked
    assert panel.current == panel.latest == panel.take(3)
    assert [panel.step(-1), panel.step(-1), panel.step(-1)] == [panel.take(2), panel.take(1), panel.take(1)]
    assert panel.current == panel.take(1)
    save(project, "Hero")
    assert panel.step(99) == panel.take(4)
    assert panel.entry.current is None
    panel.show(2)
    assert panel.current == panel.take(2)
    panel.compare(1, 3)
    assert panel.entry.compare == (1, 3)
    panel.rate(4)
    panel.rate(5, 2)
    panel.rate(3, 1)
    panel.rate(0, 1)
    assert (panel.entry.rating, panel.stars(2), panel.stars(1)) == (4, 5, 0)
    for wrong in (
        lambda: panel.show(9),
        lambda: panel.compare(1, 9),
        lambda: panel.rate(1, 9),
        lambda: panel.rate(7),
    ):
        with pytest.raises(ProjectError):
            wrong()
    panel.delete_take(2)
    assert panel.current == panel.take(4)
    panel.lock(False)
    assert not panel.locked
    project.close()
    again = Project.open(tmp_path / "film").panel("Hero")
    assert (again.entry.compare, again.entry.rating, again.locked) == ((1, 3), 4, False)


def test_a_panel_is_renamed_with_its_takes(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    save(project, "Hero")
    panel = project.panel("Hero")
    renamed = panel.rename("INT. Hero")
    assert [take.path.name for take in renamed.takes] == ["film_INT._Hero_v001.png"]
    assert (renamed.id, renamed.title, panel.entry.name) == (panel.id, "INT. Hero", "INT._Hero")
    assert project.find_panel(panel.id) == renamed
    assert project.find_panel("nobody") is None
    assert save(project, "INT._Hero").name == "film_INT._Hero_v002.png"
    assert project.panel("Hero").id != panel.id


def test_a_naming_template_is_shown_before_it_is_used(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    project.panel("Wide")
    preview = project.preview_naming("{panel}.v{version:04d}")
    assert preview.ok
    assert preview.names == ("Wide.v0001.png", "Wide.v0002.png", "Wide.v0003.png")
    assert "unknown token" in project.preview_naming("{nobody}").error


def test_projects_opened_last_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "config"))
    assert recent_projects() == []
    for number in range(12):
        Project.open(tmp_path / f"film {number}")
    Project.open(tmp_path / "film 5")
    recent = recent_projects()
    assert [Path(one.path).name for one in recent] == [f"film {n}" for n in (5, 11, 10, 9, 8, 7, 6, 4, 3, 2)]
    assert recent[0].name == "film_5"
    assert not recent[0].missing
    (tmp_path / "film 5").rename(tmp_path / "elsewhere")
    assert [one.missing for one in recent_projects()] == [True] + 9 * [False]
    forget(tmp_path / "film 5")
    assert len(recent_projects()) == 9
    forget()
    assert recent_projects() == []
    (tmp_path / "config" / "recent.toml").write_text("= broken")
    assert recent_projects() == []
    Project.open(tmp_path / "film 1")
    assert len(recent_projects()) == 1


def test_a_settings_folder_that_can_t_be_written_keeps_no_project_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "file" / "below"))
    assert Project.open(tmp_path / "film").name == "film"
    assert recent_projects() == []


def test_takes_keep_being_found_when_the_naming_changes(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    old = save(project, "Hero")
    (tmp_path / "film" / "studio.toml").write_text('# ours\nname = "film"  # the title\n')
    project.configure(naming="{panel}.v{version:04d}")
    assert "# ours\n" in (tmp_path / "film" / "studio.toml").read_text()
    project.configure(name="ferry")
    new = save(project, "Hero")
    assert (old.name, new.name) == ("film_Hero_v001.png", "Hero.v0002.png")
    again = Project.open(tmp_path / "film")
    assert [take.path for take in again.panel("Hero").takes] == [old, new]
    assert [one.naming for one in again.settings.earlier or ()] == [
        "{project}_{panel}_v{version:03d}",
        "{panel}.v{version:04d}",
    ]
    renamed = again.panel("Hero").rename("Villain")
    assert [take.path.name for take in renamed.takes] == ["film_Villain_v001.png", "Villain.v0002.png"]
