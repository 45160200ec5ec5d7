"""All jobs of a farm in JupyterLab: they move, wait, end, and are cancelled one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.jupyter_pages import LabPage, write_notebook

EVIL = "<img src=x onerror=window.hacked=1>"
SETUP = """
from studio.render import Backend, Farm
from studio.sketch import start
from widgets import Progress
stages = [start(step_ms=150) for _ in range(2)]
farm = Farm([Backend(url=stage.url, name=name) for name, stage in zip(("left", "right"), stages)])
def graph(steps, seed=1):
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["1", 1]}},
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 320, "height": 192, "batch_size": 1}},
        "4": {"class_type": "KSampler", "inputs": {"seed": seed, "steps": steps, "cfg": 1.0,
            "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "model": ["1", 0],
            "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["3", 0]}},
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "x"}},
    }
"""


@pytest.fixture(scope="module")
def whole(lab_page: LabPage, folder: Path) -> Iterator[LabPage]:
    write_notebook(folder / "progress_panel.ipynb", [SETUP, "view = Progress(farm)\nview"])
    lab_page.open("progress_panel.ipynb").run()
    lab_page.page.wait_for_selector(".studio-jobs[data-link=live]")
    yield lab_page
    lab_page.clear()


@pytest.fixture
def page(whole: LabPage) -> Iterator[LabPage]:
    """The page, with nothing to do before and after."""
    yield whole
    whole.kernel("", "view.model.cancel_all()")
    whole.kernel(
        "", "await farm.wait_all()\nfor id in list(view.model.state['rows']): view.model.dismiss(id)"
    )
    whole.page.wait_for_selector(".studio-jobs[data-idle=true]")


def submit(page: LabPage, name: str, *, steps: int = 400, panel: str = "", backend: str = "") -> str:
    """A new job; its row's selector."""
    meta = {"panel": panel} if panel else {}
    options = f"meta={meta}, label={name!r}, backend={backend or None!r}"
    code = f"job = farm.submit(graph({steps}, seed=abs(hash({name!r}))), {options})"
    id = page.kernel("job.id", code).strip("'")
    return f".jobs-row[data-job='{id}']"


def wait_for_state(page: LabPage, row: str, state: str) -> None:
    page.page.wait_for_selector(f"{row}[data-state={state}]")


def test_with_nothing_to_do_it_is_one_line(page: LabPage) -> None:
    assert page.find(".jobs-head-line").text_content() == "Nothing is rendering."
    box = page.find(".studio-jobs").bounding_box()
    assert box is not None
    assert box["height"] < 50


def test_a_job_moves_with_its_picture_and_ends_with_its_outcome(page: LabPage) -> None:
    row = submit(page, "Hero_Shot", steps=12)
    wait_for_state(page, row, "running")
    first = page.wait("row => Number(document.querySelector(row).dataset.percent) || false", row)
    page.wait("([row, first]) => Number(document.querySelector(row).dataset.percent) > first", [row, first])
    page.wait("row => document.querySelector(`${row} img`).naturalWidth > 0", row)
    assert page.find(f"{row} [role=progressbar]").get_attribute("aria-label") == "Hero_Shot"
    wait_for_state(page, row, "done")
    page.wait("row => !document.querySelector(row)", row)  # lingered, and gone
    page.page.wait_for_selector(".studio-jobs[data-idle=true]")
    assert page.errors == []


def test_cancelling_one_leaves_the_others(page: LabPage) -> None:
    one = submit(page, "A", panel="Chase", backend="left")
    two = submit(page, "B", panel="Chase", backend="right")
    for row in (one, two):
        wait_for_state(page, row, "running")
    assert page.find(".jobs-group").count() == 1
    page.find(f"{one} .jobs-cancel").press("Enter")
    wait_for_state(page, one, "cancelled")
    assert page.find(two).get_attribute("data-state") == "running"
    assert page.errors == []


def test_who_waits_says_why_and_cancel_all_asks_first(page: LabPage) -> None:
    rows = [submit(page, f"Shot_{number}") for number in range(6)]
    page.wait("row => document.querySelector(`${row} .jobs-line`)?.textContent.length > 10", rows[-1])
    page.find(".jobs-all").click()
    assert page.find(".jobs-head .live-sure-text").text_content() == "Cancel all 6 jobs?"
    page.find(".jobs-head .live-no").click()
    assert page.kernel("len(farm.jobs)") == "6"
    page.find(".jobs-all").click()
    page.find(".jobs-head .live-yes").click()
    page.wait("document.querySelectorAll('.jobs-row[data-state=cancelled]').length === 6")
    assert page.kernel("len(farm.jobs)") == "0"


def test_a_failure_can_be_read_and_taken_away_and_names_are_text(page: LabPage) -> None:
    page.kernel(
        "",
        "bad = graph(8); bad['7'] = {'class_type': 'VAELoader', 'inputs': {'vae_name': 'pixel_space'}}\n"
        "bad['5']['inputs']['vae'] = ['7', 0]  # a VAE of 3 channels, for a latent of 4\n"
        f"job = farm.submit(bad, label={EVIL!r})",
    )
    page.page.wait_for_selector(".jobs-row[data-state=failed]")
    assert "channels" in (page.find(".jobs-row .jobs-line").text_content() or "")
    assert page.find(".jobs-panel").text_content() == EVIL
    assert page.page.evaluate("window.hacked") is None
    page.find(".jobs-copy").click()
    page.wait("document.querySelector('.jobs-quiet').textContent.includes('cop')")
    page.find(".jobs-dismiss").click()
    page.page.wait_for_selector(".studio-jobs[data-idle=true]")


def test_a_page_that_is_loaded_again_sees_the_same(page: LabPage) -> None:
    row = submit(page, "Hero_Shot")
    wait_for_state(page, row, "running")
    page.wait("row => document.querySelector(`${row} img`).naturalWidth > 0", row)
    page.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    wait_for_state(page, row, "running")
    page.wait("row => document.querySelector(`${row} img`).naturalWidth > 0", row)
