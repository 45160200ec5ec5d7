"""The shipped notebooks: clean in git, and they run from top to bottom without a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from studio.project import Project
from studio.sketch import start

CHECKOUT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((CHECKOUT / "notebooks").rglob("*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_there_are_notebooks() -> None:
    assert CHECKOUT / "notebooks" / "tour.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_in_git_holds_no_traces_of_a_run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert set(notebook.metadata.get("language_info", {})) <= {"name"}
    for cell in notebook.cells:
        assert cell.metadata in ({}, {"tags": ["parameters"]}), cell.id
        if cell.cell_type == "code":
            assert not cell.outputs, cell.id
            assert cell.execution_count is None, cell.id


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_have_names_that_stay(path: Path) -> None:
    """A random id would change with every editor that rewrites the file; a word says what the cell is."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("-", "").isalpha() for id in ids), ids


class Executed:
    """The tour after a headless run, by cell id."""

    def __init__(self, folder: Path, notebook: nbformat.NotebookNode) -> None:
        self.folder = folder
        self.notebook = notebook
        self.cells = {cell.id: cell for cell in notebook.cells}

    def text(self, cell: str) -> str:
        """All plain text of a cell's outputs."""
        outputs = self.cells[cell].outputs
        return "\n".join(
            str(output.get("text") or output.get("data", {}).get("text/plain", "")) for output in outputs
        )

    def kinds(self, cell: str) -> set[str]:
        """The media types of a cell's outputs."""
        return {kind for output in self.cells[cell].outputs for kind in output.get("data", {})}


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executed]:
    folder = tmp_path_factory.mktemp("tour")
    notebook = nbformat.read(CHECKOUT / "notebooks" / "tour.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=120, store_widget_state=False, resources={"metadata": {"path": str(folder)}}
    )
    with start(step_ms=1) as one, start(step_ms=1) as two, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_PROJECT", str(folder / "demo-film"))
        patch.setenv("STUDIO_BACKENDS", f"{one.url} {two.url}")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        client.execute()
        yield Executed(folder, notebook)


def test_every_cell_of_the_tour_ran(tour: Executed) -> None:
    code = [cell for cell in tour.notebook.cells if cell.cell_type == "code" and cell.source]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert 8 <= len(code) <= 14, "a tour that a director reads to the end"


def test_the_rules_say_why_not(tour: Executed) -> None:
    assert tour.text("rules").startswith("invalid")
    assert "The sun is below the horizon at night." in tour.text("options")


def test_two_prompts_are_written(tour: Executed) -> None:
    flux, sdxl = tour.text("prompt").split("\nsdxl\n")
    assert "Blade Runner 2049" in flux
    assert flux.split("\n")[1] != sdxl.split("\n")[0]


def test_takes_are_on_disk_and_know_their_shots(tour: Executed) -> None:
    with Project.open(tour.folder / "demo-film", create=False) as project:
        takes = {panel.name: panel.takes for panel in project.panels}
    hero = takes.pop("Hero_Shot")
    assert [take.version for take in hero] == [1, 2]
    assert hero[0].shot.angle != hero[1].shot.angle
    assert hero[0].shot.seed == hero[1].shot.seed
    assert len(takes) == 6
    assert all(len(each) == 1 for each in takes.values())
    assert len({each[0].shot.look.preset for each in takes.values()}) == 6
    assert (tour.folder / "demo-film" / "contact-sheet.png").is_file()


def test_the_take_and_the_sheet_are_shown(tour: Executed) -> None:
    assert "image/jpeg" in tour.kinds("take")
    assert "image/png" in tour.kinds("sheet")


def test_without_a_page_the_end_of_each_render_is_readable_text(tour: Executed) -> None:
    assert WIDGET in tour.kinds("render")
    assert "Hero_Shot: done in" in tour.text("render")
    assert "demo-film_Hero_Shot_v001.png" in tour.text("render")
    assert tour.text("scene").count(": done in") >= 6


def test_nothing_of_the_widgets_is_kept_in_the_file(tour: Executed) -> None:
    assert "widgets" not in tour.notebook.metadata
    assert "_esm" not in nbformat.writes(tour.notebook)
