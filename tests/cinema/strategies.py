"""Looks for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig
from studio.cinema.fields import FieldInfo

NUMBERS = {
    "year": st.integers(1895, 2030),
    "lens.focal_length_mm": st.sampled_from((8.0, 18.0, 25.0, 35.0, 50.0, 65.0, 100.0, 482.0))
    | st.floats(4, 600),
    "camera.gate": st.sampled_from(("full", "academy", "super35_4perf", "5.8K S35", "none such")),
}


def values_of(name: str, info: FieldInfo) -> st.SearchStrategy[Any]:
    """Any value that a field can hold, chosen or not."""
    if name in NUMBERS:
        return NUMBERS[name]
    if info.words:
        return st.sampled_from(sorted(cinema.library().table(info.words)))
    return st.sampled_from(info.values)


@st.composite
def looks(draw: st.DrawFn, kinds: tuple[type, ...] = (LiveActionConfig, AnimationConfig)) -> Any:
    """Any look: every field chosen at random, or not chosen."""
    kind = draw(st.sampled_from(kinds))
    crowd = draw(st.sampled_from((0, 0, 0, len(kind.FIELDS) // 2, len(kind.FIELDS) - 2)))
    fields = draw(st.lists(st.sampled_from(sorted(kind.FIELDS)), unique=True, min_size=crowd))
    return kind().replaced({name: draw(values_of(name, kind.FIELDS[name])) for name in fields})
