"""Files are told by their bytes, and damaged ones are refused."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio import media
from studio.errors import OutputError
from studio.media import EXTENSIONS, check_media, kind_of_name, sniff
from tests.project.support import FILES, picture, png

REAL = {
    "a_00007_.opus": ("audio", ".opus"),
    "a_00008_.mp3": ("audio", ".mp3"),
    "a_00009_.flac": ("audio", ".flac"),
    "ks_00001_.png": ("image", ".png"),
    "l_00003_.latent": ("other", ".latent"),
    "png_00003_.png": ("image", ".png"),
    "shot_00003_.mp4": ("video", ".mp4"),
    "webm_00003_.webm": ("video", ".webm"),
    "webp_00003_.webp": ("image", ".webp"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_outputs_are_known(name: str) -> None:
    found = check_media((FILES / name).read_bytes(), name)
    assert (found.kind, found.extension) == REAL[name]
    assert EXTENSIONS[found.extension] == found.kind


@pytest.mark.parametrize(
    ("form", "extension"),
    [
        ("PNG", ".png"),
        ("JPEG", ".jpg"),
        ("WEBP", ".webp"),
        ("GIF", ".gif"),
        ("TIFF", ".tif"),
        ("BMP", ".bmp"),
    ],
)
def test_the_bytes_decide_not_the_name(form: str, extension: str) -> None:
    assert check_media(picture(form), "lies.exe").extension == extension


@pytest.mark.parametrize("name", ["ks_00001_.png", "png_00003_.png", "webp_00003_.webp", "shot_00003_.mp4"])
def test_a_file_that_is_cut_off_is_refused(name: str) -> None:
    data = (FILES / name).read_bytes()
    for length in (0, 1, 11, len(data) // 3, len(data) // 2, len(data) - 13):
        with pytest.raises(OutputError) as caught:
            check_media(data[:length], name)
        assert name in str(caught.value)


def test_a_changed_byte_in_the_pixels_is_refused() -> None:
    data = bytearray((FILES / "ks_00001_.png").read_bytes())
    data[-200] ^= 0xFF
    with pytest.raises(OutputError, match="can't be decoded"):
        check_media(bytes(data), "x.png")


def test_a_later_frame_counts_too() -> None:
    data = (FILES / "png_00003_.png").read_bytes()
    place = data.rindex(b"fdAT") + 30
    broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    with pytest.raises(OutputError):
        check_media(broken, "x.png")


def test_without_decoding_structure_and_checksums_are_still_checked() -> None:
    data = bytearray((FILES / "ks_00001_.png").read_bytes())
    assert check_media(bytes(data), "x.png", decode=False).extension == ".png"
    with pytest.raises(OutputError):
        check_media(bytes(data[:-30]), "x.png", decode=False)
    data[-200] ^= 0xFF
    with pytest.raises(OutputError):
        check_media(bytes(data), "x.png", decode=False)


def test_an_error_page_is_no_picture() -> None:
    with pytest.raises(OutputError, match="<html>"):
        check_media(b"<html>502 Bad Gateway</html>", "shot.png")


def test_a_video_without_its_index_is_refused() -> None:
    data = (FILES / "shot_00003_.mp4").read_bytes().replace(b"moov", b"free")
    with pytest.raises(OutputError, match="moov"):
        check_media(data, "x.mp4")


def test_a_picture_that_claims_to_be_huge_is_refused() -> None:
    with pytest.raises(OutputError, match="can't be decoded"):
        check_media(
            png(before=b"").replace((4).to_bytes(4) + (3).to_bytes(4), b"\0\0\xff\xff\0\0\xff\xff"), "x.png"
        )


def test_many_frames_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 90, 180)]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert check_media(buffer.getvalue(), "x.gif").kind == "image"
    monkeypatch.setattr(media, "MAX_PIXELS", 1000)
    with pytest.raises(OutputError, match="more than 1,000 pixels"):
        check_media(buffer.getvalue(), "x.gif")


def test_kinds_without_a_mark_go_by_a_known_name_only() -> None:
    assert sniff(b"\x01\x02", "model.SAFETENSORS") == media.Media(
        "other", ".safetensors", "application/octet-stream"
    )
    assert sniff(b"MZ\x90\0", "run.exe") is None
    assert sniff(b"", "empty.txt") is None


@pytest.mark.parametrize("words", [b"BMW parked in the rain, night", b"ID3 is a tag of music files"])
def test_words_that_begin_like_a_mark_are_words(words: bytes) -> None:
    assert check_media(words, "prompt.txt").kind == "other"


def test_a_picture_of_a_hundred_million_pixels_passes_without_a_word() -> None:
    buffer = BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert check_media(buffer.getvalue(), "poster.png").kind == "image"
    assert not told


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a/B.JPEG", "image"), ("x.m4v", "video"), ("x\\y.opus", "audio"), ("x.blend", None), ("png", None)],
)
def test_what_a_name_claims(name: str, kind: str | None) -> None:
    assert kind_of_name(name) == kind


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_are_known_or_refused(data: bytes, name: str) -> None:
    try:
        assert check_media(data, name).extension in EXTENSIONS
    except OutputError as error:
        assert error.hint


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow grumbles before it refuses
@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x20ftyp", b"GIF89a", b"II*\0"]
    ),
    st.binary(max_size=99),
)
def test_any_bytes_after_a_mark_are_refused_in_words(mark: bytes, data: bytes) -> None:
    try:
        check_media(mark + data, "x")
    except OutputError as error:
        assert error.message


def test_every_extension_has_a_leading_dot() -> None:
    assert all(Path(f"x{extension}").suffix == extension for extension in EXTENSIONS)
