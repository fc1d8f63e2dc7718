"""The answer key of a zone, as Arrow tables: what is true of every row, pupil, minute and cent."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.tutors import TutorClaims
from hit_pipeline.synth.plan import Recorded
from hit_pipeline.synth.systems.cells import constant, lookup, text
from hit_pipeline.synth.systems.invoices import invoice_number, invoiced_on, line_numbers
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.draws import Flags, Ints
from hit_pipeline.synth.truth.invoices import InvoiceLines
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, CAUSES, OUTCOMES
from hit_pipeline.synth.truth.scores import INSTRUMENTS, WINDOWS
from hit_pipeline.synth.truth.tutoring import term_labels
from hit_pipeline.synth.truth.zone import Zone

PER_ZONE = 10**9
"""Room each zone has for ids of seats, meetings and records."""
_SHOWS_RESULT = ("present_", "minutes_", "unit_", "row_corrected", "row_restated", "row_unmapped")
"""Kinds that can be seen only once a result is logged."""


def numbered(zone: Zone, positions: Ints) -> pa.Array:
    """Return ids unique in the district of things known by position in a zone; null for -1."""
    return pa.array(positions + zone.number * PER_ZONE, pa.int64(), mask=positions < 0)


def _persons(values: Ints) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values < 0)


# ---- rows of files ---------------------------------------------------------------------------


def record_ids(zone: Zone, nth: int, claims: Claims) -> Ints:
    """Number the identities a source states: equal in all words means the same number.

    Args:
        zone: The zone.
        nth: Position of the source among those of the zone.
        claims: What the source states.
    """
    born = pa.array(claims.birth.astype("datetime64[D]")).cast(pa.string())
    words = [pa.array(claims.id), pa.array(claims.second_id), pa.array(claims.first)]
    words += [pa.array(claims.last), pc.fill_null(born, ""), pa.array(claims.person).cast("string")]
    stated = pc.binary_join_element_wise(*words, "\x1f")
    codes = stated.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return zone.number * PER_ZONE + nth * 10_000_000 + codes.astype(np.int64)


def row_truth(zone: Zone, one: Recorded, records: Ints | None) -> pa.Table:
    """Return one line per row of a sheet, and per pupil where a row names several."""
    sheet = one.sheet
    row, claim, seat, person = _placed(one)
    linkable = np.ones(len(row), dtype=bool) if one.claims is None else one.claims.linkable[claim]
    record = None if records is None else records[claim]
    return pa.table(
        {
            "row": pa.array(row + 1),
            "role": constant(sheet.role or None, len(row)),
            "person_id": _persons(person),
            "seat_id": numbered(zone, seat),
            "record_id": pa.nulls(len(row), pa.int64()) if record is None else pa.array(record),
            "linkable": pa.array(linkable & (person >= 0)),
        }
    )


def _placed(one: Recorded) -> tuple[Ints, Ints, Ints, Ints]:
    """Return row (from 0), claim, seat and person of every pupil named in a sheet."""
    sheet = one.sheet
    if sheet.members is not None and one.claims is not None and one.log is not None:
        row, claim = sheet.members
        return row, claim, one.log.seat[claim], one.claims.person[claim]
    row = np.arange(sheet.rows.num_rows)
    seat = np.full(len(row), -1) if sheet.seat is None else sheet.seat
    claim = np.zeros(len(row), dtype=np.int64) if sheet.claim is None else sheet.claim
    return row, claim, seat, sheet.person


def faults(zone: Zone, one: Recorded) -> pa.Table:
    """Return one line per fault and row that bears it; the row is null where rows are missing."""
    row, claim, seat, person = _placed(one)
    parts = [_fault(zone, kind, flags, row, seat, person) for kind, flags in _kinds(one, claim)]
    parts += [
        _fault(zone, kind, np.asarray(flags)[row], row, seat, person)
        for kind, flags in one.sheet.faults.items()
    ]
    parts += [_missing(kind, count) for kind, count in one.sheet.missing.items()]
    return pa.concat_tables(parts) if parts else _missing("", 0)


def _kinds(one: Recorded, claim: Ints) -> Iterator[tuple[str, Flags]]:
    """Yield the faults of a sheet's claims and log entries that the sheet shows."""
    sheet = one.sheet
    if one.claims is None or (sheet.claim is None and sheet.members is None):
        return
    for kind, flags in one.claims.kinds.items():
        yield kind, flags[claim]
    if one.log is not None:
        over = one.log.has_result(one.night)[claim]
        for kind, flags in one.log.kinds.items():
            yield kind, flags[claim] & over if kind.startswith(_SHOWS_RESULT) else flags[claim]


