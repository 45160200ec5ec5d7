"""The list of rules, for a director to read."""

from __future__ import annotations

from studio.cinema.fields import Kind
from studio.cinema.library import library
from studio.cinema.rule import Rule


def rules(kind: Kind | None = None, *, off: bool = False) -> tuple[Rule, ...]:
    """The rules in force, for looks of one kind or of both.

    Args:
        off: With those that the project has switched off as well.
    """
    data = library()
    return tuple(
        each
        for id, each in data.rules.items()
        if (kind is None or each.kind == kind) and (off or id not in data.rules_off)
    )
