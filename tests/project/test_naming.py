"""Names are made from the template, and only they are read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UnsafeName
from studio.project.naming import DEFAULT_NAMING, Naming

words = st.text(alphabet="abcXYZ019_-.é渡", min_size=1, max_size=12)
templates = st.sampled_from(
    [
        DEFAULT_NAMING,
        "{panel}_{version}",
        "v{version:04d}",
        "{panel}-{project}.{version:02d}",
        "{version}_{panel}",
    ]
)


@given(template=templates, project=words, panel=words, version=st.integers(1, 10**8))
def test_a_name_tells_its_version(template: str, project: str, panel: str, version: int) -> None:
    naming = Naming(template)
    stem = naming.stem(project=project, panel=panel, version=version)
    read = naming.reader(project=project, panel=panel)
    assert read(f"{stem}.png") == version
    assert read(f"{stem}.mp4.studio.json") == version
    assert read(stem.swapcase() + ".PNG") == version
    assert read(f"x{stem}.png") is None
    assert read(f"{stem}x.png") is None


def test_other_names_are_nobodys() -> None:
    read = Naming().reader(project="film", panel="Hero")
    assert read("film_Hero_v007.png") == 7
    assert read("film_Hero_v1000.png") == 1000
    for name in (
        "other_Hero_v007.png",
        "film_Hero_v07.png",
        "film_Hero_v.png",
        "film_Hero2_v001.png",
        "v001",
        "",
    ):
        assert read(name) is None


def test_a_mac_s_form_of_a_name_is_the_same_name() -> None:
    assert Naming().reader(project="é", panel="p")("e\u0301_p_v002.png") == 2


def test_letters_of_a_pattern_are_only_letters() -> None:
    read = Naming().reader(project="a.b", panel="c(d")
    assert read("a.b_c(d_v001.png") == 1
    assert read("axb_c(d_v001.png") is None


@pytest.mark.parametrize(
    "template",
    [
        *("", "{panel}", "{version}{version}", "{nobody}_{version}", "{version", "{}", "{0}_{version}"),
        *("{version:x}", "{version!r}", "{panel:>9}_{version}", "../{version}", "a/{version}", "{version}."),
        "{version.real}",
    ],
)
def test_a_template_that_can_t_be_used_says_why(template: str) -> None:
    with pytest.raises(UnsafeName, match="naming template") as caught:
        Naming(template)
    assert DEFAULT_NAMING in str(caught.value)
