"""A panel's planned shot: the table that the storyboard holds (`PanelEntry.shot`), and changes to it.

Every change is a pure function from table to table; every value is checked by the studio before it goes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.cinema import Angle, preset
from studio.errors import ShotError, StudioError, UnknownParameter
from studio.shot import Shot
from studio.workflow import LoraChoice, Template
from studio.workflow.manifest import Parameter, ParameterType
from studio.workflow.values import check_seed, check_value, near_names

Table = dict[str, Any]

EMPTY_LOOK: Table = {"kind": "live_action"}
LONGEST_SUBJECT = 20_000
MOST_LORAS = 32
OWN_PLACE = (
    ParameterType.PROMPT,
    ParameterType.NEGATIVE,
    ParameterType.SEED,
    ParameterType.PREFIX,
)
"""Kinds of parameters that the shot gives by other fields than `parameters`; a negative may be set, too."""


def completed(table: Mapping[str, Any], template: str = "sdxl") -> Table:
    """The table with all that a shot can't do without: a screenplay gives no more than a subject."""
    return {"look": dict(EMPTY_LOOK), "subject": "", "template": template, **table}


def shot_of(table: Mapping[str, Any]) -> Shot:
    """The shot that a table means; a seed that it leaves open is another one each time.

    Raises:
        StudioError: it can't be read.
    """
    return Shot.model_validate(completed(table))


def table_of(shot: Shot) -> Table:
    """The table that means this shot: only what is not left open."""
    table = shot.model_dump(mode="json", exclude_none=True)
    table.pop("filename_prefix", None)
    return {key: value for key, value in table.items() if value not in ("", [], {}) or key == "subject"}


def with_subject(table: Table, value: Any) -> Table:
    """Another subject.

    Raises:
        ShotError: it is no text, or longer than any model reads.
    """
    if not isinstance(value, str):
        raise ShotError("the subject is no text", where="subject")
    if len(value) > LONGEST_SUBJECT:
        raise ShotError(f"longer than {LONGEST_SUBJECT:,} letters", where="subject", hint="Say it shorter.")
    return {**completed(table), "subject": value}


def with_angle(table: Table, value: Any) -> Table:
    """Where the camera stands: size, height and direction, or None.

    Raises:
        LookError: there is no such angle.
    """
    changed = completed(table)
    changed.pop("angle", None)
    if value:
        angle = Angle.parse(value) if isinstance(value, str) else Angle.model_validate(value)
        changed["angle"] = angle.model_dump(mode="json")
    return changed


def with_seed(table: Table, value: Any) -> Table:
    """A seed that is kept, as text; None: another one with each render.

    Raises:
        WorkflowError: it is no whole number of 0 … 2^64−1.
    """
    changed = completed(table)
    changed.pop("seed", None)
    if value is not None:
        text = value.strip().replace(" ", "") if isinstance(value, str) else value
        changed["seed"] = str(check_seed(text))
    return changed


def with_preset(table: Table, value: Any) -> Table:
    """The look of a preset, or none at all.

    Raises:
        LookError: there is no such preset.
    """
    look = preset(str(value)).model_dump(mode="json", exclude_none=True) if value else dict(EMPTY_LOOK)
    return {**completed(table), "look": {key: part for key, part in look.items() if part != {}}}


def with_template(table: Table, template: Template) -> Table:
    """Another template; of the settings those stay that it has too, with a value that it takes."""
    changed = {**completed(table), "template": template.id}
    known = template.parameters
    changed["parameters"] = {
        name: value
        for name, value in _part(table, "parameters").items()
        if name in known and not known[name].type.is_media and _fits(known[name], value)
    }
    changed["images"] = {
        name: value
        for name, value in _part(table, "images").items()
        if name in known and known[name].type.is_media
    }
    chains = [chain.name for chain in template.manifest.loras]
    changed["loras"] = [
        {**lora, "chain": lora.get("chain", "") if lora.get("chain", "") in chains else ""}
        for lora in _loras(table)
        if chains
    ]
    return _without_empty(changed, "parameters", "images", "loras")


