"""The bench: claims on which faults are put one kind after another."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts, stream
from hit_pipeline.synth.truth.zone import Zone

_NUMBER_DIGITS = 7


@dataclass
class Bench:
    """Claims under way; vectors are edited in place.

    Attributes:
        numeric: Entries whose identifier is all digits while it bears no fault.
        local: Those whose identifier is the district number.
        has_names: False for a source that knows pupils by number alone.
        unit: Which unit each entry belongs to, for the family of faults being put on: a pupil and
            week, or a pupil.
        taken: Entries that bear a fault of this family already: no entry has two of one family.
    """

    zone: Zone
    source: str
    rates: dict[str, float]
    student: Ints
    day: Days
    id: Texts
    second_id: Texts
    first: Texts
    middle: Texts
    last: Texts
    birth: Days
    numeric: Flags
    local: Flags
    has_names: bool
    unit: Ints
    taken: Flags
    kinds: dict[str, Flags] = field(default_factory=dict)

    def hit(self, kind: str, able: Flags) -> Ints:
        """Draw the entries a fault hits, whole units at a time, and mark them.

        The rate is a share of all entries: where few are able to bear the fault, more of those are
        hit, up to nine in ten.
        """
        able = able & ~self.taken
        share = able.mean() if len(able) else 0.0
        if share == 0 or self.rates[kind] == 0:
            return np.empty(0, dtype=np.int64)
        rng = stream(self.zone.seed, self.zone.number, "dirt", self.source, kind)
        draw = rng.random(int(self.unit.max()) + 1)[self.unit]
        chosen = able & (draw < min(0.9, self.rates[kind] / share))
        self.taken |= chosen
        self.kinds[kind] = chosen
        return np.flatnonzero(chosen)

    def begin(self, unit: Ints) -> None:
        """Begin a family of faults."""
        self.unit = np.unique(unit, return_inverse=True)[1].astype(np.int64)
        self.taken = np.zeros(len(unit), dtype=bool)


def bench(zone: Zone, claims: Claims, day: Days, rates: dict[str, float]) -> Bench:
    """Lay claims on the bench."""
    nothing = np.zeros(len(claims.student), dtype=np.int64)
    numeric = np.array([value.isdigit() for value in claims.id], dtype=bool)
    local = numeric & np.array([len(value) == _NUMBER_DIGITS for value in claims.id], dtype=bool)
    return Bench(
        zone=zone,
        source=claims.source,
        rates=rates,
        student=claims.student,
        day=day,
        id=claims.id.copy(),
        second_id=claims.second_id.copy(),
        first=claims.first.copy(),
        middle=claims.middle.copy(),
        last=claims.last.copy(),
        birth=claims.birth.copy(),
        numeric=numeric,
        local=local,
        has_names=bool((claims.first != "").any()),
        unit=nothing,
        taken=nothing.astype(bool),
    )


def edit(values: Texts, at: Ints, change: Callable[[str], str]) -> None:
    """Change some texts of a vector in place."""
    for n in at:
        values[n] = change(values[n])
