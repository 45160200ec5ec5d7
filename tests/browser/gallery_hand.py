"""A gallery in a page, and the hand that works on it: real mouse and keys, and what came of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator

from tools.jupyter_pages import LabPage, NotebookPage

ROOT = "document.querySelector('.studio-gallery')"
PAGE = f"{ROOT}.studioGallery"
WAIT = 30_000

FILM = """
import os, studio
from pathlib import Path
from studio.gallery import Gallery as Engine
from tools.make_takes import Maker, make_takes
from widgets import Gallery

def film(name, count, *more):
    os.environ["STUDIO_CACHE"] = str(Path(name + "-cache").resolve())
    root = Path(name)
    if not root.exists():
        made = make_takes(root, count, folders=4, maker=Maker(side=16, copies=0))
        for path in more:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(made[0].read_bytes())
    engine = Engine.open(root, processes=0)
    engine.scan()
    return engine
"""
"""What a notebook needs for a film of `count` takes in four folders, and copies of the first as `more`."""


class Hand:
    """Works on the one gallery of a page."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.mouse, self.keys = page.page.mouse, page.page.keyboard

    def ready(self) -> Hand:
        """Wait until the gallery is there and its pictures are seen."""
        self.page.wait(f"{ROOT}?.dataset.ready === 'true'", timeout=WAIT)
        self.page.find(".studio-gallery").first.scroll_into_view_if_needed()
        self.pictures()
        return self

    def find(self, selector: str, text: str | None = None) -> Locator:
        """What matches, and has a text in it if that is given."""
        return self.page.page.locator(selector, has_text=text)

    def of(self, expression: str, argument: Any = None) -> Any:
        """The value of a JavaScript expression about `g`, the page's gallery."""
        return self.page.page.evaluate(f"a => {{ const g = {PAGE}; return {expression}; }}", argument)

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript condition about `g` holds."""
        self.page.wait(f"a => {{ const g = {PAGE}; return {condition}; }}", argument, timeout=WAIT)

    def pictures(self) -> None:
        """Wait until every tile in sight shows its picture."""
        self.until("g.root.dataset.blank === '0' && (g.stage.tiles.size > 0 || g.order.count === 0)")

    def show(self, **state: Any) -> None:
        """Show something else, and wait until it is seen."""
        stamp = self.of("g.order.stamp")
        self.of("void g.set(a)", state)
        self.until(f"g.order.stamp > {stamp}")
        self.pictures()

    def reset(self) -> None:
        """Everything, in a grid, by name, from the top, nothing chosen, no dialog open."""
        self.of("g.dialogs.close()")
        self.of("(g.menu.close(false), g.notes.stack.replaceChildren())")
        self.show(query="", filters={}, folder="", deep=True, sort="name", view="grid", size=140)
        self.of("void g.choose([], 'set')")
        self.of("(g.stage.setTop(0), g.stage.render(true), g.stage.focusOn(0), g.stage.anchor = 0)")
        self.until("!g.selecting && g.order.chosen === 0")
        self.focus()

    def focus(self) -> None:
        """Give the takes the keyboard."""
        self.page.find(".gallery-stage").first.focus()

    def box(self, place: int) -> tuple[float, float, float, float]:
        """The place of a tile in the page: x, y, width, height."""
        box = self.page.find(f".gallery-stage [data-place='{place}']:not([hidden])").first.bounding_box()
        assert box is not None, place
        return box["x"], box["y"], box["width"], box["height"]

    def middle(self, place: int) -> tuple[float, float]:
        """The middle of a tile's picture."""
        x, y, width, height = self.box(place)
        return x + width / 2, y + height / 3

    def click(self, place: int, *held: str, **options: Any) -> None:
        """Click a tile, with keys held down."""
        with self.holding(*held):
            self.mouse.click(*self.middle(place), **options)

    @contextmanager
    def holding(self, *held: str) -> Iterator[None]:
        """Hold keys down meanwhile."""
        for key in held:
            self.keys.down(key)
        try:
            yield
        finally:
            for key in reversed(held):
                self.keys.up(key)

    def chosen(self) -> list[int]:
        """The places of what is chosen, as the page knows it."""
        found: list[int] = self.of("[...Array(g.order.count).keys()].filter(p => g.order.marked(p))")
        return found

    def selects(self, *places: int) -> None:
        """Wait until page and kernel agree that these places are chosen."""
        self.until("!g.selecting")
        assert self.chosen() == list(places)
        paths = [self.path(place) for place in places]
        assert self.eventually("sorted(gallery.model.selection)", sorted(paths)) == sorted(paths)

    def path(self, place: int) -> str:
        found: str = self.of(f"g.pathAt({place})")
        return found

    def row(self, place: int) -> dict[str, Any]:
        found: dict[str, Any] = self.of(f"g.order.rows.get({place})")
        return found

    def said(self) -> str:
        """What the gallery said last."""
        found: str = self.of("g.notes.live.textContent")
        return found

    def known(self, expression: str, code: str = "") -> Any:
        """A plain value in the kernel (JupyterLab only)."""
        assert isinstance(self.page, LabPage)
        return json.loads(eval(self.page.kernel(f"__import__('json').dumps({expression})", code)))

    def eventually(self, expression: str, expected: Any, seconds: float = 20.0) -> Any:
        """Ask the kernel until the value is the expected one, or time is up; gives the last value."""
        deadline = time.monotonic() + seconds
        while (value := self.known(expression)) != expected and time.monotonic() < deadline:
            pass  # each question takes its time
        return value
