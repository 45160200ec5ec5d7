"""The gallery in JupyterLab and Voila: real mouse, real keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser.gallery_hand import FILM, PAGE, ROOT, WAIT, Hand
from tools.jupyter_pages import LabPage, VoilaPage, write_notebook

EVIL = "<img src=x onerror=window.hacked=1>.png"
EVIL_TAG = "<svg onload=window.hacked=1>"
OPEN = f"""
engine = film("gallery-film", 240, "evil/{EVIL}", "evil/'-alert(1)-'.png", "evil/javascript:alert(1).png")
engine.tag([path for path in engine.find() if path.startswith("evil/<")], add=[{EVIL_TAG!r}])
gallery = Gallery(engine, height=640)
gallery
"""

WATCH_DRAWN = """(() => {
  const { stage } = g;
  const render = stage.render.bind(stage);
  stage.all = new Set();
  stage.render = all => { render(all); for (const place of stage.tiles.keys()) stage.all.add(place); };
})()"""


WANTED_AT = """(() => {
  const { stage, kernel, pictures } = g;
  const { send } = stage.wants;
  let wanted = 0;
  stage.wants.send = () => {};
  kernel.send = (message, buffers) => {
    wanted += message.kind === "want";
    Object.getPrototypeOf(kernel).send.call(kernel, message, buffers);
  };
  const at = (top) => {
    stage.setTop(top);
    stage.render(true);
    stage.wants.ask();
    return wanted;
  };
  at(0);
  pictures.clear();
  const counts = a.map(at);
  delete kernel.send;
  stage.wants.send = send;
  send();
  return counts.map((count) => count - counts[0]);
})()"""


@pytest.fixture(scope="module")
def opened(lab_page: LabPage, folder: Path) -> Iterator[Hand]:
    """One gallery for all tests of this module."""
    name = write_notebook(folder / "gallery.ipynb", [FILM, OPEN]).name
    lab_page.open(name)
    lab_page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab_page.run()
    yield Hand(lab_page).ready()
    lab_page.clear()


@pytest.fixture
def hand(opened: Hand) -> Iterator[Hand]:
    opened.page.errors.clear()
    opened.reset()
    yield opened
    assert opened.page.errors == []
    assert opened.page.page.evaluate("window.hacked") is None


def test_only_what_is_in_sight_is_there(hand: Hand) -> None:
    assert hand.of("g.root.dataset.chosen") == "0"  # or each take would wait with a circle to be ticked
    assert hand.of("g.order.count") == 243
    tiles = hand.of("g.stage.tiles.size")
    assert 10 < tiles < 80 and hand.find(".gallery-tile:not([hidden])").count() == tiles
    received = hand.of("g.pictures.received")
    hand.mouse.move(*hand.middle(0))
    hand.mouse.wheel(0, 100_000)
    hand.until("g.stage.tiles.has(242)")
    hand.pictures()
    assert hand.of("g.pictures.received") - received <= 2 * tiles
    assert hand.of("document.querySelectorAll('.gallery-tile').length") < 160


def test_what_scrolls_by_faster_than_it_comes_is_not_asked_for(hand: Hand) -> None:
    """Nor shown late: it is asked for again where the hand slows down."""
    assert hand.of(WANTED_AT, [0, 1200, 2400, 3600, 3640]) == [0, 0, 0, 0, 1]
    hand.pictures()


def test_a_hand_chooses(hand: Hand) -> None:
    hand.click(1)
    hand.selects(1)
    hand.click(4, "Shift")
    hand.selects(1, 2, 3, 4)
    hand.click(2, "Control")
    hand.click(6, "Control")
    hand.selects(1, 3, 4, 6)
    frame = hand.known(
        "[type(gallery.selection).__name__, len(gallery.selection), gallery.selection.index[0]]"
    )
    assert frame == ["DataFrame", 4, hand.path(1)]
    hand.click(3)  # one of several: it alone
    hand.selects(3)
    assert hand.find(".gallery-batch").is_visible()
    x, y, _, height = hand.box(0)
    hand.mouse.click(x - 6, y + height / 2)
    hand.selects()
    assert not hand.find(".gallery-batch").is_visible()


def test_news_of_a_choice_does_not_undo_a_newer_one(hand: Hand) -> None:
    """What the kernel said before it heard of the last choice comes late, as on a busy machine."""
    hand.click(1)
    hand.selects(1)
    older = {"kind": "selection", "count": 1, "paths": [hand.path(1)]}
    older |= {"stamp": hand.of("g.order.stamp"), "heard": {hand.of("g.id"): hand.of("g.choice")}}
    hand.of("void g.choose([[4, 6]], 'add')")
    hand.selects(1, 4, 5)
    hand.of("g.heard(a, [new Uint8Array(Math.ceil(g.order.count / 8)).fill(2, 0, 1).buffer])", older)
    assert hand.chosen() == [1, 4, 5]


def test_a_frame_drawn_around_takes_chooses_them(hand: Hand) -> None:
    x, y, _, _ = hand.box(0)
    last_x, last_y, width, height = hand.box(2)
    columns = hand.of("g.stage.layout.columns")
    hand.mouse.move(x - 6, y - 4)
    hand.mouse.down()
    hand.mouse.move(x + 30, y + 30, steps=3)
    hand.mouse.move(last_x + width / 2, last_y + height + 40, steps=5)
    assert hand.find(".gallery-marquee").count() == 1
    hand.mouse.up()
    hand.selects(0, 1, 2, columns, columns + 1, columns + 2)
    assert hand.find(".gallery-marquee").count() == 0


def test_the_keyboard_alone_is_enough(hand: Hand) -> None:
    columns = hand.of("g.stage.layout.columns")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        hand.keys.press(key)
    hand.selects(columns + 1, columns + 2)
    hand.keys.press("Control+ArrowRight")
    hand.keys.press("Control+ArrowRight")
    hand.keys.press("Control+Space")
    hand.selects(columns + 1, columns + 2, columns + 4)
    active = hand.find(".gallery-stage").first.get_attribute("aria-activedescendant")
    option = hand.find(f"#{active}")
    assert option.get_attribute("aria-selected") == "true" and option.get_attribute("role") == "option"
    assert option.get_attribute("aria-posinset") == str(columns + 5)
    hand.keys.press("End")
    hand.selects(242)
    hand.until("g.stage.tiles.has(242)")
    hand.keys.press("Control+a")
    hand.until("g.order.chosen === 243 && !g.selecting")
    assert hand.known("len(gallery.selection)") == 243
    hand.keys.press("Control+d")
    hand.selects()
    hand.keys.press("Home")
    hand.keys.press("Shift+F10")
    hand.find(".gallery-menu [role=menuitem]").first.wait_for()
    hand.keys.press("Escape")
    assert hand.of("document.activeElement === g.stage.frame")


def test_keys_judge_and_jupyter_does_not_hear_them(hand: Hand) -> None:
    cells = hand.find(".jp-Notebook:visible .jp-Cell").count()
    hand.click(2)
    path = hand.path(2)
    steps = {
        "4": "rating:4",
        "p": "rating:4 is:pick",
        "x": "rating:4 is:reject",
        "h": "is:hold",
        "u": "rating:4 -is:marked",
        "0": "is:unrated -is:marked",
    }
    for key, query in steps.items():
        hand.keys.press(key)
        expression = f"{path!r} in gallery.model.gallery.find({query!r})"
        assert hand.eventually(expression, True), key
    hand.keys.press("5")
    hand.until("g.order.rows.get(2).rating === 5 && g.order.fresh.has(2)")
    note, bar = (hand.find(each).last.bounding_box() for each in (".gallery-note", ".gallery-batch"))
    assert note and bar and note["y"] + note["height"] <= bar["y"], "what is said hides no button"
    hand.selects(2)
    for _ in range(7):
        hand.keys.press("Control+z")
    assert hand.eventually(f"gallery.model.gallery.row({path!r})['rating']", 0) == 0
    assert hand.find(".jp-Notebook:visible .jp-Cell").count() == cells
    assert hand.of("document.activeElement === g.stage.frame")


def test_the_search_finds_while_one_types_and_points_at_what_is_wrong(hand: Hand) -> None:
    hand.keys.press("Control+f")
    hand.keys.type("name:v00")
    hand.until("g.order.count === 36")
    assert "36 of 243" in hand.find(".gallery-count").text_content()
    hand.keys.type(" rating>=x")
    hand.find(".gallery-search-wrong mark").wait_for()
    assert hand.find(".gallery-search-wrong mark").text_content() == "x"
    assert hand.of("g.order.count") == 36  # what was found stays
    for _ in range(len(" rating>=x")):
        hand.keys.press("Backspace")
    hand.find(".gallery-search-wrong").wait_for(state="hidden")
    hand.keys.press("Escape")
    hand.keys.press("Escape")
    hand.until("g.order.count === 243 && g.search.typed() === ''")
    hand.keys.type("mod")
    hand.find(".gallery-offer", "model:").first.wait_for()
    hand.keys.press("ArrowDown")
    hand.keys.press("Enter")
    hand.find(".gallery-offer[data-kind=value]").first.wait_for()
    hand.keys.press("ArrowDown")
    hand.keys.press("Enter")
    hand.until("g.order.count > 0 && g.order.count < 243 && g.search.typed().startsWith('model:')")
    hand.keys.press("Escape")
    hand.until("g.order.count === 243")


def test_lists_of_terms_stand_in_columns_whatever_jupyter_does_to_them(hand: Hand) -> None:
    left = "new Set([...document.querySelectorAll('.gallery-help-list dt')].map(e => e.offsetLeft)).size"
    hand.find("button[aria-label='How to search']").click()
    assert hand.of(left) == 1
    hand.keys.press("Escape")
    hand.find("button[aria-label='More']").click()
    hand.find(".gallery-menu:visible").get_by_text("Keys…").click()
    assert hand.of(left.replace("help-list", "keys")) == 1


def test_filters_and_folders_compose_and_an_empty_place_says_what_to_do(hand: Hand) -> None:
    paths = hand.known("gallery.model.found[:4]")
    hand.known("gallery.model.rate(" + repr(paths) + ", 3)")
    hand.find("button[aria-label='Filters']").click()
    hand.find(".gallery-filters button[aria-label='3 stars or more']").click()
    hand.until("g.order.count === 4")
    hand.find(".gallery-folder", "02_Neon").click()
    hand.until("g.order.count === 0 || g.state.folder === '02_Neon'")
    inside = sum(path.startswith("02_Neon/") for path in paths)
    hand.until(f"g.order.count === {inside}")
    crumbs = hand.find(".gallery-crumb")
    assert [each.strip() for each in crumbs.all_text_contents()] == ["gallery-film", "02_Neon"]
    hand.find(".gallery-filters button[aria-label='5 stars']").click()
    hand.find(".gallery-empty", "Nothing is like that").wait_for()
    hand.find(".gallery-empty button", "Clear search").click()
    hand.until("g.order.count === 60")
    crumbs.first.click()
    hand.until("g.order.count === 243")
    hand.find("button[aria-label='Filters']").click()
    hand.known("gallery.model.undo()")


def test_takes_are_dragged_onto_a_folder_which_asks_first(hand: Hand) -> None:
    hand.click(5)
    hand.click(6, "Shift")
    moved = [hand.path(5), hand.path(6)]
    target = hand.find(".gallery-folder", "03_Harbour")
    target.scroll_into_view_if_needed()  # waits until it is there to stay
    box = target.bounding_box()
    assert box is not None
    x, y = hand.middle(6)
    hand.mouse.move(x, y)
    hand.mouse.down()
    hand.mouse.move(x - 20, y + 10, steps=3)
    hand.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=6)
    hand.find(".gallery-folder[data-aimed]").wait_for()
    hand.mouse.up()
    dialog = hand.find(".gallery-dialog[data-name=move]")
    dialog.wait_for()
    assert "Move 2 takes into “03_Harbour”?" in dialog.text_content()
    assert hand.known(f"[p in gallery.model.found for p in {moved!r}]") == [True, True]
    dialog.get_by_text("Go ahead").click()
    names = ["03_Harbour/" + path.rpartition("/")[2] for path in moved]
    assert hand.eventually(f"[p in gallery.model.found for p in {names!r}]", [True, True]) == [True, True]
    hand.find(".gallery-note-undo").last.click()
    assert hand.eventually(f"[p in gallery.model.found for p in {moved!r}]", [True, True]) == [True, True]


def test_menu_rename_and_trash(hand: Hand) -> None:
    hand.mouse.click(*hand.middle(3), button="right")
    menu = hand.find(".gallery-menu:visible")
    menu.wait_for()
    assert hand.find(".lm-Menu:visible").count() == 0, "Jupyter's own menu stays away"
    reveal = menu.locator("[data-action=reveal]")
    assert reveal.get_attribute("aria-disabled") == "true" and "storyboard" in reveal.get_attribute("title")
    menu.locator("[data-action=rename]").click()
    old = hand.path(3)
    hand.find(".gallery-dialog[data-name=rename] input").wait_for()
    hand.keys.type("a/b")
    hand.keys.press("Enter")
    hand.find(".gallery-dialog .gallery-wrong", "path").wait_for()
    hand.find(".gallery-dialog[data-name=rename] input").fill("a hero")
    hand.keys.press("Enter")
    new = old.rpartition("/")[0] + "/a hero.png"
    assert hand.eventually(f"{new!r} in gallery.model.found", True)
    assert hand.eventually("list(gallery.model.selection)", [new]) == [new]
    hand.until("g.indexOf(a) >= 0", new)
    hand.keys.press("Delete")
    assert hand.eventually(f"{new!r} in gallery.model.found", False) is False
    hand.keys.press("Control+z")
    hand.keys.press("Control+z")
    assert hand.eventually(f"{old!r} in gallery.model.found", True)


def test_what_others_do_is_seen_and_nothing_jumps(hand: Hand) -> None:
    hand.mouse.move(*hand.middle(0))
    hand.mouse.wheel(0, 1500)
    hand.until("g.stage.top > 1000")
    hand.pictures()
    first = hand.of("g.stage.seen()[0]") + hand.of("g.stage.layout.columns")
    hand.click(first)
    path = hand.path(first)
    hand.selects(first)
    before = hand.box(first)
    rows = hand.of("g.stage.layout.columns")
    hand.known(
        "1",
        f"""
