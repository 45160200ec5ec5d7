"""Provenance gets into files without harming them, and comes out of any file or not at all."""

from __future__ import annotations

import json
import random
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from studio.errors import TakeError
from studio.png import PngDamaged, find_text, with_text
from studio.provenance import (
    MAX_BYTES,
    Provenance,
    embed_provenance,
    public_url,
    read_provenance,
    sidecar_path,
)
from tests.project.support import FILES, SIGNATURE, chunk, chunks, png

SHOT = {
    "look": {"kind": "live_action"},
    "subject": "a ferry “at dawn” — 渡し船 ⛴",
    "seed": "18446744073709551615",
}
RECORD = Provenance(
    shot=SHOT,
    job="1f0c",
    panel="Hero",
    project="film",
    version=3,
    backend="box",
    graph="ab" * 32,
    seconds=1.5,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
text_chunks = st.tuples(
    st.sampled_from([b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"comf", b"prVt", b"tIME"]), st.binary(max_size=60)
)


def written(tmp_path: Path, data: bytes, name: str = "take.png") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["still_00001_.png", "ks_00001_.png", "png_00003_.png"])
def test_a_real_output_keeps_its_pixels_and_chunks(tmp_path: Path, name: str) -> None:
    original = (FILES / name).read_bytes()
    take = embed_provenance(original, RECORD)
    ours = [entry for entry in chunks(take) if entry[1].startswith(b"studio\0")]
    assert len(ours) == 1
    assert [entry for entry in chunks(take) if entry not in ours] == chunks(original)
    with Image.open(BytesIO(original)) as before, Image.open(BytesIO(take)) as after:
        assert after.tobytes() == before.tobytes()
        assert json.loads(after.info["studio"]) == json.loads(RECORD.to_json())
        assert after.info.get("prompt") == before.info.get("prompt")
    assert read_provenance(written(tmp_path, take)) == RECORD


@given(
    before=st.lists(text_chunks, max_size=5),
    after=st.lists(text_chunks, max_size=3),
    tail=st.binary(max_size=20),
)
def test_every_other_byte_stays(
    before: list[tuple[bytes, bytes]], after: list[tuple[bytes, bytes]], tail: bytes
) -> None:
    before = [entry for entry in before if entry[1].partition(b"\0")[0] != b"studio"]
    after = [entry for entry in after if entry[1].partition(b"\0")[0] != b"studio"]
    original = png(
        before=b"".join(chunk(*c) for c in before), after=b"".join(chunk(*c) for c in after), tail=tail
    )
    once = embed_provenance(original, RECORD)
    start = len(SIGNATURE) + 25
    size = len(once) - len(original)
    assert once[:start] + once[start + size :] == original
    assert embed_provenance(once, RECORD) == once


@given(
    extra=st.dictionaries(st.text(min_size=1, max_size=9).map("x_".__add__), json_values, max_size=3),
    panel=st.text(max_size=30),
    shot=st.none() | st.dictionaries(st.text(max_size=9), json_values, max_size=4),
)
def test_any_record_comes_back(extra: dict, panel: str, shot: dict | None) -> None:
    record = Provenance(panel=panel, shot=shot, created=datetime(2026, 11, 22, tzinfo=UTC), **extra)
    stream = BytesIO(embed_provenance(png(), record))
    stream.seek(len(SIGNATURE))
    text = find_text(stream, "studio", limit=MAX_BYTES)
    assert text is not None
    assert Provenance.model_validate_json(text) == record


def test_an_older_record_is_replaced_wherever_it_stood() -> None:
    old = chunk(b"tEXt", b"studio\0{}") + chunk(b"zTXt", b"studio\0\0" + zlib.compress(b"{}"))
    take = embed_provenance(png(before=old, after=old), RECORD)
    assert [kind for kind, body in chunks(take) if body.startswith(b"studio\0")] == [b"iTXt"]


def test_fields_of_a_newer_studio_are_kept(tmp_path: Path) -> None:
    newer = Provenance.model_validate({"format": 9, "shot": SHOT, "lut": {"name": "x"}})
    read = read_provenance(written(tmp_path, embed_provenance(png(), newer)))
    assert read.model_extra == {"lut": {"name": "x"}}
    assert read.shot_data == SHOT


def test_other_kinds_have_a_sidecar(tmp_path: Path) -> None:
    path = written(tmp_path, (FILES / "shot_00003_.mp4").read_bytes(), "take.mp4")
    sidecar_path(path).write_text(RECORD.to_json(), encoding="utf-8")
    assert sidecar_path(path).name == "take.mp4.studio.json"
    assert read_provenance(path) == RECORD


