"""Building a district: how it is cut into zones, and one zone at a time."""

from dataclasses import dataclass

from hit_pipeline.synth.truth.calendar import build_calendar
from hit_pipeline.synth.truth.enrollment import draw_absences, draw_spells, seat_sections
from hit_pipeline.synth.truth.families import FIRST_NUMBER, NUMBERS_PER_PUPIL, draw_students
from hit_pipeline.synth.truth.meetings import Setting, draw_meetings
from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.schools import build_schools, build_sections
from hit_pipeline.synth.truth.scores import draw_scores
from hit_pipeline.synth.truth.tutoring import plan_tutoring
from hit_pipeline.synth.truth.zone import Zone

FEWEST_STUDENTS = 100


class PlanRefused(ValueError):  # noqa: N818 - the names of errors say what happened
    """A district that cannot be made; the message says what is possible."""


_SCHOOLS_PER_ZONE = 4
_PUPILS_PER_SCHOOL = 600


@dataclass(frozen=True)
class District:
    """What a synthetic district is made from; the same values make the same district.

    Attributes:
        seed: Any whole number; it decides everything.
        students: Pupils in school in one year.
        schools: Schools; `default_schools` says how many are usual.
        years: School years, the last being 2025-26.
    """

    seed: int
    students: int
    schools: int
    years: int = 1

    @property
    def zones(self) -> int:
        """How many attendance zones there are."""
        return max(1, round(self.schools / _SCHOOLS_PER_ZONE))

    def share(self, total: int, zone: int) -> tuple[int, int]:
        """Return where a zone's part of a total begins and how much it is."""
        first = total * zone // self.zones
        return first, total * (zone + 1) // self.zones - first


def default_schools(students: int) -> int:
    """Return the usual number of schools of a district."""
    return max(1, round(students / _PUPILS_PER_SCHOOL))


def check_district(district: District) -> None:
    """Refuse a district that cannot be made.

    Raises:
        PlanRefused: Too few students, schools or years, or more schools than students allow.
    """
    if district.students < FEWEST_STUDENTS:
        message = f"students must be at least {FEWEST_STUDENTS}; received {district.students}"
        raise PlanRefused(message)
    if not 1 <= district.schools <= district.students // 40:
        message = f"schools must be 1 to {district.students // 40}; received {district.schools}"
        raise PlanRefused(message)
    if not 1 <= district.years <= 10:
        message = f"years must be 1 to 10; received {district.years}"
        raise PlanRefused(message)


def build_zone(district: District, number: int) -> Zone:
    """Build one zone of a district, without any other."""
    seed, years = district.seed, district.years
    first_school, schools_here = district.share(district.schools, number)
    before, count = district.share(district.students, number)
    first_number = (
        FIRST_NUMBER + number * 100 + round(before * NUMBERS_PER_PUPIL * (1 + years / 13))
    )
    calendar = build_calendar(seed, number, schools_here, years)
    schools = build_schools(seed, first_school, schools_here)
    students = draw_students(seed, number, first_number, count, years)
    students, spells = draw_spells(seed, number, first_number, schools, students, calendar)
    staff, sections = build_sections(seed, number, schools, spells, calendar)
    members = seat_sections((seed, number), students, spells, sections)
    absences = draw_absences(seed, number, students, spells, calendar)
    plan = plan_tutoring(seed, number, schools, staff, students, spells, calendar, PROGRAMS)
    setting = Setting(seed, number, calendar, PROGRAMS, schools, absences)
    meetings, seats = draw_meetings(setting, plan)
    scores = draw_scores(
        seed, number, calendar, students, spells, PROGRAMS, plan.groups, meetings, seats
    )
    return Zone(
        number=number,
        seed=seed,
        calendar=calendar,
        programs=PROGRAMS,
        schools=schools,
        students=students,
        spells=spells,
        staff=staff,
        sections=sections,
        section_members=members,
        absences=absences,
        tutors=plan.crew.tutors,
        eligible=plan.eligible,
        groups=plan.groups,
        members=plan.members,
        meetings=meetings,
        seats=seats,
        scores=scores,
    )
