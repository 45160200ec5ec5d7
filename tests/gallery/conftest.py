"""What the gallery's tests share: a cache of their own, and a project full of takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.gallery import Gallery
from tests.gallery.made import QUICK, make_takes


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's cache folder, empty, outside the project."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("STUDIO_CACHE", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of 24 takes in 3 panels."""
    root = tmp_path / "film"
    make_takes(root, 24, folders=3, maker=QUICK)
    return root


@pytest.fixture
def gallery(project: Path) -> Iterator[Gallery]:
    """The gallery of `project`, not scanned yet, reading in this process."""
    with Gallery.open(project, processes=0) as opened:
        yield opened
