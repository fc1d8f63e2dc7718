"""What pages and workbooks call things."""

from hit_pipeline.identity.wording import rule_in_words
from hit_pipeline.review.questions import Case, Question

PEOPLE = {"student": "student", "tutor": "tutor", "staff": "employee"}
"""Role to what people call it."""
TWO_PEOPLE = "two people of the rosters"
"""In place of a source, between two people."""


def kind_in_words(kind: str) -> str:
    """Return what a rule found; a rule without words is named."""
    try:
        return rule_in_words(kind)
    except KeyError:
        return kind


def source_of(question: Question) -> str:
    """Return the source of a question's record."""
    return question.source or TWO_PEOPLE


def name_of(question: Question) -> str:
    """Return the name a record states, else that it states none."""
    parts = (question.stated[name] for name in ("given_name", "family_name"))
    return " ".join(str(part) for part in parts if part) or "(no name)"


def minutes(seconds: int) -> str:
    """Return time as whole minutes, rounded down."""
    return f"{seconds // 60:,} min"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> counted(1, "minute"), counted(2, "child", "children")
    ('1 minute', '2 children')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def waiting(cases: tuple[Case, ...]) -> str:
    """Return how much waits: questions, minutes and students behind them."""
    seconds = sum(case.first.seconds for case in cases)
    students = sum(case.first.students for case in cases)
    told = (
        counted(len(cases), "question"),
        counted(seconds // 60, "minute"),
        counted(students, "student"),
    )
    return ", ".join(told)
