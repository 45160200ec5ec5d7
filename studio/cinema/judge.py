"""Judging looks: which rules a look breaks, remembering every verdict.

A verdict depends only on the fields that the rule reads, so it is kept under their values; a look that
differs in one field asks anew only the rules that read that field.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from studio.cinema.fields import Kind, fields_of
from studio.cinema.library import Library, library
from studio.cinema.look import AnyLook
from studio.cinema.records import Record
from studio.cinema.rule import Rule, RuleOff, Severity

MEMORY = 20_000
"""Verdicts kept for one rule before they are forgotten and begun again."""


class Violation(BaseModel):
    """A rule that a look breaks."""

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: Severity
    message: str
    field: str


class Report(BaseModel):
    """What the rules say of a look."""

    model_config = ConfigDict(frozen=True)

    violations: tuple[Violation, ...] = ()
    off: tuple[RuleOff, ...] = ()

    @property
    def hard(self) -> tuple[Violation, ...]:
        """Those that block rendering."""
        return tuple(violation for violation in self.violations if violation.severity == "hard")

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """Those that a director should know of."""
        return tuple(violation for violation in self.violations if violation.severity == "warning")

    @property
    def infos(self) -> tuple[Violation, ...]:
        """Those that only tell."""
        return tuple(violation for violation in self.violations if violation.severity == "info")

    @property
    def ok(self) -> bool:
        """Whether it may be rendered: no hard violation."""
        return not any(violation.severity == "hard" for violation in self.violations)

    @property
    def status(self) -> Literal["valid", "warning", "invalid"]:
        """`invalid` with a hard violation, else `warning` with a warning, else `valid`."""
        return "invalid" if self.hard else "warning" if self.warnings else "valid"

    def __str__(self) -> str:
        lines = [f"{self.status}"]
        lines += [
            f"  {each.severity}: {each.message} ({each.rule}, {each.field})" for each in self.violations
        ]
        lines += [f"  switched off: {each.rule}: {each.why}" for each in self.off]
        return "\n".join(lines)


class Bound:
    """A rule bound to a library, with its verdicts."""

    __slots__ = ("_library", "_names", "_needs", "_optional", "_seen", "_tables", "barred", "reads", "rule")

    def __init__(self, rule: Rule, data: Library) -> None:
        fields = fields_of(rule.kind)
        self.rule = rule
        self.reads = rule.reads
        self._library = data
        self._tables = tuple(fields[name].words for name in rule.reads)
        self._names = tuple(fields[name].short for name in rule.reads)
        self._optional = tuple(name in rule.optional for name in rule.reads)
        self._needs = tuple((rule.reads.index(name), test) for name, test in rule.needs)
        self._seen: dict[tuple[Any, ...], Violation | None] = {}
        self.barred: dict[tuple[Any, ...], dict[Any, Violation]] = {}  # kept by `options`

    def verdict(self, values: tuple[Any, ...]) -> Violation | None:
        """The violation for these values of `reads`, None if there is none."""
        try:
            return self._seen[values]
        except KeyError:
            pass
        if len(self._seen) > MEMORY:
            self._seen.clear()
        found = self._seen[values] = self._ask(values)
        return found

    def sweep(self, at: int, others: tuple[Any, ...], values: tuple[Any, ...]) -> dict[Any, Violation]:
        """The violations while the field at place `at` of `reads` takes each of `values` and the others stay.

        The same verdicts as asking one by one, with the others looked up only once.
        """
        found: dict[Any, Violation] = {}
        given: list[Any] = []
        for place, value in enumerate(others):
            record = self._record(place, value)
            if record is _MUTE and place != at:
                return found
            given.append(record)
        if not all(test(given[place]) for place, test in self._needs if place != at):
            return found
        names = {name: said(value) for name, value in zip(self._names, given, strict=True)}
        condition, library = self.rule.condition, self._library
        if self.rule.needs_library:
            condition = partial(condition, library)
        table = library.table(self._tables[at]) if self._tables[at] else {}
        for value in values:
            if value is None:
                if not self._optional[at]:
                    continue
                given[at] = None
            else:
                given[at] = table.get(value, value)
            finding = condition(*given)
            if finding is not None and finding is not False:
                names[self._names[at]] = said(given[at])
                found[value] = self._violation(names, finding)
        return found

    def forget(self) -> None:
        """Forget every verdict, as benchmarks want it."""
        self._seen.clear()
        self.barred.clear()

    def _record(self, place: int, value: Any) -> Any:
        """What the condition gets for a value; `_MUTE` if the rule then has nothing to say."""
        if value is None:
            return None if self._optional[place] else _MUTE
        table = self._tables[place]
        record = self._library.table(table).get(value) if table else None
        if record is None and table == "preset":
            return _MUTE  # a preset that is not here any more has no say
        return value if record is None else record

    def _ask(self, values: tuple[Any, ...]) -> Violation | None:
        given = [self._record(place, value) for place, value in enumerate(values)]
        if any(record is _MUTE for record in given):
            return None
        condition = self.rule.condition
        finding = condition(self._library, *given) if self.rule.needs_library else condition(*given)
        if finding is None or finding is False:
            return None
        names = {name: said(value) for name, value in zip(self._names, given, strict=True)}
        return self._violation(names, finding)

    def _violation(self, names: Mapping[str, str], finding: Any) -> Violation:
        """The violation; `names` holds what was chosen, by the field's short name."""
        message = finding if isinstance(finding, str) else self._message(names, finding)
        return Violation(
            rule=self.rule.id,
            severity=self.rule.severity,
            message=message[:1].upper() + message[1:],
            field=self.rule.field,
        )

    def _message(self, names: Mapping[str, str], finding: Any) -> str:
        figures = finding if isinstance(finding, Mapping) else {}
        return self.rule.message.format_map(_Lenient(names, **figures))


_MUTE = object()


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def said(value: Any) -> str:
    """A value as a message names it."""
    if isinstance(value, Record):
        return value.name
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


class Judge:
    """All rules of a library, by kind of look and by field."""

    def __init__(self, data: Library) -> None:
        active = [each for id, each in data.rules.items() if id not in data.rules_off]
        self.library = data
        self.off = tuple(data.rules_off.values())
        self.rules: dict[Kind, tuple[Bound, ...]] = {}
        self.reading: dict[Kind, dict[str, tuple[Bound, ...]]] = {}
        kinds: tuple[Kind, Kind] = ("live_action", "animation")
        for kind in kinds:
            bound = tuple(Bound(each, data) for each in active if each.kind == kind)
            self.rules[kind] = bound
            self.reading[kind] = {
                field: tuple(each for each in bound if field in each.reads) for field in fields_of(kind)
            }

    def violations(self, kind: Kind, values: Mapping[str, Any]) -> list[Violation]:
        """Everything that a look with these values breaks."""
        found = []
        for each in self.rules[kind]:
            violation = each.verdict(tuple([values[name] for name in each.reads]))
            if violation is not None:
                found.append(violation)
        return found


def judge(data: Library | None = None) -> Judge:
    """The judge of a library (the one in force if none is given), made once for it."""
    data = data or library()
    made: Judge | None = data.memo.get("judge")
    if made is None:
        made = data.memo["judge"] = Judge(data)
    return made


_WEIGHT = {"hard": 0, "warning": 1, "info": 2}


def validate(look: AnyLook) -> Report:
    """What the rules say of a look: the hard ones first."""
    court = judge()
    found = sorted(court.violations(look.kind, look.values()), key=lambda each: _WEIGHT[each.severity])
    return Report(violations=tuple(found), off=court.off)
