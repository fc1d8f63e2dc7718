"""Questions as stewards see them: one pair to compare, and all pairs of one record together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hit_pipeline.errors import HitError
from hit_pipeline.registry.decision import Answer
from hit_pipeline.tables.review import COMPARED

_UNMATCHED = "unmatched-"

Shown = Mapping[str, str | date | None]
"""One side of a question: the names of `tables.review.COMPARED` to values; None: not stated."""


@dataclass(frozen=True)
class Question:
    """One record and one candidate, or two people.

    Attributes:
        id: Digest that is the same in every run while record and candidate are.
        role: ``student``, ``tutor`` or ``staff``.
        source: Source of the record; None between two people.
        record: Person record; None between two people.
        kind: Rule that asks.
        rank: Place among the candidates, 1 the best; None without a candidate.
        candidate: Key of whom it might be; None when nobody is known.
        other: Key of the other of two people; None for a record.
        probability: 0 to 1; None where no rule states one.
        evidence: Codes of what agreed and disagreed.
        rows: Typed rows behind it.
        seconds: Session time behind it.
        students: Students behind it.
        own_system: System of the record's own identifier at its source; None: it has none.
        own_value: That identifier.
        stated: What the record (or the other person) states.
        known: What is known of the candidate.
    """

    id: str
    role: str
    source: str | None
    record: str | None
    kind: str
    rank: int | None
    candidate: str | None
    other: str | None
    probability: float | None
    evidence: str | None
    rows: int
    seconds: int
    students: int
    own_system: str | None
    own_value: str | None
    stated: Shown
    known: Shown

    @property
    def is_unmatched(self) -> bool:
        """Whether no rule found anybody, so that nothing is asked in `review_queue`."""
        return self.id.startswith(_UNMATCHED)

    @property
    def case(self) -> str:
        """Id of the case it belongs to: its record, or itself."""
        return self.record or self.id

    def about(self, person: str, known: Shown) -> "Question":
        """Return the question whether the record is somebody a steward found."""
        found = f"found-{self.record}-{person}"
        return replace(self, id=found, candidate=person, rank=None, known=known, evidence=None)

    def answered(self, answer: str, note: str | None) -> Answer:
        """Return an answer to it as the registry takes it.

        Raises:
            HitError: It has no candidate to be the same as, or not.
        """
        if self.candidate is None:
            message = "there is nobody the record could be the same as, or not"
            raise HitError(message, remedy="Leave it open.")
        return Answer(
            role=self.role,
            source=self.source,
            person_record_id=self.record,
            own_system=self.own_system,
            own_value=self.own_value,
            person_key=self.candidate,
            other_key=self.other,
            answer=answer,
            note=note,
        )


@dataclass(frozen=True)
class Case:
    """Every question about one record, the best candidate first; or one about two people."""

    id: str
    questions: tuple[Question, ...]

    @property
    def first(self) -> Question:
        """The question about the best candidate; all state the same of the record."""
        return self.questions[0]

    @property
    def has_candidate(self) -> bool:
        """False when nobody is known whom the record might be."""
        return self.first.candidate is not None

    @property
    def harm(self) -> tuple[int, int, int, str]:
        """What orders cases: most time first, then most students, then most rows."""
        one = self.first
        return -one.seconds, -one.students, -one.rows, self.id


def read_queue(paths: Sequence[Path]) -> dict[str, Question]:
    """Read questions by id from the files of the table `review_queue`; none of no file."""
    rows = (row for path in paths for row in pq.read_table(path).to_pylist())
    return {row["question_id"]: _question(row) for row in rows}


def read_unmatched(paths: Sequence[Path]) -> dict[str, Question]:
    """Read what no rule found anybody for, as questions without a candidate, by id.

    Args:
        paths: Files of the table `unmatched`; its records in review are questions already.
    """
    rows = (row for path in paths for row in pq.read_table(path).to_pylist())
    return {
        f"{_UNMATCHED}{row['person_record_id']}": _of_unmatched(row)
        for row in rows
        if row["outcome"] == "no_match"
    }


def _of_unmatched(row: Mapping[str, Any]) -> Question:
    number = f"{row['id_system']} {row['id_value']}" if row["id_value"] else None
    named = {name: row[name] for name in ("given_name", "family_name", "birth_date")}
    return Question(
        id=f"{_UNMATCHED}{row['person_record_id']}",
        role=row["role"],
        source=row["source"],
        record=row["person_record_id"],
        kind=row["rule"],
        rank=None,
        candidate=None,
        other=None,
        probability=None,
        evidence=None,
        rows=row["row_count"],
        seconds=row["present_seconds"] or 0,
        students=1,
        own_system=row.get("own_system"),
        own_value=row.get("own_value"),
        stated={**dict.fromkeys(COMPARED), **named, "ids": number},
        known=dict.fromkeys(COMPARED),
    )


def cases_of(questions: Iterable[Question]) -> list[Case]:
    """Gather questions into cases, in the order of harm."""
    gathered: dict[str, list[Question]] = {}
    for one in questions:
        gathered.setdefault(one.case, []).append(one)
    cases = [
        Case(case, tuple(sorted(of, key=lambda one: (one.rank or 0, one.id))))
        for case, of in gathered.items()
    ]
    return sorted(cases, key=lambda case: case.harm)


def _question(row: Mapping[str, Any]) -> Question:
    return Question(
        id=row["question_id"],
        role=row["role"],
        source=row["source"],
        record=row["person_record_id"],
        kind=row["kind"],
        rank=row["candidate_rank"],
        candidate=row["candidate_key"],
        other=row["other_key"],
        probability=row["probability"],
        evidence=row["evidence"],
        rows=row["row_count"],
        seconds=row["present_seconds"] or 0,
        students=row["students"],
        own_system=row["own_system"],
        own_value=row["own_value"],
        stated={name: row[f"stated_{name}"] for name in COMPARED},
        known={name: row[f"known_{name}"] for name in COMPARED},
    )
