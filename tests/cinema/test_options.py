"""What may be chosen, and why not: the laws of options and repair."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig, choose, options, repair, validate
from studio.cinema.judge import Bound, Violation
from studio.cinema.nearness import cost
from studio.errors import LookError
from tests.cinema.strategies import looks, values_of

Config = LiveActionConfig | AnimationConfig


def plainly(look: Config, field: str, value: Any) -> set[Violation]:
    """The violations that a value adds, the plain way: set it, validate everything, compare."""
    before = {violation.rule for violation in validate(look).violations}
    after = validate(look.replaced({field: value})).violations
    return {violation for violation in after if violation.rule not in before}


@settings(max_examples=40)
@given(data=st.data(), look=looks())
def test_options_say_what_the_plain_way_says(data: st.DataObject, look: Config) -> None:
    field = data.draw(st.sampled_from(sorted(look.FIELDS)))
    offered = options(look, field)
    for option in data.draw(st.lists(st.sampled_from(offered), max_size=25)):
        added = plainly(look, field, option.value)
        hard = [violation for violation in added if violation.severity == "hard"]
        assert option.allowed == (not hard), (field, option, hard)
        if hard:
            assert (option.rule, option.reason) in {(violation.rule, violation.message) for violation in hard}
        assert {note.rule for note in option.notes} == {
            each.rule for each in added if each.severity != "hard"
        }


@given(data=st.data())
def test_any_look_of_allowed_options_in_any_order_is_valid(data: st.DataObject) -> None:
    look: Config = data.draw(st.sampled_from((LiveActionConfig(), AnimationConfig())))
    for _ in range(data.draw(st.integers(1, 25))):
        field = data.draw(st.sampled_from(sorted(look.FIELDS)))
        allowed = [option.value for option in options(look, field) if option.allowed]
        look = look.replaced({field: data.draw(st.sampled_from(allowed))})
        assert validate(look).ok, validate(look)


def test_all_fields_at_once_are_each_field_alone() -> None:
    look = cinema.preset("moonlight")
    together = options(look)
    assert list(together) == list(look.FIELDS)
    assert all(together[field] == options(look, field) for field in look.FIELDS)


def test_one_fault_does_not_grey_out_everything() -> None:
    look = cinema.preset("moonlight").with_(lighting__time_of_day="night", lighting__source="sun")
    assert not validate(look).ok
    moods = options(look, "visual_grammar.mood")
    assert all(option.allowed for option in moods)
    sources = {option.value: option for option in options(look, "lighting.source")}
    assert sources["moon"].allowed


def test_a_barred_value_says_why() -> None:
    look = LiveActionConfig().with_(camera__body="arri_alexa_xt")
    lens = {option.value: option for option in options(look, "lens.family")}["arri_signature_prime"]
    assert not lens.allowed and lens.rule == "LA_MOUNT_INCOMPATIBLE"
    assert "44 mm" in lens.reason and "52" in lens.reason


def test_a_lens_offers_its_own_focal_lengths() -> None:
    look = LiveActionConfig().with_(lens__family="leica_thalia")
    values = [option.value for option in options(look, "lens.focal_length_mm")]
    assert values == [*cinema.lens("leica_thalia").focal_lengths_mm, None]
    zoom = LiveActionConfig().with_(lens__family="fujinon_premista")
    assert all(option.allowed for option in options(zoom, "lens.focal_length_mm"))


def test_a_change_asks_only_the_rules_that_read_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    look = cinema.preset("moonlight")
    options(look)
    asked: list[Bound] = []
    sweep = Bound.sweep

    def listening(
        self: Bound, at: int, others: tuple[Any, ...], values: tuple[Any, ...]
    ) -> dict[Any, Violation]:
        asked.append(self)
        return sweep(self, at, others, values)

    monkeypatch.setattr(Bound, "sweep", listening)
    options(look)
    assert asked == []  # the same look again asks nothing
    options(look.with_(visual_grammar__shot_size="EWS", preset=None))
    assert asked
    assert all({"visual_grammar.shot_size", "preset"} & set(bound.reads) for bound in asked)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(LookError, match=r"camera\.body"):
        options(LiveActionConfig(), "camera.bodi")


@settings(max_examples=60)
@given(look=looks())
def test_repair_always_ends_valid_and_tells_what_it_did(look: Config) -> None:
    mended = repair(look)
    assert validate(mended.look).ok
    before, after = look.values(), mended.look.values()
    changed = {field for field in before if before[field] != after[field]}
    assert changed == {change.field for change in mended.changes}
    for change in mended.changes:
        assert (change.before, change.after) == (before[change.field], after[change.field])
        assert change.reason and change.rule in cinema.library().rules
    if validate(look).ok:
        assert mended.look == look and mended.changes == ()


@settings(max_examples=40)
@given(data=st.data(), look=looks())
def test_choosing_keeps_the_choice_and_ends_valid(data: st.DataObject, look: Config) -> None:
    look = repair(look).look
    field = data.draw(st.sampled_from(sorted(look.FIELDS)))
    value = data.draw(values_of(field, look.FIELDS[field]))
    chosen = choose(look, field, value)
    assert chosen.look.get(field) == look.replaced({field: value}).get(field)
    assert validate(chosen.look).ok


@settings(max_examples=25)
@given(look=looks())
def test_no_single_change_comes_nearer(look: Config) -> None:
    if validate(look).ok:
        return
    distance = repair(look).distance
    if distance == math.inf:  # the search gave up; what it found is valid, but not known to be the nearest
        return
    library = cinema.library()
    for field, info in look.FIELDS.items():
        for option in options(look, field):
            price = cost(library, info, look.values(), option.value)
            if price < distance - 0.06 and option.value != look.get(field):
                assert not validate(look.replaced({field: option.value})).ok, (
                    field,
                    option.value,
                    price,
                    distance,
                )


def test_a_film_body_gets_a_stock_and_a_lens_its_focal_length() -> None:
    look = cinema.preset("blade_runner_2049")
    film = choose(look, "camera.body", "arricam_lt")
    assert [change.field for change in film.changes] == ["camera.film_stock"]
    assert cinema.stock(film.look.get("camera.film_stock")).gauges == ("35mm",)
    lens = choose(look, "lens.family", "panavision_c_series")
    assert [change.field for change in lens.changes] == ["lens.focal_length_mm"]


def test_a_digital_body_lets_the_stock_go() -> None:
    look = LiveActionConfig().with_(camera__body="arricam_lt", camera__film_stock="kodak_vision3_500t_5219")
    digital = choose(look, "camera.body", "arri_alexa_35")
    assert [(change.field, change.after) for change in digital.changes] == [("camera.film_stock", None)]


def test_what_must_stay_may_contradict_itself() -> None:
    look = LiveActionConfig().with_(lighting__time_of_day="night", lighting__source="sun")
    with pytest.raises(LookError, match="contradicts itself"):
        repair(look, keep=("lighting.time_of_day", "lighting.source"))


def test_repair_of_a_famous_mistake() -> None:
    """Vertigo as it was once noted: Vision3 in 1958."""
    look = cinema.preset("vertigo").with_(camera__film_stock="kodak_vision3_500t_5219")
    mended = repair(look)
    assert [change.field for change in mended.changes] == ["camera.film_stock"]
    assert cinema.stock(mended.look.get("camera.film_stock")).year <= 1958
    assert "came in 2007" in str(mended.changes[0])
