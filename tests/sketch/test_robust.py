"""Whatever is sent, the server answers, and the next prompt runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.sketch import hub
from tests.sketch.graphs import node, sampled, still
from tests.sketch.support import Sketch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.fixed_dictionaries(
        {"prompt": st.just(still("odd"))},
        optional={
            "extra_data": JSON | st.fixed_dictionaries({"studio": JSON, "extra_pnginfo": JSON}),
            "client_id": JSON,
            "prompt_id": JSON,
            "number": JSON,
            "front": JSON,
        },
    )
)
async def test_odd_requests(sketch: Sketch, body: dict[str, Any]) -> None:
    status, _ = await sketch.post("/prompt", json=body)
    assert status in (200, 500)
    entry = await sketch.run(still("even"))
    assert entry["status"]["status_str"] == "success"


@pytest.mark.parametrize("path", ["/queue", "/history", "/interrupt", "/free"])
@pytest.mark.parametrize("body", [[], 1, None, {"delete": 3}, {"delete": [[], {}]}, {"prompt_id": []}])
async def test_odd_commands(sketch: Sketch, path: str, body: Any) -> None:
    status, _ = await sketch.post(path, json=body)
    assert status in (200, 500)
    assert (await sketch.run(still()))["status"]["status_str"] == "success"


@pytest.mark.parametrize("length", [100, 400, 3000])
async def test_a_long_chain_runs_or_is_refused(sketch: Sketch, length: int) -> None:
    graph = {"0": node("EmptyImage", width=4, height=4, batch_size=1, color=0)}
    graph |= {str(place): node("ImageInvert", image=[str(place - 1), 0]) for place in range(1, length)}
    graph["end"] = node("PreviewImage", images=[str(length - 1), 0])
    status, _ = await sketch.post("/prompt", json={"prompt": graph, "client_id": "long"})
    assert status == (200 if length == 100 else status)
    assert (await sketch.run(still()))["status"]["status_str"] == "success"


async def test_a_prompt_that_can_t_be_planned_ends_with_an_error(
    sketch: Sketch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise RecursionError("too deep")

    with monkeypatch.context() as patched:
        patched.setattr("studio.sketch.engine.signatures", fail)
        entry = await sketch.run(still())
    kind, data = entry["status"]["messages"][-1]
    assert (kind, data["exception_type"]) == ("execution_error", "RecursionError")
    assert (await sketch.run(still()))["status"]["status_str"] == "success"


async def test_a_socket_that_reads_nothing_is_cut_off(
    sketch: Sketch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lags behind by more than its backlog; the others hear everything."""
    witness = await sketch.socket("witness")
    monkeypatch.setattr(hub, "BACKLOG", 3)
    deaf = await sketch.session.ws_connect(f"{sketch.url}/ws?clientId=deaf", max_msg_size=0)
    for color in range(20):
        await sketch.submit(sampled(f"b{color}", seed=color, steps=20), client_id="deaf")
    await witness.until_done(await sketch.submit(still("last"), client_id="witness"))
    messages = [message async for message in deaf]
    assert len(messages) < 20 * 20
    assert deaf.close_code == 1006


async def test_a_free_in_the_middle_disturbs_nothing(sketch: Sketch) -> None:
    socket = await sketch.socket("f")
    prompt_id = await sketch.submit(sampled(steps=50), client_id="f")
    await socket.until(lambda one: one["type"] == "progress")
    await sketch.post("/free", json={"free_memory": True})
    await socket.until_done(prompt_id)
    assert (await sketch.history(prompt_id))["status"]["status_str"] == "success"
