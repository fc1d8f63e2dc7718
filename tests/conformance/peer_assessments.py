"""What an independent mapping makes of the assessment samples, value by value beside ours.

The other mapping writes Ed-Fi student assessments. What Ed-Fi counts as a score though it says
which test it was is a column of ours. Which product is called what is in
`tests.conformance.peer_products`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.conform.grades import spellings

Row = dict[str, Any]
Event = tuple[str, date]
"""A student's id and the date of the test."""
Result = tuple[str, ...]
"""What kind of result, as the other mapping calls it, and its text."""
_LEVEL = ("assessmentReportingMethodDescriptor", "performanceLevelDescriptor")
_GRADES = ("whenAssessedGradeLevelDescriptor", "whenAssessedGradeLevel")
_OUTSIDE = "Out of School"
_COLUMNS = ("window", "test_name", "grade")
"""Columns of ours that the other mapping counts as scores."""


@dataclass(frozen=True)
class Product:
    """An assessment and the names of the other mapping in ours.

    Attributes:
        contract: Our contract.
        folder: Folder of its samples.
        peer: Its name in the other mapping.
        ids: Columns of ours that hold the id the other mapping took.
        whole: Kind of a result of the whole test: our kind, or our column.
        part: The same for results of objectives.
        objectives: Code of an objective: our name of it; others are called alike.
        objective_length: The other mapping cuts names of objectives to this length.
        texts: Kind of a result: what the other mapping makes of the text of ours.
    """

    contract: str
    folder: str
    peer: str
    ids: tuple[str, ...]
    whole: Mapping[str, str]
    part: Mapping[str, str] = field(default_factory=dict)
    objectives: Mapping[str, str] = field(default_factory=dict)
    objective_length: int | None = None
    texts: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    def files(self, samples: Path) -> list[Path]:
        """Return its samples; `samples` is the folder of all of them."""
        return sorted((samples / "assessments" / self.folder).glob("*.csv"))


@dataclass(frozen=True)
class Value:
    """A value of the other mapping and whether ours has it.

    Attributes:
        assessment: Number of the student assessment, 1 for the first.
        kind: What it is in our words; ``event`` is the student and the date.
        found: Whether one of our rows of that student and date says the same.
    """

    assessment: int
    kind: str
    found: bool


def peers(samples: Path, product: str) -> list[dict[str, Any]]:
    """Return the student assessments the other mapping made."""
    path = samples / "assessments" / "_peer_edfi_output" / f"{product}.studentAssessments.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def peer_date(stated: str) -> date:
    """Return a date of the other mapping; of an instant its date."""
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(stated, form).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    pytest.fail("a date of the other mapping cannot be read")


def peer_event(one: dict[str, Any]) -> Event:
    return one["studentReference"]["studentUniqueId"], peer_date(one["administrationDate"])


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


def peer_columns(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what stands beside the scores: our column and its text."""
    grades = [one[name].partition("#")[2] for name in _GRADES if name in one]
    yield from (("grade", spellings()[grade.lower()]) for grade in grades if grade != _OUTSIDE)
    if "assessmentPeriodDescriptor" in one:
        yield "window", one["assessmentPeriodDescriptor"].partition("#")[2]


def compared(
    rows: Sequence[Row], id_column: str, product: Product, others: Sequence[dict[str, Any]]
) -> list[Value]:
    """Return every value of the other mapping beside ours."""
    events: dict[Event, list[Row]] = {}
    for row in rows:
        events.setdefault((row[id_column], row["test_date"]), []).append(row)
    found = []
    for number, one in enumerate(others, start=1):
        ours = events.get(peer_event(one), [])
        found.append(Value(number, "event", bool(ours)))
        texts = [(None, column, text) for column, text in peer_columns(one)]
        found += [Value(number, kind, text in _ours(ours, o, kind)) for o, kind, text in texts]
        found += [
            Value(number, kind, text in {_as_peer(product, name, own) for own in known})
            for name, objective, kind, text in _wanted(product, one)
            for known in [_ours(ours, objective, kind, product.objective_length)]
        ]
    return found


def missing(
    rows: Sequence[Row], id_column: str, product: Product, others: Sequence[dict[str, Any]]
) -> list[str]:
    """Return which values of the other mapping are not among our rows."""
    values = compared(rows, id_column, product, others)
    return [f"assessment {one.assessment}: {one.kind}" for one in values if not one.found]


def _wanted(product: Product, one: dict[str, Any]) -> Iterator[tuple[str, str | None, str, str]]:
    """Yield every result: its kind there, our objective, our kind, its text."""
    for kind, text in sorted(peer_results(one)):
        yield kind, None, product.whole[kind], text
    for code, results in peer_objectives(one).items():
        for kind, text in sorted(results):
            yield kind, product.objectives.get(code, code), product.part[kind], text


def _ours(
    rows: Sequence[Row], objective: str | None, kind: str, length: int | None = None
) -> set[str]:
    """Return our texts of a kind, whole tests having no objective."""
    if kind in _COLUMNS:
        return {row[kind] for row in rows if row[kind] is not None}
    return {
        row["score_text"]
        for row in rows
        if row["score_kind"] == kind
        and (row["objective"] and row["objective"][:length]) == objective
    }


def _as_peer(product: Product, kind: str, text: str) -> str:
    own = product.texts.get(kind)
    return own(text) if own else text
