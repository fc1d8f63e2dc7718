"""Two records side by side: which fields differ, and which letters of them.

For eyes only: what is compared here decides nothing.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal

from hit_pipeline.review.questions import Question
from hit_pipeline.tables.review import COMPARED

Verdict = Literal["same", "spelling", "differs", "one side", "neither"]

Agreement = Literal["birth", "school"]

LABELS = {
    "ids": "Identifiers",
    "given_name": "First name",
    "middle_name": "Middle name",
    "family_name": "Last name",
    "preferred_name": "Preferred name",
    "birth_date": "Birth date",
    "school": "School",
    "grade": "Grade",
}
"""Field of `tables.review.COMPARED` to what people call it."""
WORDS: dict[Verdict, str] = {
    "same": "same",
    "spelling": "same but for accents, capitals or marks",
    "differs": "differs",
    "one side": "one side only",
    "neither": "not stated",
}


_ALIKE = 0.5


@dataclass(frozen=True)
class Piece:
    """A stretch of text; ``differs`` when the other side has other letters there."""

    text: str
    differs: bool


Sides = tuple[tuple[Piece, ...], tuple[Piece, ...]]
"""The record's side and the candidate's, in pieces."""


@dataclass(frozen=True)
class Line:
    """One field of both sides.

    Attributes:
        name: Field, one of `tables.review.COMPARED`.
        label: What people call it.
        stated: The record's side in pieces; empty when it is not stated.
        known: The candidate's side, likewise.
        verdict: What came of comparing them.
    """

    name: str
    label: str
    stated: tuple[Piece, ...]
    known: tuple[Piece, ...]
    verdict: Verdict

    @property
    def words(self) -> str:
        """The verdict in words, for who does not see the marks."""
        return WORDS[self.verdict]


def compared(question: Question) -> list[Line]:
    """Return every field at least one side states, in the order of the table."""
    lines = [_line(name, question) for name in COMPARED]
    return [line for line in lines if line.verdict != "neither"]


def shown(value: str | date | None) -> str:
    """Return a value as people here read it: dates as year-month-day; nothing for None."""
    return value.isoformat() if isinstance(value, date) else value or ""


def agreement(question: Question) -> Agreement | None:
    """Say what a record and its candidate agree in beside first and last name.

    Names count without accents, capitals and marks; everything else exactly.

    Returns:
        ``birth``: the birth date. ``school``: school and grade, where a birth date is missing.
        None: a name differs or is missing, or there is no such agreement.
    """
    verdicts = {name: _verdict(name, *_sides(name, question)) for name in COMPARED}
    if not {verdicts["given_name"], verdicts["family_name"]} <= {"same", "spelling"}:
        return None
    if verdicts["birth_date"] == "same":
        return "birth"
    placed = verdicts["school"] == verdicts["grade"] == "same"
    return "school" if placed and verdicts["birth_date"] != "differs" else None


def plain(text: str) -> str:
    """Return letters and digits of a text, small and without accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parted if one.isalnum())


def _line(name: str, question: Question) -> Line:
    left, right = _sides(name, question)
    verdict = _verdict(name, left, right)
    marking = _marked_ids if name == "ids" else marked
    sides = marking if verdict in {"differs", "spelling"} else _whole
    stated, known = sides(left, right)
    return Line(name, LABELS[name], stated, known, verdict)


def _sides(name: str, question: Question) -> tuple[str, str]:
    """Return both sides of a field; identifiers one a line."""
    left, right = shown(question.stated[name]), shown(question.known[name])
    return (left.replace("; ", "\n"), right.replace("; ", "\n")) if name == "ids" else (left, right)


def _verdict(name: str, left: str, right: str) -> Verdict:
    """Judge a field; identifiers are the same when every one of the record is the candidate's."""
    if not left and not right:
        return "neither"
    if not left or not right:
        return "one side"
    if left == right or (name == "ids" and {*_split(left)} <= {*_split(right)}):
        return "same"
    alike = name != "ids" and plain(left) == plain(right) != ""
    return "spelling" if alike else "differs"


def _split(text: str) -> list[str]:
    return text.split("\n")


def _whole(left: str, right: str) -> Sides:
    return _piece(left, differs=False), _piece(right, differs=False)


def marked(left: str, right: str) -> Sides:
    """Return two texts in pieces, those letters marked that the other has not in that place.

    Texts with less than half of their letters in common are marked as a whole.

    >>> marked("Jon", "John")[1]
    (Piece(text='Jo', differs=False), Piece(text='h', differs=True), Piece(text='n', differs=False))
    """
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return _piece(left, differs=True), _piece(right, differs=True)
    sides: Sequence[list[Piece]] = ([], [])
    for what, *places in matcher.get_opcodes():
        for side, text, (start, end) in zip(
            sides, (left, right), (places[:2], places[2:]), strict=True
        ):
            side.extend(_piece(text[start:end], differs=what != "equal"))
    return tuple(_joined(sides[0])), tuple(_joined(sides[1]))


def _piece(text: str, *, differs: bool) -> tuple[Piece, ...]:
    return (Piece(text, differs),) if text else ()


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Put neighbours together that are marked alike."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].differs == piece.differs:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.differs)
        else:
            joined.append(piece)
    return joined


def _marked_ids(left: str, right: str) -> Sides:
    """Mark letters of identifiers of one system only: of two systems there is nothing to mark."""
    mine, theirs = _by_system(left), _by_system(right)
    sides: Sequence[list[Piece]] = ([], [])
    for side, own, others in ((0, mine, theirs), (1, theirs, mine)):
        for place, (system, value) in enumerate(own):
            facing = [text for name, text in others if name == system]
            before = ("\n" if place else "") + f"{system} "
            sides[side].append(Piece(before, differs=False))
            sides[side].extend(_against(value, facing))
    return tuple(_joined(sides[0])), tuple(_joined(sides[1]))


def _against(value: str, facing: Sequence[str]) -> list[Piece]:
    if not facing or value in facing:
        return [Piece(value, differs=False)]
    closest = max(facing, key=lambda text: SequenceMatcher(None, value, text).ratio())
    return list(marked(value, closest)[0])


def _by_system(text: str) -> list[tuple[str, str]]:
    pairs = (one.partition(" ") for one in _split(text))
    return [(system, value) for system, _, value in pairs]
