"""Whatever a person types becomes a name that is safe on every system, or is refused."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UnsafeName
from studio.files import inside
from studio.project.names import MAX_NAME_BYTES, OWN_NAMES, name_key, safe_name, wire_name

# What people and scripts really type, beside what hypothesis thinks of.
nasty = st.one_of(
    st.text(),
    st.text(alphabet='./\\:*?"<>|% \t\n\r\0\x1b\u200b\u202e\u2028\ud800CONconNULnul12', max_size=20),
    st.text(min_size=200, max_size=400),
)


@given(nasty)
def test_a_safe_name_is_safe_everywhere(text: str) -> None:
    try:
        name = safe_name(text)
    except UnsafeName as error:
        assert error.hint
        return
    assert name
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('/\\:*?"<>|%\0')
    assert all(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp", "Zs") for character in name)
    assert name == unicodedata.normalize("NFC", name)
    assert name[0] != "."
    assert name[-1] not in ". "
    assert name_key(name) not in OWN_NAMES
    assert safe_name(name) == name
    windows = PureWindowsPath(name)
    assert not windows.is_reserved()
    assert windows.parts == (name,)


@given(nasty)
def test_a_safe_name_stays_inside(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        name = safe_name(text)
    except UnsafeName:
        return
    root = tmp_path_factory.getbasetemp().resolve()
    assert inside(root, name).parent == root


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hero_Shot", "Hero_Shot"),
        ("INT. KITCHEN / NIGHT", "INT._KITCHEN_NIGHT"),
        ("two\nlines\tand a tab", "two_lines_and_a_tab"),
        ("CON", "CON_"),
        ("con.txt", "con_.txt"),
        ("NUL.txt", "NUL_.txt"),
        ("nul .txt", "nul_.txt"),
        ("LPT¹", "LPT¹_"),
        ("CONSOLE", "CONSOLE"),
        ("...hidden", "hidden"),
        ("trailing. . ", "trailing._"),
        ("templates", "templates_"),
        ("Storyboard.TOML", "Storyboard.TOML_"),
        ("e\u0301tude", "étude"),
        ("夜明け", "夜明け"),
        ("🎬 take", "🎬_take"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("right\u202eleft\u200b", "rightleft"),
        ("a%date%b", "a_date_b"),
        ("\ud800x", "x"),
    ],
)
def test_what_names_become(typed: str, name: str) -> None:
    assert safe_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", " ", ".", "..", "../../x", "a/../b", "..\\x", "/", "___", "\0", "\u200d", "?"]
)
def test_what_is_refused(typed: str) -> None:
    with pytest.raises(UnsafeName, match="panel name") as caught:
        safe_name(typed, what="panel name")
    assert len(str(caught.value)) < 200


def test_long_names_that_begin_alike_stay_two() -> None:
    first, second = safe_name("x" * 300 + "a"), safe_name("x" * 300 + "b")
    assert first != second
    assert first.startswith("xxxx")
    assert len(safe_name("渡" * 300).encode()) <= MAX_NAME_BYTES


def test_the_longest_take_fits_on_a_disk(tmp_path: Path) -> None:
    name = safe_name("渡" * 300)
    path = tmp_path / f"{name}_{name}_v123456.safetensors.studio.json"
    path.write_bytes(b"")
    assert len(os.fsencode(path.name)) <= 255


@given(nasty)
def test_names_that_a_disk_takes_for_one_share_a_key(text: str) -> None:
    assert name_key(text) == name_key(text.swapcase()) or text.swapcase().casefold() != text.casefold()
    assert name_key(unicodedata.normalize("NFD", text)) == name_key(text)


@given(nasty)
def test_a_wire_name_is_plain(text: str) -> None:
    try:
        name = safe_name(text)
    except UnsafeName:
        return
    wire = wire_name(name)
    assert wire.isascii()
    assert wire
    assert not set(wire) & set('/\\:*?"<>|% \n')
    assert wire.strip(".") == wire
