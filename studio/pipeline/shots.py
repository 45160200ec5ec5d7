"""The shot that a workflow node renders, from what the file says and what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.errors import PipelineError
from studio.pipeline.expression import Expression
from studio.pipeline.items import Item
from studio.pipeline.model import WorkflowNode
from studio.shot import Shot


def shot_for(
    node: WorkflowNode, given: Shot | None, items: Mapping[str, Item], facts: Mapping[str, Any], root: Path
) -> tuple[Shot, str | None]:
    """The shot, and the backend that it is tied to, if any.

    The base is the shot given at the start, else the file's, else that of the first picture that arrived.
    A shot taken over loses its own parameters, pictures and LoRAs when the node names another template.

    Raises:
        PipelineError: there is no shot to go on from, or something is set to what it can't be.
        LookError, ShotError: no such field, or a value it can't have.
    """
    shot = _base(node, given, items)
    changes: dict[str, Any] = {}
    if node.template and node.template != shot.template:
        changes = {"template": node.template, "target": "", "parameters": {}, "loras": (), "images": {}}
    pictures = {
        name.removeprefix("image:"): _picture(node, item, root)
        for name, item in items.items()
        if name.startswith("image:")
    }
    changes["images"] = {**changes.get("images", shot.images), **pictures}
    changes["parameters"] = {**changes.get("parameters", shot.parameters), **node.parameters}
    backend = None
    for target, text in node.set.items():
        value = Expression(text).value(facts)
        if target.startswith("parameters."):
            changes["parameters"][target.removeprefix("parameters.")] = value
        elif target.startswith("look."):
            changes[f"look__{target.removeprefix('look.').replace('.', '__')}"] = value
        elif target == "backend":
            backend = str(value) if value else None
        else:
            changes[target] = value
    return shot.with_(**changes), backend


def _base(node: WorkflowNode, given: Shot | None, items: Mapping[str, Item]) -> Shot:
    if given is not None:
        return given
    if node.shot is not None:
        return Shot.model_validate(node.shot)
    for item in items.values():
        if item.shot is not None:
            return item.shot
    raise PipelineError(
        "there is no shot to render", where=node.id, hint="Give the node a `shot`, or start with shots={…}."
    )


def _picture(node: WorkflowNode, item: Item, root: Path) -> str:
    if item.path is None:
        raise PipelineError(
            f"{item.id} is no file and can't be a picture",
            where=node.id,
            hint="Feed it from a workflow or input.",
        )
    return item.path.relative_to(root).as_posix()
