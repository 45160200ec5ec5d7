"""The farm's cards and what can be done with a backend, without a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.errors import StudioError
from studio.project import Project
from studio.render import Backend, Farm
from studio.render.registry import Registry
from studio.render.status import BackendStatus
from studio.sketch import SketchProcess, start
from widgets.farm import AddForm, BackendCard, FarmModel
from widgets.farm.cards import device_name, speed
from widgets.farm.model import summary

URL = "http://127.0.0.1:8188"


def until(condition: Callable[[], Any]) -> None:
    """Return as soon as `condition` holds."""
    pause, given_up = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < given_up, "it never came true"
        pause.wait(0.02)


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True) as found:
        yield found


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "studio.toml", user=tmp_path / "user.toml")


@pytest.fixture
def model(sketch: SketchProcess, registry: Registry) -> Iterator[FarmModel]:
    with Farm([Backend(url=sketch.url, name="box")]) as farm:
        found = FarmModel(farm, registry=registry)
        yield found
        found.close()


def card(model: FarmModel, name: str) -> BackendCard:
    return next(each for each in model.cards if each.name == name)


def test_a_card_tells_state_host_memory_and_versions() -> None:
    status = BackendStatus(
        name="big",
        url="https://render.example.com/comfy",
        state="online",
        latency_ms=11.6,
        vram_free=6 * 1024**3,
        vram_total=24 * 1024**3,
        devices=("cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync",),
        comfyui="v0.3.64",
        speed=120.4,
        tags=("video",),
    )
    made = BackendCard.of(status)
    assert (made.host, made.secure, made.word) == ("render.example.com/comfy", True, "ready")
    assert (made.vram_used, made.latency, made.comfyui) == (18 * 1024**3, 12, "0.3.64")
    assert made.devices == ("NVIDIA GeForce RTX 4090",)
    assert made.speed == "120 jobs an hour"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("online", "ready"),
        ("offline", "offline"),
        ("wrong_version", "too old"),
        ("disabled", "switched off"),
        ("resting", "resting"),
        ("unknown", "being asked"),
    ],
)
def test_every_state_has_its_word_and_says_what_to_do(state: Any, word: str) -> None:
    made = BackendCard.of(BackendStatus(name="box", url=URL, state=state))
    assert made.word == word
    assert bool(made.advice) == (state != "online")


def test_a_reason_leaves_the_address_out_and_is_not_doubled_by_advice() -> None:
    status = BackendStatus(
        name="box", url=URL, state="offline", error=f"{URL}: nothing answers there. Is ComfyUI running?"
    )
    made = BackendCard.of(status)
    assert made.reason == "Nothing answers there. Is ComfyUI running?"
    assert made.advice == ""


def test_no_secret_reaches_a_card() -> None:
    status = BackendStatus(
        name="box", url=URL, state="offline", error="https://me:pa55@box refused token=hunter2"
    )
    text = BackendCard.of(status).model_dump_json()
    assert "pa55" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("cuda:0 NVIDIA RTX A6000 : native", "NVIDIA RTX A6000"),
        ("cuda:1 AMD Radeon : cudaMallocAsync", "AMD Radeon"),
        ("cpu", "cpu"),
        ("mps", "mps"),
    ],
)
def test_devices_by_the_names_on_their_boxes(told: str, shown: str) -> None:
    assert device_name(told) == shown


def test_a_speed_that_was_not_measured_is_not_told() -> None:
    assert (speed(None), speed(0.0), speed(3.26)) == ("", "", "3.3 jobs an hour")


def test_cards_stand_by_name_in_counting_order(registry: Registry) -> None:
    names = ["box 10", "box 2", "Attic"]
    backends = [Backend(url=f"http://127.0.0.1:{9}", name=name, enabled=False) for name in names]
    with Farm(backends) as farm:
        assert [each.name for each in FarmModel(farm, registry=registry).cards] == [
            "Attic",
            "box 2",
            "box 10",
        ]


def test_the_head_counts_states() -> None:
    states: list[Any] = ["busy", "online", "offline", "online"]
    cards = [BackendCard.of(BackendStatus(name="x", url=URL, state=state)) for state in states]
    assert summary(cards) == "1 at work · 2 ready · 1 offline"
    assert summary([]) == "no backends"


def test_what_is_no_farm_is_refused() -> None:
    with pytest.raises(StudioError, match="str is no farm"):
        FarmModel("http://127.0.0.1:8188")  # type: ignore[arg-type]


# The form


def problems(**fields: str) -> dict[str, str]:
    return dict(AddForm(**{"url": URL, **fields}).read()[0].problems)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "ftp://box"),
        ("url", "http://"),
        ("url", "http://me:secret@box:8188"),
        ("weight", "0"),
        ("weight", "-1"),
        ("weight", "nan"),
        ("weight", "inf"),
        ("weight", "fast"),
        ("max_queue", "0"),
        ("max_queue", "1.5"),
        ("max_queue", "²"),
        ("token", "hunter2"),
        ("token", "env:NO_SUCH_VARIABLE_HERE"),
    ],
)
def test_a_wrong_field_says_so_at_that_field_only(field: str, value: str) -> None:
    assert list(problems(**{field: value})) == [field]


def test_no_problem_repeats_a_secret() -> None:
    assert "hunter2" not in str(problems(token="hunter2"))
    assert "hunter2" not in str(problems(url="http://me:hunter2@box"))
    assert "hunter2" not in repr(AddForm(token="hunter2"))


def test_a_whole_form_becomes_a_backend_and_an_entry_with_a_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMFY_TOKEN", "hunter2")
    form = AddForm(
        url="https://box/comfy/",
        name="big",
        tags="video, big;big",
        weight="1,5",
        max_queue="3",
        token="env:COMFY_TOKEN",
    )
    added, table = form.read()
    assert added.backend is not None
    assert added.backend.tags == {"video", "big"}
    assert (added.backend.weight, added.backend.max_queue) == (1.5, 3)
    assert added.backend.headers["Authorization"].get_secret_value() == "Bearer hunter2"
    assert table["token"] == "env:COMFY_TOKEN"
    assert "hunter2" not in str(table)


def test_a_name_or_address_that_is_taken() -> None:
    taken = [Backend(url=URL, name="box")]
    assert list(AddForm(url="http://other:1", name="box").read(taken)[0].problems) == ["name"]
    assert list(AddForm(url=URL, name="other").read(taken)[0].problems) == ["url"]


# With a farm


def test_add_asks_first_and_nothing_is_written_if_nobody_answers(
    model: FarmModel, registry: Registry
) -> None:
    added = model.add(AddForm(url="http://127.0.0.1:9", name="gone", to="project"))
    assert added.harmless
    assert list(added.problems) == ["url"]
    assert [each.name for each in model.cards] == ["box"]
    assert registry.project is not None
    assert not registry.project.exists()


def test_what_does_not_answer_may_be_added_all_the_same(model: FarmModel, registry: Registry) -> None:
    added = model.add(AddForm(url="http://127.0.0.1:9", name="gone", to="user"), asked=False)
    assert added.backend is not None
    assert card(model, "gone").saved == "user"
    assert [(entry.name, entry.layer) for entry in registry.entries()] == [("gone", "user")]


def test_a_second_backend_is_added_written_down_and_removed_again(
    model: FarmModel, registry: Registry
) -> None:
    with start(plain=True) as other:
        assert model.add(AddForm(url=other.url, name="second", tags="big", to="project")).backend is not None
        until(lambda: card(model, "second").state == "online")
        assert card(model, "second").saved == "project"
        assert card(model, "second").tags == ("big",)
        model.remove("second")
        until(lambda: [each.name for each in model.cards] == ["box"])
        assert registry.entries() == []


def test_a_switch_is_written_down_where_the_backend_is(model: FarmModel, registry: Registry) -> None:
    model.add(AddForm(url="http://127.0.0.1:9", name="gone", to="project"), asked=False)
    model.enable("gone", False)
    assert card(model, "gone").state == "disabled"
    assert registry.entries()[0].backend.enabled is False
    model.enable("box", False)  # of code: nothing to write
    assert card(model, "box").state == "disabled"
    assert card(model, "box").note == ""


def test_what_could_not_be_done_stands_on_the_card(model: FarmModel) -> None:
    model.add(AddForm(url="http://127.0.0.1:9", name="gone"), asked=False)
    model.free("gone")
    assert card(model, "gone").note
    assert card(model, "gone").doing == ""
    model.interrupt("box")
    assert card(model, "box").note == "nothing of ours renders there any more"
    model.enable("box", True)
    assert card(model, "box").note == ""


def test_points_come_once(model: FarmModel) -> None:
    until(lambda: model.points("box")[0])
    points, last = model.points("box")
    assert all(time <= last.timestamp() + 0.1 for time, _, _ in points)  # type: ignore[union-attr]
    again, same = model.points("box", last)
    assert (again, same) == ([], last) or same > last  # type: ignore[operator]
    assert model.points("nobody") == ([], None)


def test_a_project_without_backends_has_its_sketch_artist(tmp_path: Path, registry: Registry) -> None:
    with Project.open(tmp_path / "film") as project:
        model = FarmModel(project, registry=registry)
        assert model.state["embedded"] is True
        assert model.state["places"] == ["project", "user", "session"]
        model.close()
