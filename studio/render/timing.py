"""Every deadline of talking to a backend, in one place and in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """How long to wait for what. The defaults suit a server in the next room; tests use much shorter ones."""

    connect: float = 5.0
    """Opening a connection, and the socket."""
    answer: float = 30.0
    """Silence in the middle of an answer."""
    reconcile: float = 3.0
    """No event of a job for so long: ask REST."""
    deaf: float = 20.0
    """REST says that the job runs, and the socket has said nothing for so long: open it anew."""
    grace: float = 2.0
    """A job in neither queue nor history for so long, seen at least twice, is lost."""
    unreachable: float = 15.0
    """Nothing answers for so long while a job is there: give it up."""
    stall: float = 1800.0
    """A running job with no sign of progress for so long is stuck. Loading a large model sends none."""
    retry: float = 0.2
    """First pause between attempts; later ones grow."""
    poll_busy: float = 2.5
    """Between two looks at a backend that has jobs."""
    poll_idle: float = 12.0
    """Between two looks at a backend that has none."""


DEFAULT_TIMING = Timing()
