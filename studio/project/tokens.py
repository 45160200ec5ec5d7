"""The tokens of a naming template: what each says of a take, in which formats, and how it is read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

TOKENS = {
    "project": "the project's name",
    "panel": "the panel's name",
    "version": "1, 2, 3 …; 03d for 001",
    "workflow": "the template that rendered it",
    "seed": "its seed; 08d with zeros, x as hexadecimal",
    "date": "the day, as %Y%m%d or %Y-%m-%d",
    "time": "the time, as %H%M%S or %H-%M",
    "look": "the preset of its look",
    "width": "in pixels",
    "height": "in pixels",
    "ext": "png, mp4 …",
}
"""Token → what it stands for."""

WORDS = ("workflow", "look", "ext")
"""Tokens that give any letters and digits."""

_DIGITS = re.compile(r"(?:0([1-9]\d?))?d?")
_SEED = re.compile(r"(?:0([1-9]\d?))?([dxX]?)")
_MOMENT = re.compile(r"(?:%[YymdjHMS]|[-_.])*%[YymdjHMS](?:%[YymdjHMS]|[-_.])*")
_DIRECTIVES = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "M": 2, "S": 2}
_MOMENTS = {"date": "%Y%m%d", "time": "%H%M%S"}
_NUMBERS = ("version", "width", "height")
_UNKNOWN = "none"


@dataclass(frozen=True)
class NameTokens:
    """What is known of a take beside its project, panel and version; all of it may be missing.

    Args:
        workflow: The template's id.
        look: The preset's id.
        at: When it was made; now if None. Names tell this machine's local time.
        extension: `.png`; as a file has it.
    """

    workflow: str = ""
    seed: int | None = None
    look: str = ""
    width: int | None = None
    height: int | None = None
    at: datetime | None = None
    extension: str = ""

    @classmethod
    def of(
        cls,
        shot: Mapping[str, Any] | None,
        *,
        workflow: str = "",
        at: datetime | None = None,
        width: int | None = None,
        height: int | None = None,
        extension: str = "",
    ) -> NameTokens:
        """From a shot's table as provenance holds it, whatever it lacks.

        Args:
            width, height: The picture's own; else those that the shot asks for.
        """
        table = shot if isinstance(shot, Mapping) else {}
        look = table.get("look")
        asked = table.get("parameters")
        parameters = asked if isinstance(asked, Mapping) else {}
        seed = table.get("seed")
        return cls(
            workflow=workflow or _text(table.get("template")),
            seed=int(seed) if isinstance(seed, int) or (isinstance(seed, str) and _plain(seed)) else None,
            look=_text(look.get("preset")) if isinstance(look, Mapping) else "",
            width=width or _number(parameters.get("width")),
            height=height or _number(parameters.get("height")),
            at=at,
            extension=extension,
        )

    def at_time(self, moment: datetime) -> NameTokens:
        """The same at another time."""
        return replace(self, at=moment)

    def facts(self, *, project: str, panel: str, version: int, longest: int) -> dict[str, Any]:
        """Token → value; words are cut to `longest` letters."""
        moment = (self.at or datetime.now()).astimezone()
        return {
            "project": project,
            "panel": panel,
            "version": version,
            "workflow": word(self.workflow, longest),
            "seed": self.seed or 0,
            "date": moment,
            "time": moment,
            "look": word(self.look, longest),
            "width": self.width or 0,
            "height": self.height or 0,
            "ext": word(self.extension, longest).lower(),
        }


def word(text: str, longest: int) -> str:
    """Letters and digits only (`blade_runner_2049` → `BladeRunner2049`), so that a sign always ends it."""
    pieces = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text))
    joined = (
        "".join(piece[:1].upper() + piece[1:] for piece in pieces) if len(pieces) > 1 else "".join(pieces)
    )
    cut = joined[:longest]
    while len(cut.encode("utf-8", "replace")) > longest * 2:
        cut = cut[:-1]
    return cut or _UNKNOWN


def refusal(token: str, spec: str) -> str:
    """Why a token can't have this format; empty if it can."""
    if not spec:
        return ""
    if token in _NUMBERS and _DIGITS.fullmatch(spec):
        return ""
    if token == "seed" and _SEED.fullmatch(spec):
        return ""
    if token in _MOMENTS and _MOMENT.fullmatch(spec):
        return ""
    allowed = (
        "such as 03d"
        if token in _NUMBERS
        else "such as 010d or 016x"
        if token == "seed"
        else f"of %Y %m %d %H %M %S with - _ . between, such as {_MOMENTS[token]}"
        if token in _MOMENTS
        else "none"
    )
    return f"the format of {{{token}:{spec}}} is not understood; it may be {allowed}"


def format_token(token: str, spec: str, facts: Mapping[str, Any]) -> str:
    """One token's text."""
    value = facts[token]
    if token in _MOMENTS:
        return str(value.strftime(spec or _MOMENTS[token]))
    return format(value, spec) if isinstance(value, int) else str(value)


def token_pattern(token: str, spec: str) -> str:
    """An expression that matches exactly what `format_token` can give."""
    if token in _MOMENTS:
        return re.sub(
            r"%([YymdjHMS])|(.)",
            lambda found: f"[0-9]{{{_DIRECTIVES[found[1]]}}}" if found[1] else re.escape(found[2]),
            spec or _MOMENTS[token],
        )
    if token in _NUMBERS:
        digits = _DIGITS.fullmatch(spec)
        return _at_least(digits[1] if digits else None, 9, "0-9")
    if token == "seed":
        found = _SEED.fullmatch(spec)
        letters = "0-9a-f" if found and found[2] in ("x", "X") else "0-9"
        return _at_least(found[1] if found else None, 20, letters)
    return r"[^\W_]+"


def _at_least(width: str | None, longest: int, letters: str) -> str:
    """That many digits with leading zeros, or more digits without."""
    least = int(width or 1)
    if least == 1:
        return f"[{letters}]{{1,{longest}}}"
    more = f"|[{letters.replace('0-9', '1-9')}][{letters}]{{{least},{longest}}}" if longest > least else ""
    return f"(?:[{letters}]{{{least}}}{more})"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 20


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6 else None
