"""What the commands share: where they print, and the options that several take."""

from __future__ import annotations

import sys
import unicodedata
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from studio.errors import StudioError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Backends = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        metavar="URL",
        envvar="STUDIO_BACKENDS",
        help="A ComfyUI server; may be repeated.",
        show_default=False,
    ),
]
ProjectFolder = Annotated[
    Path, typer.Option("--project", metavar="DIR", envvar="STUDIO_PROJECT", help="The project's folder.")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]

DEMO_PROJECT = Path("demo-film")


def show_error(error: StudioError) -> None:
    """Print an error as one line, whatever control characters or markup its parts hold."""
    line = Text("Error: ", style="bold red")
    line.append(" ".join(harmless(str(error)).split()), style="red")
    err.print(line, soft_wrap=True)


def harmless(text: str) -> str:
    """`text` without what a terminal would obey."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


def speak_plainly() -> None:
    """Never fail on a character that the terminal can't show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
