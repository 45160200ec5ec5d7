"""The workflows of `comfyui-workflow-templates`, drawn by many hands: loaded, never copied."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from studio.workflow import Workflow, load


@cache
def folder() -> Path:
    """Where the package keeps them."""
    spec = importlib.util.find_spec("comfyui_workflow_templates")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "templates"


def names() -> list[str]:
    """All of them, without the package's own index files."""
    return sorted(path.stem for path in folder().glob("*.json") if not path.stem.startswith("index"))


def load_public(name: str, object_info: dict[str, Any]) -> Workflow:
    """One of them."""
    return load(folder() / f"{name}.json", object_info=object_info)
