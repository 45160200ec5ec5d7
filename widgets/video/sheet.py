"""The state of the Video room as its page draws it: plain JSON, every word already said."""

from __future__ import annotations

from typing import Any

from studio.cinema import validate
from studio.errors import StudioError
from studio.project import planned
from studio.project.differences import look_words
from studio.project.versions import version_text
from widgets.progress.model import plain
from widgets.storyboard.inspector.settings import settings
from widgets.video.model import FILM, Render, VideoModel, as_text

MOST_PANELS = 2_000


def state(model: VideoModel) -> dict[str, Any]:
    """Everything that the page shows now."""
    entry = model.entry(FILM)
    ready = model.ready(entry)
    table = model.draft
    return {
        "ids": [FILM],
        "panel": {"locked": False},
        "faults": model.faults(),
        "shot": {
            "template": as_text(table, "template"),
            "target": as_text(table, "target"),
            "target_own": _target_of(model),
            "subject": as_text(table, "subject"),
            "seed": str(table["seed"]) if table.get("seed") is not None else None,
            "prompt": ready.prompt,
            "why": model.board.project.access.why("render") or ready.why,
            **_look(table),
        },
        "movement": _movement(model),
        **settings(model, entry),
        "backends": model.offers.backends(),
        "farm": model.offers.asked,
        "where": model.where_to(),
        "into": model.panel_into,
        "panels": [
            [each.id, each.title or each.name] for each in list(model.board.entries.values())[:MOST_PANELS]
        ],
        "others": _others(model),
        "renders": [_render(model, each) for each in model.renders],
        "trouble": plain(model.trouble),
        "takes": _takes(model),
    }


def catalogue(model: VideoModel) -> dict[str, Any]:
    """What seldom changes while the widget is open."""
    return {
        "templates": [
            {
                "id": each.id,
                "name": each.name,
                "about": each.manifest.description,
                "picture": each.picture is not None,
            }
            for each in model.films
        ],
        "targets": [list(pair) for pair in model.targets],
    }


def _target_of(model: VideoModel) -> str:
    try:
        return dict(model.targets).get(model.film.target, model.film.target)
    except StudioError:
        return ""


def _look(table: planned.Table) -> dict[str, Any]:
    try:
        shot = planned.shot_of(table)
    except StudioError:
        return {"look": [], "broken": []}
    from studio.cinema import fields_of

    infos, chosen = fields_of(shot.look.kind), shot.look.chosen()
    words = [look_words(infos[name], value) for name, value in chosen.items() if name in infos]
    return {"look": words[:5], "broken": [each.message for each in validate(shot.look).hard]}


def _movement(model: VideoModel) -> list[dict[str, Any]]:
    try:
        return model.movement
    except StudioError:
        return []


def _others(model: VideoModel) -> list[list[Any]]:
    """[id, name, version, stamp, kind] of panels whose take can be a frame."""
    found = []
    for id, entry in model.board.entries.items():
        shown = model.shown(id)
        if shown is not None:
            found.append(
                [id, entry.title or entry.name, shown.take.version, str(shown.stamp), shown.take.kind]
            )
    return found[:400]


def _render(model: VideoModel, render: Render) -> dict[str, Any]:
    progress = render.job.progress
    entry = model.board.entries.get(render.panel)
    state = str(render.job.state)
    return {
        "id": render.job.id,
        "state": state,
        "percent": round(progress.percent, 1),
        "line": plain(progress.line or progress.message),
        "backend": plain(render.job.backend),
        "panel": (entry.title or entry.name) if entry else "",
        "why": plain(str(render.job.error or "")) if state == "failed" else "",
    }


def _takes(model: VideoModel) -> list[dict[str, Any]]:
    found = model.takes
    now = model.played if any(each.take.version == model.played for each in found) else None
    return [
        {
            "version": each.take.version,
            "label": version_text(each.take.version),
            "stamp": str(each.stamp),
            "now": each.take.version == now or (now is None and index == 0),
        }
        for index, each in enumerate(found[:60])
    ]
