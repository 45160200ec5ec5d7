"""A sketch server as a child process that ends with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from studio.errors import BackendError
from studio.sketch.options import GIB

START_SECONDS = 30.0
STOP_SECONDS = 5.0
PORT_TAKEN = 3


class SketchProcess:
    """A running sketch server; leave the `with` block or call `stop` to end it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, root: Path, *, keep_root: bool) -> None:
        self.url = url
        self.root = root
        self._process = process
        self._keep_root = keep_root

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it and wait until it is gone; harmless when it is gone already."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._settle()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._settle()

    def _settle(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if not self._keep_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> SketchProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    name: str = "sketch",
    root: Path | None = None,
    step_ms: float = 40.0,
    previews: bool = True,
    plain: bool = False,
    vram: int = 8 * GIB,
    models: Mapping[str, Iterable[str]] | None = None,
    checkpoints: Iterable[str] | None = None,
    template_folders: Iterable[Path] = (),
) -> SketchProcess:
    """Start a sketch server and wait until it answers.

    Args:
        port: 0 takes any free port.
        root: Holds `input/`, `output/` and `temp/` and stays; none: a temporary folder, removed at the end.
        step_ms: Shortest time of one sampling step, in milliseconds.
        plain: Fields of colour in place of drawings: made in no time, for measuring all but the drawing.
        vram: Memory it claims to have, in bytes.
        models: Model folder → file names, in place of the folder's own list.
        checkpoints: The same for the folder `checkpoints`.
        template_folders: Folders of templates, beside those shipped, whose models it has too.

    Raises:
        BackendError: it did not start: the port is taken, or what its error output says.
    """
    lists = {folder: list(names) for folder, names in (models or {}).items()}
    if checkpoints is not None:
        lists["checkpoints"] = list(checkpoints)
    command = [sys.executable, "-m", "studio.sketch", "--host", host, "--port", str(port), "--name", name]
    command += ["--step-ms", str(step_ms), "--vram", str(vram / GIB)]
    command += [] if previews else ["--no-previews"]
    command += ["--plain"] if plain else []
    command += [] if root is None else ["--root", str(root)]
    for kind, names in lists.items():
        command += ["--models", f"{kind}={','.join(names)}"]
    for folder in template_folders:
        command += ["--templates", str(folder)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_environment(),
            start_new_session=True,  # a notebook's interrupt goes to the kernel's whole process group
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
        )
        line = _first_line(process)
        if line is None:
            process.kill()
            code = process.wait()
            complaints.seek(0)
            raise _not_started(code, port, complaints.read().decode(errors="replace"))
    ready = json.loads(line)
    return SketchProcess(process, ready["url"], Path(ready["root"]), keep_root=root is not None)


def _environment() -> dict[str, str]:
    """The child finds the same `studio` as this process, wherever it was imported from."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, path] if path else [package])}


def _first_line(process: subprocess.Popen[bytes]) -> bytes | None:
    """The line that says it is ready; None when it ended or kept silent too long."""
    lines: list[bytes] = []

    def read(stream: IO[bytes]) -> None:
        lines.append(stream.readline())

    assert process.stdout is not None
    reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
    reader.start()
    reader.join(START_SECONDS)
    return lines[0] if lines and lines[0].strip() else None


def _not_started(code: int, port: int, complaints: str) -> BackendError:
    if code == PORT_TAKEN:
        return BackendError(
            f"port {port} is taken",
            where="sketch backend",
            hint="Choose another port, or 0 for any free one.",
        )
    last = complaints.strip().splitlines()[-1] if complaints.strip() else f"it ended with code {code}"
    return BackendError(
        f"it did not start: {last}",
        where="sketch backend",
        hint="Run `studio doctor` to see what is missing.",
    )
