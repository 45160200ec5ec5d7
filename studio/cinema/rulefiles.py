"""Rules that data files declare, and those that a project switches off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from studio.cinema.fields import FieldInfo, Kind, fields_of
from studio.cinema.records import Record
from studio.cinema.rule import Rule, RuleOff, Severity

if TYPE_CHECKING:
    from studio.cinema.library import Library


def read_rules(library: Library) -> None:
    """The rulebook, the rules of data files, and those that are switched off."""
    from studio.cinema import rulebook

    library.rules.update(rulebook.RULEBOOK)
    for path, tables in library.files("rules/*.toml"):
        for id, entry in tables.get("rule", {}).items():
            declared = _declared(library, path, id, entry)
            if declared is not None:
                library.rules[id] = declared
        for id, why in tables.get("off", {}).items():
            if id not in library.rules:
                library.problem(path, f"off.{id}", "no such rule", "`studio.rules()` lists them.")
            elif not isinstance(why, str) or not why.strip():
                library.problem(
                    path, f"off.{id}", "a rule is switched off with a reason", 'Write RULE = "why".'
                )
            else:
                library.rules_off[id] = RuleOff(rule=id, why=why, where=str(path))
        for name in tables.keys() - {"rule", "off"}:
            library.problem(path, name, "unknown table", "Rule files hold [rule.ID] and [off].")


class RuleData(Record):
    """A rule as a data file writes it; `when` (and not `unless`) must all match."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Severity
    kind: Kind = "live_action"
    field: str = ""
    message: str
    why: str
    when: dict[str, Any] = Field(min_length=1)
    unless: dict[str, Any] = Field(default_factory=dict)


def _declared(library: Library, path: Path, id: str, entry: Any) -> Rule | None:
    if not isinstance(entry, dict):
        library.problem(path, f"rule.{id}", f"expected a table, got {entry!r}")
        return None
    data = library.record(RuleData, path, f"rule.{id}", {**entry, "id": id})
    if data is None:
        return None
    try:
        wanted = [Match.of(library, data.kind, place, value) for place, value in data.when.items()]
        barred = [Match.of(library, data.kind, place, value) for place, value in data.unless.items()]
    except ValueError as error:
        library.problem(path, f"rule.{id}", str(error))
        return None
    reads = tuple(dict.fromkeys(match.field for match in (*wanted, *barred)))
    shown = data.field or wanted[-1].field
    if shown not in fields_of(data.kind):
        library.problem(path, f"rule.{id}.field", f"no field {shown!r}")
        return None

    def condition(*values: Any) -> bool:
        given = dict(zip(reads, values, strict=True))
        if not all(match.holds(given[match.field]) for match in wanted):
            return False
        return not barred or not all(match.holds(given[match.field]) for match in barred)

    required = {match.field for match in wanted}
    return Rule(
        id=id,
        severity=data.severity,
        kind=data.kind,
        field=shown,
        reads=reads,
        message=data.message,
        why=data.why,
        condition=condition,
        optional=frozenset(reads) - required,
        needs=tuple((match.field, match.holds) for match in wanted),
        origin="studio" if path.parent.parent == library.folders[0] else str(path),
    )


@dataclass(frozen=True, slots=True)
class Match:
    """One condition of a rule in a data file: a field, or a fact of what it names, has one of these
    values."""

    field: str
    attribute: str
    among: frozenset[Any]
    low: float | None = None  # inclusive
    high: float | None = None

    @classmethod
    def of(cls, library: Library, kind: Kind, place: str, value: Any) -> Match:
        """Read `"camera.body" = ["a"]`, `"camera.body.format" = "65mm"` or `"lens.t_stop" = {min = 2}`.

        Raises:
            ValueError: no such field or value.
        """
        fields = fields_of(kind)
        field, attribute = place, ""
        if field not in fields:
            field, _, attribute = place.rpartition(".")
        if field not in fields:
            raise ValueError(f"no field {place!r} in looks of kind {kind}")
        if isinstance(value, dict):
            unknown = value.keys() - {"min", "max"}
            if unknown:
                raise ValueError(f"{place}: a range has min and max, not {', '.join(sorted(unknown))}")
            return cls(field, attribute, frozenset(), value.get("min"), value.get("max"))
        values = value if isinstance(value, list) else [value]
        info: FieldInfo = fields[field]
        if not attribute and info.words and library.table(info.words):
            values = [library.canonical(info.words, str(item)) for item in values]
        return cls(field, attribute, frozenset(values))

    def holds(self, given: Any) -> bool:
        """Whether a value (a record, a number, None) fits."""
        if given is None:
            return False
        if self.attribute:
            given = getattr(given, self.attribute, None)
        elif isinstance(given, Record):
            given = given.id
        if self.low is not None or self.high is not None:
            if not isinstance(given, int | float):
                return False
            return (self.low is None or given >= self.low) and (self.high is None or given <= self.high)
        return given in self.among
