"""What the scheduler is asked and what it answers: values, no behaviour.

`Ask` is a waiting job as the scheduler sees it, `Plan` is what to do now, `Why` is the reason in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.render.lane import Lane


@dataclass(frozen=True)
class ModelNeed:
    """A model file that a graph names: where it is chosen, and which.

    `node_class` and `input` name the list of `/object_info` that must hold `name`; slashes of either kind are
    the same.
    """

    node_class: str
    input: str
    name: str


@dataclass(frozen=True)
class Need:
    """What a backend must have to do a job.

    `backend` pins it, `vram` is the least total in bytes, `barred` names those that must not get it again.
    """

    classes: frozenset[str] = frozenset()
    models: frozenset[ModelNeed] = frozenset()
    tags: frozenset[str] = frozenset()
    backend: str | None = None
    vram: int = 0
    barred: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ask:
    """A job that waits here.

    Attributes:
        id: The job's.
        owner, panel: For whom; lines are fair between owners, then between panels of an owner.
        priority: Higher goes first.
        since: When it came, on the clock of `now`, in seconds.
        signature: Of the graph without seeds, texts and file names; times are measured by it.
        models: Large files that it loads; a backend that has others loaded must swap.
        work: Steps × megapixels, for backends that never saw this signature; 0 if not known.
        avoid: Names of backends that failed it: taken only where no other fit one exists.
    """

    id: str
    need: Need = field(default_factory=Need)
    owner: str = ""
    panel: str = ""
    priority: int = 0
    since: float = 0.0
    signature: str = ""
    models: frozenset[str] = frozenset()
    work: float = 0.0
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Why:
    """A decision in words: `str(why)`, and what spoke against each other backend."""

    text: str
    backend: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Plan:
    """What to do now.

    Attributes:
        assign: Send these there, in this order.
        refuse: No known backend can ever do these.
        wait: The others, by job id, and why they wait.
        stale: Ask these for their nodes and models again (`lane.resurvey()`): by lists that may be out of
            date no backend has what a job needs, which waits meanwhile.
        steal: Take these back from the queue of a backend (they have not begun there) and ask again.
        again: Seconds after which to plan anew though nothing has happened; None if there is no need.
    """

    assign: list[tuple[Ask, Lane, Why]] = field(default_factory=list)
    refuse: list[tuple[Ask, Why]] = field(default_factory=list)
    wait: dict[str, Why] = field(default_factory=dict)
    steal: list[tuple[Ask, Lane, Why]] = field(default_factory=list)
    stale: list[Lane] = field(default_factory=list)
    again: float | None = None
