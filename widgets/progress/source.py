"""What a live widget looks at: a project's farm, or a farm."""

from __future__ import annotations

from studio.errors import StudioError
from studio.project import Project
from studio.render import Farm


def farm_of(source: Project | Farm) -> tuple[Farm, Project | None]:
    """The farm, and the project that it is of.

    Raises:
        StudioError: `source` is neither.
        DataFileError, BackendError: the project's backends can't be used.
    """
    if isinstance(source, Farm):
        return source, None
    if isinstance(source, Project):
        return source.farm, source
    raise StudioError(f"{type(source).__name__} is no farm", hint="Give a project, or a farm.")
