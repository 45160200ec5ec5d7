"""The storyboard outlives what happens to pages and kernels: reload, second view, restart, Voila either way.

Each of these left an ipycanvas of its own blank (jupyter-widgets-contrib/ipycanvas, as of 0.14.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.storyboard_hand import BOARD, FILM, Hand, near
from tools.jupyter_pages import LabPage, NotebookPage, VoilaPage, _serve, new_context

Notebook = Callable[[Sequence[str]], str]
SHOW = (
    FILM
    + """
project = film("NAME")
board = Storyboard(project, height=560)
board
"""
)
TEAL, NAVY = (0, 128, 128), (0, 0, 128)


def seen_and_dragged(hand: Hand) -> None:
    """The board is drawn, with pictures, and a panel can be dragged."""
    hand.ready()
    hand.until("board.scene.get('Shot_10')?.takes === 1")
    hand.developed()
    assert near(hand.colour("Shot_00"), TEAL)
    revision = hand.of("board.scene.revision")
    x, y, *_ = hand.box("Shot_00")
    zoom = hand.of("board.view.zoom")
    hand.drag(hand.middle("Shot_00"), (0, -70))
    hand.rest()
    hand.until("board.scene.revision > argument && board.bars.undo.title.startsWith('Undo: Move')", revision)
    assert hand.box("Shot_00")[:2] == pytest.approx([x, y - 70 / zoom], abs=1.5)
    hand.mouse.move(2, 2)
    assert near(hand.colour("Shot_00"), TEAL), "it is drawn where it was dropped"


def test_reload_second_view_and_restart(lab: LabPage, notebook: Notebook) -> None:
    name = notebook([
        "import ipycanvas\nother = ipycanvas.Canvas(width=60, height=20)\nother.fill_rect(0, 0, 9)\nother",
        SHOW.replace("NAME", "lives"),
    ])  # fmt: skip
    lab.open(name).run()
    hand = Hand(lab)
    seen_and_dragged(hand)
    hand.keys.press("+")
    hand.rest()
    view, box = hand.of("board.view"), hand.box("Shot_00")

    # Somebody else's canvas fails: ipycanvas would draw nothing any more, in all of the page.
    lab.kernel(
        "",
        "other._canvas_manager._send_custom([ipycanvas.canvas.COMMANDS['switchCanvas'], ['IPY_MODEL_gone']])",
    )
    hand.drag(hand.middle("Shot_07"), (0, 40))
    hand.rest()
    hand.mouse.move(2, 2)
    assert near(hand.colour("Shot_07", 0.5, 0.45), NAVY)

    lab.kernel("", "other.fill_rect(0, 0, 20)")  # ipycanvas now believes that it draws on that one
    lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    lab.reload()
    lab.errors.clear()
    hand.ready()
    hand.developed()
    assert hand.of("board.view") == pytest.approx(view), "one looks where one looked before"
    assert hand.box("Shot_00") == box
    assert near(hand.colour("Shot_07"), NAVY)

    second_view(lab, hand)
    restart(lab, hand)


def second_view(lab: LabPage, hand: Hand) -> None:
    """The same board once more beside it: with a view of its own, and the same panels."""
    lab.page.evaluate(
        "() => { const { content } = window.jupyterapp.shell.currentWidget; content.activeCellIndex = 1; }"
    )
    lab.page.evaluate("window.jupyterapp.commands.execute('notebook:create-output-view')")
    lab.wait("document.querySelectorAll('.studio-storyboard[data-ready=true]').length === 2")
    both = "[...document.querySelectorAll('.studio-storyboard')].map(root => root.studioBoard)"
    lab.wait(f"{both}.every(board => board.atRest && !board.rest.waiting)")
    lab.wait(f"{both}.every(board => board.picture.shown.missing === 0)")
    inked = lab.page.evaluate(
        f"""() => {both}.map((board) => {{
          const {{ element }} = board.picture;
          const data = element.getContext("2d").getImageData(0, 0, element.width, element.height).data;
          let count = 0;
          for (let at = 0; at < data.length; at += 4) count += data[at + 1] > 90 && data[at] < 20;
          return count;
        }})"""
    )
    assert min(inked) > 500, f"teal is seen in both, {inked}"
    lab.page.evaluate(f"() => {{ const [one, two] = {both}; two.zoomTo(0.2); }}")
    lab.wait(f"{both}[1].atRest && {both}[1].view.zoom === 0.2 && !{both}[1].rest.waiting")
    assert lab.page.evaluate(f"{both}[0].view.zoom") != 0.2
    lab.page.evaluate(f"{both}[1].send({{ kind: 'move', ids: ['Shot_09'], dx: 0, dy: 90 }})")
    lab.wait(f"{both}.every(board => board.scene.get('Shot_09').box[1] === 410)")
    lab.wait(f"{both}.every(board => board.atRest)")
    assert lab.errors == []
    lab.page.evaluate(
        "[...window.jupyterapp.shell.widgets('main')].filter(each => !each.context)"
        ".forEach(each => each.dispose())"
    )
    lab.wait("document.querySelectorAll('.studio-storyboard').length === 1")
    assert lab.kernel("len(board._stages)") == "2", (
        "that of the page before it was reloaded, which said no goodbye"
    )


def restart(lab: LabPage, hand: Hand) -> None:
    """The kernel ends: the board says so. In the next one everything is where it was left."""
    moved = hand.box("Shot_09")
    lab.kernel("", "project.board.flush()")
    lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    lab.page.wait_for_selector(".studio-storyboard[data-dead]")
    assert "Run the cell again" in (lab.find(".board-problem").text_content() or "")
    lab.errors.clear()
    lab.run()
    hand.ready()
    hand.developed()
    assert hand.box("Shot_09") == moved
    assert near(hand.colour("Shot_07"), NAVY)
    seen_and_dragged(hand)
    assert lab.errors == []


RENDER = (
    FILM
    + """
