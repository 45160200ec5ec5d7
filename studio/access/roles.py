"""Permissions, a small closed set, and the table of roles that are made of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from studio.errors import DataFileError, NotAllowed
from studio.folders import config_folder

Permission = Literal["render", "arrange", "rate", "note", "delete", "manage"]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

DIRECTOR = "director"
"""The role that may do everything, and which everybody has who was given no other."""

ROLES_FILE = "roles.toml"

WORDS: Mapping[Permission, str] = {
    "render": "render or cancel",
    "arrange": "change panels, shots and files",
    "rate": "rate",
    "note": "write notes and tags",
    "delete": "delete",
    "manage": "change settings and backends",
}


def _plain(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name):
        raise ValueError(f"{name!r} is no name of a role: small letters, digits, - and _, at most 32")
    return name


RoleName = Annotated[str, AfterValidator(_plain)]


class Role(BaseModel):
    """What somebody is in a project."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", max_length=64)
    may: frozenset[Permission]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: dict[RoleName, Role] = Field(default_factory=dict)


class Roles(Mapping[str, Role]):
    """Roles by name."""

    def __init__(self, table: Mapping[str, Role]) -> None:
        self._table = dict(table)

    @classmethod
    def known(cls, project: Path | None = None, more: Mapping[str, Role] | None = None) -> Roles:
        """The roles that are always there, the person's, the project's, and `more`.

        Raises:
            DataFileError: a file is wrong, names a permission that there is none, or redefines a role.
        """
        table = dict(_built_in())
        files = [config_folder() / ROLES_FILE, *([project / ROLES_FILE] if project is not None else [])]
        for path in files:
            _add(table, _read(path), str(path))
        _add(table, more or {}, "roles")
        return cls(table)

    def find(self, name: str) -> Role:
        """The role of that name.

        Raises:
            NotAllowed: there is none; an unknown role may do nothing.
        """
        found = self._table.get(name)
        if found is None:
            raise NotAllowed(f"there is no role {name!r}", hint=f"There are: {', '.join(self._table)}.")
        return found

    def __getitem__(self, name: str) -> Role:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def listed(permissions: Iterable[Permission]) -> str:
    """Permissions in words."""
    return ", ".join(WORDS[one] for one in PERMISSIONS if one in set(permissions))


def _add(table: dict[str, Role], more: Mapping[str, Role], where: str) -> None:
    for name, role in more.items():
        if name in _built_in() or (name in table and table[name] != role):
            raise DataFileError(
                f"the role {name} is there already, and can't be another one",
                where=where,
                hint="Give the role another name.",
            )
        table[name] = role


@cache
def _built_in() -> Mapping[str, Role]:
    return _read(Path(__file__).with_name(ROLES_FILE))


def _read(path: Path) -> Mapping[str, Role]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DataFileError(
            f"can't be read ({error.strerror})", where=str(path), hint="Check its rights."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataFileError(f"not valid TOML: {error}", where=str(path), hint="Mend that file.") from error
    try:
        return _File.model_validate(table).role
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise DataFileError(
            f"{place}: {words}", where=str(path), hint=f"A role may: {', '.join(PERMISSIONS)}."
        ) from error
