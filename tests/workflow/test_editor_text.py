"""Comments and choices in prompts are read as the editor reads them."""

from __future__ import annotations

import pytest

from studio.workflow.editor_text import fill_tokens, plain_prompt


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a {b", "a b"),
        ("x {y} z", "x y z"),
        (r"\{a\|b\} c\|d \n \\{q}", r"{a|b} c|d \n \\q"),
        ("{{{a}}}", "a"),
        ("a } b | c", "a } b | c"),
        ("x{/*|*/} // foo\nbar", "x \nbar"),
        ("http://x.y/z", "http:"),
        ("{a|{b|c}|d} {|e}f", "a f"),
        ("{{a|b} c|d}", "a c"),
        ("ends in \\", "ends in \\"),
    ],
)
def test_the_first_of_each_choice_is_taken(text: str, plain: str) -> None:
    assert plain_prompt(text)[0] == plain


def test_a_text_of_braces_alone_costs_no_more_than_its_length() -> None:
    assert plain_prompt("{" * 500_000) == ("", True)
    assert plain_prompt("{" * 500_000 + "wet|dry" + "}" * 500_000) == ("wet", True)


def test_tokens_are_filled_in_and_unknown_ones_stay() -> None:
    found = {("Sampler", "seed"): 7, ("Loader", "name"): "a/b:c"}
    text = "%Sampler.seed%_%Loader.name%_%date:yyyy%_%Nobody.x%"
    assert (
        fill_tokens(text, lambda node, widget: found.get((node, widget))) == "7_a_b_c_%date:yyyy%_%Nobody.x%"
    )
