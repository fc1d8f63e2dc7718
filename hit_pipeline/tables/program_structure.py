"""Conformed tables of how tutoring is organised: groups, bell schedules, content and its pacing.

Belongs here: plans, which say what was meant to be. What happened is in `tutoring`; who decided or
said something about a person is in `program_records`.
"""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table, provenance

_SOURCE = Column("source", "text", "Source that states it.", required=True)
_GROUP_ID = Column("group_id", "text", "The source's id or name of the group.", required=True)
_TO_GROUP = Reference(
    ("source", "group_id"), "tutoring_group", ("source", "group_id"), critical=False
)
_TO_PROGRAM = Reference(("program_id",), "program", ("program_id",))
_TO_SCHOOL = Reference(("school_id",), "school", ("school_id",), critical=False)
_TO_TUTOR = Reference(("tutor_key",), "tutor", ("tutor_key",))
_TUTOR = Column("tutor_key", "text", "Durable key of the tutor; null when unlinked.", "key")
_STATED_PROGRAM = Column("program_source", "text", "Program as the source names it.")


def _clock(name: str, what: str) -> Column:
    return Column(name, "text", f"{what} on the wall clock, HH:MM of 24 hours.")


TUTORING_GROUP = Table(
    "tutoring_group",
    "conformed",
    "tutoring group",
    "Groups as they were planned, with the tutor planned for them.",
    (
        _SOURCE,
        _GROUP_ID,
        Column("group_name", "text", "Name of the group; may name somebody.", "sensitive"),
        Column("program_id", "text", "Program; null when none of district.toml is named."),
        _STATED_PROGRAM,
        Column("term", "text", "Term of the program as stated."),
        Column("school_id", "text", "School it meets in."),
        Column("subject", "text", "Subject.", valid=words.SUBJECTS),
        Column("tutor_record_id", "text", "Tutor record the list names.", "provenance"),
        _TUTOR,
        Column("capacity", "integer", "Most students it is meant for.", minimum=1),
        Column("start_date", "date", "First day; null when not stated."),
        Column("end_date", "date", "Last day, inclusive; null while it is open."),
        *provenance(),
    ),
    ("source", "group_id"),
    (_TO_PROGRAM, _TO_SCHOOL, _TO_TUTOR),
    caveats=("null_person",),
)

GROUP_MEMBER = Table(
    "group_member",
    "conformed",
    "source x group x student x start date",
    "Who is meant to be in which group, from when to when.",
    (
        _SOURCE,
        _GROUP_ID,
        Column(
            "person_record_id", "text", "Person record the row names.", "provenance", required=True
        ),
        Column("student_key", "text", "Durable key of the student; null when unlinked.", "key"),
        Column("start_date", "date", "First day; null when not stated.", "record"),
        Column("end_date", "date", "Last day, inclusive; null while it is open.", "record"),
        Column(
            "source_rows", "integer", "Landed rows that say so.", "record", required=True, minimum=1
        ),
        *provenance(),
    ),
    ("source", "group_id", "person_record_id", "start_date"),
    (Reference(("student_key",), "student", ("student_key",)), _TO_GROUP),
    caveats=("null_person",),
)

GROUP_SLOT = Table(
    "group_slot",
    "conformed",
    "source x group x weekday or cycle day x period x start",
    "When and where a group is meant to meet. With the calendar it says what was scheduled.",
    (
        _SOURCE,
        _GROUP_ID,
        Column("weekday", "text", "Day of the week; null for a cycle day.", valid=words.WEEKDAYS),
        Column("cycle_day", "text", "Day of the school's rotation; null for a weekday."),
        Column("period", "text", "Period of the bell schedule; null when a time is stated."),
        _clock("start_time", "Start"),
        _clock("end_time", "End"),
        Column("room", "text", "Room as stated."),
        Column("tutor_record_id", "text", "Tutor record the list names.", "provenance"),
        _TUTOR,
        Column("start_date", "date", "First day it holds; null when not stated."),
        Column("end_date", "date", "Last day it holds, inclusive; null while it is open."),
        *provenance(),
    ),
    ("source", "group_id", "weekday", "cycle_day", "period", "start_time", "start_date"),
    (_TO_GROUP, _TO_TUTOR),
    caveats=("null_person",),
)

