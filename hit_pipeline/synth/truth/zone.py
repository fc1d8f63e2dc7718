"""A zone: everything true of a few schools and their families, as vectors side by side.

One class per kind of thing; the n-th entries of its vectors are one thing, which others name by its
position n. ``-1`` as a position means there is none; NaT as a date means never.
"""

from dataclasses import dataclass

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import Days, Flags, Floats, Ints, Texts
from hit_pipeline.synth.truth.programs import Program


@dataclass(frozen=True)
class Schools:
    """The schools of a zone.

    Attributes:
        code: Four digits, often with leading zeros; the OneRoster org identifier.
        level: 0 elementary, 1 middle, 2 high; a school of all grades is 0.
        first_grade: Lowest grade taught, 0 is kindergarten; likewise ``last_grade``.
        minutes: Instructional minutes a day.
        first_bell: Seconds after midnight, local.
    """

    code: Texts
    name: Texts
    level: Ints
    first_grade: Ints
    last_grade: Ints
    minutes: Ints
    first_bell: Ints


@dataclass(frozen=True)
class Students:
    """Everybody who is a pupil of the zone at some time.

    Attributes:
        person: Id of the human in the answer key, unique in the district.
        household: Family, unique in the zone.
        twin: Position of the twin; -1 for none.
        last_new: Surname after a change (adoption, a parent's marriage); empty when unchanged.
        renamed_on: Day of that change.
        preferred: Name used instead of the legal first name; empty for none.
        gender: ``F``, ``M`` or ``X``.
        ell: 1 yes, 0 no, -1 not recorded; likewise ``iep``, ``low_income``, ``gifted``.
        number: District number, seven digits with leading zeros.
        number_new: Number given at re-entry; empty when there is none.
        state_id: Ten digits.
        grade_first: Grade in the first year, 0 is kindergarten; negative or above 12 when the
            pupil is not in school that year.
        math: Ability without tutoring, in standard deviations of the grade; likewise ``reading``.
        absence_rate: Chance of being absent from school on a day.
        origin: ``district``, or the roster the pupil stands in: ``partner_school`` or
            ``home_school``.
    """

    person: Ints
    household: Ints
    twin: Ints
    first: Texts
    middle: Texts
    last: Texts
    last_new: Texts
    renamed_on: Days
    preferred: Texts
    birth: Days
    gender: Texts
    race: Texts
    ell: Ints
    iep: Ints
    low_income: Ints
    gifted: Ints
    number: Texts
    number_new: Texts
    state_id: Texts
    email: Texts
    grade_first: Ints
    math: Floats
    reading: Floats
    absence_rate: Floats
    origin: Texts


@dataclass(frozen=True)
class Spells:
    """Enrolments: student x school x entry.

    Attributes:
        year: Position among the district's school years.
        entry: First day.
        exit: Last day, that day included; NaT when the pupil stayed to the year's end.
        kind: ``full``, ``co_enrolled``, ``partner_school`` or ``home_school``.
        reason: Why it ended; empty while it has not.
        renumbered: True when the spell is under ``number_new``.
    """

    student: Ints
    year: Ints
    school: Ints
    grade: Ints
    entry: Days
    exit: Days
    kind: Texts
    reason: Texts
    renumbered: Flags


@dataclass(frozen=True)
class Staff:
    """Employees of the schools: teachers and principals.

    Attributes:
        person: Id of the human in the answer key.
        number: Eight digits.
        role: ``teacher`` or ``principal``.
    """

    person: Ints
    number: Texts
    first: Texts
    last: Texts
    email: Texts
    school: Ints
    role: Texts


@dataclass(frozen=True)
class Sections:
    """Classes of one school year: grade, subject, period and teacher.

    Attributes:
        key: Unique in the district.
        teacher: Position in `Staff`.
        strand: Counted from 0 within year, school, grade and subject.
    """

    key: Texts
    year: Ints
    school: Ints
    grade: Ints
    subject: Texts
    period: Ints
    strand: Ints
    teacher: Ints


@dataclass(frozen=True)
class SectionMembers:
    """Pupil x section x first day; the last day is included and NaT means the year's end."""

    student: Ints
    section: Ints
    begin: Days
    end: Days


@dataclass(frozen=True)
class Absences:
    """Pupil x instructional day on which the school marked something.

    Attributes:
        status: 1 absent excused, 2 absent unexcused, 3 tardy.
    """

    student: Ints
    school: Ints
    day: Days
    status: Ints


@dataclass(frozen=True)
class Tutors:
    """Everybody who tutors in the zone.

    Attributes:
        person: Id of the human in the answer key; that of the teacher or pupil for such tutors.
        kind: ``employee``, ``vendor_staff``, ``volunteer``, ``peer`` or ``teacher``.
        vendors: Bit v is set when the tutor works for the v-th program's vendor.
        student: Position of the pupil who tutors; -1 when it is none. Likewise ``staff``.
        recruited, screened, trained, started, left: Days; ``left`` is NaT while at work.
    """

    person: Ints
    kind: Texts
    first: Texts
    last: Texts
    email: Texts
    birth: Days
    vendors: Ints
    student: Ints
    staff: Ints
    recruited: Days
    screened: Days
    trained: Days
    started: Days
    left: Days


