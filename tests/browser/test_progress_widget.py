"""The progress widget in JupyterLab, with jobs that the test moves by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tools.jupyter_pages import LabPage

IMPORTS = """
from fake_job import FakeJob, FakeTake, jpeg
from studio.errors import JobFailed
from widgets.progress import ProgressGroup, ProgressView, show
"""
ONE = "job = FakeJob()\nview = ProgressView(job)\nview"
CARD = ".studio-card"

Notebook = Callable[[Sequence[str]], str]


@pytest.fixture
def one(lab: LabPage, notebook: Notebook) -> LabPage:
    """A notebook that shows one job, `job`."""
    lab.open(notebook([IMPORTS + ONE])).run()
    lab.page.wait_for_selector(CARD)
    return lab


def say(page: LabPage, code: str) -> None:
    """Something happens to a job."""
    page.kernel("", code)


def wait_for_state(page: LabPage, value: str, card: str = CARD) -> None:
    page.page.wait_for_selector(f"{card}[data-state={value}]")


def wait_for_text(page: LabPage, selector: str, text: str) -> None:
    page.wait(
        "([selector, text]) => document.querySelector(selector)?.textContent === text", [selector, text]
    )


def test_a_job_from_waiting_to_done(one: LabPage) -> None:
    wait_for_state(one, "pending")
    say(one, "job.run(42, phase=1, phases=2, node_class='KSampler', step=5, steps=14, preview=jpeg('red'))")
    wait_for_state(one, "running")
    wait_for_text(one, ".studio-line", "Phase 1/2 · KSampler · Step 5/14")
    bar = one.find(f"{CARD} [role=progressbar]")
    assert bar.get_attribute("aria-valuenow") == "42"
    assert bar.get_attribute("aria-label") == "Hero_Shot"
    one.wait("document.querySelector('.studio-frame img').naturalWidth === 64")
    say(one, "job.finish([FakeTake('Hero_Shot_v001.png')], elapsed=12.0)")
    wait_for_state(one, "done")
    wait_for_text(one, ".studio-line", "Hero_Shot_v001.png")
    assert one.find(".studio-elapsed dd").text_content() == "0:12"
    assert bar.get_attribute("aria-valuenow") == "100"
    assert one.find(f"{CARD} .studio-cancel").is_hidden()
    assert one.errors == []


def test_cancel_is_told_at_once_and_then_for_good(one: LabPage) -> None:
    say(one, "job.run(10)")
    wait_for_state(one, "running")
    one.find("button[aria-label='Cancel Hero_Shot']").press("Enter")
    wait_for_state(one, "cancelling")
    wait_for_text(one, ".studio-word", "cancelling…")
    assert one.find(f"{CARD} .studio-cancel").is_disabled()
    assert one.kernel("job.cancelled") == "1"
    say(one, "job.say(state='cancelled')")
    wait_for_state(one, "cancelled")
    wait_for_text(one, ".studio-word", "cancelled")
    assert one.errors == []


def test_a_cancel_that_fails_says_why_and_can_be_tried_again(one: LabPage) -> None:
    say(one, "job.run(10); job.cancel_raises = ValueError('the backend is away')")
    wait_for_state(one, "running")
    one.find("button[aria-label='Cancel Hero_Shot']").click()
    wait_for_text(one, ".studio-note", "Could not cancel: the backend is away")
    wait_for_state(one, "running")
    assert one.find(f"{CARD} .studio-cancel").is_enabled()


def test_the_clock_ticks_in_the_page_between_two_messages(one: LabPage) -> None:
    say(one, "job.run(10, elapsed=58.0, left=30.0)")
    one.wait("document.querySelector('.studio-elapsed dd').textContent === '1:00'")
    one.wait("document.querySelector('.studio-left dd').textContent <= '0:28'")


def test_nothing_moves_while_a_job_goes_on(one: LabPage) -> None:
    def size() -> object:
        return one.find(".studio-progress").bounding_box()

    before = size()
    say(one, "job.run(10, node_class='KSampler', step=1, steps=9, nodes_total=3, backend='sketch')")
    wait_for_state(one, "running")
    assert size() == before
    say(one, "job.run(50, preview=jpeg('blue', (400, 900)))")
    one.wait("document.querySelector('.studio-frame img').naturalWidth === 400")
    assert size() == before
    say(one, "job.finish([FakeTake('Hero_Shot_v001.png')])")
    wait_for_state(one, "done")
    assert size() == before


def test_every_picture_but_the_one_on_screen_is_released(one: LabPage) -> None:
    one.page.evaluate(
        """() => {
          window.made = new Set();
          const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
          const keep = url => (window.made.add(url), url);
          URL.createObjectURL = blob => keep(make.call(URL, blob));
          URL.revokeObjectURL = url => { window.made.delete(url); revoke.call(URL, url); };
        }"""
    )
    for width in (10, 20, 30):
        say(one, f"job.run({width}, preview=jpeg('red', ({width}, 10)))")
        one.wait("width => document.querySelector('.studio-frame img').naturalWidth === width", width)
    one.wait("window.made.size === 1")
    say(one, "view.close()")
    one.wait("window.made.size === 0")


def test_a_picture_that_is_broken_leaves_the_leader(one: LabPage) -> None:
    say(one, "job.run(20, preview=b'\\xff\\xd8 not a picture')")
    wait_for_state(one, "running")
    one.wait("document.querySelector('.studio-frame img').src.startsWith('blob:')")
    one.wait("document.querySelector('.studio-frame img').hidden")


def test_names_and_messages_are_text(lab: LabPage, notebook: Notebook) -> None:
    evil = "<img src=x onerror=window.hacked=1>"
    code = f"""