def _fault(zone: Zone, kind: str, flags: Flags, row: Ints, seat: Ints, person: Ints) -> pa.Table:
    at = np.flatnonzero(flags)
    return pa.table(
        {
            "kind": constant(kind, len(at)),
            "row": pa.array(row[at] + 1, pa.int64()),
            "person_id": _persons(person[at]),
            "seat_id": numbered(zone, seat[at]),
        }
    )


def _missing(kind: str, count: int) -> pa.Table:
    nothing = pa.nulls(count, pa.int64())
    columns = {"row": nothing, "person_id": nothing, "seat_id": nothing}
    return pa.table({"kind": constant(kind, count), **columns})


# ---- people, meetings, minutes ---------------------------------------------------------------


def people(zone: Zone) -> pa.Table:
    """Return one line per human and role."""
    students, tutors, staff = zone.students, zone.tutors, zone.staff
    known = {
        "number": text(students.number),
        "number_new": text(students.number_new),
        "state_id": text(students.state_id),
        "email": text(students.email),
        "household": numbered(zone, students.household),
        "twin_id": _persons(np.where(students.twin >= 0, students.person[students.twin], -1)),
        "origin": text(students.origin),
    }
    pupils = pa.table(_role("student", students.person) | known)
    adults = [
        pa.table(_role(role, one.person) | {"email": text(one.email)})
        for role, one in (("tutor", tutors), ("staff", staff))
    ]
    return pa.concat_tables([pupils, *adults], promote_options="default")


def _role(role: str, person: Ints) -> dict[str, pa.Array]:
    return {"person_id": _persons(person), "role": constant(role, len(person))}


def seats(zone: Zone) -> pa.Table:
    """Return one line per pupil and planned or made-up meeting."""
    meetings, own = zone.meetings, zone.seats
    group = meetings.group[own.meeting]
    program = zone.groups.program[group]
    tutor = meetings.led_by[own.meeting]
    planned_tutor = meetings.tutor[own.meeting]
    return pa.table(
        {
            "seat_id": numbered(zone, np.arange(len(own.meeting))),
            "source": lookup([p.source for p in zone.programs], program),
            "program_id": lookup([p.program_id for p in zone.programs], program),
            "subject": lookup([p.subject for p in zone.programs], program),
            "term": _terms(zone, group),
            "school_year": _school_years(zone, own.meeting),
            "meeting_id": numbered(zone, own.meeting),
            "person_id": _persons(zone.students.person[own.student]),
            "tutor_person_id": _persons(
                zone.tutors.person[np.where(tutor >= 0, tutor, planned_tutor)]
            ),
            "local_date": pa.array(meetings.day[own.meeting]),
            "started_at_utc": pa.array(to_utc(meetings.start_local[own.meeting])),
            "outcome": lookup(OUTCOMES, meetings.outcome[own.meeting]),
            "attendance": lookup(ATTENDANCE, own.attendance),
            "planned_seconds": pa.array(own.planned),
            "inside_seconds": pa.array(own.inside),
            "surplus_seconds": pa.array(own.surplus),
            "is_makeup": pa.array(meetings.makeup_of[own.meeting] >= 0),
        }
    )


def _terms(zone: Zone, group: Ints) -> pa.Array:
    return lookup(term_labels(zone.calendar), zone.groups.year[group] * 3 + zone.groups.term[group])


def _school_years(zone: Zone, meeting: Ints) -> pa.Array:
    """Return the school year of each meeting's date: one on 1 July is in the next year."""
    year = zone.calendar.year[zone.calendar.position(zone.meetings.day[meeting])]
    return lookup(zone.calendar.labels, year)


