"""References are kept under their content's name, and nothing from outside the project slips in by a shot."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import OutputError, ProjectError, UnsafeName
from studio.project.references import References
from studio.render import upload_name
from tests.project.support import picture


def test_a_reference_is_kept_under_its_content_s_name(tmp_path: Path) -> None:
    outside, references = tmp_path / "mood board.JPEG", References(tmp_path / "film")
    outside.write_bytes(picture("JPEG"))
    name = references.add(outside)
    assert name == f"studio/{upload_name(picture('JPEG'), '.jpg')}"
    assert references.add(outside) == name
    assert len(list(references.folder.iterdir())) == 1
    assert references.find(name) == name
    assert references.find(name.removeprefix("studio/")) == name
    assert references.uploads([name])[name].read_bytes() == picture("JPEG")


def test_a_picture_in_the_project_is_found_by_its_path(tmp_path: Path) -> None:
    root = tmp_path / "film"
    (root / "Hero").mkdir(parents=True)
    (root / "Hero" / "film_Hero_v001.png").write_bytes(picture("PNG"))
    references = References(root)
    name = references.find("Hero/film_Hero_v001.png")
    assert references.find(str(root / "Hero" / "film_Hero_v001.png")) == name


@pytest.mark.parametrize("value", ["/etc/hostname", "../secret.png", "Hero/../../secret.png", "a\0b"])
def test_a_path_out_of_the_project_is_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / "secret.png").write_bytes(picture("PNG"))
    with pytest.raises(UnsafeName):
        References(tmp_path / "film").find(value)


def test_what_is_missing_or_no_media_is_told(tmp_path: Path) -> None:
    references = References(tmp_path)
    with pytest.raises(ProjectError, match="can't be read"):
        references.find("missing.png")
    with pytest.raises(ProjectError, match="not in this project"):
        references.find(f"studio/{'0' * 32}.png")
    (tmp_path / "studio.toml").write_text("name = 'film'")
    with pytest.raises(OutputError):
        references.find("studio.toml")
    assert not references.folder.exists()
