"""Where a project renders: its own backends, and its user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import DataFileError
from studio.project import Project
from studio.project.backends import project_backends, registry_of
from studio.render.registry import user_file


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "home"))
    return tmp_path / "home"


def names(project: Project) -> list[str]:
    return [backend.name for backend in project_backends(project.path, project.settings)]


def test_the_users_backends_are_used_in_every_project(tmp_path: Path) -> None:
    with Project.open(tmp_path / "film") as project:
        registry = registry_of(project.path)
        registry.add({"url": "http://127.0.0.1:1", "name": "mine"}, to="user")
        assert names(project) == ["mine"]
        registry.add({"url": "http://127.0.0.1:2", "name": "ours"})
        assert names(project) == ["ours", "mine"]
        assert [backend.name for backend in project.farm.backends] == ["ours", "mine"]


def test_a_project_may_do_without_the_users_backends(tmp_path: Path) -> None:
    registry_of(tmp_path / "x").add("http://127.0.0.1:1", to="user")
    with Project.open(tmp_path / "film") as project:
        project.configure(user_backends=False, backends=["http://127.0.0.1:2"])
        assert names(project) == ["127.0.0.1:2"]


def test_a_broken_user_file_is_named(tmp_path: Path) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text("backends = [")
    with (
        Project.open(tmp_path / "film") as project,
        pytest.raises(DataFileError, match="not valid TOML") as caught,
    ):
        _ = project.farm
    assert str(user_file()) in str(caught.value)
