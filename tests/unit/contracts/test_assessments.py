"""MAP Growth and i-Ready: rows of our own in the products' layouts."""

from datetime import date

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.headers import match
from tests.unit.contracts.bench import Typed, scores, shipped_contract, typed

MAP = shipped_contract("map_growth").files["tests"]
IREADY = shipped_contract("iready").files
MATH, READING = IREADY["math"], IREADY["reading"]
MAP_TEST = {
    "TermName": "Winter 2026-2027",
    "StudentID": "0004711",
    "Student_StateID": "0099887766",
    "Subject": "Reading",
    "TestName": "Growth: Reading 2-5",
    "TestID": "",
    "TestStartDate": "1/14/2027",
    "TestRITScore": "198",
}
GOAL = {
    "Name": "Word Study",
    "RitScore": "201",
    "StdErr": "6.1",
    "Range": "195-207",
    "Adjective": "*",
}
SUBJECTS = {
    "Mathematics": "math",
    "Reading": "ela",
    "Language Arts": "ela",
    "Language Usage": "ela",
    "Science": "science",
}
LANGUAGES = {
    "Growth: Reading 2-5 Spanish": "es",
    "Screening: Math K-2 English": "en",
    "Growth: Reading 2-5": None,
}
STUDY = {"ProjectedProficiencyStudy10": "State test", "ProjectedProficiencyLevel10": "Level 3"}
MAP_TESTS: dict[str, dict[str, str]] = {
    "plain": MAP_TEST,
    "study": MAP_TEST | STUDY,
    "alchemy": MAP_TEST | {"Subject": "Alchemy"},
    **{f"goal {n}": MAP_TEST | {f"Goal{n}{k}": v for k, v in GOAL.items()} for n in range(1, 9)},
    **{subject: MAP_TEST | {"Subject": subject} for subject in SUBJECTS},
    **{name: MAP_TEST | {"TestName": name} for name in LANGUAGES},
}
DIAGNOSTIC = {
    "Last Name": "Lark",
    "First Name": "Ida",
    "Student ID": "0004711",
    "Student State ID": "0099887766",
    "User Name": "ilark",
    "Student Grade": "K",
    "Academic Year": "2026-2027",
    "Start Date": "8/31/2026",
    "Norming Window": "Fall (Beginning of Year - November 15)",
    "Overall Scale Score": "371",
}
EACH_SUBJECT = pytest.mark.parametrize(
    ("file", "subject", "domain"),
    [(MATH, "math", "Geometry"), (READING, "ela", "Comprehension: Literature")],
    ids=["math", "reading"],
)


def at(name: str) -> int:
    """Return the number of a row of `MAP_TESTS`."""
    return list(MAP_TESTS).index(name) + 1


@pytest.fixture(scope="module")
def tests(engine: Engine) -> Typed:
    return typed(engine, MAP, list(MAP_TESTS.values()))


def test_a_map_test_states_both_numbers_and_its_term(tests: Typed) -> None:
    for row in tests.of(at("plain")):
        assert (row["student_id_district"], row["student_id_state"]) == ("0004711", "0099887766")
        assert (row["window"], row["school_year"]) == ("Winter 2026-2027", "2026-2027")
        assert row["test_date"] == date(2027, 1, 14)
        assert row["test_event_id"] is None
    plain = {("rit_score", None): (198.0, "198"), ("subject", None): (None, "Reading")}
    assert scores(tests.of(at("plain"))) == plain


@pytest.mark.parametrize("goal", range(1, 9))
def test_every_map_goal_is_an_objective_by_its_name(goal: int, tests: Typed) -> None:
    found = scores(tests.of(at(f"goal {goal}")))
    assert found["goal_rit_score", "Word Study"] == (201.0, "201")
    assert found["goal_standard_error", "Word Study"] == (6.1, "6.1")
    assert found["goal_range", "Word Study"] == (None, "195-207")
    assert found["goal_adjective", "Word Study"] == (None, "*")
    assert found["rit_score", None] == (198.0, "198")


def test_a_map_prediction_is_of_the_study_it_names(tests: Typed) -> None:
    found = scores(tests.of(at("study")))
    assert found["projected_proficiency", "State test"] == (None, "Level 3")


@pytest.mark.parametrize("stated", SUBJECTS)
def test_a_map_subject_is_mapped_and_kept_as_stated(stated: str, tests: Typed) -> None:
    made = tests.of(at(stated))
    assert {row["subject"] for row in made} == {SUBJECTS[stated]}
    assert scores(made)["subject", None] == (None, stated)


