"""`studio voila`."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from studio.commands import console, servers


def voila(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port; a taken one gives way to the next.")
    ] = 8866,
    no_browser: console.NoBrowser = False,
) -> None:
    """Serve the tour as a page without code, for this machine only."""
    servers.need("voila", "Voila")
    page = servers.notebook("tour.ipynb")
    chosen = servers.free_port(port)
    # The token goes by the environment: on the command line every user of this machine could read it.
    token = secrets.token_urlsafe(24)
    url = f"http://{servers.HOST}:{chosen}/?token={token}"
    console.err.print(f"The page: {url}", soft_wrap=True)
    command = [
        *(sys.executable, "-m", "voila", str(page)),
        "--Voila.log_level=WARN",
        f"--Voila.ip={servers.HOST}",
        f"--port={chosen}",
        "--Voila.auto_token=True",
        "--no-browser",
        # Without it Voila runs all cells before it shows the page, and live progress is never seen.
        "--progressive_rendering=True",
    ]
    variables = {**servers.environment(project, backend), "JUPYTER_TOKEN": token}
    raise typer.Exit(
        servers.serve(command, variables=variables, open_url="" if no_browser else url, port=chosen)
    )
