"""The farm's notebook runs from top to bottom without a page, and ends with its takes on disk."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "farm.ipynb"


def test_it_runs_and_resumes_the_job_that_it_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = tmp_path / "film"
    monkeypatch.setenv("STUDIO_PROJECT", str(film))
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, store_widget_state=False, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert len(list((film / "Hero_Shot").glob("*.png"))) == 4
    assert 1 <= len(list((film / "Chase").glob("*.png"))) <= 6
    assert [take.name for take in (film / "Insert_Hands").glob("*.png")] == ["film_Insert_Hands_v001.png"]
