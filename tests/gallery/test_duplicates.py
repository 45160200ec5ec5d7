"""Equal files, groups, what to keep: by laws and by examples."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import StudioError
from studio.gallery.duplicates import Candidate, candidates, equal, find_duplicates
from studio.gallery.duplicates.alike import like_pairs, near_pairs
from studio.gallery.duplicates.groups import best
from studio.gallery.duplicates.kept import Kept
from studio.gallery.duplicates.look import TINY
from studio.gallery.thumbs import Thumbs


def write(root: Path, contents: dict[str, bytes]) -> list[Candidate]:
    for name, data in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return [Candidate.of(root / name, name) for name in contents]


def test_equal_files_are_found_whatever_their_names(tmp_path: Path) -> None:
    big = os.urandom(300_000)
    files = write(
        tmp_path,
        {
            **{"a.png": big, "sub/b.png": big, "c.png": big[:-1] + b"x"},
            "d.png": big[:150_000] + b"y" + big[150_001:],
            **{"e.txt": b"q", "f.txt": b"q", "g.txt": b"r", "empty": b"", "empty2": b""},
        },
    )
    found = find_duplicates(files)
    assert [set(group.paths) for group in found.groups] == [{"a.png", "sub/b.png"}, {"e.txt", "f.txt"}]
    assert [group.kind for group in found.groups] == ["exact", "exact"]
    assert found.groups[0].bytes_spare == 300_000 and found.bytes_spare == 300_001
    assert found.hashes["a.png"] == hashlib.sha256(big).hexdigest()
    assert found.complete and found.problems == {}
    assert found.of("f.txt") is found.groups[1] and found.of("g.txt") is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from([0, 1, 70, 140_000]), st.sampled_from([0, 1, 69, 70_000])
        ),
        max_size=9,
    )
)
def test_the_groups_are_those_of_equal_bytes(tmp_path_factory: Any, made: list[tuple[int, int, int]]) -> None:
    """Files of few sizes that differ in one byte, at the beginning, in the middle or at the end."""
    root = tmp_path_factory.mktemp("equal")
    contents = {}
    for number, (value, size, place) in enumerate(made):
        data = bytearray(size)
        if place < size:
            data[place] = value
        contents[f"{number}.bin"] = bytes(data)
    wanted = defaultdict(set)
    for name, data in contents.items():
        if data:
            wanted[data].add(name)
    found = find_duplicates(write(root, contents))
    assert sorted(sorted(group.paths) for group in found.groups) == sorted(
        sorted(names) for names in wanted.values() if len(names) > 1
    )


def test_only_what_may_be_equal_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head, tail = os.urandom(equal.END), os.urandom(equal.END)
    files = write(
        tmp_path,
        {
            "lonely": bytes(99),
            "one": head + bytes(equal.END) + tail,
            "other": b"x" + head[1:] + bytes(equal.END) + tail,
            **{"p": b"1" * 500, "q": b"1" * 500},
        },
    )
    whole: list[str] = []
    monkeypatch.setattr(equal, "sha256", lambda file: whole.append(Path(file).name) or "0" * 64)
    find_duplicates(files)
    assert sorted(whole) == ["p", "q"]


def test_what_is_in_the_way_is_told(tmp_path: Path) -> None:
    files = write(tmp_path, dict.fromkeys(("a", "b", "gone", "grown", "folder"), b"same bytes"))
    (tmp_path / "gone").unlink()
    (tmp_path / "grown").write_bytes(b"same bytes and more")
    (tmp_path / "folder").unlink()
    (tmp_path / "folder").mkdir()
    found = find_duplicates(files)
    assert [set(group.paths) for group in found.groups] == [{"a", "b"}]
    assert "not there" in found.problems["gone"] and "scan again" in found.problems["grown"]
    assert set(found.problems) == {"gone", "grown", "folder"}


def test_known_hashes_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write(tmp_path, {"a": b"1" * 500, "b": b"1" * 500, "c": b"2" * 500})
    kept = tmp_path / "kept.npy"
    first = find_duplicates(files, kept=kept)
    read: list[str] = []
    real = equal.sha256
    monkeypatch.setattr(equal, "sha256", lambda file: read.append(Path(file).name) or real(file))
    second = find_duplicates(files, kept=kept)
    assert second.groups == first.groups and read == []
    more = [*files, *write(tmp_path, {"new": b"2" * 500})]
    third = find_duplicates(more, kept=kept)
    assert {frozenset(group.paths) for group in third.groups} == {frozenset("ab"), frozenset(("c", "new"))}
    assert set(read) == {"c", "new"}  # of c only the ends had been read


@pytest.mark.parametrize("harm", [b"", b"rubbish", b"\x93NUMPY\x01\0"])
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, harm: bytes) -> None:
    files = write(tmp_path, {"a": b"1" * 500, "b": b"1" * 500})
    kept = tmp_path / "kept.npy"
    find_duplicates(files, kept=kept)
    kept.write_bytes(harm)
    assert len(find_duplicates(files, kept=kept).groups) == 1
    assert set(Kept(kept).known(files).whole) == {"a", "b"}


def test_progress_ends_at_all_and_cancel_gives_what_there_is(tmp_path: Path) -> None:
    files = write(tmp_path, {f"{number}": b"same" for number in range(600)})
    told: list[tuple[int, int, str]] = []
    find_duplicates(files, progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == [512, 600] * 2
    assert {total for _, total, _ in told} == {600} and len({text for _, _, text in told}) == 2
    cancel = threading.Event()
    some = find_duplicates(files, progress=lambda *step: cancel.set(), cancel=cancel)
    assert not some.complete and len(some.hashes) < 600
    cancel.set()
    assert find_duplicates(files, cancel=cancel).groups == []


def candidate(path: str, **known: Any) -> Candidate:
    return Candidate(path, path, **{"bytes": 10, "modified": 10**18, "width": 64, "height": 64, **known})


@pytest.mark.parametrize(
    ("files", "kept", "reason"),
    [
        ([candidate("a.png"), candidate("b.png", rating=4)], "b.png", "rated 4"),
        ([candidate("a.png", rating=5, status="reject"), candidate("b.png")], "b.png", "not rejected"),
        ([candidate("a.png", status="pick"), candidate("b.png", width=900)], "a.png", "picked"),
        ([candidate("a.png"), candidate("b.png", width=900)], "b.png", "the largest, 900 × 64"),
        ([candidate("a.png"), candidate("b.png", provenance=True)], "b.png", "it says how it was made"),
        ([candidate("a.jpg"), candidate("b.png", modified=2 * 10**18)], "b.png", "stored without loss"),
        ([candidate("b.png"), candidate("a.png", modified=2 * 10**18)], "b.png", "the oldest, of 2001-09-09"),
        ([candidate("b.png"), candidate("a.png")], "a.png", "all alike; the first by name"),
        ([candidate("a.png", status="reject"), candidate("b.png", status="reject", rating=1)], "b.png",
            "rated 1"),
        (
            [candidate("a.png", rating=3),
             candidate("b.png", rating=3, width=900), candidate("c.png", width=9e3)],
            "b.png",
            "rated 3; the largest, 900 × 64",
        ),
    ],
)  # fmt: skip
def test_the_one_to_keep(files: list[Candidate], kept: str, reason: str) -> None:
    for order in (files, files[::-1]):
        keep, why = best(order)
        assert (keep.path, why) == (kept, reason)


def test_table_and_candidates_from_the_gallerys_frame(tmp_path: Path) -> None:
    write(tmp_path, {"p/a.png": b"same", "p/b.png": b"same", "c.png": b"else"})
    frame = pd.DataFrame(
        {
            "bytes": pd.array([4, 4, 4], dtype="Int64"),
            "modified": pd.to_datetime(["2026-01-02", "2026-01-01", None], utc=True).as_unit("us"),
            "kind": pd.array(["image"] * 3, dtype="string"),
            "width": pd.array([640, pd.NA, 640], dtype="Int32"),
            "rating": pd.array([0, 0, pd.NA], dtype="Int8"),
            "source": pd.array(["", "studio", pd.NA], dtype="string"),
        },
        index=pd.Index(["p/a.png", "p/b.png", "c.png"], name="path"),
    )  # fmt: skip
    files = candidates(frame, tmp_path)
    assert files[0] == Candidate("p/a.png", str(tmp_path / "p/a.png"), 4, 1767312000 * 10**9, "image", 640)
    assert files[1].provenance and files[1].width == 0 and files[2].modified == 0
    table = find_duplicates(files).table()
    assert table.index.name == "path" and list(table.index) == ["p/b.png", "p/a.png"]
    assert list(table["keep"]) == [True, False] and table["group"].nunique() == 1
    assert list(table["reason"].unique()) == ["it says how it was made"]
    assert table["hash"].str.len().tolist() == [64, 64]
    assert find_duplicates([]).table().empty
    assert candidates(frame.iloc[:0], tmp_path) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 63), max_size=16)), max_size=25),
    st.integers(0, 15),
)
def test_near_pairs_are_all_pairs_within_the_threshold(
    seeds: list[int], changes: list[tuple[int, set[int]]], bits: int
) -> None:
    near = [seeds[which % len(seeds)] ^ sum(1 << place for place in places) for which, places in changes]
    hashes = np.array(sorted(set(seeds + near)), dtype=np.uint64)
    found = [pair for first, second in near_pairs(hashes, bits) for pair in zip(first, second, strict=True)]
    assert len(found) == len(set(found))
    assert sorted(found) == [
        (i, j)
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
        if (int(hashes[i]) ^ int(hashes[j])).bit_count() <= bits
    ]


@pytest.mark.parametrize("bits", [-1, 16])
def test_a_threshold_out_of_range(bits: int) -> None:
    with pytest.raises(StudioError, match="15 \\(similar"):
        list(near_pairs(np.zeros(2, np.uint64), bits))


def test_a_thousand_black_frames_are_one_look_and_cost_a_thousand_comparisons() -> None:
    tiny = np.zeros((1002, TINY), np.uint8)
    tiny[1000], tiny[1001] = 40, 90  # flat too, so of the same hash, and another grey
    pairs = like_pairs(np.zeros(1002, np.uint64), tiny)
    assert len(pairs) == 999 and {pair[0] for pair in pairs} == {0}


@pytest.fixture
def thumbs(tmp_path: Path) -> Iterator[Thumbs]:
    with Thumbs(tmp_path, cache=tmp_path.parent / f"{tmp_path.name}-cache") as made:
        yield made


def test_what_can_not_be_looked_at_is_told_and_may_still_be_equal(tmp_path: Path, thumbs: Thumbs) -> None:
    head = b"\x89PNG\r\n\x1a\n"
    files = write(
        tmp_path, {"a.png": head + b"rubbish", "b.png": head + b"rubbish", "c.png": head + b" other"}
    )
    found = find_duplicates(files, thumbs=thumbs)
    assert [set(group.paths) for group in found.groups] == [{"a.png", "b.png"}]
    assert "damaged" in found.problems["c.png"]


def test_cancelled_while_pictures_are_looked_at(tmp_path: Path, thumbs: Thumbs) -> None:
    for number in range(5):
        Image.effect_noise((64, 64), 90).save(tmp_path / f"{number}.png")
    files = [Candidate.of(tmp_path / f"{number}.png") for number in range(5)]
    cancel = threading.Event()
    found = find_duplicates(files, thumbs=thumbs, progress=lambda *step: cancel.set(), cancel=cancel)
    assert not found.complete and found.groups == []
