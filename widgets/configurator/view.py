"""`Configurator`: the widget over a `ConfiguratorModel`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from pydantic import ValidationError

from studio.cinema import Angle, Prompt, Report, repair
from studio.errors import StudioError
from studio.llm import Enhanced
from studio.sketch.previz import spec_from_look
from widgets.configurator import wire
from widgets.configurator.enhancer import Enhancer
from widgets.configurator.model import ConfiguratorModel, as_angle, as_look, target_id
from widgets.configurator.sketcher import LIVE, Sketcher
from widgets.configurator.state import catalogue, changes, state
from widgets.pace import Loop, Pace, kernel_loop
from widgets.shared import joined, shared
from widgets.theme import stylesheet

_HERE = Path(__file__).parent
PARTS = ("dom", "choice", "fields", "presets", "angle", "verdict", "prompt", "desk")
"""The page's side, in the order in which the parts use each other; joined they are one module."""
SHEETS = ("desk", "angle", "verdict", "presets", "fields", "choice", "prompt", "narrow")
"""Its style sheets, from the general to the exceptions."""

_thinking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-repair")


def script() -> str:
    """The text for `_esm`."""
    files = (*shared("dom.js"), *(_HERE / "page" / f"{part}.js" for part in PARTS))
    return joined(files)


def style() -> str:
    """The text for `_css`: the design tokens, then each part's own rules."""
    first, *rest = (_HERE / "page" / f"{sheet}.css" for sheet in SHEETS)
    return "\n".join((stylesheet(first), *(sheet.read_text(encoding="utf-8") for sheet in rest)))


