"""Takes the documentation's pictures from the real thing: JupyterLab, the embedded backend, real shots.

    python tools/screenshots.py docs/pictures

Run it again whenever what is to be seen has changed; the pictures are never drawn or edited by hand.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser

from studio.sketch import start
from tools.console_pictures import take_console
from tools.gallery_pictures import take_gallery
from tools.jupyter_pages import LabPage, Server, chromium, jupyter_lab, new_context, write_notebook

ROOT = Path(__file__).resolve().parents[1]

SETUP = """
import asyncio
import studio
from studio.render import Backend, show
from studio.sketch import start

stages = {name: start(step_ms=250) for name in ("stage 1", "stage 2")}
backends = [Backend(url=stage.url, name=name) for name, stage in stages.items()]
project = studio.Project.open("demo-film", backends=backends)
scene = studio.Scene.shipped("last_ferry")
look = studio.preset("blade_runner_2049")
shot = studio.Shot(
    look=look,
    subject="a lone man in a long coat crossing an empty hall",
    angle=studio.Angle.parse("back-left-30_low-angle_wide"),
    seed=2049,
)
"""
ONE = 'job = project.panel("Hero_Shot").submit(shot)\nshow(job);'
MISSING = """
wrong = shot.with_(parameters={"checkpoint": "not_here.safetensors"})
show(project.panel("Hero_Shot").submit(wrong));
"""
SIX = """
jobs = [project.panel(entry.panel).submit(entry.shot()) for entry in scene.shots]
for job in jobs:
    show(job);
"""

BOARD = """
import tempfile
from widgets import Storyboard

project = studio.Project.open(tempfile.mkdtemp() + "/the-last-ferry", backends=[start(step_ms=0).url])
for number, entry in enumerate(scene.shots):
    planned = entry.shot()
    notes = planned.subject[:1].upper() + planned.subject[1:] + "."
    project.board.add(entry.panel, rating=(4, 0, 5, 3, 0, 2)[number % 6], notes=notes,
                      shot=planned.model_dump(mode="json", exclude_none=True))
project.board.arrange_new()
for job in [project.panel(entry.panel).submit(entry.shot()) for entry in scene.shots[:-1]]:
    await job
board = Storyboard(project, height=600)
board
"""

FARM = """
import tempfile
from widgets import Farm, Progress
project = studio.Project.open(tempfile.mkdtemp(), backends=backends)  # no job left by another notebook
jobs = [project.panel(entry.panel).submit(entry.shot()) for entry in scene.shots]
Farm(project)
"""

WIDGET = ".studio-progress"
CARD = ".studio-card"


def main() -> None:
    """Take all pictures into the folder named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theme", choices=("light", "dark"), help="one of JupyterLab's themes; else both")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    themes = [False, True] if arguments.theme is None else [arguments.theme == "dark"]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        notebooks, home = Path(place) / "notebooks", Path(place) / "home"
        notebooks.mkdir()
        home.mkdir()
        write_notebook(notebooks / "progress.ipynb", [SETUP, ONE])
        write_notebook(notebooks / "failed.ipynb", [SETUP, MISSING])
        write_notebook(notebooks / "group.ipynb", [SETUP, SIX])
        write_notebook(notebooks / "farm.ipynb", [SETUP, FARM, "Progress(project)"])
        write_notebook(notebooks / "board.ipynb", [SETUP, BOARD])
        shutil.copy(ROOT / "notebooks" / "tour.ipynb", notebooks)
        with (
            start(step_ms=250) as one,
            start(step_ms=250) as two,
            jupyter_lab(
                notebooks,
                home,
                variables={"PYTHONPATH": str(ROOT), "STUDIO_BACKENDS": f"{one.url} {two.url}"},
            ) as server,
            chromium() as browser,
        ):
            for dark in themes:
                take_all(browser, server, folder, dark=dark)


