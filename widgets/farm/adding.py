"""The form for one more backend: what was typed, checked field by field."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import BackendError, DataFileError, StudioError
from studio.render.address import Address
from studio.render.backend import Backend
from studio.render.registry import backend_from
from studio.render.secret import is_reference, resolve

Where = Literal["project", "user", "session"]
Name = Literal["url", "name", "tags", "weight", "max_queue", "token", "to"]

LONGEST = 500
"""Characters of a field."""

WORST_WEIGHT = 1000.0


class Added(NamedTuple):
    """What became of a form.

    Attributes:
        backend: The new one; None if it was not added.
        problems: What is wrong, by the field's name. No text repeats a token.
        harmless: It may be added all the same: only nothing answers there now.
    """

    backend: Backend | None = None
    problems: Mapping[Name, str] = MappingProxyType({})
    harmless: bool = False


class AddForm(BaseModel):
    """What a person typed, as text. A token is a reference, never the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(default="", max_length=LONGEST)
    name: str = Field(default="", max_length=LONGEST)
    tags: str = Field(default="", max_length=LONGEST)
    weight: str = Field(default="", max_length=LONGEST)
    max_queue: str = Field(default="", max_length=LONGEST)
    token: str = Field(default="", max_length=LONGEST, repr=False)
    to: Where = "session"

    def read(self, taken: Collection[Backend] = ()) -> tuple[Added, dict[str, Any]]:
        """The backend it describes, or what is wrong; and the entry for `studio.toml`, with the reference in
        place of the secret.

        Args:
            taken: The backends that are there.
        """
        problems: dict[Name, str] = {}
        table = self._table(problems)
        if problems:
            return Added(problems=problems), table
        try:
            backend = backend_from(table, where="the form")
        except (DataFileError, BackendError) as error:
            return Added(problems={_field_of(error): error.message}), table
        for other in taken:
            if other.name == backend.name:
                problems["name" if self.name.strip() else "url"] = (
                    f"There is a backend called {backend.name} already."
                )
            elif other.url == backend.url:
                problems["url"] = f"{other.name} is at this address already."
        return (Added(problems=problems) if problems else Added(backend)), table

    def _table(self, problems: dict[Name, str]) -> dict[str, Any]:
        """The entry; what is wrong with it goes into `problems`."""
        table: dict[str, Any] = {"url": self._url(problems)}
        if self.name.strip():
            table["name"] = self.name.strip()
        tags = [tag for tag in re.split(r"[,;\s]+", self.tags) if tag]
        if tags:
            table["tags"] = sorted(set(tags))
        weight, queue = self._weight(problems), self._queue(problems)
        if weight is not None:
            table["weight"] = weight
        if queue is not None:
            table["max_queue"] = queue
        token = self.token.strip()
        if token:
            table["token"] = token
            _check_token(token, problems)
        return table

    def _url(self, problems: dict[Name, str]) -> str:
        url = self.url.strip()
        if not url:
            problems["url"] = "Where is it? Such as http://192.168.1.20:8188."
            return url
        if "@" in url.split("://")[-1].split("/")[0]:
            problems["url"] = "A name and password do not belong here: give a token by reference below."
            return url
        try:
            return str(Address.parse(url))
        except BackendError as error:
            problems["url"] = str(error)
            return url

    def _weight(self, problems: dict[Name, str]) -> float | None:
        text = self.weight.strip().replace(",", ".")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value <= WORST_WEIGHT:
            problems["weight"] = "A number above 0: 2 is twice as fast as others."
            return None
        return int(value) if value.is_integer() else value

    def _queue(self, problems: dict[Name, str]) -> int | None:
        text = self.max_queue.strip()
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
            problems["max_queue"] = "A whole number from 1 to 100: jobs of ours that it has at a time."
            return None
        return int(text)


def _check_token(token: str, problems: dict[Name, str]) -> None:
    if not is_reference(token):
        problems["token"] = (
            "By reference only, so that no secret is written down: env:NAME or keyring:service/user."
        )
        return
    try:
        resolve(token, where="token", what="the token")
    except DataFileError as error:
        problems["token"] = f"{error.message}. {error.hint}" if error.hint else error.message


def _field_of(error: StudioError) -> Name:
    """The field that an error of the registry is about: its message begins with the name."""
    names: tuple[Name, ...] = ("url", "name", "tags", "weight", "max_queue", "token")
    return next((name for name in names if error.message.startswith(f"{name}:")), "url")
