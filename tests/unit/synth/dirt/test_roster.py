from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.dirt.roster import is_rollover, spoil_roster
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import oneroster, plain_files
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.zone import Zone

Row = dict[str, str | None]
Change = Callable[[str], str | None]

NONE = rates("none")
SHARE = 0.2


def _nothing(_: str) -> None:
    return None


def _grade(value: str) -> str:
    return f"{value}th Grde"


def _tch(value: str) -> str:
    digits = value.removeprefix("{District:").removesuffix("}")
    return value.replace(digits, f"TCH_{digits}")


CHANGES: dict[str, dict[str, Change]] = {
    "sis_delete_unseen": {"status": lambda _: "active"},
    "sis_status_misspelt": {"status": {"active": "actve", "tobedeleted": "tobedelted"}.__getitem__},
    "sis_role_misspelt": {"role": lambda value: value[0] + value[2] + value[1] + value[3:]},
    "sis_grade_misspelt": {"grades": _grade, "grade": _grade},
    "sis_grade_blank": {"grades": _nothing},
    "sis_username_blank": {"username": _nothing},
    "sis_staff_number_blank": {"identifier": _nothing, "userIds": _nothing},
    "sis_staff_number_prefixed": {"identifier": _tch, "userIds": _tch},
    "sis_enrollment_id_blank": {"sourcedId": _nothing},
    "sis_state_id_blank": {"state_id": _nothing},
    "sis_birth_blank": {"birthDate": _nothing, "birth_date": _nothing},
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


def _night(today: str, before: str = "NaT") -> Night:
    day, earlier = np.datetime64(today, "D"), np.datetime64(before, "D")
    return Night(
        number=0 if np.isnat(earlier) else 1,
        today=day,
        before=earlier,
        at=day.astype("datetime64[s]"),
        at_before=earlier.astype("datetime64[s]"),
        is_last=False,
    )


AUTUMN, SPRING = _night("2025-11-03", "2025-09-03"), _night("2026-04-20", "2026-01-12")


class Spoiling:
    """Sheets of a night without a fault and with some, side by side."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.clean = cache(self._clean)

    def _clean(self, night: Night, version: str) -> list[Sheet]:
        name = f"oneroster_bulk{night.stamp}.zip"
        return [
            *oneroster.bulk(self.zone, night, version, name=name),
            *oneroster.delta(self.zone, night, version),
            *plain_files.sheets(self.zone, night),
        ]

    def pairs(
        self, rate: dict[str, float], night: Night = SPRING, version: str = "1.2"
    ) -> Iterator[tuple[Sheet, Sheet]]:
        for sheet in self.clean(night, version):
            yield sheet, spoil_roster(sheet, night, self.zone, NONE | rate)


@pytest.fixture(scope="module")
def spoiling() -> Spoiling:
    return Spoiling(build_zone(District(seed=3, students=1000, schools=3), 0))


def _rows(sheet: Sheet) -> list[Row]:
    return list(sheet.rows.to_pylist())


def _marked(sheet: Sheet, kind: str) -> np.ndarray:
    return np.flatnonzero(sheet.faults.get(kind, np.zeros(sheet.rows.num_rows, dtype=bool)))


def _own(changes: dict[str, Change], row: Row) -> Row:
    return {
        name: changes[name](cell) if name in changes and cell is not None else cell
        for name, cell in row.items()
    }


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_without_dirt_every_sheet_stays_as_it_is(spoiling: Spoiling, version: str) -> None:
    for clean, spoilt in spoiling.pairs({}, version=version):
        assert spoilt.rows.equals(clean.rows)
        assert not spoilt.faults
        assert not spoilt.missing


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("kind", CHANGES)
def test_a_fault_of_cells_changes_its_cells_of_the_marked_rows_alone(
    spoiling: Spoiling, kind: str, version: str
) -> None:
    hits = 0
    for clean, spoilt in spoiling.pairs({kind: SHARE}, version=version):
        marked = set(_marked(spoilt, kind).tolist())
        hits += len(marked)
        for at, (before, after) in enumerate(zip(_rows(clean), _rows(spoilt), strict=True)):
            assert after == (_own(CHANGES[kind], before) if at in marked else before)
            assert (after != before) == (at in marked)
        assert np.array_equal(spoilt.person, clean.person)
    assert hits


@pytest.mark.parametrize("kind", BY_HUMAN)
def test_the_same_humans_bear_a_fault_every_night(spoiling: Spoiling, kind: str) -> None:
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
def test_the_same_enrollments_bear_a_fault_every_night(spoiling: Spoiling, kind: str) -> None:
    def bearers(night: Night) -> tuple[set[str], set[str]]:
        hit, seen = set(), set()
        for clean, spoilt in spoiling.pairs({kind: SHARE}, night):
            if "enrollments" in clean.file:
                ids = np.array(clean.rows["sourcedId"].to_pylist())
                seen.update(ids.tolist())
                hit.update(ids[_marked(spoilt, kind)].tolist())
        return hit, seen

    (autumn, then), (spring, now) = bearers(AUTUMN), bearers(SPRING)
    both = then & now
    assert autumn & both == spring & both
    assert len(autumn) / len(then) == pytest.approx(SHARE, abs=0.02)


def test_an_orphan_is_of_a_user_no_file_has_and_about_nobody(spoiling: Spoiling) -> None:
    users: set[str] = set()
    orphans: set[str] = set()
    for clean, spoilt in spoiling.pairs({"sis_enrollment_orphan": SHARE}):
        if "users" in clean.file:
            users.update(spoilt.rows["sourcedId"].to_pylist())
        if "enrollments" in clean.file:
            hit = _marked(spoilt, "sis_enrollment_orphan")
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
    spoiling: Spoiling, version: str
) -> None:
    second: dict[str, set[str]] = {}
    for clean, spoilt in spoiling.pairs({"sis_user_twice": SHARE}, version=version):
        added = _marked(spoilt, "sis_user_twice")
        size = clean.rows.num_rows
        assert spoilt.rows.slice(0, size).equals(clean.rows)
        assert added.tolist() == list(range(size, spoilt.rows.num_rows))
        first = {(row.get("userSourcedId") or row.get("sourcedId")) for row in _rows(clean)}
        rows = _rows(spoilt)
        for at in added:
            own = rows[at].get("userSourcedId") or rows[at]["sourcedId"]
            assert own not in first
            name = clean.file.rpartition("/")[2]
            second.setdefault(name, set()).add(str(own))
        if added.size and "users" in clean.file:
            models = _rows(clean)
            for at in added:
                same = [models[n] for n in np.flatnonzero(clean.person == spoilt.person[at])]
                assert rows[at] in [one | {"sourcedId": rows[at]["sourcedId"]} for one in same]
    files = {"users.csv", "demographics.csv"} | ({"roles.csv"} if version == "1.2" else set())
    assert set(second) == files
    assert len({frozenset(ids) for ids in second.values()}) == 1


def test_employees_of_1_1_are_users_by_role(spoiling: Spoiling) -> None:
    for clean, spoilt in spoiling.pairs({"sis_user_per_role": SHARE}, version="1.1"):
        added = [_rows(spoilt)[at] for at in _marked(spoilt, "sis_user_per_role")]
        known = {row.get("identifier"): row for row in _rows(clean)} if added else {}
        for row in added:
            model = known[row["identifier"]]
            assert (model["role"], row["role"]) == ("teacher", "administrator")
            assert row["sourcedId"] == "a" + str(model["sourcedId"])[1:]
    assert not any(spoilt.faults for _, spoilt in spoiling.pairs({"sis_user_per_role": SHARE}))


def test_deletions_are_unseen_of_a_human_as_a_whole(spoiling: Spoiling) -> None:
    hit: set[int] = set()
    spared: set[int] = set()
    for clean, spoilt in spoiling.pairs({"sis_delete_unseen": 0.5}):
        if "status" in clean.rows.column_names:
            gone = np.array([row["status"] == "tobedeleted" for row in _rows(clean)], dtype=bool)
            flags = spoilt.faults.get("sis_delete_unseen", np.zeros(len(gone), dtype=bool))
            hit.update(clean.person[flags].tolist())
            spared.update(clean.person[gone & ~flags].tolist())
    assert hit
    assert spared
    assert not hit & spared


def test_rows_under_a_new_number_are_marked_where_the_old_one_stands(spoiling: Spoiling) -> None:
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
            assert _marked(spoilt, "sis_two_numbers").tolist() == expected


def test_most_pupils_are_left_out_once_a_summer_and_never_on_the_last_night() -> None:
    rate = rates("typical")
    for deliveries in ("final", "weekly", "nightly"):
        every = nights(deliveries, 2)
        rolled = [night for night in every if is_rollover(night, rate)]
        assert len(rolled) == (0 if deliveries == "final" else 2)
        assert all(str(night.today)[5:7] == "07" for night in rolled)
        assert not any(is_rollover(night, NONE) for night in every)


def test_the_roll_over_leaves_out_the_same_pupils_of_every_roster_file(spoiling: Spoiling) -> None:
    night = _night("2026-07-04", "2026-06-27")
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


def test_other_sources_stay_as_they_are(spoiling: Spoiling) -> None:
    every = dict.fromkeys(NONE, 0.9)
    for sheet in plain_files.sheets(spoiling.zone, SPRING):
        if sheet.source != plain_files.SOURCE:
            assert spoil_roster(sheet, SPRING, spoiling.zone, every) is sheet
    of_tables = replace(next(iter(plain_files.sheets(spoiling.zone, SPRING))), source="sis_sql")
    assert spoil_roster(of_tables, SPRING, spoiling.zone, every) is of_tables


def test_every_kind_of_a_roster_is_under_test() -> None:
    others = {
        "sis_user_twice",
        "sis_user_per_role",
        "sis_enrollment_orphan",
        "sis_two_numbers",
        "sis_rollover",
    }
    assert {kind.name for kind in KINDS if kind.family == "roster"} == others | CHANGES.keys()
