"""The code in the docs: it runs, in the page's order, as a reader would copy it; what is only shown exists.

A page's `python` and `sh` blocks run in one kernel and one folder. `console` blocks are shown and not run:
they install, serve for ever, or name the reader's machines. Their `studio …` lines must fit the command line.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import typer.main
import yaml
from nbclient import NotebookClient

from studio.cli import app
from studio.sketch import start

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
LANGUAGES = {"python", "sh", "console", "toml", "yaml", "json", "text"}
_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:studio|python3 start\.py) [^`]+)`")


@dataclass(frozen=True)
class Block:
    """One block of code of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        indent, language, code = found.groups()
        yield Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            language.strip(),
            "\n".join(line.removeprefix(indent) for line in code.splitlines()),
        )


BLOCKS = [block for page in PAGES for block in blocks(page)]
GIVEN = {"someones_workflow.json": CHECKOUT / "tests" / "wire" / "graphs" / "txt2img_sd15.json"}
"""What a reader has at hand, by the name that the pages give it."""
RUN = sorted({block.page for block in BLOCKS if block.language in ("python", "sh")})


def test_every_block_says_what_it_is() -> None:
    assert [block.place for block in BLOCKS if block.language not in LANGUAGES] == []


@pytest.fixture(scope="module")
def boxes() -> Iterator[str]:
    """Two quick backends, as `STUDIO_BACKENDS` names them."""
    with start(step_ms=1) as one, start(step_ms=1) as two:
        yield f"{one.url} {two.url}"


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_a_page_runs_from_top_to_bottom(page: Path, boxes: str, tmp_path: Path) -> None:
    for name, file in GIVEN.items():
        shutil.copy(file, tmp_path / name)
    notebook = nbformat.v4.new_notebook()
    for block in blocks(page):
        if block.language == "python":
            notebook.cells.append(nbformat.v4.new_code_cell(f"# {block.place}\n{block.text}"))
        elif block.language == "sh":
            notebook.cells.append(nbformat.v4.new_code_cell(f"%%bash -e\n# {block.place}\n{block.text}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_BACKENDS", boxes)
        patch.setenv("STUDIO_PROJECT", str(tmp_path / "my-film"))
        patch.setenv("STUDIO_CONFIG", str(tmp_path / "config"))
        patch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        client = NotebookClient(
            notebook, timeout=120, store_widget_state=False, resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute()


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.language in ("toml", "yaml", "json")],
    ids=lambda block: block.place,
)
def test_data_is_well_formed(block: Block) -> None:
    read = {"toml": tomllib.loads, "yaml": yaml.safe_load, "json": json.loads}[block.language]
    assert read(block.text)


def shown_commands() -> Iterator[tuple[str, str]]:
    """Each `studio …` that a page shows, with its place."""
    for block in BLOCKS:
        if block.language in ("sh", "console"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if line.startswith(("studio ", "python3 start.py ")):
                    yield block.place, line.split(" # ")[0]
    for page in PAGES:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for found in _INLINE.finditer(line):
                yield f"{page.name}:{number}", found[1]


@pytest.mark.parametrize(("place", "line"), sorted(set(shown_commands())))
def test_a_command_that_is_shown_exists(place: str, line: str) -> None:
    words = [word for word in shlex.split(line.replace("python3 start.py", "studio")) if word != "…"][1:]
    if words and words[0] == "test":
        return  # the checkout's own, not the program's
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if words and hasattr(command, "commands") and not words[0].startswith("-"):
        options = [re.split(r"\||…", word)[0] for word in words[0].split("|")]
        assert all(word in command.commands for word in options), f"{place}: no command {words[0]!r}"
        return
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    used = {word.strip("[]").split("=")[0] for word in words if word.strip("[").startswith("-")}
    assert used - known - {"--help", "-h"} == set(), place
