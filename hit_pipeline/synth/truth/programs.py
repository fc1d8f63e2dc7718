"""The tutoring programs: who is meant, by which design, and how the vendor's system looks.

The five vendors are invented. Two of them write the layouts of contracts that ship with the
product; a district is told which by its own settings.
"""

from dataclasses import dataclass

FALL, SPRING, SUMMER = 0, 1, 2
TERMS = ("fall", "spring", "summer")
TERM_WEEKS = (13, 17, 6)
"""Weeks of instruction a term is designed for."""


@dataclass(frozen=True)
class Program:
    """One program and its design.

    Attributes:
        program_id: Id in ``district.toml``; ``source`` is the vendor's folder under ``inbox``.
        subject: ``math`` or ``ela``.
        first_grade, last_grade: Grades served, both included; 0 is kindergarten.
        share: Pupils of these grades assigned, as a share.
        terms: Positions in `TERMS` in which it runs.
        per_week: Meetings a week by design; the group's pattern of weekdays has as many.
        minutes: Length of a meeting by design.
        largest: Most pupils to a tutor.
        starts: Seconds after midnight at which its groups may meet; programs share none, so that a
            pupil or tutor of two programs is never in two places in truth.
        quantum: Seconds to which true minutes are whole: the vendor's system can write no finer.
        on_cycle: True when groups meet on A or B days instead of weekdays.
        tutor_kinds: Kinds of tutors, the most usual first.
        rate_cents: Price of a pupil's session; pupils who did not come are not paid.
        effect_per_hour: True gain of an hour, in standard deviations.
    """

    program_id: str
    name: str
    source: str
    vendor: str
    subject: str
    first_grade: int
    last_grade: int
    share: float
    terms: tuple[int, ...]
    per_week: int
    minutes: int
    largest: int
    starts: tuple[int, ...]
    quantum: int
    on_cycle: bool
    tutor_kinds: tuple[str, ...]
    rate_cents: int
    effect_per_hour: float


def _clock(*times: str) -> tuple[int, ...]:
    return tuple(int(t[:2]) * 3600 + int(t[3:]) * 60 for t in times)


PROGRAMS = (
    Program(
        program_id="math_hit",
        name="Math Tutoring by Northstar",
        source="northstar",
        vendor="Northstar Tutoring",
        subject="math",
        first_grade=3,
        last_grade=8,
        share=0.37,
        terms=(FALL, SPRING),
        per_week=3,
        minutes=30,
        largest=3,
        starts=_clock("08:40", "09:20", "10:00", "10:40"),
        quantum=60,
        on_cycle=False,
        tutor_kinds=("vendor_staff",),
        rate_cents=1800,
        effect_per_hour=0.004,
    ),
    Program(
        program_id="reading_hit",
        name="Reading Tutoring by Brightpath",
        source="brightpath",
        vendor="Brightpath Learning",
        subject="ela",
        first_grade=1,
        last_grade=5,
        share=0.35,
        terms=(FALL, SPRING, SUMMER),
        per_week=3,
        minutes=30,
        largest=3,
        starts=_clock("11:20", "12:40", "13:20"),
        quantum=1,
        on_cycle=False,
        tutor_kinds=("vendor_staff",),
        rate_cents=1650,
        effect_per_hour=0.006,
    ),
    Program(
        program_id="algebra_hit",
        name="Algebra Fellows by Lakeside",
        source="lakeside",
        vendor="Lakeside Fellows",
        subject="math",
        first_grade=8,
        last_grade=10,
        share=0.47,
        terms=(FALL, SPRING),
        per_week=3,
        minutes=40,
        largest=2,
        starts=_clock("11:30", "12:20", "13:10", "14:00"),
        quantum=120,
        on_cycle=True,
        tutor_kinds=("vendor_staff", "employee"),
        rate_cents=2200,
        effect_per_hour=0.005,
    ),
    Program(
        program_id="early_reading",
        name="Harbor Readers",
        source="harborlight",
        vendor="Harborlight Volunteers",
        subject="ela",
        first_grade=0,
        last_grade=2,
        share=0.39,
        terms=(FALL, SPRING),
        per_week=4,
        minutes=20,
        largest=4,
        starts=_clock("08:45", "09:15", "09:45", "10:15"),
        quantum=300,
        on_cycle=False,
        tutor_kinds=("volunteer", "employee", "teacher"),
        rate_cents=0,
        effect_per_hour=0.003,
    ),
    Program(
        program_id="homework_math",
        name="Quillwork After School Math",
        source="quillwork",
        vendor="Quillwork Online",
        subject="math",
        first_grade=6,
        last_grade=12,
        share=0.28,
        terms=(FALL, SPRING, SUMMER),
        per_week=2,
        minutes=45,
        largest=1,
        starts=_clock("15:45", "16:40", "17:35", "18:30"),
        quantum=1,
        on_cycle=False,
        tutor_kinds=("vendor_staff", "peer"),
        rate_cents=2600,
        effect_per_hour=0.002,
    ),
)
