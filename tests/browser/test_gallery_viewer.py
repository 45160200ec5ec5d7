"""Takes looked at closely, in JupyterLab and Voila, under a real mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.gallery_hand import PAGE, Hand
from tests.browser.storyboard_hand import near
from tools.jupyter_pages import LabPage, VoilaPage, write_notebook

SCRIPT = "<img src=x onerror=window.hacked=1>"
FILM = f"""
import io, math, os, struct, wave
from pathlib import Path
import av, numpy, studio
from PIL import Image
from studio.project.saving import save_take
from studio.provenance import Provenance
from studio.shot import Shot
from widgets import Gallery

def take(project, panel, colour, **changes):
    look = studio.preset("blade_runner_2049")
    shot = Shot(look=look, subject="a man in the dust", seed=11).with_(**changes)
    file = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(file, "PNG")
    record = Provenance(shot=shot.model_dump(mode="json"), template=shot.template, backend="box")
    home = project.panel(panel)
    return save_take(file.getvalue(), "a.png", folder=home.folder, project=project.name, panel=home.name,
                     provenance=record, naming=project.naming).path

def noise(width, height):
    return Image.fromarray(numpy.random.default_rng(3).integers(0, 255, (height, width, 3), numpy.uint8))

def film(path):
    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(20):
            picture = numpy.full((96, 160, 3), (number * 12, 40, 40), numpy.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())

def sound(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(at / 9))) for at in range(16000)))

def made(name):
    os.environ["STUDIO_CACHE"] = str(Path(name + "-cache").resolve())
    fresh = not Path(name).exists()
    project = studio.Project.open(name)
    if fresh:
        take(project, "One", "teal")
        take(project, "One", "navy", look__lens__focal_length_mm=75, seed=2**64 - 1)
        for panel in ("Two", {SCRIPT!r}):
            project.panel(panel)
        file = take(project, "Odd", "maroon", subject={SCRIPT!r})
        file.rename(project.path / {SCRIPT + ".png"!r})
        project.board.change({{"Two": {{"shot": {{"template": "wan22-i2v"}}}}}})
        project.board.flush()
        film(project.path / "walk.webm")
        film(project.path / "run.webm")
        sound(project.path / "wind.wav")
        noise(2200, 1400).save(project.path / "large.png")
        noise(300, 200).save(project.path / "scan.tif")
        (project.path / "broken.png").write_bytes(b"\\x89PNG\\r\\n\\x1a\\nno")
    return project
