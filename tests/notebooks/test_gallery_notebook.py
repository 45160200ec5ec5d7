"""The gallery's notebook runs from top to bottom without a page."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from studio.sketch import start

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "gallery.ipynb"


def test_it_finds_judges_and_gives_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, store_widget_state=False, resources={"metadata": {"path": str(tmp_path)}}
    )
    monkeypatch.setenv("STUDIO_PROJECT", str(tmp_path / "demo-film"))
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with start(step_ms=1) as backend:
        monkeypatch.setenv("STUDIO_BACKENDS", backend.url)
        client.execute()
    shown = {
        cell.id: "".join(
            str(output.get("text") or output.get("data", {}).get("text/plain", "")) for output in cell.outputs
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert shown["open"].startswith("Gallery of demo-film: 0 takes")
    assert "6 new" in shown["takes"]
    assert shown["search"].count("\n") >= 5 and "seed" in shown["search"]
    assert shown["judge"].count(" 4 ") == 2
