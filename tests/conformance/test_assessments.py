"""MAP Growth and i-Ready beside what an independent mapping makes of the same files.

The other mapping writes Ed-Fi student assessments. Every student, date, score and level of it must
be among our typed scores of that student and date: scores of the whole test, those of objectives
under the objective, and what Ed-Fi counts as a score though it says which test it was.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest

from hit_pipeline.conform.typing import type_feed
from hit_pipeline.engine import Engine
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.contract_files import load_contract
from hit_pipeline.sources.delimited import Dialect, read_delimited
from hit_pipeline.sources.headers import match
from hit_pipeline.sources.text_rows import Unread

Row = dict[str, Any]
Event = tuple[str, date]
"""A student's id and the date of the test."""
Result = tuple[str, ...]
"""What kind of result, as the other mapping calls it, and its text."""
_LEVEL = ("assessmentReportingMethodDescriptor", "performanceLevelDescriptor")


@dataclass(frozen=True)
class Product:
    """An assessment and the names of the other mapping in ours.

    Attributes:
        sample: The file, from the folder of samples.
        whole: Kind of a result of the whole test: our kind, or our column.
        part: The same for results of objectives.
        objectives: Code of an objective: our name of it; others are called alike.
    """

    sample: str
    whole: dict[str, str]
    part: dict[str, str]
    objectives: dict[str, str]


