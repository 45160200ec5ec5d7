"""Storyboards of every kind for these tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from studio.project.board import Board, Conflict, PanelEntry, Storyboard
from studio.project.board.model import without_none
from studio.project.names import safe_name
from studio.project.naming import Naming

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | text
    | st.dates()
    | st.datetimes()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,3}", fullmatch=True).map(safe_name)
lengths = st.floats(-1e5, 1e5)
KNOWN = frozenset(PanelEntry.model_fields)
extras = st.dictionaries(text.filter(lambda key: key not in KNOWN), values, max_size=2)
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": text,
        "status": st.sampled_from(["", "pick", "hold", "reject"]),
        "x": lengths,
        "y": lengths,
        "width": st.floats(1, 1e4),
        "height": st.floats(1, 1e4),
        "z": st.integers(-1000, 1000),
        "rating": st.integers(0, 5),
        "locked": st.booleans(),
        "color": text,
        "duration": st.floats(0, 600),
        "current": st.integers(1, 2000),
        "compare": st.lists(st.integers(1, 99), max_size=2),
        "backend": text,
        "notes": text,
        "stars": st.dictionaries(st.sampled_from(["v001", "v002"]), st.integers(0, 5)),
        "shot": st.dictionaries(text, values, max_size=3),
    },
)


@st.composite
def storyboards(draw: st.DrawFn, *, most: int = 5) -> Storyboard:
    """Any storyboard that a file can hold."""
    called = draw(st.lists(names, max_size=most, unique_by=str.casefold))
    panels = []
    for name in called:
        table = {**draw(extras), **draw(fields), "name": name}
        if table.get("title") == name:
            del table["title"]
        panels.append(PanelEntry.model_validate(table))
    fights = draw(st.lists(st.tuples(st.sampled_from(["notes", "x"]), scalars), max_size=2))
    conflicts = {
        conflict.key: conflict
        for entry in panels[:1]
        for conflict in (Conflict(panel=entry.id, field=field, other=other) for field, other in fights)
    }
    rest = draw(extras.map(lambda table: {k: v for k, v in table.items() if k not in RESERVED}))
    return Storyboard.model_construct(
        **without_none(rest), panels=tuple(panels), conflicts=tuple(conflicts.values())
    )


RESERVED = {"format", "panel", "panels", "conflict", "conflicts"}


def board_at(root: Path) -> Board:
    """The storyboard of a project called `film`."""
    return Board(root, lambda: ("film", Naming()))


def put(root: Path, panel: str, version: int, suffix: str = ".png", data: bytes = b"a take") -> Path:
    """A file with a take's name."""
    path = root / panel / f"film_{panel}_v{version:03d}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / ".versions").mkdir(exist_ok=True)
    path.write_bytes(data)
    return path
