"""What differs between two shots, in words of film: focal length 40 mm → 75 mm, key light …

for each in differences(first, second):
    print(each)                                     # Focal length: 40 mm → 75 mm
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cinema import FieldInfo, fields_of, library
from studio.errors import StudioError
from studio.workflow import Template, find_template

if TYPE_CHECKING:
    from studio.shot import Shot

NOT_CHOSEN = "not chosen"
NONE = "none"
BY_LOOK = "as the look asks"
_KINDS = {"live_action": "live action", "animation": "animation"}
_SIZES = ("width", "height")
"""Parameters that follow the look's frame where nobody set them."""
_SILENT = frozenset({"filename_prefix"})
"""Of a shot, what is no matter of the picture."""
_ORDER = ("subject", "look", "angle", "template", "target", "parameters", "loras", "images", "seed")
_STORED = re.compile(r"[0-9a-f]{32}\.[a-z0-9]+")


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in two shots.

    Attributes:
        field: Dotted name: `look.lens.focal_length_mm`, `parameters.steps`, `seed`.
        group: Under which heading it stands: `Lens`, `Sampling`, `Shot`.
        label: What a person calls it: `Focal length`.
        before, after: The values in words; `not chosen` where there is none.
    """

    field: str
    group: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}"


@dataclass(frozen=True)
class _Fact:
    group: str
    label: str
    words: str


def differences(before: Shot, after: Shot, *, folders: Iterable[str | Path] = ()) -> tuple[Difference, ...]:
    """What one must change in `before` to have `after`: subject, look, angle, template, LoRAs, seed.

    Args:
        folders: Of the project's own templates, so that their parameters have names and defaults.
    """
    places = tuple(folders)
    old, new = _Facts.of(before, places), _Facts.of(after, places)
    same_template = before.template == after.template
    found = []
    for field in sorted(dict.fromkeys((*old.known, *new.known)), key=_place):
        one, other = old.fact(field, new, same_template), new.fact(field, old, same_template)
        if one.words != other.words:
            named = other if field in new.known else one
            found.append(Difference(field, named.group, named.label, one.words, other.words))
    return tuple(found)


def facts_of(shot: Shot, *, folders: Iterable[str | Path] = ()) -> list[tuple[str, str, str]]:
    """Everything that a shot says, as (group, label, value in words), one group after the other.

    Args:
        folders: Of the project's own templates.
    """
    known = _Facts.of(shot, tuple(folders)).known
    facts = [known[field] for field in sorted(known, key=_place)]
    groups = list(dict.fromkeys(fact.group for fact in facts))
    return [
        (fact.group, fact.label, fact.words) for fact in sorted(facts, key=lambda f: groups.index(f.group))
    ]


def _place(field: str) -> int:
    """Where a field stands in the list; those of one part keep their order."""
    part = field.partition(".")[0]
    return _ORDER.index(part) if part in _ORDER else len(_ORDER)


@dataclass(frozen=True)
class _Facts:
    """What a shot says, field by field, and what its template says of what it leaves open."""

    known: Mapping[str, _Fact]
    template: Template | None

    @classmethod
    def of(cls, shot: Shot, folders: tuple[str | Path, ...]) -> _Facts:
        try:
            template = find_template(shot.template, folders)
        except StudioError:  # one that is not here still has names and values
            template = None
        return cls(dict(_facts(shot, template)), template)

    def fact(self, field: str, other: _Facts, same_template: bool) -> _Fact:
        """What this shot says of `field`, or what it means that it says nothing."""
        known = self.known.get(field)
        if known is not None:
            return known
        like = other.known[field]
        part, _, name = field.partition(".")
        if part == "parameters":
            if name in _SIZES:
                return _Fact(like.group, like.label, BY_LOOK)
            own = _own(self.template, name) if same_template else None
            return _Fact(like.group, like.label, NOT_CHOSEN if own is None else own)
        return _Fact(like.group, like.label, NONE if part in ("loras", "images") else NOT_CHOSEN)


def _facts(shot: Shot, template: Template | None) -> Iterator[tuple[str, _Fact]]:
    yield "look.kind", _Fact("Look", "Kind of look", _KINDS[shot.look.kind])
    for name, info in fields_of(shot.look.kind).items():
        value = shot.look.get(name)
        if value is not None:
            yield f"look.{name}", _Fact(info.group, info.label, look_words(info, value))
    if shot.subject:
        yield "subject", _Fact("Shot", "Subject", shot.subject)
    if shot.angle is not None:
        yield "angle.size", _Fact("Angle", "Frame", shot.angle.size_words)
        yield "angle.height", _Fact("Angle", "Camera height", shot.angle.height_words)
        yield "angle.direction", _Fact("Angle", "Camera side", shot.angle.direction_words)
    yield "template", _Fact("Shot", "Template", template.name if template else shot.template)
    if shot.target:
        yield "target", _Fact("Shot", "Prompt written for", shot.target)
    for name, value in shot.parameters.items():
        parameter = template.parameters.get(name) if template else None
        label = parameter.title if parameter else name.replace("_", " ").capitalize()
        group = (parameter.group if parameter else "") or "Parameters"
        yield f"parameters.{name}", _Fact(group, label, plain_value(value))
    met: dict[str, int] = {}
    for lora in shot.loras:
        chain = f" ({lora.chain})" if lora.chain else ""
        words = f"{lora.strength_model:g}"
        if lora.strength_clip is not None:
            words += f", text {lora.strength_clip:g}"
        key = f"loras.{lora.name}{chain}"
        met[key] = met.get(key, 0) + 1
        key += f" #{met[key]}" if met[key] > 1 else ""
        yield key, _Fact("LoRAs", f"LoRA {short_file(lora.name)}{chain}", words)
    for name, file in shot.images.items():
        parameter = template.parameters.get(name) if template else None
        title = parameter.title if parameter else name.capitalize()
        yield f"images.{name}", _Fact("Pictures", title, picture_words(file))
    yield "seed", _Fact("Shot", "Seed", str(shot.seed))
    for name, value in (shot.model_extra or {}).items():
        if name not in _SILENT:
            yield name, _Fact("Shot", name.replace("_", " ").capitalize(), plain_value(value))


def look_words(info: FieldInfo, value: Any) -> str:
    """A value of a look's field as a person calls it: `75 mm`, `T2.8`, `ARRI Alexa 65`."""
    data = library()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if info.words == "gate":
        return str(getattr(data.formats.get(value), "name", value))
    if info.words and info.words != "focal_length":
        record = data.table(info.words).get(value)
        return str(record.name) if record is not None else str(value)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    if info.unit == "T":
        return f"T{number}"
    if info.unit == "°":
        return f"{number}°"
    return f"{number} {info.unit}" if info.unit not in ("", "year") else number


def plain_value(value: Any) -> str:
    """A parameter's value in words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if value is None or value == "":
        return NONE
    return str(value)


def short_file(name: str) -> str:
    """A model's name without folders and ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return re.sub(r"\.(safetensors|ckpt|pth?|bin|gguf|sft)$", "", last, flags=re.IGNORECASE) or name


def picture_words(file: str) -> str:
    """A picture as a person tells it from another; those of the project are called by their contents."""
    name = file.rpartition("/")[2]
    return f"picture {name[:8]}" if _STORED.fullmatch(name) else name


def _own(template: Template | None, name: str) -> str | None:
    """The template's own value of a parameter, in words; None where that is not known."""
    if template is None or name not in template.parameters:
        return None
    return f"{plain_value(template.default(name))} (the template’s)"
