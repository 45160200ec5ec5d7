"""Looks: presets, the values of every field, and what the rules say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from studio.cinema import (
    Camera,
    FieldInfo,
    Lens,
    Look,
    PresetRecord,
    Report,
    Stock,
    Term,
    Violation,
    fields_of,
    library,
    options,
    preset_record,
    presets,
    rules,
    validate,
)
from studio.cinema.fields import Kind
from studio.cinema.rule import Severity
from studio.errors import LookError
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up, refused
from studio.server.wire import Given, OfProject

Word = Annotated[str, Field(max_length=200)]


class PresetSearch(OfProject):
    """Which presets."""

    text: Word = Field(default="", description="Words that its title, people, notes or look hold.")
    kind: Kind | None = None
    era: Word = Field(default="", description="Such as `1970s`.")
    mood: Word = ""
    domain: Word = ""
    medium: Word = ""
    director: Word = ""
    cinematographer: Word = ""
    country: Word = ""
    camera: Word = ""


class PresetLine(Given):
    """A preset in a list."""

    id: str
    title: str
    kind: Kind
    year: int | None = None
    era: str = ""
    director: list[str] = Field(default=[])
    cinematographer: list[str] = Field(default=[])


class PresetPath(Asked):
    """Which preset."""

    preset: str = Field(max_length=128)


class KindQuery(OfProject):
    """Of which kind of look."""

    kind: Kind = "live_action"


class FieldLine(Given):
    """A field of a look."""

    name: str = Field(description="Dotted: `camera.body`.")
    label: str
    group: str
    unit: str = ""

    @classmethod
    def of(cls, info: FieldInfo) -> FieldLine:
        """From the studio's own."""
        return cls(name=info.name, label=info.label, group=info.group, unit=info.unit)


class LookBody(OfProject):
    """A look."""

    look: Look


class ApplyBody(OfProject):
    """A preset, and what is to be different."""

    preset: str = Field(max_length=128)
    changes: dict[str, Any] = Field(
        default={}, description="Field → value: `camera.body`; null takes a choice back."
    )


class Judged(Given):
    """A look, and what the rules say of it."""

    look: Look
    status: Literal["valid", "warning", "invalid"]
    report: Report


class Verdict(Given):
    """What the rules say."""

    status: Literal["valid", "warning", "invalid"]
    ok: bool = Field(description="Whether it may be rendered.")
    report: Report


class OptionsBody(OfProject):
    """A look, and of which of its fields the values are asked."""

    look: Look
    field: str | None = Field(default=None, max_length=128, description="All fields, if none is named.")


class OptionLine(Given):
    """One value of a field."""

    value: str | int | float | bool | None
    name: str
    allowed: bool
    reason: str = Field(default="", description="Why not.")
    rule: str = ""
    notes: list[Violation] = Field(default=[])


class RuleLine(Given):
    """One rule."""

    id: str
    severity: Severity
    kind: Kind
    field: str
    reads: list[str]
    message: str
    why: str


class GearPath(Asked):
    """Which gear."""

    table: Literal["cameras", "lenses", "stocks"]


class TermsPath(Asked):
    """Which words."""

    table: str = Field(max_length=64, description="Such as `mood`; `GET /terms` lists them.")


@operation("GET", "/presets", tag="Looks")
def list_presets(call: Call, query: PresetSearch) -> list[PresetLine]:
    """Presets, all of them or those that are searched for."""
    wanted = {name: value for name, value in query.model_dump(exclude={"project"}).items() if value}
    found = presets(**wanted)
    return [
        PresetLine(
            id=id,
            title=record.title,
            kind=record.kind,
            year=record.year,
            era=record.era,
            director=list(record.director),
            cinematographer=list(record.cinematographer),
        )
        for id, record in found.items()
    ]


@operation("GET", "/presets/{preset}", tag="Looks")
def get_preset(call: Call, path: PresetPath, query: OfProject) -> PresetRecord:
    """Everything that is known of a preset, with its look."""
    with looked_up(LookError):
        return preset_record(path.preset)


@operation("POST", "/looks", tag="Looks")
def make_look(call: Call, body: ApplyBody) -> Judged:
    """A preset's look, changed where wanted, with what the rules say of it."""
    look = preset_record(body.preset).look.replaced(body.changes)
    report = validate(look)
    return Judged(look=look, status=report.status, report=report)


@operation("POST", "/looks/validate", tag="Looks")
def validate_look(call: Call, body: LookBody) -> Verdict:
    """What the rules say of a look."""
    report = validate(body.look)
    return Verdict(status=report.status, ok=report.ok, report=report)


@operation("POST", "/looks/options", tag="Looks")
def look_options(call: Call, body: OptionsBody) -> dict[str, list[OptionLine]]:
    """Every value of a field, or of all: allowed beside the rest of the look or not, and why not."""
    found = options(body.look) if body.field is None else {body.field: options(body.look, body.field)}
    return {
        field: [
            OptionLine(
                value=one.value,
                name=one.name,
                allowed=one.allowed,
                reason=one.reason,
                rule=one.rule,
                notes=list(one.notes),
            )
            for one in values
        ]
        for field, values in found.items()
    }


@operation("GET", "/looks/fields", tag="Looks")
def look_fields(call: Call, query: KindQuery) -> list[FieldLine]:
    """The fields of a look, in the configurator's order."""
    return [FieldLine.of(info) for info in fields_of(query.kind).values()]


@operation("GET", "/rules", tag="Looks")
def list_rules(call: Call, query: KindQuery) -> list[RuleLine]:
    """The rules for a kind of look, and why each is one."""
    return [
        RuleLine(
            id=one.id,
            severity=one.severity,
            kind=one.kind,
            field=one.field,
            reads=list(one.reads),
            message=one.message,
            why=one.why,
        )
        for one in rules(query.kind)
    ]


@operation("GET", "/gear/{table}", tag="Looks")
def list_gear(call: Call, path: GearPath, query: OfProject) -> list[Camera] | list[Lens] | list[Stock]:
    """Cameras, lenses or film stocks, with all that is known of them."""
    data = library()
    if path.table == "cameras":
        return list(data.cameras.values())
    if path.table == "lenses":
        return list(data.lenses.values())
    return list(data.stocks.values())


@operation("GET", "/terms", tag="Looks")
def list_term_tables(call: Call, query: OfProject) -> list[str]:
    """The tables of words: moods, light sources, moves, aspect ratios …"""
    return sorted(library().terms)


@operation("GET", "/terms/{table}", tag="Looks")
def list_terms(call: Call, path: TermsPath, query: OfProject) -> list[Term]:
    """The words of a table."""
    table = library().terms.get(path.table)
    if table is None:
        raise refused(404, "no such table of words", where=path.table, hint="GET terms lists them.")
    return list(table.values())
