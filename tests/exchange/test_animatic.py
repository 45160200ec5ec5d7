"""The animatic, decoded again and looked at."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from studio.errors import ExportCancelled, ProjectError, TakeError
from studio.exchange import Task
from studio.exchange.animatic import Cut, timecode, write_animatic
from studio.project import Project, save_take
from studio.provenance import Provenance
from studio.sketch.media import Audio, write_audio
from tests.project.support import picture

SMALL = (320, 180)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.open(tmp_path / "film")
    for name, colour, seconds in (("Red", (200, 20, 20), 0.5), ("Blue", (20, 20, 200), 1.0)):
        project.board.add(name, duration=seconds)
        save_take(
            picture("PNG", size=(64, 36), colour=colour),
            "x_00001_.png",
            folder=project.panel(name).folder,
            project=project.name,
            panel=name,
            provenance=Provenance(studio="0"),
            naming=project.naming,
        )
    project.board.add("Words", title="海 Sea", duration=0.25, shot={"subject": "waves"})
    return project


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def mean(frame: np.ndarray) -> tuple[int, ...]:
    """The middle's colour."""
    return tuple(int(value) for value in frame[40:120, 80:240].mean(axis=(0, 1)))


def test_every_panel_has_its_length(project: Project, tmp_path: Path) -> None:
    path = write_animatic(project, tmp_path / "a.mp4", cut=Cut(size=SMALL, names=False))
    made = frames(path)
    assert len(made) == round(1.75 * 24)
    assert mean(made[5])[0] > 150 and mean(made[11])[0] > 150
    assert mean(made[12])[2] > 150 and mean(made[35])[2] > 150
    assert max(mean(made[-1])) < 120  # the slate
    assert np.ptp(made[-1].astype(int)) > 100  # with words on it


def test_a_cross_fade_mixes_and_keeps_the_length(project: Project, tmp_path: Path) -> None:
    path = write_animatic(project, tmp_path / "a.mp4", cut=Cut(size=SMALL, names=False, fade=0.25))
    made = frames(path)
    assert len(made) == 42
    red, _, blue = mean(made[14])
    assert 60 < red < 170 and 60 < blue < 170
    assert mean(made[20])[2] > 150


def test_names_and_time_are_burnt_in(project: Project, tmp_path: Path) -> None:
    plain = frames(write_animatic(project, tmp_path / "a.mp4", cut=Cut(size=SMALL, names=False)))
    named = frames(write_animatic(project, tmp_path / "b.mp4", cut=Cut(size=SMALL)))
    difference = np.abs(plain[3].astype(int) - named[3].astype(int)).max(axis=2)
    assert difference[:165].max() < 40 and difference[170:].max() > 80
    assert timecode(24 * 3661 + 7, 24) == "01:01:01:07"


def test_sound_lies_under_it_and_ends_with_it(project: Project, tmp_path: Path) -> None:
    tone = (np.sin(np.arange(48_000 * 4) * 0.05) * 12_000).astype(np.int16)
    write_audio(tmp_path / "tone.flac", Audio(np.stack([tone, tone]), 48_000), "flac", {})
    cut = Cut(size=SMALL, sound=tmp_path / "tone.flac")
    with av.open(str(write_animatic(project, tmp_path / "a.mp4", cut=cut))) as film:
        samples = sum(frame.samples for frame in film.decode(audio=0))
    assert 1.7 < samples / 48_000 < 1.85
    (tmp_path / "no.flac").write_bytes(b"nothing")
    with pytest.raises(TakeError, match="sound"):
        write_animatic(project, tmp_path / "b.mp4", cut=Cut(size=SMALL, sound=tmp_path / "no.flac"))
    assert not (tmp_path / "b.mp4").exists()


def test_a_video_take_plays_and_its_last_frame_is_held(project: Project, tmp_path: Path) -> None:
    clip = write_animatic(
        project, tmp_path / "clip.mp4", panels=["Red", "Blue"], cut=Cut(size=SMALL, rate=12, names=False)
    )
    project.board.add("Clip", duration=3.0)
    save_take(
        clip.read_bytes(),
        "x_00001_.mp4",
        folder=project.panel("Clip").folder,
        project=project.name,
        panel="Clip",
        provenance=Provenance(studio="0"),
        naming=project.naming,
    )
    made = frames(
        write_animatic(project, tmp_path / "a.mp4", panels=["Clip"], cut=Cut(size=SMALL, names=False))
    )
    assert len(made) == 72
    assert mean(made[8])[0] > 150 and mean(made[16])[2] > 150 and mean(made[71])[2] > 150


def test_a_broken_take_is_a_slate_that_says_so(project: Project, tmp_path: Path) -> None:
    take = project.panel("Red").takes[0].path
    take.write_bytes(take.read_bytes()[:60])
    made = frames(write_animatic(project, tmp_path / "a.mp4", cut=Cut(size=SMALL, names=False)))
    assert len(made) == 42 and mean(made[5])[0] < 120


def test_it_can_be_stopped(project: Project, tmp_path: Path) -> None:
    cancel = threading.Event()

    def hear(done: int, total: int, text: str) -> None:
        if done >= 16:
            cancel.set()

    with pytest.raises(ExportCancelled):
        write_animatic(project, tmp_path / "a.mp4", cut=Cut(size=SMALL), task=Task(hear, cancel))
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize("cut", [Cut(size=(321, 180)), Cut(rate=0), Cut(fade=-1), Cut(size=(8, 8))])
def test_numbers_that_can_not_be_are_refused(cut: Cut, project: Project, tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        write_animatic(project, tmp_path / "a.mp4", cut=cut)
    with pytest.raises(ProjectError, match="no panel"):
        write_animatic(project, tmp_path / "a.mp4", panels=[])


def test_the_slate_reads_any_script(project: Project) -> None:
    from studio.exchange.frames import slate
    from studio.exchange.rows import rows_of

    card = slate(rows_of(project)[2], (640, 360), trouble="gone")
    assert isinstance(card, Image.Image) and card.size == (640, 360)
