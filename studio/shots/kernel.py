"""Notebooks run headless, each in a kernel of its own; the only module that needs the `lab` extra.

The notebook's file is never touched: what runs is a copy, with the changed parameters in a cell of their own
behind the parameters cell, as papermill does it. Widgets' state is not stored, and IPython keeps no history.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import NotebookError, ShotError, StudioError
from studio.shot import Shot
from studio.shots.evaluate import gives_shot
from studio.shots.notebook import Cell, NotebookFile
from studio.shots.reading import shot_cell, split_changes
from studio.shots.source import literal

STARTUP = 180
"""Seconds that a kernel may take to start, on a machine that has much else to do."""

INJECTED = "injected-parameters"
_ASK = "studio-ask"
_MARK = "studio-answer:"
_TAKES = f"""\
import json as _json
_found = [globals().get("take"), *(globals().get("takes") or ())]
_paths = [str(each.path) for each in _found if hasattr(each, "path") and hasattr(each, "provenance")]
print("{_MARK}" + _json.dumps(list(dict.fromkeys(_paths))))"""
_SHOT = f"""\
import json as _json
print("{_MARK}" + _json.dumps([shot.model_dump(mode="json"), globals().get("panel")], default=str))"""


@dataclass
class Executed:
    """A notebook after its run.

    Attributes:
        notebook: With outputs and the injected parameters, as far as it came.
        error: Why it went no further; None if it came to its end.
        answer: What it was asked at its end.
    """

    notebook: NotebookFile
    error: NotebookError | None = None
    answer: Any = None

    @property
    def takes(self) -> tuple[Path, ...]:
        """The files that it names `take` or `takes`."""
        return tuple(map(Path, self.answer)) if isinstance(self.answer, list) else ()


@dataclass
class Kernels:
    """The kernels that run now, so that whoever stops can stop them."""

    running: list[Any] = field(default_factory=list)

    def interrupt(self) -> None:
        """Stop what the kernels do, as the stop button in a notebook does; a render's job is cancelled."""
        for manager in list(self.running):
            asyncio.run(_interrupt(manager))


def injected(notebook: NotebookFile, changes: Mapping[str, Any], *, where: Any = "") -> NotebookFile:
    """The notebook with other values: a cell behind the parameters cell, and one behind the shot's.

    Raises:
        NotebookError: it has no parameter of such a name.
    """
    plain, deep = split_changes(notebook, changes, where=where)
    cells: list[Cell] = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.is_parameters and plain:
            lines = ["# Parameters", *(f"{name} = {literal(value)}" for name, value in plain.items())]
            cells.append(_code(INJECTED, "\n".join(lines)))
        if deep and cell.cell_type == "code" and gives_shot(cell.source):
            words = {
                key.removeprefix("parameters."): value
                for key, value in deep.items()
                if key.startswith("parameters.")
            }
            looks = {
                key.removeprefix("look."): value for key, value in deep.items() if key.startswith("look.")
            }
            lines = ["# Parameters"]
            if looks:
                lines.append(f"shot = shot.with_(look=shot.look.replaced({literal(looks)}))")
            if words:
                lines.append(f"shot = shot.with_(parameters={{**shot.parameters, **{literal(words)}}})")
            cells.append(_code(f"{INJECTED}-shot", "\n".join(lines)))
            deep = {}
    return notebook.model_copy(update={"cells": tuple(cells)})


def execute(
    notebook: NotebookFile, *, path: Path, environment: Mapping[str, str], kernels: Kernels | None = None
) -> Executed:
    """Run all cells, in the folder that `path` lies in. A cell that fails is the result's `error`.

    Raises:
        StudioError: Jupyter is not installed.
    """
    return _execute(notebook, _TAKES, path=path, environment=environment, kernels=kernels)


def computed_shot(path: Path, *, environment: Mapping[str, str]) -> tuple[Shot, str]:
    """The shot of a notebook, and its panel, where only running it tells: its cells down to the one that
    gives `shot`, so nothing is rendered.

    Raises:
        NotebookError: it gives no `shot`, or a cell failed.
        ShotError: what it gives is no shot.
    """
    notebook = NotebookFile.read(path)
    last = shot_cell(notebook, where=path)
    part = notebook.model_copy(update={"cells": notebook.cells[: last + 1]})
    done = _execute(part, _SHOT, path=path, environment=environment)
    if done.error is not None:
        raise done.error
    if not isinstance(done.answer, list) or len(done.answer) != 2:
        raise ShotError("what is called shot is none", where=str(path), hint="Give it a studio.Shot(…).")
    shot, panel = done.answer
    return Shot.model_validate(shot), panel if isinstance(panel, str) else ""


