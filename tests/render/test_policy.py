"""What a setback means; the table of `studio.render.policy`, and laws that hold whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.errors import (
    BackendProtocolError,
    BackendUnreachable,
    JobCancelled,
    JobFailed,
    JobLost,
    JobRejected,
    JobStalled,
    OutputError,
    StorageError,
)
from studio.render.policy import COUNTS_FOR_NOTHING, MOVES, Cause, Next, Past, cause_of, decide
from studio.render.transport import NeverSent


def after(*past: tuple[str, Cause], attempts: int = 3) -> Next:
    return decide([Past(*one) for one in past], attempts=attempts).next


@pytest.mark.parametrize(
    ("past", "wanted"),
    [
        ([("a", Cause.UNSENT)], Next.ANYWHERE),
        ([("a", Cause.LEFT)], Next.ANYWHERE),
        ([("a", Cause.WITHDRAWN)], Next.ANYWHERE),
        ([("a", Cause.LOST)], Next.ANYWHERE),
        ([("a", Cause.LOST), ("a", Cause.LOST)], Next.ANYWHERE),
        ([("a", Cause.LOST), ("a", Cause.LOST), ("a", Cause.LOST)], Next.FAIL),
        ([("a", Cause.LOST), ("b", Cause.LOST)], Next.APART),
        ([("a", Cause.LEFT), ("b", Cause.LOST)], Next.ANYWHERE),
        ([("a", Cause.CLEARED)], Next.FAIL),
        ([("a", Cause.STALLED)], Next.ELSEWHERE),
        ([("a", Cause.MACHINE)], Next.ELSEWHERE),
        ([("a", Cause.PROTOCOL)], Next.ELSEWHERE),
        ([("a", Cause.MEMORY)], Next.SAME),
        ([("a", Cause.MEMORY), ("a", Cause.MEMORY)], Next.LARGER),
        ([("a", Cause.MEMORY), ("b", Cause.MEMORY)], Next.SAME),
        ([("a", Cause.MEMORY), ("a", Cause.MEMORY), ("b", Cause.MEMORY)], Next.FAIL),
        ([("a", Cause.WORK)], Next.FAIL),
        ([("a", Cause.OTHER)], Next.FAIL),
        ([("a", Cause.STALLED), ("b", Cause.STALLED), ("c", Cause.STALLED)], Next.FAIL),
    ],
)
def test_table(past: list[tuple[str, Cause]], wanted: Next) -> None:
    assert after(*past) is wanted


def test_what_is_the_machine_s_fault_lets_it_rest() -> None:
    resting = {cause for cause in Cause if decide([Past("a", cause)]).rest}
    assert resting == {Cause.STALLED, Cause.MACHINE, Cause.PROTOCOL}


@pytest.mark.parametrize(
    ("message", "kind", "cause"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB", "torch.OutOfMemoryError", Cause.MEMORY),
        ("Allocation on device", "torch.cuda.OutOfMemoryError", Cause.MEMORY),
        ("", "torch.OutOfMemoryError", Cause.MEMORY),
        ("DefaultCPUAllocator: not enough memory", "RuntimeError", Cause.MEMORY),
        ("CUDA error: an illegal memory access was encountered", "RuntimeError", Cause.MACHINE),
        ("[Errno 28] No space left on device: '/output/x.png'", "OSError", Cause.MACHINE),
        ("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR", "RuntimeError", Cause.MACHINE),
        ("The size of tensor a (64) must match tensor b (32)", "RuntimeError", Cause.WORK),
        ("Sizes of memory layouts differ", "ValueError", Cause.WORK),
    ],
)
def test_a_node_that_raises(message: str, kind: str, cause: Cause) -> None:
    error = JobFailed(f"KSampler failed: {message}", server_message=message)
    assert cause_of(error, ran=True, said=kind) is cause


def test_causes() -> None:
    assert cause_of(NeverSent("x"), ran=False) is Cause.UNSENT
    assert cause_of(JobLost("x"), ran=True) is Cause.LOST
    assert cause_of(JobLost("x"), ran=False) is Cause.LEFT
    assert cause_of(JobLost("x"), ran=False, cleared=True) is Cause.CLEARED
    assert cause_of(JobStalled("x"), ran=True) is Cause.STALLED
    assert cause_of(BackendUnreachable("x"), ran=False) is Cause.LEFT
    assert cause_of(BackendProtocolError("x"), ran=False) is Cause.PROTOCOL
    assert cause_of(JobRejected("x"), ran=False) is Cause.WORK
    for error in (JobCancelled("x"), OutputError("x"), StorageError("x")):
        assert cause_of(error, ran=True) is Cause.OTHER


@given(st.lists(st.builds(Past, st.sampled_from("abc"), st.sampled_from(list(Cause))), min_size=1))
def test_what_counts_for_nothing_changes_no_verdict(past: list[Past]) -> None:
    counted = [one for one in past if one.cause not in COUNTS_FOR_NOTHING]
    if past[-1].cause in COUNTS_FOR_NOTHING or len(past) >= MOVES:
        return
    assert decide(past).next is decide(counted).next


class JobAmongBackends(RuleBasedStateMachine):
    """A job that meets with whatever may happen: it ends, and harms no more backends than the rules allow."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Past] = []
        self.next = Next.ANYWHERE
        self.banned: set[str] = set()

    @property
    def going_on(self) -> bool:
        return self.next not in (Next.FAIL, Next.APART)

    @precondition(lambda self: self.going_on)
    @rule(choice=st.integers(0, 3), cause=st.sampled_from(list(Cause)))
    def setback(self, choice: int, cause: Cause) -> None:
        allowed = [name for name in "abcd" if name not in self.banned]
        if not allowed:  # there is no such place: the farm ends the job
            self.next = Next.FAIL
            return
        name = allowed[choice % len(allowed)]
        if self.next is Next.SAME:
            name = self.past[-1].backend
        self.past.append(Past(name, cause))
        self.next = decide(self.past).next
        if self.next in (Next.ELSEWHERE, Next.LARGER):
            self.banned.add(name)

    @precondition(lambda self: not self.going_on)
    @rule()
    def nothing_more(self) -> None:
        assert self.past

    @invariant()
    def it_ends(self) -> None:
        assert len(self.past) <= MOVES
        assert sum(one.cause not in COUNTS_FOR_NOTHING for one in self.past) <= 3

    @invariant()
    def it_kills_two_backends_at_most(self) -> None:
        assert len({one.backend for one in self.past if one.cause is Cause.LOST}) <= 2

    @invariant()
    def what_fails_everywhere_is_tried_once(self) -> None:
        final = (Cause.WORK, Cause.OTHER, Cause.CLEARED)
        assert sum(one.cause in final for one in self.past) <= 1


TestJobAmongBackends = JobAmongBackends.TestCase
