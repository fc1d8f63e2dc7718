from datetime import date
from typing import Any

import pytest

from hit_pipeline.conform.programs import terms
from hit_pipeline.marts.reach import adequate_rule, reach
from hit_pipeline.rules.catalog import dosage_rules
from tests.unit.tutoring_bench import Row, TutoringBench, by

FALL: dict[str, Any] = {
    "start": "2026-08-17",
    "end": "2026-12-18",
    "sessions_per_week": 3,
    "minutes_per_session": 30,
    "weeks": 10,
    "grades": ["03", "04"],
}
STAGES = ("enrolled", "eligible", "assigned", "started", "adequate")


def _settings(**more: Any) -> dict[str, Any]:
    program = {"name": "Math", "subject": "math", "terms": {"fall": FALL | more}}
    return {"programs": {"math": program}, "dosage_rules": ["datas_60h", "nssa"]}


STUDENTS: dict[str, Row] = {
    "ann": {"gender": "female", "ell": True},
    "bob": {"gender": "male", "ell": False},
    "eve": {"gender": "female"},
    "old": {"gender": "male", "ell": False},
    "gone": {"gender": "male", "ell": True},
}
ENROLLED: dict[str, Row] = {
    "ann": {"grade": "03"},
    "bob": {"grade": "04"},
    "eve": {"grade": None},
    "old": {"grade": "09"},
    "gone": {"grade": "03", "exit_date": date(2026, 9, 30)},
}


def _district(bench: TutoringBench, *, served: tuple[str, ...] = ("ann", "old", "gone")) -> None:
    """Five students, three of them assigned; `ann` and `old` started, `ann` had enough."""
    bench.promoted(
        "student",
        [{"student_key": who, "grade_current": "03", **row} for who, row in STUDENTS.items()],
    )
    bench.promoted(
        "school_enrollment",
        [
            {"student_key": who, "school_id": "1", "entry_date": date(2026, 8, 17), **row}
            for who, row in ENROLLED.items()
        ],
    )
    usual = {"program_id": "math", "term": "fall", "status": "assigned", "origin": "district_list"}
    start = {"start_date": date(2026, 9, 1)}
    spells: list[Row] = [usual | start | {"student_key": who} for who in served]
    spells += [
        usual | start | {"student_key": "bob", "origin": "inferred"},
        usual | start | {"student_key": "eve", "status": "declined"},
        usual | start | {"student_key": None},
    ]
    bench.promoted("program_assignment", spells)
    bench.promoted(
        "session_participant",
        [
            {
                "student_key": who,
                "program_id": "math",
                "local_date": date(2026, 9, day),
                "counts_attended": attended,
            }
            for who, day, attended in (
                ("ann", 14, True),
                ("ann", 15, True),
                ("old", 14, True),
                ("bob", 14, False),
            )
        ],
    )
    bench.promoted(
        "student_dosage",
        [
            _dosage("ann", "nssa", enough=True),
            _dosage("old", "nssa", enough=True),
            _dosage("bob", "datas_60h", enough=True),
        ],
    )


def _dosage(student: str, rule: str, *, enough: bool) -> Row:
    program = {"scope_key": "math", "period": "fall"}
    year = {"scope_key": "all", "period": "2026-27"}
    scope = program if rule == "nssa" else year
    return {
        "student_key": student,
        "rule_id": rule,
        "rule_version": 1,
        "reached_adequate": enough,
        **scope,
    }


def _counts(bench: TutoringBench) -> dict[tuple[str, str], list[int]]:
    """Return the students of the five stages per subgroup, -1 for a stage that is missing."""
    rows = by(bench.build(reach), "subgroup_kind", "subgroup", "stage")
    groups = {key[:2] for key in rows}
    return {
        group: [
            rows[*group, stage]["students"] if (*group, stage) in rows else -1 for stage in STAGES
        ]
        for group in groups
    }


