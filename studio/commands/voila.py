"""`studio voila`."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from studio.commands import console, servers
from studio.data import data_folder
from studio.errors import StudioError
from studio.folders import config_folder
from studio.voila import config

PAGES = {
    "console": "console.ipynb",
    "storyboard": "review_board.ipynb",
    "gallery": "review_gallery.ipynb",
    "tour": "tour.ipynb",
}
"""Pages by name; each has an address of that name, beside the one that is served first."""

PORT = 8866


def voila(
    page: Annotated[
        str, typer.Argument(help="console, storyboard, gallery, tour, or a notebook.", show_default="console")
    ] = "",
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="Make a link for this role; may be repeated.", show_default="director"),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.", show_default=servers.HOST)] = "",
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port; a taken one gives way to the next.", show_default="8866"),
    ] = 0,
    file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Visitors, proxy, projects: see docs/sharing.md."),
    ] = None,
    token: Annotated[
        bool, typer.Option(help="Whether visitors need a token; without, this machine only.")
    ] = True,
    no_browser: console.NoBrowser = False,
) -> None:
    """Serve pages without code: console, storyboard and gallery, in a role for each visitor."""
    servers.need("voila", "Voila")
    found = _file(file)
    settings = config.VoilaFile() if found is None else config.read_file(found)
    address = host or settings.host or servers.HOST
    guests = config.guests(
        settings, roles=role or [], host=address, token=token, where=str(found or config.CONFIG_FILE)
    )
    from studio.project import Project

    projects = [Path(one).expanduser().resolve() for one in settings.projects] or [project.resolve()]
    pages = _pages(page or settings.page or "console")
    Project.open(projects[0]).close()  # a visitor's role may not be allowed to make one
    with contextlib.ExitStack() as ends:
        boxes, addresses = _backends(projects[0], backend or settings.backends, ends)
        chosen = servers.free_port(port or settings.port or PORT)
        shown = address if config.is_loopback(address) else _name_of(address)
        url = f"http://{f'[{shown}]' if ':' in shown else shown}:{chosen}/"
        for name, secret in guests.tokens.items():
            console.err.print(f"The page, as {name}: {url}?token={secret}", soft_wrap=True, markup=False)
        if not guests.tokens:
            console.err.print(f"The page: {url}", soft_wrap=True, markup=False)
        first = next(iter(guests.tokens.values()), "")
        # By the environment, and tokens hashed: every user of this machine could read the command line.
        door = guests.door(projects, addresses)
        variables = {
            **servers.environment(projects[0], boxes),
            "STUDIO_DOOR": door.model_dump_json(),
            "STUDIO_PAGES": json.dumps(pages),
        }
        command = [
            *(sys.executable, "-m", "studio.voila.app"),
            "--Voila.log_level=WARN",
            f"--Voila.ip={address}",
            f"--port={chosen}",
            "--Voila.port_retries=0",
            "--no-browser",
            "--VoilaConfiguration.allow_template_override=NO",
            # Without it Voila runs all cells before it shows the page, and live progress is never seen.
            "--progressive_rendering=True",
        ]
        opened = (
            ""
            if no_browser or not config.is_loopback(address)
            else f"{url}{f'?token={first}' if first else ''}"
        )
        raise typer.Exit(servers.serve(command, variables=variables, open_url=opened, port=chosen))


def _file(given: Path | None) -> Path | None:
    """The settings: those that are named, else the person's own, if there are any."""
    if given is not None:
        return given
    own = config_folder() / config.CONFIG_FILE
    return own if own.is_file() else None


def _pages(wanted: str) -> dict[str, str]:
    """Address → notebook; what is wanted comes first, at the root.

    Raises:
        StudioError: no such page.
    """
    folder = data_folder("notebooks")
    known = {name: str(folder / file) for name, file in PAGES.items() if (folder / file).is_file()}
    if wanted in known:
        return {"": known[wanted], **known}
    path = Path(wanted).expanduser().resolve()
    if wanted in PAGES or path.suffix != ".ipynb" or not path.is_file():
        raise StudioError(
            f"there is no page {wanted!r}", hint=f"There are {', '.join(known)}; or give a notebook's path."
        )
    return {"": str(path), **known}


def _backends(
    project: Path, given: Sequence[str] | None, ends: contextlib.ExitStack
) -> tuple[list[str] | None, list[str]]:
    """What the kernels are told, and the addresses that they may use.

    Without any backend an embedded one is started here, for all visitors.
    """
    from studio.project.backends import registry_of
    from studio.render.address import Address

    if given:
        return list(given), [Address.parse(one).http for one in given]
    named = registry_of(project).load() if project.is_dir() else ()
    if named:
        return None, [one.url for one in named]
    from studio.sketch import start

    sketch = ends.enter_context(start())
    return [sketch.url], [Address.parse(sketch.url).http]


def _name_of(host: str) -> str:
    """How others reach an address that means all of this machine's."""
    import socket

    return socket.gethostname() if host in ("0.0.0.0", "::", "") else host
