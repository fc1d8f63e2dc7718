"""What a header says its column is: a part of a person, a role of its own, a score, or nothing.

Headers only; cells are weighed elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hit_pipeline.drafting.knowledge import SCORE, Knowledge
from hit_pipeline.landing.scrub import words_of

VAGUE = 5
"""Rank from which a reading of a header is only a guess."""
_ALONE_NOTHING = frozenset(
    [
        "state",
        "district",
        "number",
        "num",
        "no",
        "nbr",
        "identifier",
        "id",
        "key",
        "uuid",
        "guid",
        "student",
        "first",
        "last",
    ]
)
_ORGANISATIONS = (
    "district", "school", "class", "course", "group", "section", "test", "account", "assessment",
    "program", "site", "campus", "municipality", "organization", "vendor", "client", "batch",
    "item", "role", "standard", "cohort", "session", "building", "teacher",
)  # fmt: skip
_ENDS_AS_ID = re.compile(r".*(?:^|\b)(?:ids?|identifier|number|no|num|code|key)$")
_NEVER_SCORES = frozenset(
    {"free_text", "private", "unused", "ratio", "planned_length", "status", "topic"}
)


@dataclass(frozen=True)
class Meaning:
    """What a header says.

    Attributes:
        header: The header.
        role: A role of the vocabulary; ``student.id.state``, ``tutor.given_name`` and the like of a
            person; `SCORE`; empty: nothing known.
        rank: How sure: 0 is the surest pattern of the role, from `VAGUE` on it is a guess.
    """

    header: str
    role: str
    rank: int = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """The role, and for a person what kind of part it is: ``student.id``, ``tutor.name``."""
        who, _, part = self.role.partition(".")
        if not part:
            return (self.role,)
        return self.role, f"{who}.{'id' if part.startswith('id.') else 'name'}"


def meanings(headers: Iterable[str], known: Knowledge) -> dict[str, Meaning]:
    """Return what each header says."""
    return {header: _meaning(header, known) for header in headers}


def header_words(header: str) -> str:
    """Return a header in lower-case words; a percent sign is a word."""
    return words_of(re.sub(r"IDs\b", "Ids", header.replace("%", " percent ")))


def is_score(words: str, known: Knowledge) -> bool:
    """Say whether a header, in words, names a score."""
    never = known.score["never"].search(words)
    return never is None and known.score["words"].search(words) is not None


def season_of(header: str, known: Knowledge) -> str | None:
    """Return the season a header names, as it stands there; None: none, or several."""
    found = re.findall(rf"(?i)\b(?:{known.score['seasons'].pattern})\b", header.replace("_", " "))
    return found[0] if len(found) == 1 else None


def _meaning(header: str, known: Knowledge) -> Meaning:
    words = header_words(header)
    role = _matched(words, known.roles)
    person = _person(words, known)
    if role is not None and not (person and person[1] < role[1]):
        return _unless_score(Meaning(header, *role), words, known)
    if person is not None:
        return Meaning(header, *person)
    if is_score(words, known):
        return Meaning(header, SCORE)
    return _perhaps_an_id(header, words)


def _unless_score(found: Meaning, words: str, known: Knowledge) -> Meaning:
    """Prefer a score where a vague pattern of a role was the only one to fit."""
    vague = found.rank >= 2 and found.role in _NEVER_SCORES
    return Meaning(found.header, SCORE) if vague and is_score(words, known) else found


def _matched(words: str, patterns: Mapping[str, list[re.Pattern[str]]]) -> tuple[str, int] | None:
    """Return the role whose surest pattern is the whole header."""
    found = [
        (rank, place, name)
        for place, (name, many) in enumerate(patterns.items())
        for rank, pattern in enumerate(many)
        if pattern.fullmatch(words)
    ]
    return (min(found)[2], min(found)[0]) if found else None


def _person(words: str, known: Knowledge) -> tuple[str, int] | None:
    """Return which part of which person a header holds, and how sure that is."""
    for who, pattern in known.who.items():
        named = pattern.search(words)
        if named is None:
            continue
        rest = " ".join((words[: named.start()] + " " + words[named.end() :]).split())
        part = _matched(rest, known.parts)
        if part is not None:
            return f"{who}.{part[0]}", part[1]
        if _ENDS_AS_ID.fullmatch(rest) and not _names_an_organisation(rest):
            return f"{who}.id.vendor", VAGUE
        return (f"{who}.other", VAGUE) if who == "staff" else None
    nobody = words in _ALONE_NOTHING or words.split()[:1] == ["district"]
    part = None if nobody else _matched(words, known.parts)
    return (f"student.{part[0]}", part[1] + 1) if part else None


def _perhaps_an_id(header: str, words: str) -> Meaning:
    if re.fullmatch(r".+ ids?", words) and not _names_an_organisation(words):
        return Meaning(header, "student.id.vendor", VAGUE + 1)
    return Meaning(header, "")


def _names_an_organisation(words: str) -> bool:
    return any(word in words.split() for word in _ORGANISATIONS)
