from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from hit_pipeline.synth.dirt.clean import clean_claims, clean_log
from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.dirt.tutors import (
    HR,
    WITH_EMAILS,
    WITH_IDS,
    TutorClaims,
    about_tutors,
    by_account,
    tutor_names,
    with_tutors,
)
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import brightpath, northstar
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.zone import Zone

NONE, TYPICAL, NASTY = rates("none"), rates("typical"), rates("nasty")
VENDORS = ("northstar", "brightpath", "lakeside", "harborlight", "quillwork")
SOURCES = (*VENDORS, HR)
KIND_NAMES = tuple(kind.name for kind in KINDS if kind.family == "tutor")
LAST_NIGHT = nights("final", 1)[0]

Written = tuple[str, str, str]


def _exchanged(right: str, written: str) -> bool:
    return right != written and sorted(right) == sorted(written) and right[0] == written[0]


SAYS: dict[str, Callable[[Written, Written], bool]] = {
    "tutor_nickname": lambda right, said: said == (nicknames()[right[0]], *right[1:]),
    "tutor_renamed": lambda right, said: said[1] != right[1] and said[::2] == right[::2],
    "tutor_initial": lambda right, said: said == (f"{right[0][0]}.", *right[1:]),
    "tutor_typo": lambda right, said: _exchanged(right[1], said[1]) and said[::2] == right[::2],
    "tutor_swapped": lambda right, said: said == (right[1], right[0], right[2]),
    "tutor_capitals": lambda right, said: said == (right[0].upper(), right[1].upper(), right[2]),
    "tutor_email_private": lambda right, said: (
        said[:2] == right[:2] and said[2].endswith("@mail.example")
    ),
    "tutor_email_other": lambda right, said: (
        said[:2] == right[:2]
        and said[2] != right[2]
        and said[2].partition("@")[0] == right[2].partition("@")[0]
    ),
    "tutor_email_blank": lambda right, said: said == (*right[:2], ""),
    "tutor_two_ids": lambda right, said: said == right,
}
"""What the name and address written must be, given the right ones."""


def _right(zone: Zone, claims: TutorClaims) -> list[Written]:
    tutors = zone.tutors
    email = tutors.email if claims.source in WITH_EMAILS else np.full(len(tutors.email), "")
    vectors = (tutors.first, tutors.last, email)
    return list(zip(*(vector[claims.tutor].tolist() for vector in vectors), strict=True))


def _said(claims: TutorClaims) -> list[Written]:
    return list(
        zip(claims.first.tolist(), claims.last.tolist(), claims.email.tolist(), strict=True)
    )


def _kinds(claims: TutorClaims, at: int) -> list[str]:
    return [kind for kind, flags in claims.kinds.items() if flags[at]]


@pytest.mark.parametrize("source", SOURCES)
def test_without_dirt_tutors_stand_as_they_are(zone: Zone, source: str) -> None:
    claims = tutor_names(zone, source, NONE)
    assert not any(flags.any() for flags in claims.kinds.values())
    assert _said(claims) == _right(zone, claims)
    assert np.array_equal(claims.account, zone.tutors.person)


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_written_is_what_the_fault_says_and_else_right(zone: Zone, source: str) -> None:
    claims = tutor_names(zone, source, NASTY)
    for at, (right, said) in enumerate(zip(_right(zone, claims), _said(claims), strict=True)):
        kinds = _kinds(claims, at)
        assert len(kinds) <= 1
        if kinds:
            assert claims.works[at]
            assert SAYS[kinds[0]](right, said), kinds
        else:
            assert said == right


def test_every_fault_is_put_on_some_tutor_and_some_test_says_what_it_is(zone: Zone) -> None:
    every = [tutor_names(zone, source, NASTY) for source in SOURCES]
    hit = {kind for claims in every for kind, flags in claims.kinds.items() if flags.any()}
    assert hit == set(KIND_NAMES) == SAYS.keys()


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_fault_hits_about_its_share_of_the_tutors(zone: Zone, kind: str) -> None:
    hit = able = 0
    for source in SOURCES:
        claims = tutor_names(zone, source, NONE | {kind: 0.2})
        flags = claims.kinds.get(kind)
        if flags is not None:
            hit += int(flags.sum())
            able += int(claims.works.sum())
    assert able > 50
    assert hit / able == pytest.approx(0.2, abs=0.11)


@pytest.mark.parametrize("source", VENDORS)
def test_only_the_tutors_of_a_vendor_are_spoilt(zone: Zone, source: str) -> None:
    claims = tutor_names(zone, source, NASTY)
    bit = VENDORS.index(source)
    assert np.array_equal(claims.works, zone.tutors.vendors[claims.tutor] >> bit & 1 == 1)
    assert 0 < claims.works.sum() < len(claims.works)


