"""Who hears what: reconnecting, two sockets of one client, several clients, none."""

from __future__ import annotations

from typing import Any

import pytest

from studio.sketch.hub import FEATURES
from tests.sketch.graphs import sampled, still
from tests.sketch.support import Sketch, Socket, StartSketch


@pytest.fixture
async def slow(start_sketch: StartSketch) -> Sketch:
    return await start_sketch(step_ms=5)


async def begun(sketch: Sketch, client_id: str | None) -> str:
    """A long prompt, running."""
    who = {} if client_id is None else {"client_id": client_id}
    return await sketch.submit(sampled(steps=10_000), **who)


def kinds(socket: Socket) -> list[str]:
    return [message["type"] for message in socket.heard]


def progress(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "progress")


async def test_without_a_client_id_the_server_gives_one(sketch: Sketch) -> None:
    socket = await sketch.socket()
    greeting = socket.heard[0]["data"]
    assert len(greeting["sid"]) == 32
    assert greeting["status"] == {"exec_info": {"queue_remaining": 0}}


async def test_a_reconnect_hears_the_running_node_without_a_prompt_id(slow: Sketch) -> None:
    first = await slow.socket("m", flags=True)
    await begun(slow, "m")
    await first.until(progress)
    await first.close()
    second = await slow.socket("m")
    await second.until(progress)
    assert second.heard[0]["data"]["sid"] == "m"
    assert second.heard[1] == {"type": "executing", "data": {"node": "3"}}
    preview = await second.until(lambda one: one["type"].startswith("PREVIEW"))
    assert preview["type"] == "PREVIEW_IMAGE"  # the flags are forgotten


async def test_a_newer_socket_takes_over_and_falls_silent_when_the_older_closes(slow: Sketch) -> None:
    older = await slow.socket("m")
    prompt_id = await begun(slow, "m")
    await older.until(progress)
    newer = await slow.socket("m")
    await newer.until(progress)
    mark = len(older.heard)
    await newer.until(progress, after=len(newer.heard))
    assert not [one for one in older.heard[mark:] if progress(one)]
    await older.close()
    witness = await slow.socket("w")
    silent = len(newer.heard)
    await slow.post("/interrupt", json={"prompt_id": prompt_id})
    await witness.until(lambda one: one["type"] == "status", after=1)
    assert "execution_interrupted" not in [one["type"] for one in newer.heard[silent:]]


async def test_flags_only_as_the_first_message(sketch: Sketch) -> None:
    socket = await sketch.socket("f")
    await socket.say({"type": "ping"})
    await socket.say({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
    await socket.until_done(await sketch.submit(sampled(), client_id="f"))
    assert "feature_flags" not in kinds(socket)
    assert "PREVIEW_IMAGE" in kinds(socket)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"type": "feature_flags"}', '{"type": "feature_flags", "data": 3}']
)
async def test_rubbish_from_a_client_hurts_nobody(sketch: Sketch, text: str) -> None:
    socket = await sketch.socket("r")
    await socket.socket.send_str(text)
    await socket.socket.send_bytes(b"\0")
    await socket.until_done(await sketch.submit(still(), client_id="r"))


async def test_flags_are_answered_with_the_server_s_own(sketch: Sketch) -> None:
    socket = await sketch.socket("f", flags=True)
    assert {"type": "feature_flags", "data": FEATURES} in socket.heard
    assert await sketch.get("/features") == (200, FEATURES)


async def test_each_client_hears_its_own_and_all_hear_status(sketch: Sketch) -> None:
    """As recorded in `n_two_clients`."""
    first, second = await sketch.socket("na"), await sketch.socket("nb", flags=True)
    mine = await sketch.submit(sampled("na"), client_id="na")
    yours = await sketch.submit(sampled("nb", seed=2), client_id="nb")
    await first.until_done(mine)
    await second.until_done(yours)
    for socket, other in ((first, yours), (second, mine)):
        assert not [one for one in socket.heard if one.get("data", {}).get("prompt_id") == other]
        assert kinds(socket).count("status") >= 5
    assert "PREVIEW_IMAGE" in kinds(first)
    assert "PREVIEW_IMAGE_WITH_METADATA" in kinds(second)
    assert "PREVIEW_IMAGE" not in kinds(second)


async def test_without_a_client_id_progress_goes_to_all_and_nothing_else_does(sketch: Sketch) -> None:
    """As recorded: progress_state, progress and plain previews, even for who asked for described ones."""
    sockets = [await sketch.socket("na"), await sketch.socket("nb", flags=True)]
    await sketch.submit(sampled("nobody"))
    for socket in sockets:
        await socket.until(
            lambda one: (
                one["type"] == "status" and one["data"]["status"]["exec_info"]["queue_remaining"] == 0
            ),
            after=4,
        )
        told = set(kinds(socket)) - {"feature_flags"}
        assert told == {"status", "progress_state", "progress", "PREVIEW_IMAGE"}


async def test_a_ghost_s_prompt_is_heard_by_nobody(sketch: Sketch) -> None:
    socket = await sketch.socket("na")
    prompt_id = await sketch.submit(still("ghost"), client_id="ghost")
    await socket.until_done(await sketch.submit(still("mine", color=1), client_id="na"))
    assert not [one for one in socket.heard if one.get("data", {}).get("prompt_id") == prompt_id]
    assert (await sketch.history(prompt_id))["status"]["status_str"] == "success"


async def test_a_pushy_client_gets_events_of_the_id_it_names(sketch: Sketch) -> None:
    first, second = await sketch.socket("na"), await sketch.socket("nb")
    prompt_id = await sketch.submit(still(), client_id="nb")
    await second.until_done(prompt_id)
    assert "execution_start" not in kinds(first)
