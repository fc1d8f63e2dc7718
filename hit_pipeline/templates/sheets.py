"""The three workbooks as sheets: which rows stand in them, what their instructions say.

Pure: a district's settings and, for sessions, students who may be in the file come in; a `Sheet`
goes out. Students come from `hit_pipeline.privacy.disclosure`; see `roster`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hit_pipeline.settings import District
from hit_pipeline.settings_programs import Program
from hit_pipeline.templates.layout import CODE, ROW_ID, Field, Kind, Sheet, session_fields
from hit_pipeline.templates.layout import tutor_fields as _tutor_fields
from hit_pipeline.templates.questions import QUESTIONS, WHO, Role
from hit_pipeline.templates.workbook import us

HOW_TO_FILL_IN = (
    "How to fill it in:",
    "White cells are yours, grey ones are locked. Leave a row blank when there is nothing to say.",
    "Choose from the list where there is one. Do not merge cells, add columns or rename sheets.",
)
_BACK = (
    "When you are done:",
    "Save it as an Excel workbook (.xlsx) and hand it back the way you got it. Do not send it by "
    "e-mail outside of the district. You may hand it in again: what you changed replaces what you "
    "wrote before.",
)


@dataclass(frozen=True)
class Meetings:
    """What a sessions workbook is for.

    Attributes:
        program: Id of the program.
        term: Its term.
        count: How many meetings each student has rows for.
        tutor: Filled in as tutor; None: blank.
        at: When it is written, UTC.
        tutor_email: Filled in beside it.
    """

    program: str
    term: str
    count: int
    tutor: str | None
    at: datetime
    tutor_email: str | None = None


def sessions_sheet(
    district: District, wanted: Meetings, students: Sequence[Mapping[str, Any]]
) -> Sheet:
    """Return the workbook to log meetings in: a row per meeting and student.

    Args:
        district: The district; its program must have the term.
        wanted: What it is for.
        students: Students who may be in it, with the headers of `layout.STUDENT_FIELDS`.
    """
    program = district.programs[wanted.program]
    term = program.terms[wanted.term]
    most = district.thresholds.max_session_minutes
    code = code_of("S", wanted.program, wanted.term, wanted.tutor or "", wanted.at.isoformat())
    filled = {
        "Planned minutes": term.minutes_per_session,
        "Tutor": wanted.tutor,
        "Tutor e-mail": wanted.tutor_email,
    }
    return Sheet(
        kind="sessions",
        code=code,
        title=f"Tutoring sessions: {program.name}",
        above={"Program": program.name, "Term": wanted.term, CODE: code},
        fields=session_fields(us(term.start), us(term.end), most),
        rows=[
            {ROW_ID: f"{code}-{meeting:02d}-{number:03d}", "Meeting": meeting, **student, **filled}
            for meeting in range(1, wanted.count + 1)
            for number, student in enumerate(students, start=1)
        ],
        instructions=_session_words(district, program),
        first_day=term.start,
        last_day=term.end,
        max_minutes=most,
        frozen=5,
        roster=[
            {"number": f"{number:03d}", **{name: student[name] for name in _SHOWN}}
            for number, student in enumerate(students, start=1)
        ],
        shade_by="Meeting",
    )


_SHOWN = ("Student number", "First name", "Last name")


def feedback_sheet(
    district: District,
    role: Role,
    program: str | None,
    at: datetime,
    *,
    named: bool,
    rows: int,
    schools: Sequence[str] = (),
) -> Sheet:
    """Return the workbook to write answers of one role into: a row per person who answers.

    Args:
        district: The district; its programs are in a list.
        role: Who answers.
        program: Filled in as program; None: people choose.
        at: When it is written, UTC.
        named: With columns for names.
        rows: How many rows.
        schools: Names of schools to choose from; any other may be typed.
    """
    code = code_of("F", role, program or "", at.isoformat())
    programs = tuple(one.name for one in district.programs.values())
    shown = district.programs[program].name if program else None
    asked = (
        Field(one.header, "scale" if one.is_scaled else "text", 20 if one.is_scaled else 40)
        for one in QUESTIONS[role]
    )
    who = WHO[role]
    return Sheet(
        kind="feedback",
        code=code,
        title=f"What {who.lower()} say about tutoring",
        above={"Answers of": who, CODE: code},
        fields=(
            Field(ROW_ID, width=14, is_entry=False, is_hidden=True),
            Field("Number", width=15, is_entry=False),
            Field("Date", "date", 12, hint="The day it was answered."),
            Field("School", "choice", 22, words=tuple(schools), is_open=True),
            Field("Program", "choice", 22, words=programs, is_open=True),
            *(_names(role) if named else ()),
            *asked,
        ),
        rows=_numbered(code, rows, {"Program": shown}),
        instructions=_feedback_words(district, who, named=named),
        first_day=date(at.year - 1, 7, 1),
        last_day=date(at.year + 1, 12, 31),
        frozen=2,
    )


def _names(role: Role) -> tuple[Field, ...]:
    child = "Of the child." if role == "family" else ""
    reference = "Student number" if role in {"student", "family"} else "E-mail"
    return (
        Field("First name", width=14, hint=child),
        Field("Last name", width=16, hint=child),
        Field(reference, width=20, hint=child),
    )


def tutors_sheet(district: District, at: datetime, rows: int) -> Sheet:
    """Return the workbook to list tutors and what happened to them: a row per tutor."""
    code = code_of("T", district.district.name, at.isoformat())
    return Sheet(
        kind="tutors",
        code=code,
        title="Tutors",
        above={CODE: code},
        fields=_tutor_fields(),
        rows=_numbered(code, rows, {}),
        instructions=(
            "What this is for:",
            "The district keeps one list of its tutors: who they are and when they were recruited, "
            "screened, trained, coached, started and left.",
            *HOW_TO_FILL_IN,
            "One row per tutor. What happened twice, such as a second training, goes into another "
            "row with the same name and e-mail address.",
            *_BACK,
            *_help(district, None),
        ),
        first_day=date(at.year - 20, 1, 1),
        last_day=date(at.year + 1, 12, 31),
        frozen=3,
    )


def _numbered(code: str, count: int, filled: Mapping[str, object]) -> list[dict[str, object]]:
    return [
        {ROW_ID: f"{code}-{number:03d}", "Number": number, **filled}
        for number in range(1, count + 1)
    ]


def code_of(letter: str, *parts: str) -> str:
    """Return a code of this workbook: another one whenever anything about it differs."""
    return letter + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8].upper()


def kind_of(code: str) -> Kind | None:
    """Return which template a code belongs to; None: none."""
    kinds: dict[str, Kind] = {"S": "sessions", "F": "feedback", "T": "tutors", "R": "review"}
    return kinds.get(code[:1])


def _session_words(district: District, program: Program) -> tuple[str, ...]:
    return (
        "What this is for:",
        "You write down every meeting of tutor and student, also those that did not take place. "
        "The district works out from it how much tutoring each student got.",
        *HOW_TO_FILL_IN,
        "Each student has a row for every meeting. Type the date, choose the status, and write how "
        "many minutes this student was tutored. The same date for a whole group: type it once and "
        "copy it down.",
        "A student who did not come: choose Student absent, or Student excused when you were told "
        "before; leave Minutes blank. The tutor did not come: choose Tutor absent.",
        "A student who is not in the list: do not add a row. Ask to have the student assigned; you "
        "get a new workbook then.",
        "The note says what was worked on. Nothing about health, family or behavior.",
        *_BACK,
        *_help(district, program),
    )


def _feedback_words(district: District, who: str, *, named: bool) -> tuple[str, ...]:
    privacy = (
        "Names may stay blank. Who gives one can be asked back."
        if named
        else "It is anonymous: do not write names, not in the last column either."
    )
    return (
        "What this is for:",
        f"{who} say how tutoring works for them. One row is what one person answers.",
        *HOW_TO_FILL_IN,
        "Answers are numbers from 1 to 5; what they mean stands in the question. A question nobody "
        "answered stays blank.",
        privacy,
        *_BACK,
        *_help(district, None),
    )


def _help(district: District, program: Program | None) -> tuple[str, ...]:
    stated = program.owner if program else None
    owner = district.owners.get(stated or "", "") or next(iter(district.owners.values()), "")
    return ("Who to ask:", owner or f"The data office of {district.district.name}.")
