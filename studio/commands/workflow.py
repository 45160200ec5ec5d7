"""`studio workflow inspect|convert|check|import|templates`."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from studio.commands import console
from studio.errors import WorkflowError

if TYPE_CHECKING:
    from studio.workflow import CheckReport, GraphParameter, Workflow

app = typer.Typer(
    no_args_is_help=True, help="Look into ComfyUI workflows, convert and check them, make templates of them."
)

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A workflow, or a picture or video that holds one; - for a paste."),
]
Backend = Annotated[
    str, typer.Option("--backend", metavar="URL", help="Ask this ComfyUI for its nodes and models.")
]
ObjectInfoFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What a ComfyUI's /object_info answered, saved as JSON (.gz too)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def inspect(
    file: File, backend: Backend = "", object_info: ObjectInfoFile = None, as_json: AsJson = False
) -> None:
    """Show what a workflow does and what can be turned in it."""
    from studio.workflow import recognise

    info = _info(backend, object_info)
    workflow = _load(file, info)
    found, phases, outputs = workflow.parameters(info), workflow.phases(), workflow.outputs()
    built = recognise(workflow.graph)
    if as_json:
        _print_json(
            {
                "form": workflow.form,
                "nodes": len(workflow.graph),
                "hash": workflow.hash,
                "template": None if built is None else built.model_dump(mode="json"),
                "unknown": workflow.unknown,
                "notes": workflow.notes,
                "parameters": [_parameter(each) for each in found],
                "phases": [phase.model_dump(mode="json") for phase in phases],
                "outputs": [output.model_dump(mode="json") for output in outputs],
            }
        )
        return
    _headline(workflow)
    if built is not None:
        console.out.print(f"Built from the template {built.template}.")
    for group in dict.fromkeys(each.group for each in found):
        _table(
            group,
            ("parameter", "value", "takes", "node"),
            (
                (each.name, _short(each.value), _takes(each), f"{each.place.node} {each.title}")
                for each in found
                if each.group == group
            ),
        )
    _table(
        "Samplers, in order",
        ("node", "class", "steps", "share of the work"),
        ((f"{p.node} {p.title}", p.node_class, str(p.steps or "?"), f"{p.weight:.0%}") for p in phases),
    )
    _table(
        "What comes out",
        ("node", "class", "kind", "kept"),
        ((f"{o.node} {o.title}", o.node_class, o.kind, "saved" if o.saved else "preview") for o in outputs),
    )


@app.command()
def convert(
    file: File,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the graph here.")
    ] = None,
    backend: Backend = "",
    object_info: ObjectInfoFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the graph, also with --output.")] = False,
) -> None:
    """Turn a workflow into API form, as ComfyUI's own front end does; prints the graph."""
    from studio.files import write_atomically

    workflow = _load(file, _info(backend, object_info))
    graph = json.dumps(workflow.graph, indent=2)
    for note in workflow.notes:
        console.err.print(Text(f"Note: {note}"), soft_wrap=True)
    for node, name in workflow.unknown.items():
        console.err.print(
            Text(f"Note: node {node} is of a class that is not known here: {name}"), soft_wrap=True
        )
    if output is not None:
        write_atomically(output.resolve(), graph.encode() + b"\n")
        if not as_json:
            console.out.print(Text(f"{output}: {len(workflow.graph)} nodes"), soft_wrap=True)
            return
    print(graph)


@app.command()
def check(
    file: File, backend: Backend = "", object_info: ObjectInfoFile = None, as_json: AsJson = False
) -> None:
    """Say what a backend lacks for a workflow, before anything is sent. Exit code 1 if it can't run there.

    Without --backend and --object-info only core ComfyUI's nodes are known, and no models.
    """
    from studio.workflow import ObjectInfo

    info = _info(backend, object_info)
    workflow = _load(file, info)
    report = workflow.check(ObjectInfo.core() if info is None else info)
    if as_json:
        data = report.model_dump(mode="json", exclude={"graph"})
        _print_json({"ok": report.ok, **data})
    else:
        _headline(workflow)
        _report(report, asked=info is not None)
    if not report.ok:
        raise typer.Exit(1)


