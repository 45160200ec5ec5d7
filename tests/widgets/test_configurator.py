"""The configurator without a page: its model, and the widget by the messages that a page sends and gets."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio import llm
from studio.cinema import (
    Angle,
    AnimationConfig,
    LiveActionConfig,
    all_angles,
    library,
    options,
    preset,
    validate,
)
from studio.errors import LookError
from studio.sketch.previz import spec_from_look
from widgets.configurator import Configurator, ConfiguratorModel, Scene, wire
from widgets.configurator.sketcher import Sketcher, picture, thumb
from widgets.configurator.state import catalogue, state

FILM = "kodak_vision3_500t_5219"


def digital_with_film() -> LiveActionConfig:
    look = preset("blade_runner_2049").with_(camera__film_stock=FILM)
    assert isinstance(look, LiveActionConfig)
    assert not validate(look).ok
    return look


# the model


def test_it_begins_with_an_empty_look() -> None:
    model = ConfiguratorModel()
    assert model.look == LiveActionConfig()
    assert model.target == "flux.1"
    assert not model.can_undo
    assert not model.can_redo


def test_it_takes_a_look_or_a_preset_and_nothing_else() -> None:
    assert ConfiguratorModel("moonlight").look == preset("moonlight")
    assert ConfiguratorModel(preset("moonlight")).look.preset == "moonlight"
    with pytest.raises(LookError, match="no preset"):
        ConfiguratorModel("no_such_film")
    with pytest.raises(LookError, match="not a look"):
        ConfiguratorModel(12)  # type: ignore[arg-type]
    with pytest.raises(LookError, match="target"):
        ConfiguratorModel(target="no_such_model")


def test_a_repair_mends_and_can_be_undone() -> None:
    model = ConfiguratorModel(digital_with_film())
    assert not model.report.ok
    done = model.repair()
    assert model.report.ok
    assert [change.field for change in done.changes] == ["camera.film_stock"]
    assert model.undo()
    assert model.look == digital_with_film()
    assert model.redo()
    assert model.report.ok


def test_choosing_brings_what_must_follow_and_setting_does_not() -> None:
    model = ConfiguratorModel("blade_runner_2049")
    assert [change.field for change in model.offer("camera.film_stock", FILM).changes]
    assert model.look == preset("blade_runner_2049"), "an offer changes nothing"
    model.choose("camera.film_stock", FILM)
    assert model.look.get("camera.film_stock") == FILM
    assert model.report.ok
    model.undo()
    model.set_field("camera.film_stock", FILM)
    assert not model.report.ok


def test_each_tab_keeps_its_look() -> None:
    model = ConfiguratorModel("moonlight")
    model.show("animation")
    assert model.look == AnimationConfig()
    model.apply("studio_ghibli")
    model.show("live_action")
    assert model.look == preset("moonlight")
    model.show("animation")
    assert model.look == preset("studio_ghibli")


def test_a_subject_typed_in_one_go_is_undone_in_one_go() -> None:
    model = ConfiguratorModel()
    for text in ("a", "a m", "a man"):
        model.set_subject(text)
    model.set_angle("front_eye-level_medium")
    model.set_subject("a man runs")
    model.undo()
    assert model.subject == "a man"
    model.undo()
    model.undo()
    assert model.subject == ""
    assert not model.can_undo


def test_a_refused_change_changes_nothing() -> None:
    model = ConfiguratorModel("moonlight")
    before = model.scene
    for wrong in (("camera.body", "no_such_body"), ("no.field", "x"), ("lens.focal_length_mm", -3)):
        with pytest.raises(LookError):
            model.set_field(*wrong)
    assert model.scene == before
    assert not model.can_undo


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.sampled_from(["moonlight", "blade_runner_2049", "studio_ghibli"])),
        st.tuples(st.just("show"), st.sampled_from(["live_action", "animation"])),
        st.tuples(st.just("set_subject"), st.text(max_size=5)),
        st.tuples(st.just("set_target"), st.sampled_from(["flux", "sdxl", "generic"])),
        st.tuples(st.just("set_angle"), st.sampled_from([None, *all_angles()[:5]])),
        st.tuples(st.just("choose"), st.tuples(st.integers(0, 40), st.integers(0, 200))),
        st.tuples(st.sampled_from(["undo", "redo", "clear"]), st.none()),
    ),
    max_size=12,
)


def play(model: ConfiguratorModel, moves: list[Any]) -> Iterator[Scene]:
    """Make the moves; the scene after each."""
    for move, value in moves:
        if move == "choose":
            offers = model.options
            field = sorted(offers)[value[0] % len(offers)]
            model.set_field(field, offers[field][value[1] % len(offers[field])].value)
        elif value is None and move in ("undo", "redo", "clear"):
            getattr(model, move)()
        else:
            getattr(model, move)(value)
        yield model.scene


@given(MOVES)
def test_undo_leads_back_to_the_beginning_and_redo_to_the_end(moves: list[Any]) -> None:
    model = ConfiguratorModel()
    first = model.scene
    for _ in play(model, moves):
        pass
    while model.redo():
        pass
    last = model.scene
    while model.undo():
        pass
    assert model.scene == first
    while model.redo():
        pass
    assert model.scene == last


def merged(page: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """What a page has after hearing `news`."""
    whole = "kind" in news
    return page | {
        key: {**page[key], **value} if key in wire.PER_FIELD and not whole else value
        for key, value in news.items()
    }


@given(MOVES)
def test_a_page_that_is_sent_only_what_changed_has_everything(moves: list[Any]) -> None:
    model = ConfiguratorModel("moonlight")
    page = before = state(model)
    for _ in play(model, moves):
        after = state(model)
        page = merged(page, wire.difference(before, after))
        before = after
        assert page == after


def test_the_state_is_json_and_names_every_choice() -> None:
    for id in ("blade_runner_2049", "studio_ghibli"):
        found = state(ConfiguratorModel(id))
        assert json.loads(json.dumps(found)) is not None
        assert all(each["name"] for each in found["values"].values() if each["value"] is not None)
    shown = catalogue()
    assert json.dumps(shown)
    assert {each["id"] for each in shown["presets"]} == set(library().presets)
    assert {each["id"] for each in shown["targets"]} == set(library().targets)


def test_barred_values_carry_the_reason_of_the_rule() -> None:
    model = ConfiguratorModel("blade_runner_2049")
    found = state(model)
    offered = options(model.look, "camera.film_stock")
    barred = {offered[place].value: reason for place, severity, reason in found["barred"]["camera.film_stock"]
              if severity == "hard"}  # fmt: skip
    assert barred == {each.value: each.reason for each in offered if not each.allowed}
    assert "digital" in barred[FILM]


# the widget


class Desk:
    """A configurator and the page's side of its wire."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.came = threading.Condition()
        self.widget = Configurator(*args, **options)
        self.widget.send = self._send  # type: ignore[method-assign]

    def _send(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self.came:
            self.sent.append({**content, "buffers": buffers})
            self.came.notify_all()

    def say(self, **message: Any) -> list[dict[str, Any]]:
        """What the widget sends at once in answer to a message."""
        start = len(self.sent)
        self.widget._heard(self.widget, message, [])
        return [
            each
            for each in self.sent[start:]
            if each["kind"] not in ("picture", "thumb", "repair", "enhance")
        ]

    def wait(self, kind: str, fits: Any = lambda message: True) -> dict[str, Any]:
        """The first message of a kind that fits; it may come from another thread."""

        def found() -> dict[str, Any] | None:
            return next((each for each in self.sent if each["kind"] == kind and fits(each)), None)

        with self.came:
            assert self.came.wait_for(found, timeout=60), [each["kind"] for each in self.sent]
            message = found()
        assert message is not None
        return message


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No language model is at hand."""

    async def available() -> list[llm.Provider]:
        return []

    monkeypatch.setattr(llm, "available", available)


@pytest.fixture
def desk(nobody: None) -> Iterator[Desk]:
    made = Desk("blade_runner_2049", subject="a man", target="flux")
    made.say(kind="hello")
    yield made
    made.widget.close()


def test_nothing_is_sent_before_a_page_greets(nobody: None) -> None:
    desk = Desk("moonlight")
    desk.widget.subject = "a man"
    assert desk.sent == []
    kinds = [each["kind"] for each in desk.say(kind="hello")]
    assert kinds == ["catalogue", "state"]


def test_nothing_edited_is_a_synced_trait(desk: Desk) -> None:
    assert set(desk.widget.get_state()) & {"look", "angle", "subject", "target", "prompt"} == set()
    assert "a man" not in json.dumps(desk.widget.get_state(), default=str)


def test_the_page_changes_the_look_and_python_hears_of_it(desk: Desk) -> None:
    heard: list[Any] = []
    end = desk.widget.on_look(heard.append)
    desk.say(kind="field", field="visual_grammar.mood", value="tender")
    assert desk.widget.look.visual_grammar.mood == "tender"
    assert heard == [desk.widget.look]
    end()
    desk.say(kind="undo")
    assert len(heard) == 1
    assert desk.widget.look == preset("blade_runner_2049")


def test_python_changes_the_look_and_the_page_hears_only_what_changed(desk: Desk) -> None:
    start = len(desk.sent)
    desk.widget.look = desk.widget.look.with_(visual_grammar__mood="tender")
    news = next(each["state"] for each in desk.sent[start:] if each["kind"] == "state")
    assert list(news["values"]) == ["visual_grammar.mood"]
    assert "offers" not in news
    assert "tender" in news["prompt"]["positive"]


def test_every_edited_thing_goes_both_ways(desk: Desk) -> None:
    widget = desk.widget
    desk.say(kind="subject", text="a woman")
    desk.say(kind="target", id="sdxl")
    desk.say(kind="angle", id="back_low-angle_wide")
    assert (widget.subject, widget.target, widget.angle) == (
        "a woman",
        "sdxl",
        Angle.parse("back_low-angle_wide"),
    )
    widget.look, widget.target, widget.angle = "moonlight", "flux", "front_eye-level_medium"
    assert widget.model.scene == Scene(
        look=preset("moonlight"),
        target="flux.1",
        angle=Angle.parse("front_eye-level_medium"),
        subject="a woman",
    )
    assert widget.look == preset("moonlight")
    assert widget.prompt.target == "flux.1"


def test_python_is_told_what_it_can_not_set(desk: Desk) -> None:
    for name, wrong in (
        ("look", 3),
        ("look", "no_such_film"),
        ("angle", "sideways"),
        ("target", "no_such_model"),
    ):
        before = desk.widget.model.scene
        with pytest.raises(LookError):
            setattr(desk.widget, name, wrong)
        assert desk.widget.model.scene == before
        assert desk.widget.look == before.look


WRONG = [
    None,
    "hello",
    [],
    {},
    {"kind": "run", "code": "1"},
    {"kind": "field"},
    {"kind": "field", "field": 3, "value": "x"},
    {"kind": "field", "field": "camera.body", "value": {"a": 1}},
    {"kind": "field", "field": "camera.body", "value": "x" * 300},
    {"kind": "field", "field": "camera.body", "value": "x", "look": {}},
    {"kind": "subject", "text": "x" * 5000},
    {"kind": "need", "ids": ["moonlight"] * 500},
    {"kind": "tab", "tab": "puppets"},
    {"kind": "field", "field": "camera.body", "value": "no_such_body"},
    {"kind": "field", "field": "__class__", "value": "x"},
    {"kind": "field", "field": "preset", "value": "../../etc/passwd"},
    {"kind": "preset", "id": "no_such_film"},
    {"kind": "angle", "id": "sideways"},
    {"kind": "target", "id": "no_such_model"},
]


@pytest.mark.parametrize("message", WRONG, ids=[str(message)[:50] for message in WRONG])
def test_a_wrong_message_changes_nothing_and_says_so(desk: Desk, message: Any) -> None:
    before, start = desk.widget.model.scene, len(desk.sent)
    desk.widget._heard(desk.widget, message, [])
    assert desk.widget.model.scene == before
    said = [each for each in desk.sent[start:] if each["kind"] in ("error", "state")]
    assert [each["kind"] for each in said] == ["error"]
    assert said[0]["text"]


def test_an_observer_that_fails_is_seen_on_the_page_which_is_up_to_date(desk: Desk) -> None:
    def fails(change: Any) -> None:
        raise ValueError("the director's own mistake")

    desk.widget.observe(fails, names="look")
    answers = desk.say(kind="field", field="visual_grammar.mood", value="tender")
    assert [each["kind"] for each in answers] == ["state", "error"]
    assert "the director's own mistake" in answers[1]["text"]


def test_a_fault_comes_with_the_way_out_and_one_press_takes_it(desk: Desk) -> None:
    (answer,) = desk.say(kind="field", field="camera.film_stock", value=FILM)
    (fault,) = answer["state"]["report"]["hard"]
    assert "digital" in fault["message"]
    way = desk.wait("repair")
    assert [(each["label"], each["after"]) for each in way["changes"]] == [("Film stock", "not chosen")]
    desk.say(kind="repair")
    assert desk.widget.report.ok


def test_a_barred_value_is_offered_with_what_must_follow(desk: Desk) -> None:
    (offer,) = desk.say(kind="ask", field="camera.film_stock", value=FILM)
    assert offer["possible"]
    assert [each["label"] for each in offer["changes"]]
    assert desk.widget.report.ok
    desk.say(kind="field", field="camera.film_stock", value=FILM, how="follow")
    assert desk.widget.look.camera.film_stock == FILM
    assert desk.widget.report.ok


def test_pictures_come_for_the_look_and_for_the_presets_in_view(desk: Desk) -> None:
    live = Image.open(io.BytesIO(desk.wait("picture")["buffers"][0]))
    assert abs(live.width / live.height - 2.39) < 0.02
    desk.say(kind="need", ids=["moonlight"])
    small = Image.open(io.BytesIO(desk.wait("thumb", lambda each: each["id"] == "moonlight")["buffers"][0]))
    assert small.width <= 240
    assert {each["id"] for each in desk.sent if each["kind"] == "thumb"} == {"moonlight"}


def test_an_unknown_preset_has_no_picture_and_it_is_said(desk: Desk) -> None:
    desk.say(kind="need", ids=["no_such_film"])
    assert "no_such_film" in desk.wait("error")["text"]


class Hand:
    """A pool whose work is done when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, work: Any) -> None:
        self.waiting.append(work)

    def turn(self) -> int:
        """Do everything that waits; how much it was."""
        done = 0
        while self.waiting:
            self.waiting.pop(0)()
            done += 1
        return done


