"""The forms of a prompt: keywords, sentences, structure. Each joins the same phrases; none adds a fact.

Whatever a form writes beside phrases and subject is one of its fixed connectives, and says nothing of the
look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from studio.cinema.phrases import Phrase, article
from studio.cinema.targets import Target

Said = Mapping[str, Phrase]

FRAME = (
    "visual_grammar.shot_size",
    "angle.size",
    "angle.height",
    "angle.direction",
    "visual_grammar.composition",
    "camera.aspect_ratio",
    "aspect_ratio",
)
LIGHT = ("lighting.setting", "lighting.time_of_day", "lighting.source", "lighting.style")
DRAWING = (
    "domain",
    "medium",
    "rendering.line_treatment",
    "rendering.color_application",
    "rendering.lighting_model",
    "rendering.surface_detail",
)
MOTION = (
    "movement.movement_type",
    "movement.timing",
    "movement.equipment",
    "movement.take_length_s",
    "motion.virtual_camera",
    "motion.motion_style",
)
FEELING = ("visual_grammar.color_tone", "visual_grammar.mood")
GEAR = (
    "camera.body",
    "lens.focal_length_mm",
    "lens.family",
    "lens.t_stop",
    "camera.film_stock",
    "camera.exposure_index",
    "camera.filter",
    "camera.frame_rate",
)
ORIGIN = ("preset", "year")
ORDER = (*FRAME, *LIGHT, *DRAWING, *MOTION, *FEELING, *GEAR, *ORIGIN)
"""Order of keywords: what is seen, the light, the style, the motion, the mood, the gear, the film."""

HEADINGS = {
    "Frame": FRAME,
    "Light": LIGHT,
    "Drawing": DRAWING,
    "Motion": MOTION,
    "Colours": FEELING[:1],
    "Mood": FEELING[1:],
    "Camera": GEAR,
    "Style": ORIGIN,
}
"""Headings of the structured form."""


def write(model: Target, subject: str, said: Said) -> str:
    """The text in the target's form."""
    match model.form:
        case "tags":
            return tags(subject, said, model.emphasis if model.weights else {})
        case "plain":
            return _closed(tags(subject, said, {}))
        case "structured":
            return " ".join(structured(subject, said))
        case "edit":
            return _paragraph((*_at_most(sentences(subject, said), model.sentences), KEEP))
    lines = style_first(subject, said) if model.style_first else sentences(subject, said)
    return _paragraph(_at_most(lines, model.sentences))


KEEP = "Keep everything else as it is."


def tags(subject: str, said: Said, emphasis: Mapping[str, float]) -> str:
    """Keywords between commas, the subject first; weighted ones as (words:1.2)."""
    parts = [_bare(subject)]
    for field in ORDER:
        if field in said:
            text = said[field].in_tags
            weight = emphasis.get(field)
            parts.append(f"({text}:{weight:g})" if weight else text)
    return ", ".join(part for part in parts if part)


def sentences(subject: str, said: Said) -> list[str]:
    """Sentences, their capitals still to come: subject, motion, framing, light, style, mood, gear, film."""
    lines = [_closed(subject), *_motion(said), _framing(said), _light(said), _drawing(said), _feeling(said)]
    return [line for line in (*lines, _gear(said), _origin(said)) if line]


def style_first(subject: str, said: Said) -> list[str]:
    """The same, but the style comes right after the subject, for targets that look for it early."""
    lines = [_closed(subject), _origin(said), _drawing(said), _feeling(said), _framing(said), _light(said)]
    return [line for line in (*lines, *_motion(said), _gear(said)) if line]


def structured(subject: str, said: Said) -> list[str]:
    """A heading for each line of thought, and its phrases."""
    lines = [_upper(_closed(subject))]
    for heading, fields in HEADINGS.items():
        found = [_under_heading(said[field]) for field in fields if field in said]
        if found:
            lines.append(f"{heading}: {', '.join(found)}.")
    return [line for line in lines if line]


def _at_most(lines: list[str], limit: int | None) -> list[str]:
    """The same text in fewer sentences: the shortest neighbours are joined; the subject stays by itself."""
    lines = list(lines)
    while limit is not None and len(lines) > max(limit, 2):
        at = min(range(1, len(lines) - 1), key=lambda place: len(lines[place]) + len(lines[place + 1]))
        lines[at : at + 2] = [f"{lines[at].removesuffix('.')}; {lines[at + 1]}"]
    return lines


def _paragraph(lines: Iterable[str]) -> str:
    return " ".join(_upper(line) for line in lines)