def take_all(browser: Browser, server: Server, folder: Path, *, dark: bool) -> None:
    """Every picture in one of JupyterLab's themes."""
    context = new_context(browser, device_scale_factor=2)
    lab = LabPage(context.new_page(), server)
    suffix = "dark" if dark else "light"

    def picture(name: str, notebook: str, *moments: tuple[str, Callable[[], object]]) -> None:
        """Open `notebook`, run it, and photograph its widget at each moment."""
        lab.open(notebook)
        lab.theme(dark=dark)
        lab.run()
        for moment, wait in moments:
            wait()
            lab.find(WIDGET).scroll_into_view_if_needed()
            box = lab.find(WIDGET).bounding_box()
            assert box is not None
            clip = {
                "x": int(box["x"]),
                "y": int(box["y"]),
                "width": box["width"] + 1,
                "height": box["height"] + 1,
            }
            shoot(lab, folder / f"{name}-{moment}-{suffix}.png", clip=clip)
        lab.clear()

    def percent(least: int) -> Callable[[], object]:
        return lambda: lab.wait(
            "least => Number(document.querySelector('.studio-card')?.dataset.percent) >= least"
            " && document.querySelector('.studio-card img').naturalWidth > 0",
            least,
        )

    def failed() -> None:
        lab.page.wait_for_selector(".studio-card[data-state=failed]")

    def developed(count: int) -> None:
        lab.wait(
            "count => [...document.querySelectorAll('.studio-card[data-state=done] img')]"
            ".filter(image => image.naturalWidth === 640).length >= count",
            count,
        )

    def halfway(done: int) -> None:
        developed(done)
        lab.wait(
            "[...document.querySelectorAll('.studio-card[data-state=running]')]"
            ".some(card => Number(card.dataset.percent) >= 70)"
        )

    picture("progress", "progress.ipynb", ("running", percent(70)), ("done", lambda: developed(1)))
    picture("progress", "failed.ipynb", ("failed", failed))
    picture("progress", "group.ipynb", ("group", lambda: halfway(2)))

    take_board(lab, folder, suffix)
    take_console(lab, folder, suffix)
    take_gallery(lab, folder, suffix)

    lab.open("farm.ipynb")
    lab.theme(dark=dark)
    lab.run()
    lab.wait("document.querySelectorAll('.jobs-row[data-state=running] img:not([hidden])').length >= 2")
    for name in ("farm", "jobs"):
        lab.find(f".studio-{name}").scroll_into_view_if_needed()
        lab.find(f".studio-{name}").screenshot(path=folder / f"{name}-{suffix}.png")
        print(folder / f"{name}-{suffix}.png")
    lab.clear()

    lab = LabPage(context.new_page(), server)
    lab.open("tour.ipynb")
    lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    lab.start()
    halfway(3)  # the tour's first shot is one of them
    lab.find("h2:text('Six shots at once')").evaluate("heading => heading.scrollIntoView()")
    shoot(lab, folder / f"tour-{suffix}.png")
    lab.clear()
    context.close()


def take_board(lab: LabPage, folder: Path, suffix: str) -> None:
    """The storyboard at rest, with guides while a panel is dragged, with several chosen and the menu open."""
    lab.open("board.ipynb")
    lab.theme(dark=suffix == "dark")
    lab.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab.run()
    board = "document.querySelector('.studio-storyboard')?.studioBoard"
    lab.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    lab.find(".studio-storyboard").scroll_into_view_if_needed()
    rest = f"{board}.atRest && !{board}.rest.waiting && {board}.picture.shown.missing === 0"
    lab.wait(f"{rest} && {board}.scene.stack.filter(id => {board}.scene.get(id).takes).length === 5")

    def picture(moment: str) -> None:
        box = lab.find(".studio-storyboard").bounding_box()
        shoot(lab, folder / f"storyboard-{moment}-{suffix}.png", clip=box)

    def middle(place: int) -> tuple[float, float]:
        """Of the panel at that place in the story."""
        found = lab.page.evaluate(
            f"""place => {{
              const {{ scene, view, stage }} = {board};
              const [x, y, w, h] = scene.get(scene.story[place]).box;
              const rect = stage.getBoundingClientRect();
              const at = (edge, from, place) => edge + from + place * view.zoom;
              return [at(rect.left, view.x, x + w / 2), at(rect.top, view.y, y + h / 2)];
            }}""",
            place,
        )
        return float(found[0]), float(found[1])

    mouse, keys = lab.page.mouse, lab.page.keyboard
    picture("rest")
    (x, y), (right, _) = middle(5), middle(1)
    mouse.move(x, y)
    mouse.down()
    keys.down("Shift")
    mouse.move(right + 3, y + 4, steps=6)
    picture("guides")
    keys.press("Escape")
    keys.up("Shift")
    mouse.up()
    mouse.click(*middle(0))
    keys.down("Control")
    mouse.click(*middle(1))
    keys.up("Control")
    mouse.click(*middle(1), button="right")
    picture("menu")
    lab.clear()


def shoot(lab: LabPage, path: Path, clip: Any = None) -> None:
    """A picture of the page, or of a part of it."""
    lab.page.screenshot(path=path, clip=clip)
    print(path)


if __name__ == "__main__":
    main()