def test_what_pillow_and_others_write_is_read(tmp_path: Path) -> None:
    text = RECORD.to_json().encode()
    packed = chunk(b"iTXt", b"studio\0\x01\0en\0studio\0" + zlib.compress(text))
    assert read_provenance(written(tmp_path, png(after=packed))) == RECORD
    plain = chunk(b"tEXt", b"studio\0" + json.dumps(json.loads(text)).encode("ascii"))
    assert read_provenance(written(tmp_path, png(before=plain))) == RECORD


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no provenance"),
        (b"GIF89a", "no provenance"),
        (png(), "no provenance"),
        (png()[:-20], "cut off"),
        (png()[:-12], "ends before"),
        (embed_provenance(png(), RECORD)[:200], "cut off"),
        (embed_provenance(png(), RECORD).replace(b'"Hero"', b'"Zero"'), "checksum"),
        (png(before=chunk(b"tEXt", b"studio\0not json")), "damaged"),
        (png(before=chunk(b"tEXt", b"studio\0[1]")), "damaged"),
        (png(before=chunk(b"tEXt", b'studio\0{"version": -1}')), "version"),
        (png(before=chunk(b"tEXt", b"studio\0" + b"[" * 200_000)), "damaged"),
        (png(before=chunk(b"iTXt", b"studio\0")), "too short"),
        (png(before=chunk(b"iTXt", b"studio\0\x01\0\0\0not zlib")), "damaged"),
        (png(before=chunk(b"zTXt", b"studio\0\0" + zlib.compress(b" " * (MAX_BYTES + 1)))), "larger than"),
        (png(before=chunk(b"tEXt", b"studio\0" + b" " * MAX_BYTES)), "claims"),
        (SIGNATURE + chunk(b"IDAT", b""), "IHDR"),
    ],
)
def test_a_file_without_sound_provenance_says_so(tmp_path: Path, data: bytes, words: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(TakeError, match=words) as caught:
        read_provenance(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_take_whose_pixels_are_cut_off_still_tells_its_shot(tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, embed_provenance(png(), RECORD)[:-20])) == RECORD


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    sidecar_path(tmp_path / "gone.mp4").write_text(RECORD.to_json(), encoding="utf-8")
    for path in (tmp_path / "gone.mp4", tmp_path, Path("a\0b")):
        with pytest.raises(TakeError):
            read_provenance(path)


def test_a_huge_sidecar_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"RIFF", "take.webp")
    sidecar_path(path).write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(TakeError, match="larger than"):
        read_provenance(path)


@given(st.binary(max_size=300), st.booleans())
@example(b"\0\0\0\x0dIHDR" + b"\0" * 17, True)
def test_any_bytes_never_crash(tmp_path_factory: pytest.TempPathFactory, data: bytes, as_png: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "any.png"
    path.write_bytes(SIGNATURE + data if as_png else data)
    with pytest.raises(TakeError):
        read_provenance(path)
    with pytest.raises(TakeError):
        embed_provenance(data, RECORD)


def test_any_damage_never_crashes(tmp_path: Path) -> None:
    whole = embed_provenance(png(before=chunk(b"iTXt", b"a\0\x01\0\0\0" + zlib.compress(b"b"))), RECORD)
    chance = random.Random(7)
    path = tmp_path / "damaged.png"
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice([len(damaged), chance.randrange(len(damaged))])])
        try:
            assert isinstance(read_provenance(path), Provenance)
        except TakeError as error:
            assert error.hint


def test_only_a_few_kilobytes_of_a_large_file_are_read() -> None:
    class Counting(BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    stream = Counting(embed_provenance(png(after=chunk(b"prVt", bytes(3_000_000))), RECORD))
    stream.seek(len(SIGNATURE))
    assert find_text(stream, "studio", limit=MAX_BYTES)
    assert stream.taken < 4_000


def test_no_secret_gets_in() -> None:
    record = Provenance(backend_url="https://user:hunter2@box:8188/comfy/?token=hunter2#hunter2")
    assert record.backend_url == "https://box:8188/comfy"
    assert "hunter2" not in record.to_json()


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[::1", "http://a:b:c", "://", "http://h:99999999"]
)
def test_rubbish_is_no_public_url(url: str) -> None:
    assert public_url(url) == ""


@given(st.text())
def test_a_public_url_never_holds_user_or_query(text: str) -> None:
    shown = public_url(f"http://name:{text}@host/path?{text}")
    assert shown == "" or "@" not in shown.partition("//")[2].partition("/")[0]
    assert "?" not in shown


def test_ipv6_stays_an_address() -> None:
    assert public_url("http://u:p@[::1]:8188") == "http://[::1]:8188"


def test_times_are_utc() -> None:
    assert Provenance.model_validate({"created": "2026-11-22T21:00:00+01:00"}).created == datetime(
        2026, 11, 22, 20, tzinfo=UTC
    )
    assert Provenance.model_validate({"created": "2026-11-22T20:00:00"}).created.tzinfo is UTC


def test_a_take_that_was_not_made_from_a_shot_says_so() -> None:
    with pytest.raises(TakeError, match="Hero v003: it holds no shot"):
        _ = RECORD.model_copy(update={"shot_data": None}).shot


def test_text_is_found_by_its_whole_keyword() -> None:
    data = with_text(png(before=chunk(b"tEXt", b"studio2\0x")), "studio", "y")
    stream = BytesIO(data)
    stream.seek(len(SIGNATURE))
    assert find_text(stream, "studio2", limit=9) == b"x"
    with pytest.raises(PngDamaged):
        with_text(b"no png", "studio", "y")
