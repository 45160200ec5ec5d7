"""The viewer's room: what a page is told of a take, and what it may do with one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

import studio
from studio.errors import ProjectError, StudioError, TakeError, UnsafeName
from studio.project import Project
from studio.shot import Shot
from tests.gallery.made import make_take, picture_of
from widgets.gallery.menu import Chosen
from widgets.gallery.model import GalleryModel
from widgets.gallery.room import Answer
from widgets.gallery.viewing import Viewing

SHOT = Shot(look=studio.preset("blade_runner_2049"), subject="a man in the dust", seed=2**64 - 1)
HOSTILE = "<img src=x onerror=alert(1)>.png"
TAKE = "Rain/film_Rain_v001.png"

Ask = Callable[..., Any]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GalleryModel]:
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    with Project.open(tmp_path / "film") as project:
        panel = project.panel("Rain")
        picture_of(panel.folder / "film_Rain_v001.png", SHOT, backend="box")
        picture_of(panel.folder / "film_Rain_v002.png", SHOT.with_(seed=7), "navy")
        picture_of(project.path / HOSTILE, SHOT.with_(subject="<script>alert(1)</script>"))
        for number in range(12):
            make_take(project.path / "Loose" / f"{number:02d}.png", number)
        opened = GalleryModel(project)
        opened.gallery.scan()
        opened.refresh()
        yield opened
        opened.close()


@pytest.fixture
def ask(model: GalleryModel) -> Ask:
    """What a page's request comes to."""
    room = Viewing(model)

    def ask(what: str, **fields: Any) -> Any:
        request = room.requests[f"viewer.{what}"]
        return request.do(request.model.model_validate(fields))

    return ask


