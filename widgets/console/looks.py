"""A look on its way between Cinema and the panels of the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError
from studio.project import planned

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.board import PanelEntry
    from widgets.configurator import Scene


def table_of_panel(project: Project, entry: PanelEntry) -> planned.Table:
    """A panel's planned shot; without one that of the take shown, with its seed left open; else nothing."""
    if entry.shot:
        return dict(entry.shot)
    panel = project.find_panel(entry.id)
    take = panel.current if panel is not None else None
    if take is None:
        return {}
    try:
        table = planned.table_of(take.shot)
    except StudioError:  # a picture from elsewhere
        return {}
    table.pop("seed", None)
    return table


def scene_of(project: Project, entry: PanelEntry) -> dict[str, Any] | None:
    """What Cinema shows of a panel: look, angle, subject; None if it has no shot.

    Raises:
        StudioError: its plan can't be read.
    """
    table = table_of_panel(project, entry)
    if not table:
        return None
    shot = planned.shot_of(table)
    return {"look": shot.look, "angle": shot.angle, "subject": shot.subject, "target": shot.target}


def plan_scene(project: Project, entries: Iterable[PanelEntry], scene: Scene) -> list[str]:
    """Give panels the look of Cinema, as one step to undo; a single panel gets subject and angle with it.

    A shot is fixed as soon as there are takes of it; who asks for another look means to change it. What a
    person locked stays as it is.

    Returns:
        The names of the panels.

    Raises:
        ProjectError: there is no panel, or one is locked; none is changed.
        StudioError: a panel's plan can't be read.
    """
    found = list(entries)
    if not found:
        raise ProjectError(
            "no panel is chosen", where="Cinema", hint="Choose one above or on the storyboard."
        )
    changes: dict[str, dict[str, Any]] = {}
    for entry in found:
        if entry.locked:
            raise ProjectError(
                "the panel is locked", where=entry.title or entry.name, hint="Unlock it first."
            )
        table = table_of_panel(project, entry)
        shot = planned.shot_of(table).with_(look=scene.look)
        if len(found) == 1:
            shot = shot.with_(angle=scene.angle, subject=scene.subject or shot.subject)
        fresh = planned.table_of(shot)
        if "seed" not in table:
            fresh.pop("seed", None)
        opened = {"locked": False} if entry.locked is None and project.board.locked(entry.name) else {}
        changes[entry.name] = {"shot": fresh, **opened}
    project.board.change(changes, label="Use the look")
    return list(changes)
