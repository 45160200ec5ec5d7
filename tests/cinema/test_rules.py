"""The rules, one case each way."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio import cinema
from studio.cinema import AnimationConfig, LiveActionConfig, validate
from studio.cinema.library import Library
from studio.cinema.ruledoc import rules_as_markdown
from studio.data import data_folder

CASES: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("rule_cases.toml").read_text(encoding="utf-8")
)
STRICT = {
    "live_action/strict_film.toml": """title = "Strict"
[look]
[never]
"visual_grammar.mood" = ["cheerful"]
"lighting.source" = ["led"]
""",
    "animation/strict_style.toml": """title = "Strict"
[look]
[never]
"motion.virtual_camera" = ["free_3d"]
"motion.motion_style" = ["full"]
""",
}


def broken(rule: str, choices: dict[str, Any]) -> dict[str, str]:
    """Rule → severity of all that a look with these choices breaks."""
    kind = AnimationConfig if cinema.library().rules[rule].kind == "animation" else LiveActionConfig
    report = validate(kind().replaced({field: value or None for field, value in choices.items()}))
    return {violation.rule: violation.severity for violation in report.violations}


@pytest.fixture(scope="module", autouse=True)
def strict_presets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two presets that forbid things, for the rules that ask the preset."""
    folder = tmp_path_factory.mktemp("presets")
    for name, text in STRICT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with cinema.presets_from(folder):
        yield


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() == {rule.id for rule in cinema.rules()}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_speaks_and_falls_silent(rule: str) -> None:
    case = CASES[rule]
    assert broken(rule, case["wrong"]).get(rule) == cinema.library().rules[rule].severity
    assert rule not in broken(rule, {**case["wrong"], **case["mended"]})


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_speaks_in_whole_words(rule: str) -> None:
    kind = AnimationConfig if cinema.library().rules[rule].kind == "animation" else LiveActionConfig
    look = kind().replaced({field: value or None for field, value in CASES[rule]["wrong"].items()})
    message = next(each.message for each in validate(look).violations if each.rule == rule)
    assert message[0].isupper() or message[0].isdigit() or not message[0].isalpha()
    assert message.endswith(".")
    assert "{" not in message and "None" not in message and "_" not in message


def test_an_empty_look_breaks_nothing() -> None:
    assert validate(LiveActionConfig()).violations == ()
    assert validate(AnimationConfig()).violations == ()


def test_every_preset_is_valid_under_its_own_rules() -> None:
    for id, record in cinema.presets().items():
        assert validate(record.look).ok, f"{id}: {validate(record.look)}"


def test_imax_may_be_carried_where_evidence_says_so() -> None:
    choices = {"camera.body": "imax_msm_9802", "movement.equipment": "handheld"}
    assert "LA_HEAVY_NO_HANDHELD" not in broken("LA_HEAVY_NO_HANDHELD", choices)


def test_a_report_is_sorted_and_says_how_it_stands() -> None:
    look = cinema.preset("citizen_kane").with_(camera__body="arri_alexa_65")
    report = validate(look)
    assert report.status == "invalid" and not report.ok
    severities = [violation.severity for violation in report.violations]
    assert severities == sorted(severities, key=["hard", "warning", "info"].index)
    assert set(report.hard) | set(report.warnings) | set(report.infos) == set(report.violations)
    assert all("{" not in violation.message for violation in report.violations)


def test_a_project_adds_a_rule_and_turns_one_off(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/ours.toml").write_text(
        """[rule.NO_DRONES]
severity = "hard"
message = "No {equipment} on this show."
why = "The location forbids it."
when = { "movement.equipment" = ["drone"] }

[off]
LA_NIGHT_NO_SUN = "Midnight sun: we shoot in Tromsø in June."
""",
        encoding="utf-8",
    )
    with cinema.presets_from(tmp_path):
        assert cinema.load_problems() == ()
        report = validate(
            LiveActionConfig().with_(
                lighting__time_of_day="night", lighting__source="sun", movement__equipment="drone"
            )
        )
        assert [violation.message for violation in report.hard] == ["No Drone on this show."]
        assert [(each.rule, each.why) for each in report.off] == [
            ("LA_NIGHT_NO_SUN", "Midnight sun: we shoot in Tromsø in June.")
        ]
        assert "LA_NIGHT_NO_SUN" not in {rule.id for rule in cinema.rules()}
    assert "NO_DRONES" not in {rule.id for rule in cinema.rules()}


def test_every_rule_reads_fields_that_exist_and_explains_itself() -> None:
    for rule in cinema.rules():
        fields = cinema.fields_of(rule.kind)
        assert set(rule.reads) <= set(fields), rule.id
        assert rule.field in fields, rule.id
        assert rule.why.strip() and rule.message.strip(), rule.id


def test_the_page_of_rules_is_in_step() -> None:
    """`python -m studio.cinema rules > docs/rules.md` writes it."""
    page = Path(__file__).parents[2] / "docs/rules.md"
    shipped = Library(data_folder("presets"))
    assert page.read_text(encoding="utf-8") == rules_as_markdown(shipped)


def test_the_strain_is_said_in_the_words_of_the_rig() -> None:
    def strain(rig: str) -> str:
        look = LiveActionConfig().replaced({"camera.body": "arri_alexa_65", "movement.equipment": rig})
        found = {each.rule: each.message for each in cinema.validate(look).violations}
        return found.get("LA_MEDIUM_HANDHELD_WARN", "")

    assert "in the hands" in strain("handheld")
    assert "a drone lifts" in strain("drone")
    assert strain("dolly") == ""


def test_a_pl_lens_reaches_an_ef_body_and_never_the_other_way() -> None:
    pl_on_ef = {"camera.body": "blackmagic_pocket_6k", "lens.family": "cooke_s4"}
    ef_on_pl = {"camera.body": "arri_alexa_xt", "lens.family": "canon_ef_l"}
    hard = [
        {each.rule for each in validate(LiveActionConfig().replaced(pair)).hard}
        for pair in (pl_on_ef, ef_on_pl)
    ]
    assert hard == [set(), {"LA_MOUNT_INCOMPATIBLE"}]
