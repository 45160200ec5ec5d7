"""The gallery's desk in JupyterLab, and once in Voila: what a hand does to the gallery as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.browser.gallery_hand import FILM, WAIT, Hand
from tools.jupyter_pages import LabPage, VoilaPage, write_notebook

EVIL = "<img src=x onerror=window.hacked=1>"
PREPARE = f"""
import shutil
engine = film("desk-film", 24)
paths = engine.find()
engine.rate(paths[:6], 5)
engine.tag(paths[:4], add=["hero", {EVIL!r}])
engine.tags.add("alt")
for name in ("copy_one.png", "copy_two.png"):
    shutil.copyfile(engine.root / paths[20], engine.root / paths[20].rpartition("/")[0] / name)
engine.trash(paths[10:13])
shutil.copyfile(engine.root / paths[1], engine.root / paths[10])
engine.collections.create({EVIL!r}, paths[2:6])
engine.scan()
"""
OPEN = "gallery = Gallery(engine, height=640)\ngallery"


@pytest.fixture(scope="module")
def opened(lab_page: LabPage, folder: Path) -> Iterator[Hand]:
    """One gallery for all tests of this module."""
    name = write_notebook(folder / "gallery_desk.ipynb", [FILM, PREPARE, OPEN]).name
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


def panel(hand: Hand, name: str) -> Locator:
    """Open one panel of the desk, filled."""
    hand.of("void g.openRoom(a)", name)
    return shown(hand, name)


def shown(hand: Hand, name: str) -> Locator:
    hand.page.page.wait_for_selector(
        f".gallery-dialog[data-name={name}]:has(.gallery-desk:not([aria-busy]))", timeout=WAIT
    )
    return hand.page.find(f".gallery-dialog[data-name={name}]")


def names(found: Locator) -> list[str]:
    return [text.strip() for text in found.locator(".gallery-desk-name").all_text_contents()]


def said(hand: Hand, words: str) -> None:
    """Wait until the gallery has said something with these words."""
    hand.until("g.notes.live.textContent.includes(a)", words)


def sure(hand: Hand, answer: str) -> None:
    """Answer the question that lies over all."""
    hand.page.find(".gallery-dialog[data-name=sure]").get_by_role("button", name=answer, exact=True).click()


def test_tags_are_managed_with_the_keyboard_alone(hand: Hand) -> None:
    tags = panel(hand, "tags")
    assert names(tags) == [EVIL, "alt", "hero"]
    hand.keys.type("night")
    hand.keys.press("Enter")
    hand.until("document.querySelectorAll('.gallery-desk-line').length === 4")
    hand.keys.press("Tab")
    hand.keys.press("ArrowDown")
    hand.keys.press("ArrowDown")
    assert hand.of("document.activeElement.getAttribute('aria-label')") == "Choose hero"
    hand.keys.press("F2")
    hand.keys.type("Heroes")
    hand.keys.press("Enter")
    hand.until("document.querySelector('.gallery-desk-list').textContent.includes('Heroes')")
    assert (
        hand.eventually("[t.name for t in engine.tags.list()][1:]", ["alt", "Heroes", "night"])[1] == "Heroes"
    )
    tags.get_by_label("Delete night").press("Enter")
    hand.page.page.wait_for_selector(".gallery-dialog[data-name=sure]")
    hand.keys.press("Escape")  # no, and only the question is closed
    assert tags.is_visible() and "night" in names(tags)
    tags.get_by_label("Delete night").press("Enter")
    sure(hand, "Delete")
    hand.until("!document.querySelector('.gallery-desk-list').textContent.includes('night')")
    hand.keys.press("Escape")
    hand.until("!document.querySelector('.gallery-dialog')")
    assert hand.of("g.root.contains(document.activeElement)")


def test_the_keyboard_stays_in_a_panel_that_is_drawn_anew_below_a_question(hand: Hand) -> None:
    tags = panel(hand, "tags")
    tags.get_by_label("Delete hero").press("Enter")
    hand.page.page.wait_for_selector(".gallery-dialog[data-name=sure]")
    hand.of("g.rooms.get('desk').panel.draw()")
    hand.keys.press("Escape")
    hand.until("!document.querySelector('.gallery-dialog[data-name=sure]')")
    hand.keys.press("Escape")
    hand.until("!document.querySelector('.gallery-dialog')")


def test_tags_are_coloured_merged_and_shown(hand: Hand) -> None:
    tags = panel(hand, "tags")
    tags.get_by_label("Colour of alt").click()
    tags.get_by_label("teal", exact=True).click()
    hand.until("g.tags.get('alt') === '#00838f'")
    for name in ("alt", EVIL):
        tags.get_by_label(f"Choose {name}", exact=True).check()
    tags.page.get_by_role("button", name="Merge …").click()
    merge = hand.page.find(".gallery-dialog[data-name=merge]")
    merge.get_by_label("Its name").fill("alt")
    merge.get_by_role("button", name="Merge", exact=True).click()
    hand.until("document.querySelectorAll('.gallery-desk-line').length === 2")
    assert hand.eventually("[t.count for t in engine.tags.list() if t.name == 'alt']", [4]) == [4]
    tags.get_by_role("button", name="4 takes").first.click()
    hand.until("g.root.dataset.found === '4'")
    hand.until("!document.querySelector('.gallery-dialog')")


def test_what_is_in_the_trash_comes_back_beside_what_stands_there(hand: Hand) -> None:
    trash = panel(hand, "trash")
    lines = trash.locator(".gallery-desk-line")
    assert lines.count() == 3
    hand.until("document.querySelectorAll('.gallery-desk-line img').length === 3")
    assert "comes back as" in (trash.locator(".gallery-desk-warn").text_content() or "")
    hand.until("document.querySelector('.gallery-desk-use')?.textContent.includes('on disk')")
    trash.get_by_label("Choose all that are listed").check()
    trash.get_by_role("button", name="Restore", exact=True).click()
    sure(hand, "Restore")
    said(hand, "Restore 3 files")
    hand.until("document.querySelectorAll('.gallery-desk-line').length === 0")
    assert len(hand.known("engine.find('name:_1')")) == 1
    hand.of("g.dialogs.close()")
    hand.page.find(".gallery-note-undo").last.click()
    assert hand.eventually("len(engine.trashed())", 3) == 3


def test_the_trash_is_emptied_after_a_question(hand: Hand) -> None:
    trash = panel(hand, "trash")
    trash.locator(".gallery-desk-check").nth(1).check()
    trash.get_by_role("button", name="Delete for good …").click()
    sure(hand, "Delete for good")
    hand.until("document.querySelectorAll('.gallery-desk-line').length === 2")
    trash.get_by_role("button", name="Empty the trash …").click()
    sure(hand, "Cancel")
    assert hand.known("len(engine.trashed())") == 2
    trash.get_by_role("button", name="Empty the trash …").click()
    sure(hand, "Delete for good")
    hand.until("document.querySelector('.gallery-desk-list').textContent.includes('is empty')")
    assert hand.known("len(engine.trashed())") == 0


def test_duplicates_are_found_looked_through_and_put_into_the_trash(hand: Hand) -> None:
    duplicates = panel(hand, "duplicates")
    duplicates.get_by_label("Equal only").check()
    duplicates.get_by_role("button", name="Look for duplicates").click()
    hand.page.page.wait_for_selector(".gallery-desk-group", timeout=WAIT)
    hand.until(
        "[...document.querySelectorAll('.gallery-desk-copy')].slice(0, 3).every(t => t.querySelector('img'))"
    )
    count = hand.known("len(engine.find('is:dup'))")
    group = duplicates.locator(".gallery-desk-group").first
    assert group.locator(".gallery-desk-copy").count() == 3
    group.get_by_label("Keep", exact=False).nth(1).focus()
    hand.keys.press("ArrowRight")
    assert group.locator("[data-keep=true]").count() == 1
    kept = group.locator("[data-keep=true]").get_attribute("data-path")
    group.get_by_role("button", name="Trash the other 2").click()
    said(hand, "2 takes put into the trash")
    there = hand.known("[paths[20], *engine.find('name:copy')]")
    assert kept in there and hand.known(f"len([p for p in {there!r} if p in engine.find()])") == 1
    assert hand.known("len(engine.find('is:dup'))") == count - 3, "alone it is no duplicate"
    hand.of("g.dialogs.close()")
    hand.page.find(".gallery-note-undo").last.click()
    assert hand.eventually("len(engine.find('name:copy'))", 2) == 2


def test_names_are_seen_as_they_are_typed_and_refused_while_they_collide(hand: Hand) -> None:
    hand.show(folder="01_Rain")
    hand.of("void g.choose([[0, 3]])")
    assert hand.eventually("len(gallery.model.selection)", 3) == 3
    hand.until("!g.selecting && g.order.chosen === 3")
    before = [hand.path(place) for place in range(3)]
    rename = panel(hand, "rename")
    field = rename.get_by_label("Name", exact=True)
    field.fill("same")
    hand.until("document.querySelectorAll('.gallery-desk-change[data-bad=true]').length === 2")
    button = rename.get_by_role("button", name="Rename", exact=False).last
    assert button.is_disabled()
    field.press("Enter")
    field.fill("{oops")
    hand.until("document.querySelector('.gallery-desk-wrong').textContent.length > 0")
    field.fill("Storm_")
    rename.get_by_role("button", name="{n:03d}", exact=False).click()
    hand.until("document.querySelector('.gallery-desk-preview').textContent.includes('Storm_003.png')")
    hand.until("!document.querySelector('.gallery-dialog[data-name=rename] .gallery-button-main').disabled")
    assert hand.known("[p for p in engine.find() if 'Storm_0' in p]") == []
    field.press("Enter")
    said(hand, "Rename 3 files")
    hand.until("!document.querySelector('.gallery-dialog')")
    renamed = hand.known("[p for p in engine.find() if 'Storm_0' in p]")
    assert len(renamed) == 3
    assert hand.eventually("sorted(gallery.model.selection)", sorted(renamed)) == sorted(renamed)
    hand.page.find(".gallery-note-undo").last.click()
    assert hand.eventually("len([p for p in engine.find() if 'Storm_0' in p])", 0) == 0
    assert set(before) <= set(hand.known("engine.find()"))


def test_statistics_are_a_chart_a_table_and_code(hand: Hand) -> None:
    stats = panel(hand, "stats")
    hand.until("document.querySelector('.gallery-desk-chart svg rect')")
    stats.get_by_label("by", exact=True).select_option("tags")
    hand.until("document.querySelector('.gallery-desk-table thead').textContent.startsWith('tag')")
    stats.get_by_label("Show", exact=True).select_option("hit_rate")
    hand.until(
        "document.querySelector('.gallery-desk-chart svg').getAttribute('aria-label').startsWith('Hit rate')"
    )
    assert (
        hand.of(
            "document.querySelectorAll('.gallery-desk-chart :not(svg,g,title,text,rect,line,style)').length"
        )
        == 0
    )
    hand.page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stats.page.get_by_role("button", name="Copy as code").click()
    said(hand, "The code is copied")
    code = hand.of("navigator.clipboard.readText()")
    assert "gallery.stats(by='tags')" in code


def test_a_view_is_saved_and_shown_again(hand: Hand) -> None:
    hand.show(query="rating>=4", view="list", sort="-rating")
    views = panel(hand, "views")
    views.get_by_label("Name for what is seen now").fill(EVIL)
    hand.keys.press("Enter")
    hand.until("document.querySelector('.gallery-desk-line .gallery-desk-badge')")
    hand.of("g.dialogs.close()")
    hand.show(query="", view="grid", sort="name")
    panel(hand, "views").get_by_role("button", name=EVIL, exact=True).click()
    hand.until("g.state.query === 'rating>=4' && g.state.view === 'list' && g.root.dataset.view === 'list'")
    hand.until("!document.querySelector('.gallery-dialog')")


def test_a_collection_is_made_of_the_chosen_takes_and_shown(hand: Hand) -> None:
    hand.of("void g.choose([[0, 2]])")
    hand.until("!g.selecting && g.order.chosen === 2")
    collections = panel(hand, "collections")
    assert names(collections) == [EVIL]
    collections.get_by_label("Name of a new collection").fill("Selects")
    hand.keys.press("Enter")
    hand.until("document.querySelectorAll('.gallery-desk-many').length === 2")
    collections.get_by_label(f"Add the chosen takes to {EVIL}").click()
    said(hand, "2 takes put into")
    collections.get_by_role("button", name="Selects", exact=True).click()
    hand.until("g.root.dataset.found === '2'")


def test_history_is_taken_back_and_done_again(hand: Hand) -> None:
    hand.page.kernel("", "engine.rate(paths[0], 1); engine.note(paths[0], 'x'); engine.rate(paths[0], 2)")
    history = panel(hand, "history")
    hand.until("document.querySelectorAll('.gallery-desk-line').length > 3")
    history.get_by_role("button", name="Undo 2 steps").click()
    sure(hand, "Undo 2 steps")
    said(hand, "Undone: 2 steps")
    assert hand.known("[engine.row(paths[0])['rating'], engine.row(paths[0])['note']]") == [1, ""]
    history.get_by_role("button", name="Redo").click()
    said(hand, "Done again: Note")
    assert hand.known("engine.row(paths[0])['note']") == "x"


def test_the_desk_in_voila_shows_names_as_text(voila_page: VoilaPage, folder: Path) -> None:
    prepared = PREPARE.replace("desk-film", "desk-film-voila")
    name = write_notebook(folder / "gallery_desk_voila.ipynb", [FILM, prepared, OPEN]).name
    voila_page.open(name)
    hand = Hand(voila_page).ready()
    assert names(panel(hand, "tags")) == [EVIL, "alt", "hero"]
    assert names(panel(hand, "collections")) == [EVIL]
    stats = panel(hand, "stats")
    stats.get_by_label("by", exact=True).select_option("tags")
    hand.until("document.querySelector('.gallery-desk-chart').textContent.includes('<img')")
    assert voila_page.errors == []
    assert voila_page.page.evaluate("window.hacked") is None


def test_what_a_role_may_not_do_is_grey_in_the_desk_and_says_why(hand: Hand) -> None:
    """Whatever is drawn afterwards: a choice of tags would have put Merge and Delete at hand."""
    refused = {one: f"as reviewer you may not {one}" for one in ("arrange", "delete")}
    hand.of("void (g.may = a)", refused)
    try:
        tags = panel(hand, "tags")
        for choice in ("Choose alt", "Choose hero"):
            tags.get_by_label(choice).check()
        dialog = hand.page.find(".gallery-dialog[data-name=tags]")
        for name, permission in (("Merge …", "arrange"), ("Delete …", "delete"), ("Rename alt", "arrange")):
            button = dialog.get_by_role("button", name=name, exact=True)
            assert button.is_disabled() and button.get_attribute("title") == refused[permission]
        tags.get_by_label("Choose alt").press("F2")
        assert tags.locator("input[type=text]").count() == 1, "no name is typed"
        tags.get_by_placeholder("Find a tag").fill("a new one")
        assert dialog.get_by_role("button", name="Make", exact=True).is_enabled(), "a note is no change"
        hand.keys.press("Escape")
        views = panel(hand, "views")
        assert views.get_by_role("button", name="Save", exact=True).is_disabled()
    finally:
        hand.of("void (g.may = {})")
