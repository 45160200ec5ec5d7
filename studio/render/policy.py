"""What is done after a setback: the same backend again, another one, or the end. Pure.

cause       means                                              then
unsent      it surely never got there                          anywhere, and it counts for nothing
left        it only waited in the queue of one that died       anywhere, and it counts for nothing
withdrawn   we took it back from a queue                       anywhere, and it counts for nothing
lost        the backend died, or was restarted, as it ran      anywhere, rather elsewhere; two dead: set apart
cleared     somebody took it out of the queue there            the end
stalled     no sign of progress for long                       elsewhere, or the end; the backend rests
memory      out of memory                                      freed, and the same again; then a larger card
machine     the card, driver or disk failed it                 elsewhere, or the end; the backend rests
protocol    the backend talks nonsense                         elsewhere, or the end; the backend rests
work        the graph is refused, or one of its nodes raises   the end: it would fail everywhere
other       the disk here, damaged outputs, a cancelled job    the end
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.errors import (
    BackendError,
    BackendUnreachable,
    JobCancelled,
    JobFailed,
    JobLost,
    JobRejected,
    JobStalled,
    StudioError,
)
from studio.render.transport import NeverSent

ATTEMPTS = 3
"""Backends that may fail a job before it is given up."""

MOVES = 25
"""Placements of one job in all, whatever became of them; then something is wrong that nobody foresaw."""

_MEMORY = re.compile(
    r"out of memory|outofmemory|cuda_error_out_of_memory|not enough memory|allocation on device"
    r"|cannot allocate memory|defaultcpuallocator|mps backend out of memory",
    re.IGNORECASE,
)
"""As PyTorch, CUDA, ROCm, Metal and the C library say it."""

_MACHINE = re.compile(
    r"cuda error|hip error|cublas|cudnn|cuda driver|nccl|device-side assert|unspecified launch failure"
    r"|illegal memory access|gpu is lost|no space left on device|disk quota exceeded|read-only file system"
    r"|input/output error|errno (5|28|30|122)\b",
    re.IGNORECASE,
)
"""What is the card's, the driver's or the disk's fault, and not the graph's."""


class Cause(StrEnum):
    """Why a backend did not bring a job to its end."""

    UNSENT = "unsent"
    LEFT = "left"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    CLEARED = "cleared"
    STALLED = "stalled"
    MEMORY = "memory"
    MACHINE = "machine"
    PROTOCOL = "protocol"
    WORK = "work"
    OTHER = "other"


class Next(StrEnum):
    """What is done with the job."""

    ANYWHERE = "anywhere"  # where it failed only if nowhere else
    ELSEWHERE = "elsewhere"  # never where it failed
    LARGER = "larger"  # where there is more video memory
    SAME = "same"  # there again, with its memory freed
    FAIL = "fail"
    APART = "apart"  # it kills backends: no other is risked


@dataclass(frozen=True)
class Past:
    """One earlier attempt, or the one that just ended."""

    backend: str
    cause: Cause


@dataclass(frozen=True)
class Verdict:
    """What to do now."""

    next: Next
    rest: bool = False  # the backend is at fault, and rests
    reason: str = ""


COUNTS_FOR_NOTHING = frozenset((Cause.UNSENT, Cause.LEFT, Cause.WITHDRAWN))

_RESTS = frozenset((Cause.STALLED, Cause.MACHINE, Cause.PROTOCOL))


def decide(past: Sequence[Past], *, attempts: int = ATTEMPTS) -> Verdict:
    """What to do with a job after the last of `past`.

    Args:
        past: All its placements that have ended, oldest first; at least one.
        attempts: Backends that may fail it.
    """
    now = past[-1]
    rest = now.cause in _RESTS
    if now.cause in (Cause.WORK, Cause.OTHER, Cause.CLEARED):
        return Verdict(Next.FAIL)
    if len(past) >= MOVES:
        return Verdict(Next.FAIL, rest, f"it was placed {len(past)} times and never brought to its end")
    if now.cause in COUNTS_FOR_NOTHING:
        return Verdict(Next.ANYWHERE)
    killed = list(dict.fromkeys(one.backend for one in past if one.cause is Cause.LOST))
    if now.cause is Cause.LOST and len(killed) >= 2:
        names = " and ".join(killed)
        return Verdict(Next.APART, reason=f"{names} both went away while they rendered it; it is set apart")
    if sum(one.cause not in COUNTS_FOR_NOTHING for one in past) >= attempts:
        more = f"given up after {attempts} attempts" if attempts > 1 else ""
        return Verdict(Next.FAIL, rest, more)
    match now.cause:
        case Cause.LOST:
            return Verdict(Next.ANYWHERE)
        case Cause.MEMORY:
            before = any(one.cause is Cause.MEMORY and one.backend == now.backend for one in past[:-1])
            return Verdict(Next.LARGER, rest=True) if before else Verdict(Next.SAME)
        case _:
            return Verdict(Next.ELSEWHERE, rest)


def cause_of(error: StudioError, *, ran: bool, cleared: bool = False, said: str = "") -> Cause:
    """What kind of setback an error is.

    Args:
        ran: Whether the job had begun there, or may have.
        cleared: Whether it vanished from a backend that was there all the time.
        said: The type of the exception that a node raised, as the backend names it.
    """
    match error:
        case NeverSent():
            return Cause.UNSENT
        case JobCancelled():
            return Cause.OTHER
        case JobRejected():
            return Cause.WORK
        case JobLost():
            if cleared:
                return Cause.CLEARED
            return Cause.LOST if ran else Cause.LEFT
        case JobStalled():
            return Cause.STALLED
        case JobFailed():
            text = f"{said}\n{error.server_message}\n{error.message}"
            if _MEMORY.search(text):
                return Cause.MEMORY
            return Cause.MACHINE if _MACHINE.search(text) else Cause.WORK
        case BackendUnreachable():
            return Cause.LOST if ran else Cause.LEFT
        case BackendError():
            return Cause.PROTOCOL
        case _:
            return Cause.OTHER
