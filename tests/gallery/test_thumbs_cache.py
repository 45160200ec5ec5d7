"""The cache and the queue: made once, kept over renames, bounded, visible first."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.gallery.thumbs import Thumb, Thumbs
from studio.gallery.thumbs import thumbs as room
from studio.gallery.thumbs.queue import Queue, Ticket
from studio.gallery.thumbs.store import Entry, Store

PATIENCE = 20.0


@pytest.fixture
def thumbs(tmp_path: Path) -> Iterator[Thumbs]:
    root = tmp_path / "project"
    root.mkdir()
    with Thumbs(root, cache=tmp_path / "cache") as made:
        yield made


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were decoded, in order."""
    names: list[str] = []
    real = room.make_thumbs

    def counted(source: Any, *rest: Any) -> Any:
        names.append(source.path.name)
        return real(source, *rest)

    monkeypatch.setattr(room, "make_thumbs", counted)
    return names


def picture(path: Path, colour: tuple[int, int, int] = (200, 90, 30), side: int = 300) -> Path:
    Image.new("RGB", (side, side // 2), colour).save(path)
    return path


def test_made_once_and_again_when_the_file_changes(thumbs: Thumbs, made: list[str]) -> None:
    picture(thumbs.root / "a.png")
    assert thumbs.cached("a.png") is None
    first = thumbs.get("a.png")
    assert thumbs.get("a.png") == first == thumbs.cached("a.png")
    assert made == ["a.png"]
    picture(thumbs.root / "a.png", (10, 200, 10))
    assert thumbs.cached("a.png") is None
    assert thumbs.get("a.png").data != first.data
    assert made == ["a.png", "a.png"]


def test_kept_by_another_process(thumbs: Thumbs, tmp_path: Path, made: list[str]) -> None:
    picture(thumbs.root / "a.png")
    code = (
        "import sys; from studio.gallery.thumbs import Thumbs; "
        "assert Thumbs(sys.argv[1], cache=sys.argv[2]).get('a.png').data"
    )
    subprocess.run([sys.executable, "-c", code, thumbs.root, tmp_path / "cache"], check=True, timeout=60)
    assert thumbs.get("a.png").data
    assert made == []


def test_moved_renamed_and_copied_files_keep_theirs(thumbs: Thumbs, made: list[str]) -> None:
    old = picture(thumbs.root / "a.png")
    first = thumbs.get("a.png")
    (thumbs.root / "scene").mkdir()
    new = old.rename(thumbs.root / "scene" / "b.png")
    (thumbs.root / "copy.png").write_bytes(new.read_bytes())
    os.utime(new)
    for path in ("scene/b.png", "copy.png"):
        thumb = thumbs.get(path)
        assert thumb.data == first.data and thumb.name == Path(path).name
    assert made == ["a.png"]


def test_a_smaller_size_comes_from_a_larger_one(thumbs: Thumbs, made: list[str]) -> None:
    picture(thumbs.root / "a.png", side=900)
    (thumbs.root / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    for path in ("a.png", "bad.png"):
        thumbs.get(path, 512)
        assert (thumbs.get(path, 128).width == 128) == (path == "a.png")
    assert made == ["a.png", "bad.png"]


def test_all_sizes_asked_together_are_decoded_once(thumbs: Thumbs, made: list[str]) -> None:
    """While one worker is held, several sizes of one file gather."""
    picture(thumbs.root / "a.png", side=1200)
    with Thumbs(thumbs.root, cache=thumbs.root.parent / "other", workers=1) as one:
        held, go = threading.Event(), threading.Event()
        picture(thumbs.root / "first.png")

        def hold(path: str, thumb: Thumb) -> None:
            held.set()
            go.wait(PATIENCE)

        one.request(["first.png"], 128, hold)
        assert held.wait(PATIENCE)
        got: dict[int, Thumb] = {}
        tickets = [
            one.request(["a.png"], side, lambda _, thumb, side=side: got.update({side: thumb}))
            for side in (128, 256, 1024)
        ]
        go.set()
        assert all(ticket.wait(PATIENCE) for ticket in tickets)
    assert {side: thumb.width for side, thumb in got.items()} == {128: 128, 256: 256, 1024: 1024}
    assert made == ["first.png", "a.png"]


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_cache_file_is_made_again(thumbs: Thumbs, made: list[str], harm: str) -> None:
    picture(thumbs.root / "a.png")
    first = thumbs.get("a.png")
    files = [path for path in (thumbs.root.parent / "cache").rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        spoilt = {
            "cut": data[:-20],
            "flip": data[:-5] + b"\0" + data[-4:],
            "empty": b"",
            "foreign": b"hello" * 40,
        }
        path.write_bytes(spoilt[harm])
    assert thumbs.cached("a.png") is None
    assert thumbs.get("a.png") == first
    assert made == ["a.png", "a.png"]
    assert thumbs.cached("a.png") == first


def test_dropped_ones_are_made_again(thumbs: Thumbs, made: list[str]) -> None:
    picture(thumbs.root / "a.png")
    picture(thumbs.root / "b.png", (1, 2, 3))
    for path in ("a.png", "b.png"):
        thumbs.get(path)
    thumbs.drop(["a.png", "gone.png", "../out.png"])
    assert thumbs.cached("a.png") is None and thumbs.cached("b.png") is not None
    thumbs.get("a.png")
    assert made == ["a.png", "b.png", "a.png"]
    thumbs.clear()
    assert thumbs.usage() == 0


def test_a_cache_in_the_project_is_shared_wherever_it_is_mounted(tmp_path: Path, made: list[str]) -> None:
    here = tmp_path / "here"
    here.mkdir()
    picture(here / "a.png")
    with Thumbs(here, cache=here / ".gallery" / "thumbs") as thumbs:
        thumbs.get("a.png")
    there = here.rename(tmp_path / "there")
    with Thumbs(there, cache=there / ".gallery" / "thumbs") as thumbs:
        assert thumbs.cached("a.png") is not None
    assert made == ["a.png"]


def test_a_cache_that_can_not_be_written_costs_no_thumbnail(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    picture(root / "a.png")
    (tmp_path / "file").write_text("not a folder")
    with Thumbs(root, cache=tmp_path / "file") as thumbs:
        assert thumbs.get("a.png").data is not None
        assert "can't be kept" in thumbs.problem


def test_kept_outside_the_project_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "mine"))
    root = tmp_path / "project"
    root.mkdir()
    picture(root / "a.png")
    with Thumbs(root) as thumbs:
        assert thumbs.get("a.png").data
    assert [path.name for path in root.iterdir()] == ["a.png"]
    assert any(path.is_file() for path in (tmp_path / "mine" / "thumbs").rglob("*"))


@given(
    st.builds(
        Entry,
        data=st.binary(max_size=300),
        note=st.text(max_size=80),
        mime=st.sampled_from(["", "image/webp"]),
        content=st.binary(min_size=16, max_size=16),
        width=st.integers(0, 2**32 - 1),
        height=st.integers(0, 2**32 - 1),
        frames=st.integers(0, 99),
        seconds=st.floats(0, 1e6),
    ),
    st.data(),
)
def test_an_entry_comes_back_whole_or_not_at_all(entry: Entry, data: st.DataObject) -> None:
    packed = entry.pack()
    assert Entry.unpack(packed) == entry
    place = data.draw(st.integers(0, len(packed) - 1))
    bit = data.draw(st.integers(0, 7))
    spoilt = packed[:place] + bytes([packed[place] ^ (1 << bit)]) + packed[place + 1 :]
    assert Entry.unpack(spoilt) is None
    assert Entry.unpack(packed[:place]) is None


def test_the_longest_unused_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path, limit=10_000)
    now = time.time()
    keys = [f"{number:02x}" * 16 for number in range(20)]
    for number, key in enumerate(keys):
        store.write(key, "128.webp", Entry(data=bytes(1000)))
        for path in store.folder.rglob(f"{key[2:]}-*"):
            os.utime(path, (now - 100 * 86400 + number, now - 100 * 86400 + number))
    assert store.read(keys[0], "128.webp") is not None  # the oldest, but in use
    removed = store.sweep()
    left = [number for number in range(20) if store.read(keys[number], "128.webp")]
    assert removed > 9_000 and store.usage() <= 10_000
    assert left == [0, *range(20 - len(left) + 1, 20)]


def test_the_cache_stays_within_its_limit_by_itself(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    with Thumbs(root, cache=tmp_path / "cache", limit=60_000) as thumbs:
        for number in range(60):
            Image.effect_noise((256, 256), 80).save(root / f"{number}.png")
            assert thumbs.get(f"{number}.png").data
        assert 0 < thumbs.usage() < 60_000 * 1.2


def test_async(thumbs: Thumbs) -> None:
    for number in range(6):
        picture(thumbs.root / f"{number}.png", (number, 0, 0))

    async def ask() -> list[Thumb]:
        return await asyncio.gather(*(thumbs.fetch(f"{number}.png") for number in range(6)))

    assert all(thumb.data for thumb in asyncio.run(ask()))


def test_get_within_a_callback_does_not_wait_for_itself(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png", (0, 0, 1))
    got: list[Thumb] = []
    with Thumbs(tmp_path, cache=tmp_path / "cache", workers=1) as thumbs:
        ticket = thumbs.request(["a.png"], 128, lambda path, thumb: got.append(thumbs.get("b.png")))
        assert ticket.wait(PATIENCE)
    assert got[0].data


def test_refused_paths_are_told_like_all_others(thumbs: Thumbs) -> None:
    picture(thumbs.root / "a.png")
    got: dict[str, Thumb] = {}
    threads: set[threading.Thread] = set()

    def told(path: str, thumb: Thumb) -> None:
        got[path] = thumb
        threads.add(threading.current_thread())

    assert thumbs.request(["a.png", "../b.png", "none.png", "a.png"], 128, told).wait(PATIENCE)
    assert sorted(got) == ["../b.png", "a.png", "none.png"]
    assert got["a.png"].data and "leads out" in got["../b.png"].note
    assert threading.current_thread() not in threads


def test_after_close_there_is_a_note(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    thumbs = Thumbs(tmp_path, cache=tmp_path / "cache")
    thumbs.close()
    thumbs.close()
    assert "closed" in thumbs.get("a.png").note


class Line:
    """A queue with one worker that waits at a gate, so that what waits behind it can be looked at."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, frozenset[Any]]] = []
        self.told: list[tuple[str, Any]] = []
        self.gate = threading.Event()
        self.at_gate = threading.Event()
        self.queue = Queue(self._run, workers=1)
        self.first = self.ask(["gate"])
        assert self.at_gate.wait(PATIENCE)

    def _run(self, key: str, wants: frozenset[Any]) -> dict[Any, str]:
        if key == "gate":
            self.at_gate.set()
            self.gate.wait(PATIENCE)
        self.ran.append((key, wants))
        if key == "fails":
            raise ValueError(key)
        return {want: f"{key}@{want}" for want in wants}

    def ask(
        self, keys: list[str], priority: float = 0, want: Any = 1, done: Callable[[Any], None] | None = None
    ) -> Ticket:
        ticket = Ticket(self.queue, len(keys))
        self.queue.put(
            [(key, want, done or (lambda result, key=key: self.told.append((key, result)))) for key in keys],
            ticket,
            priority,
        )
        return ticket

    def open(self, *tickets: Ticket) -> list[str]:
        self.gate.set()
        assert all(ticket.wait(PATIENCE) for ticket in tickets)
        self.queue.close()
        return [key for key, _ in self.ran[1:]]


def test_the_visible_first_and_what_becomes_visible_is_lifted() -> None:
    line = Line()
    tickets = [
        line.ask(["ahead1", "ahead2", "seen"], 2),
        line.ask(["next"], 1),
        line.ask(["visible"], 0),
        line.ask(["seen"], 0),
    ]
    assert line.open(*tickets) == ["visible", "seen", "next", "ahead1", "ahead2"]


def test_two_asks_make_it_once_and_both_are_told_even_while_it_is_made() -> None:
    line = Line()
    tickets = [line.ask(["a"]), line.ask(["a"]), line.ask(["a"], want=2), line.ask(["gate"])]
    assert line.open(line.first, *tickets) == ["a"]
    assert line.ran[1] == ("a", frozenset({1, 2}))
    assert sorted(line.told) == [
        ("a", "a@1"),
        ("a", "a@1"),
        ("a", "a@2"),
        ("gate", "gate@1"),
        ("gate", "gate@1"),
    ]


def test_cancelled_ones_are_not_made_unless_another_waits() -> None:
    line = Line()
    gone, stays = line.ask(["a", "b"]), line.ask(["b", "c"])
    gone.cancel()
    assert gone.done and line.queue.length == 2
    line.first.cancel()  # being made: it is finished, and not told
    assert line.open(stays) == ["b", "c"]
    assert [key for key, _ in line.told] == ["b", "c"]


def test_what_fails_is_told_and_the_worker_lives_on(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()

    def bad(result: Any) -> None:
        raise KeyError("a callback's own mistake")

    tickets = [line.ask(["fails"]), line.ask(["x"], done=bad), line.ask(["y"])]
    line.open(*tickets)
    assert isinstance(dict(line.told)["fails"], ValueError)
    assert dict(line.told)["y"] == "y@1"
    assert "callback failed" in caplog.text
