"""A built wheel, installed outside the checkout, is whole: it does the demo."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio import __version__

Studio = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def studio(programs: Path, plain_environment: dict[str, str], tmp_path: Path) -> Studio:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(programs / "studio"), *words]
        return subprocess.run(command, cwd=tmp_path, env=plain_environment, capture_output=True, text=True)

    return run


def test_wheel_holds_what_is_needed_and_no_more(root: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("presets", "templates"):
        data = [path for path in (root / folder).rglob("*") if path.suffix in (".toml", ".json")]
        assert data
        assert {f"studio/_data/{path.relative_to(root).as_posix()}" for path in data} <= names
    front = [path for path in (root / "widgets").rglob("*") if path.suffix in (".js", ".css")]
    assert front
    assert {path.relative_to(root).as_posix() for path in front} <= names
    assert {"studio/_data/notebooks/tour.ipynb", "studio/py.typed"} <= names
    shared = f"directors_notebook-{__version__}.data"
    for_jupyter = f"{shared}/data/share/jupyter/labextensions/directors-notebook"
    assert f"{shared}/data/etc/jupyter/jupyter_server_config.d/directors-notebook.json" in names
    assert {f"{for_jupyter}/package.json", f"{for_jupyter}/static/container.js"} <= names
    assert {name.split("/")[0] for name in names} == {
        "studio",
        "widgets",
        shared,
        f"directors_notebook-{__version__}.dist-info",
    }


def test_demo_from_the_wheel(studio: Studio, tmp_path: Path) -> None:
    for version in (1, 2):
        result = studio("demo")
        assert result.returncode == 0, result.stderr
        takes = sorted((tmp_path / "demo-film").glob(f"*/*_v{version:03d}.png"))
        assert len(takes) == 6
        for take in takes:
            with Image.open(take) as picture:
                picture.load()
                assert "studio" in picture.info
    with Image.open(tmp_path / "demo-film" / "contact-sheet.png") as sheet:
        sheet.load()
        assert min(sheet.size) > 500


def test_widgets_are_offered_to_a_notebook(programs: Path, tmp_path: Path) -> None:
    program = (
        "import importlib.metadata as m, json;"
        "print(json.dumps({p.name: p.value for p in m.entry_points(group='studio.progress')}))"
    )
    output = subprocess.check_output([str(programs / "python"), "-I", "-c", program], cwd=tmp_path, text=True)
    assert json.loads(output) == {"notebook": "widgets.progress:show"}


def test_lab_says_what_is_missing(studio: Studio) -> None:
    result = studio("lab", "--no-browser")
    assert result.returncode == 1
    assert "JupyterLab is not installed" in result.stderr
    assert "directors-notebook[lab]" in result.stderr
    assert "Traceback" not in result.stderr
