"""Code lists of the relational student information system: what its coded columns mean."""

from collections.abc import Sequence

import pyarrow as pa

from hit_pipeline.synth.systems.cells import text
from hit_pipeline.synth.systems.roster_view import END_OF_YEAR
from hit_pipeline.synth.truth.draws import Texts
from hit_pipeline.synth.truth.zone import Zone

CODES = {
    "ethnicity": {
        "W": "White",
        "H": "Hispanic/Latino",
        "B": "Black or African American",
        "A": "Asian",
        "I": "American Indian or Alaska Native",
        "P": "Native Hawaiian or Other Pacific Islander",
        "M": "Two or More Races",
    },
    "gender": {"F": "Female", "M": "Male", "X": "Nonbinary"},
    "lunch_status": {"F": "Free or reduced price", "P": "Full price"},
    "enroll_status": {"0": "Enrolled", "2": "Transferred out", "3": "Graduated"},
    "staff_status": {"1": "Teacher", "4": "Administrator"},
    "enrollment_type": {"FT": "Full time", "CO": "Co-enrolled at a second school"},
    "exit_code": {
        "T1": "Moved within district",
        "W1": "Moved out of district",
        "W2": "Transferred to private school",
        "W3": "Home schooled",
        "EY": END_OF_YEAR,
        "OT": "Other",
    },
    "attendance_code": {"AE": "Absent excused", "AU": "Absent unexcused", "TD": "Tardy"},
    "day_type": {
        "IN": "instructional",
        "WE": "weekend",
        "HO": "holiday",
        "BR": "break",
        "TW": "teacher_workday",
        "CL": "closure",
        "SU": "summer",
    },
    "program_status": {"A": "Assigned", "W": "Waitlisted", "D": "Declined", "X": "Exited"},
}
"""Code list -> code -> meaning, as far as it is the same in every district of ours."""


def program_codes(zone: Zone) -> dict[str, str]:
    """Return the codes of the tutoring programs and their names, in the programs' order."""
    return {f"TU{n}": program.name for n, program in enumerate(zone.programs, start=1)}


def codes_of(code_set: str, meanings: Sequence[str]) -> list[str]:
    """Return the code of each meaning; empty for an unknown one."""
    by_meaning = {meaning: code for code, meaning in CODES[code_set].items()}
    return [by_meaning.get(meaning, "") for meaning in meanings]


def coded(code_set: str, meanings: Texts, other: str = "") -> pa.StringArray:
    """Return the code of each meaning; empty for an empty one, ``other`` for an unknown one."""
    by_meaning = {meaning: code for code, meaning in CODES[code_set].items()} | {"": ""}
    return text([by_meaning.get(meaning, other) for meaning in meanings])
