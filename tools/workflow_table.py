"""The tables of `docs/workflows.md`: the shipped templates, and how the public workflows fare.

python tools/workflow_table.py          print them
python tools/workflow_table.py --write  put them into the page
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from studio.errors import WorkflowError
from studio.workflow import ProblemKind, graph_hash, load, templates
from studio.workflow.convert import convert

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "workflows.md"
DATA = ROOT / "tests" / "data"
LACKING = (ProblemKind.MISSING_MODEL, ProblemKind.MISSING_FILE)
"""What a backend without the models and pictures lacks; that says nothing of the workflow."""


class Result(NamedTuple):
    """How one public workflow fares."""

    name: str
    shelf: str
    loads: bool
    converts: bool
    validates: bool
    reason: str = ""


def public_folder() -> Path:
    """Where the package `comfyui-workflow-templates` keeps its files."""
    spec = importlib.util.find_spec("comfyui_workflow_templates")
    if spec is None or spec.origin is None:
        raise SystemExit("Install comfyui-workflow-templates first: pip install -e '.[dev]'")
    return Path(spec.origin).parent / "templates"


def results() -> Iterator[Result]:
    """Every workflow of the package, in the order of its own index."""
    folder = public_folder()
    info = json.loads(gzip.decompress((DATA / "object_info.json.gz").read_bytes()))
    digests = json.loads((DATA / "template_digests.json").read_text("utf-8"))
    index = json.loads((folder / "index.json").read_text("utf-8"))
    shelves = {entry["name"]: shelf["title"] for shelf in index for entry in shelf["templates"]}
    files = {path.stem: path for path in sorted(folder.glob("*.json")) if not path.stem.startswith("index")}
    place = {shelf["title"]: number for number, shelf in enumerate(index)}
    for name in sorted(files, key=lambda name: (place.get(shelves.get(name, ""), len(place)), name)):
        yield _result(name, shelves.get(name, "Not in its index"), files[name], info, digests.get(name))


def _result(name: str, shelf: str, path: Path, info: dict[str, Any], digest: str | None) -> Result:
    try:
        workflow = load(path, object_info=info)
        converted = convert(json.loads(path.read_text("utf-8")), info).graph
    except WorkflowError as error:
        return Result(name, shelf, False, False, False, str(error))
    errors = [problem for problem in workflow.check(info).errors if problem.kind not in LACKING]
    packs = sorted({problem.pack for problem in errors if problem.pack})
    if packs:
        reason = f"custom nodes of {', '.join(packs)}"
    else:
        reason = "; ".join(f"{problem.node_class}: {problem.message}" for problem in errors)
    same = digest is not None and graph_hash(converted) == digest
    return Result(name, shelf, True, same, not errors, reason)


def public_table() -> str:
    """Counts by shelf, and each workflow that does not get through with its reason."""
    found = list(results())
    shelves = dict.fromkeys(result.shelf for result in found)
    stuck = [each for each in found if not (each.converts and each.validates)]
    return "\n".join(
        [
            "| shelf | workflows | load | convert as the front end | validate |",
            "| --- | --- | --- | --- | --- |",
            *(_counts(shelf, [result for result in found if result.shelf == shelf]) for shelf in shelves),
            _counts("**all**", found),
            "",
            "| does not get through | why |",
            "| --- | --- |",
            *(f"| `{each.name}` | {_cell(each.reason)} |" for each in stuck),
        ]
    )


def _counts(shelf: str, found: list[Result]) -> str:
    loads, converts, validates = (
        sum(getattr(each, what) for each in found) for what in ("loads", "converts", "validates")
    )
    return f"| {shelf} | {len(found)} | {loads} | {converts} | {validates} |"


def template_table() -> str:
    """The templates that ship with the studio."""
    lines = ["| category | template | what it does | needs |", "| --- | --- | --- | --- |"]
    for template in sorted(templates().values(), key=lambda template: (template.category, template.id)):
        needs = ", ".join(f"`{need.name}`" for need in template.manifest.needs.models) or "no model"
        cells = (template.category, f"`{template.id}`", _cell(template.manifest.description), needs)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def page(text: str) -> str:
    """The page with both tables put between their marks."""
    for mark, table in (("templates", template_table()), ("public", public_table())):
        before, opening, rest = text.partition(f"<!-- {mark} -->\n")
        _, closing, after = rest.partition(f"<!-- /{mark} -->\n")
        if not (opening and closing):
            raise SystemExit(f"{PAGE.name} has no place marked {mark!r}")
        text = f"{before}{opening}{table}\n{closing}{after}"
    return text


def main(arguments: list[str]) -> None:
    """Print the tables, or write them into the page."""
    if "--write" in arguments:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    else:
        print(template_table(), public_table(), sep="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
