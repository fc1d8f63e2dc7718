from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.sources.oneroster.rest import objects
from hit_pipeline.sources.pull.pages import Pages
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked, found, small, user
from tests.unit.sources.oneroster_service import Service


@pytest.fixture
def running() -> Iterator[Service]:
    with Service(small()).running() as service:
        yield service


@pytest.fixture
def district(engine: Engine, tmp_path: Path, running: Service) -> Asked:
    return asked(engine, tmp_path, running)


def _land(district: Asked) -> Delivery:
    (delivery,) = district.landed().deliveries
    return delivery


def _rows(district: Asked, delivery: Delivery, name: str) -> list[dict[str, Any]]:
    (path,) = [file.path for file in delivery.files if file.file == name]
    assert path is not None
    rows = district.engine.read([path]).order_by("_row")
    return list(district.engine.collect(rows).to_pylist())


def _kept_anywhere(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_password_is_kept_nowhere(district: Asked, running: Service) -> None:
    profile = {"profileType": "sis", "credentials": [{"type": "x", "password": "hunter-22"}]}
    running.objects["users"][0]["password"] = "hunter-11"
    running.objects["users"][1]["userProfiles"] = [profile]
    running.objects["users"][2]["userIds"] = [{"type": "SSN", "identifier": "hunter-33"}]
    delivery = _land(district)
    assert delivery.scrubbed
    assert {one.column for one in found(delivery, "landing.scrubbed")} >= {"password"}
    assert not _kept_anywhere(district.folder, "hunter-")
    assert "profileType" in str(_rows(district, delivery, "users")[1]["userProfiles"])


def test_blank_passwords_are_no_reason_to_destroy_the_answers(
    district: Asked, running: Service
) -> None:
    for one in running.objects["users"]:
        one["password"] = ""
    delivery = _land(district)
    assert not delivery.scrubbed
    assert list((delivery.folder / "original").rglob("users.jsonl"))


def test_a_row_that_is_none_is_kept_aside_and_takes_nobody_away(
    district: Asked, running: Service
) -> None:
    running.objects["users"] += [
        user(8, familyName="broken\0"),
        user(9, familyName="half \ud800"),
    ]
    delivery = _land(district)
    (users,) = [file for file in delivery.files if file.file == "users"]
    assert (users.rows, users.malformed, users.mode) == (5, 2, "delta")
    assert found(delivery, "oneroster.nothing_removed")
    assert not any("half" in one.detail for one in delivery.findings)


def test_what_is_wrong_with_rows_is_told_as_for_csv(district: Asked, running: Service) -> None:
    running.objects["users"][0]["status"] = "gone"
    running.objects["users"][1]["roles"][0]["org"]["sourcedId"] = "nowhere"
    running.objects["demographics"] = [{"sourcedId": "u00002", "birthDate": "03/02/2014"}]
    del running.objects["academicSessions"][0]["title"]
    delivery = _land(district)
    told = {
        (one.rule, one.file, one.column, one.count)
        for one in delivery.findings
        if one.severity != "info" and one.rule != "oneroster.header_only"
    }
    assert told == {
        ("oneroster.enum", "users", "status", 1),
        ("oneroster.enum", "roles", "status", 1),
        ("oneroster.reference", "roles", "orgSourcedId", 1),
        ("oneroster.date", "demographics", "birthDate", 1),
        ("oneroster.delta_without_lifecycle", "demographics", "", 1),
        ("oneroster.required", "academic_sessions", "title", 1),
    }


def test_metadata_stays_in_columns_and_absent_is_null_like_null(
    district: Asked, running: Service
) -> None:
    running.objects["users"][0] |= {"middleName": None, "metadata": {"a": {"b": 7, "c": ["x"]}}}
    first, second, _ = _rows(district, _land(district), "users")
    assert (first["middleName"], second["middleName"]) == (None, None)
    assert (first["metadata.a.b"], first["metadata.a.c"]) == ("7", '["x"]')
    assert second["metadata.a.b"] is None


def test_enrollments_without_an_id_get_one_each(district: Asked, running: Service) -> None:
    life = {"status": "active", "dateLastModified": "2026-09-01T05:00:00.000Z"}
    running.objects["enrollments"] = [
        {**life, "class": {"sourcedId": "k"}, "user": {"sourcedId": one}, "role": "student"}
        for one in ("u00001", "u00002")
    ]
    running.manners.sort = "ignored"
    rows = _rows(district, _land(district), "enrollments")
    assert [row["sourcedId"] for row in rows] == ["k/u00001/student", "k/u00002/student"]


def test_an_object_that_came_twice_is_read_once_as_it_was_last(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "orgs.jsonl")
    pages.add({"turn": 1}, b'{"orgs": [{"sourcedId": "a", "name": "old"}, {"sourcedId": "b"}]}')
    pages.add({"turn": 2}, b'{"schools": [{"sourcedId": "a", "name": "new"}, {"sourcedId": "c"}]}')
    read = list(objects("orgs", pages.path))
    assert [(one["sourcedId"], one.get("name")) for one in read] == [
        ("b", None),
        ("a", "new"),
        ("c", None),
    ]


def test_the_same_answers_again_are_no_news(district: Asked) -> None:
    first = _land(district)
    district.later(days=8)
    assert not district.landed().deliveries
    assert district.modes() == {file.file: [(file.mode, file.rows)] for file in first.files}