def test_a_map_subject_nobody_knows_is_quarantined(tests: Typed) -> None:
    assert tests.bad == {at("alchemy"): {"map.subject.unmapped"}}
    assert tests.of(at("alchemy")) == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_map_test_says_its_language_in_its_name(name: str, tests: Typed) -> None:
    assert {row["form_language"] for row in tests.of(at(name))} == {LANGUAGES[name]}


def test_the_map_contract_takes_every_score_the_layout_has() -> None:
    feed = MAP.feeds[0]
    used = {score.from_ for score in feed.scores}
    used |= {score.objective_from for score in feed.scores if score.objective_from}
    used |= {header for target in feed.columns.values() for header in target.from_}
    rest = {column.name for column in MAP.columns} - used
    weeks_of_instruction = {name for name in rest if name.startswith("WI")}
    assert rest - weeks_of_instruction == {
        "DistrictName",
        "District_StateID",
        "School_StateID",
        "NormsReferenceData",
        "TestType",
        "TestStartTime",
    }


@EACH_SUBJECT
def test_an_iready_file_is_of_one_subject_and_has_domains(
    file: FileSpec, subject: str, domain: str, engine: Engine
) -> None:
    given = {
        "Overall Placement": "Grade K",
        f"{domain} Scale Score": "388",
        f"{domain} Placement": "Early 1",
        f"{domain} Relative Placement": "Early On Grade Level",
    }
    completed = DIAGNOSTIC | {"Completion Date": "9/2/2026"}
    made = typed(engine, file, [DIAGNOSTIC | given, completed])
    assert scores(made.of(1)) == {
        ("scale_score", None): (371.0, "371"),
        ("placement", None): (None, "Grade K"),
        ("scale_score", domain): (388.0, "388"),
        ("placement", domain): (None, "Early 1"),
        ("relative_placement", domain): (None, "Early On Grade Level"),
    }
    assert set(made.column("subject")) == {subject}
    assert set(made.column("grade")) == {"KG"}
    assert set(made.column("school_year")) == {"2026-2027"}
    assert {row["test_date"] for row in made.of(1)} == {date(2026, 8, 31)}
    assert {row["test_date"] for row in made.of(2)} == {date(2026, 9, 2)}


def test_a_domain_that_was_not_assessed_has_no_score(engine: Engine) -> None:
    given = {
        "Phonics Placement": "Not Assessed",
        "Phonics Relative Placement": "Not Assessed",
        "High-Frequency Words Placement": "Surpassed Level",
        "Reading Difficulty Indicator (Y/N)": "Not Provided",
        "Percentile": "NA",
    }
    assert scores(typed(engine, READING, [DIAGNOSTIC | given]).good) == {
        ("scale_score", None): (371.0, "371"),
        ("placement", "High-Frequency Words"): (None, "Surpassed Level"),
    }


def test_a_rush_flag_that_is_blank_is_unknown(engine: Engine) -> None:
    flags = {"": None, "Red": True, "yellow": True, "No": False, "Plaid": None}
    made = typed(engine, MATH, [DIAGNOSTIC | {"Rush Flag": cell} for cell in flags])
    assert made.column("is_rush") == list(flags.values())
    assert made.notes == {"map.is_rush.unmapped": 1}


@EACH_SUBJECT
def test_the_iready_headers_of_2026_are_aliases(file: FileSpec, subject: str, domain: str) -> None:
    renamed = {
        "Baseline Diagnostic (Y/N)": "Baseline Assessment (Y/N)",
        "Most Recent Diagnostic YTD (Y/N)": "Most Recent Assessment YTD (Y/N)",
        "Diagnostic Gain": "Assessment Gain",
    }
    header = [renamed.get(column.name, column.name) for column in file.columns]
    matched = match(header, file.columns, subject)
    assert (matched.missing, matched.extra) == ((), ())
    assert {one.rule for one in matched.findings} == {"tolerance.header_alias"}
    assert f"{domain} Placement" in header


def test_an_iready_file_is_refused_by_the_other_subject() -> None:
    for own, other in ((MATH, READING), (READING, MATH)):
        header = [column.name for column in own.columns]
        assert match(header, own.columns, "own").missing_required == ()
        assert match(header, other.columns, "other").missing_required
