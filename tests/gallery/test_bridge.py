"""A take goes to the storyboard: as a reference, as a plan; and its panel is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import studio
from studio.errors import NotAllowed, ProjectError, TakeError
from studio.gallery import Gallery
from studio.gallery.bridge import inputs_of, place_of, restore, shot_in, use_as_reference
from studio.gallery.restoring import read_restored
from studio.project import Project
from studio.shot import Shot
from studio.workflow import find_template, graph_hash
from tests.gallery.made import make_take, picture_of

SHOT = Shot(look=studio.preset("blade_runner_2049"), subject="a man in the dust", seed=2**64 - 1)


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "film") as project:
        yield project


def graph_file(path: Path, graph: dict[str, Any]) -> Path:
    """A picture as ComfyUI saves it."""
    info = PngInfo()
    info.add_text("prompt", json.dumps(graph))
    Image.new("RGB", (32, 32), "navy").save(path, "PNG", pnginfo=info)
    return path


def strange_graph() -> dict[str, Any]:
    """Of no template that is known: a known one with other numbers."""
    graph = find_template("sdxl").build(prompt="a lighthouse", seed=7)
    node = next(id for id, data in graph.items() if data["class_type"] == "KSampler")
    strange = {f"{number}00": data for number, data in enumerate(graph.values(), 1)}
    renamed = dict(zip(graph, strange, strict=True))
    for data in strange.values():
        for name, value in data["inputs"].items():
            if isinstance(value, list):
                data["inputs"][name] = [renamed[value[0]], value[1]]
    assert strange[renamed[node]]["inputs"]["seed"] == 7
    return strange


def test_a_take_of_the_studio_restores_its_very_shot(film: Project) -> None:
    path = picture_of(film.path / "a.png", SHOT)
    panel = film.panel("Plan")
    restored = restore(film, path, panel.id)
    assert restored.notes == ()
    planned = studio.Shot.model_validate(panel.entry.shot)
    assert planned.seed == 2**64 - 1
    assert graph_hash(planned.build()) == graph_hash(SHOT.build())
    film.board.undo()
    assert panel.entry.shot == {}


def test_a_graph_of_a_template_that_is_known_becomes_that_template(film: Project) -> None:
    graph = find_template("sdxl").build(
        prompt="a lighthouse, at night", seed=7, parameters={"steps": 12, "width": 640, "height": 640}
    )
    shot = read_restored(graph_file(film.path / "a.png", graph)).shot
    assert (shot.template, shot.seed, shot.parameters["steps"]) == ("sdxl", 7, 12)
    assert graph_hash(shot.build()) == graph_hash(graph)


def test_any_other_graph_becomes_a_template_once(film: Project) -> None:
    path = graph_file(film.path / "one.png", strange := strange_graph())
    panel = film.panel("Plan")
    restored = restore(film, path, panel.id)
    assert restored.notes == ("Its workflow is now a template of this project: From one.",)
    template = find_template(restored.shot.template, film.template_folders)
    assert graph_hash(restored.shot.build(template=template)) == graph_hash(strange)
    again = restore(film, graph_file(film.path / "two.png", strange), panel.id)
    assert again.shot.template == restored.shot.template
    assert len(list((film.path / "templates").iterdir())) == 1


def test_settings_of_other_programs_go_as_far_as_the_template_has_them(film: Project) -> None:
    for number in range(40):
        make_take(film.path / f"{number:02d}.png", number)
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        path = gallery.find("source:a1111")[0]
        row = gallery.row(path)
        panel = film.panel("Plan")
        restored = restore(film, gallery.path(path), panel.id, row)
        assert restored.shot.subject == row["prompt"]
        assert restored.shot.seed == row["seed"]
        assert restored.shot.parameters["steps"] == row["steps"]
        assert "model sd_xl_base_1.0" in restored.notes[1]


def test_a_picture_without_a_word_restores_nothing(film: Project) -> None:
    path = film.path / "plain.png"
    Image.new("RGB", (9, 9)).save(path)
    panel = film.panel("Plan")
    with pytest.raises(TakeError, match="how it was made"):
        restore(film, path, panel.id, {"prompt": None})
    with pytest.raises(ProjectError, match="no panel"):
        restore(film, path, "gone")
    assert panel.entry.shot == {}


def test_who_only_looks_leaves_no_template_and_no_reference(film: Project) -> None:
    path = graph_file(film.path / "one.png", strange_graph())
    panel = film.panel("Plan")
    film.board.save()
    before = sorted(film.path.rglob("*"))
    with Project.open(film.path, role="reviewer") as seen:
        with pytest.raises(NotAllowed):
            restore(seen, path, panel.id)
        with pytest.raises(TakeError):
            shot_in(path, seen.template_folders, keep=seen.access.allows("arrange"))
    assert sorted(film.path.rglob("*")) == before
    assert shot_in(path, film.template_folders).notes


def test_references_that_are_not_here_are_named(film: Project) -> None:
    shot = SHOT.with_(images={"image": "studio/" + "ab" * 16 + ".png"}, template=_with_picture(film))
    path = film.path / "a.png"
    Image.new("RGB", (9, 9)).save(path)
    sidecar = {"shot": shot.model_dump(mode="json"), "template": shot.template}
    path.with_name("a.png.studio.json").write_text(json.dumps(sidecar))
    restored = restore(film, path, film.panel("Plan").id)
    assert restored.shot.images == {}
    assert restored.notes == ("Not in this project, choose them again: " + "ab" * 16 + ".png.",)


def _with_picture(film: Project, count: int = 1) -> str:
    """A shipped template with so many inputs for pictures."""
    for id, template in studio.templates().items():
        found = [each for each in template.manifest.parameters if each.type.value in ("image", "mask")]
        if len(found) == count:
            return id
    raise AssertionError(f"no template takes {count}")


def test_a_reference_goes_to_the_input_that_is_chosen(film: Project) -> None:
    path = picture_of(film.path / "a.png", SHOT)
    one, two, none = (film.panel(name) for name in ("One", "Two", "None"))
    template = _with_picture(film)
    film.board.change({"One": {"shot": {"template": template}}})
    film.board.change({"Two": {"shot": {"template": _with_picture(film, 2)}}})
    only = inputs_of(film, one.id, "image")
    assert len(only) == 1 and not only[0].words
    assert only[0].title in use_as_reference(film, path, one.id)
    stored = one.entry.shot["images"][only[0].name]
    assert film.references.find(stored) == stored
    assert inputs_of(film, one.id, "image")[0].words.startswith("picture ")
    with pytest.raises(ProjectError, match="which input"):
        use_as_reference(film, path, two.id)
    last = inputs_of(film, two.id, "image")[-1]
    use_as_reference(film, path, two.id, last.name)
    assert list(two.entry.shot["images"]) == [last.name]
    with pytest.raises(ProjectError, match="no input"):
        use_as_reference(film, path, none.id)
    assert inputs_of(film, one.id, "audio") == []


def test_a_locked_panel_is_left_as_it_is(film: Project) -> None:
    path = picture_of(film.path / "a.png", SHOT)
    panel = film.panel("Plan")
    film.board.change({"Plan": {"locked": True}})
    with pytest.raises(ProjectError):
        restore(film, path, panel.id)
    assert panel.entry.shot == {}


def test_the_panel_of_a_take_is_found(film: Project) -> None:
    panel = film.panel("Rain")
    picture_of(panel.folder / f"{film.name}_Rain_v003.png", SHOT)
    found = place_of(film, f"Rain/{film.name}_Rain_v003.png")
    assert found is not None and (found.panel, found.version) == (panel.id, 3)
    for other in ("Rain/holiday.png", "loose.png", "Snow/film_Snow_v001.png"):
        assert place_of(film, other) is None
