"""The storyboard in JupyterLab under a real mouse and keyboard: what was meant is done, and is seen."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.storyboard_hand import FILM, Hand, near, reds
from tools.jupyter_pages import LabPage, write_notebook

OPEN = (
    FILM
    + """
project = film("canvas-film")
board = Storyboard(project, height=600)
START = project.board.state
board
"""
)
RESET = """
board.model.select([])
while project.board.can_undo not in ("", "Add"):
    project.board.undo()
board.fit()
"""
TEAL, NAVY, OLIVE = (0, 128, 128), (0, 0, 128), (128, 128, 0)


@pytest.fixture(scope="module")
def canvas(lab_page: LabPage, folder: Path) -> Iterator[LabPage]:
    """One notebook with `board`, for all tests of this file."""
    write_notebook(folder / "storyboard-canvas.ipynb", [OPEN, "print('below' + 80 * '\\n')"])
    lab_page.open("storyboard-canvas.ipynb").run()
    Hand(lab_page).ready()
    yield lab_page
    lab_page.clear()


@pytest.fixture
def hand(canvas: LabPage) -> Iterator[Hand]:
    """The hand on the board as it was at first."""
    hand = Hand(canvas)
    canvas.errors.clear()
    canvas.kernel("", RESET)
    hand.until("board.scene.selection.length === 0 && board.scene.stack.length === 12 && !board.nudged")
    canvas.page.evaluate("document.activeElement.blur()")
    canvas.page.mouse.move(2, 2)
    hand.rest()
    yield hand
    canvas.page.keyboard.press("Escape")
    assert canvas.errors == []


def boxes(hand: Hand, *ids: str) -> list[list[float]]:
    """The panels' boxes in the model."""
    return hand.known(f"[list(board.model.entries[id].box) for id in {list(ids)!r}]")


def chose(hand: Hand, *names: str) -> None:
    """The kernel hears of a choice on a channel of its own, maybe after the next question."""
    assert hand.eventually("board.selection", list(names)) == list(names)


def test_the_panels_are_seen_with_names_and_pictures(hand: Hand) -> None:
    assert hand.page.find(".board-count").first.text_content() == "12 panels"
    hand.until("board.scene.get('Shot_10').takes === 1")
    hand.developed()
    for id, colour in (("Shot_00", TEAL), ("Shot_01", NAVY), ("Shot_02", OLIVE)):
        seen = hand.colour(id)
        assert near(seen, colour), (id, seen)
    assert hand.tones("Shot_05") > 5, "a panel without a take has words"


def test_choosing(hand: Hand) -> None:
    with hand.noting() as sent:
        hand.click("Shot_01")
    assert [message["kind"] for message in sent] == ["select"]
    chose(hand, "Shot_01")
    hand.click("Shot_03", "Control")
    hand.click("Shot_04", "Shift")
    chose(hand, "Shot_01", "Shot_03", "Shot_04")
    hand.click("Shot_03", "Control")
    chose(hand, "Shot_01", "Shot_04")
    hand.keys.press("Control+a")
    hand.until("board.scene.selection.length === 12")
    chose(hand, *[f"Shot_{index:02d}" for index in range(12)])
    hand.keys.press("Escape")
    chose(hand)
    hand.page.kernel("", "board.select('Shot_07')")
    hand.until("board.scene.selection[0] === 'Shot_07'")
    x, y, _, height = hand.screen("Shot_07")
    edge = hand.pixels(x - 4, y + height / 2, 8, 1).getcolors()
    assert any(blue > red + 60 for _, (red, _, blue) in edge), "the chosen panel has a blue outline"
    hand.mouse.click(x - 6, y + height + 30)
    chose(hand)


@pytest.mark.parametrize(("held", "expected"), [((), {0, 1, 6, 7}), (("Alt",), {0, 6})])
def test_a_marquee_chooses_what_it_touches_or_encloses(
    hand: Hand, held: tuple[str, ...], expected: set[int]
) -> None:
    x, y, width, height = hand.screen("Shot_00")
    to_x, to_y, *_ = hand.screen("Shot_07")
    start = (x - 12, y - 12)
    by = (to_x + width * 0.6 - start[0], to_y + height + 12 - start[1])
    seen: list[Any] = []
    with hand.noting() as sent:
        hand.drag(start, by, *held, before_release=lambda: seen.append(hand.of("board.overlay.marquee && 1")))
    assert seen == [1]
    assert [message["kind"] for message in sent] == ["select"]
    chose(hand, *[f"Shot_{index:02d}" for index in sorted(expected)])
    assert hand.of("board.overlay.marquee") is None


