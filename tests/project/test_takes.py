"""A take shows itself: a bounded picture or a player, and a caption in which nothing is markup."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import TakeError
from studio.project import takes
from studio.project.saving import save_take
from studio.project.takes import Take
from studio.provenance import Provenance
from tests.project.support import FILES, picture

EVIL = '<img src=x onerror="alert(1)">&'


def saved(folder: Path, data: bytes, name: str = "x.png", **record: object) -> Take:
    provenance = Provenance.model_validate({"shot": {"subject": EVIL}, "backend": EVIL, **record})
    return save_take(data, name, folder=folder, project="film", panel="Hero", provenance=provenance)


def test_a_picture_shows_itself_small(tmp_path: Path) -> None:
    bundle = saved(tmp_path, picture("PNG", size=(3000, 2000)))._repr_mimebundle_()
    with Image.open(BytesIO(base64.b64decode(bundle["image/jpeg"]))) as shown:
        assert max(shown.size) == takes.PREVIEW_SIDE
    assert bundle["image/jpeg"] in bundle["text/html"]
    assert len(bundle["text/html"]) < 400_000
    assert "Hero v001" in bundle["text/html"]
    assert "Take(" in bundle["text/plain"]


@pytest.mark.parametrize("name", ["ks_00001_.png", "shot_00003_.mp4", "a_00009_.flac", "l_00003_.latent"])
def test_nothing_of_a_file_becomes_markup(tmp_path: Path, name: str) -> None:
    shown = saved(tmp_path / EVIL.replace("/", ""), (FILES / name).read_bytes(), name)._repr_mimebundle_()[
        "text/html"
    ]
    assert "<img src=x" not in shown
    assert "&lt;img" in shown
    assert set(re.findall(r"</?([a-z]+)", shown)) <= {
        "figure",
        "img",
        "video",
        "audio",
        "figcaption",
        "br",
        "p",
        "code",
    }


def test_a_small_video_plays_and_a_large_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = saved(tmp_path, (FILES / "shot_00003_.mp4").read_bytes(), "x.mp4")
    assert '<video controls loop src="data:video/mp4;base64,' in take._repr_mimebundle_()["text/html"]
    monkeypatch.setattr(takes, "INLINE_BYTES", 100)
    shown = take._repr_mimebundle_()["text/html"]
    assert "<video" not in shown
    assert str(take.path) in shown
    assert "image/jpeg" not in take._repr_mimebundle_()


def test_transparency_is_shown_over_black(tmp_path: Path) -> None:
    Image.new("RGBA", (10, 10), (255, 255, 255, 0)).save(tmp_path / "x.png")
    with Image.open(BytesIO(Take(tmp_path / "x.png").preview())) as shown:
        assert shown.getpixel((5, 5)) == (0, 0, 0)


@pytest.mark.parametrize("data", [None, b"", b"\x89PNG\r\n\x1a\nrubbish"])
def test_a_damaged_or_missing_take_says_so_in_the_cell(tmp_path: Path, data: bytes | None) -> None:
    take = Take(tmp_path / "film_Hero_v001.png", 1, "Hero")
    if data is not None:
        take.path.write_bytes(data)
    assert "no picture can be read" in take._repr_mimebundle_()["text/html"]
    with pytest.raises(TakeError):
        take.image()
    with pytest.raises(TakeError):
        _ = take.provenance


def test_provenance_is_read_once_and_only_when_asked(tmp_path: Path) -> None:
    take = saved(tmp_path, picture("PNG"))
    again = Take(take.path, take.version, take.panel)
    record = again.provenance
    take.path.unlink()
    assert again.provenance is record
    assert again == take


def test_labels() -> None:
    assert Take(Path("a/film_Hero_v012.png"), 12, "Hero").label == "Hero v012"
    assert Take(Path("a/found.webm")).label == "found.webm"
    assert [Take(Path(name)).kind for name in ("a.PNG", "a.mov", "a.opus", "a.latent", "a.xyz")] == [
        "image",
        "video",
        "audio",
        "other",
        "other",
    ]
