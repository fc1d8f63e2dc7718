"""Which dosage rules are in force."""

from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.errors import ConfigurationError, SettingsError
from hit_pipeline.rules.catalog import dosage_rules, read_rules, rule_misfits, shipped_rules
from hit_pipeline.settings import District
from hit_pipeline.settings_programs import DosageRule


def district(*names: str, own: tuple[dict[str, Any], ...] = ()) -> District:
    written = [
        {"title": "T", "scope": "student", "source": "board", "version": 1} | rule for rule in own
    ]
    return District.model_validate(
        {
            "district": {"name": "T", "time_zone": "America/Chicago"},
            "dosage_rules": names,
            "own_dosage_rules": written,
        }
    )


def shipped(name: str) -> DosageRule:
    (rule,) = dosage_rules(district(name))
    return rule


def test_named_rules_come_in_the_order_named_and_own_ones_after() -> None:
    rules = dosage_rules(district("nssa", "datas_60h", own=({"id": "board"},)))
    assert [rule.id for rule in rules] == ["nssa", "datas_60h", "board"]


def test_the_rules_in_force_by_default_are_shipped() -> None:
    default = District.model_fields["dosage_rules"].default
    assert [rule.id for rule in dosage_rules(district(*default))] == list(default)


def test_a_version_can_be_held_on_to() -> None:
    assert shipped("nssa@1") == shipped("nssa")


@pytest.mark.parametrize("name", ["nsa", "nssa@2", "NSSA", ""])
def test_an_unknown_rule_lists_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        dosage_rules(district("datas_60h", name))
    (mistake,) = caught.value.mistakes
    assert mistake.where == "dosage_rules[2]"
    assert "nssa" in mistake.valid


def test_an_id_and_version_in_force_twice_is_a_mistake() -> None:
    with pytest.raises(SettingsError) as caught:
        dosage_rules(district("nssa", own=({"id": "nssa"},)))
    assert caught.value.mistakes[0].where == "own_dosage_rules[1]"
    newer = dosage_rules(district("nssa", own=({"id": "nssa", "version": 2},)))
    assert [(rule.id, rule.version) for rule in newer] == [("nssa", 1), ("nssa", 2)]


def test_every_repeated_own_rule_is_found() -> None:
    own = [("a", 1), ("b", 1), ("a", 1), ("b", 2), ("b", 1)]
    assert [one.path[1] for one in rule_misfits([], own)] == [2, 4]


def test_a_wrong_grade_or_subject_of_an_own_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown grade"):
        district(own=({"id": "x", "grades": ["3"]},))
    with pytest.raises(ValueError, match="unknown subject"):
        district(own=({"id": "x", "subjects": ["maths"]},))


RULE = """[[rules]]
id = "a"
version = 1
title = "A"
scope = "student"
source = "board"
"""


def test_a_file_of_rules_with_one_version_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULE + RULE.replace("version = 1", "version = 2") + RULE)
    with pytest.raises(ConfigurationError, match=r"line 13: rules\[3\]: another rule"):
        read_rules(file)


def test_mistakes_in_a_file_of_rules_are_told_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULE.replace('"student"', '"pupil"'))
    with pytest.raises(ConfigurationError, match=r"line 5: rules\[1\].scope: not one of"):
        read_rules(file)


def test_every_shipped_rule_has_a_floor_and_says_where_it_is_written() -> None:
    for rule in shipped_rules():
        assert (rule.adequate_minutes is None) != (rule.adequate_share is None)
        assert rule.source
        assert rule.title


@pytest.mark.parametrize(
    ("name", "hours"),
    [("texas_hb1416_15h", 15), ("texas_hb1416_30h", 30), ("louisiana_act771", 15)],
)
def test_legal_floors_hold_in_each_subject_and_are_not_pro_rated(name: str, hours: int) -> None:
    rule = shipped(name)
    assert (rule.scope, rule.period) == ("student_subject", "school_year")
    assert rule.adequate_minutes == rule.target_minutes == hours * 60
    assert not rule.prorated


def test_louisiana_is_ten_weeks_of_three_half_hours_for_kindergarten_to_grade_5() -> None:
    rule = shipped("louisiana_act771")
    assert rule.minimum_weeks is not None
    assert rule.minimum_sessions_per_week is not None
    assert rule.minimum_weeks * rule.minimum_sessions_per_week * 30 == rule.adequate_minutes
    assert rule.grades == ("KG", "01", "02", "03", "04", "05")
    assert set(rule.subjects) == {"ela", "math"}


def test_datas_counts_sixty_hours_of_a_student() -> None:
    rule = shipped("datas_60h")
    assert (rule.scope, rule.target_minutes) == ("student", 60 * 60)


def test_nssa_takes_the_dosage_of_the_design_and_states_the_shape() -> None:
    rule = shipped("nssa")
    assert (rule.scope, rule.period, rule.target_minutes) == (
        "student_program",
        "program_term",
        None,
    )
    assert (rule.minimum_weeks, rule.minimum_sessions_per_week) == (10, 3)
