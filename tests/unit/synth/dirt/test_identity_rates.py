"""Faults of identities are as frequent as their rates say."""

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import BY_NAME, rates
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.spoiling import (
    FAMILIES,
    SOURCES,
    Entry,
    Spoiling,
    Spoilt,
    plain,
)


def bearable(kind: str, zone: Zone, entry: Entry) -> bool:
    """Say whether an entry could bear a fault."""
    students, at = zone.students, entry.student
    local = len(entry.id) == 7 and entry.id.isdigit()
    able = {
        "id_lost_zeros": entry.id.startswith("0"),
        "id_state_in_local": local,
        "id_prefixed": local,
        "id_sibling": (students.household == students.household[at]).sum() > 1,
        "name_nickname": bool(students.preferred[at]) or entry.first in nicknames(),
        "name_changed": bool(students.renamed_on[at] <= entry.day),
        "name_hyphen_half": "-" in entry.last or " " in entry.last,
        "name_diacritics_lost": plain(entry.first + entry.last) != entry.first + entry.last,
        "name_middle": entry.middle not in {"", entry.first},
        "birth_day_month": str(entry.birth)[-2:] <= "12",
    }
    if kind in {"id_blank", "id_shared", "id_of_other_vendor"}:
        return entry.id != ""
    return bool(able.get(kind, kind[0] != "i" or entry.id.isdigit()))


def expected(kind: str, zone: Zone, made: Spoilt, rate: float) -> float:
    """Return how many units, pupils or pupils' weeks, a fault should hit in a source.

    The rate is a share of all entries; those able to bear the fault are hit so much more often, up
    to nine in ten of them.
    """
    # Names change: who could bear a fault at all could so at the last.
    _, last = np.unique(units(kind, made)[::-1], return_index=True)
    places = len(made.day) - 1 - last
    able = [
        float(np.mean([bearable(kind, zone, made.pairs[at][0]) for at in some.tolist()]))
        for some in (sample(np.arange(len(made.day))), sample(places))
    ]
    return min(0.9, rate / max(able[0], 1e-9)) * able[1] * len(places)


def sample(places: Ints) -> Ints:
    return places[:: max(1, len(places) // 300)]


def units(kind: str, made: Spoilt) -> Ints:
    """Return what each entry is hit with as one."""
    week = (made.day.astype(np.int64) + 3) // 7 if kind.startswith("id_") else 0
    return made.clean.student * 100_000 + week


@pytest.mark.parametrize("dirt", ["typical", "nasty"])
@pytest.mark.parametrize("kind", [kind for kinds in FAMILIES.values() for kind in kinds])
def test_faults_are_as_frequent_as_their_rate_says(
    zone: Zone, spoiling: Spoiling, kind: str, dirt: str
) -> None:
    wanted, hit = 0.0, 0
    for source in SOURCES:
        made = spoiling.of(source, dirt)
        has = {"id": True, "name": (made.clean.first != "").any()}
        if has.get(BY_NAME[kind].family, not np.isnat(made.clean.birth).all()):
            wanted += expected(kind, zone, made, rates(dirt)[kind])
            flags = made.dirty.kinds.get(kind, np.zeros(len(made.day), dtype=bool))
            hit += len(np.unique(units(kind, made)[flags]))
    assert wanted > 8
    assert abs(hit - wanted) < 4 * wanted**0.5 + 0.15 * wanted, (hit, wanted)
