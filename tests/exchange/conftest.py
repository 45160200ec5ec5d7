"""A small project with panels, takes and notes in several scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cinema import Angle, preset
from studio.project import Project, save_take
from studio.provenance import Provenance
from studio.shot import Shot
from tests.project.support import png

SHOT = Shot(
    look=preset("blade_runner_2049"),
    subject="a clerk counts tickets",
    angle=Angle.parse("front_low-angle_close-up"),
    template="plate",
    seed=2**64 - 1,
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "The Last Ferry") as project:
        board = project.board
        board.add("Harbour", title="Harbour at dawn", rating=4, duration=2.5, notes="**Fog**, 霧, ضباب 🌫")
        board.add("Clerk", status="pick", notes="=1+1", shot=SHOT.model_dump(mode="json"))
        board.add("Empty")
        for panel, count in (("Harbour", 2), ("Clerk", 1)):
            for _ in range(count):
                save_take(
                    png(16, 9),
                    "x_00001_.png",
                    folder=project.panel(panel).folder,
                    project=project.name,
                    panel=panel,
                    provenance=Provenance(studio="0", shot=SHOT.model_dump(mode="json")),
                    naming=project.naming,
                )
        yield project
