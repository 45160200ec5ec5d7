"""What the pages that plan a shot have in common: its fields, its pictures, films played, files dropped."""

from __future__ import annotations

from typing import Any, cast

from studio.errors import StudioError
from widgets.pace import Loop
from widgets.progress.feed import Extra, Feed
from widgets.storyboard.drops import Uploads
from widgets.storyboard.inspector import wire
from widgets.storyboard.inspector.planning import PlannedShots
from widgets.storyboard.inspector.supply import Supply


class ShotFeed(Feed):
    """A widget over planned shots.

    Args:
        model: Whose shots are planned.
        loop: The kernel's loop; the running one if None.
    """

    def __init__(self, model: PlannedShots, *, loop: Loop | None = None, **traits: Any) -> None:
        self.model = model
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
        super().close()

    def _catalogue(self) -> dict[str, Any]:
        """What seldom changes while the widget is open."""
        raise NotImplementedError

    def _answer(self, message: Any) -> None:
        """What a message asks for that is none of a planned shot's."""
        raise NotImplementedError

    # to the page

    def _extra(self, whole: bool) -> Extra:
        rows, data = self._supply.take_out()
        fields: dict[str, Any] = {"supply": rows} if rows else {}
        if whole:
            fields["catalogue"] = self._catalogue()
        return Extra(fields, data)

    # from the page

    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        with self._lock:
            self._buffers = list(buffers or ())
            super()._heard(widget, content, buffers)
            self._buffers = []

    def _do(self, message: Any) -> None:
        try:
            if not self._plan(message):
                self._answer(message)
        except StudioError as error:
            self._said = [str(error), cast("int", self._said[1]) + 1]
            self._changed()

    def _plan(self, message: Any) -> bool:
        """Do what is asked of a planned shot; False if it is something else."""
        model = self.model
        match message:
            case wire.SetShot(id=id, field=field, value=value, more=more):
                model.set_shot(id, field, value, coalesce=more)
            case wire.Lora():
                self._lora(message)
            case wire.Press(kind=kind, id=id):
                getattr(model, kind)(id)
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
            case wire.Need(items=items):
                self._work(lambda: self._supply.pictures(items))
            case wire.Film():
                self._work(lambda: self._supply.film(message))
            case _:
                return False
        return True

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

    def _look(self) -> None:
        self._references = self.model.offers.references()

    def _then_look(self, _done: bool) -> None:
        """A reference may have come with it."""
        if self._references is not None:
            self._look()
