"""What may be chosen: every value of a field, allowed or not, with the reason.

A value is judged by the hard violations that it *adds* to the look, so a fault elsewhere does not grey it
out. Only the rules that read the field are asked, and for each of them the values that it bars are
remembered under the other values that it reads: a change of one field asks anew only the rules that read
that field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, overload

from studio.cinema.fields import FieldInfo, Kind
from studio.cinema.judge import MEMORY, Bound, Judge, Violation, judge
from studio.cinema.library import Library
from studio.cinema.look import AnyLook
from studio.cinema.records import Camera, Lens

PRIMES = tuple(
    float(length)
    for length in [
        "8",
        "10",
        "12",
        "14",
        "16",
        "18",
        "21",
        "24",
        "25",
        "27",
        "28",
        "32",
        "35",
        "40",
        "50",
        "65",
        "75",
        "85",
        "100",
        "135",
        "150",
        "180",
        "200",
        "250",
        "300",
    ]
)
"""Focal lengths offered where no lens is chosen, and inside the range of zooms."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field. None, where a field has it, is "not chosen" and always offered last."""

    value: Any
    name: str
    allowed: bool = True
    reason: str = ""  # of the first hard violation that it adds
    rule: str = ""
    notes: tuple[Violation, ...] = ()  # warnings and infos that it adds


@overload
def options(look: AnyLook, field: str) -> list[Option]: ...
@overload
def options(look: AnyLook, field: None = None) -> dict[str, list[Option]]: ...
def options(look: AnyLook, field: str | None = None) -> list[Option] | dict[str, list[Option]]:
    """Every value of `field`; without a field, that list for every field by its name.

    Raises:
        LookError: looks of this kind have no such field.
    """
    court = judge()
    values = look.values()
    if field is None:
        return {name: _options(court, look.kind, values, info) for name, info in look.FIELDS.items()}
    look.get(field)  # says which fields there are
    return _options(court, look.kind, values, look.FIELDS[field])


@dataclass(frozen=True, slots=True)
class _Offer:
    """The values of a field with everything allowed, and where each stands in the list."""

    key: tuple[Any, ...]
    options: tuple[Option, ...]
    values: tuple[Any, ...]
    place: dict[Any, int]

    @classmethod
    def of(cls, key: tuple[Any, ...], named: Iterable[tuple[Any, str]]) -> _Offer:
        options = (*(Option(value, name) for value, name in named), Option(None, "Not chosen"))
        values = tuple([option.value for option in options])
        return cls(key, options, values, {value: place for place, value in enumerate(values)})


def _options(court: Judge, kind: Kind, values: Mapping[str, Any], info: FieldInfo) -> list[Option]:
    offer = offered(court, info, values)
    added: dict[Any, list[Violation]] = {}
    for bound in court.reading[kind][info.name]:
        if bound.verdict(tuple([values[name] for name in bound.reads])) is not None:
            continue  # broken already: no value of this field adds it
        for value, violation in bars(bound, info.name, values, offer).items():
            added.setdefault(value, []).append(violation)
    result = list(offer.options)
    for value, violations in added.items():
        place = offer.place[value]
        hard = next((each for each in violations if each.severity == "hard"), None)
        result[place] = Option(
            value,
            offer.options[place].name,
            allowed=hard is None,
            reason=hard.message if hard else "",
            rule=hard.rule if hard else "",
            notes=tuple(each for each in violations if each.severity != "hard"),
        )
    return result


def bars(bound: Bound, field: str, values: Mapping[str, Any], offer: _Offer) -> dict[Any, Violation]:
    """The offered values of `field` that a rule is against while the rest stays, each with its violation."""
    others = tuple([None if name == field else values[name] for name in bound.reads])
    key = (field, offer.key, others)
    known = bound.barred.get(key)
    if known is not None:
        return known
    if len(bound.barred) > MEMORY:
        bound.barred.clear()
    at = bound.reads.index(field)
    found = bound.sweep(at, others, offer.values)
    bound.barred[key] = found
    return found


def offered(court: Judge, info: FieldInfo, values: Mapping[str, Any]) -> _Offer:
    """What a field offers, given the other values: a lens's focal lengths, a body's gates, a table's
    words."""
    data = court.library
    if info.words == "focal_length":
        lens = data.lenses.get(values.get("lens.family") or "")
        return _remembered(court, ("focal_length", lens.id if lens else None), lambda: _focal_lengths(lens))
    if info.words == "gate":
        body = data.cameras.get(values.get("camera.body") or "")
        return _remembered(court, ("gate", body.id if body else None), lambda: _gates(data, body))
    if info.words:
        return _remembered(
            court, (info.words,), lambda: [(id, each.name) for id, each in data.table(info.words).items()]
        )
    return _remembered(
        court, (info.name,), lambda: [(value, _numbered(value, info)) for value in info.values]
    )


def _remembered(court: Judge, key: tuple[Any, ...], make: Callable[[], Iterable[tuple[Any, str]]]) -> _Offer:
    memo: dict[Any, _Offer] = court.library.memo.setdefault("offers", {})
    offer = memo.get(key)
    if offer is None:
        offer = memo[key] = _Offer.of(key, make())
    return offer


def _focal_lengths(lens: Lens | None) -> list[tuple[float, str]]:
    if lens is None:
        lengths = set(PRIMES)
    else:
        ends = {end for zoom in lens.zooms_mm for end in zoom}
        inside = {each for each in PRIMES if lens.zoom and lens.has_focal_length(each)}
        lengths = {*lens.focal_lengths_mm, *ends, *inside}
    return [(length, f"{length:g} mm") for length in sorted(lengths)]


def _gates(data: Library, body: Camera | None) -> list[tuple[str, str]]:
    frames = body.frames if body is not None else {}
    return [(name, data.formats[name].name if name in data.formats else name) for name in frames]


def _numbered(value: float, info: FieldInfo) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return f"T{value:g}" if info.unit == "T" else f"{value:g} {info.unit}".strip()
