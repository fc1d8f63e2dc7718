"""Programs of tutoring, their terms and designs, and dosage rules: parts of `district.toml`."""

from datetime import date
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from hit_pipeline.settings_values import Grade, Model, Name, Subject


class ProgramTerm(Model):
    """One term of a program: its dates and design. It may cross 1 July.

    Attributes:
        start: First day.
        end: Last day, inclusive.
        sessions_per_week: Designed sessions a week; None: no design.
        minutes_per_session: Designed minutes a session; None: no design.
        weeks: Designed weeks; None: the instructional weeks between start and end.
        max_students_per_tutor: Designed ratio.
        grades: Grades served; empty: any.
        version: Version of the design.
    """

    start: date
    end: date
    sessions_per_week: float | None = Field(default=None, gt=0)
    minutes_per_session: int | None = Field(default=None, gt=0)
    weeks: int | None = Field(default=None, gt=0)
    max_students_per_tutor: int | None = Field(default=None, ge=1)
    grades: tuple[Grade, ...] = ()
    version: int = Field(default=1, ge=1)

    @field_validator("end")
    @classmethod
    def _not_before_it_starts(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            message = f"the term ends before it starts on {start}"
            raise ValueError(message)
        return end


class Program(Model):
    """One tutoring program.

    Attributes:
        name: Name for people.
        aliases: Other names sources know it by, matched without regard to case.
        vendor: Who delivers it; None when the district does.
        subject: Its subject.
        owner: Key in ``owners``.
        terms: Its terms.
    """

    name: str
    aliases: tuple[str, ...] = ()
    vendor: str | None = None
    subject: Subject | None = None
    owner: str | None = None
    terms: dict[str, ProgramTerm] = Field(default_factory=dict)


class DosageRule(Model):
    """One version of a dosage rule. A closed version is never edited: add a new one.

    Attributes:
        id: Name of the rule.
        version: Version.
        title: For people.
        scope: What it looks at.
        period: ``school_year`` or ``program_term``.
        target_minutes: Program dosage; None: the design of the program term.
        adequate_minutes: The floor; None: ``adequate_share`` of the program dosage.
        adequate_share: Share of the program dosage that is adequate; None: no floor of that kind.
        prorated: Whether the program dosage is also given pro-rated to the time assigned.
        minimum_weeks: Fewest weeks with an attended session of the shape the rule describes,
            inclusive; None: it describes none.
        minimum_sessions_per_week: Fewest attended sessions in the mean of those weeks, inclusive;
            None: it describes none.
        subjects: Subjects it applies to; empty: any.
        grades: Grades it applies to; empty: any.
        source: Where the rule is written down.
    """

    id: Name
    version: int = Field(ge=1)
    title: str
    scope: Literal["student", "student_subject", "student_program"]
    period: Literal["school_year", "program_term"] = "school_year"
    target_minutes: int | None = Field(default=None, gt=0)
    adequate_minutes: int | None = Field(default=None, gt=0)
    adequate_share: float | None = Field(default=None, gt=0, le=1)
    prorated: bool = False
    minimum_weeks: int | None = Field(default=None, gt=0)
    minimum_sessions_per_week: float | None = Field(default=None, gt=0)
    subjects: tuple[Subject, ...] = ()
    grades: tuple[Grade, ...] = ()
    source: str
