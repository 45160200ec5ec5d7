"""The gallery as one: all rooms through one door, on a project of real takes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from studio.errors import ProjectError, QueryError, StudioError, UnsafeName
from studio.gallery import Gallery
from tests.gallery.made import QUICK, make_take


@pytest.fixture
def full(gallery: Gallery) -> Gallery:
    gallery.scan()
    return gallery


def test_it_opens_a_project_or_a_folder(project: Path) -> None:
    from studio.project import Project

    with Project.open(project) as opened, Gallery.open(opened, processes=0) as gallery:
        assert gallery.root == project.resolve()
        assert "Gallery(" in repr(gallery)
    with Gallery.open(str(project), processes=0) as gallery:
        assert gallery.root == project.resolve()
    with pytest.raises(ProjectError, match="no such folder"):
        Gallery.open(project / "nowhere")
    with pytest.raises(ProjectError):
        Gallery.open("\0")


def test_looking_at_a_project_leaves_nothing_in_it(project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    with Gallery.open(project, processes=0) as gallery:
        gallery.scan()
        gallery.search("rain")
        gallery.folders()
        assert gallery.frame is not None
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_search(full: Gallery) -> None:
    frame = full.frame
    paths = list(frame.index)
    full.rate(paths[:5], 5)
    full.rate(paths[5:8], 2)
    found = full.search("rating>=4")
    assert list(found.index) == paths[:5] and list(found.columns) == list(frame.columns)
    assert str(found["seed"].dtype) == "UInt64"
    seed = full.row(paths[7])["seed"]
    assert full.find(f"seed:{seed}") == [paths[7]]
    assert full.find("") == paths
    assert full.find("", limit=3) == paths[:3] and full.find("", limit=0) == []
    assert full.find("rating>=1", sort="-rating, -path") == [*paths[4::-1], *paths[7:4:-1]]
    with pytest.raises(QueryError):
        full.search("rating>=")
    found.loc[paths[0], "prompt"] = "mine"
    assert full.frame.loc[paths[0], "prompt"] != "mine"


def test_search_sees_what_changed(full: Gallery, project: Path) -> None:
    path = full.frame.index[0]
    assert not full.find("tag:hero")
    full.tag(path, add=["hero"])
    assert full.find("tag:hero") == [path]
    (project / "plain.png").write_bytes(QUICK.png(700))
    full.scan()
    assert len(full.find("name:plain")) == 1
    (project / "plain.png").unlink()
    full.scan()
    assert not full.find("name:plain")


@pytest.mark.parametrize(
    ("sort", "column", "descending"),
    [
        ("seed", "seed", False),
        ("-seed", "seed", True),
        ("steps", "steps", False),
        ("-created", "created", True),
    ],
)
def test_sorting_puts_the_unknown_last(full: Gallery, sort: str, column: str, descending: bool) -> None:
    values = full.search("", sort=sort)[column]
    known = values.dropna()
    assert list(values[: len(known)]) == list(known), "what is not known stands between"
    assert list(known) == sorted(known, reverse=descending)


def test_sorting_by_name_counts_numbers_as_numbers(full: Gallery, project: Path) -> None:
    for name in ("V2.png", "v10.png", "v1.png"):
        make_take(project / "x" / name, 800)
    full.scan()
    found = [path.rpartition("/")[2] for path in full.find("", sort="name") if path.startswith("x/")]
    assert found == ["v1.png", "V2.png", "v10.png"]


def test_sorting_by_what_a_search_calls_it(full: Gallery) -> None:
    assert full.find("", sort="-w, size") == full.find("", sort="-width, bytes")
    created = full.find("has:created", sort="-created")
    assert created and full.find("has:created", sort="-date") == created
    assert len(full.find("", sort="date")) == len(full)


def test_sorting_by_what_is_no_column(full: Gallery) -> None:
    with pytest.raises(ProjectError, match="Did you mean 'rating'"):
        full.search("", sort="-ratng")


def test_suggestions(full: Gallery) -> None:
    assert any("camera" in each.text for each in full.suggest("cam"))


def test_stats(full: Gallery) -> None:
    full.rate(full.frame.index[:6], 5)
    table = full.stats(by="folder")
    assert table["count"].sum() == 24
    assert full.stats(by="folder", query="rating>=4")["count"].sum() == 6


def test_moving_keeps_everything(full: Gallery, project: Path) -> None:
    paths = list(full.frame.index[:3])
    full.rate(paths, 4)
    before = full.frame.loc[paths]
    told: list[object] = []
    full.when_moved(lambda moves, operation: told.append(list(moves)))
    full.new_folder("chosen")
    operation = full.move(paths, "chosen")
    new = [f"chosen/{Path(path).name}" for path in paths]
    after = full.frame.loc[new]
    same = [name for name in after.columns if name != "folder"]
    assert after[same].reset_index(drop=True).equals(before[same].reset_index(drop=True))
    assert all((project / path).is_file() for path in new)
    assert len(full) == 24 and sorted(operation.moved) == sorted(paths)
    assert any(set(zip(paths, new, strict=True)) <= set(moves) for moves in told)  # type: ignore[call-overload]
    assert full.scan().read == 0
    assert full.undo() is not None
    assert list(full.frame.loc[paths, "rating"]) == [4, 4, 4] and len(full) == 24


def test_swapping_names(full: Gallery, project: Path) -> None:
    one, two = full.frame.index[0], full.frame.index[1]
    seeds = {path: full.row(path)["seed"] for path in (one, two)}
    full.rate(one, 5)
    names = {one: Path(two).stem, two: Path(one).stem}
    plan = full.files.plan_rename([one, two], template="{new}", values=lambda path: {"new": names[path]})
    full.rename_many(plan)
    assert (full.row(one)["seed"], full.row(two)["seed"]) == (seeds[two], seeds[one])
    assert (full.row(one)["rating"], full.row(two)["rating"]) == (0, 5)


def test_rename_by_what_is_known(full: Gallery) -> None:
    path = full.find("steps>0", limit=1)[0]
    steps = full.row(path)["steps"]
    plan = full.plan_rename([path], template="s{steps}_{n:03d}")
    assert plan.ok and Path(plan.rows[0].new).name.startswith(f"s{steps}_")


def test_copies_are_rows(full: Gallery) -> None:
    path = full.frame.index[0]
    full.rate(path, 3)
    full.copy([path], "copies")
    assert full.row(f"copies/{Path(path).name}")["rating"] == 3
    assert len(full) == 25


def test_trash_and_back(full: Gallery, project: Path) -> None:
    paths = list(full.frame.index[:2])
    full.rate(paths, 5)
    full.trash(paths)
    assert len(full) == 22 and not (project / paths[0]).exists()
    entries = full.trashed()
    assert sorted(entry.path for entry in entries) == sorted(paths)
    full.restore([entry.id for entry in entries])
    assert len(full) == 24
    assert list(full.frame.loc[paths, "rating"]) == [5, 5]
    full.trash(paths[0])
    assert full.undo() is not None and len(full) == 24
    assert full.redo() is not None and len(full) == 23
    assert full.empty_trash().files == 1


def test_undo_takes_back_what_was_done_last(full: Gallery) -> None:
    one, two = full.frame.index[:2]
    full.rate(one, 4)
    full.trash(two)
    full.rate(one, 2)
    full.undo()
    assert full.row(one)["rating"] == 4 and len(full) == 23
    full.undo()
    assert len(full) == 24
    full.undo()
    assert full.row(one)["rating"] == 0
    assert full.undo() is None


def test_duplicates(full: Gallery, project: Path) -> None:
    path = full.frame.index[0]
    shutil.copyfile(project / path, project / "again.png")
    full.scan()
    found = full.duplicates(near=False)
    assert [sorted(group.paths) for group in found.groups] == [sorted(["again.png", path])]
    frame = full.frame
    assert frame.loc["again.png", "dup"] == frame.loc[path, "dup"]
    assert frame["dup"].notna().sum() == 2
    assert frame.loc["again.png", "hash"] == frame.loc[path, "hash"]
    (project / "again.png").unlink()
    full.scan()
    assert not full.duplicates(near=False).groups
    assert full.frame["dup"].isna().all()


def test_thumbnails(full: Gallery, project: Path) -> None:
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(full.thumbnail(full.frame.index[0], 128)))
    assert max(picture.size) <= 128
    (project / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    assert full.thumbnail("broken.png")


def test_raw_texts(full: Gallery) -> None:
    path = full.find("source:studio", limit=1)[0]
    texts = full.raw(path)
    assert json.loads(texts["prompt"]) and json.loads(texts["studio"])["shot"]


@pytest.mark.parametrize("path", ["../out.png", "/etc/passwd", ".gallery/x.png", "a\0.png", "01/../../x.png"])
def test_paths_that_lead_out_are_refused(full: Gallery, path: str) -> None:
    for ask in (full.path, full.raw, full.thumbnail):
        with pytest.raises(UnsafeName):
            ask(path)
    for do in (
        lambda: full.move([path], "chosen"),
        lambda: full.rename(path, "x.png"),
        lambda: full.trash([path]),
        lambda: full.copy([path], "chosen"),
        lambda: full.rate(path, 3),
        lambda: full.move([full.frame.index[0]], path),
        lambda: full.rename(full.frame.index[0], path),
    ):
        with pytest.raises(StudioError):
            do()
    assert len(full.frame) == 24


def test_a_row_that_is_not_there(full: Gallery) -> None:
    with pytest.raises(ProjectError, match="no such take"):
        full.row("nowhere.png")


def test_rebuilding_keeps_what_was_said(full: Gallery) -> None:
    path = full.frame.index[0]
    full.rate(path, 5)
    assert full.rebuild().read == 24
    assert full.row(path)["rating"] == 5


def test_many_hands_at_once(full: Gallery, project: Path) -> None:
    """Readers always see whole states while others scan, rate and move."""
    wrong: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                frame = full.frame
                assert frame.index.is_unique and list(frame.index) == sorted(frame.index)
                full.find("rain or rating>=1", sort="-modified")
            except Exception as error:
                wrong.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    for number in range(12):
        make_take(project / "more" / f"{number}.png", 900 + number)
        full.scan("more")
        full.rate(f"more/{number}.png", number % 5 + 1)
    full.move([f"more/{number}.png" for number in range(6)], "other")
    stop.set()
    for thread in readers:
        thread.join()
    assert not wrong
    assert len(full) == 36 and (full.frame.loc[[f"other/{n}.png" for n in range(5)], "rating"] > 0).all()


def test_importing_the_gallery_is_light() -> None:
    code = (
        "import sys, studio.gallery, studio.gallery.worker;"
        "print([name for name in ('pandas', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_kernel_that_dies_while_it_scans(project: Path) -> None:
    """What it had read is kept, and the next one goes on."""
    code = (
        "import os, sys\n"
        "from studio.gallery import Gallery\n"
        "gallery = Gallery.open(sys.argv[1], processes=0)\n"
        "folder = next(each.path for each in gallery.folders() if each.path)\n"
        "gallery.scan(folder)\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(project)], check=False).returncode == 9
    with Gallery.open(project, processes=0) as gallery:
        assert len(gallery) == 8
        assert gallery.scan().read == 16


def test_frames_of_others_tools(full: Gallery) -> None:
    """What a person does in a cell: a mask, a group, an export."""
    frame = full.frame
    assert isinstance(frame[frame["width"] > 0], pd.DataFrame)
    assert len(frame.reset_index().to_csv()) > 100


def test_a_panel_renamed_on_the_storyboard(tmp_path: Path) -> None:
    """Rows and what was said go with the panel's folder, into the trash and back too."""
    from studio.project import Project

    with Project.open(tmp_path / "film") as film:
        panel = film.panel("Wide")
        make_take(panel.folder / "film_Wide_v001.png", 3)
        with Gallery.open(film, processes=0) as gallery:
            gallery.scan()
            gallery.rate("Wide/film_Wide_v001.png", 4)
            film.board.rename("Wide", "Storm")
            (path,) = gallery.find("rating:4")
            assert path.startswith("Storm/") and (film.path / path).is_file()
            assert gallery.scan().read == 0
            film.board.remove(["Storm"])
            assert len(gallery.frame) == 0
            film.board.undo()
            gallery.scan()
            assert gallery.find("rating:4") == [path]


def test_what_comes_back_beside_another_file_keeps_its_rating_and_the_other_its_row(
    full: Gallery, project: Path
) -> None:
    path = full.frame.index[0]
    folder, _, name = path.rpartition("/")
    full.rate(path, 5)
    full.trash(path)
    make_take(project / path, 77)
    full.scan()
    full.rate(path, 2)
    full.restore([entry.id for entry in full.trashed()])
    beside = f"{folder}/{name.removesuffix('.png')}_1.png"
    for _ in range(2):
        assert full.row(path)["rating"] == 2 and full.row(beside)["rating"] == 5
        assert full.row(path)["seed"] != full.row(beside)["seed"]
        full.scan()
