"""Graphs are found in media files by their structure, and no bytes at all can crash the reader."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.workflow.media import embedded_texts, texts_of

MEDIA = Path(__file__).parents[1] / "data" / "media"
GRAPH = json.dumps({"1": {"class_type": "LoadImage", "inputs": {"image": "Straße 雨.png"}}})


@pytest.mark.parametrize("path", sorted(MEDIA.iterdir()), ids=lambda path: path.suffix)
def test_files_of_a_real_comfyui_hold_both_texts(path: Path) -> None:
    texts = embedded_texts(path)
    assert set(texts) == {"prompt", "workflow"}
    assert json.loads(texts["workflow"])["last_node_id"] == 3


def png(text_chunk: str, text: str, *, packed: bool = False) -> bytes:
    info = PngInfo()
    info.add_itxt(text_chunk, text, zip=packed)
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_png_texts_keep_every_script(packed: bool) -> None:
    assert texts_of(BytesIO(png("prompt", GRAPH, packed=packed))) == {"prompt": GRAPH}


def test_a_comment_that_holds_both_graphs_is_read_as_video_helpers_write_it() -> None:
    comment = json.dumps({"prompt": GRAPH, "workflow": {"nodes": []}, "CreationTime": "2026"})
    assert texts_of(BytesIO(png("comment", comment))) == {"prompt": GRAPH, "workflow": '{"nodes": []}'}


def test_a_jpeg_with_exif_texts() -> None:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps({'1': {}})}"
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "JPEG", exif=exif)
    assert texts_of(BytesIO(file.getvalue())) == {"prompt": '{"1": {}}'}


def test_a_text_that_unpacks_to_gigabytes_is_left_alone() -> None:
    import zlib

    bomb = b"prompt\0\0" + zlib.compress(b"0" * (80 * 1024 * 1024), 9)
    chunk = struct.pack(">I4s", len(bomb), b"zTXt") + bomb + b"\0\0\0\0"
    assert texts_of(BytesIO(b"\x89PNG\r\n\x1a\n" + chunk)) == {}


def test_containers_nested_without_end_are_left_alone() -> None:
    segment_of_unknown_size = bytes.fromhex("18538067ff")
    assert texts_of(BytesIO(b"\x1a\x45\xdf\xa3\x80" + segment_of_unknown_size * 50_000)) == {}
    box = struct.pack(">I4s", 0, b"moov")
    assert texts_of(BytesIO(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + box * 50_000)) == {}


HEADS = [path.read_bytes()[:n] for path in sorted(MEDIA.iterdir()) for n in (16, 64, 700)]


@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_behind_a_real_head_never_crash(head: bytes, rest: bytes) -> None:
    assert isinstance(texts_of(BytesIO(head + rest)), dict)


@given(st.sampled_from(sorted(MEDIA.iterdir())), st.data())
def test_real_files_with_bytes_turned_never_crash(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content), 3000) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(texts_of(BytesIO(bytes(content))), dict)
