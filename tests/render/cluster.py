"""A head and render boxes as real processes on loopback, as a person starts them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.render import Farm

STUDIO = [sys.executable, "-m", "studio", "farm"]


def until(condition: Callable[[], bool], *, seconds: float = 90.0) -> None:
    """Return as soon as `condition` holds; a process with Dask takes seconds to start on a busy machine."""
    pause = threading.Event()
    given_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > given_up:
            raise AssertionError("it never came true")
        pause.wait(0.01)


class Process:
    """A command of ours, with what it says."""

    def __init__(self, *words: str, folder: Path) -> None:
        self.heard = ""
        variables = {**os.environ, "STUDIO_CACHE": str(folder / "cache"), "NO_COLOR": "1", "COLUMNS": "200"}
        self.process = subprocess.Popen(
            [*STUDIO, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=variables,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard += line

    def kill(self) -> None:
        """As the kernel does when memory is short: no goodbye."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> int:
        """As Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class Cluster:
    """One head and its boxes."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self.boxes: dict[str, Process] = {}
        self.head = self._start_head(port)
        self.address: str = json.loads(self.head.heard.splitlines()[-1])["scheduler"]

    @property
    def port(self) -> int:
        """Of the scheduler."""
        return int(self.address.rpartition(":")[2])

    def _start_head(self, port: int) -> Process:
        head = Process("start", "--sketch", "0", "--port", str(port), "--json", folder=self.folder)
        until(lambda: "scheduler" in head.heard or head.process.poll() is not None)
        assert head.process.poll() is None, head.heard
        return head

    def restart_head(self) -> None:
        """Another head at the same address, which knows nothing of before."""
        self.head.kill()
        self.head = self._start_head(self.port)

    def add(self, name: str, url: str, *words: str) -> Process:
        """A box beside the ComfyUI at `url`; wait with `online` until it serves."""
        box = Process(
            "worker",
            "--scheduler",
            self.address,
            "--backend",
            url,
            "--name",
            name,
            *words,
            folder=self.folder,
        )
        self.boxes[name] = box
        return box

    def close(self) -> None:
        """End them all."""
        for process in (*self.boxes.values(), self.head):
            if process.process.poll() is None:
                process.kill()


def online(farm: Farm, *names: str) -> None:
    """Wait until the boxes of these names, and no others, can take jobs."""
    until(
        lambda: sorted(one.name for one in farm.status() if one.state in ("online", "busy")) == sorted(names)
    )


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A head without boxes."""
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.close()
