"""Which backends there are: those of the project's `studio.toml`, and those of the user's own.

    [[backends]]
    url = "https://render.example.com/comfy"
    name = "big"
    tags = ["video"]
    weight = 4                      # four times as fast as others, until that is measured
    max_queue = 2
    token = "keyring:comfy/big"     # or env:NAME; or headers = { X-Key = "env:COMFY_KEY" }

The user's file is for all projects of a person: `studio.toml` in the platform's folder for settings, or in
the folder that `STUDIO_CONFIG` names. Where both name a backend, the project's entry goes on top of the
user's; an entry with an address of its own takes nothing over, so that no project sends the user's token
elsewhere.

Files are changed in place: comments, order and keys that are not known here stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from studio.access import Access
from studio.errors import BackendError, DataFileError, StudioError
from studio.folders import config_folder
from studio.render.address import Address
from studio.render.backend import Backend
from studio.render.backend_file import KEY, append, document, index_of, inline, save, tables
from studio.render.secret import is_reference, resolve

Layer = Literal["project", "user"]

FILE_NAME = "studio.toml"

_SECRET_HEADERS = ("authorization", "cookie", "token", "key", "secret", "password")


class Entry(NamedTuple):
    """A backend and where it is written down; `table` as it is there, with references and not secrets."""

    name: str
    layer: Layer
    file: Path
    table: dict[str, Any]
    backend: Backend


def user_file() -> Path:
    """The user's own file, whether it is there or not."""
    return config_folder() / FILE_NAME


class Registry:
    """The backends of a project and its user. It keeps nothing: each call reads the files as they are then.

    Args:
        project: The project's `studio.toml`; None for the user's backends only.
        user: The user's file; the platform's place by default.
        access: What may be done; this process's own if None. Changes raise `NotAllowed` if it is not allowed
            to manage, or if the backend is not open to this process.
    """

    def __init__(
        self, project: Path | None = None, *, user: Path | None = None, access: Access | None = None
    ) -> None:
        self.access = access or Access.here()
        self.project = project
        self.user = user or user_file()

    def entries(self, *, with_user: bool = True) -> list[Entry]:
        """All backends: the project's in their order, then the user's that it does not name.

        Args:
            with_user: False for the project's own only.

        Raises:
            DataFileError: a file can't be read, or an entry is wrong; file and entry are named.
        """
        mine = tables(self.user) if with_user else {}
        layers: list[tuple[str, Layer, Path, dict[str, Any]]] = []
        for name, table in (tables(self.project) if self.project is not None else {}).items():
            assert self.project is not None
            below = mine.pop(name, None)
            if "url" not in table and below is None:
                if table.get("enabled") is False:  # a box that this machine's user has not: it is off anyway
                    continue
                raise DataFileError(
                    "the url is missing, and the user's file has no backend of that name",
                    where=_place(self.project, name),
                    hint=f"Add a url, or the backend to {self.user}.",
                )
            whole = table if "url" in table else {**(below or {}), **table}
            layers.append((name, "project", self.project, whole))
        layers += [(name, "user", self.user, table) for name, table in mine.items()]
        return [
            Entry(name, layer, file, table, backend_from(table, where=_place(file, name)))
            for name, layer, file, table in layers
        ]

    def load(self, *, with_user: bool = True) -> tuple[Backend, ...]:
        """All backends, ready for a farm; see `entries`."""
        return tuple(entry.backend for entry in self.entries(with_user=with_user))

    def add(self, entry: str | Mapping[str, Any] | Backend, *, to: Layer = "project") -> Backend:
        """Write a new backend down.

        Args:
            entry: An address, a table as in the file, or a `Backend` without headers.
            to: Into the project's file, or the user's.

        Raises:
            DataFileError: it can't be, there is one of that name, or a secret would lie in the file.
            StorageError: the disk refuses.
        """
        self.access.require("manage", what="add a backend")
        file = self._file(to)
        table = _table_of(entry)
        _refuse_secrets(table, file)
        backend = backend_from(table, where=_place(file, str(table.get("name", ""))))
        self.access.require_backend(backend.url)
        if backend.name in tables(file):
            raise DataFileError(
                f"there is a backend called {backend.name} already",
                where=str(file),
                hint="Choose another name, or change that one.",
            )
        whole = document(file)
        append(whole, table)
        save(file, whole)
        return backend

    def remove(self, name: str) -> None:
        """Take a backend out of the file that names it; out of the project's, if both do.

        Raises:
            DataFileError: no file names it.
            StorageError: the disk refuses.
        """
        self.access.require("manage", what=name)
        file = self._naming(name)
        whole = document(file)
        items: Any = whole[KEY]
        del items[index_of(items, name, file)]
        if not len(items):
            del whole[KEY]
        save(file, whole)

    def update(self, name: str, /, **fields: Any) -> Backend:
        """Change fields of a backend in the file that names it; None takes a field out.

        Raises:
            DataFileError: no file names it, or a value can't be; nothing is written.
            StorageError: the disk refuses.
        """
        self.access.require("manage", what=name)
        file = self._naming(name)
        whole = document(file)
        items: Any = whole[KEY]
        index = index_of(items, name, file)
        if isinstance(items[index], str):
            items[index] = inline({"url": str(items[index])})
        item = items[index]
        for key, value in fields.items():
            if value is None:
                item.pop(key, None)
            else:
                item[key] = sorted(value) if isinstance(value, set | frozenset) else value
        table = dict(item.unwrap())
        _refuse_secrets({key: table[key] for key in fields if key in table}, file)
        below = {} if "url" in table else tables(self.user).get(name, {})
        backend = backend_from({**below, **table}, where=_place(file, name))
        self.access.require_backend(backend.url)
        others = [other for other in tables(file) if other != name]
        if backend.name in others:
            raise DataFileError(f"there is a backend called {backend.name} already", where=str(file))
        save(file, whole)
        return backend

    def enable(self, name: str, enabled: bool) -> Backend:
        """Whether jobs are given to it, from now on."""
        return self.update(name, enabled=enabled)

    def _file(self, layer: Layer) -> Path:
        if layer == "user":
            return self.user
        if self.project is None:
            raise DataFileError("there is no project to write into", hint="Write it to='user'.")
        return self.project

    def _naming(self, name: str) -> Path:
        for file in (self.project, self.user):
            if file is not None and name in tables(file):
                return file
        known = [entry.name for entry in self.entries()]
        raise DataFileError(
            f"no file names a backend {name!r}", hint=f"There are: {', '.join(known)}." if known else ""
        )


