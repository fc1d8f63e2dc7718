"""Nobody is in two rooms at once, and places go to whom the design and the family allow."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.programs import PROGRAMS, SUMMER
from hit_pipeline.synth.truth.tutoring import term_label, terms
from hit_pipeline.synth.truth.zone import Zone

HELD = OUTCOMES.index("held")
CAME = ATTENDANCE.index("left_early")


def overlaps(spans: Iterable[tuple[int, int, int]]) -> int:
    """Count the spans (who, begin, end) that begin before the same person's earlier one ends."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for who, begin, end in spans:
        found[who].append((begin, end))
    return sum(
        later[0] < earlier[1]
        for mine in found.values()
        for earlier, later in pairwise(sorted(mine))
    )


def starts(zone: Zone) -> list[int]:
    return zone.meetings.start_local.astype("datetime64[s]").astype(np.int64).tolist()


@pytest.mark.parametrize("seed", [3, 21])
def test_no_pupil_is_expected_in_two_rooms_at_once(seed: int) -> None:
    zone = build_zone(District(seed, students=2500, schools=4), 0)
    begin, length = starts(zone), zone.meetings.planned_seconds.tolist()
    assert not overlaps(
        (student, begin[meeting], begin[meeting] + length[meeting])
        for meeting, student in zip(
            zone.seats.meeting.tolist(), zone.seats.student.tolist(), strict=True
        )
    )


def test_no_pupil_is_present_in_two_rooms_at_once(any_zone: Zone) -> None:
    begin, seats = starts(any_zone), any_zone.seats
    assert not overlaps(
        (student, begin[meeting] + joined, begin[meeting] + left)
        for meeting, student, joined, left in zip(
            seats.meeting.tolist(),
            seats.student.tolist(),
            seats.joined.tolist(),
            seats.left.tolist(),
            strict=True,
        )
    )


def tutor_spans(zone: Zone, who: list[int]) -> Iterable[tuple[int, int, int]]:
    meetings = zone.meetings
    person = zone.tutors.person.tolist()
    begin = starts(zone)
    for at in np.flatnonzero(np.asarray(who) >= 0).tolist():
        length = int(meetings.planned_seconds[at])
        yield person[who[at]], begin[at], begin[at] + length


def test_no_tutor_is_planned_or_leads_in_two_rooms_at_once(any_zone: Zone) -> None:
    assert not overlaps(tutor_spans(any_zone, any_zone.meetings.tutor.tolist()))
    assert not overlaps(tutor_spans(any_zone, any_zone.meetings.led_by.tolist()))


def test_no_tutor_who_is_a_pupil_tutors_while_being_tutored(any_zone: Zone) -> None:
    zone = any_zone
    begin, length = starts(zone), zone.meetings.planned_seconds.tolist()
    seats = [
        (int(zone.students.person[student]), begin[meeting], begin[meeting] + length[meeting])
        for meeting, student in zip(
            zone.seats.meeting.tolist(), zone.seats.student.tolist(), strict=True
        )
    ]
    assert not overlaps([*seats, *tutor_spans(zone, zone.meetings.led_by.tolist())])


def test_groups_are_as_large_as_the_design_and_of_one_school_and_grade(any_zone: Zone) -> None:
    groups, members = any_zone.groups, any_zone.members
    sizes = np.bincount(members.group, minlength=len(groups.key))
    largest = np.array([program.largest for program in PROGRAMS])[groups.program]
    assert (sizes >= 1).all()
    assert (sizes <= largest).all()
    spells = any_zone.spells
    places = set(
        zip(
            spells.student.tolist(),
            spells.year.tolist(),
            spells.school.tolist(),
            spells.grade.tolist(),
            strict=True,
        )
    )
    at = members.group
    for place in zip(
        members.student.tolist(),
        groups.year[at].tolist(),
        groups.school[at].tolist(),
        groups.grade[at].tolist(),
        strict=True,
    ):
        assert place in places


def test_most_groups_are_full(zone: Zone) -> None:
    sizes = np.bincount(zone.members.group)
    largest = np.array([program.largest for program in PROGRAMS])[zone.groups.program]
    assert 0.5 < (sizes == largest).mean() <= 1.0


def test_groups_meet_as_often_a_week_and_as_long_as_designed(any_zone: Zone) -> None:
    groups = any_zone.groups
    for at, program in enumerate(PROGRAMS):
        mine = np.flatnonzero(groups.program == at)
        days = [int(bits).bit_count() for bits in groups.weekdays[mine]]
        assert set(days) == ({0} if program.on_cycle else {program.per_week})
        assert set(groups.cycle[mine].tolist()) == ({0, 1} if program.on_cycle else {-1})
        assert set(groups.minutes[mine].tolist()) == {program.minutes}
        assert set(groups.start[mine].tolist()) <= set(program.starts)


def test_places_go_to_those_in_need_whose_family_did_not_refuse(any_zone: Zone) -> None:
    eligible = any_zone.eligible
    refused = eligible.consent == "refused"
    assert set(eligible.status[refused].tolist()) == {"declined"}
    assert set(eligible.status[~refused].tolist()) == {"assigned", "waitlisted"}
    assert set(eligible.consent.tolist()) == {"granted", "refused", "none"}


def test_members_of_groups_are_exactly_those_assigned(any_zone: Zone) -> None:
    eligible, groups, members = any_zone.eligible, any_zone.groups, any_zone.members
    at = eligible.status == "assigned"
    assigned = sorted(
        zip(
            eligible.student[at].tolist(),
            eligible.program[at].tolist(),
            eligible.term[at].tolist(),
            eligible.start[at].tolist(),
            strict=True,
        )
    )
    group = members.group
    seated = sorted(
        zip(
            members.student.tolist(),
            groups.program[group].tolist(),
            groups.term[group].tolist(),
            members.first.tolist(),
            strict=True,
        )
    )
    assert seated == assigned


