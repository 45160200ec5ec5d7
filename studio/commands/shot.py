"""`studio shot …`: shots as notebooks in git."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from studio.commands import console

if TYPE_CHECKING:
    from studio.shots.running import Outcome
    from studio.shots.verify import Verdict

app = typer.Typer(
    name="shot",
    no_args_is_help=True,
    help="Shots as notebooks in git: make, run, verify and compare them.",
)

CHANGED = 3
"""Exit code of `verify` when a shot would not be the same; 1 if one can't be told."""

Notebooks = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[NOTEBOOK]…",
        help="Notebooks, or folders of them; those of the project or checkout here without any.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where; in notebooks/shots without it."),
]


@app.command("from-take")
def from_take(
    take: Annotated[Path, typer.Argument(metavar="TAKE", help="A rendered file.")],
    output: Output = None,
    panel: Annotated[
        str, typer.Option(help="The panel that gets new takes; the take's own without it.")
    ] = "",
) -> None:
    """Make a notebook, and its lock, of the shot that a take holds."""
    from studio.shots import from_take as make

    console.out.print(Text(str(make(take, output, panel=panel))), soft_wrap=True)


@app.command("from-panel")
def from_panel(
    panel: Annotated[list[str], typer.Argument(metavar="PANEL", help="Names of panels.")],
    project: console.ProjectFolder = console.DEMO_PROJECT,
) -> None:
    """Make notebooks, and their locks, of panels: of the planned shot, else of the take that is shown."""
    from studio.project import Project

    with Project.open(project, create=False) as film:
        for name in panel:
            entry = film.board.state[name]
            console.out.print(Text(str(film.panel(entry.name).to_notebook())), soft_wrap=True)


@app.command()
def run(
    notebook: Notebooks = None,
    backend: console.Backends = None,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="DIR",
            envvar="STUDIO_PROJECT",
            help="Where takes go; without it the project that a notebook lies in.",
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(metavar="RANGE", help="Once with each: 1-8, or 3,5,9.")] = "",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUE",
            help="Another value of the parameters cell; look.lens.t_stop=2.8 and parameters.steps=20 reach "
            "further. Repeatable.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Notebooks at a time.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the executed notebooks here."),
    ] = None,
    lock: Annotated[bool, typer.Option("--lock", help="Renew the locks by what is rendered.")] = False,
) -> None:
    """Render shots headless, side by side; their files are not changed. Exit code 1 if one fails.

    A shot that is run as it stands fills in its lock, if that has no take yet. Without --backend the
    project's own backends are used; if there are none, an embedded sketch backend.
    """
    from studio.commands.render import _pairs
    from studio.shots.places import find_shots
    from studio.shots.running import run_all, seeds_of, tasks_of

    tasks = tasks_of(
        find_shots(notebook or []),
        seeds=seeds_of(seeds) if seeds else (),
        changes=_pairs("-p", parameter),
    )
    outcomes = run_all(
        tasks, backends=backend or (), project=project, jobs=jobs, out=out, relock=lock, done=_show_outcome
    )
    failed = [outcome for outcome in outcomes if outcome.error]
    if failed:
        console.err.print(f"{len(failed)} of {len(outcomes)} failed.")
        raise typer.Exit(1)


@app.command()
def lock(notebook: Notebooks = None) -> None:
    """Renew the locks: what the shots build now is what they shall build. Nothing is rendered."""
    from studio.shots import lock_notebook
    from studio.shots.places import find_shots, lock_path

    for path in find_shots(notebook or []):
        lock_notebook(path)
        console.out.print(Text(str(lock_path(path))), soft_wrap=True)


@app.command()
def verify(
    notebook: Notebooks = None,
    render: Annotated[bool, typer.Option("--render", help="Render them too, and compare pixels.")] = False,
    within: Annotated[
        int,
        typer.Option(
            min=0,
            max=64,
            metavar="BITS",
            help="With --render: bits of 64 by which a picture's look may differ; 6 is the same picture "
            "packed otherwise. 0: only the same pixels are the same.",
        ),
    ] = 0,
    run: Annotated[
        bool,
        typer.Option(
            "--run",
            help="Run a notebook down to its shot if that can't be read; else nothing is run.",
        ),
    ] = False,
    backend: console.Backends = None,
    as_json: AsJson = False,
) -> None:
    """Say for each shot whether it would still build the graph of its lock, and what changed if not.

    Exit code 0 if all are the same, 3 if one is not, 1 if one has no lock or can't be told.
    """
    from studio.shots.places import find_shots
    from studio.shots.rendering import render_all
    from studio.shots.running import examined_all

    shots = examined_all(find_shots(notebook or []), run_cells=run)
    verdicts = [each.verdict for each in shots]
    if render:
        verdicts = render_all(shots, backends=backend or (), within=within)
    if as_json:
        print(json.dumps([{"ok": each.ok, **each.model_dump(mode="json")} for each in verdicts], indent=2))
    else:
        for verdict in verdicts:
            _show_verdict(verdict)
    if any(verdict.state in ("failed", "unlocked") for verdict in verdicts):
        raise typer.Exit(1)
    if not all(verdict.ok for verdict in verdicts):
        raise typer.Exit(CHANGED)


