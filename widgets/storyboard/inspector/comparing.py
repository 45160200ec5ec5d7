"""Two takes side by side: which, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.project.differences import Difference, differences

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from widgets.storyboard.inspector.records import Record
    from widgets.storyboard.model import StoryboardModel

Side = tuple[str, int]
"""A panel's id and a version."""


@dataclass(frozen=True)
class Pair:
    """The two takes; `ticket` grows each time somebody asks for a pair, so that a page opens it."""

    first: Side
    second: Side
    ticket: int = 0

    @property
    def same_panel(self) -> bool:
        """Whether both are of one panel, which then remembers them."""
        return self.first[0] == self.second[0]


def pair_of(board: StoryboardModel, panels: Sequence[PanelEntry]) -> tuple[Side, Side]:
    """What is compared when one asks for it with these panels.

    Two panels: the takes they show. One: the pair it remembers, else the take it shows with the one before.

    Raises:
        ProjectError: there are no two takes.
    """
    shown = [(entry.id, take.version) for entry in panels if (take := board.take(entry.id)) is not None]
    if len(shown) >= 2:
        return shown[0], shown[1]
    for entry in panels:
        versions = [take.version for take in board.takes(entry.id)]
        if len(entry.compare) == 2 and all(version in versions for version in entry.compare):
            return (entry.id, entry.compare[0]), (entry.id, entry.compare[1])
        if len(versions) >= 2:
            take = board.take(entry.id)
            at = versions.index(take.version) if take is not None and take.version in versions else -1
            at = at % len(versions)
            other = at - 1 if at > 0 else 1
            return (entry.id, versions[min(at, other)]), (entry.id, versions[max(at, other)])
    raise ProjectError(
        "there are no two takes to compare",
        where="compare",
        hint="Choose two panels, or render another take.",
    )


def told(first: Record, second: Record, folders: Iterable[Path]) -> tuple[list[Difference], str]:
    """In what two takes differ, and what is to be said if that is not known."""
    if first.shot is None or second.shot is None:
        why = first.why if first.shot is None else second.why
        return [], why or "One of them holds no shot."
    found = list(differences(first.shot, second.shot, folders=folders))
    one, other = first.provenance, second.provenance
    if one is not None and other is not None:
        for field, label in (
            ("backend", "Rendered on"),
            ("comfyui", "ComfyUI"),
            ("template_version", "Template version"),
        ):
            before, after = getattr(one, field), getattr(other, field)
            if before != after:
                found.append(Difference(field, "Render", label, before or "unknown", after or "unknown"))
    return found, "" if found else "The same shot, with the same seed and settings."


def rows(found: Iterable[Difference]) -> list[list[Any]]:
    """As a page shows them: [group, label, before, after]."""
    return [[each.group, each.label, each.before, each.after] for each in found]
