"""Vendors' invoices: one file per vendor and month, on the first night from the 10th of the next.

A line is a pupil's session. The pupil is named by district number as of the day, the session by the
vendor's own reference in its log. Dates are MM/DD/YYYY, amounts decimal dollars; the rate is for a
session, or for a minute with the vendor that bills minutes. A vendor writes one invoice per
attendance zone and month, all of them in one file; lines count from 1 within an invoice.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.roster_view import numbers
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.state_test import arrives, hundredths
from hit_pipeline.synth.systems.vendor_cells import unique_number
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.invoices import BY_MINUTE, KINDS, InvoiceLines, minute_rate
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "invoices"
ARRIVES = np.timedelta64(9, "D")
"""Days from the first of the next month to the invoice."""
_SESSION_REFS = {
    "northstar": ("NS-", "key"),
    "brightpath": ("BPM-", "meeting"),
    "lakeside": ("LF-", "key"),
    "quillwork": ("ql_", "meeting"),
}
"""How each vendor's log writes the reference, and the column of the log it is made from."""


def sheets(zone: Zone, lines: InvoiceLines, log: Log, night: Night) -> Iterator[Sheet]:
    """Return the invoices of one program that arrive on a night: one row per line.

    Args:
        zone: The zone.
        lines: What the program's vendor bills.
        log: The same vendor's log, for its references.
        night: The night.
    """
    months = np.arange(lines.month[0], lines.month[-1] + 1) if len(lines.month) else lines.month
    for month in months:
        if arrives(night, invoiced_on(month)):
            at = np.flatnonzero(lines.month == month)
            if len(at):
                yield _sheet(zone, lines, log, at, line_numbers(lines)[at])


def invoiced_on(month: np.datetime64) -> np.datetime64:
    """Return the day on which the invoice of a month arrives."""
    return (month + 1).astype("datetime64[D]") + ARRIVES


def line_numbers(lines: InvoiceLines) -> Ints:
    """Return every line's number within its invoice, from 1; an invoice is a zone's month."""
    months = lines.month.astype(np.int64)
    return np.arange(len(months)) - np.searchsorted(months, months) + 1


def invoice_number(zone: Zone, program: int, month: np.datetime64) -> str:
    """Return the number of a program's invoice of one month for one zone."""
    source = zone.programs[program].source
    return f"{source[:3].upper()}-{str(month).replace('-', '')}-{zone.number + 1:03d}"


def _sheet(zone: Zone, lines: InvoiceLines, log: Log, at: Ints, number: Ints) -> Sheet:
    source = zone.programs[lines.program].source
    month = lines.month[at[0]]
    seat = lines.seat[at]
    return Sheet(
        source=SOURCE,
        file=f"invoice_{source}_{str(month).replace('-', '')}.csv",
        rows=_rows(zone, lines, log, at, number),
        person=zone.students.person[zone.seats.student[seat]],
        role="student",
        seat=seat,
        faults={kind: lines.kind[at] == kind for kind in KINDS},
    )


def _rows(zone: Zone, lines: InvoiceLines, log: Log, at: Ints, number: Ints) -> pa.Table:
    program, seat = zone.programs[lines.program], lines.seat[at]
    day = zone.meetings.day[zone.seats.meeting[seat]]
    cents = minute_rate(program) if program.source in BY_MINUTE else program.rate_cents
    invoice = invoice_number(zone, lines.program, lines.month[at[0]])
    return pa.table(
        {
            "Invoice No": cells.constant(invoice, len(at)),
            "Line": cells.number(number),
            "Service Date": cells.moments(day, "%m/%d/%Y"),
            "Student Ref": cells.text(numbers(zone, zone.seats.student[seat], day)),
            "Session Ref": _references(zone, program.source, log, seat),
            "Minutes": cells.number(lines.minutes_billed[at]),
            "Rate": hundredths(np.full(len(at), cents)),
            "Amount": hundredths(lines.cents_billed[at]),
        }
    )


def _references(zone: Zone, source: str, log: Log, seat: Ints) -> pa.StringArray:
    """Return the vendor's references; empty for what its log does not hold."""
    prefix, column = _SESSION_REFS[source]
    entry = np.full(len(zone.seats.meeting), -1)
    logged = np.flatnonzero(log.seat >= 0)[::-1]
    entry[log.seat[logged]] = logged
    known = unique_number(zone, getattr(log, column))
    return cells.lookup(cells.joined(prefix, cells.number(known)), entry[seat])
