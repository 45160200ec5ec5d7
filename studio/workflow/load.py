"""Take a workflow in, in whatever form it comes: a file, a text, a dict, a picture that ComfyUI rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.errors import WorkflowError
from studio.workflow.convert import UnknownNodes, convert
from studio.workflow.graph import execution_order, read_graph
from studio.workflow.media import embedded_texts, is_media
from studio.workflow.ui import is_ui_form
from studio.workflow.workflow import Workflow

MAX_BYTES = 64 * 1024 * 1024
MAX_VALUES = 1_000_000
"""Numbers, texts, lists and objects in one workflow; a board of 2,000 nodes has about 100,000."""

_HINT = "Give a workflow saved or exported by ComfyUI, or a picture that it rendered."


def load(
    source: str | Path | Mapping[str, Any], *, object_info: object = None, unknown: UnknownNodes = "keep"
) -> Workflow:
    """Load a workflow in API form or in the editor's form (UI form, versions 0.4 and 1.0, with subgraphs).

    Args:
        source: A path, the text of a workflow, or its content. Of a media file that ComfyUI wrote, the
            graph that was run (`prompt`) is taken, and without one the editor's (`workflow`).
        object_info: What a backend's `/object_info` answered: tells the names of widget values of custom
            nodes.
        unknown: What becomes of nodes whose class nobody knows, see `convert`.

    Raises:
        WorkflowError: not readable, not a workflow, or a part of it makes no sense; names node and field.
    """
    if isinstance(source, Mapping):
        return _from_data(source, "", object_info, unknown)
    text = source.strip().lstrip("\ufeff") if isinstance(source, str) else ""
    if text.startswith(("{", "[", "```")):
        return _from_data(_parse(_unfenced(text), "the pasted text"), "", object_info, unknown)
    if isinstance(source, str) and ("\n" in source or len(source) > 4096):
        raise WorkflowError("the text is neither a workflow nor the path of a file", hint=_HINT)
    return _from_file(Path(source), object_info, unknown)


def _from_file(path: Path, object_info: object, unknown: UnknownNodes) -> Workflow:
    where = str(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if is_media(head):
            return _from_media(embedded_texts(path), where, object_info, unknown)
        if path.stat().st_size > MAX_BYTES:
            raise WorkflowError(f"is larger than {MAX_BYTES // 2**20} MB", where=where, hint=_HINT)
        text = path.read_bytes().decode("utf-8-sig", "strict")
    except UnicodeDecodeError:
        raise WorkflowError("is not a text", where=where, hint=_HINT) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise WorkflowError(f"can't be read ({reason})", where=where, hint="Check the path.") from error
    return _from_data(_parse(text, where), where, object_info, unknown)


def _from_media(texts: dict[str, str], where: str, object_info: object, unknown: UnknownNodes) -> Workflow:
    """The graph that was run; where that is missing or broken, the one in the editor."""
    failure = WorkflowError(
        "holds no workflow",
        where=where,
        hint="The file was not rendered by ComfyUI, or another program has removed its metadata.",
    )
    for key in ("prompt", "workflow"):
        if key not in texts:
            continue
        try:
            return _from_data(_parse(texts[key], f"{where} ({key})"), where, object_info, unknown)
        except WorkflowError as error:
            failure = error
    raise failure


def _parse(text: str, where: str) -> Any:
    if len(text) > MAX_BYTES:
        raise WorkflowError(f"is larger than {MAX_BYTES // 2**20} MB", where=where, hint=_HINT)
    try:
        return json.loads(text)
    except RecursionError:
        raise WorkflowError("is nested too deep", where=where, hint=_HINT) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise WorkflowError(f"is not valid JSON at {place}: {error.msg}", where=where, hint=_HINT) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise WorkflowError("holds a number that is too long", where=where, hint=_HINT) from error


def _from_data(data: Any, where: str, object_info: object, unknown: UnknownNodes) -> Workflow:
    if isinstance(data, Mapping) and isinstance(data.get("prompt"), Mapping) and "class_type" not in data:
        data = data["prompt"]  # the body of a request to /prompt
    _refuse_too_much(data)
    if is_ui_form(data):
        result = convert(data, object_info, unknown=unknown)
        execution_order(result.graph)  # a circle can't be run
        return Workflow(
            result.graph, "ui", where, unknown=result.unknown, notes=tuple(result.notes), packs=result.packs
        )
    return Workflow(read_graph(data, where=where), "api", where)


def _refuse_too_much(data: Any) -> None:
    """A file of 50 MB may hold 20 million numbers, which every later step would walk through."""
    if not isinstance(data, Mapping):
        return  # refused by its own words
    count = 0
    waiting: list[tuple[Any, tuple[str, ...]]] = [(data, ())]
    while waiting:
        holder, path = waiting.pop()
        items = holder.items() if isinstance(holder, Mapping) else enumerate(holder)
        count += len(holder)
        if count > MAX_VALUES:
            node = path[0] if path and not is_ui_form(data) else ""
            field = ".".join(path[1:] if node else path)
            raise WorkflowError(f"the workflow holds more than {MAX_VALUES} values", node=node, field=field)
        for key, value in items:
            if isinstance(value, Mapping | list | tuple):
                waiting.append((value, (*path, str(key)) if len(path) < 3 else path))


def _unfenced(text: str) -> str:
    """A paste out of a chat or an issue often comes with fences around it."""
    if not text.startswith("```"):
        return text
    first, _, rest = text.partition("\n")
    return rest.rsplit("```", 1)[0].strip() if rest else first