def with_parameter(table: Table, template: Template, name: str, value: Any) -> Table:
    """A parameter's value; None: the template's own.

    Raises:
        UnknownParameter: the template has none of that name.
        WorkflowError: a value that it can't have.
    """
    parameter = _known(template, name)
    given = dict(_part(table, "parameters"))
    given.pop(name, None)
    if value is not None:
        given[name] = check_value(parameter, _number(parameter, value))
    return _without_empty({**completed(table), "parameters": given}, "parameters")


def with_picture(table: Table, template: Template, name: str, value: str | None) -> Table:
    """A picture for one of the template's inputs; None takes it away.

    Raises:
        UnknownParameter: the template has no such input.
        WorkflowError: it is no name of a file.
    """
    parameter = _known(template, name)
    if not parameter.type.is_media:
        raise ShotError(f"{parameter.title} takes no picture", where=name)
    given = dict(_part(table, "images"))
    given.pop(name, None)
    if value is not None:
        given[name] = check_value(parameter, value)
    return _without_empty({**completed(table), "images": given}, "images")


def with_lora(table: Table, template: Template, name: str) -> Table:
    """One LoRA more, at full strength.

    Raises:
        ShotError: the template takes none, or there are many already.
    """
    if not template.manifest.loras:
        raise ShotError(f"{template.name} takes no LoRA", where="loras")
    loras = _loras(table)
    if len(loras) >= MOST_LORAS:
        raise ShotError(f"more than {MOST_LORAS} LoRAs", where="loras", hint="Take one out first.")
    return {**completed(table), "loras": [*loras, _lora({"name": name, "strength_model": 1.0})]}


def with_lora_changed(table: Table, template: Template, index: int, change: Mapping[str, Any]) -> Table:
    """Another strength or chain of a LoRA.

    Raises:
        ShotError: there is no such LoRA, strength or chain.
    """
    loras = _loras(table)
    if not 0 <= index < len(loras):
        raise ShotError("there is no such LoRA any more", where="loras")
    chains = ["", *(chain.name for chain in template.manifest.loras)]
    if change.get("chain", "") not in chains:
        raise ShotError(f"{template.name} has no LoRA chain {change['chain']!r:.40}", where="loras")
    loras[index] = _lora({**loras[index], **change})
    return {**completed(table), "loras": loras}


def without_lora(table: Table, index: int) -> Table:
    """One LoRA less.

    Raises:
        ShotError: there is no such LoRA.
    """
    loras = _loras(table)
    if not 0 <= index < len(loras):
        raise ShotError("there is no such LoRA any more", where="loras")
    del loras[index]
    return _without_empty({**completed(table), "loras": loras}, "loras")


def _known(template: Template, name: str) -> Parameter:
    parameter = template.parameters.get(name)
    if parameter is None:
        raise UnknownParameter(
            name, near=near_names(name, template.parameters), where=f"template {template.id}"
        )
    return parameter


def _lora(values: Mapping[str, Any]) -> Table:
    """Raises ShotError for one that can't be."""
    try:
        choice = LoraChoice.model_validate(dict(values))
    except ValueError as error:
        raise ShotError(
            "a LoRA has a name and a strength between -100 and 100", where="loras", hint="Most want 0.5 to 1."
        ) from error
    return choice.model_dump(mode="json", exclude_none=True, exclude_defaults=False)


def _loras(table: Mapping[str, Any]) -> list[Table]:
    found = table.get("loras")
    if not isinstance(found, list | tuple):
        return []
    return [dict(each) for each in found if isinstance(each, Mapping)]


def _part(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, Mapping) else {}


def _fits(parameter: Parameter, value: Any) -> bool:
    try:
        check_value(parameter, value)
    except StudioError:
        return False
    return True


def _number(parameter: Parameter, value: Any) -> Any:
    """A page's numbers are all of one kind: 20.0 is 20 where it is a choice of whole numbers, too."""
    if parameter.type is ParameterType.CHOICE and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _without_empty(table: Table, *keys: str) -> Table:
    """Without those of these parts that hold nothing."""
    return {key: value for key, value in table.items() if key not in keys or value}
