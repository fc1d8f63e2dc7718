"""What vendors bill for tutoring, and what of it is owed.

A vendor bills once a month, a line for each pupil who came to a meeting. A pupil's session has a
price; a vendor of `BY_MINUTE` bills its minutes instead, at that price over the minutes of the
design. Minutes are whole, halves rounded up, one at least. Some lines are wrong, always in the
vendor's favour, in one of the ways of `KINDS`. A program without a price is never billed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts, chance, stream, texts
from hit_pipeline.synth.truth.outcomes import OUTCOMES
from hit_pipeline.synth.truth.programs import Program
from hit_pipeline.synth.truth.zone import Zone

BY_MINUTE = ("brightpath",)
KINDS = ("billed_no_show", "billed_cancelled", "billed_twice", "billed_long")
"""A pupil who did not come; a meeting not held; a line that stands twice, in that month or the next
one; more minutes than were given, by a vendor of `BY_MINUTE`."""
_NEXT_MONTH = 0.3
_EXTRA_MINUTES = (5, 10, 15)


@dataclass(frozen=True)
class InvoiceLines:
    """Lines of one program's invoices, by month and seat; a line's repetition comes after it.

    Attributes:
        program: Position among the programs.
        month: Month of the invoice, ``datetime64[M]``.
        seat: Position in the zone's `Seats`.
        minutes_billed: Whole minutes as billed.
        cents_billed: Amount of the line.
        cents_owed: What of it is owed.
        kind: One of `KINDS`; empty for a right line.
    """

    program: int
    month: Days
    seat: Ints
    minutes_billed: Ints
    cents_billed: Ints
    cents_owed: Ints
    kind: Texts


def bill(zone: Zone, program: int, rates: Mapping[str, float]) -> InvoiceLines:
    """Draw the lines of all invoices of a program.

    Args:
        zone: The zone.
        program: Position among the programs.
        rates: Share of wrong lines by kind, 0 where it is missing: the first of seats nobody came
            to, the second of seats of meetings not held, the others of seats somebody came to.
    """
    price = zone.programs[program]
    meetings, seats = zone.meetings, zone.seats
    mine = np.flatnonzero(zone.groups.program[meetings.group[seats.meeting]] == program)
    if not price.rate_cents:
        mine = mine[:0]
    came = (seats.inside + seats.surplus)[mine] > 0
    held = (meetings.outcome == OUTCOMES.index("held"))[seats.meeting[mine]]
    able = {
        "billed_no_show": held & ~came,
        "billed_cancelled": ~held,
        "billed_twice": came,
        "billed_long": came & (price.source in BY_MINUTE),
    }
    hit = {kind: _hit(zone, price, kind, able[kind], rates) for kind in KINDS}
    hit["billed_long"] &= ~hit["billed_twice"]
    return _ordered(zone, program, mine, came, hit)


def _hit(zone: Zone, program: Program, kind: str, able: Flags, rates: Mapping[str, float]) -> Flags:
    rng = stream(zone.seed, zone.number, "invoices", program.program_id, kind)
    return able & chance(rng, rates.get(kind, 0.0), len(able))


def _ordered(
    zone: Zone, program: int, mine: Ints, came: Flags, hit: Mapping[str, Flags]
) -> InvoiceLines:
    """Put lines and repetitions together and work out their amounts."""
    code = np.select(
        [hit["billed_no_show"], hit["billed_cancelled"], hit["billed_long"]], [0, 1, 3], -1
    )
    once = np.flatnonzero(came | (code >= 0))
    again = np.flatnonzero(hit["billed_twice"])
    at = np.r_[once, again]
    code = np.r_[code[once], np.full(len(again), KINDS.index("billed_twice"))]
    month = zone.meetings.day[zone.seats.meeting[mine[at]]].astype("datetime64[M]")
    later = month[len(once) :] + _months_later(zone, program, len(again))
    # After the last meeting's month there is no invoice to repeat a line in.
    month[len(once) :] = np.minimum(later, month.max()) if len(again) else later
    order = np.lexsort((code == KINDS.index("billed_twice"), mine[at], month))
    seat, code = mine[at][order], code[order]
    minutes = _minutes(zone, program, seat, code)
    billed, owed = _amounts(zone, program, seat, minutes, code)
    kinds = texts([*KINDS, ""])[code]
    return InvoiceLines(program, month[order], seat, minutes, billed, owed, kinds)


def _months_later(zone: Zone, program: int, size: int) -> npt.NDArray[np.timedelta64]:
    rng = stream(zone.seed, zone.number, "invoices", zone.programs[program].program_id, "again")
    return chance(rng, _NEXT_MONTH, size).astype("timedelta64[M]")


def true_minutes(zone: Zone, seat: Ints) -> Ints:
    """Return the whole minutes pupils were present, halves rounded up; one at least if any."""
    seconds = (zone.seats.inside + zone.seats.surplus)[seat]
    whole: Ints = np.maximum((seconds + 30) // 60, np.minimum(seconds, 1))
    return whole


def _minutes(zone: Zone, program: int, seat: Ints, code: Ints) -> Ints:
    """Return minutes billed: the true ones, the planned ones where nobody came, or too many."""
    true = true_minutes(zone, seat)
    planned = zone.meetings.planned_seconds[zone.seats.meeting[seat]] // 60
    name = zone.programs[program].program_id
    rng = stream(zone.seed, zone.number, "invoices", name, "extra minutes")
    extra = np.asarray(_EXTRA_MINUTES)[rng.integers(0, len(_EXTRA_MINUTES), len(seat))]
    made = np.where(code == KINDS.index("billed_long"), true + extra, true)
    return np.where(true > 0, made, planned)


def _amounts(zone: Zone, program: int, seat: Ints, minutes: Ints, code: Ints) -> tuple[Ints, Ints]:
    """Return cents billed and cents owed; of no-shows, meetings not held and repetitions none."""
    price = zone.programs[program]
    if price.source in BY_MINUTE:
        rate = minute_rate(price)
        billed, due = minutes * rate, true_minutes(zone, seat) * rate
    else:
        billed = due = np.full(len(seat), price.rate_cents)
    owed = (code < 0) | (code == KINDS.index("billed_long"))
    return billed, np.where(owed, due, 0)


def minute_rate(program: Program) -> int:
    """Return the price of a minute in cents, rounded down."""
    return program.rate_cents // program.minutes
