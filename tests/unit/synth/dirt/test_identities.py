"""Each fault of an identity is what its kind says, and what bears none is as it was."""

import re
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.spoiling import (
    FAMILIES,
    Entry,
    Spoiling,
    every_source,
    owner,
    parts,
    plain,
)

CELLS = {"id": ("id", "second_id"), "name": ("first", "middle", "last"), "birth": ("birth",)}
BOTH_IDS = {"id_blank", "id_sibling", "id_shared", "id_mistyped", "id_of_other_vendor"}
Says = Callable[[Zone, Entry, Entry], bool]


def _scientific(_: Zone, was: Entry, now: Entry) -> bool:
    form = re.fullmatch(r"\d\.\d+E\+\d\d", now.id) is not None
    off = abs(float(now.id) - int(was.id))
    return form and off <= (0 if len(was.id) == 7 else int(was.id) * 1e-5)


def _of_family(zone: Zone, was: Entry, now: Entry) -> bool:
    other = owner(zone)[now.id]
    same = zone.students.household[other] == zone.students.household[was.student]
    return bool(same) and other != was.student


def _one_digit(_: Zone, was: Entry, now: Entry) -> bool:
    pairs = list(zip(was.id, now.id, strict=True))
    return sum(one != other for one, other in pairs) == 1 and now.id.isdigit()


IDS: dict[str, Says] = {
    "id_lost_zeros": lambda _, was, now: now.id == was.id.lstrip("0") != was.id,
    "id_blank": lambda _, was, now: (
        now.id == "" != was.id and now.second_id == ("" if now.first else was.second_id)
    ),
    "id_decimal": lambda _, was, now: now.id == f"{int(was.id)}.0",
    "id_scientific": _scientific,
    "id_state_in_local": lambda zone, was, now: (
        now.id == zone.students.state_id[was.student] and len(was.id) == 7
    ),
    "id_blanks": lambda _, was, now: (
        now.id.replace(" ", "") == was.id and now.id != now.id.strip() and " " in now.id.strip()
    ),
    "id_prefixed": lambda _, was, now: now.id.endswith(was.id) and not now.id[0].isdigit(),
    "id_email": lambda zone, was, now: now.id == zone.students.email[was.student] != was.id,
    "id_sibling": _of_family,
    "id_shared": lambda zone, was, now: owner(zone)[now.id] != was.student,
    "id_mistyped": _one_digit,
    "id_of_other_vendor": lambda zone, _, now: now.id not in owner(zone) and now.id[0] == "U",
}


def bent_by_one_letter(was: str, now: str) -> bool:
    """Say whether a letter behind the first was lost, doubled or exchanged with the next."""
    lost = {was[:n] + was[n + 1 :] for n in range(1, len(was))}
    doubled = {was[: n + 1] + was[n] + was[n + 1 :] for n in range(1, len(was))}
    turned = {was[:n] + was[n + 1] + was[n] + was[n + 2 :] for n in range(1, len(was) - 1)}
    return now != was and now in lost | doubled | turned


def _typo(_: Zone, was: Entry, now: Entry) -> bool:
    if now.first == was.first:
        return bent_by_one_letter(was.last, now.last)
    return now.last == was.last and bent_by_one_letter(was.first, now.first)


def _nickname(zone: Zone, was: Entry, now: Entry) -> bool:
    usual = {zone.students.preferred[was.student], nicknames().get(was.first)}
    return now.first in usual and now.last == was.last


NAMES: dict[str, Says] = {
    "name_nickname": _nickname,
    "name_typo": _typo,
    "name_changed": lambda zone, was, now: (
        now.last == zone.students.last[was.student]
        and zone.students.renamed_on[was.student] <= was.day
    ),
    "name_hyphen_half": lambda _, was, now: now.last in re.split("[- ]", was.last),
    "name_diacritics_lost": lambda _, was, now: (
        (now.first, now.last) == (plain(was.first), plain(was.last))
    ),
    "name_middle": lambda _, was, now: now.first == was.middle and now.last == was.last,
    "name_swapped": lambda _, was, now: (now.first, now.last) == (was.last, was.first),
    "name_capitals": lambda _, was, now: (
        (now.first, now.last) == (was.first.upper(), was.last.upper())
    ),
}


