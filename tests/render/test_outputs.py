"""What counts as an output, and what as a whole one."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.errors import OutputError
from studio.render.outputs import Ref, check, find_in_node, find_outputs
from tests.wire.recording import file

WHOLE = {
    "x.png": "still_00001_.png",
    "x.webp": "webp_00003_.webp",
    "x.mp4": "shot_00003_.mp4",
    "x.webm": "webm_00003_.webm",
    "x.flac": "a_00009_.flac",
    "x.mp3": "a_00008_.mp3",
    "x.opus": "a_00007_.opus",
    "anim.png": "png_00003_.png",
    "x.latent": "l_00003_.latent",
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_pass(name: str) -> None:
    check(Ref("1", "images", name), file(WHOLE[name]))


@pytest.mark.parametrize("name", ["x.png", "x.webp", "x.mp4", "anim.png"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_cut_files_do_not(name: str, share: float) -> None:
    data = file(WHOLE[name])
    with pytest.raises(OutputError, match="damaged"):
        check(Ref("1", "images", name), data[: int(len(data) * share)])


@pytest.mark.parametrize("name", WHOLE)
def test_pages_and_nothing_do_not(name: str) -> None:
    with pytest.raises(OutputError, match="empty"):
        check(Ref("1", "images", name), b"")
    if name != "x.latent":
        with pytest.raises(OutputError):
            check(Ref("1", "images", name), b"<!doctype html><html>502 Bad Gateway</html>")


def test_a_cut_jpeg_does_not() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(buffer, "JPEG")
    check(Ref("1", "images", "x.jpg"), buffer.getvalue())
    with pytest.raises(OutputError):
        check(Ref("1", "images", "x.jpg"), buffer.getvalue()[:-200])


@given(st.binary(max_size=300), st.sampled_from([*WHOLE, "x.wav", "x.avi", "x.gif", "x.tiff", "noname"]))
def test_any_bytes_pass_or_are_damaged(data: bytes, name: str) -> None:
    try:
        check(Ref("1", "images", name), data)
    except OutputError as error:
        assert name in str(error)


def test_all_that_nodes_list_is_found() -> None:
    outputs = {
        "12": {"images": [{"filename": "b.png", "subfolder": "s", "type": "temp"}], "animated": [False]},
        "9": {"gifs": [{"filename": "v.mp4", "subfolder": "", "type": "output", "format": "video/h264-mp4"}]},
        "5": {"text": ["words", 3], "other": ["not words"], "ints": 7},
        "4": {"images": [{"filename": "c.webm"}, {"filename": ""}, {"filename": None}, "x", None]},
        "x": {"audio": [{"filename": "a.flac", "subfolder": None, "type": 3}]},
    }
    found = find_outputs(outputs)
    assert [(ref.node, ref.filename or ref.text, ref.kind, ref.type) for ref in found] == [
        ("4", "c.webm", "video", "output"),
        ("5", "words", "text", "output"),
        ("9", "v.mp4", "video", "output"),
        ("12", "b.png", "image", "temp"),
        ("x", "a.flac", "audio", "output"),
    ]
    assert [ref.subfolder for ref in found] == ["", "", "", "s", ""]


def test_a_file_named_twice_is_one() -> None:
    twice = {"images": [{"filename": "a.png"}, {"filename": "a.png"}]}
    assert len(find_outputs({"1": twice})) == 1


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_any_outputs_are_searched(value: object) -> None:
    assert isinstance(find_outputs(value), list)
    assert isinstance(find_in_node("1", value), list)
