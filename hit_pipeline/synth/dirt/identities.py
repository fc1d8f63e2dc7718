"""Faults of claims: identifiers, names and birth dates as sources spoil them."""

from dataclasses import replace

import numpy as np

from hit_pipeline.synth.dirt.bench import bench
from hit_pipeline.synth.dirt.births import BIRTH_FAULTS
from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.identifiers import ID_FAULTS
from hit_pipeline.synth.dirt.written_names import NAME_FAULTS
from hit_pipeline.synth.truth.draws import Days, Flags
from hit_pipeline.synth.truth.zone import Zone

_NAT = np.datetime64("NaT", "D")


def spoil(zone: Zone, claims: Claims, day: Days, rates: dict[str, float]) -> Claims:
    """Return claims as a source's people and spreadsheets leave them.

    Args:
        zone: The zone.
        claims: Claims without a fault.
        day: Day of each entry.
        rates: Rate of every kind.
    """
    work = bench(zone, claims, day, rates)
    week = (day.astype("datetime64[D]").astype(np.int64) + 3) // 7
    work.begin(claims.student * 100_000 + week - week.min(initial=0))
    for fault in ID_FAULTS:
        fault(work)
    work.begin(claims.student)
    if work.has_names:
        for fault in NAME_FAULTS:
            fault(work)
    work.begin(claims.student)
    if not np.isnat(work.birth).all():
        for fault in BIRTH_FAULTS:
            fault(work)
    spoilt = replace(
        claims,
        id=work.id,
        second_id=work.second_id,
        first=work.first,
        middle=work.middle,
        last=work.last,
        birth=work.birth,
        kinds={**claims.kinds, **work.kinds},
    )
    return replace(spoilt, linkable=_linkable(zone, claims, spoilt))


_USELESS = ("id_blank", "id_sibling", "id_mistyped", "id_shared", "id_of_other_vendor")
_BENT = ("name_changed", "name_middle", "name_swapped", "name_typo", "name_nickname")


def _linkable(zone: Zone, clean: Claims, claims: Claims) -> Flags:
    """Say which entries a careful human could still link.

    One that names a pupil of a roster, and either holds an identifier that is right once repaired,
    or comes with the right birth date and a name, or bears the pupil's own name as no other pupil
    of the grade does.
    """

    def bears(*kinds: str) -> Flags:
        none = np.zeros(len(claims.student), dtype=bool)
        return np.logical_or.reduce([claims.kinds.get(kind, none) for kind in kinds])

    long_number = np.array([len(value) > 8 for value in clean.id], dtype=bool)
    useless = bears(*_USELESS) | (bears("id_scientific") & long_number)
    useless &= (claims.second_id == "") | (claims.second_id != clean.second_id)
    no_birth = np.isnat(claims.birth) | bears("birth_day_month", "birth_digit", "birth_year")
    unnamed = claims.first == ""
    doubtful = no_birth & (bears(*_BENT) | _shares_name(zone)[claims.student])
    return np.asarray((claims.person >= 0) & ~(useless & (unnamed | doubtful)))


def _shares_name(zone: Zone) -> Flags:
    """Say which pupils bear the first and last name of another in their grade."""
    pupils = zone.students
    names = pupils.first + "|" + pupils.last + "|" + pupils.grade_first.astype(str).astype(object)
    _, at, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    return np.asarray(counts[at] > 1)
