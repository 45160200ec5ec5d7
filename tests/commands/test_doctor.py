"""`studio doctor`: what it finds on this machine and at backends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import __version__
from studio.commands import health
from studio.workflow import ObjectInfo, find_template

Studio = Callable[..., subprocess.CompletedProcess[str]]


def backend(*checkpoints: str) -> dict[str, Any]:
    """Node classes of a ComfyUI that has these checkpoints."""
    raw = dict(ObjectInfo.core().raw)
    loader = json.loads(json.dumps(raw["CheckpointLoaderSimple"]))
    loader["input"]["required"]["ckpt_name"] = [list(checkpoints), {}]
    return raw | {"CheckpointLoaderSimple": loader}


def test_missing_nodes_and_models_are_named() -> None:
    info = backend("a.ckpt")
    del info["KSampler"]
    lack = health.lacks(find_template("sdxl"), ObjectInfo(info))
    assert lack.nodes == ["KSampler"]
    assert lack.models == ["checkpoints/sd_xl_base_1.0.safetensors"]
    assert lack.other == []


def test_nothing_is_missed_that_is_there() -> None:
    lack = health.lacks(find_template("sdxl"), ObjectInfo(backend("sd_xl_base_1.0.safetensors")))
    assert not lack


def test_what_else_is_refused_is_told() -> None:
    info = backend("sd_xl_base_1.0.safetensors")
    sampler = json.loads(json.dumps(info["KSampler"]))
    sampler["input"]["required"]["steps"] = ["INT", {"min": 1, "max": 2}]
    lack = health.lacks(find_template("sdxl"), ObjectInfo(info | {"KSampler": sampler}))
    assert len(lack.other) == 1
    assert "steps" in lack.other[0]


def test_libraries_are_those_of_the_project() -> None:
    found = {package.name: package for package in health.packages()}
    assert found["pydantic"].group == "core" and found["pydantic"].version
    assert found["voila"].group == "lab"
    assert "pytest" not in found


def test_all_is_well_without_a_comfyui(studio: Studio, tmp_path: Path) -> None:
    result = studio("doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "All that is needed works." in result.stdout
    for word in (__version__, "pydantic", "sdxl", "flux", "plate", "sketch", "JupyterLab", "8888", "free"):
        assert word in result.stdout
    assert not (tmp_path / "demo-film").exists()  # looking makes nothing


def test_json_is_the_whole_report(studio: Studio) -> None:
    from studio.sketch import start

    with start(models={"checkpoints": ["other.safetensors"]}, name="poor") as sketch:
        result = studio("doctor", "--json", "--backend", sketch.url)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    named, embedded = report["backends"]
    assert named["name"] == sketch.url
    assert named["version"]
    assert named["lacks"]["sdxl"]["models"] == ["checkpoints/sd_xl_base_1.0.safetensors"]
    assert "plate" not in named["lacks"]
    assert embedded["lacks"] == {}
    assert report["broken"] == []


def test_a_named_backend_that_is_away_is_broken(studio: Studio) -> None:
    result = studio("doctor", "--backend", "http://user:secret@127.0.0.1:9")
    assert result.returncode == 1
    assert "127.0.0.1:9" in result.stdout
    assert "nothing answers there" in result.stdout
    assert "secret" not in result.stdout + result.stderr


def test_a_projects_own_backends_and_templates_count(studio: Studio, tmp_path: Path) -> None:
    film = tmp_path / "demo-film"
    (film / "templates" / "mine").mkdir(parents=True)
    (film / "templates" / "mine" / "manifest.toml").write_text("name = [")
    (film / "studio.toml").write_text('name = "film"\nbackends = ["http://127.0.0.1:9"]\n')
    result = studio("doctor", "--json")
    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert any("mine" in line for line in report["broken"])
    assert any("127.0.0.1:9" in line for line in report["broken"])


def test_backends_can_be_told_apart_on_a_narrow_terminal(studio: Studio, variables: dict[str, str]) -> None:
    variables["COLUMNS"] = "80"
    addresses = [f"http://127.0.0.1:{port}" for port in (10007, 10009)]
    result = studio("doctor", *(word for address in addresses for word in ("--backend", address)))
    table, broken = result.stdout.split("\nBackends")[1].split("\nTemplates")
    assert all(f"│ {address}" in table for address in addresses)
    assert all(f"Broken: {address}: nothing answers there." in broken for address in addresses)
    assert max(map(len, table.splitlines())) <= 80


def test_a_project_s_backends_with_name_and_token_are_asked(
    studio: Studio, variables: dict[str, str], tmp_path: Path
) -> None:
    """A backend that is a table in `studio.toml` is asked by its own address, and its token is not shown."""
    film = tmp_path / "film"
    film.mkdir()
    (film / "studio.toml").write_text(
        '[[backends]]\nname = "big box"\nurl = "http://127.0.0.1:9"\ntoken = "env:CANARY"\n'
    )
    variables["CANARY"] = "sk-secret"
    result = studio("doctor", "--project", str(film))
    assert result.returncode == 1
    assert "big box" in result.stdout and "sk-secret" not in result.stdout + result.stderr