def test_the_latest_look_wins_and_goes_before_the_presets() -> None:
    hand, drawn = Hand(), []
    sketcher = Sketcher(
        lambda jpeg: drawn.append(jpeg),
        lambda id, jpeg: drawn.append(id),
        drawn.append,
        interval=0.0,
        pool=hand,
    )
    specs = [spec_from_look(preset("moonlight"), width=160, height=100, seed=seed) for seed in range(5)]
    sketcher.need(["roma", "parasite"])
    sketcher.need(["roma"])
    for spec in specs:
        sketcher.draw(spec)
    assert hand.turn() == 2
    assert drawn == [picture(specs[-1]), "roma"]
    sketcher.draw(specs[0])
    sketcher.close()
    hand.turn()
    sketcher.draw(specs[0])
    hand.turn()
    assert len(drawn) == 2


def test_a_picture_that_fails_does_not_end_the_drawing() -> None:
    hand, drawn, failed = Hand(), [], []
    sketcher = Sketcher(
        drawn.append, lambda id, jpeg: drawn.append(id), failed.append, interval=0.0, pool=hand
    )
    sketcher.need(["no_such_film", "roma"])
    hand.turn()
    assert drawn == ["roma"]
    assert isinstance(failed[0], LookError)
    assert thumb("roma") is thumb("roma"), "drawn once"


