"""The state of the curation is the same in whatever order, and however often, its lines are read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import StorageError
from studio.gallery.curation.checks import KINDS
from studio.gallery.curation.clock import STAMP, Clock, time_of
from studio.gallery.curation.logs import Logs
from studio.gallery.curation.order import places
from studio.gallery.curation.reading import Reading
from studio.gallery.curation.registers import Record, State, read_line
from studio.gallery.curation.snapshot import read_snapshot, write_snapshot

stamps = st.builds("{:016x}-{}".format, st.integers(0, 40), st.sampled_from(["aaaa", "bbbb"]))
values: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "file": st.fixed_dictionaries(
        {},
        optional={
            "rating": st.integers(0, 5),
            "path": st.sampled_from(["a", "b/c", ""]),
            "tag:hero": st.integers(0, 1),
            "note": st.text(max_size=5).filter(lambda text: text.isprintable()),
            "in:c": st.sampled_from([None, "a", "V"]),
        },
    ),
    "tag": st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["hero", "lead"]), "into": st.sampled_from(["", "hero", "x"])}
    ),
    "collection": st.fixed_dictionaries({}, optional={"name": st.just("Best"), "gone": st.integers(0, 1)}),
    "view": st.fixed_dictionaries({}, optional={"value": st.sampled_from([None, {"query": "rain"}])}),
}
records = st.sampled_from(KINDS).flatmap(
    lambda kind: st.builds(Record, stamps, st.just(kind), st.sampled_from(["a", "b/c", "hero"]), values[kind])
)
lines = st.lists(records, max_size=15)
few = settings(max_examples=50)


def state_of(found: list[Record]) -> dict[str, Any]:
    state = State()
    state.merge_all(found)
    return {kind: {name: each for name, each in state.objects[kind].items() if each} for kind in KINDS}


@few
@given(lines, st.randoms(use_true_random=False))
def test_order_and_repetition_make_no_difference(found: list[Record], random: Any) -> None:
    mixed = [*found, *random.sample(found, len(found) // 2)]
    random.shuffle(mixed)
    assert state_of(mixed) == state_of(found)


@few
@given(lines, lines, lines)
def test_states_merge_in_any_grouping(one: list[Record], two: list[Record], three: list[Record]) -> None:
    def joined(first: list[Record], second: list[Record]) -> list[Record]:
        state = State()
        state.merge_all([*first, *second])
        return list(state.records())

    assert state_of(joined(joined(one, two), three)) == state_of(joined(one, joined(two, three)))
    assert joined(one, one) == joined(one, [])


@few
@given(lines)
def test_the_least_records_give_the_same_state_in_the_same_order(found: list[Record]) -> None:
    state = State()
    state.merge_all(found)
    short = list(state.records())
    assert state_of(short) == state_of(found)
    again = State()
    again.merge_all(reversed(short))
    assert [record.line() for record in again.records()] == [record.line() for record in short]


@few
@given(lines)
def test_reading_step_by_step_is_reading_at_once(found: list[Record]) -> None:
    slow, quick = State(), State()
    reading = Reading(slow)
    touched: set[str] = set()
    for record in found:
        before = {path: reading.show(path) for path in ("a", "b/c", "hero")}
        touched = reading.merge([record])
        after = {path: reading.show(path) for path in ("a", "b/c", "hero")}
        assert {path for path in before if before[path] != after[path]} <= touched
    quick.merge_all(found)
    fresh = Reading(quick)
    for path in ("a", "b/c", "hero"):
        assert reading.show(path) == fresh.show(path)
        assert sorted(reading.at.get(path, [])) == sorted(fresh.at.get(path, []))


@given(records)
def test_a_line_is_read_as_it_was_written(record: Record) -> None:
    line = record.line()
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert read_line(line[:-1]) == record


@given(st.binary(max_size=80))
def test_any_bytes_are_a_record_or_nothing(data: bytes) -> None:
    assert read_line(data) is None or isinstance(read_line(data), Record)


def test_lines_that_can_not_be_are_not_believed() -> None:
    good = '{"t":"019ab3c4d5e60000-aaaa","file":"a/b.png","rating":4}'
    assert read_line(good.encode()) is not None
    for bad in (
        good.replace("4}", "6}"),
        good.replace("4}", "true}"),
        good.replace("4}", '"4"}'),
        good.replace("a/b.png", "../b.png"),
        good.replace("a/b.png", "/b.png"),
        good.replace("a/b.png", "a//b.png"),
        good.replace('"rating":4', '"path":"../../etc/passwd"'),
        good.replace('"rating":4', '"status":"best"'),
        good.replace('"rating":4', '"tag:hero":2'),
        good.replace('"rating":4', '"is":[1,2]'),
        good.replace('"rating":4', '"is":[-1,2,null]'),
        good.replace('"rating":4', '"note":' + '"' + "x" * 20_000 + '"'),
        good.replace("019ab3", "f19ab3"),
        good.replace("-aaaa", ""),
        good.replace('"file"', '"other"'),
        "<<<<<<< HEAD",
        "[" * 100_000,
        "null",
    ):
        assert read_line(bad.encode()) is None, bad[:80]


@few
@given(lines)
def test_a_snapshot_is_the_state(tmp_path_factory: pytest.TempPathFactory, found: list[Record]) -> None:
    folder = tmp_path_factory.getbasetemp()
    state = State()
    state.merge_all(found)
    state.merge(Record("00000000000000ff-aaaa", "file", "later", {"hue": {"deg": [30]}, "is": [1, -2, None]}))
    write_snapshot(folder, state, Logs(folder / "log"))
    read = read_snapshot(folder, Logs(folder / "log"))
    assert read is not None and list(read.records()) == list(state.records())
    assert read.objects == state.objects
    first = (folder / "snapshot.json").read_bytes()
    write_snapshot(folder, read, Logs(folder / "log"))
    assert (folder / "snapshot.json").read_bytes() == first


def test_a_field_of_a_later_version_is_kept() -> None:
    record = read_line(b'{"t":"019ab3c4d5e60000-aaaa","file":"a.png","hue":{"deg":[30]}}')
    assert record is not None
    state = State()
    state.merge(record)
    assert [each.values for each in state.records()] == [{"hue": {"deg": [30]}}]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30))
def test_stamps_only_grow_whatever_the_clock_does(times: list[int]) -> None:
    left = iter([*times, 0])
    clock = Clock(lambda: next(left))
    made = [clock.tick("aaaa") for _ in times]
    assert made == sorted(set(made))
    assert all(STAMP.fullmatch(stamp) for stamp in made)
    clock.observe("0000000001f40000-zzzz")
    assert clock.tick("aaaa") > "0000000001f40000-zzzz"


def test_a_stamp_of_the_end_of_time_is_refused_in_words() -> None:
    clock = Clock(lambda: 0)
    clock.observe("efffffffffffffff-zzzz")
    try:
        clock.tick("aaaa")
    except StorageError as error:
        assert "8600" in str(error)
    else:
        raise AssertionError("it went on")
    assert time_of("efffffffffffffff-zzzz").year == 9999


@given(st.data())
def test_places_keep_an_order_into_which_anything_can_be_put(data: st.DataObject) -> None:
    order: list[str] = []
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(order)))
        count = data.draw(st.integers(0, 9))
        new = places(count, order[at - 1] if at else None, order[at] if at < len(order) else None)
        assert len(new) == count
        order[at:at] = new
        assert order == sorted(set(order))
        assert all(place and not place.endswith("0") for place in order)


def test_thousands_added_one_by_one_stay_short() -> None:
    last = None
    for _ in range(20_000):
        (last,) = places(1, last, None)
    assert last is not None and len(last) <= 5
