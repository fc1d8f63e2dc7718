"""What vendors bill: right lines are owed in full, injected ones are exactly the overbilling."""

import csv
import io
import json
from decimal import Decimal
from functools import cache

import numpy as np
import pyarrow.csv as pacsv
import pytest

from hit_pipeline.synth.dirt.clean import clean_claims, clean_log
from hit_pipeline.synth.systems import brightpath, invoices, lakeside, northstar, quillwork
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.invoices import BY_MINUTE, KINDS, InvoiceLines, bill
from hit_pipeline.synth.truth.outcomes import OUTCOMES
from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.systems.vendor_deliveries import make_night

RATES = {
    "billed_no_show": 0.3,
    "billed_cancelled": 0.2,
    "billed_twice": 0.05,
    "billed_long": 0.1,
}
PAID = [n for n, program in enumerate(PROGRAMS) if program.rate_cents]
DATES = ("2025-10-09", "2025-10-10", "2025-12-09", "2026-01-15", "2026-08-20")
NIGHTS = [make_night(number, DATES) for number in range(len(DATES))]
every_paid = pytest.mark.parametrize("program", PAID)


@cache
def zone() -> Zone:
    return build_zone(District(seed=5, students=700, schools=4), 0)


@cache
def billed(program: int) -> InvoiceLines:
    return bill(zone(), program, RATES)


@cache
def log(program: int) -> Log:
    return clean_log(zone(), program)


def files(program: int) -> list[list[Sheet]]:
    return [list(invoices.sheets(zone(), billed(program), log(program), n)) for n in NIGHTS]


def price(program: int, seconds: int) -> int:
    """Work out what a stay is worth, one at a time."""
    one = PROGRAMS[program]
    if one.source not in BY_MINUTE:
        return one.rate_cents
    return max(1, int(seconds / 60 + 0.5)) * 55


def attended(program: int) -> dict[int, int]:
    """Return seat -> seconds present of a program's seats to which the pupil came."""
    seats, meetings = zone().seats, zone().meetings
    seconds = seats.inside + seats.surplus
    mine = zone().groups.program[meetings.group[seats.meeting]] == program
    return {int(seat): int(seconds[seat]) for seat in np.flatnonzero(mine & (seconds > 0))}


@every_paid
def test_without_faults_each_stay_is_billed_once_and_owed_in_full(program: int) -> None:
    lines = bill(zone(), program, {})
    came = attended(program)
    assert sorted(lines.seat.tolist()) == sorted(came)
    assert lines.cents_billed.tolist() == lines.cents_owed.tolist()
    for seat, cents in zip(lines.seat.tolist(), lines.cents_billed.tolist(), strict=True):
        assert cents == price(program, came[seat])


@every_paid
def test_billed_minus_owed_is_the_overbilling_injected(program: int) -> None:
    lines, came = billed(program), attended(program)
    owed = sum(price(program, seconds) for seconds in came.values())
    assert lines.cents_owed.sum() == owed
    wrong = lines.kind != ""
    over = lines.cents_billed - lines.cents_owed
    assert (over[~wrong] == 0).all()
    assert (over[wrong] > 0).all()
    assert lines.cents_billed.sum() - owed == over[wrong].sum()


@every_paid
def test_every_kind_is_what_it_says(program: int) -> None:
    lines, came = billed(program), attended(program)
    held = OUTCOMES.index("held")
    outcome = zone().meetings.outcome[zone().seats.meeting[lines.seat]]
    first = set()
    for n, kind in enumerate(lines.kind.tolist()):
        seat = int(lines.seat[n])
        assert (kind == "billed_cancelled") == (outcome[n] != held)
        assert (kind == "billed_no_show") == (outcome[n] == held and seat not in came)
        assert (kind == "billed_twice") == (seat in first)
        first.add(seat)
        if kind == "billed_long":
            assert lines.minutes_billed[n] >= came[seat] / 60 + 4


@every_paid
def test_kinds_stand_at_the_rates_asked_for(program: int) -> None:
    lines, came = billed(program), attended(program)
    twice = (lines.kind == "billed_twice").sum() / len(came)
    assert twice == pytest.approx(RATES["billed_twice"], rel=0.25)
    long = (lines.kind == "billed_long").sum() / len(came)
    wanted = RATES["billed_long"] if PROGRAMS[program].source in BY_MINUTE else 0
    assert long == pytest.approx(wanted, rel=0.25)
    assert (lines.kind == "billed_no_show").any()
    assert (lines.kind == "billed_cancelled").any()


