"""Subjects: from what courses and sections are called to our vocabulary."""

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

WORDS: tuple[tuple[str, str], ...] = (
    ("social_emotional", r"social[ -]?emotional|\bsel\b"),
    ("other", r"computer|information tech|physical ed|political action|homeroom|advisory"),
    ("social_studies", r"social (stud|scien)|history|geograph|civics|government|econom|politic"),
    (
        "ela",
        r"english|language arts|\bela\b|reading|literacy|writing|phonics|literature",
    ),
    ("math", r"math|algebra|geometry|calculus|trigonometry|statistics|arithmetic|numeracy"),
    ("science", r"scien|biolog|chemis|physics|astronom|\bstem\b"),
)
"""Subject and the words (case ignored) that mean it; the first that fits wins."""

CODES = {"01": "ela", "02": "math", "03": "science", "04": "social_studies"}
"""First two digits of a five-digit SCED code (NCES) and the subject."""


def subject_of(
    subjects: ir.StringValue, codes: ir.StringValue, title: ir.StringValue
) -> ir.StringValue:
    """Return the subject, ``other`` when something is stated that means none of ours, else null.

    Asked in turn: the subjects as stated (the first of several first), the SCED codes, the title.
    """
    first = _by_words(subjects.split(",")[0])
    by_code = _cases(
        [(codes.re_search(rf"^\s*{start}\d{{3}}\b"), subject) for start, subject in CODES.items()]
    )
    known = ibis.coalesce(first, _by_words(subjects), by_code, _by_words(title))
    said = ibis.coalesce(subjects.strip().nullif(""), codes.strip().nullif(""))
    return cast("ir.StringValue", known.coalesce(said.notnull().ifelse("other", None)))


def _by_words(text: ir.StringValue) -> ir.StringValue:
    return _cases([(text.lower().re_search(words), subject) for subject, words in WORDS])


def _cases(branches: Sequence[tuple[ir.BooleanValue, str]]) -> ir.StringValue:
    return cast("ir.StringValue", ibis.cases(*branches, else_=ibis.null("string")))
