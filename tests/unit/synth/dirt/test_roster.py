from datetime import datetime

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.dirt.roster import is_rollover, spoil_roster
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import plain_files
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.truth.build import District, build_zone
from tests.unit.synth.dirt.bundle_kinds import BUNDLE_KINDS
from tests.unit.synth.dirt.roster_sheets import (
    AUTUMN,
    NONE,
    SHARE,
    SPRING,
    Change,
    RosterSpoiling,
    changed_row,
    marks_of,
    night_of,
    nothing,
    rows_of,
)


def _grade(value: str) -> str:
    return f"{value}th Grde"


def _by_hand(value: str) -> str:
    moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
    return moment.strftime("%m/%d/%Y %H:%M")


def _tch(value: str) -> str:
    digits = value.removeprefix("{District:").removesuffix("}")
    return value.replace(digits, f"TCH_{digits}")


CHANGES: dict[str, dict[str, Change]] = {
    "sis_delete_unseen": {"status": lambda _: "active"},
    "sis_status_misspelt": {"status": {"active": "actve", "tobedeleted": "tobedelted"}.__getitem__},
    "sis_modified_bad": {"dateLastModified": _by_hand},
    "sis_role_misspelt": {"role": lambda value: value[0] + value[2] + value[1] + value[3:]},
    "sis_grade_misspelt": {"grades": _grade, "grade": _grade},
    "sis_grade_blank": {"grades": nothing},
    "sis_username_blank": {"username": nothing},
    "sis_staff_number_blank": {"identifier": nothing, "userIds": nothing},
    "sis_staff_number_prefixed": {"identifier": _tch, "userIds": _tch},
    "sis_enrollment_id_blank": {"sourcedId": nothing},
    "sis_state_id_blank": {"state_id": nothing},
    "sis_birth_blank": {"birthDate": nothing, "birth_date": nothing},
    "sis_surname_blanks": {
        "familyName": lambda value: f"{value}  ",
        "last_name": lambda value: f"{value}  ",
    },
}
"""Faults that change cells: what each column of a row that bears one becomes."""
BY_HUMAN = (
    "sis_user_twice",
    "sis_grade_misspelt",
    "sis_grade_blank",
    "sis_username_blank",
    "sis_staff_number_blank",
    "sis_staff_number_prefixed",
    "sis_state_id_blank",
    "sis_birth_blank",
    "sis_surname_blanks",
)


@pytest.fixture(scope="module")
def spoiling() -> RosterSpoiling:
    return RosterSpoiling(build_zone(District(seed=3, students=1000, schools=3), 0))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_without_dirt_every_sheet_stays_as_it_is(spoiling: RosterSpoiling, version: str) -> None:
    for clean, spoilt in spoiling.pairs({}, version=version):
        assert spoilt.rows.equals(clean.rows)
        assert not spoilt.faults
        assert not spoilt.missing


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("kind", CHANGES)
def test_a_fault_of_cells_changes_its_cells_of_the_marked_rows_alone(
    spoiling: RosterSpoiling, kind: str, version: str
) -> None:
    hits = 0
    for clean, spoilt in spoiling.pairs({kind: SHARE}, version=version):
        marked = set(marks_of(spoilt, kind).tolist())
        hits += len(marked)
        for at, (before, after) in enumerate(zip(rows_of(clean), rows_of(spoilt), strict=True)):
            assert after == (changed_row(CHANGES[kind], before) if at in marked else before)
            assert (after != before) == (at in marked)
        assert np.array_equal(spoilt.person, clean.person)
    assert hits


@pytest.mark.parametrize("kind", BY_HUMAN)
def test_the_same_humans_bear_a_fault_every_night(spoiling: RosterSpoiling, kind: str) -> None:
    def bearers(night: Night) -> tuple[set[int], set[int]]:
        hit, seen = set(), set()
        for clean, spoilt in spoiling.pairs({kind: SHARE}, night):
            if kind in spoilt.faults:
                seen.update(clean.person.tolist())
                hit.update(spoilt.person[spoilt.faults[kind]].tolist())
        return hit, seen

    (autumn, then), (spring, now) = bearers(AUTUMN), bearers(SPRING)
    both = then & now
    assert autumn & both == spring & both
    assert len(autumn) / len(then) == pytest.approx(SHARE, abs=0.12)


