"""A table as one file: a header of JSON, then each column's arrays as they lie in memory.

    mark | length of the header, 8 bytes | header | arrays, each on 8 bytes | CRC-32 of all before, 4 bytes

Numbers are little-endian; a text column is its int32 codes and its distinct texts in UTF-8, each with a NUL
at its end (or as JSON, should one hold a NUL). Loading a hundred thousand rows is thus a few reads of memory,
not a hundred thousand parsings.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.files import write_atomically
from studio.gallery.columns import CURATION
from studio.gallery.table import STORED, AnyColumn, NumberColumn, Table, TextColumn, Words, array_type

MAGIC = b"DNGALLERY1\n"
KEPT = {name: column for name, column in STORED.items() if name not in CURATION}
"""Columns in the index; what people think of a file lies in the project, not in a cache."""

_NUL = "\0"


class Damaged(ValueError):
    """A snapshot that can't be used; the text says why."""


def write_snapshot(path: Path, table: Table) -> None:
    """Write `table` whole or not at all.

    Raises:
        StorageError: the disk refuses.
    """
    blocks: list[bytes] = []
    columns: dict[str, Any] = {}
    for name in KEPT:
        column = table.columns[name]
        form, arrays = _arrays(column)
        columns[name] = {"form": form, "arrays": [[array.dtype.str, array.size] for array in arrays]}
        blocks += [array.tobytes() for array in arrays]
    header = json.dumps({"rows": len(table), "columns": columns}).encode()
    parts = [MAGIC, len(header).to_bytes(8, "little"), header]
    for block in blocks:
        parts += [block, bytes(-len(block) % 8)]
    data = b"".join(parts)
    write_atomically(path, data + zlib.crc32(data).to_bytes(4, "little"))


def read_snapshot(path: Path) -> Table:
    """The table in a file of `write_snapshot`.

    Raises:
        Damaged: it is cut off, was changed, or is of another version.
        OSError: it can't be read; FileNotFoundError if there is none.
    """
    data = path.read_bytes()
    start = len(MAGIC) + 8
    if data[: len(MAGIC)] != MAGIC or len(data) < start + 4:
        raise Damaged("it is of another version, or no index")
    if zlib.crc32(memoryview(data)[:-4]) != int.from_bytes(data[-4:], "little"):
        raise Damaged("its checksum is wrong")
    if sys.byteorder != "little":
        raise Damaged("this machine counts bytes the other way")
    size = int.from_bytes(data[len(MAGIC) : start], "little")
    try:
        header = json.loads(data[start : start + size])
        return _table(header, data, start + size)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Damaged(f"its columns don't fit ({error})") from error


def _table(header: Mapping[str, Any], data: bytes, at: int) -> Table:
    rows, found = int(header["rows"]), header["columns"]
    if list(found) != list(KEPT):
        raise Damaged("it has other columns")
    columns: dict[str, AnyColumn] = {}
    for name, column in KEPT.items():
        arrays = []
        for dtype, count in found[name]["arrays"]:
            array = np.frombuffer(data, dtype=dtype, count=count, offset=at).copy()  # else `data` stays
            array.flags.writeable = False
            arrays.append(array)
            at += array.nbytes + -array.nbytes % 8
        if len(arrays[0]) != rows or len(arrays) != 2:
            raise Damaged(f"{name} has another length")
        if column.kind == "text":
            columns[name] = _text_column(arrays[0], arrays[1], found[name]["form"])
        elif arrays[0].dtype != array_type(column) or len(arrays[1]) != rows:
            raise Damaged(f"{name} has another type")
        else:
            columns[name] = NumberColumn(arrays[0], arrays[1])
    for name in CURATION:
        columns[name] = blank(name, rows)
    return Table({name: columns[name] for name in STORED})


def blank(name: str, rows: int) -> AnyColumn:
    """A column of curation in which nothing is said yet."""
    column = STORED[name]
    if column.kind == "text":
        return TextColumn(np.zeros(rows, dtype=np.int32), Words([""]))
    return NumberColumn(np.zeros(rows, dtype=array_type(column)), np.zeros(rows, dtype=bool))


def _text_column(codes: NDArray[Any], blob: NDArray[Any], form: str) -> TextColumn:
    data = blob.tobytes()
    if form == "json":
        values = json.loads(data)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise Damaged("its texts are none")
    else:
        values = data.decode("utf-8", "surrogatepass").split(_NUL)[:-1]
    if codes.dtype != np.int32 or (len(codes) and not -1 <= codes.min() <= codes.max() < len(values)):
        raise Damaged("a text is missing")
    return TextColumn(codes, Words(values))


def _arrays(column: AnyColumn) -> tuple[str, list[NDArray[Any]]]:
    """How the column is written, and its two arrays."""
    if isinstance(column, NumberColumn):
        return "numbers", [column.values, column.missing]
    column = column.compact()
    values = column.words.values
    joined = _NUL.join(values)
    if joined.count(_NUL) >= max(1, len(values)):
        form, blob = "json", json.dumps(values).encode("ascii")
    else:
        form = "texts"
        blob = (joined + _NUL if values else "").encode("utf-8", "surrogatepass")
    return form, [column.codes, np.frombuffer(blob, dtype=np.uint8)]
