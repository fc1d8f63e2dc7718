"""Faults of the roster in the forms whose keys and types a database or an ODS checks."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest

from hit_pipeline.synth.dirt.roster import spoil_roster
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import edfi, plain_files, sis_sql
from hit_pipeline.synth.truth.build import District, build_zone
from tests.unit.synth.dirt.roster_sheets import (
    NONE,
    SHARE,
    SPRING,
    Change,
    RosterSpoiling,
    changed_row,
    marks_of,
    nothing,
    rows_of,
)


@pytest.fixture(scope="module")
def spoiling() -> RosterSpoiling:
    return RosterSpoiling(build_zone(District(seed=3, students=1000, schools=3), 0))


IN_TABLES: dict[str, dict[str, Change]] = {
    "sis_state_id_blank": {"state_studentnumber": nothing},
    "sis_birth_blank": {"dob": nothing},
    "sis_surname_blanks": {"last_name": lambda value: f"{value}  "},
}


@pytest.mark.parametrize("kind", IN_TABLES)
def test_the_same_pupils_bear_a_fault_in_the_tables_and_nothing_else_changes(
    spoiling: RosterSpoiling, kind: str
) -> None:
    hit: set[int] = set()
    for clean in sis_sql.sheets(spoiling.zone, SPRING):
        spoilt = spoil_roster(clean, SPRING, spoiling.zone, NONE | {kind: SHARE})
        marked = set(marks_of(spoilt, kind).tolist())
        for at, (before, after) in enumerate(zip(rows_of(clean), rows_of(spoilt), strict=True)):
            assert after == (changed_row(IN_TABLES[kind], before) if at in marked else before)
        hit.update(spoilt.person[list(marked)].tolist())
    (files,) = (
        spoilt
        for clean, spoilt in spoiling.pairs({kind: SHARE})
        if clean.source == plain_files.SOURCE and clean.file.startswith("students")
    )
    in_files = set(files.person[marks_of(files, kind)].tolist())
    assert len(in_files) > 100
    assert in_files <= hit


def test_a_pupil_under_two_numbers_is_marked_in_the_tables(spoiling: RosterSpoiling) -> None:
    numbers = set(spoiling.zone.students.number_new.tolist()) - {""}
    for clean in sis_sql.sheets(spoiling.zone, SPRING):
        spoilt = spoil_roster(clean, SPRING, spoiling.zone, NONE | {"sis_two_numbers": 0.9})
        assert spoilt.rows.equals(clean.rows)
        marked = [rows_of(clean)[at] for at in marks_of(spoilt, "sis_two_numbers")]
        assert bool(marked) == (clean.file == "students.csv")
        assert all(str(row["student_number"]).strip() in numbers for row in marked)


def test_an_ods_takes_blanks_after_a_surname_and_refuses_the_other_faults(
    spoiling: RosterSpoiling,
) -> None:
    hits = 0
    for clean in edfi.sheets(spoiling.zone, SPRING):
        spoilt = spoil_roster(clean, SPRING, spoiling.zone, dict.fromkeys(NONE, SHARE))
        assert set(spoilt.faults) <= {"sis_surname_blanks"}
        marked = marks_of(spoilt, "sis_surname_blanks")
        hits += len(marked)
        made = [
            (json.loads(one["json"]), json.loads(two["json"]))
            for one, two in zip(clean.rows.to_pylist(), spoilt.rows.to_pylist(), strict=True)
        ]
        for at, (before, after) in enumerate(made):
            blanks = "  " if at in set(marked.tolist()) else ""
            if "lastSurname" in before:
                before["lastSurname"] += blanks if clean.role == "student" else ""
            assert after == before
    assert hits > 100


def test_a_surname_with_a_quote_in_it_stays_json() -> None:
    zone = build_zone(District(seed=3, students=100, schools=1), 0)
    (night,) = nights("final", 1)
    first = next(sheet for sheet in edfi.sheets(zone, night) if sheet.file.startswith("students_"))
    odd = json.dumps({"lastSurname": 'O"Neil\\', "firstName": "A"})
    rows = pa.table({"json": [odd] * first.rows.num_rows})
    spoilt = spoil_roster(replace(first, rows=rows), night, zone, NONE | {"sis_surname_blanks": 1})
    assert {json.loads(row["json"])["lastSurname"] for row in spoilt.rows.to_pylist()} == {
        'O"Neil\\  '
    }
