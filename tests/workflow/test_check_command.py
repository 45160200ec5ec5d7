"""`studio workflow check` does not promise what it has not looked at, and fits into 80 columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from studio.commands.workflow import app
from studio.workflow import find_template
from tests.workflow.conftest import DATA


@pytest.fixture
def graph(tmp_path: Path) -> str:
    """A graph that core ComfyUI has all nodes of."""
    file = tmp_path / "graph.json"
    built: dict[str, Any] = find_template("plate").build(prompt="sea", seed=1)
    file.write_text(json.dumps(built), "utf-8")
    return str(file)


def test_without_a_backend_nothing_is_said_of_its_models(graph: str) -> None:
    result = CliRunner().invoke(app, ["check", graph])
    assert result.exit_code == 0
    assert "It can run there" not in result.stdout
    assert "--backend" in result.stdout
    asked = CliRunner().invoke(app, ["check", graph, "--object-info", str(DATA / "object_info.json.gz")])
    assert "It can run there" in asked.stdout


def test_tables_fit_into_eighty_columns(graph: str) -> None:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["inspect", graph])
    lines = [line for line in result.stdout.splitlines() if graph not in line]
    assert len(lines) > 20
    assert max(map(cell_len, lines)) <= 80
