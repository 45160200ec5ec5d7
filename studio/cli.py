"""The command line: `studio demo|lab|voila|doctor|render|…`, one module a command in `studio.commands`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studio.commands import console
from studio.commands.demo import demo
from studio.commands.doctor import doctor
from studio.commands.farm import app as farm
from studio.commands.lab import lab
from studio.commands.render import render
from studio.commands.shot import app as shot
from studio.commands.voila import voila
from studio.commands.workflow import app as workflow
from studio.errors import StudioError

app = typer.Typer(
    name="studio",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, lab, voila, doctor, render):
    app.command()(command)
app.add_typer(farm, name="farm")
app.add_typer(shot, name="shot")
app.add_typer(workflow, name="workflow")

_debug = False


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")] = False,
) -> None:
    """Director's Notebook: plan and render AI-generated film shots on ComfyUI."""
    global _debug
    _debug = debug


@app.command()
def version() -> None:
    """Print the studio's version."""
    from studio import __version__

    print(__version__)


def main() -> None:
    """Run the command line; an error of the studio is one line and exit code 1."""
    console.speak_plainly()
    try:
        app(prog_name="studio")
    except StudioError as error:
        if _debug:
            raise
        console.show_error(error)
        sys.exit(1)
