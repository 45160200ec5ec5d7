"""Orders left for the process that serves: files of their own, each with the proof of who left it.

    farm/orders/<time>-<token>.json     {"v": 1, "kind": "submit", "job": "…", "told": {…}, "by": {…}}
    farm/refused/<time>-<token>.json    the same, and why it was not done

A job is cancelled by a wish (`studio.render.wishes`), which needs no order.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import stat
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from studio.access import Access, Permission, Seal
from studio.errors import DataFileError, StorageError
from studio.files import TEMPORARY_PREFIX, make_folder, storage_error, write_new

log = logging.getLogger(__name__)

VERSION = 1

LONGEST = 64 * 2**20
"""Bytes of an order; a large graph has a few million."""

KEPT = 100
"""Refused orders that are kept to be looked at."""


class _Order(BaseModel):
    """Base of all: unknown fields of a newer studio are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    v: int = VERSION
    at: datetime | None = None
    by: Any = None


class SubmitOrder(_Order):
    """Render this; `told` is what the journal is to keep of the job, and has the proof."""

    kind: Literal["submit"] = "submit"
    job: str = Field(max_length=64)
    told: dict[str, Any]
    spool: bool = Field(default=False, description="Keep the outputs for who asked: no panel takes them.")


class AddOrder(_Order):
    """One more backend. No header or password gets in: those are for the settings' file."""

    kind: Literal["add"] = "add"
    name: str = Field(max_length=200)
    url: str = Field(max_length=2000)
    tags: tuple[str, ...] = ()
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    max_queue: int = Field(default=2, ge=1)
    enabled: bool = True
    known: bool = Field(default=False, description="The settings name it, perhaps with its secret.")


class RemoveOrder(_Order):
    """Let go of a backend."""

    kind: Literal["remove"] = "remove"
    name: str = Field(max_length=200)


class EnableOrder(_Order):
    """Give a backend jobs, or none."""

    kind: Literal["enable"] = "enable"
    name: str = Field(max_length=200)
    enabled: bool


class FreeOrder(_Order):
    """Have a backend give memory back."""

    kind: Literal["free"] = "free"
    name: str = Field(max_length=200)


BackendOrder = AddOrder | RemoveOrder | EnableOrder | FreeOrder
Order = Annotated[SubmitOrder | BackendOrder, Field(discriminator="kind")]

NEEDED: Mapping[str, Permission] = {
    "submit": "render",
    "add": "manage",
    "remove": "manage",
    "enable": "manage",
    "free": "manage",
}
"""What who leaves an order must be allowed to do."""

_ORDERS: TypeAdapter[Any] = TypeAdapter(Order)


class OrderBox:
    """The orders of a project. From any thread; everything blocks.

    Args:
        folder: `<project>/.studio/farm`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "orders"
        self.refused = folder / "refused"
        self._lock = threading.Lock()
        self._last = 0

    def leave(self, order: SubmitOrder | BackendOrder, seal: Seal, access: Access) -> str:
        """Leave an order; its name, by which its end is told.

        Raises:
            NotAllowed: `access` may not do that.
            StorageError: the disk refuses.
        """
        name = self._name()
        order = order.model_copy(update={"at": datetime.now(UTC)})
        if not isinstance(order, SubmitOrder):  # a job's proof is in what the journal keeps of it
            order = order.model_copy(
                update={"by": seal.sign(access, NEEDED[order.kind], sealed(order, name))}
            )
        data = json.dumps(order.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
        make_folder(self.folder)
        if not write_new(self.folder / name, data.encode("utf-8", "replace")):
            raise StorageError("an order of that name is there already", path=self.folder, hint="Try again.")
        return name

    def names(self) -> list[str]:
        """The orders that wait, those of one process in the order in which it left them."""
        try:
            found = os.listdir(self.folder)  # noqa: PTH208
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error(error, self.folder) from error
        return sorted(name for name in found if not name.startswith(TEMPORARY_PREFIX) and name[:5] != "here-")

    def read(self, name: str) -> SubmitOrder | BackendOrder | None:
        """An order; None if it is gone.

        Raises:
            DataFileError: it makes no sense.
        """
        path = self.folder / name
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > LONGEST:
                raise DataFileError("it is no file of an order", where=str(path), hint="Remove it.")
            order: SubmitOrder | BackendOrder = _ORDERS.validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DataFileError(f"can't be read ({error.strerror})", where=str(path)) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise DataFileError(f"it makes no sense: {place}: {first['msg']}", where=str(path)) from error
        return order

    def done(self, name: str) -> None:
        """It is no more."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)

    def refuse(self, name: str, why: str) -> None:
        """Set an order aside, with the reason beside it."""
        log.warning("the order %s is refused: %s", name, why)
        with contextlib.suppress(StorageError, OSError):
            make_folder(self.refused)
            write_new(self.refused / f"{name}.why", json.dumps({"why": why}).encode())
            (self.folder / name).replace(self.refused / name)
        self.done(name)
        with contextlib.suppress(OSError):
            old = sorted(os.listdir(self.refused))[: -2 * KEPT]  # noqa: PTH208
            for each in old:
                (self.refused / each).unlink()

    def left(self, name: str) -> bool:
        """Whether it still waits."""
        return (self.folder / name).exists()

    def refusal(self, name: str) -> str:
        """Why it was refused; empty if it was not."""
        try:
            told = json.loads((self.refused / f"{name}.why").read_bytes())
        except (OSError, ValueError):
            return ""
        return str(told.get("why", "")) if isinstance(told, dict) else ""

    def _name(self) -> str:
        with self._lock:
            self._last = max(time.time_ns(), self._last + 1)
            return f"{self._last:020d}-{secrets.token_hex(6)}.json"


def sealed(order: BackendOrder, name: str) -> dict[str, Any]:
    """What the proof of an order covers: all that it would do, once."""
    return {"order": name, **order.model_dump(mode="json", exclude={"by"})}
