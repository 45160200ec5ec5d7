"""A storyboard in a page, and the hand that works on it: real mouse and keys, and what came of them."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from tools.jupyter_pages import LabPage, NotebookPage

BOARD = "document.querySelector('.studio-storyboard').studioBoard"
READY = ".studio-storyboard[data-ready=true]"

FILM = """
import io
import studio
from PIL import Image
from widgets import Storyboard
from widgets.storyboard.drops import keep

def picture(colour, size=(320, 180)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()

COLOURS = ["teal", "navy", "olive", "purple", "maroon", "green"]
def film(path, count=12):
    project = studio.Project.open(path)
    if not len(project.board.state):
        with project.board.edit("Add"):
            for index in range(count):
                project.board.add(f"Shot_{index:02d}", x=index % 6 * 320, y=index // 6 * 320)
        for index, entry in enumerate(project.board.state):
            if index % 6 != 5:
                keep(project, entry.name, "a.png", picture(COLOURS[index % 6]))
        project.board.flush()
    return project
"""
"""What a notebook needs to have a board of twelve panels in two rows, most with one take of one colour."""


class Hand:
    """Works on the one board of a page."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.mouse, self.keys = page.page.mouse, page.page.keyboard

    def ready(self) -> Hand:
        """Wait until the board is there and drawn, and begin to note what it sends."""
        self.page.page.wait_for_selector(READY)
        self.page.find(".board-stage").scroll_into_view_if_needed()
        self.rest()
        self.page.page.evaluate(
            f"""() => {{
              const board = {BOARD};
              if (board.noted) return;
              board.noted = [];
              const send = board.model.send;
              board.model.send = (message, ...more) => {{
                board.noted.push(message);
                send(message, ...more);
              }};
            }}"""
        )
        return self

    def of(self, expression: str, argument: Any = None) -> Any:
        """The value of a JavaScript expression about `board`."""
        return self.page.page.evaluate(
            f"argument => {{ const board = {BOARD}; return {expression}; }}", argument
        )

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript condition about `board` holds."""
        self.page.wait(
            f"argument => {{ const board = {BOARD}; return {condition}; }}", argument, timeout=20_000
        )

    def rest(self) -> None:
        """Wait until the picture shows what is seen, and nothing dropped waits for it."""
        self.until("board.atRest && !board.settling && !board.busy && !board.nudged && !board.rest.waiting")

    def developed(self) -> None:
        """Wait until every picture that is to be seen is there."""
        self.rest()
        self.until("board.picture.shown.missing === 0")

    @contextmanager
    def noting(self) -> Iterator[list[dict[str, Any]]]:
        """What the page sends meanwhile, put into the list at the end."""
        self.of("board.noted.length = 0")
        sent: list[dict[str, Any]] = []
        yield sent
        sent += self.of("board.noted")

    def stage(self) -> tuple[float, float]:
        """The upper left corner of the board in the page."""
        box = self.page.find(".board-stage").bounding_box()
        assert box is not None
        return box["x"], box["y"]

    def screen(self, id: str) -> tuple[float, float, float, float]:
        """The place of a panel in the page: x, y, width, height."""
        x, y, width, height = self.of(
            "(([x, y, w, h], v) => [x * v.zoom + v.x, y * v.zoom + v.y, w * v.zoom, h * v.zoom])"
            "(board.scene.get(argument).box, board.view)",
            id,
        )
        left, top = self.stage()
        return left + x, top + y, width, height

    def middle(self, id: str) -> tuple[float, float]:
        """The middle of a panel in the page."""
        x, y, width, height = self.screen(id)
        return x + width / 2, y + height / 2

    def box(self, id: str) -> list[float]:
        """The panel's box on the board, as the page knows it."""
        found: list[float] = self.of("board.scene.get(argument).box", id)
        return found

    def selection(self) -> list[str]:
        """The ids of the chosen panels, as the page knows them."""
        found: list[str] = self.of("board.scene.selection")
        return found

    def click(self, id: str, *held: str, **options: Any) -> None:
        """Click the middle of a panel, with keys held down."""
        with self.holding(*held):
            self.mouse.click(*self.middle(id), **options)

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

    def drag(
        self,
        start: tuple[float, float],
        by: tuple[float, float],
        *held: str,
        button: Any = "left",
        before_release: Callable[[], object] = lambda: None,
    ) -> None:
        """Press at `start`, move by so many pixels in steps, and let go."""
        x, y = start
        self.mouse.move(x, y)
        self.mouse.down(button=button)
        self.mouse.move(x + by[0] / 3, y + by[1] / 3, steps=3)
        with self.holding(*held):
            self.mouse.move(x + by[0], y + by[1], steps=5)
            before_release()
            self.mouse.up(button=button)

    def pixels(self, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> Image.Image:
        """What is seen of the page there; of the whole board without a place."""
        clip: dict[str, float] = {"x": x, "y": y, "width": width, "height": height}
        if not width:
            box = self.page.find(".board-stage").bounding_box()
            assert box is not None
            clip = dict(box)
        return Image.open(io.BytesIO(self.page.page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]

    def colour(self, id: str, u: float = 0.5, v: float = 0.45) -> tuple[int, int, int]:
        """The colour of the pixel at a share of a panel's width and height, the pointer out of the way."""
        x, y, width, height = self.screen(id)
        found = self.pixels(round(x + width * u), round(y + height * v), 1, 1).getpixel((0, 0))
        assert isinstance(found, tuple)
        return found[0], found[1], found[2]

    def tones(self, id: str) -> int:
        """How many colours are seen on a panel."""
        return len(self.pixels(*self.screen(id)).getcolors(1 << 24))

    def known(self, expression: str, code: str = "") -> Any:
        """A plain value in the kernel (JupyterLab only)."""
        assert isinstance(self.page, LabPage)
        return json.loads(eval(self.page.kernel(f"__import__('json').dumps({expression})", code)))

    def eventually(self, expression: str, expected: Any, seconds: float = 10.0) -> Any:
        """Ask the kernel until the value is the expected one, or time is up; gives the last value."""
        deadline = time.monotonic() + seconds
        while (value := self.known(expression)) != expected and time.monotonic() < deadline:
            pass  # each question takes its time
        return value


def near(colour: tuple[int, int, int], other: tuple[int, int, int], slack: int = 24) -> bool:
    """Whether two colours are about the same; a picture has gone through JPEG."""
    return all(abs(one - two) <= slack for one, two in zip(colour, other, strict=True))


def reds(image: Image.Image) -> int:
    """How many pixels of a snap guide are in the picture."""
    data = image.tobytes()
    return sum(
        1
        for index in range(0, len(data), 3)
        if data[index] > 190 and data[index + 1] < 90 and data[index + 2] < 100
    )