def backend_from(entry: str | Mapping[str, Any], *, where: str) -> Backend:
    """A backend as a file names it: an address, or a table.

    Raises:
        DataFileError: it can't be one, or a secret that it refers to is not there; `where` is named.
    """
    if isinstance(entry, str):
        return Backend.of(entry)
    headers = entry.get("headers")
    table = {**entry, "headers": dict(headers) if isinstance(headers, Mapping) else headers or {}}
    shown = _shown(entry)
    if isinstance(table["headers"], dict):
        table["headers"] = {
            key: resolve(str(value), where=where, what=f"the header {key} of {shown}")
            for key, value in table["headers"].items()
        }
    if isinstance(entry.get("token"), str):
        table["token"] = resolve(entry["token"], where=where, what=f"the token of {shown}")
    try:
        return Backend.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise DataFileError(
            f"{field}: {message}" if field else message, where=where, hint="Mend that field."
        ) from error
    except BackendError as error:
        raise DataFileError(f"url: {error.message}", where=where, hint=error.hint) from error


def _shown(entry: Mapping[str, Any]) -> str:
    """The address without its secrets."""
    try:
        return str(Address.parse(str(entry.get("url", ""))))
    except StudioError:
        return "the backend"


def _place(file: Path, name: str) -> str:
    return f"{file} {KEY} {name}".rstrip()


def _table_of(entry: str | Mapping[str, Any] | Backend) -> dict[str, Any]:
    if isinstance(entry, str):
        return {"url": entry}
    if not isinstance(entry, Backend):
        return {
            key: sorted(value) if isinstance(value, set | frozenset) else value
            for key, value in entry.items()
        }
    if entry.headers:
        raise DataFileError(
            "a backend with headers is written down as a table, with references in place of secrets",
            where=entry.name,
            hint='Such as {"url": …, "token": "env:COMFY_TOKEN"}.',
        )
    table = entry.model_dump(mode="json", exclude_defaults=True, exclude={"timing", "headers"})
    if "tags" in table:
        table["tags"] = sorted(table["tags"])
    return table


def _refuse_secrets(table: Mapping[str, Any], file: Path) -> None:
    """Nothing that opens a door is written into a file that goes into git."""
    headers = table.get("headers")
    given = {f"header {key}": value for key, value in headers.items()} if isinstance(headers, Mapping) else {}
    given = {
        key: value for key, value in given.items() if any(word in key.lower() for word in _SECRET_HEADERS)
    }
    if "token" in table:
        given["token"] = table["token"]
    plain = next((key for key, value in given.items() if not is_reference(str(value))), None)
    if plain is None and "@" in str(table.get("url", "")).split("://")[-1].split("/")[0]:
        plain = "password in the url"
    if plain is not None:
        raise DataFileError(
            f"the {plain} would lie in the file as it is",
            where=str(file),
            hint="Give it by reference: env:NAME, or keyring:service/user.",
        )
