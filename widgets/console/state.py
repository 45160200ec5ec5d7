"""The state of a console as its page draws it: plain JSON, every word already said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.console.rooms import ROOMS

if TYPE_CHECKING:
    from widgets.console.model import ConsoleModel

MOST_NAMED = 2_000
"""Panels that the list above Cinema offers."""


def state(model: ConsoleModel) -> dict[str, Any]:
    """Everything that the page shows now, without what only one page asked for."""
    model.look()
    return {
        "project": {"name": model.name, "path": str(model.project.path), "key": model.key},
        "menu": _menu(model),
        "tab": model.tab,
        "tabs": [[room, title] for room, title in ROOMS.items()],
        "status": status(model),
        "cinema": _cinema(model),
        "notices": [each.row() for each in model.notices],
        "unread": model.notices.unread,
        "farm": [model.farm_state, model.farm_why],
        "why": {each: model.may(each) for each in ("render", "arrange", "manage")},
    }


def _menu(model: ConsoleModel) -> dict[str, Any]:
    """What the dialogs of the project's menu begin with."""
    roots = model.doors.roots
    return {
        "roots": [str(each) for each in roots] if roots is not None else None,
        "folder": str(model.project.path.parent),
        "name": model.name,
        "naming": model.project.settings.naming,
    }


def status(model: ConsoleModel) -> dict[str, Any]:
    """The line at the foot."""
    farm = model.farm
    return {
        "panels": len(model.project.board.state),
        "takes": model.count.total,
        "ready": farm.ready if farm is not None else None,
        "backends": len(farm.backends) if farm is not None else None,
        "running": farm.running if farm is not None else 0,
        "waiting": farm.waiting if farm is not None else 0,
        "saved": model.saved,
        "role": model.role,
    }


def _cinema(model: ConsoleModel) -> dict[str, Any]:
    """The strip above the look: for which panels it is."""
    chosen = model.chosen
    cinema = model.rooms.there("cinema")
    why = model.may("arrange")
    if not why and not chosen:
        why = "Choose a panel first, here or on the storyboard."
    if not why and any(entry.locked for entry in chosen):
        why = "A chosen panel is locked."
    return {
        "panels": [[entry.id, entry.title or entry.name] for entry in model.panels[:MOST_NAMED]],
        "chosen": [entry.id for entry in chosen],
        "fresh": model.look_is_new,
        "valid": cinema is None or cinema.model.report.ok,
        "why": why,
    }
