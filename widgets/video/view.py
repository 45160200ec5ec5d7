"""`Video`: the widget over a `VideoModel`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from studio.project import Project
from widgets.pace import Loop
from widgets.progress.feed import Extra, joined
from widgets.progress.view import media_type
from widgets.shared import shared
from widgets.storyboard.inspector.shotfeed import ShotFeed
from widgets.storyboard.model import StoryboardModel
from widgets.theme import stylesheet
from widgets.video import wire
from widgets.video.model import VideoModel
from widgets.video.sheet import catalogue, state

_PAGE = Path(__file__).parent / "page"
_WIDGETS = Path(__file__).parents[1]
_INSPECTOR = _WIDGETS / "storyboard" / "inspector" / "page"
SHARED = ("fields", "picker", "film", "settings")
"""Parts of the panel inspector's page."""
SHEETS = ("inspector", "fields", "takes")

PICTURE_PACE = 0.6
"""Seconds between two previews of a film under way."""


class Video(ShotFeed):
    """Films from pictures: frames, movement, length; rendered into a panel, followed, and played.

    Args:
        source: The model of a `Storyboard`, or an open project.
        loop: The kernel's loop; the running one if None.
    """

    _esm = joined(*shared("pieces.js"), *(_INSPECTOR / f"{part}.js" for part in SHARED), _PAGE / "video.js")
    _css = "\n".join(
        (
            stylesheet(_WIDGETS / "progress" / "page" / "feed.css"),
            *((_INSPECTOR / f"{sheet}.css").read_text(encoding="utf-8") for sheet in SHEETS),
            (_PAGE / "video.css").read_text(encoding="utf-8"),
        )
    )
    _messages = wire.from_page
    model: VideoModel

    def __init__(self, source: StoryboardModel | Project, *, loop: Loop | None = None, **traits: Any) -> None:
        self._own = None if isinstance(source, StoryboardModel) else StoryboardModel(source)
        board = source if isinstance(source, StoryboardModel) else self._own
        assert board is not None
        self._preview: tuple[str, bytes] = ("", b"")
        self._shown_at = float("-inf")
        super().__init__(VideoModel(board), loop=loop, **traits)

    def close(self) -> None:
        """Take the widget away; renders go on."""
        self.model.close()
        super().close()
        if self._own is not None:
            self._own.close()
            self._own = None

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = f"Video: {self.model.film.name}"
        return bundle

    def _state(self) -> dict[str, Any]:
        return {**state(self.model), "references": self._references, "said": list(self._said)}

    def _catalogue(self) -> dict[str, Any]:
        return catalogue(self.model)

    def _extra(self, whole: bool) -> Extra:
        """Also the newest picture of the film under way."""
        extra = super()._extra(whole)
        first = next((each.job for each in self.model.renders if not each.job.state.ended), None)
        picture = first.progress.preview if first is not None else None
        now = time.monotonic()
        if not picture or (picture is self._preview[1] and not whole) or now - self._shown_at < PICTURE_PACE:
            return extra
        self._preview, self._shown_at = (first.id, picture), now
        fields = {**extra.fields, "preview": [first.id, media_type(picture)]}
        return Extra(fields, [*extra.buffers, picture])

    def _answer(self, message: Any) -> None:
        model = self.model
        match message:
            case wire.Into(panel=panel):
                model.into(panel)
            case wire.Adopt(panel=panel):
                self._work(lambda: self._then_look(model.adopt(panel)))
            case wire.Where(backend=backend):
                model.set_where(backend)
            case wire.Go(kind="go"):
                model.render()
            case wire.Go():
                model.cancel()
            case wire.Play(version=version):
                model.play(version)
            case _:
                pass