def test_dragging_one_sends_one_message_and_draws_once(hand: Hand) -> None:
    before = hand.known("next(iter(board._stages.values())).frames")
    frame = hand.of("board.picture.shown.number")
    zoom = hand.of("board.view.zoom")
    meanwhile: list[Any] = []
    with hand.noting() as sent:
        hand.drag(
            hand.middle("Shot_08"),
            (30, 180),
            before_release=lambda: meanwhile.append(hand.of("board.noted.length")),
        )
        hand.rest()
    assert meanwhile == [0], "nothing is sent while it moves"
    assert [message["kind"] for message in sent] == ["select", "move"]
    [[x, y, width, height]] = boxes(hand, "Shot_08")
    assert (x, y) == pytest.approx((640 + 30 / zoom, 320 + 180 / zoom), abs=1.5)
    assert (width, height) == (300, 300)
    assert hand.of("board.picture.shown.number") == frame + 1
    assert hand.known("next(iter(board._stages.values())).frames") == before + 1
    assert near(hand.colour("Shot_08"), OLIVE), "the picture shows it where it was dropped"
    assert hand.of("board.overlay.ghost.hidden")


def test_dragging_many_moves_them_together(hand: Hand) -> None:
    hand.page.kernel("", "board.select('Shot_00', 'Shot_01', 'Shot_06')")
    hand.until("board.scene.selection.length === 3")
    with hand.noting() as sent:
        hand.drag(hand.middle("Shot_01"), (24, 300))
        hand.rest()
    assert [message["kind"] for message in sent] == ["move"]
    zoom = hand.of("board.view.zoom")
    for [x, y, *_], (start_x, start_y) in zip(
        boxes(hand, "Shot_00", "Shot_01", "Shot_06"), ((0, 0), (320, 0), (0, 320)), strict=True
    ):
        assert (x - start_x, y - start_y) == pytest.approx((24 / zoom, 300 / zoom), abs=1.5)
    assert boxes(hand, "Shot_02") == [[640, 0, 300, 300]]


def test_shift_snaps_to_red_guides(hand: Hand) -> None:
    zoom = hand.of("board.view.zoom")
    seen: list[int] = []
    by = (324 * zoom, 625 * zoom)
    hand.drag(hand.middle("Shot_00"), by, "Shift", before_release=lambda: seen.append(reds(hand.pixels())))
    hand.rest()
    assert boxes(hand, "Shot_00") == [[320, 620, 300, 300]], "right under its neighbours"
    assert seen[0] > 100
    assert reds(hand.pixels()) == 0


def test_a_click_hits_what_is_under_it_though_the_focus_moves(hand: Hand) -> None:
    """A canvas of ipycanvas takes the focus before it reads the point, and the page scrolls in between."""
    hand.page.page.evaluate(
        """() => {
          let outer = document.querySelector(".board-stage").parentElement;
          while (outer.scrollHeight <= outer.clientHeight || getComputedStyle(outer).overflowY !== "auto") {
            outer = outer.parentElement;
          }
          outer.scrollTop += document.querySelector(".board-stage").getBoundingClientRect().top;
          window.outer = outer;
        }"""
    )
    before = hand.page.page.evaluate("window.outer.scrollTop")
    stage, outer = (
        hand.page.page.evaluate(f"{each}.getBoundingClientRect().top")
        for each in ("document.querySelector('.board-stage')", "window.outer")
    )
    assert stage < outer - 40, "the upper part of the board is out of sight"
    hand.click("Shot_09")
    chose(hand, "Shot_09")
    assert hand.page.page.evaluate("window.outer.scrollTop") == before
    assert hand.page.page.evaluate("document.activeElement.className") == "board-stage"
    hand.page.find(".board-stage").scroll_into_view_if_needed()


def test_a_drag_let_go_outside_ends(hand: Hand) -> None:
    left, top = hand.stage()
    hand.mouse.move(*hand.middle("Shot_00"))
    hand.mouse.down()
    hand.mouse.move(left - 40, top - 60, steps=6)
    hand.mouse.up()
    hand.rest()
    moved = boxes(hand, "Shot_00")
    assert moved != [[0, 0, 300, 300]]
    hand.mouse.move(left + 300, top + 300, steps=4)
    assert not hand.of("board.busy")
    assert boxes(hand, "Shot_00") == moved


