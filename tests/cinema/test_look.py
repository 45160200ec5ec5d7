"""Looks as values."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig, Look
from studio.errors import LookError


def test_with_gives_another_look() -> None:
    look = cinema.preset("vertigo")
    other = look.with_(camera__body="arri_alexa_65", year=None)
    assert other.get("camera.body") == "arri_alexa_65" and other.year is None
    assert look.get("camera.body") == "mitchell_vistavision"
    assert other.get("visual_grammar.mood") == look.get("visual_grammar.mood")
    assert hash(look) == hash(cinema.preset("vertigo"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"camera__bodi": "arri_alexa_65"}, "camera.body"),
        ({"camera__body": "alexa_56"}, "unknown camera 'alexa_56'"),
        ({"lens__focal_length_mm": -5}, "lens.focal_length_mm"),
        ({"lens__focal_length_mm": "long"}, "lens.focal_length_mm"),
        ({"year": 1700}, "year"),
    ],
)
def test_what_a_look_cannot_have_is_refused_plainly(change: dict[str, object], says: str) -> None:
    with pytest.raises(LookError) as caught:
        LiveActionConfig().with_(**change)
    assert says in str(caught.value)
    assert not isinstance(caught.value, ValidationError)


def test_a_look_is_a_pydantic_field_of_either_kind() -> None:
    class Holder(BaseModel):
        look: Look

    for preset in ("vertigo", "studio_ghibli"):
        look = cinema.preset(preset)
        again = Holder.model_validate_json(Holder(look=look).model_dump_json()).look
        assert again == look and type(again) is type(look)


def test_unknown_keys_are_kept_and_unknown_values_refused() -> None:
    read = TypeAdapter(Look).validate_python(
        {"kind": "animation", "newer": 1, "rendering": {"grain": "fine"}}
    )
    assert isinstance(read, AnimationConfig)
    assert read.model_dump()["newer"] == 1 and read.model_dump()["rendering"]["grain"] == "fine"
    with pytest.raises(LookError, match=r"rendering\.line_treatment"):
        TypeAdapter(Look).validate_python({"kind": "animation", "rendering": {"line_treatment": "wobbly"}})


def test_the_ratio_is_a_number() -> None:
    assert LiveActionConfig().ratio == pytest.approx(16 / 9)
    assert cinema.preset("the_lighthouse").ratio == pytest.approx(1.19)
    assert cinema.preset("spider_verse").ratio == pytest.approx(2.39)
