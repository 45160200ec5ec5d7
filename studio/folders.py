"""Where the studio keeps what belongs to the person and not to a project: settings and caches."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APPLICATION = "directors-notebook"


def config_folder() -> Path:
    """The person's settings: backends, recent projects. `STUDIO_CONFIG` names another; it may be missing."""
    given = os.environ.get("STUDIO_CONFIG")
    return Path(given).expanduser() if given else platformdirs.user_config_path(_APPLICATION, appauthor=False)


def cache_folder() -> Path:
    """What can be made again: thumbnails, indexes. `STUDIO_CACHE` names another; it may not exist yet."""
    given = os.environ.get("STUDIO_CACHE")
    return Path(given).expanduser() if given else platformdirs.user_cache_path(_APPLICATION, appauthor=False)
