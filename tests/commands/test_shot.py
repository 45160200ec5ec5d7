"""`studio shot …`: exit codes, and what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import studio
from studio.commands.shot import app
from studio.provenance import Provenance, embed_provenance
from studio.shots import write_shot
from tests.shots.support import picture


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STUDIO_PROJECT", "STUDIO_BACKENDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def call(*words: str) -> Any:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, words)


@pytest.fixture
def hero(tmp_path: Path) -> Path:
    shot = studio.Shot(look=studio.preset("blade_runner_2049"), subject="rain", seed=7)
    return write_shot(shot, "Hero", tmp_path / "notebooks" / "shots" / "Hero.ipynb")


def test_verify_without_words_takes_what_is_here(hero: Path) -> None:
    result = call("verify")
    assert (result.exit_code, result.output) == (0, "notebooks/shots/Hero.ipynb: would be the same\n")


def test_verify_tells_by_its_exit_code(hero: Path) -> None:
    hero.write_text(hero.read_text().replace("seed = 7", "seed = 8"))
    changed = call("verify", str(hero))
    assert changed.exit_code == 3
    assert "would be another\n  Seed: 7 → 8\n" in changed.output
    assert call("lock", str(hero)).exit_code == 0
    assert call("verify", str(hero)).exit_code == 0
    hero.with_name("Hero.lock.toml").unlink()
    assert call("verify").exit_code == 1


def test_verify_speaks_json(hero: Path) -> None:
    hero.write_text(hero.read_text().replace("seed = 7", "seed = 8"))
    (told,) = json.loads(call("verify", "--json").output)
    assert (told["ok"], told["state"]) == (False, "changed")
    assert told["findings"] == [{"field": "seed", "label": "Seed", "before": "7", "after": "8"}]


def test_diff_in_words(hero: Path, tmp_path: Path) -> None:
    shot = studio.Shot(look=studio.preset("blade_runner_2049"), subject="rain", seed=7)
    record = Provenance(shot=shot.with_(look__lens__focal_length_mm=75).model_dump(mode="json"))
    (tmp_path / "take.png").write_bytes(embed_provenance(picture(), record))
    same = call("diff", str(hero), str(hero), "--exit-code")
    assert (same.exit_code, same.output) == (0, "No difference.\n")
    lens = call("diff", str(hero), "take.png")
    assert lens.exit_code == 0
    assert re.fullmatch(r"Lens\n  Focal length: \d+ mm → 75 mm\n", lens.output)
    assert call("diff", str(hero), "take.png", "--exit-code").exit_code == 1
    (each,) = json.loads(call("diff", str(hero), "take.png", "--json").output)
    assert (each["field"], each["after"]) == ("look.lens.focal_length_mm", "75 mm")


def test_from_take_and_words(tmp_path: Path) -> None:
    shot = studio.Shot(look=studio.preset("ida"), subject="a \x1b[31mroad", seed=7)
    record = Provenance(shot=shot.model_dump(mode="json"), panel="Road")
    (tmp_path / "take.png").write_bytes(embed_provenance(picture(), record))
    made = call("from-take", "take.png")
    assert made.exit_code == 0
    path = Path(made.output.strip())
    assert path == (tmp_path / "notebooks" / "shots" / "Road.ipynb").resolve()
    shown = call("words", str(path)).output
    assert "Subject: a [31mroad" in shown
    assert "\x1b" not in shown


def test_mistakes_are_errors_of_the_studio(hero: Path, tmp_path: Path) -> None:
    for words in (
        ("verify", "none.ipynb"),
        ("run", str(hero), "--seeds", "3-1"),
        ("run", str(hero), "-p", "sede=4"),
        ("diff", "none.ipynb", str(hero)),
        ("from-take", "none.png"),
    ):
        result = call(*words)
        assert isinstance(result.exception, studio.StudioError), (words, result.exception)


def test_no_shots_are_no_success(tmp_path: Path) -> None:
    result = call("verify")
    assert isinstance(result.exception, studio.StudioError)
    assert "there are no shots" in str(result.exception)


def test_the_example_for_github_calls_what_there_is(root: Path) -> None:
    file = root / "docs" / "examples" / "verify-shots.yml"
    told = yaml.safe_load(file.read_text())
    steps = told["jobs"]["verify"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert "studio shot verify" in commands
    assert told[True] == ["push", "pull_request"]  # YAML 1.1 reads `on` as a truth value
    assert told["permissions"] == {"contents": "read"}
