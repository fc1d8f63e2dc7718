"""A lake with questions of one's own making, a real registry, and a steward's desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.lake import Lake
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry
from hit_pipeline.registry.tables import CANDIDATE, LINK, PERSON
from hit_pipeline.registry.tables import arrow_schema as registry_schema
from hit_pipeline.review.desk import Desk
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema

START = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
QUEUE = TABLES["review_queue"]
MARIA = {
    "given_name": "Maria",
    "family_name": "Garcia-Lopez",
    "birth_date": date(2014, 3, 5),
    "school": "Oak School",
    "grade": "03",
    "ids": "district 0012346",
}


def asked(record: str | None, candidate: str | None, **cells: Any) -> dict[str, Any]:
    """Return a question; ``stated`` and ``known`` are what both sides say, alike unless given."""
    stated = cells.pop("stated", MARIA)
    known = cells.pop("known", stated if candidate else {})
    other = cells.get("other_key")
    row: dict[str, Any] = {
        "question_id": f"q-{record or other}-{candidate}",
        "role": "student",
        "source": "vendor" if record else None,
        "person_record_id": record,
        "kind": "name.close" if record else "person.two_numbers",
        "candidate_rank": 1 if candidate else None,
        "candidate_key": candidate,
        "row_count": 3,
        "present_seconds": 1800,
        "students": 1 if record else 2,
        **{f"stated_{name}": value for name, value in stated.items()},
        **{f"known_{name}": value for name, value in known.items()},
    }
    return {**row, **cells}


@dataclass
class Clock:
    """A clock that moves on by a minute whenever it is asked."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@dataclass
class ReviewBench:
    """One district with questions; every record and person asked about is in the registry."""

    folder: Path
    registry: Registry
    clock: Clock = field(default_factory=Clock)
    known: set[str] = field(default_factory=set)

    @property
    def lake(self) -> Lake:
        return Lake.open(self.folder / "lake")

    def desk(self, steward: str = "Ana Day") -> Desk:
        return Desk(self.lake, self.registry, steward, self.clock)

    def ask(self, *questions: Mapping[str, Any]) -> None:
        """Make these the newest questions, as a run of the pipeline would."""
        self._register(questions)
        path = self.lake.part(QUEUE)
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [{name: one.get(name) for name in QUEUE.column_names} for one in questions]
        fresh = path.with_suffix(".new")
        pq.write_table(pa.Table.from_pylist(cells, schema=arrow_schema(QUEUE)), fresh)
        fresh.replace(path)

    def link(self, record: str) -> dict[str, Any]:
        """Return the newest link of a record."""
        links = self.registry.links("student").to_pylist()
        (found,) = (one for one in links if one["person_record_id"] == record)
        return dict(found)

    def in_force(self) -> list[tuple[str, str]]:
        """Return who answered what, of the decisions in force."""
        decisions = self.registry.decisions("student").to_pylist()
        return [(one["decided_by"], one["answer"]) for one in decisions if one["in_force"]]

    def _register(self, questions: tuple[Mapping[str, Any], ...]) -> None:
        """Tell the registry of people and records it has not met yet."""
        keys = {one[name] for one in questions for name in ("candidate_key", "other_key")
                if one.get(name)}  # fmt: skip
        records = {one["person_record_id"]: one for one in questions if one["person_record_id"]}
        candidates = [one for one in questions if one["person_record_id"] and one["candidate_key"]]
        people = [{"person_key": key, "role": "student"} for key in sorted(keys - self.known)]
        links = [
            {**one, "outcome": "unsure", "rule": one["kind"]}
            for record, one in records.items()
            if record not in self.known
        ]
        might = [
            {**one, "person_key": one["candidate_key"], "rank": one["candidate_rank"]}
            for one in candidates
            if one["person_record_id"] not in self.known
        ]
        self.known |= keys | set(records)
        changes = Changes(
            people=_rows(PERSON, people),
            links=_rows(LINK, links),
            candidates=_rows(CANDIDATE, might),
        )
        self.registry.write(
            changes, expected=self.registry.fingerprint(), made_by=ENGINE, now=self.clock()
        )


def _rows(table: Any, given: list[dict[str, Any]]) -> pa.Table:
    schema = registry_schema(table)
    cells = [{name: row.get(name) for name in schema.names} for row in given]
    return pa.Table.from_pylist(cells, schema=schema)
