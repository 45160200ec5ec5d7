"""The notebook that the launcher opens: the console of the project in which it lies."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from studio.files import write_new

NAME = "console.ipynb"

_WIDGETS = {
    "Console": "Storyboard, cinema, gallery, farm and video over one project, behind tabs.",
    "Storyboard": "Every shot of the film on one table. Right-click for everything, Ctrl+Z to take it back.",
}


def console_notebook(folder: Path) -> tuple[Path, bool]:
    """The console of the project in `folder`; one that is there already is the person's own and stays.

    Returns:
        The notebook, and whether it was made.

    Raises:
        StorageError: the disk refuses.
    """
    path = folder / NAME
    return path, write_new(path, notebook().encode())


def is_ours(path: Path) -> bool:
    """Whether a notebook's code is still what `notebook` gives, so that it may be run unasked."""
    try:
        return _code(path.read_text(encoding="utf-8")) == _code(notebook())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False  # whatever that is, it is none of ours


def _code(text: str) -> list[str]:
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] != "markdown"]


def notebook() -> str:
    """Its text: the same each time, without outputs."""
    widget = "Console" if importlib.util.find_spec("widgets.console") is not None else "Storyboard"
    code = (
        "import studio",
        f"from widgets import {widget}",
        "",
        'project = studio.Project.open(".")',
        f"{widget}(project)",
    )
    cells = [
        {
            "cell_type": "markdown",
            "id": "title",
            "metadata": {},
            "source": ["# Director's Notebook\n", "\n", _WIDGETS[widget]],
        },
        {
            "cell_type": "code",
            "id": "console",
            "execution_count": None,
            "metadata": {"jupyter": {"source_hidden": True}},
            "outputs": [],
            "source": [*(f"{line}\n" for line in code[:-1]), code[-1]],
        },
    ]
    whole = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
