from typing import Any

import pytest

from hit_pipeline.sources.oneroster.rest_cells import cells, roles
from hit_pipeline.sources.oneroster.rest_objects import RESOURCES
from tests.unit.sources.oneroster_rows import objects, tables


def test_references_and_lists_become_the_columns_of_csv() -> None:
    row = cells(
        "classes",
        {
            "sourcedId": "k1",
            "title": "",
            "grades": ["09", "10"],
            "course": {"href": "/courses/c1", "sourcedId": "c1", "type": "course"},
            "school": {"type": "org", "sourcedId": "s1"},
            "terms": [{"type": "academicSession", "sourcedId": "f"}, {"sourcedId": "p"}],
            "subjects": None,
            "periods": [1, None, "2"],
            "metadata": {"edfi": {"resource": "sections"}},
        },
    )
    assert row == {
        "sourcedId": "k1",
        "title": "",
        "grades": "09,10",
        "courseSourcedId": "c1",
        "schoolSourcedId": "s1",
        "termSourcedIds": "f,p",
        "subjects": None,
        "periods": "1,2",
        "metadata": {"edfi": {"resource": "sections"}},
    }


def test_a_user_of_1_1_keeps_role_and_organisations() -> None:
    row = cells(
        "users",
        {
            "sourcedId": "u1",
            "role": "student",
            "orgs": [{"sourcedId": "s1"}, "s2"],
            "agents": [],
            "userIds": [{"type": "Local", "identifier": "0007"}, {"type": "x", "identifier": None}],
            "enabledUser": True,
            "password": "",
        },
    )
    assert (row["role"], row["orgSourcedIds"], row["agentSourcedIds"]) == ("student", "s1,s2", None)
    assert (row["userIds"], row["enabledUser"]) == ("{Local:0007}", True)
    assert "password" not in row


def test_names_that_differ_between_the_bindings_are_those_of_csv() -> None:
    row = cells(
        "users",
        {
            "preferredFirstName": "Nan",
            "preferredLastName": None,
            "preferredFamilyName": "Oak",
            "primaryOrg": "s1",
        },
    )
    assert row == {
        "preferredGivenName": "Nan",
        "preferredFamilyName": "Oak",
        "primaryOrgSourcedId": "s1",
    }


def test_roles_of_1_2_become_rows_that_know_their_user() -> None:
    user: dict[str, Any] = {
        "sourcedId": "u1",
        "status": "active",
        "dateLastModified": "2026-09-01T05:00:00.000Z",
        "roles": [
            {
                "roleType": "primary",
                "role": "student",
                "org": {"sourcedId": "s1"},
                "beginDate": "2026-08-17",
                "userProfile": "p1",
            },
            {"roleType": "secondary", "role": "aide", "org": {"sourcedId": "s2"}},
            "odd",
        ],
    }
    first, second = roles(user)
    assert first == {
        "sourcedId": "u1/student/s1/2026-08-17",
        "status": "active",
        "dateLastModified": "2026-09-01T05:00:00.000Z",
        "userSourcedId": "u1",
        "roleType": "primary",
        "role": "student",
        "beginDate": "2026-08-17",
        "endDate": None,
        "orgSourcedId": "s1",
        "userProfileSourcedId": "p1",
    }
    assert (second["sourcedId"], second["orgSourcedId"]) == ("u1/aide/s2/", "s2")
    assert "roles" not in cells("users", user)


def test_numbers_that_must_not_be_kept_do_not_hide_among_user_ids() -> None:
    row = cells(
        "users",
        {"userIds": [{"type": "SSN", "identifier": "9"}, {"type": "State", "identifier": "8"}]},
    )
    assert row == {"userIds.SSN": "9", "userIds": "{State:8}"}


def test_an_enrollment_without_an_id_is_known_by_class_user_and_role() -> None:
    one = {"class": {"sourcedId": "k1"}, "user": "u1", "role": "student", "schoolYear": "2027"}
    row = cells("enrollments", one)
    assert row["sourcedId"] == "k1/u1/student"
    assert (row["classSourcedId"], row["userSourcedId"]) == ("k1", "u1")


@pytest.mark.parametrize(
    ("file", "column"), [("courses", "schoolYearSourcedId"), ("academic_sessions", "schoolYear")]
)
def test_a_school_year_is_a_reference_of_courses_and_a_year_of_sessions(
    file: str, column: str
) -> None:
    assert cells(file, {"schoolYear": "2027"}) == {column: "2027"}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_every_cell_of_a_district_comes_back_as_csv_has_it(version: str) -> None:
    given = tables(100, version)
    served = objects(given)
    for file, one in RESOURCES.items():
        for row, wanted in zip(served[one.path], given[one.path], strict=True):
            filled = {name: cell for name, cell in wanted.items() if cell not in (None, "")}
            made = cells(file, row)
            assert {name: made.get(name) for name in filled} == filled, file
            assert set(made) - set(filled) <= {"status", "dateLastModified"}
    made_roles = sum(len(list(roles(one))) for one in served["users"])
    assert made_roles == len(given.get("roles", []))