BELL_PERIOD = Table(
    "bell_period",
    "conformed",
    "school x bell schedule x period",
    "When the periods of a school begin and end, for each of its schedules.",
    (
        Column("school_id", "text", "School.", required=True),
        Column(
            "bell_schedule",
            "text",
            "Schedule or cycle day as the school names it; `all` when it has one only.",
            required=True,
        ),
        Column("period", "text", "Period.", required=True),
        _clock("start_time", "Start"),
        _clock("end_time", "End"),
        Column("length_seconds", "integer", "From start to end; null when one is not stated."),
        *provenance(),
    ),
    ("school_id", "bell_schedule", "period"),
    (_TO_SCHOOL,),
)

CONTENT_UNIT = Table(
    "content_unit",
    "conformed",
    "source x unit",
    "Units of what is taught in tutoring, and the unit of the core curriculum each goes with.",
    (
        _SOURCE,
        Column("unit_id", "text", "The source's id of the unit.", required=True),
        Column("program_id", "text", "Program; null when none of district.toml is named."),
        _STATED_PROGRAM,
        Column("sequence", "integer", "Place among the units.", minimum=0),
        Column("title", "text", "Title."),
        Column("subject", "text", "Subject.", valid=words.SUBJECTS),
        Column("grade", "text", "Grade it is written for.", valid=words.GRADES),
        Column("weeks", "number", "Weeks it is meant to take.", minimum=0),
        Column("core_unit_id", "text", "Unit of the core curriculum it goes with."),
        *provenance(),
    ),
    ("source", "unit_id"),
    (_TO_PROGRAM,),
)

CONTENT_LESSON = Table(
    "content_lesson",
    "conformed",
    "source x lesson",
    "Lessons of the units of what is taught in tutoring.",
    (
        _SOURCE,
        Column("lesson_id", "text", "The source's id of the lesson.", required=True),
        Column("unit_id", "text", "Unit it belongs to.", required=True),
        Column("sequence", "integer", "Place in the unit.", minimum=0),
        Column("title", "text", "Title."),
        Column("lesson_seconds", "integer", "Time it is meant to take.", minimum=0),
        Column("standard", "text", "Standard it serves, as stated."),
        Column(
            "is_social_emotional", "boolean", "Whether it is social-emotional; null is unknown."
        ),
        *provenance(),
    ),
    ("source", "lesson_id"),
    (Reference(("source", "unit_id"), "content_unit", ("source", "unit_id"), critical=False),),
    caveats=("three_valued",),
)

PACING = Table(
    "pacing",
    "conformed",
    "source x section x week x unit",
    "Which unit of the core curriculum a section is at in which week.",
    (
        _SOURCE,
        Column("section_ref", "text", "Section as the pacing guide names it.", required=True),
        Column(
            "section_source",
            "text",
            "Roster that lists the section; null when no or several sections bear the name.",
        ),
        Column("section_id", "text", "Its id there; null likewise."),
        Column("school_id", "text", "School as stated, else that of the section."),
        Column("week_start", "date", "Monday of the week.", required=True),
        Column("unit_id", "text", "Unit of the core curriculum.", required=True),
        Column("unit_title", "text", "Its title."),
        Column("subject", "text", "Subject.", valid=words.SUBJECTS),
        *provenance(),
    ),
    ("source", "section_ref", "week_start", "unit_id"),
    (
        Reference(("section_source", "section_id"), "section", ("source", "section_id")),
        _TO_SCHOOL,
    ),
)

STRUCTURE_TABLES = (
    TUTORING_GROUP,
    GROUP_MEMBER,
    GROUP_SLOT,
    BELL_PERIOD,
    CONTENT_UNIT,
    CONTENT_LESSON,
    PACING,
)
