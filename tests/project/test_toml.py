"""TOML files come back as they were, and broken ones are named with line and field."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import DataFileError
from studio.project.board import PanelEntry, Storyboard
from studio.project.settings import Settings
from studio.project.toml import read_toml, to_toml, write_toml

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | text | st.dates()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(text, values, max_size=5))
def test_any_table_comes_back(table: dict) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_unknown_keys_and_dates_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "studio.toml"
    path.write_text('name = "film"\nshoot = 2026-11-22\n[lut]\nname = "x"\n')
    settings = read_toml(path, Settings)
    assert settings is not None
    write_toml(path, settings)
    assert tomllib.loads(path.read_text())["shoot"] == date(2026, 11, 22)
    assert tomllib.loads(path.read_text())["lut"] == {"name": "x"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'name = "film"\nbackends = [\n', r"studio.toml:3: not valid TOML: "),
        (b'name = "film"\nnaming = 3\n', r"studio.toml:2: naming: "),
        (b'name = "../x"\n', r"studio.toml:1: name: .*path"),
        (b'format = 1\n\n  name = "a/b"\n', r"studio.toml:3: name: .*'a_b'"),
        (b'name = "film"\nnaming = "{nobody}"\n', r"studio.toml:2: naming: .*unknown token"),
        (b'format = "new"\n', "studio.toml:1: format: "),
        (b"\xff\xfe", "UTF-8"),
        (b"a = " + b"[" * 20_000, "studio.toml:1: not valid TOML: it is nested too deep"),
        (b'name = "film"\nname = "twice"\n', r"studio.toml:2: not valid TOML: "),
    ],
)
def test_a_broken_file_is_named_and_stays_as_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "studio.toml"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=words) as caught:
        read_toml(path, Settings)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_no_file_is_no_error_but_a_folder_is(tmp_path: Path) -> None:
    assert read_toml(tmp_path / "studio.toml", Settings) is None
    with pytest.raises(DataFileError, match="can't be read"):
        read_toml(tmp_path, Settings)


def test_a_storyboard_finds_names_as_disks_do() -> None:
    board = Storyboard().with_panel(PanelEntry(name="Hero"))
    assert board.find("hERO") == PanelEntry(name="Hero")
    assert board.find("Villain") is None