@app.command()
def diff(
    before: Annotated[
        str,
        typer.Argument(metavar="A", help="A notebook, a take, a lock, or one at a commit: HEAD~1:path."),
    ],
    after: Annotated[
        str, typer.Argument(metavar="[B]", help="The other one; without it A is compared with HEAD's.")
    ] = "",
    as_json: AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit code 1 if they differ.")] = False,
) -> None:
    """What one must change in A to have B, in words of film."""
    from studio.project.differences import differences
    from studio.shots.places import project_above
    from studio.shots.revisions import at_head, shot_at

    first, second = (before, after) if after else (at_head(before), before)
    root = project_above(Path.cwd())
    found = differences(
        shot_at(first), shot_at(second), folders=[root / "templates"] if root is not None else []
    )
    if as_json:
        fields = ("field", "group", "label", "before", "after")
        print(json.dumps([{name: getattr(each, name) for name in fields} for each in found], indent=2))
    elif not found:
        console.out.print("No difference.")
    else:
        heading = ""
        for each in found:
            if each.group != heading:
                heading = each.group
                console.out.print(Text(console.harmless(heading), style="bold"))
            console.out.print(Text(console.harmless(f"  {each}")), soft_wrap=True)
    if found and exit_code:
        raise typer.Exit(1)


@app.command("git-setup")
def git_setup(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The checkout.")] = Path(),
) -> None:
    """Teach git, in this checkout, to show shots and takes in words and to merge shots by meaning."""
    from studio.shots.gitsetup import set_up

    for line in set_up(folder):
        console.out.print(Text(line), soft_wrap=True)


@app.command(hidden=True)
def words(file: Path) -> None:
    """What git shows of a shot or take (textconv)."""
    from studio.shots.words import words_of

    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(words_of(file))


@app.command(hidden=True)
def merge(base: Path, ours: Path, theirs: Path, name: Annotated[str, typer.Argument()] = "") -> None:
    """What git calls to merge a shot: the result goes into OURS; exit code 1 if something is to decide."""
    from studio.files import write_atomically
    from studio.shots.merging import merge_files
    from studio.shots.reading import presets_of

    with presets_of(Path(name).resolve() if name else ours.resolve()):
        merged = merge_files(base, ours, theirs)
    write_atomically(ours.resolve(), merged.notebook.to_bytes())
    for line in merged.conflicts:
        console.err.print(Text(console.harmless(f"{name or ours}: {line}")), soft_wrap=True)
    if merged.conflicts:
        raise typer.Exit(1)


@app.command("merge-lock", hidden=True)
def merge_lock(base: Path, ours: Path, theirs: Path, name: Annotated[str, typer.Argument()] = "") -> None:
    """What git calls to merge a lock: it can only be made anew, from the merged shot."""
    old, one, other = base.read_bytes(), ours.read_bytes(), theirs.read_bytes()
    if one in (other, old):
        ours.write_bytes(other)
    elif other != old:
        notebook = (name or str(ours)).removesuffix(".lock.toml") + ".ipynb"
        console.err.print(
            Text(console.harmless(f"{name}: renew it by `studio shot lock {notebook}`, then git add.")),
            soft_wrap=True,
        )
        raise typer.Exit(1)


def _show_outcome(outcome: Outcome) -> None:
    name = outcome.task.name
    for path in outcome.takes:
        console.out.print(Text(console.harmless(f"{name}: {path}")), soft_wrap=True)
    for note in outcome.notes:
        console.out.print(Text(console.harmless(f"{name}: {note}"), style="dim"), soft_wrap=True)
    if outcome.error:
        line = Text(f"{name}: ", style="bold red")
        line.append(console.harmless(outcome.error), style="red")
        console.err.print(line, soft_wrap=True)


_SAID = {
    "same": ("would be the same", "green"),
    "changed": ("would be another", "yellow"),
    "unlocked": ("has no lock", "yellow"),
    "failed": ("can't be told", "red"),
}


def _show_verdict(verdict: Verdict) -> None:
    said, colour = _SAID[verdict.state]
    lines: list[tuple[str, Any]] = [(f"{verdict.notebook}: {said}", colour)]
    lines += [(f"  {finding}", None) for finding in verdict.findings]
    lines += [(f"  {note}", "dim") for note in verdict.notes]
    lines += [(f"  {verdict.error}", None)] if verdict.error else []
    if verdict.render is not None:
        fine = verdict.render.exact or verdict.render.near
        near = " (near enough)" if verdict.render.near and not verdict.render.exact else ""
        lines.append((f"  rendered: {verdict.render.words}{near}", "green" if fine else "yellow"))
    for text, style in lines:
        console.out.print(Text(console.harmless(text), style=style or ""), soft_wrap=True)
