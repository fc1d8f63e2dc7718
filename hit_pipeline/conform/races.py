"""The federal roll-up of race and ethnicity."""

from collections.abc import Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.truth import holds
from hit_pipeline.tables.vocabulary import RACES

WORDS: tuple[tuple[str, str], ...] = (
    ("american_indian_or_alaska_native", r"american indian|alaska|native american"),
    ("asian", r"\basian"),
    ("black_or_african_american", r"black|african"),
    ("native_hawaiian_or_other_pacific_islander", r"hawaiian|pacific"),
    ("white", r"white|caucasian"),
    ("two_or_more_races", r"two or more|multi|mixed|biracial"),
    ("hispanic_or_latino", r"(?:^|[^-]\b)hispanic|latin[oax]"),
)
"""Race and the words (case ignored) that mean it in a cell of free form."""

_DENIES_HISPANIC = r"(?:non|not)[ -]+(?:of )?(?:hispanic|latin)"


def federal_roll_up(flags: Mapping[str, ir.BooleanValue], stated: ir.StringValue) -> ir.StringValue:
    """Return the one federal category of a student.

    Hispanic or Latino of any race first; then two or more races, when said so or when several are
    true; then the one race that is true. The cell of free form is read only when no flag is true.
    Null when nothing is known.

    Args:
        flags: Flag by name of `RACES`; null is unknown.
        stated: Race and ethnicity in one cell, as stated.
    """
    by_flag = _roll_up({name: holds(flags[name]) for name in RACES})
    plain = stated.lower()
    said = {name: holds(plain.re_search(words)) for name, words in WORDS}
    denied = holds(plain.re_search(_DENIES_HISPANIC))
    said["hispanic_or_latino"] = said["hispanic_or_latino"] & ~denied
    return cast("ir.StringValue", by_flag.coalesce(_roll_up(said)))


def _roll_up(true: Mapping[str, ir.BooleanValue]) -> ir.StringValue:
    single = [name for name in RACES if name not in {"hispanic_or_latino", "two_or_more_races"}]
    count = sum((true[name].cast("int64") for name in single), start=ibis.literal(0))
    several = true["two_or_more_races"] | (count > 1)
    return cast(
        "ir.StringValue",
        ibis.cases(
            (true["hispanic_or_latino"], "hispanic_or_latino"),
            (several, "two_or_more_races"),
            *((true[name], name) for name in single),
            else_=ibis.null("string"),
        ),
    )
