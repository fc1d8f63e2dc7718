from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.synth.systems.vendor_deliveries import (
    DATES,
    NIGHTS,
    VENDORS,
    deliver,
    make_night,
    persons,
    record,
)
from tests.unit.synth.systems.vendor_readers import attended, latest, not_held, rows_of

every_vendor = pytest.mark.parametrize("source", VENDORS)
CAME = 2


@every_vendor
def test_seconds_of_every_pupil_add_up_to_the_truth(source: str) -> None:
    zone, log, _ = record(source)
    seats, known = zone.seats, persons(zone)
    said: Counter[int] = Counter()
    for one in attended(source, latest(source, deliver(source, NIGHTS))):
        said[known[one.pupil]] += one.seconds or 0
    true = (seats.inside + seats.surplus)[log.seat]
    if source == "lakeside":
        true = np.minimum(true, log.planned)
    expected: Counter[int] = Counter()
    people = zone.students.person[seats.student[log.seat]]
    for person, seconds in zip(people.tolist(), true.tolist(), strict=True):
        expected[person] += seconds
    assert len(expected) > 25
    assert said == +expected


@every_vendor
def test_attendances_and_meetings_called_off_are_as_many_as_in_truth(source: str) -> None:
    zone, log, _ = record(source)
    state = latest(source, deliver(source, NIGHTS))
    known = persons(zone)
    said = Counter(known[one.pupil] for one in attended(source, state))
    came = zone.seats.attendance[log.seat] <= CAME
    people = zone.students.person[zone.seats.student[log.seat]]
    assert said == Counter(people[came].tolist())
    off = log.outcome > 0
    rows = off if source in {"northstar", "lakeside"} else np.unique(log.meeting[off])
    assert not_held(source, state) == (rows.sum() if rows.dtype == bool else len(rows)) > 10


@every_vendor
def test_increments_in_order_come_to_what_one_late_delivery_says(source: str) -> None:
    only = make_night(0, DATES[-1:])
    step_by_step = latest(source, deliver(source, NIGHTS))
    assert step_by_step == latest(source, deliver(source, [only]))


@every_vendor
def test_a_night_without_news_sends_no_increment(source: str) -> None:
    last = make_night(1, (DATES[-1], "2026-08-21"))
    (sheets,) = deliver(source, [last])
    rows = sum(sheet.rows.num_rows for sheet in sheets)
    assert rows == (len(record(source)[1].seat) if source == "northstar" else 0)


@every_vendor
def test_a_correction_replaces_the_first_figure_on_its_night(source: str) -> None:
    _, clean, _ = record(source)
    at = np.flatnonzero((clean.present == clean.planned) & (clean.logged_at <= NIGHTS[0].at))[5]
    revised, first = clean.revised_at.copy(), clean.first_present.copy()
    revised[at], first[at] = NIGHTS[2].at - 60, clean.planned[at] // 2
    log = replace(clean, revised_at=revised, first_present=first)
    totals = [
        sum(one.seconds or 0 for one in attended(source, latest(source, list(sent))))
        for sent in (
            deliver(source, NIGHTS, log),
            deliver(source, NIGHTS),
            deliver(source, NIGHTS[:1], log),
            deliver(source, NIGHTS[:1]),
        )
    ]
    assert totals[0] == totals[1]
    assert totals[3] - totals[2] == clean.planned[at] - clean.planned[at] // 2


@pytest.mark.parametrize("source", ["northstar", "brightpath", "harborlight"])
def test_an_entry_taken_away_is_gone_from_the_next_delivery(source: str) -> None:
    _, clean, _ = record(source)
    sizes = np.bincount(clean.meeting)[clean.meeting]
    at = np.flatnonzero((clean.present > 0) & (sizes > 1) & (clean.logged_at <= NIGHTS[0].at))[5]
    gone = clean.gone_at.copy()
    gone[at] = NIGHTS[3].at - 60
    log = replace(clean, gone_at=gone)
    with_it = attended(source, latest(source, deliver(source, NIGHTS)))
    without = attended(source, latest(source, deliver(source, NIGHTS, log)))
    assert len(with_it) - len(without) == 1


@every_vendor
def test_ids_of_rows_and_meetings_are_not_repeated_in_another_zone(source: str) -> None:
    names = {
        "northstar": "Session ID",
        "brightpath": "MeetingKey",
        "lakeside": "Record ID",
        "quillwork": "id",
    }
    ids: list[str] = []
    for nth in (0, 1):
        zone, log, claims = record(source, nth)
        sheet = next(VENDORS[source].sheets(zone, log, claims, make_night(0, DATES[-1:])))
        keys = ("Week Of", "Day", "Time", "School", "Group")
        name = names.get(source)
        ids += [row[name] if name else "|".join(row[k] for k in keys) for row in rows_of(sheet)]
    assert len(set(ids)) == len(ids) > 500


@every_vendor
def test_rows_say_who_and_which_seat_they_are_about(source: str) -> None:
    zone, log, claims = record(source)
    (sheets,) = deliver(source, [make_night(0, DATES[-1:])])
    sheet = sheets[-1]
    if sheet.members is None:
        assert sheet.claim is not None
        assert sheet.seat is not None
        assert (sheet.person == claims.person[sheet.claim]).all()
        assert (zone.students.person[zone.seats.student[sheet.seat]] == sheet.person).all()
        assert len(sheet.person) == sheet.rows.num_rows
    else:
        row, claim = sheet.members
        assert sorted(claim.tolist()) == list(range(len(log.seat)))
        read = rows_of(sheet)
        for nth in (0, len(row) // 2, len(row) - 1):
            assert claims.id[claim[nth]] in str(read[row[nth]])
