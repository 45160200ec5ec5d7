"""The board without a page: what a hand does goes to `project.board`, and what changes there is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fake_job import FakeJob
from PIL import Image

import studio
from studio.errors import JobFailed, OutputError, ProjectError, UnsafeName
from studio.project import Project
from studio.project.geometry import Box, Point
from widgets.storyboard import Action, StoryboardModel, Target
from widgets.storyboard import model as model_module
from widgets.storyboard.drops import MOST_BYTES, Uploads, keep
from widgets.storyboard.model import News


def png(colour: str = "teal", size: tuple[int, int] = (64, 36)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until the condition holds, which another thread brings about."""
    tick = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        tick.wait(0.01)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=["http://127.0.0.1:9"]) as project:
        for index in range(6):
            project.board.add(f"Shot_{index}", x=index % 3 * 320, y=index // 3 * 320)
        yield project


@pytest.fixture
def model(project: Project) -> Iterator[StoryboardModel]:
    model = StoryboardModel(project)
    yield model
    model.close()


def test_panels_without_a_place_get_one(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "film")
    project.panel("One")
    project.panel("Two")
    model = StoryboardModel(project)
    one, two = model.entries.values()
    assert one.placed and two.placed and not one.box.overlaps(two.box)
    model.close()


def test_the_selection_keeps_the_order_of_choice(model: StoryboardModel) -> None:
    told: list[News] = []
    model.on_change(told.append)
    model.select(["Shot_3", "Shot_1", "Shot_3", "nobody"])
    assert model.selection == ("Shot_3", "Shot_1")
    assert [entry.name for entry in model.chosen] == ["Shot_3", "Shot_1"]
    assert [news.selection for news in told] == [True]
    model.select(["Shot_3", "Shot_1"])
    assert len(told) == 1, "the same again is no change"


def test_move_resize_align_distribute_arrange(model: StoryboardModel) -> None:
    model.move(["Shot_0", "Shot_1"], 10, 5)
    assert model.entries["Shot_0"].box == Box(10, 5, 300, 300)
    assert model.entries["Shot_1"].box == Box(330, 5, 300, 300)
    assert model.board.can_undo == "Move"
    model.place({"Shot_2": Box(700, 0, 400, 250)})
    assert model.entries["Shot_2"].box == Box(700, 0, 400, 250)
    model.align(["Shot_2", "Shot_0"], "top")
    assert model.entries["Shot_0"].box.y == 0
    model.distribute(["Shot_0", "Shot_1", "Shot_2"], "horizontal")
    assert model.entries["Shot_1"].box.x == pytest.approx((310 + 700) / 2 - 150)
    model.arrange(list(model.order))
    boxes = [entry.box for entry in model.entries.values()]
    assert not any(one.overlaps(two) for one in boxes for two in boxes if one is not two)


def test_what_is_locked_stays(model: StoryboardModel) -> None:
    model.lock(["Shot_0"])
    model.move(["Shot_0", "Shot_1"], 50, 0)
    model.align(["Shot_2", "Shot_0"], "right")
    assert model.entries["Shot_0"].box.x == 0
    assert model.entries["Shot_1"].box.x == 370
    with pytest.raises(ProjectError, match="locked"):
        model.remove(["Shot_1", "Shot_0"])
    assert len(model.order) == 6
    model.lock(["Shot_0"])
    model.remove(["Shot_0"])
    assert "Shot_0" not in model.entries


def test_undo_and_redo_tell_what(model: StoryboardModel) -> None:
    model.rate(["Shot_0", "Shot_1"], 4)
    assert [card.rating for card in model.cards][:2] == [4, 4]
    assert model.undo() == "Rate"
    assert model.cards[0].rating == 0
    assert model.redo() == "Rate"
    model.rate(["Shot_0", "Shot_1"], 4)
    assert model.cards[0].rating == 0, "the same stars again take them back"
    assert [model.undo() for _ in range(9)][-1] is None


def test_duplicate_remove_rename_and_stacking(model: StoryboardModel) -> None:
    [copy] = model.duplicate(["Shot_0"])
    assert model.selection == (copy,)
    model.restack([copy], "back")
    assert model.cards[0].id == copy
    model.restack([copy], "front")
    assert model.cards[-1].id == copy
    model.rename(copy, "The long way")
    assert model.entries[copy].name == "The_long_way"
    assert model.selection == (copy,), "an id stays"
    model.remove([copy])
    assert model.selection == ()
    model.undo()
    assert model.entries[copy].title == "The long way"


def test_takes_are_counted_stepped_and_shown(project: Project, model: StoryboardModel) -> None:
    for colour in ("teal", "navy", "olive"):
        keep(project, "Shot_1", "x.png", png(colour))
    model.refresh()
    model.shelf.wait()
    card = next(card for card in model.cards if card.id == "Shot_1")
    assert (card.counter, card.state, card.kind) == ("3/3", "done", "image")
    model.step("Shot_1", -1)
    assert model.entries["Shot_1"].current == 2
    assert model.take("Shot_1").version == 2  # type: ignore[union-attr]
    model.step("Shot_1", -5)
    assert model.take("Shot_1").version == 1  # type: ignore[union-attr]
    model.step("Shot_1", 1)
    model.step("Shot_1", 1)
    assert model.entries["Shot_1"].current is None, "the newest is shown, also when newer ones come"
    model.step("Shot_2", 1)
    assert model.take("Shot_2") is None


def test_takes_that_come_from_elsewhere_are_found(project: Project, model: StoryboardModel) -> None:
    model.shelf.wait()
    keep(project, "Shot_4", "x.png", png())
    model.look()
    model.shelf.wait()
    assert len(model.takes("Shot_4")) == 1


def test_a_board_changed_elsewhere_is_seen(project: Project, model: StoryboardModel) -> None:
    told: list[News] = []
    model.on_change(told.append)
    revision = model.revision
    project.board.change({"Shot_0": {"notes": "# Rain\n\n**She** [turns](http://x)"}})
    assert model.revision > revision and told[-1].cards
    card = next(card for card in model.cards if card.id == "Shot_0")
    assert (card.has_notes, card.notes) == (True, "Rain She turns")
    model.select(["Shot_0", "Shot_1"])
    project.board.remove(["Shot_0"])
    assert model.selection == ("Shot_1",)


def test_a_render_is_followed_to_its_end(model: StoryboardModel) -> None:
    told: list[News] = []
    model.on_change(told.append)
    job = FakeJob("a", "Shot_2")
    model.follow("Shot_2", job)
    assert model.cards[2].state == "waiting"
    job.run(42.0)
    assert told[-1].progress
    running = model.renders.of("Shot_2")
    assert running is not None and (running.state, running.percent) == ("rendering", 42.0)
    second = FakeJob("b", "Shot_2")
    model.follow("Shot_2", second)
    second.run(60.0)
    running = model.renders.of("Shot_2")
    assert running is not None and (running.percent, running.jobs) == (60.0, 2)
    job.finish()
    second.fail(JobFailed("out of memory"))
    assert model.cards[2].state == "failed"
    assert job.watchers == second.watchers == [] or model.renders.all() == {}
    third = FakeJob("c", "Shot_2")
    model.follow("Shot_2", third)
    assert model.cards[2].state == "waiting", "a new try wipes the failure"


def test_cancel_ends_only_the_chosen_panels_jobs(model: StoryboardModel) -> None:
    mine, other = FakeJob("a"), FakeJob("b")
    model.follow("Shot_0", mine)
    model.follow("Shot_1", other)
    model.cancel(["Shot_0", "Shot_5"])
    assert (mine.cancelled, other.cancelled) == (1, 0)


def test_rendering_sends_each_panel_once_and_tells_why_it_can_not(
    model: StoryboardModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    jobs: list[FakeJob] = []

    def submit(project: Project, entry: Any, take: Any, backend: str = "") -> FakeJob:
        if not entry.shot:
            raise ProjectError("this panel has no shot yet", where=entry.name)
        sent.append((entry.name, backend))
        jobs.append(FakeJob(entry.name))
        return jobs[-1]

    monkeypatch.setattr(model_module, "submit", submit)
    said: list[str] = []
    model.on_error(said.append)
    for name in ("Shot_1", "Shot_3"):
        model.board.change({name: {"shot": {"subject": "waves"}}})
    model.render(["Shot_3", "Shot_1", "Shot_0"], "stage 2")
    wait_for(lambda: len(said) == 1 and len(jobs) == 2)
    assert sent == [("Shot_3", "stage 2"), ("Shot_1", "stage 2")]
    assert said == ["Shot_0: Shot_0: this panel has no shot yet"]
    assert model.cards[0].state == "failed"
    sent.clear()
    model.render()
    wait_for(lambda: len(jobs) == 4)
    assert sorted(sent) == [("Shot_1", ""), ("Shot_3", "")], "all panels that have a shot"


def test_files_become_takes(project: Project, model: StoryboardModel) -> None:
    model.drop_files([("rain.png", png())], "Shot_0", Point(0, 0))
    model.shelf.wait()
    assert len(model.takes("Shot_0")) == 1
    model.drop_files([("rain.png", png()), ("Shot_1.png", png("navy"))], None, Point(500, 900))
    model.shelf.wait()
    rain, second = (model.entries[id] for id in model.selection)
    assert (rain.name, second.title) == ("rain", "Shot_1")
    assert rain.box.centre == Point(500, 900) and not rain.box.overlaps(second.box)
    assert [len(model.takes(each.id)) for each in (rain, second)] == [1, 1]
    before = len(model.order)
    for data in (b"<html>", b"", png()[:80]):
        with pytest.raises(OutputError):
            model.drop_files([("evil.png", data)], None, Point(0, 0))
    assert len(model.order) == before, "nothing is left of what is no picture"


def test_takes_of_the_gallery_are_copied_or_shown(project: Project, model: StoryboardModel) -> None:
    for colour in ("teal", "navy"):
        keep(project, "Shot_0", "x.png", png(colour))
    model.refresh()
    model.shelf.wait()
    first = model.takes("Shot_0")[0].path.relative_to(project.path).as_posix()
    model.drop_takes(f'["{first}"]', "Shot_0", None)
    assert model.entries["Shot_0"].current == 1, "its own is shown"
    model.drop_takes(f'["{first}"]', "Shot_5", None)
    model.shelf.wait()
    assert len(model.takes("Shot_5")) == 1
    assert len(model.takes("Shot_0")) == 2


@pytest.mark.parametrize(
    "text",
    [
        '["../secret.png"]',
        '["/etc/passwd"]',
        '["Shot_0/none.png"]',
        "{",
        '"x"',
        "[1]",
        '["studio.toml\\u0000"]',
        '[".studio/jobs.jsonl"]',
        "[" * 5000,
    ],
)
def test_hostile_drags_are_refused(project: Project, model: StoryboardModel, text: str) -> None:
    (project.path.parent / "secret.png").write_bytes(png())
    (project.path / ".studio").mkdir(exist_ok=True)
    (project.path / ".studio" / "jobs.jsonl").write_text("{}")
    with pytest.raises((ProjectError, UnsafeName)):
        model.drop_takes(text, "Shot_0", None)
    assert model.board.can_undo != "Show take"


def test_uploads_come_in_pieces_within_bounds() -> None:
    uploads = Uploads()
    uploads.add("a", "x.png", 5, b"abc")
    uploads.add("b", "y.png", 1, b"y")
    uploads.add("a", "x.png", 5, b"de")
    assert uploads.take("a") == ("x.png", b"abcde")
    with pytest.raises(ProjectError, match="whole"):
        uploads.take("a")
    uploads.add("c", "z.png", 9, b"half")
    with pytest.raises(ProjectError, match="whole"):
        uploads.take("c")
    with pytest.raises(ProjectError, match="larger"):
        uploads.add("d", "big.png", MOST_BYTES + 1, b"")
    with pytest.raises(ProjectError, match="larger"):
        uploads.add("e", "lie.png", 2, b"more than it said")


def test_the_menu_can_be_connected_and_grown(model: StoryboardModel) -> None:
    seen: list[Target] = []
    with pytest.raises(ProjectError, match="Compare takes"):
        model.act("compare", ["Shot_0"])
    model.actions.connect("compare", seen.append)
    model.act("compare", ["Shot_1", "Shot_0"])
    assert [entry.name for entry in seen[0].panels] == ["Shot_1", "Shot_0"]
    assert seen[0].takes == (None, None)
    model.actions.add(Action("print", "Print", "end", run=seen.append), after="render")
    assert [action.id for action in model.actions][:2] == ["render", "print"]
    model.act("pick", ["Shot_0"])
    assert model.entries["Shot_0"].status == "pick"
    with pytest.raises(ProjectError):
        model.act("nothing", ["Shot_0"])
    with pytest.raises(KeyError):
        model.actions.connect("nothing", None)


def test_a_take_becomes_a_reference_and_gives_its_shot_back(project: Project, model: StoryboardModel) -> None:
    shot = studio.Shot(look=studio.preset("roma"), subject="waves", seed=2**64 - 1)
    record = studio.provenance.Provenance(shot=shot.model_dump(mode="json"))
    keep(project, "Shot_0", "x.png", png(), record)
    model.refresh()
    model.shelf.wait()
    model.act("restore", ["Shot_0"])
    planned = model.entries["Shot_0"].shot
    assert planned["subject"] == "waves" and planned["seed"] == str(2**64 - 1)
    assert studio.Shot.model_validate(dict(planned)) == shot
    model.act("reference", ["Shot_0"])
    name = model.entries["Shot_0"].shot["images"]["image"]
    assert project.references.find(name) == name
    assert model.undo() == "Use as reference"
