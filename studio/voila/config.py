"""`voila.toml` and the command's options, together and checked: who comes in, and where they get to.

page = "console"                      # console, storyboard, gallery, tour, or a notebook
host = "0.0.0.0"
port = 8866
projects = ["/films/harbour"]
backends = ["http://box:8188"]        # what is left out: those of the first project's settings

[[visitor]]
name = "Anna"
role = "director"
token = "env:ANNA_TOKEN"              # or "sha256:…"; never the token itself

[proxy]                               # a server in front that has asked people who they are
header = "X-Forwarded-User"
trusted = ["10.0.0.5"]                # addresses that it connects from
default = "reviewer"                  # for names that are not listed; left out: they are refused
[proxy.users]
anna = "director"

[role.producer]                       # one more role, for this server
may = ["note"]
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.access import DIRECTOR, Role, Roles
from studio.errors import DataFileError, StudioError
from studio.voila.door import SHA256, Door, Proxy, Visitor, hashed

CONFIG_FILE = "voila.toml"
SHORTEST = 16
"""Characters of a token."""


class VisitorEntry(BaseModel):
    """One `[[visitor]]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=256)
    role: str
    token: str = ""


class ProxyEntry(BaseModel):
    """`[proxy]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str
    trusted: tuple[str, ...]
    default: str = ""
    users: dict[str, str] = Field(default_factory=dict)


class VoilaFile(BaseModel):
    """All of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: str = ""
    host: str = ""
    port: int = Field(default=0, ge=0, le=65535)
    projects: tuple[str, ...] = ()
    backends: tuple[str, ...] | None = None
    visitor: tuple[VisitorEntry, ...] = ()
    proxy: ProxyEntry | None = None
    role: dict[str, Role] = Field(default_factory=dict)


@dataclass(frozen=True)
class Guests:
    """Who may come in, and the tokens that were made just now for the person who starts the server.

    Attributes:
        tokens: Role → token; told once, and kept nowhere.
    """

    visitors: tuple[Visitor, ...] = ()
    proxy: Proxy | None = None
    anybody: Visitor | None = None
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def door(self, projects: Sequence[Path], backends: Sequence[str]) -> Door:
        """The table as the server gets it."""
        return Door(
            visitors=self.visitors,
            proxy=self.proxy,
            anybody=self.anybody,
            projects=tuple(str(project) for project in projects),
            backends=tuple(backends),
        )


def read_file(path: Path) -> VoilaFile:
    """The settings of a server.

    Raises:
        DataFileError: it can't be read, or is wrong; the field is named, and no token is repeated.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataFileError(
            f"can't be read ({error.strerror})", where=str(path), hint="Check its path and rights."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataFileError(f"not valid TOML: {error}", where=str(path), hint="Mend that file.") from error
    try:
        return VoilaFile.model_validate(table)
    except ValidationError as error:
        raise _refused(error, str(path)) from None


def guests(
    file: VoilaFile, *, roles: Sequence[str], host: str, token: bool, where: str = CONFIG_FILE
) -> Guests:
    """Who may come in.

    Args:
        roles: Roles for which links are made now; a director's if the file lets nobody in.
        host: The address that the server listens on.
        token: False: nobody needs one; on this machine only.
        where: The file, for messages.

    Raises:
        DataFileError: an entry of the file is wrong.
        NotAllowed: no such role.
        StudioError: anybody of the network could come in.
    """
    known = Roles.known(more=file.role)
    found = [_visitor(entry, known, f"{where} visitor {entry.name}") for entry in file.visitor]
    proxy = None if file.proxy is None else _proxy(file.proxy, known, found, where)
    if not token:
        return _without_token(known, roles, host, found, proxy)
    made: dict[str, str] = {}
    wanted = list(dict.fromkeys(roles)) or ([] if found or proxy else [DIRECTOR])
    for role in wanted:
        made[role] = secrets.token_urlsafe(24)
        found.append(
            Visitor(name=_free(role, found), role=role, may=known.find(role).may, token=hashed(made[role]))
        )
    return Guests(tuple(found), proxy, None, made)


def is_loopback(host: str) -> bool:
    """Whether a server that listens there is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_token(
    known: Roles, roles: Sequence[str], host: str, found: list[Visitor], proxy: Proxy | None
) -> Guests:
    if not is_loopback(host):
        raise StudioError(
            f"without a token, everybody who reaches {host} could come in",
            hint="Leave --no-token out, list visitors or a proxy in voila.toml, or listen on 127.0.0.1.",
        )
    if len(roles) > 1:
        raise StudioError("without tokens all visitors have one role", hint="Give one --role.")
    role = roles[0] if roles else DIRECTOR
    anybody = Visitor(name=_free(role, found), role=role, may=known.find(role).may)
    return Guests(tuple(found), proxy, anybody)


def _visitor(entry: VisitorEntry, known: Roles, where: str) -> Visitor:
    may = known.find(entry.role).may
    return Visitor(name=entry.name, role=entry.role, may=may, token=_token(entry.token, where))


def _token(text: str, where: str) -> str:
    """The hash of a token that is named."""
    if not text:
        raise DataFileError("no token", where=where, hint='Write token = "env:NAME", or "sha256:…".')
    if text.startswith("sha256:"):
        digest = text.removeprefix("sha256:").lower()
        if not re.fullmatch(SHA256, digest):
            raise DataFileError("that is no SHA-256", where=where, hint="It has 64 digits, 0-9 and a-f.")
        return digest
    if not text.startswith("env:"):
        raise DataFileError(
            "a token must not lie in a file",
            where=where,
            hint=f'Write token = "env:NAME", or token = "sha256:{hashed(text)}", which is that of this one.',
        )
    name = text.removeprefix("env:")
    secret = os.environ.get(name, "")
    if len(secret) < SHORTEST:
        why = "is too short for a token" if secret else "is not set"
        raise DataFileError(
            f"the environment variable {name} {why}", where=where, hint=f"{SHORTEST} characters or more."
        )
    return hashed(secret)


def _proxy(entry: ProxyEntry, known: Roles, found: list[Visitor], where: str) -> Proxy:
    """The proxy; those whom it names are added to the visitors."""
    for name, role in entry.users.items():
        if any(visitor.name == name for visitor in found):
            raise DataFileError(f"{name} is there twice", where=f"{where} proxy.users", hint="Keep one.")
        try:
            found.append(Visitor(name=name, role=role, may=known.find(role).may))
        except ValidationError as error:
            raise _refused(error, f"{where} proxy.users") from None
    others = None
    if entry.default:
        others = Visitor(name="somebody", role=entry.default, may=known.find(entry.default).may)
    try:
        return Proxy(header=entry.header, trusted=entry.trusted, others=others)
    except ValidationError as error:
        raise _refused(error, f"{where} proxy") from None


def _free(role: str, found: Sequence[Visitor]) -> str:
    taken = {visitor.name for visitor in found}
    name, number = role, 2
    while name in taken:
        name, number = f"{role} {number}", number + 1
    return name


def _refused(error: ValidationError, where: str) -> DataFileError:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return DataFileError(f"{place}: {words}", where=where, hint="See docs/sharing.md.")
