"""Names of people no roster has, and nothing else changed."""

from dataclasses import replace

import numpy as np
import pytest

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import clean_claims, clean_log
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.dirt.logs import spoil_log
from hit_pipeline.synth.dirt.strange import TEST_NUMBER, name_strangers
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.zone import Zone

SOURCES = tuple(program.source for program in PROGRAMS)
TEXTS = ("id", "second_id", "first", "middle", "last")
every_source = pytest.mark.parametrize("source", SOURCES)


def named(zone: Zone, source: str, dirt: str) -> tuple[Log, Claims, Claims]:
    """Return a log, its claims before strangers are named, and after."""
    log, student = spoil_log(zone, clean_log(zone, SOURCES.index(source)), rates(dirt))
    day = np.minimum(log.start_local.astype("datetime64[D]"), zone.calendar.days[-1])
    before = clean_claims(zone, source, np.maximum(student, 0), day)
    before = replace(before, student=student)
    return log, before, name_strangers(zone, before, log)


@every_source
def test_test_accounts_say_so_and_have_the_number_all_of_them_have(zone: Zone, source: str) -> None:
    log, _, claims = named(zone, source, "nasty")
    test = log.kinds["row_test_student"]
    assert test.any()
    written = zip(claims.id[test], claims.first[test], claims.last[test], strict=True)
    assert set(written) == {(TEST_NUMBER, "Test", "Student")}
    assert np.isnat(claims.birth[test]).all()


@every_source
def test_a_stranger_has_a_name_and_a_number_that_is_nobodys(zone: Zone, source: str) -> None:
    log, _, claims = named(zone, source, "nasty")
    strange = log.kinds["row_stranger"]
    students = zone.students
    known = {
        *students.number.tolist(),
        *students.number_new.tolist(),
        *students.state_id.tolist(),
        *students.email.tolist(),
    } - {""}
    assert known.isdisjoint(claims.id[strange].tolist())
    assert set(claims.second_id[strange].tolist()) == {""}
    assert (claims.first[strange] != "").all()
    assert (claims.last[strange] != "").all()
    assert 0.1 < (claims.id[strange] == "").mean() < 0.6


def test_a_stranger_comes_several_times_under_one_name_and_number(zone: Zone) -> None:
    log, _, claims = named(zone, "northstar", "nasty")
    strange = log.kinds["row_stranger"]
    people = {(f, n) for f, n in zip(claims.first[strange], claims.last[strange], strict=True)}
    assert 3 < strange.sum() / len(people) < 9


@every_source
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_strangers_are_nobody_and_cannot_be_linked(zone: Zone, source: str, dirt: str) -> None:
    log, _, claims = named(zone, source, dirt)
    nobody = log.kinds["row_test_student"] | log.kinds["row_stranger"]
    assert (claims.person == -1).tolist() == nobody.tolist()
    assert (claims.student == -1).tolist() == nobody.tolist()
    assert not claims.linkable[nobody].any()
    assert not any(flags[nobody].any() for flags in claims.kinds.values())


@every_source
def test_claims_about_pupils_are_untouched(zone: Zone, source: str) -> None:
    _, before, after = named(zone, source, "nasty")
    pupils = before.student >= 0
    for name in (*TEXTS, "birth", "person", "linkable"):
        was, now = (getattr(claims, name)[pupils] for claims in (before, after))
        assert was.tolist() == now.tolist(), name


def test_strangers_have_birth_dates_where_the_source_has_them(zone: Zone) -> None:
    for source, has in (("lakeside", True), ("northstar", False)):
        log, _, claims = named(zone, source, "nasty")
        assert (~np.isnat(claims.birth[log.kinds["row_stranger"]])).all() == has


@every_source
def test_without_strangers_nothing_changes(zone: Zone, source: str) -> None:
    _, before, after = named(zone, source, "none")
    assert after is before
