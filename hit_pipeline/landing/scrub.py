"""Which columns are never kept: numbers and records a tutoring warehouse has no business holding.

Only names of columns are judged, never cells.
"""

import re
from collections.abc import Iterable, Sequence

DEFAULT_FORBIDDEN = (
    r"\bssn\b",
    r"\bsoc(ial)? ?sec(urity)?\b",
    r"\bmedical\b|\bmedications?\b|\bdiagnos[ei]s\b|\bhealth (conditions?|notes?|alerts?)\b",
    r"\bdisciplin(e|ary)\b|\bsuspen(ded|sions?)\b|\bexpulsions?\b|\bexpelled\b",
    r"\biep (texts?|goals?|notes?|narratives?|comments?|summary|document|plan)\b",
)
"""Forbidden unless nobody asks: patterns of a header in lower case words (see `words_of`).

A flag that says there is an IEP or a disability is not forbidden.
"""


def words_of(header: str) -> str:
    """Return a header as lower-case words with single blanks: ``studentSSN`` is ``student ssn``."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    return " ".join(re.sub(r"[\W_]+", " ", split).casefold().split())


def is_forbidden(header: str, patterns: Iterable[str] = ()) -> bool:
    """Say whether the cells of a column must not be kept.

    Args:
        header: Name of the column, as it arrived.
        patterns: More regular expressions, searched without regard to case in the header as it
            arrived and in its words.
    """
    words = words_of(header)
    if any(re.search(pattern, words) for pattern in DEFAULT_FORBIDDEN):
        return True
    return any(
        re.search(pattern, text, re.IGNORECASE) for pattern in patterns for text in (header, words)
    )


def forbidden_columns(header: Sequence[str], patterns: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names in a header of columns whose cells must not be kept."""
    asked = tuple(patterns)
    return tuple(name for name in header if is_forbidden(name, asked))
