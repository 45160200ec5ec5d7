"""A real repository: diffs in words of film, merges by meaning, shots at commits."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import NotebookError
from studio.project import Take
from studio.shot import Shot
from studio.shots import Lock, lock_notebook, read_shot, write_shot
from studio.shots.gitsetup import ATTRIBUTES, set_up
from studio.shots.revisions import at_head, shot_at
from studio.shots.words import words_of
from tests.shots.support import Film

HERO = "notebooks/shots/Hero.ipynb"
LOCK = "notebooks/shots/Hero.lock.toml"
Git = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def git(film: Film, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Git in the film's folder, which is a repository that was set up."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "d")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "d@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.chdir(film.path)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *words], cwd=film.path, capture_output=True, text=True)

    assert run("init", "-q", "-b", "main").returncode == 0
    (film.path / ".gitignore").write_text(".studio/\n.versions/\n")
    set_up(film.path)
    return run


def save(git: Git, message: str) -> None:
    git("add", "-A")
    done = git("commit", "-q", "-m", message)
    assert done.returncode == 0, done.stderr


def test_set_up_is_done_once_and_keeps_what_is_there(git: Git, film: Film) -> None:
    attributes = film.path / ".gitattributes"
    attributes.write_text("* text=auto\n" + attributes.read_text() + "*.mov binary\n")
    before = attributes.read_text()
    assert len(set_up(film.path)) == 1
    assert attributes.read_text() == before
    assert all(line in before for line in ATTRIBUTES)
    assert "studio shot" not in before.replace("# studio shot git-setup", "")
    assert "shot merge %O %A %B %P" in git("config", "merge.studio-shot.driver").stdout


def test_outside_of_git_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="git says"):
        set_up(tmp_path)


def test_diffs_are_in_words(git: Git, film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    write_shot(shot, "Hero", film.path / HERO)
    take = keep(film.panel("Hero"), shot)
    save(git, "one")
    write_shot(shot.with_(look__lens__focal_length_mm=75), "Hero", film.path / HERO)
    take.path.unlink()
    other = keep(film.panel("Hero"), shot.with_(seed=5))
    other.path.rename(take.path)
    shown = git("diff", "--", HERO, take.path.relative_to(film.path).as_posix())
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if line.startswith(("+ ", "- "))]
    assert "-  Focal length: 50 mm" in lines
    assert "+  Focal length: 75 mm" in lines
    assert f"-  Seed: {2**64 - 1}" in lines
    assert "+  Seed: 5" in lines
    assert "cell_type" not in shown.stdout


def test_changes_of_two_are_merged(git: Git, film: Film, shot: Shot) -> None:
    path = write_shot(shot, "Hero", film.path / HERO)
    save(git, "base")
    git("checkout", "-q", "-b", "light")
    write_shot(shot.with_(look__lighting__style="low_key"), "Hero", path)
    save(git, "light")
    git("checkout", "-q", "main")
    write_shot(shot.with_(look__lens__focal_length_mm=75), "Hero", path)
    save(git, "lens")
    done = git("merge", "light")
    both = shot.with_(look__lighting__style="low_key", look__lens__focal_length_mm=75)
    assert read_shot(path).shot == both
    assert done.returncode == 1
    assert "studio shot lock notebooks/shots/Hero.ipynb" in done.stderr + done.stdout
    assert git("diff", "--name-only", "--diff-filter=U").stdout.split() == [LOCK]
    lock_notebook(path)
    save(git, "merged")
    lock = Lock.read(film.path / LOCK)
    assert lock is not None and lock.shot == both


def test_the_same_field_twice_is_a_conflict_that_still_opens(git: Git, film: Film, shot: Shot) -> None:
    path = write_shot(shot, "Hero", film.path / HERO)
    (film.path / LOCK).unlink()
    save(git, "base")
    git("checkout", "-q", "-b", "other")
    write_shot(shot.with_(look__lens__focal_length_mm=40), "Hero", path)
    (film.path / LOCK).unlink()
    save(git, "other")
    git("checkout", "-q", "main")
    write_shot(shot.with_(look__lens__focal_length_mm=75), "Hero", path)
    (film.path / LOCK).unlink()
    save(git, "mine")
    done = git("merge", "other")
    assert done.returncode == 1
    assert "look.lens.focal_length_mm: 75.0 here, 40.0 there" in done.stderr + done.stdout
    with pytest.raises(NotebookError, match="cell look"):
        read_shot(path)
    assert "<<<<<<< ours" in path.read_text()


def test_shots_at_commits(git: Git, film: Film, shot: Shot) -> None:
    path = write_shot(shot, "Hero", film.path / HERO)
    save(git, "one")
    write_shot(shot.with_(seed=5), "Hero", path)
    assert shot_at(f"HEAD:{HERO}") == shot
    assert shot_at(str(path)).seed == 5
    assert shot_at(f"main:{LOCK}") == shot
    assert at_head(str(path)) == f"HEAD:{HERO}"
    for wrong in ("HEAD:none.ipynb", "no-such:x.ipynb", "none.ipynb", "--help:x", "-x"):
        with pytest.raises(NotebookError):
            shot_at(wrong)


def test_no_change_is_invisible(film: Film, shot: Shot) -> None:
    path = write_shot(shot, "Hero", film.path / HERO)
    plain = words_of(path)
    assert "Cell" not in plain
    for before, after in (
        ('"seed = 1', '"# a remark\\n",\n    "seed = 1'),
        ('    "take"\n', '    "import os; take"\n'),
        ("# Hero", "# Heroine"),
        ("await project", "await  project"),
        ('"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]'),
        ('"import studio\\n"', '"import studio\\n",\n    "x = studio.preset(\\"ida\\")\\n"'),
    ):
        text = path.read_text(encoding="utf-8")
        assert before in text, before
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        assert words_of(path) != plain, after
        path.write_text(text, encoding="utf-8")


def test_what_is_no_shot_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (tmp_path / "x.ipynb").write_text('{"cells": [], "nbformat": 4}')
    assert "No take of the studio" in words_of(tmp_path / "x.png")
    assert "can't be told" in words_of(tmp_path / "x.ipynb")
