"""The `backends` of one TOML file: read with errors that name the entry, changed in place.

Comments, order and keys that are not known here stay as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import BackendError, DataFileError
from studio.files import write_atomically
from studio.render.address import Address

if TYPE_CHECKING:
    import tomlkit

KEY = "backends"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DataFileError(
            f"can't be read ({error.strerror})", where=str(file), hint="Check its rights."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataFileError(f"not valid TOML: {error}", where=str(file), hint="Mend that line.") from error


def tables(file: Path) -> dict[str, dict[str, Any]]:
    """The entries of a file by name; an address alone becomes a table. No file, no entries.

    Raises:
        DataFileError: it can't be read, or an entry has no name; file and entry are named.
    """
    items = _read(file).get(KEY, [])
    if not isinstance(items, list):
        raise DataFileError(f"{KEY}: a list is wanted", where=str(file), hint=f"Write [[{KEY}]].")
    found: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(items, 1):
        if not isinstance(item, str | dict):
            raise DataFileError(
                "an address or a table is wanted", where=f"{file} {KEY} {number}", hint="Mend that entry."
            )
        table = {"url": item} if isinstance(item, str) else dict(item)
        name = _name_of(table, f"{file} {KEY} {number}")
        if name in found:
            raise DataFileError(
                f"two backends are called {name}", where=str(file), hint="Give each its own `name`."
            )
        found[name] = table
    return found


def _name_of(table: Mapping[str, Any], where: str) -> str:
    name = table.get("name")
    if isinstance(name, str) and name:
        return name
    if name not in (None, ""):
        raise DataFileError("name: a text is wanted", where=where, hint="Mend that field.")
    if not isinstance(table.get("url"), str):
        raise DataFileError("url: an address is wanted", where=where, hint="Mend that field.")
    try:
        return str(Address.parse(table["url"])).split("://", 1)[1]
    except BackendError as error:
        raise DataFileError(f"url: {error.message}", where=where, hint=error.hint) from error


def document(file: Path) -> tomlkit.TOMLDocument:
    """The file with all its comments, to be changed and saved; empty if there is none.

    Raises:
        DataFileError: it can't be read, or an entry is wrong already.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    tables(file)
    try:
        return tomlkit.parse(file.read_bytes())
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise DataFileError(f"can't be read ({error.strerror})", where=str(file)) from error
    except TOMLKitError as error:
        raise DataFileError(f"not valid TOML: {error}", where=str(file), hint="Mend that line.") from error


def append(document: Any, table: Mapping[str, Any]) -> None:
    """One entry more: a block, or an inline table where the file has them in a row."""
    import tomlkit
    from tomlkit.items import AoT

    if len(document.get(KEY, ())) == 0:
        document.pop(KEY, None)
        document[KEY] = tomlkit.aot()
    items = document[KEY]
    if isinstance(items, AoT):
        block = tomlkit.table()
        block.update(table)
        items.append(block)
    else:
        items.append(inline(table))


def inline(table: Mapping[str, Any]) -> Any:
    """An entry within a row of addresses."""
    import tomlkit

    made = tomlkit.inline_table()
    made.update(table)
    return made


def index_of(items: Any, name: str, file: Path) -> int:
    """Where the entry of that name is."""
    for index, item in enumerate(items):
        table = {"url": str(item)} if isinstance(item, str) else item.unwrap()
        if _name_of(table, str(file)) == name:
            return index
    raise DataFileError(f"no backend {name!r} there", where=str(file))


def save(file: Path, document: tomlkit.TOMLDocument) -> None:
    """Write it back atomically.

    Raises:
        StorageError: the disk refuses; the old file stays.
    """
    import tomlkit

    write_atomically(file, tomlkit.dumps(document).encode())
