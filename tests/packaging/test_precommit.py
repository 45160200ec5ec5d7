"""The hooks that run at a commit, run for real in a repository of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def repository(root: Path, tmp_path: Path) -> Path:
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(root / name, tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def commit_hooks(repository: Path) -> subprocess.CompletedProcess[str]:
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    hidden = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"PATH": path, "PRE_COMMIT_HOME": str(repository / ".git" / "pre-commit")}
    command = [sys.executable, "-m", "pre_commit", "run"]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


def test_a_notebook_loses_its_outputs(repository: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["2\n"]}
    cell = {"cell_type": "code", "execution_count": 3, "id": "a1", "metadata": {}, "outputs": [output]}
    notebook = {
        "cells": [cell | {"source": ["print(1 + 1)"]}],
        "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = repository / "shot.ipynb"
    path.write_text(json.dumps(notebook))
    refused = commit_hooks(repository)
    assert refused.returncode != 0, refused.stdout
    stripped = json.loads(path.read_text())
    assert stripped["cells"][0]["outputs"] == []
    assert stripped["cells"][0]["execution_count"] is None
    assert "widgets" not in stripped["metadata"]
    accepted = commit_hooks(repository)
    assert accepted.returncode == 0, accepted.stdout


def test_python_is_linted_and_formatted(repository: Path) -> None:
    path = repository / "look.py"
    path.write_text("import os\nlook = {'camera':1}\n")
    refused = commit_hooks(repository)
    assert refused.returncode != 0, refused.stdout
    assert path.read_text() == 'look = {"camera": 1}\n'
    accepted = commit_hooks(repository)
    assert accepted.returncode == 0, accepted.stdout
