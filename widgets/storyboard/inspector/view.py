"""`Inspector`: the widget beside the board, over an `InspectorModel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from widgets.pace import Loop
from widgets.progress.feed import Extra, Feed, joined
from widgets.storyboard.drops import Uploads
from widgets.storyboard.inspector import wire
from widgets.storyboard.inspector.comparing import pair_of
from widgets.storyboard.inspector.model import InspectorModel
from widgets.storyboard.inspector.sheet import catalogue, state
from widgets.storyboard.inspector.supply import Supply
from widgets.theme import stylesheet

if TYPE_CHECKING:
    from widgets.storyboard.model import StoryboardModel

_PAGE = Path(__file__).parent / "page"
_LIVE = Path(__file__).parents[2] / "progress" / "page" / "feed.css"
PARTS = ("fields", "picker", "film", "takes", "panel", "shot", "settings", "notes", "compare", "inspector")
"""The page's side, in the order in which the parts use each other."""
SHEETS = ("inspector", "fields", "takes", "notes", "compare")


class Inspector(Feed):
    """The chosen panels of a board: fields, takes, planned shot, notes, comparison.

        Storyboard(project, inspector=True)

    Args:
        board: The model of a `Storyboard`.
        loop: The kernel's loop; the running one if None.
    """

    _esm = joined(*(_PAGE / f"{part}.js" for part in PARTS))
    _css = "\n".join(
        (stylesheet(_LIVE), *((_PAGE / f"{sheet}.css").read_text(encoding="utf-8") for sheet in SHEETS))
    )
    _messages = wire.from_page

    def __init__(self, board: StoryboardModel, *, loop: Loop | None = None, **traits: Any) -> None:
        self.model = InspectorModel(board)
        self._supply = Supply(self.model, self._changed)
        self._uploads = Uploads()
        self._buffers: list[Any] = []
        self._references: list[dict[str, str]] | None = None
        self._said = ["", 0]
        super().__init__(loop=loop, **traits)
        self.model.on_change(self._changed)

    def close(self) -> None:
        """Take the widget away; the board stays."""
        self._supply.close()
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

    def _extra(self, whole: bool) -> Extra:
        rows, data = self._supply.take_out()
        fields: dict[str, Any] = {"supply": rows} if rows else {}
        if whole:
            fields["catalogue"] = catalogue(self.model)
        return Extra(fields, data)

    # from the page

    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        with self._lock:
            self._buffers = list(buffers or ())
            super()._heard(widget, content, buffers)
            self._buffers = []

    def _do(self, message: wire.FromPage) -> None:
        try:
            self._answer(message)
        except StudioError as error:
            self._said = [str(error), self._said[1] + 1]  # type: ignore[operator]
            self._changed()

    def _answer(self, message: wire.FromPage) -> None:
        model = self.model
        match message:
            case wire.SetPanel(ids=ids, field=field, value=value, more=more):
                model.set_panel(ids, field, value, coalesce=more)
            case wire.Rename(id=id, name=name):
                model.rename(id, name)
            case wire.SetShot(id=id, field=field, value=value, more=more):
                model.set_shot(id, field, value, coalesce=more)
            case wire.Lora():
                self._lora(message)
            case wire.Press(kind=kind, id=id):
                getattr(model, kind)(id)
            case wire.Unlock(kind=kind, ids=ids):
                getattr(model, kind)(ids)
            case wire.Where(ids=ids, backend=backend):
                model.set_where(ids, backend)
            case wire.OfTake():
                self._take(message)
            case wire.Step(id=id, by=by):
                model.board.step(id, by)
            case wire.Picture(id=id, name=name, source=source, value=value):
                use = model.use_reference if source == "reference" else model.use_take
                self._work(lambda: self._then_look(use(id, name, value)))
            case wire.Piece(upload=upload, name=name, size=size):
                self._uploads.add(upload, name, size, b"".join(bytes(each) for each in self._buffers))
            case wire.Dropped(id=id, name=name, upload=upload):
                file_name, data = self._uploads.take(upload)
                self._work(lambda: self._then_look(model.use_file(id, name, file_name, data)))
            case wire.Ask(kind="models"):
                self._work(model.offers.open)
            case wire.Ask(kind="references"):
                self._work(self._look)
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
            case wire.Need(items=items):
                self._work(lambda: self._supply.pictures(items))
            case wire.Film():
                self._work(lambda: self._supply.film(message))
            case _:
                pass

    def _lora(self, message: wire.Lora) -> None:
        model, id, index = self.model, message.id, message.index
        if message.do == "add":
            model.add_lora(id, str(message.value or ""))
        elif message.do == "remove":
            model.remove_lora(id, index)
        elif message.do == "strength":
            model.change_lora(id, index, strength_model=message.value, coalesce=message.more)
        else:
            model.change_lora(id, index, chain=str(message.value or ""))

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

    def _look(self) -> None:
        self._references = self.model.offers.references()

    def _then_look(self, _done: bool) -> None:
        """A reference may have come with it."""
        if self._references is not None:
            self._look()
