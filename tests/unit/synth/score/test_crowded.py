"""Rows that name several pupils are judged pupil by pupil."""

from typing import Any

import pytest

from hit_pipeline.synth.score.card import score
from hit_pipeline.synth.score.layouts import KEY, RELEASE
from tests.unit.synth.score.asked import Card
from tests.unit.synth.score.district import LOG, write, write_district


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """Return the score of a log whose first row names three pupils and whose second names one."""
    folder = write_district(tmp_path_factory.mktemp("crowded"))
    named = [(1, 3, 3), (1, 4, 4), (1, 5, 5), (2, 3, 9)]
    truths = [_truth(row, person, seat) for row, person, seat in named]
    write(folder / "key" / "row_truth.parquet", truths, KEY["row_truth"])
    told = [
        _participant(1, "r1", "C", 1800),  # pupil 3, as it was
        _participant(1, "r2", "D2", 1500),  # pupil 4, five minutes short
        _participant(1, "r3", None, 0),  # linked to nobody: what is left of the row is pupil 5
        _participant(2, "r4", "D2", 0),  # no pupil of this row: taken for pupil 3
    ]
    at = folder / "lake/releases/R1/restricted/session_participant/school_year=2025-26"
    write(at / "part-0.parquet", told, RELEASE["session_participant"])
    return Card(score(folder))


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """Return the score of a row that names pupil 3 twice, in two spellings, and pupil 4 once."""
    folder = write_district(tmp_path_factory.mktemp("repeated"))
    truths = [_truth(1, 3, 3), _truth(1, 3, 8), _truth(1, 4, 4)]
    write(folder / "key" / "row_truth.parquet", truths, KEY["row_truth"])
    told = [
        _participant(1, "r1", "C", 1800),
        _participant(1, "r2", "D", 1800),
        _participant(1, "r3", "C", 1800),
    ]
    at = folder / "lake/releases/R1/restricted/session_participant/school_year=2025-26"
    write(at / "part-0.parquet", told, RELEASE["session_participant"])
    return Card(score(folder))


def _truth(row: int, person: int, seat: int) -> dict[str, Any]:
    place = {"source": "northstar", "file": LOG, "row": row, "role": "student"}
    return {**place, "person_id": person, "seat_id": seat, "record_id": seat, "linkable": True}


def _participant(row: int, record: str, key: str | None, present: int) -> dict[str, Any]:
    return {
        "session_key": f"M{row}",
        "person_record_id": record,
        "student_key": key,
        "tutor_key": "T1",
        "planned_seconds": 1800,
        "present_seconds": present,
        "counts_attended": present > 0,
        "bucket": "delivered" if present else "absent_from_tutoring",
        "_source": "northstar",
        "_delivery_id": "D1",
        "_file": "sessions",
        "_row": row,
    }


def test_every_pupil_of_a_row_has_a_seat_of_his_own(crowded: Card) -> None:
    row = crowded.by("seats", "source")["northstar"]
    assert (row["seats"], row["missing"], row["twice"], row["exact"]) == (4, 0, 0, 3)


def test_a_link_to_nobody_of_the_row_is_wrong_and_the_others_are_right(crowded: Card) -> None:
    assert crowded.figure("students", "wrong links, rows")[0] == 1
    assert crowded.by("students_by_source", "source")["northstar"]["linked"] == 3


def test_no_participant_of_a_row_is_a_stranger(crowded: Card) -> None:
    row = crowded.by("strangers", "source")["northstar"]
    assert (row["participants"], row["no_seat"]) == (4, 0)


def test_a_pupil_named_twice_in_a_row_is_right_twice(repeated: Card) -> None:
    assert repeated.figure("students", "wrong links, rows")[0] == 0
    assert repeated.by("students_by_source", "source")["northstar"]["linked"] == 3
