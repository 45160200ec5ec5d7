"""Pin the environment anew: `python tools/lock.py` writes `locks/*.txt` from `pyproject.toml`.

Each lock holds exact versions with hashes, for every system and every Python from 3.11, and no address:
whoever installs from it uses the index that their own pip or uv is set to. The locks agree with each other,
since the smaller ones are resolved under the largest.

`--upgrade` takes newer versions; without it a lock keeps what it has wherever `pyproject.toml` allows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LOCKS: dict[str, tuple[str, ...]] = {
    # The first one has everything and leads the others.
    "test": ("pyproject.toml", "locks/setup.in", "--all-extras"),
    "setup": ("locks/setup.in",),
    "core": ("pyproject.toml",),
    "lab": ("pyproject.toml", "--extra=lab", "--extra=video", "--extra=exchange"),
}
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
)


def compile_locks(folder: Path, *, upgrade: bool) -> None:
    """Write every lock into `folder`, starting from what it holds."""
    leader = folder / f"{next(iter(LOCKS))}.txt"
    for name, inputs in LOCKS.items():
        lock = folder / f"{name}.txt"
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *OPTIONS, *inputs]
        if lock != leader:
            command += ["--constraint", str(leader)]
        if upgrade:
            command.append("--upgrade")
        subprocess.run([*command, "--output-file", str(lock)], cwd=ROOT, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    compile_locks(ROOT / "locks", upgrade=parser.parse_args().upgrade)
