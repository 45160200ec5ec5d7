"""Servers that are down, wrong, dying, lying or slow: the right error, promptly, or it is overcome."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from studio.errors import (
    BackendError,
    BackendProtocolError,
    BackendUnreachable,
    JobCancelled,
    JobError,
    JobFailed,
    JobLost,
    JobStalled,
    NotComfyUI,
    OutputError,
    StudioError,
)
from studio.render import Backend, ComfyClient, Farm, Job, JobState, run
from studio.render.timing import Timing
from tests.render.fake import GRAPH, QUICK, FakeComfy, picture
from tests.render.waiting import until


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


def farm_of(*urls: str, timing: Timing = QUICK, patience: float = 0.3, attempts: int = 3) -> Farm:
    backends = [Backend(url=url, name=f"b{n}", timing=timing) for n, url in enumerate(urls)]
    return Farm(backends, patience=patience, attempts=attempts)


def ended(job: Job) -> StudioError | None:
    """Wait for a job, however it ends; its error."""
    try:
        run(job)
    except StudioError as error:
        assert job.error is error
        return error
    return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answering(data: bytes) -> tuple[socket.socket, int]:
    """A server that says `data` to whoever connects, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return listener, listener.getsockname()[1]


# Nothing there, or something else


def test_backend_down() -> None:
    with farm_of(f"http://127.0.0.1:{free_port()}") as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendUnreachable
    assert "nothing answers there" in str(error)
    assert "127.0.0.1" in str(error)


def test_all_of_several_down_are_all_named() -> None:
    ports = free_port(), free_port()
    with farm_of(*(f"http://127.0.0.1:{port}" for port in ports)) as farm:
        error = ended(farm.submit(GRAPH))
    assert isinstance(error, BackendUnreachable)
    assert all(str(port) in str(error) for port in ports)


@pytest.mark.parametrize(
    "page",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"other": true}',
        b"220 mail.example ESMTP\r\n\r\n",
    ],
    ids=["page", "nothing", "login", "other", "mail"],
)
def test_not_comfyui(page: bytes) -> None:
    listener, port = answering(page)
    with listener, farm_of(f"http://127.0.0.1:{port}", patience=60) as farm:
        error = ended(farm.submit(GRAPH))  # at once: waiting would not help
    assert type(error) is NotComfyUI


