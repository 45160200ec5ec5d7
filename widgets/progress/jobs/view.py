"""`Progress`: the widget over a `JobsModel`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.project import Project
from studio.render import Farm
from studio.render.progress import JobState
from widgets.pace import Loop
from widgets.progress.feed import NOTHING, Extra, Feed, joined
from widgets.progress.jobs import wire
from widgets.progress.jobs.model import JobsModel
from widgets.progress.still import develop
from widgets.progress.view import media_type
from widgets.theme import stylesheet

_PAGE = Path(__file__).parent / "page"
_LIVE = Path(__file__).parents[1] / "page" / "feed.css"

SIDE = 240
"""Pixels of the longer side of a finished take's picture: a thumbnail at twice the density."""

PICTURE_PACE = 0.8
"""Seconds between two previews of a job: a thumbnail need not be a film."""


class Progress(Feed):
    """All jobs of a farm, live: by panel, then by backend; what waits says why.

    Args:
        source: A project or a farm.
        loop: The kernel's loop; the running one if None.

    Raises:
        StudioError: `source` is neither, or the project's backends can't be used.
    """

    _esm = joined(*(_PAGE / f"{part}.js" for part in ("row", "jobs")))
    _css = "\n".join((stylesheet(_LIVE), (_PAGE / "jobs.css").read_text(encoding="utf-8")))
    _messages = wire.from_page
    _keyed = ("rows", "groups")

    def __init__(self, source: Project | Farm, *, loop: Loop | None = None, **traits: Any) -> None:
        self.model = JobsModel(source)
        self._pictures: dict[str, tuple[bytes, float]] = {}  # what the pages have, and since when
        self._stills: dict[str, bytes | None] = {}  # of finished takes; None while they are made
        super().__init__(loop=loop, **traits)
        self.model.on_change(self._changed)

    def close(self) -> None:
        """Take the widget away; the jobs go on."""
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = self.model.text
        return bundle

    def _state(self) -> dict[str, Any]:
        return self.model.state

    def _extra(self, whole: bool) -> Extra:
        """Pictures that the pages do not have yet."""
        if whole:
            self._pictures.clear()
        rows = self._sent["rows"]
        self._pictures = {job_id: each for job_id, each in self._pictures.items() if job_id in rows}
        self._stills = {job_id: each for job_id, each in self._stills.items() if job_id in rows}
        now = self._clock()
        news: list[tuple[str, bytes]] = []
        for job_id in rows:
            picture = self._picture(job_id)
            old, since = self._pictures.get(job_id, (b"", float("-inf")))
            if picture and picture is not old and (now - since >= PICTURE_PACE or self._stills.get(job_id)):
                self._pictures[job_id] = picture, now
                news.append((job_id, picture))
        if not news:
            return NOTHING
        kinds = [[job_id, media_type(picture)] for job_id, picture in news]
        return Extra({"pictures": kinds}, [picture for _, picture in news])

    def _picture(self, job_id: str) -> bytes | None:
        """The newest preview, or the finished take."""
        job = self.model.job(job_id)
        if job is None:
            return None
        if job.state is not JobState.DONE:
            preview: bytes | None = job.progress.preview
            return preview
        if job_id not in self._stills:
            self._stills[job_id] = None

            def ready(picture: bytes) -> None:
                self._stills[job_id] = picture
                self._changed()

            develop(job.delivered, ready, SIDE)
        return self._stills[job_id]

    def _do(self, message: wire.FromPage) -> None:
        model = self.model
        match message:
            case wire.Press(kind=kind, job=job):
                self._work(lambda: getattr(model, kind)(job))
            case wire.CancelPanel(panel=panel):
                self._work(lambda: model.cancel_panel(panel))
            case wire.CancelAll():
                self._work(model.cancel_all)
            case _:
                pass
