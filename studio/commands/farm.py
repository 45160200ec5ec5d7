"""`studio farm …`: the backends and jobs of a project, and the farm beyond one machine."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from studio.commands import console

app = typer.Typer(
    name="farm",
    no_args_is_help=True,
    help="Backends and jobs: see them, cancel and resume; render boxes on other machines.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SchedulerAddress = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        envvar="STUDIO_SCHEDULER",
        help="A Dask scheduler that `studio farm start` runs: tcp://host:8786.",
        show_default=False,
    ),
]

NOT_THERE = 3
"""Exit code of `status` when no backend can take jobs."""


@app.command()
def status(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    scheduler: SchedulerAddress = "",
    as_json: AsJson = False,
) -> None:
    """How every backend is. Exit code 3 if none can take jobs."""
    from studio.commands.farm_look import look
    from studio.commands.farm_tables import backends_table

    found = look(project, backend or (), scheduler)
    if as_json:
        print(found.model_dump_json(indent=2, exclude={"jobs"}))
    else:
        console.out.print(backends_table(found.backends))
    if not any(one.state in ("online", "busy", "resting") for one in found.backends):
        raise typer.Exit(NOT_THERE)


@app.command()
def watch(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    scheduler: SchedulerAddress = "",
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON a look.")] = False,
) -> None:
    """Backends and unfinished jobs, live, until Ctrl-C."""
    from studio.commands.farm_look import Looker
    from studio.commands.farm_tables import shown_live

    with Looker(project, backend or (), scheduler) as looker:
        try:
            if as_json:
                for found in looker.looks(every):
                    print(found.model_dump_json(), flush=True)
            else:
                shown_live(looker.looks(every))
        except (KeyboardInterrupt, BrokenPipeError):
            return


@app.command()
def jobs(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    last: Annotated[int, typer.Option(min=1, help="With --all: how many at most, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The jobs that the project's journal tells of, of every process: the unfinished ones."""
    from studio.commands.farm_look import project_jobs
    from studio.commands.farm_tables import jobs_table

    found = project_jobs(project)
    shown = found[-last:] if everything else [job for job in found if not job.state.ended]
    if as_json:
        print(json.dumps([job.model_dump(mode="json") for job in shown], indent=2))
    elif shown:
        console.out.print(jobs_table(shown))
    else:
        console.out.print("No jobs." if everything else "No unfinished jobs.")


@app.command()
def cancel(
    job: Annotated[list[str], typer.Argument(metavar="JOB", help="Ids, or how they begin.")],
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait until it has stopped.")] = 15.0,
) -> None:
    """Stop jobs, and no others, whichever process they belong to."""
    from studio.commands.farm_cancel import cancel_jobs

    for line in cancel_jobs(project, job, backend or (), wait):
        console.out.print(line, markup=False, soft_wrap=True)


@app.command()
def resume(
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: console.Backends = None,
    as_json: AsJson = False,
) -> None:
    """Go on with what was left unfinished, and wait until it is done. Exit code 1 if a job fails."""
    from studio.commands.farm_look import resumed

    done, failed = 0, 0
    for ended in resumed(project, backend or (), quiet=as_json):
        done, failed = done + ended.ok, failed + (not ended.ok)
        if as_json:
            print(ended.model_dump_json(), flush=True)
    if not as_json:
        console.out.print(f"{done} done, {failed} failed." if done + failed else "Nothing to resume.")
    if failed:
        raise typer.Exit(1)


@app.command()
def start(
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", metavar="URL", help="A ComfyUI here that gets a box; may be repeated."),
    ] = None,
    sketch: Annotated[
        int | None,
        typer.Option(min=0, help="Boxes with an embedded sketch backend; 2 if there is no --backend."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8786,
    tls: Annotated[bool, typer.Option("--tls", help="With the certificates of Dask's settings.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a head: a Dask scheduler that gives jobs to render boxes, here and elsewhere, until Ctrl-C.

    Dask has no passwords. Whoever reaches this port can run programs on every box, unless TLS is set up
    (distributed.comm.tls in Dask's settings, then --tls). So it listens on this machine only, unless --host
    says otherwise: do that in a network that you trust, or through an SSH tunnel or a VPN.
    """
    from studio.commands.farm_serve import serve_head

    boxes = sketch if sketch is not None else 0 if backend else 2
    serve_head(host, port, backends=backend or (), sketches=boxes, tls=tls, as_json=as_json)


@app.command()
def worker(
    scheduler: Annotated[
        str,
        typer.Option(
            "--scheduler", metavar="ADDRESS", envvar="STUDIO_SCHEDULER", help="The head: tcp://host:8786."
        ),
    ],
    backend: Annotated[
        str, typer.Option("--backend", metavar="URL", help="The ComfyUI beside it.")
    ] = "http://127.0.0.1:8188",
    sketch: Annotated[bool, typer.Option("--sketch", help="An embedded sketch backend instead.")] = False,
    name: Annotated[str, typer.Option(help="What people call this box; the machine's name.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="What jobs may ask for, such as video. Repeatable.")
    ] = None,
    slots: Annotated[int, typer.Option(min=1, max=8, help="Jobs that it has at a time: one runs.")] = 2,
    host: Annotated[str, typer.Option(help="Address by which the head reaches this box.")] = "",
    memory: Annotated[str, typer.Option(help="Memory for results, as Dask takes it: 4GiB.")] = "auto",
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Make this machine a render box: a Dask worker beside its ComfyUI, until Ctrl-C.

    It waits for the head, and comes back to it when it was away. Dask has no passwords: use --scheduler
    tls://… with certificates in Dask's settings, or a network that you trust.
    """
    from studio.commands.farm_serve import serve_box

    serve_box(
        scheduler,
        backend="" if sketch else backend,
        name=name,
        tags=tag or (),
        slots=slots,
        host=host,
        memory=memory,
        until_eof=until_eof,
    )
