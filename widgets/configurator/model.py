"""What a configurator edits: a look, an angle, a subject and a target, with undo. It knows no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.cinema import (
    Angle,
    AnimationConfig,
    LiveActionConfig,
    Look,
    Option,
    Prompt,
    Repair,
    Report,
    choose,
    library,
    options,
    preset,
    repair,
    validate,
    write_prompt,
)
from studio.cinema.fields import Kind
from studio.cinema.targets import find_target
from studio.errors import LookError

STEPS = 200
"""Changes that can be undone."""


class Scene(BaseModel):
    """Everything that a configurator edits; the same scene gives the same prompt."""

    model_config = ConfigDict(frozen=True)

    look: Look
    angle: Angle | None = None
    subject: str = ""
    target: str


class ConfiguratorModel:
    """A scene under edit.

    Args:
        look: A look, the id of a preset, or None for an empty live-action look.
        subject: Who or what is seen.
        target: The id or alias of the model that the prompt is written for.
        angle: Where the camera stands.

    Raises:
        LookError: no such preset or target.
    """

    def __init__(
        self,
        look: LiveActionConfig | AnimationConfig | str | None = None,
        subject: str = "",
        target: str = "flux",
        angle: Angle | str | None = None,
    ) -> None:
        self.scene = Scene(
            look=as_look(look), angle=as_angle(angle), subject=subject, target=target_id(target)
        )
        self._past: list[Scene] = []
        self._future: list[Scene] = []
        self._last_edit = ""
        self._others: dict[Kind, Any] = {}  # the look that the other tab was left with
        self._listeners: list[Callable[[], None]] = []

    # what there is

    @property
    def look(self) -> LiveActionConfig | AnimationConfig:
        """The look as it stands, valid or not."""
        return self.scene.look

    @property
    def angle(self) -> Angle | None:
        """Where the camera stands; None where nobody said."""
        return self.scene.angle

    @property
    def subject(self) -> str:
        """The director's own words."""
        return self.scene.subject

    @property
    def target(self) -> str:
        """The target's id."""
        return self.scene.target

    @property
    def report(self) -> Report:
        """What the rules say."""
        return validate(self.look)

    @property
    def options(self) -> dict[str, list[Option]]:
        """Every value of every field, allowed or not."""
        return options(self.look)

    @property
    def prompt(self) -> Prompt:
        """The prompt for the target."""
        return write_prompt(self.look, subject=self.subject, target=self.target, angle=self.angle)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after every change."""
        self._listeners.append(callback)

    # changes; each is one step to undo

    def set_look(self, look: LiveActionConfig | AnimationConfig | str | None) -> None:
        """Another look, the id of a preset, or None for an empty one."""
        self._change(look=as_look(look))

    def set_angle(self, angle: Angle | str | None) -> None:
        """Where the camera stands; None takes the choice back."""
        self._change(angle=as_angle(angle))

    def set_subject(self, subject: str) -> None:
        """The director's words; what is typed in one go is undone in one go."""
        self._change(edit="subject", subject=subject)

    def show_scene(
        self,
        *,
        look: LiveActionConfig | AnimationConfig | str | None,
        angle: Angle | str | None,
        subject: str,
        target: str,
    ) -> None:
        """Everything at once, as one step to undo: how a panel's shot is brought here.

        Raises:
            LookError: no such preset, target or angle; nothing has changed then.
        """
        self._change(look=as_look(look), angle=as_angle(angle), subject=subject, target=target_id(target))

    def set_target(self, target: str) -> None:
        """The model that the prompt is written for."""
        self._change(target=target_id(target))

    def set_field(self, field: str, value: Any) -> None:
        """One field of the look, whatever the rules say of it; None takes the choice back."""
        self._change(look=self.look.replaced({field: value}))

    def choose(self, field: str, value: Any) -> Repair:
        """One field, and with it whatever must follow so that no new fault comes."""
        done = choose(self.look, field, value)
        self._change(look=done.look)
        return done

    def offer(self, field: str, value: Any) -> Repair:
        """What `choose` would do."""
        return choose(self.look, field, value)

    def check_offered(self, field: str, value: Any) -> None:
        """Check that a page may set `value`: it is offered, allowed or not, or the field takes a number.

        Raises:
            LookError: it is not offered, or there is no such field.
        """
        info = self.look.FIELDS.get(field)
        typed = info is not None and not info.words and not info.values
        if not typed and all(each.value != value for each in options(self.look, field)):
            raise LookError(f"{value!r:.80} is not offered", where=field)

    def apply(self, id: str) -> None:
        """The look of a preset; subject, angle and target stay."""
        self._change(look=preset(id))

    def repair(self) -> Repair:
        """The nearest look without a hard violation, taken over."""
        done = repair(self.look)
        self._change(look=done.look)
        return done

    def clear(self) -> None:
        """Nothing chosen, of the same kind."""
        self._change(look=type(self.look)())

    def show(self, kind: Kind) -> None:
        """The tab of a kind of look, with the look that it was left with."""
        if kind != self.look.kind:
            empty = LiveActionConfig() if kind == "live_action" else AnimationConfig()
            self._change(look=self._others.get(kind, empty))

    def undo(self) -> bool:
        """Take the last change back; False if there is none."""
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        """Make it again; False if there is nothing to redo."""
        return self._travel(self._future, self._past)

    def _travel(self, source: list[Scene], other: list[Scene]) -> bool:
        if not source:
            return False
        other.append(self.scene)
        self.scene = source.pop()
        self._last_edit = ""
        self._tell()
        return True

    def _change(self, *, edit: str = "", **changes: Any) -> None:
        scene = self.scene.model_copy(update=changes)
        if scene == self.scene:
            return
        if not (edit and edit == self._last_edit):
            self._past.append(self.scene)
            del self._past[:-STEPS]
        self._future.clear()
        self._last_edit = edit
        if scene.look.kind != self.look.kind:
            self._others[self.look.kind] = self.look
        self.scene = scene
        self._tell()

    def _tell(self) -> None:
        for callback in list(self._listeners):
            callback()


def as_look(look: Any) -> LiveActionConfig | AnimationConfig:
    """A look from a look, the id of a preset, or None.

    Raises:
        LookError: it is none of these.
    """
    if look is None:
        return LiveActionConfig()
    if isinstance(look, str):
        return preset(look)
    if isinstance(look, LiveActionConfig | AnimationConfig):
        return look
    raise LookError(f"{look!r:.80} is not a look", where="look", hint="Give a look or the id of a preset.")


def as_angle(angle: Any) -> Angle | None:
    """An angle from an angle, its text, or None.

    Raises:
        LookError: it is none of these.
    """
    if angle is None or isinstance(angle, Angle):
        return angle
    return Angle.parse(str(angle))


def target_id(name: str) -> str:
    """The id of the target with that id or alias.

    Raises:
        LookError: there is none.
    """
    return find_target(library(), name).id