@pytest.fixture
def model_at_hand(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A language model that writes two words, then what the test gives to `answer`."""
    given: dict[str, Any] = {"answer": Future(), "asked": threading.Event()}

    async def available() -> list[llm.Provider]:
        return [llm.Provider(id="ollama", name="Ollama", local=True)]

    async def enhance(prompt: Any, *, on_text: Any, **_: Any) -> llm.Enhanced:
        on_text("A man")
        given["asked"].set()
        text = await asyncio.wrap_future(given["answer"])
        return llm.Enhanced(text=text, plain=prompt, remarks=llm.check(text, prompt), provider="ollama")

    monkeypatch.setattr(llm, "available", available)
    monkeypatch.setattr(llm, "enhance", enhance)
    return given


@pytest.fixture
def with_model(model_at_hand: dict[str, Any]) -> Iterator[Desk]:
    made = Desk("blade_runner_2049", subject="a man", target="flux")
    made.say(kind="hello")
    made.wait("enhance", lambda each: each["provider"] == "Ollama")
    yield made
    made.widget.close()


def test_enhanced_text_streams_and_what_was_made_up_is_said(
    with_model: Desk, model_at_hand: dict[str, Any]
) -> None:
    with_model.say(kind="enhance")
    with_model.wait("enhance", lambda each: each["running"] and each["text"] == "A man")
    assert with_model.widget.enhanced is None
    model_at_hand["answer"].set_result("A man, shot on a 75mm lens.")
    end = with_model.wait("enhance", lambda each: each["text"] and not each["running"])
    assert end["text"] == "A man, shot on a 75mm lens."
    assert any("75" in remark for remark in end["remarks"])
    assert with_model.widget.enhanced is not None
    with_model.sent.clear()
    with_model.say(kind="subject", text="another man")
    assert with_model.widget.enhanced is None, "it was of another prompt"
    assert with_model.wait("enhance")["text"] == ""


def test_a_model_that_fails_says_why(with_model: Desk, model_at_hand: dict[str, Any]) -> None:
    with_model.say(kind="enhance")
    model_at_hand["answer"].set_exception(llm_error())
    end = with_model.wait("enhance", lambda each: each["error"])
    assert "the key was refused" in end["error"]


def llm_error() -> Exception:
    from studio.errors import LanguageModelError

    return LanguageModelError("the key was refused", provider="ollama")


def test_an_answer_that_comes_after_a_change_is_dropped(
    with_model: Desk, model_at_hand: dict[str, Any]
) -> None:
    with_model.say(kind="enhance")
    assert model_at_hand["asked"].wait(30)
    with_model.say(kind="stop")
    with_model.wait("enhance", lambda each: each["error"] == "Stopped.")
    with_model.say(kind="subject", text="another man")
    assert with_model.widget._enhancer.text == ""
