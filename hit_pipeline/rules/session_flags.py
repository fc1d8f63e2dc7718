"""The rules that flag sessions and participations: their ids, and what each means.

A flagged row is published and counted in full; nothing here merges, caps or excludes. What a rule
looks at is worked out in `hit_pipeline.conform.session_flags`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import cast

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class FlagRule:
    """One rule.

    Attributes:
        id: Rule id.
        meaning: When it flags, in words.
    """

    id: str
    meaning: str


FLAG_RULES = (
    FlagRule(
        "session.absent_in_sis",
        "The student attended on a day for which the SIS says absent.",
    ),
    FlagRule(
        "session.duplicate",
        "The student attended an earlier listed session, of any vendor, with the same start.",
    ),
    FlagRule(
        "session.ends_before_start",
        "The end stated is not later than the start.",
    ),
    FlagRule(
        "session.future_completed",
        "Held or attended on a date later than that of the run.",
    ),
    FlagRule(
        "session.no_school_day",
        "Held or attended on a day without instruction at its school, at every school when the "
        "log names none; days the calendar calls summer are left out within a term of the program.",
    ),
    FlagRule(
        "session.not_assigned",
        "The student attended on a day no assignment to the program covers, although the program "
        "has a list; an assignment without an end lasts as long as its term.",
    ),
    FlagRule(
        "session.not_enrolled",
        "The student attended on a day no enrollment at the session's school covers; none at any "
        "school where the log names no school or one the student never was enrolled at, and in "
        "summer, which belongs to those enrolled before or after it.",
    ),
    FlagRule(
        "session.overlap",
        "The student attended and it starts before an earlier session of the student, of any "
        "vendor, has ended.",
    ),
    FlagRule(
        "session.program_unknown",
        "The log names a program that is none of district.toml.",
    ),
    FlagRule(
        "session.too_long",
        "Planned, held or attended for longer than the threshold max_session_minutes.",
    ),
    FlagRule(
        "session.tutor_overlap",
        "Held, and it starts before an earlier session of the same tutor, of any vendor, has "
        "ended; sessions without an id of their own are not looked at.",
    ),
    FlagRule(
        "session.zero_minutes",
        "Held or attended for no time at all.",
    ),
)
"""Every flag there is, sorted by id."""
_IDS = tuple(rule.id for rule in FLAG_RULES)
_NO = ibis.literal(value=False)


def flag_text(found: Mapping[str, ir.BooleanValue]) -> ir.StringValue:
    """Return the ids of the rules that flag a row, sorted and comma separated; null when none.

    Args:
        found: Rule id to whether it flags the row; null counts as no.

    Raises:
        KeyError: An id is not in `FLAG_RULES`.
    """
    if unknown := sorted(found.keys() - set(_IDS)):
        message = f"no flag rule named {unknown}; valid are {list(_IDS)}"
        raise KeyError(message)
    hits = {name: found[name].fill_null(_NO) for name in _IDS if name in found}
    text = ibis.literal(",").join([hit.ifelse(name, None) for name, hit in hits.items()])
    return cast("ir.StringValue", reduce(or_, hits.values()).ifelse(text, None))
