"""Batch renaming: what it will do is seen before, row by row, with what stands in the way."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import ProjectError
from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations, RenamePlan, RenameRow
from studio.gallery.files.paths import MAX_NAME_BYTES, name_problem
from tests.gallery.files_made import opened, plant, put, ratings, seen

FILES = ("H/ferry_v003.png", "H/ferry_v007.png", "H/other.mp4")
ONE, TWO, VIDEO = FILES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path / "film", FILES)


@pytest.fixture
def files(root: Path) -> FileOperations:
    return opened(root)[1]


def known(path: str) -> dict[str, Any]:
    """A row of the index, as pandas gives it."""
    return {
        "panel": "Harbour",
        "version": np.int32(3),
        "seed": np.uint64(2**64 - 1),
        "look": "blade_runner/../2049",
        "model": "",
        "cfg": 3.5,
        "steps": pd.NA,
        "fps": float("nan"),
        "created": pd.Timestamp("2026-11-22T14:05:59Z"),
        "read": None,
        "rating": np.int8(4),
        "warnings": "<b>\0x</b>: y?",
    }


def new_names(plan: RenamePlan) -> list[str]:
    return [row.new.rpartition("/")[2] for row in plan.rows]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{panel}_v{version:03d}", "Harbour_v003.png"),
        ("{panel:upper}_{n:04d}", "HARBOUR_0001.png"),
        ("{seed}", "18446744073709551615.png"),
        ("{seed:x}", "ffffffffffffffff.png"),
        ("{look}", "blade_runner___2049.png"),
        ("{model|no model}_{steps|x}_{fps|y}_{none|z}", "no model_x_y_z.png"),
        ("{name}-{folder}-{ext}", "ferry_v003-H-png.png"),
        ("{name:.5}", "ferry.png"),
        ("{cfg}", "3.5.png"),
        ("{rating}{{x}}", "4{x}.png"),
        ("{year}{month}{day}", "20261122.png"),
    ],
)
def test_tokens(files: FileOperations, template: str, name: str) -> None:
    plan = files.plan_rename(ONE, template=template, values=known)
    assert new_names(plan) == [name] and plan.ok, plan


def test_dates_are_of_the_row_or_of_the_file(root: Path, files: FileOperations) -> None:
    moment = datetime(2026, 11, 22, 14, 5, 59, tzinfo=UTC)
    local = moment.astimezone()
    plan = files.plan_rename(ONE, template="{date:%d.%m.%Y} {time}", values=known)
    assert new_names(plan) == [f"{local:%d.%m.%Y} {local:%H-%M-%S}.png"]
    os.utime(root / ONE, (moment.timestamp(), moment.timestamp()))
    assert new_names(files.plan_rename(ONE, template="{date}")) == [f"{local:%Y-%m-%d}.png"]


def test_numbers_start_and_step(files: FileOperations) -> None:
    plan = files.plan_rename(FILES, template="x{n:02d}", start=10, step=5)
    assert new_names(plan) == ["x10.png", "x15.png", "x20.mp4"]


@pytest.mark.parametrize("token", ["steps", "fps", "model", "read", "none"])
def test_what_is_not_known_is_a_problem_of_its_row(files: FileOperations, token: str) -> None:
    plan = files.plan_rename([ONE], template=f"{{{token}}}", values=known)
    assert plan.problems[0].problem == f"its {token} is not known" and not plan.ok
    with pytest.raises(ProjectError, match="is not known"):
        files.rename_many(plan)


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "{name",
        "{}",
        "{0}",
        "{name.__class__}",
        "{name[0]}",
        "{name!r}",
        "{n:>9999999999}",
        "{n:09999d}",
        "{name:{n}}",
        "{NAME}",
        "{date:%c}",
    ],
)
def test_templates_that_can_not_be_understood(files: FileOperations, template: str) -> None:
    with pytest.raises(ProjectError) as caught:
        files.plan_rename(ONE, template=template)
    assert caught.value.where == "template"


@pytest.mark.parametrize(
    "template", ["../{name}", "a/{name}", "CON", "{name}.", ".{name}", "x\0", "{name}\u202e"]
)
def test_templates_that_would_lead_out_or_hide(root: Path, files: FileOperations, template: str) -> None:
    plan = files.plan_rename(ONE, template=template)
    problems = [row for row in plan.rows if row.problem]
    assert len(problems) == (0 if template == "{name}." else 1), plan
    if problems:
        with pytest.raises(ProjectError):
            files.rename_many(plan)
        assert set(seen(root)) == set(FILES)


def test_values_of_a_file_can_be_no_path(files: FileOperations) -> None:
    for hostile in ("../../etc/passwd", "/etc/passwd", "a\\..\\b", "C:x", "\0", "..", "<script>", "x" * 400):
        plan = files.plan_rename(
            ONE, template="_{prompt|none}", values=lambda path, it=hostile: {"prompt": it}
        )
        (row,) = plan.rows
        assert row.problem or (row.new.startswith("H/_") and row.new.count("/") == 1), row
        assert not row.problem or name_problem(row.new.rpartition("/")[2])


@pytest.mark.parametrize(
    ("pattern", "replacement", "names"),
    [
        (r"_v(\d+)", r"-\1", ["ferry-003.png", "ferry-007.png", "other.mp4"]),
        (r"^(?P<what>\w+?)_v0*(?P<n>\d+)$", r"\g<n>_\g<what>", ["3_ferry.png", "7_ferry.png", "other.mp4"]),
        (r"(?i)FERRY", "boat", ["boat_v003.png", "boat_v007.png", "other.mp4"]),
    ],
)
def test_patterns(files: FileOperations, pattern: str, replacement: str, names: list[str]) -> None:
    plan = files.plan_rename(FILES, pattern=pattern, replacement=replacement)
    assert new_names(plan) == names and plan.ok
    assert [row.old for row in plan.changed] == [ONE, TWO]


def test_a_pattern_that_takes_for_ever_is_stopped(root: Path, files: FileOperations) -> None:
    path = f"H/{'a' * 60}!.png"
    put(root, path)
    plan = files.plan_rename(path, pattern=r"(a|aa|a)+$", replacement="b")
    assert [row.problem for row in plan.rows] == ["the pattern takes too long"]


def test_patterns_that_can_not_be_understood(files: FileOperations) -> None:
    with pytest.raises(ProjectError) as caught:
        files.plan_rename(ONE, pattern="(", replacement="x")
    assert caught.value.where == "pattern"
    for replacement in (r"\7", r"\g<none>"):
        plan = files.plan_rename(ONE, pattern="ferry", replacement=replacement)
        assert "replacement" in plan.rows[0].problem


def test_a_text_is_found_as_it_is(files: FileOperations) -> None:
    plan = files.plan_rename(FILES, find="_v0", replacement=".")
    assert new_names(plan) == ["ferry.03.png", "ferry.07.png", "other.mp4"]
    plan = files.plan_rename([ONE], find="ferry_v003", replacement="")
    assert plan.problems[0].problem == "nothing is left of its name"


def test_one_way_at_a_time(files: FileOperations) -> None:
    for ways in ({}, {"template": "{n}", "pattern": "x"}, {"find": "x", "pattern": "x"}):
        with pytest.raises(ProjectError, match="one of"):
            files.plan_rename(FILES, **ways)  # type: ignore[arg-type]


def test_collisions_are_seen_before(root: Path, files: FileOperations) -> None:
    put(root, "H/Same.PNG")
    plan = files.plan_rename([ONE, TWO], template="same")
    assert [row.problem for row in plan.rows] == [
        "there is a 'Same.PNG' already",
        "'same.png' would be the name of another one too",
    ]
    plan = files.plan_rename([ONE, TWO], template="x{n}", start=1, step=0)
    assert "another one too" in plan.rows[1].problem
    with pytest.raises(ProjectError) as caught:
        files.rename_many(plan)
    assert set(caught.value.problems) == {TWO}  # type: ignore[attr-defined]
    assert str(plan).splitlines()[1].endswith("! 'x1.png' would be the name of another one too")


def test_names_are_handed_on(root: Path) -> None:
    store, files = opened(root)
    store.rate(ONE, 1)
    store.rate(TWO, 2)
    plan = files.plan_rename([ONE, TWO], pattern=r"v003|v007", replacement="v")
    assert not plan.ok
    swap = RenamePlan((RenameRow(ONE, TWO), RenameRow(TWO, ONE)))
    files.rename_many(swap)
    assert seen(root)[ONE] == TWO and seen(root)[TWO] == ONE
    assert ratings(store) == {ONE: 2, TWO: 1}
    files.undo()
    assert ratings(store) == {ONE: 1, TWO: 2}


def test_a_plan_that_is_out_of_date_is_refused(root: Path, files: FileOperations) -> None:
    plan = files.plan_rename([ONE, TWO], template="x{n}")
    put(root, "H/x2.png", "new")
    with pytest.raises(ProjectError, match=r"there is a 'x2\.png' already"):
        files.rename_many(plan)
    assert {ONE, TWO} <= seen(root).keys()


def test_gaps_are_closed(root: Path, files: FileOperations) -> None:
    for number, name in enumerate(("ferry_v010.png", "ferry_v003.png", "ferry_v007.png")):
        put(root, f"H/{name}", name)
        os.utime(root / "H" / name, ns=(number, number))
    put(root, "H/ferry_v010.png.studio.json", "sidecar")
    (root / "H/.versions").mkdir()
    plan = files.plan_sequence("H", "ferry_v{n:03d}", order="name")
    files.rename_many(plan)
    assert seen(root) == {
        "H/ferry_v001.png": "ferry_v003.png",
        "H/ferry_v002.png": "ferry_v007.png",
        "H/ferry_v003.png": "ferry_v010.png",
        "H/ferry_v003.png.studio.json": "sidecar",
        "H/ferry_v004.mp4": VIDEO,
    }
    files.rename_many(files.plan_sequence("H"))
    assert seen(root)["H/H_001.png"] == "ferry_v010.png", "by time now"
    with pytest.raises(ProjectError, match=r"\{n\}"):
        files.plan_sequence("H", "x")


names = st.one_of(
    st.sampled_from(["a", "b", "B", "c", "aux", "x.png", "..", "a/b", "\0", " a", "é", "e\u0301", "ẞ", "ss"]),
    st.text(max_size=6),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 5), names), min_size=1, max_size=6))
def test_any_rename_is_done_wholly_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[int, str]]
) -> None:
    there = ("H/a.png", "H/b.png", "H/c.png", "H/d.png", "H/B2.png", "H/é.png")
    base = tmp_path_factory.mktemp("film")
    root = plant(base / "in", there)
    store = CurationStore(root)
    for number, path in enumerate(there):
        store.rate(path, number % 5 + 1)
    files = FileOperations(root, store)
    rows = tuple(RenameRow(there[number], f"H/{name}.png") for number, name in wanted)
    try:
        done = files.rename_many(RenamePlan(rows))
    except ProjectError:
        assert seen(root) == {path: path for path in there}
    else:
        moved = {row.old: row.new for row in rows}
        assert seen(root) == {moved.get(path, path): path for path in there}
        assert done.moved == {old: new for old, new in moved.items() if old != new}
        files.undo()
        assert seen(root) == {path: path for path in there}
    assert ratings(store) == {path: number % 5 + 1 for number, path in enumerate(there)}
    assert [each.name for each in base.iterdir()] == ["in"]


@given(st.text(max_size=300))
def test_any_name_is_judged(name: str) -> None:
    problem = name_problem(name)
    if not problem:
        assert "/" not in name and "\0" not in name and not name.startswith(".")
        assert len(name.encode()) <= MAX_NAME_BYTES
