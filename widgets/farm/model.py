"""The farm as the page shows it, and what can be done with it; needs no page."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from studio.errors import BackendError, StudioError
from studio.project import Project
from studio.project.backends import registry_of
from studio.render import Backend, Farm
from studio.render.loop import run
from studio.render.registry import Registry
from studio.render.status import BackendState, BackendStatus
from studio.render.timing import Timing
from widgets.farm.adding import Added, AddForm, Name
from widgets.farm.cards import WORDS, BackendCard
from widgets.progress.feed import words
from widgets.progress.model import plain
from widgets.progress.source import farm_of

PLOTTED = timedelta(minutes=10)
"""The time that the little plots show."""

_PROBE = Timing(connect=3.0, answer=5.0)

EMBEDDED = "sketch"
"""The name of the backend that a project starts itself when it has no other."""

Point = tuple[float, float | None, float]
"""When (seconds since 1970), share of VRAM in use (0 … 1, None: not known), sampler steps a second."""


class FarmModel:
    """All backends of a farm, as cards.

    Args:
        source: A project, whose settings then hold what is added; or a farm.
        registry: Where backends are written down; the project's and the user's settings by default.
    """

    def __init__(self, source: Project | Farm, *, registry: Registry | None = None) -> None:
        self.farm, self.project = farm_of(source)
        access = self.farm.access
        settings = registry_of(self.project.path, access) if self.project else Registry(access=access)
        self.registry = registry or settings
        self.notes: dict[str, str] = {}
        self.doing: dict[str, str] = {}
        self._others: dict[str, tuple[datetime | None, int]] = {}
        self._saved: dict[str, str] = {}
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []
        self._stop = self.farm.watch(self._tell)
        self._read_saved()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, on any thread, when something changed; it must not block.

        Returns:
            A function that ends it.
        """
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def close(self) -> None:
        """Stop looking; the farm goes on."""
        self._stop()
        self._callbacks.clear()

    # what is to be seen

    @property
    def cards(self) -> list[BackendCard]:
        """A card for each backend, by name."""
        jobs = {job.id: job for job in self.farm.jobs}
        cards = []
        for status in sorted(self.farm.status(), key=lambda status: _natural(status.name)):
            ours = [jobs[each] for each in status.ours if each in jobs]
            cards.append(
                BackendCard.of(
                    status,
                    ours,
                    others=self._others_of(status),
                    saved=self._saved.get(status.name, ""),
                    doing=self.doing.get(status.name, ""),
                    note=self.notes.get(status.name, ""),
                )
            )
        return cards

    @property
    def state(self) -> dict[str, Any]:
        """All that the page shows, as JSON."""
        cards = self.cards
        return {
            "head": summary(cards),
            "embedded": [card.name for card in cards] == [EMBEDDED] and not cards[0].saved,
            "places": ["project", "user", "session"] if self.project else ["user", "session"],
            "order": [card.name for card in cards],
            "cards": {card.name: card.model_dump(mode="json") for card in cards},
        }

    def points(self, name: str, after: datetime | None = None) -> tuple[list[Point], datetime | None]:
        """What the plots of a backend show, oldest first, and when the last was; only those after `after`."""
        try:
            metrics = self.farm.metrics(name)
        except BackendError:  # it was removed a moment ago
            return [], after
        first = max(after, _long_ago()) if after else _long_ago()
        new = [metric for metric in metrics if metric.at > first]
        total = next((each.vram_total for each in self.farm.status() if each.name == name), None)
        points: list[Point] = [
            (
                round(metric.at.timestamp(), 1),
                round(metric.vram_used / total, 3) if total and metric.vram_used is not None else None,
                round(metric.steps_per_second, 2),
            )
            for metric in new
        ]
        return points, new[-1].at if new else after

    @property
    def text(self) -> str:
        """One line a backend."""
        return "\n".join([summary(self.cards), *(card.text for card in self.cards)])

    # what can be done; each may wait a moment, so none is for a callback of a render

    def enable(self, name: str, enabled: bool) -> None:
        """Whether it is given jobs, from now on; also written down, if it is written down at all."""

        def enable() -> None:
            self.farm.enable(name, enabled)
            if name in self._saved:
                self.registry.enable(name, enabled)

        self._act(name, "switching on…" if enabled else "switching off…", enable)

    def free(self, name: str) -> None:
        """Have it unload its models and give memory back."""
        self._act(name, "freeing memory…", lambda: self.farm.free(name))

    def interrupt(self, name: str) -> None:
        """Stop our jobs that render there, and nobody else's."""

        def interrupt() -> None:
            if not self.farm.interrupt(name):
                raise StudioError("nothing of ours renders there any more")

        self._act(name, "stopping its job…", interrupt)

    def remove(self, name: str) -> None:
        """Take it out of the farm, and out of the settings that name it; what renders there ends there."""

        def remove() -> None:
            if name in self._saved:
                self.registry.remove(name)
            self.farm.remove(name)

        self._act(name, "being removed…", remove)
        self._read_saved()

    def add(self, form: AddForm, *, asked: bool = True) -> Added:
        """One more backend, from now on, and written down where the form says.

        Args:
            asked: Whether it is asked first if it is a ComfyUI.
        """
        why = self.farm.access.why("manage")  # before anything that was typed is asked, or a secret looked up
        if why:
            return Added(problems={"url": plain(why)})
        read, table = form.read(self.farm.backends)
        if read.backend is None:
            return read
        try:
            self.farm.access.require_backend(read.backend.url)
        except StudioError as error:
            return Added(problems={"url": plain(words(error))})
        problem = probe(read.backend) if asked else ""
        if problem:
            return Added(problems={"url": problem}, harmless=True)
        field: Name = "to"
        try:
            if form.to != "session":
                self.registry.add(table, to=form.to)
            field = "url"
            self.farm.add(read.backend)
        except StudioError as error:
            return Added(problems={field: plain(words(error))})
        finally:
            self._read_saved()
            self._tell()
        return read

    def _act(self, name: str, doing: str, act: Callable[[], object]) -> None:
        """Do it, say meanwhile what is done, and on the card what went wrong."""
        with self._lock:
            self.notes.pop(name, None)
            self.doing[name] = doing
        self._tell()
        try:
            act()
        except Exception as error:
            self.notes[name] = plain(words(error))
        finally:
            with self._lock:
                self.doing.pop(name, None)
        self._tell()

    def _read_saved(self) -> None:
        """Which settings name which backend. Broken settings are for whoever opens the project to tell."""
        try:
            self._saved = {entry.name: entry.layer for entry in self.registry.entries()}
        except StudioError:
            self._saved = {}

    def _others_of(self, status: BackendStatus) -> int:
        """Other people's jobs there, as of the last look at its queue: ours come and go between two looks."""
        try:
            metrics = self.farm.metrics(status.name)
        except BackendError:
            return 0
        at = metrics[-1].at if metrics else None
        known = self._others.get(status.name)
        if known is None or known[0] != at:
            queue = status.queue_running + status.queue_pending
            others = max(0, queue - len(status.ours)) if status.state == "busy" else 0
            known = self._others[status.name] = at, others
        return known[1]

    def _tell(self) -> None:
        for callback in tuple(self._callbacks):
            callback()


def summary(cards: list[BackendCard]) -> str:
    """`2 rendering · 1 ready · 1 offline`."""
    counts = Counter("busy" if card.state == "busy" else card.state for card in cards)
    order: tuple[BackendState, ...] = (
        *("busy", "online", "unknown", "resting", "offline", "wrong_version", "disabled"),
    )
    names: dict[BackendState, str] = {**WORDS, "busy": "at work"}
    return " · ".join(f"{counts[state]} {names[state]}" for state in order if counts[state]) or "no backends"


def probe(backend: Backend) -> str:
    """Ask it whether it is a ComfyUI; gives what speaks against it, empty if it is one."""

    async def ask() -> None:
        client = backend.model_copy(update={"timing": _PROBE}).client()
        try:
            await client.check()
        finally:
            await client.aclose()

    try:
        run(ask())
    except StudioError as error:
        return plain(f"{error.message}. {error.hint}" if error.hint else error.message)
    return ""


def _natural(name: str) -> list[tuple[int, int | str]]:
    """`box 2` before `box 10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]


def _long_ago() -> datetime:
    return datetime.now(UTC) - PLOTTED
