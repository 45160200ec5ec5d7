"""What can be done with what is chosen: one list for the menu, the keyboard and whoever adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

Chosen = TypeVar("Chosen")
"""What an action is done with, such as panels of a storyboard or takes of a gallery."""


@dataclass(frozen=True)
class Action(Generic[Chosen]):
    """One line of the menu.

    Attributes:
        when: Which selection it needs, in a word that the page knows: `one`, `any`, ….
        run: Does it; None where the room that can is not there: the line is greyed and says `why`.
        choices: Gives (id, title) of what it offers to choose from, if it does; called when that is opened.
    """

    id: str
    title: str
    group: str
    when: str = "any"
    key: str = ""
    run: Callable[[Chosen], Any] | None = None
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


class Actions(Generic[Chosen]):
    """The actions in the menu's order."""

    def __init__(self, actions: Sequence[Action[Chosen]], changed: Callable[[], None]) -> None:
        self._actions = {action.id: action for action in actions}
        self._changed = changed

    def __iter__(self) -> Iterator[Action[Chosen]]:
        return iter(self._actions.values())

    def get(self, id: str) -> Action[Chosen] | None:
        """The action of that id."""
        return self._actions.get(id)

    def connect(
        self,
        id: str,
        run: Callable[[Chosen], Any] | None,
        *,
        choices: Callable[[], Sequence[tuple[str, str]]] | None = None,
        why: str = "",
    ) -> None:
        """Say what an action does: how another room puts its part into the menu.

        Raises:
            KeyError: there is no such action; see `add`.
        """
        self._actions[id] = replace(self._actions[id], run=run, choices=choices, why=why)
        self._changed()

    def add(self, action: Action[Chosen], *, after: str = "") -> None:
        """Put another action into the menu, behind that of the id `after`, else at the end."""
        placed: dict[str, Action[Chosen]] = {}
        for id, each in self._actions.items():
            placed[id] = each
            if id == after:
                placed[action.id] = action
        placed.setdefault(action.id, action)
        self._actions = placed
        self._changed()
