"""An entry is linkable when, and only when, something written leads to its pupil alone."""

import re
from collections import defaultdict

import numpy as np
import pytest

from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.spoiling import (
    Spoiling,
    every_source,
    owner,
)


def repaired(value: str) -> str:
    """Return an identifier as a careful human reads it."""
    value = value.replace(" ", "").removeprefix("S-")
    if re.fullmatch(r"[\d.]+E\+\d\d", value) or value.endswith(".0"):
        value = str(int(float(value)))
    return value.zfill(7) if value.isdigit() else value


@every_source
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_an_entry_is_linkable_when_something_written_leads_to_its_pupil_alone(
    zone: Zone, spoiling: Spoiling, source: str, dirt: str
) -> None:
    students, made = zone.students, spoiling.of(source, dirt)
    known = owner(zone)
    bearers: dict[tuple[str, str, int], int] = defaultdict(int)
    for name in zip(students.first, students.last, students.grade_first.tolist(), strict=True):
        bearers[name] += 1
    none = np.zeros(len(made.day), dtype=bool)
    bent_kinds = ("changed", "middle", "swapped", "typo", "nickname")
    bent = np.sum([made.dirty.kinds.get(f"name_{kind}", none) for kind in bent_kinds], axis=0) > 0
    for (_, now), is_bent, linkable in zip(made.pairs, bent, made.dirty.linkable, strict=True):
        at = now.student
        by_number = at in {known.get(repaired(now.id)), known.get(repaired(now.second_id))}
        by_birth = now.first != "" and now.birth == students.birth[at]
        name = (students.first[at], students.last[at], int(students.grade_first[at]))
        by_name = now.first != "" and not is_bent and bearers[name] == 1
        assert linkable == (by_number or by_birth or by_name), now
