"""Vendors' logs before and after their faults, and the columns each fault may change."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from hit_pipeline.synth.dirt.clean import clean_log
from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.dirt.logs import spoil_log
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.draws import Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.zone import Zone

SOURCES = tuple(program.source for program in PROGRAMS)
COLUMNS = tuple(set(Log.__dataclass_fields__) - {"program", "kinds"})
ADDED = ("row_duplicate", "row_test_student", "row_stranger")
HELD = OUTCOMES.index("held")
PRESENT = ATTENDANCE.index("present")
CAME = ATTENDANCE.index("left_early")
TIME = {"present", "first_present", "joined", "left"}
MARK = TIME | {"attendance", "first_attendance"}
REVISION = {"first_attendance", "first_present", "revised_at"}
START = {"start_local"}
MAY_CHANGE: dict[str, set[str]] = {
    "present_absent": MARK,
    "present_default": MARK,
    "present_not_enrolled": MARK,
    "minutes_zero": TIME,
    "minutes_double": TIME,
    "minutes_no_sign_out": TIME,
    # A later result is also corrected and taken away later.
    "row_late": {"logged_at"},
    "row_restated": REVISION,
    "row_corrected": REVISION,
    "row_vanished": {"gone_at"},
    "row_withdrawn": {"withdrawn_at"},
    "row_future": START,
    "row_no_school_day": START,
    "row_overlap": START,
    "row_tutor_overlap": {"led_by"},
    "time_dst": START,
    "time_utc": START,
    # These show in columns of the vendor's own, which are changed where its sheet is written.
    "time_midnight": set(),
    "unit_seconds": set(),
    "unit_clock": set(),
    "unit_hours": set(),
    "unit_percent": set(),
    "row_unmapped_code": set(),
    "row_singles": {"meeting", "place", "ratio"},
}
LOG_KINDS = {kind.name for kind in KINDS} & {*MAY_CHANGE, *ADDED}
every_source = pytest.mark.parametrize("source", SOURCES)
every_dirt = pytest.mark.parametrize("dirt", ["typical", "nasty"])


@dataclass(frozen=True)
class Spoilt:
    """A vendor's log before and after, and who the entries are about."""

    clean: Log
    dirty: Log
    student: Ints

    @property
    def size(self) -> int:
        """How many entries the log had before."""
        return len(self.clean.seat)

    def bears(self, *kinds: str) -> Flags:
        """Say which entries bear one of some kinds."""
        none = np.zeros(len(self.dirty.seat), dtype=bool)
        return np.logical_or.reduce([self.dirty.kinds.get(kind, none) for kind in kinds] + [none])

    def alone(self, kind: str) -> Ints:
        """Return the old entries that bear a kind and none other that changes its columns."""
        others = {
            other
            for other, columns in MAY_CHANGE.items()
            if other != kind and columns & MAY_CHANGE[kind]
        }
        return np.flatnonzero((self.bears(kind) & ~self.bears(*others))[: self.size])


Make = Callable[[str, str], Spoilt]
"""Source and dirt -> that log."""


def logs_of(zone: Zone) -> Make:
    """Return what spoils a zone's logs, each once."""

    @cache
    def make(source: str, dirt: str) -> Spoilt:
        clean = clean_log(zone, SOURCES.index(source))
        return Spoilt(clean, *spoil_log(zone, clean, rates(dirt)))

    return make


def same(one: np.ndarray, other: np.ndarray) -> Flags:
    """Compare two vectors; two dates that never come are the same."""
    if one.dtype.kind == "M":
        return np.asarray((one == other) | (np.isnat(one) & np.isnat(other)))
    return np.asarray(one == other)


def seconds(values: np.ndarray) -> Ints:
    """Return time spans in whole seconds."""
    return values.astype("timedelta64[s]").astype(np.int64)


def weeks(values: np.ndarray) -> Ints:
    """Return Monday weeks, counted from an early one."""
    return (values.astype("datetime64[D]").astype(np.int64) + 3) // 7
