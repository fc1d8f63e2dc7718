"""The judge of identity, on a key and decisions written by hand.

Children 1 and 2 are twins, 3 is their sibling; 4 and 5 are of other families. Key T claims the
numbers of both twins; nobody's number is that of child 5. A name in the list below says what became
of the record and why.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmarks.identity import judge
from benchmarks.identity.thresholds import curve, probable
from benchmarks.identity.truth import likeliest
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.tables import LINK, arrow_schema
from hit_pipeline.synth.score.layouts import KEY, Layout
from hit_pipeline.synth.score.tables import Tables

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
Rows = list[dict[str, Any]]
_KINDS = {"text": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_()}


def _child(person: int, household: int, twin: int | None = None) -> dict[str, Any]:
    return {
        "person_id": person,
        "role": "student",
        "number": f"000{person}",
        "number_new": "",
        "state_id": "",
        "household": household,
        "twin_id": twin,
    }


PEOPLE = [_child(1, 10, 2), _child(2, 10, 1), _child(3, 10), _child(4, 11), _child(5, 12)]

CLAIMED = [("T", "0001"), ("T", "0002"), ("C", "0003"), ("D", "0004")]

RECORDS = [  # record, true child, linkable, outcome, person, candidates
    ("right", 1, True, "match", "T", []),
    ("taken for the twin", 2, True, "match", "T", []),
    ("right, of another", 3, True, "match", "C", []),
    ("taken for the sibling", 3, True, "match", "T", []),
    ("asked about, right", 4, True, "unsure", None, ["D"]),
    ("asked about, wrong", 4, True, "unsure", None, ["C", "T"]),
    ("without a key", 5, True, "no_match", None, []),
    ("nobody, linked", None, False, "match", "D", []),
    ("nobody, not linked", None, False, "no_match", None, []),
    ("unlinkable, right", 4, False, "match", "D", []),
]

FAULTS = [("taken for the twin", "id_sibling"), ("asked about, right", "id_blank")]


def _layout(rows: Rows, layout: Layout) -> pa.Table:
    fields = [(name, _KINDS[kind]) for name, kind in layout.items()]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def _place(number: int) -> dict[str, Any]:
    return {"source": "log", "file": "log.csv", "row": number}


@pytest.fixture
def tables() -> Iterator[Tables]:
    """Return the key and what is true of ten rows; the record of the fourth is in two spellings."""
    names = [name for name, *_ in RECORDS]
    named = [
        {
            "file_id": 1,
            "row": number,
            "source": "log",
            "person_record_id": name,
            "person_id": person,
            "seat_id": number,
            "record_id": number,
            "linkable": linkable,
        }
        for number, (name, person, linkable, *_) in enumerate(RECORDS, start=1)
    ]
    named.append({**named[3], "row": 11, "person_record_id": "right, of another"})
    faults = [
        {
            **_place(number := names.index(name) + 1),
            "kind": kind,
            "person_id": RECORDS[number - 1][1],
        }
        for name, kind in FAULTS
    ]
    kinds = [{"kind": kind, "family": "id"} for _, kind in FAULTS]
    with duckdb.connect() as connection:
        made = Tables(connection, "", Path())
        made.load("key_person", _layout(PEOPLE, KEY["person"]))
        made.load("key_fault", _layout(faults, KEY["fault"]))
        made.load("key_fault_kind", _layout(kinds, KEY["fault_kind"]))
        made.load("file", pa.table({"file_id": [1], "source": ["log"], "file": ["log.csv"]}))
        made.load("named", pa.Table.from_pylist(named))
        yield made


@pytest.fixture
def judged(tables: Tables) -> Tables:
    """Return the tables with the ten decisions judged."""
    fields = ("person_record_id", "outcome", "person_key", "rule")
    decided = [
        dict(zip(fields, (name, outcome, key, "some.rule"), strict=True))
        for name, _, _, outcome, key, _ in RECORDS
    ]
    asked = [
        {"person_record_id": name, "person_key": key} for name, *_, keys in RECORDS for key in keys
    ]
    claimed = [
        {"student_key": key, "system": "district", "value": value, "origin": "roster"}
        for key, value in CLAIMED
    ]
    identifiers = pa.Table.from_pylist(claimed)
    never = pa.nulls(len(claimed), pa.timestamp("us", tz="UTC"))
    identifiers = identifiers.append_column("valid_to", never)
    judge.judge(tables, pa.Table.from_pylist(decided), pa.Table.from_pylist(asked), identifiers)
    return tables


def test_every_record_counts_once_under_what_became_of_it(judged: Tables) -> None:
    (line,) = judge.summary(judged)
    assert dict(line) == {
        "records": 10,
        "linkable": 7,
        "linked": 6,
        "right": 3,
        "wrong": 3,
        "of nobody": 1,
        "review": 2,
        "right in review": 1,
        "precision": 3 / 6,
        "recall": 2 / 7,
        "recall with review": 3 / 7,
        "review share": 2 / 10,
    }


def test_a_wrong_link_says_whom_it_leads_to(judged: Tables) -> None:
    assert dict(judge.false_merges(judged)) == {
        "to twin": 1,
        "to sibling": 1,
        "to other child": 0,
        "to nobody of a roster": 1,
    }


def test_a_key_with_both_twins_is_a_merge_of_twins(judged: Tables) -> None:
    found = {row["figure"]: row["numerator"] for row in judge.merged_children(judged)}
    assert found["student keys that stand for two children"] == 1
    assert found["of them twins"] == 1
    assert found["of them other siblings"] == 0
    assert found["children with two student keys"] == 0


def test_records_of_a_child_nobody_made_a_key_for_are_told(judged: Tables) -> None:
    (line,) = judge.keyless(judged)
    assert (line["pupils without a key"], line["records"]) == (1, 1)


def test_dirt_is_told_by_record(judged: Tables) -> None:
    found = {row["kind"]: row for row in judge.by_kind(judged)}
    assert found["none"]["records"] == 8
    assert (found["id_sibling"]["wrong"], found["id_sibling"]["recall"]) == (1, 0.0)
    assert (found["id_blank"]["recall"], found["id_blank"]["recall with review"]) == (0.0, 1.0)


def test_judging_again_forgets_the_judgement_before(judged: Tables) -> None:
    nothing = pa.schema([("person_record_id", pa.string()), ("person_key", pa.string())])
    decided = nothing.append(pa.field("outcome", pa.string())).empty_table()
    identifiers = judged.connection.table("release_student_identifier").to_arrow_table()
    judge.judge(judged, decided, nothing.empty_table(), identifiers)
    (line,) = judge.summary(judged)
    assert (line["records"], line["linked"], line["review"]) == (10, 0, 0)


def test_of_a_row_with_several_pupils_each_is_somebody_once() -> None:
    pairs = [  # file, row, member, seat, record, person, likeness: the likeliest first
        (1, 1, "ana", 10, 100, 1, 1.1),
        (1, 1, "bo", 10, 100, 1, 1.0),
        (1, 1, "ana", 11, 101, 2, 0.9),
        (1, 1, "bo", 11, 101, 2, 0.5),
        (1, 2, "bo", 12, 100, 1, 0.6),
    ]
    assert list(likeliest(pairs)) == [
        (1, 1, "ana", 10, 100),
        (1, 1, "bo", 11, 101),
        (1, 2, "bo", 12, 100),
    ]


def test_the_likeliest_person_counts_whether_linked_or_asked_about(
    judged: Tables, tmp_path: Path
) -> None:
    said = {  # record: person linked, person asked about, probability
        "right": ("T", None, 0.97),
        "asked about, right": (None, "D", 0.8),
        "asked about, wrong": (None, "C", 0.6),
        "nobody, linked": ("D", None, None),  # by an identifier
    }
    links = [
        {
            "role": "student",
            "source": "log",
            "person_record_id": record,
            "person_key": key,
            "candidate_key": candidate,
            "outcome": "match" if key else "unsure",
            "rule": "some.rule",
            "probability": probability,
        }
        for record, (key, candidate, probability) in said.items()
    ]
    with Registry.open(f"sqlite:///{tmp_path}/registry.sqlite") as registry:
        changes = Changes(links=pa.Table.from_pylist(links, arrow_schema(LINK)))
        registry.write(changes, expected=registry.fingerprint(), made_by="engine", now=NOW)
        found = sorted(probable(judged, registry), key=lambda row: -row["probability"])
    assert [(row["probability"], row["right"]) for row in found] == [
        (0.97, True),
        (0.8, True),
        (0.6, False),
    ]


def test_the_curve_links_at_the_threshold_and_above() -> None:
    found = [
        {"linkable": True, "probability": 0.99, "right": True},
        {"linkable": True, "probability": 0.95, "right": False},
        {"linkable": False, "probability": 0.999, "right": False},
        {"linkable": True, "probability": 0.6, "right": True},
    ]
    lines = {line["threshold"]: line for line in curve(found)}
    assert (lines["0.99"]["linked"], lines["0.99"]["wrong"]) == (2, 1)
    assert lines["0.99"]["recall"] == 1 / 3
    assert (lines["0.95"]["linked"], lines["0.95"]["precision"]) == (3, 1 / 3)
    assert (lines["0.5"]["recall"], lines["0.5"]["below, candidate right"]) == (2 / 3, 0)
    assert lines["0.9999"]["precision"] is None
    assert curve([]) == []
