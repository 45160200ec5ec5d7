"""The rooms of a console: how each is made, and which doors between them are opened then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from widgets.actions import Action

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from widgets.console.model import ConsoleModel
    from widgets.progress import Progress
    from widgets.storyboard.actions import Target

ROOMS = {
    "cinema": "Cinema",
    "storyboard": "Storyboard",
    "gallery": "Gallery",
    "farm": "Farm",
    "video": "Video",
}
"""Room → its title, in the order of the tabs."""


class Rooms:
    """The rooms of one project that were entered.

    Args:
        console: Whose.
    """

    def __init__(self, console: ConsoleModel) -> None:
        self._console = console
        self.widgets: dict[str, Any] = {}
        self.scene_shown: Any = None  # as Cinema was last brought to agree with a panel, or began
        self._stops: list[Callable[[], None]] = []
        self._makers: dict[str, Callable[[], Any]] = {
            "cinema": self._cinema,
            "storyboard": self._storyboard,
            "gallery": self._gallery,
            "farm": self._farm,
            "video": self._video,
        }

    def there(self, room: str) -> Any:
        """The widget of a room that was entered; None if it was not."""
        return self.widgets.get(room)

    def get(self, room: str) -> tuple[Any, bool]:
        """The widget of a room, and whether it was made just now."""
        if room in self.widgets:
            return self.widgets[room], False
        self.widgets[room] = made = self._makers[room]()
        return made, True

    def progress(self) -> Progress:
        """All jobs of the farm, which is open."""
        if "progress" not in self.widgets:
            from widgets.progress import Progress

            self.widgets["progress"] = Progress(self._console.project, loop=self._console.loop)
        found: Progress = self.widgets["progress"]
        return found

    def close(self) -> None:
        """End all of them."""
        for stop in self._stops:
            stop()
        self._stops.clear()
        for room in ("video", "gallery", "farm", "progress", "cinema", "storyboard"):
            widget = self.widgets.pop(room, None)
            if widget is not None:
                widget.close()

    # what happens elsewhere

    def show_scene(self, entry: PanelEntry) -> None:
        """Show a panel's look in Cinema, if it has a shot.

        Raises:
            StudioError: its plan can't be read.
        """
        from widgets.console.looks import scene_of

        model = self.widgets["cinema"].model
        scene = scene_of(self._console.project, entry)
        if scene is not None:
            target = scene.pop("target") or model.target
            model.show_scene(target=target, **scene)
        self.scene_shown = model.scene

    def delivered(self, job: Any) -> None:
        """A render brought takes; the gallery watches the disk itself."""
        board = self.there("storyboard")
        if board is not None:
            entry = self._console.project.board.state.by_id.get(str(job.meta.get("panel_id") or ""))
            if entry is not None:
                board.model.shelf.refresh({entry.id: entry.name})

    def files_moved(self, *_: Any) -> None:
        """Files came, went or have other names: the board looks at its panels' folders."""
        board = self.there("storyboard")
        if board is not None:
            board.model.look()

    # how each is made

    def _cinema(self) -> Any:
        from widgets.configurator import Configurator

        console = self._console
        made = Configurator(target="flux", loop=console.loop)
        self.scene_shown = made.model.scene
        self.widgets["cinema"] = made
        if len(console.chosen) == 1:
            console._show_look(console.chosen[0].id)
        made.model.on_change(console._tell)
        return made

    def _storyboard(self) -> Any:
        from widgets.storyboard import Storyboard

        console = self._console
        made = Storyboard(console.project, inspector=True, loop=console.loop)
        model: Any = made.model
        inspector: Any = made.side
        model.select(entry.id for entry in console.chosen)
        inspector.model.connect_look(lambda entry: console.show_look(entry.id))

        def told(news: Any) -> None:
            if news.selection:
                console.choose(model.selection)

        self._stops += [model.on_change(told), model.on_error(self._board_failed)]
        actions = model.actions
        actions.connect("reveal", lambda target: console.reveal_in_gallery(_take(target).path))
        actions.add(
            Action(
                "first_frame", "Use as first frame of a film", "takes", "take",
                run=lambda target: console.first_frame(_take(target).path),
            ),
            after="reference",
        )  # fmt: skip
        actions.add(
            Action(
                "notebook", "Save as notebook", "panel", "one", why=(why := console.may("arrange")),
                run=None if why else lambda target: console.save_notebook(target.panels[0].id),
            ),
            after="notes",
        )  # fmt: skip
        actions.add(
            Action(
                "print", "Print these panels (PDF)", "board", "any",
                run=lambda target: console.work(
                    "The storyboard was not printed",
                    lambda: console.print_board([entry.name for entry in target.panels]),
                ),
            ),
            after="back",
        )  # fmt: skip
        return made

    def _gallery(self) -> Any:
        from widgets.gallery import Gallery

        console = self._console
        made = Gallery(console.project, loop=console.loop)
        model = made.model
        model.actions.connect("reveal", lambda chosen: console.reveal_on_board(chosen.paths[0]))
        model.actions.add(
            Action(
                "first_frame", "Use as first frame of a film", "board", "picture",
                run=lambda chosen: console.first_frame(chosen.paths[0]),
            ),
            after="reference",
        )  # fmt: skip
        self._stops += [
            model.gallery.watch(self.files_moved),
            model.on_change(lambda _news: console.recount()),
            model.on_error(lambda words: console.notices.error(words, room="gallery")),
        ]
        return made

    def _farm(self) -> Any:
        from widgets.farm import Farm

        return Farm(self._console.project, loop=self._console.loop)

    def _video(self) -> Any:
        from widgets.video import Video

        return Video(self._console.storyboard.model, loop=self._console.loop)

    def _board_failed(self, words: str) -> None:
        self._console.notices.error(words, room="storyboard")


def _take(target: Target) -> Any:
    take = next((each for each in target.takes if each is not None), None)
    if take is None:
        raise ProjectError("this panel has no take yet", where=target.panels[0].name)
    return take
