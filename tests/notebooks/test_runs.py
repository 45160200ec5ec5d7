"""Every notebook that teaches runs from top to bottom without a page, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from studio.project import Project
from studio.sketch import start

CHECKOUT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"tour", "farm"}
"""Run, and looked at closer, in test_notebooks.py and tests/widgets/test_farm_notebook.py."""
NOTEBOOKS = [path for path in sorted((CHECKOUT / "notebooks").glob("*.ipynb")) if path.stem not in ELSEWHERE]


@pytest.fixture(scope="module")
def boxes() -> Iterator[str]:
    """Two quick backends, as `STUDIO_BACKENDS` names them."""
    with start(step_ms=1) as one, start(step_ms=1) as two:
        yield f"{one.url} {two.url}"


def twelve_shots(film: Path) -> None:
    """Twelve panels with a take each, one with two, and all that goes out of the house."""
    with Project.open(film, create=False) as project:
        counts = {panel.name: len(panel.takes) for panel in project.panels}
    assert len(counts) == 12
    assert counts.pop("05_The_Porter") == 2
    assert set(counts.values()) == {1}
    out = {path.name: path.stat().st_size for path in (film / "out").iterdir()}
    wanted = ("animatic.mp4", "contact-sheet.png", "room-twelve.otio", "shots.csv", "storyboard.pdf")
    assert set(out) == set(wanted)
    assert all(out.values())


def two_films(film: Path) -> None:
    """Two moving shots."""
    with Project.open(film, create=False) as project:
        takes = [take for panel in project.panels for take in panel.takes]
    assert [take.kind for take in takes].count("video") == 2


PROMISES: dict[str, Callable[[Path], None]] = {"short_film": twelve_shots, "video": two_films}
"""What is on disk after a notebook, where it says so."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_leaves_what_it_promises(
    path: Path, boxes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_PROJECT", str(tmp_path / "film"))
    monkeypatch.setenv("STUDIO_BACKENDS", boxes)
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, store_widget_state=False, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert "widgets" not in notebook.metadata
    if path.stem in PROMISES:
        PROMISES[path.stem](tmp_path / "film")


def test_every_promise_is_of_a_notebook() -> None:
    assert set(PROMISES) <= {path.stem for path in NOTEBOOKS}
