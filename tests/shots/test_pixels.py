"""What a take shows, and how far two takes are apart."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

import studio
from studio.errors import TakeError
from studio.provenance import Provenance, embed_provenance
from studio.shots.pixels import Pixels, distance, pixels_of
from tests.shots.support import picture


def packed(data: bytes, format: str, **options: object) -> bytes:
    buffer = BytesIO()
    with Image.open(BytesIO(data)) as image:
        image.save(buffer, format, **options)
    return buffer.getvalue()


def test_packing_and_provenance_do_not_count() -> None:
    data = picture(3)
    one = pixels_of(data)
    other = packed(embed_provenance(data, Provenance(studio="x")), "PNG", compress_level=1)
    assert other != data
    assert pixels_of(other) == one
    assert distance(one, pixels_of(packed(data, "WEBP", lossless=True))).exact


def test_one_pixel_counts() -> None:
    data = picture(3)
    with Image.open(BytesIO(data)) as image:
        colour = image.getpixel((5, 5))
        assert isinstance(colour, tuple)
        image.putpixel((5, 5), (colour[0] ^ 1, *colour[1:]))
        buffer = BytesIO()
        image.save(buffer, "PNG")
    found = distance(pixels_of(data), pixels_of(buffer.getvalue()))
    assert not found.exact
    assert found.bits == 0
    assert found.levels is not None and found.levels <= 1


def test_packed_with_loss_is_near_and_another_picture_is_far() -> None:
    data = picture(3, (512, 320))
    near = distance(pixels_of(data), pixels_of(packed(data, "JPEG", quality=80)))
    far = distance(pixels_of(data), pixels_of(picture(4, (512, 320))))
    assert not near.exact
    assert near.bits is not None and far.bits is not None
    assert near.bits <= 6 < far.bits


def test_every_frame_counts() -> None:
    frames = [Image.open(BytesIO(picture(seed))).convert("RGB") for seed in (1, 2, 3)]
    datas = []
    for chosen in (frames, [frames[0], frames[2], frames[2]]):
        buffer = BytesIO()
        chosen[0].save(buffer, "WEBP", save_all=True, append_images=chosen[1:], lossless=True)
        datas.append(buffer.getvalue())
    one, other = map(pixels_of, datas)
    assert one.frames == 3
    assert one.sha256 != other.sha256


def test_sound_is_compared_by_its_bytes() -> None:
    one, other = pixels_of(b"fLaC" + b"\0" * 64), pixels_of(b"fLaC" + b"\1" * 64)
    assert one.kind == "audio"
    assert not distance(one, other).exact
    assert "not the same file" in str(distance(one, other))


@pytest.mark.parametrize("data", [b"", b"hello", picture()[:200]])
def test_what_shows_nothing_is_told(data: bytes) -> None:
    with pytest.raises(TakeError):
        pixels_of(data, "x.png")


def test_a_look_of_another_making_is_no_crash() -> None:
    broken = Pixels(sha256="0" * 64, look="!!")
    assert distance(broken, pixels_of(picture())).bits is None
    assert studio.__version__
