"""How long jobs took, by backend and workflow: what estimates rest on.

A small JSON file under the project, replaced whole. Two processes on one project lose nothing but a sample
now and then: when one writes, what the other measured later is taken in.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import StorageError
from studio.files import write_atomically
from studio.workflow.plan import Phase

log = logging.getLogger(__name__)

FILE_NAME = "speeds.json"
"""Under `<project>/.studio/`."""

SAMPLES = 9
"""Times kept of each kind; the middle one is believed, so one odd job changes little."""

SIGNATURES = 128
"""Workflows kept for a backend; the one unused longest goes first."""

BACKENDS = 64
"""Backends kept; the one unused longest goes first."""

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Times(BaseModel):
    """What one workflow took on one backend, in seconds, newest last."""

    model_config = ConfigDict(extra="ignore")

    warm: list[_Seconds] = Field(default_factory=list)  # its models were loaded already
    cold: list[_Seconds] = Field(default_factory=list)  # or had to be
    work: _Seconds = 0.0  # steps × megapixels
    at: _Seconds = 0.0  # when it was last measured, seconds since 1970

    @property
    def usual(self) -> float | None:
        """Seconds with the models in place; where only loads were measured, with the load."""
        return _middle(self.warm or self.cold)

    @property
    def swap(self) -> float | None:
        """Seconds that loading its models adds; None until both kinds were measured."""
        return max(0.0, median(self.cold) - median(self.warm)) if self.warm and self.cold else None


class _Usual(NamedTuple):
    """What jobs of all kinds take on one backend."""

    seconds: float | None
    swap: float | None
    rate: float | None  # steps × megapixels a second


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    format: int = 1
    backends: dict[str, dict[str, Times]] = Field(default_factory=dict)


class History:
    """Measured times. Safe from any thread.

    Args:
        path: Where they are kept; None means only in memory. A file that can't be read is taken for empty:
            it holds nothing that is not measured again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._known = _read(path) if path is not None else {}
        self._usual: dict[str, _Usual] = {}
        self._changed = False

    def learn(
        self, backend: str, signature: str, seconds: float, *, cold: bool = False, work: float = 0.0
    ) -> None:
        """A job of this workflow ran `seconds` there; `cold` if its models had to be loaded first."""
        if not signature or not seconds >= 0:
            return
        with self._lock:
            entries = self._known.setdefault(backend, {})
            entry = entries.get(signature, Times())
            samples = [*(entry.cold if cold else entry.warm), round(seconds, 4)][-SAMPLES:]
            changes = {"cold" if cold else "warm": samples, "work": work, "at": time.time()}
            entries[signature] = entry.model_copy(update=changes)
            _bound(self._known)
            self._usual.pop(backend, None)
            self._changed = True

    def measured(self, backend: str, signature: str) -> Times | None:
        """What this very workflow took there; None if it never ran there."""
        with self._lock:
            return self._known.get(backend, {}).get(signature)

    def estimate(
        self, backend: str, signature: str, phases: Sequence[Phase] = (), *, work: float = 0.0
    ) -> float | None:
        """Seconds that a job takes there from its start, models loaded; None if nobody can tell.

        By what the same workflow took there, else by the backend's usual speed in steps × megapixels.

        Args:
            phases: Its samplers; taken at one megapixel if `work` is not given.
            work: Its steps × megapixels (`needs.work_of`).
        """
        times = self.measured(backend, signature)
        if times is not None and times.usual is not None:
            return times.usual
        wanted = work or float(sum(phase.steps for phase in phases))
        rate = self.rate(backend)
        return wanted / rate if wanted and rate else None

    def rate(self, backend: str) -> float | None:
        """Steps × megapixels a second, over all that was measured there; None if nothing was."""
        return self._over_all(backend).rate

    def swap(self, backend: str, signature: str) -> float | None:
        """Seconds that loading this workflow's models adds there, else what loads usually add there."""
        times = self.measured(backend, signature)
        if times is not None and times.swap is not None:
            return times.swap
        return self._over_all(backend).swap

    def usual(self, backend: str) -> float | None:
        """Seconds of a usual job there, whatever it is: the best guess about other people's jobs."""
        return self._over_all(backend).seconds

    def _over_all(self, backend: str) -> _Usual:
        with self._lock:
            known = self._usual.get(backend)
            if known is None or backend not in self._known:
                entries = list(self._known.get(backend, {}).values())
                known = self._usual[backend] = _Usual(
                    _middle(entry.usual for entry in entries),
                    _middle(entry.swap for entry in entries),
                    _middle(entry.work / entry.usual for entry in entries if entry.work and entry.usual),
                )
            return known

    def save(self) -> None:
        """Write the file if anything changed; blocks, so call it in a thread.

        Raises:
            StorageError: the disk refuses; what was measured is kept in memory.
        """
        if self.path is None:
            return
        with self._writing:
            with self._lock:
                if not self._changed:
                    return
                self._changed = False
            theirs = _read(self.path)
            with self._lock:
                _take_newer(self._known, theirs)
                _bound(self._known)
                self._usual.clear()
                data = _File(backends=self._known).model_dump(mode="json")
            try:
                write_atomically(self.path, json.dumps(data, separators=(",", ":")).encode())
            except StorageError:
                self._changed = True
                raise


def _read(path: Path) -> dict[str, dict[str, Times]]:
    try:
        return _File.model_validate_json(path.read_bytes()).backends
    except FileNotFoundError:
        pass
    except (OSError, ValidationError):
        log.warning("%s can't be read; job times will be measured anew", path)
    return {}


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _take_newer(ours: dict[str, dict[str, Times]], theirs: dict[str, dict[str, Times]]) -> None:
    """Another process measured too: the later entry of each workflow stays."""
    for backend, entries in theirs.items():
        mine = ours.setdefault(backend, {})
        for signature, entry in entries.items():
            if signature not in mine or mine[signature].at < entry.at:
                mine[signature] = entry


def _bound(known: dict[str, dict[str, Times]]) -> None:
    for entries in known.values():
        while len(entries) > SIGNATURES:
            del entries[min(entries, key=lambda signature: entries[signature].at)]
    while len(known) > BACKENDS:
        del known[min(known, key=lambda name: max((entry.at for entry in known[name].values()), default=0.0))]