@app.command("import")
def import_(
    file: File,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="What a person calls it; else the file's name.")
    ] = "",
    id: Annotated[str, typer.Option(metavar="ID", help="Its folder's name; else made of the name.")] = "",
    category: Annotated[str, typer.Option(metavar="TEXT", help="Its shelf, such as text-to-image.")] = "",
    target: Annotated[str, typer.Option(metavar="ID", help="The prompt target, such as sdxl or flux.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a template of the same id.")] = False,
    project: console.ProjectFolder = console.DEMO_PROJECT,
    backend: Backend = "",
    object_info: ObjectInfoFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a template of a workflow, in the project's own templates."""
    from studio.workflow import import_template

    info = _info(backend, object_info)
    workflow = _load(file, info)
    template = import_template(
        workflow,
        project / "templates",
        name=name or (Path(file).stem if file != "-" else "Pasted workflow"),
        id=id,
        category=category,
        target=target,
        object_info=info,
        replace=replace,
    )
    if as_json:
        _print_json(
            {"id": template.id, "folder": str(template.folder), **template.manifest.model_dump(mode="json")}
        )
        return
    console.out.print(Text(f"Template {template.id} in {template.folder}"), soft_wrap=True)
    _table(
        f"{template.name} ({template.category}, prompts for {template.target})",
        ("group", "parameter", "type", "default"),
        (
            (p.group, p.name, p.type.value, _short(template.default(p.name)))
            for p in template.parameters.values()
        ),
    )
    console.out.print(Text(f"Trim it in {template.folder / 'manifest.toml'}."), soft_wrap=True)


@app.command()
def templates(project: console.ProjectFolder = console.DEMO_PROJECT, as_json: AsJson = False) -> None:
    """List the templates that ship with the studio and the project's own."""
    from studio.errors import StudioError
    from studio.workflow import templates as all_templates

    problems: list[StudioError] = []
    found = all_templates([project / "templates"], problems=problems)
    if as_json:
        _print_json(
            {
                "templates": [
                    {"id": t.id, "name": t.name, "category": t.category, "target": t.target}
                    for t in found.values()
                ],
                "problems": [str(problem) for problem in problems],
            }
        )
        return
    ordered = sorted(found.values(), key=lambda template: (template.category, template.id))
    _table(
        "Templates",
        ("category", "template", "name", "prompts for", "makes"),
        ((t.category, t.id, t.name, t.target, t.manifest.output) for t in ordered),
    )
    for problem in problems:
        console.show_error(problem)


def _load(file: str, info: Any) -> Workflow:
    from studio.workflow import load

    source = sys.stdin.read() if file == "-" else Path(file)
    return load(source, object_info=info)


def _info(backend: str, file: Path | None) -> Any:
    """The node classes of a backend, or of a file; None for neither."""
    if backend:
        from studio.render import ComfyClient, run

        async def ask() -> dict[str, Any]:
            async with ComfyClient(backend) as client:
                return await client.object_info()

        return run(ask())
    if file is None:
        return None
    try:
        data = file.read_bytes()
        return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except OSError as error:
        raise WorkflowError(f"can't be read ({error.strerror or error})", where=str(file)) from error
    except (ValueError, RecursionError, EOFError) as error:
        raise WorkflowError("is not JSON", where=str(file), hint="Save what /object_info answers.") from error


def _headline(workflow: Workflow) -> None:
    line = f"{workflow.source or 'the paste'}: {workflow.form} form, {len(workflow.graph)} nodes"
    console.out.print(Text(line), soft_wrap=True)
    for note in workflow.notes:
        console.out.print(Text(f"Note: {note}"), soft_wrap=True)


def _report(report: CheckReport, *, asked: bool) -> None:
    _table(
        "Problems",
        ("", "node", "what", "near names"),
        ((p.severity.value, f"{p.node} {p.title}", p.message, ", ".join(p.near)) for p in report.problems),
    )
    _table(
        "Spelled as the backend does",
        ("input", "before", "after"),
        ((str(change.place), change.before, change.after) for change in report.changes),
    )
    packs = sorted({pack for pack in report.missing_classes.values() if pack})
    if packs:
        console.out.print(Text(f"Packs of custom nodes to install: {', '.join(packs)}"), soft_wrap=True)
    count = len(report.errors)
    if count:
        where = "there" if asked else "on core ComfyUI"
        console.out.print(f"It can't run {where}: {count} error(s).")
    elif asked:
        console.out.print("It can run there.")
    else:
        text = "Core ComfyUI has all of its nodes. Give --backend to learn whether the models are there."
        console.out.print(text, soft_wrap=True)


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table if it has rows; what a workflow holds is never taken for markup."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(_plain(cell)) for cell in row))
    if table.row_count:
        console.out.print(table)


def _parameter(each: GraphParameter) -> dict[str, Any]:
    """For JSON: seeds as text, which no reader rounds; places as `node.input`."""
    data = each.model_dump(mode="json")
    data["at"] = [str(place) for place in each.at]
    if each.type == "seed":
        data |= {key: str(data[key]) for key in ("value", "default", "max") if data[key] is not None}
    return data


def _takes(each: GraphParameter) -> str:
    if each.choices is not None:
        return f"one of {len(each.choices)}"
    if each.type == "seed":
        return "0 … 2^64-1"
    if each.min is not None or each.max is not None:
        low = "" if each.min is None else each.min
        return f"{low} … {'' if each.max is None else each.max}"
    return each.type.value


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
