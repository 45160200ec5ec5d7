"""start.py as a person meets it: the first start, the second, and what can be in the way."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from studio import __version__

Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def start(clone: Path, plain_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Start the clone's start.py from elsewhere."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(clone / "start.py"), *words]
        environment = plain_environment | variables
        return subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture
def module(root: Path, tmp_path: Path) -> ModuleType:
    """start.py as a module, for a checkout of its own that has nothing yet."""
    copy = tmp_path / "start.py"
    copy.write_bytes((root / "start.py").read_bytes())
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "locks").mkdir()
    for lock in ("setup", "core", "lab", "test"):
        (tmp_path / "locks" / f"{lock}.txt").touch()
    spec = importlib.util.spec_from_file_location("start", copy)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def venv_python(clone: Path) -> Path:
    return clone / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_one_life(clone: Path, start: Start) -> None:
    """No network, a first start, a second, more wanted offline, interrupted, interpreter lost, a new lock."""
    nowhere = f"http://127.0.0.1:{closed_port()}/simple"
    no_network = {"PIP_INDEX_URL": nowhere, "PIP_CONFIG_FILE": os.devnull, "UV_DEFAULT_INDEX": nowhere}
    offline = start("version", **no_network)
    assert offline.returncode == 1
    assert "no package index answers" in offline.stderr.splitlines()[-1]

    first = start("version")
    assert (first.returncode, first.stdout.strip()) == (0, __version__), first.stderr
    assert "Setting up" in first.stderr and "Ready" in first.stderr

    second = start("version")
    assert (second.returncode, second.stdout.strip(), second.stderr) == (0, __version__, "")

    more = start("lab", "--help", **no_network, UV_NO_CACHE="1", PIP_NO_CACHE_DIR="1")
    assert more.returncode == 1
    assert "no package index answers" in more.stderr.splitlines()[-1]
    still = start("version", **no_network)
    assert (still.returncode, still.stdout.strip(), still.stderr) == (0, __version__, "")

    left_over = clone / ".venv" / "left-over"
    left_over.touch()
    (clone / ".venv" / ".studio-busy").touch()
    interrupted = start("version")
    assert (interrupted.returncode, interrupted.stdout.strip()) == (0, __version__), interrupted.stderr
    assert not left_over.exists()

    for name in ("python", "python3", "python.exe"):
        (venv_python(clone).parent / name).unlink(missing_ok=True)
    orphaned = start("version")
    assert (orphaned.returncode, orphaned.stdout.strip()) == (0, __version__), orphaned.stderr

    left_over.touch()
    with (clone / "locks" / "core.txt").open("a") as lock:
        lock.write("# changed\n")
    updated = start("version")
    assert (updated.returncode, updated.stdout.strip()) == (0, __version__), updated.stderr
    assert "Setting up" in updated.stderr
    assert left_over.exists()


def test_arguments_and_exit_code_go_through(start: Start) -> None:
    assert (
        "--no-browser" in start("lab", "--help").stdout or "--no-browser" in start("voila", "--help").stdout
    )
    wrong = start("render", "--no-such-option")
    assert wrong.returncode == 2
    assert "no-such-option" in wrong.stderr


def test_help_sets_nothing_up(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main([]) == 0
    assert "start.py demo" in capsys.readouterr().out
    assert not module.VENV.exists()


def test_it_parses_on_old_pythons(root: Path) -> None:
    source = (root / "start.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    assert "from __future__" not in source  # Python 3.6 knows no annotations there


def test_old_python_is_told(root: Path) -> None:
    program = (
        "import runpy, sys; sys.version_info = (3, 10, 1, 'final', 0);"
        "sys.argv = ['start.py', 'demo']; runpy.run_path(sys.orig_argv[-1], run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(root / "start.py")], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "too old" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def pretend(module: ModuleType, *, root: str = "", **groups: bool) -> None:
    """An environment that looks set up, for the groups named."""
    module.PYTHON.parent.mkdir(parents=True)
    module.PYTHON.touch()
    (module.VENV / "pyvenv.cfg").touch()
    note = {"root": root or str(module.ROOT)} | {group: module.fingerprint(group) for group in groups}
    module.READY.write_text(json.dumps(note))


def told(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    return lines[-1]


def test_full_disk_is_told(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * 2**20))
    assert module.main(["demo"]) == 1
    assert told(capsys).startswith("The disk is too full: set-up needs 400 MB")
    assert not module.VENV.exists()


def test_missing_ensurepip_is_told(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    assert module.main(["demo"]) == 1
    assert "apt install python3." in told(capsys)


def test_foreign_broken_venv_is_left_alone(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    module.VENV.mkdir()
    theirs = module.VENV / "theirs.txt"
    theirs.write_text("precious")
    assert module.main(["demo"]) == 1
    assert "not of this program's making" in told(capsys)
    assert theirs.read_text() == "precious"


def test_moved_checkout_is_not_trusted(module: ModuleType) -> None:
    pretend(module, root="somewhere else", core=True)
    assert not module.ready("core")
    assert not module.works()


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"core": 7}', "\0"])
def test_damaged_note_is_no_reason_to_fail(module: ModuleType, damage: str) -> None:
    pretend(module)
    module.READY.write_text(damage)
    assert not module.ready("core")


def test_larger_group_covers_smaller(module: ModuleType) -> None:
    pretend(module, lab=True)
    assert module.ready("core") and module.ready("lab")
    assert not module.ready("test")
    (module.ROOT / "locks" / "lab.txt").write_text("changed")
    assert not module.ready("core")


@pytest.mark.parametrize(
    ("complaint", "meaning"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: Failed to fetch: `https://x/simple/numpy/`", "no package index answers"),
        (
            "Could not find a version (from versions: none)\nNo matching distribution found",
            "no package index",
        ),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was pinned"),
        ("[Errno 13] Permission denied: '/opt/x'", "no permission"),
        ("something else\nthe last word\n", "the last word"),
        ("", "no reason given"),
    ],
)
def test_complaints_are_explained(module: ModuleType, complaint: str, meaning: str) -> None:
    assert meaning in module.explain(complaint)


def test_set_up_lock_is_held_once(module: ModuleType) -> None:
    with module.one_at_a_time(), (module.ROOT / ".venv.lock").open("a") as other:
        assert not module.lock(other.fileno())
    with (module.ROOT / ".venv.lock").open("a") as other:
        assert module.lock(other.fileno())