"""
OPEN = """
project = made("looked-at")
gallery = Gallery(project, height=640)
gallery
"""
ONE, TWO = "One/looked-at_One_v001.png", "One/looked-at_One_v002.png"
VIEWER = "document.querySelector('.gallery-viewer')"
COMPARED = "[...document.querySelectorAll('.gallery-compare img')]"
IMAGE = "document.querySelector('.gallery-viewer .gallery-sight')"


@pytest.fixture(scope="module")
def opened(lab_page: LabPage, folder: Path) -> Iterator[Hand]:
    """One gallery for all tests of this module."""
    name = write_notebook(folder / "gallery-looked-at.ipynb", [FILM, OPEN]).name
    lab_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab_page.open(name)
    lab_page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab_page.run()
    hand = Hand(lab_page).ready()
    lab_page.wait(f"() => {{ const g = {PAGE}; return g.order.count === 9 && !g.stage.scanning; }}")
    yield hand
    lab_page.clear()


@pytest.fixture
def hand(opened: Hand) -> Iterator[Hand]:
    opened.page.errors.clear()
    opened.of("['viewer', 'compare'].forEach((each) => g.rooms.get(each)?.close())")
    opened.reset()
    yield opened
    assert opened.page.errors == []
    assert opened.page.page.evaluate("window.hacked") is None


def look(hand: Hand, path: str) -> None:
    """Open the lightbox on a take, and wait until it is seen."""
    hand.of("void g.openRoom('viewer', [a])", path)
    shown(hand, path)


def shown(hand: Hand, path: str) -> None:
    hand.until(f"{VIEWER}?.dataset.path === a && {VIEWER}.dataset.state !== 'loading'", path)


def known(hand: Hand, path: str) -> None:
    """Choose a take and see what is known of it."""
    hand.click(place_of(hand, path))
    hand.until("g.selected()[0] === a", path)
    hand.of("void g.openRoom('details')")
    hand.until("document.querySelector('.gallery-side .gallery-details').dataset.path === a", path)


def place_of(hand: Hand, path: str) -> int:
    found: int = hand.of("g.indexOf(a)", path)
    return found


def test_a_take_is_opened_judged_and_left(hand: Hand) -> None:
    at = place_of(hand, ONE)
    hand.click(at, click_count=2)
    shown(hand, ONE)
    hand.until(f"{IMAGE}.naturalWidth === 640")
    assert hand.find(".gallery-viewer-name").text_content() == "looked-at_One_v001.png"
    assert hand.find(".gallery-viewer-count").text_content() == f"{at + 1} of 9"
    hand.keys.press("4")
    hand.keys.press("p")
    assert hand.eventually(
        f"[gallery.model.gallery.row({ONE!r})[each] for each in ('rating', 'status')]", [4, "pick"]
    )
    hand.until(f"{VIEWER}.querySelectorAll('.gallery-on').length === 4")
    hand.keys.press("ArrowRight")
    shown(hand, TWO)
    hand.until(f"{VIEWER}.querySelectorAll('.gallery-on').length === 0")
    hand.keys.press("ArrowLeft")
    shown(hand, ONE)
    hand.until(f"{VIEWER}.querySelectorAll('.gallery-on').length === 4")
    hand.until(f"{VIEWER}.querySelector('[data-status=pick]').ariaPressed === 'true'")
    hand.keys.press("0")
    assert hand.eventually(f"gallery.model.gallery.row({ONE!r})['rating']", 0) == 0
    hand.until(f"{VIEWER}.querySelector('[data-status=pick]').ariaPressed === 'true'")
    hand.until("g.row(a)?.status === 'pick'", ONE)
    hand.keys.press("p")
    assert hand.eventually(f"gallery.model.gallery.row({ONE!r})['status']", "") == ""
    hand.keys.press(" ")
    hand.until(f"{VIEWER}.hidden")
    assert hand.of("document.activeElement === g.stage.frame && g.stage.focused") == at


def test_what_is_rated_out_of_sight_leaves_the_next_one_next(hand: Hand) -> None:
    hand.show(query="rating:0", sort="name")
    path = hand.path(2)
    after = hand.path(3)
    look(hand, path)
    hand.keys.press("2")
    hand.until("g.order.count === 8")
    hand.until("document.querySelector('.gallery-viewer-count').textContent === 'not among those found'")
    hand.keys.press("ArrowRight")
    shown(hand, after)
    hand.keys.press("Escape")
    hand.page.kernel("", f"gallery.model.gallery.rate([{path!r}], 0)")  # type: ignore[attr-defined]


def test_a_lens_keeps_what_lies_under_the_pointer(hand: Hand) -> None:
    look(hand, ONE)
    hand.until(f"{IMAGE}.naturalWidth === 640 && {IMAGE}.style.width")
    box = hand.find(".gallery-sight-stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5
    share = (
        f"(({{left, top, width, height}}) => [(a[0] - left) / width, (a[1] - top) / height, width])"
        f"({IMAGE}.getBoundingClientRect())"
    )
    before = hand.of(share, [x, y])
    hand.mouse.move(x, y)
    for _ in range(4):
        hand.mouse.wheel(0, -200)
    hand.until(f"{IMAGE}.getBoundingClientRect().width > a * 2", before[2])
    after = hand.of(share, [x, y])
    assert after[:2] == pytest.approx(before[:2], abs=0.01)
    hand.mouse.down()
    hand.mouse.move(x + 40, y + 10, steps=4)
    hand.mouse.up()
    assert hand.of(share, [x + 40, y + 10])[:2] == pytest.approx(after[:2], abs=0.01), "it went with the hand"
    hand.keys.press("z")
    hand.until("g.rooms.get('viewer').lens.fitted")
    hand.keys.press("+")
    hand.until("!g.rooms.get('viewer').lens.fitted")


def test_a_large_picture_comes_small_and_then_whole(hand: Hand) -> None:
    look(hand, "large.png")
    hand.until(f"{IMAGE}.naturalWidth === 2048")
    hand.keys.press("z")
    hand.until(f"{IMAGE}.naturalWidth === 2200")
    assert hand.of(f"Math.round({IMAGE}.getBoundingClientRect().width * devicePixelRatio)") == 2200
    assert hand.find(".gallery-scale").first.text_content() == "100 %"


def test_films_and_sounds_play_and_are_let_go(hand: Hand) -> None:
    hand.page.page.evaluate(
        """() => {
          window.letGo = [];
          const revoke = URL.revokeObjectURL.bind(URL);
          URL.revokeObjectURL = (url) => { window.letGo.push(url); revoke(url); };
        }"""
    )
    film = "document.querySelector('.gallery-film')"
    look(hand, "walk.webm")
    hand.until(f"{film}.currentTime > 0.2")
    assert hand.find(".gallery-film").is_visible() and hand.find(".gallery-controls").is_visible()
    hand.keys.press(" ")
    hand.until(f"{film}.paused")
    at = hand.of(f"{film}.currentTime")
    hand.keys.press(",")
    hand.until(f"{film}.currentTime < a", at)
    hand.keys.press("m")
    hand.until(f"{film}.muted")
    hand.keys.press("m")
    look(hand, "wind.wav")
    hand.until(f"{film}.currentTime > 0.1 && !{film}.muted")
    assert not hand.find(".gallery-film").is_visible()
    url = hand.of(f"{film}.src")
    hand.of("(g.rooms.get('viewer').dispose(), g.rooms.delete('viewer'))")
    assert url in hand.page.page.evaluate("window.letGo")


def test_what_no_browser_shows_is_shown_or_said(hand: Hand) -> None:
    look(hand, "scan.tif")
    hand.until(f"{IMAGE}.naturalWidth === 300")
    assert "Browsers show no TIF" in (hand.find(".gallery-sight-note").text_content() or "")
    look(hand, "broken.png")
    hand.until("document.querySelector('.gallery-sight-note').textContent.includes('can’t be shown')")
    look(hand, SCRIPT + ".png")
    assert hand.find(".gallery-viewer-name").text_content() == SCRIPT + ".png"


def test_takes_are_compared(hand: Hand) -> None:
    hand.of("void g.openRoom('compare', a)", [ONE, TWO])
    hand.until("document.querySelector('.gallery-compare')?.dataset.state === 'ready'")
    hand.until(f"{COMPARED}.every((each) => each.naturalWidth && each.style.width)")
    words = hand.find(".gallery-differences").inner_text()
    assert "32 mm" in words and "75 mm" in words and "18446744073709551615" in words
    box = hand.find(".gallery-contrast").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2

    def sees(share: float, colour: tuple[int, int, int]) -> bool:
        picture = Image.open(BytesIO(hand.page.page.screenshot())).convert("RGB")
        return near(picture.getpixel((int(box["x"] + box["width"] * share), int(middle))), colour)

    hand.keys.press("2")
    assert sees(0.4, (0, 128, 128)) and sees(0.6, (0, 0, 128))
    hand.mouse.move(box["x"] + box["width"] * 0.5, middle)
    hand.mouse.down()
    hand.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=5)
    hand.mouse.up()
    assert sees(0.4, (0, 0, 128)), "it was wiped over"
    hand.keys.press("3")
    assert sees(0.5, (0, 128, 0)), "teal without navy"
    hand.keys.press("1")
    assert sees(0.25, (0, 128, 128)) and sees(0.75, (0, 0, 128))
    hand.mouse.move(box["x"] + box["width"] * 0.25, middle)
    hand.mouse.wheel(0, -400)
    widths = f"{COMPARED}.map((each) => Math.round(each.getBoundingClientRect().width))"
    hand.until(f"(([one, other]) => one > 500 && one === other)({widths})")  # both under one lens
    hand.keys.press("Escape")
    hand.until("document.querySelector('.gallery-compare').hidden")


def test_films_are_compared_as_they_play(hand: Hand) -> None:
    hand.of("void g.openRoom('compare', ['walk.webm', 'run.webm'])")
    films = "[...document.querySelectorAll('.gallery-compare video')]"
    hand.until(f"{films}.length === 2 && {films}.every((each) => each.currentTime > 0.1)")
    hand.keys.press(" ")
    hand.until(f"{films}.every((each) => each.paused)")
    hand.until(f"Math.abs({films}[0].currentTime - {films}[1].currentTime) < 0.01")
    assert hand.find(".gallery-reel").is_visible()
    hand.keys.press("Escape")
    hand.until(f"{films}.length === 0")


def test_all_that_is_known_is_told_and_copied(hand: Hand) -> None:
    known(hand, TWO)
    side = hand.find(".gallery-side")
    assert "18446744073709551615" in side.locator("[data-name=seed]").inner_text()
    assert "75 mm" in side.locator("[data-name=focal]").inner_text()
    rest = side.locator(".gallery-section[data-title=Sampling] .gallery-rest[data-state=unknown]")
    assert "sampler" in rest.inner_text()
    assert (
        "film stock" in side.locator(".gallery-section[data-title=Shot] [data-state=none]").first.inner_text()
    )
    side.locator("[data-name=seed] .gallery-copy").click()
    read = "async () => navigator.clipboard.readText()"
    assert hand.page.page.evaluate(read) == "18446744073709551615"
    side.locator(".gallery-copy-all").click()
    hand.page.wait("async () => (await navigator.clipboard.readText()).includes('Focal length: 75 mm')")
    side.locator(".gallery-raw summary").click()
    side.locator(".gallery-raw-text", has_text="a man in the dust").wait_for()


def test_notes_and_tags_are_written_there(hand: Hand) -> None:
    known(hand, SCRIPT + ".png")
    side = hand.find(".gallery-side")
    side.locator(".gallery-note-area").fill(SCRIPT)
    hand.until("document.querySelector('.gallery-note-state').textContent === 'Kept'")
    row = f"gallery.model.gallery.row({SCRIPT + '.png'!r})"
    assert hand.known(f"{row}['note']") == SCRIPT
    hand.page.kernel("", f"gallery.model.gallery.note({SCRIPT + '.png'!r}, 'theirs')")  # type: ignore[attr-defined]
    tag = side.locator(".gallery-tag-input")
    tag.fill("<b>hero")
    tag.press("Enter")
    side.locator(".gallery-tag-chip", has_text="<b>hero").wait_for()
    hand.until("document.querySelector('.gallery-note-area').value === 'theirs'")
    side.locator(".gallery-tag-chip button").click()
    assert hand.eventually(f"{row}['tags']", "") == ""


def test_who_rests_on_a_take_sees_it_larger_and_who_moves_over_a_film_sees_it(hand: Hand) -> None:
    x, y = hand.middle(place_of(hand, ONE))
    hand.mouse.move(x, y)
    hand.mouse.move(x + 2, y)
    hand.until("document.querySelector('.gallery-hover').dataset.path === a", ONE)
    hand.until("document.querySelector('.gallery-hover img').naturalWidth > 0")
    assert "a man in the dust" in hand.find(".gallery-hover").inner_text()
    edge = hand.find(".gallery-hover").bounding_box()
    assert edge is not None
    assert not (edge["x"] <= x <= edge["x"] + edge["width"] and edge["y"] <= y <= edge["y"] + edge["height"])
    hand.keys.press("ArrowRight")
    hand.until("document.querySelector('.gallery-hover').hidden")
    x, y, width, _ = hand.box(place_of(hand, "walk.webm"))
    frames = []
    for share in (0.1, 0.9):
        hand.mouse.move(x + width * share, y + 40)
        hand.mouse.move(x + width * share + 1, y + 40)
        hand.until("document.querySelector('.gallery-scrub')")
        hand.mouse.move(x + width * share, y + 40)
        frames.append(int(hand.find(".gallery-scrub").get_attribute("data-frame") or -1))
    assert 0 <= frames[0] < 6 and frames[1] > 12
    hand.mouse.move(x + width / 2, y - 30)
    hand.until("!document.querySelector('.gallery-scrub')")


def test_a_take_goes_to_the_storyboard_and_to_the_notebook(hand: Hand) -> None:
    known(hand, TWO)
    tools = hand.find(".gallery-side .gallery-tool")
    assert tools.filter(has_text="Show One on the storyboard").is_disabled(), "no board is open"
    tools.filter(has_text="Restore").click()
    assert SCRIPT in (hand.find(".gallery-panel-list").text_content() or "")
    hand.keys.press("Escape")
    hand.until("!document.querySelector('.gallery-dialog')")
    tools.filter(has_text="Restore").click()
    hand.find(".gallery-panel-option").nth(2).click()
    hand.find(".gallery-dialog button", "Restore").click()
    panel = "list(project.board.state)[2].shot"
    assert hand.eventually(f"{panel}.get('seed')", str(2**64 - 1))
    tools.filter(has_text="reference").click()
    hand.find(".gallery-panel-option", "Two").click()
    hand.find(".gallery-input-choice").first.wait_for()
    hand.find(".gallery-dialog button", "Use it").click()
    assert hand.eventually("len(project.board.state['Two'].shot.get('images', {}))", 1) == 1
    tools.filter(has_text="notebook cell").click()
    hand.find(".gallery-dialog button", "Insert below").click()
    cells = (
        "window.jupyterapp.shell.currentWidget.content.widgets.map((each) => each.model.sharedModel.source)"
    )
    hand.page.wait(f"() => {cells}.length === 3 && {cells}[2].includes('18446744073709551615')")


def test_a_board_that_is_open_shows_the_panel(hand: Hand) -> None:
    hand.page.kernel(
        "", "shown = []; gallery.model.actions.connect('reveal', lambda chosen: shown.extend(chosen.paths))"
    )  # type: ignore[attr-defined]
    known(hand, ONE)
    hand.find(".gallery-side .gallery-tool", "Show One on the storyboard").click()
    assert hand.eventually("shown", [ONE]) == [ONE]


def test_the_same_in_voila(voila_page: VoilaPage, folder: Path) -> None:
    write_notebook(folder / "gallery-looked-voila.ipynb", [FILM, OPEN])
    voila_page.open("gallery-looked-voila.ipynb")
    voila_page.page.wait_for_selector(".studio-gallery[data-ready=true]")
    hand = Hand(voila_page).ready()
    hand.until("g.order.count >= 9")  # what the tests before have left as a reference counts, too
    look(hand, SCRIPT + ".png")
    hand.until(f"{IMAGE}.naturalWidth === 640")
    assert hand.find(".gallery-viewer-name").text_content() == SCRIPT + ".png"
    hand.keys.press("i")
    hand.find(".gallery-viewer-side .gallery-tool", "notebook cell").click()
    hand.find(".gallery-code", SCRIPT).wait_for()
    assert hand.find(".gallery-dialog-buttons").inner_text().split() == ["Close", "Copy"], (
        "there is no notebook"
    )
    hand.keys.press("Escape")
    look(hand, "walk.webm")
    hand.until("document.querySelector('.gallery-film').currentTime > 0.1")
    assert voila_page.page.evaluate("window.hacked") is None
    assert voila_page.errors == []
