"""A parameter's value, checked before it goes into a graph."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import Any

from studio.errors import WorkflowError
from studio.workflow.manifest import MAX_SEED, Parameter, ParameterType

_TEXTS = (ParameterType.PROMPT, ParameterType.NEGATIVE, ParameterType.TEXT)
_COLOR = re.compile(r"#?([0-9a-fA-F]{6})")
_DRIVE = re.compile(r"^[A-Za-z]:")


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Up to five of `known` that look like `name`, best first; all that contain it come too."""
    names = list(known)
    folded = {other.casefold(): other for other in names}
    close = [folded[other] for other in difflib.get_close_matches(name.casefold(), folded, n=5, cutoff=0.5)]
    containing = [other for other in names if len(name) > 2 and name.casefold() in other.casefold()]
    return list(dict.fromkeys(close + containing))[:5]


def check_value(parameter: Parameter, value: Any) -> Any:
    """`value` as the graph takes it: whole numbers as int, colours as numbers, paths with `/`.

    Raises:
        WorkflowError: the wrong type, out of range, or not one of the choices; it names node and field.
    """
    kind = parameter.type
    if kind is ParameterType.BOOL:
        if not isinstance(value, bool):
            raise _wrong(parameter, value, "true or false")
        return value
    if kind is ParameterType.SEED:
        return check_seed(value, parameter)
    if kind is ParameterType.COLOR:
        return _color(parameter, value)
    if kind in (ParameterType.INT, ParameterType.FLOAT):
        return _in_range(parameter, _numeric(parameter, value))
    if kind is ParameterType.CHOICE and parameter.choices:
        if value not in parameter.choices or isinstance(value, bool):
            raise _wrong(parameter, value, _one_of(value, parameter.choices))
        return value
    if not isinstance(value, str):
        raise _wrong(parameter, value, "a text")
    if kind is ParameterType.PREFIX:
        return check_prefix(value, parameter)
    if kind in _TEXTS or kind is ParameterType.CHOICE:
        return value
    if (kind.is_media or kind is ParameterType.MODEL) and not value.strip():
        raise _wrong(parameter, value, "the name of a file")
    return value.replace("\\", "/")


def check_seed(value: Any, parameter: Parameter | None = None) -> int:
    """A seed, 0 … 2^64−1; its text form is taken too, for it is the one that keeps all digits.

    Raises:
        WorkflowError: anything else.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise _wrong(parameter, value, f"a whole number, 0 … {MAX_SEED}", field="seed")
    return value


def check_prefix(value: str, parameter: Parameter | None = None) -> str:
    """A file name prefix that stays inside the backend's output folder, with `/` between folders.

    Raises:
        WorkflowError: it would lead out of it, is empty, or too long.
    """
    prefix = value.replace("\\", "/")
    parts = prefix.split("/")
    leads_out = prefix.startswith("/") or _DRIVE.match(prefix) or ".." in parts
    if leads_out or not parts[-1].strip() or len(prefix) > 200 or any(ord(sign) < 32 for sign in prefix):
        raise _wrong(
            parameter,
            value,
            "a name, with folders before it if wanted, that stays in the output folder",
            field="prefix",
        )
    return prefix


def snap(parameter: Parameter, value: int) -> int:
    """The nearest whole number to `value` that the parameter's range and step allow."""
    step = int(parameter.step or 1)
    base = int(parameter.min or 0)
    low, high = parameter.min, parameter.max
    snapped = base + round((value - base) / step) * step
    if high is not None and snapped > high:
        snapped = base + int((high - base) // step) * step
    return max(snapped, int(low)) if low is not None else snapped


def _numeric(parameter: Parameter, value: Any) -> int | float:
    whole = parameter.type is ParameterType.INT
    wanted = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(parameter, value, wanted)
    if not whole:
        return float(value)
    if value != int(value):
        raise _wrong(parameter, value, wanted)
    return int(value)


def _in_range(parameter: Parameter, value: int | float) -> int | float:
    low, high = parameter.min, parameter.max
    if (low is not None and value < low) or (high is not None and value > high):
        if low is not None and high is not None:
            wanted = f"between {low} and {high}"
        else:
            wanted = f"{low} or more" if low is not None else f"{high} or less"
        raise _wrong(parameter, value, wanted)
    return value


def _color(parameter: Parameter, value: Any) -> int:
    if isinstance(value, str) and (match := _COLOR.fullmatch(value.strip())):
        return int(match[1], 16)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0xFFFFFF:
        raise _wrong(parameter, value, "a colour such as '#2b3a4f'")
    return value


def _one_of(value: Any, choices: Iterable[Any]) -> str:
    known = [str(choice) for choice in choices]
    near = near_names(str(value), known)
    return f"one of {', '.join(near or known[:8])}{'' if near or len(known) <= 8 else ', …'}"


def _wrong(parameter: Parameter | None, value: Any, wanted: str, *, field: str = "") -> WorkflowError:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    if parameter is None:
        return WorkflowError(f"{shown} is not {wanted}", field=field)
    return WorkflowError(
        f"{parameter.name} is {shown}; it must be {wanted}",
        node=parameter.place.node,
        field=parameter.place.input,
    )
