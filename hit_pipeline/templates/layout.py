"""What the workbooks are made of: sheets, columns, the words in their drop-downs.

Declarations only. Workbooks are a room of their own: they go out like an export and come back like
a source, so both writing (`workbook`) and checking (`check`) follow what stands here. How the
pipeline reads them is in the contracts ``template_sessions``, ``template_feedback`` and
``template_tutors``; a review comes back to `hit_pipeline.review`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

Kind = Literal["sessions", "feedback", "tutors", "review"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
VERSION: Final = 1
"""Version of the templates; raised when a column or a word changes."""

INSTRUCTIONS: Final = "Instructions"
LISTS: Final = "Lists"
INFO: Final = "About this workbook"
ROSTER: Final = "Roster"
HIDDEN: Final = (LISTS, INFO, ROSTER)
"""Sheets nobody needs to see."""
SHEETS: Final[Mapping[Kind, str]] = {
    "sessions": "Sessions",
    "feedback": "Answers",
    "tutors": "Tutors",
    "review": "Questions",
}
"""Template to the sheet people fill in."""
ROW_ID: Final = "Row ID"
CODE: Final = "Workbook code"

HELD: Final = ("Held", "Came late", "Left early")
STATUSES: Final = (
    *HELD,
    "Student absent",
    "Student excused",
    "Tutor absent",
    "Cancelled by school",
    "Cancelled by program",
    "Cancelled by family",
    "Moved to another day",
)
"""What became of a meeting for one student; the contract has a pair of codes for each."""
TUTOR_KINDS: Final = (
    "District employee",
    "Teacher",
    "Paraprofessional",
    "Vendor staff",
    "Volunteer",
    "Peer tutor",
    "College student",
    "Other",
)
TUTOR_EVENTS: Final = ("Recruited", "Screened", "Trained", "Coached", "Started", "Left")

CellKind = Literal["text", "date", "time", "minutes", "choice", "scale"]


@dataclass(frozen=True)
class Field:
    """One column of the sheet people fill in.

    Attributes:
        name: Its header, as people see it.
        kind: What its cells hold. ``scale``: 1 to 5; ``choice``: one of a list.
        width: Width in characters.
        is_entry: People fill it in; else it is locked.
        is_hidden: It is there for the way back only.
        hint: Shown when a cell is chosen.
        words: The list of a ``choice``.
        is_open: Words outside of the list are taken too.
    """

    name: str
    kind: CellKind = "text"
    width: int = 12
    is_entry: bool = True
    is_hidden: bool = False
    hint: str = ""
    words: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class Sheet:
    """A workbook before it is written.

    Attributes:
        kind: Which template.
        code: Its own code, which begins every row id.
        title: First line of the sheet.
        above: Lines between title and header: label to text.
        fields: The columns.
        rows: Cells that are filled in beforehand, by header; one mapping per row.
        instructions: Paragraphs of the first sheet; one that ends in a colon is a heading.
        first_day: First valid date, None: any.
        last_day: Last valid date, inclusive, None: any.
        max_minutes: Most minutes of a meeting.
        frozen: How many columns stay in sight.
        roster: Sessions: students by their number in the workbook, as shown in its rows. Review:
            what is shown in each row, by its number.
        shade_by: Header by whose value rows are banded; None: no bands.
    """

    kind: Kind
    code: str
    title: str
    above: Mapping[str, str]
    fields: tuple[Field, ...]
    rows: Sequence[Mapping[str, object]]
    instructions: tuple[str, ...]
    first_day: date | None = None
    last_day: date | None = None
    max_minutes: int = 240
    frozen: int = 1
    roster: Sequence[Mapping[str, str | None]] = ()
    shade_by: str | None = None

    @property
    def header_row(self) -> int:
        """Row of the header, 1-based: below the title, the lines above and a blank one."""
        return len(self.above) + 3


STUDENT_FIELDS: Final = (
    Field("Student number", width=14, is_entry=False),
    Field("First name", width=14, is_entry=False),
    Field("Last name", width=16, is_entry=False),
    Field("Grade", width=7, is_entry=False),
    Field("School", width=22, is_entry=False),
)
"""What a sessions workbook says of a student."""


def session_fields(first: str, last: str, max_minutes: int) -> tuple[Field, ...]:
    """Return the columns of a sessions workbook; the two days are shown in a hint."""
    return (
        Field(ROW_ID, width=16, is_entry=False, is_hidden=True),
        Field("Meeting", width=15, is_entry=False),
        *STUDENT_FIELDS,
        Field("Date", "date", 12, hint=f"The day of the meeting, {first} to {last}."),
        Field("Start", "time", 11, hint="When it began, such as 3:30 PM. May stay blank."),
        Field("Planned minutes", "minutes", 10, hint="How long it was meant to be."),
        Field(
            "Minutes",
            "minutes",
            10,
            hint=f"How long this student was tutored, 0 to {max_minutes}. Blank if not at all.",
        ),
        Field("Tutor", width=20, hint="First and last name of the tutor."),
        Field("Tutor e-mail", width=26, hint="May stay blank; it tells tutors of one name apart."),
        Field("Status", "choice", 22, hint="What became of it for this student.", words=STATUSES),
        Field("Note", width=40, hint="What was worked on. Nothing about health or family."),
    )


def tutor_fields() -> tuple[Field, ...]:
    """Return the columns of a tutors workbook."""
    return (
        Field(ROW_ID, width=14, is_entry=False, is_hidden=True),
        Field("First name", width=16),
        Field("Last name", width=18),
        Field("E-mail", width=30),
        Field("Kind", "choice", 20, hint="What kind of tutor.", words=TUTOR_KINDS),
        Field("Employer", width=24, hint="Who employs the tutor; blank: the district."),
        *(Field(name, "date", 12, hint=f"The day: {name.lower()}.") for name in TUTOR_EVENTS),
        Field("Training", width=28, hint="What the training was about."),
    )


REVIEW_ANSWERS: Final = ("Same", "Not the same", "Unsure")
REVIEW_FIELDS: Final = (
    Field(ROW_ID, width=16, is_entry=False, is_hidden=True),
    Field("No.", width=6, is_entry=False),
    Field("Answer", "choice", 14, hint="Is it the same person?", words=REVIEW_ANSWERS),
    Field("Note", width=30, hint="Why, if it is worth telling. May stay blank."),
)
"""The first columns of a review; what is compared follows."""


def lacks(fields: Sequence[Field], headers: Sequence[str]) -> list[str]:
    """Return the columns a header row does not have."""
    return [field.name for field in fields if field.name not in headers]
