"""A vendor's log on the bench: choosing entries, marking them, adding copies."""

from dataclasses import dataclass, field

import numpy as np

from hit_pipeline.synth.truth.calendar import INSTRUCTIONAL
from hit_pipeline.synth.truth.draws import DISTRICT, Days, Flags, Ints, stream
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.zone import Zone

HELD = OUTCOMES.index("held")
CAME = ATTENDANCE.index("left_early")


@dataclass
class Work:
    """A log under way; vectors are edited in place, added entries stand at the end."""

    zone: Zone
    source: str
    rates: dict[str, float]
    columns: dict[str, np.ndarray]
    student: Ints
    kinds: dict[str, Flags] = field(default_factory=dict)

    def hit(self, kind: str, able: Flags, unit: Ints | None = None) -> Ints:
        """Draw the entries a fault hits, whole units at a time, and mark them.

        The rate is a share of the entries able to bear the fault.
        """
        rate = self.rates[kind]
        if rate == 0 or not able.any():
            return np.empty(0, dtype=np.int64)
        rng = stream(self.zone.seed, self.zone.number, "log", self.source, kind)
        if unit is None:
            draw = rng.random(len(able))
        else:
            at = np.unique(unit, return_inverse=True)[1]
            draw = rng.random(int(at.max()) + 1)[at]
        chosen = able & (draw < rate)
        self.kinds[kind] = chosen
        return np.flatnonzero(chosen)

    def hit_weeks(self, kind: str, able: Flags) -> Ints:
        """Draw whole weeks of the vendor, the same for every zone, one at least, and mark them."""
        calendar, rate = self.zone.calendar, self.rates[kind]
        if rate == 0:
            return np.empty(0, dtype=np.int64)
        all_weeks = np.unique(weeks(calendar.days[calendar.planned == INSTRUCTIONAL]))
        rng = stream(self.zone.seed, DISTRICT, "weeks", self.source, kind)
        count = max(1, round(rate * len(all_weeks)))
        chosen = all_weeks[3 + rng.permutation(len(all_weeks) - 3)[:count]]
        flags = able & np.isin(week_of(self), chosen)
        self.kinds[kind] = flags
        return np.flatnonzero(flags)

    def add(self, kind: str, model: Ints) -> Ints:
        """Add copies of entries, each with a key of its own, and return where they stand.

        A copy bears every fault of its model beside the one it is added for.
        """
        size = len(self.student)
        if not len(model):
            return model
        for name, vector in self.columns.items():
            self.columns[name] = np.concatenate([vector, vector[model]])
        self.columns["key"][size:] = size + np.arange(len(model))
        self.student = np.concatenate([self.student, self.student[model]])
        self.kinds = {
            name: np.concatenate([flags, flags[model]]) for name, flags in self.kinds.items()
        }
        marks = np.zeros(size + len(model), dtype=bool)
        marks[size:] = True
        self.kinds[kind] = marks
        return size + np.arange(len(model))


def week_of(work: Work) -> Ints:
    """Return the Monday week of each entry."""
    return weeks(work.columns["start_local"])


def weeks(starts: Days) -> Ints:
    """Return Monday weeks, counted from an early one."""
    return (starts.astype("datetime64[D]").astype(np.int64) + 3) // 7


def held(work: Work) -> Flags:
    """Say which entries are of meetings that took place."""
    return np.asarray(work.columns["outcome"] == HELD)


def came(work: Work) -> Flags:
    """Say which entries are of pupils who came."""
    return np.asarray(held(work) & (work.columns["attendance"] <= CAME))


def borne(work: Work, kind: str) -> Flags:
    """Say which entries bear a fault already."""
    return work.kinds.get(kind, np.zeros(len(work.student), dtype=bool))


def program_of(work: Work) -> int:
    """Return the position of the log's program."""
    return next(n for n, p in enumerate(work.zone.programs) if p.source == work.source)
