"""Faults of claims: identifiers, names and birth dates as sources spoil them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hit_pipeline.synth.dirt.bench import bench
from hit_pipeline.synth.dirt.births import BIRTH_FAULTS
from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import ID_SYSTEMS
from hit_pipeline.synth.dirt.editing import borne_by
from hit_pipeline.synth.dirt.identifiers import ID_FAULTS
from hit_pipeline.synth.dirt.written_names import NAME_FAULTS
from hit_pipeline.synth.systems.roster_view import PARTNER_ROSTER
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
    return replace(spoilt, linkable=_linkable(zone, claims, spoilt, rates))


_USELESS = ("id_blank", "id_sibling", "id_mistyped", "id_shared", "id_of_other_vendor")
_BENT = ("name_changed", "name_middle", "name_swapped", "name_typo", "name_nickname")


def _linkable(zone: Zone, clean: Claims, claims: Claims, rates: Mapping[str, float]) -> Flags:
    """Say which entries a careful human could still link.

    One that names a pupil of a roster, and either holds an identifier that is right once repaired
    and on the roster, or comes with a name and the birth date that is right and on the roster, or
    bears the pupil's own name as no other pupil of the grade does.
    """
    useless = _useless(zone, clean, claims, rates)
    no_birth = np.isnat(claims.birth) | _not_known(zone, "sis_birth_blank", claims, rates)
    no_birth |= _bears(claims, "birth_day_month", "birth_digit", "birth_year")
    unnamed = claims.first == ""
    doubtful = no_birth & (_bears(claims, *_BENT) | _shares_name(zone)[claims.student])
    return np.asarray((claims.person >= 0) & ~(useless & (unnamed | doubtful)))


def _useless(zone: Zone, clean: Claims, claims: Claims, rates: Mapping[str, float]) -> Flags:
    """Say which entries hold no identifier that leads to their pupil."""
    first, second = (system == "state_id" for system in ID_SYSTEMS[claims.source])
    unknown = _not_known(zone, "sis_state_id_blank", claims, rates)
    of_state = (first & ~_bears(claims, "id_email")) | _bears(claims, "id_state_in_local")
    long_number = np.array([len(value) > 8 for value in clean.id], dtype=bool)
    wrong = _bears(claims, *_USELESS) | (_bears(claims, "id_scientific") & long_number)
    no_second = (claims.second_id == "") | (claims.second_id != clean.second_id)
    return np.asarray((wrong | (of_state & unknown)) & (no_second | (second & unknown)))


def _bears(claims: Claims, *kinds: str) -> Flags:
    none = np.zeros(len(claims.student), dtype=bool)
    return np.logical_or.reduce([claims.kinds.get(kind, none) for kind in kinds])


def _not_known(zone: Zone, kind: str, claims: Claims, rates: Mapping[str, float]) -> Flags:
    """Say which entries are of pupils of whom every roster lacks what the SIS left blank."""
    spells = zone.spells
    elsewhere = np.unique(spells.student[np.isin(spells.kind, PARTNER_ROSTER)])
    blank = borne_by(zone, kind, zone.students.person[claims.student], rates)
    return np.asarray(blank & ~np.isin(claims.student, elsewhere))


def _shares_name(zone: Zone) -> Flags:
    """Say which pupils bear the first and last name of another in their grade."""
    pupils = zone.students
    names = pupils.first + "|" + pupils.last + "|" + pupils.grade_first.astype(str).astype(object)
    _, at, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    return np.asarray(counts[at] > 1)
