"""An export on its way: it tells how far it is, and stops when asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from studio.errors import ExportCancelled

T = TypeVar("T")

Told = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and what is being done."""


@dataclass(frozen=True)
class Task:
    """Progress and cancel of one export.

    Args:
        told: Hears of each step; None: nobody listens.
        cancel: Set it, from any thread, to stop the export at its next step.
    """

    told: Told | None = None
    cancel: threading.Event | None = None

    def step(self, done: int, total: int, text: str) -> None:
        """Tell how far it is.

        Raises:
            ExportCancelled: somebody set `cancel`.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise ExportCancelled("stopped on request", hint="Nothing was written.")
        if self.told is not None:
            self.told(done, total, text)

    def over(self, things: Iterable[T], text: Callable[[T], str]) -> Iterator[T]:
        """Go through `things`, a step each.

        Raises:
            ExportCancelled: somebody set `cancel`.
        """
        all_of_them: Sequence[T] = list(things)
        for number, thing in enumerate(all_of_them):
            self.step(number, len(all_of_them), text(thing))
            yield thing
        self.step(len(all_of_them), len(all_of_them), "done")
