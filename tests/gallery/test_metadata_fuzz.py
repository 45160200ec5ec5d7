"""Any bytes under any name give a row, within bounds that are counted and not timed."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.gallery.columns import COLUMNS as GALLERY
from studio.gallery.columns import READ_OUTCOMES
from studio.gallery.metadata import COLUMNS, Metadata, bounded, raw_texts, read_metadata
from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.content import Content
from studio.gallery.metadata.draft import Draft, load_json
from studio.gallery.metadata.read import UNEXPECTED
from studio.gallery.metadata.writers import a1111
from tests.gallery.files import samples
from tests.gallery.files.samples import chunk, png, text_chunk

SAMPLES = samples.all_samples()
SUFFIXES = (
    *("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "avif", "heic", "exr", "mp4", "mov", "m4v", "webm"),
    *("mkv", "avi", "wav", "flac", "mp3", "ogg", "opus", "m4a", "latent", "safetensors", "txt", ""),
)
HEADS = (
    *(
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
        b"\xff\xd8\xff\xe1",
        b"RIFF\xff\0\0\0WEBP",
        b"RIFF\xff\0\0\0AVI LIST",
    ),
    *(
        b"RIFF\xff\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypisom",
        b"\0\0\0\x18ftypavif",
        b"\x1aE\xdf\xa3",
        b"fLaC\0\0\0\x22",
    ),
    *(
        b"OggS\0\2",
        b"ID3\4\0\0\0\0\1\0",
        b"\xff\xfb\x90\0",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"GIF89a",
    ),
    *(b"BM\0\0\0\0\0\0\0\0", b"v/1\1", b'\x10\0\0\0\0\0\0\0{"__metadata__":'),
)
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = {"text": str, "whole": int, "seed": int, "real": float, "time": datetime}


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bounded.Source]]:
    """Every source that is opened, to see afterwards what was read of it."""
    opened: list[bounded.Source] = []
    make = bounded.Source.of_descriptor

    def of_descriptor(handle: int, size: int) -> bounded.Source:
        source = make(handle, size)
        opened.append(source)
        return source

    monkeypatch.setattr(bounded.Source, "of_descriptor", staticmethod(of_descriptor))
    yield opened


def check(path: Path, spent: list[bounded.Source]) -> Metadata:
    """A row of proper types, for a bounded price."""
    spent.clear()
    row = read_metadata(path)
    raw = raw_texts(path)
    assert row.read in READ_OUTCOMES
    assert UNEXPECTED not in row.warnings
    assert row.read in ("ok", "none", "unsupported") or row.warnings
    for name in COLUMNS:
        value = getattr(row, name)
        kind = TYPES[GALLERY[name].kind]
        assert value is None or type(value) is kind or (kind is float and type(value) is int), (name, value)
        if isinstance(value, str):
            value.encode()  # nothing that a file or a page can't hold
            assert "\0" not in value
    assert row.seed is None or 0 <= row.seed < 2**64
    assert row.width is None or 0 < row.width < 2**31
    assert row.read in ("none", "ok", "partial") or row.prompt is None
    assert all(isinstance(text, str) for text in raw.values())
    for source in spent:  # the windows at the start count too
        assert source._left > -bounded.MAX_BYTES and source._reads >= -1
    return row


@FUZZ
@given(data=st.binary(max_size=400), head=st.sampled_from((b"", *HEADS)), suffix=st.sampled_from(SUFFIXES))
def test_any_bytes(data: bytes, head: bytes, suffix: str, tmp_path: Path, spent: Any) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(head + data)
    check(path, spent)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file with parts overwritten, cut out, doubled or cut off."""
    name = draw(st.sampled_from(sorted(SAMPLES)))
    data = bytearray(SAMPLES[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        way = draw(st.sampled_from(("overwrite", "cut out", "double", "cut off", "size")))
        length = draw(st.integers(1, 64))
        if way == "overwrite":
            data[at : at + length] = draw(st.binary(min_size=1, max_size=length))
        elif way == "cut out":
            del data[at : at + length]
        elif way == "double":
            data[at:at] = data[at : at + length]
        elif way == "cut off":
            del data[at:]
        else:  # a size that lies
            data[at : at + 4] = draw(
                st.sampled_from((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            )
    return name, bytes(data)


@FUZZ
@given(case=mutated())
def test_good_files_gone_bad(case: tuple[str, bytes], tmp_path: Path, spent: Any) -> None:
    path = tmp_path / case[0]
    path.write_bytes(case[1])
    check(path, spent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "studio",
    "prompt",
    "workflow",
    "parameters",
    "invokeai_metadata",
    "sd-metadata",
    "Dream",
    "Comment",
    "Software",
)


@FUZZ
@given(
    texts=st.dictionaries(st.sampled_from(KEYS), JSON | st.text(max_size=200), min_size=1), wide=st.booleans()
)
def test_texts_of_any_shape(texts: dict[str, Any], wide: bool, tmp_path: Path, spent: Any) -> None:
    def written(value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return text.encode("utf-8", "replace").decode()

    kind = b"iTXt" if wide else b"tEXt"
    path = tmp_path / "x.png"
    path.write_bytes(png(*(text_chunk(key, written(value), kind) for key, value in texts.items())))
    check(path, spent)


def replaced(value: Any, at: int, new: Any) -> tuple[Any, int]:
    """`value` with its `at`-th part replaced, counted through all its depth."""
    if at == 0:
        return new, -1
    at -= 1
    if isinstance(value, dict | list):
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        result: Any = {} if isinstance(value, dict) else [None] * len(value)
        for key, item in pairs:
            result[key], at = (item, at) if at < 0 else replaced(item, at, new)
        return result, at
    return value, at


@FUZZ
@given(which=st.integers(0, 6), at=st.integers(0, 90), new=JSON)
def test_records_with_one_part_of_another_kind(
    which: int, at: int, new: Any, tmp_path: Path, spent: Any
) -> None:
    made = samples.shot()
    graph = made.build()
    record = json.loads(samples.provenance(made, graph).to_json())
    key, value = (
        ("studio", record),
        ("prompt", graph),
        ("parameters", json.loads(samples.SWARMUI)),
        ("invokeai_metadata", json.loads(samples.INVOKEAI)),
        ("sd-metadata", json.loads(samples.INVOKEAI_2)),
        ("Comment", json.loads(samples.NOVELAI)),
        (
            "workflow",
            {
                "nodes": [{"id": 1, "type": "KSampler", "widgets_values": [1, "x"]}],
                "links": [[1, 1, 0, 1, 0, "M"]],
            },
        ),
    )[which]
    text = json.dumps(replaced(value, at, new)[0])
    path = tmp_path / "x.png"
    path.write_bytes(png(text_chunk("Software", "NovelAI"), text_chunk(key, text)))
    check(path, spent)


def bomb() -> bytes:
    """Sixteen kilobytes that unpack to sixteen megabytes."""
    return chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 2**24, 9))


def many_chunks() -> bytes:
    return png(chunk(b"tEXt", b"Comment\0") * 40_000)


def many_gif_blocks() -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 9, 9, 0, 0, 0)
        + b"!\xf9\x04\0\5\0\0\0,\0\0\0\0\1\0\1\0\0\2\1a\0" * 60_000
    )


def many_boxes() -> bytes:
    return struct.pack(">I4s8s", 16, b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4s", 8, b"free") * 50_000


def many_elements() -> bytes:
    inner = b"\x42\x86\x81\1" * 60_000
    return b"\x1aE\xdf\xa3\x80" + b"\x18S\x80g\x08" + struct.pack(">I", len(inner))[1:] + inner


def one_ogg_packet() -> bytes:
    page = b"OggS\0\0" + bytes(20) + b"\xff" + b"\xff" * 255 + b"x" * 65_025
    return page * 80


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a bomb.png": lambda: png(bomb()),
    "a hundred bombs.png": lambda: png(bomb() * 100),
    "a lie of two gigabytes.png": lambda: png()[:33] + struct.pack(">I4s", 2**31 - 1, b"tEXt") + b"prompt\0{",
    "nested.png": lambda: png(text_chunk("prompt", "[" * 100_000)),
    "nested objects.png": lambda: png(text_chunk("parameters", '{"a":' * 50_000 + "sui_image_params")),
    "nested node.png": lambda: png(
        text_chunk("prompt", '{"1":{"class_type":"A","inputs":{"a":' + "[" * 900 + "]" * 900 + "}}}")
    ),
    "digits.png": lambda: png(text_chunk("prompt", '{"1": ' + "9" * 100_000 + "}")),
    "many nodes.png": lambda: samples.comfyui_png(
        {str(n): {"class_type": "A", "inputs": {}} for n in range(30_000)}
    ),
    "many links.png": lambda: samples.comfyui_png(
        {
            str(n): {"class_type": "KSampler", "inputs": {f"i{m}": [str(m), 0] for m in range(n)}}
            for n in range(300)
        }
    ),
    "large board.png": lambda: samples.comfyui_png(None, {"nodes": [], "links": [], "pad": "x" * 3_000_000}),
    "settings.png": lambda: png(text_chunk("parameters", "Steps: 1, Seed: 2\n" * 30_000)),
    "words.png": lambda: png(
        text_chunk("parameters", "a b " * 200_000 + "\nSteps: 1, Seed: 2, " + "w " * 200_000)
    ),
    "colons.png": lambda: png(text_chunk("parameters", "x\nSteps: 1, Seed: 2" + ", :" * 200_000)),
    "quotes.png": lambda: png(text_chunk("parameters", "x\nSteps: 1, Seed: 2, " + 'a: "[{' * 100_000)),
    "loras.png": lambda: png(text_chunk("parameters", "<lora:" * 200_000 + "\nSteps: 1, Seed: 2")),
    "dream.png": lambda: png(text_chunk("Dream", '"' + "[" * 200_000 + '" -s 1')),
    "many chunks.png": many_chunks,
    "many blocks.gif": many_gif_blocks,
    "many boxes.mp4": many_boxes,
    "many elements.webm": many_elements,
    "one packet.ogg": one_ogg_packet,
    "large.jpg": lambda: samples.jpeg()[:2] + (b"\xff\xe2\xff\xff" + bytes(65_533)) * 600 + b"\xff\xd9",
    "fill.jpg": lambda: b"\xff\xd8" + b"\xff" * 500_000,
    "loop.tif": lambda: b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8769, 4, 1, 8) * 400,
}