def facts(details: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {fact["name"]: fact for section in details["sections"] for fact in section["facts"]}


def test_details_tell_seeds_as_text_and_where_it_stands(ask: Ask) -> None:
    told = ask("details", path=TAKE)
    assert facts(told)["seed"]["words"] == str(2**64 - 1)
    assert facts(told)["stock"]["state"] == "none"
    assert told["panel"] == {"id": "Rain", "title": "Rain", "version": 1}
    assert f"Seed: {2**64 - 1}" in told["text"]
    assert "Curation" not in [section["title"] for section in told["sections"]], "that is for the editors"


def test_raw_texts_are_given_as_they_stand_and_cut_where_they_are_huge(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {key: (text, cut) for key, text, cut in ask("raw", path=TAKE)["texts"]}
    assert texts["prompt"][0].startswith("{") and not texts["prompt"][1]
    monkeypatch.setattr("widgets.gallery.viewing.LONGEST_TEXT", 10)
    assert [len(text) for _, text, cut in ask("raw", path=TAKE)["texts"] if cut] == [10, 10]


def test_the_file_comes_in_pieces_or_as_a_picture(ask: Ask, model: GalleryModel) -> None:
    look = ask("look", path=TAKE)
    assert (look["kind"], look["native"], look["width"], look["height"]) == ("image", True, 64, 36)
    piece = ask("piece", path=TAKE, start=0, stamp=look["stamp"])
    assert isinstance(piece, Answer)
    assert piece.buffers[0] == model.gallery.path(TAKE).read_bytes()
    for side in (256, 2048):
        made = ask("picture", path=TAKE, side=side)
        with Image.open(BytesIO(made.buffers[0])) as image:
            assert image.size == (64, 36)
    assert ask("strip", path=TAKE).reply["note"], "a still has none"


@pytest.mark.parametrize("path", ["../outside.png", "/etc/passwd", ".gallery/index", "Rain/../../x.png"])
def test_nothing_outside_is_told_or_sent(ask: Ask, model: GalleryModel, path: str) -> None:
    (model.gallery.root.parent / "outside.png").write_bytes(model.gallery.path(TAKE).read_bytes())
    for what in ("details", "raw", "look", "piece", "picture", "strip", "reference", "restore", "code"):
        more = {"piece": {"start": 0}, "reference": {"panel": "Rain"}, "restore": {"panel": "Rain"}}
        with pytest.raises((UnsafeName, ProjectError)):
            ask(what, path=path, **more.get(what, {}))


def test_what_a_page_may_not_say_is_refused(ask: Ask) -> None:
    for what, fields in (
        ("piece", {"path": TAKE, "start": -1}),
        ("picture", {"path": TAKE, "side": 100_000}),
        ("compare", {"paths": [TAKE]}),
        ("details", {"path": ""}),
        ("details", {"path": TAKE, "more": 1}),
    ):
        with pytest.raises(ValidationError):
            ask(what, **fields)


def test_takes_are_compared(ask: Ask) -> None:
    found = ask("compare", paths=[TAKE, TAKE.replace("v001", "v002")])
    assert ["Shot", "Seed", [str(2**64 - 1), "7"]] in found["rows"]


def test_a_note_is_never_written_over_another_one(ask: Ask, model: GalleryModel) -> None:
    assert ask("note", path=TAKE, text="good", base="") == {"kept": True, "note": "good"}
    model.gallery.note(TAKE, "no, bad")
    assert ask("note", path=TAKE, text="very good", base="good") == {"kept": False, "note": "no, bad"}
    assert model.gallery.row(TAKE)["note"] == "no, bad"
    assert ask("note", path=TAKE, text="very good", base="no, bad")["kept"]
    model.gallery.undo()
    assert model.gallery.row(TAKE)["note"] == "no, bad"


def test_a_take_goes_to_the_storyboard(ask: Ask, model: GalleryModel) -> None:
    assert model.project is not None
    board = model.project.board
    plan = model.project.panel("Plan")
    assert [(each["title"], each["own"]) for each in ask("panels", path=TAKE)["panels"]] == [
        ("Rain", True),
        ("Plan", False),
    ]
    assert ask("restore", path=TAKE, panel=plan.id)["said"] == "Its shot is planned in Plan."
    assert plan.entry.shot["seed"] == str(2**64 - 1)
    template = next(
        id
        for id, each in studio.templates().items()
        if [p.type.value for p in each.manifest.parameters if p.type.is_media] == ["image"]
    )
    board.change({"Plan": {"shot": {"template": template}}})
    (only,) = ask("inputs", path=TAKE, panel=plan.id)["inputs"]
    assert "of Plan" in ask("reference", path=TAKE, panel=plan.id, input=only["name"])["said"]
    assert plan.entry.shot["images"][only["name"]].startswith("studio/")


def test_the_menu_does_the_same(ask: Ask, model: GalleryModel) -> None:
    assert model.project is not None
    plan = model.project.panel("Plan")
    action = model.actions.get("restore")
    assert action is not None and action.run is not None and action.choices is not None
    assert (plan.id, "Plan") in action.choices()
    action.run(Chosen((TAKE,), plan.id))
    assert plan.entry.shot["subject"] == SHOT.subject
    with pytest.raises(ProjectError, match="one take"):
        action.run(Chosen((TAKE, HOSTILE), plan.id))


def test_the_code_of_a_take_makes_its_very_shot(ask: Ask) -> None:
    for path, subject in ((TAKE, SHOT.subject), (HOSTILE, "<script>alert(1)</script>")):
        code = ask("code", path=path)["code"]
        assert code.index("await project.panel(panel).render(shot)")
        tree = ast.parse(code, mode="exec")
        tree.body = [each for each in tree.body[:-1] if "await" not in ast.unparse(each)]
        tree.body = [each for each in tree.body if "Project.open" not in ast.unparse(each)]
        names: dict[str, Any] = {}
        exec(compile(tree, "cell", "exec"), names)  # what a person would run
        assert names["shot"].subject == subject
        assert names["shot"].seed == SHOT.seed
        assert names["shot"].build() == SHOT.with_(subject=subject).build()


def test_a_take_of_another_program_gives_code_and_says_what_it_lacks(ask: Ask, model: GalleryModel) -> None:
    path = model.gallery.find("source:a1111")[0]
    told = ask("code", path=path)
    assert str(model.gallery.row(path)["seed"]) in told["code"]
    assert any("no workflow" in note for note in told["notes"])


def test_what_is_shown_on_the_board_needs_a_board(ask: Ask, model: GalleryModel) -> None:
    with pytest.raises(ProjectError, match="storyboard"):
        ask("reveal", path=TAKE)
    shown: list[str] = []
    model.actions.connect("reveal", lambda chosen: shown.extend(chosen.paths))
    ask("reveal", path=TAKE)
    assert shown == [TAKE]


def test_a_gallery_of_a_folder_has_no_storyboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    make_take(tmp_path / "pile" / "a.png", 3)
    model = GalleryModel(tmp_path / "pile")
    model.gallery.scan()
    room = Viewing(model)
    told = room.details(room.requests["viewer.details"].model(path="a.png"))  # type: ignore[arg-type, call-arg]
    assert told["board"] is False and told["panel"] is None
    with pytest.raises((ProjectError, TakeError, StudioError), match="folder, not of a project"):
        room.panels(room.requests["viewer.panels"].model.model_validate({"path": "a.png"}))  # type: ignore[arg-type]
    model.close()
