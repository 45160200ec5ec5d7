"""From a new project to a shot in git, in one console, by mouse and keyboard alone; in Lab and in Voila."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from tools.jupyter_pages import LabPage, NotebookPage, VoilaPage

Notebook = Callable[[Sequence[str]], str]
CHECKOUT = Path(__file__).resolve().parents[2]
OPEN = 'from widgets import Console\nConsole("NAME")'
STATE = "document.querySelector('.studio-console')?.studioConsole.state"
BOARD = "document.querySelector('.studio-storyboard')?.studioBoard"
GALLERY = "document.querySelector('.studio-gallery')?.studioGallery"
LENS = "NIKKOR Z"


class Director:
    """Works on the one console of a page; knows nothing but what is seen there."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.keys, self.mouse = page.page.keyboard, page.page.mouse

    def find(self, selector: str) -> Locator:
        return self.page.find(f".studio-console {selector}")

    def until(self, condition: str, argument: Any = None) -> None:
        self.page.wait(
            f"argument => {{ const [state, board, gallery] = [{STATE}, {BOARD}, {GALLERY}];"
            f" return state && ({condition}); }}",
            argument,
        )

    def go(self, room: str) -> None:
        self.find(f".console-tab[data-room={room}]").click()
        self.until("state.tab === argument && state.entered.includes(argument)", room)

    def make_project(self, name: str) -> None:
        self.page.page.wait_for_selector(".studio-console[data-link=live]")
        self.find(".desk-card").first.wait_for()  # anywidget complains of what goes half loaded
        self.find(".console-project").click()
        self.find(".console-line:text('New project')").click()
        self.find("dialog[open] input").first.fill(name)
        self.keys.press("Enter")
        self.until("state.project.name === argument && state.status.panels === 0", name)
        self.page.wait("!document.querySelector('dialog[open]')")

    def add_panels(self) -> list[str]:
        self.go("storyboard")
        self.page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
        for count in (1, 2):
            self.find(".board-head button:text('New panel')").click()
            self.until("state.status.panels === argument && board.scene.story.length === argument", count)
        return list(self.page.page.evaluate(f"{BOARD}.scene.story"))

    def plan_a_look(self, panel: str) -> None:
        """A film's look, a lens that does not fit it, and a subject; given to the panel."""
        self.go("cinema")
        self.find(".console-select").select_option(panel)
        self.find(".desk-search").fill("blade runner 2049")
        self.page.wait("document.querySelectorAll('.desk-card').length === 1")
        self.find(".desk-card").click()
        self.page.wait(
            "document.querySelector('.desk-slate-title').textContent.startsWith('Blade Runner 2049')"
        )
        before = self.find("[data-field='lens.family'] input").input_value()
        self.find("[data-field='lens.family'] input").click()
        self.keys.type(LENS)
        option = self.find(".desk-option").first
        assert option.get_attribute("aria-disabled") == "true"
        assert self.find(".desk-reason").first.text_content()
        self.keys.press("Escape")
        self.keys.press("Escape")
        assert self.find("[data-field='lens.family'] input").input_value() == before
        assert self.find(".desk-pill").text_content() == "Can be filmed"
        self.find(".desk-subject").fill("a man in the rain")
        self.until("state.cinema.fresh")
        self.find(".console-use").click()
        self.until("!state.cinema.fresh")

    def render_on_both(self) -> None:
        """One render on each backend, side by side, followed beside the board."""
        self.go("storyboard")
        self.page.page.wait_for_selector(".studio-inspector[data-chosen=one]")
        self.page.wait("document.querySelector('.insp-render-row .insp-go')?.disabled === false")
        self.find(".insp-render-row select").select_option("*")
        self.find(".insp-render-row .insp-go").click()
        self.until("state.status.running === 2")
        rows = "[...document.querySelectorAll('.console-side .jobs-row[data-state=running]')]"
        self.page.wait(f"{rows}.length === 2 && {rows}.every(row => Number(row.dataset.percent) > 0)")
        self.until("state.status.takes === 2 && state.status.running === 0")

    def rate_and_restore(self, panel: str) -> None:
        """Four stars for a take in the gallery, and its shot for the other panel."""
        self.go("gallery")
        self.page.page.wait_for_selector(".studio-gallery[data-ready=true]")
        self.until("gallery.order.count === 2")
        tile = self.find(".gallery-tile[data-path]").first
        tile.click()
        self.keys.press("4")
        path = tile.get_attribute("data-path")
        self.until("gallery.row(argument)?.rating === 4", path)
        tile.click(button="right")
        self.find(".gallery-menu [data-action=restore]").click()
        lines = self.find(".gallery-menu .gallery-menu-line:not([data-action=return])")
        lines.filter(has_text=panel).first.click()
        self.go("storyboard")
        self.find(".board-stage").click(position={"x": 5, "y": 5})
        self.go("cinema")
        self.find(".console-select").select_option(panel)
        self.page.wait(
            "document.querySelector('.desk-slate-title').textContent.startsWith('Blade Runner 2049')"
        )

    def hand_over(self, panel: str) -> None:
        """The storyboard as a PDF, and the panel's shot as a notebook."""
        self.find(".console-project").click()
        self.find(".console-line:text('Print')").click()
        self.until("state.notices.some(row => row.file.endsWith('.pdf'))")
        self.go("storyboard")
        self.until("board.scene.selection.join() === argument && board.atRest", panel)
        x, y = self.page.page.evaluate(
            f"""panel => {{
              const {{ scene, view, stage }} = {BOARD};
              const [x, y, w, h] = scene.get(panel).box;
              const rect = stage.getBoundingClientRect();
              const at = (edge, from, middle) => edge + from + middle * view.zoom;
              return [at(rect.left, view.x, x + w / 2), at(rect.top, view.y, y + h / 2)];
            }}""",
            panel,
        )
        self.mouse.click(x, y, button="right")
        self.find(".board-menu [data-action=notebook]").click()
        self.until("state.notices.some(row => row.file.endsWith('.ipynb'))")


def first_film(page: NotebookPage, folder: Path, name: str) -> None:
    director = Director(page)
    director.make_project(name)
    one, two = director.add_panels()
    director.plan_a_look(one)
    director.render_on_both()
    director.rate_and_restore(two)
    director.hand_over(two)
    assert page.errors == []
    project = folder / name
    [pdf] = (project / "exports").glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    [shot] = (project / "notebooks" / "shots").glob("*.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "studio", "shot", "verify", str(shot)],
        env=environment, capture_output=True, text=True, timeout=120, cwd=project, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_in_lab(lab: LabPage, notebook: Notebook, folder: Path) -> None:
    lab.open(notebook([OPEN.replace("NAME", "lab-start")])).run()
    first_film(lab, folder, "lab-film")


def test_in_voila(voila_page: VoilaPage, notebook: Notebook, folder: Path) -> None:
    voila_page.open(notebook([OPEN.replace("NAME", "voila-start")]))
    first_film(voila_page, folder, "voila-film")
