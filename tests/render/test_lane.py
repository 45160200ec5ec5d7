"""One backend's health, by a small server: what is asked how often, and what is made of the answers."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from studio.errors import BackendUnreachable
from studio.render.ask import Ask
from studio.render.backend import Backend
from studio.render.inventory import Inventory
from studio.render.lane import Lane
from studio.render.status import METRICS
from studio.render.transport import NeverSent
from tests.render.fake import GRAPH, QUICK, FakeComfy

LONGEST = 20.0
RARE = replace(QUICK, poll_busy=3600.0, poll_idle=3600.0)
OFTEN = replace(QUICK, poll_busy=0.01, poll_idle=0.01)
GIB = 1024**3

INFO = {
    "EmptyImage": {"input": {"required": {"width": ["INT", {}]}}, "output": ["IMAGE"]},
    "UNETLoader": {
        "input": {"required": {"unet_name": [["flux\\dev.safetensors"], {}]}},
        "output": ["MODEL"],
    },
}


def answer(body: Any, status: int = 200) -> Callable[[web.Request], Any]:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    return handler


def stats(version: str = "0.3.64", **system: Any) -> dict[str, Any]:
    return {
        "system": {"comfyui_version": version, "ram_total": 64 * GIB, "ram_free": 40 * GIB, **system},
        "devices": [{"name": "RTX", "type": "cuda", "vram_total": 24 * GIB, "vram_free": 20 * GIB}],
    }


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        server.faults["/object_info"] = answer(INFO)
        server.faults["/system_stats"] = answer(stats())
        yield server


@contextlib.asynccontextmanager
async def lane_of(url: str, **fields: Any) -> AsyncIterator[Lane]:
    lane = Lane(Backend(url=url, name="box", **{"timing": QUICK, **fields}))
    try:
        yield lane
    finally:
        await lane.aclose()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST):
        while not condition():
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def watched(lane: Lane) -> AsyncIterator[list[str]]:
    """The states that it went through while it was watched."""
    states: list[str] = []
    task = asyncio.create_task(lane.watch(lambda changed: states.append(changed.state)))
    try:
        yield states
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_what_is_told_of_a_backend(comfy: FakeComfy) -> None:
    async with lane_of(comfy.url, tags={"video"}, weight=2, max_queue=3) as lane:
        assert lane.status().state == "unknown"
        assert await lane.ask()
        await until(lambda: lane.surveyed)
        status = lane.status()
    assert (status.name, status.url, status.state, status.error) == ("box", comfy.url, "online", "")
    assert (status.comfyui, status.devices) == ("0.3.64", ("RTX",))
    assert (status.vram_free, status.vram_total) == (20 * GIB, 24 * GIB)
    assert (status.ram_free, status.ram_total) == (40 * GIB, 64 * GIB)
    assert (status.nodes, status.models) == (2, 1)
    assert (status.tags, status.weight, status.max_queue, status.enabled) == (("video",), 2, 3, True)
    assert status.latency_ms is not None and status.latency_ms > 0
    assert status.since is not None


async def test_installed_nodes_are_listed_once_a_start_and_in_a_thread(
    comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    read = Inventory.read.__func__  # type: ignore[attr-defined]

    def spy(cls: type[Inventory], raw: Any, **where: Any) -> Inventory:
        threads.append(threading.get_ident())
        return read(cls, raw, **where)  # type: ignore[no-any-return]

    monkeypatch.setattr(Inventory, "read", classmethod(spy))
    async with lane_of(comfy.url) as lane:
        for _ in range(4):
            await lane.ask()
            await until(lambda: lane.surveyed)
        assert comfy.calls["GET /object_info"] == 1
        assert threads and threads[0] != threading.get_ident()
        comfy.faults["/system_stats"] = answer(stats("0.3.70"))  # another version: it was started anew
        await lane.ask()
        await until(lambda: lane.surveyed)
        assert comfy.calls["GET /object_info"] == 2
        lane.doubt(BackendUnreachable("it died"))
        await lane.ask()
        await until(lambda: lane.surveyed)
        assert comfy.calls["GET /object_info"] == 3
        lane.resurvey()
        await until(lambda: comfy.calls["GET /object_info"] == 4)


async def test_a_backend_that_does_not_list_its_nodes_is_trusted(comfy: FakeComfy) -> None:
    comfy.faults["/object_info"] = answer({"error": 1}, status=500)
    async with lane_of(comfy.url) as lane:
        assert await lane.ask()
        await until(lambda: lane.surveyed)
        assert lane.inventory is None and lane.status().state == "online" and lane.status().nodes is None
        await lane.ask()
        assert comfy.calls["GET /object_info"] == 1, "it is not asked again at once"


async def test_a_failed_second_listing_keeps_the_first(comfy: FakeComfy) -> None:
    async with lane_of(comfy.url) as lane:
        await lane.ask()
        await until(lambda: lane.surveyed)
        comfy.faults["/object_info"] = answer([], status=500)
        lane.resurvey()
        first = lane.surveyed_at
        await until(lambda: lane.surveyed_at > first)
        assert lane.inventory is not None


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("0.2.9", "wrong_version"),
        ("v0.3.44", "wrong_version"),
        ("0.3.45", "online"),
        ("", "online"),
        ("1.0", "online"),
    ],
)
async def test_versions(comfy: FakeComfy, version: str, state: str) -> None:
    comfy.faults["/system_stats"] = answer(stats(version))
    async with lane_of(comfy.url) as lane:
        assert await lane.ask() == (state == "online")
        assert lane.status().state == state
        assert lane.hopeless == (state != "online")
        if lane.error is not None:
            assert "Update it to 0.3.45" in str(lane.error)
            comfy.faults["/system_stats"] = answer(stats())  # it was updated
            assert await lane.ask() and lane.status().state == "online"


async def test_a_backend_that_goes_and_comes_is_followed(comfy: FakeComfy) -> None:
    port = comfy.port
    async with lane_of(comfy.url, timing=OFTEN) as lane, watched(lane) as states:
        await until(lambda: "online" in states)
        comfy.stop()
        await until(lambda: "offline" in states)
        assert lane.status().error and lane.status().latency_ms is None
        gone = lane.status().since
        assert gone is not None and gone == lane.status().since
        with FakeComfy(port=port):
            states.clear()
            await until(lambda: "online" in states)


async def test_looks_are_rare_when_idle_and_frequent_with_jobs(comfy: FakeComfy) -> None:
    timing = replace(QUICK, poll_idle=3600.0, poll_busy=0.01)
    async with lane_of(comfy.url, timing=timing) as lane, watched(lane) as states:
        await until(lambda: lane.surveyed)
        looks = comfy.calls["GET /system_stats"]
        assert looks == 1
        lane.hold(Ask("1"), 0.0)
        await until(lambda: comfy.calls["GET /system_stats"] > looks + 5)
        assert states[-1] == "busy"


async def test_a_doubted_backend_is_asked_at_once(comfy: FakeComfy) -> None:
    async with lane_of(comfy.url, timing=RARE) as lane, watched(lane):
        await until(lambda: lane.online)
        lane.doubt(BackendUnreachable("it did not take a job"))
        assert not lane.has_room
        await until(lambda: lane.online)
        assert comfy.calls["GET /system_stats"] == 2


async def test_other_peoples_jobs_are_counted_and_what_they_load_is_known(comfy: FakeComfy) -> None:
    theirs = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "wan\\big.safetensors"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    queue = {
        "queue_running": [[1, "them", theirs, {}, []]],
        "queue_pending": [[3, "ours", GRAPH, {}, []], [2, "them too", GRAPH, {}, []]],
    }
    comfy.faults["/queue"] = answer(queue)
    async with lane_of(comfy.url) as lane:
        lane.hold(Ask("ours", models=frozenset({"flux.safetensors"})), 0.0)
        await lane.ask()
        status = lane.status()
    assert (status.queue_running, status.queue_pending, lane.vitals.foreign) == (1, 2, 2)
    assert status.ours == ("ours",) and status.state == "busy"
    assert status.loaded == ("wan/big.safetensors",)


async def test_a_backend_out_of_breath_is_forgiven_twice(comfy: FakeComfy) -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(LONGEST)
        return web.Response()

    async with lane_of(comfy.url, timing=replace(QUICK, answer=0.05)) as lane:
        assert await lane.ask()
        lane.hold(Ask("1"), 0.0)
        comfy.faults["/system_stats"] = silent  # it loads a large model and answers nobody
        assert [await lane.ask() for _ in range(3)] == [True, True, False]
        comfy.faults["/system_stats"] = answer(stats())
        assert await lane.ask()
        comfy.stop()
        assert not await lane.ask(), "where nothing listens there is nothing to forgive"
        assert isinstance(lane.error, NeverSent)


async def test_a_backend_that_was_well_is_not_hopeless_at_once(comfy: FakeComfy) -> None:
    async with lane_of(comfy.url) as lane:
        await lane.ask()
        comfy.faults["/system_stats"] = answer("who are you?", status=401)
        hopeless = []
        for _ in range(3):
            await lane.ask()
            hopeless.append(lane.hopeless)
        assert hopeless == [False, False, True]
    async with lane_of(comfy.url) as lane:
        await lane.ask()
        assert lane.hopeless, "it never was well"


async def test_points_for_plots(comfy: FakeComfy) -> None:
    async with lane_of(comfy.url) as lane:
        await lane.ask()
        lane.stepped(3)
        lane.stepped()
        await lane.ask()
        first, second = lane.metrics
        assert first.steps_per_second == 0 and second.steps_per_second > 0
        assert second.vram_used == 4 * GIB and second.ram_used == 24 * GIB
        assert second.latency_ms is not None and second.at >= first.at
        comfy.stop()
        await lane.ask()
        assert lane.metrics[-1].latency_ms is None
        lane.vitals.metrics.extend([first] * 1000)
        assert len(lane.metrics) == METRICS == 600


async def test_a_prefix_and_a_token_behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, trusted = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("COMFY_TOKEN", "hunter2")
    with FakeComfy(tls=context, prefix="/studio/comfy") as comfy:
        comfy.faults["/object_info"] = answer(INFO)
        async with lane_of(comfy.url + "/", token="env:COMFY_TOKEN") as lane:
            assert await lane.ask()
            await until(lambda: lane.surveyed)
            assert lane.inventory is not None
            assert lane.status().url == comfy.url
            assert "hunter2" not in repr(lane.backend) + repr(lane.status())
        assert comfy.calls["GET /queue"] == 1
        assert {headers["Authorization"] for headers in comfy.headers} == {"Bearer hunter2"}


# jobs


def test_the_time_of_a_job_is_from_its_begin() -> None:
    lane = Lane(Backend(url="http://127.0.0.1:1"))
    flux, wan = frozenset({"flux"}), frozenset({"wan"})
    lane.hold(Ask("1", models=flux), 10.0)
    lane.hold(Ask("2", models=flux), 11.0)
    lane.hold(Ask("3", models=wan), 12.0)
    lane.began("1", 13.0)  # the backend had somebody else's job first
    assert lane.release("1", 20.0, ok=True) == (7.0, True)
    assert lane.release("2", 24.0, ok=True) == (4.0, False), "it begins when the one before it ends"
    assert lane.release("3", 30.0, ok=False) is None
    assert lane.release("3", 31.0, ok=True) is None
    assert lane.loaded == wan and lane.load == 0
    assert lane.status().speed == pytest.approx(2 * 3600 / 11)
    lane.freed()
    lane.hold(Ask("4", models=wan), 40.0)
    assert lane.release("4", 41.0, ok=True) == (1.0, True)


def test_a_job_taken_back_unbegun_tells_no_time() -> None:
    lane = Lane(Backend(url="http://127.0.0.1:1"))
    lane.hold(Ask("1"), 0.0)
    lane.hold(Ask("2"), 0.0)
    assert lane.release("2", 5.0, ok=True) is None
    assert lane.held["1"].began == 0.0


def test_room_and_rest() -> None:
    lane = Lane(Backend(url="http://127.0.0.1:1", max_queue=1))
    lane.online = True
    assert lane.has_room
    lane.enable(False)
    assert not lane.has_room and lane.status().state == "disabled"
    lane.enable(True)
    lane.suspend(3600, "it failed five jobs")
    assert (lane.status().state, lane.status().error) == ("resting", "it failed five jobs")
    lane.hold(Ask("1"), 0.0)
    assert not lane.has_room
