"""The gallery without a page: what is found, chosen and done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ProjectError, QueryError, UnsafeName
from studio.gallery import Gallery
from studio.gallery.found import Found
from studio.gallery.query import parse
from studio.project import Project
from tests.gallery.made import QUICK, make_take, make_takes
from widgets.gallery import Chosen, Filters, GalleryModel, State
from widgets.gallery.told import News


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until the condition holds, which another thread brings about."""
    tick = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        tick.wait(0.01)


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of 12 takes in 3 panels, and a cache of its own."""
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "film"
    make_takes(root, 12, folders=3, maker=QUICK)
    return root


@pytest.fixture
def model(film: Path) -> Iterator[GalleryModel]:
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        model = GalleryModel(gallery)
        yield model
        model.close()


def test_the_newest_come_first_and_other_orders_can_be_had(model: GalleryModel) -> None:
    assert model.found == model.gallery.find("", sort="-modified")
    model.set(sort="name")
    assert model.found == model.gallery.find("", sort="name")
    model.set(folder="01_Rain", sort="-name")
    assert [path.split("/")[0] for path in model.found] == ["01_Rain"] * 4
    with pytest.raises(ProjectError, match="can't be sorted"):
        model.set(sort="colour")
    assert model.sort == "-name"


def test_a_wrong_query_points_at_its_place_and_what_is_seen_stays(model: GalleryModel) -> None:
    model.set(query="v001", filters=Filters(kinds=("image",)))
    found = model.found
    with pytest.raises(QueryError) as caught:
        model.set(query="rating>=many")
    assert caught.value.text == "rating>=many" and caught.value.position >= 8
    with pytest.raises(QueryError):
        model.set(query="a) or (b")  # it is a whole query of its own, whatever the filters put around it
    assert model.found == found and model.query == "v001"


def test_filters_narrow_the_query(model: GalleryModel) -> None:
    first, second, third = model.found[:3]
    model.rate([first, second], 4)
    model.mark([second], "pick")
    model.tag([third], add=['say "hi" or:(not)'])
    model.set(filters=Filters(rating=3))
    assert model.found == [first, second]
    model.set(filters=Filters(rating=3, status=("none",)))
    assert model.found == [first]
    model.set(filters=Filters(status=("pick", "reject")))
    assert model.found == [second]
    model.set(filters=Filters(tags=('say "hi" or:(not)',)))
    assert model.found == [third]
    model.set(filters=Filters(untagged=True, unrated=True))
    assert len(model.found) == 9
    model.set(filters=Filters(kinds=("video",)))
    assert model.found == []
    model.set(filters=Filters(), query=f"name:{Path(first).stem}")
    assert first in model.found and "name" in model.explain()


@given(
    st.builds(
        Filters,
        rating=st.integers(0, 5),
        tags=st.lists(st.text(min_size=1, max_size=20), max_size=3).map(tuple),
        models=st.lists(st.text(min_size=1, max_size=20), max_size=3).map(tuple),
        status=st.lists(st.sampled_from(["pick", "hold", "reject", "none"]), max_size=4).map(tuple),
        after=st.none() | st.dates(date(1970, 1, 1), date(9000, 12, 31)),
        before=st.none() | st.dates(date(1970, 1, 1), date(9000, 12, 31)),
        unrated=st.booleans(),
        duplicates=st.booleans(),
    )
)
def test_filters_are_always_a_query(filters: Filters) -> None:
    text = filters.query()
    assert bool(text) == bool(filters.count)
    parse(text)


def test_the_selection_is_a_table(model: GalleryModel) -> None:
    assert model.chosen.empty and list(model.chosen.columns) == list(model.gallery.frame.columns)
    last, first = model.found[5], model.found[2]
    model.select([last, first, "nowhere.png"])
    assert model.selection == (first, last)
    frame = model.chosen
    assert isinstance(frame, pd.DataFrame) and frame.index.tolist() == [first, last]
    frame["rating"] = 5
    assert model.gallery.row(first)["rating"] == 0


def test_choosing_by_places(model: GalleryModel) -> None:
    found, stamp = model.found, model.order.stamp
    model.select_rows(stamp, [(2, 5)], "set")
    assert model.selection == tuple(found[2:5])
    model.select_rows(stamp, [(0, 1), (4, 7)], "toggle")
    assert model.selection == (found[0], found[2], found[3], found[5], found[6])
    model.select_rows(stamp, [(3, 6)], "remove")
    assert model.selection == (found[0], found[2], found[6])
    model.select_rows(stamp, [(11, 99)], "add")
    assert model.selection[-1] == found[11]
    model.set(sort="name")
    model.select_rows(stamp, [(0, 1)], "set")  # a page that has not heard of the new order speaks of the old
    assert model.selection == (found[0],)
    for sort in ("path", "name", "bytes", "rating", "kind"):
        model.set(sort=sort)
    with pytest.raises(ProjectError, match="has changed"):
        model.select_rows(stamp, [(0, 1)], "set")


def test_a_page_that_has_not_heard_of_a_rename_chooses_what_was_renamed(model: GalleryModel) -> None:
    stamp, path = model.order.stamp, model.found[0]
    model.rename(path, "hero")
    model.refresh()
    model.rename(f"{path.rpartition('/')[0]}/hero.png", "heroine")
    model.refresh()
    model.select_rows(stamp, [(0, 1)], "set")
    assert model.selection == (f"{path.rpartition('/')[0]}/heroine.png",)


def test_what_was_looked_for_before_is_not_shown_after(
    model: GalleryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that takes long ends after another folder was asked for: its own is shown, and no other."""
    look, begun, ended = model._look, threading.Event(), threading.Event()

    def slowly(state: State) -> Found:
        found = look(state)
        if state.folder == "":
            begun.set()
            ended.wait(0.2)
        return found

    monkeypatch.setattr(model, "_look", slowly)
    refresh = threading.Thread(target=model.refresh)
    refresh.start()
    assert begun.wait(20)
    model.set(folder="01_Rain")
    ended.set()
    refresh.join(20)
    assert {path.partition("/")[0] for path in model.order.found.paths} == {model.folder} == {"01_Rain"}


