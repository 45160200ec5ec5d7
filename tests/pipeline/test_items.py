"""Which things belong together where lines meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline.items import Item, Join, join_branches

BRANCHES = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2), max_size=3)
ARRIVALS = st.lists(st.tuples(st.sampled_from(["a", "b"]), BRANCHES), max_size=8)


def test_what_is_on_other_branches_of_one_fan_out_never_meets() -> None:
    assert join_branches([Item("a", {"x": 1}), Item("b", {"x": 2})]) is None
    assert join_branches([Item("a", {"x": 1}), Item("b", {"y": 2})]) == {"x": 1, "y": 2}


@given(ARRIVALS)
def test_every_pair_that_belongs_together_is_told_once_whatever_the_order(
    arrivals: list[tuple[str, dict[str, int]]],
) -> None:
    items = [(name, Item(f"{name}{number}", branch)) for number, (name, branch) in enumerate(arrivals)]
    expected = {
        (first.node, second.node)
        for a, first in items
        for b, second in items
        if a == "a" and b == "b" and join_branches((first, second)) is not None
    }
    for order in (items, items[::-1]):
        join = Join(["a", "b"])
        told = [
            (combination["a"].node, combination["b"].node)
            for name, item in order
            for _, combination in join.add(name, item)
        ]
        assert sorted(told) == sorted(expected)
