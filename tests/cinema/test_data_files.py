"""Data files: the shipped ones are sound, broken ones are named, layers win."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio import cinema
from studio.cinema.library import Library
from studio.data import data_folder
from studio.errors import DataFileError, LookError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_data_has_no_problems() -> None:
    assert [str(problem) for problem in Library(data_folder("presets")).problems] == []


def test_every_piece_of_gear_says_where_its_facts_come_from() -> None:
    shelf = cinema.library()
    for record in (
        *shelf.cameras.values(),
        *shelf.lenses.values(),
        *shelf.stocks.values(),
        *shelf.formats.values(),
    ):
        assert record.source, record.id


def test_no_two_entries_answer_to_one_name() -> None:
    shelf = cinema.library()
    for table in ("camera", "lens", "stock"):
        records = shelf.gear(table).values()
        names = [name for record in records for name in (record.id, *record.aliases)]
        assert len(names) == len(set(names))
        assert len({record.name for record in records}) == len(records)


def test_words_of_a_field_are_all_different() -> None:
    for table, terms in cinema.library().terms.items():
        if table == "aspect_ratio":
            continue
        words = [term.words for term in terms.values()]
        assert len(words) == len(set(words)), table


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("gear/mine.toml", "[camera.x]\nname = ", "not valid TOML"),
        ("gear/mine.toml", '[camera.x]\nmanufacturer = "X"\n', "camera.x.medium"),
        ("gear/mine.toml", "[cam.x]\nname = 1\n", "unknown table"),
        (
            "gear/mine.toml",
            '[camera.x]\nmanufacturer="X"\nmedium="film"\ngates=["9mm"]\nweight_kg=1\nyear=2000\nmounts=["pl"]\n',
            "unknown film format '9mm'",
        ),
        (
            "gear/mine.toml",
            '[lens.x]\nmanufacturer="X"\nyear=2000\nmounts=["plx"]\nimage_circle_mm=30\nfocal_lengths_mm=[50]\n',
            "unknown mount 'plx'",
        ),
        (
            "live_action/mine.toml",
            'title="X"\n[look.camera]\nbody="arri_alexa_66"\n',
            "did you mean 'arri_alexa_65'",
        ),
        ("live_action/mine.toml", 'title="X"\n[look.camera]\nbdy="arri_alexa_65"\n', "look.camera.bdy"),
        ("live_action/mine.toml", 'title="X"\n[look.lens]\nfocal_length_mm="long"\n', "focal_length_mm"),
        ("live_action/mine.toml", 'title="X"\n', "needs a [look] table"),
        (
            "live_action/mine.toml",
            'title="X"\n[look]\n[never]\n"visual_grammar.mood"=["glad"]\n',
            "never.visual_grammar.mood",
        ),
        ("words/mine.toml", "mood = 3\n", "expected a table of words"),
        ("rules/mine.toml", '[off]\nLA_NIGHT_NO_SUN = ""\n', "with a reason"),
        ("rules/mine.toml", '[off]\nLA_NOTHING = "x"\n', "no such rule"),
        (
            "rules/mine.toml",
            '[rule.A]\nseverity="hard"\nmessage="m"\nwhy="w"\nwhen={"camera.bod"=["x"]}\n',
            "no field 'camera.bod'",
        ),
        ("targets/mine.toml", 'kind="picture"\nform="tags"\n', "kind"),
    ],
)
def test_a_broken_file_is_named_and_stops_no_other(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = write(tmp_path, name, text)
    good = write(tmp_path, "live_action/good.toml", 'title="Good"\n[look.visual_grammar]\nmood="tender"\n')
    with cinema.presets_from(tmp_path) as shelf:
        problems = [problem for problem in cinema.load_problems() if str(path) in str(problem)]
        assert problems
        assert all(isinstance(problem, DataFileError) for problem in problems)
        assert any(says in str(problem) for problem in problems), [str(problem) for problem in problems]
        assert "good" in shelf.presets
        assert "citizen_kane" in shelf.presets
        assert good.stem in cinema.presets()


def test_a_file_that_is_not_text_is_a_problem_too(tmp_path: Path) -> None:
    path = tmp_path / "gear/bad.toml"
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00")
    with cinema.presets_from(tmp_path):
        assert any(str(path) in str(problem) for problem in cinema.load_problems())


def test_a_project_layer_wins_and_goes_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        "gear/mine.toml",
        '[camera.arri_alexa_65]\nname="Ours"\nmanufacturer="ARRI"\nmedium="digital"\nsensor_width_mm=54.12\n'
        'sensor_height_mm=25.58\nweight_kg=1\nyear=2014\nmounts=["xpl"]\n',
    )
    write(tmp_path, "words/mine.toml", '[mood]\nwistful = "wistful"\n')
    with cinema.presets_from(tmp_path):
        assert cinema.camera("arri_alexa_65").name == "Ours"
        assert (
            cinema.LiveActionConfig().with_(visual_grammar__mood="wistful").visual_grammar.mood == "wistful"
        )
    assert cinema.camera("arri_alexa_65").name == "ARRI ALEXA 65"
    with pytest.raises(LookError):
        cinema.LiveActionConfig().with_(visual_grammar__mood="wistful")


def test_a_projects_preset_may_use_the_projects_own_camera(tmp_path: Path) -> None:
    write(
        tmp_path,
        "gear/ours.toml",
        '[camera.our_camera]\nmanufacturer="Us"\nmedium="digital"\nsensor_width_mm=36.0\nsensor_height_mm=24.0\n'
        'weight_kg=1.2\nyear=2024\nmounts=["pl"]\naliases=["oc"]\n',
    )
    write(tmp_path, "live_action/ours.toml", 'title="Ours"\naliases=["our film"]\n[look.camera]\nbody="oc"\n')
    with cinema.presets_from(tmp_path):
        assert cinema.load_problems() == ()
        assert cinema.preset("our film").get("camera.body") == "our_camera"
        assert "our_camera" in {
            option.value for option in cinema.options(cinema.LiveActionConfig(), "camera.body")
        }
        look = cinema.choose(cinema.preset("ours"), "lens.family", "arri_signature_prime").look
        assert cinema.validate(look).ok and look.get("camera.body") != "our_camera"
    with pytest.raises(LookError, match="ours"):
        cinema.preset("ours")


def test_the_guide_for_directors_is_true(tmp_path: Path) -> None:
    """Every example of docs/presets.md loads."""
    guide = (Path(__file__).parents[2] / "docs/presets.md").read_text(encoding="utf-8")
    kinds = {
        "title": "live_action",
        "[camera": "gear",
        "[mood]": "words",
        "[rule": "rules",
        "[target": "targets",
    }
    examples = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(examples) >= 5
    for number, text in enumerate(examples):
        folder = next(folder for start, folder in kinds.items() if text.startswith(start))
        if 'domain = "' in text:
            folder = "animation"
        write(tmp_path, f"{folder}/example_{number}.toml", text)
    with cinema.presets_from(tmp_path):
        assert [str(problem) for problem in cinema.load_problems()] == []
        assert {"our_camera", "our_film_camera"} <= cinema.library().cameras.keys()
        assert all(cinema.validate(cinema.preset(f"example_{number}")).ok for number in (0, 1))


def test_aliases_lead_to_the_one_entry() -> None:
    assert cinema.lens("zeiss_master_prime") is cinema.lens("arri_master_prime")
    assert (
        cinema.LiveActionConfig().with_(camera__film_stock="eastman_double_x").camera.film_stock
        == "kodak_double_x_5222"
    )


def test_sensor_of_a_film_camera_is_its_first_gate() -> None:
    camera = cinema.camera("super_panavision_70")
    assert (camera.sensor_width_mm, camera.sensor_height_mm) == (52.48, 23.01)
    assert camera.gauge == "65mm"