def test_what_is_not_found_any_more_is_not_chosen(model: GalleryModel) -> None:
    model.select(model.found[:4])
    kept = [path for path in model.selection if path.startswith("01_Rain")]
    model.set(folder="01_Rain")
    assert list(model.selection) == kept
    model.set(folder="")
    assert list(model.selection) == kept


def test_the_selection_follows_what_is_renamed_and_moved(model: GalleryModel) -> None:
    first, second = model.found[:2]
    model.select([first, second])
    model.rename(first, "hero")
    renamed = f"{first.rpartition('/')[0]}/hero.png"
    assert set(model.selection) == {renamed, second}
    model.move([renamed], "Selects")
    assert set(model.selection) == {"Selects/hero.png", second}
    assert model.undo() is not None
    assert set(model.selection) == {renamed, second}


def test_deeds_say_what_was_done_and_can_be_taken_back(model: GalleryModel) -> None:
    path = model.found[0]
    assert model.rate([path], 4) == "1 take: ★★★★"
    assert "Picked" in model.mark([path], "pick")
    assert "tagged hero" in model.tag([path], add=["hero"])
    assert model.trash([path])
    assert path not in model.found
    model.undo()
    assert model.gallery.row(path)["tags"] == "hero"
    for _ in range(3):
        model.undo()
    row = model.gallery.row(path)
    assert (row["rating"], row["status"], row["tags"]) == (0, "", "")
    model.redo()
    assert model.gallery.row(path)["rating"] == 4
    with pytest.raises(UnsafeName):
        model.move([path], "../outside")
    with pytest.raises(UnsafeName):
        model.set(folder="../outside")


