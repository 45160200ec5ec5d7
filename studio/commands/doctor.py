"""`studio doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from studio.commands import console, servers

if TYPE_CHECKING:
    from studio.commands.health import Backend, Device, Health, Lack

GIGABYTE = 2**30


def doctor(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Show what is installed, which backends answer, which ports are free, and what templates lack where.

    The exit code is 1 if something is broken that the studio can't do without: a library of the core, a
    template that can't be read, the embedded backend, or a named backend that does not answer.
    """
    from studio.commands.health import PORTS, examine

    is_free = {use: servers.is_free(port) for use, port in PORTS.items()}
    health = examine(project, backend or [], is_free=is_free)
    if as_json:
        print(health.model_dump_json(indent=2))
    else:
        show(health)
    if health.broken:
        raise typer.Exit(1)


def show(health: Health) -> None:
    """Print the report for a person."""
    out = console.out
    out.print(
        f"[bold]Director's Notebook {health.studio}[/bold], Python {health.python}, {health.system}",
        soft_wrap=True,
    )
    disk = "unknown" if health.free_disk is None else f"{health.free_disk / GIGABYTE:.1f} GB"
    out.print(f"Project {escape(health.project)}, disk free: {disk}", soft_wrap=True)
    for table in (_libraries(health), _ports(health), _backends(health), _templates(health)):
        out.print()
        out.print(table)
    out.print()
    for line in health.broken:
        out.print(f"[red]Broken:[/red] {escape(line)}", soft_wrap=True)
    if not health.broken:
        out.print("[green]All that is needed works.[/green]")


def _table(title: str, *columns: str) -> Table:
    headers = [Column(column, overflow="fold") for column in columns]  # an address is never cut
    return Table(*headers, title=title, title_justify="left", title_style="bold", expand=False)


def _libraries(health: Health) -> Table:
    table = _table("Libraries", "Library", "For", "Wanted", "Installed")
    for package in health.packages:
        missing = "[red]missing[/red]" if package.group == "core" else "[dim]not installed[/dim]"
        table.add_row(package.name, package.group, package.wanted, package.version or missing)
    return table


def _ports(health: Health) -> Table:
    table = _table("Ports", "For", "Port", "")
    for port in health.ports:
        table.add_row(
            port.use, str(port.port), "free" if port.free else "taken; the next free one will be used"
        )
    return table


def _backends(health: Health) -> Table:
    table = _table("Backends", "Backend", "ComfyUI", "Devices", "Queue", "State")
    table.columns[2].max_width = 18  # so that an address fits into its column at 80
    for backend in health.backends:
        if backend.problem:
            table.add_row(escape(backend.name), "", "", "", "[red]broken[/red]")
            continue
        devices = "\n".join(_device(device) for device in backend.devices)
        queue = f"{backend.running} running,\n{backend.waiting} waiting"
        table.add_row(escape(backend.name), escape(backend.version), devices, queue, "[green]answers[/green]")
    return table


def _device(device: Device) -> str:
    free, total = device.vram_free / GIGABYTE, device.vram_total / GIGABYTE
    return f"{escape(device.name)}\n{free:.1f}/{total:.1f} GB free"


def _templates(health: Health) -> Table:
    answering = [backend for backend in health.backends if not backend.problem]
    table = _table("Templates", "Template", *(escape(backend.name) for backend in answering))
    for template in health.templates:
        table.add_row(escape(template), *(_state(backend, template) for backend in answering))
    return table


def _state(backend: Backend, template: str) -> str:
    lack = backend.lacks.get(template)
    return "[green]ready[/green]" if lack is None else f"[yellow]lacks {escape(_lack_text(lack))}[/yellow]"


def _lack_text(lack: Lack) -> str:
    kinds = (("nodes", lack.nodes), ("models", lack.models), ("also", lack.other))
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds if names)
