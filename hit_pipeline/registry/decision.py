"""What a steward is asked and answers, and what of it is in force."""

from dataclasses import dataclass
from datetime import datetime

from hit_pipeline.errors import HitError
from hit_pipeline.registry.merges import Pair
from hit_pipeline.tables.vocabulary import PERSON_ROLES

ENGINE = "engine"
"""Who made what the rules decided; every other maker is a steward's name."""

ANSWERS = ("same", "not_same", "unsure")
UNDO = "undo"


@dataclass(frozen=True)
class Answer:
    """A steward's answer to one question: is this record this person, or are two people one?

    Attributes:
        role: ``student``, ``tutor`` or ``staff``.
        person_key: The person asked about.
        answer: ``same``, ``not_same`` or ``unsure``.
        source: Source of the record; None when two people are asked about.
        person_record_id: The record; None when two people are asked about.
        own_system: Identifier system of the record's own identifier at its source, where it has
            one; the answer then holds for every record with it.
        own_value: That identifier.
        other_key: The other person; None when a record is asked about.
        note: The steward's own words; may name a pupil.
    """

    role: str
    person_key: str
    answer: str
    source: str | None = None
    person_record_id: str | None = None
    own_system: str | None = None
    own_value: str | None = None
    other_key: str | None = None
    note: str | None = None

    def check(self) -> None:
        """See that it can be an answer at all.

        Raises:
            HitError: It cannot; nothing of a pupil is repeated.
        """
        if self.role not in PERSON_ROLES:
            message = f"an answer cannot be about the role {self.role!r}."
            raise HitError(message, remedy=f"Valid are {', '.join(PERSON_ROLES)}.")
        if self.answer not in ANSWERS:
            message = f"{self.answer!r} is no answer."
            raise HitError(message, remedy=f"Valid are {', '.join(ANSWERS)}.")
        if (self.person_record_id is None) == (self.other_key is None):
            message = "an answer is about a record and a person, or about two people."
            raise HitError(message)
        if self.other_key == self.person_key:
            message = "an answer cannot be about one person alone."
            raise HitError(message)
        if (self.own_system is None) != (self.own_value is None):
            message = "an answer names a record's own identifier with its system, or neither."
            raise HitError(message)


@dataclass(frozen=True)
class Decision:
    """An answer as the registry remembers it.

    Attributes:
        seq: Its number.
        answer: What was answered; ``undo`` as answer of one that takes another back.
        undoes: Number of the decision that is taken back.
        by: The steward.
        at: When, UTC.
    """

    seq: int
    answer: Answer
    undoes: int | None
    by: str
    at: datetime

    @property
    def pair(self) -> Pair:
        """The two people asked about; empty when a record was."""
        other = self.answer.other_key
        return frozenset((self.answer.person_key, other)) if other else frozenset()

    @property
    def when(self) -> str:
        """The instant in words."""
        return f"{self.at:%Y-%m-%d %H:%M} UTC"


def checked_steward(by: str) -> str:
    """Return a steward's name without blanks around it.

    Raises:
        HitError: It is none, or the name under which the rules decide.
    """
    name = by.strip()
    if not name or name == ENGINE:
        message = "a decision needs the name of the steward who takes it."
        raise HitError(message)
    return name
