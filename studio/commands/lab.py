"""`studio lab`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studio.commands import console, servers


def lab(
    page: Annotated[
        str, typer.Argument(help="The notebook to open: tour, console, storyboard, gallery, farm …")
    ] = "tour",
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port; a taken one gives way to the next.")
    ] = 8888,
    no_browser: console.NoBrowser = False,
) -> None:
    """Open JupyterLab on the tour or another notebook of the studio, for this machine only."""
    servers.need("jupyterlab", "JupyterLab")
    notebook = servers.notebook(f"{page.removesuffix('.ipynb')}.ipynb")
    root = notebook.parent.parent if notebook.parent.name == "notebooks" else notebook.parent
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        "--log-level=WARN",  # the address is still told
        f"--ServerApp.ip={servers.HOST}",
        f"--ServerApp.port={servers.free_port(port)}",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(root).as_posix()}",
        *(["--no-browser"] if no_browser else []),
        *servers.as_root(),
    ]
    raise typer.Exit(servers.serve(command, variables=servers.environment(project, backend)))
