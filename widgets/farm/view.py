"""`Farm`: the widget over a `FarmModel`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from studio.project import Project
from studio.render import Farm as RenderFarm
from studio.render.registry import Registry
from widgets.farm import wire
from widgets.farm.model import FarmModel
from widgets.pace import Loop
from widgets.progress.feed import Extra, Feed, joined, words
from widgets.progress.model import plain
from widgets.theme import stylesheet

_PAGE = Path(__file__).parent / "page"
_LIVE = Path(__file__).parents[1] / "progress" / "page" / "feed.css"


class Farm(Feed):
    """The backends of a farm, live: how each is, what it renders, and what can be done with it.

    Args:
        source: A project or a farm.
        loop: The kernel's loop; the running one if None.
        registry: Where backends are written down; the project's and the user's settings by default.

    Raises:
        StudioError: `source` is neither, or the project's backends can't be used.
    """

    _esm = joined(*(_PAGE / f"{part}.js" for part in ("plot", "card", "form", "farm")))
    _css = "\n".join(
        (stylesheet(_LIVE), *((_PAGE / f"{sheet}.css").read_text("utf-8") for sheet in ("farm", "form")))
    )
    _messages = wire.from_page
    _keyed = ("cards",)

    def __init__(
        self,
        source: Project | RenderFarm,
        *,
        loop: Loop | None = None,
        registry: Registry | None = None,
        **traits: Any,
    ) -> None:
        self.model = FarmModel(source, registry=registry)
        self._form: dict[str, Any] = {}
        self._plotted: dict[str, datetime | None] = {}
        super().__init__(loop=loop, **traits)
        self.model.on_change(self._changed)

    def close(self) -> None:
        """Take the widget away; the farm goes on."""
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = self.model.text
        return bundle

    def _state(self) -> dict[str, Any]:
        return {**self.model.state, "form": self._form}

    def _extra(self, whole: bool) -> Extra:
        """New points of the plots."""
        if whole:
            self._plotted.clear()
        news = {}
        for name in self._sent["order"]:
            points, self._plotted[name] = self.model.points(name, self._plotted.get(name))
            if points:
                news[name] = points
        return Extra({"points": news} if news else {}, [])

    def _do(self, message: wire.FromPage) -> None:
        model = self.model
        match message:
            case wire.Enable(name=name, on=on):
                self._work(lambda: model.enable(name, on))
            case wire.Press(kind=kind, name=name):
                self._work(lambda: getattr(model, kind)(name))
            case wire.Add():
                self._form = {"ticket": message.ticket, "busy": True}
                self._work(lambda: self._add(message))
            case _:
                pass

    def _add(self, message: wire.Add) -> None:
        answer: dict[str, Any] = {"ticket": message.ticket}
        try:
            added = self.model.add(message.form, asked=not message.anyway)
        except Exception as error:  # else the page would wait for ever
            answer["problems"] = {"url": plain(words(error))}
        else:
            answer["problems"] = {field: plain(text) for field, text in added.problems.items()}
            answer["harmless"] = added.harmless
            answer["added"] = "" if added.backend is None else added.backend.name
        self._form = answer