job = FakeJob(label={evil!r})
job.run(5, node_class={evil!r}, backend={evil!r})
job.fail(JobFailed({evil!r}, where={evil!r}, hint={evil!r}))
ProgressView(job)"""
    lab.open(notebook([IMPORTS + code])).run()
    wait_for_text(lab, ".studio-name", "")  # the hidden head's
    wait_for_text(lab, f"{CARD} .studio-name", evil)
    wait_for_text(lab, ".studio-hint", evil)
    assert lab.find(f"{CARD} img").count() == 1  # its own picture
    assert lab.page.evaluate("window.hacked") is None


def test_several_jobs_stand_in_rows_and_end_one_by_one(lab: LabPage, notebook: Notebook) -> None:
    names = ["Opening_Wide", "Hero_Shot", "Insert_Hands", "Chase", "Close_Up", "Last_Look"]
    code = f"jobs = [FakeJob(name, name) for name in {names}]\nProgressGroup(jobs)"
    lab.open(notebook([IMPORTS + code])).run()
    lab.page.wait_for_selector(".studio-head:visible")
    assert lab.find(CARD).count() == 6
    say(
        lab,
        "jobs[0].finish(); jobs[1].run(50); jobs[2].fail(JobFailed('no such model', hint='Choose another.'))",
    )
    wait_for_text(lab, ".studio-counts", "1 done · 1 rendering · 3 waiting · 1 failed")
    wait_for_state(lab, "failed", f"{CARD}[data-job=Insert_Hands]")
    lab.find("button:text('Cancel all')").click()
    wait_for_text(lab, ".studio-counts", "1 done · 4 cancelling… · 1 failed")
    assert lab.kernel("[job.cancelled for job in jobs]") == "[0, 1, 0, 1, 1, 1]"
    assert lab.errors == []


def test_jobs_of_one_cell_share_a_widget_and_those_of_another_do_not(
    lab: LabPage, notebook: Notebook
) -> None:
    cells = [
        IMPORTS + "a, b, c = FakeJob('a', 'A'), FakeJob('b', 'B'), FakeJob('c', 'C')",
        "for job in (a, b):\n    show(job);",
        "show(c);",
    ]
    lab.open(notebook(cells)).run()
    lab.wait("document.querySelectorAll('.studio-progress').length === 2")
    assert lab.find(".studio-progress[data-layout=rows] .studio-card").count() == 2
    assert lab.find(".studio-progress[data-layout=single] .studio-card").count() == 1


def test_a_blocking_cell_is_followed_too(lab: LabPage, notebook: Notebook) -> None:
    block = """
import threading
go, job = threading.Event(), FakeJob()
def render():
    for percent in range(1, 60):
        job.run(percent)
        if go.wait(0.05):
            break
    job.finish()
worker = threading.Thread(target=render)
show(job)
worker.start()
worker.join()  # holds the kernel's loop, as studio.run does
"""
    lab.open(notebook([IMPORTS, block])).start()
    wait_for_state(lab, "running")
    seen = [
        lab.wait(
            "seen => Number(document.querySelector('.studio-card')?.dataset.percent) > seen && Number("
            "document.querySelector('.studio-card').dataset.percent)",
            0,
        )
    ]
    seen.append(
        lab.wait(
            "seen => Number(document.querySelector('.studio-card').dataset.percent) > seen && Number("
            "document.querySelector('.studio-card').dataset.percent)",
            seen[0],
        )
    )
    assert seen[1] > seen[0]
    wait_for_state(lab, "done")


def test_a_page_that_comes_later_sees_the_same(own_lab: Callable[..., LabPage], notebook: Notebook) -> None:
    lab = own_lab().open(notebook([IMPORTS + ONE]))
    lab.run()
    say(lab, "job.run(37, node_class='KSampler', step=2, steps=9, preview=jpeg('red'))")
    lab.wait("document.querySelector('.studio-frame img')?.naturalWidth === 64")
    lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    lab.reload()
    wait_for_state(lab, "running")
    wait_for_text(lab, ".studio-line", "KSampler · Step 2/9")
    lab.wait("document.querySelector('.studio-frame img').naturalWidth === 64")
    say(lab, "job.finish()")
    wait_for_state(lab, "done")


def test_it_follows_the_theme(one: LabPage) -> None:
    def colours() -> list[str]:
        return one.page.evaluate(
            """() => { const style = getComputedStyle(document.querySelector('.studio-progress'));
                       return [style.backgroundColor, style.color]; }"""
        )

    one.theme(dark=False)
    light = colours()
    one.theme(dark=True)
    one.wait(
        "light => getComputedStyle(document.querySelector('.studio-progress')).backgroundColor !== light",
        light[0],
    )
    dark = colours()
    one.theme(dark=False)
    assert brightness(light[0]) > brightness(light[1])
    assert brightness(dark[0]) < brightness(dark[1])


def brightness(colour: str) -> float:
    """Of `rgb(r, g, b)` or `rgba(…)`, 0 … 1."""
    red, green, blue = (float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_who_asked_for_less_motion_gets_none(own_lab: Callable[..., LabPage], notebook: Notebook) -> None:
    lab = own_lab(reduced_motion="reduce")
    lab.open(notebook([f"{IMPORTS}{ONE};\njob.run(10)\nview"])).run()
    wait_for_state(lab, "running")
    moving = """() => [...document.querySelectorAll('.studio-progress *')].filter(element => {
      const styles = [getComputedStyle(element), getComputedStyle(element, '::before')];
      return styles.some(style => style.transitionDuration !== '0s' || style.animationName !== 'none');
    }).length"""
    assert lab.page.evaluate(moving) == 0
