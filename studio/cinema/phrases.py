"""A look in words: one phrase for each chosen field, and a reason for each that is not said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from studio.cinema.angles import Angle
from studio.cinema.library import Library, library
from studio.cinema.look import AnyLook
from studio.cinema.records import Camera, Lens, Stock, Term
from studio.errors import LookError


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a prompt says of one field. `words` occur in it as they stand, but for the case of the first
    letter."""

    field: str
    words: str
    prose: str = ""  # in a sentence
    tag: str = ""  # among keywords
    rank: int = 50  # the lowest is dropped first

    @property
    def in_prose(self) -> str:
        """The form for sentences."""
        return self.prose or self.words

    @property
    def in_tags(self) -> str:
        """The form for keywords."""
        return self.tag or self.words


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A chosen field that the text does not say, and why."""

    field: str
    reason: str
    text: str = ""


RANKS = {
    "visual_grammar.shot_size": 96,
    "angle.size": 96,
    "domain": 95,
    "medium": 94,
    "movement.movement_type": 93,
    "angle.height": 92,
    "angle.direction": 91,
    "motion.virtual_camera": 90,
    "lighting.time_of_day": 89,
    "lighting.source": 88,
    "rendering.color_application": 87,
    "rendering.line_treatment": 86,
    "rendering.lighting_model": 85,
    "lighting.style": 84,
    "lighting.setting": 83,
    "visual_grammar.color_tone": 82,
    "movement.timing": 81,
    "visual_grammar.mood": 80,
    "visual_grammar.composition": 79,
    "motion.motion_style": 78,
    "rendering.surface_detail": 77,
    "movement.equipment": 70,
    "lens.focal_length_mm": 66,
    "preset": 60,
    "camera.body": 58,
    "lens.family": 56,
    "camera.film_stock": 54,
    "camera.filter": 52,
    "lens.t_stop": 48,
    "year": 44,
    "camera.frame_rate": 42,
    "camera.exposure_index": 40,
}

UNSEEN = {
    "camera.aspect_ratio": "it is in the size of the picture",
    "aspect_ratio": "it is in the size of the picture",
    "camera.gate": "it decides what the lens sees, and is not seen itself",
    "camera.sync_sound": "it is heard, not seen",
    "camera.shutter_angle": "it is a setting of the shutter, for the exposure",
    "lens.focus_distance_m": "it is a setting of the lens, for the depth of field",
}
STILL = "a still picture does not move"
MOVES = ("movement.", "motion.")


def shot_size(look: AnyLook, angle: Angle | None) -> str | None:
    """The size really framed: the look's own if it is of the angle's class, else the angle's (CU, MS, WS).

    A point of view can be of any class. None if neither says anything.
    """
    own = look.visual_grammar.shot_size
    if angle is None:
        return own
    term = library().terms["shot_size"].get(own) if own else None
    if own is not None and term is not None and term.size in (angle.size, "any"):
        return own
    return {"close-up": "CU", "medium": "MS", "wide": "WS"}[angle.size]


def phrases_of(
    look: AnyLook,
    angle: Angle | None,
    medium: Literal["image", "video"],
    data: Library,
    say_ratio: bool = False,
) -> tuple[list[Phrase], list[LeftOut]]:
    """Every chosen field of a look as a phrase, or as left out with the reason.

    Args:
        say_ratio: Say the aspect ratio, for targets whose sizes can't give it.

    Raises:
        LookError: the look names something that the library does not hold.
    """
    said: list[Phrase] = []
    unsaid: list[LeftOut] = []
    size = shot_size(look, angle)
    for field, value in look.chosen().items():
        if field == "visual_grammar.shot_size":
            if size != value:
                unsaid.append(LeftOut(field, f"the camera angle asks for another size ({size})", str(value)))
            else:
                said.append(_size(data, field, value))
        elif field in ("camera.aspect_ratio", "aspect_ratio") and say_ratio:
            words = f"a {value} frame"
            said.append(Phrase(field, f"{value} frame", words, rank=50))
        elif field in UNSEEN:
            unsaid.append(LeftOut(field, UNSEEN[field], str(value)))
        elif medium == "image" and field.startswith(MOVES):
            unsaid.append(LeftOut(field, STILL, str(value)))
        else:
            _say(look, field, value, data, said, unsaid)
    if angle is not None:
        if size is not None and size != look.visual_grammar.shot_size:
            said.append(_size(data, "angle.size", size))
        said.append(Phrase("angle.height", angle.height_words, rank=RANKS["angle.height"]))
        said.append(Phrase("angle.direction", angle.direction_words, rank=RANKS["angle.direction"]))
    return said, unsaid


def _size(data: Library, field: str, value: str) -> Phrase:
    words = data.find("shot_size", value).words
    return Phrase(field, words, f"{article(words)} {words}", rank=RANKS[field])


def _say(
    look: AnyLook, field: str, value: Any, data: Library, said: list[Phrase], unsaid: list[LeftOut]
) -> None:
    info = look.FIELDS[field]
    rank = RANKS.get(field, 50)
    if field == "preset":
        record = data.presets.get(value)
        if record is None:
            unsaid.append(LeftOut(field, "the preset is not here any more", value))
        else:
            title = record.title
            said.append(Phrase(field, title, f"in the style of {title}", f"in the style of {title}", rank))
    elif (info.words and info.words in data.terms) or info.words in ("camera", "lens", "stock"):
        record = data.find(info.words, value)
        if isinstance(record, Term):
            if record.unseen:
                unsaid.append(LeftOut(field, "it leaves no trace in the picture", value))
            else:
                said.append(_term(field, record, rank))
        else:
            said.append(_gear(field, record, rank))
    elif field in _NUMBERS:
        said.append(_NUMBERS[field](value))
    else:
        raise LookError(f"the prompt writer does not know the field {field!r}", where=field)


def _term(field: str, term: Term, rank: int) -> Phrase:
    tag = term.tag
    if not tag and field == "visual_grammar.mood":
        tag = f"{term.words} mood"
    elif not tag and field == "visual_grammar.color_tone":
        tag = f"{term.words} palette" if "," not in term.words else f"palette {term.words}"
    elif not tag and field == "movement.movement_type":
        tag = f"the view {term.words}"
    return Phrase(field, term.words, term.prose, tag, rank)


def _gear(field: str, record: Camera | Lens | Stock, rank: int) -> Phrase:
    name = re.sub(r"\b(prime|zoom)s$", r"\1", plain_name(record.name))
    if isinstance(record, Camera):
        return Phrase(field, name, name, f"shot on {name}", rank)
    if isinstance(record, Lens):
        kind = "" if not record.anamorphic or "anamorphic" in name.casefold() else " anamorphic"
        words = f"{name}{kind} {'zoom lens' if record.zoom and not record.focal_lengths_mm else 'lens'}"
        return Phrase(field, words, f"{article(words)} {words}", rank=rank)
    words = name if re.search(r"\bfilm\b|film\b", name.casefold()) else f"{name} film"
    return Phrase(field, words, rank=rank)


def _number(template: str, field: str, tag: str = "") -> Callable[[float], Phrase]:
    def phrase(value: float) -> Phrase:
        words = template.format(f"{value:g}")
        return Phrase(field, words, tag=tag.format(f"{value:g}"), rank=RANKS.get(field, 50))

    return phrase


def _speed(rate: float) -> Phrase:
    words = f"slow motion at {rate:g} frames a second" if rate > 30 else f"{rate:g} frames a second"
    return Phrase("camera.frame_rate", words, rank=RANKS["camera.frame_rate"])


_NUMBERS: dict[str, Callable[[float], Phrase]] = {
    "lens.focal_length_mm": _number("{}mm", "lens.focal_length_mm", "{}mm lens view"),
    "lens.t_stop": _number("T{}", "lens.t_stop", "aperture T{}"),
    "camera.exposure_index": _number("ISO {}", "camera.exposure_index"),
    "camera.frame_rate": _speed,
    "movement.take_length_s": _number("one unbroken take of {} seconds", "movement.take_length_s"),
    "year": _number("{}", "year", "from {}"),
}


def plain_name(name: str) -> str:
    """A name without what stands in brackets, which some targets read as weights."""
    return re.sub(r"\s*\([^)]*\)", "", name).strip()


def article(words: str) -> str:
    """`a` or `an`."""
    return "an" if words[:1].casefold() in ("a", "e", "i", "o") or words.startswith(("LF", "S16")) else "a"
