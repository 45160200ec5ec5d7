"""What a page is given of a file: itself in pieces, or a picture made of it."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import StorageError, StudioError, TakeError
from studio.gallery import showing
from studio.gallery.showing import look_at, read_piece, rendition
from studio.gallery.thumbs.budget import Budget


def picture(path: Path, form: str, size: tuple[int, int] = (300, 200)) -> Path:
    Image.new("RGB", size, "teal").save(path, form)
    return path


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("TIFF", ""),
    ],
)
def test_a_picture_is_told_by_its_bytes(tmp_path: Path, form: str, mime: str) -> None:
    shown = look_at(picture(tmp_path / "named.mp4", form))
    assert (shown.kind, shown.mime, shown.native) == ("image", mime, bool(mime))
    assert bool(shown.note) is not shown.native


@pytest.mark.parametrize(
    ("head", "kind", "mime"),
    [
        (b"\0\0\0\x18ftypqt  ", "video", "video/mp4"),
        (b"\0\0\0\x18ftypisom", "video", "video/mp4"),
        (b"\x1aE\xdf\xa3webm", "video", "video/webm"),
        (b"\x1aE\xdf\xa3....matroska", "video", ""),
        (b"RIFF....AVI ", "video", ""),
        (b"fLaC", "audio", "audio/flac"),
        (b"RIFF....WAVE", "audio", "audio/wav"),
        (b"v/1\x01", "other", ""),
        (b"<html>", "other", ""),
        (b"", "other", ""),
    ],
)
def test_films_and_sounds_that_browsers_play(tmp_path: Path, head: bytes, kind: str, mime: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(head)
    shown = look_at(path)
    assert (shown.kind, shown.mime) == (kind, mime)


def test_the_pieces_are_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHUNK", 100)
    path = picture(tmp_path / "a.png", "PNG")
    data, shown = b"", look_at(path)
    while len(data) < shown.bytes:
        data += read_piece(path, len(data), stamp=shown.stamp).data
    assert data == path.read_bytes()
    assert read_piece(path, shown.bytes + 9).data == b""


def test_another_file_in_its_place_is_no_piece_of_it(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", "PNG")
    shown = look_at(path)
    picture(path, "PNG", (310, 200))
    with pytest.raises(TakeError, match="changed"):
        read_piece(path, 0, stamp=shown.stamp)


def test_what_browsers_show_not_and_what_is_too_large_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "secrets.png"
    text.write_bytes(b"[tokens]\nkey = 1\n")
    with pytest.raises(TakeError, match="browsers show no"):
        read_piece(text, 0)
    path = picture(tmp_path / "a.png", "PNG")
    assert not look_at(path, pixels=showing.MOST_PIXELS + 1).native
    monkeypatch.setattr(showing, "MOST_BYTES", 10)
    assert not look_at(path).native
    with pytest.raises(TakeError, match="MB"):
        read_piece(path, 0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are not there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(StorageError, match="plain"):
        look_at(tmp_path / "a.png")
    with pytest.raises(StorageError, match="not there"):
        look_at(tmp_path / "b.png")


def test_a_picture_that_no_browser_shows_comes_as_one_that_it_does(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.tif", "TIFF", (3000, 1500))
    made = rendition(path, 2048, Budget())
    with Image.open(BytesIO(made.data)) as image:
        assert (image.format, image.size) == ("JPEG", (2048, 1024))
    assert (made.mime, made.width, made.height) == ("image/jpeg", 2048, 1024)
    assert rendition(picture(tmp_path / "b.png", "PNG"), 2048, Budget()).width == 300, "never enlarged"


@given(data=st.binary(max_size=400), start=st.integers(0, 500))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_a_picture_a_piece_or_a_reason(tmp_path: Path, data: bytes, start: int) -> None:
    path = tmp_path / "any.png"
    path.write_bytes(data)
    shown = look_at(path)
    made = rendition(path, 256, Budget())
    assert bool(made.data) != bool(made.note)
    try:
        piece = read_piece(path, start, stamp=shown.stamp)
        assert shown.native and piece.data == data[start:]
    except StudioError as error:
        assert not shown.native and error.message
