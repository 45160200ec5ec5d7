"""What the workflow tests share: node classes recorded from a real ComfyUI."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def object_info() -> dict[str, Any]:
    """`/object_info` of a real ComfyUI 0.3.64, 495 classes."""
    return json.loads(gzip.decompress((DATA / "object_info.json.gz").read_bytes()))
