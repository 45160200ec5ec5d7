"""The gallery's context menu. What other rooms do is greyed until they connect it (`Actions.connect`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from widgets.actions import Action

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel


@dataclass(frozen=True)
class Chosen:
    """What an action is done with.

    Attributes:
        paths: The chosen takes, in the order shown.
        choice: The id of the choice, for an action that offers some.
    """

    paths: tuple[str, ...]
    choice: str = ""


def standard_actions(model: GalleryModel) -> list[Action[Chosen]]:
    """Every action of the gallery, in the menu's order.

    `when` is `one`, `any`, `several` (two to four, to be compared) or `picture` (one picture or film).
    """

    def on(call: Callable[..., Any], *more: Any) -> Callable[[Chosen], Any]:
        return lambda chosen: call(chosen.paths, *more)

    def page(_chosen: Chosen) -> None:
        """The page does it, or asks first and sends a message of its own."""

    away = "No storyboard is open."
    return [
        Action("open", "Open", "look", "one", "Space", page),
        Action("compare", "Compare", "look", "several", "C", page),
        Action("details", "Details", "look", "any", "Ctrl+I", page),
        Action("pick", "Pick", "mark", "any", "P", on(model.mark, "pick")),
        Action("hold", "Hold", "mark", "any", "H", on(model.mark, "hold")),
        Action("reject", "Reject", "mark", "any", "X", on(model.mark, "reject")),
        Action("tag", "Tags…", "mark", "any", "", page),
        Action("collect", "Add to a collection…", "mark", "any", "", page),
        Action("reference", "Use as reference", "board", "picture", "", why=away),
        Action("restore", "Restore shot into a panel", "board", "one", "", why=away),
        Action("reveal", "Show on the storyboard", "board", "one", "", why=away),
        Action("path", "Copy path", "file", "any", "Ctrl+C", page),
        Action("name", "Copy name", "file", "any", "", page),
        Action("folder", "Show its folder", "file", "one", "", page),
        Action("rename", "Rename…", "file", "any", "F2", page),
        Action("move", "Move to…", "file", "any", "M", page),
        Action("trash", "Put into the trash", "end", "any", "Delete", on(model.trash)),
    ]
