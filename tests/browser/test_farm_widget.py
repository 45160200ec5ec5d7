"""The farm's cards in JupyterLab and in Voila, over real backends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.jupyter_pages import LabPage, VoilaPage, write_notebook

EVIL = "<img src=x onerror=window.hacked=1>"
SETUP = """
import os, tempfile
place = tempfile.mkdtemp()
os.environ["STUDIO_CONFIG"] = place
from pathlib import Path
from studio.project import Project
from studio.render import Backend
from studio.sketch import start
from widgets import Farm
stages = {name: start(step_ms=150, plain=True) for name in ("one", "two", "three")}
"""
FARM = f"""
film = Project.open(place + "/film", backends=[
    Backend(url=stages["one"].url, name="one", tags={{"big"}}),
    Backend(url=stages["two"].url, name="two"),
    Backend(url="http://127.0.0.1:9", name={EVIL!r}, enabled=False),
])
farm = Farm(film)
farm
"""
GRAPH = """
graph = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["1", 1]}},
    "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "4": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 200, "cfg": 1.0, "sampler_name": "euler",
        "scheduler": "normal", "denoise": 1.0, "model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0],
        "latent_image": ["3", 0]}},
    "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "x"}},
}
"""


@pytest.fixture(scope="module")
def page(lab_page: LabPage, folder: Path) -> Iterator[LabPage]:
    """One page for all tests of this module."""
    write_notebook(folder / "farm_widget.ipynb", [SETUP, GRAPH, FARM])
    lab_page.open("farm_widget.ipynb").run()
    lab_page.page.wait_for_selector(".studio-farm[data-link=live]")
    yield lab_page
    lab_page.clear()


def card(name: str) -> str:
    return f".farm-card[data-backend='{name}']"


def size(page: LabPage, selector: str) -> tuple[float, float]:
    box = page.find(selector).bounding_box()
    assert box is not None
    return box["width"], box["height"]


def wait_for_state(page: LabPage, name: str, state: str) -> None:
    page.page.wait_for_selector(f"{card(name)}[data-state={state}]")


def test_every_backend_has_a_card_with_its_state_in_words(page: LabPage) -> None:
    wait_for_state(page, "one", "online")
    assert page.find(f"{card('one')} .studio-state").text_content() == "ready"
    assert page.find(f"{card('one')} .farm-tag").text_content() == "big"
    assert "ComfyUI" in (page.find(f"{card('one')} .farm-facts").text_content() or "")
    assert page.find(".farm-card").count() == 3
    page.wait("s => document.querySelector(s).getAttribute('d')", f"{card('one')} .farm-plot-memory path")
    assert page.errors == []


def test_names_are_text(page: LabPage) -> None:
    assert EVIL in page.find(".farm-name").all_text_contents()
    assert page.find(".farm-cards img").count() == 0
    assert page.page.evaluate("window.hacked") is None


def test_what_runs_is_shown_and_can_be_stopped_after_a_question(page: LabPage) -> None:
    page.kernel("", "job = film.farm.submit(graph, label='Hero_Shot', backend='one')")
    wait_for_state(page, "one", "busy")
    page.wait("name => document.querySelector(name)?.textContent === 'Hero_Shot'", f"{card('one')} .farm-job")
    bar = page.find(f"{card('one')} [role=progressbar]")
    page.wait(
        "s => Number(document.querySelector(s).getAttribute('aria-valuenow')) > 1",
        f"{card('one')} [role=progressbar]",
    )
    assert bar.get_attribute("aria-label") == "Hero_Shot on one"
    before = size(page, card("one"))
    stop = page.find("button[aria-label='Stop our job on one']")
    stop.press("Enter")
    page.page.keyboard.press("Escape")  # no
    page.wait("document.activeElement.getAttribute('aria-label') === 'Stop our job on one'")
    assert page.kernel("job.state.value") == "'running'"
    stop.press("Enter")
    page.find(f"{card('one')} .live-yes").click()
    wait_for_state(page, "one", "online")
    assert page.kernel("job.state.value") == "'cancelled'"
    assert size(page, card("one")) == before
    assert page.errors == []


def test_a_backend_is_switched_off_and_on(page: LabPage) -> None:
    switch = page.find(f"{card('two')} [role=switch]")
    switch.click()
    wait_for_state(page, "two", "disabled")
    assert switch.get_attribute("aria-checked") == "false"
    assert page.kernel("[each.enabled for each in film.farm.backends if each.name == 'two']") == "[False]"
    switch.press("Space")
    wait_for_state(page, "two", "online")
    assert switch.get_attribute("aria-checked") == "true"


def test_a_backend_is_added_by_the_form_which_says_what_is_wrong(page: LabPage) -> None:
    page.find(".farm-add").click()
    url, token = page.find(".farm-form [name=url]"), page.find(".farm-form [name=token]")
    url.fill("ftp://nowhere")
    token.fill("hunter2")
    token.press("Enter")
    page.wait("document.querySelectorAll('.farm-form [aria-invalid=true]').length === 2")
    assert "http" in (page.find(".farm-field-url .farm-error").text_content() or "")
    assert "hunter2" not in (page.find(".farm-form").text_content() or "")
    assert "hunter2" not in page.kernel("str(farm.get_state()) + str(farm._form)")
    token.fill("")
    url.fill("http://127.0.0.1:1")
    url.press("Enter")
    page.page.wait_for_selector(".farm-form >> text=Add it all the same")
    url.fill(page.kernel("stages['three'].url").strip("'"))
    page.find(".farm-form [name=name]").fill("three")
    page.find(".farm-form [type=submit]").click()
    wait_for_state(page, "three", "online")
    assert page.find(".farm-form").is_hidden()
    assert "three" in page.kernel("Path(place, 'film', 'studio.toml').read_text()")
    page.find("button[aria-label='Remove three']").click()
    page.find(f"{card('three')} .live-yes").click()
    page.wait("s => !document.querySelector(s)", card("three"))
    assert "three" not in page.kernel("Path(place, 'film', 'studio.toml').read_text()")
    assert page.errors == []


def test_a_killed_backend_is_offline_and_says_what_to_do(page: LabPage) -> None:
    page.kernel("", "stages['two'].kill(); job = film.farm.submit(graph, label='lost', backend='two')")
    wait_for_state(page, "two", "offline")
    page.wait(
        "s => document.querySelector(s)?.textContent.includes('othing answers')",
        f"{card('two')} .farm-reason",
    )
    assert page.find(f"{card('two')} .studio-state").text_content() == "offline"
    page.kernel("", "job.cancel()")


def test_after_a_restart_of_the_kernel_it_says_that_it_is_not_connected(page: LabPage) -> None:
    page.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart().then(() => 1)"
    )
    page.page.wait_for_selector(".studio-farm[data-link=lost]", timeout=60_000)
    assert "Not connected" in (page.find(".live-away").text_content() or "")


def test_voila_shows_the_cards_too(voila_page: VoilaPage, folder: Path) -> None:
    name = write_notebook(folder / "farm_voila.ipynb", [SETUP, FARM]).name
    voila_page.open(name)
    voila_page.page.wait_for_selector(f"{card('one')}[data-state=online]")
    voila_page.find(f"{card('one')} [role=switch]").click()
    voila_page.page.wait_for_selector(f"{card('one')}[data-state=disabled]")
    assert voila_page.errors == []
