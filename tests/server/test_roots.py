"""Roots: addresses to places and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UnsafeName
from studio.server.roots import Roots


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    (tmp_path / "films" / "ferry" / "Hero").mkdir(parents=True)
    (tmp_path / "films" / "ferry" / "studio.toml").write_text("")
    (tmp_path / "films" / ".hidden").mkdir()
    (tmp_path / "films" / ".hidden" / "studio.toml").write_text("")
    return Roots.of([tmp_path / "films"])


def test_one_root_needs_no_name(roots: Roots) -> None:
    (films,) = roots
    assert roots.place("ferry") == films / "ferry"
    assert roots.place("") == films
    assert roots.address(films / "ferry" / "Hero") == "ferry/Hero"
    assert roots.address(films) == ""
    assert roots.address(films.parent) is None


def test_several_are_told_apart(tmp_path: Path) -> None:
    for name in ("a/films", "b/films"):
        (tmp_path / name).mkdir(parents=True)
    roots = Roots.of([tmp_path / "a/films", tmp_path / "b/films", tmp_path / "a/films"])
    assert list(roots.folders) == ["films", "films-2"]
    assert roots.place("films-2/x") == tmp_path / "b/films/x"
    assert roots.address(tmp_path / "b/films/x") == "films-2/x"
    for address in ("", "x", "elsewhere/x"):
        with pytest.raises(UnsafeName):
            roots.place(address)


def test_projects_are_found_but_not_hidden_ones_or_links(roots: Roots, tmp_path: Path) -> None:
    (films,) = roots
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "studio.toml").write_text("")
    (films / "link").symlink_to(tmp_path / "outside")
    assert roots.projects() == [films / "ferry"]


def test_the_project_of_a_place(roots: Roots) -> None:
    (films,) = roots
    assert roots.project_of(films / "ferry" / "Hero") == films / "ferry"
    assert roots.project_of(films / "ferry") == films / "ferry"
    assert roots.project_of(films) is None
    assert roots.project_of(films.parent) is None


@given(
    address=st.text(max_size=60)
    | st.lists(st.sampled_from(["..", ".", "", "ferry", "a\0", "~"])).map("/".join)
)
def test_no_address_leads_out(address: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp().resolve()
    roots = Roots.of([root])
    try:
        place = roots.place(address)
    except UnsafeName:
        return
    assert place == root or root in place.parents
    assert not any(part.startswith(".") for part in place.relative_to(root).parts)
    assert roots.place(roots.address(place) or "") == place
