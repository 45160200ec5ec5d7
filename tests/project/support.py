"""Pictures and real outputs of ComfyUI for these tests."""

from __future__ import annotations

import multiprocessing
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image

FILES = Path(__file__).parent / "files"
"""Outputs of a real ComfyUI 0.3.64, one of each kind."""

PROCESSES = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
"""For real processes; where they are forked, their imports are done already."""
PROCESSES.set_forkserver_preload(["tests.project.writer"])

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int = 4, height: int = 3, *, before: bytes = b"", after: bytes = b"", tail: bytes = b""
) -> bytes:
    """A whole PNG, with chunks of one's own before and after its pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(
        b"\0" + bytes((x * 40 + y * 9 + c * 70) % 256 for x in range(width) for c in range(3))
        for y in range(height)
    )
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND", b"")
    return SIGNATURE + body + tail


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Type and body of every chunk."""
    found, position = [], len(SIGNATURE)
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        found.append((kind, data[position + 8 : position + 8 + size]))
        position += size + 12
        if kind == b"IEND":
            break
    return found


def picture(
    form: str, *, size: tuple[int, int] = (32, 18), colour: tuple[int, int, int] = (200, 90, 20)
) -> bytes:
    """A picture in any format that Pillow writes."""
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()
