"""Backends and jobs as tables that fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from studio.commands import console
from studio.commands.farm_look import JobLine, Look
from studio.render.status import BackendStatus

GIGABYTE = 1024**3

_COLOURS = {
    **{"online": "green", "busy": "cyan", "offline": "red", "wrong_version": "red", "resting": "yellow"},
    **{"disabled": "bright_black", "unknown": "bright_black"},
    **{"done": "green", "running": "cyan", "queued": "cyan", "pending": "yellow", "failed": "red"},
    "cancelled": "bright_black",
}


def backends_table(backends: Sequence[BackendStatus]) -> Table:
    """One row a backend, and why one is away below its name."""
    table = Table(
        Column("Backend", overflow="fold", ratio=3),
        Column("State", no_wrap=True),
        Column("Queue", justify="right", no_wrap=True),
        Column("VRAM free", justify="right", no_wrap=True),
        Column("Jobs/h", justify="right", no_wrap=True),
        Column("ComfyUI", no_wrap=True),
        expand=False,
    )
    for one in backends:
        name = Text(one.name)
        if one.error and one.state not in ("online", "busy"):
            name.append(f"\n{one.error}", style="bright_black")
        table.add_row(
            name,
            Text(one.state, style=_COLOURS.get(one.state, "")),
            f"{one.queue_running}+{one.queue_pending}",
            _memory(one.vram_free, one.vram_total),
            "" if one.speed is None else f"{one.speed:.0f}",
            Text(one.comfyui),
        )
    if not backends:
        table.add_row(Text("none", style="bright_black"), "", "", "", "", "")
    return table


def jobs_table(jobs: Iterable[JobLine]) -> Table:
    """One row a job, and why it failed below what it is called."""
    table = Table(
        Column("Job", no_wrap=True),
        Column("For", overflow="fold", ratio=3),
        Column("State", no_wrap=True),
        Column("Backend", overflow="fold", ratio=1),
        Column("Age", justify="right", no_wrap=True),
        expand=False,
    )
    for job in jobs:
        label = Text(job.label or "–")
        if job.error:
            label.append(f"\n{job.error}", style="bright_black")
        for take in job.takes:
            label.append(f"\n{take}", style="bright_black")
        state = Text(job.state.value, style=_COLOURS.get(job.state.value, ""))
        if job.cancelled and not job.state.ended:
            state.append(" (cancelling)", style="yellow")
        table.add_row(job.job[:8], label, state, Text(job.backend), age(job.created))
    return table


def shown_live(looks: Iterator[Look]) -> None:
    """Tables that are drawn anew with each look; where there is no terminal, one after another."""
    if not console.out.is_terminal:
        for found in looks:
            console.out.print(_both(found))
        return
    with Live(console=console.out, auto_refresh=False, screen=False) as live:
        for found in looks:
            live.update(_both(found), refresh=True)


def age(since: datetime | None) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`."""
    if since is None:
        return ""
    seconds = max(0.0, (datetime.now(UTC) - since).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _both(found: Look) -> Group:
    return Group(backends_table(found.backends), jobs_table(found.jobs))


def _memory(free: int | None, total: int | None) -> str:
    if free is None:
        return ""
    return f"{free / GIGABYTE:.1f}" + (f" of {total / GIGABYTE:.0f} GB" if total else " GB")
