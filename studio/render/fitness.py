"""Whether a backend can do a job: now, later, or never, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from studio.render.ask import Need

if TYPE_CHECKING:
    from studio.render.inventory import Inventory
    from studio.render.lane import Lane


class Fit(Enum):
    """What a backend is to a job."""

    NOW = "now"
    LATER = "later"  # it may become fit: it is off, disabled, resting, or not known yet
    STALE = "stale"  # it lacks something by a list that may be out of date: look again
    NEVER = "never"


_GB = 1024**3


class Judge:
    """Judges, and remembers what an inventory lacks, since a thousand jobs mostly need the same."""

    def __init__(self) -> None:
        self._lacks: dict[tuple[Need, Inventory], str] = {}

    def judge(self, need: Need, lane: Lane, now: float) -> tuple[Fit, str]:
        """Whether `lane` can do what `need` asks; the reason is empty if it can."""
        backend = lane.backend
        if need.backend is not None and need.backend != backend.name:
            return Fit.NEVER, f"the job is for {need.backend}"
        if backend.name in need.barred:
            return Fit.NEVER, "it failed this job before"
        missing = sorted(need.tags - backend.tags)
        if missing:
            return Fit.NEVER, f"it has no tag {', '.join(missing)}"
        if lane.hopeless and lane.error is not None:
            return Fit.NEVER, lane.error.message
        if need.vram and lane.vitals.vram_total is not None and lane.vitals.vram_total < need.vram:
            return (
                Fit.NEVER,
                f"its card has {lane.vitals.vram_total / _GB:.0f} GB, {need.vram / _GB:.0f} are needed",
            )
        lacks = "" if lane.inventory is None else self._lacking(need, lane.inventory)
        if lacks:
            again = lane.online and backend.enabled and not (lane.surveyed and lane.listed_lately(now))
            return (Fit.STALE if again else Fit.NEVER), lacks
        return _ready(need, lane, now)

    def _lacking(self, need: Need, inventory: Inventory) -> str:
        key = need, inventory
        found = self._lacks.get(key)
        if found is None:
            if len(self._lacks) > 20_000:
                self._lacks.clear()
            found = self._lacks[key] = inventory.lacks(need)
        return found


def _ready(need: Need, lane: Lane, now: float) -> tuple[Fit, str]:
    """Whether a backend that has what is needed can be given jobs at this moment."""
    if not lane.backend.enabled:
        return Fit.LATER, "it is disabled"
    if not lane.online:
        if lane.error is None:
            return Fit.LATER, "it has not answered yet"
        return Fit.LATER, lane.error.message
    if now < lane.rested_until:
        return Fit.LATER, f"it rests for {lane.rested_until - now:.0f} s: {lane.rest_reason}"
    if lane.inventory is None and not lane.surveyed and (need.classes or need.models):
        return Fit.LATER, "its nodes and models are being listed"
    return Fit.NOW, ""


def reasons_text(reasons: Mapping[str, str]) -> str:
    """`a: why; b: why`."""
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
