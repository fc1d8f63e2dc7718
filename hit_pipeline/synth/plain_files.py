"""Plain files a district can export tonight: pupils, program assignments, calendar, attendance."""

from datetime import date

from hit_pipeline.synth.nights import stamp, today
from hit_pipeline.synth.people import Spell, Student
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.school_days import calendar
from hit_pipeline.synth.schools import BY_ID, SCHOOLS
from hit_pipeline.synth.tutoring import PROGRAMS, TERM, Group, Member
from hit_pipeline.synth.world import World

_SOURCE = "sis_files"
_STUDENT_COLUMNS = (
    "student_number",
    "state_id",
    "last_name",
    "first_name",
    "middle_name",
    "preferred_name",
    "birth_date",
    "gender",
    "grade",
    "school_id",
    "school_name",
    "entry_date",
    "exit_date",
    "exit_reason",
    "email",
    "english_learner",
    "special_education",
    "economically_disadvantaged",
    "gifted",
    "race_ethnicity",
)
_ASSIGNMENT_COLUMNS = (
    "student_number",
    "program",
    "term",
    "subject",
    "start_date",
    "end_date",
    "status",
)
_FLAG = {True: "Y", False: "N", None: ""}


def plain_files(world: World, night: int) -> list[Sheet]:
    """Return the four files of a night; each is whole, not a change file."""
    return [
        _students(world, night),
        _assignments(world, night),
        _calendar(night),
        _attendance(world, night),
    ]


def us_date(day: date | None) -> str:
    """Write a date as MM/DD/YYYY; empty for None."""
    return day.strftime("%m/%d/%Y") if day else ""


def _students(world: World, night: int) -> Sheet:
    """One row per enrolment: a pupil who changed schools has two, one who left has an exit date."""
    rows = [
        _student(student, spell)
        for student in world.students.values()
        for spell in student.spells_known(night)
    ]
    return Sheet(_SOURCE, f"students_{stamp(night)}.csv", _STUDENT_COLUMNS, rows)


def _student(student: Student, spell: Spell) -> Row:
    return {
        "student_number": student.number,
        "state_id": student.state_id,
        "last_name": student.last,
        "first_name": student.first,
        "middle_name": student.middle,
        "preferred_name": student.preferred,
        "birth_date": us_date(student.birth_date),
        "gender": student.gender,
        "grade": spell.grade,
        "school_id": spell.school_id,
        "school_name": BY_ID[spell.school_id].name,
        "entry_date": us_date(spell.entry),
        "exit_date": us_date(spell.exit),
        "exit_reason": spell.exit_reason,
        "email": student.email,
        "english_learner": _FLAG[student.english_learner],
        "special_education": _FLAG[student.special_education],
        "economically_disadvantaged": _FLAG[student.low_income],
        "gifted": _FLAG[student.gifted],
        "race_ethnicity": student.race,
    }


def _assignments(world: World, night: int) -> Sheet:
    rows = [
        _assignment(group, member)
        for group in world.groups
        for member in group.members
        if member.known_from <= night
    ]
    for program in PROGRAMS:
        rows += [
            {
                "student_number": number,
                "program": program.program_id,
                "term": TERM,
                "subject": program.subject,
                "start_date": "",
                "end_date": "",
                "status": "waitlisted",
            }
            for number in world.waiting[program.program_id]
        ]
    return Sheet(_SOURCE, f"program_assignments_{stamp(night)}.csv", _ASSIGNMENT_COLUMNS, rows)


def _assignment(group: Group, member: Member) -> Row:
    return {
        "student_number": member.number,
        "program": group.program.program_id,
        "term": TERM,
        "subject": group.program.subject,
        "start_date": us_date(member.first),
        "end_date": us_date(member.last),
        "status": "exited" if member.last else "assigned",
    }


def _calendar(night: int) -> Sheet:
    rows = [
        {
            "school_id": day.school_id,
            "date": us_date(day.day),
            "day_type": day.day_type,
            "note": day.note,
        }
        for school in SCHOOLS
        for day in calendar(school.school_id)
    ]
    columns = ("school_id", "date", "day_type", "note")
    return Sheet(_SOURCE, f"calendar_{stamp(night)}.csv", columns, rows)


def _attendance(world: World, night: int) -> Sheet:
    """Absences and tardies to date, oldest first; a day present has no row."""
    rows = [
        {
            "student_number": absence.number,
            "school_id": absence.school_id,
            "date": us_date(absence.day),
            "status": absence.status,
            "minutes_missed": str(absence.minutes_missed),
        }
        for absence in sorted(world.absences, key=lambda a: (a.day, a.number))
        if absence.day <= today(night)
    ]
    columns = ("student_number", "school_id", "date", "status", "minutes_missed")
    return Sheet(_SOURCE, f"attendance_{stamp(night)}.csv", columns, rows)
