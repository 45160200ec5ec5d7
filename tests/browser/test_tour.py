"""The tour as a director meets it, in JupyterLab and in Voila.

Voila shows a cell's outputs when the cell has ended; what is shown then goes on live.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tools.jupyter_pages import LabPage, VoilaPage

CHECKOUT = Path(__file__).resolve().parents[2]
CARD = ".studio-card"

RECORD = """() => {
  window.percents = {};
  const note = card => {
    const seen = window.percents[card.getAttribute("aria-label")] ??= [];
    const value = Number(card.dataset.percent);
    if (seen.at(-1) !== value) seen.push(value);
  };
  new MutationObserver(changes => changes.forEach(change => note(change.target)))
    .observe(document.body, {subtree: true, attributes: true, attributeFilter: ["data-percent"]});
}"""
"""Keeps every percentage that a card has shown, so that no look comes too late."""

SLOW = """
import ipywidgets
import studio
from studio.render import show
from studio.sketch import start

backend = start(step_ms=300)
project = studio.Project.open("slow-film", backends=[backend.url])
shot = studio.Shot(look=studio.preset("roma"), subject="waves", template="sdxl", parameters={"steps": 150})
button = ipywidgets.Button(description="answer")
button.on_click(lambda _: setattr(button, "description", "answered"))
button
"""
"""Opens a project whose backend takes 45 s for this shot."""


@pytest.fixture
def tour(folder: Path) -> Iterator[str]:
    """The tour beside a project of its own."""
    name = "tour.ipynb"
    shutil.copy(CHECKOUT / "notebooks" / name, folder / name)
    yield name
    shutil.rmtree(folder / "demo-film", ignore_errors=True)


def test_in_lab_the_progress_moves_and_the_pictures_come(lab: LabPage, tour: str) -> None:
    lab.open(tour)
    lab.page.evaluate(RECORD)
    lab.run(timeout=120_000)
    percents = lab.page.evaluate("window.percents")
    moved = {
        name: values for name, values in percents.items() if len({v for v in values if 0 < v < 100}) >= 3
    }
    assert len(moved) == 7, percents
    assert all(values == sorted(values) for name, values in percents.items() if name != "Hero_Shot")
    for cell in ("shot = studio.Shot", "scene = studio.Scene"):
        lab.outputs_of(cell).scroll_into_view_if_needed()
    lab.wait("[...document.querySelectorAll('.studio-card')].every(card => card.dataset.state === 'done')")
    lab.wait("[...document.querySelectorAll('.studio-card img')].every(image => image.naturalWidth > 300)")
    assert lab.find(CARD).count() == 8
    assert lab.outputs_of("scene = studio.Scene").locator(".studio-counts").text_content() == "6 done"
    assert (
        lab.outputs_of("shot = studio.Shot").locator(".studio-line").text_content()
        == "demo-film_Hero_Shot_v001.png"
    )
    assert lab.outputs_of("contact_sheet").locator("img").count() == 1
    assert lab.find(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert lab.errors == []


def test_while_a_render_runs_buttons_answer_and_cancel_stops_it(
    lab: LabPage, notebook: Callable[[Sequence[str]], str]
) -> None:
    lab.open(notebook([SLOW, "take = await project.panel('Waves').render(shot)"]))
    lab.page.evaluate(RECORD)
    lab.start()
    card = lab.page.wait_for_selector(f"{CARD}[data-state=running]")
    assert card is not None
    lab.wait("Number(document.querySelector('.studio-card').dataset.percent) >= 1")
    lab.find("button:text('answer')").click()
    lab.page.wait_for_selector("button:text('answered')")
    assert card.get_attribute("data-state") == "running"
    lab.wait("document.querySelector('.studio-card img').naturalWidth > 0")
    before = int(card.get_attribute("data-percent") or 0)
    lab.wait("before => Number(document.querySelector('.studio-card').dataset.percent) > before", before)
    lab.find("button[aria-label='Cancel Waves']").click()
    lab.page.wait_for_selector(f"{CARD}[data-state=cancelled]")
    assert lab.find(f"{CARD} .studio-word").text_content() == "cancelled"
    assert lab.outputs_of("project.panel('Waves')").locator("text=JobCancelled").count()
    assert lab.kernel("project.panel('Waves').takes") == "[]"
    assert lab.errors == []


def test_a_blocking_cell_shows_its_render_in_its_own_outputs(
    lab: LabPage, notebook: Callable[[Sequence[str]], str]
) -> None:
    block = "take = studio.run(project.panel('Waves').render(shot.with_(parameters={'steps': 8})))"
    lab.open(notebook([SLOW, block, "take.version"]))
    lab.page.evaluate(RECORD)
    lab.run()
    assert lab.outputs_of("studio.run").locator(f"{CARD}[data-state=done]").count() == 1
    moved = {value for value in lab.page.evaluate("window.percents")["Waves"] if 0 < value < 100}
    assert len(moved) >= 2, moved
    assert lab.errors == []


def test_voila_shows_the_tour(voila_page: VoilaPage, tour: str) -> None:
    voila_page.open(tour)
    voila_page.wait("document.querySelectorAll('.studio-card').length === 8", timeout=120_000)
    voila_page.wait(
        "[...document.querySelectorAll('.studio-card')].every(card => card.dataset.state === 'done')"
    )
    voila_page.wait(
        "[...document.querySelectorAll('.studio-card img')].every(image => image.naturalWidth > 300)"
    )
    assert voila_page.find(".studio-counts").nth(1).text_content() == "6 done"
    assert voila_page.errors == []


def test_in_voila_a_render_shown_in_a_cell_that_has_ended_is_live(
    voila_page: VoilaPage, notebook: Callable[[Sequence[str]], str]
) -> None:
    voila_page.open(notebook([SLOW, "job = project.panel('Waves').submit(shot)\nshow(job);"]))
    voila_page.page.wait_for_selector(f"{CARD}[data-state=running]")
    before = voila_page.wait("Number(document.querySelector('.studio-card').dataset.percent) || null")
    voila_page.wait(
        "before => Number(document.querySelector('.studio-card').dataset.percent) > before", before
    )
    voila_page.wait("document.querySelector('.studio-card img').naturalWidth > 0")
    voila_page.find("button[aria-label='Cancel Waves']").click()
    voila_page.page.wait_for_selector(f"{CARD}[data-state=cancelled]")
    assert voila_page.errors == []