def test_one_kind_is_drawn_apart_from_the_others() -> None:
    alone = bill(zone(), PAID[0], {"billed_no_show": RATES["billed_no_show"]})
    together = billed(PAID[0])
    for lines in (alone, together):
        assert len(lines.seat) == len(lines.kind)
    chosen = [
        set(lines.seat[lines.kind == "billed_no_show"].tolist()) for lines in (alone, together)
    ]
    assert chosen[0] == chosen[1]


def test_the_free_program_bills_nothing() -> None:
    (free,) = set(range(len(PROGRAMS))) - set(PAID)
    assert len(bill(zone(), free, RATES).seat) == 0


@every_paid
def test_a_line_stands_in_its_month_and_a_repetition_at_most_one_later(program: int) -> None:
    lines = billed(program)
    day = zone().meetings.day[zone().seats.meeting[lines.seat]]
    later = (lines.month - day.astype("datetime64[M]")).astype(int)
    assert set(later[lines.kind != "billed_twice"].tolist()) == {0}
    assert set(later[lines.kind == "billed_twice"].tolist()) == {0, 1}


@every_paid
def test_a_month_is_invoiced_on_the_first_night_from_the_tenth(program: int) -> None:
    source = PROGRAMS[program].source
    months = [[sheet.file for sheet in sheets] for sheets in files(program)]
    assert months[:3] == [
        [],
        [f"invoice_{source}_202509.csv"],
        [f"invoice_{source}_202510.csv"],
    ]
    assert [f"invoice_{source}_{m}.csv" for m in ("202511", "202512")] == months[3]


@every_paid
def test_files_read_back_as_the_lines_billed(program: int) -> None:
    sheets = [sheet for night in files(program) for sheet in night]
    total, count, numbers = Decimal(0), 0, set()
    for sheet in sheets:
        text = io.BytesIO()
        pacsv.write_csv(sheet.rows, text)
        for n, row in enumerate(csv.DictReader(io.StringIO(text.getvalue().decode())), start=1):
            assert int(row["Line"]) == n
            numbers.add((row["Invoice No"], row["Line"]))
            total += Decimal(row["Amount"])
            count += 1
            by_minute = PROGRAMS[program].source in BY_MINUTE
            units = int(row["Minutes"]) if by_minute else 1
            assert Decimal(row["Rate"]) * units == Decimal(row["Amount"])
    lines = billed(program)
    assert count == len(lines.seat) == len(numbers)
    assert total * 100 == int(lines.cents_billed.sum())
    flags = {kind: sum(sheet.faults[kind].sum() for sheet in sheets) for kind in KINDS}
    assert flags == {kind: (lines.kind == kind).sum() for kind in KINDS}


@every_paid
def test_every_line_names_its_pupil_and_a_session_of_the_vendor(program: int) -> None:
    known = _references(program)
    students = zone().students
    of_number = dict(zip(students.number, students.person, strict=True))
    of_number |= {n: p for n, p in zip(students.number_new, students.person, strict=True) if n}
    for sheet in (sheet for night in files(program) for sheet in night):
        assert set(sheet.rows["Session Ref"].to_pylist()) <= known
        for number, person in zip(sheet.rows["Student Ref"].to_pylist(), sheet.person, strict=True):
            assert of_number[number] == person


def test_a_seat_the_log_does_not_hold_has_no_reference() -> None:
    whole = log(PAID[0])
    none = Log(**{**vars(whole), "seat": np.full(len(whole.seat), -1)})
    (sheet,) = invoices.sheets(zone(), billed(PAID[0]), none, NIGHTS[1])
    assert set(sheet.rows["Session Ref"].to_pylist()) == {None}


def _references(program: int) -> set[str]:
    """Return the references in all files of a vendor."""
    source = PROGRAMS[program].source
    student = zone().seats.student[log(program).seat]
    day = log(program).start_local.astype("datetime64[D]")
    claims = clean_claims(zone(), source, student, day)
    found: set[str] = set()
    for night in NIGHTS:
        if source == "northstar":
            sheets = northstar.sheets(zone(), log(program), claims, night)
            found |= {ref for sheet in sheets for ref in sheet.rows["Session ID"].to_pylist()}
        elif source == "brightpath":
            sheets = brightpath.sheets(zone(), log(program), claims, night)
            found |= {ref for sheet in sheets for ref in sheet.rows["MeetingKey"].to_pylist()}
        elif source == "lakeside":
            sheets = lakeside.sheets(zone(), log(program), claims, night)
            found |= {ref for sheet in sheets for ref in sheet.rows["Record ID"].to_pylist()}
        else:
            sheets = quillwork.sheets(zone(), log(program), claims, night)
            found |= {json.loads(r)["id"] for s in sheets for r in s.rows.column(0).to_pylist()}
    return found
