"""The contact sheet: every take has its frame, whatever it is called and whatever is left of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from studio.cinema import Angle, AnimationConfig, library, preset
from studio.errors import ProjectError
from studio.project import sheet
from studio.project.captions import Caption, caption
from studio.project.lettering import Type, one_line
from studio.project.saving import save_take
from studio.project.sheet import GROUNDS, Layout, contact_sheet
from studio.project.takes import Take
from studio.provenance import Provenance
from studio.shot import Shot
from tests.project.support import FILES, picture

SHOT = Shot(
    look=preset("blade_runner_2049"),
    subject="a ferry",
    angle=Angle(size="wide", height="low-angle", direction="front-right 30"),
    seed=1,
)


def saved(folder: Path, panel: str = "Hero", *, shot: Shot | None = SHOT, data: bytes = b"") -> Take:
    record = Provenance(shot=shot.model_dump(mode="json") if shot else None)
    data = data or picture("PNG", size=(478, 200))
    return save_take(data, "x", folder=folder, project="film", panel=panel, provenance=record)


def test_the_caption_tells_shot_look_and_lens(tmp_path: Path) -> None:
    told = caption(saved(tmp_path, "01_Harbour"))
    assert (told.name, told.version) == ("01 Harbour", "v001")
    assert told.look == "Blade Runner 2049 (2017)"
    assert told.lens.startswith("ARRI/ZEISS Master Prime, 32 mm · 2.39:1 · ARRI ALEXA")
    assert told.angle.startswith("WS · ")
    assert told.angle.endswith("low angle · front-right 30°")


def test_a_look_of_one_s_own_and_animation_have_captions_too(tmp_path: Path) -> None:
    own = SHOT.model_copy(update={"look": SHOT.look.with_(preset=None), "angle": None})
    assert caption(saved(tmp_path, shot=own)).look
    drawn = AnimationConfig.model_validate(
        {
            "medium": next(iter(library().terms["medium"])),
            "visual_grammar": {"mood": SHOT.look.get("visual_grammar.mood")},
        }
    )
    told = caption(saved(tmp_path, shot=SHOT.model_copy(update={"look": drawn})))
    assert told.look
    assert told.lens == str(drawn.get("medium")).replace("_", " ")


def test_a_take_without_a_shot_has_its_name(tmp_path: Path) -> None:
    assert caption(saved(tmp_path, shot=None)) == Caption("Hero", "v001")
    assert caption(Take(tmp_path / "gone.png")) == Caption("gone")


@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_every_take_has_a_frame_with_its_picture(tmp_path: Path, ground: str) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30)]
    takes = [
        saved(tmp_path / str(n), data=picture("PNG", size=(478, 200), colour=colour))
        for n, colour in enumerate(colours)
    ]
    path = contact_sheet(takes, tmp_path / "sheet.png", ground=ground)
    layout = Layout.of(takes, 3)
    with Image.open(path) as image:
        assert image.size == (layout.width, layout.height)
        assert image.getpixel((3, 3)) == GROUNDS[ground].ground
        for index, colour in enumerate(colours):
            x, y = layout.cell(index)
            assert image.getpixel((x + layout.frame[0] // 2, y + layout.frame[1] // 2)) == colour
            below = image.crop((x, y + layout.frame[1] + 2, x + layout.frame[0], y + layout.frame[1] + 180))
            assert len(below.getcolors(1 << 16) or []) > 8, "no caption"


def test_pictures_are_whole_in_equal_frames(tmp_path: Path) -> None:
    takes = [saved(tmp_path / str(n), data=picture("PNG", size=(400, 200))) for n in range(2)]
    takes.append(saved(tmp_path / "tall", data=picture("PNG", size=(100, 400), colour=(9, 200, 9))))
    path = contact_sheet(takes, tmp_path / "sheet.png")
    layout = Layout.of(takes, 3)
    assert layout.ratio == 2.0
    x, y = layout.cell(2)
    with Image.open(path) as image:
        row = [image.getpixel((x + column, y + layout.frame[1] // 2)) for column in range(layout.frame[0])]
    green = [column for column, pixel in enumerate(row) if pixel == (9, 200, 9)]
    assert len(green) == pytest.approx(layout.frame[1] / 4, abs=2)
    assert abs((green[0] + green[-1]) / 2 - layout.frame[0] / 2) < 2


def test_no_take_is_left_out_whatever_it_is(tmp_path: Path) -> None:
    damaged = saved(tmp_path / "damaged")
    damaged.path.write_bytes(damaged.path.read_bytes()[:-40])
    takes = [
        saved(tmp_path / "video", data=(FILES / "shot_00003_.mp4").read_bytes()),
        saved(tmp_path / "alpha", data=_transparent()),
        damaged,
        Take(tmp_path / "missing.png", 3, "夜明け\n<b>\x00\u202e🎬" * 50),
    ]
    with Image.open(
        contact_sheet(takes, tmp_path / "sheet.png", columns=2, title="渡し船 🎬\n" * 99)
    ) as image:
        image.load()
    with Image.open(contact_sheet(takes[:1], tmp_path / "one.png", columns=9)) as image:
        assert image.width == Layout.of(takes[:1], 9).width


def _transparent() -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    Image.new("LA", (60, 20), (255, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_same_takes_give_the_same_sheet(tmp_path: Path) -> None:
    takes = [saved(tmp_path)]
    first = contact_sheet(takes, tmp_path / "a.png").read_bytes()
    assert contact_sheet(takes, tmp_path / "b.png").read_bytes() == first


def test_ratings_are_stars(tmp_path: Path) -> None:
    takes = [saved(tmp_path)]
    sheets = [contact_sheet(takes, tmp_path / f"{n}.png", ratings={takes[0].path: n}) for n in (0, 2, 5)]
    with Image.open(sheets[0]) as none, Image.open(sheets[1]) as two, Image.open(sheets[2]) as five:
        assert ImageChops.difference(none, two).getbbox() is not None
        assert ImageChops.difference(two, five).getbbox() is not None


def test_many_takes_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    takes = [Take(Path("gone.png"))] * 5_000
    layout = Layout.of(takes, 10)
    assert layout.width * layout.height <= sheet.MAX_PIXELS
    assert layout.frame[0] > 100


@pytest.mark.parametrize(("count", "columns", "ground"), [(0, 3, "dark"), (1, 0, "dark"), (1, 3, "pink")])
def test_what_makes_no_sheet_is_told(tmp_path: Path, count: int, columns: int, ground: str) -> None:
    with pytest.raises(ProjectError, match="contact sheet with no"):
        contact_sheet([saved(tmp_path)] * count, tmp_path / "x.png", columns, ground=ground)
    assert not (tmp_path / "x.png").exists()


@given(st.text(), st.integers(1, 600))
def test_text_fits_or_is_cut(text: str, width: int) -> None:
    face = Type("Regular", 24)
    line = face.fit(text, width)
    assert face.length(line) <= width or line == "…"
    assert "\n" not in line
    if line != one_line(text):
        assert line.endswith("…")


@given(st.text())
def test_any_text_can_be_drawn(text: str) -> None:
    image = Image.new("RGB", (60, 40))
    face = Type("SemiBold", 20)
    face.draw(ImageDraw.Draw(image), (0, 30), face.fit(text, 60), (255, 255, 255))


@pytest.mark.parametrize("text", ["Hello", "Ελλάδα", "Привет", "Iñárritu", "2.39:1 · 30° “…” –"])
def test_the_bundled_face_has_these_letters(text: str) -> None:
    from studio.project.lettering import _runs

    assert {face for face, _ in _runs("Regular", text)} == {"Regular.woff"}
