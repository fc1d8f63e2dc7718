"""Which students may be in a file that goes out: consents and assignments on one day.

Pure decisions over rows of the conformed tables `consent` and `program_assignment`. Whether the
file may go out at all is an agreement's matter: `hit_pipeline.privacy.disclosure`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from hit_pipeline.settings_agreements import OWN_STAFF, Unknown

Row = Mapping[str, Any]
Reason = Literal["not assigned", "consent refused", "consent unknown"]
REASONS: Final[tuple[Reason, ...]] = ("not assigned", "consent refused", "consent unknown")
"""Why a student is held back, in the order they are asked."""

ASSIGNED: Final = ("assigned", "unknown")
"""Statuses of an assignment in force; a list that states none leaves ``unknown``."""
REFUSALS: Final = ("refused", "withdrawn")
_GRANTS = ("granted", "not_required")
TUTORING: Final = "tutoring"


@dataclass(frozen=True)
class Asked:
    """What a file is for.

    Attributes:
        purpose: One of the purposes of consents.
        recipient: Who gets it: ``district``, or a recipient as consents name it.
        day: The day it goes out, in the district's zone.
        unknown: What is done with a student whose consent is not known.
        program: The program the file is about; None: any.
        term: The term of it; None: any.
    """

    purpose: str
    recipient: str
    day: date
    unknown: Unknown
    program: str | None = None
    term: str | None = None


@dataclass(frozen=True)
class Standing:
    """What is known of the students, as rows of conformed tables.

    Attributes:
        active: Keys of students the newest roster lists.
        assignments: Rows of ``program_assignment``.
        consents: Rows of ``consent``.
        term_ends: Program and term to the term's last day, inclusive.
    """

    active: frozenset[str]
    assignments: Sequence[Row]
    consents: Sequence[Row]
    term_ends: Mapping[tuple[str, str], date] = field(default_factory=dict)


def judged(keys: Iterable[str], standing: Standing, asked: Asked) -> dict[str, Reason | None]:
    """Return for every student why the student is held back; None: may be in the file.

    For tutoring a student must be on the newest roster and have an assignment in force on the day,
    first and last day inclusive, that is no inference of ours. Consent: `answer`.
    """
    assigned = _assigned(standing, asked) if asked.purpose == TUTORING else None
    said = _answers(standing.consents, asked)
    return {key: _reason(key, assigned, said.get(key, ()), asked) for key in dict.fromkeys(keys)}


def _reason(
    key: str, assigned: frozenset[str] | None, said: Sequence[Row], asked: Asked
) -> Reason | None:
    if assigned is not None and key not in assigned:
        return "not assigned"
    told = answer(said, asked.day)
    if told == "refused":
        return "consent refused"
    if told == "unknown" and asked.unknown == "hold":
        return "consent unknown"
    return None


def answer(said: Sequence[Row], day: date) -> Literal["granted", "refused", "unknown"]:
    """Return what the answers about one student come to on a day.

    Those with the newest effective date that has come count; no date is the oldest. Of several on
    that date a refusal or withdrawal wins, then an unknown. An answer past its last day (inclusive)
    is unknown, and so is no answer at all.
    """
    begun = [one for one in said if (one["effective_date"] or date.min) <= day]
    newest = max((one["effective_date"] or date.min for one in begun), default=None)
    statuses = {
        one["status"] if (one["expires_date"] or date.max) >= day else "unknown"
        for one in begun
        if (one["effective_date"] or date.min) == newest
    }
    if statuses & set(REFUSALS):
        return "refused"
    return "granted" if statuses and statuses <= set(_GRANTS) else "unknown"


def _answers(consents: Iterable[Row], asked: Asked) -> dict[str, list[Row]]:
    """Return the answers that are about the purpose, program and recipient, by student."""
    found: dict[str, list[Row]] = {}
    for one in consents:
        if one["student_key"] is not None and _is_about(one, asked):
            found.setdefault(one["student_key"], []).append(one)
    return found


def _is_about(consent: Row, asked: Asked) -> bool:
    """Say whether an answer counts.

    One that names no recipient grants to the district's own staff only and refuses to all; one that
    names a program nobody knows grants nothing and refuses for all.
    """
    other_program = None not in (consent["program_id"], asked.program) and (
        consent["program_id"] != asked.program
    )
    unresolved = consent["program_id"] is None and consent["program_source"] is not None
    if consent["purpose"] != asked.purpose or other_program:
        return False
    if unresolved and consent["status"] in _GRANTS:
        return False
    stated = (consent["recipient"] or OWN_STAFF).strip().casefold()
    if stated == asked.recipient.strip().casefold():
        return True
    return consent["recipient"] is None and consent["status"] in REFUSALS


def _assigned(standing: Standing, asked: Asked) -> frozenset[str]:
    return frozenset(
        one["student_key"]
        for one in standing.assignments
        if one["student_key"] in standing.active
        and asked.program in (None, one["program_id"])
        and asked.term in (None, one["term"])
        and one["status"] in ASSIGNED
        and one["origin"] != "inferred"
        and one["start_date"] <= asked.day <= _last_day(one, standing.term_ends)
    )


def _last_day(assignment: Row, term_ends: Mapping[tuple[str, str], date]) -> date:
    term_end = term_ends.get((assignment["program_id"], assignment["term"]), date.max)
    return min(assignment["end_date"] or date.max, term_end)
