"""What stands under a take on a sheet, told from its provenance alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.cinema import camera, fields_of, lens, preset_record, shot_size
from studio.errors import StudioError, TakeError
from studio.project.takes import Take
from studio.project.versions import version_text

if TYPE_CHECKING:
    from studio.cinema import Angle, Look
    from studio.shot import Shot


@dataclass(frozen=True)
class Caption:
    """The lines under one frame; a line is empty where nothing is known."""

    name: str
    version: str = ""
    look: str = ""  # Blade Runner 2049 (2017)
    lens: str = ""  # ARRI/ZEISS Master Prime, 32 mm · 2.39:1 · ARRI ALEXA XT
    angle: str = ""  # MCU · magic hour · low angle · front-right 30°


def caption(take: Take) -> Caption:
    """What is known of `take`; a take without a readable shot has its name and version only."""
    name = (take.panel or take.path.stem).replace("_", " ")
    version = version_text(take.version) if take.version else ""
    try:
        shot = take.shot
    except TakeError:
        return Caption(name=name, version=version)
    return shot_caption(shot, name=name, version=version)


def shot_caption(shot: Shot, *, name: str, version: str = "") -> Caption:
    """What is known of a shot that has no take yet."""
    look = shot.look
    return Caption(
        name=name,
        version=version,
        look=_origin(look),
        lens=_glass(look) if look.kind == "live_action" else _style(look),
        angle=_dots(shot_size(look, shot.angle), _word(look, "lighting.time_of_day"), _view(shot.angle)),
    )


def _origin(look: Look) -> str:
    """The preset's title and year; of a look of one's own, its mood."""
    if look.preset is None:
        return _dots(_word(look, "visual_grammar.mood"), str(look.year or ""))
    try:
        record = preset_record(look.preset)
    except StudioError:  # a preset of another project
        title, year = look.preset.replace("_", " ").capitalize(), look.year
    else:
        title, year = record.title, record.year or look.year
    return f"{title} ({year})" if year else title


def _glass(look: Look) -> str:
    focal = _value(look, "lens.focal_length_mm")
    millimetres = f"{focal:g} mm" if focal is not None else ""
    family = _gear(lens, _value(look, "lens.family"))
    body = _gear(camera, _value(look, "camera.body"))
    return _dots(
        ", ".join(part for part in (family, millimetres) if part), _value(look, "camera.aspect_ratio"), body
    )


def _style(look: Look) -> str:
    return _dots(_word(look, "medium"), _word(look, "domain"), _value(look, "aspect_ratio"))


def _view(angle: Angle | None) -> str:
    """`low angle · front-right 30°`."""
    if angle is None:
        return ""
    degree = "°" if angle.direction[-1].isdigit() else ""
    return _dots(angle.height.replace("-", " "), f"{angle.direction}{degree}")


def _gear(find: Any, known: Any) -> str:
    """A camera's or lens' name; its id where the record is gone."""
    try:
        return str(find(known).name) if known else ""
    except StudioError:
        return str(known).replace("_", " ")


def _word(look: Look, field: str) -> str:
    return str(_value(look, field) or "").replace("_", " ")


def _value(look: Look, field: str) -> Any:
    return look.get(field) if field in fields_of(look.kind) else None


def _dots(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
