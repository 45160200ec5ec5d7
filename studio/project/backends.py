"""The backends that a project's settings name, with secrets from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.errors import DataFileError
from studio.project.settings import SETTINGS_FILE
from studio.project.toml import refused
from studio.provenance import public_url

if TYPE_CHECKING:
    from studio.render import Backend


def backend_of(entry: str | Mapping[str, Any]) -> Backend:
    """A backend as `studio.toml` names it: an address, or a table with `url`, `name` and `headers`.

    A header `"env:COMFY_TOKEN"` is read from the environment, so that no secret lies in a project.

    Raises:
        DataFileError: that can't be a backend, or the variable is not set.
    """
    from studio.render import Backend

    if isinstance(entry, str):
        return Backend.of(entry)
    headers = entry.get("headers")
    table = {**entry, "headers": dict(headers) if isinstance(headers, Mapping) else {}}
    for key, value in table["headers"].items():
        variable = str(value).removeprefix("env:")
        if variable != value:
            if variable not in os.environ:
                raise DataFileError(
                    f"the environment variable {variable} is not set",
                    where=f"{SETTINGS_FILE} backends",
                    hint=f"It holds the header {key} of {public_url(str(entry.get('url', '')))}.",
                )
            table["headers"][key] = os.environ[variable]
    try:
        return Backend.model_validate(table)
    except ValidationError as error:
        raise refused(error, f"{SETTINGS_FILE} backends") from error
