"""Takes as a render would leave them, for the inspector's tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image

from studio.project import Project
from studio.project.saving import save_take
from studio.provenance import Provenance
from studio.shot import Shot

SHOT = Shot(look={"kind": "live_action"}, subject="rain", seed=11)  # type: ignore[arg-type]


def until(condition: Callable[[], Any]) -> None:
    """Wait until the condition holds, which another thread brings about."""
    tick, deadline = threading.Event(), time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        tick.wait(0.01)


def png(colour: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 36), colour).save(file, "PNG")
    return file.getvalue()


def render(project: Project, panel: str, shot: Shot, colour: str = "teal", **made: Any) -> None:
    """Put a take of `shot` into the panel, as a render would."""
    home = project.panel(panel)
    record = Provenance(shot=shot.model_dump(mode="json"), template=shot.template, backend="box", **made)
    save_take(
        png(colour), "a.png", folder=home.folder, project=project.name, panel=home.name,
        provenance=record, naming=project.naming,
    )  # fmt: skip
