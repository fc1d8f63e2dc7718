"""True dosage of every pupil under each dosage rule, reckoned from the truth alone.

Four figures in print are reckoned anew here, so that a rule the product gets wrong is seen:
NSSA's shape by program term, Louisiana's and Texas' minutes by subject and school year, and the
bands of DATAS by school year.
"""

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems.cells import constant, lookup
from hit_pipeline.synth.truth.draws import Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.programs import TERM_WEEKS
from hit_pipeline.synth.truth.tutoring import term_labels
from hit_pipeline.synth.truth.zone import Zone

_BANDS = ("<25%", "25-<50%", "50-<75%", "75-<100%", ">=100%")
_FULL_HOURS = 60
_ADEQUATE_SHARE = 0.8
_CAME = ATTENDANCE.index("left_early")


def dosages(zone: Zone) -> pa.Table:
    """Return one line per pupil, rule, scope and period with at least one seat in it.

    ``scheduled_seconds`` is the plan of the meetings the pupil was due in: those moved to another
    day and those after the pupil had left are none. ``actual_seconds`` is all time present, surplus
    included.
    """
    own, meetings = zone.seats, zone.meetings
    program = zone.groups.program[meetings.group[own.meeting]]
    subject = np.array([int(p.subject != "math") for p in zone.programs])[program]
    group = meetings.group[own.meeting]
    term = zone.groups.year[group] * 3 + zone.groups.term[group]
    year = zone.calendar.year[zone.calendar.position(meetings.day[own.meeting])]
    nothing = np.zeros(len(own.meeting), dtype=np.int64)
    parts = [
        _nssa(zone, _sums(zone, program, term)),
        *(
            _floor(zone, rule, minutes, _sums(zone, subject, year))
            for rule, minutes in (
                ("louisiana_act771", 900),
                ("texas_hb1416_15h", 900),
                ("texas_hb1416_30h", 1800),
            )
        ),
        _datas(zone, _sums(zone, nothing, year)),
    ]
    return pa.concat_tables(parts)


class _Sums:
    """Sums over the seats of each pupil, scope and period."""

    def __init__(self, key: Ints, columns: dict[str, Ints]) -> None:
        distinct, at = np.unique(key, return_inverse=True)
        self.student = distinct // 10_000
        self.scope = distinct // 100 % 100
        self.period = distinct % 100
        totals = {
            name: np.bincount(at, weights=values, minlength=len(distinct))
            for name, values in columns.items()
        }
        self.scheduled = np.rint(totals["scheduled"]).astype(np.int64)
        self.actual = np.rint(totals["actual"]).astype(np.int64)
        self.due = np.rint(totals["due"]).astype(np.int64)
        self.attended = np.rint(totals["attended"]).astype(np.int64)


def _sums(zone: Zone, scope: Ints, period: Ints) -> _Sums:
    own, meetings = zone.seats, zone.meetings
    moved = meetings.outcome[own.meeting] == OUTCOMES.index("rescheduled")
    gone = own.attendance == ATTENDANCE.index("not_enrolled")
    due = (own.planned > 0) & ~moved & ~gone
    columns = {
        "scheduled": np.where(due, own.planned, 0),
        "actual": own.inside + own.surplus,
        "due": due.astype(np.int64),
        "attended": (own.attendance <= _CAME).astype(np.int64),
    }
    return _Sums((own.student * 100 + scope) * 100 + period, columns)


def _table(
    zone: Zone, rule: str, kind: str, sums: _Sums, scope: pa.Array, period: pa.Array, reached: Flags
) -> pa.Table:
    size = len(sums.student)
    return pa.table(
        {
            "person_id": pa.array(zone.students.person[sums.student]),
            "rule_id": constant(rule, size),
            "scope_kind": constant(kind, size),
            "scope_key": scope,
            "program_id": scope if kind == "student_program" else constant(None, size),
            "period": period,
            "school_year": pa.array([value[:7] for value in period.to_pylist()], pa.string()),
            "scheduled_seconds": pa.array(sums.scheduled),
            "actual_seconds": pa.array(sums.actual),
            "sessions_scheduled": pa.array(sums.due),
            "sessions_attended": pa.array(sums.attended),
            "datas_band": _bands(sums, rule),
            "reached_adequate": pa.array(reached),
        }
    )


def _nssa(zone: Zone, sums: _Sums) -> pa.Table:
    """Adequate is 80 % of the design: meetings a week, minutes and weeks of the term."""
    scope = lookup([p.program_id for p in zone.programs], sums.scope)
    design = np.array([p.per_week * p.minutes * 60 for p in zone.programs])
    weeks = np.array(TERM_WEEKS)
    target = design[sums.scope] * weeks[sums.period % 3]
    reached = sums.actual >= _ADEQUATE_SHARE * target
    period = lookup(term_labels(zone.calendar), sums.period)
    return _table(zone, "nssa", "student_program", sums, scope, period, reached)


def _floor(zone: Zone, rule: str, minutes: int, sums: _Sums) -> pa.Table:
    scope = lookup(("math", "ela"), sums.scope)
    reached = sums.actual >= minutes * 60
    period = lookup(zone.calendar.labels, sums.period)
    return _table(zone, rule, "student_subject", sums, scope, period, reached)


def _datas(zone: Zone, sums: _Sums) -> pa.Table:
    scope = constant("all", len(sums.student))
    reached = sums.actual >= _FULL_HOURS * 3600
    period = lookup(zone.calendar.labels, sums.period)
    return _table(zone, "datas_60h", "student", sums, scope, period, reached)


def _bands(sums: _Sums, rule: str) -> pa.Array:
    """Return the band of the hours; only DATAS has bands, and nobody without hours has one."""
    share = sums.actual / (_FULL_HOURS * 3600)
    band = np.minimum((share * 4).astype(np.int64), 4)
    shown = (rule == "datas_60h") & (sums.actual > 0)
    return lookup(_BANDS, np.where(shown, band, -1))