MAP_GROWTH = Product(
    "assessments/nwea-map-growth/sample_anonymized_file.csv",
    {
        "Achievement Quintile": "achievement_quintile",
        "Course": "course",
        "Growth Measure YN": "growth_measure",
        "Percent Correct": "percent_correct",
        "RIT Scale Score": "rit_score",
        "SEM": "standard_error",
        "Subject": "subject",
        "Term Name": "window",
        "Test Duration Minutes": "duration_minutes",
        "Test Name": "test_name",
        "Test Percentile": "percentile",
    },
    {
        "Goal Adjective": "goal_adjective",
        "Goal Range": "goal_range",
        "RIT Scale Score": "goal_rit_score",
        "SEM": "goal_standard_error",
    },
    {},
)
IREADY = Product(
    "assessments/iready-math/sample_anonymized_file_math.csv",
    {
        "Annual Stretch Growth Measure": "annual_stretch_growth",
        "Annual Typical Growth Measure": "annual_typical_growth",
        "Diagnostic Gain": "diagnostic_gain",
        "Grouping": "grouping",
        "Mid On Grade Level Scale Score": "mid_on_grade_scale_score",
        "Overall Placement": "placement",
        "Overall Relative Placement": "relative_placement",
        "Overall Scale Score": "scale_score",
        "Percent Progress to Annual Stretch Growth (%)": "percent_of_stretch_growth",
        "Percent Progress to Annual Typical Growth (%)": "percent_of_typical_growth",
        "Percentile": "percentile",
        "Quantile Measure": "quantile",
        "Quantile Range": "quantile_range",
    },
    {
        "Placement": "placement",
        "Relative Placement": "relative_placement",
        "Scale Score": "scale_score",
    },
    {
        "CAINC-IREADY-DIAGNOSTIC-MATH-ALGEBRA": "Algebra and Algebraic Thinking",
        "CAINC-IREADY-DIAGNOSTIC-MATH-GEOMETRY": "Geometry",
        "CAINC-IREADY-DIAGNOSTIC-MATH-MEASUREMENT-AND-DATA": "Measurement and Data",
        "CAINC-IREADY-DIAGNOSTIC-MATH-NUMBER-AND-OPERATIONS": "Number and Operations",
    },
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def typed_scores(
    engine: Engine, path: Path, contract: str, file: str, workspace: Path
) -> list[Row]:
    """Read and type a sample; every row must be taken and every header known."""
    spec = load_contract(contract, workspace).files[file]
    given = Unread(path, contract, file, path.name, workspace, Thresholds())
    text = read_delimited(engine, given, Dialect())
    assert text.rows is not None
    assert text.malformed is None
    assert text.count == len(path.read_text(encoding="utf-8-sig").splitlines()) - 1
    matched = match(text.names, spec.columns, file)
    assert (matched.extra, matched.missing_required) == ((), ())
    renamed = {own: text.rows[name] for own, name in zip(matched.columns, text.names, strict=True)}
    texts = {"_source": contract, "_delivery_id": "d1", "_file": file}
    landed = text.rows.select(**renamed).mutate(
        _row=ibis.row_number() + 1, **{name: ibis.literal(one) for name, one in texts.items()}
    )
    (feed,) = spec.feeds
    made = type_feed(landed, feed, zone="America/Chicago")
    assert engine.scalar(made.bad.count()) == 0
    assert engine.scalar(made.left_out.count()) == 0
    assert engine.scalar(made.notes.count()) == 0
    rows: list[Row] = engine.collect(made.good).to_pylist()
    assert {row["_row"] for row in rows} == set(range(1, text.count + 1))
    return rows


def peers(samples: Path, product: str) -> list[dict[str, Any]]:
    """Return the student assessments the other mapping made."""
    path = samples / "assessments" / "_peer_edfi_output" / f"{product}.studentAssessments.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def peer_date(stated: str) -> date:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(stated, form).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    pytest.fail("a date of the other mapping cannot be read")


def peer_results(one: dict[str, Any]) -> set[Result]:
    """Return the scores and levels of an assessment or of one of its objectives."""
    found = {
        (score["assessmentReportingMethodDescriptor"].partition("#")[2], score["result"])
        for score in one.get("scoreResults", [])
    }
    return found | {
        tuple(level[key].partition("#")[2] for key in _LEVEL)
        for level in one.get("performanceLevels", [])
    }


def peer_objectives(one: dict[str, Any]) -> dict[str, set[Result]]:
    """Return the results of every objective, by the name the other mapping gives it."""
    return {
        objective["objectiveAssessmentReference"]["identificationCode"]: peer_results(objective)
        for objective in one.get("studentObjectiveAssessments", [])
    }


def missing(
    rows: list[Row], id_column: str, product: Product, others: list[dict[str, Any]]
) -> list[str]:
    """Return which results of the other mapping are not among our rows."""
    events: dict[Event, list[Row]] = {}
    for row in rows:
        events.setdefault((row[id_column], row["test_date"]), []).append(row)
    found = []
    for number, one in enumerate(others, start=1):
        event = (one["studentReference"]["studentUniqueId"], peer_date(one["administrationDate"]))
        ours = events.get(event, [])
        known = {(row["objective"], row["score_kind"], row["score_text"]) for row in ours}
        known |= {(None, name, row.get(name)) for row in ours for name in ("window", "test_name")}
        wanted: set[tuple[str | None, str, str]] = {
            (None, product.whole[kind], text) for kind, text in peer_results(one)
        }
        for code, results in peer_objectives(one).items():
            name = product.objectives.get(code, code)
            wanted |= {(name, product.part[kind], text) for kind, text in results}
        found += [f"assessment {number}: {kind}" for _, kind, _ in wanted - known]
    return found


def test_every_map_growth_result_of_the_other_mapping_is_found(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / MAP_GROWTH.sample, "map_growth", "tests", tmp_path)
    for row in rows:  # the other mapping cuts names of objectives
        row["objective"] = row["objective"] and row["objective"][:60]
    others = peers(samples, "MAP_Growth")
    assert len(others) == len({row["_row"] for row in rows})
    assert missing(rows, "student_id_state", MAP_GROWTH, others) == []
    assert all(row["student_id_district"] != row["student_id_state"] for row in rows)
    assert years(rows) == peer_years(others)


def test_every_iready_result_of_the_other_mapping_is_found(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / IREADY.sample, "iready", "math", tmp_path)
    others = peers(samples, "i-Ready_math")
    assert len(others) == len({row["_row"] for row in rows})
    for id_column in ("student_id_district", "student_id_state"):
        assert missing(rows, id_column, IREADY, others) == []
    assert {row["subject"] for row in rows} == {"math"}
    assert years(rows) == peer_years(others)


def test_a_result_that_is_not_among_ours_is_told(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / IREADY.sample, "iready", "math", tmp_path)
    others = peers(samples, "i-Ready_math")
    less = [row for row in rows if row["score_kind"] != "grouping"]
    told = missing(less, "student_id_state", IREADY, others)
    assert told == [f"assessment {number}: grouping" for number in range(1, len(others) + 1)]
    less = [row for row in rows if row["objective"] != "Geometry"]
    assert len(missing(less, "student_id_state", IREADY, others)) == 3 * len(others)


def years(rows: list[Row]) -> set[str]:
    """Return the calendar years in which the school years of our rows end."""
    return {row["school_year"][-4:] for row in rows}


def peer_years(others: list[dict[str, Any]]) -> set[str]:
    return {str(one["schoolYearTypeReference"]["schoolYear"]) for one in others}
