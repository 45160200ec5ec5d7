"""Every check and every test, as `python3 start.py test` and CI run them.

Arguments go to pytest: `python3 start.py test -k seeds` still runs the quick checks first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import find_chromium, install_chromium

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent

TOGETHER = ("-n", "auto", "--no-loadscope-reorder")
"""On every core; `tests/conftest.py` says what stays together. A person's own `-n 0` comes later and wins."""

FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
FEW = 12
"""Failures up to which a second run is worth it; with more something is broken."""

CHECKS = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    "package order": ("lint-imports", "--no-logo"),
}


def main(arguments: list[str]) -> int:
    """Run the checks, all of them, and if all pass the tests; returns the exit code."""
    os.chdir(ROOT)
    os.environ["PATH"] = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])
    # Tests start some hundred processes; without compiled files each would compile the studio anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}. The tests were not run.", flush=True)
        return 1
    if not find_chromium() and (advice := install_chromium()):
        print(f"\nThe tests need Chromium. {advice}", flush=True)
        return 1
    print("\n== tests", flush=True)
    pytest = [sys.executable, "-m", "pytest"]
    FAILED.unlink(missing_ok=True)
    code = subprocess.call([*pytest, *TOGETHER, *arguments])
    names = failed_tests() if code == 1 else []
    if not 0 < len(names) <= FEW:
        return code
    print("\n== those that failed, once more and alone: is it them, or the busy machine?", flush=True)
    code = subprocess.call([*pytest, "--last-failed", *arguments])
    if code == 0:
        print("\nUNSTEADY, to be mended: " + ", ".join(names), flush=True)
    return code


def failed_tests() -> list[str]:
    """The tests that failed in the last run, as pytest noted them."""
    try:
        return sorted(json.loads(FAILED.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def passes(name: str, command: tuple[str, ...]) -> bool:
    """Run one check with all its output shown."""
    print(f"\n== {name}: {' '.join(command)}", flush=True)
    return subprocess.call([str(PROGRAMS / command[0]), *command[1:]], stdin=subprocess.DEVNULL) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