def test_every_program_has_a_waiting_list_as_needy_as_those_assigned(zone: Zone) -> None:
    eligible = zone.eligible
    for at in range(len(PROGRAMS)):
        mine = (eligible.program == at) & (eligible.consent != "refused")
        waits, has = (mine & (eligible.status == word) for word in ("waitlisted", "assigned"))
        assert 0.2 < waits.sum() / mine.sum() < 0.45
        assert abs(eligible.screener[waits].mean() - eligible.screener[has].mean()) < 0.25


def test_who_waits_has_no_seat_in_that_program_and_term(any_zone: Zone) -> None:
    eligible, groups, seats = any_zone.eligible, any_zone.groups, any_zone.seats
    group = any_zone.meetings.group[seats.meeting]
    taught = set(
        zip(
            seats.student.tolist(),
            groups.program[group].tolist(),
            groups.term[group].tolist(),
            groups.year[group].tolist(),
            strict=True,
        )
    )
    away = eligible.status != "assigned"
    # A summer place, of the school year before, may begin in July.
    begins = eligible.start[away] - np.timedelta64(40, "D")
    year = any_zone.calendar.year[any_zone.calendar.position(begins)]
    for one in zip(
        eligible.student[away].tolist(),
        eligible.program[away].tolist(),
        eligible.term[away].tolist(),
        year.tolist(),
        strict=True,
    ):
        assert one not in taught


def test_pupils_are_tutored_in_a_grade_the_program_serves(any_zone: Zone) -> None:
    groups = any_zone.groups
    lowest = np.array([program.first_grade for program in PROGRAMS])[groups.program]
    highest = np.array([program.last_grade for program in PROGRAMS])[groups.program]
    assert ((lowest <= groups.grade) & (groups.grade <= highest)).all()


def test_tutors_who_are_teachers_or_pupils_are_those_people(zone: Zone) -> None:
    tutors = zone.tutors
    for kind, people, place in (
        ("teacher", zone.staff, tutors.staff),
        ("peer", zone.students, tutors.student),
    ):
        mine = np.flatnonzero(tutors.kind == kind)
        assert len(mine), kind
        assert (place[mine] >= 0).all()
        for name in ("person", "first", "last", "email"):
            assert (getattr(people, name)[place[mine]] == getattr(tutors, name)[mine]).all()
        assert (place[tutors.kind != kind] == -1).all()
        assert len(set(place[mine].tolist())) == len(mine)


def test_tutors_work_for_the_vendors_of_their_groups(any_zone: Zone) -> None:
    groups, tutors = any_zone.groups, any_zone.tutors
    bit = tutors.vendors[groups.tutor] >> groups.program & 1
    assert (bit == 1).all()
    led = any_zone.meetings.led_by
    program = groups.program[any_zone.meetings.group]
    assert ((tutors.vendors[led] >> program & 1) == 1)[led >= 0].all()


def test_some_tutors_have_two_vendors(zone: Zone) -> None:
    assert any(int(bits).bit_count() > 1 for bits in zone.tutors.vendors)


def test_tutors_are_recruited_screened_and_trained_before_they_start(any_zone: Zone) -> None:
    tutors = any_zone.tutors
    steps = (tutors.recruited, tutors.screened, tutors.trained, tutors.started)
    assert all((earlier < later).all() for earlier, later in pairwise(steps))
    gone = ~np.isnat(tutors.left)
    assert (tutors.started[gone] < tutors.left[gone]).all()


def test_tutors_are_planned_and_lead_from_their_first_day_to_their_last(any_zone: Zone) -> None:
    meetings, tutors = any_zone.meetings, any_zone.tutors
    for who in (meetings.tutor, meetings.led_by):
        at = who >= 0
        assert (tutors.started[who[at]] <= meetings.day[at]).all()
        assert not (tutors.left[who[at]] < meetings.day[at]).any()
    assert (~np.isnat(tutors.left)).any()


def test_pupils_who_tutor_are_in_high_school_here_while_they_do(any_zone: Zone) -> None:
    spells, calendar = any_zone.spells, any_zone.calendar
    for tutor in np.flatnonzero(any_zone.tutors.student >= 0).tolist():
        mine = np.flatnonzero(spells.student == any_zone.tutors.student[tutor]).tolist()
        assert (spells.grade[mine] >= 9).all()
        # Summer tutoring belongs to the school year that ended.
        until = [np.datetime64(f"{calendar.years[spells.year[at]] + 1}-07-31") for at in mine]
        spans = [
            (spells.entry[at], end if np.isnat(spells.exit[at]) else spells.exit[at])
            for at, end in zip(mine, until, strict=True)
        ]
        for day in any_zone.meetings.day[any_zone.meetings.led_by == tutor]:
            assert any(first <= day <= last for first, last in spans)


def test_a_summer_term_crosses_the_first_of_july(long_zone: Zone) -> None:
    calendar = long_zone.calendar
    summers = [term for term in terms(calendar, PROGRAMS) if term.term == SUMMER]
    assert len(summers) == 6
    for term in summers:
        turn = np.datetime64(f"{calendar.years[term.year] + 1}-07-01")
        assert term.first < turn < term.last
        label = term_label(calendar, term.year, term.term)
        assert label == f"{calendar.label(term.year)}-summer"
