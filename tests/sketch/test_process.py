"""The server as a process: it starts, says where it is, and ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.errors import BackendError
from studio.sketch import SketchProcess, start
from studio.sketch.__main__ import PORT_TAKEN, parse

ROOT = Path(__file__).parents[2]


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """The command itself, its ready line not yet read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.sketch", "--plain"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def test_it_answers_where_it_says_and_leaves_nothing_behind() -> None:
    with start(plain=True, name="one", vram=2**30, checkpoints=["a.safetensors", "b.safetensors"]) as sketch:
        stats = get(f"{sketch.url}/system_stats")
        assert (stats["devices"][0]["name"], stats["devices"][0]["vram_total"]) == ("one", 2**30)
        assert get(f"{sketch.url}/models/checkpoints") == ["a.safetensors", "b.safetensors"]
        assert sketch.root.is_dir()
        os.kill(sketch.pid, 0)
        assert os.getpgid(sketch.pid) != os.getpgrp()  # a notebook's interrupt is not for it
    assert not sketch.running
    assert not sketch.root.exists()
    sketch.stop()


def test_a_root_of_one_s_own_stays(tmp_path: Path) -> None:
    with start(plain=True, root=tmp_path / "studio") as sketch:
        assert sketch.root == tmp_path / "studio"
    assert (tmp_path / "studio" / "input" / "example.png").is_file()


def test_a_kill_leaves_no_folder() -> None:
    sketch = start(plain=True)
    sketch.kill()
    assert not sketch.running
    assert not sketch.root.exists()


def test_a_taken_port_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BackendError, match=f"port {port} is taken.*0 for any free one"):
            start(port=port)


def test_whatever_else_fails_is_said_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackendError, match=r"did not start: .*"):
        start(root=tmp_path / "file" / "root")


@pytest.mark.parametrize("way", ["close the pipe", "SIGTERM", "SIGINT"])
def test_it_ends_cleanly(child: subprocess.Popen[str], way: str) -> None:
    assert child.stdout is not None and child.stdin is not None
    ready = json.loads(child.stdout.readline())
    if way == "close the pipe":
        child.stdin.close()
    else:
        child.send_signal(getattr(signal, way))
    assert child.wait(20) == 0
    assert not Path(ready["root"]).exists()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """A parent that starts it and is then killed: the orphan ends by itself and sweeps its folder."""
    script = (
        "from studio.sketch import start; import time; s = start(plain=True); "
        "print(s.pid, s.root, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid, root = parent.stdout.readline().split()
    parent.kill()
    parent.communicate()
    for _ in range(400):
        if not Path(root).exists():
            break
        select_nothing(0.05)
    assert not Path(root).exists()
    assert int(pid) > 0


def select_nothing(seconds: float) -> None:
    """Let another process go on."""
    import select

    select.select([], [], [], seconds)


def test_the_command_line() -> None:
    options = parse(
        [
            "--port",
            "8188",
            "--step-ms",
            "5",
            "--models",
            "loras=a,b",
            "--checkpoints",
            "c",
            "--vram",
            "24",
            "--standalone",
        ]
    )
    assert (options.port, options.step_ms, options.vram, options.parent_pipe) == (
        8188,
        5.0,
        24 * 2**30,
        False,
    )
    assert options.models == {"loras": ("a", "b"), "checkpoints": ("c",)}
    assert options.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--models", "nonsense"], "FOLDER=A,B"),
        (["--port", "99999"], "--port: "),
        (["--step-ms", "-1"], "--step-ms: "),
    ],
)
def test_a_wrong_command_line_is_said_so(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert complaint in capsys.readouterr().err


def test_the_exit_code_is_the_one_that_start_knows() -> None:
    from studio.sketch import process

    assert process.PORT_TAKEN == PORT_TAKEN
    assert SketchProcess.__enter__