def test_escape_calls_a_drag_off(hand: Hand) -> None:
    hand.mouse.move(*hand.middle("Shot_02"))
    hand.mouse.down()
    x, y = hand.middle("Shot_02")
    hand.mouse.move(x + 80, y + 80, steps=4)
    with hand.noting() as sent:
        hand.keys.press("Escape")
        hand.mouse.up()
    assert all(message["kind"] != "move" for message in sent)
    assert boxes(hand, "Shot_02") == [[640, 0, 300, 300]]


def test_handles_resize(hand: Hand) -> None:
    hand.click("Shot_11")
    x, y, width, height = hand.screen("Shot_11")
    zoom = hand.of("board.view.zoom")
    with hand.noting() as sent:
        hand.drag((x + width, y + height), (40, -300))
        hand.rest()
    assert [message["kind"] for message in sent] == ["resize"]
    [box] = boxes(hand, "Shot_11")
    assert box == pytest.approx([1600, 320, 300 + 40 / zoom, 200], abs=1.5), "no side gets shorter than 200"
    x, y, width, height = hand.screen("Shot_11")
    hand.drag((x, y + height / 2), (-30, 0))
    hand.rest()
    [box] = boxes(hand, "Shot_11")
    assert box[0] == pytest.approx(1600 - 30 / zoom, abs=1.5)


def test_zoom_stays_under_the_pointer(hand: Hand) -> None:
    hand.click("Shot_04")
    x, y, width, height = hand.screen("Shot_04")
    point = (x + width * 0.25, y + height * 0.25)
    hand.mouse.move(*point)
    before = hand.of("board.view.zoom")
    with hand.noting() as sent:
        for _ in range(6):
            hand.mouse.wheel(0, -100)
        hand.until("Math.abs(board.view.zoom - argument * 1.1 ** 6) < 1e-6", before)
        hand.rest()
    assert [message["kind"] for message in sent] == ["look"]
    x, y, width, height = hand.screen("Shot_04")
    assert (point[0] - x) / width == pytest.approx(0.25, abs=0.01)
    assert (point[1] - y) / height == pytest.approx(0.25, abs=0.01)
    for _ in range(60):
        hand.mouse.wheel(0, 300)
    hand.rest()
    assert hand.of("board.view.zoom") == pytest.approx(0.05)
    for _ in range(60):
        hand.mouse.wheel(0, -400)
    hand.rest()
    assert hand.of("board.view.zoom") == pytest.approx(8)


def test_the_page_scrolls_over_a_board_that_nobody_works_on(hand: Hand) -> None:
    hand.page.page.evaluate("document.activeElement.blur()")
    before = hand.of("board.view.zoom")
    hand.mouse.move(*hand.middle("Shot_03"))
    hand.mouse.wheel(0, 120)
    with hand.holding("Control"):
        hand.mouse.wheel(0, -120)
    hand.until("board.view.zoom !== argument", before)
    assert hand.of("board.view.zoom") > before, "the plain turn of the wheel did nothing here"


def test_zoom_by_keys_and_buttons(hand: Hand) -> None:
    hand.click("Shot_02")
    start = hand.of("board.view.zoom")
    hand.keys.press("+")
    assert hand.of("board.view.zoom") == pytest.approx(start * 1.25)
    hand.keys.press("-")
    assert hand.of("board.view.zoom") == pytest.approx(start)
    hand.keys.press("0")
    assert hand.of("board.view.zoom") == 1
    assert hand.page.find(".board-percent").text_content() == "100 %"
    hand.keys.press("2")
    hand.rest()
    assert hand.of("board.view.zoom") > 1.2, "fit the selection"
    hand.page.find("[aria-label='Fit all (1)']").click()
    hand.rest()
    assert hand.of("board.view.zoom") == pytest.approx(start)


def test_panning_by_middle_button_space_and_minimap(hand: Hand) -> None:
    view = hand.of("board.view")
    with hand.noting() as sent:
        hand.drag(hand.middle("Shot_03"), (-80, 45), button="middle")
        hand.rest()
    assert [message["kind"] for message in sent] == ["look"]
    after = hand.of("board.view")
    assert (after["x"] - view["x"], after["y"] - view["y"]) == pytest.approx((-80, 45))
    assert near(hand.colour("Shot_01"), NAVY)
    hand.click("Shot_03")
    with hand.holding(" "):
        hand.drag(hand.middle("Shot_03"), (30, 0))
    assert hand.of("board.view.x") == pytest.approx(after["x"] + 30)
    box = hand.page.find(".board-minimap").bounding_box()
    assert box is not None
    hand.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
    hand.rest()
    assert hand.of("board.view.x") > after["x"] + 100, "the left end of the board is in the middle now"


