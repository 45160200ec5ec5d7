"""What can be done with panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets import actions

if TYPE_CHECKING:
    from studio.project import Take
    from studio.project.board import PanelEntry


@dataclass(frozen=True)
class Target:
    """What an action is done with.

    Attributes:
        panels: The chosen panels, in the order of choice.
        takes: The take shown of each; None where there is none.
        choice: The id of the choice, for an action that offers some.
    """

    panels: tuple[PanelEntry, ...]
    takes: tuple[Take | None, ...]
    choice: str = ""


class Action(actions.Action[Target]):
    """One line of the menu; `when` is one panel, any, one with a `take`, any with `takes`, any `running`."""


class Actions(actions.Actions[Target]):
    """The actions in the menu's order."""
