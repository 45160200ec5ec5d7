"""The inspector beside the board, in JupyterLab and Voila, under a real mouse and keyboard."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.storyboard_hand import near
from tools.jupyter_pages import LabPage, NotebookPage, VoilaPage, write_notebook

FILM = """
import io
import os
import av
import numpy
import studio
from PIL import Image
from studio.project.saving import save_take
from studio.provenance import Provenance
from studio.shot import Shot
from widgets import Storyboard
from widgets.storyboard.drops import keep
from widgets.storyboard.inspector import Inspector

def take(project, panel, colour, **changes):
    look = studio.preset("blade_runner_2049")
    shot = Shot(look=look, subject="a man in the dust", seed=11).with_(**changes)
    file = io.BytesIO()
    Image.new("RGB", (320, 180), colour).save(file, "PNG")
    record = Provenance(shot=shot.model_dump(mode="json"), template=shot.template, backend="box")
    home = project.panel(panel)
    save_take(file.getvalue(), "a.png", folder=home.folder, project=project.name, panel=home.name,
              provenance=record, naming=project.naming)

def film(colour=(200, 40, 40)):
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(10):
            picture = numpy.full((96, 160, 3), colour, numpy.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()

def made(path):
    project = studio.Project.open(path, backends=os.environ["STUDIO_BACKENDS"].split())
    if not len(project.board.state):
        for index, name in enumerate(("One", "Two", "Plan", "Film", "Odd")):
            project.board.add(name, x=index % 3 * 320, y=index // 3 * 320)
        take(project, "One", "teal")
        take(project, "One", "navy", look__lens__focal_length_mm=75, seed=2**64 - 1)
        take(project, "One", "olive", parameters={"steps": 12})
        take(project, "Two", "maroon")
        keep(project, "Film", "a.webm", film())
        project.board.change({"Odd": {"title": "<img src=x onerror=window.hacked=1>",
            "notes": "<img src=x onerror=window.hacked=1> [a](javascript:window.hacked=1) [b](https://b.example)"}})
        project.board.flush()
    return project
"""
OPEN = (
    FILM
    + """
project = made("inspected-film")
board = Storyboard(project, height=700)
board.side = Inspector(board.model)
inspector = board.side
board.select("One")
board
"""
)
STATE = "document.querySelector('.studio-inspector').studioInspector.state"


class Desk:
    """Works on the one inspector of a page."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.keys, self.mouse = page.page.keyboard, page.page.mouse

    def find(self, selector: str) -> Locator:
        return self.page.find(f".studio-inspector {selector}")

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript condition about `state` holds."""
        self.page.wait(
            f"argument => {{ const state = {STATE}; return state && ({condition}); }}",
            argument,
            timeout=20_000,
        )

    def of(self, expression: str) -> Any:
        return self.page.page.evaluate(f"() => {{ const state = {STATE}; return {expression}; }}")

    def choose(self, *names: str) -> None:
        assert isinstance(self.page, LabPage)
        self.page.kernel("", f"board.select({', '.join(map(repr, names))})")
        wanted = json.dumps(names, separators=(",", ":"))
        self.until("JSON.stringify(state.ids) === argument", wanted)
        board = "document.querySelector('.studio-storyboard').studioBoard"  # it hears of it on its own
        self.page.wait(f"wanted => JSON.stringify({board}.scene.selection) === wanted", wanted)

    def known(self, expression: str) -> Any:
        """The value of an expression in the kernel."""
        assert isinstance(self.page, LabPage)
        text = self.page.kernel(f"__import__('json').dumps({expression}, default=str)")
        return json.loads(text[1:-1].replace("\\'", "'").replace("\\\\", "\\"))

    def eventually(self, expression: str, wanted: Any) -> None:
        """The kernel hears of a press on a channel of its own, maybe after the next question."""
        deadline = time.monotonic() + 20
        while (found := self.known(expression)) != wanted:
            assert time.monotonic() < deadline, (expression, found, wanted)

    def group(self, title: str) -> Locator:
        """A group of fields, unfolded."""
        group = (
            self.find("details.insp-group")
            .filter(has=self.page.page.locator("summary", has_text=title))
            .first
        )
        if group.get_attribute("open") is None:
            group.locator("summary").first.click()
        return group

    def field(self, name: str) -> Locator:
        return self.find(".insp-field").filter(has=self.page.page.locator(".insp-label", has_text=name)).first


@pytest.fixture(scope="module")
def opened(lab_page: LabPage, folder: Path) -> Iterator[LabPage]:
    """One notebook with a board and its inspector, for all tests of this file."""
    write_notebook(folder / "inspector.ipynb", [OPEN])
    lab_page.open("inspector.ipynb").run()
    lab_page.page.wait_for_selector(".studio-inspector[data-chosen=one]")
    lab_page.find(".board-side").scroll_into_view_if_needed()
    yield lab_page
    lab_page.clear()


@pytest.fixture
def desk(opened: LabPage) -> Iterator[Desk]:
    opened.errors.clear()
    desk = Desk(opened)
    yield desk
    opened.page.keyboard.press("Escape")
    assert opened.errors == []
    assert opened.page.evaluate("window.hacked") is None


def test_a_panel_is_seen_with_its_takes(desk: Desk) -> None:
    desk.choose("One")
    desk.page.wait("document.querySelectorAll('.insp-strip img[src]').length === 3")
    desk.page.wait("document.querySelector('.insp-image')?.naturalWidth > 0")
    assert desk.find(".insp-name").input_value() == "One"
    assert desk.find(".insp-count").text_content() == "v003 · 3 of 3"
    desk.until("state.made.length > 2")
    assert "SDXL" in (desk.find(".insp-facts").text_content() or "")
    desk.choose()
    assert desk.find(".insp-none").is_visible() and not desk.find(".insp-body").is_visible()


def test_takes_are_stepped_rated_and_thrown_away_by_hand(desk: Desk) -> None:
    desk.choose("One")
    desk.find(".insp-frame[aria-selected=true]").focus()
    desk.keys.press("ArrowLeft")
    desk.until("state.takes[1].now")
    desk.find("[aria-label='Stars of this take'] .insp-star").nth(3).click()
    desk.until("state.takes[1].stars === 4")
    desk.find("[aria-label='The take after']").click()
    desk.until("state.takes[2].now")
    desk.find("[aria-label='Move it to the trash']").click()
    assert desk.page.page.evaluate("document.activeElement.textContent") == "No", "a slip deletes nothing"
    desk.find(".insp-takes .live-yes").click()
    desk.until("state.takes.length === 2")
    desk.page.kernel("", "project.board.undo()")  # type: ignore[attr-defined]
    desk.until("state.takes.length === 3")


def test_a_shot_with_takes_is_unlocked_with_one_press(desk: Desk) -> None:
    desk.choose("One")
    assert desk.field("Subject").locator("textarea").is_disabled()
    assert "takes" in (desk.find(".insp-lock").text_content() or "")
    desk.find(".insp-lock button").click()
    desk.until("!state.panel.locked")
    assert desk.field("Subject").locator("textarea").is_enabled()
    desk.page.kernel("", "project.board.undo()")  # type: ignore[attr-defined]
    desk.until("state.panel.locked")


def test_a_shot_is_planned_with_the_keyboard_alone(desk: Desk) -> None:
    desk.choose("Plan")
    desk.group("Shot").locator(".insp-pick").first.focus()
    desk.keys.press("Enter")
    desk.keys.type("z-image")
    desk.keys.press("Enter")
    desk.until("state.shot.template === 'z-image-turbo'")
    assert desk.page.page.evaluate("document.activeElement.className").startswith("insp-pick")
    desk.keys.press("Tab")
    desk.keys.type("a lighthouse in the fog")
    desk.until("state.shot.subject === 'a lighthouse in the fog'")
    desk.keys.press("Tab")
    desk.keys.press("c")
    desk.until("state.shot.angle?.[0] === 'close-up'")
    desk.until("state.shot.why === '' && state.shot.prompt.includes('lighthouse')")
    assert desk.find(
        ".insp-go",
    ).first.is_enabled()
    plan = desk.known("project.board.state['Plan'].shot")
    assert plan["template"] == "z-image-turbo" and plan["angle"]["size"] == "close-up"
    assert desk.known("len(project.board.state)") == 5, "no key was taken for a shortcut"


def test_dragging_a_slider_sends_little_and_is_one_step_to_undo(desk: Desk) -> None:
    desk.choose("Plan")
    slider = desk.group("Sampling").locator(".insp-field", has_text="Steps").locator("[type=range]")
    slider.scroll_into_view_if_needed()
    before = slider.input_value()
    box = slider.bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2, steps=40)
    desk.mouse.up()
    wanted = int(slider.input_value())
    assert wanted > int(before)
    desk.eventually("project.board.state['Plan'].shot['parameters']['steps']", wanted)
    assert desk.known("project.board.can_undo") == "Steps"
    row = desk.group("Sampling").locator(".insp-field", has_text="Steps")
    assert row.locator(".insp-number").input_value() == str(wanted)
    row.locator(".insp-undo").click()
    desk.eventually("'parameters' in project.board.state['Plan'].shot", False)
    desk.page.wait(
        "before => document.querySelector('.insp-setting [type=range][aria-label=Steps]').value === before",
        before,
    )


def test_a_seed_keeps_its_digits_and_a_wrong_one_its_reason(desk: Desk) -> None:
    desk.choose("Plan")
    seed = desk.field("Seed").locator("input")
    seed.fill("18446744073709551615")
    seed.press("Enter")
    desk.eventually("project.board.state['Plan'].shot.get('seed')", "18446744073709551615")
    seed.fill("18446744073709551616")
    seed.press("Enter")
    desk.page.page.wait_for_selector(".insp-digits[aria-invalid=true]")
    assert seed.input_value() == "18446744073709551616", "what was typed stays, to be mended"
    assert "0 …" in (desk.field("Seed").locator(".insp-fault").text_content() or "")
    seed.fill("7")
    seed.press("Enter")
    desk.until("state.shot.seed === '7' && !state.faults['shot.seed']")
    desk.field("Seed").locator("[aria-label^='Throw the dice']").click()
    desk.until("state.shot.seed !== '7' && BigInt(state.shot.seed) < 2n ** 64n")
    desk.field("Seed").locator("[aria-pressed=true]").click()
    desk.until("state.shot.seed === null")
    assert seed.input_value() == ""


def test_pictures_are_chosen_and_dropped(desk: Desk) -> None:
    desk.choose("Plan")
    pick = desk.group("Shot").locator(".insp-pick").first
    pick.click()
    desk.keys.type("first and last")
    desk.keys.press("Enter")
    desk.until("state.pictures.length === 2 && state.shot.why.includes('First frame')")
    assert not desk.find(".insp-render-row .insp-go").is_enabled()
    desk.find(".insp-well").first.click()
    desk.keys.type("One")
    desk.keys.press("Enter")
    desk.until("state.pictures[0].value")
    file = BytesIO()
    Image.new("RGB", (40, 30), "purple").save(file, "PNG")
    desk.page.page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "end.png", { type: "image/png" }));
          const well = document.querySelectorAll(".insp-well")[1];
          const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
          for (const kind of ["dragover", "drop"]) well.dispatchEvent(new DragEvent(kind, options));
        }""",
        base64.b64encode(file.getvalue()).decode(),
    )
    desk.until("state.pictures[1].value && state.shot.why === ''")
    assert desk.known("len(list(project.references.folder.iterdir()))") == 2
    desk.page.wait("document.querySelectorAll('.insp-well img[src]').length === 2")


def test_loras_come_from_the_backends(desk: Desk) -> None:
    desk.choose("Plan")
    desk.group("LoRAs").locator(".insp-add").click()
    desk.page.wait("document.querySelectorAll('.insp-popup:popover-open .insp-option').length > 0")
    desk.keys.press("Enter")
    desk.until("state.loras.rows.length === 1")
    strength = desk.find(".insp-lora .insp-number")
    strength.fill("0.45")
    strength.press("Enter")
    desk.eventually("project.board.state['Plan'].shot['loras'][0]['strength_model']", 0.45)
    desk.find(".insp-lora [aria-label^=Take]").click()
    desk.until("state.loras.rows.length === 0")
    desk.until("state.backends.length === 2")


def test_a_render_is_followed_and_its_take_is_shown(desk: Desk) -> None:
    desk.choose("Plan")
    desk.page.kernel(  # type: ignore[attr-defined]
        "", "inspector.model.set_shot('Plan', 'template', 'sdxl'); "
        "[inspector.model.set_shot('Plan', f'parameters.{name}', value)"
        " for name, value in (('steps', 4), ('width', 256), ('height', 256))]",
    )  # fmt: skip
    desk.until("state.shot.template === 'sdxl' && state.shot.why === ''")
    go = desk.find(".insp-render-row .insp-go")
    go.scroll_into_view_if_needed()
    go.click()
    desk.until("state.takes.length === 1 && state.run.jobs === 0")
    desk.page.wait("document.querySelector('.insp-image')?.naturalWidth > 0")
    assert desk.of("state.panel.locked")
    desk.page.kernel(
        "", "inspector.model.unlock(['Plan']); inspector.model.set_shot('Plan', 'parameters.steps', 150)"
    )  # type: ignore[attr-defined]
    desk.until("!state.panel.locked")
    go.click()
    desk.until("state.run.jobs === 1")
    desk.find(".insp-stop").click()
    desk.until("state.run.jobs === 0")
    assert desk.of("state.takes.length") == 1


def test_notes_save_themselves_and_are_drawn_safely(desk: Desk) -> None:
    desk.choose("Odd")
    read = desk.group("Notes").locator(".insp-read")
    read.scroll_into_view_if_needed()
    assert read.locator("img").count() == 0 and "<img src=x" in (read.text_content() or "")
    links = read.locator("a")
    assert [links.nth(at).get_attribute("href") for at in range(links.count())] == ["https://b.example"]
    assert links.first.get_attribute("rel") == "noopener noreferrer nofollow"
    assert desk.find(".insp-name").input_value().startswith("<img")
    desk.choose("Two")
    desk.group("Notes").locator("button", has_text="Write").click()
    desk.keys.type("# Rain**slow**")
    for _ in "**slow**":
        desk.keys.press("ArrowLeft")
    desk.keys.press("Enter")  # JupyterLab would take it away, above all after a key that writes nothing
    desk.eventually("project.board.state['Two'].notes", "# Rain\n**slow**")
    desk.keys.press("Escape")
    assert desk.find(".insp-read h4").text_content() == "Rain"
    assert desk.find(".insp-read strong").text_content() == "slow"


def test_what_is_typed_goes_to_the_panel_it_was_typed_for(desk: Desk) -> None:
    desk.choose("Two")
    desk.group("Notes").locator("button", has_text="Write").click()
    desk.find(".insp-write").fill("of two")
    desk.choose("Film")
    desk.eventually("project.board.state['Two'].notes", "of two")
    assert desk.known("project.board.state['Film'].notes") == ""


def test_notes_of_two_hands(desk: Desk) -> None:
    desk.choose("Two")
    desk.group("Notes").locator("button", has_text="Write").click()
    desk.find(".insp-write").fill("of two, mine")
    desk.page.kernel("", "project.board.change({'Two': {'notes': 'theirs'}})")  # type: ignore[attr-defined]
    desk.until("state.notes.other === 'theirs' || state.notes.text === 'theirs'")
    desk.until("state.notes.other === 'theirs'")
    desk.find(".insp-other button").nth(2).click()
    desk.eventually("project.board.state['Two'].notes", "of two, mine\n\ntheirs")
    desk.until("state.notes.other === null")
    assert not desk.find(".insp-other").is_visible()


def test_two_takes_are_compared(desk: Desk) -> None:
    desk.choose("One")
    desk.page.kernel("", "inspector.model.compare(('One', 1), ('One', 2))")  # type: ignore[attr-defined]
    dialog = desk.find(".insp-compare")
    desk.page.page.wait_for_selector(".insp-compare[open] .insp-table tbody td")
    desk.page.wait(
        "[...document.querySelectorAll('.insp-compare img')].every((each) => each.naturalWidth > 0)"
    )
    words = dialog.locator(".insp-table").inner_text()
    assert (
        "Focal length" in words and "32 mm" in words and "75 mm" in words and "18446744073709551615" in words
    )
    stage = dialog.locator(".insp-stage").bounding_box()
    assert stage is not None
    middle = stage["y"] + stage["height"] / 2

    def sees(share: float, colour: tuple[int, int, int]) -> bool:
        shot = Image.open(BytesIO(desk.page.page.screenshot())).convert("RGB")
        found = shot.getpixel((int(stage["x"] + stage["width"] * share), int(middle)))
        return near(found, colour)

    assert sees(0.3, (0, 128, 128)) and sees(0.7, (0, 0, 128))
    desk.mouse.move(stage["x"] + stage["width"] * 0.5, middle)
    desk.mouse.down()
    desk.mouse.move(stage["x"] + stage["width"] * 0.25, middle, steps=5)
    desk.mouse.up()
    assert sees(0.3, (0, 0, 128)), "it was wiped over"
    desk.keys.press("3")
    assert sees(0.3, (0, 128, 0)), "teal without navy"
    desk.keys.press("1")
    assert sees(0.2, (0, 128, 128)) and sees(0.8, (0, 0, 128))
    dialog.locator("select").nth(1).select_option("3")
    desk.until("state.pair.sides[1].version === 3")
    desk.keys.press("Escape")
    desk.until("state.pair === null")
    assert not dialog.is_visible()
    assert desk.known("project.board.state['One'].compare") == [1, 3]


def test_a_film_is_loaded_played_and_let_go(desk: Desk) -> None:
    desk.choose("Film")
    desk.page.page.evaluate(
        """() => {
          window.let_go = [];
          const revoke = URL.revokeObjectURL.bind(URL);
          URL.revokeObjectURL = (url) => { window.let_go.push(url); revoke(url); };
        }"""
    )
    desk.page.wait("document.querySelector('.insp-image')?.naturalWidth > 0", timeout=20_000)
    desk.find(".insp-play").click()
    desk.page.wait("document.querySelector('.insp-video').currentTime > 0.1", timeout=20_000)
    url = desk.page.page.evaluate("document.querySelector('.insp-video').src")
    assert url.startswith("blob:") and desk.page.page.evaluate("document.querySelector('.insp-video').loop")
    desk.find(".insp-loop").click()
    assert not desk.page.page.evaluate("document.querySelector('.insp-video').loop")
    desk.choose("One")
    assert url in desk.page.page.evaluate("window.let_go")
    assert not desk.find(".insp-video").is_visible()


def test_several_panels_share_what_they_have_in_common(desk: Desk) -> None:
    desk.choose("One", "Two")
    assert desk.find(".insp-several").text_content() == "2 panels"
    assert not desk.find(".insp-takes").is_visible()
    scene = desk.group("Panel").locator(".insp-field", has_text="Scene").locator("input")
    scene.fill("12A")
    scene.press("Enter")
    desk.eventually("[project.board.state[each].scene for each in ('One', 'Two')]", ["12A", "12A"])
    desk.find(
        "button",
    ).filter(has_text="Pick").click()
    desk.eventually("[project.board.state[each].status for each in ('One', 'Two')]", ["pick", "pick"])


def test_a_panel_is_renamed_and_a_name_that_is_taken_says_so(desk: Desk) -> None:
    desk.choose("Two")
    name = desk.find(".insp-name")
    name.fill("One")
    name.press("Enter")
    desk.until("state.faults.name")
    assert "already" in (desk.find(".insp-head .insp-fault").text_content() or "")
    name.fill("Second")
    name.press("Enter")
    desk.until("state.panel.name === 'Second' && !state.faults.name")
    desk.eventually("project.board.state.names[1]", "Second")


def test_the_menu_opens_notes_and_compare(desk: Desk) -> None:
    desk.choose("One")
    stage = desk.page.find(".board-stage")
    stage.focus()
    desk.keys.press("n")
    desk.page.wait("document.activeElement?.classList.contains('insp-write')")
    stage.focus()
    desk.keys.press("c")
    desk.page.page.wait_for_selector(".insp-compare[open]")
    desk.find(".insp-compare [aria-label^=Close]").click()
    desk.until("state.pair === null")


def test_dark_has_its_own_colours(desk: Desk) -> None:
    paper: Callable[[], str] = lambda: desk.page.page.evaluate(  # noqa: E731
        "getComputedStyle(document.querySelector('.insp-compare')).backgroundColor"
    )
    assert isinstance(desk.page, LabPage)
    light = paper()
    desk.page.theme(dark=True)
    try:
        desk.page.wait(
            "light => getComputedStyle(document.querySelector('.insp-compare')).backgroundColor !== light",
            light,
        )
        scheme = "getComputedStyle(document.querySelector('.studio-inspector')).colorScheme"
        assert desk.page.page.evaluate(scheme) == "dark"
    finally:
        desk.page.theme(dark=False)


def test_after_a_reload_all_is_there_again(desk: Desk) -> None:
    assert isinstance(desk.page, LabPage)
    desk.choose("One")
    desk.page.kernel("", "inspector.model.compare(('One', 1), ('One', 2))")
    desk.page.page.wait_for_selector(".insp-compare[open]")
    desk.page.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    desk.page.reload()
    desk.page.page.wait_for_selector(".studio-inspector[data-chosen=one]")
    desk.page.wait("document.querySelectorAll('.insp-strip img[src]').length === 3")
    assert not desk.find(".insp-compare").is_visible(), "what was open elsewhere does not jump at one"


def test_in_voila(voila_page: VoilaPage, folder: Path) -> None:
    write_notebook(folder / "inspector-voila.ipynb", [OPEN.replace("inspected-film", "inspected-voila")])
    desk = Desk(voila_page.open("inspector-voila.ipynb"))
    voila_page.page.wait_for_selector(".studio-inspector[data-chosen=one]")
    voila_page.wait("document.querySelectorAll('.insp-strip img[src]').length === 3")
    desk.find(".insp-lock button").click()
    desk.until("!state.panel.locked")
    subject = desk.field("Subject").locator("textarea")
    subject.fill("nobody")
    desk.until("state.shot.subject === 'nobody' && state.shot.source === 'plan'")
    desk.find("[aria-label='Compare it with another take']").click()
    voila_page.page.wait_for_selector(".insp-compare[open] .insp-table tbody td")
    assert voila_page.errors == []