from widgets import Storyboard
import os
project = studio.Project.open("render-film", backends=os.environ["STUDIO_BACKENDS"].split())
look = studio.preset("roma")
shot = studio.Shot(look=look, subject="waves", template="sdxl", seed=7)
for index in range(3):
    planned = shot.model_dump(mode="json", exclude_none=True)
    project.board.add(f"Shot_{index}", x=320 * index, y=0, shot=planned)
project.board.add("Bare", x=960, y=0)
board = Storyboard(project, height=480)
board
"""
)
"""Three panels with a planned shot, and the fixture's backends to render them."""


def test_panels_are_rendered_from_the_board(lab: LabPage, notebook: Notebook) -> None:
    lab.open(notebook([RENDER])).run()
    hand = Hand(lab).ready()
    lab.page.evaluate(
        f"""() => {{
          const board = {BOARD};
          board.percents = {{}};
          const hear = board.on_progress.bind(board);
          board.on_progress = (message) => {{
            for (const [id, [, percent]] of Object.entries(message.running)) {{
              (board.percents[id] ??= []).push(percent);
            }}
            hear(message);
          }};
        }}"""
    )
    hand.click("Shot_0")
    hand.keys.press("r")
    hand.until("board.scene.get('Shot_0')?.takes === 1")
    assert hand.of("board.percents.Shot_0.some(percent => percent > 0 && percent < 100)"), "one sees it move"
    hand.developed()
    hand.mouse.move(2, 2)
    assert hand.tones("Shot_0") > 500, "the take is on its panel"

    hand.keys.press("Escape")
    hand.page.find("button:text('Render all')").click()
    hand.until("['Shot_0', 'Shot_1', 'Shot_2'].map(id => board.scene.get(id)?.takes).join() === '2,1,1'")
    assert hand.of("board.scene.get('Bare').takes") == 0, "what has no shot is left out"
    hand.until("board.scene.running.size === 0")

    hand.click("Bare")
    hand.page.find(".board-head button:text-is('Render')").click()
    hand.page.page.wait_for_selector(".board-problem:visible")
    assert "no shot yet" in (hand.page.find(".board-problem").text_content() or "")
    assert hand.of("board.scene.get('Bare').state") == "failed"

    lab.kernel("", "job = project.panel('Shot_1').submit(shot.with_(seed=8))")
    hand.until("board.scene.get('Shot_1')?.takes === 2")
    assert hand.of("board.percents.Shot_1.length > 0"), "a render that a cell began is followed too"

    hand.click("Shot_2", button="right")
    hand.page.find(".board-menu [data-action=render_on]").click()
    hand.page.page.wait_for_selector(".board-menu [data-action=return]")
    assert hand.page.find(".board-menu [role=menuitem]").count() == 3, "two backends, and the way back"
    hand.page.find(".board-menu [role=menuitem]").nth(2).click()
    hand.until("board.scene.get('Shot_2')?.takes === 2")
    assert lab.errors == []


def test_in_voila(voila_page: VoilaPage, notebook: Notebook) -> None:
    voila_page.open(notebook([SHOW.replace("NAME", "board-in-voila")]))
    in_voila(voila_page)


@pytest.fixture
def plain_voila(
    folder: Path, variables: dict[str, str], tmp_path: Path, browser: Browser
) -> Iterator[VoilaPage]:
    """Voila as it comes: no page before all cells have run."""
    options = ("-m", "voila", str(folder), "--no-browser", "--Voila.ip=127.0.0.1", "--Voila.auto_token=True")
    context = new_context(browser, device_scale_factor=2)
    with _serve(options, folder, tmp_path, variables, "port", "") as server:
        yield VoilaPage(context.new_page(), server)
        context.close()


def test_in_voila_without_progressive_rendering_at_a_high_density(
    plain_voila: VoilaPage, notebook: Notebook
) -> None:
    plain_voila.open(notebook([SHOW.replace("NAME", "plain-film")]))
    in_voila(plain_voila)
    hand = Hand(plain_voila)
    canvas = hand.of(
        "[board.picture.element.width, board.width, board.picture.element.getBoundingClientRect().width]"
    )
    assert canvas[0] == 2 * canvas[1], "twice the pixels on a dense screen"
    assert canvas[2] == pytest.approx(canvas[1], abs=0.6), "as wide as the board"


def in_voila(page: NotebookPage) -> None:
    hand = Hand(page)
    seen_and_dragged(hand)
    page.page.reload()
    hand.ready()
    hand.until("board.scene.get('Shot_10')?.takes === 1")
    hand.developed()
    assert near(hand.colour("Shot_01"), NAVY)
    assert page.errors == []
