"""A shot: everything needed to render, and to render the same again."""

from __future__ import annotations

import difflib
import reprlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_validator,
)

from studio.cinema import Angle, Look, Prompt, Report, validate, write_prompt
from studio.errors import InvalidLook, ShotError
from studio.workflow import LoraChoice, Template, find_template

MAX_SEED = 2**64 - 1


def _read_seed(value: Any) -> Any:
    """Accept the text form, which is the only one that survives JavaScript and float columns."""
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


Seed = Annotated[
    int,
    Field(ge=0, le=MAX_SEED, strict=True),
    BeforeValidator(_read_seed),
    PlainSerializer(str, return_type=str, when_used="json"),
]
"""A 64-bit unsigned seed: an int in Python, text in JSON so that no reader rounds it."""


def random_seed() -> int:
    """A fresh seed, 0 … 2^64−1."""
    return secrets.randbits(64)


class Shot(BaseModel):
    """Look + subject + angle + template + parameters + seed.

    A shot is a value: `model_copy(update=…)` or `with_(…)` gives another one. The same shot builds the same
    graph, byte for byte, wherever the template is the same.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    look: Look
    subject: str = Field(description="Who or what is seen, doing what, where; the director's own words.")
    angle: Angle | None = None
    template: str = "sdxl"
    target: str = Field(default="", description="Prompt target; empty means the template's own.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="Template parameters by name.")
    loras: tuple[LoraChoice, ...] = ()
    images: dict[str, str] = Field(
        default_factory=dict, description="Image input → file, by the template's names."
    )
    seed: Seed = Field(default_factory=random_seed)
    filename_prefix: str = Field(
        default="studio", description="Prefix of the file on the backend, not of the take."
    )

    def with_(self, **changes: Any) -> Shot:
        """Another shot with `changes`; `look__camera__body="arri_alexa_65"` reaches into the look.

        Raises:
            LookError: no such field of the look, or a value it can't have.
            ShotError: no such field of the shot, or a value it can't have.
        """
        look_changes = {
            key.removeprefix("look__"): changes.pop(key) for key in list(changes) if key.startswith("look__")
        }
        if look_changes:
            changes["look"] = changes.get("look", self.look).with_(**look_changes)
        known = {name: getattr(self, name) for name in (*type(self).model_fields, *(self.model_extra or {}))}
        for name in changes:
            if name not in known:
                like = difflib.get_close_matches(name, known, 1)
                raise ShotError(
                    f"a shot has no field {name!r}",
                    where=name,
                    hint=f"Did you mean {like[0]!r}?" if like else "",
                )
        return type(self).model_validate({**known, **changes})

    @model_validator(mode="wrap")
    @classmethod
    def _plain_errors(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(data)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ShotError(
                f"{first['msg']}, not {reprlib.repr(first['input'])}", where=field, hint="Mend that field."
            ) from None

    def report(self) -> Report:
        """What the rules say of the look."""
        return validate(self.look)

    def prompt(self, template: Template | None = None) -> Prompt:
        """The prompt as it is sent: written for `target` or the template's, with the template's angle token.

        Raises:
            LookError: no such target.
            TemplateError: no such template.
        """
        chosen = template or find_template(self.template)
        return write_prompt(
            self.look,
            subject=self.subject,
            target=self.target or chosen.target,
            angle=self.angle,
            trigger=chosen.manifest.angle_trigger or None,
        )

    def build(
        self, *, template: Template | None = None, image_names: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The ComfyUI graph in API form, a new object.

        Args:
            template: In place of the one named; a project passes its own.
            image_names: Image input → name on the backend, where uploads have been named already.

        Raises:
            InvalidLook: a rule of severity `hard` is broken.
            TemplateError, UnknownParameter: no such template or parameter.
        """
        report = self.report()
        if not report.ok:
            first = report.hard[0]
            raise InvalidLook(
                f"the look breaks {len(report.hard)} hard rule(s); first {first.rule}: {first.message}",
                report=report,
                where=first.field,
                hint="Choose an allowed value (studio.options shows them).",
            )
        chosen = template or find_template(self.template)
        return chosen.build(
            prompt=self.prompt(chosen),
            seed=self.seed,
            loras=self.loras,
            images=image_names if image_names is not None else self.images,
            parameters=self.parameters,
            filename_prefix=self.filename_prefix,
        )

    @classmethod
    def from_take(cls, path: str | Path) -> Shot:
        """The shot that a take holds; it builds the very same graph.

        Raises:
            TakeError: the file holds no shot, or is damaged.
        """
        from studio.provenance import read_provenance

        return read_provenance(Path(path)).shot
