"""An entry of a log changes only where its faults say; whole meetings and weeks change as one."""

from collections import defaultdict

import numpy as np
import pytest

from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.logbook import (
    ADDED,
    CAME,
    COLUMNS,
    HELD,
    LOG_KINDS,
    MAY_CHANGE,
    Make,
    every_dirt,
    every_source,
    same,
    weeks,
)


@every_source
@every_dirt
def test_an_entry_changes_only_where_its_faults_say(spoilt: Make, source: str, dirt: str) -> None:
    made = spoilt(source, dirt)
    assert set(made.dirty.kinds) <= LOG_KINDS
    for column in COLUMNS:
        able = made.bears(*(kind for kind, columns in MAY_CHANGE.items() if column in columns))
        now = getattr(made.dirty, column)[: made.size]
        kept = same(getattr(made.clean, column), now)
        assert kept[~able[: made.size]].all(), column


@every_source
def test_without_rates_a_log_stays_as_it_was(zone: Zone, spoilt: Make, source: str) -> None:
    made = spoilt(source, "none")
    assert not made.dirty.kinds
    assert made.student.tolist() == zone.seats.student[made.clean.seat].tolist()
    for column in COLUMNS:
        assert same(getattr(made.clean, column), getattr(made.dirty, column)).all()


@every_source
@every_dirt
def test_entries_added_are_copies_of_seats_somebody_came_to_with_keys_of_their_own(
    spoilt: Make, source: str, dirt: str
) -> None:
    made = spoilt(source, dirt)
    added = made.bears(*ADDED)
    assert added.tolist() == [n >= made.size for n in range(len(added))]
    assert np.sum([made.bears(kind) for kind in ADDED], axis=0).max() == 1
    assert len(set(made.dirty.key.tolist())) == len(made.dirty.key)
    nobody = made.bears("row_test_student", "row_stranger")
    assert (made.dirty.seat == -1).tolist() == nobody.tolist()
    assert (made.student == -1).tolist() == nobody.tolist()
    assert (made.dirty.outcome[added] == HELD).all()
    assert (made.dirty.attendance[added] <= CAME).all()


@every_source
@every_dirt
def test_a_duplicate_is_the_same_stay_with_the_same_faults(
    spoilt: Make, source: str, dirt: str
) -> None:
    made = spoilt(source, dirt)
    log, first = made.dirty, {seat: n for n, seat in enumerate(made.clean.seat.tolist())}
    twice = np.flatnonzero(made.bears("row_duplicate"))
    model = np.array([first[seat] for seat in log.seat[twice].tolist()], dtype=np.int64)
    assert len(twice) > 0
    single = MAY_CHANGE["row_singles"] | {"key"}
    for column in set(COLUMNS) - single:
        values = getattr(log, column)
        assert same(values[twice], values[model]).all(), column
    for kind in set(log.kinds) - {"row_duplicate", "row_singles"}:
        assert (log.kinds[kind][twice] == log.kinds[kind][model]).all(), kind


@every_source
@every_dirt
def test_presence_as_written_lies_between_coming_and_leaving(
    spoilt: Make, source: str, dirt: str
) -> None:
    log = spoilt(source, dirt).dirty
    assert (log.left - log.joined == log.present).all()
    assert (log.joined >= 0).all()


@every_source
def test_minutes_stay_whole_in_what_the_vendors_system_can_write(spoilt: Make, source: str) -> None:
    log = spoilt(source, "nasty").dirty
    quantum = PROGRAMS[log.program].quantum
    for column in ("present", "first_present"):
        assert (getattr(log, column) % quantum == 0).all()


@every_source
@pytest.mark.parametrize("kind", ["row_late", "row_no_school_day", "row_tutor_overlap"])
def test_faults_of_a_meeting_are_those_of_all_its_pupils(
    spoilt: Make, source: str, kind: str
) -> None:
    made = spoilt(source, "typical")
    hit = made.bears(kind)[: made.size]
    able = np.ones(made.size, dtype=bool)
    if kind == "row_no_school_day":
        able = ~made.bears("row_future")[: made.size]
    per_meeting: dict[int, set[bool]] = defaultdict(set)
    for meeting, flag, free in zip(made.clean.meeting.tolist(), hit, able, strict=True):
        if free:
            per_meeting[meeting].add(bool(flag))
    assert {len(flags) for flags in per_meeting.values()} == {1}


def test_restated_weeks_are_whole_weeks_of_a_group(spoilt: Make) -> None:
    made = spoilt("northstar", "nasty")
    came = (made.clean.outcome == HELD) & (made.clean.attendance <= CAME)
    came &= ~made.bears("minutes_zero", "minutes_double")[: made.size]
    hit = made.bears("row_restated")[: made.size]
    found: dict[tuple[int, int], set[bool]] = defaultdict(set)
    unit = zip(made.clean.group.tolist(), weeks(made.clean.start_local).tolist(), strict=True)
    for one, flag, able in zip(unit, hit.tolist(), came.tolist(), strict=True):
        if able:
            found[one].add(flag)
    assert {len(flags) for flags in found.values()} == {1}
