"""The reference is what the docstrings say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_pages_are_what_the_code_says() -> None:
    command = [sys.executable, "tools/reference.py", "--check"]
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