def test_hr_writes_legal_first_names_and_one_account_each(zone: Zone) -> None:
    claims = tutor_names(zone, HR, NASTY)
    assert not {"tutor_nickname", "tutor_initial", "tutor_two_ids"} & claims.kinds.keys()
    assert len(claims.account) == len(zone.tutors.person)


def _spoilt(zone: Zone, source: str) -> tuple[Log, Log, TutorClaims]:
    log = clean_log(zone, VENDORS.index(source))
    claims = tutor_names(zone, source, NONE | {"tutor_two_ids": 0.5})
    return log, by_account(log, claims), claims


@pytest.mark.parametrize("source", WITH_IDS)
def test_the_second_account_takes_over_on_one_day(zone: Zone, source: str) -> None:
    log, moved, claims = _spoilt(zone, source)
    second = np.flatnonzero(~np.isnat(claims.since))
    assert len(second)
    since = dict(zip(claims.tutor[second].tolist(), claims.since[second], strict=True))
    days = log.start_local.astype("datetime64[D]")
    for right, said in ((log.tutor, moved.tutor), (log.led_by, moved.led_by)):
        assert np.array_equal(np.where(said >= 0, claims.tutor[said], -1), right)
        for at in np.flatnonzero(right >= 0):
            day = since.get(int(right[at]))
            assert (said[at] != right[at]) == (day is not None and day <= days[at])


def test_accounts_are_unique_and_within_the_zone(zone: Zone) -> None:
    claims = tutor_names(zone, "quillwork", NASTY)
    assert len(set(claims.account.tolist())) == len(claims.account)
    next_zone = (zone.number + 1) * 10_000_000
    assert claims.account.max() < next_zone
    humans = {*zone.students.person.tolist(), *zone.staff.person.tolist()}
    assert not humans & set(claims.account[len(zone.tutors.person) :].tolist())


def test_a_log_names_the_second_id_from_that_day_on(zone: Zone) -> None:
    log, moved, accounts = _spoilt(zone, "northstar")
    day = log.start_local.astype("datetime64[D]")
    claims = clean_claims(zone, "northstar", zone.seats.student[log.seat], day)
    (sheet,) = northstar.sheets(with_tutors(zone, accounts), moved, claims, LAST_NIGHT)
    (right,) = northstar.sheets(zone, log, claims, LAST_NIGHT)
    columns = ("Tutor Name", "Tutor ID", "Scheduled Start")
    before: dict[str, set[tuple[str, str]]] = {}
    for name, told, start in zip(*(sheet.rows[c].to_pylist() for c in columns), strict=True):
        before.setdefault(name, set()).add((told, start))
    switched = 0
    for seen in before.values():
        ids = [told for told, start in sorted(seen, key=lambda pair: pair[1])]
        changes = sum(one != other for one, other in pairwise(ids))
        assert len(set(ids)) > 2 or changes == len(set(ids)) - 1
        switched += len(set(ids)) == 2
    assert switched
    others = [name for name in sheet.rows.column_names if name != "Tutor ID"]
    assert sheet.rows.select(others).equals(right.rows.select(others))


def test_rows_about_tutors_are_about_the_human_and_marked(zone: Zone) -> None:
    log = clean_log(zone, VENDORS.index("brightpath"))
    accounts = tutor_names(zone, "brightpath", NASTY)
    day = log.start_local.astype("datetime64[D]")
    claims = clean_claims(zone, "brightpath", zone.seats.student[log.seat], day)
    spoilt = with_tutors(zone, accounts), by_account(log, accounts)
    told, stays = brightpath.sheets(*spoilt, claims, LAST_NIGHT)
    right, _ = brightpath.sheets(zone, log, claims, LAST_NIGHT)
    sheet = about_tutors(told, accounts)
    assert np.array_equal(sheet.person, right.person)
    assert about_tutors(stays, accounts) is stays
    told_of = {kind: flags for kind, flags in sheet.faults.items() if flags.any()}
    assert "tutor_two_ids" in told_of
    pairs = zip(sheet.rows.to_pylist(), right.rows.to_pylist(), strict=True)
    for at, (said, truth) in enumerate(pairs):
        kinds = [kind for kind, flags in sheet.faults.items() if flags[at]]
        changed = [name for name in ("HostId", "HostName") if said[name] != truth[name]]
        expected = {"tutor_two_ids": ["HostId"]}
        assert changed == [c for kind in kinds for c in expected.get(kind, ["HostName"])]


def test_tutors_stand_in_the_order_of_the_zone(zone: Zone) -> None:
    claims = tutor_names(zone, "northstar", NASTY)
    made = with_tutors(zone, claims).tutors
    size = len(zone.tutors.person)
    assert np.array_equal(made.person[:size], zone.tutors.person)
    assert np.array_equal(made.kind, zone.tutors.kind[claims.tutor])
