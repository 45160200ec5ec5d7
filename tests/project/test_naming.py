"""Names are made from the template, and only they are read back."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.errors import UnsafeName
from studio.project.naming import DEFAULT_NAMING, MAX_STEM_BYTES, Naming
from studio.project.tokens import NameTokens

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


TOKENS = st.builds(
    NameTokens,
    workflow=st.text(max_size=30) | st.sampled_from(["flux", "wan22-i2v", "渡し船"]),
    seed=st.none() | st.integers(0, 2**64 - 1),
    look=st.text(max_size=30) | st.sampled_from(["blade_runner_2049", "été"]),
    width=st.none() | st.integers(1, 99_999),
    height=st.none() | st.integers(1, 99_999),
    at=st.none() | st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1)),
    extension=st.sampled_from(["", ".png", ".mp4"]),
)
RICH = st.sampled_from(
    [
        "{project}_{panel}_{look}_v{version:03d}",
        "{date:%Y-%m-%d}_{time:%H-%M}_{panel}_{project}.{version:04d}.{ext}",
        "{look}-{project}_{panel}-{version}",
        "{seed:016x}_{project}_{panel}_v{version}",
        "{panel}_{project}_{seed}_{version}",
        "{workflow}_{width}x{height}_{project}_{panel}_s{seed:010d}_{version:03d}",
        "{project}.{panel}.{date}.{time}.v{version:03d}.{ext}",
        "{panel}_{panel}_{project}_{ext}_{version}",
    ]
)


@given(template=RICH, project=words, panel=words, version=st.integers(1, 10**8), tokens=TOKENS)
def test_every_token_is_written_and_the_version_read_back(
    template: str, project: str, panel: str, version: int, tokens: NameTokens
) -> None:
    naming = Naming(template)
    stem = naming.stem(project=project, panel=panel, version=version, tokens=tokens)
    read = naming.reader(project=project, panel=panel)
    assert read(f"{stem}.png") == version
    assert read(f"{stem}.mp4.studio.json") == version
    assert read.highest([f"x{stem}.png", f"{stem}.png", "notes.txt"]) == version
    assert not set(stem) & set('/\\:*?"<>| ')
    assert len(stem.encode()) <= MAX_STEM_BYTES
    renamed = naming.renamed(f"{stem}.png", project=project, panel=panel, new="New")
    assert renamed == naming.stem(project=project, panel="New", version=version, tokens=tokens) + ".png"


@given(
    RICH | templates.filter(lambda one: "{project}" in one), words, words, words, st.integers(1, 999), TOKENS
)
def test_another_project_s_files_never_match(
    template: str, project: str, other: str, panel: str, version: int, tokens: NameTokens
) -> None:
    assume(project.casefold() != other.casefold())
    naming = Naming(template)
    stem = naming.stem(project=other, panel=panel, version=version, tokens=tokens)
    assert naming.reader(project=project, panel=panel)(f"{stem}.png") is None


def test_tokens_read_as_a_person_would_write_them() -> None:
    tokens = NameTokens.of(
        {
            "template": "flux",
            "seed": "18446744073709551615",
            "look": {"preset": "blade_runner_2049"},
            "parameters": {"width": 1344, "height": True},
        },
        at=datetime(2026, 11, 22, 23, 4, 5),
        height=576,
        extension=".png",
    )
    stem = Naming("{look}_{workflow}_{seed}_{width}x{height}_{date}_{time:%H-%M}_v{version:03d}.{ext}").stem(
        project="p", panel="q", version=7, tokens=tokens
    )
    assert stem == "BladeRunner2049_flux_18446744073709551615_1344x576_20261122_23-04_v007"
    bare = Naming("{look}_{workflow}_{seed}_{width}_v{version}").stem(project="p", panel="q", version=1)
    assert bare == "none_none_0_0_v1"


def test_what_a_shot_lacks_is_no_error() -> None:
    for shot in (None, {}, {"look": 3, "parameters": [], "seed": "x", "template": None}, {"seed": True}):
        tokens = NameTokens.of(shot)  # type: ignore[arg-type]
        assert (tokens.look, tokens.workflow, tokens.width) == ("", "", None)


def test_a_long_name_is_shortened_where_it_may_be_and_else_refused() -> None:
    naming = Naming("{project}_{panel}_{look}_{workflow}_{seed}_{version}")
    tokens = NameTokens(look="l" * 200, workflow="w" * 200, seed=2**64 - 1)
    stem = naming.stem(project="p" * 80, panel="q" * 80, version=1, tokens=tokens)
    assert len(stem) <= MAX_STEM_BYTES
    assert naming.reader(project="p" * 80, panel="q" * 80)(stem) == 1
    with pytest.raises(UnsafeName, match="too long"):
        Naming("{project}_{panel}_{panel}_{version}").stem(project="p" * 80, panel="q" * 80, version=1)


@pytest.mark.parametrize(
    ("template", "words_"),
    [
        ("{look}{version}", "run into each other"),
        ("{seed}1{version}", "run into each other"),
        ("{look}x{version}", "run into each other"),
        ("{panel}{version}", "run into each other"),
        ("{seed:a}_{version}", "016x"),
        ("{date:%A}_{version}", "%Y %m %d"),
        ("{date:%Y/%m}_{version}", "%Y %m %d"),
        ("{look:9}_{version}", "it may be none"),
        ("{project}/{version}", "folders"),
        ("{timestamp}_{version}", "{date}"),
        ("x" * 61 + "{version}", "60 bytes"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(template: str, words_: str) -> None:
    with pytest.raises(UnsafeName) as caught:
        Naming(template)
    assert words_ in str(caught.value)
    preview = Naming.preview(template)
    assert (preview.ok, preview.names) == (False, ())
    assert words_ in f"{preview.error} {preview.hint}"


@given(st.text(alphabet="{}:_-%.0123dxYprojectvn/!", max_size=30))
def test_a_preview_never_fails(template: str) -> None:
    preview = Naming.preview(template)
    assert preview.ok == (len(preview.names) == 3)


def test_a_preview_shows_three_takes() -> None:
    assert Naming.preview("{project}_{panel}_v{version:03d}", project="film").names == (
        "film_Hero_v001.png",
        "film_Hero_v002.png",
        "film_Hero_v003.png",
    )


def test_the_extension_at_the_end_is_every_file_s_own() -> None:
    naming = Naming("{panel}_v{version:03d}.{ext}")
    assert naming.stem(project="p", panel="q", version=1) == "q_v001"
    assert naming.reader(project="p", panel="q")("q_v001.webp") == 1
