"""`gallery.frame`: types, what is not known, and that it belongs to whoever asked for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studio.gallery import COLUMNS, Gallery
from studio.gallery.columns import CURATION
from studio.gallery.frame import FrameMaker
from studio.gallery.table import Table
from tests.gallery.made import make_take


def test_columns_have_the_types_that_are_promised(gallery: Gallery) -> None:
    for frame in (gallery.frame, (gallery.scan(), gallery.frame)[1]):
        assert list(frame.columns) == list(COLUMNS)
        assert frame.index.name == "path"
        for name, column in COLUMNS.items():
            assert str(frame[name].dtype) == column.dtype, name
            assert column.help


def test_the_largest_seed_is_exact(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    path = gallery.frame.index[0]
    seed = 2**64 - 1
    text = f"a lamp\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: {seed}, Size: 8x8"
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", text)
    Image.new("RGB", (8, 8)).save(project / path, pnginfo=info)
    gallery.scan()
    assert int(gallery.frame.loc[path, "seed"]) == seed == gallery.row(path)["seed"]
    assert gallery.frame["seed"].max() == np.uint64(seed)


def test_not_known_is_not_none(gallery: Gallery, project: Path) -> None:
    from PIL import Image

    Image.new("RGB", (16, 9)).save(project / "plain.png")
    gallery.scan()
    row = gallery.frame.loc["plain.png"]
    assert row["read"] == "none"
    assert (row["prompt"], row["width"], row["tags"], row["rating"]) == ("", 16, "", 0)
    assert row["steps"] is pd.NA and row["hash"] is pd.NA and row["dup"] is pd.NA
    table = Table.empty().edited([{"path": "x.png", "read": "unread", **_blank()}])
    unread = FrameMaker().frame(table).iloc[0]
    assert unread["prompt"] is pd.NA and unread["created"] is pd.NaT and unread["tags"] == ""


def _blank() -> dict[str, object]:
    return {name: 0 if name == "rating" else "" for name in CURATION}


def test_times_are_utc_and_exact(gallery: Gallery, project: Path) -> None:
    import os

    moment = 1_767_600_000_123_456_789
    path = sorted(project.rglob("*.png"))[0]
    os.utime(path, ns=(moment, moment))
    gallery.scan()
    value = gallery.frame.loc[path.relative_to(project).as_posix(), "modified"]
    assert value == pd.Timestamp(moment // 1000 * 1000, unit="ns", tz="UTC")


def test_a_frame_is_the_callers_own(gallery: Gallery) -> None:
    gallery.scan()
    mine = gallery.frame
    path = mine.index[0]
    mine.loc[path, "prompt"] = "mine"
    mine["rating"] = 5
    again = gallery.frame
    assert len(again) == 24 and again.loc[path, "prompt"] != "mine" and (again["rating"] == 0).all()
    kept = again.copy()
    gallery.rate(path, 3)
    pd.testing.assert_frame_equal(again, kept)
    with pytest.raises(ValueError, match="read-only"):
        again["width"].to_numpy()[0] = 7


def test_asking_again_makes_nothing_anew(gallery: Gallery) -> None:
    gallery.scan()
    first, second = gallery.frame, gallery.frame
    assert first is not second
    for name in COLUMNS:
        assert np.shares_memory(_memory(first[name]), _memory(second[name])), name


def test_a_rating_makes_one_column_anew(gallery: Gallery) -> None:
    gallery.scan()
    before = gallery.frame
    gallery.rate(before.index[3], 4)
    after = gallery.frame
    assert after.iloc[3]["rating"] == 4 and before.iloc[3]["rating"] == 0
    shared = [name for name in COLUMNS if np.shares_memory(_memory(before[name]), _memory(after[name]))]
    assert set(COLUMNS) - set(shared) == {"rating"}


def _memory(series: pd.Series) -> np.ndarray:
    array = series.array
    for name in ("_data", "_ndarray"):
        inner = getattr(array, name, None)
        if isinstance(inner, np.ndarray):
            return inner
    raise AssertionError(type(array))


def test_everything_that_is_said_is_in_it(gallery: Gallery) -> None:
    gallery.scan()
    paths = list(gallery.frame.index[:3])
    gallery.rate(paths, 4)
    gallery.tag(paths[0], add=["storm", "Hero"])
    gallery.mark(paths[1], "pick")
    gallery.note(paths[2], "less *fog*")
    gallery.collections.create("Trailer", paths[:2])
    frame = gallery.frame
    assert list(frame.loc[paths, "rating"]) == [4, 4, 4]
    assert frame.loc[paths[0], "tags"] == "Hero; storm"
    assert list(frame.loc[paths, "status"]) == ["", "pick", ""]
    assert frame.loc[paths[2], "note"] == "less *fog*"
    assert list(frame.loc[paths, "collections"]) == ["Trailer", "Trailer", ""]
    gallery.tag(paths[0], remove=["storm"])
    gallery.rate(paths[0], 0)
    assert (gallery.frame.loc[paths[0], "tags"], gallery.frame.loc[paths[0], "rating"]) == ("Hero", 0)


def test_what_was_said_before_the_scan_is_joined_in(project: Path) -> None:
    path = sorted(project.rglob("*.png"))[2].relative_to(project).as_posix()
    with Gallery.open(project, processes=0) as gallery:
        gallery.rate(path, 5)
        assert len(gallery) == 0
        gallery.scan()
        assert gallery.frame.loc[path, "rating"] == 5
    with Gallery.open(project, processes=0) as again:
        assert again.frame.loc[path, "rating"] == 5


def test_rows_are_ordered_by_path(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    make_take(project / "00_first.png", 501)
    make_take(project / "zz" / "last.png", 502)
    gallery.scan()
    paths = list(gallery.frame.index)
    assert paths == sorted(paths) and paths[0] == "00_first.png" and paths[-1] == "zz/last.png"


def test_types_stay_through_plain_pandas(gallery: Gallery) -> None:
    gallery.scan()
    frame = gallery.frame
    chosen = frame[frame["steps"] > 20].sort_values("seed")
    assert str(chosen["seed"].dtype) == "UInt64"
    assert frame.groupby("folder").size().sum() == 24
