"""The documentation's pictures of the gallery, from the real thing; called by `tools/screenshots.py`."""

from __future__ import annotations

from pathlib import Path

from tools.jupyter_pages import LabPage, write_notebook

OPEN = """
import tempfile
import studio
from studio.render import Backend
from studio.sketch import start
from widgets import Gallery

stages = [start(step_ms=1) for _ in range(2)]
backends = [Backend(url=stage.url, name=f"stage {n}") for n, stage in enumerate(stages, 1)]
project = studio.Project.open(tempfile.mkdtemp() + "/the-last-ferry", backends=backends)
jobs = [
    project.panel(entry.panel).submit(entry.shot().with_(seed=seed))
    for seed in (7, 2049, 1138)
    for entry in studio.Scene.shipped("last_ferry").shots
]
for job in jobs:
    await job
gallery = Gallery(project, height=700)
engine = gallery.model.gallery
engine.scan()
paths = engine.find("", sort="name")
engine.tags.add("hero", "#c0392b")
engine.tags.add("night", "#2c6fbb")
for index, path in enumerate(paths):
    if index % 4 != 1:
        engine.rate([path], (3, 0, 5, 4)[index % 4])
    if index % 5 in (0, 3):
        engine.mark([path], "pick" if index % 5 else "reject")
    engine.tag([path], add=[["hero"], ["night"], ["hero", "night"]][index % 3] if index % 2 else [])
gallery.model.set(sort="name", size=210)
gallery
"""
PAGE = "document.querySelector('.studio-gallery').studioGallery"
SEEN = "document.querySelector('.studio-gallery')?.dataset.blank === '0'"


def take_gallery(lab: LabPage, folder: Path, suffix: str) -> None:
    """The grid with some chosen, masonry, the list, a search with filters, and the menu."""
    write_notebook(lab.server.root / "gallery.ipynb", [OPEN])
    lab.open("gallery.ipynb")
    lab.theme(dark=suffix == "dark")
    lab.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab.run()
    lab.page.wait_for_selector(".studio-gallery[data-ready=true]")

    def picture(moment: str, state: str = "", *, then: str = "") -> None:
        if state:
            lab.page.evaluate(f"{PAGE}.set({state})")
        lab.wait(f"{SEEN} && {PAGE}.stage.tiles.size > 0 && !{PAGE}.selecting")
        if then:
            lab.page.evaluate(then)
            lab.wait(f"{SEEN} && !{PAGE}.selecting")
        lab.page.mouse.move(2, 2)
        path = folder / f"gallery-{moment}-{suffix}.png"
        lab.find(".studio-gallery").screenshot(path=path)
        print(path)

    picture("grid", then=f"{PAGE}.choose([[1, 3], [5, 6]], 'set')")
    lab.page.evaluate(f"{PAGE}.choose([], 'set')")
    picture("masonry", "{view: 'masonry'}")
    picture("list", "{view: 'list'}")
    lab.page.evaluate(f"{PAGE}.filterBar.open(true)")
    lab.page.evaluate(f"{PAGE}.set({{view: 'grid', query: 'tag:hero seed:7', filters: {{rating: 3}}}})")
    lab.wait(f"{PAGE}.order.count > 0 && {PAGE}.order.count < 10")
    picture("search")
    lab.page.evaluate(f"{PAGE}.filterBar.open(false)")
    lab.clear()
