"""Whether the server is there, and what who asks may do."""

from __future__ import annotations

from pydantic import Field

import studio
from studio.access import Permission
from studio.server.operation import Call, operation
from studio.server.wire import Given


class Health(Given):
    """The studio behind this server."""

    studio: str = Field(description="Its version.")
    user: str
    role: str
    may: list[Permission] = Field(description="What this role is allowed, beside looking.")
    roots: list[str] = Field(description="The names of the folders that are open here.")


@operation("GET", "/health", tag="Server")
def health(call: Call) -> Health:
    """The studio's version, and what who asks may do."""
    return Health(
        studio=studio.__version__,
        user=call.access.user,
        role=call.access.role,
        may=sorted(call.access.permissions),
        roots=list(call.shelf.roots.folders),
    )
