"""The questions of the feedback workbooks, by who answers.

In our own words, on what the field advises to ask: whether tutoring is enjoyed, whether it helps,
how tutor and student get on, whether it fits the day. An id is never used for another question.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["student", "tutor", "teacher", "school_leader", "family", "site_lead"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

WHO: Final[dict[Role, str]] = {
    "student": "Students",
    "tutor": "Tutors",
    "teacher": "Teachers",
    "school_leader": "School leaders",
    "family": "Families",
    "site_lead": "Site leads",
}
"""Role to its word in the workbook."""
_OFTEN = "(1 = never, 5 = always)"
_AGREE = "(1 = not at all, 5 = very much)"


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: Its id: a letter for the role, and a number.
        text: As asked, with its scale.
        is_scaled: Answered from 1 to 5; else in words.
    """

    id: str
    text: str
    is_scaled: bool = True

    @property
    def header(self) -> str:
        """Its column."""
        return f"{self.id} {self.text}"


def _asked(letter: str, *texts: str, last: str) -> tuple[Question, ...]:
    scaled = (Question(f"{letter}{i}", text) for i, text in enumerate(texts, start=1))
    return (*scaled, Question(f"{letter}9", last, is_scaled=False))


QUESTIONS: Final[dict[Role, tuple[Question, ...]]] = {
    "student": _asked(
        "S",
        f"I like going to tutoring. {_OFTEN}",
        f"Tutoring helps me understand what we do in class. {_OFTEN}",
        f"My tutor knows what I am good at and what I find hard. {_AGREE}",
        f"I feel comfortable asking my tutor when I am stuck. {_OFTEN}",
        f"I am surer of myself in this subject than before. {_AGREE}",
        f"Tutoring is at a time that works for me. {_OFTEN}",
        last="What should we change?",
    ),
    "tutor": _asked(
        "T",
        f"I was well prepared for my work as a tutor. {_AGREE}",
        f"The materials fit what my students need. {_OFTEN}",
        f"I know how my students are doing in class. {_OFTEN}",
        f"Somebody helps me when I have a question. {_OFTEN}",
        f"Sessions begin on time and run to the end. {_OFTEN}",
        f"I would like to tutor here again. {_AGREE}",
        last="What would help you most?",
    ),
    "teacher": _asked(
        "E",
        f"I see my students use in class what they learn in tutoring. {_OFTEN}",
        f"Tutoring works on what I teach. {_OFTEN}",
        f"I hear how my students are doing in tutoring. {_OFTEN}",
        f"The times of tutoring take little away from my lessons. {_AGREE}",
        f"My students come back from tutoring ready to learn. {_OFTEN}",
        last="What should we change?",
    ),
    "school_leader": _asked(
        "L",
        f"Tutoring reaches the students who need it most. {_AGREE}",
        f"Tutoring fits the schedule of the school. {_AGREE}",
        f"The program keeps me informed. {_OFTEN}",
        f"Rooms, devices and staff are there when they are needed. {_OFTEN}",
        f"I see that students make progress. {_AGREE}",
        last="What stands in the way?",
    ),
    "family": _asked(
        "F",
        f"My child likes going to tutoring. {_OFTEN}",
        f"Tutoring helps my child at school. {_AGREE}",
        f"I know what my child works on. {_OFTEN}",
        f"I know whom to ask about tutoring. {_AGREE}",
        f"Times and way there work for our family. {_OFTEN}",
        last="What should we change?",
    ),
    "site_lead": _asked(
        "D",
        f"Tutors come as planned. {_OFTEN}",
        f"Students come as planned. {_OFTEN}",
        f"Teachers and tutors work together. {_OFTEN}",
        f"I get answers when something does not work. {_OFTEN}",
        f"What I am asked to write down is worth the time. {_AGREE}",
        last="What do you need?",
    ),
}
"""Who answers to what is asked."""