def minute_causes(zone: Zone) -> pa.Table:
    """Return one line per seat and cause: where its planned seconds went; they sum to the plan."""
    own = zone.seats
    rest = own.planned - own.inside - own.lost_pupil - own.lost_tutor
    parts = [
        (CAUSES.index("delivered"), own.inside),
        (CAUSES.index("late_or_left_early"), own.lost_pupil),
        (CAUSES.index("tutor_late_or_cut_short"), own.lost_tutor),
    ]
    seat = [np.flatnonzero(seconds) for _, seconds in parts]
    cause = [np.full(len(at), code) for (code, _), at in zip(parts, seat, strict=True)]
    seconds = [values[at] for (_, values), at in zip(parts, seat, strict=True)]
    left = np.flatnonzero(rest)
    columns = [[*seat, left], [*cause, own.cause[left]], [*seconds, rest[left]]]
    at, code, value = (np.concatenate(column) for column in columns)
    return pa.table(
        {"seat_id": numbered(zone, at), "cause": lookup(CAUSES, code), "seconds": pa.array(value)}
    )


def effects(zone: Zone) -> pa.Table:
    """Return one line per true test result: achievement and what of it tutoring caused."""
    scores = zone.scores
    return pa.table(
        {
            "person_id": _persons(zone.students.person[scores.student]),
            "instrument": lookup([one.name for one in INSTRUMENTS], scores.instrument),
            "subject": text(scores.subject),
            "school_year": lookup(zone.calendar.labels, scores.year),
            "window_name": lookup(WINDOWS, scores.window),
            "z": pa.array(scores.z),
            "effect": pa.array(scores.effect),
        }
    )


def eligibility(zone: Zone) -> pa.Table:
    """Return one line per pupil found in need of a program term: the comparison group is here."""
    own = zone.eligible
    return pa.table(
        {
            "person_id": _persons(zone.students.person[own.student]),
            "program_id": lookup([p.program_id for p in zone.programs], own.program),
            "term": pa.array(own.term),
            "screener": pa.array(own.screener),
            "consent": text(own.consent),
            "status": text(own.status),
            "start_date": pa.array(own.start),
            "end_date": pa.array(own.end),
        }
    )


def tutor_claims(zone: Zone, sources: list[TutorClaims]) -> pa.Table:
    """Return one line per source and tutor, and one per second account; what is written of each.

    ``kind`` is the fault, null for none.
    """
    parts = []
    for claims in sources:
        kind = np.full(len(claims.tutor), "", dtype=object)
        for name, flags in claims.kinds.items():
            kind[flags] = name
        columns = {
            "source": constant(claims.source, len(kind)),
            "tutor_person_id": _persons(zone.tutors.person[claims.tutor]),
            "first": text(claims.first),
            "last": text(claims.last),
            "email": text(claims.email),
            "kind": text(kind),
        }
        parts.append(pa.table(columns).filter(pa.array(claims.works)))
    return pa.concat_tables(parts)


def overbilling(zone: Zone, bills: list[InvoiceLines], last: np.datetime64) -> pa.Table:
    """Return one line per line of the invoices that arrived by a day: billed and owed."""
    parts = []
    for lines in bills:
        months, at = np.unique(lines.month, return_inverse=True)
        numbers = [invoice_number(zone, lines.program, month) for month in months]
        table = pa.table(
            {
                "source": constant(zone.programs[lines.program].source, len(at)),
                "invoice": lookup(numbers, at.astype(np.int64)),
                "line": pa.array(line_numbers(lines)),
                "seat_id": numbered(zone, lines.seat),
                "cents_billed": pa.array(lines.cents_billed),
                "cents_owed": pa.array(lines.cents_owed),
                "kind": text(lines.kind),
            }
        )
        arrived = np.array([invoiced_on(month) <= last for month in months], dtype=bool)
        parts.append(table.filter(pa.array(arrived[at])))
    return pa.concat_tables(parts)
