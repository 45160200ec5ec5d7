"""Looks as text: nothing is lost, and a saved look is a preset."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig, look_from_toml, look_to_toml, save_preset
from studio.errors import LookError, UnsafeName
from tests.cinema.strategies import looks


@given(look=looks())
def test_toml_loses_nothing(look: LiveActionConfig | AnimationConfig) -> None:
    text = look_to_toml(look)
    again = look_from_toml(text)
    assert again == look and type(again) is type(look)
    assert look_to_toml(again) == text


@given(look=looks())
def test_neither_does_json(look: LiveActionConfig | AnimationConfig) -> None:
    assert type(look).model_validate_json(look.model_dump_json()) == look


def test_keys_of_a_newer_studio_are_kept() -> None:
    text = 'kind = "live_action"\nnewer = "x"\n\n[camera]\nbody = "arri_alexa_65"\ngyro = true\n'
    assert look_to_toml(look_from_toml(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind = ", "not valid TOML"),
        ('mood = "tender"', "kind"),
        ('kind = "live_action"\n[camera]\nbody = "alexa_9000"', "alexa_9000"),
    ],
)
def test_a_broken_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(LookError, match=says):
        look_from_toml(text)


def test_a_saved_look_is_a_preset(tmp_path: Path) -> None:
    look = cinema.preset("vertigo").with_(visual_grammar__mood="tense")
    path = save_preset(
        tmp_path, "our_vertigo", look, title="Our Vertigo", year=1958, also={"camera.filter": ["star"]}
    )
    assert path == tmp_path / "live_action/our_vertigo.toml"
    with cinema.presets_from(tmp_path):
        assert cinema.load_problems() == ()
        record = cinema.preset_record("our_vertigo")
        assert record.look == look.with_(preset="our_vertigo")
        assert record.uses("camera.filter") == ("fog", "star")


@pytest.mark.parametrize("id", ["", "../x", "Übung", "a/b", "x" * 65])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, id: str) -> None:
    with pytest.raises(UnsafeName):
        save_preset(tmp_path, id, LiveActionConfig(), title="X")
    assert list(tmp_path.iterdir()) == []
