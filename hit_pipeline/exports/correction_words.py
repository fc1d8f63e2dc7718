"""What is wrong with a vendor's record: codes, and what they say to the vendor."""

from collections.abc import Mapping
from typing import Any, Final

NOT_ON_ROSTER: Final = "not_on_roster"
NUMBER_MISSING: Final = "number_missing"
NUMBER_MISTYPED: Final = "number_mistyped"
NUMBER_FORM: Final = "number_form"
NUMBER_OTHER: Final = "number_other"
NAME_CONTRADICTS: Final = "name_contradicts"
BIRTH_DATE_MISSING: Final = "birth_date_missing"
WAITS: Final = "waits_for_review"

WITH_NUMBER: Final = (NUMBER_MISSING, NUMBER_MISTYPED, NUMBER_FORM, NUMBER_OTHER)
"""Findings on a student who is known: the right number may be told."""

WORDS: Final = {
    NOT_ON_ROSTER: "Not on your roster.",
    NUMBER_MISSING: "The number is missing.",
    NUMBER_MISTYPED: "One digit of the number is mistyped, or two are exchanged.",
    NUMBER_FORM: "The number was changed on its way: zeros lost, a point, letters, an exponent.",
    NUMBER_OTHER: "The number is not this student's.",
    NAME_CONTRADICTS: "The number does not belong to this name or birth date: correct one of them.",
    BIRTH_DATE_MISSING: "The birth date is missing, and the name alone is not enough.",
    WAITS: "The district is not sure which of your students is meant: state the number.",
}
"""Finding to what it says."""

Row = Mapping[str, Any]


def wrong_number(link: Row, row: Row, system: str) -> str:
    """Return what is wrong with the number of a record whose student is known.

    Args:
        link: The decision on the record.
        row: What the record states.
        system: System the right number is of.
    """
    if row[f"id_{system}"] is None:
        return NUMBER_MISSING
    if link["rule"] == "id.mistyped":
        return NUMBER_MISTYPED
    repaired = link["rule"].endswith(f".{system}") and "repair=" in (link["evidence"] or "")
    return NUMBER_FORM if repaired else NUMBER_OTHER


def still_open(rule: str, row: Row) -> str:
    """Return what is wrong with a record that waits, all of whose candidates are the vendor's."""
    if rule == "id.contradicted":
        return NAME_CONTRADICTS
    if rule.startswith("name.") and row["birth_date"] is None:
        return BIRTH_DATE_MISSING
    return WAITS
