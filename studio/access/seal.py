"""Proof that what lies in a project's folder was left by somebody who may: a signature with its key.

The key is `.studio/access.key`, made when it is first needed. A process opened with a role gets a signature
only for what that role may do, so a file made by hand, without one, is refused by whoever reads it. Against
those who can read the project's folder themselves it is no protection: see `studio.access`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.access.access import Access
from studio.access.roles import Permission
from studio.errors import NotAllowed, StorageError
from studio.files import write_new

KEY_FILE = "access.key"
_BYTES = 32


class Proof(BaseModel):
    """Who left something, as what, and the signature of all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default="", max_length=256)
    role: str = Field(max_length=32)
    may: Permission
    mac: str = Field(max_length=64)


@dataclass(frozen=True)
class Seal:
    """Signs and checks what is left in `folder`, which is a project's `.studio`."""

    folder: Path

    def sign(self, access: Access, permission: Permission, content: Mapping[str, Any]) -> dict[str, str]:
        """A proof for `content`, to be written beside it.

        Args:
            content: What JSON can hold. It should have an id of its own, so that it can't be used twice.

        Raises:
            NotAllowed: `access` may not do that.
            StorageError: the disk refuses the key.
        """
        access.require(permission)
        told = {"user": access.user, "role": access.role, "may": permission}
        return {**told, "mac": _mac(self._key(), told, content)}

    def check(self, content: Mapping[str, Any], proof: object, permission: Permission) -> Proof:
        """Who left it.

        Raises:
            NotAllowed: there is no proof, it is for something else, or was not made with this project's key.
            StorageError: the key can't be read.
        """
        try:
            found = Proof.model_validate(proof)
        except ValidationError:
            raise NotAllowed("it has no proof of who left it", permission=permission) from None
        if found.may != permission:
            raise NotAllowed(f"its proof is for {found.may}, not for {permission}", permission=permission)
        told = {"user": found.user, "role": found.role, "may": found.may}
        given = found.mac.encode("utf-8", "replace")  # as texts only ASCII is compared
        if not hmac.compare_digest(_mac(self._key(), told, content).encode(), given):
            raise NotAllowed("its proof is false", permission=permission, role=found.role)
        return found

    def _key(self) -> bytes:
        path = self.folder / KEY_FILE
        if not path.exists():
            write_new(path, secrets.token_hex(_BYTES).encode())  # of all who try at once, one makes it
        return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no key"
        raise StorageError(
            f"the project's key can't be read ({reason})", path=path, hint="Remove it: a new one is made."
        ) from error
    if len(key) != _BYTES:
        raise StorageError("the project's key is damaged", path=path, hint="Remove it: a new one is made.")
    return key


def _mac(key: bytes, told: Mapping[str, str], content: Mapping[str, Any]) -> str:
    text = json.dumps(
        [told, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )  # as the journal writes it, so that what is read there gives the same
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