EASY = (
    "settings.png",
    "words.png",
    "colons.png",
    "quotes.png",
    "loras.png",
    "dream.png",
    "many links.png",
    "large.jpg",
)
"""These are long, and read all the same."""


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files(name: str, tmp_path: Path, spent: Any) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    row = check(path, spent)
    assert row.read in ("partial", "unsupported", "failed") or name in EASY


def test_a_bomb_is_not_the_end_of_the_row(tmp_path: Path, spent: Any) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png(bomb(), text_chunk("prompt", json.dumps(samples.shot().build()))))
    row = check(path, spent)
    assert row.source == "comfyui" and row.steps == 30 and "larger than" in row.warnings


def test_a_pipe_of_that_name_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    os.mkfifo(path)
    assert read_metadata(path).read == "failed"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_settings_of_any_text(text: str) -> None:
    prompt, negative, values = a1111.split(text)
    assert prompt in text.replace("\r\n", "\n") and negative in text.replace("\r\n", "\n")
    assert all(isinstance(value, str) for value in values.values())
    assert a1111.columns(values).keys() <= set(COLUMNS)


WORDS = st.text("abc ,.()<>:\n", max_size=40).map(str.strip)


@given(
    prompt=WORDS,
    negative=WORDS,
    values=st.dictionaries(
        st.sampled_from(("Size", "Model", "Hires prompt", "VAE", "Version")),
        st.text(max_size=20).map(str.strip),
        max_size=4,
    ),
)
@settings(max_examples=200, deadline=None)
def test_what_webui_writes_is_read_back(prompt: str, negative: str, values: dict[str, str]) -> None:
    """Quoted as WebUI does it: texts with commas, colons or line ends as JSON."""
    kept = {key: value for key, value in values.items() if value}
    quoted = {
        key: json.dumps(value, ensure_ascii=False)
        if any(mark in value for mark in ',\n:"[{')
        or value != value.split("\n")[0]
        or len(value.splitlines()) > 1
        else value
        for key, value in kept.items()
    }
    line = ", ".join(f"{key}: {value}" for key, value in {"Steps": "20", "Seed": "7", **quoted}.items())
    text = f"{prompt}\nNegative prompt: {negative}\n{line}" if negative else f"{prompt}\n{line}"
    found = a1111.split(text)
    assert found[:2] == (prompt, negative)
    assert found[2] == {"Steps": "20", "Seed": "7", **kept}


def draft() -> Draft:
    return Draft(Content(kind="image", form="PNG"), "a.png")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES, ascii_only=st.booleans(), cut=st.integers(0, 40), junk=st.text(max_size=3))
def test_json_is_read_as_python_reads_it(value: object, ascii_only: bool, cut: int, junk: str) -> None:
    """However quickly: the same value, or refused all the same."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert load_json(text, "graph", draft()) == json.loads(text)
    broken = text[:cut] + junk + text[cut:]
    try:
        wanted = json.loads(broken)
    except ValueError:
        with pytest.raises(Damaged):
            load_json(broken, "graph", draft())
    else:
        got = load_json(broken, "graph", draft())
        assert got == wanted or "NaN" in broken
