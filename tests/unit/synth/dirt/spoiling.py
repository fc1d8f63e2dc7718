"""Claims of every source, without a fault and spoilt, one entry after another."""

import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pytest

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import clean_claims
from hit_pipeline.synth.dirt.identities import spoil
from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.scores import INSTRUMENTS
from hit_pipeline.synth.truth.zone import Students, Zone

TESTS = tuple(instrument.name for instrument in INSTRUMENTS)
VENDORS = ("northstar", "brightpath", "lakeside", "harborlight", "quillwork")
SOURCES = VENDORS + TESTS
TEXTS = ("id", "second_id", "first", "middle", "last")
FAMILIES = {
    family: tuple(kind.name for kind in KINDS if kind.family == family)
    for family in ("id", "name", "birth")
}
"""Family -> its kinds."""
every_source = pytest.mark.parametrize("source", SOURCES)


@dataclass(frozen=True)
class Entry:
    """One claim: pupil, day, and what is written."""

    student: int
    day: np.datetime64
    id: str
    second_id: str
    first: str
    middle: str
    last: str
    birth: np.datetime64

    def written(self) -> tuple[str, ...]:
        """Return all that is written, a blank date as text too."""
        return (*(getattr(self, name) for name in TEXTS), str(self.birth))


@dataclass(frozen=True)
class Spoilt:
    """A source's claims before and after."""

    clean: Claims
    dirty: Claims
    day: Days

    @cached_property
    def pairs(self) -> list[tuple[Entry, Entry]]:
        """Return every entry without and with its faults."""
        return list(
            zip(_entries(self.clean, self.day), _entries(self.dirty, self.day), strict=True)
        )

    def family(self, kinds: tuple[str, ...]) -> Flags:
        """Return how many of some kinds each entry bears."""
        none = np.zeros(len(self.day), dtype=bool)
        return np.sum([self.dirty.kinds.get(kind, none) for kind in kinds], axis=0)


def _entries(claims: Claims, day: Days) -> list[Entry]:
    columns = [claims.student.tolist(), list(day), *(getattr(claims, n).tolist() for n in TEXTS)]
    return [Entry(*cells) for cells in zip(*columns, list(claims.birth), strict=True)]


def seen(zone: Zone, source: str) -> tuple[Ints, Days]:
    """Return pupil and day of every entry of a source."""
    if source in TESTS:
        at = zone.scores.instrument == TESTS.index(source)
        return zone.scores.student[at], zone.scores.taken[at]
    group = zone.meetings.group[zone.seats.meeting]
    at = zone.groups.program[group] == VENDORS.index(source)
    return zone.seats.student[at], zone.meetings.day[zone.seats.meeting[at]]


class Spoiling:
    """Spoils a zone's sources, each once."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.of = cache(self._of)

    def _of(self, source: str, dirt: str) -> Spoilt:
        student, day = seen(self.zone, source)
        clean = clean_claims(self.zone, source, student, day)
        return Spoilt(clean, spoil(self.zone, clean, day, rates(dirt)), day)


_OWNERS: dict[int, dict[str, int]] = {}


def owner(zone: Zone) -> dict[str, int]:
    """Return whose every identifier is."""
    if id(zone) not in _OWNERS:
        _OWNERS[id(zone)] = _owner(zone.students)
    return _OWNERS[id(zone)]


def _owner(students: Students) -> dict[str, int]:
    found: dict[str, int] = {}
    for values in (students.number, students.number_new, students.state_id, students.email):
        found |= {value: at for at, value in enumerate(values.tolist()) if value}
    return found


def plain(name: str) -> str:
    """Return a name without accents."""
    folded = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Mn")


def parts(day: np.datetime64) -> tuple[str, str, str]:
    """Return year, month and day as digits."""
    year, month, of_month = str(day).split("-")
    return year, month, of_month
