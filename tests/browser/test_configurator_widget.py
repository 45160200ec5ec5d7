"""The configurator in JupyterLab and Voila, as a director uses it: by hand, by keyboard, from a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.render.waiting import until
from tools.jupyter_pages import LabPage, NotebookPage, VoilaPage

OPEN = """
import studio
from widgets import Configurator
configurator = Configurator("moonlight", subject="a captain reads a letter", target="flux")
configurator
"""
DESK = ".studio-configurator[data-ready=true]"
STOCK = "Kodak Vision3 500T 5219"
CAST = '<img src=x onerror="window.hacked=true"><script>window.hacked=true</script>'
PROMPT = ".desk-text[aria-label=Prompt]"
FOCUSED = "document.activeElement"

Notebook = Callable[[Sequence[str]], str]


@pytest.fixture
def desk(lab: LabPage, notebook: Notebook) -> LabPage:
    """A notebook with `configurator`."""
    lab.open(notebook([OPEN])).run()
    lab.page.wait_for_selector(DESK)
    return lab


def wait_for_prompt(page: NotebookPage, part: str, *, there: bool = True) -> None:
    page.wait(
        "([part, there]) => document.querySelector('.desk-text').textContent.includes(part) === there",
        [part, there],
    )


def wait_for_value(page: NotebookPage, field: str, value: str) -> None:
    page.wait(
        "([field, value]) => document.querySelector(`[data-field='${field}'] input`)?.value === value",
        [field, value],
    )


def pick(page: NotebookPage, field: str, typed: str) -> None:
    """Open a field's list and narrow it, as a hand does."""
    page.find(f"[data-field='{field}'] input").click()
    page.page.keyboard.type(typed)


