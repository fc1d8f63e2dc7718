"""Spells follow from what was landed: nights one by one and all at once give the same ones."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.sources.contract.loading import load_contract
from tests.unit.conform.roster_bench import Bench, Row, pick
from tests.unit.conform.spells_bench import SESSION, YEAR, Cells, SpellsBench, pupil

NIGHTS = [date(2026, 11, day) for day in (2, 9, 16, 23, 30)]
FIRST, SECOND, THIRD, FOURTH, FIFTH = NIGHTS
BEGINS, ENDS = SESSION
NOBODY = pupil(number="1", last="Other")
"""A pupil who stays: a roster without rows says nothing."""


@pytest.fixture
def roster(engine: Engine, tmp_path: Path) -> SpellsBench:
    return SpellsBench(engine, tmp_path)


def of(rows: list[Row], number: str = "7") -> list[tuple[Any, ...]]:
    """Return school, entry, exit and origin of one pupil's spells."""
    own = [row for row in rows if row["student_key"] == number]
    return pick(own, "school_id", "entry_date", "exit_date", "dates_origin")


def agreed(roster: SpellsBench, *years: str) -> list[Row]:
    """Return the spells, the same ones for nights one by one and for all at once."""
    once = roster.spells(*years)
    assert roster.night_by_night(*years) == once
    return once


def test_who_leaves_and_comes_back_has_two_spells(roster: SpellsBench) -> None:
    for day, rows in zip(NIGHTS, ([pupil()], [], [], [pupil()], [pupil()]), strict=True):
        roster.roster(day, NOBODY, *rows)
    assert of(agreed(roster)) == [
        ("A", BEGINS, date(2026, 11, 8), "derived"),
        ("A", FOURTH, None, "derived"),
    ]


def test_who_changes_schools_and_returns_has_three(roster: SpellsBench) -> None:
    for day, where in zip(NIGHTS, "ABBAA", strict=True):
        roster.roster(day, pupil(where))
    assert of(agreed(roster)) == [
        ("A", BEGINS, date(2026, 11, 8), "derived"),
        ("A", FOURTH, None, "derived"),
        ("B", SECOND, date(2026, 11, 22), "derived"),
    ]


def test_stated_dates_win_over_those_of_deliveries(roster: SpellsBench) -> None:
    left = pupil(entry="2026-08-18", exit="2026-11-05")
    back = pupil(entry="2026-11-20")
    for day, rows in zip(
        NIGHTS,
        ([pupil(entry="2026-08-18")], [left], [left], [left, back], [left, back]),
        strict=True,
    ):
        roster.roster(day, NOBODY, *rows)
    assert of(agreed(roster)) == [
        ("A", date(2026, 8, 18), date(2026, 11, 5), "stated"),
        ("A", date(2026, 11, 20), None, "stated"),
    ]


def test_a_stated_entry_without_an_exit_ends_when_it_is_no_longer_listed(
    roster: SpellsBench,
) -> None:
    told = pupil(entry="2026-08-18")
    again = pupil(entry="2026-11-25")
    for day, rows in zip(NIGHTS, ([told], [told], [], [], [again]), strict=True):
        roster.roster(day, NOBODY, *rows)
    assert of(agreed(roster)) == [
        ("A", date(2026, 8, 18), date(2026, 11, 15), "stated"),
        ("A", date(2026, 11, 25), None, "stated"),
    ]


def test_a_stated_transfer_closes_the_spell_before_it(roster: SpellsBench) -> None:
    roster.roster(FIRST, pupil(entry="2026-08-18"))
    roster.roster(SECOND, pupil("B", entry="2026-11-04"))
    roster.roster(THIRD, pupil(entry="2026-11-12"))
    assert of(agreed(roster)) == [
        ("A", date(2026, 8, 18), date(2026, 11, 3), "stated"),
        ("A", date(2026, 11, 12), None, "stated"),
        ("B", date(2026, 11, 4), date(2026, 11, 11), "stated"),
    ]


@pytest.mark.parametrize("corrected", ["2026-08-10", "2026-08-25", "2026-11-12"])
def test_a_changed_entry_date_is_a_correction_however_late(
    roster: SpellsBench, corrected: str
) -> None:
    roster.roster(FIRST, pupil(entry="2026-08-18"))
    roster.roster(SECOND, pupil(entry="2026-08-18"))
    roster.roster(FIFTH, pupil(entry=corrected))
    assert of(agreed(roster)) == [("A", date.fromisoformat(corrected), None, "stated")]