def _framing(said: Said) -> str:
    size = said.get("visual_grammar.shot_size") or said.get("angle.size")
    text = f"framed as {size.in_prose}" if size else ""
    if "angle.height" in said:
        words = said["angle.height"].in_prose
        at = (
            "at eye level"
            if words == "eye level"
            else f"{'from' if 'angle' in words else 'in'} {article(words)} {words}"
        )
        text = _joined(text, at)
    if "angle.direction" in said:
        text = _joined(text, f"seen {said['angle.direction'].in_prose}")
    if "visual_grammar.composition" in said:
        text = _joined(text, f"with {said['visual_grammar.composition'].in_prose}")
    for field in ("camera.aspect_ratio", "aspect_ratio"):
        if field in said:
            text = _joined(text, f"for {said[field].in_prose}")
    return _closed(text)


def _light(said: Said) -> str:
    text = " ".join(
        said[field].in_prose for field in ("lighting.setting", "lighting.time_of_day") if field in said
    )
    if "lighting.source" in said:
        text = _joined(text, f"lit by {said['lighting.source'].in_prose}")
    if "lighting.style" in said:
        text = _joined(
            text, f"with {said['lighting.style'].in_prose}" if text else said["lighting.style"].in_prose
        )
    return _closed(text)


def _drawing(said: Said) -> str:
    names = ("domain", "medium")
    text = ", ".join(said[field].in_prose for field in names if field in said)
    rest = (
        "rendering.line_treatment",
        "rendering.color_application",
        "rendering.lighting_model",
        "rendering.surface_detail",
    )
    found = [said[field].in_prose for field in rest if field in said]
    if found:
        listed = _listed(found)
        text = f"{text}, with {listed}" if text else listed
    return _closed(text)


def _motion(said: Said) -> tuple[str, ...]:
    text = ""
    if "movement.movement_type" in said:
        text = f"the view {said['movement.movement_type'].in_prose}"
    if "movement.timing" in said:
        pace = said["movement.timing"].in_prose
        text = f"{text} {pace}" if text else f"the view moves {pace}"
    if "movement.equipment" in said:
        feel = said["movement.equipment"].in_prose
        text = f"{text}, with {feel}" if text else f"the view has {feel}"
    if "movement.take_length_s" in said:
        text = _joined(text, f"in {said['movement.take_length_s'].in_prose}")
    drawn = [
        said[field].in_prose for field in ("motion.virtual_camera", "motion.motion_style") if field in said
    ]
    return _closed(text), _closed(", with ".join(drawn))


def _feeling(said: Said) -> str:
    tone, mood = said.get("visual_grammar.color_tone"), said.get("visual_grammar.mood")
    if tone and mood:
        return f"the palette is {tone.in_prose}; the mood is {mood.in_prose}."
    if tone:
        return f"the palette is {tone.in_prose}."
    return f"the mood is {mood.in_prose}." if mood else ""


def _gear(said: Said) -> str:
    text = f"shot on {said['camera.body'].in_prose}" if "camera.body" in said else ""
    if "lens.family" in said:
        text = _joined(text, f"with {said['lens.family'].in_prose}", " ")
    if "lens.focal_length_mm" in said:
        text = _joined(text, f"at {said['lens.focal_length_mm'].in_prose}", " ")
    if "lens.t_stop" in said:
        text = _joined(text, f"at {said['lens.t_stop'].in_prose}", ", ")
    if "camera.film_stock" in said:
        text = _joined(text, f"on {said['camera.film_stock'].in_prose}", ", ")
    if "camera.exposure_index" in said:
        text = _joined(text, f"exposed at {said['camera.exposure_index'].in_prose}")
    if "camera.filter" in said:
        text = _joined(text, f"with {said['camera.filter'].in_prose}")
    if "camera.frame_rate" in said:
        text = _joined(text, f"in {said['camera.frame_rate'].in_prose}")
    return _closed(text)


def _origin(said: Said) -> str:
    text = said["preset"].in_prose if "preset" in said else ""
    if "year" in said:
        year = said["year"].in_prose
        text = f"{text}, {year}" if text else f"from {year}"
    return _closed(text)


def _under_heading(phrase: Phrase) -> str:
    if phrase.field in ("visual_grammar.mood", "visual_grammar.color_tone"):
        return phrase.words
    return (
        phrase.in_prose
        if phrase.field in ("visual_grammar.shot_size", "angle.size", "lens.family")
        else phrase.in_tags
    )


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _joined(before: str, text: str, link: str = ", ") -> str:
    return f"{before}{link}{text}" if before else text


def _bare(subject: str) -> str:
    return subject.strip().rstrip(".").strip()


def _closed(text: str) -> str:
    """With a full stop, but else as it was written: the subject is the director's."""
    text = text.strip()
    return text if not text or text[-1] in '.!?…"”' else f"{text}."


def _upper(text: str) -> str:
    """With a capital, unless the first word has one of its own (iPhone)."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.islower() else text
