"""`Inspector`: the widget beside the board, over an `InspectorModel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from widgets.pace import Loop
from widgets.progress.feed import joined
from widgets.shared import shared
from widgets.storyboard.inspector import wire
from widgets.storyboard.inspector.comparing import pair_of
from widgets.storyboard.inspector.model import InspectorModel
from widgets.storyboard.inspector.sheet import catalogue, state
from widgets.storyboard.inspector.shotfeed import ShotFeed
from widgets.theme import stylesheet

if TYPE_CHECKING:
    from widgets.storyboard.model import StoryboardModel

_PAGE = Path(__file__).parent / "page"
_LIVE = Path(__file__).parents[2] / "progress" / "page" / "feed.css"
PARTS = ("fields", "picker", "film", "takes", "panel", "shot", "settings", "notes", "compare", "inspector")
"""The page's side, in the order in which the parts use each other."""
SHEETS = ("inspector", "fields", "takes", "notes", "compare")


class Inspector(ShotFeed):
    """The chosen panels of a board: fields, takes, planned shot, notes, comparison.

        Storyboard(project, inspector=True)

    Args:
        board: The model of a `Storyboard`.
        loop: The kernel's loop; the running one if None.
    """

    _esm = joined(*shared("lens.js", "pieces.js", "contrast.js"), *(_PAGE / f"{part}.js" for part in PARTS))
    _css = "\n".join(
        (
            stylesheet(_LIVE),
            *(sheet.read_text(encoding="utf-8") for sheet in shared("contrast.css")),
            *((_PAGE / f"{sheet}.css").read_text(encoding="utf-8") for sheet in SHEETS),
        )
    )
    _messages = wire.from_page

    model: InspectorModel

    def __init__(self, board: StoryboardModel, *, loop: Loop | None = None, **traits: Any) -> None:
        super().__init__(InspectorModel(board), loop=loop, **traits)

    def close(self) -> None:
        """Take the widget away; the board stays."""
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            names = ", ".join(entry.title or entry.name for entry in self.model.panels[:8])
            bundle[0]["text/plain"] = f"Inspector of {names or 'no panel'}"
        return bundle

    # to the page

    def _state(self) -> dict[str, Any]:
        return {**state(self.model), "references": self._references, "said": list(self._said)}

    def _catalogue(self) -> dict[str, Any]:
        return catalogue(self.model)

    # from the page

    def _answer(self, message: Any) -> None:
        model = self.model
        match message:
            case wire.SetPanel(ids=ids, field=field, value=value, more=more):
                model.set_panel(ids, field, value, coalesce=more)
            case wire.Rename(id=id, name=name):
                model.rename(id, name)
            case wire.Unlock(kind=kind, ids=ids):
                getattr(model, kind)(ids)
            case wire.Where(ids=ids, backend=backend):
                model.set_where(ids, backend)
            case wire.OfTake():
                self._take(message)
            case wire.Step(id=id, by=by):
                model.board.step(id, by)
            case wire.Notes(id=id, text=text, base=base):
                model.write_notes(id, text, base)
            case wire.Settle(id=id, text=note):
                model.settle_notes(id, note)
            case wire.Resolve(id=id, field=field, choice=choice):
                model.resolve(id, field, choice)
            case wire.Compare(ids=ids, versions=versions):
                self._compare(ids, versions)
            case wire.Done():
                model.close_compare()
            case _:
                pass

    def _take(self, message: wire.OfTake) -> None:
        model, id, version = self.model, message.id, message.version
        match message.do:
            case "show":
                model.board.show(id, version)
            case "rate":
                model.rate_take(id, version, message.stars)
            case "trash":
                model.delete_take(id, version)
            case "seed":
                model.keep_seed(id, version)
            case action:
                self._work(lambda: self._then_look(model.act(action, id, version)))

    def _compare(self, ids: list[str], versions: list[int]) -> None:
        if len(versions) < 2:
            pair = pair_of(self.model.board, [self.model.entry(id) for id in ids])
            self.model.compare(*pair)
            return
        show = self.model.pair is None
        self.model.compare((ids[0], versions[0]), (ids[-1], versions[1]), show=show)
