"""Renaissance Star: extracts of our own in the product's layouts."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.sources.reading.headers import match
from hit_pipeline.synth.systems.star import STARS
from tests.unit.contracts.bench import Row, Typed, scores, shipped_contract, typed
from tests.unit.contracts.delivered import Delivered, csv_text, deliver

STAR = shipped_contract("star").files
RESULTS = STAR["results"]
TEST = {
    "SchoolYear": "2026-2027",
    "StudentRenaissanceID": "7d0f5a3e-0000-4000-8000-000000000001",
    "StudentSourcedID": "0004711",
    "StudentIdentifier": "0004711",
    "StudentUserID": "ilark",
    "StudentStateID": "0099887766",
    "StudentFirstName": "Ida",
    "StudentLastName": "Lark",
    "BirthDate": "2011-03-04T00:00:00Z",
    "AssessmentID": "aa0f5a3e-0000-4000-8000-000000000001",
    "LaunchDate": "2026-09-15T01:40:11.120Z",
    "CompletedDate": "2026-09-15T02:05:31.004Z",
    "CompletedDateLocal": "2026-09-14T21:05:31.004Z",
    "AssessmentStatus": "Active",
    "Grade": "9",
    "ScaledScore": "1012",
    "ScreeningPeriodWindowName": "Fall",
}
STANDARD = {name: TEST[name] for name in ("SchoolYear", "StudentIdentifier", "AssessmentID")} | {
    "CompletedDateLocal": TEST["CompletedDateLocal"],
    "DomainGroup": "Reading Literary Text",
    "DomainName": "Meaning",
    "DomainPercentMastery": "81",
    "StandardName": "XX.ELA.9.1",
    "StandardPercentMastery": "74",
    "StandardMasteryLevel": "Developing",
}


def results(engine: Engine, *rows: dict[str, str]) -> Typed:
    return typed(engine, RESULTS, [TEST | row for row in rows])


def sent(engine: Engine, folder: Path, name: str, row: dict[str, str] = TEST) -> Delivered:
    """Deliver one test as a file of a name; the headers a file must have are there."""
    required = dict.fromkeys((one.name for one in RESULTS.columns if one.required), "")
    return deliver(engine, folder, "star", name, csv_text([required | row]))


def only(delivered: Delivered) -> Row:
    (row,) = delivered.good()
    return row


def test_an_evening_test_has_the_date_of_the_school_not_that_of_utc(engine: Engine) -> None:
    made = results(engine, {}, {"CompletedDateLocal": ""})
    assert {row["test_date"] for row in made.of(1)} == {date(2026, 9, 14)}
    assert {row["test_date"] for row in made.of(2)} == {date(2026, 9, 15)}
    assert set(made.column("birth_date")) == {date(2011, 3, 4)}


def test_a_student_has_ids_of_three_systems_and_blanks_fall_back(engine: Engine) -> None:
    made = results(
        engine,
        {},
        {"StudentIdentifier": "", "StudentStateID": ""},
        {"StudentIdentifier": "", "StudentSourcedID": " "},
    )
    ids = [
        tuple(row[f"student_id_{system}"] for system in ("district", "state", "vendor"))
        for row in made.good
        if row["score_kind"] == "scale_score"
    ]
    vendor = TEST["StudentRenaissanceID"]
    assert ids == [
        ("0004711", "0099887766", vendor),
        ("0004711", None, vendor),
        ("ilark", "0099887766", vendor),
    ]


def test_a_deactivated_test_keeps_its_score_and_is_void(engine: Engine) -> None:
    dropped = {"AssessmentStatus": "Deactivated", "DeactivationReason": "Student was ill"}
    made = results(engine, {}, dropped, {"AssessmentStatus": "Paused"})
    voids = [{row["is_void"] for row in made.of(number)} for number in (1, 2, 3)]
    assert voids == [{False}, {True}, {None}]
    assert made.notes == {"map.is_void.unmapped": 1}
    found = scores(made.of(2))
    assert found["scale_score", None] == (1012.0, "1012")
    assert found["deactivation_reason", None] == (None, "Student was ill")


def test_growth_that_is_not_there_yet_makes_no_score(engine: Engine) -> None:
    later = {"StudentGrowthPercentileFallSpring": "63", "CurrentSGP": "63", "PercentileRank": "--"}
    made = results(engine, {}, later)
    assert {row["score_kind"] for row in made.of(1)} == {"scale_score", "status"}
    assert scores(made.of(2))["fall_to_spring_growth_percentile", None] == (63.0, "63")
    assert {row["score_kind"] for row in made.of(2)} - {
        row["score_kind"] for row in made.of(1)
    } == {
        "fall_to_spring_growth_percentile",
        "growth_percentile",
    }


@pytest.mark.parametrize(
    ("name", "subject", "test_name"),
    [
        ("SR_2026-2027_fall_20260924.csv", "ela", "Star Reading"),
        ("SM_v2.csv", "math", "Star Math"),
        ("SEL.csv", "ela", "Star Early Literacy"),
        ("District 9 star_math.csv", "math", "Star Math"),
        ("export.csv", None, None),
    ],
)
def test_the_name_of_the_file_says_which_test_it_is(
    name: str, subject: str | None, test_name: str | None, engine: Engine, tmp_path: Path
) -> None:
    made = sent(engine, tmp_path, name)
    assert made.file == "results"
    for row in made.good():
        assert (row["subject"], row["test_name"]) == (subject, test_name)


def test_mastery_is_of_the_standard_and_names_its_domain(engine: Engine, tmp_path: Path) -> None:
    other = STANDARD | {"StandardName": "XX.ELA.9.2", "StandardPercentMastery": ""}
    data = csv_text([STANDARD, other])
    made = deliver(engine, tmp_path, "star", "SR_Dashboard_Standards_v2.csv", data)
    assert made.file == "standards"
    found = scores(made.feed().of(1))
    assert found["percent_mastery", "XX.ELA.9.1"] == (74.0, "74")
    assert found["mastery_level", "XX.ELA.9.1"] == (None, "Developing")
    assert found["domain_percent_mastery", "XX.ELA.9.1"] == (81.0, "81")
    assert {row["objective"] for row in made.feed().of(2)} == {"XX.ELA.9.2"}
    assert {row["test_date"] for row in made.good()} == {date(2026, 9, 14)}


def test_skill_areas_are_a_file_of_their_own(engine: Engine, tmp_path: Path) -> None:
    skill = {"AssessmentID": "a1", "StudentIdentifier": "7", "SkillAreaName": "Synonyms"}
    data = csv_text([skill | {"SkillAreaMasteryScore": "91", "DomainScore": "84"}])
    made = deliver(engine, tmp_path, "star", "SM_SkillArea_v1.csv", data)
    assert made.file == "skills"
    assert scores(made.good())["mastery_score", "Synonyms"] == (91.0, "91")


def test_a_file_of_another_product_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefused) as refusal:
        deliver(engine, tmp_path, "star", "SR.csv", csv_text([{"Student ID": "1", "Score": "2"}]))
    assert refusal.value.rule == "landing.no_contract_file"


def test_the_three_layouts_are_told_apart() -> None:
    for name, spec in STAR.items():
        header = [column.name for column in spec.columns]
        fits = [
            other
            for other, one in STAR.items()
            if not match(header, one.columns, other).missing_required
        ]
        assert fits == [name]


def test_the_contract_knows_every_header_of_the_synthetic_district() -> None:
    for star in STARS:
        matched = match(star.columns, RESULTS.columns, star.prefix)
        assert (matched.extra, matched.missing_required) == ((), ())
