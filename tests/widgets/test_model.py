"""What the page is told, in words."""

from __future__ import annotations

import math

import pytest
from fake_job import FakeJob, FakeTake
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import JobFailed
from studio.render.progress import JobState, Progress
from widgets.progress.model import LONGEST_MESSAGE, Board, Card, Head, plain, result_name


def snapshot(**fields: object) -> Progress:
    return Progress(job="job-1", label="Hero_Shot", **fields)


def test_a_running_job() -> None:
    card = Card.of(
        snapshot(
            state=JobState.RUNNING,
            percent=42.4,
            phase=1,
            phases=2,
            node_class="KSampler",
            step=5,
            steps=14,
            nodes_done=3,
            nodes_total=7,
            elapsed=12.0,
            left=17.0,
            backend="sketch",
        )
    )
    assert (card.word, card.line, card.nodes, card.backend) == (
        "rendering",
        "Phase 1/2 · KSampler · Step 5/14",
        "3/7",
        "sketch",
    )
    assert card.text == "Hero_Shot: rendering, 42 % · Phase 1/2 · KSampler · Step 5/14"
    assert not card.ended


def test_a_waiting_job_says_why() -> None:
    card = Card.of(snapshot(message="Every backend is busy"))
    assert (card.word, card.line) == ("waiting", "Every backend is busy")


def test_a_starting_job_does_not_show_the_bare_state() -> None:
    assert Card.of(snapshot(state=JobState.RUNNING)).line == ""


def test_a_done_job_names_its_take() -> None:
    card = Card.of(snapshot(state=JobState.DONE, percent=99.0, elapsed=12.2), result="Hero_Shot_v001.png")
    assert card.percent == 100
    assert card.text == "Hero_Shot: done in 12 s · Hero_Shot_v001.png"


def test_a_failed_job_says_what_and_what_to_do() -> None:
    error = JobFailed("KSampler ran out of memory", where="node 3", hint="Use a smaller size.")
    card = Card.of(snapshot(state=JobState.FAILED, percent=40.0, elapsed=3.0), error=error)
    assert (card.line, card.hint) == ("node 3: KSampler ran out of memory", "Use a smaller size.")
    assert (
        card.text == "Hero_Shot: failed after 3.0 s · node 3: KSampler ran out of memory. Use a smaller size"
    )
    assert card.percent == 40


def test_the_backend_is_not_named_twice() -> None:
    error = JobFailed("KSampler ran out of memory", backend="http://10.0.0.7:8188")
    assert Card.of(snapshot(state=JobState.FAILED), error=error).line == "KSampler ran out of memory"


def test_a_failed_job_without_a_reason_is_not_silent() -> None:
    assert Card.of(snapshot(state=JobState.FAILED)).line == "The backend gave no reason"
    assert Card.of(snapshot(state=JobState.FAILED, message="it fell over")).line == "it fell over"


def test_cancelling_is_shown_until_the_end() -> None:
    assert Card.of(snapshot(state=JobState.RUNNING), cancelling=True).word == "cancelling…"
    assert Card.of(snapshot(state=JobState.CANCELLED), cancelling=True).word == "cancelled"
    assert Card.of(snapshot(state=JobState.DONE), cancelling=True).word == "done"


@given(st.sampled_from(JobState), st.floats(-1e6, 1e6))
def test_only_done_is_a_hundred(state: JobState, percent: float) -> None:
    shown = Card.of(snapshot(state=state, percent=percent)).percent
    assert 0 <= shown <= 100
    assert (shown == 100) == (state is JobState.DONE)


@given(st.lists(st.tuples(st.sampled_from(JobState), st.floats(0, 100)), min_size=2, max_size=20))
def test_the_head_counts_states(jobs: list[tuple[JobState, float]]) -> None:
    cards = [Card.of(snapshot(state=state, percent=percent)) for state, percent in jobs]
    head = Head.of(cards)
    counted = [int(part.split(" ", 1)[0]) for part in head.line.split(" · ")]
    assert sum(counted) == len(jobs)
    assert 0 <= head.percent <= 100 + 1e-9
    assert head.ended == all(state.ended for state, _ in jobs)
    if head.ended:
        assert math.isclose(head.percent, 100)


def test_one_job_has_no_head() -> None:
    one = Card.of(snapshot())
    assert Board.of([one]).head is None
    assert Board.of([one, one]).head is not None


SECRET = "sk-planted-4711"


@pytest.mark.parametrize(
    "text",
    [
        f"http://director:{SECRET}@10.0.0.7:8188 did not answer",
        f"GET /prompt?token={SECRET}&x=1 was refused",
        f"Authorization: Bearer {SECRET}",
        f"api_key: {SECRET}",
        f"API-KEY = {SECRET}, and more",
        f"?key={SECRET}",
        f"password={SECRET}",
    ],
)
def test_credentials_do_not_reach_the_page(text: str) -> None:
    error = JobFailed(text, where=text, hint=text)
    for state in JobState:
        card = Card.of(snapshot(state=state, message=text, backend=text), error=error, note=text)
        assert SECRET not in card.model_dump_json() + card.text


@given(st.text())
def test_plain_text_is_bounded_and_without_control_characters(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= LONGEST_MESSAGE
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in shown)


def test_ordinary_words_stay() -> None:
    text = "KSampler: the key light of node 3 needs a latent <b>image</b>"
    assert plain(text) == text


def test_result_names() -> None:
    job = FakeJob()
    assert result_name(job) == ""
    job.delivered = FakeTake("Hero_Shot_v001.png")
    assert result_name(job) == "Hero_Shot_v001.png"
    job.delivered = [FakeTake("a_v001.png"), FakeTake("b_v001.png")]
    assert result_name(job) == "a_v001.png, b_v001.png"
