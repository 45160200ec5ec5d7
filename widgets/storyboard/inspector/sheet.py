"""The state of an inspector as its page draws it: plain JSON, every word already said."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from studio.cinema import Angle, fields_of, library, validate
from studio.cinema.angles import DIRECTIONS, HEIGHTS, SIZES
from studio.errors import StudioError
from studio.project import planned
from studio.project.differences import look_words, plain_value
from studio.project.versions import version_text
from widgets.storyboard.inspector import comparing
from widgets.storyboard.inspector.markdown import parse
from widgets.storyboard.inspector.model import ALL_BACKENDS, PANEL_FIELDS, InspectorModel
from widgets.storyboard.inspector.settings import settings

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from studio.shot import Shot

TIMES = (
    "DAY",
    "NIGHT",
    "DAWN",
    "MORNING",
    "NOON",
    "AFTERNOON",
    "DUSK",
    "EVENING",
    "MAGIC HOUR",
    "CONTINUOUS",
)
SETTINGS = ("INT", "EXT", "INT/EXT")
SHOT_SIZES = ("ECU", "CU", "MCU", "MS", "MLS", "LS", "WS", "EWS", "INSERT", "OTS", "POV")

_IN_LOOK = ("camera.body", "lens.family", "lens.focal_length_mm", "camera.film_stock", "lighting.source",
            "lighting.style", "lighting.time_of_day", "medium", "domain", "rendering.lighting_model",
            "visual_grammar.mood")  # fmt: skip


def state(model: InspectorModel) -> dict[str, Any]:
    """Everything that the page shows now."""
    chosen = model.panels
    panel = chosen[0] if len(chosen) == 1 else None
    return {
        "ids": [entry.id for entry in chosen],
        "names": [entry.title or entry.name for entry in chosen[:200]],
        "panel": _fields(model, chosen),
        "faults": model.faults(),
        "run": _run(model, chosen),
        "backends": model.offers.backends(),
        "farm": model.offers.asked,
        "takes": _takes(model, panel) if panel else [],
        "made": _made(model, panel) if panel else [],
        "notes": _notes(model, panel) if panel else None,
        "conflicts": _conflicts(model, panel) if panel else [],
        "shot": _shot(model, panel) if panel else None,
        **(settings(model, panel) if panel else {"settings": [], "pictures": [], "loras": None, "files": {}}),
        "pair": _pair(model),
        "call": [model.call.what, model.call.ticket],
        "actions": _actions(model),
        "others": _others(model, panel) if panel else [],
    }


def catalogue(model: InspectorModel) -> dict[str, Any]:
    """What seldom changes while the widget is open."""
    return {
        "templates": model.offers.shelf(),
        "presets": model.offers.presets(),
        "angles": {"sizes": SIZES, "heights": HEIGHTS, "directions": DIRECTIONS},
        "words": {"time": TIMES, "setting": SETTINGS, "size": SHOT_SIZES},
        "project": model.board.project.name,
    }


def _fields(model: InspectorModel, chosen: list[PanelEntry]) -> dict[str, Any]:
    """The panels' fields: of several the value they share; the others' names are in `mixed`."""
    if not chosen:
        return {}
    found: dict[str, Any] = {"mixed": []}
    for field in PANEL_FIELDS:
        values = [_field(model, entry, field) for entry in chosen]
        same = all(value == values[0] for value in values)
        found[field] = values[0] if same else None
        if not same:
            found["mixed"].append(field)
    first = chosen[0]
    found["name"] = (first.title or first.name) if len(chosen) == 1 else ""
    found["why"] = _why_locked(model, chosen)
    found["fixed"] = any(entry.locked for entry in chosen)
    return found


def _field(model: InspectorModel, entry: PanelEntry, field: str) -> Any:
    if field == "locked":
        return model.locked(entry)
    if field == "backend":
        return model.where(entry)
    return getattr(entry, field)


def _why_locked(model: InspectorModel, chosen: list[PanelEntry]) -> str:
    closed = [entry for entry in chosen if model.locked(entry)]
    if not closed:
        return ""
    if len(chosen) > 1:
        return f"{len(closed)} of {len(chosen)} panels are locked: their shots stay as they are."
    if closed[0].locked:
        return "The panel is locked: its shot and its place stay as they are."
    return "The shot stays as it is, since there are takes of it."


def _run(model: InspectorModel, chosen: list[PanelEntry]) -> dict[str, Any]:
    found = [each for entry in chosen if (each := model.board.renders.of(entry.id)) is not None]
    going = [each for each in found if each.state != "failed"]
    failed = [each.line for each in found if each.state == "failed"]
    percents = [each.percent for each in going]
    return {
        "jobs": sum(each.jobs for each in going),
        "percent": round(sum(percents) / len(percents), 1) if percents else 0.0,
        "line": next(
            (each.line for each in going if each.state == "rendering"), going[0].line if going else ""
        ),
        "state": "rendering"
        if any(each.state == "rendering" for each in going)
        else "waiting"
        if going
        else "",
        "failed": failed[0] if failed else "",
    }


def _takes(model: InspectorModel, panel: PanelEntry) -> list[dict[str, Any]]:
    now = model.shown(panel.id)
    return [
        {
            "version": each.take.version,
            "label": version_text(each.take.version),
            "kind": each.take.kind,
            "stars": panel.stars.get(version_text(each.take.version), 0),
            "stamp": str(each.stamp),
            "file": each.take.path.name,
            "now": each is now,
            "kept": panel.current == each.take.version,
        }
        for each in model.board.shelf.of(panel.id)
    ]


def _made(model: InspectorModel, panel: PanelEntry) -> list[list[str]]:
    """[label, words] of how the take shown was made."""
    record = model.record(panel.id)
    if record is None:
        return []
    rows: list[list[str]] = []
    made = record.provenance
    if record.shot is not None:
        with_template = record.shot.template
        with contextlib.suppress(StudioError):
            with_template = model.offers.template(record.shot.template).name
        rows += [["Template", with_template], ["Seed", str(record.shot.seed)]]
    if made is not None:
        if made.backend:
            took = f", {made.seconds:.0f} s" if made.seconds else ""
            rows.append(["Rendered", f"on {made.backend}{took}"])
        rows.append(["Made", _when(made.created)])
    if record.why:
        rows.append(["Record", record.why])
    if record.bytes:
        rows.append(["File", _size(record.bytes)])
    return rows


def _notes(model: InspectorModel, panel: PanelEntry) -> dict[str, Any]:
    other = model.note_conflicts.get(panel.id)
    for conflict in model.board.board.conflicts:
        if conflict.panel == panel.id and conflict.field == "notes":
            other = str(conflict.other or "")
    return {"text": panel.notes, "tree": parse(panel.notes), "other": other}


def _conflicts(model: InspectorModel, panel: PanelEntry) -> list[dict[str, str]]:
    """Fields that somebody else changed, too; notes have their own place."""
    found = []
    for conflict in model.board.board.conflicts:
        if conflict.panel != panel.id or conflict.field == "notes":
            continue
        part, _, inner = conflict.field.partition(".")
        mine: Any = getattr(panel, part, None)
        mine = mine.get(inner) if inner and isinstance(mine, Mapping) else mine
        found.append({
            "field": conflict.field,
            "label": PANEL_FIELDS.get(part, (inner or part).capitalize()),
            "mine": _short(mine), "other": _short(conflict.other),
        })  # fmt: skip
    return found


def _shot(model: InspectorModel, panel: PanelEntry) -> dict[str, Any]:
    table = model.table(panel)
    ready = model.ready(panel)
    shot = _readable(table)
    record = model.record(panel.id)
    angle = shot.angle if shot is not None else _angle(table.get("angle"))
    return {
        "source": "plan" if panel.shot else "take" if table else "none",
        "template": str(table.get("template") or "sdxl") if table else "",
        "subject": str(table.get("subject") or ""),
        "angle": None if angle is None else [angle.size, angle.height, angle.direction],
        "seed": str(table["seed"]) if table.get("seed") is not None else None,
        "seed_of_take": str(record.shot.seed) if record is not None and record.shot is not None else "",
        "look": _look(shot),
        "why": ready.why,
        "prompt": ready.prompt,
        "edit_look": model.can_edit_look,
    }


def _look(shot: Shot | None) -> dict[str, Any]:
    if shot is None:
        return {"preset": "", "title": "", "words": [], "status": "", "faults": []}
    look = shot.look
    record = library().presets.get(look.preset or "")
    infos = fields_of(look.kind)
    chosen = look.chosen()
    words = [look_words(infos[name], chosen[name]) for name in _IN_LOOK if name in chosen]
    report = validate(look)
    return {
        "preset": look.preset or "",
        "title": f"{record.title}{f' ({record.year})' if record.year else ''}" if record is not None else "",
        "words": words[:6],
        "status": report.status,
        "faults": [each.message for each in report.hard],
    }


def _pair(model: InspectorModel) -> dict[str, Any] | None:
    pair = model.pair
    if pair is None:
        return None
    sides, records = [], []
    for id, version in (pair.first, pair.second):
        found, entry = model.shown(id, version), model.board.entries.get(id)
        if found is None or entry is None:
            return None  # one of them is gone
        records.append(model.records.of(found))
        sides.append({
            "id": id, "panel": entry.title or entry.name, "version": version, "label": version_text(version),
            "kind": found.take.kind, "stamp": str(found.stamp),
            "versions": [each.take.version for each in model.board.shelf.of(id)],
        })  # fmt: skip
    first, second = records
    if first is None or second is None:
        rows, note = [], "Reading what they say of themselves …"
    else:
        found_, note = comparing.told(first, second, model.board.project.template_folders)
        rows = comparing.rows(found_)
    return {"ticket": pair.ticket, "sides": sides, "rows": rows, "note": note}


def _actions(model: InspectorModel) -> dict[str, list[Any]]:
    """Action → [whether it can be done, why not]."""
    found = {}
    for id in ("reference", "restore", "reveal"):
        action = model.board.actions.get(id)
        if action is not None:
            found[id] = [action.run is not None, action.why]
    return found


def _others(model: InspectorModel, panel: PanelEntry) -> list[list[Any]]:
    """[id, name, version, stamp] of panels whose take can be used as a picture, this one first."""
    entries = model.board.entries
    found = []
    for id in (panel.id, *(each for each in entries if each != panel.id)):
        shown = model.shown(id)
        if shown is not None:
            name = entries[id].title or entries[id].name
            found.append([id, name, shown.take.version, str(shown.stamp), shown.take.kind])
    return found[:400]


def _readable(table: Mapping[str, Any]) -> Shot | None:
    if not table:
        return None
    try:
        return planned.shot_of(table)
    except StudioError:
        return None


def _angle(value: Any) -> Angle | None:
    try:
        return (
            Angle.parse(value) if isinstance(value, str) else Angle.model_validate(value) if value else None
        )
    except StudioError:
        return None


def _short(value: Any) -> str:
    text = plain_value(value) if not isinstance(value, list | tuple | Mapping) else str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _when(at: datetime) -> str:
    return f"{at.astimezone():%-d %b %Y, %H:%M}"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(count // 1024, 1)} kB"


__all__ = ["ALL_BACKENDS", "catalogue", "state"]
