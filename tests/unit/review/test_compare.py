"""Differences of two records, as they are marked."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.review.compare import Piece, agreement, compared, marked
from hit_pipeline.review.questions import Question
from hit_pipeline.tables.review import COMPARED
from tests.unit.review.bench import MARIA

WORDS = st.text(st.sampled_from("aábcAB-' 01"), max_size=12)


def pair(stated: dict[str, Any], known: dict[str, Any]) -> Question:
    """Return a question about two sides; what is not given is not stated."""
    nothing = dict.fromkeys(COMPARED)
    return Question(
        "q", "student", "vendor", "r1", "name.close", 1, "S1", None, None, None, 1, 0, 1, None,
        None, {**nothing, **stated}, {**nothing, **known},
    )  # fmt: skip


def text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def marks(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.differs]


@given(WORDS, WORDS)
def test_marking_changes_no_letter_and_marks_only_what_differs(left: str, right: str) -> None:
    stated, known = marked(left, right)
    assert (text(stated), text(known)) == (left, right)
    common = ["".join(one.text for one in side if not one.differs) for side in (stated, known)]
    assert common[0] == common[1]
    assert bool(marks(stated) or marks(known)) == (left != right)


@pytest.mark.parametrize(
    ("name", "stated", "known", "words", "left", "right"),
    [
        ("given_name", "Jon", "John", "differs", [], ["h"]),
        ("given_name", "María", "MARIA", "same but for accents, capitals or marks",
         ["María"], ["MARIA"]),
        ("family_name", "O'Brien", "OBrien", "same but for accents, capitals or marks", ["'"], []),
        ("birth_date", date(2014, 3, 5), date(2014, 5, 3), "differs", ["3-0"], ["-03"]),
        ("grade", None, "03", "one side only", [], []),
        ("school", "Oak", "Oak", "same", [], []),
        ("ids", "district 12", "state 12; district 13", "differs", ["2"], ["3"]),
        ("ids", "district 12", "state 99; district 12", "same", [], []),
        ("ids", "vendor v1", "state 99", "differs", [], []),
    ],
)  # fmt: skip
def test_a_field_says_in_words_and_marks_how_it_differs(
    name: str, stated: Any, known: Any, words: str, left: list[str], right: list[str]
) -> None:
    (line,) = compared(pair({name: stated}, {name: known}))
    assert line.words == words
    if name != "birth_date":
        assert (marks(line.stated), marks(line.known)) == (left, right)
    else:
        assert marks(line.stated)
        assert marks(line.known)


def test_a_field_nobody_states_is_not_shown() -> None:
    assert [line.name for line in compared(pair({"grade": "03"}, {}))] == ["grade"]


@pytest.mark.parametrize(
    ("change", "agreed"),
    [
        ({}, "birth"),
        ({"given_name": "MARÍA"}, "birth"),
        ({"given_name": "Marie"}, None),
        ({"given_name": None}, None),
        ({"birth_date": date(2014, 3, 6)}, None),
        ({"birth_date": None}, "school"),
        ({"birth_date": None, "grade": "04"}, None),
        ({"birth_date": None, "school": None}, None),
        ({"school": "Elm School"}, "birth"),
        ({"ids": "district 9"}, "birth"),
    ],
)
def test_names_must_agree_and_the_birth_date_or_school_and_grade(
    change: dict[str, Any], agreed: str | None
) -> None:
    assert agreement(pair({**MARIA, **change}, MARIA)) == agreed
    assert agreement(pair(MARIA, {**MARIA, **change})) == agreed
