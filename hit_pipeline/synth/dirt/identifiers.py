"""Faults of identifiers, as people and spreadsheets spoil them."""

import numpy as np

from hit_pipeline.synth.dirt.bench import Bench, edit
from hit_pipeline.synth.truth.draws import Ints, stream, texts
from hit_pipeline.synth.truth.zone import Zone


def _filled(work: Bench) -> np.ndarray:
    return np.asarray(work.id != "")


def _lose_second(work: Bench, at: Ints) -> None:
    """Blank the second identifier too, where names stand beside it.

    Sources that know pupils by number alone take both numbers from a list of the district: there a
    fault is in one column, and the other contradicts it.
    """
    if work.has_names:
        work.second_id[at] = ""


def _lost_zeros(work: Bench) -> None:
    able = np.array([value.startswith("0") for value in work.id], dtype=bool)
    edit(work.id, work.hit("id_lost_zeros", able), lambda value: value.lstrip("0"))


def _blank(work: Bench) -> None:
    at = work.hit("id_blank", _filled(work))
    work.id[at] = ""
    _lose_second(work, at)


def _decimal(work: Bench) -> None:
    at = work.hit("id_decimal", work.numeric)
    edit(work.id, at, lambda value: f"{value.lstrip('0')}.0")


def _scientific(work: Bench) -> None:
    at = work.hit("id_scientific", work.numeric)
    digits = {7: 6, 10: 5}
    edit(work.id, at, lambda value: f"{int(value):.{digits.get(len(value), 5)}E}")


def _state_in_local(work: Bench) -> None:
    at = work.hit("id_state_in_local", work.local)
    work.id[at] = work.zone.students.state_id[work.student[at]]


def _blanks(work: Bench) -> None:
    edit(work.id, work.hit("id_blanks", work.numeric), lambda v: f" {v[:4]} {v[4:]} ")


def _prefixed(work: Bench) -> None:
    edit(work.id, work.hit("id_prefixed", work.local), lambda value: f"S-{value}")


def _email(work: Bench) -> None:
    at = work.hit("id_email", work.numeric)
    work.id[at] = work.zone.students.email[work.student[at]]


def _sibling(work: Bench) -> None:
    sibling = _siblings(work.zone)
    at = work.hit("id_sibling", (sibling[work.student] >= 0) & _filled(work))
    _take_id(work, at, sibling[work.student[at]])


def _shared(work: Bench) -> None:
    other = np.roll(work.student, 1)
    at = work.hit("id_shared", (other != work.student) & _filled(work))
    _take_id(work, at, other[at])


def _take_id(work: Bench, at: Ints, owner: Ints) -> None:
    """Write another pupil's identifier, of the same system as the entry's own."""
    students = work.zone.students
    own = {name: getattr(students, name) for name in ("number", "state_id", "email")}
    for values in (work.id, work.second_id) if work.has_names else (work.id,):
        for n, other in zip(at, owner, strict=True):
            pupil = work.student[n]
            system = next((s for s, v in own.items() if v[pupil] == values[n]), "number")
            values[n] = own[system][other] if values[n] else ""


def _mistyped(work: Bench) -> None:
    at = work.hit("id_mistyped", work.numeric)
    rng = stream(work.zone.seed, work.zone.number, "typing", work.source)
    place, step = rng.integers(2, 6, len(at)), rng.integers(1, 10, len(at))
    for n, p, s in zip(at, place, step, strict=True):
        value = work.id[n]
        work.id[n] = f"{value[:p]}{(int(value[p]) + int(s)) % 10}{value[p + 1 :]}"
    _lose_second(work, at)


def _of_other_vendor(work: Bench) -> None:
    at = work.hit("id_of_other_vendor", _filled(work))
    person = work.zone.students.person[work.student[at]]
    work.id[at] = texts([f"U{n * 3 + 4_100_000_000}" for n in person])
    _lose_second(work, at)


def _siblings(zone: Zone) -> Ints:
    """Return a brother or sister of each pupil; -1 for none."""
    household = zone.students.household
    after = np.r_[household[1:] == household[:-1], False]
    before = np.r_[False, household[1:] == household[:-1]]
    at = np.arange(len(household))
    return np.where(after, at + 1, np.where(before, at - 1, -1))


ID_FAULTS = (
    _sibling,
    _mistyped,
    _shared,
    _of_other_vendor,
    _blank,
    _scientific,
    _email,
    _prefixed,
    _blanks,
    _state_in_local,
    _decimal,
    _lost_zeros,
)
