"""A film with a shot, and takes of it that no backend had to render."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import studio
from studio.project import Take, save_take
from studio.project.panel import Panel
from studio.provenance import Provenance
from studio.shot import Shot
from tests.shots.support import Film, picture


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STUDIO_PROJECT", "STUDIO_BACKENDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Film]:
    with studio.Project.open(tmp_path / "film") as project:
        yield project


@pytest.fixture
def shot() -> Shot:
    return studio.Shot(
        look=studio.preset("blade_runner_2049").with_(lens__focal_length_mm=50, lens__t_stop=2.8),
        subject='a "tired" detective,\nrain on the counter',
        angle=studio.Angle.parse("front_low-angle_close-up"),
        parameters={"steps": 20, "cfg": 6.5},
        seed=2**64 - 1,
    )


@pytest.fixture
def keep() -> Callable[..., Take]:
    """Keep a picture as a take of a shot, as if a backend had rendered it."""

    def take_of(panel: Panel, shot: Shot, data: bytes | None = None) -> Take:
        record = Provenance(
            studio=studio.__version__,
            shot=shot.with_(filename_prefix="film/Hero").model_dump(mode="json"),
            template=shot.template,
            backend="box",
            backend_url="http://box:8188",
            comfyui="0.3.64",
        )
        project = panel.project
        return save_take(
            data or picture(),
            "a.png",
            folder=panel.folder,
            project=project.name,
            panel=panel.name,
            provenance=record,
        )

    return take_of
