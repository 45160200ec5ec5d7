"""Measured times: estimates, bounds, and a file that survives."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StorageError
from studio.render import history as module
from studio.render.history import BACKENDS, SAMPLES, SIGNATURES, History
from studio.workflow import Phase


def test_nothing_is_known_at_first() -> None:
    history = History()
    assert history.estimate("box", "s") is None
    assert history.swap("box", "s") is None
    assert history.usual("box") is None


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=30))
def test_an_estimate_lies_within_what_was_measured_lately(times: list[float]) -> None:
    history = History()
    for seconds in times:
        history.learn("box", "s", seconds)
    estimate = history.estimate("box", "s")
    lately = times[-SAMPLES:]
    assert estimate is not None and min(lately) - 1e-3 <= estimate <= max(lately) + 1e-3


def test_one_odd_job_changes_little() -> None:
    history = History()
    for seconds in (10, 11, 9, 500, 10):
        history.learn("box", "s", seconds)
    assert history.estimate("box", "s") == 10


def test_loading_models_is_told_apart() -> None:
    history = History()
    history.learn("box", "s", 42.0, cold=True)
    assert history.estimate("box", "s") == 42.0, "the best that is known"
    assert history.swap("box", "s") is None
    history.learn("box", "s", 12.0)
    assert history.estimate("box", "s") == 12.0
    assert history.swap("box", "s") == 30.0
    assert history.swap("box", "never ran") == 30.0, "as loads usually are there"
    assert history.swap("other", "s") is None


def test_a_workflow_that_never_ran_is_estimated_by_its_work() -> None:
    history = History()
    history.learn("box", "s", 10.0, work=20.0)
    phases = [Phase(node="3", node_class="KSampler", title="", steps=30)]
    assert history.estimate("box", "new", work=40.0) == 20.0
    assert history.estimate("box", "new", phases) == 15.0
    assert history.estimate("box", "new") is None
    assert history.estimate("other", "new", phases) is None
    history.learn("box", "s2", 1.0, work=20.0)
    assert history.estimate("box", "new", work=11.0) == 1.0, "what is learned counts at once"


def test_nonsense_is_not_learned() -> None:
    history = History()
    history.learn("box", "", 5.0)
    history.learn("box", "s", -1.0)
    history.learn("box", "s", float("nan"))
    assert history.measured("box", "s") is None


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / ".studio" / "speeds.json"
    history = History(path)
    history.learn("box", "s", 3.0, work=9.0)
    history.save()
    again = History(path)
    assert again.estimate("box", "s") == 3.0
    assert again.rate("box") == 3.0
    written = path.stat()
    again.save()
    assert path.stat().st_mtime_ns == written.st_mtime_ns, "nothing new is not written"


def test_two_processes_learn_from_each_other(tmp_path: Path) -> None:
    path = tmp_path / "speeds.json"
    one, other = History(path), History(path)
    one.learn("a", "s", 1.0)
    other.learn("b", "s", 2.0)
    one.save()
    other.save()
    assert other.estimate("a", "s") == 1.0
    assert History(path).estimate("a", "s") == 1.0
    assert History(path).estimate("b", "s") == 2.0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"backends": {"a": {"s": {"warm": [-1]}}}}', '{"backends": 3}']
)
def test_a_broken_file_is_measured_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "speeds.json"
    path.write_text(text)
    history = History(path)
    assert history.estimate("a", "s") is None
    history.learn("a", "s", 1.0)
    history.save()
    assert json.loads(path.read_text())["backends"]["a"]["s"]["warm"] == [1.0]


def test_it_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**9))
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: float(next(clock))))
    history = History()
    for number in range(SIGNATURES + 50):
        history.learn("box", f"s{number}", 1.0)
    assert history.estimate("box", "s0") is None
    assert history.estimate("box", f"s{SIGNATURES + 49}") == 1.0
    for number in range(BACKENDS + 1):
        history.learn(f"b{number}", "s", 1.0)
    assert history.usual("box") is None
    assert history.usual(f"b{BACKENDS}") == 1.0


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path / "speeds.json")
    history.learn("box", "s", 1.0)

    def full(path: Path, data: bytes) -> Path:
        raise StorageError("the disk is full", path=path)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_atomically", full)
        with pytest.raises(StorageError):
            history.save()
    history.save()
    assert History(tmp_path / "speeds.json").estimate("box", "s") == 1.0


def test_threads(tmp_path: Path) -> None:
    history = History(tmp_path / "speeds.json")

    def work(name: str) -> None:
        for number in range(50):
            history.learn(name, f"s{number}", float(number))
            history.estimate("a", f"s{number}")
            if number % 10 == 0:
                history.save()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history.save()
    again = History(tmp_path / "speeds.json")
    assert [again.estimate(name, "s49") for name in "abc"] == [49.0] * 3
