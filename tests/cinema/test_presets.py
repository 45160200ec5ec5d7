"""The shipped presets: complete, valid under their own rules, told apart, and fit for prompts."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from studio import cinema
from studio.cinema.library import Library
from studio.cinema.presets import PresetRecord
from studio.data import data_folder

# The films and styles that a director may count on, by id.
FILMS = """
2001_a_space_odyssey a_clockwork_orange alien amelie apocalypse_now barry_lyndon battle_of_algiers
bicycle_thieves blade_runner blue_velvet brazil breathless casablanca children_of_men chinatown citizen_kane
come_and_see double_indemnity drive enter_the_void eyes_wide_shut harakiri heat her in_the_mood_for_love
jules_et_jim la_dolce_vita la_haine lawrence_of_arabia mad_max_fury_road memories_of_murder metropolis
moonlight mulholland_drive no_country_for_old_men oldboy one_flew_over_cuckoos_nest parasite persona
pulp_fiction rashomon requiem_for_a_dream roma schindlers_list seven_samurai solaris stalker star_wars_anh
sunset_boulevard taxi_driver the_dark_knight the_french_connection the_godfather the_grand_budapest_hotel
the_lighthouse the_maltese_falcon the_matrix the_mirror the_seventh_seal the_shawshank_redemption
the_thin_red_line the_tree_of_life there_will_be_blood tokyo_story un_chien_andalou under_the_skin vertigo
blade_runner_2049 dune_2021 interstellar
"""
STYLES = """
akira arcane attack_on_titan blender_stylized book_illustration comic_western concept_art cowboy_bebop
cyberpunk_edgerunners dark_seinen death_note digital_painting disney_3d dreamworks editorial evangelion
fullmetal_alchemist gainax ghost_in_the_shell graphic_novel horror_manga josei kyoto_animation makoto_shinkai
mappa mob_psycho_100 one_punch_man pixar samurai_champloo satoshi_kon shojo shonen slice_of_life_manga
spider_verse steins_gate stop_motion studio_ghibli trigger ufotable unreal_cinematic violet_evergarden
watercolor wit_studio ghibli_classic junji_ito katsuhiro_otomo pixar_style
"""
CINEMAS = {
    "India": {"IN"},
    "Africa": {"BF", "DZ", "KE", "LS", "ML", "MR", "SN", "TD", "ZA", "ZM"},
    "Latin America": {"AR", "BR", "CL", "CO", "MX", "VE"},
    "Iran": {"IR"},
    "Hong Kong": {"HK"},
}
SEEN = ("visual_grammar.", "lighting.")
WOMEN = {"Ari Wegner", "Claire Mathon", "Rachel Morrison", "Hélène Louvart", "Autumn Durald Arkapaw"}
PHRASES = re.compile(r"\b(trending|style of|various|etc|best of|masterpiece|artstation)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def shipped() -> Library:
    return Library(data_folder("presets"))


@pytest.fixture(scope="module")
def films(shipped: Library) -> dict[str, PresetRecord]:
    return {id: record for id, record in shipped.presets.items() if record.kind == "live_action"}


@pytest.fixture(scope="module")
def styles(shipped: Library) -> dict[str, PresetRecord]:
    return {id: record for id, record in shipped.presets.items() if record.kind == "animation"}


def test_every_file_becomes_a_preset(shipped: Library) -> None:
    assert [str(problem) for problem in shipped.problems] == []
    files = {
        path.stem
        for kind in ("live_action", "animation")
        for path in data_folder("presets").glob(f"{kind}/*.toml")
    }
    assert files == set(shipped.presets)


def test_what_a_director_may_count_on_is_there(
    films: dict[str, PresetRecord], styles: dict[str, PresetRecord]
) -> None:
    assert set(FILMS.split()) <= set(films)
    assert set(STYLES.split()) <= set(styles)
    assert len(films) >= 90
    assert len(styles) >= 47


def test_cinemas_of_the_world_and_recent_films_are_there(films: dict[str, PresetRecord]) -> None:
    for name, countries in CINEMAS.items():
        found = [id for id, film in films.items() if countries & set(film.country)]
        assert len(found) >= 2, name
    assert sum(film.year is not None and film.year >= 2015 for film in films.values()) >= 20
    assert {name for film in films.values() for name in film.cinematographer} >= WOMEN


def test_no_preset_breaks_a_hard_rule_of_its_own(shipped: Library) -> None:
    broken = {
        id: [violation.message for violation in report.hard]
        for id, record in shipped.presets.items()
        if (report := cinema.validate(record.look)).hard
    }
    assert broken == {}


def test_every_film_says_who_made_it_and_when(films: dict[str, PresetRecord]) -> None:
    for id, film in films.items():
        assert film.title, id
        assert film.year is not None, id
        assert 1895 <= film.year <= 2100, id
        assert film.director, id
        assert film.cinematographer, id
        assert film.notes, id
        assert film.source, id


def test_every_style_names_works_and_no_phrases(styles: dict[str, PresetRecord]) -> None:
    for id, style in styles.items():
        assert style.works, id
        assert [work for work in style.works if PHRASES.search(work)] == [], id


def test_countries_are_two_letter_codes(shipped: Library) -> None:
    for id, record in shipped.presets.items():
        assert record.country, id
        assert [code for code in record.country if not re.fullmatch(r"[A-Z]{2}", code)] == [], id


def test_a_film_body_comes_with_its_stock(shipped: Library, films: dict[str, PresetRecord]) -> None:
    for id, film in films.items():
        body = film.look.get("camera.body")
        if body is not None:
            assert (film.look.get("camera.film_stock") is not None) == shipped.cameras[body].film, id


def test_what_a_preset_also_uses_is_not_what_it_never_has(shipped: Library) -> None:
    for id, record in shipped.presets.items():
        for field, values in record.never.items():
            assert not set(values) & set(record.uses(field)), f"{id}: {field}"


def test_what_else_a_preset_uses_does_not_repeat_its_look(shipped: Library) -> None:
    for id, record in shipped.presets.items():
        for field, values in record.also.items():
            assert record.look.get(field) not in values, f"{id}: {field}"
            assert len(set(values)) == len(values), f"{id}: {field}"


def test_every_settled_doubt_says_why(shipped: Library) -> None:
    for id, record in shipped.presets.items():
        for doubt in record.settled:
            assert doubt.now, id
            assert doubt.why, id


def test_no_two_presets_look_the_same(shipped: Library) -> None:
    seen: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for id, record in shipped.presets.items():
        look = record.look
        picture = tuple(look.get(field) for field in look.FIELDS if field not in ("preset", "year"))
        seen[look.kind, *picture].append(id)
    assert [ids for ids in seen.values() if len(ids) > 1] == []


def test_presets_differ_in_more_than_their_gear(films: dict[str, PresetRecord]) -> None:
    """What is seen, apart from camera and lens, is a picture of its own for each film."""
    seen: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for id, film in films.items():
        look = film.look
        seen[tuple(look.get(field) for field in look.FIELDS if field.startswith(SEEN))].append(id)
    assert [ids for ids in seen.values() if len(ids) > 1] == []


@pytest.mark.parametrize("target", ["flux", "sdxl"])
def test_a_prompt_can_be_written_for_each(shipped: Library, target: str) -> None:
    for id, record in shipped.presets.items():
        prompt = cinema.write_prompt(record.look, subject="a courier at a door", target=target)
        assert "a courier at a door" in prompt.positive.replace("A courier", "a courier"), id
        mood = record.look.get("visual_grammar.mood")
        assert shipped.terms["mood"][mood].words.casefold() in prompt.positive.casefold(), id


def test_a_preset_read_again_is_the_same(films: dict[str, PresetRecord], tmp_path: Path) -> None:
    (tmp_path / "live_action").mkdir()
    for id in ("taxi_driver", "dune_2021", "rashomon"):
        source = data_folder("presets") / "live_action" / f"{id}.toml"
        (tmp_path / "live_action" / f"{id}.toml").write_bytes(source.read_bytes())
    with cinema.presets_from(tmp_path) as shelf:
        assert all(shelf.presets[id] == films[id] for id in ("taxi_driver", "dune_2021", "rashomon"))
