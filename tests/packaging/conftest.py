"""A copy of the checkout as a person's clone has it, in a folder with an awkward name."""

from __future__ import annotations

import os
import shutil
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


@pytest.fixture(scope="module")
def plain_environment() -> dict[str, str]:
    """This process's environment without what could lead a program back into the checkout's own."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "STUDIO_BACKENDS", "STUDIO_PROJECT")
    return {name: value for name, value in os.environ.items() if name not in hidden}
