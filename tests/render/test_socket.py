"""Who hears what on the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from studio.render.address import Address
from studio.render.events import Preview, SamplerProgress, SocketDown, SocketUp, Status, parse
from studio.render.socket import EventSocket, Subscription
from tests.render.fake import QUICK, FakeComfy
from tests.wire.recording import Recording, file


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


def closed_socket() -> EventSocket:
    return EventSocket(Address.parse("127.0.0.1:1"), "me", QUICK)


async def heard(subscription: Subscription) -> list[object]:
    events = []
    while (event := await subscription.next(0.0)) is not None:
        events.append(event)
    return events


async def test_previews_without_an_id_go_with_the_progress_before_them() -> None:
    """A prompt without a client id sends its steps and previews to everybody (recording n, request 3)."""
    socket = closed_socket()
    with (
        socket.subscribe("ours") as ours,
        socket.subscribe("theirs") as theirs,
        socket.subscribe() as everything,
    ):
        for prompt_id in ("ours", "theirs", "theirs", "ours"):
            data = {"value": 1, "max": 2, "node": "3", "prompt_id": prompt_id}
            socket._dispatch(parse(json.dumps({"type": "progress", "data": data})))
            socket._dispatch(parse(file("ws_frame_PREVIEW_IMAGE.bin")))
        for subscription in (ours, theirs):
            events = await heard(subscription)
            assert [type(event) for event in events] == [SamplerProgress, Preview] * 2
        assert len(await heard(everything)) == 8


async def test_recorded_foreign_steps_reach_nobody_who_follows_another_prompt() -> None:
    socket = closed_socket()
    recording = Recording.load("n").only(3)
    with socket.subscribe("ours") as ours, socket.subscribe() as everything:
        for entry in recording.entries:
            if entry["channel"] == "ws-text" and entry["conn"] == "A":
                socket._dispatch(parse(json.dumps(entry["data"])))
                socket._dispatch(parse(file("ws_frame_PREVIEW_IMAGE.bin")))
        assert await heard(ours) == []
        assert any(isinstance(event, SamplerProgress) for event in await heard(everything))


async def test_what_names_no_prompt_is_told_once_to_who_hears_everything() -> None:
    socket = closed_socket()
    with socket.subscribe("ours") as ours, socket.subscribe() as everything:
        status = {"status": {"exec_info": {"queue_remaining": 4}}}
        socket._dispatch(parse(json.dumps({"type": "status", "data": status})))
        socket._dispatch(parse('{"type": "executing", "data": {"node": "3"}}'))
        assert await heard(ours) == []
        events = await heard(everything)
    assert len(events) == 2
    assert isinstance(events[0], Status)
    assert socket.queue_remaining == 4


async def test_a_loss_is_told_to_all_and_the_socket_opened_again(comfy: FakeComfy) -> None:
    socket = EventSocket(Address.parse(comfy.url), "me", QUICK)
    with socket.subscribe("one") as one, socket.subscribe("two") as two:
        assert await socket.open(within=5)
        comfy.close_sockets()
        for subscription in (one, two):
            kinds = [type(await subscription.next(5)) for _ in range(3)]
            assert kinds == [SocketUp, SocketDown, SocketUp]
    assert socket.is_up
    assert {headers.get("Sec-WebSocket-Version") for headers in comfy.headers} == {"13"}
    await socket.aclose()
    assert not socket.is_up


async def test_down_is_known_at_once_and_why() -> None:
    socket = closed_socket()
    assert not await socket.open(within=60)
    assert socket.reason
    await socket.aclose()
    await socket.aclose()


async def test_a_subscription_that_ended_hears_no_more() -> None:
    socket = closed_socket()
    with socket.subscribe("ours") as ours:
        pass
    socket._dispatch(parse('{"type": "execution_start", "data": {"prompt_id": "ours"}}'))
    assert await heard(ours) == []
    assert socket._listeners == {}
