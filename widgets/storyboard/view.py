"""`Storyboard`: the widget over a `StoryboardModel`."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets
from ipywidgets import DOMWidget, widget_serialization
from pydantic import ValidationError

from studio.errors import StudioError
from studio.project.geometry import Box, Point, View
from widgets.pace import Loop, Pace, kernel_loop
from widgets.storyboard import wire
from widgets.storyboard.drops import Uploads
from widgets.storyboard.model import News, StoryboardModel
from widgets.storyboard.page import script, style
from widgets.storyboard.pictures import Pictures
from widgets.storyboard.stage import Frame, Stage, Window

MOST_VIEWS = 8
"""Page views at once; beyond that the one silent for longest is dropped, and comes back when it speaks."""


class Storyboard(anywidget.AnyWidget):
    """A project's storyboard, as a canvas.

    `storyboard.model` is what it shows and does, without a page. Page and kernel talk by checked messages;
    nothing of the project is in the widget's synced state.

    Args:
        project: An open project.
        height: CSS pixels of the board in the page.
        inspector: Whether the panel inspector stands beside the board.
        side: Another widget to stand there in its place.
        loop: The kernel's loop; the running one if None.

    Raises:
        DataFileError: the storyboard can't be read.
    """

    _esm = script()
    _css = style()

    height = traitlets.Int(640, min=240, max=4000, help="CSS pixels of the board in the page.").tag(sync=True)
    side = traitlets.Instance(DOMWidget, allow_none=True, help="What stands beside the board.").tag(
        sync=True, **widget_serialization
    )

    def __init__(
        self,
        project: Any,
        *,
        height: int = 640,
        inspector: bool = False,
        side: DOMWidget | None = None,
        loop: Loop | None = None,
        **traits: Any,
    ) -> None:
        self.model = StoryboardModel(project)
        self._lock = threading.RLock()
        self._stages: dict[str, Stage] = {}  # the one heard from last is last
        self._rows: dict[str, dict[str, Any]] = {}
        self._order: list[str] = []
        self._running: dict[str, Any] = {}
        self._news = News()
        self._said: list[str] = []
        self._speaker = self._chosen_by = ""  # the view whose hand chose
        self._uploads = Uploads()
        self._made_pictures: Pictures | None = None
        super().__init__(height=height, side=side, **traits)
        self._pace = Pace(self._flush, loop if loop is not None else kernel_loop())
        self._stops = [self.model.on_change(self._changed), self.model.on_error(self._failed)]
        self.on_msg(self._heard)
        if inspector and side is None:
            from widgets.storyboard.inspector import Inspector

            self.side = Inspector(self.model, loop=loop)
            self._stops.append(self.side.close)

    # for the next cell

    @property
    def selection(self) -> list[str]:
        """The names of the chosen panels."""
        return [entry.name for entry in self.model.chosen]

    def select(self, *names: str) -> None:
        """Choose panels by name."""
        state = self.model.board.state
        self.model.select(entry.id for name in names if (entry := state.find(name)))

    def fit(self, *names: str) -> None:
        """Show all panels, or these, in every page."""
        state = self.model.board.state
        ids = [entry.id for name in names if (entry := state.find(name))]
        self.send({"kind": "go", "fit": ids or "all"})

    def on_selection(self, callback: Callable[[list[str]], None]) -> Callable[[], None]:
        """Call `callback` with the chosen panels' names whenever others are chosen; gives what ends it."""
        return self.model.on_change(lambda news: callback(self.selection) if news.selection else None)

    def close(self) -> None:
        """End the widget and its background work; the storyboard is written."""
        for stop in self._stops:
            stop()
        self._stops = []
        for stage in self._stages.values():
            stage.close()
        self._stages.clear()
        if self._made_pictures is not None:
            self._made_pictures.close()
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            names = ", ".join(entry.title or entry.name for entry in list(self.model.entries.values())[:12])
            bundle[0]["text/plain"] = (
                f"Storyboard of {self.model.project.name}: {len(self.model.order)} panels ({names})"
            )
        return bundle

    # to the page

    @property
    def _pictures(self) -> Pictures:
        if self._made_pictures is None:
            self._made_pictures = Pictures.of(self.model.project.path)
        return self._made_pictures

    def _changed(self, news: News) -> None:
        """The model changed, on whatever thread."""
        with self._lock:
            if news.selection:
                self._chosen_by = self._speaker
            self._news = News(
                self._news.cards or news.cards,
                self._news.selection or news.selection,
                self._news.progress or news.progress,
                self._news.menu or news.menu,
            )
        self._pace.ask()

    def _failed(self, words: str) -> None:
        with self._lock:
            self._said.append(words)
        self._pace.ask()

    def _flush(self) -> None:
        """Tell the pages what changed, and draw once what is to be drawn anew."""
        with self._lock:
            news, self._news = self._news, News()
            said, self._said = self._said, []
            stages = list(self._stages.values())
        if not stages:
            return
        if news.cards or news.progress:
            self._tell_panels(stages, always=news.cards)
        if news.selection:
            # The view it comes from may have chosen others meanwhile, and does not listen.
            self.send({"kind": "selection", "ids": list(self.model.selection), "by": self._chosen_by})
        if news.menu:
            self.send({"kind": "menu", "actions": [action.row() for action in self.model.actions]})
        if news.progress:
            self._tell_progress()
        for words in said:
            self.send({"kind": "error", "text": words})
        for stage in stages:
            if stage.dirty:
                self._paint(stage)

    def _tell_panels(self, stages: list[Stage], *, always: bool) -> None:
        rows = {card.id: card.row() for card in self.model.cards}
        order = list(rows)
        news = wire.changes(self._rows, rows)
        stacked = order != self._order
        self._rows, self._order = rows, order
        if news["panels"] or news["gone"] or stacked:
            for stage in stages:
                stage.dirty = True
        elif not always:
            return  # a render went on, which is told otherwise
        self.send({"kind": "panels", **news, **self._board_row(), **({"stack": order} if stacked else {})})

    def _board_row(self) -> dict[str, Any]:
        board = self.model.board
        return {
            "revision": self.model.revision,
            "story": list(self.model.order),
            "undo": board.can_undo or "",
            "redo": board.can_redo or "",
        }

    def _tell_progress(self) -> None:
        running = {
            id: [found.state, found.percent, found.line, found.jobs]
            for id, found in self.model.renders.all().items()
        }
        if running != self._running:
            self._running = running
            self.send({"kind": "progress", "running": running})

    def _paint(self, stage: Stage) -> None:
        cards = self.model.cards
        revision = self.model.revision
        number = stage.frames + 1
        stage.develop()
        missing = sum(len(keys) for keys in stage.wanted(cards).values())
        self.send(_frame_row(stage, number, revision, missing))
        frame = stage.paint(cards, revision)
        self.send({"kind": "spots", "view": stage.id, "number": frame.number, "spots": _spot_rows(frame)})
        if any(card.path for card in cards):
            stage.fetch(cards, self._pictures, self._pace.ask)
        if stage.dirty:
            self._pace.ask()

    # from the page

    def _heard(self, _widget: Any, content: Any, buffers: Any) -> None:
        """A message from the page, which anybody with the page can send."""
        try:
            message = wire.from_page.validate_python(content)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            self.send(
                {"kind": "error", "text": f"The page sent something that is no request of it ({place})."}
            )
            return
        try:
            self._do(message, buffers)
        except Exception as error:  # an error in a callback is seen nowhere else
            self.send({"kind": "error", "text": _words(error)})
            self._changed(News(cards=True))  # what the page did of itself is taken back

    def _do(self, message: wire.FromPage, buffers: Any) -> None:
        model = self.model
        match message:
            case wire.Hello():
                self._welcome(message)
            case wire.Look(view=view):
                self._stage(view, lambda stage: stage.look(_window(message)))
            case wire.Dress(view=view, palette=palette):
                self._stage(view, lambda stage: stage.dress(palette))
            case wire.Bye(view=view):
                self._drop_stage(view)
            case wire.Select(ids=ids, view=view):
                self._speaker = view
                try:
                    model.select(ids)
                finally:
                    self._speaker = ""
            case wire.Move(ids=ids, dx=dx, dy=dy):
                model.move(ids, dx, dy)
            case wire.Resize(id=id, box=box):
                model.place({id: Box(*box)})
            case wire.Act(action=action, ids=ids, choice=choice):
                model.act(action, ids, choice)
            case wire.Choices(action=action):
                self._choices(action)
            case wire.Arrange(ids=ids, how=how):
                self._arrange(ids, how)
            case wire.Step(id=id, by=by):
                model.step(id, by)
            case wire.Rate(ids=ids, stars=stars):
                model.rate(ids, stars)
            case wire.Rename(id=id, name=name):
                model.rename(id, name)
            case wire.Add(at=at):
                model.add(Point(*at) if at else None)
            case wire.Press(kind=button):
                self._press(button)
            case wire.Piece(upload=upload, name=name, size=size):
                self._uploads.add(upload, name, size, b"".join(bytes(piece) for piece in buffers or ()))
            case wire.Drop():
                self._drop(message)

    def _press(self, button: str) -> None:
        if button == "render_all":
            self.model.render()
        elif button == "save":
            self.model.save()
            self.send({"kind": "saved"})
        else:
            label = self.model.undo() if button == "undo" else self.model.redo()
            if label:
                self.send(
                    {"kind": "said", "text": f"{'Undone' if button == 'undo' else 'Done again'}: {label}"}
                )

    def _arrange(self, ids: list[str], how: wire.How) -> None:
        if how == "grid":
            self.model.arrange(ids)
        elif how == "horizontal" or how == "vertical":
            self.model.distribute(ids, how)
        else:
            self.model.align(ids, how)

    def _choices(self, id: str) -> None:
        action = self.model.actions.get(id)
        offered = action.choices() if action is not None and action.choices is not None else ()
        self.send({"kind": "choices", "action": id, "choices": [list(each) for each in offered]})

    def _drop(self, message: wire.Drop) -> None:
        at = Point(*message.at) if message.at else None
        if message.takes:
            self.model.drop_takes(message.takes, message.panel, at)
        if message.uploads:
            self.model.drop_files([self._uploads.take(id) for id in message.uploads], message.panel, at)

    def _welcome(self, hello: wire.Hello) -> None:
        """A page that knows nothing yet, or one that was dropped: a canvas of its own, then everything."""
        self._drop_stage(hello.view)
        while len(self._stages) >= MOST_VIEWS:
            self._drop_stage(next(iter(self._stages)))
        self.model.watch()
        stage = Stage(hello.view, _window(hello), hello.palette)
        with self._lock:
            self._stages[stage.id] = stage
        rows = {card.id: card.row() for card in self.model.cards}
        self._rows, self._order = rows, list(rows)
        self.send(
            {
                "kind": "stage",
                "view": stage.id,
                "canvas": stage.canvas.model_id,
                "title": self.model.project.name,
                "key": hashlib.sha256(str(self.model.project.path).encode()).hexdigest()[:16],
                "panels": list(rows.values()),
                "stack": list(rows),
                "selection": list(self.model.selection),
                "actions": [action.row() for action in self.model.actions],
                "running": self._running,
                **self._board_row(),
            }
        )
        self._running = {}
        self._tell_progress()
        for problem in self.model.board.problems:
            self._failed(problem)
        self._pace.ask()

    def _stage(self, view: str, do: Callable[[Stage], None]) -> None:
        stage = self._stages.get(view)
        if stage is None:
            self.send({"kind": "stranger", "view": view})  # dropped for want of room: say hello again
            return
        with self._lock:
            self._stages[view] = self._stages.pop(view)
        do(stage)
        self._pace.ask()

    def _drop_stage(self, view: str) -> None:
        with self._lock:
            stage = self._stages.pop(view, None)
        if stage is not None:
            stage.close()


def _window(seen: wire.Hello | wire.Look) -> Window:
    return Window(View(seen.x, seen.y, seen.zoom), seen.width, seen.height, seen.ratio)


def _frame_row(stage: Stage, number: int, revision: int, missing: int) -> dict[str, Any]:
    view = stage.window.view
    return {
        "kind": "frame", "view": stage.id, "number": number, "revision": revision,
        "x": view.x, "y": view.y, "zoom": view.zoom,
        "width": stage.window.width, "height": stage.window.height, "missing": missing,
    }  # fmt: skip


def _spot_rows(frame: Frame) -> list[list[Any]]:
    return [[id, kind, *(round(side, 1) for side in place)] for id, kind, *place in frame.spots]


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
