"""What differs between two shots, in words of film."""

from __future__ import annotations

from typing import Any

import pytest

import studio
from studio.project.differences import Difference, differences, look_words, picture_words, short_file
from studio.shot import Shot


@pytest.fixture
def shot() -> Shot:
    return Shot(look=studio.preset("blade_runner_2049"), subject="a man in the snow", seed=3)


def told(before: Shot, after: Shot) -> list[str]:
    return [str(each) for each in differences(before, after)]


def test_the_same_shot_differs_in_nothing(shot: Shot) -> None:
    assert differences(shot, Shot.model_validate_json(shot.model_dump_json())) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"look__lens__focal_length_mm": 75}, "Focal length: 32 mm → 75 mm"),
        ({"look__lens__t_stop": 2.8}, "T-stop: not chosen → T2.8"),
        ({"look__camera__shutter_angle": 172.8}, "Shutter: not chosen → 172.8°"),
        ({"look__lighting__time_of_day": None}, "Time of day: Night → not chosen"),
        ({"look__year": 1982}, "Year: 2017 → 1982"),
        ({"look__camera__sync_sound": True}, "Dialogue recorded on set: not chosen → yes"),
        ({"subject": "nobody"}, "Subject: a man in the snow → nobody"),
        ({"seed": 2**64 - 1}, "Seed: 3 → 18446744073709551615"),
        ({"parameters": {"steps": 40}}, "Steps: 30 (the template’s) → 40"),
        ({"parameters": {"width": 512}}, "Width: as the look asks → 512"),
        ({"parameters": {"mine": False}}, "Mine: not chosen → off"),
        ({"loras": [{"name": "film/grain.safetensors", "strength_model": 0.75}]}, "LoRA grain: none → 0.75"),
        ({"images": {"image": "studio/" + "ab" * 16 + ".png"}}, "Image: none → picture abababab"),
    ],
)
def test_each_thing_is_told_and_nothing_else(shot: Shot, change: dict[str, Any], expected: str) -> None:
    assert told(shot, shot.with_(**change)) == [expected]
    before, _, after = expected.partition(": ")[2].partition(" → ")
    assert told(shot.with_(**change), shot) == [f"{expected.partition(': ')[0]}: {after} → {before}"]


def test_an_angle_is_told_in_its_three_parts(shot: Shot) -> None:
    low, high = (shot.with_(angle=studio.Angle.parse(each)) for each in ("030-LA-CU", "030-HA-WS"))
    found = {each.label: (each.before, each.after) for each in differences(low, high)}
    assert found == {
        "Frame": ("close-up", "wide shot"),
        "Camera height": ("low angle looking up", "high angle looking steeply down"),
    }


def test_the_same_lora_twice_is_two(shot: Shot) -> None:
    once = shot.with_(loras=[{"name": "a.safetensors"}])
    twice = shot.with_(loras=[{"name": "a.safetensors"}, {"name": "a.safetensors", "strength_model": 0.5}])
    assert told(once, twice) == ["LoRA a: none → 0.5"]


def test_settings_of_another_template_are_not_compared_with_defaults(shot: Shot) -> None:
    other = shot.with_(template="flux", parameters={"steps": 12})
    assert told(shot, other) == ["Template: SDXL → FLUX.1 dev", "Steps: not chosen → 12"]


def test_a_template_that_is_not_here_still_has_a_name_and_values(shot: Shot) -> None:
    gone = shot.with_(template="of_last_year", parameters={"film_grain": 3})
    assert told(shot, gone) == ["Template: SDXL → of_last_year", "Film grain: not chosen → 3"]


def test_a_drawn_look_beside_a_filmed_one(shot: Shot) -> None:
    drawn = shot.with_(look={"kind": "animation"})
    found = differences(shot, drawn)
    assert str(found[0]) == "Kind of look: live action → animation"
    assert all(each.after == "not chosen" for each in found[1:])


def test_the_order_is_that_of_a_conversation(shot: Shot) -> None:
    other = shot.with_(seed=9, subject="x", look__lens__t_stop=4.0, parameters={"steps": 9}, template="flux")
    fields = [each.field for each in differences(shot, other)]
    assert fields == ["subject", "look.lens.t_stop", "template", "parameters.steps", "seed"]


def test_names_of_files() -> None:
    assert short_file("film\\Noir.SafeTensors") == "Noir"
    assert picture_words("references/still.png") == "still.png"
    assert isinstance(Difference("a", "b", "c", "d", "e"), Difference)
    assert look_words(studio.cinema.fields_of("live_action")["camera.gate"], "no such gate") == "no such gate"
