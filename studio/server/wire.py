"""Models that several operations take or give."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from studio.server.operation import Asked

Address = Annotated[
    str,
    Field(
        max_length=1024,
        description="The project's folder, from the server's root on; empty: the root itself. With several "
        "roots it begins with the root's name.",
    ),
]
TakePath = Annotated[
    str, Field(min_length=1, max_length=1024, description="A take, from the project's folder on.")
]
Query = Annotated[
    str, Field(max_length=4096, description="A search, such as `rain -neon lens:cooke rating>=4`.")
]


class InProject(Asked):
    """Which project."""

    project: Address = ""


class OfProject(Asked):
    """Whose presets, words, gear and templates; the project is opened, and they are in force."""

    project: Address | None = Field(default=None, description="Its own too, if one is named.")


class Given(BaseModel):
    """Base of what is given back."""

    model_config = ConfigDict(frozen=True)


class Done(Given):
    """Something was done."""

    done: str = Field(description="What, in words.")