@pytest.mark.parametrize("kind", ["sis_enrollment_orphan", "sis_enrollment_id_blank"])
def test_the_same_enrollments_bear_a_fault_every_night(spoiling: RosterSpoiling, kind: str) -> None:
    def bearers(night: Night) -> tuple[set[str], set[str]]:
        hit, seen = set(), set()
        for clean, spoilt in spoiling.pairs({kind: SHARE}, night):
            if "enrollments" in clean.file:
                ids = np.array(clean.rows["sourcedId"].to_pylist())
                seen.update(ids.tolist())
                hit.update(ids[marks_of(spoilt, kind)].tolist())
        return hit, seen

    (autumn, then), (spring, now) = bearers(AUTUMN), bearers(SPRING)
    both = then & now
    assert autumn & both == spring & both
    assert len(autumn) / len(then) == pytest.approx(SHARE, abs=0.02)


def test_an_orphan_is_of_a_user_no_file_has_and_about_nobody(spoiling: RosterSpoiling) -> None:
    users: set[str] = set()
    orphans: set[str] = set()
    for clean, spoilt in spoiling.pairs({"sis_enrollment_orphan": SHARE}):
        if "users" in clean.file:
            users.update(spoilt.rows["sourcedId"].to_pylist())
        if "enrollments" in clean.file:
            hit = marks_of(spoilt, "sis_enrollment_orphan")
            assert (spoilt.person[hit] == -1).all()
            rest = np.setdiff1d(np.arange(len(clean.person)), hit)
            assert np.array_equal(spoilt.person[rest], clean.person[rest])
            given = spoilt.rows["userSourcedId"].to_pylist()
            orphans.update(given[at] for at in hit)
            unmoved = clean.rows["userSourcedId"].to_pylist()
            assert all(given[at] == unmoved[at] for at in rest)
    assert len(orphans) > 100
    assert not orphans & users


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_pupil_twice_has_second_rows_with_the_same_number(
    spoiling: RosterSpoiling, version: str
) -> None:
    second: dict[str, set[str]] = {}
    for clean, spoilt in spoiling.pairs({"sis_user_twice": SHARE}, version=version):
        added = marks_of(spoilt, "sis_user_twice")
        size = clean.rows.num_rows
        assert spoilt.rows.slice(0, size).equals(clean.rows)
        assert added.tolist() == list(range(size, spoilt.rows.num_rows))
        first = {(row.get("userSourcedId") or row.get("sourcedId")) for row in rows_of(clean)}
        rows = rows_of(spoilt)
        for at in added:
            own = rows[at].get("userSourcedId") or rows[at]["sourcedId"]
            assert own not in first
            name = clean.file.rpartition("/")[2]
            second.setdefault(name, set()).add(str(own))
        if added.size and "users" in clean.file:
            models = rows_of(clean)
            for at in added:
                same = [models[n] for n in np.flatnonzero(clean.person == spoilt.person[at])]
                assert rows[at] in [one | {"sourcedId": rows[at]["sourcedId"]} for one in same]
    files = {"users.csv", "demographics.csv"} | ({"roles.csv"} if version == "1.2" else set())
    assert set(second) == files
    assert len({frozenset(ids) for ids in second.values()}) == 1


def test_employees_of_1_1_are_users_by_role(spoiling: RosterSpoiling) -> None:
    for clean, spoilt in spoiling.pairs({"sis_user_per_role": SHARE}, version="1.1"):
        added = [rows_of(spoilt)[at] for at in marks_of(spoilt, "sis_user_per_role")]
        known = {row.get("identifier"): row for row in rows_of(clean)} if added else {}
        for row in added:
            model = known[row["identifier"]]
            assert (model["role"], row["role"]) == ("teacher", "administrator")
            assert row["sourcedId"] == "a" + str(model["sourcedId"])[1:]
    assert not any(spoilt.faults for _, spoilt in spoiling.pairs({"sis_user_per_role": SHARE}))