def go_by_tab(page: NotebookPage, selector: str) -> None:
    """Press Tab until the focus is on `selector`."""
    for _ in range(80):
        page.page.keyboard.press("Tab")
        if page.page.evaluate(f"selector => {FOCUSED}.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def from_preset_to_repair(page: NotebookPage) -> None:
    """Pick a preset, make it invalid, read the reason, repair it, and see the prompt change."""
    page.find(".desk-search").fill("blade runner 2049")
    page.wait("document.querySelectorAll('.desk-card').length === 1")
    page.find(".desk-card").click()
    wait_for_value(page, "camera.body", "ARRI ALEXA XT")
    wait_for_prompt(page, "in the style of Blade Runner 2049")

    pick(page, "camera.film_stock", STOCK)
    option = page.find(".desk-option").first
    assert option.get_attribute("aria-disabled") == "true"
    assert (
        page.find(".desk-reason")
        .text_content()
        .startswith("ARRI ALEXA XT is digital: no film runs through it")
    )
    option.click(force=True)  # it is aria-disabled, and can be asked about
    page.find(".desk-ways button:text('Choose it alone')").click()
    page.wait("!document.querySelector('.desk-hard').hidden")
    wait_for_prompt(page, STOCK)
    assert "is digital" in (page.find(".desk-hard .desk-message").first.text_content() or "")
    assert page.find(".desk-pill").text_content() == "Can't be filmed"
    assert page.find("[data-field='camera.film_stock'] input").get_attribute("aria-invalid") == "true"

    page.wait("!document.querySelector('.desk-repair').disabled")
    assert page.find(".desk-fixes").text_content() == f"Film stock {STOCK} → not chosen"
    page.find(".desk-repair").click()
    page.wait("document.querySelector('.desk-hard').hidden")
    wait_for_prompt(page, STOCK, there=False)
    assert page.find(".desk-pill").text_content() == "Can be filmed"


def test_in_lab_from_a_preset_over_a_fault_to_its_repair(desk: LabPage) -> None:
    from_preset_to_repair(desk)
    assert desk.kernel("(configurator.look.preset, configurator.report.ok)") == "('blade_runner_2049', True)"
    assert desk.errors == []


def test_in_voila_from_a_preset_over_a_fault_to_its_repair(voila_page: VoilaPage, notebook: Notebook) -> None:
    voila_page.open(notebook([OPEN]))
    voila_page.page.wait_for_selector(DESK)
    from_preset_to_repair(voila_page)
    voila_page.wait("document.querySelector('.desk-screen img').naturalWidth > 0")
    assert voila_page.errors == []


def test_it_follows_python_and_python_follows_it(desk: LabPage) -> None:
    desk.kernel(
        "", "heard = []\nconfigurator.observe(lambda change: heard.append(change['new']), names='look')"
    )
    desk.kernel("", "configurator.look = configurator.look.with_(visual_grammar__mood='lonely')")
    wait_for_value(desk, "visual_grammar.mood", "Lonely")
    pick(desk, "lighting.setting", "inter")
    desk.page.keyboard.press("Enter")
    wait_for_value(desk, "lighting.setting", "Interior")
    desk.find(".desk-target").select_option("sdxl")
    wait_for_prompt(desk, "(")
    heard = "configurator.look.lighting.setting, len(heard), configurator.target"
    until(lambda: desk.kernel(heard) == "('interior', 2, 'sdxl')")
    desk.kernel("", "configurator.look = 'studio_ghibli'")
    desk.page.wait_for_selector("[data-kind=animation]")
    desk.wait("document.querySelector('.desk-pill').textContent === 'Can be drawn'")
    desk.find(".desk-tab:text('Live action')").click()
    wait_for_value(desk, "lighting.setting", "Interior")
    assert desk.errors == []


def test_another_field_greys_out_what_no_longer_fits(desk: LabPage) -> None:
    desk.kernel("", "configurator.look = studio.LiveActionConfig()")
    wait_for_value(desk, "camera.body", "")
    pick(desk, "camera.film_stock", STOCK)
    assert desk.find(".desk-option").first.get_attribute("aria-disabled") is None
    desk.kernel("", "configurator.look = configurator.look.with_(camera__body='arri_alexa_xt')")
    desk.page.wait_for_selector(".desk-option[aria-disabled=true]")  # while the list is open
    desk.page.keyboard.press("Escape")
    pick(desk, "camera.film_stock", "vision3")
    desk.find(".desk-option").nth(2).hover()
    desk.page.wait_for_selector(".desk-option.desk-active:nth-child(3)")
    assert "digital" in (desk.find(".desk-reason").text_content() or "")
    assert desk.errors == []


def test_by_keyboard_alone(desk: LabPage) -> None:
    keyboard = desk.page.keyboard
    desk.find(".desk-tab").first.focus()
    go_by_tab(desk, ".desk-search")
    keyboard.type("parasite")
    go_by_tab(desk, ".desk-card")
    keyboard.press("Enter")
    wait_for_prompt(desk, "Parasite")

    go_by_tab(desk, "[data-field='camera.film_stock'] input")
    keyboard.type(STOCK)
    reason = desk.find(".desk-reason").text_content() or ""
    assert "digital" in reason
    keyboard.press("Enter")
    desk.page.wait_for_selector(".desk-ways button")
    keyboard.press("Enter")
    desk.page.wait_for_selector(".desk-popup", state="detached")
    wait_for_value(desk, "camera.film_stock", STOCK)
    assert desk.kernel("configurator.report.ok") == "True"
    assert desk.page.evaluate(f"{FOCUSED}.closest('[data-field]').dataset.field") == "camera.film_stock"

    keyboard.press("Control+z")
    wait_for_value(desk, "camera.film_stock", "")
    keyboard.press("Control+Shift+z")
    wait_for_value(desk, "camera.film_stock", STOCK)

    desk.find(".desk-plan").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        keyboard.press(key)
    go_by_tab(desk, ".desk-side")
    keyboard.press("ArrowDown")
    wait_for_prompt(desk, "low angle")
    assert desk.kernel("configurator.angle.id") == "'front-right-60_low-angle_wide'"
    keyboard.press("Delete")
    wait_for_prompt(desk, "low angle", there=False)

    keyboard.press("d")
    keyboard.press("d")
    assert desk.find(f".jp-Notebook {DESK}").count() == 1, "Jupyter's shortcuts stay out of it"
    assert desk.errors == []


def test_keys_move_through_the_presets(desk: LabPage) -> None:
    desk.find(".desk-search").fill("")
    card = desk.find(".desk-card").first
    card.focus()
    before = desk.page.evaluate(f"{FOCUSED}.dataset.id")
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("ArrowDown")
    after = desk.page.evaluate(f"{FOCUSED}.dataset.id")
    assert after not in (before, None)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(f".desk-card[data-id='{after}'][aria-selected=true]")
    assert desk.kernel("configurator.look.preset") == repr(after)


def test_the_angle_is_a_picture_to_click(desk: LabPage) -> None:
    desk.find(".desk-plan .desk-cell").nth(3 * 3 + 2).click()  # a quarter of the way round, the outer ring
    desk.page.wait_for_selector(".desk-plan .desk-cell.desk-on")
    desk.find(".desk-side .desk-cell").nth(3).click()
    wait_for_prompt(desk, "high angle")
    assert (
        desk.kernel("configurator.angle.id, configurator.angle.degrees")
        == "('right-side_high-angle_wide', 90)"
    )
    assert desk.find(".desk-plan").get_attribute("aria-valuetext") == "right side · high angle · wide"
    desk.kernel("", "configurator.angle = 'back_eye-level_close-up'")
    desk.wait("document.querySelector('.desk-plan').getAttribute('aria-valuenow') === '180'")
    assert desk.errors == []


def spelled_out(page: NotebookPage) -> None:
    page.find(".desk-subject").fill(CAST)
    wait_for_prompt(page, "<img src=x")
    assert page.find(PROMPT).text_content().startswith(CAST[:40])
    assert page.find(f"{DESK} img[src='x'], {DESK} script").count() == 0
    assert page.page.evaluate("window.hacked") is None


def test_in_lab_a_script_in_the_subject_is_text(desk: LabPage) -> None:
    spelled_out(desk)
    desk.kernel("", f"configurator.subject = {CAST!r} + '!'")
    wait_for_prompt(desk, "</script>!")
    assert desk.page.evaluate("window.hacked") is None
    assert desk.errors == []


def test_in_voila_a_script_in_the_subject_is_text(voila_page: VoilaPage, notebook: Notebook) -> None:
    voila_page.open(notebook([OPEN]))
    voila_page.page.wait_for_selector(DESK)
    spelled_out(voila_page)
    assert voila_page.errors == []


def test_a_wrong_message_is_refused_visibly(desk: LabPage) -> None:
    message = {"kind": "field", "field": "camera.body", "value": CAST}
    desk.kernel("", f"configurator._heard(configurator, {message!r}, [])")
    desk.page.wait_for_selector(".desk-problem:visible")
    assert "is not offered" in (desk.find(".desk-problem").text_content() or "")
    assert desk.page.evaluate("window.hacked") is None
    desk.find(".desk-cell").first.click()
    desk.page.wait_for_selector(".desk-problem", state="hidden")


def test_pictures_of_presets_are_drawn_as_they_come_into_view(desk: LabPage) -> None:
    desk.wait("document.querySelectorAll('.desk-thumb img').length >= 6")
    cards = desk.find(".desk-card").count()
    assert desk.find(".desk-thumb img").count() < cards
    last = "[...document.querySelectorAll('.desk-card')].at(-1)"
    desk.page.evaluate(f"{last}.scrollIntoView()")
    desk.wait(f"{last}.querySelector('img')?.naturalWidth > 0")
    assert desk.find(".desk-thumb img").count() < cards


def test_filters_narrow_the_presets(desk: LabPage) -> None:
    everything = desk.find(".desk-card").count()
    desk.find("[aria-label=Era]").select_option("2010s")
    desk.find("[aria-label=Mood]").select_option("melancholic")
    found = desk.find(".desk-card").count()
    assert 0 < found < everything
    expected = desk.kernel("sorted(studio.presets(kind='live_action', era='2010s', mood='melancholic'))")
    shown = desk.page.evaluate(
        "[...document.querySelectorAll('.desk-card')].map(card => card.dataset.id).sort()"
    )
    assert expected == repr(shown)


MODEL = """
import asyncio
from studio import llm

async def available():
    return [llm.Provider(id="ollama", name="Ollama", local=True)]

async def enhance(prompt, *, on_text, **_):
    on_text("A captain")
    while not go:
        await asyncio.sleep(0.01)
    return llm.Enhanced(text="A captain on a 75mm lens <b>reads</b>.", plain=prompt, provider="ollama",
                        remarks=llm.check("A captain on a 75mm lens", prompt))

go = []
llm.available, llm.enhance = available, enhance
"""


def test_enhanced_text_grows_on_the_page(lab: LabPage, notebook: Notebook) -> None:
    lab.open(notebook([MODEL + OPEN])).run()
    lab.find("button:text('Enhance')").click()
    lab.wait("document.querySelector('.desk-richer').textContent === 'A captain'")
    assert lab.find("button:text('Stop')").count() == 1
    lab.kernel("", "go.append(1)")
    lab.wait(
        "document.querySelector('.desk-richer').textContent === 'A captain on a 75mm lens <b>reads</b>.'"
    )
    assert "75" in (lab.find(".desk-answer .desk-message").first.text_content() or "")
    assert lab.find(".desk-richer b").count() == 0
    assert lab.kernel("configurator.enhanced.provider") == "'ollama'"
    assert lab.errors == []


@pytest.mark.parametrize("width", [900, 420])
def test_it_fits_its_column(lab: LabPage, notebook: Notebook, width: int) -> None:
    lab.open(notebook([OPEN + f"configurator.layout.width = '{width}px'\nconfigurator"])).run()
    lab.page.wait_for_selector(DESK)
    wide = lab.page.evaluate(
        "[...document.querySelectorAll('.studio-configurator *')]"
        ".filter(each => each.scrollWidth > each.clientWidth + 1"
        " && getComputedStyle(each).overflowX === 'visible' && getComputedStyle(each).display !== 'inline'"
        " && each.clientWidth > 0).map(each => each.className)"
    )
    assert wide == []
    box = lab.find(DESK).bounding_box()
    assert box is not None
    assert box["width"] <= width


def test_every_control_has_a_name_for_a_screen_reader(desk: LabPage) -> None:
    pick(desk, "camera.body", "")
    nameless = desk.page.evaluate(
        "[...document.querySelectorAll('.studio-configurator :is(input, select, textarea, button, summary,"
        " [role]:not([role=status], [role=alert]))')]"
        ".filter(each => !(each.ariaLabel || each.title || each.labels?.length || each.textContent.trim()"
        " || each.getAttribute('aria-labelledby'))).map(each => each.outerHTML.slice(0, 120))"
    )
    assert nameless == []
    field = desk.find("[data-field='camera.body'] input")
    assert field.get_attribute("aria-expanded") == "true"
    active = field.get_attribute("aria-activedescendant")
    assert desk.find(f"#{active}").get_attribute("role") == "option"
