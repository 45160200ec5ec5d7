"""The language of conditions: it says what is meant, and can do nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import PipelineError
from studio.pipeline import Expression

FACTS = {"rating": 4, "kind": "image", "width": 1344, "height": 576, "seed": 2**64 - 1, "note": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rating >= 4", True),
        ("rating >= 4 and kind == 'video'", False),
        ("rating >= 4 or kind == 'video'", True),
        ("not rating", False),
        ("width * height > 700_000", True),
        ("width / height", 1344 / 576),
        ("1 < rating <= 4", True),
        ("kind in ['image', 'video']", True),
        ("'ma' in kind", True),
        ("kind not in ('video',)", True),
        ("seed == 18446744073709551615", True),
        ("seed - 1", 2**64 - 2),
        ("max(width, height) if rating > 3 else 0", 1344),
        ("startswith(lower('HERO'), 'he')", True),
        ("-rating + 10 % 4", -2),
        ("len(kind) == 5", True),
        ("'a' + kind", "aimage"),
    ],
)
def test_it_says_what_is_meant(text: str, value: object) -> None:
    assert Expression(text).value(FACTS) == value


@pytest.mark.parametrize("text", ["note > 3", "note < 3", "note + 1 > 0", "3 in note", "lower(note) == 'x'"])
def test_what_is_not_known_never_holds(text: str) -> None:
    assert Expression(text).holds(FACTS) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rating >=",
        "__import__('os')",
        "kind.upper()",
        "(lambda: 1)()",
        "[x for x in kind]",
        "open('x')",
        "rating ** 9",
        "1 << 9",
        "f'{rating}'",
        "kind[0]",
        "rating is None",
        "(rating := 5)",
        "min(*[1])",
        "round(1.5, ndigits=1)",
        "b'x'",
        "1j",
        "...",
        "lower",  # a name like any other, and not a function: not among the facts
        "x" * 501,
        "(" * 60 + "1" + ")" * 60 + " and " + "not " * 50 + "1",
        "rating\n;1",
    ],
)
def test_nothing_else_is_part_of_it(text: str) -> None:
    with pytest.raises(PipelineError) as caught:
        Expression(text).value({"rating": 4, "kind": "image"})
    assert "can't be used" in caught.value.message


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(PipelineError, match="Did you mean 'rating'"):
        Expression("ratng > 3").value(FACTS)


@pytest.mark.parametrize("text", ["'a' * 99999999", "kind * 3", "rating < kind", "1 / 0", "-kind", "len(3)"])
def test_what_does_not_fit_is_told(text: str) -> None:
    with pytest.raises(PipelineError, match="does not work"):
        Expression(text).value(FACTS)


def test_numbers_stay_bounded() -> None:
    product = "*".join(["seed"] * 30)
    with pytest.raises(PipelineError, match="too large"):
        Expression(product).value(FACTS)


def test_it_tells_which_facts_it_asks_for() -> None:
    assert Expression("max(width, height) > 3 and lower(kind) == 'image'").names == {
        "width",
        "height",
        "kind",
    }


@given(st.text(max_size=200))
def test_any_text_is_an_answer_or_a_clear_refusal(text: str) -> None:
    began = time.process_time()
    try:
        Expression(text).value(FACTS)
    except PipelineError as error:
        assert error.message
    assert time.process_time() - began < 2  # bounded, whatever the text; not a measure of speed


@given(
    st.recursive(
        st.sampled_from(["rating", "width", "3", "'x'", "note", "True"]),
        lambda inner: st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "*", "<", "==", "and", "or", "in"]), inner
        ),
        max_leaves=12,
    )
)
def test_it_agrees_with_python_where_python_has_an_answer(text: str) -> None:
    """On facts that are all known the language is a part of Python."""
    facts = {**FACTS, "note": 7}
    try:
        mine = Expression(text).value(facts)
    except PipelineError:
        return
    assert mine == eval(text, {"__builtins__": {}}, facts)