def test_changes_are_told_with_what_they_are(model: GalleryModel) -> None:
    news: list[News] = []
    stop = model.on_change(news.append)
    model.select(model.found[:1])
    assert news == [News(selection=True)]
    model.select(model.found[:1])
    assert len(news) == 1
    model.set(query="nothing at all")
    assert news[-1] == News(found=True, selection=True)
    model.actions.connect("reveal", lambda chosen: None)
    assert news[-1] == News(menu=True)
    stop()
    model.set(query="")
    assert news[-1] == News(menu=True)


def test_the_same_order_is_told_as_the_same(model: GalleryModel) -> None:
    model.start()
    before = model.order
    model.rate(model.found[:1], 3)
    wait_for(lambda: model.order.stamp > before.stamp)
    assert model.order.same
    make_take(model.gallery.root / "new.png", 77)
    model.gallery.scan()
    wait_for(lambda: "new.png" in model.order.found.paths)
    assert not model.order.same


def test_it_scans_by_itself_and_hears_of_others(film: Path) -> None:
    model = GalleryModel(film)
    try:
        assert model.found == []
        seen: list[str] = []
        model.on_change(lambda news: seen.append(model.scan.what) if news.scan else None)
        model.start()
        wait_for(lambda: len(model.found) == 12 and not model.scan.running)
        assert any(seen)
        model.select(model.found[:2])
        chosen = model.selection
        with Gallery.open(film, processes=0) as other:
            other.scan()
            other.rate(chosen[0], 5)
        wait_for(lambda: int(model.chosen["rating"].iloc[0]) == 5)
        make_take(film / "01_Rain" / "late.png", 99)
        wait_for(lambda: "01_Rain/late.png" in model.found)
        assert model.selection == chosen
        assert model.problems == []
    finally:
        model.close()


def test_a_timeline_is_by_day(model: GalleryModel) -> None:
    model.set(view="timeline", sort="-name")
    found = model.order.found
    days = found.days()
    assert sum(count for _, count in days) == 12 and days == sorted(days, reverse=True)
    for sort in ("created", "name"):  # as the arrow beside the sorting says, whatever it sorts by elsewhere
        model.set(sort=sort)
        assert model.order.found.days() == sorted(model.order.found.days())


def test_actions_do_with_what_is_chosen(model: GalleryModel) -> None:
    done: list[Chosen] = []
    reveal = model.actions.get("reveal")
    assert reveal is not None and reveal.run is None and reveal.why
    model.actions.connect("reveal", done.append, choices=lambda: [("a", "A")])
    model.actions.get("reveal").run(Chosen(("x.png",), "a"))  # type: ignore[union-attr, misc]
    assert done == [Chosen(("x.png",), "a")]
    pick = model.actions.get("pick")
    assert pick is not None and pick.run is not None
    pick.run(Chosen(tuple(model.found[:2])))
    assert model.gallery.find("is:pick") == sorted(model.found[:2])


def test_a_project_gives_its_gallery_and_stays_open(film: Path) -> None:
    with Project.open(film, backends=["http://127.0.0.1:9"]) as project:
        model = GalleryModel(project)
        assert model.project is project
        model.gallery.scan()
        assert len(model.found) == 12
        model.close()
        assert project.board.state is not None


def test_listeners_are_told_with_no_lock_held(model: GalleryModel) -> None:
    """Who is told may wait for another thread that asks the model something."""
    answers: list[int] = []

    def ask(_news: News) -> None:
        thread = threading.Thread(target=lambda: answers.append(len(model.selection)), daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()

    model.on_change(ask)
    first, second = model.found[:2]
    model.select([first])
    model.select_rows(model.order.stamp, [(0, 2)], "set")
    model.rename(first, "another name")
    model.rename(second, "a third name")
    model.set(query="nothing like that")
    assert answers[:2] == [1, 2] and answers[-1] == 0


def test_a_swap_of_names_swaps_what_is_chosen(model: GalleryModel) -> None:
    first, second = sorted(path for path in model.found if path.startswith("01_Rain/"))[:2]
    model.select([first])
    model._moved([(first, second), (second, first)], "swap")
    assert model.selection == (second,)
