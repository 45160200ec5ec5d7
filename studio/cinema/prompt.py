"""Writing prompts: a look and a subject in the form that a model likes."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.cinema import forms
from studio.cinema.angles import Angle
from studio.cinema.framesize import pixels_for, whole_ratio
from studio.cinema.library import library
from studio.cinema.look import AnimationConfig, AnyLook
from studio.cinema.phrases import LeftOut, Phrase, phrases_of
from studio.cinema.targets import Target, find_target


class PromptPart(BaseModel):
    """What the text says of one field."""

    model_config = ConfigDict(frozen=True)

    field: str
    text: str


class Unsaid(BaseModel):
    """A chosen field that the text does not say, and why."""

    model_config = ConfigDict(frozen=True)

    field: str
    reason: str
    text: str = ""


class Prompt(BaseModel):
    """A prompt for one target. `parameters` hold width, height and what else the target wants beside
    words."""

    model_config = ConfigDict(frozen=True)

    positive: str
    negative: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    target: str = "generic"
    parts: tuple[PromptPart, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    length: int = Field(default=0, description="In the unit of the target's budget, an estimate for tokens.")

    @property
    def dropped(self) -> tuple[Unsaid, ...]:
        """What the budget had no room for."""
        return tuple(each for each in self.unsaid if each.reason.startswith(TOO_LONG))

    def __str__(self) -> str:
        return self.positive


TOO_LONG = "the prompt would be too long"


def write_prompt(
    look: AnyLook,
    *,
    subject: str,
    target: str = "generic",
    angle: Angle | None = None,
    trigger: str | None = None,
) -> Prompt:
    """A look in the words that a model likes.

    Args:
        look: Its chosen fields are said, and nothing else.
        subject: Who or what is seen, doing what, where: the director's own words, which come first.
        target: The id or alias of a target.
        angle: Where the camera stands.
        trigger: Trigger of a multi-angle LoRA ("<sks>"), put with the angle's token before everything.

    Raises:
        LookError: no such target.
    """
    data = library()
    model = find_target(data, target)
    said, left_out = phrases_of(look, angle, model.kind, data, say_ratio=not _in_size(model, look))
    token = angle.token(trigger) if angle is not None and trigger is not None else ""
    suffix = _suffix(model, look)
    positive, said, too_long = _within_budget(model, subject, said, token, suffix)
    left_out += too_long
    return Prompt(
        positive=positive,
        negative=_negative(model, look),
        parameters=_parameters(model, look),
        target=model.id,
        parts=tuple(PromptPart(field=each.field, text=each.words) for each in said),
        unsaid=tuple(Unsaid(field=each.field, reason=each.reason, text=each.text) for each in left_out),
        length=length_of(positive, model),
    )


def _within_budget(
    model: Target, subject: str, said: list[Phrase], token: str, suffix: str
) -> tuple[str, list[Phrase], list[LeftOut]]:
    """The text, what it says, and what it had no room for: the least important goes first."""
    kept = list(said)
    gone: list[LeftOut] = []
    while True:
        body = forms.write(model, subject, {phrase.field: phrase for phrase in kept})
        text = " ".join(part for part in (token, body, suffix) if part)
        if not kept or model.budget is None or length_of(text, model) <= model.budget.limit:
            return text, kept, gone
        least = min(kept, key=lambda phrase: phrase.rank)
        kept.remove(least)
        reason = f"{TOO_LONG} ({model.budget.limit} {model.budget.unit} at most)"
        gone.append(LeftOut(least.field, reason, least.words))


def length_of(text: str, model: Target) -> int:
    """Length in the unit of the target's budget; tokens are estimated."""
    if model.budget is not None and model.budget.unit == "words":
        return len(text.split())
    return estimate_tokens(text)


def estimate_tokens(text: str) -> int:
    """About how many tokens a CLIP or T5 encoder makes of it.

    Each mark is one, each word one for every six letters begun. On English this is a little more than the
    real count, so a prompt that fits here fits there.
    """
    return sum(-(-len(piece) // 6) for piece in re.findall(r"\w+|[^\w\s]", text))


def _in_size(model: Target, look: AnyLook) -> bool:
    """Whether the target's size or its suffix gives the look's ratio, within a twentieth."""
    if model.size is None:
        return "{ratio}" in model.suffix
    width, height = pixels_for(look.ratio, model.size)
    return abs(width / height / look.ratio - 1) < 0.05


def _suffix(model: Target, look: AnyLook) -> str:
    if "{ratio}" in model.suffix and look.aspect_ratio is None:
        return re.sub(r"\s*--?\w+\s+\{ratio\}", "", model.suffix).strip()
    return model.suffix.replace("{ratio}", whole_ratio(look.ratio))


def _negative(model: Target, look: AnyLook) -> str:
    """What must not be seen: the target's own list, and what contradicts the kind of look or its palette."""
    if not model.negative:
        return ""
    words = library().terms
    contrary: list[str] = []
    if not (isinstance(look, AnimationConfig) and look.rendering.surface_detail == "photoreal"):
        contrary.append(look.kind)
    tone = words["color_tone"].get(look.visual_grammar.color_tone or "")
    if tone is not None and tone.monochrome:
        contrary.append("monochrome")
    table = words.get("negative", {})
    return ", ".join((*model.negative_words, *(table[name].words for name in contrary if name in table)))


def _parameters(model: Target, look: AnyLook) -> dict[str, Any]:
    parameters = dict(model.parameters)
    if model.size is not None:
        parameters["width"], parameters["height"] = pixels_for(look.ratio, model.size)
    if "{ratio}" in model.suffix or model.size is None:
        parameters["aspect_ratio"] = whole_ratio(look.ratio)
    return parameters
