"""The notebook file itself: read through a model, written so that the same cells give the same bytes.

The format is nbformat 4.5 (a cell has an id); what is written is what `nbformat.writes` would write, without
the Jupyter packages, so that a checkout with the core alone can read, make and verify shots.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio.errors import NotebookError

MAX_BYTES = 64 * 1024 * 1024
"""Most that is read as a notebook; ours have some kilobytes, executed ones with pictures some megabytes."""

PARAMETERS_TAG = "parameters"
"""As papermill wants it: the cell whose names may be given other values."""


class Cell(BaseModel):
    """One cell. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    cell_type: Literal["code", "markdown", "raw"]
    id: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    source: str = ""
    outputs: tuple[Any, ...] = ()
    execution_count: int | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        whole = isinstance(value, list) and all(isinstance(line, str) for line in value)
        return "".join(value) if whole else value

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, as papermill and JupyterLab know them."""
        found = self.metadata.get("tags")
        return tuple(tag for tag in found if isinstance(tag, str)) if isinstance(found, list) else ()

    @property
    def is_parameters(self) -> bool:
        """Whether it is the one that holds the parameters."""
        return self.cell_type == "code" and PARAMETERS_TAG in self.tags

    def table(self) -> dict[str, Any]:
        """As it stands in the file."""
        table = {
            **(self.model_extra or {}),
            "cell_type": self.cell_type,
            "metadata": self.metadata,
            "source": self.source.splitlines(keepends=True),
        }
        if self.id:
            table["id"] = self.id
        if self.cell_type == "code":
            table |= {"execution_count": self.execution_count, "outputs": list(self.outputs)}
        return table


class NotebookFile(BaseModel):
    """A notebook of format 4. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = Field(default_factory=dict)
    nbformat: Literal[4] = 4
    nbformat_minor: int = 5

    @classmethod
    def read(cls, path: Path) -> NotebookFile:
        """The notebook in a file.

        Raises:
            NotebookError: it can't be read, or is no notebook.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise NotebookError(f"can't be read ({reason})", path=path, hint="Check its path.") from error
        return cls.parse(data, where=str(path))

    @classmethod
    def parse(cls, data: bytes, *, where: str = "") -> NotebookFile:
        """The notebook in `data`; `where` names it in messages.

        Raises:
            NotebookError: it is no notebook, or larger than 64 MB.
        """
        if len(data) > MAX_BYTES:
            raise NotebookError("is larger than 64 MB", path=where, hint="It is no shot of the studio.")
        try:
            return cls.model_validate(json.loads(data))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise NotebookError(
                f"is no notebook ({field}: {first['msg']})", path=where, hint="Open it in JupyterLab."
            ) from error
        except (ValueError, RecursionError) as error:
            reason = str(error)[:200]
            if b"<<<<<<<" in data:
                reason = "git left both sides of a merge in it"
            raise NotebookError(
                f"is no notebook ({reason})", path=where, hint="Take it from git again, or mend it."
            ) from error

    def to_bytes(self) -> bytes:
        """The file: sorted keys, one source line a line, a line end at the end."""
        table = {
            **(self.model_extra or {}),
            "cells": [cell.table() for cell in self.cells],
            "metadata": self.metadata,
            "nbformat": self.nbformat,
            "nbformat_minor": self.nbformat_minor,
        }
        text = json.dumps(table, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        return text.encode("utf-8", "surrogatepass")

    @property
    def is_clean(self) -> bool:
        """Whether it holds no trace of a run: no outputs, no counts, no widgets' state."""
        return "widgets" not in self.metadata and not any(
            cell.outputs or cell.execution_count is not None for cell in self.cells
        )
