"""The documentation's pictures of the console, from the real thing; called by `tools/screenshots.py`."""

from __future__ import annotations

from pathlib import Path

from tools.jupyter_pages import LabPage, write_notebook

OPEN = """
import tempfile
import studio
from studio.render import Backend
from studio.sketch import start
from widgets import Console

stages = {name: start(step_ms=120) for name in ("stage 1", "stage 2")}
backends = [Backend(url=stage.url, name=name) for name, stage in stages.items()]
project = studio.Project.open(tempfile.mkdtemp() + "/the-last-ferry", backends=backends)
for entry in studio.Scene.shipped("last_ferry").shots:
    project.board.add(entry.panel, shot=entry.shot().model_dump(mode="json", exclude_none=True))
project.board.arrange_new()
console = Console(project, height=780)
console
"""
STATE = "document.querySelector('.studio-console').studioConsole.state"


def take_console(lab: LabPage, folder: Path, suffix: str) -> None:
    """Cinema with a panel's look, the board while it renders, the project menu, and a film."""
    write_notebook(lab.server.root / "console.ipynb", [OPEN])
    lab.open("console.ipynb")
    lab.theme(dark=suffix == "dark")
    lab.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab.run()

    def picture(moment: str) -> None:
        path = folder / f"console-{moment}-{suffix}.png"
        lab.find(".studio-console").screenshot(path=path)
        print(path)

    lab.page.wait_for_selector(".studio-configurator[data-ready=true]")
    lab.find(".studio-console").scroll_into_view_if_needed()
    lab.find(".console-select").select_option(index=3)
    lab.wait("document.querySelector('.desk-slate-title').textContent !== 'A look of your own'")
    lab.wait("document.querySelector('.desk-screen img').naturalWidth > 0")
    drawn = "[...document.querySelectorAll('.desk-thumb img')].filter(each => each.naturalWidth > 0)"
    lab.wait(f"{drawn}.length >= 12")
    picture("cinema")

    lab.find(".console-tab[data-room=storyboard]").click()
    lab.page.wait_for_selector(".studio-storyboard[data-ready=true]")
    lab.kernel("", "console.model.storyboard.model.render()")
    lab.wait(f"{STATE}.status.takes >= 2 && {STATE}.status.running === 2")
    picture("storyboard")
    lab.wait(f"{STATE}.status.takes === 6 && {STATE}.status.running === 0")

    lab.kernel("", "console.model.first_frame(project.panel(project.board.state.names[1]).latest.path)")
    lab.wait("document.querySelector('.studio-video .insp-well img[src]')?.naturalWidth > 0")
    picture("video")

    lab.find(".console-project").click()
    lab.page.wait_for_selector(".console-menu:visible .console-recent > li")
    picture("menu")
    lab.clear()