def test_not_let_in() -> None:
    listener, port = answering(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    with listener, farm_of(f"http://127.0.0.1:{port}", patience=60) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendProtocolError
    assert "not allowed" in str(error)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://[::1", ""])
def test_no_address(url: str) -> None:
    with pytest.raises(BackendError, match="no address"):
        Farm([url])


def test_wrong_prefix(comfy: FakeComfy) -> None:
    with farm_of(comfy.url + "/elsewhere") as farm:
        assert type(ended(farm.submit(GRAPH))) is NotComfyUI


def test_hangs_up_on_everybody() -> None:
    listener, port = answering(b"")
    with listener, farm_of(f"http://127.0.0.1:{port}") as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendUnreachable


def test_answers_nothing() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, farm_of(f"http://127.0.0.1:{listener.getsockname()[1]}") as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendUnreachable
    assert "within 1 s" in str(error)


def test_a_job_waits_for_a_backend_that_comes() -> None:
    port = free_port()
    with farm_of(f"http://127.0.0.1:{port}", patience=30) as farm:
        job = farm.submit(GRAPH)
        told = threading.Event()
        job.watch(lambda progress: told.set() if "waiting" in progress.message else None)
        assert told.wait(10)
        with FakeComfy(port=port):
            assert run(job)


def test_the_backend_that_answers_takes_the_job(comfy: FakeComfy) -> None:
    with farm_of(f"http://127.0.0.1:{free_port()}", comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert job.backend == "b1"


def test_a_backend_that_answers_and_never_takes_the_job(comfy: FakeComfy, tmp_path: Path) -> None:
    """It says that it is there, and hangs up on every upload: not tried for ever."""

    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    comfy.faults["/upload"] = hang_up
    (tmp_path / "x.png").write_bytes(picture())
    with farm_of(comfy.url) as farm:
        error = ended(farm.submit(GRAPH, uploads={"x.png": tmp_path / "x.png"}))
        assert type(error) is BackendUnreachable
        assert run(farm.submit(GRAPH))


# In the middle of a job


def test_dies_mid_job_and_what_was_made_is_kept(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        fetched = threading.Event()
        job.watch(lambda progress: fetched.set() if comfy.views else None)
        assert comfy.began.wait(10)
        until(lambda: bool(comfy.views))
        comfy.stop()
        error = ended(job)
    assert type(error) is JobLost
    assert error.backend == comfy.url
    assert "stopped answering" in str(error)
    assert [output.data for output in job.outputs] == [picture()]
    assert error.outputs == job.outputs


def test_restarted_mid_job(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url, patience=30) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.stop()
        with FakeComfy(port=comfy.port) as again:
            assert run(job)
            assert again.ran == [job.attempts[1].prompt_id] != [job.id]
            assert [attempt.outcome for attempt in job.attempts] == ["lost", "done"]


def test_restarted_mid_job_of_one_attempt(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url, attempts=1) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.stop()
        with FakeComfy(port=comfy.port) as again:
            error = ended(job)
            assert type(error) is JobLost
            assert "no longer knows" in str(error)
            assert run(farm.submit(GRAPH))  # and the farm goes on with the new one
            assert len(again.posts) == 1


def test_queue_cleared_by_somebody(comfy: FakeComfy) -> None:
    """Only what REST surely says counts here: a busy machine must not pass for a silent backend."""
    comfy.hold()
    timing = replace(QUICK, answer=30.0, unreachable=30.0)
    with farm_of(comfy.url, timing=timing) as farm:
        first, second = farm.submit(GRAPH), farm.submit(GRAPH)
        until(lambda: first.state == JobState.RUNNING and second.state == JobState.QUEUED)
        comfy._queue.clear()  # the answer to its POST has come, so it is not sent again
        assert type(ended(second)) is JobLost
        comfy.release()
        assert run(first)


def test_socket_closes_and_comes_back(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.close_sockets()
        until(lambda: comfy.calls["GET /ws"] >= 2)
        comfy.release()
        assert run(job)
    assert [event.type for event in job.events].count("studio.socket_down") == 1
    assert len(comfy.posts) == 1


def test_end_said_while_the_socket_was_lost(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.faults["/ws"] = _refuse
        comfy.close_sockets()
        comfy.release()
        assert run(job)


def test_no_socket_at_all(comfy: FakeComfy) -> None:
    """As behind a proxy that passes no websockets: REST tells all."""
    comfy.faults["/ws"] = _refuse
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert job.progress.percent == 100


def test_a_server_that_drips_is_given_up(comfy: FakeComfy) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    comfy.faults["/system_stats"] = drip
    timing = replace(QUICK, answer=0.2, connect=0.2)
    with farm_of(comfy.url, timing=timing) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendUnreachable
    assert "does not come to an end" in str(error)


def test_mute_socket(comfy: FakeComfy) -> None:
    comfy.socket_is_mute = True
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        until(lambda: comfy.calls["GET /ws"] >= 3)  # a deaf socket is opened anew
        assert job.state == JobState.RUNNING
        comfy.release()
        assert run(job)


def test_stuck_job_is_stopped(comfy: FakeComfy) -> None:
    comfy.hold()
    timing = replace(QUICK, stall=0.4)
    with farm_of(comfy.url, timing=timing) as farm:
        job = farm.submit(GRAPH)
        error = ended(job)
    assert type(error) is JobStalled
    assert comfy.interrupts == [{"prompt_id": job.id}]
    assert len(job.outputs) == 1


# Rubbish


def test_rubbish_on_the_socket(comfy: FakeComfy) -> None:
    comfy.extra_frames = [
        "no json",
        "[]",
        '{"type": 3}',
        '{"type": "progress", "data": {"value": "many", "max": null}}',
        '{"type": "progress", "data": {"value": NaN, "max": Infinity, "node": "1"}}',
        '{"type": "executing", "data": []}',
        '{"type": "crystools.monitor", "data": {"cpu": 1}}',
        '{"type": "progress_state", "data": {"nodes": [1, 2]}}',
        b"",
        b"\x00",
        b"\xff" * 40,
        struct.pack(">II", 4, 2**31) + b"{}",
        struct.pack(">II", 4, 4) + b"[1]]" + b"x",
        "[" * 100_000,
    ]
    with farm_of(comfy.url) as farm:
        assert run(farm.submit(GRAPH))


@pytest.mark.parametrize(
    "body",
    [b"{", b"null", b"[]", b"3", b'"text"', b'{"queue_running": 1, "queue_pending": {}}', b"\xff\xfe", b""],
)
def test_rubbish_from_rest_while_it_runs(comfy: FakeComfy, body: bytes) -> None:
    """The socket still tells the end; what REST says wrong once is asked again."""
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.faults["/queue"] = comfy.faults["/history"] = _saying(body)
        before = comfy.calls["GET /history"]
        until(lambda: comfy.calls["GET /history"] > before)
        comfy.faults.clear()
        comfy.release()
        assert run(job)


def test_rubbish_from_rest_for_ever(comfy: FakeComfy) -> None:
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        comfy.faults["/queue"] = comfy.faults["/history"] = _saying(b"{{{")
        error = ended(job)
    assert type(error) is JobLost
    assert "nonsense" in str(error)
    assert len(job.outputs) == 1


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"number": 1}', b"<html></html>"])
def test_rubbish_as_the_answer_to_post_that_was_obeyed(comfy: FakeComfy, body: bytes) -> None:
    async def obey_and_babble(request: web.Request) -> web.StreamResponse:
        await comfy._prompt(request)
        return web.Response(body=body, content_type="application/json")

    comfy.faults["POST /prompt"] = obey_and_babble
    with farm_of(comfy.url) as farm:
        assert run(farm.submit(GRAPH))
    assert len(comfy.posts) == 1


def test_rubbish_as_the_answer_to_post_that_was_not_obeyed(comfy: FakeComfy) -> None:
    comfy.faults["POST /prompt"] = _saying(b"{}")
    with farm_of(comfy.url) as farm:
        error = ended(farm.submit(GRAPH))
    assert isinstance(error, BackendProtocolError)
    assert not comfy.posts


@pytest.mark.parametrize(
    "outputs",
    [None, [], {"2": None}, {"2": {"images": None}}, {"2": {"images": [None, 3, {"filename": 3}]}}, "x"],
)
def test_outputs_that_make_no_sense(comfy: FakeComfy, outputs: Any) -> None:
    comfy.outputs_of = lambda n: {}
    comfy.hold()
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert comfy.began.wait(10)
        entry = {
            "prompt": [1, job.id, GRAPH, {}, ["2"]],
            "outputs": outputs,
            "status": {"status_str": "success"},
        }
        comfy.history[job.id] = entry
        error = ended(job)
    assert isinstance(error, JobFailed | JobLost)


# Sending


def test_slow_post_that_was_queued_is_not_sent_again(comfy: FakeComfy) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        answer = await comfy._prompt(request)
        await asyncio.sleep(QUICK.answer * 3)
        return answer

    comfy.faults["POST /prompt"] = slow
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert [body["prompt_id"] for body in comfy.posts] == [job.id]
    assert comfy.calls["POST /prompt"] == 1


def test_post_that_never_arrived_is_sent_again(comfy: FakeComfy) -> None:
    async def drop_once(request: web.Request) -> web.StreamResponse:
        comfy.faults.clear()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    comfy.faults["POST /prompt"] = drop_once
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert [body["prompt_id"] for body in comfy.posts] == [job.id]
    assert comfy.calls["POST /prompt"] == 2


def test_answer_to_post_lost_on_the_way(comfy: FakeComfy) -> None:
    async def obey_and_drop(request: web.Request) -> web.StreamResponse:
        await comfy._prompt(request)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    comfy.faults["POST /prompt"] = obey_and_drop
    with farm_of(comfy.url) as farm:
        assert run(farm.submit(GRAPH))
    assert len(comfy.posts) == 1


def test_dies_while_it_is_sent(comfy: FakeComfy) -> None:
    async def die(request: web.Request) -> web.StreamResponse:
        comfy._end.set()
        await asyncio.sleep(60)
        return web.Response()

    comfy.faults["POST /prompt"] = die
    with farm_of(comfy.url) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is JobLost
    assert "may run there" in str(error)


# Downloads


def _cut(times: int, data: bytes) -> tuple[Any, list[int]]:
    calls: list[int] = []

    async def cut(request: web.Request) -> web.StreamResponse:
        calls.append(1)
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        if len(calls) <= times:
            await response.write(data[: len(data) // 2])
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write(data)
        return response

    return cut, calls


def test_truncated_once_is_fetched_again(comfy: FakeComfy) -> None:
    comfy.faults["/view"], calls = _cut(1, picture())
    with farm_of(comfy.url) as farm:
        assert run(farm.submit(GRAPH))[0].data == picture()
    assert len(calls) == 2


def test_truncated_for_ever(comfy: FakeComfy) -> None:
    comfy.faults["/view"], calls = _cut(99, picture())
    with farm_of(comfy.url) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is OutputError
    assert "x_00001_.png" in str(error)
    assert len(calls) == 2


@pytest.mark.parametrize("data", [b"", b"<html>login</html>", picture()[:60]], ids=["empty", "page", "half"])
def test_damaged_file_is_never_delivered(comfy: FakeComfy, data: bytes) -> None:
    comfy.outputs_of = lambda n: {
        "2": {
            "images": [
                {"filename": "good.png", "subfolder": "", "type": "output"},
                {"filename": "bad.png", "subfolder": "", "type": "output"},
            ]
        }
    }
    comfy.files["bad.png"] = data
    delivered: list[Any] = []
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH, deliver=lambda job, outputs: delivered.append(outputs))
        error = ended(job)
    assert type(error) is OutputError
    assert "bad.png" in str(error)
    assert not delivered
    assert comfy.views["bad.png"] == 2
    assert [output.filename for output in job.outputs] == ["good.png"]  # what is whole is not lost


def test_file_that_is_gone(comfy: FakeComfy) -> None:
    comfy.faults["/view"] = _status(404)
    with farm_of(comfy.url) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is OutputError
    assert "can't be fetched" in str(error)


def test_backend_away_for_a_moment_when_it_is_fetched(comfy: FakeComfy) -> None:
    comfy.faults["/view"] = _status(503)
    with farm_of(comfy.url) as farm:
        job = farm.submit(GRAPH)
        until(lambda: comfy.calls["GET /view"] >= 2)
        comfy.faults.clear()
        assert run(job)


# Credentials, prefixes, TLS


def test_credentials_go_with_http_and_socket_and_are_never_shown(comfy: FakeComfy, tmp_path: Any) -> None:
    url = comfy.url.replace("http://", "http://director:s3cr%20et@")
    backend = Backend(url=url, headers={"X-Token": "t0ps3cret"}, timing=QUICK)
    journal = tmp_path / "jobs.jsonl"
    with Farm([backend], journal=journal) as farm:
        job = farm.submit(GRAPH)
        run(job)
        comfy.faults["POST /prompt"] = _status(500)
        error = ended(farm.submit(GRAPH))
    assert {headers.get("X-Token") for headers in comfy.headers} == {"t0ps3cret"}
    assert {headers.get("Authorization") for headers in comfy.headers} == {"Basic ZGlyZWN0b3I6czNjciBldA=="}
    shown = (
        f"{backend!r} {backend} {backend.model_dump_json()} {job!r} {error!s} {error!r} {journal.read_text()}"
    )
    for secret in ("s3cr", "t0ps3cret", "ZGlyZWN0b3I6czNjciBldA"):
        assert secret not in shown


@pytest.mark.parametrize("value", ["s3cret\nX: y", "s3cret ", "s3crét"])
def test_illegal_header_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(BackendError, match="X-Token") as caught:
        Backend(url="127.0.0.1:8188", headers={"X-Token": value})
    assert "s3cr" not in f"{caught.value!s}{caught.value.__cause__!r}{caught.value.__context__!r}"


def test_https_behind_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP and socket both over TLS, by an authority that the system was told to trust."""
    authority, trusted = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with FakeComfy(tls=context, prefix="/comfy") as comfy:
        with farm_of(comfy.url) as farm:
            error = ended(farm.submit(GRAPH))  # nobody vouches for it yet
            assert type(error) is BackendUnreachable
            assert "certificate is not trusted" in str(error)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with farm_of(comfy.url) as farm:
            job = farm.submit(GRAPH)
            assert run(job)
    assert any(event.type == "execution_success" for event in job.events)


def test_https_where_there_is_http(comfy: FakeComfy) -> None:
    with farm_of(comfy.url.replace("http:", "https:")) as farm:
        error = ended(farm.submit(GRAPH))
    assert type(error) is BackendUnreachable
    assert "does not speak TLS" in str(error)


def test_path_prefix() -> None:
    with FakeComfy(prefix="/comfy/one") as comfy, farm_of(comfy.url + "/") as farm:
        job = farm.submit(GRAPH)
        assert run(job)
        assert comfy.calls["GET /ws"] == 1
    assert any(event.type == "execution_success" for event in job.events)


# One job's trouble is its own


def test_failure_of_one_job_touches_no_other(comfy: FakeComfy) -> None:
    def explode(job: Job, outputs: Any) -> None:
        raise ValueError("no")

    comfy.files["x_00002_.png"] = b"rubbish"
    with farm_of(comfy.url) as farm:
        jobs = [farm.submit(GRAPH, deliver=explode if n == 2 else None) for n in range(6)]
        errors = [ended(job) for job in jobs]
        cancelled = farm.submit(GRAPH)
        cancelled.cancel()
        assert type(ended(cancelled)) is JobCancelled
    assert [type(error) for error in errors[1:3]] == [OutputError, JobError]
    assert [errors[0], *errors[3:]] == [None] * 4
    assert len(jobs[2].outputs) == 1  # rendered, and not lost


async def test_client_alone_says_what_is_wrong() -> None:
    async with ComfyClient(f"127.0.0.1:{free_port()}", timing=QUICK) as client:
        with pytest.raises(BackendUnreachable, match="nothing answers"):
            await client.check()


def _saying(body: bytes) -> Any:
    async def say(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    return say


def _status(status: int) -> Any:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    return refuse


_refuse = _status(403)