@dataclass(frozen=True)
class Eligible:
    """Pupil x program term found in need: what the district decided and the family answered.

    Attributes:
        program: Position among the programs; ``term`` likewise among the program's terms.
        screener: Score the decision rests on, in standard deviations.
        consent: ``granted``, ``refused`` or ``none`` (no answer).
        status: ``assigned``, ``waitlisted`` or ``declined``.
        start: First day of the assignment; ``end`` its last, that day included.
    """

    student: Ints
    program: Ints
    term: Ints
    screener: Floats
    consent: Texts
    status: Texts
    start: Days
    end: Days


@dataclass(frozen=True)
class Groups:
    """Tutoring groups: one program term, one school, one tutor and a weekly slot.

    Attributes:
        start: Seconds after midnight, local, of every meeting.
        weekdays: Bit d is set when the group meets on weekday d (Monday is 0); 0 for groups that
            meet on A or B days instead.
        cycle: 0 for A days, 1 for B days; -1 for groups that go by weekday.
    """

    key: Texts
    program: Ints
    term: Ints
    year: Ints
    school: Ints
    grade: Ints
    tutor: Ints
    weekdays: Ints
    cycle: Ints
    start: Ints
    minutes: Ints
    room: Texts


@dataclass(frozen=True)
class Members:
    """Pupil x group; first and last day are included."""

    group: Ints
    student: Ints
    first: Days
    last: Days


@dataclass(frozen=True)
class Meetings:
    """Planned meetings of groups and what became of them, in order of program, day and time.

    Attributes:
        nth: Position among the meetings of its program in this zone.
        start_local: Planned start, local wall clock, ``datetime64[s]``.
        planned_seconds: Planned length.
        outcome: Position in `OUTCOMES`.
        tutor: Who was to lead it; ``led_by`` who did, -1 when nobody.
        started_late, cut_short: Seconds lost at either end of a held meeting through the tutor.
        overrun: Seconds it ran over.
        makeup_of: Position of the meeting it makes up for; -1 for a planned one. A make-up is not
            part of the plan: its minutes are surplus.
        logged_at: When the vendor's system took note of the outcome, UTC, ``datetime64[s]``.
    """

    nth: Ints
    group: Ints
    day: Days
    start_local: Days
    planned_seconds: Ints
    outcome: Ints
    tutor: Ints
    led_by: Ints
    started_late: Ints
    cut_short: Ints
    overrun: Ints
    makeup_of: Ints
    logged_at: Days


@dataclass(frozen=True)
class Seats:
    """Pupil x meeting: one expected at it, in the order of the meetings.

    Seconds are true. ``present = inside + surplus``; of the planned time,
    ``planned = inside + lost_pupil + lost_tutor`` when the pupil came, else all has the cause.

    Attributes:
        attendance: Position in `ATTENDANCE`.
        planned: Seconds of the plan; 0 at a make-up.
        inside: Seconds present within the plan.
        surplus: Seconds present outside any plan.
        lost_pupil: Seconds lost by coming late or leaving early.
        lost_tutor: Seconds lost by the tutor, of a pupil who came.
        cause: Position in `CAUSES` of all planned time not covered by the three above.
        joined: Seconds after the planned start at which the pupil came; ``left`` likewise.
    """

    meeting: Ints
    student: Ints
    attendance: Ints
    planned: Ints
    inside: Ints
    surplus: Ints
    lost_pupil: Ints
    lost_tutor: Ints
    cause: Ints
    joined: Ints
    left: Ints


@dataclass(frozen=True)
class Scores:
    """True test results: pupil x instrument x subject x window.

    Attributes:
        instrument: Position in `hit_pipeline.synth.truth.scores.INSTRUMENTS`.
        window: 0 fall, 1 winter, 2 spring.
        taken: Day of the test.
        z: Achievement in standard deviations of the grade, tutoring included.
        effect: The part of ``z`` that tutoring caused.
    """

    student: Ints
    instrument: Ints
    subject: Texts
    year: Ints
    grade: Ints
    window: Ints
    taken: Days
    z: Floats
    effect: Floats


@dataclass(frozen=True)
class Zone:
    """Everything true of one zone.

    Attributes:
        number: Position of the zone in the district, from 0.
        seed: Seed of the district.
    """

    number: int
    seed: int
    calendar: Calendar
    programs: tuple[Program, ...]
    schools: Schools
    students: Students
    spells: Spells
    staff: Staff
    sections: Sections
    section_members: SectionMembers
    absences: Absences
    tutors: Tutors
    eligible: Eligible
    groups: Groups
    members: Members
    meetings: Meetings
    seats: Seats
    scores: Scores
