"""Small pictures of all kinds of files: colours, orientation, transparency, and what can't be shown."""

from __future__ import annotations

import random
import struct
import threading
import wave
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from studio.gallery.thumbs import Thumb, Thumbs
from studio.gallery.thumbs.budget import Budget
from studio.gallery.thumbs.colour import DARK, LIGHT


@pytest.fixture
def thumbs(tmp_path: Path) -> Iterator[Thumbs]:
    root = tmp_path / "project"
    root.mkdir()
    with Thumbs(root, cache=tmp_path / "cache") as made:
        yield made


def opened(thumb: Thumb) -> Image.Image:
    assert thumb.data is not None, thumb.note
    with Image.open(BytesIO(thumb.data)) as image:
        image.load()
        assert image.size == (thumb.width, thumb.height)
        assert image.mode == "RGB"
        return image.copy()


def mean(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> list[float]:
    return [float(value) for value in np.asarray(image.crop(box) if box else image).mean(axis=(0, 1))]


def halves(width: int, height: int) -> Image.Image:
    """Left red, right blue."""
    image = Image.new("RGB", (width, height), (220, 30, 30))
    image.paste((30, 30, 220), (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize(
    ("side", "given", "wanted"),
    [(100, 1344, 128), (128, 1344, 128), (200, 1344, 256), (4000, 1344, 1024), (512, 300, 300)],
)
def test_the_kept_size_that_serves_and_never_enlarged(
    thumbs: Thumbs, side: int, given: int, wanted: int
) -> None:
    halves(given, given // 2).save(thumbs.root / "a.png")
    thumb = thumbs.get("a.png", side)
    assert (thumb.width, thumb.height) == (wanted, wanted // 2)
    assert thumb.mime == "image/webp"
    left = opened(thumb).getpixel((wanted // 8, wanted // 4))
    assert left[0] > 190 and left[2] < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(thumbs: Thumbs, orientation: int) -> None:
    """Four corners, stored as a camera would, must be shown where they belong."""
    upright = Image.new("RGB", (400, 200))
    corners = {(0, 0): (250, 0, 0), (1, 0): (0, 250, 0), (0, 1): (0, 0, 250), (1, 1): (250, 250, 0)}
    for (x, y), colour in corners.items():
        upright.paste(colour, (x * 200, y * 100, x * 200 + 200, y * 100 + 100))
    turn = Image.Transpose
    stored = {
        1: [], 2: [turn.FLIP_LEFT_RIGHT], 3: [turn.ROTATE_180], 4: [turn.FLIP_TOP_BOTTOM],
        5: [turn.TRANSPOSE], 6: [turn.ROTATE_90], 7: [turn.TRANSVERSE], 8: [turn.ROTATE_270],
    }  # fmt: skip
    image = upright
    for step in stored[orientation]:
        image = image.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("jpg", "png", "webp"):
        image.save(thumbs.root / f"a.{suffix}", exif=exif, quality=95)
        shown = opened(thumbs.get(f"a.{suffix}", 128))
        assert shown.size == (128, 64)
        for (x, y), colour in corners.items():
            seen = shown.getpixel((32 + 64 * x, 16 + 32 * y))
            assert all(abs(a - b) < 30 for a, b in zip(seen, colour, strict=True)), (suffix, orientation)


def swapped_profile() -> bytes:
    """sRGB's profile with the red and the blue primary exchanged: who ignores it shows the wrong colour."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    names = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, blue = names[b"rXYZ"], names[b"bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_profile_is_followed(thumbs: Thumbs, mode: str) -> None:
    image = Image.new(mode, (300, 300), (220, 30, 30, 255)[: len(mode)])
    image.save(thumbs.root / "plain.png")
    image.save(thumbs.root / "profile.png", icc_profile=swapped_profile())
    assert mean(opened(thumbs.get("plain.png")))[0] > 200
    red, _, blue = mean(opened(thumbs.get("profile.png")))
    assert blue > 180 and red < 80


def test_a_profile_that_is_rubbish_or_for_other_colours_is_passed_over(thumbs: Thumbs) -> None:
    image = Image.new("RGB", (300, 300), (220, 30, 30))
    image.save(thumbs.root / "rubbish.png", icc_profile=b"rubbish" * 40)
    Image.new("L", (300, 300), 200).save(thumbs.root / "grey.png", icc_profile=swapped_profile())
    assert mean(opened(thumbs.get("rubbish.png")))[0] > 200
    assert mean(opened(thumbs.get("grey.png"))) == pytest.approx([200] * 3, abs=3)


def test_cmyk(thumbs: Thumbs) -> None:
    halves(600, 300).convert("CMYK").save(thumbs.root / "a.jpg", quality=95)
    shown = opened(thumbs.get("a.jpg", 128))
    assert mean(shown, (0, 0, 60, 64))[0] > 180 and mean(shown, (70, 0, 128, 64))[2] > 180


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits(thumbs: Thumbs, suffix: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 512).astype(np.uint16), (256, 1))
    Image.fromarray(ramp).save(thumbs.root / f"a.{suffix}")
    shown = np.asarray(opened(thumbs.get(f"a.{suffix}", 512)).convert("L")).astype(float)
    assert shown[:, 5].mean() < 12 and shown[:, -5].mean() > 243
    assert shown[:, 256].mean() == pytest.approx(128, abs=4)


@pytest.mark.parametrize("top", [1.0, 200.0, 5000.0])
def test_floating_point_tiff(thumbs: Thumbs, top: float) -> None:
    ramp = np.tile(np.linspace(0, top, 256).astype(np.float32), (128, 1))
    ramp[0, 0] = np.nan
    Image.fromarray(ramp).save(thumbs.root / "a.tif")
    shown = np.asarray(opened(thumbs.get("a.tif")).convert("L")).astype(float)
    assert shown[64, 128] == pytest.approx(100 if top == 200.0 else 128, abs=5)


def clear_pictures() -> dict[str, Image.Image]:
    whole = Image.new("RGBA", (256, 256), (200, 0, 0, 255))
    whole.paste((0, 0, 0, 0), (128, 0, 256, 256))
    palette = whole.convert("RGB").quantize(8)
    palette.info["transparency"] = palette.getpixel((200, 10))
    grey = Image.new("LA", (256, 256), (70, 255))
    grey.paste((0, 0), (128, 0, 256, 256))
    return {"rgba": whole, "palette": palette, "grey": grey}


@pytest.mark.parametrize("name", sorted(clear_pictures()))
def test_transparency_shows_a_checker(thumbs: Thumbs, name: str) -> None:
    image = clear_pictures()[name]
    image.save(
        thumbs.root / "a.png", **({"transparency": image.info["transparency"]} if name == "palette" else {})
    )
    shown = np.asarray(opened(thumbs.get("a.png"))).astype(int)
    right = shown[:, 140:]
    assert abs(right.min() - min(DARK)) < 14 and abs(right.max() - max(LIGHT)) < 14
    assert np.abs(shown[:, 10:110].std(axis=(0, 1))).max() < 6


def test_moving_pictures_show_their_first_frame(thumbs: Thumbs) -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ((200, 0, 0), (0, 200, 0), (0, 0, 200))]
    for suffix in ("gif", "webp", "png"):
        frames[0].save(thumbs.root / f"a.{suffix}", save_all=True, append_images=frames[1:], duration=100)
        assert mean(opened(thumbs.get(f"a.{suffix}")))[0] > 170


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(20_000, 15_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header(thumbs: Thumbs, width: int, height: int) -> None:
    (thumbs.root / "a.png").write_bytes(png_of(width, height))
    thumb = thumbs.get("a.png")
    assert thumb.data is None
    assert "million pixels" in thumb.note or "too many pixels" in thumb.note


def test_memory_is_shared_out() -> None:
    budget = Budget(100)
    order: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def first() -> None:
        with budget.hold(80):
            inside.set()
            go.wait(10)
            order.append("first")

    def second() -> None:
        with budget.hold(10**9):  # more than there is: it goes alone
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    with budget.hold(20):
        assert budget.free == 0
    go.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"] and budget.free == 100


def damaged() -> dict[str, bytes]:
    buffer = BytesIO()
    Image.effect_noise((600, 400), 60).save(buffer, "PNG")
    png = buffer.getvalue()
    return {
        "cut.png": png[: len(png) // 2],
        "empty.png": b"",
        "text.png": b"<html>not found</html>",
        "header.png": b"\x89PNG\r\n\x1a\n",
        "film.mp4": b"\0\0\0\x18ftypisom" + bytes(400),
        "playlist.mp4": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "data.csv": b"a,b\n1,2\n",
        "script.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


@pytest.mark.parametrize("name", sorted(damaged()))
def test_what_can_not_be_shown_has_a_note_and_a_card(thumbs: Thumbs, name: str) -> None:
    (thumbs.root / name).write_bytes(damaged()[name])
    thumb = thumbs.get(name)
    assert thumb.data is None and thumb.note and "Error" not in thumb.note and "object at" not in thumb.note
    with Image.open(BytesIO(thumb.picture(256))) as card:
        assert card.size == (256, 192)
        assert len(card.getcolors(100_000) or ()) > 4  # there is something written
    assert thumbs.get(name) == thumb
    assert not thumbs.strip(name).data and thumbs.strip(name).note


def test_what_is_in_the_way_has_a_note(thumbs: Thumbs, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    halves(100, 100).save(outside)
    (thumbs.root / "folder.png").mkdir()
    (thumbs.root / "link.png").symlink_to(outside)
    notes = {
        path: thumbs.get(path).note
        for path in ("none.png", "folder.png", "link.png", "../outside.png", str(outside), "a\0b")
    }
    assert "not there" in notes["none.png"]
    assert "no file" in notes["folder.png"]
    assert "no path" in notes.pop("a\0b")
    for path in ("link.png", "../outside.png", str(outside)):
        assert "leads out" in notes[path]
    assert thumbs.cached("link.png") == thumbs.get("link.png")


_SEEDS = [
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8 ", b"II*\0", b"BM"),
    *(b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3", b"fLaC", b"OggS", b"ID3\x04"),
    b"RIFF\x40\0\0\0WAVEfmt ",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(_SEEDS), body=st.binary(max_size=600))
def test_any_bytes_give_a_thumb_or_a_note(thumbs: Thumbs, head: bytes, body: bytes) -> None:
    (thumbs.root / "a.png").write_bytes(head + body)
    thumb = thumbs.get("a.png")
    assert (thumb.data is None) == bool(thumb.note)


def test_flipped_bytes_in_whole_files(thumbs: Thumbs) -> None:
    chance = random.Random(7)
    for suffix, options in {
        "png": {},
        "jpg": {"quality": 80},
        "webp": {},
        "gif": {},
        "tif": {"compression": "tiff_lzw"},
        "avif": {},
    }.items():
        buffer = BytesIO()
        halves(90, 60).save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()), **options)
        for _ in range(12):
            data = bytearray(buffer.getvalue())
            for _ in range(4):
                data[chance.randrange(len(data))] = chance.randrange(256)
            (thumbs.root / f"a.{suffix}").write_bytes(data)
            thumb = thumbs.get(f"a.{suffix}")
            assert (thumb.data is None) == bool(thumb.note)


def film(
    path: Path, frames: int, *, rate: int = 24, black: int = 0, size: tuple[int, int] = (160, 96)
) -> Path:
    """A film that goes from dark to bright, after some black."""
    av = pytest.importorskip("av")
    codec = {".mp4": "libx264", ".webm": "libvpx-vp9"}[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            level = 0 if number < black else 40 + 200 * number // frames
            picture = av.VideoFrame.from_ndarray(
                np.full((size[1], size[0], 3), level, np.uint8), format="rgb24"
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "frames", "rate"), [("a.mp4", 49, 24), ("a.webm", 20, 10), ("long.mp4", 700, 10)]
)
def test_films_have_posters_and_strips(thumbs: Thumbs, name: str, frames: int, rate: int) -> None:
    film(thumbs.root / name, frames, rate=rate)
    thumb = thumbs.get(name, 128)
    assert (thumb.width, thumb.height) == (128, 77)
    assert mean(opened(thumb))[0] == pytest.approx(40, abs=8)
    strip = thumbs.strip(name, frames=8)
    assert (strip.frames, strip.width, strip.height, strip.note) == (8, 128, 77, "")
    assert strip.seconds == pytest.approx(frames / rate, rel=0.05)
    with Image.open(BytesIO(strip.data or b"")) as sheet:
        assert sheet.size == (8 * 128, 77)
        levels = [mean(sheet.convert("RGB"), (x * 128 + 8, 8, x * 128 + 120, 70))[0] for x in range(8)]
    assert levels == sorted(levels) and levels[-1] - levels[0] > 140


def test_a_film_that_begins_black_shows_a_later_frame(thumbs: Thumbs) -> None:
    film(thumbs.root / "a.mp4", 60, black=10)
    assert mean(opened(thumbs.get("a.mp4")))[0] > 60


def test_strip_of_an_animated_picture_and_of_a_still_one(thumbs: Thumbs) -> None:
    frames = [Image.new("RGB", (200, 100), (level, level, level)) for level in range(0, 250, 25)]
    frames[0].save(
        thumbs.root / "a.webp", save_all=True, append_images=frames[1:], duration=100, lossless=True
    )
    strip = thumbs.strip("a.webp", frames=5)
    assert (strip.frames, strip.width, strip.height) == (5, 128, 64)
    halves(100, 100).save(thumbs.root / "still.png")
    still = thumbs.strip("still.png", 12)
    assert still.note == "it does not move"


def test_a_sound_shows_its_waveform(thumbs: Thumbs) -> None:
    pytest.importorskip("av")
    with wave.open(str(thumbs.root / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        loud = (np.sin(np.arange(16_000) * 0.1) * 30_000).astype("<i2")
        file.writeframes(np.concatenate([loud, np.zeros(16_000, "<i2")]).tobytes())
    shown = opened(thumbs.get("a.wav"))
    assert shown.size == (256, 144)
    assert mean(shown, (0, 0, 128, 120))[0] > mean(shown, (128, 0, 256, 120))[0] + 20


def test_without_pyav_the_note_says_what_to_install(thumbs: Thumbs, monkeypatch: pytest.MonkeyPatch) -> None:
    film(thumbs.root / "a.mp4", 12)
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    assert "pip install 'directors-notebook[video]'" in thumbs.get("a.mp4").note
    assert "directors-notebook[video]" in thumbs.strip("a.mp4").note
    monkeypatch.undo()
    assert thumbs.get("a.mp4").data is not None  # what was in the way is not remembered
