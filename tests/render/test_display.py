"""Progress in a terminal, in a log, and in a notebook."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from studio.errors import StudioError
from studio.render import Backend, Farm, display, run
from studio.render.display import PatientConsole, TerminalView, duration, in_notebook, summary
from tests.render.fake import GRAPH, QUICK, FakeComfy
from tests.render.waiting import until


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


@pytest.fixture
def farm(comfy: FakeComfy) -> Iterator[Farm]:
    with Farm([Backend(url=comfy.url, name="box", timing=QUICK)]) as farm:
        yield farm


def test_a_log_gets_one_plain_line_a_job(farm: Farm, comfy: FakeComfy) -> None:
    file = io.StringIO()
    view = TerminalView(Console(file=file, width=200))
    comfy.files["x_00002_.png"] = b"rubbish"
    jobs = [farm.submit(GRAPH, label=f"Shot_{n}") for n in range(3)]
    for job in jobs:
        view.add(job)
        view.add(job)
    run(farm.wait_all())
    lines = file.getvalue().splitlines()
    assert len(lines) == 3
    assert "\x1b" not in file.getvalue()
    assert [line.partition(":")[0] for line in sorted(lines)] == ["Shot_0", "Shot_1", "Shot_2"]
    assert "done in" in lines[0]
    assert lines[0].endswith("on box (1 image)")
    assert "failed" in file.getvalue()
    assert "x_00002_.png" in file.getvalue()


def test_a_terminal_shows_a_bar_for_each_job_that_runs(farm: Farm, comfy: FakeComfy) -> None:
    file = io.StringIO()
    view = TerminalView(Console(file=file, width=120, force_terminal=True))
    comfy.hold()
    jobs = [farm.submit(GRAPH, label=f"[bold]Shot_{n}[/]") for n in range(2)]
    for job in jobs:
        view.add(job)
    until(lambda: "[bold]Shot_0[/]" in file.getvalue() and "[bold]Shot_1[/]" in file.getvalue())
    comfy.release()
    run(farm.wait_all())
    until(lambda: view._bars is None)  # the live region is gone, the lines stay
    assert file.getvalue().count("done in") == 2


def test_labels_are_never_markup(farm: Farm) -> None:
    file = io.StringIO()
    view = TerminalView(Console(file=file, width=200))
    job = farm.submit(GRAPH, label="[red]x[/red] :smile:")
    view.add(job)
    run(job)
    assert file.getvalue().startswith("[red]x[/red] :smile:: done in")


def test_a_closed_pipe_fails_no_job(farm: Farm) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    view = TerminalView(PatientConsole(file=Broken(), width=80))
    job = farm.submit(GRAPH)
    view.add(job)
    assert run(job)


def test_a_notebook_gets_its_widget(
    farm: Farm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[Any] = []
    entry = SimpleNamespace(load=lambda: lambda job: shown.append(job) or "the view")
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(display, "entry_points", lambda **query: asked.append(query) or [entry])
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    )
    assert in_notebook()
    job = farm.submit(GRAPH, label="Hero")
    assert display.show(job) == "the view"
    assert shown == [job]
    assert asked == [{"group": "studio.progress", "name": "notebook"}]
    assert run(display.shown(job))
    assert capsys.readouterr().out == ""  # the widget leaves its own last line


def test_a_widget_that_can_not_be_loaded_leaves_the_bar_and_is_told_once(
    farm: Farm,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise ImportError("no anywidget here")

    monkeypatch.setattr(display, "entry_points", lambda **query: [SimpleNamespace(load=fail)])
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    )
    monkeypatch.setattr(display, "_terminal", TerminalView())
    display._warn_once.cache_clear()
    jobs = [farm.submit(GRAPH, label=label) for label in ("Hero", "Villain")]
    for job in jobs:
        display.show(job)
    run(farm.wait_all())
    printed = capsys.readouterr().out
    assert "Hero: done in" in printed and "Villain: done in" in printed
    warned = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warned) == 1
    assert "no anywidget here" in warned[0].getMessage()
    assert warned[0].exc_info is None  # a traceback in a cell tells a director nothing


def test_a_cell_that_waits_without_widgets_gets_the_last_line(
    farm: Farm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "entry_points", lambda **query: [])
    terminal = io.StringIO()
    monkeypatch.setattr(display, "_terminal", TerminalView(PatientConsole(file=terminal)))
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    )
    assert run(display.shown(farm.submit(GRAPH, label="Hero")))
    assert capsys.readouterr().out.startswith("Hero: done in")
    assert "done in" not in terminal.getvalue()  # said once


def test_outside_a_kernel_there_is_no_notebook() -> None:
    assert not in_notebook()


def test_summary_tells_why_it_failed(farm: Farm, comfy: FakeComfy) -> None:
    comfy.error_at = {"node_id": "1", "node_type": "EmptyImage", "exception_message": "CUDA out of memory"}
    job = farm.submit(GRAPH, label="Hero")
    with pytest.raises(StudioError):
        run(job)
    assert summary(job).startswith("Hero: failed: ")
    assert "EmptyImage (node 1) failed: CUDA out of memory" in summary(job)
    assert "free it" in summary(job)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (3.25, "3.2 s"), (42.4, "42 s"), (59.7, "1:00"), (187, "3:07"), (3729, "1:02:09")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
