"""Prompts, the models that they are written for, and camera angles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from studio.cinema import Angle, Look, Prompt, all_angles, library, write_prompt
from studio.cinema.angles import Direction, Height, Size
from studio.errors import LookError
from studio.llm import Enhanced, enhance, providers
from studio.render import run
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up, refused
from studio.server.wire import Given, OfProject

AngleName = Annotated[
    str, Field(max_length=200, description="`front_low-angle_close-up`, `030-LA-CU`, or its words; or empty.")
]


class AngleLine(Given):
    """A camera angle."""

    id: str
    code: str
    size: Size
    height: Height
    direction: Direction
    degrees: int
    words: str
    token: str = Field(description="As multi-angle LoRAs want it.")

    @classmethod
    def of(cls, angle: Angle) -> AngleLine:
        """From the studio's own."""
        return cls(
            id=angle.id,
            code=angle.code,
            size=angle.size,
            height=angle.height,
            direction=angle.direction,
            degrees=angle.degrees,
            words=str(angle),
            token=angle.token(),
        )


class AngleQuery(Asked):
    """Which angles."""

    size: Size | None = None
    height: Height | None = None
    direction: Direction | None = None
    text: str = Field(default="", max_length=200, description="A part of its words or of its code.")


class AnglePath(Asked):
    """Which angle."""

    angle: str = Field(max_length=200)


class TargetLine(Given):
    """A model that prompts are written for."""

    id: str
    name: str
    kind: Literal["image", "video"]
    aliases: list[str] = Field(default=[])
    negative: bool = Field(description="Whether it takes a negative prompt.")
    guide: str = ""


class PromptBody(OfProject):
    """What a prompt is written from."""

    look: Look
    subject: str = Field(max_length=4000, description="Who or what is seen, doing what, where.")
    target: str = Field(default="generic", max_length=64)
    angle: AngleName = ""
    trigger: str | None = Field(default=None, max_length=64, description="Of a multi-angle LoRA: `<sks>`.")


class EnhanceBody(PromptBody):
    """The same, for a language model to enrich."""

    provider: str = Field(
        default="", max_length=64, description="Its id; empty: a local one, else the first with a key."
    )
    model: str = Field(default="", max_length=128)


@operation("GET", "/targets", tag="Prompts")
def list_targets(call: Call, query: OfProject) -> list[TargetLine]:
    """The models that prompts are written for."""
    return [
        TargetLine(
            id=one.id,
            name=one.name,
            kind=one.kind,
            aliases=list(one.aliases),
            negative=one.negative,
            guide=one.guide,
        )
        for one in library().targets.values()
    ]


@operation("POST", "/prompts", tag="Prompts")
def make_prompt(call: Call, body: PromptBody) -> Prompt:
    """A look and a subject in the words that a model likes."""
    return _prompt(body)


@operation("POST", "/prompts/enhance", tag="Prompts", may="render")
def enhance_prompt(call: Call, body: EnhanceBody) -> Enhanced:
    """The same, enriched by a language model and checked against the look.

    Its key is the server's, from its environment or keyring; none can be sent here.
    """
    return run(enhance(_prompt(body), provider=_known(body.provider), model=body.model))


@operation("GET", "/angles", tag="Prompts")
def list_angles(call: Call, query: AngleQuery) -> list[AngleLine]:
    """The 144 camera angles, or some of them."""
    lines = [AngleLine.of(angle) for angle in all_angles()]
    wanted = query.model_dump(exclude_none=True, exclude={"text"})
    text = query.text.casefold()
    return [
        line
        for line in lines
        if all(getattr(line, name) == value for name, value in wanted.items())
        and (text in line.words.casefold() or text in line.code.casefold())
    ]


@operation("GET", "/angles/{angle}", tag="Prompts")
def get_angle(call: Call, path: AnglePath) -> AngleLine:
    """The angle that is called so: by its id, its code, its words, or a LoRA's token."""
    with looked_up(LookError):
        return AngleLine.of(Angle.parse(path.angle))


def _prompt(body: PromptBody) -> Prompt:
    return write_prompt(
        body.look,
        subject=body.subject,
        target=body.target,
        angle=Angle.parse(body.angle) if body.angle else None,
        trigger=body.trigger,
    )


def _known(provider: str) -> str:
    """A provider by its id only: an address would have this server call whatever it is told to."""
    known = providers()
    if provider and provider not in known:
        raise refused(
            422, "no such provider", where="body.provider", hint=f"There are: {', '.join(sorted(known))}."
        )
    return provider