def test_stages_count_distinct_students_of_every_subgroup(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    _district(tutoring)
    counts = _counts(tutoring)
    assert counts["all", "all"] == [4, 3, 1, 1, 1]
    assert counts["school", "1"] == [4, 3, 1, 1, 1]
    assert counts["grade", "03"] == [2, 2, 1, 1, 1]
    assert counts["grade", "09"] == [1, 0, 0, 0, 0]
    assert counts["gender", "female"] == [2, 2, 1, 1, 1]
    assert counts["ell", "true"] == [1, 1, 1, 1, 1]
    assert counts["ell", "unknown"] == [1, 1, 0, 0, 0]
    assert counts["race_ethnicity_federal", "unknown"] == [4, 3, 1, 1, 1]


def test_a_share_never_exceeds_its_denominator_and_the_denominator_is_stated(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _settings()
    _district(tutoring)
    rows = tutoring.build(reach)
    for row in rows:
        assert row["students"] <= row["denominator"]
        assert row["denominator_rule"]
        share = row["students"] / row["denominator"] if row["denominator"] else None
        assert row["share"] == share
    everybody = {row["stage"]: row for row in rows if row["subgroup_kind"] == "all"}
    assert {stage: row["denominator"] for stage, row in everybody.items()} == {
        "enrolled": 4,
        "eligible": 3,
        "assigned": 3,
        "started": 3,
        "adequate": 3,
    }


def test_flags_that_only_named_purposes_may_read_are_no_subgroup(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    _district(tutoring)
    kinds = {kind for kind, _ in _counts(tutoring)}
    assert "homeless" not in kinds
    assert {"ell", "iep", "gifted", "disability", "economic_disadvantage"} <= kinds


def test_the_adequate_stage_names_its_rule_and_is_missing_without_one(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _settings()
    _district(tutoring)
    rules = {
        row["stage"]: (row["rule_id"], row["rule_version"])
        for row in tutoring.build(reach)
        if row["subgroup_kind"] == "all"
    }
    assert rules["adequate"] == ("nssa", 1)
    assert rules["started"] == (None, None)
    tutoring.settings["dosage_rules"] = []
    assert _counts(tutoring)["all", "all"] == [4, 3, 1, 1, -1]


def test_a_rule_for_students_counts_where_none_is_for_programs(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings() | {"dosage_rules": ["datas_60h"]}
    _district(tutoring)
    assert _counts(tutoring)["all", "all"][-1] == 1
    assert _counts(tutoring)["ell", "false"][-1] == 1


@pytest.mark.parametrize(
    ("count_day", "as_of", "enrolled"),
    [
        (None, date(2026, 11, 13), 4),
        (date(2026, 9, 30), date(2026, 9, 30), 5),
        (date(2026, 12, 1), date(2026, 11, 13), 4),
        (date(2025, 10, 1), date(2026, 11, 13), 4),
        (date(2026, 7, 15), date(2026, 7, 15), None),
    ],
)
def test_the_date_is_the_count_day_of_the_year_else_the_last_day_counted(
    tutoring: TutoringBench, count_day: date | None, as_of: date, enrolled: int | None
) -> None:
    tutoring.settings = _settings() | {"district": {"count_day": count_day}}
    _district(tutoring)
    rows = [row for row in tutoring.build(reach) if row["subgroup_kind"] == "all"]
    assert {row["as_of_date"] for row in rows} <= {as_of}
    found = {row["stage"]: row["students"] for row in rows}
    assert found.get("enrolled") == enrolled


def test_a_term_for_every_grade_has_everybody_eligible(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings(grades=[])
    _district(tutoring)
    assert _counts(tutoring)["all", "all"] == [4, 4, 2, 2, 2]


def test_nobody_has_started_a_term_that_has_not_begun(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings(start="2026-11-14")
    _district(tutoring)
    assert _counts(tutoring)["all", "all"] == [4, 3, 1, -1, -1]
    tutoring.settings = _settings(start="2026-11-13")
    assert _counts(tutoring)["all", "all"] == [4, 3, 1, 0, 1]


def test_a_year_in_which_no_term_starts_has_no_reach(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    _district(tutoring)
    assert tutoring.build(reach, "2025-26") == []
    assert tutoring.build(reach, "2027-28") == []


@pytest.mark.parametrize(
    ("names", "design", "chosen"),
    [
        (["datas_60h", "nssa"], {}, "nssa"),
        (["datas_60h", "nssa"], {"sessions_per_week": None}, "datas_60h"),
        (["datas_60h", "texas_hb1416_15h", "texas_hb1416_30h"], {}, "texas_hb1416_15h"),
        ([], {}, None),
        (["nssa"], {"minutes_per_session": None}, None),
    ],
)
def test_the_rule_of_a_term_is_the_closest_that_knows_a_floor(
    tutoring: TutoringBench, names: list[str], design: dict[str, None], chosen: str | None
) -> None:
    tutoring.settings = _settings(**design) | {"dosage_rules": names}
    (term,) = terms(tutoring.district)
    rule = adequate_rule(dosage_rules(tutoring.district), term)
    assert (rule.id if rule else None) == chosen
