"""The inspector without a page: what a hand does goes to the board, and a refusal to its field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_job import FakeJob
from inspector_takes import SHOT, png, render, until

import studio
from studio.errors import ProjectError
from studio.project import Project
from studio.render.inventory import Inventory
from studio.render.progress import JobState
from studio.shot import Shot
from widgets.storyboard import StoryboardModel
from widgets.storyboard.inspector import InspectorModel
from widgets.storyboard.inspector.comparing import pair_of, told
from widgets.storyboard.inspector.model import ALL_BACKENDS
from widgets.storyboard.inspector.sheet import catalogue, state


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=["http://127.0.0.1:9"]) as project:
        for name in ("One", "Two", "Three"):
            project.board.add(name, x=0, y=0)
        yield project


@pytest.fixture
def board(project: Project) -> Iterator[StoryboardModel]:
    board = StoryboardModel(project)
    yield board
    board.close()


@pytest.fixture
def model(board: StoryboardModel) -> Iterator[InspectorModel]:
    model = InspectorModel(board)
    board.select(["One"])
    yield model
    model.close()


def looked(model: InspectorModel) -> dict[str, Any]:
    """The state, with all that is read in the background there."""
    model.board.refresh()
    model.board.shelf.wait()
    state(model)
    model.records.wait()
    return state(model)


def test_nothing_one_and_several(model: InspectorModel, board: StoryboardModel) -> None:
    board.select([])
    assert state(model)["ids"] == [] and state(model)["shot"] is None
    board.select(["One"])
    assert state(model)["panel"]["name"] == "One"
    board.select(["One", "Two"])
    board.board.change({"One": {"rating": 3, "scene": "4"}, "Two": {"rating": 5, "scene": "4"}})
    seen = state(model)
    assert seen["panel"]["scene"] == "4" and seen["panel"]["rating"] is None
    assert seen["panel"]["mixed"] == ["rating"] and seen["shot"] is None


def test_fields_of_panels_are_one_step_to_undo(model: InspectorModel, project: Project) -> None:
    assert model.set_panel(["One", "Two"], "duration", 2.5)
    assert [project.board.state[name].duration for name in ("One", "Two")] == [2.5, 2.5]
    assert project.board.can_undo == "Duration"
    project.board.undo()
    assert project.board.state["Two"].duration is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("duration", -1), ("duration", "long"), ("rating", 9), ("status", "maybe"), ("shot", {}), ("id", "x"),
     ("notes", "x")],
)  # fmt: skip
def test_a_refused_value_stays_at_its_field(
    model: InspectorModel, project: Project, field: str, wrong: Any
) -> None:
    before = project.board.state
    assert not model.set_panel(["One"], field, wrong)
    assert list(model.faults()) == [field] and model.faults()[field].endswith(".")
    assert project.board.state == before
    model.board.select(["Two"])
    assert model.faults() == {}, "another panel has no faults of this one"


def test_a_good_value_takes_the_fault_away(model: InspectorModel) -> None:
    model.set_panel(["One"], "rating", 9)
    assert model.set_panel(["One"], "rating", 4)
    assert model.faults() == {}


def test_a_shot_is_planned_field_by_field(model: InspectorModel, project: Project) -> None:
    assert state(model)["shot"]["source"] == "none"
    assert model.set_shot("One", "subject", "a lighthouse in the fog")
    assert model.set_shot("One", "template", "flux")
    assert model.set_shot("One", "parameters.steps", 24)
    assert model.set_shot("One", "seed", "18446744073709551615")
    assert model.set_shot("One", "angle", "front-right-30_low-angle_close-up")
    assert model.set_shot("One", "preset", "blade_runner_2049")
    shot = Shot.model_validate(project.board.state["One"].shot)
    assert (shot.subject, shot.template, shot.seed) == ("a lighthouse in the fog", "flux", 2**64 - 1)
    assert shot.parameters == {"steps": 24} and shot.look == studio.preset("blade_runner_2049")
    seen = state(model)["shot"]
    assert seen["seed"] == "18446744073709551615" and seen["why"] == ""
    assert seen["look"]["title"].startswith("Blade Runner 2049") and "32 mm" in seen["look"]["words"]
    assert "lighthouse" in seen["prompt"]
    project.board.flush()
    text = (project.path / "storyboard.toml").read_text()
    assert 'seed = "18446744073709551615"' in text


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("parameters.steps", 0), ("parameters.steps", "many"), ("parameters.nothing", 1), ("seed", "-1"),
     ("angle", "from the moon"), ("template", "no_such"), ("preset", "no_such"), ("images.image", "a.png"),
     ("subject", 7), ("colour", "red")],
)  # fmt: skip
def test_the_studio_refuses(model: InspectorModel, project: Project, field: str, wrong: Any) -> None:
    assert not model.set_shot("One", field, wrong)
    assert list(model.faults()) == [f"shot.{field}"]
    assert project.board.state["One"].shot == {}


def test_dragging_a_slider_is_one_step(model: InspectorModel, project: Project) -> None:
    model.set_shot("One", "subject", "x")
    for steps in range(20, 41):
        assert model.set_shot("One", "parameters.steps", steps, coalesce=True)
    assert project.board.can_undo == "Steps"
    project.board.undo()
    assert "parameters" not in project.board.state["One"].shot


def test_settings_tell_their_range_and_what_is_sent(model: InspectorModel) -> None:
    model.set_shot("One", "subject", "x")
    seen = dict(state(model)["settings"])
    steps = next(row for row in seen["Sampling"] if row["name"] == "steps")
    assert (steps["value"], steps["given"], steps["min"], steps["max"]) == (30, False, 1, 150)
    wide = next(row for row in seen["Frame"] if row["name"] == "width")["value"]
    model.set_shot("One", "preset", "blade_runner_2049")
    frame = {row["name"]: row["value"] for row in dict(state(model)["settings"])["Frame"]}
    assert frame["width"] / frame["height"] > 2 and frame["width"] != wide, "2.39:1, as the look asks"
    names = {row["name"] for rows in seen.values() for row in rows}
    assert names.isdisjoint({"prompt", "seed", "filename_prefix"})


def test_a_colour_is_shown_as_one(model: InspectorModel) -> None:
    model.set_shot("One", "template", "plate")
    assert model.set_shot("One", "parameters.light", "#ff8000")
    rows = [row for _, rows in state(model)["settings"] for row in rows]
    assert next(row for row in rows if row["name"] == "light")["value"] == "#ff8000"


def test_what_is_missing_is_said_before_it_is_sent(model: InspectorModel) -> None:
    model.set_shot("One", "template", "wan22-i2v")
    assert "First frame" in state(model)["shot"]["why"]
    [picture] = state(model)["pictures"]
    assert picture["required"] and picture["value"] == ""


def test_loras(model: InspectorModel) -> None:
    model.set_shot("One", "template", "wan22-i2v")
    assert model.add_lora("One", "film/grain.safetensors")
    assert model.change_lora("One", 0, strength_model=0.4) and model.change_lora("One", 0, chain="low")
    seen = state(model)["loras"]
    row = {"name": "film/grain.safetensors", "strength": 0.4, "chain": "low"}
    assert seen == {"chains": ["high", "low"], "rows": [row]}
    assert not model.change_lora("One", 0, strength_model="much")
    assert "shot.loras" in model.faults()
    assert model.remove_lora("One", 0) and state(model)["loras"]["rows"] == []


# locks


def test_a_shot_with_takes_is_locked_and_unlocked_at_once(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT)
    seen = looked(model)
    assert seen["panel"]["locked"] and "takes" in seen["panel"]["why"]
    assert not model.set_shot("One", "subject", "sun")
    assert "locked" in model.faults()["shot.subject"]
    assert model.unlock(["One"])
    assert model.set_shot("One", "subject", "sun")
    assert project.board.state["One"].shot["subject"] == "sun"


def test_the_take_is_what_the_plan_begins_with(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT.with_(parameters={"steps": 12}))
    seen = looked(model)["shot"]
    assert (seen["source"], seen["subject"], seen["seed"], seen["seed_of_take"]) == (
        "take",
        "rain",
        None,
        "11",
    )
    model.unlock(["One"])
    assert model.set_shot("One", "parameters.cfg", 5)
    plan = project.board.state["One"].shot
    assert (
        plan["parameters"] == {"steps": 12, "cfg": 5.0} and plan["subject"] == "rain" and "seed" not in plan
    )


def test_a_seed_is_kept_thrown_and_let_go(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT)
    looked(model)
    model.unlock(["One"])
    assert model.keep_seed("One") and state(model)["shot"]["seed"] == "11"
    assert model.dice("One") and 0 <= int(state(model)["shot"]["seed"]) < 2**64
    assert model.set_shot("One", "seed", None) and state(model)["shot"]["seed"] is None
    assert not model.keep_seed("Two")


# takes


def test_takes_are_listed_rated_and_thrown_away(model: InspectorModel, project: Project) -> None:
    for seed in (1, 2, 3):
        render(project, "One", SHOT.with_(seed=seed))
    rows = looked(model)["takes"]
    assert [(row["version"], row["now"]) for row in rows] == [(1, False), (2, False), (3, True)]
    assert model.rate_take("One", 2, 4)
    assert state(model)["takes"][1]["stars"] == 4
    assert model.rate_take("One", 2, 4) and state(model)["takes"][1]["stars"] == 0
    assert model.delete_take("One", 3)
    assert [row["version"] for row in looked(model)["takes"]] == [1, 2]
    project.board.undo()
    assert [row["version"] for row in looked(model)["takes"]] == [1, 2, 3]
    assert not model.delete_take("One", 9) and "takes" in model.faults()


def test_how_a_take_was_made_is_told(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT, seconds=12.4)
    made = dict(looked(model)["made"])
    assert made["Template"] == "SDXL" and made["Seed"] == "11" and made["Rendered"] == "on box, 12 s"


def test_a_foreign_picture_is_shown_without_a_record(model: InspectorModel, project: Project) -> None:
    model.board.drop_files([("holiday.png", png())], "One", None)
    made = dict(looked(model)["made"])
    assert "not rendered by the studio" in made["Record"]
    assert state(model)["shot"]["source"] == "none"


def test_a_take_becomes_the_plan_or_a_reference(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT.with_(subject="first"))
    render(project, "One", SHOT.with_(subject="second"))
    looked(model)
    assert model.act("restore", "One", 1)
    assert project.board.state["One"].shot["subject"] == "first"
    assert model.act("reference", "One", 2)
    assert project.board.state["One"].shot["images"]["image"].startswith("studio/")
    assert not model.act("reveal", "One", 1) and "gallery" in model.faults()["takes"]
    assert not model.act("nothing", "One", 1)


def test_pictures_come_from_takes_references_and_files(
    model: InspectorModel, project: Project, tmp_path: Path
) -> None:
    render(project, "Two", SHOT)
    looked(model)
    model.set_shot("One", "template", "wan22-flf2v")
    assert model.use_take("One", "image", "Two")
    assert model.use_file("One", "last_image", "end.png", png("navy"))
    images = project.board.state["One"].shot["images"]
    assert len({images["image"], images["last_image"]}) == 2 and state(model)["shot"]["why"] == ""
    stored = model.offers.references()
    assert {row["name"] for row in stored} == {name.rpartition("/")[2] for name in images.values()}
    assert model.use_reference("One", "image", stored[0]["name"])
    assert not model.use_reference("One", "image", "../../storyboard.toml")
    assert not model.use_file("One", "image", "x.png", b"no picture")
    assert not model.use_take("One", "image", "Three")
    assert "no take yet" in model.faults()["shot.images.image"]


# renders


def test_rendering_goes_where_it_is_to_go(model: InspectorModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], str]] = []
    monkeypatch.setattr(model.board, "render", lambda ids, backend="": asked.append((list(ids), backend)))
    model.set_where(["Two"], "attic")
    assert model.board.entries["Two"].backend == "attic"
    assert model.render(["One", "Two"])
    assert asked == [(["One"], ""), (["Two"], "attic")]


def test_a_locked_panel_renders_elsewhere_without_being_changed(
    model: InspectorModel, project: Project
) -> None:
    render(project, "One", SHOT)
    looked(model)
    assert model.set_where(["One"], "attic")
    assert project.board.state["One"].backend == "" and state(model)["panel"]["backend"] == "attic"


def test_all_backends_get_a_render_each(
    model: InspectorModel, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Status:
        def __init__(self, name: str, state: str) -> None:
            self.name, self.state, self.models = name, state, 1

    class Farm:
        jobs: tuple[Any, ...] = ()

        def status(self) -> list[Status]:
            return [Status("box", "online"), Status("attic", "busy"), Status("gone", "offline")]

    class Panel:
        def submit(self, shot: Shot, *, farm: Any, backend: str, group: str) -> FakeJob:
            sent.append((backend, shot.seed, group))
            return FakeJob(backend)

    sent: list[tuple[str, int, str]] = []
    monkeypatch.setattr(type(project), "farm", Farm())
    monkeypatch.setattr(type(project), "find_panel", lambda self, id: Panel())
    model.set_shot("One", "subject", "x")
    model.set_where(["One"], ALL_BACKENDS)
    assert project.board.state["One"].backend == "", "it is no backend's name"
    assert model.render(["One"])
    until(lambda: len(sent) == 2)
    project.submissions.submit(lambda: None).result()
    assert [backend for backend, _, _ in sent] == ["box", "attic"]
    assert sent[0][1] != sent[1][1] and sent[0][2] == sent[1][2], "other seeds, one group"
    assert state(model)["run"]["jobs"] == 2
    model.set_shot("One", "seed", "5")
    sent.clear()
    model.render(["One"])
    until(lambda: len(sent) == 2)
    assert {seed for _, seed, _ in sent} == {5}, "a seed that is kept is kept"


def test_models_are_listed_with_the_backends_that_have_them(
    model: InspectorModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stock(*names: str) -> Inventory:
        return Inventory(
            ["CheckpointLoaderSimple"], {("CheckpointLoaderSimple", "ckpt_name"): frozenset(names)}
        )

    class Lane:
        def __init__(self, name: str, inventory: Inventory | None) -> None:
            self.name, self.inventory = name, inventory

    class Farm:
        jobs: tuple[Any, ...] = ()
        _fleet = SimpleNamespace(
            lanes=[Lane("box", stock("film/Noir.safetensors", "b.ckpt")), Lane("attic", stock("b.ckpt")),
                   Lane("new", None)]
        )  # fmt: skip

        def status(self) -> list[Any]:
            return [SimpleNamespace(name="box", state="online", models=2)]

    model.set_shot("One", "subject", "x")
    assert state(model)["files"] == {}, "a board that is only looked at asks nobody"
    farm = Farm()
    monkeypatch.setattr(model.board.project, "_farm", farm)
    files = state(model)["files"]
    assert files["checkpoint"] == [["b.ckpt", ["box", "attic"]], ["film/Noir.safetensors", ["box"]]]
    assert files["loras"] == []
    farm._fleet.lanes[2].inventory = stock("c.ckpt")
    assert ["c.ckpt", ["new"]] in state(model)["files"]["checkpoint"]
    monkeypatch.setattr(model.board.project, "_farm", None)


def test_progress_is_told(model: InspectorModel) -> None:
    job = FakeJob("j")
    model.board.follow("One", job)
    job.run(40.0)
    run = state(model)["run"]
    assert (run["state"], run["percent"], run["jobs"]) == ("rendering", 40.0, 1)
    model.cancel(["One"])
    assert job.cancelled == 1
    job.say(state=JobState.CANCELLED)
    assert state(model)["run"]["jobs"] == 0


# notes


def test_notes_are_kept_and_read(model: InspectorModel, project: Project) -> None:
    assert model.write_notes("One", "# Rain", "")
    seen = state(model)["notes"]
    assert seen == {"text": "# Rain", "tree": [{"is": "h1", "of": ["Rain"]}], "other": None}
    project.board.undo()
    assert project.board.state["One"].notes == ""


def test_notes_written_by_two_are_not_lost(model: InspectorModel, project: Project) -> None:
    project.board.change({"One": {"notes": "theirs"}})
    assert not model.write_notes("One", "mine", "")
    assert project.board.state["One"].notes == "theirs" and state(model)["notes"]["other"] == "theirs"
    assert model.settle_notes("One", "mine and theirs")
    assert project.board.state["One"].notes == "mine and theirs" and state(model)["notes"]["other"] is None
    model.write_notes("One", "mine", "old")
    assert model.settle_notes("One", None)
    assert project.board.state["One"].notes == "mine and theirs"


def test_two_notebooks_on_one_project_see_the_conflict(model: InspectorModel, project: Project) -> None:
    project.board.flush()
    other = Project.open(project.path)
    other.board.change({"One": {"notes": "elsewhere", "scene": "9"}})
    model.write_notes("One", "here", "")
    model.set_panel(["One"], "scene", "7")
    project.board.flush()
    other.board.flush()
    project.board.refresh()
    seen = state(model)
    assert {seen["notes"]["text"], seen["notes"]["other"]} == {"elsewhere", "here"}
    [scene] = seen["conflicts"]
    assert (scene["label"], {scene["mine"], scene["other"]}) == ("Scene", {"7", "9"})
    waiting = seen["notes"]["other"]
    assert model.settle_notes("One", None)
    assert state(model)["notes"]["text"] == waiting and state(model)["notes"]["other"] is None
    assert model.resolve("One", "scene", "theirs")
    assert state(model)["conflicts"] == [] and state(model)["panel"]["scene"] == scene["other"]
    other.close()


# comparing


def test_what_is_compared(model: InspectorModel, project: Project) -> None:
    with pytest.raises(ProjectError, match="no two takes"):
        pair_of(model.board, [model.entry("One")])
    for seed in (1, 2, 3):
        render(project, "One", SHOT.with_(seed=seed, look__lens__t_stop=2.0 * seed))
    render(project, "Two", SHOT)
    looked(model)
    one, two = model.entry("One"), model.entry("Two")
    assert pair_of(model.board, [one]) == (("One", 2), ("One", 3))
    assert pair_of(model.board, [one, two]) == (("One", 3), ("Two", 1))
    model.board.show("One", 1)
    assert pair_of(model.board, [model.entry("One")]) == (("One", 1), ("One", 2))
    model.compare(("One", 1), ("One", 3))
    assert model.entry("One").compare == (1, 3)
    assert pair_of(model.board, [model.entry("One")]) == (("One", 1), ("One", 3))


def test_the_difference_of_two_takes_in_words(model: InspectorModel, project: Project) -> None:
    render(project, "One", SHOT)
    render(project, "One", SHOT.with_(look__lens__focal_length_mm=75), comfyui="0.3.1")
    looked(model)
    model.board.act("compare", ["One"])
    looked(model)
    pair = looked(model)["pair"]
    assert ["Lens", "Focal length", "not chosen", "75 mm"] in pair["rows"]
    assert ["Render", "ComfyUI", "unknown", "0.3.1"] in pair["rows"]
    ticket = pair["ticket"]
    model.compare(("One", 1), ("One", 1), show=False)
    assert state(model)["pair"]["ticket"] == ticket and "same shot" in state(model)["pair"]["note"]
    model.close_compare()
    assert state(model)["pair"] is None


def test_a_take_without_a_shot_is_compared_by_eye_only(model: InspectorModel, project: Project) -> None:
    model.board.drop_files([("a.png", png()), ("b.png", png("navy"))], "One", None)
    looked(model)
    records = [model.record("One", version) for version in (1, 2)]
    looked(model)
    records = [model.record("One", version) for version in (1, 2)]
    assert records[0] is not None and records[1] is not None
    rows, why = told(records[0], records[1], ())
    assert rows == [] and "no shot" in why


# the menu, the look, and what others did


def test_the_menu_has_compare_and_notes_while_the_inspector_is_there(board: StoryboardModel) -> None:
    assert board.actions.get("notes").run is None  # type: ignore[union-attr]
    model = InspectorModel(board)
    board.act("notes", ["Two"])
    assert board.selection == ("Two",) and state(model)["call"][0] == "notes"
    model.close()
    assert board.actions.get("compare").run is None  # type: ignore[union-attr]


def test_a_configurator_writes_its_look_back(model: InspectorModel, project: Project) -> None:
    opened: list[str] = []
    assert not model.edit_look("One") and not state(model)["shot"]["edit_look"]
    model.connect_look(lambda entry: opened.append(entry.name))
    assert model.edit_look("One") and opened == ["One"]
    model.plan("One", look=studio.preset("blade_runner_2049"))
    plan = project.board.state["One"].shot
    assert plan["look"]["preset"] == "blade_runner_2049" and "seed" not in plan


def test_what_a_hand_broke_in_the_file_is_shown_and_mended(model: InspectorModel, project: Project) -> None:
    project.board.change({"One": {"shot": {"template": "gone", "seed": "x", "angle": "moon", "loras": 3,
                                           "parameters": [], "look": {"kind": "odd"}}}})  # fmt: skip
    assert state(model)["shot"]["why"]
    assert model.set_shot("One", "template", "sdxl") and model.set_shot("One", "seed", None)
    assert model.set_shot("One", "angle", None) and model.set_shot("One", "preset", "")
    assert state(model)["shot"]["why"] == ""


def test_a_panel_that_went_is_no_error_of_the_page(model: InspectorModel, project: Project) -> None:
    project.board.remove(["One"])
    assert not model.set_shot("One", "subject", "x") and not model.rate_take("One", 1, 3)
    assert state(model)["ids"] == []


def test_the_catalogue_has_templates_by_category_and_films(model: InspectorModel) -> None:
    found = catalogue(model)
    assert {row["id"] for row in found["templates"]} >= {"sdxl", "flux", "wan22-i2v"}
    assert len(found["presets"]) > 150
    broken = model.board.project.path / "templates" / "broken"
    broken.mkdir(parents=True)
    (broken / "manifest.toml").write_text("name = ")
    assert len(catalogue(model)["templates"]) == len(found["templates"]), (
        "one that can't be read hides no other"
    )
