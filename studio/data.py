"""Where the data that ships with the studio lies: `presets/` and `templates/`."""

from __future__ import annotations

import importlib.resources
from pathlib import Path


def data_folder(name: str) -> Path:
    """The folder of shipped data `name` ("presets" or "templates").

    An installed wheel holds it inside the package (`studio/_data/<name>`); in a checkout it lies beside it.
    """
    packaged = Path(str(importlib.resources.files("studio"))) / "_data" / name
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[1] / name
