"""TOML files of a project: read with errors that name file and line, written block by block for git."""

from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from pydantic import BaseModel, ValidationError

from studio.errors import DataFileError
from studio.files import write_atomically
from studio.project.comments import keep_comments

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model]) -> Model | None:
    """The file as a `model`; None if there is no file. It is never changed by reading.

    Raises:
        DataFileError: it can't be read, is no TOML, or a field is wrong; file, line and field are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise DataFileError("it is not UTF-8 text", where=str(path), hint="Save it as UTF-8.") from error
    except OSError as error:
        raise DataFileError(
            f"can't be read ({error.strerror})", where=str(path), hint="Check its rights."
        ) from error
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(found[1] or text.count("\n") + 1) if found else 1
        reason = str(error)[: found.start()] if found else "it is nested too deep"
        raise DataFileError(
            f"not valid TOML: {reason}", where=f"{path}:{line}", hint="Mend that line."
        ) from error
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise refused(error, f"{path}{line_of(text, error.errors()[0]['loc'])}") from error


def refused(error: ValidationError, where: str) -> DataFileError:
    """A field that can't be, in a person's words."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return DataFileError(f"{field}: {message}", where=where, hint="Mend that field.")


def write_toml(path: Path, model: BaseModel) -> None:
    """Write `model` atomically, with the comments that the file had.

    What is None is left out, as TOML has no word for it.

    Raises:
        StorageError: the disk refuses.
    """
    text = to_toml(model.model_dump(by_alias=True, exclude_none=True))
    before = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        before = path.read_text(encoding="utf-8")
    write_atomically(path, keep_comments(text, before).encode())


def to_toml(table: dict[str, Any]) -> str:
    """TOML text with every table as a block of its own, in the order given."""
    return "\n".join(_blocks(table, ())).lstrip("\n")


def _blocks(table: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value) and not _is_tables(value)}
    text = tomli_w.dumps(plain, multiline_strings=not _has_return(plain))
    blocks = [text] if text else []
    for key, value in table.items():
        header = ".".join((*path, _key(key)))
        if _is_table(value):
            first, *rest = _blocks(value, (*path, _key(key))) or [""]
            blocks += [f"[{header}]\n{first}", *rest]
        elif _is_tables(value):
            for entry in value:
                first, *rest = _blocks(entry, (*path, _key(key))) or [""]
                blocks += [f"[[{header}]]\n{first}", *rest]
    return blocks


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


def _has_return(value: Any) -> bool:
    """Whether a carriage return is in it, which a multi-line string would lose."""
    if isinstance(value, str):
        return "\r" in value
    if isinstance(value, dict):
        return any(map(_has_return, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_return, value))


def line_of(text: str, location: tuple[str | int, ...]) -> str:
    """`:12` for the line that sets the field, or its block's; nothing if that can't be told."""
    line = 0
    lines = text.splitlines()
    for part, following in zip(location, (*location[1:], None), strict=True):
        if isinstance(part, int):
            continue
        key = rf"[\"']?{re.escape(part)}[\"']?"
        pattern = re.compile(rf"\s*(?:{key}\s*=|\[+\s*{key}\s*\])")
        wanted = following if isinstance(following, int) else 0
        hits = [n for n, content in enumerate(lines, 1) if n > line and pattern.match(content)]
        if not hits:
            break
        line = hits[min(wanted, len(hits) - 1)]
    return f":{line}" if line else ""
