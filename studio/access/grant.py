"""What a server gives to a process that it starts for somebody: a role, projects, backends."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.access.roles import Permission
from studio.errors import NotAllowed

GRANT = "STUDIO_GRANT"
"""The environment variable that holds it, as JSON. A process without it is its owner's own."""


class Grant(BaseModel):
    """The most that a process may do. It is told by the environment, and can only be narrowed from within."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default="", max_length=256)
    role: str
    may: frozenset[Permission]
    projects: tuple[str, ...] | None = Field(
        default=None, description="Folders that may be opened, and all below them; None: any."
    )
    backends: tuple[str, ...] | None = Field(
        default=None, description="Addresses that may be rendered on, as `Address.http`; None: any."
    )

    @classmethod
    def here(cls) -> Grant | None:
        """That of this process; None if it was started by its owner.

        Raises:
            NotAllowed: it makes no sense; then nothing is allowed.
        """
        text = os.environ.get(GRANT)
        if text is None:
            return None
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise NotAllowed(
                f"{GRANT} can't be understood ({error.error_count()} faults), so nothing is allowed",
                hint="It is set by `studio voila`; start that anew.",
            ) from None

    def variable(self) -> dict[str, str]:
        """For the environment of a process."""
        return {GRANT: self.model_dump_json()}

    def reaches(self, path: Path) -> bool:
        """Whether a folder or file, links followed, is one that may be used."""
        if self.projects is None:
            return True
        try:
            place = path.resolve()
            roots = [Path(root).resolve() for root in self.projects]
        except (OSError, ValueError, RuntimeError):
            return False
        return any(place == root or root in place.parents for root in roots)