def need_jupyter() -> None:
    """Make sure that kernels can be run.

    Raises:
        StudioError: the `lab` extra is not installed.
    """
    try:
        import ipykernel
        import nbclient
        import nbformat
    except ImportError as error:
        raise StudioError(
            f"running notebooks needs {error.name or 'Jupyter'}, which is not installed",
            hint="In a checkout use python3 start.py lab once; elsewhere: "
            "pip install 'directors-notebook[lab]'.",
        ) from error
    _ = ipykernel, nbclient, nbformat


def _execute(
    notebook: NotebookFile,
    ask: str,
    *,
    path: Path,
    environment: Mapping[str, str],
    kernels: Kernels | None = None,
) -> Executed:
    need_jupyter()
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    asking = notebook.model_copy(update={"cells": (*notebook.cells, _code(_ASK, ask))})
    node = nbformat.reads(asking.to_bytes().decode("utf-8", "replace"), as_version=4)
    with tempfile.TemporaryDirectory(prefix="studio-", ignore_cleanup_errors=True) as folder:
        manager = _manager(Path(folder))
        client = NotebookClient(
            node,
            km=manager,
            timeout=None,
            startup_timeout=STARTUP,
            store_widget_state=False,
            resources={"metadata": {"path": str(path.resolve().parent)}},
        )
        running = kernels.running if kernels is not None else []
        running.append(manager)
        failure = None
        try:
            client.execute(env=dict(environment), cleanup_kc=True)
        except CellExecutionError as error:
            cell, reason = _failed(node, error)
            failure = NotebookError(reason, path=path, cell=cell)
        except DeadKernelError:
            failure = NotebookError(
                "its kernel died", path=path, cell=_last(node), hint="Was there memory enough?"
            )
        except RuntimeError as error:  # jupyter_client's, of a kernel that does not start or answer
            failure = NotebookError(f"its kernel does not work ({error})", path=path, hint="Run it again.")
        finally:
            running.remove(manager)
    done = _back(node)
    return Executed(_without_ask(done), failure, _answer(done))


def _manager(folder: Path) -> Any:
    """A manager whose kernel is this very Python, whatever the machine has under the name `python3`.

    Args:
        folder: Where the kernel's sockets may lie.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    command.append("--HistoryManager.enabled=False")

    class Own(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=Own())
    manager.connection_file = str(folder / "kernel.json")
    if os.name != "nt":
        manager.transport, manager.ip = "ipc", str(folder / "kernel")  # files that only this person may open
    return manager


async def _interrupt(manager: Any) -> None:
    if manager.has_kernel:
        await manager.interrupt_kernel()


def _failed(node: Any, error: Any) -> tuple[str, str]:
    """The id of the cell that failed, and why, in one line."""
    for cell in node.cells:
        if any(output.get("output_type") == "error" for output in cell.get("outputs", ())):
            name, value = str(error.ename), " ".join(str(error.evalue).split())
            return str(cell.get("id", "")), f"{name}: {value}" if value else name
    return "", " ".join(str(error).split())[:400]


def _last(node: Any) -> str:
    """The id of the last cell that was begun."""
    begun = [cell for cell in node.cells if cell.get("metadata", {}).get("execution")]
    return str(begun[-1].get("id", "")) if begun else ""


def _back(node: Any) -> NotebookFile:
    import nbformat

    return NotebookFile.parse(nbformat.writes(copy.deepcopy(node)).encode("utf-8", "replace"))


def _without_ask(notebook: NotebookFile) -> NotebookFile:
    cells = tuple(
        cell.model_copy(
            update={"metadata": {key: each for key, each in cell.metadata.items() if key != "execution"}}
        )
        for cell in notebook.cells
        if cell.id != _ASK
    )
    return notebook.model_copy(update={"cells": cells})


def _answer(notebook: NotebookFile) -> Any:
    for output in notebook.cells[-1].outputs:
        text = output.get("text", "") if isinstance(output, dict) else ""
        for line in ("".join(text) if isinstance(text, Sequence) else "").splitlines():
            if line.startswith(_MARK):
                return json.loads(line.removeprefix(_MARK))
    return None


def _code(id: str, source: str) -> Cell:
    return Cell(cell_type="code", id=id, source=source, metadata={"tags": [id]})