def test_a_delivery_that_repeats_an_older_state_is_taken_at_its_word(roster: SpellsBench) -> None:
    for day, where in zip(NIGHTS, "ABABB", strict=True):
        roster.roster(day, pupil(where, entry="2026-08-18" if where == "A" else "2026-11-05"))
    assert of(agreed(roster)) == [
        ("A", date(2026, 8, 18), date(2026, 11, 4), "stated"),
        ("B", date(2026, 11, 5), None, "stated"),
    ]


@pytest.mark.parametrize("quirk", [{"malformed": 1}, {"status": "held"}, {"status": "refused"}])
def test_a_broken_or_held_roster_ends_no_spell(roster: SpellsBench, quirk: dict[str, Any]) -> None:
    roster.roster(FIRST, NOBODY, pupil())
    roster.roster(SECOND, NOBODY, **quirk)
    roster.roster(THIRD, NOBODY, pupil())
    assert of(agreed(roster)) == [("A", BEGINS, None, "derived")]


def test_a_row_that_cannot_be_typed_ends_no_spell(roster: SpellsBench) -> None:
    for day, grade in zip(NIGHTS, ("03", "no such grade", "03", "04", "04"), strict=True):
        roster.roster(day, pupil(grade=grade))
    rows = agreed(roster)
    assert of(rows) == [("A", BEGINS, None, "derived")]
    assert pick(rows, "grade") == [("04",)]


def test_another_name_or_grade_is_the_same_spell(roster: SpellsBench) -> None:
    for day, row in zip(
        NIGHTS,
        (pupil(), pupil(last="New"), pupil(last="New", grade="05"), pupil(), pupil(grade="05")),
        strict=True,
    ):
        roster.roster(day, row)
    assert of(agreed(roster)) == [("A", BEGINS, None, "derived")]


def test_an_older_delivery_that_lands_late_counts_in_its_place(roster: SpellsBench) -> None:
    roster.roster(FIRST, NOBODY, pupil())
    roster.roster(SECOND, NOBODY)
    roster.roster(THIRD, NOBODY, pupil())
    whole = of(roster.spells())
    late = roster.nights.pop(1)
    without = of(roster.spells(lake="late"))
    roster.nights.insert(1, late)
    assert without == [("A", BEGINS, None, "derived")]
    assert of(roster.spells(lake="late")) == whole
    assert whole == [("A", BEGINS, date(2026, 11, 8), "derived"), ("A", THIRD, None, "derived")]


def test_a_spell_ends_with_the_school_year_it_was_last_listed_in(roster: SpellsBench) -> None:
    roster.roster(date(2027, 6, 5), NOBODY, pupil(entry="2026-08-18"))
    roster.roster(date(2027, 8, 14), NOBODY)
    rows = agreed(roster, YEAR, "2027-28")
    assert of(rows) == [("A", date(2026, 8, 18), date(2027, 6, 30), "stated")]


def test_a_roster_listed_in_summer_only_makes_no_spell(roster: SpellsBench) -> None:
    roster.roster(date(2026, 7, 20), NOBODY, pupil())
    roster.roster(date(2026, 8, 10), NOBODY)
    assert of(agreed(roster)) == []


def test_a_roster_left_out_after_the_session_changes_nothing(roster: SpellsBench) -> None:
    for day, rows in (
        (date(2027, 5, 1), [pupil()]),
        (date(2027, 7, 3), []),
        (date(2027, 7, 10), [pupil()]),
    ):
        roster.roster(day, NOBODY, *rows)
    assert of(agreed(roster)) == [("A", BEGINS, ENDS, "derived")]


def test_one_full_roster_needs_no_history(roster: SpellsBench) -> None:
    roster.roster(FIRST, pupil())
    assert of(roster.spells()) == [("A", BEGINS, None, "derived")]
    assert not list(roster.folder.glob("*/typed/s/typed_enrollment_run.parquet"))


def test_a_run_refers_to_a_record_and_names_nobody(roster: SpellsBench) -> None:
    roster.roster(FIRST, NOBODY, pupil())
    roster.roster(SECOND, NOBODY)
    roster.spells()
    context = Bench(roster.engine, roster.folder / "once", {}).context()
    assert naming_tables(context, "student") == ["typed_student", "typed_former_student"]


def test_a_gap_no_current_row_shows_touches_the_open_year(roster: SpellsBench) -> None:
    roster.roster(FIRST, NOBODY, pupil())
    roster.roster(SECOND, NOBODY, pupil())
    roster.spells()
    state = roster.folder / "once" / "lake" / "typed" / "s" / "state.json"
    before = json.loads(state.read_text())["years"][""]
    roster.roster(THIRD, NOBODY)
    roster.roster(FOURTH, NOBODY, pupil())
    roster.spells()
    after = json.loads(state.read_text())["years"][""]
    assert after["typed_student"] == before["typed_student"]
    assert after["typed_enrollment_run"] != before["typed_enrollment_run"]


