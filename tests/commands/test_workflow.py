"""`studio workflow …`: what it prints, writes and exits with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from studio.commands import console
from studio.commands.workflow import app
from studio.errors import TemplateError, WorkflowError
from studio.sketch import start
from studio.workflow import find_template, load_template
from tests.workflow.public import folder

INFO = str(Path(__file__).parents[1] / "data" / "object_info.json.gz")
PUBLIC = str(folder() / "sdxl_simple_example.json")


def studio(*words: str, paste: str | None = None) -> Result:
    return CliRunner(env={"STUDIO_PROJECT": ""}).invoke(app, words, input=paste)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page on which no table wraps; COLUMNS counts only until the console is made."""
    monkeypatch.setattr(console.out, "_width", 200)


def answer(*words: str, paste: str | None = None) -> Any:
    return json.loads(studio(*words, "--json", paste=paste).stdout)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph that was built from a template."""
    file = tmp_path / "graph.json"
    built = find_template("sdxl").build(prompt="a [red]lighthouse[/red]\x1b[31m", seed=2**64 - 1)
    file.write_text(json.dumps(built), "utf-8")
    return file


def test_inspect_shows_knobs_samplers_and_outputs(graph: Path) -> None:
    result = studio("inspect", str(graph))
    assert result.exit_code == 0
    for words in (
        "a [red]lighthouse[/red]",
        "18446744073709551615",
        "Sampler",
        "KSampler",
        "SaveImage",
        "saved",
    ):
        assert words in result.stdout
    assert "template sdxl" in result.stdout
    assert "\x1b[31m" not in result.stdout


def test_inspect_as_json_keeps_every_digit_of_a_seed(graph: Path) -> None:
    data = answer("inspect", str(graph))
    seed = next(each for each in data["parameters"] if each["name"] == "seed")
    assert (seed["value"], seed["at"]) == ("18446744073709551615", ["5.seed"])
    assert (data["form"], data["template"]["template"]) == ("api", "sdxl")
    assert [phase["steps"] for phase in data["phases"]] == [30]


def test_inspect_a_paste_in_the_editors_form() -> None:
    data = answer("inspect", "-", "--object-info", INFO, paste=Path(PUBLIC).read_text("utf-8"))
    assert data["form"] == "ui"
    assert sum(each["role"] == "prompt" for each in data["parameters"]) == 2


def test_convert_prints_the_graph_or_writes_it(tmp_path: Path) -> None:
    printed = studio("convert", PUBLIC, "--object-info", INFO)
    graph = json.loads(printed.stdout)
    assert graph["10"]["class_type"] == "KSamplerAdvanced"
    out = tmp_path / "out" / "graph.json"
    written = studio("convert", PUBLIC, "--object-info", INFO, "-o", str(out))
    assert json.loads(out.read_text("utf-8")) == graph
    assert "11 nodes" in written.stdout


def test_convert_tells_of_nodes_that_nobody_knows() -> None:
    result = studio("convert", str(folder() / "video_wan2_2_14B_animate.json"), "--object-info", INFO)
    assert "BlockifyMask" in result.stderr
    assert json.loads(result.stdout)


def test_check_says_what_is_lacking_and_exits_with_1(tmp_path: Path) -> None:
    result = studio("check", PUBLIC, "--object-info", INFO)
    assert result.exit_code == 1
    assert "sd_xl_base_1.0.safetensors" in result.stdout
    assert "can't run" in result.stdout
    data = answer("check", PUBLIC, "--object-info", INFO)
    assert not data["ok"]
    assert {problem["kind"] for problem in data["problems"]} == {"missing_model"}
    plate = tmp_path / "plate.json"
    plate.write_text(json.dumps(find_template("plate").workflow), "utf-8")
    result = studio("check", str(plate), "--object-info", INFO)
    assert (result.exit_code, "It can run there" in result.stdout) == (0, True)


def test_check_asks_a_backend(tmp_path: Path) -> None:
    plate = tmp_path / "plate.json"
    plate.write_text(json.dumps(find_template("plate").workflow), "utf-8")
    with start(plain=True) as sketch:
        result = studio("check", str(plate), "--backend", sketch.url)
    assert (result.exit_code, "It can run there" in result.stdout) == (0, True)


def test_check_without_a_backend_knows_core_nodes(graph: Path) -> None:
    assert studio("check", str(graph)).exit_code == 0


def test_import_makes_a_template_of_the_project(tmp_path: Path) -> None:
    words = (
        "import",
        PUBLIC,
        "--project",
        str(tmp_path),
        "--name",
        "Base and refiner",
        "--object-info",
        INFO,
    )
    result = studio(*words)
    assert result.exit_code == 0
    template = load_template(tmp_path / "templates" / "base-and-refiner")
    assert template.name == "Base and refiner"
    assert "steps_2" in result.stdout
    again = studio(*words)
    assert isinstance(again.exception, TemplateError)
    data = json.loads(studio(*words, "--replace", "--json").stdout)
    assert (data["id"], data["category"]) == ("base-and-refiner", "text-to-image")
    assert "base-and-refiner" in studio("templates", "--project", str(tmp_path)).stdout


def test_templates_lists_the_shipped_and_names_the_broken(tmp_path: Path) -> None:
    broken = tmp_path / "templates" / "broken"
    broken.mkdir(parents=True)
    (broken / "manifest.toml").write_text("name = ", "utf-8")
    result = studio("templates", "--project", str(tmp_path))
    assert "flux-kontext" in result.stdout
    assert "broken" in result.stderr
    data = answer("templates", "--project", str(tmp_path))
    assert len(data["problems"]) == 1
    assert {"id": "plate", "name": "Plate", "category": "plates", "target": "generic"} in data["templates"]


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "no-such-file.json"),
        ("inspect", PUBLIC, "--object-info", "no-such-file.json"),
        ("check", PUBLIC, "--object-info", __file__),
    ],
)
def test_errors_are_the_studios_own(words: tuple[str, ...]) -> None:
    assert isinstance(studio(*words).exception, WorkflowError)
