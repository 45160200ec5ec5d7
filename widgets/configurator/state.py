"""The state of a configurator as its page draws it: plain JSON, every word already said."""

from __future__ import annotations

from typing import Any

from studio.cinema import Option, Repair, library, presets
from studio.cinema.angles import DIRECTIONS, HEIGHTS, SIZES, Angle
from studio.cinema.fields import FieldInfo, fields_of
from studio.cinema.fields import Kind as LookKind
from studio.cinema.judge import Violation, said
from studio.cinema.look import AnimationConfig, LiveActionConfig
from studio.cinema.presets import PresetRecord
from widgets.configurator.model import ConfiguratorModel

KINDS: tuple[LookKind, LookKind] = ("live_action", "animation")
TABS: dict[LookKind, str] = {"live_action": "Live action", "animation": "Animation"}
NOT_FIELDS = ("preset",)
"""Fields that have their own place on the page."""


def catalogue() -> dict[str, Any]:
    """What does not change while a widget is open: fields, presets, targets, angles."""
    data = library()
    records = presets().items()
    moods = data.table("mood")
    used_moods = {value for _, each in records for value in each.uses("visual_grammar.mood")}
    used_cameras = {value for _, each in records for value in each.uses("camera.body")}
    return {
        "tabs": [{"kind": kind, "label": label} for kind, label in TABS.items()],
        "fields": {
            kind: [_field(info) for info in fields_of(kind).values() if info.name not in NOT_FIELDS]
            for kind in KINDS
        },
        "presets": sorted(
            (_card(id, each) for id, each in records), key=lambda card: (card["year"] or 0, card["title"])
        ),
        "moods": _named(moods, used_moods),
        "cameras": _named(data.cameras, used_cameras),
        "targets": [
            {"id": id, "name": each.name, "kind": each.kind}
            for id, each in sorted(data.targets.items(), key=lambda pair: pair[1].name.casefold())
        ],
        "angles": {"directions": DIRECTIONS, "heights": HEIGHTS, "sizes": SIZES},
    }


def state(model: ConfiguratorModel) -> dict[str, Any]:
    """What changes; its parts under `wire.PER_FIELD` hold one entry a field."""
    look, found = model.look, model.options
    shown = {name: found[name] for name in look.FIELDS if name not in NOT_FIELDS}
    values = look.values()
    return {
        "kind": look.kind,
        "preset": _preset(look),
        "values": {
            name: {"value": values[name], "name": name_of(look, name, values[name], shown[name])}
            for name in shown
        },
        "offers": {name: [[each.value, each.name] for each in offered] for name, offered in shown.items()},
        "barred": {name: _barred(offered) for name, offered in shown.items()},
        "report": _report(model),
        "prompt": _prompt(model),
        "angle": _angle(model.angle),
        "subject": model.subject,
        "target": model.target,
        "undo": model.can_undo,
        "redo": model.can_redo,
        "frame": _frame(look),
    }


def changes(look: Any, repair: Repair) -> list[dict[str, str]]:
    """What a repair changes, in words."""
    return [
        {
            "field": each.field,
            "label": look.FIELDS[each.field].label,
            "before": name_of(look, each.field, each.before) or "not chosen",
            "after": name_of(look, each.field, each.after) or "not chosen",
            "reason": each.reason,
        }
        for each in repair.changes
    ]


def name_of(look: Any, field: str, value: Any, offered: list[Option] | None = None) -> str:
    """A field's value as a person calls it; empty where it is not chosen."""
    if value is None:
        return ""
    for each in offered or ():
        if each.value == value and each.value is not None:
            return each.name
    info: FieldInfo = look.FIELDS[field]
    record = (
        library().table(info.words).get(value) if info.words not in ("", "gate", "focal_length") else None
    )
    if record is not None:
        return str(record.name)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if info.words == "gate":
        return str(getattr(library().formats.get(value), "name", value))
    return (
        f"T{said(value)}"
        if info.unit == "T"
        else f"{said(value)} {info.unit if info.unit != 'year' else ''}".strip()
    )


