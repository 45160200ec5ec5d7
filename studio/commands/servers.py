"""Starting JupyterLab and Voila: a free port, the notebook to open, and a process that ends with this one."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from studio.commands import console
from studio.data import data_folder
from studio.errors import StudioError
from studio.files import write_atomically

HOST = "127.0.0.1"
"""Both serve this machine only."""

PORTS_TRIED = 100


def need(module: str, program: str) -> None:
    """Make sure that a program of the `lab` extra is installed.

    Raises:
        StudioError: it is not.
    """
    if importlib.util.find_spec(module) is None:
        raise StudioError(
            f"{program} is not installed",
            hint="In a checkout use python3 start.py; elsewhere: pip install 'directors-notebook[lab]'.",
        )


def is_free(port: int) -> bool:
    """Whether nobody listens on `port` of this machine's loopback address."""
    if _answers(port):
        return False
    with socket.socket() as probe:
        if os.name != "nt":  # there it would allow a second listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int) -> int:
    """The port wanted, or the next free one, with a note.

    Raises:
        StudioError: none of the next 100 is free.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if is_free(port):
            if port != wanted:
                console.err.print(f"Port {wanted} is taken; using {port}.")
            return port
    raise StudioError(f"no free port from {wanted} on", hint="Choose another with --port.")


def notebook(name: str) -> Path:
    """The shipped notebook `name`: in a checkout itself, from a wheel a copy in the current folder.

    A copy that is already there is the person's own and stays as it is.

    Raises:
        StudioError: there is no such notebook, or the folder can't be written.
    """
    folder = data_folder("notebooks")
    shipped = folder / name
    if not shipped.is_file():
        there = ", ".join(path.stem for path in sorted(folder.glob("*.ipynb")))
        raise StudioError(
            f"the notebook {name} is missing from this installation",
            where=str(folder),
            hint=f"It has {there}.",
        )
    if folder.parent.name != "_data":
        return shipped
    copy = Path.cwd() / name
    return copy if copy.exists() else write_atomically(copy, shipped.read_bytes())


def environment(project: Path, backends: Sequence[str] | None) -> dict[str, str]:
    """The environment of a server: its kernels find the project and the backends there."""
    variables = {**os.environ, "STUDIO_PROJECT": str(project.resolve()), "JUPYTER_PREFER_ENV_PATH": "1"}
    if backends:
        variables["STUDIO_BACKENDS"] = " ".join(backends)
    return variables


def as_root() -> list[str]:
    """The flag without which Jupyter refuses to serve root."""
    return ["--allow-root"] if sys.platform != "win32" and os.geteuid() == 0 else []


def serve(command: Sequence[str], *, variables: Mapping[str, str], open_url: str = "", port: int = 0) -> int:
    """Run a server until it ends; a request to end this process ends the server first.

    Args:
        command: The program and its arguments.
        variables: Its environment.
        open_url: Opened in a browser as soon as `port` answers.
        port: The server's port.

    Returns:
        The server's exit code.
    """
    process = subprocess.Popen(list(command), env=dict(variables))

    def end(_signal: int, _frame: FrameType | None) -> None:
        process.terminate()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server itself, which may ask back
    if open_url:
        threading.Thread(target=_open_when_up, args=(process, port, open_url), daemon=True).start()
    return process.wait()


def _open_when_up(process: subprocess.Popen[bytes], port: int, url: str) -> None:
    while process.poll() is None:
        if _answers(port):
            webbrowser.open(url)
            return
        time.sleep(0.2)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
