"""An entry is linkable when, and only when, something written leads to its pupil alone."""

import re
from collections import defaultdict

import numpy as np
import pytest

from hit_pipeline.synth.dirt.clean import clean_claims
from hit_pipeline.synth.dirt.identities import spoil
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.dirt.roster import spoil_roster
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import plain_files
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.spoiling import Spoiling, every_source, seen


def repaired(value: str) -> str:
    """Return an identifier as a careful human reads it."""
    value = value.replace(" ", "").removeprefix("S-")
    if re.fullmatch(r"[\d.]+E\+\d\d", value) or value.endswith(".0"):
        value = str(int(float(value)))
    return value.zfill(7) if value.isdigit() else value


class Rosters:
    """What the rosters of the last night hold of each pupil, faults of the SIS included."""

    def __init__(self, zone: Zone, dirt: str) -> None:
        (night,) = nights("final", 1)
        at = {person: n for n, person in enumerate(zone.students.person.tolist())}
        self.owner: dict[str, int] = {}
        self.births: set[tuple[int, str]] = set()
        for source in (plain_files.SOURCE, plain_files.PARTNER_SOURCE):
            written = plain_files.students(zone, night, source)
            sheet = spoil_roster(written, night, zone, rates(dirt))
            for row, person in zip(sheet.rows.to_pylist(), sheet.person.tolist(), strict=True):
                ids = (row["student_number"], row["state_id"], row["email"])
                self.owner |= {value: at[person] for value in ids if value}
                if row["birth_date"]:
                    month, day, year = row["birth_date"].split("/")
                    self.births.add((at[person], f"{year}-{month}-{day}"))


@every_source
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_an_entry_is_linkable_when_something_written_leads_to_its_pupil_alone(
    zone: Zone, spoiling: Spoiling, source: str, dirt: str
) -> None:
    students, made = zone.students, spoiling.of(source, dirt)
    rosters = Rosters(zone, dirt)
    known = rosters.owner
    bearers: dict[tuple[str, str, int], int] = defaultdict(int)
    for name in zip(students.first, students.last, students.grade_first.tolist(), strict=True):
        bearers[name] += 1
    none = np.zeros(len(made.day), dtype=bool)
    bent_kinds = ("changed", "middle", "swapped", "typo", "nickname")
    bent = np.sum([made.dirty.kinds.get(f"name_{kind}", none) for kind in bent_kinds], axis=0) > 0
    for (_, now), is_bent, linkable in zip(made.pairs, bent, made.dirty.linkable, strict=True):
        at = now.student
        by_number = at in {known.get(repaired(now.id)), known.get(repaired(now.second_id))}
        by_birth = now.first != "" and (at, str(now.birth)) in rosters.births
        name = (students.first[at], students.last[at], int(students.grade_first[at]))
        by_name = now.first != "" and not is_bent and bearers[name] == 1
        assert linkable == (by_number or by_birth or by_name), now


@pytest.mark.parametrize(
    ("kind", "source"), [("sis_state_id_blank", "brightpath"), ("sis_birth_blank", "lakeside")]
)
def test_what_the_roster_lacks_makes_fewer_entries_linkable(
    zone: Zone, kind: str, source: str
) -> None:
    student, day = seen(zone, source)
    clean = clean_claims(zone, source, student, day)
    held = spoil(zone, clean, day, rates("nasty") | {kind: 0.0}).linkable
    lacked = spoil(zone, clean, day, rates("nasty")).linkable
    assert 0 < (held & ~lacked).sum() < 0.05 * len(held)
    assert not (lacked & ~held).any()