Plan = list[list[str]]
"""Per night and pupil: the school, empty when the roster lacks the pupil."""


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plan=st.lists(
        st.lists(st.sampled_from(["A", "B", ""]), min_size=3, max_size=3), min_size=2, max_size=4
    ),
    resent=st.integers(0, 3),
)
def test_spells_are_those_a_plain_loop_finds(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, plan: Plan, resent: int
) -> None:
    roster = SpellsBench(engine, tmp_path_factory.mktemp("nights"))
    plan.insert(resent, plan[min(resent, len(plan) - 1)])
    for day, row in zip([*NIGHTS, date(2026, 12, 7)], plan, strict=False):
        listed = [pupil(where, str(n)) for n, where in enumerate(row) if where]
        roster.roster(day, pupil("C", "9"), *listed)
    days = [one.received_date for one in roster.nights]
    rows = agreed(roster)
    for n in range(3):
        found = [one[:3] for one in of(rows, str(n))]
        assert found == sorted(_expected([row[n] for row in plan], days), key=lambda one: one[:2])


def _expected(listed: list[str], days: list[date]) -> list[tuple[str, date, date | None]]:
    spells: list[tuple[str, date, date | None]] = []
    for at, where in enumerate(listed):
        before = listed[at - 1] if at else ""
        if before and where != before:
            school, entry, _ = spells[-1]
            spells[-1] = (school, entry, days[at] - timedelta(days=1))
        if where and where != before:
            spells.append((where, days[at] if spells else BEGINS, None))
    return spells


def _bundle(*users: Cells, roles: list[Cells]) -> dict[str, list[Cells]]:
    return {"users": list(users), "roles": roles}


def _user(last: str = "Doe", number: str = "7", **more: str) -> Cells:
    told = {"sourcedId": f"u{number}", "identifier": number, "givenName": "Ann"}
    return told | {"familyName": last, "grades": "05"} | more


def _role(org: str = "A", number: str = "7", n: str = "1", **more: str) -> Cells:
    told = {"sourcedId": f"r{number}{n}", "userSourcedId": f"u{number}", "role": "student"}
    return told | {"roleType": "primary", "orgSourcedId": org} | more


@pytest.fixture
def bundles(engine: Engine, tmp_path: Path) -> SpellsBench:
    return SpellsBench(engine, tmp_path, load_contract("oneroster", tmp_path))


def test_users_and_roles_are_joined_as_they_stood_together(bundles: SpellsBench) -> None:
    stays = (_user(number="1"), _role("C", "1"))
    for day, user, roles in (
        (FIRST, [_user()], [_role("A")]),
        (SECOND, [_user()], [_role("B")]),  # the same role, at another school
        (THIRD, [], []),
        (FOURTH, [_user("New")], [_role("B", n="2"), _role("C", n="3", roleType="secondary")]),
    ):
        bundles.deliver(day, _bundle(stays[0], *user, roles=[stays[1], *roles]))
    rows = agreed(bundles)
    assert of(rows) == [
        ("A", BEGINS, date(2026, 11, 8), "derived"),
        ("B", SECOND, date(2026, 11, 15), "derived"),
        ("B", FOURTH, None, "derived"),
        ("C", FOURTH, None, "derived"),
    ]
    kinds = pick([row for row in rows if row["student_key"] == "7"], "enrollment_type")
    assert kinds[-1] == ("co_enrolled",)
    assert of(rows, "1") == [("C", BEGINS, None, "derived")]


def test_dates_of_roles_are_stated(bundles: SpellsBench) -> None:
    dated = {"beginDate": "2026-08-18"}
    bundles.deliver(FIRST, _bundle(_user(), roles=[_role(**dated)]))
    bundles.deliver(SECOND, _bundle(_user(number="1"), roles=[_role("C", "1")]))
    again = _role(n="2", beginDate="2026-11-20")
    bundles.deliver(FOURTH, _bundle(_user(), _user(number="1"), roles=[_role("C", "1"), again]))
    assert of(agreed(bundles)) == [
        ("A", date(2026, 8, 18), date(2026, 11, 8), "stated"),
        ("A", date(2026, 11, 20), None, "stated"),
    ]


def test_a_user_of_an_older_version_states_schools_itself(bundles: SpellsBench) -> None:
    for day, schools in ((FIRST, "A"), (SECOND, "B"), (THIRD, "B,C")):
        bundles.deliver(day, {"users": [_user(role="student", orgSourcedIds=schools)]})
    assert of(agreed(bundles)) == [
        ("A", BEGINS, date(2026, 11, 8), "derived"),
        ("B", SECOND, None, "derived"),
        ("C", THIRD, None, "derived"),
    ]
