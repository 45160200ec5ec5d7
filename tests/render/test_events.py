"""The parser meets everything that may come over a socket."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.render.events import (
    Event,
    Executing,
    ExecutionError,
    Preview,
    ProgressState,
    SamplerProgress,
    Status,
    Unknown,
    parse,
    typed,
)
from studio.render.reducer import Reducer
from tests.wire.recording import FOLDER, Recording, file

KINDS = [
    *("status", "feature_flags", "execution_start", "execution_cached", "progress_state", "executing"),
    *("progress", "executed", "execution_success", "execution_error", "execution_interrupted"),
    *("progress_text", ""),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["node", "nodes", "value"]), inner)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["prompt_id", "node", "nodes", "value", "max", "output", "status", "display_node", "type"]
    ),
    JSON,
)


@given(st.sampled_from(KINDS) | st.text(), JSON | FIELDS)
@example("progress", {"value": 10**400, "max": 1, "node": "1"})
@example("progress", {"value": 1e308, "max": float("inf")})
@example("progress_state", {"nodes": {"1": {"value": "1", "max": 0}}})
def test_any_message_is_an_event_and_harms_no_progress(kind: str, data: object) -> None:
    event = parse(json.dumps({"type": kind, "data": data}))
    assert isinstance(event, Event)
    assert (
        parse(json.dumps({"type": kind, "data": data})) == event or "NaN" in repr(data) or "nan" in repr(data)
    )
    reducer = Reducer("job", graph={"1": {"class_type": "X", "inputs": {}}})
    reducer.apply(event)
    assert 0 <= reducer.snapshot().percent < 100


@given(st.text())
@example("[" * 200_000)
@example("1" * 5000)
@example('{"type": "status"}')
def test_any_text(text: str) -> None:
    assert isinstance(parse(text), Event)


@given(st.binary(max_size=200))
@example(struct.pack(">II", 4, 2**32 - 1))
@example(struct.pack(">II", 4, 2) + b"{}")
@example(struct.pack(">II", 4, 4) + b"\xff\xfe\xfd\xfc")
@example(struct.pack(">II", 1, 9) + b"x")
def test_any_frame(frame: bytes) -> None:
    assert isinstance(parse(frame), Event)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_message_is_known(path: object) -> None:
    if str(path).endswith("INDEX.json"):
        return
    name = str(getattr(path, "stem", "")).partition("_")[0]
    for entry in Recording.load(name).entries:
        if entry["channel"] == "ws-text":
            event = parse(json.dumps(entry["data"]))
            assert not isinstance(event, Unknown), entry
            assert event.type == entry["data"]["type"]
            assert event.prompt_id == (entry["data"]["data"] or {}).get("prompt_id")


def test_both_previews() -> None:
    plain = parse(file("ws_frame_PREVIEW_IMAGE.bin"))
    assert isinstance(plain, Preview)
    assert (plain.mime, plain.node_id, plain.image[:3]) == ("image/jpeg", None, b"\xff\xd8\xff")
    rich = parse(file("ws_frame_PREVIEW_IMAGE_WITH_METADATA.bin"))
    assert isinstance(rich, Preview)
    assert (rich.mime, rich.node_id, rich.image[:3]) == ("image/jpeg", "3", b"\xff\xd8\xff")
    assert rich.prompt_id == "d0b7ebdf-cc10-4794-abf6-dd66d7924816"


def test_fields_of_a_newer_server_are_kept() -> None:
    event = typed("executing", {"node": "3", "prompt_id": "p", "speed": 9000})
    assert isinstance(event, Executing)
    assert event.model_dump()["speed"] == 9000
    assert not event.is_end
    assert typed("executing", {"node": None, "prompt_id": "p"}).is_end  # type: ignore[attr-defined]
    assert not typed("executing", {"node": None}).is_end  # type: ignore[attr-defined]


def test_unknown_is_kept_as_it_came() -> None:
    event = parse('{"type": "kaytool.resources", "data": {"cpu": 12, "prompt_id": "p"}}')
    assert isinstance(event, Unknown)
    assert (event.type, event.data, event.prompt_id) == (
        "kaytool.resources",
        {"cpu": 12, "prompt_id": "p"},
        "p",
    )


def test_known_kinds_have_their_types() -> None:
    assert isinstance(typed("progress", {"value": 0.3, "max": 0.5, "node": "4.0.0.1"}), SamplerProgress)
    assert isinstance(typed("progress_state", {"prompt_id": "p", "nodes": {}}), ProgressState)
    status = typed("status", {"status": {"exec_info": {"queue_remaining": 3}}})
    assert isinstance(status, Status)
    assert status.queue_remaining == 3
    error = typed("execution_error", {"prompt_id": "p", "node_id": "5", "current_inputs": []})
    assert isinstance(error, ExecutionError)
    assert error.exception_message == ""
