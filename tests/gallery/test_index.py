"""The index on disk: what was read once is not read again, and a damaged one costs time and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from studio.errors import UnsafeName
from studio.gallery import Gallery
from studio.gallery import scanner as scanner_room
from studio.gallery.columns import CURATION
from studio.gallery.index import Index
from studio.gallery.index.index import SNAPSHOT
from studio.gallery.index.log import SUFFIX
from studio.gallery.index.snapshot import KEPT, Damaged, read_snapshot, write_snapshot
from studio.gallery.paths import index_folder
from studio.gallery.table import STORED, Table
from tests.gallery.made import make_take

TEXTS = some.none() | some.text(max_size=12) | some.sampled_from(["", "\0", "a\0b", "\ufdd0", "\udcff", "; "])
VALUES = {
    "text": TEXTS,
    "whole": some.none() | some.integers(-128, 127),
    "seed": some.none() | some.integers(0, 2**64 - 1),
    "real": some.none() | some.floats(allow_nan=False),
    "time": some.none() | some.integers(-(2**60), 2**60),
}
ROWS = some.dictionaries(
    some.text(min_size=1, max_size=8),
    some.fixed_dictionaries(
        {name: VALUES[column.kind] for name, column in KEPT.items() if name not in ("path", *CURATION)}
    ),
    max_size=6,
)


def rows_of(table: Table) -> list[dict[str, object]]:
    return [table.row(number) for number in range(len(table))]


def as_rows(made: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    return [{"path": path, **dict.fromkeys(CURATION), **row} for path, row in made.items()]


@settings(max_examples=40)
@given(made=ROWS, more=ROWS)
def test_a_table_is_what_was_put_in(
    made: dict[str, dict[str, object]], more: dict[str, dict[str, object]]
) -> None:
    table = Table.empty().edited(as_rows(made))
    expected = {**made, **more}
    both = table.edited(as_rows(more))
    assert [row["path"] for row in rows_of(both)] == sorted(expected) == both.paths
    for row in rows_of(both):
        wanted = expected[str(row["path"])]
        assert {name: row[name] for name in wanted} == wanted
    assert rows_of(table) == rows_of(Table.empty().edited(as_rows(made))), "an edit changed the older table"
    fewer = both.edited(gone=made)
    assert fewer.paths == sorted(set(more) - set(made))
    assert rows_of(both.compact()) == rows_of(both)


@settings(max_examples=40)
@given(made=ROWS)
def test_a_snapshot_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, made: dict[str, dict[str, object]]
) -> None:
    table = Table.empty().edited(as_rows(made))
    path = tmp_path_factory.mktemp("snapshot") / SNAPSHOT
    write_snapshot(path, table)
    wanted = [{name: row[name] for name in KEPT} for row in rows_of(table)]
    assert [{name: row[name] for name in KEPT} for row in rows_of(read_snapshot(path))] == wanted


@settings(max_examples=40)
@given(made=ROWS, where=some.floats(0, 1, exclude_max=True), value=some.integers(0, 255))
def test_a_snapshot_that_was_changed_is_refused(
    tmp_path_factory: pytest.TempPathFactory, made: dict[str, dict[str, object]], where: float, value: int
) -> None:
    path = tmp_path_factory.mktemp("snapshot") / SNAPSHOT
    write_snapshot(path, Table.empty().edited(as_rows(made)))
    data = bytearray(path.read_bytes())
    at = int(where * len(data))
    if data[at] == value:
        value ^= 1
    data[at] = value
    path.write_bytes(data)
    with pytest.raises(Damaged):
        read_snapshot(path)
    path.write_bytes(data[:at])
    with pytest.raises(Damaged):
        read_snapshot(path)


@settings(max_examples=40)
@given(made=ROWS, more=ROWS, cut=some.integers(0, 400))
def test_a_log_cut_off_anywhere_gives_a_beginning(
    tmp_path_factory: pytest.TempPathFactory,
    made: dict[str, dict[str, object]],
    more: dict[str, dict[str, object]],
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("index")
    index = Index(folder)
    index.add(as_rows(made))
    index.add(as_rows(more), gone=["nowhere.png"])
    index.close()
    log = next(folder.iterdir())
    whole = log.read_bytes()
    log.write_bytes(whole[: max(0, len(whole) - cut)])
    found = Index(folder).load()
    order = list(made) + list(more)
    expected = {**made, **more}
    assert set(found.paths) <= set(expected)
    if cut == 0:
        assert found.paths == sorted(expected)
        for row in rows_of(found):
            wanted = {**expected[str(row["path"])]}
            assert {name: row[name] for name in wanted} == wanted
    elif order and len(found) == 0:
        assert cut > 0


def test_the_next_opening_reads_nothing(project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Gallery.open(project, processes=0) as first:
        first.scan()
        before = first.frame
    assert not (project / ".gallery" / "index").exists()
    assert list(cache.rglob("*")), "the index is not in the person's cache"
    monkeypatch.setattr(scanner_room, "read_many", _refuse)
    with Gallery.open(project, processes=0) as second:
        assert second.frame.equals(before)
        assert second.scan().files == 24


def _refuse(root: Path, files: object, **_: object) -> list[object]:
    assert not files, "a file was read again"
    return []


def test_an_index_in_the_project(project: Path, cache: Path) -> None:
    with Gallery.open(project, index="project", processes=0) as gallery:
        gallery.scan()
    assert list((project / ".gallery" / "index").iterdir())
    assert not (cache / "gallery").exists()
    with Gallery.open(project, index="project", processes=0) as again:
        assert len(again) == 24 and again.scan().read == 0


def test_an_index_never_lies_behind_a_link(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / ".gallery").symlink_to(outside)
    with pytest.raises(UnsafeName):
        Gallery.open(project, index="project")
    assert not list(outside.iterdir())


@pytest.mark.parametrize("damage", ["empty", "rubbish", "cut", "old version", "folder"])
def test_a_damaged_index_is_made_anew(project: Path, damage: str) -> None:
    with Gallery.open(project, processes=0) as gallery:
        gallery.scan()
        gallery.rate(gallery.frame.index[0], 5)
        gallery._catalogue.save()
    snapshot = index_folder(project) / SNAPSHOT
    data = snapshot.read_bytes()
    snapshot.unlink()
    if damage == "folder":
        snapshot.mkdir()
    else:
        parts = {
            "empty": b"",
            "rubbish": os.urandom(2000),
            "cut": data[:-100],
            "old version": b"X" + data[1:],
        }
        snapshot.write_bytes(parts[damage])
    with Gallery.open(project, processes=0) as again:
        assert "made anew" in again.problems[0]
        assert len(again) == 0
        assert again.scan().read == 24
        assert again.row(again.frame.index[0])["rating"] == 5


def test_one_file_more_is_one_line_more(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    gallery._catalogue.save()
    snapshot = index_folder(project) / SNAPSHOT
    stamp = snapshot.stat().st_mtime_ns
    make_take(project / "one.png", 400)
    gallery.scan()
    (log,) = index_folder(project).glob(f"*{SUFFIX}")
    lines = log.read_text().splitlines()
    assert len(lines) == 2 and "one.png" in lines[1]
    assert snapshot.stat().st_mtime_ns == stamp
    assert len(Index(index_folder(project)).load()) == 25


def test_two_programs_write_beside_each_other(project: Path) -> None:
    with Gallery.open(project, processes=0) as one, Gallery.open(project, processes=0) as two:
        one.scan()
        two.scan()
        make_take(project / "a.png", 401)
        one.scan()
        make_take(project / "b.png", 402)
        two.scan()
        one._catalogue.save()  # takes its own lines only: the other's log lives on
        make_take(project / "c.png", 403)
        two.scan()
    table = Index(index_folder(project)).load()
    assert {"a.png", "b.png", "c.png"} <= set(table.paths)


def test_a_writer_whose_log_was_removed_begins_another(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add([{"path": "a.png"}])
    next(tmp_path.iterdir()).unlink()
    index.add([{"path": "b.png"}])
    assert Index(tmp_path).load().paths == ["b.png"]


def test_lines_of_another_version_or_shape_are_left_out(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add([{"path": "good.png", "seed": 2**64 - 1}])
    index.close()
    (log,) = tmp_path.iterdir()
    row = [None] * len(KEPT)
    for wrong in (
        {"row": ["x"]},
        {"row": row},
        {"row": ["p.png", 7, *row[2:]]},
        {"gone": 3},
        ["list"],
        {"row": [{}, *row[1:]]},
    ):
        with log.open("a") as file:
            file.write(json.dumps(wrong) + "\n")
    with log.open("ab") as file:
        file.write(b"\xff\xfe not json\n")
    (tmp_path / f"old{SUFFIX}").write_text(
        json.dumps({"format": 0, "columns": []}) + "\n" + json.dumps({"gone": "good.png"}) + "\n"
    )
    table = Index(tmp_path).load()
    assert table.paths == ["good.png"]
    assert table.row(0)["seed"] == 2**64 - 1


def test_long_logs_become_a_snapshot(tmp_path: Path) -> None:
    index = Index(tmp_path)
    table = Table.empty()
    rows = [{"path": f"{number:04d}.png", **dict.fromkeys(CURATION)} for number in range(60)]
    table = table.edited(rows)
    index.add(rows)
    assert not index.settle(table)
    assert index.settle(table, least=50)
    assert [path.name for path in tmp_path.iterdir()] == [SNAPSHOT]
    assert Index(tmp_path).load().paths == table.paths


def test_an_index_that_cannot_be_written_is_said_and_no_more(project: Path, cache: Path) -> None:
    cache.mkdir()
    (cache / "gallery").write_text("a file stands here")
    with Gallery.open(project, processes=0) as gallery:
        assert gallery.scan().read == 24
        assert any("index can't be kept" in each for each in gallery.problems)
    assert len(gallery.frame) == 24


def test_numbers_that_do_not_fit_are_not_known_rather_than_wrong() -> None:
    row = {"path": "a", "seed": 2**64, "steps": 2**40, "version": -1, "cfg": 3.5, "bytes": 2**62}
    kept = Table.empty().edited([row]).row(0)
    assert (kept["seed"], kept["steps"], kept["version"], kept["bytes"]) == (None, None, -1, 2**62)
    assert all(not column.values.flags.writeable for column in _numbers(Table.empty().edited([row])))


def _numbers(table: Table) -> list[object]:
    return [table.number(name) for name, column in STORED.items() if column.kind != "text"]


def test_arrays_can_not_be_written_into() -> None:
    table = Table.empty().edited([{"path": "a", "prompt": "x"}])
    with pytest.raises(ValueError, match="read-only"):
        table.text("prompt").codes[0] = np.int32(3)