def test_nudge_delete_duplicate_undo_redo_by_keys(hand: Hand) -> None:
    hand.click("Shot_09")
    with hand.noting() as sent:
        for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowUp"):
            hand.keys.press(key)
        hand.until("!board.nudged")
        hand.rest()
    assert [message["kind"] for message in sent] == ["move"], "one message for all of it"
    assert boxes(hand, "Shot_09") == [[962, 329, 300, 300]]
    hand.keys.press("Control+d")
    hand.until("board.scene.stack.length === 13")
    hand.until("board.scene.selection.length === 1 && board.scene.selection[0] !== 'Shot_09'")
    hand.keys.press("Delete")
    hand.until("board.scene.stack.length === 12")
    hand.keys.press("Control+z")
    hand.until("board.scene.stack.length === 13")
    hand.keys.press("Control+Shift+z")
    hand.until("board.scene.stack.length === 12")
    for _ in range(3):
        hand.keys.press("Control+z")
    hand.until("board.scene.get('Shot_09').box[0] === 960")
    assert boxes(hand, "Shot_09") == [[960, 320, 300, 300]]
    hand.keys.press("Control+y")
    hand.until("board.scene.get('Shot_09').box[0] === 962")
    assert hand.page.find(".jp-Notebook .studio-storyboard").count() == 1, "Jupyter's own keys stay out of it"


def test_tab_goes_from_panel_to_panel_and_out(hand: Hand) -> None:
    hand.page.find(".board-stage").focus()
    for id in ("Shot_00", "Shot_01", "Shot_02"):
        hand.keys.press("Tab")
        chose(hand, id)
    hand.keys.press("Shift+Tab")
    chose(hand, "Shot_01")
    spoken = hand.page.find(".board-spoken").text_content() or ""
    assert spoken.startswith("Shot_01, done, take 1 of 1")
    for _ in range(11):
        hand.keys.press("Tab")
    inside = "document.activeElement.classList.contains('board-stage')"
    assert not hand.page.page.evaluate(inside), "at the end Tab leaves the board"
    hand.page.find(".board-stage").focus()
    hand.keys.press("Tab")
    hand.keys.press("Escape")
    hand.keys.press("Tab")
    assert not hand.page.page.evaluate(inside), "and at once after Escape"


def test_ctrl_s_saves_the_board_and_the_notebook(hand: Hand) -> None:
    hand.click("Shot_06")
    hand.keys.press("ArrowRight")
    hand.keys.press("Control+s")
    hand.until("board.bars.saved.textContent === 'Saved'")
    assert hand.known("project.board.dirty") is False
    hand.page.wait("!window.jupyterapp.shell.currentWidget.context.model.dirty")


def test_align_and_distribute(hand: Hand) -> None:
    assert hand.page.find(".board-several").is_hidden()
    hand.page.kernel("", "board.model.move(['Shot_01'], 12, 40); board.select('Shot_00', 'Shot_01')")
    hand.until("board.scene.selection.length === 2")
    assert hand.page.find(".board-several [data-how=horizontal]").is_disabled()
    hand.page.find(".board-several [data-how=top]").click()
    hand.until("board.scene.get('Shot_01').box[1] === 0")
    hand.page.kernel("", "board.select('Shot_00', 'Shot_01', 'Shot_02')")
    hand.until("board.scene.selection.length === 3")
    hand.page.find(".board-several [data-how=horizontal]").click()
    hand.until("board.scene.get('Shot_01').box[0] === 320")
    assert boxes(hand, "Shot_00", "Shot_01", "Shot_02") == [
        [0, 0, 300, 300], [320, 0, 300, 300], [640, 0, 300, 300],
    ]  # fmt: skip


