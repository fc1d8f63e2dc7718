"""Bodies a production server of OneRoster 1.2 REST answered with, served and pulled again."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.landing.delivery import Delivery
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked, found
from tests.unit.sources.oneroster_manners import Manners
from tests.unit.sources.oneroster_service import Service

PATHS = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "demographics",
    "enrollments",
)


@pytest.fixture(scope="module")
def bodies(samples: Path) -> Mapping[str, list[dict[str, Any]]]:
    """The first pages of the server, by resource."""
    (folder,) = (samples / "oneroster_rest").iterdir()
    listed = {}
    for path in PATHS:
        (body,) = folder.glob(f"{path}*.json")
        listed[path] = json.loads(body.read_text(encoding="utf-8"))[path]
    return listed


@pytest.fixture(scope="module")
def pulled(
    bodies: Mapping[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Asked, Delivery]]:
    """A district that pulled them from a server with the manners of that one."""
    manners = Manners(total=None, most=20)
    with Engine.open() as engine, Service(dict(bodies), manners).running() as service:
        district = asked(engine, tmp_path_factory.mktemp("pulled"), service, page_size=1000)
        (delivery,) = district.landed().deliveries
        district.typed()
        yield district, delivery


def test_every_row_of_every_body_is_landed(
    bodies: Mapping[str, list[dict[str, Any]]], pulled: tuple[Asked, Delivery]
) -> None:
    rows = {file.file: file.rows for file in pulled[1].files}
    assert rows["roles"] == sum(len(one["roles"]) for one in bodies["users"])
    for path in PATHS:
        assert rows["academic_sessions" if path == "academicSessions" else path] == len(
            bodies[path]
        )
    assert {file.mode for file in pulled[1].files} == {"bulk"}
    assert not any(file.malformed for file in pulled[1].files)


def test_natural_keys_stay_as_columns_however_they_are_spelt(
    pulled: tuple[Asked, Delivery],
) -> None:
    headers = {file.file: file.columns for file in pulled[1].files}
    assert "metadata.edfi.naturalKey.schoolid" in headers["classes"]
    assert "metadata.edfi.naturalKey.schoolId" in headers["orgs"]
    assert "metadata.edfi.naturalKey.studentUniqueId" in headers["users"]


def test_dates_that_all_say_the_same_are_not_believed(pulled: tuple[Asked, Delivery]) -> None:
    told = {one.file for one in found(pulled[1], "oneroster.asked_whole")}
    assert told == {file.file for file in pulled[1].files} - {"roles"}


def test_no_row_is_lost_and_none_cannot_be_typed(
    bodies: Mapping[str, list[dict[str, Any]]], pulled: tuple[Asked, Delivery]
) -> None:
    district, delivery = pulled
    state = district.typed()
    assert sum(state.fates.values()) == delivery.rows
    assert state.fates.get("quarantined", 0) == 0
    assert state.tables["typed_section_enrollment"] == len(bodies["enrollments"])
    sections = district.table("typed_section")
    assert all(row["term_ids_source"] for row in sections)


def test_students_have_their_number_grade_and_birth_date(
    bodies: Mapping[str, list[dict[str, Any]]], pulled: tuple[Asked, Delivery]
) -> None:
    students = pulled[0].table("typed_student")
    served = [
        one for one in bodies["users"] if any(role["role"] == "student" for role in one["roles"])
    ]
    assert Counter(row["student_id_district"] for row in students) == Counter(
        one["identifier"] for one in served
    )
    grades = {row["grade"] for row in students}
    assert None not in grades
    births = {one["sourcedId"]: one["birthDate"] for one in bodies["demographics"]}
    known = [row for row in students if row["student_id_source"] in births]
    assert known
    assert all(str(row["birth_date"]) == births[row["student_id_source"]] for row in known)


def test_people_are_as_many_as_their_numbers(pulled: tuple[Asked, Delivery]) -> None:
    district = pulled[0]
    numbers = {row["student_id_district"] for row in district.table("typed_student")}
    with district.context() as context:
        assert resolve(context).created["student"] == len(numbers)
