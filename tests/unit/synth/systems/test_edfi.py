"""The Ed-Fi resources: whole JSON, complete keys, references that lead somewhere."""

import json
from typing import Any

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems import edfi
from hit_pipeline.synth.systems.json_text import lists, objects, present, quoted
from tests.unit.synth.systems.roster_nights import enrolled, night, zone

NIGHT = night("2025-11-14")
REQUIRED = {
    "schools": {"schoolId", "nameOfInstitution", "gradeLevels", "educationOrganizationCategories"},
    "students": {"studentUniqueId", "firstName", "lastSurname", "birthDate"},
    "studentSchoolAssociations": {
        "entryDate",
        "entryGradeLevelDescriptor",
        "schoolReference",
        "studentReference",
    },
    "studentEducationOrganizationAssociations": {
        "educationOrganizationReference",
        "studentReference",
    },
    "staffs": {"staffUniqueId", "firstName", "lastSurname"},
    "sections": {"sectionIdentifier", "courseOfferingReference"},
    "studentSectionAssociations": {"beginDate", "sectionReference", "studentReference"},
    "calendarDates": {"date", "calendarEvents", "calendarReference"},
}


def resources() -> dict[str, list[dict[str, Any]]]:
    """Return the resources of a night as their reader sees them."""
    return {
        sheet.file.removesuffix("_z0000.json"): [
            json.loads(cell) for cell in sheet.rows["json"].to_pylist()
        ]
        for sheet in edfi.sheets(zone(), NIGHT)
    }


def test_every_resource_has_its_required_properties_and_ids_of_its_own() -> None:
    found = resources()
    assert set(found) == set(REQUIRED)
    for name, rows in found.items():
        assert rows
        assert len({row["id"] for row in rows}) == len(rows)
        assert all(REQUIRED[name] <= set(row) for row in rows), name


def test_references_lead_to_resources_of_the_same_night() -> None:
    found = resources()
    pupils = {row["studentUniqueId"] for row in found["students"]}
    schools = {row["schoolId"] for row in found["schools"]}
    sections = {row["sectionIdentifier"] for row in found["sections"]}
    for name in ("studentSchoolAssociations", "studentEducationOrganizationAssociations"):
        assert {row["studentReference"]["studentUniqueId"] for row in found[name]} == pupils
    for row in found["studentSectionAssociations"]:
        assert row["studentReference"]["studentUniqueId"] in pupils
        assert row["sectionReference"]["sectionIdentifier"] in sections
    assert {row["calendarReference"]["schoolId"] for row in found["calendarDates"]} == schools


def test_open_enrolments_are_those_of_truth_in_the_active_year_alone() -> None:
    rows = resources()["studentSchoolAssociations"]
    still_open = [row for row in rows if "exitWithdrawDate" not in row]
    expected = enrolled(zone(), "2025-11-14")
    assert len(still_open) == sum(len(spells) for spells in expected.values())
    assert {row["schoolYearTypeReference"]["schoolYear"] for row in rows} == {2026}


def test_rows_carry_the_person_whose_state_id_they_show() -> None:
    people = zone().students
    owner = dict(zip(people.state_id, people.person, strict=True))
    for sheet in edfi.sheets(zone(), NIGHT):
        for cell, person in zip(sheet.rows["json"].to_pylist(), sheet.person, strict=True):
            row = json.loads(cell)
            if sheet.role == "student":
                key = row.get("studentUniqueId") or row["studentReference"]["studentUniqueId"]
                assert owner[key] == person


def test_a_pupil_has_one_state_and_one_district_number() -> None:
    people = zone().students
    numbers = {*people.number, *people.number_new}
    for row in resources()["studentEducationOrganizationAssociations"]:
        systems = [
            one["studentIdentificationSystemDescriptor"].rsplit("#")[1]
            for one in row["studentIdentificationCodes"]
        ]
        assert systems == ["State", "District"]
        assert row["studentIdentificationCodes"][1]["identificationCode"] in numbers


def test_json_text_survives_quotes_gaps_and_empty_lists() -> None:
    names = pa.array(['O"Neil', "back\\slash", None])
    made = objects(
        3,
        {
            "name": quoted(names),
            "tags": lists(
                present(np.array([True, False, False]), quoted(pa.array(["a", "b", "c"]))),
                present(np.array([True, True, False]), quoted(pa.array(["d", "e", "f"]))),
            ),
        },
    )
    assert [json.loads(cell) for cell in made.to_pylist()] == [
        {"name": 'O"Neil', "tags": ["a", "d"]},
        {"name": "back\\slash", "tags": ["e"]},
        {},
    ]