def _field(info: FieldInfo) -> dict[str, Any]:
    typed = not info.words and not info.values
    return {"name": info.name, "label": info.label, "group": info.group, "typed": typed}


def _card(id: str, each: PresetRecord) -> dict[str, Any]:
    people = each.cinematographer or each.director or each.works
    return {
        "id": id,
        "title": each.title,
        "year": each.year,
        "by": ", ".join(people[:2]),
        "kind": each.kind,
        "era": each.era,
        "moods": [str(value) for value in each.uses("visual_grammar.mood")],
        "cameras": [str(value) for value in each.uses("camera.body")],
        "words": " ".join(
            (each.title, *each.director, *each.cinematographer, *each.country, *each.works, each.notes)
        ),
    }


def _named(table: Any, ids: set[str]) -> list[dict[str, str]]:
    known = [{"id": id, "name": table[id].name} for id in ids if id in table]
    return sorted(known, key=lambda each: each["name"].casefold())


def _preset(look: LiveActionConfig | AnimationConfig) -> dict[str, Any] | None:
    record = library().presets.get(look.preset or "")
    return None if record is None else {"id": record.id, "title": record.title, "year": record.year}


def _barred(offered: list[Option]) -> list[list[Any]]:
    """[place, severity, reason] of each value that a rule has something to say of."""
    found: list[list[Any]] = []
    for place, each in enumerate(offered):
        if not each.allowed:
            found.append([place, "hard", each.reason])
        elif each.notes:
            warnings = [note for note in each.notes if note.severity == "warning"]
            if warnings:
                found.append([place, "warning", warnings[0].message])
    return found


def _report(model: ConfiguratorModel) -> dict[str, Any]:
    report, fields = model.report, model.look.FIELDS

    def said_of(violations: tuple[Violation, ...]) -> list[dict[str, str]]:
        return [
            {
                "rule": each.rule,
                "message": each.message,
                "field": each.field,
                "label": fields[each.field].label,
            }
            for each in violations
        ]

    off = [{"rule": each.rule, "message": f"Rule switched off: {each.why}", "field": "", "label": each.rule}
           for each in report.off]  # fmt: skip
    return {
        "status": report.status,
        "hard": said_of(report.hard),
        "warnings": said_of(report.warnings),
        "infos": [*said_of(report.infos), *off],
    }


def _prompt(model: ConfiguratorModel) -> dict[str, Any]:
    prompt, fields = model.prompt, model.look.FIELDS
    target = library().targets[prompt.target]
    dropped = set(prompt.dropped)

    def left(each: Any) -> dict[str, Any]:
        info = fields.get(each.field)
        value = model.look.get(each.field) if info else None
        return {
            "label": info.label if info else each.field,
            "text": name_of(model.look, each.field, value) if info else each.text,
            "reason": each.reason,
            "dropped": each in dropped,
        }

    return {
        "positive": prompt.positive,
        "negative": prompt.negative,
        "parameters": [[name, str(value)] for name, value in prompt.parameters.items()],
        "left": [left(each) for each in prompt.unsaid],
        "length": prompt.length,
        "limit": target.budget.limit if target.budget else None,
        "unit": target.budget.unit if target.budget else "tokens",
    }


def _angle(angle: Angle | None) -> dict[str, Any] | None:
    if angle is None:
        return None
    return {"id": angle.id, "direction": angle.degrees // 30, "height": angle.height, "size": angle.size}


def _frame(look: LiveActionConfig | AnimationConfig) -> list[str]:
    """The slate under the picture: what a camera assistant writes down."""
    names = ("camera.body", "camera.film_stock", "lens.family", "lens.focal_length_mm") if isinstance(
        look, LiveActionConfig
    ) else ("medium", "domain", "rendering.line_treatment")  # fmt: skip
    ratio = look.aspect_ratio or ""
    return [text for text in (*(name_of(look, name, look.get(name)) for name in names), ratio) if text]