def test_stars_and_takes_are_clicked_on_the_panel(hand: Hand) -> None:
    hand.page.kernel(
        "",
        "keep(project, 'Shot_00', 'b.png', picture('crimson')); board.model.refresh(); board.fit('Shot_00')",
    )
    hand.until("board.scene.get('Shot_00').takes === 2 && board.scene.spots.some(spot => spot[1] === 'prev')")
    hand.rest()

    def spot(kind: str) -> tuple[float, float, float, float]:
        x, y, w, h = hand.of(
            "board.scene.spots.find(s => s[0] === 'Shot_00' && s[1] === argument).slice(2)", kind
        )
        left, top = hand.stage()
        return left + x, top + y, w, h

    x, y, w, h = spot("rate")
    hand.mouse.click(x + w * 0.7, y + h / 2)
    hand.until("board.scene.get('Shot_00').rating === 4")
    assert hand.known("board.model.entries['Shot_00'].rating") == 4
    hand.rest()
    assert near(hand.colour("Shot_00"), (220, 20, 60), 40), "the newest take is shown"
    x, y, w, h = spot("prev")
    hand.mouse.click(x + w / 2, y + h / 2)
    hand.until("board.scene.get('Shot_00').take === 1")
    assert hand.known("board.model.entries['Shot_00'].current") == 1
    hand.rest()
    hand.mouse.move(2, 2)
    assert near(hand.colour("Shot_00"), TEAL), "and now the one before"
    hand.click("Shot_00")
    hand.keys.press(".")
    hand.until("board.scene.get('Shot_00').take === 2")
    hand.keys.press("Shift+Digit2")
    hand.until("board.scene.get('Shot_00').rating === 2")


def test_the_menu(hand: Hand) -> None:
    hand.click("Shot_03", button="right")
    menu = hand.page.find(".board-menu")
    menu.wait_for(state="visible")
    assert hand.page.find(".lm-Menu").count() == 0, "JupyterLab's own menu stays away"
    chose(hand, "Shot_03")
    hand.keys.press("ArrowDown")
    hand.keys.press("Escape")
    assert menu.is_hidden()
    hand.keys.press("Shift+F10")
    menu.wait_for(state="visible")
    hand.page.find(".board-menu [data-action=lock]").click()
    hand.until("board.scene.get('Shot_03').locked")
    with hand.noting() as sent:
        hand.drag(hand.middle("Shot_03"), (60, 60))
    assert all(message["kind"] != "move" for message in sent), "what is locked stays"
    hand.keys.press("Delete")
    hand.page.page.wait_for_selector(".board-problem:visible")
    assert "locked" in (hand.page.find(".board-problem").text_content() or "")
    assert hand.of("board.scene.stack.length") == 12
    hand.keys.press("l")
    hand.until("!board.scene.get('Shot_03').locked")

    hand.page.kernel(
        "", "seen = []; board.model.actions.connect('compare', lambda target: seen.append(target))"
    )
    hand.until("board.menu.actions.find(each => each.id === 'compare').ready")
    hand.click("Shot_03", button="right")
    hand.page.find(".board-menu [data-action=compare]:not([aria-disabled])").click()
    assert hand.eventually("[(t.panels[0].name, t.takes[0].version) for t in seen]", [["Shot_03", 1]])


def test_a_name_is_typed(hand: Hand) -> None:
    hand.click("Shot_10")
    hand.keys.press("F2")
    hand.keys.type("The <b>long</b> way")
    hand.keys.press("Enter")
    hand.until("board.scene.get('Shot_10').title.includes('long')")
    assert hand.known("board.model.entries['Shot_10'].name") == "The_b_long_b_way"
    assert hand.page.find(".studio-storyboard b").count() == 0
    hand.keys.press("Control+z")
    hand.until("board.scene.get('Shot_10').name === 'Shot_10'")


DROP = """
([x, y, type, data]) => {
  const transfer = new DataTransfer();
  if (type === "Files") {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], "rain.png", { type: "image/png" }));
  } else transfer.setData(type, data);
  const stage = document.querySelector(".board-stage");
  for (const name of ["dragenter", "dragover", "drop"]) {
    stage.dispatchEvent(new DragEvent(name, {
      bubbles: true, cancelable: true, clientX: x, clientY: y, dataTransfer: transfer,
    }));
  }
}
"""
"""A drag from outside of the browser, which no driver can do by hand."""


