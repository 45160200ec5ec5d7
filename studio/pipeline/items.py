"""What flows along a pipeline's lines, and which things that arrive belong together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.shot import Shot


@dataclass(frozen=True, eq=False)
class Item:
    """One file, or one set of values, on its way.

    Attributes:
        node: The node that it comes from.
        branch: Fan-out → which of its branches; what was made from an item is on the same branches.
        path: The file, if it is one.
        facts: What is known of it: `kind width height seed panel version backend seconds …`, and the values
            of the fan-outs above it.
        shot: What it was rendered from, for a node that goes on from there.
    """

    node: str
    branch: Mapping[str, int] = field(default_factory=dict)
    path: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    shot: Shot | None = None

    @property
    def id(self) -> str:
        """`frame`, or `frame[seeds=2]` on a branch."""
        return item_id(self.node, self.branch)


def item_id(node: str, branch: Mapping[str, int]) -> str:
    """A name that is the same in every run of the same pipeline."""
    places = ", ".join(f"{name}={number}" for name, number in sorted(branch.items()))
    return f"{node}[{places}]" if places else node


def join_branches(items: Iterable[Item]) -> dict[str, int] | None:
    """The branches that all items are on together; None if two are on different branches of one fan-out."""
    joined: dict[str, int] = {}
    for item in items:
        for name, number in item.branch.items():
            if joined.setdefault(name, number) != number:
                return None
    return joined


class Join:
    """Gathers what arrives at a node's inputs and tells each combination that belongs together, once."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._arrived: dict[str, list[Item]] = {name: [] for name in inputs}

    def add(self, name: str, item: Item) -> list[tuple[dict[str, int], dict[str, Item]]]:
        """The combinations that this arrival completes: their branches, and an item for each input."""
        others = [items for other, items in self._arrived.items() if other != name]
        names = [other for other in self._arrived if other != name]
        self._arrived[name].append(item)
        found = []
        for chosen in itertools.product(*others):
            branch = join_branches((item, *chosen))
            if branch is not None:
                found.append((branch, {name: item, **dict(zip(names, chosen, strict=True))}))
        return found
