"""What happens to people between night 1 and night 2: a transfer, an arrival and a departure."""

from dataclasses import dataclass, replace
from datetime import date

from hit_pipeline.synth.nights import today
from hit_pipeline.synth.people import Spell, Student, newcomer
from hit_pipeline.synth.schools import school_of
from hit_pipeline.synth.tutoring import MATH, Group, Member, Tutoring

_FIRST_SESSION_OF_NEWCOMER = date(2026, 11, 16)
_NEWCOMER_HOUSEHOLD = 900_001


@dataclass(frozen=True)
class Events:
    """The district numbers of the pupils things happen to on the second day.

    Attributes:
        transferred: Moves up from grade 05 to 06, so to the middle school; stays in tutoring.
        arrived: Is new, and joins a math group.
        departed: Leaves the district.
    """

    transferred: str
    arrived: str
    departed: str


def second_day(
    seed: int, students: dict[str, Student], plan: Tutoring
) -> tuple[dict[str, Student], list[Group], Events]:
    """Return the pupils and groups after the second day, and whom it touched."""
    transferred = _transfer(students, plan)
    arrived = _arrival(seed, students)
    departed = _departure(students, plan)
    after = {**students, **{s.number: s for s in (transferred, arrived, departed)}}
    groups = _seated(plan.groups, Member(arrived.number, _FIRST_SESSION_OF_NEWCOMER, None, 2))
    return after, groups, Events(transferred.number, arrived.number, departed.number)


def _stays(student: Student) -> bool:
    return student.spells[0].exit is None


def _left(spell: Spell, reason: str) -> Spell:
    return replace(spell, exit=today(1), exit_reason=reason, exit_known_from=2)


def _transfer(students: dict[str, Student], plan: Tutoring) -> Student:
    """Move the first staying math pupil of grade 05 to grade 06."""
    groups = (g for g in plan.groups if g.program is MATH and g.grade == "05")
    members = (students[member.number] for group in groups for member in group.members)
    student = next(member for member in members if _stays(member))
    old = _left(student.spells[0], "Transferred within district")
    new = Spell(school_of("06").school_id, "06", today(2), known_from=2)
    return replace(student, spells=(old, new))


def _arrival(seed: int, students: dict[str, Student]) -> Student:
    number = f"{max(int(number) for number in students) + 37:07d}"
    spell = Spell(school_of("07").school_id, "07", today(2), known_from=2)
    return newcomer(seed, _NEWCOMER_HOUSEHOLD, number, spell)


def _departure(students: dict[str, Student], plan: Tutoring) -> Student:
    """Let the first pupil of grade 10, where nobody is tutored, leave."""
    tutored = {member.number for group in plan.groups for member in group.members}
    candidates = (s for s in students.values() if s.spells[0].grade == "10" and _stays(s))
    student = next(s for s in candidates if s.number not in tutored)
    return replace(student, spells=(_left(student.spells[0], "Moved out of district"),))


def _seated(groups: list[Group], member: Member) -> list[Group]:
    """Add the newcomer to the first math group of grade 07 with a free seat that still meets."""
    joined = next(
        group
        for group in groups
        if group.program is MATH and group.grade == "07" and group.has_room()
    )
    larger = replace(joined, members=(*joined.members, member))
    return [larger if group is joined else group for group in groups]