def test_files_and_takes_are_dropped(hand: Hand) -> None:
    data = base64.b64encode(eval(hand.page.kernel("picture('orange')"))).decode()  # type: ignore[attr-defined]
    hand.page.page.evaluate(DROP, [*hand.middle("Shot_05"), "Files", data])
    hand.until("board.scene.get('Shot_05').takes === 1")
    hand.mouse.move(2, 2)
    hand.until("board.atRest")
    left, top = hand.stage()
    hand.page.page.evaluate(DROP, [left + 500, top + 520, "Files", data])
    hand.until("board.scene.stack.length === 13")
    chose(hand, "rain")

    take = hand.known("board.model.take('Shot_00').path.relative_to(project.path).as_posix()")
    before = hand.of("board.scene.get('Shot_01').takes")
    hand.page.page.evaluate(DROP, [*hand.middle("Shot_01"), "application/x-studio-takes", f'["{take}"]'])
    hand.until("board.scene.get('Shot_01').takes === argument + 1", before)
    hand.page.page.evaluate(
        DROP, [*hand.middle("Shot_02"), "application/x-studio-takes", '["../../etc/passwd"]']
    )
    hand.page.page.wait_for_selector(".board-problem:visible")
    assert "leads out" in (hand.page.find(".board-problem").text_content() or "")


def test_double_click_makes_a_panel(hand: Hand) -> None:
    x, y, width, height = hand.screen("Shot_06")
    hand.mouse.dblclick(x + width / 2, y + height + 60)
    hand.until("board.scene.stack.length === 13")
    chose(hand, "Panel_13")


def test_progress_is_on_the_panel(hand: Hand) -> None:
    hand.page.kernel(
        "",
        "from fake_job import FakeJob; job = FakeJob('j'); board.model.follow('Shot_05', job); job.run(40.0)",
    )
    hand.until("board.scene.running.get('Shot_05')?.percent === 40")
    with hand.noting() as sent:
        hand.page.kernel("", "job.run(75.0)")
        hand.until("board.scene.running.get('Shot_05')?.percent === 75")
    assert sent == []
    x, y, width, height = hand.screen("Shot_05")
    bar = hand.pixels(x, y + height - 4, width, 4)
    filled = []
    for share in (0.1, 0.6, 0.85):
        colours = [bar.getpixel((int(width * share), row)) for row in range(bar.height)]
        filled.append(any(colour[0] > colour[2] + 60 for colour in colours))  # type: ignore[index,operator]
    assert filled == [True, True, False], "three quarters of the bar are filled"
    hand.page.kernel("", "job.finish()")
    hand.until("board.scene.running.size === 0")


def test_a_wrong_message_is_refused_visibly(hand: Hand) -> None:
    hand.page.kernel(
        "", "board._heard(board, {'kind': 'move', 'ids': ['Shot_00'], 'dx': float('inf'), 'dy': 0}, [])"
    )
    hand.page.page.wait_for_selector(".board-problem:visible")
    assert boxes(hand, "Shot_00") == [[0, 0, 300, 300]]
    hand.page.find(".board-problem .board-icon").click()


def test_it_follows_the_theme(hand: Hand) -> None:
    light = hand.colour("Shot_00", 0.5, 0.02)
    try:
        hand.page.theme(dark=True)  # type: ignore[attr-defined]
        hand.until("board.palette.dark")
        hand.until("board.picture.shown.number === board.picture.newest.number")
        hand.rest()
        dark = hand.colour("Shot_00", 0.5, 0.02)
    finally:
        hand.page.theme(dark=False)  # type: ignore[attr-defined]
    assert sum(light) > 600 and sum(dark) < 250
    hand.until("!board.palette.dark")


def test_another_widget_stands_beside_it(hand: Hand) -> None:
    width = hand.of("board.width")
    hand.page.kernel("", "import ipywidgets; board.side = ipywidgets.Label('beside the board')")
    hand.until("board.side.textContent.includes('beside the board') && board.width < argument - 100", width)
    hand.rest()
    hand.click("Shot_00")
    chose(hand, "Shot_00")
    hand.page.kernel("", "board.side = None")
    hand.until("board.side.hidden && board.width === argument", width)


def test_every_control_has_a_name_for_a_screen_reader(hand: Hand) -> None:
    nameless = hand.page.page.evaluate(
        "[...document.querySelectorAll('.studio-storyboard :is(input, button, [role]:not([role=option],"
        " [role=status], [role=alert], [role=separator]))')].filter(each => !(each.ariaLabel || each.title"
        " || each.textContent.trim())).map(each => each.outerHTML.slice(0, 120))"
    )
    assert nameless == []
