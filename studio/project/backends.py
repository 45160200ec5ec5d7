"""The backends that a project renders on: its own, and those of whoever works on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.access import Access
from studio.project.settings import SETTINGS_FILE, Settings

if TYPE_CHECKING:
    from studio.render import Backend
    from studio.render.registry import Registry


def registry_of(folder: Path, access: Access | None = None) -> Registry:
    """The files that name backends for the project in `folder`; changes through it are written at once.

    Args:
        access: The project's; this process's own if None.
    """
    from studio.render.registry import Registry

    return Registry(folder / SETTINGS_FILE, access=access)


def project_backends(folder: Path, settings: Settings) -> tuple[Backend, ...]:
    """The backends of `studio.toml`, and the user's too unless it says `user_backends = false`.

    Raises:
        DataFileError: an entry is wrong, or its secret is not there; file and entry are named.
    """
    return registry_of(folder).load(with_user=settings.user_backends)


def backend_of(entry: str | Mapping[str, Any]) -> Backend:
    """A backend as `studio.toml` names it: an address, or a table (see `studio.render.registry`).

    A header `"env:COMFY_TOKEN"` is read from the environment, so that no secret lies in a project.

    Raises:
        DataFileError: that can't be a backend, or the secret is not there.
    """
    from studio.render.registry import backend_from

    return backend_from(entry, where=f"{SETTINGS_FILE} backends")