import shutil
for index in range({rows * 2}):
    shutil.copy(next(Path("gallery-film").rglob("*_v001.png")), f"gallery-film/00_before_{{index}}.png")
other = Engine.open(Path("gallery-film"), processes=0); other.scan(); other.rate([{path!r}], 2); other.close()
""",
    )
    hand.until(f"g.order.count === {243 + rows * 2}")
    hand.until("g.row(a)?.rating === 2", path)
    now = hand.of("g.indexOf(a)", path)
    assert now == first + rows * 2
    assert hand.box(now) == pytest.approx(before, abs=2)
    hand.selects(now)
    hand.known("1", 'for each in Path("gallery-film").glob("00_before_*"): each.unlink()')
    hand.until("g.order.count === 243")
    assert hand.box(first) == pytest.approx(before, abs=2)
    hand.known(f"gallery.model.rate([{path!r}], 0)")


def test_a_file_that_is_written_again_as_it_was_shows_its_picture(hand: Hand) -> None:
    hand.pictures()
    path, stamp = hand.path(1), hand.row(1)["stamp"]
    hand.page.kernel(  # type: ignore[attr-defined]
        "",
        "import os\n"
        f"os.utime(gallery.model.gallery.root / {path!r}, (1_700_000_000, 1_700_000_000))\n"
        "gallery.model.gallery.scan()\ngallery.model.refresh()",
    )
    hand.until("g.order.rows.get(a[0])?.stamp !== a[1]", [1, stamp])
    hand.pictures()


def test_another_order_begins_at_its_top_unless_what_is_chosen_is_in_sight(hand: Hand) -> None:
    hand.show(sort="-name")
    assert hand.of("g.stage.top") == 0 and hand.of("g.stage.tiles.has(0)")
    hand.click(3)
    hand.selects(3)
    path = hand.path(3)
    hand.show(sort="name")
    hand.until(
        "g.stage.top > 1000 && g.stage.tiles.has(g.indexOf(a)) && g.order.marked(g.stage.focused)", path
    )


@pytest.mark.parametrize("view", ["masonry", "list", "timeline"])
def test_other_views(hand: Hand, view: str) -> None:
    hand.show(view=view)
    assert hand.of("g.stage.top") == 0
    hand.focus()
    hand.keys.press("Home")
    hand.keys.press("ArrowDown")
    place = hand.of("g.stage.focused")
    assert place == (1 if view == "list" else hand.of("g.stage.layout.columns")) or view == "masonry"
    hand.selects(place)
    boxes = hand.of(
        "[...g.stage.tiles.keys()].sort((a, b) => a - b).slice(0, 12).map(p => g.stage.layout.box(p))"
    )
    lines = [box[1] for box in boxes]
    assert lines == sorted(lines)  # read from left to right, line by line
    assert all(a[0] < b[0] for a, b in pairwise(boxes) if a[1] == b[1])
    if view == "list":
        assert hand.find(".gallery-stage").get_attribute("role") == "grid"
        hand.find(".gallery-head", "Name").click()
        hand.until("g.state.sort === '-name' && g.order.rows.get(0)?.name === g.order.rows.get(0)?.name")
        hand.find(".gallery-head[aria-sort=descending]", "Name").wait_for()
    if view == "timeline":
        assert hand.find(".gallery-day").count() >= 1


def test_of_many_chosen_all_are_meant_though_the_page_is_told_some(hand: Hand) -> None:
    few = "import widgets.gallery.view as view; view.FIRST_CHOSEN = 2"
    paths = hand.known("gallery.model.found[:5]", few)
    hand.of("void g.select(a)", paths)
    hand.until("g.order.chosen === 5 && g.selected().length === 2")
    hand.of("g.openRoom('details')")
    hand.find(".gallery-details-name", "5 takes").wait_for()
    hand.find(".gallery-details .gallery-rate-star").nth(3).click()
    ratings = f"[gallery.model.gallery.row(path)['rating'] for path in {paths!r}]"
    assert hand.eventually(ratings, [4] * 5) == [4] * 5
    assert sorted(hand.page.page.evaluate(f"{PAGE}.chosen()")) == sorted(paths)
    hand.of("g.toggleDetails()")
    hand.known(f"gallery.model.rate({paths!r}, 0)", "view.FIRST_CHOSEN = 1000")


def test_a_wall_higher_than_a_browser_can_be_is_scrolled_to_its_end(hand: Hand) -> None:
    hand.of("(g.stage.most = 2400, g.stage.relaid(null))")
    try:
        assert hand.of("g.stage.whole > 4000 && g.stage.frame.scrollHeight <= 2401")
        hand.mouse.move(*hand.middle(0))
        hand.of(WATCH_DRAWN)
        for _ in range(120):
            hand.mouse.wheel(0, 240)
            if hand.of("g.stage.end - g.stage.top < 2"):
                break
        assert hand.of("g.stage.all.size") >= 230  # two turns of the wheel may come as one
        hand.until("Math.abs(g.stage.top - (g.stage.whole - g.stage.height)) < 2")
        hand.of("g.stage.frame.scrollTop = 0")
        hand.until("g.stage.top === 0 && g.stage.tiles.has(0)")
        hand.keys.press("End")
        hand.until("g.stage.tiles.has(242) && g.order.chosen === 1")
        hand.until("g.stage.height === g.stage.frame.clientHeight")
        hand.until("g.stage.end - g.stage.top < 30")
        box = hand.box(242)
        frame = hand.find(".gallery-stage").bounding_box()
        assert (
            frame is not None and frame["y"] <= box[1] and box[1] + box[3] <= frame["y"] + frame["height"] + 1
        )
    finally:
        hand.of("(g.stage.most = 8000000, delete g.stage.render, g.stage.relaid(null))")


def test_names_and_tags_of_the_worst_kind_are_text(hand: Hand) -> None:
    hand.show(folder="evil")
    names = hand.find(".gallery-tile:not([hidden]) .gallery-name").all_text_contents()
    assert EVIL in names and "'-alert(1)-'.png" in names
    hand.click(hand.of("[...g.order.rows].find(([place, row]) => row.name === a)[0]", EVIL))
    hand.keys.press("Shift+F10")
    hand.find(".gallery-menu-head", "<img").wait_for()
    hand.keys.press("Escape")
    hand.of("void g.openTags()")
    hand.find(".gallery-dialog .gallery-check", "<svg").wait_for()
    hand.keys.press("Escape")
    hand.find("button[aria-label='Filters']").click()
    hand.find(".gallery-drop", "Tags").click()
    hand.find(".gallery-popover .gallery-check", "<svg").click()
    hand.until("g.order.count === 1")
    hand.keys.press("Escape")
    hand.find("button[aria-label='Filters']").click()
    hand.keys.press("Control+f")
    hand.keys.type('name:"<img src')
    hand.keys.press("Enter")
    hand.find(".gallery-search-wrong", "<img").wait_for()
    hand.show(view="list", query="", filters={})
    assert hand.find(".gallery-line:not([hidden]) .gallery-cell-name", "<img").count() == 1
    assert (
        hand.of("document.querySelectorAll('.studio-gallery img[src=x], .studio-gallery svg[onload]').length")
        == 0
    )


def test_a_page_loaded_again_and_a_second_view_show_the_same(hand: Hand) -> None:
    hand.show(query="v00", view="masonry", sort="-name")
    hand.focus()
    hand.keys.press("Home")
    hand.keys.press("Shift+ArrowRight")
    hand.selects(0, 1)
    page = hand.page
    assert isinstance(page, LabPage)
    page.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    hand.ready()
    assert hand.of("[g.state.query, g.state.view, g.state.sort, g.search.typed()]") == [
        "v00",
        "masonry",
        "-name",
        "v00",
    ]
    hand.until("g.order.chosen === 2")
    assert hand.chosen() == [0, 1]
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    page.page.evaluate("window.jupyterapp.commands.execute('notebook:create-output-view')")
    page.wait("document.querySelectorAll('.studio-gallery[data-ready=true]').length === 2", timeout=WAIT)
    chosen = "[...document.querySelectorAll('.studio-gallery')].every(each => each.dataset.chosen === '2')"
    page.wait(chosen, timeout=WAIT)
    two = "[...document.querySelectorAll('.studio-gallery')].map(each => each.studioGallery)"
    page.page.evaluate(f"void {two}[0].choose([[3, 4]], 'set')")
    page.wait(f"{two}.every(g => g.order.chosen === 1 && g.order.marked(3))", timeout=WAIT)
    page.page.evaluate(f"void {two}[1].set({{query: ''}})")
    page.wait(f"{two}.every(g => g.order.count === 243)", timeout=WAIT)
    others = "[...window.jupyterapp.shell.widgets('main')].filter(each => !each.context)"
    page.page.evaluate(f"{others}.forEach(each => each.dispose())")
    page.wait("document.querySelectorAll('.studio-gallery').length === 1", timeout=WAIT)


def test_voila_serves_it(voila_page: VoilaPage, notebook: Callable[[Sequence[str]], str]) -> None:
    voila_page.open(notebook([FILM, OPEN.replace("gallery-film", "gallery-voila")]))
    hand = Hand(voila_page).ready()
    assert hand.of("g.order.count") == 243
    hand.show(folder="evil")
    assert EVIL in hand.find(".gallery-tile:not([hidden]) .gallery-name").all_text_contents()
    hand.click(0)
    hand.keys.press("4")
    hand.until("g.order.rows.get(0).rating === 4 && g.order.fresh.has(0)")
    voila_page.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    paper = voila_page.page.evaluate(f"getComputedStyle({ROOT}).getPropertyValue('--studio-accent').trim()")
    assert paper == "#eea75a"
    assert voila_page.page.evaluate("window.hacked") is None and voila_page.errors == []
    assert PAGE