class Configurator(anywidget.AnyWidget):
    """A look under the director's hands.

    `look`, `angle`, `subject` and `target` can be read, set and observed; the page follows. None of them is
    a synced trait: page and kernel talk by checked messages.

    Args:
        look: A look, the id of a preset, or None for an empty one.
        subject: Who or what is seen.
        target: The id or alias of the model that the prompt is written for.
        angle: Where the camera stands.
        loop: The kernel's loop; the running one if None.

    Raises:
        LookError: no such preset, target or angle.
    """

    _esm = script()
    _css = style()

    look = traitlets.Any(help="A `LiveActionConfig` or `AnimationConfig`; the id of a preset may be set.")
    angle = traitlets.Any(help="An `Angle`, or None; its text may be set.")
    subject = traitlets.Unicode()
    target = traitlets.Unicode(help="The target's id; an alias may be set.")

    def __init__(
        self,
        look: Any = None,
        subject: str = "",
        target: str = "flux",
        *,
        angle: Angle | str | None = None,
        loop: Loop | None = None,
        **traits: Any,
    ) -> None:
        self._sketcher = Sketcher(self._got_picture, self._got_thumb, self._background_failed)
        self._enhancer = Enhancer(self._enhanced_changed)
        self.model = ConfiguratorModel(look, subject, target, angle)
        self._lock = threading.RLock()
        self._sent: dict[str, Any] = {}
        self._drawn: Any = None
        self._outbox: dict[str, tuple[dict[str, Any], list[bytes]]] = {}  # of other threads; the latest wins
        self._ready = False
        super().__init__(**self._edited(), **traits)
        self._ready = True
        self._pace = Pace(self._flush, loop if loop is not None else kernel_loop())
        self.model.on_change(self._changed)
        self.on_msg(self._heard)

    # for the next cell

    @property
    def prompt(self) -> Prompt:
        """The prompt for the target, without a language model."""
        return self.model.prompt

    @property
    def enhanced(self) -> Enhanced | None:
        """The language model's version of this prompt, if it was asked for; gone when the prompt changes."""
        return self._enhancer.done

    @property
    def report(self) -> Report:
        """What the rules say of the look."""
        return self.model.report

    def on_look(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        """Call `callback` with every new look.

        Returns:
            What ends it.
        """

        def told(change: Any) -> None:
            callback(change["new"])

        self.observe(told, names="look")
        return lambda: self.unobserve(told, names="look")

    def undo(self) -> bool:
        """Take the last change back; False if there is none."""
        return self.model.undo()

    def redo(self) -> bool:
        """Make it again; False if there is nothing to redo."""
        return self.model.redo()

    def close(self) -> None:
        """End the widget and its background work."""
        self._sketcher.close()
        self._enhancer.forget()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = f"Configurator ({self.model.report.status}): {self.model.prompt}"
        return bundle

    # both ways between traits and model

    def _edited(self) -> dict[str, Any]:
        scene = self.model.scene
        return {"look": scene.look, "angle": scene.angle, "subject": scene.subject, "target": scene.target}

    @traitlets.validate("look")
    def _check_look(self, proposal: Any) -> Any:
        return as_look(proposal["value"])

    @traitlets.validate("angle")
    def _check_angle(self, proposal: Any) -> Any:
        return as_angle(proposal["value"])

    @traitlets.validate("target")
    def _check_target(self, proposal: Any) -> Any:
        return target_id(proposal["value"])

    @traitlets.observe("look", "angle", "subject", "target")
    def _set_from_python(self, change: Any) -> None:
        if self._ready and getattr(self.model, change["name"]) != change["new"]:
            getattr(self.model, f"set_{change['name']}")(change["new"])

    def _changed(self) -> None:
        """The model has changed: the page first, then whoever observes."""
        if self._enhancer.forget():
            self._enhanced_changed()
        self._push()
        for name, value in self._edited().items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    # to the page

    def _push(self) -> None:
        """Send what changed; nothing before a page is there."""
        with self._lock:
            if not self._sent:
                return
            now = state(self.model)
            news = wire.difference(self._sent, now)
            self._sent = now
        if news:
            self.send({"kind": "state", "state": news})
        self._think(news)

    def _think(self, news: dict[str, Any]) -> None:
        """Start what takes longer than a frame: the picture, and the way out of a fault."""
        scene = self.model.scene
        seen = (scene.look, scene.angle, scene.subject)
        if seen != self._drawn:
            self._drawn = seen
            width, height = LIVE
            self._sketcher.draw(
                spec_from_look(
                    scene.look, subject=scene.subject, angle=scene.angle, width=width, height=height
                )
            )
        if "values" in news and self.model.report.hard:
            _thinking.submit(self._find_repair, scene.look)

    def _find_repair(self, look: Any) -> None:
        if look is not self.model.look:
            return  # overtaken
        try:
            message = {"kind": "repair", "changes": changes(look, repair(look))}
        except StudioError as error:
            message = {"kind": "error", "text": str(error)}
        if look is self.model.look:
            self._post("repair", message)

    def _post(self, key: str, message: dict[str, Any], *buffers: bytes) -> None:
        """Have a message sent on the kernel's loop, from any thread; a newer one of its key replaces it."""
        with self._lock:
            self._outbox[key] = (message, list(buffers))
        self._pace.ask()

    def _flush(self) -> None:
        with self._lock:
            waiting, self._outbox = list(self._outbox.values()), {}
        for message, buffers in waiting:
            self.send(message, buffers=buffers)

    def _got_picture(self, jpeg: bytes) -> None:
        self._post("picture", {"kind": "picture"}, jpeg)

    def _got_thumb(self, id: str, jpeg: bytes) -> None:
        self._post(f"thumb {id}", {"kind": "thumb", "id": id}, jpeg)

    def _background_failed(self, error: Exception) -> None:
        self._post("error", {"kind": "error", "text": _words(error)})

    def _enhanced_changed(self) -> None:
        asker = self._enhancer
        remarks = [str(each) for each in asker.done.remarks] if asker.done else []
        self._post(
            "enhance",
            {
                "kind": "enhance",
                "provider": asker.provider,
                "text": asker.text,
                "running": asker.running,
                "error": asker.error,
                "remarks": remarks,
            },
        )

    # from the page

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """A message from the page, which anybody with the page can send."""
        try:
            message = wire.from_page.validate_python(content)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            self.send(
                {"kind": "error", "text": f"The page sent something that is no request of it ({place})."}
            )
            return
        try:
            self._do(message)
        except Exception as error:  # an error in a callback is seen nowhere else
            self.send({"kind": "error", "text": _words(error)})

    def _do(self, message: wire.FromPage) -> None:
        model = self.model
        match message:
            case wire.Hello():
                self._welcome()
            case wire.SetField(field=field, value=value, how=how):
                model.check_offered(field, value)
                if how == "follow":
                    model.choose(field, value)
                else:
                    model.set_field(field, value)
            case wire.Ask(field=field, value=value):
                model.check_offered(field, value)
                self._offer(field, value)
            case wire.ApplyPreset(id=id):
                model.apply(id)
            case wire.SetSubject(text=text):
                model.set_subject(text)
            case wire.SetTarget(id=id):
                model.set_target(id)
            case wire.SetAngle(id=id):
                model.set_angle(id)
            case wire.ShowKind(tab=kind):
                model.show(kind)
            case wire.Need(ids=ids):
                self._sketcher.need(ids)
            case wire.Press(kind=button):
                self._press(button)

    def _press(self, button: str) -> None:
        if button == "enhance":
            self._enhancer.ask(self.model.prompt)
        elif button == "stop":
            self._enhancer.stop()
        else:
            getattr(self.model, button)()

    def _welcome(self) -> None:
        with self._lock:
            self._sent = state(self.model)
            self._drawn = None
        self.send({"kind": "catalogue", "catalogue": catalogue()})
        self.send({"kind": "state", "state": self._sent})
        self._think(self._sent)
        self._enhanced_changed()
        if not self._enhancer.provider:
            self._enhancer.look_around()

    def _offer(self, field: str, value: Any) -> None:
        look = self.model.look
        found: list[dict[str, str]] = []
        possible = False
        with contextlib.suppress(StudioError):
            found = changes(look, self.model.offer(field, value))
            possible = True
        self.send({"kind": "offer", "field": field, "value": value, "changes": found, "possible": possible})


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
