"""Rules as small declared objects.

A rule's condition is a pure function of exactly the fields that it `reads`, in that order; it cannot see any
other. Gear and words reach it as their records (`Camera`, `Lens`, `Term` …), numbers as numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from studio.cinema.fields import Kind

Severity = Literal["hard", "warning", "info"]
Finding = bool | str | Mapping[str, object] | None
"""False or None: nothing wrong. True: wrong. A text: wrong, in these words. A mapping: figures to be said."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule. `optional` fields may be None when it is asked; without the others it is not asked."""

    id: str
    severity: Severity
    kind: Kind
    field: str  # where it is reported, and what to change first
    reads: tuple[str, ...]
    message: str  # a template; {body}, {family} … are the names of what it reads
    why: str  # the justification, from the world
    condition: Callable[..., Finding]
    optional: frozenset[str] = frozenset()
    needs_library: bool = False  # the condition gets the library first
    needs: tuple[tuple[str, Callable[[Any], bool]], ...] = ()  # (field, test): silent unless each holds
    origin: str = "studio"  # or the file that declares it


class RuleOff(BaseModel):
    """A rule that a project has switched off; every report says so."""

    model_config = ConfigDict(frozen=True)

    rule: str
    why: str
    where: str


RULEBOOK: dict[str, Rule] = {}
"""The studio's own rules, by id, in the order of their modules."""


def rule(
    id: str,
    severity: Severity,
    *,
    reads: str,
    message: str,
    why: str,
    field: str = "",
    kind: Kind = "live_action",
    needs_library: bool = False,
) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """Declare a rule by its condition.

    Args:
        reads: The fields, separated by blanks; a question mark after one lets it be None.
        field: Where it is reported; the last of `reads` if not given.
    """
    names = reads.split()
    fields = tuple(name.rstrip("?") for name in names)

    def declare(condition: Callable[..., Finding]) -> Callable[..., Finding]:
        if id in RULEBOOK:
            raise ValueError(f"rule {id} is declared twice")
        RULEBOOK[id] = Rule(
            id=id,
            severity=severity,
            kind=kind,
            field=field or fields[-1],
            reads=fields,
            message=message,
            why=why,
            condition=condition,
            optional=frozenset(name.rstrip("?") for name in names if name.endswith("?")),
            needs_library=needs_library,
        )
        return condition

    return declare
