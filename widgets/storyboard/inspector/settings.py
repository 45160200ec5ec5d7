"""A template's settings, pictures and LoRAs as the page draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.project import planned
from studio.project.differences import picture_words, plain_value
from studio.workflow import Parameter, ParameterType, Template
from studio.workflow.graph import get_input
from widgets.storyboard.inspector.chosen import ChosenPanels

if TYPE_CHECKING:
    from studio.project.board import PanelEntry

_NUMBERS = (ParameterType.INT, ParameterType.FLOAT)


def settings(model: ChosenPanels, panel: PanelEntry) -> dict[str, Any]:
    """The template's parameters, as fields by group; its pictures; its LoRAs."""
    empty: dict[str, Any] = {"settings": [], "pictures": [], "loras": None, "files": {}, "looking": False}
    table = model.table(panel)
    if not table:
        return empty
    try:
        template = model.template(panel)
    except StudioError:
        return empty
    graph = model.ready(panel).graph
    given = table.get("parameters")
    given = given if isinstance(given, Mapping) else {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for parameter in template.manifest.parameters:
        kind = parameter.type
        if kind.is_media or (kind in planned.OWN_PLACE and kind is not ParameterType.NEGATIVE):
            continue
        row = _setting(template, parameter, given, graph)
        groups.setdefault(parameter.group or "Settings", []).append(row)
    images = table.get("images")
    images = images if isinstance(images, Mapping) else {}
    return {
        "settings": [[group, rows] for group, rows in groups.items()],
        "pictures": [
            {
                "name": each.name,
                "label": each.title,
                "type": each.type.value,
                "required": each.required,
                "value": str(images.get(each.name, "")),
                "words": picture_words(str(images[each.name])) if each.name in images else "",
            }
            for each in template.manifest.parameters
            if each.type.is_media
        ],
        "loras": _loras(template, table),
        "files": model.offers.files(template),
        "looking": model.offers.looking(),
    }


def _setting(
    template: Template, parameter: Parameter, given: Mapping[str, Any], graph: Mapping[str, Any] | None
) -> dict[str, Any]:
    own = template.default(parameter.name)
    value, chosen = given.get(parameter.name), parameter.name in given
    if not chosen:
        value = own
        if graph is not None and parameter.type in _NUMBERS and parameter.place.node in graph:
            value = get_input(dict(graph), parameter.place)  # width and height follow the look
    if parameter.type is ParameterType.COLOR and isinstance(value, int):
        value = f"#{value & 0xFFFFFF:06x}"
    if parameter.type is ParameterType.NEGATIVE and not chosen:
        value = ""
    return {
        "name": parameter.name,
        "label": parameter.title,
        "type": parameter.type.value,
        "help": parameter.help,
        "value": value,
        "given": chosen,
        "own": plain_value(own) if parameter.type is not ParameterType.NEGATIVE else "as the look asks",
        "min": parameter.min,
        "max": parameter.max,
        "step": parameter.step,
        "choices": list(parameter.choices),
    }


def _loras(template: Template, table: Mapping[str, Any]) -> dict[str, Any] | None:
    """None if the template takes none."""
    if not template.manifest.loras:
        return None
    found = table.get("loras")
    rows = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []
    chains = [chain.name for chain in template.manifest.loras if chain.name]
    return {
        "chains": chains if len(chains) > 1 else [],
        "rows": [
            {
                "name": str(each.get("name", "")),
                "strength": each.get("strength_model", 1.0),
                "chain": str(each.get("chain", "")),
            }
            for each in rows
        ],
    }
