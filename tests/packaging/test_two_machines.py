"""Two checkouts of a film, on two machines that were set up apart, give the same shot to the last pixel."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import studio
from studio.shots import write_shot
from studio.shots.pixels import pixels_in

RENDER = """
import studio
from studio.shots import read_shot
found = read_shot(__import__("pathlib").Path("notebooks/shots/Hero.ipynb"))
with studio.Project.open(".") as project:
    print(studio.run(project.panel(found.panel).render(found.shot, show=False)).path)
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A repository with one shot and its lock."""
    folder = tmp_path / "origin"
    studio.Project.open(folder).close()
    shot = studio.Shot(
        look=studio.preset("blade_runner_2049").with_(lens__focal_length_mm=32),
        subject="a tired detective at a noodle bar, rain on the counter",
        angle=studio.Angle.parse("front-right-30_eye-level_medium"),
        parameters={"steps": 2},
        seed=2**64 - 1,
    )
    write_shot(shot, "Hero", folder / "notebooks" / "shots" / "Hero.ipynb")
    (folder / ".gitignore").write_text(".studio/\n")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "A shot")):
        name = ("-c", "user.name=d", "-c", "user.email=d@example.org")
        subprocess.run(["git", *name, *words], cwd=folder, check=True)
    return folder


def test_takes_are_equal_to_the_last_pixel(
    film: Path,
    tmp_path: Path,
    programs: Path,
    new_programs: Callable[[], Path],
    plain_environment: dict[str, str],
) -> None:
    machines = {
        "one": (programs, {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        "zwei, größer": (new_programs(), {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
    }
    running = {}
    for place, (folder, variables) in machines.items():
        checkout = tmp_path / place
        subprocess.run(["git", "clone", "-q", str(film), str(checkout)], check=True)
        command = [str(folder / "python"), "-I", "-c", RENDER]
        running[place] = subprocess.Popen(
            command,
            cwd=checkout,
            env=plain_environment | variables | {"STUDIO_CONFIG": str(tmp_path / f"{place} config")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    takes = {}
    for place, process in running.items():
        out, err = process.communicate()
        assert process.returncode == 0, err
        takes[place] = Path(out.splitlines()[-1])
        assert takes[place].is_relative_to(tmp_path / place)
    one, two = (pixels_in(take) for take in takes.values())
    assert one == two
    assert one.width > 500

    verified = subprocess.run(
        [str(programs / "studio"), "shot", "verify", "--json"],
        cwd=tmp_path / "zwei, größer",
        env=plain_environment,
        capture_output=True,
        text=True,
    )
    assert verified.returncode == 0, verified.stderr
    (verdict,) = json.loads(verified.stdout)
    assert (verdict["state"], verdict["notebook"]) == ("same", "notebooks/shots/Hero.ipynb")