def _digit(_: Zone, was: Entry, now: Entry) -> bool:
    letters = list(zip(str(was.birth), str(now.birth), strict=True))
    return (
        sum(one != other for one, other in letters) == 1
        and parts(was.birth)[0] == parts(now.birth)[0]
    )


def _year(_: Zone, was: Entry, now: Entry) -> bool:
    (year, *rest), (other, *same) = parts(was.birth), parts(now.birth)
    return rest == same and abs(int(year) - int(other)) == 1


def _swapped_birth(_: Zone, was: Entry, now: Entry) -> bool:
    year, month, day = parts(was.birth)
    return parts(now.birth) == (year, day, month) and day != month


BIRTHS: dict[str, Says] = {
    "birth_day_month": _swapped_birth,
    "birth_digit": _digit,
    "birth_year": _year,
    "birth_blank": lambda _, was, now: bool(np.isnat(now.birth) and not np.isnat(was.birth)),
}
SAYS = IDS | NAMES | BIRTHS


def test_every_kind_of_these_families_is_told_apart_here() -> None:
    assert set(SAYS) == {name for names in FAMILIES.values() for name in names}


@every_source
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_a_marked_entry_differs_as_its_kind_says_and_an_unmarked_one_not(
    zone: Zone, spoiling: Spoiling, source: str, dirt: str
) -> None:
    made = spoiling.of(source, dirt)
    pairs = made.pairs
    for family, kinds in FAMILIES.items():
        unmarked = made.family(kinds) == 0
        for cell in CELLS[family]:
            was, now = (getattr(claims, cell)[unmarked] for claims in (made.clean, made.dirty))
            assert was.tolist() == now.tolist()
    for kind, flags in made.dirty.kinds.items():
        for at in np.flatnonzero(flags).tolist():
            assert pairs[at][0].written() != pairs[at][1].written(), kind
            assert SAYS[kind](zone, *pairs[at]), (kind, pairs[at])


@every_source
def test_the_second_identifier_stays_with_faults_of_the_first_alone(
    spoiling: Spoiling, source: str
) -> None:
    made = spoiling.of(source, "nasty")
    assert (made.clean.middle == made.dirty.middle).all()
    for kind in set(FAMILIES["id"]) - BOTH_IDS:
        flags = made.dirty.kinds.get(kind, np.zeros(len(made.day), dtype=bool))
        assert (made.clean.second_id == made.dirty.second_id)[flags].all(), kind


@every_source
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_no_entry_bears_two_faults_of_one_family(
    spoiling: Spoiling, source: str, dirt: str
) -> None:
    made = spoiling.of(source, dirt)
    for kinds in FAMILIES.values():
        assert made.family(kinds).max() <= 1
    assert set(made.dirty.kinds) <= set(SAYS)


@every_source
def test_faults_of_a_name_hold_for_all_a_pupils_entries_in_a_source(
    spoiling: Spoiling, source: str
) -> None:
    made = spoiling.of(source, "typical")
    for kind in ("name_swapped", "name_capitals", "name_typo", "birth_blank"):
        flags = made.dirty.kinds.get(kind, np.zeros(len(made.day), dtype=bool))
        hit = set(made.clean.student[flags].tolist())
        for student in hit:
            mine = made.clean.student == student
            free = made.family(FAMILIES[kind.split("_")[0]])[mine] == flags[mine]
            assert flags[mine][free].all() or not flags[mine].any()


@every_source
def test_a_missing_identifier_is_missing_a_whole_week(spoiling: Spoiling, source: str) -> None:
    made = spoiling.of(source, "typical")
    monday = (made.day.astype(np.int64) + 3) // 7
    weeks: dict[tuple[int, int], set[bool]] = defaultdict(set)
    flags = made.dirty.kinds["id_blank"]
    for student, week, hit in zip(made.clean.student.tolist(), monday.tolist(), flags, strict=True):
        weeks[student, week].add(bool(hit))
    assert {len(seen) for seen in weeks.values()} == {1}


@every_source
def test_without_rates_claims_stay_as_they_were(spoiling: Spoiling, source: str) -> None:
    made = spoiling.of(source, "none")
    assert not made.dirty.kinds
    assert made.dirty.linkable.all()
    assert all(was.written() == now.written() for was, now in made.pairs)
