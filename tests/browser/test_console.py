"""The console in JupyterLab and Voila, under a real mouse and keyboard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from tools.jupyter_pages import LabPage, NotebookPage, VoilaPage, write_notebook

Notebook = Callable[[Sequence[str]], str]
SCRIPT = "<img src=x onerror=window.hacked=1>"
MAKE = """
import os
import studio
from widgets import Console

def made(path):
    project = studio.Project.open(path, backends=os.environ["STUDIO_BACKENDS"].split())
    if not len(project.board.state):
        quick = {"steps": 3, "width": 256, "height": 256}
        for index, (name, film) in enumerate((("One", "vertigo"), ("Two", "moonlight"), ("Three", None))):
            look = studio.preset(film) if film else {"kind": "live_action"}
            shot = studio.Shot(look=look, subject=f"subject of {name}", seed=index, parameters=quick)
            planned = shot.model_dump(mode="json", exclude_none=True)
            project.board.add(name, x=index * 320, y=0, shot=planned if film else {})
        project.board.change({"Three": {"title": "SCRIPT"}})
        project.board.flush()
    return project
""".replace("SCRIPT", SCRIPT)
OPEN = MAKE + 'console = Console(made("console-film"))\nconsole'
STATE = "document.querySelector('.studio-console').studioConsole.state"


class Hand:
    """Works on the one console of a page."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.keys = page.page.keyboard

    def find(self, selector: str) -> Locator:
        return self.page.find(f".studio-console {selector}")

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript condition about `state` holds."""
        self.page.wait(
            f"argument => {{ const state = {STATE}; return state && ({condition}); }}",
            argument,
            timeout=60_000,
        )

    def of(self, expression: str) -> Any:
        return self.page.page.evaluate(f"() => {{ const state = {STATE}; return {expression}; }}")

    def ready(self) -> Hand:
        self.page.page.wait_for_selector(".studio-console[data-link=live]")
        self.find(".console-head").scroll_into_view_if_needed()
        return self

    def go(self, room: str) -> None:
        self.find(f".console-tab[data-room={room}]").click()
        self.until("state.tab === argument && state.entered.includes(argument)", room)
        self.page.page.wait_for_selector(f".console-room[data-room={room}] .console-room-host > *")

    def choose(self, panel: str) -> None:
        self.go("cinema")
        self.find(".console-select").select_option(panel)
        self.until("state.cinema.chosen.join() === argument", panel)

    def known(self, expression: str) -> Any:
        assert isinstance(self.page, LabPage)
        text = self.page.kernel(f"__import__('json').dumps({expression}, default=str)")
        return json.loads(text[1:-1].replace("\\'", "'").replace("\\\\", "\\"))

    def eventually(self, expression: str, wanted: Any) -> None:
        """The kernel hears of a press on a channel of its own, maybe after the next question."""
        deadline = time.monotonic() + 30
        while (found := self.known(expression)) != wanted:
            assert time.monotonic() < deadline, (expression, found, wanted)


@pytest.fixture(scope="module")
def opened(lab_page: LabPage, folder: Path) -> Iterator[LabPage]:
    """One notebook with a console, for the tests of this file."""
    write_notebook(folder / "console.ipynb", [OPEN])
    lab_page.open("console.ipynb").run()
    yield lab_page
    lab_page.clear()


@pytest.fixture
def hand(opened: LabPage) -> Iterator[Hand]:
    opened.errors.clear()
    yield Hand(opened).ready()
    opened.page.keyboard.press("Escape")
    assert opened.errors == []
    assert opened.page.evaluate("window.hacked") is None


def test_rooms_are_made_when_they_are_first_shown(hand: Hand) -> None:
    hand.until("state.entered.includes('cinema')")
    assert set(hand.of("state.entered")) <= {"cinema", "progress"}
    tabs = hand.find(".console-tab")
    assert [tabs.nth(index).text_content() for index in range(5)] == [
        "Cinema", "Storyboard", "Gallery", "Farm", "Video",
    ]  # fmt: skip
    hand.page.page.wait_for_selector(".studio-configurator[data-ready=true]")
    hand.go("farm")
    assert set(hand.of("state.entered")) <= {"cinema", "progress", "farm"}
    hand.page.page.wait_for_selector(".farm-card")
    assert hand.find(".console-room:visible").count() == 1
    panel = hand.find(".console-room:visible")
    tab = hand.find(".console-tab[aria-selected=true]")
    assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
    assert tab.get_attribute("aria-controls") == panel.get_attribute("id")


def test_tabs_are_opened_by_keys(hand: Hand) -> None:
    hand.go("farm")
    hand.find(".console-tab[data-room=farm]").focus()
    hand.keys.press("ArrowLeft")
    hand.keys.press("Home")
    hand.until("state.tab === 'cinema'")
    hand.keys.press("ArrowRight")
    hand.until("state.tab === 'storyboard'")
    hand.page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    focused = "document.activeElement.dataset.room"
    assert hand.page.page.evaluate(focused) == "storyboard"
    assert hand.find(".console-tab[tabindex='0']").count() == 1
    hand.find(".board-stage").focus()
    hand.keys.press("Control+5")
    hand.until("state.tab === 'video'")
    hand.keys.press("Control+1")
    hand.until("state.tab === 'cinema'")
    assert hand.known("len(console.project.board.state)") == 3, "no key was taken for a shortcut"


def test_a_look_goes_to_the_panel_and_a_panel_shows_its_look(hand: Hand) -> None:
    hand.choose("One")
    title = hand.find(".desk-slate-title")
    hand.page.wait("document.querySelector('.desk-slate-title').textContent.startsWith('Vertigo')")
    hand.choose("Two")
    hand.page.wait("document.querySelector('.desk-slate-title').textContent.startsWith('Moonlight')")
    hand.page.kernel("", "console.model.cinema.look = 'the_revenant'")  # type: ignore[attr-defined]
    hand.until("state.cinema.fresh")
    assert "not used" in (hand.find(".console-strip-line").text_content() or "")
    hand.choose("One")
    assert (title.text_content() or "").startswith("The Revenant"), "what was changed is not lost"
    hand.find(".console-use").click()
    hand.until("!state.cinema.fresh")
    hand.eventually("console.project.board.state['One'].shot['look']['preset']", "the_revenant")
    hand.go("storyboard")
    hand.until("state.status.saved === 'saved'")
    hand.page.wait(
        "document.querySelector('.studio-storyboard').studioBoard.scene.selection.join() === 'One'"
    )
    assert "The Revenant" in (hand.find(".insp-body").text_content() or "")


def test_renders_are_seen_beside_every_tab_and_said_until_they_are_read(hand: Hand) -> None:
    hand.page.kernel("", "console.model.storyboard.model.render(['One', 'Two'])")  # type: ignore[attr-defined]
    hand.go("cinema")
    hand.page.page.wait_for_selector(".console-side .jobs-row")
    hand.go("farm")
    assert hand.find(".console-side .studio-jobs").is_visible()
    hand.until("state.notices.filter(row => row.level === 'good' && row.text.endsWith('.png')).length === 2")
    hand.until("state.status.takes === 2 && state.unread >= 2")
    hand.page.page.wait_for_selector(".console-toast")
    assert hand.find(".console-bell .console-badge").text_content() == str(hand.of("state.unread"))
    before = hand.of("state.unread")
    hand.find(".console-toast-close").first.click()
    hand.until("state.unread === argument", before - 1)
    hand.find(".console-bell").click()
    hand.until("state.unread === 0")
    assert hand.find(".console-notice").count() >= 2
    assert hand.find(".console-toast").count() == 0
    hand.keys.press("Escape")
    assert hand.page.page.evaluate("document.activeElement.className").endswith("console-bell")
    foot = hand.find(".console-foot").text_content() or ""
    assert "3 panels" in foot and "2 takes" in foot and "2 of 2 backends ready" in foot


def test_a_take_of_the_board_is_a_film_s_first_frame(hand: Hand) -> None:
    hand.go("storyboard")
    hand.until("state.status.takes >= 2")
    hand.page.kernel("", "console.model.storyboard.model.shelf.wait()")  # type: ignore[attr-defined]
    hand.page.kernel("", "console.model.storyboard.model.act('first_frame', ['Two'])")  # type: ignore[attr-defined]
    hand.until("state.tab === 'video'")
    video = "document.querySelector('.studio-video')?.studioVideo.state"
    hand.page.wait(f"{video}?.shot.why === '' && {video}.into === 'Two'")
    hand.page.wait("document.querySelector('.studio-video .insp-well img[src]')?.naturalWidth > 0")
    assert hand.find(".studio-video .insp-area").first.input_value() == "subject of Two"
    small = "model.set_shot('*film', 'parameters.{}', {})"
    for name, value in (("width", 256), ("height", 256), ("length", 5), ("steps", 2), ("switch_step", 1)):
        code = f"model = console.model.enter('video').model\n{small.format(name, value)}"
        hand.page.kernel("", code)  # type: ignore[attr-defined]
    hand.find(".video-go").click()
    hand.page.wait(f"{video}.renders[0]?.state === 'done' && {video}.takes.length === 1", timeout=90_000)
    hand.find(".studio-video .insp-play").click()
    hand.page.wait("document.querySelector('.studio-video video').duration > 0")


def test_settings_show_what_takes_would_be_called(hand: Hand) -> None:
    hand.find(".console-project").click()
    hand.find(".console-line:text('Settings')").click()
    dialog = hand.find("dialog[open]")
    first = "document.querySelector('dialog[open] .console-names li')?.textContent"
    hand.page.wait(f"{first} === 'console-film_One_v001.png'")
    naming = dialog.locator("input").nth(1)
    naming.fill("{panel}_{seed}")
    hand.page.wait("document.querySelector('dialog[open] .console-fault').textContent.includes('{version}')")
    naming.fill("{panel}_{version:04d}")
    hand.page.wait(f"{first} === 'One_0001.png'")
    hand.keys.press("Escape")
    hand.page.wait("!document.querySelector('dialog[open]')")
    assert hand.known("console.project.settings.naming") == "{project}_{panel}_v{version:03d}"


def test_it_is_as_it_was_left_after_a_reload_and_in_a_second_view(hand: Hand) -> None:
    lab = hand.page
    assert isinstance(lab, LabPage)
    hand.choose("Two")
    hand.go("storyboard")
    grip = hand.find(".console-grip")
    grip.focus()
    hand.keys.press("ArrowLeft")
    width = hand.find(".console-side").bounding_box()["width"]  # type: ignore[index]
    hand.until("state.side[1] > 200 && state.status.saved === 'saved' && !state.cinema.fresh")
    lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    lab.reload()
    lab.errors.clear()
    hand.ready()
    hand.until("state.tab === 'storyboard' && state.cinema.chosen.join() === 'Two'")
    lab.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    assert hand.find(".console-side").bounding_box()["width"] == pytest.approx(width, abs=2)  # type: ignore[index]
    lab.page.evaluate("window.jupyterapp.commands.execute('notebook:create-output-view')")
    lab.wait("document.querySelectorAll('.studio-storyboard[data-ready=true]').length === 2")
    both = "[...document.querySelectorAll('.studio-console')].map(root => root.studioConsole.state)"
    lab.wait(f"{both}.every(state => state?.tab === 'storyboard' && state.cinema.chosen.join() === 'Two')")
    lab.page.evaluate(
        "[...window.jupyterapp.shell.widgets('main')].filter(each => !each.context)"
        ".forEach(each => each.dispose())"
    )
    lab.wait("document.querySelectorAll('.studio-console').length === 1")


def test_another_project_is_made_and_the_last_one_found_again(hand: Hand) -> None:
    hand.find(".console-project").click()
    hand.find(".console-line:text('New project')").click()
    hand.find("dialog[open] input").first.fill("night-ferry")
    hand.keys.press("Enter")
    hand.until("state.project.name === 'night-ferry' && state.status.panels === 0")
    hand.page.wait("!document.querySelector('dialog[open]')")
    hand.go("storyboard")
    hand.page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    assert "night-ferry" in (hand.find(".board-head").text_content() or "")
    hand.find(".console-project").click()
    hand.page.page.wait_for_selector(".console-recent-line:has-text('console-film')")
    hand.find(".console-recent-line:has-text('console-film')").click()
    hand.until("state.project.name === 'console-film' && state.status.panels === 3")
    hand.page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    assert hand.find(".studio-storyboard").count() == 1


def test_in_voila(voila_page: VoilaPage, notebook: Notebook) -> None:
    voila_page.open(notebook([MAKE + 'console = Console(made("console-voila"))\nconsole']))
    hand = Hand(voila_page).ready()
    hand.choose("One")
    voila_page.wait("document.querySelector('.desk-slate-title').textContent.startsWith('Vertigo')")
    hand.go("storyboard")
    voila_page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    voila_page.page.reload()
    hand.ready()
    hand.until("state.tab === 'storyboard' && state.cinema.chosen.join() === 'One'")
    voila_page.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    assert voila_page.errors == []
    assert voila_page.page.evaluate("window.hacked") is None
