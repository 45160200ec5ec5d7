"""The one place that knows ipycanvas: drawing on it so that every page sees it, also one that comes later.

ipycanvas 0.14 sends all drawing of a kernel through one manager, which remembers the canvas that it last drew
on and does not name it again. A page that came later never heard the name: its canvas stays blank, and the
error stops every other canvas of that page. So the name is forgotten before each picture. That is a private
name, which is why ipycanvas is pinned and tests/widgets/test_storyboard_ink.py looks at what is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ipycanvas import Canvas
from ipycanvas.canvas import _CANVAS_MANAGER, COMMANDS

_one_picture = threading.RLock()  # ipycanvas collects the commands of all threads in one list


@contextmanager
def picture() -> Iterator[None]:
    """Draw in here: everything is sent at once at the end, and nothing at all if it raises."""
    manager = _CANVAS_MANAGER
    with _one_picture:
        manager.flush()  # what somebody else holds back goes first, to its own canvas
        held, manager._caching = manager._caching, True  # `hold_canvas` would hold for ever after an error
        manager._current_canvas = None
        try:
            yield
            manager.flush()
        finally:
            manager._commands_cache, manager._buffers_cache = [], []
            manager._current_canvas = None
            manager._caching = held


def paste_jpeg(canvas: Canvas, jpeg: bytes, x: int, y: int) -> None:
    """Put a whole, valid JPEG on `canvas`, in its pixels.

    `Canvas.put_image_data` would encode it once more. A file that no browser can decode would hold up every
    canvas of the page, so only what was encoded here may come in.
    """
    canvas._canvas_manager.send_draw_command(canvas, COMMANDS["putImageData"], [x, y], [jpeg])


class Pen:
    """Draws on a canvas in CSS pixels, sharp at any pixel ratio; styles are only sent when they change.

    Args:
        canvas: Where; its size is in device pixels.
        ratio: Device pixels a CSS pixel.
    """

    def __init__(self, canvas: Canvas, ratio: float) -> None:
        self.canvas = canvas
        self.ratio = ratio
        self._styles: dict[str, Any] = {}
        canvas.set_transform(ratio, 0, 0, ratio, 0, 0)

    def clear(self) -> None:
        """Nothing on it."""
        self.canvas.clear()

    def style(self, **styles: Any) -> None:
        """Set `fill_style`, `font`, … where they are not set already."""
        for name, value in styles.items():
            if self._styles.get(name) != value:
                self._styles[name] = value
                setattr(self.canvas, name, value)

    def snap(self, length: float) -> float:
        """The nearest whole device pixel, in CSS pixels."""
        return round(length * self.ratio) / self.ratio

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self.style(fill_style=colour)
        self.canvas.fill_rect(_short(x), _short(y), _short(width), _short(height))

    def frame(self, x: float, y: float, width: float, height: float, colour: str, line: float = 1) -> None:
        """The outline of a rectangle, inside it."""
        self.style(stroke_style=colour, line_width=line)
        half = line / 2
        self.canvas.stroke_rect(
            _short(x + half), _short(y + half), _short(width - line), _short(height - line)
        )

    def path(self, *points: tuple[float, float], closed: bool = False) -> None:
        """Begin a path along `points`."""
        canvas = self.canvas
        canvas.begin_path()
        canvas.move_to(_short(points[0][0]), _short(points[0][1]))
        for x, y in points[1:]:
            canvas.line_to(_short(x), _short(y))
        if closed:
            canvas.close_path()

    def fill(self, colour: str) -> None:
        """Fill the path."""
        self.style(fill_style=colour)
        self.canvas.fill()

    def stroke(self, colour: str, line: float = 1) -> None:
        """Draw the path's line."""
        self.style(stroke_style=colour, line_width=line)
        self.canvas.stroke()

    def round(self, x: float, y: float, width: float, height: float, radius: float) -> None:
        """Begin the path of a rectangle with round corners."""
        canvas = self.canvas
        right, bottom = x + width, y + height
        canvas.begin_path()
        canvas.move_to(_short(x + radius), _short(y))
        for corner, end in (
            ((right, y), (right, bottom)),
            ((right, bottom), (x, bottom)),
            ((x, bottom), (x, y)),
            ((x, y), (right, y)),
        ):
            canvas.arc_to(*map(_short, (*corner, *end)), _short(radius))
        canvas.close_path()

    def text(
        self, text: str, x: float, y: float, *, font: str, colour: str, align: str = "left", width: float = 0
    ) -> None:
        """One line, `y` its middle; squeezed into `width` if that is given and it is too long."""
        self.style(fill_style=colour, font=font, text_align=align, text_baseline="middle")
        self.canvas.fill_text(text, _short(x), _short(y), max_width=_short(width) if width else None)

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Draw in here, and it is seen within the rectangle only."""
        self.canvas.save()
        self.canvas.begin_path()
        self.canvas.rect(_short(x), _short(y), _short(width), _short(height))
        self.canvas.clip()
        before = dict(self._styles)
        try:
            yield
        finally:
            self.canvas.restore()
            self._styles = before

    def image(self, image: Canvas, x: float, y: float, width: float, height: float) -> None:
        """Another canvas as a picture."""
        self.canvas.draw_image(image, _short(x), _short(y), _short(width), _short(height))


def _short(length: float) -> float:
    """Hundredths are finer than any screen, and shorter to send."""
    return round(length, 2)
