"""History: what was done to files and said of them, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictStr

from widgets.gallery.room import Asked, Nothing, Request

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel


class To(Asked):
    """Back to before a deed, and all that was done after it."""

    id: Annotated[StrictStr, Field(min_length=1, max_length=100)]


class HistoryDesk:
    """What was done in one gallery."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self.requests = {
            "desk.history": Request(Nothing, lambda asked: self.list()),
            "desk.history.undo": Request(Nothing, self.undo, line="deed"),
            "desk.history.redo": Request(Nothing, self.redo, line="deed"),
            "desk.history.to": Request(To, self.undo_to, line="deed"),
        }

    def list(self) -> dict[str, Any]:
        """All deeds, newest first: id, room, label, at (ISO, UTC), takes, undone, notes."""
        return {
            "deeds": [
                {
                    "id": deed.id,
                    "room": deed.room,
                    "label": deed.label,
                    "at": deed.at.isoformat(),
                    "takes": deed.takes,
                    "undone": deed.undone,
                    "notes": list(deed.notes),
                }
                for deed in self._model.gallery.history()
            ]
        }

    def undo(self, asked: Nothing) -> dict[str, Any]:
        """Take back the last deed; `said` is "" if there was none."""
        return {**self._after(self._model.undo()), "way": "undo"}

    def redo(self, asked: Nothing) -> dict[str, Any]:
        """Do again what was taken back last."""
        return {**self._after(self._model.redo()), "way": "redo"}

    def undo_to(self, asked: To) -> dict[str, Any]:
        """Take back a deed and all after it."""
        undone = self._model.gallery.undo_to(asked.id)
        said = undone[0] if len(undone) == 1 else f"{len(undone)} steps"
        return {**self._after(said), "way": "undo"}

    def _after(self, said: str | None) -> dict[str, Any]:
        return {**self.list(), "said": said or ""}
