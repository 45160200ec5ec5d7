"""What can be done with panels: one list, for the context menu, the keyboard and whoever adds to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from studio.project import Take
    from studio.project.board import PanelEntry

When = Literal["one", "any", "take", "takes", "running"]
"""Which selection it needs: one panel, any, one with a take, any with takes, any that renders."""


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


@dataclass(frozen=True)
class Action:
    """One line of the menu.

    Attributes:
        run: Does it; None where the room that can is not there: the line is greyed and says `why`.
        choices: Gives (id, title) of what it offers to choose from, if it does; called when that is opened.
    """

    id: str
    title: str
    group: str
    when: When = "any"
    key: str = ""
    run: Callable[[Target], Any] | None = None
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None
    why: str = ""

    def row(self) -> dict[str, Any]:
        """What the page needs of it."""
        return {
            "id": self.id,
            "title": self.title,
            "group": self.group,
            "when": self.when,
            "key": self.key,
            "ready": self.run is not None,
            "choices": self.choices is not None,
            "why": self.why,
        }


class Actions:
    """The actions in the menu's order."""

    def __init__(self, actions: Sequence[Action], changed: Callable[[], None]) -> None:
        self._actions = {action.id: action for action in actions}
        self._changed = changed

    def __iter__(self) -> Any:
        return iter(self._actions.values())

    def get(self, id: str) -> Action | None:
        """The action of that id."""
        return self._actions.get(id)

    def connect(
        self,
        id: str,
        run: Callable[[Target], Any] | None,
        *,
        choices: Callable[[], Sequence[tuple[str, str]]] | None = None,
        why: str = "",
    ) -> None:
        """Say what an action does: how another room puts its part into the board's menu.

        Raises:
            KeyError: there is no such action; see `add`.
        """
        self._actions[id] = replace(self._actions[id], run=run, choices=choices, why=why)
        self._changed()

    def add(self, action: Action, *, after: str = "") -> None:
        """Put another action into the menu, behind that of the id `after`, else at the end."""
        placed: dict[str, Action] = {}
        for id, each in self._actions.items():
            placed[id] = each
            if id == after:
                placed[action.id] = action
        placed.setdefault(action.id, action)
        self._actions = placed
        self._changed()
