"""Values of Ed-Fi resources: descriptors, dates, and the objects that hold one of them."""

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems.cells import joined, lookup, moments
from hit_pipeline.synth.systems.json_text import objects, present, quoted, said
from hit_pipeline.synth.truth.draws import Days, Flags, Ints

_ORDINALS = (
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
)
GRADES = ("Kindergarten", *(f"{nth} grade" for nth in _ORDINALS))
SEXES = {"F": "Female", "M": "Male", "X": "Not Selected"}
RACES = {
    "American Indian or Alaska Native": "American Indian - Alaska Native",
    "Native Hawaiian or Other Pacific Islander": "Native Hawaiian - Pacific Islander",
    "Two or More Races": "Other",
    "Hispanic/Latino": "",
}
EXITS = {
    "Moved within district": "Transferred to a different public school in the same district",
    "Moved out of district": "Transferred to a public school in a different local education agency",
    "Transferred to private school": "Transferred to a private, religiously-affiliated school",
    "Home schooled": "Transferred to home schooling",
}
EVENTS = {
    "instructional": "Instructional day",
    "holiday": "Holiday",
    "teacher_workday": "Teacher only day",
    "closure": "Emergency day",
    "break": "Non-instructional day",
    "summer": "Non-instructional day",
}
LEARNER = ("NotLimited", "Limited")


def date(days: Days) -> pa.Array:
    """Return dates as JSON strings; null for NaT."""
    return quoted(moments(days, "%Y-%m-%d"))


def filled(cells: pa.Array) -> Flags:
    """Return which cells are not empty."""
    return np.asarray(cells.is_valid())


def descriptor(name: str, value: str) -> str:
    """Return the JSON string of one descriptor."""
    return said(f"uri://ed-fi.org/{name}Descriptor#{value}")


def descriptors(name: str, values: pa.Array) -> pa.Array:
    """Return the JSON strings of descriptors of one kind; null for an empty value."""
    return joined(f'"uri://ed-fi.org/{name}Descriptor#', values, '"')


def grade(grades: Ints) -> pa.Array:
    """Return objects that hold a grade; 0 is kindergarten."""
    named = {"gradeLevelDescriptor": descriptors("GradeLevel", lookup(GRADES, grades))}
    return objects(len(grades), named)


def indicator(name: str, flags: Ints) -> pa.Array:
    """Return a yes or no of a name; null where the flag is not recorded."""
    members = {"indicatorName": said(name), "indicator": quoted(lookup(("No", "Yes"), flags))}
    return present(flags >= 0, objects(len(flags), members))


def student_code(system: str, codes: pa.Array) -> pa.Array:
    """Return identification codes of pupils in one system."""
    kind = descriptor("StudentIdentificationSystem", system)
    members = {
        "assigningOrganizationIdentificationCode": said(system),
        "studentIdentificationSystemDescriptor": kind,
        "identificationCode": quoted(codes),
    }
    return objects(len(codes), members)
