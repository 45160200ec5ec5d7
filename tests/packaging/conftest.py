"""A copy of the checkout as a person's clone has it, in a folder with an awkward name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NEEDED = (
    "LICENSE",
    "README.md",
    "locks",
    "notebooks",
    "presets",
    "pyproject.toml",
    "start.py",
    "studio",
    "templates",
    "widgets",
)


def copy_checkout(root: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in NEEDED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=left_out)
        else:
            shutil.copy(source, target)
    return target


@pytest.fixture(scope="module")
def clone(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(root, tmp_path_factory.mktemp("home") / "a clone, größer")


def uv(*words: str) -> None:
    result = subprocess.run([sys.executable, "-m", "uv", *words], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout."""
    source = copy_checkout(root, tmp_path_factory.mktemp("source") / "checkout")
    folder = tmp_path_factory.mktemp("dist")
    build = ["build", "--wheel", "--no-build-isolation", "--python", sys.executable]
    uv(*build, "--out-dir", str(folder), str(source))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def new_programs(root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes an environment that has the wheel and the core's libraries only; gives its programs' folder."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("elsewhere") / "venv"
        uv("venv", "--python", sys.executable, str(home))
        folder = home / ("Scripts" if os.name == "nt" else "bin")
        install = ("pip", "install", "--python", str(folder / "python"))
        uv(*install, "--require-hashes", "-r", str(root / "locks" / "core.txt"))
        uv(*install, "--no-deps", str(wheel))
        return folder

    return make


@pytest.fixture(scope="session")
def programs(new_programs: Callable[[], Path]) -> Path:
    """The programs' folder of one such environment."""
    return new_programs()


@pytest.fixture(scope="session")
def plain_environment() -> dict[str, str]:
    """This process's environment without what could lead a program back into the checkout's own."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "STUDIO_BACKENDS", "STUDIO_PROJECT")
    return {name: value for name, value in os.environ.items() if name not in hidden}
