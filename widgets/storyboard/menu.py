"""The board's own menu. What other rooms do is greyed until they connect it (`Actions.connect`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from studio.access import Permission
from studio.errors import ProjectError
from widgets.storyboard.actions import Action, Target

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from widgets.storyboard.model import StoryboardModel


NEEDS: dict[str, Permission] = {
    **dict.fromkeys(("render", "render_on", "cancel"), "render"),
    **dict.fromkeys(("reference", "restore", "rename", "lock", "duplicate", "front", "back"), "arrange"),
    **dict.fromkeys(("pick", "hold", "reject"), "rate"),
    "delete": "delete",
}
"""What greys a line for a role. It is refused by `studio` all the same."""


def standard_actions(model: StoryboardModel) -> list[Action]:
    """Every action of a board, in the menu's order."""

    def on(call: Callable[..., Any], *more: Any) -> Callable[[Target], Any]:
        return lambda target: call([entry.id for entry in target.panels], *more)

    def render_on(target: Target) -> None:
        model.render([entry.id for entry in target.panels], target.choice)

    def plan(entry: PanelEntry, shot: dict[str, Any], label: str) -> None:
        """A shot is fixed as soon as there are takes of it; who asks for another one means to change it."""
        opened = {"locked": False} if entry.locked is None else {}
        model.board.change({entry.name: {"shot": shot, **opened}}, label=label)

    def reference(target: Target) -> None:
        take = target.takes[0]
        if take is None:
            raise ProjectError("this panel has no take yet", where=target.panels[0].name)
        entry = target.panels[0]
        name = model.project.references.add(take.path)
        shot = {**entry.shot, "images": {**entry.shot.get("images", {}), "image": name}}
        plan(entry, shot, "Use as reference")

    def restore(target: Target) -> None:
        take = target.takes[0]
        if take is None:
            raise ProjectError("this panel has no take yet", where=target.panels[0].name)
        shot = take.shot.model_dump(mode="json", exclude_none=True)
        plan(target.panels[0], shot, "Restore the shot")

    def rename(_target: Target) -> None:
        """The page asks for the name and sends a message of its own."""

    actions = [
        Action("render", "Render", "render", "any", "R", on(model.render)),
        Action("render_on", "Render on", "render", "any", "", render_on, model.backends),
        Action("cancel", "Cancel the render", "render", "running", "", on(model.cancel)),
        Action("compare", "Compare takes", "takes", "takes", "C", why="Open the panel inspector to compare."),
        Action("reveal", "Show in the gallery", "takes", "take", "", why="No gallery is open."),
        Action("reference", "Use as reference", "takes", "take", "", reference),
        Action("restore", "Restore workflow and parameters", "takes", "take", "", restore),
        Action("notes", "Notes", "panel", "one", "N", why="Open the panel inspector to write notes."),
        Action("rename", "Rename", "panel", "one", "F2", rename),
        Action("lock", "Lock", "panel", "any", "L", on(model.lock)),
        Action("pick", "Pick", "mark", "any", "", on(model.mark, "pick")),
        Action("hold", "Hold", "mark", "any", "", on(model.mark, "hold")),
        Action("reject", "Reject", "mark", "any", "", on(model.mark, "reject")),
        Action("duplicate", "Duplicate", "board", "any", "Ctrl+D", on(model.duplicate)),
        Action("front", "Bring to the front", "board", "any", "]", on(model.restack, "front")),
        Action("back", "Send to the back", "board", "any", "[", on(model.restack, "back")),
        Action("delete", "Delete", "end", "any", "Delete", on(model.remove)),
    ]
    return [_within(model, action) for action in actions]


def _within(model: StoryboardModel, action: Action) -> Action:
    """The action, greyed with the reason if the role that the project was opened in may not."""
    needs = NEEDS.get(action.id)
    why = model.project.access.why(needs) if needs is not None else ""
    return replace(action, run=None, choices=None, why=f"{why[0].upper()}{why[1:]}.") if why else action
