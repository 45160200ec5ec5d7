"""The command line as a process of its own, as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Studio = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def variables() -> dict[str, str]:
    """The environment without settings of whoever runs the tests, and wide enough that no table wraps."""
    hidden = ("STUDIO_BACKENDS", "STUDIO_PROJECT")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"COLUMNS": "250", "NO_COLOR": "1"}


@pytest.fixture
def studio(variables: dict[str, str], tmp_path: Path) -> Studio:
    """Run `studio …` in an empty folder."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "studio", *words]
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)

    return run
