"""`studio demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.commands import console


def demo(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    template: Annotated[
        str, typer.Option(metavar="ID", help="Render all shots with this template; `plate` needs no model.")
    ] = "",
) -> None:
    """Render one scene of six shots: from six films' looks to takes and a contact sheet.

    Without --backend it renders on embedded sketch backends, which need no GPU.
    """
    from studio.demo import run_demo

    run_demo(project, backends=backend or [], template=template, console=console.out)
