"""Faults of logs are as frequent as their rates say."""

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.calendar import INSTRUCTIONAL, to_utc
from hit_pipeline.synth.truth.draws import Flags
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.logbook import (
    ADDED,
    CAME,
    HELD,
    LOG_KINDS,
    SOURCES,
    Make,
    every_dirt,
    weeks,
)


def able(log: Log, kind: str) -> Flags:
    """Say which entries of a faultless log could bear a fault."""
    source = SOURCES[log.program]
    held = log.outcome == HELD
    came, words = held & (log.attendance <= CAME), np.array(ATTENDANCE)[log.attendance]
    only = {
        "present_default": "lakeside",
        "time_dst": "northstar",
        "row_vanished": "northstar",
    }
    flags = {
        "present_absent": held & np.char.startswith(words, "absent_school"),
        "present_default": held & ~came,
        "present_not_enrolled": held & (words == "not_enrolled"),
        "row_late": np.ones(len(held), dtype=bool),
        "row_vanished": np.ones(len(held), dtype=bool),
        "row_unmapped_code": held,
        "row_no_school_day": held,
        "row_withdrawn": held,
        "row_singles": (log.ratio > 1) & (source != "lakeside"),
        "row_future": came & (source in {"northstar", "lakeside"}),
        "minutes_double": came & (source != "lakeside"),
        "minutes_no_sign_out": came & (source in {"harborlight", "quillwork"}),
        "time_dst": _dst_week(log),
    }.get(kind, came)
    return flags & (source == only.get(kind, source))


def _dst_week(log: Log) -> Flags:
    week = np.timedelta64(7 * 86_400, "s")
    local = log.start_local
    return np.asarray(to_utc(local) - to_utc(np.subtract(local, week)) != week)


WEEKS = {
    "time_utc": "brightpath",
    "time_midnight": "lakeside",
    "unit_seconds": "northstar",
    "unit_clock": "northstar",
    "unit_hours": "harborlight",
    "unit_percent": "lakeside",
}
"""Faults of whole weeks, and whose."""
VAGUE = {*WEEKS, "row_overlap", "row_tutor_overlap"}


@every_dirt
@pytest.mark.parametrize("kind", sorted(LOG_KINDS - VAGUE))
def test_faults_are_as_frequent_as_their_rate_says(spoilt: Make, kind: str, dirt: str) -> None:
    wanted, hit = 0.0, 0
    for source in SOURCES:
        made = spoilt(source, dirt)
        wanted += rates(dirt)[kind] * able(made.clean, kind).sum()
        where = slice(None) if kind in ADDED else slice(made.size)
        hit += int(made.bears(kind)[where].sum())
    assert wanted > 12
    spread = 0.5 if wanted < 100 else 0.3
    assert 1 - spread < hit / wanted < 1 + spread, (hit, wanted)


@every_dirt
@pytest.mark.parametrize(("kind", "source"), WEEKS.items())
def test_whole_weeks_of_one_vendor_are_hit_as_often_as_the_rate_says(
    zone: Zone, spoilt: Make, kind: str, source: str, dirt: str
) -> None:
    made = spoilt(source, dirt)
    taught = zone.calendar.days[zone.calendar.planned == INSTRUCTIONAL]
    wanted = max(1, round(rates(dirt)[kind] * len(set(weeks(taught).tolist()))))
    old = made.bears(kind)[: made.size]
    moved = ("row_future", "time_dst", "row_no_school_day", "time_utc")
    still = ~made.bears(*set(moved) - {kind})[: made.size]
    hit = set(weeks(made.clean.start_local[old & still]).tolist())
    # Some weeks of school lie before the first meetings or between two terms.
    assert 1 <= len(hit) <= wanted
    inside = np.isin(weeks(made.clean.start_local), list(hit)) & still
    if kind in {"unit_seconds", "unit_clock", "unit_percent"}:
        inside &= made.dirty.present[: made.size] > 0
    if kind == "unit_clock":
        inside &= ~made.bears("unit_seconds")[: made.size]
    if kind == "unit_hours":
        inside &= made.clean.outcome == HELD
    assert old[inside].all()


def test_only_one_vendor_has_each_fault_of_whole_weeks(spoilt: Make) -> None:
    for source in SOURCES:
        kinds = spoilt(source, "typical").dirty.kinds
        for kind, of in WEEKS.items():
            assert (kind in kinds) == (source == of)