def test_deletions_are_unseen_of_a_human_as_a_whole(spoiling: RosterSpoiling) -> None:
    hit: set[int] = set()
    spared: set[int] = set()
    for clean, spoilt in spoiling.pairs({"sis_delete_unseen": 0.5}):
        if "status" in clean.rows.column_names:
            gone = np.array([row["status"] == "tobedeleted" for row in rows_of(clean)], dtype=bool)
            flags = spoilt.faults.get("sis_delete_unseen", np.zeros(len(gone), dtype=bool))
            hit.update(clean.person[flags].tolist())
            spared.update(clean.person[gone & ~flags].tolist())
    assert hit
    assert spared
    assert not hit & spared


def test_rows_under_a_new_number_are_marked_where_the_old_one_stands(
    spoiling: RosterSpoiling,
) -> None:
    students = spoiling.zone.students
    for clean, spoilt in spoiling.pairs({"sis_two_numbers": 0.9}):
        assert spoilt.rows.equals(clean.rows)
        if clean.file.startswith("students_"):
            given = clean.rows["student_number"].to_pylist()
            expected = [
                at
                for at, (number, person) in enumerate(zip(given, clean.person, strict=True))
                if number in students.number_new
                and any(given[other] != number for other in np.flatnonzero(clean.person == person))
            ]
            assert expected
            assert marks_of(spoilt, "sis_two_numbers").tolist() == expected


def test_most_pupils_are_left_out_once_a_summer_and_never_on_the_last_night() -> None:
    rate = rates("typical")
    for deliveries in ("final", "weekly", "nightly"):
        every = nights(deliveries, 2)
        rolled = [night for night in every if is_rollover(night, rate)]
        assert len(rolled) == (0 if deliveries == "final" else 2)
        assert all(str(night.today)[5:7] == "07" for night in rolled)
        assert not any(is_rollover(night, NONE) for night in every)


def test_the_roll_over_leaves_out_the_same_pupils_of_every_roster_file(
    spoiling: RosterSpoiling,
) -> None:
    night = night_of("2026-07-04", "2026-06-27")
    left: list[set[int]] = []
    for clean, spoilt in spoiling.pairs({"sis_rollover": 0.9}, night):
        lost = clean.rows.num_rows - spoilt.rows.num_rows
        assert spoilt.missing.get("sis_rollover", 0) == lost
        is_roster = clean.role == "student" and not clean.file.startswith(("att", "prog", "par"))
        if is_roster and clean.source != "consent" and clean.rows.num_rows > 300:
            assert lost / clean.rows.num_rows == pytest.approx(0.8, abs=0.05)
            left.append(set(clean.person.tolist()) - set(spoilt.person.tolist()))
        elif not is_roster:
            assert lost == 0
    in_district = set.intersection(*left)
    assert len(in_district) > 300
    assert all(one <= set.union(*left) for one in left)


def test_other_sources_stay_as_they_are(spoiling: RosterSpoiling) -> None:
    every = dict.fromkeys(NONE, 0.9)
    for sheet in plain_files.sheets(spoiling.zone, SPRING):
        if sheet.source != plain_files.SOURCE:
            assert spoil_roster(sheet, SPRING, spoiling.zone, every) is sheet


def test_every_kind_of_a_roster_is_under_test() -> None:
    others = {
        "sis_user_twice",
        "sis_user_per_role",
        "sis_enrollment_orphan",
        "sis_two_numbers",
        "sis_rollover",
    }
    here = others | CHANGES.keys() | set(BUNDLE_KINDS)
    assert {kind.name for kind in KINDS if kind.family == "roster"} == here
