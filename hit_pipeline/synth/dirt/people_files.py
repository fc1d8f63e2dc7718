"""Faults of the files about people: HR's lists of tutors, and answers to surveys."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.editing import Editing, share, words
from hit_pipeline.synth.systems.cells import joined, number
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.surveys import FORMS
from hit_pipeline.synth.truth.draws import Flags
from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.zone import Zone

_REF = "Tutor Ref"
_LATER = ("coached", "left")
"""Events of a post that stand under its second reference."""


def spoil_hr(sheet: Sheet, zone: Zone, rates: Mapping[str, float]) -> Sheet:
    """Return a sheet of HR as the list is kept: references missing, and two for one post."""
    work = Editing(sheet, zone, rates)
    if work.size:
        _two_refs(work)
        _no_ref(work)
    return work.sheet


def _two_refs(work: Editing) -> None:
    """List a post once more under another reference; later events stand under that one."""
    hit = work.by_key("hr_two_refs", work.filled(_REF), _REF)
    bits = mixed(work.zone.seed, "second reference", *words(work.cells(_REF)))
    numbers = (bits % np.uint64(10**12)).astype(np.int64)
    other = joined("T", number(numbers, at_least=12))
    if not work.has("Event"):
        work.add("hr_two_refs", hit, {_REF: other})
        return
    later = pc.is_in(work.cells("Event"), value_set=pa.array(_LATER))
    hit &= later.to_numpy(zero_copy_only=False)
    work.put(_REF, hit, other)
    work.mark("hr_two_refs", hit)


def _no_ref(work: Editing) -> None:
    able = work.filled(_REF) & ~_has_two(work)
    hit = work.by_key("hr_ref_blank", able, _REF)
    work.put(_REF, hit, None)
    work.mark("hr_ref_blank", hit)


def _has_two(work: Editing) -> Flags:
    """Say which rows are of a post with two references, or stand under a second one."""
    draws = share(work.zone, "hr_two_refs", words(work.cells(_REF)))
    return np.asarray((draws < work.rates["hr_two_refs"]) | work.borne("hr_two_refs"))


def spoil_survey(sheet: Sheet, zone: Zone, rates: Mapping[str, float]) -> Sheet:
    """Return answers to a form as they are typed by hand; answers by other ways stay."""
    work = Editing(sheet, zone, rates)
    for form in FORMS.values():
        if form.identity and work.size and work.has(form.identity[0]):
            _mistyped(work, form.identity[0])
            _nickname(work, form.identity[1])
    return work.sheet


def _mistyped(work: Editing, column: str) -> None:
    hit = work.by_person("survey_id_mistyped", work.filled(column))
    _edit(work, column, hit, _one_digit_off)
    work.mark("survey_id_mistyped", hit)


def _one_digit_off(value: str) -> str:
    """Change a digit in the middle; which one depends on the number alone."""
    at = len(value) // 2 + int(value[-1]) % 3 - 1
    return f"{value[:at]}{(int(value[at]) + 3) % 10}{value[at + 1 :]}"


def _nickname(work: Editing, column: str) -> None:
    """Write the short form of a first name that has one."""
    known = nicknames()
    short = pc.is_in(work.cells(column), value_set=pa.array(list(known)))
    able = np.asarray(short.to_numpy(zero_copy_only=False), dtype=bool)
    hit = work.by_person("survey_nickname", able)
    _edit(work, column, hit, known.__getitem__)
    work.mark("survey_nickname", hit)


def _edit(work: Editing, column: str, flags: Flags, change: Callable[[str], str]) -> None:
    cells = work.cells(column).to_pylist()
    made = [change(cell) if hit else cell for cell, hit in zip(cells, flags, strict=True)]
    work.put(column, flags, pa.array(made, pa.string()))
