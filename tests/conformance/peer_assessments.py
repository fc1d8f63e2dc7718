"""What an independent mapping makes of the assessment samples, and the names of it in ours.

The other mapping writes Ed-Fi student assessments. What Ed-Fi counts as a score though it says
which test it was is a column of ours.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

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
