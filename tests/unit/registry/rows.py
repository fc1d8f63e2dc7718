"""Rows of a small registry, and writing them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry
from hit_pipeline.registry.decision import Answer
from hit_pipeline.registry.tables import METADATA, arrow_schema

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
KIM, LEE = "R. Kim", "T. Lee"


def rows(name: str, *given: Mapping[str, object]) -> pa.Table:
    """Return rows of a table of the registry; columns left out are null."""
    schema = arrow_schema(METADATA.tables[name])
    return pa.Table.from_pylist(
        [{column: row.get(column) for column in schema.names} for row in given], schema=schema
    )


def people(*keys: str, role: str = "student") -> pa.Table:
    return rows("person", *({"person_key": key, "role": role} for key in keys))


def link(record: str, key: str | None, outcome: str = "match") -> dict[str, object]:
    return {"role": "student", "source": "sis", "person_record_id": record, "person_key": key,
            "outcome": outcome, "rule": "roster.new"}  # fmt: skip


def claim(value: str, key: str, origin: str = "roster") -> dict[str, object]:
    return {"role": "student", "system": "district", "issuer": "sis", "value": value,
            "person_key": key, "origin": origin}  # fmt: skip


def candidate(record: str, key: str, rank: int, **cells: object) -> dict[str, object]:
    return {"role": "student", "person_record_id": record, "person_key": key, "rank": rank, **cells}


def merge(old: str, new: str, what: str = "merge", why: str = "rule") -> dict[str, object]:
    return {"role": "student", "old_key": old, "new_key": new, "what": what, "why": why}


def write(registry: Registry, changes: Changes, now: datetime = NOW, by: str = ENGINE) -> None:
    registry.write(changes, expected=registry.fingerprint(), made_by=by, now=now)


def of_record(record: str, key: str, answer: str = "same", **cells: Any) -> Answer:
    return Answer("student", key, answer, "sis", record, **cells)


def of_two(one: str, other: str, answer: str = "same") -> Answer:
    return Answer("student", one, answer, other_key=other)


def linked(registry: Registry) -> dict[str, str]:
    found = registry.matched("student")
    return dict(
        zip(found["person_record_id"].to_pylist(), found["person_key"].to_pylist(), strict=True)
    )


def newest(registry: Registry, record: str) -> dict[str, Any]:
    """Return the link of a record."""
    found = registry.links("student").to_pylist()
    (one,) = (row for row in found if row["person_record_id"] == record)
    return dict(one)


def seen(registry: Registry) -> dict[str, Any]:
    """Return all that can be asked of the students of a registry."""
    asked = ("matched", "links", "unmatched", "people", "claims", "statements", "candidates",
             "decisions", "merges")  # fmt: skip
    told = {name: getattr(registry, name)("student").to_pylist() for name in asked}
    ordered = {name: sorted(rows, key=repr) for name, rows in told.items()}
    return {**ordered, "survivors": registry.survivors("student"), "as": registry.fingerprint()}


def live_claims(registry: Registry) -> set[tuple[str, str, str]]:
    """Return system, value and person of every claim that is not withdrawn."""
    return {
        (row["system"], row["value"], row["person_key"])
        for row in registry.claims("student").to_pylist()
        if row["withdrawn_at"] is None
    }


CLAIMED = claim("0012", "SA")
FIRST = Changes(
    people=rows("person", {"person_key": "SA", "role": "student"}),
    links=rows("link", link("r1", "SA"), link("r2", None, "unsure")),
    claims=rows("claim", CLAIMED),
    statements=rows(
        "statement",
        {"role": "student", "person_record_id": "r1", "person_key": "SA", "source": "sis",
         "given_name": "Zoë", "birth_date": "2014-02-03"},
    ),
    notes={"tried:student": "1"},
)  # fmt: skip

OWN = {"own_system": "vendor", "own_value": "w-1"}
LATER = NOW + timedelta(days=1)
START = Changes(
    people=people("SA", "SB", "SC", "SD"),
    links=rows(
        "link",
        link("r1", None, "unsure"),
        link("r2", "SB"),
        link("r3", None, "no_match"),
        link("r4", None, "unsure"),
    ),
    candidates=rows("candidate", candidate("r1", "SA", 1), candidate("r1", "SC", 2)),
    claims=rows("claim", claim("0012", "SA")),
)


def decide(registry: Registry, *answers: Answer, by: str = KIM) -> list[int]:
    return registry.decide(answers, by=by, now=NOW)


def in_force(registry: Registry) -> list[int]:
    return [row["seq"] for row in registry.decisions("student").to_pylist() if row["in_force"]]
