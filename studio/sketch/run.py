"""What a node's function may use while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.sketch.folders import Folders
from studio.sketch.nodes.base import Catalogue
from studio.sketch.painter import Painter


class Interrupted(Exception):
    """The running prompt was asked to stop."""


@dataclass(frozen=True)
class NodeRun:
    """One node of one prompt, running."""

    node_id: str
    prompt: Mapping[str, Any]
    extra_pnginfo: Mapping[str, Any]
    shot: Mapping[str, Any] | None
    catalogue: Catalogue
    painter: Painter
    stop: threading.Event
    step_seconds: float
    wants_previews: bool
    report: Callable[[int, int, bytes | None], None]
    nonce: str

    @property
    def folders(self) -> Folders:
        return self.catalogue.folders

    def check_stop(self) -> None:
        """Raises Interrupted when the prompt was asked to stop."""
        if self.stop.is_set():
            raise Interrupted

    def step(self, value: int, total: int, preview: Callable[[], bytes] | None = None) -> None:
        """Take the time of a step, stop if asked to, then tell how far it is.

        Raises:
            Interrupted: a stop was asked for; it lands after the step, as at a real sampler.
        """
        began = time.monotonic()
        picture = preview() if preview and self.wants_previews else None
        time.sleep(max(0.0, self.step_seconds - (time.monotonic() - began)))
        self.check_stop()
        self.report(value, total, picture)
