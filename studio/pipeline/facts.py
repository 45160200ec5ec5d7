"""What is known of a file, in the words that conditions use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from studio.errors import ProjectError, TakeError
from studio.media import kind_of_name

if TYPE_CHECKING:
    from studio.project import Take


def facts_of_file(path: Path) -> dict[str, Any]:
    """`name kind bytes width height` of any file; sizes are None where they can't be told.

    Raises:
        ProjectError: it is not there.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ProjectError(
            f"the file can't be read ({error.strerror})", path=path, hint="Check its path."
        ) from error
    width, height = _dimensions(path)
    return {
        "name": path.name,
        "kind": kind_of_name(path.name) or "other",
        "bytes": size,
        "width": width,
        "height": height,
    }


def facts_of_take(take: Take) -> dict[str, Any]:
    """The same, and `panel version backend seconds template seed subject` of a take."""
    facts = {**facts_of_file(take.path), "panel": take.panel, "version": take.version}
    try:
        record = take.provenance
        shot = record.shot
    except TakeError:
        return facts
    return {
        **facts,
        "backend": record.backend,
        "seconds": record.seconds,
        "template": record.template,
        "seed": shot.seed,
        "subject": shot.subject,
    }


def _dimensions(path: Path) -> tuple[int | None, int | None]:
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:  # no picture, or one that no decoder takes: its size is simply not known
        return None, None
