"""A district whose source ``sis`` asks the OneRoster service of these tests."""

from pathlib import Path
from typing import Any

from hit_pipeline.engine import Engine
from hit_pipeline.landing.collect import Collected
from hit_pipeline.landing.delivery import Delivery, Finding, LandedFile
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_service import Service


def asked(
    engine: Engine, folder: Path, service: Service, version: str = "1.2", **rest: Any
) -> Asked:
    """Return a district that asks a running service; it never waits before it tries again."""
    settings = {"url": f"{service.address}/ims/oneroster", "version": version, "auth": "none"}
    table = {**settings, "retry_seconds": 0, **rest}
    return Asked(engine, folder, {"adapter": "oneroster_rest", "kind": "roster", "rest": table})


def found(delivery: Delivery, rule: str) -> list[Finding]:
    """Return the findings of a rule."""
    return [one for one in delivery.findings if one.rule == rule]


def only(got: Collected) -> Delivery:
    """Return the one delivery of a day."""
    (delivery,) = got.deliveries
    return delivery


def users_of(delivery: Delivery) -> LandedFile:
    """Return the users of a delivery."""
    (users,) = [file for file in delivery.files if file.file == "users"]
    return users


def names_in(district: Asked, delivery: Delivery) -> list[str]:
    """Return the family names in a delivery."""
    path = users_of(delivery).path
    assert path is not None
    rows = district.engine.collect(district.engine.read([path])).to_pylist()
    return [row["familyName"] for row in rows]


def user(number: int, **more: Any) -> dict[str, Any]:
    """Return a student of 1.2 of our own invention."""
    return {
        "sourcedId": f"u{number:05d}",
        "status": "active",
        "dateLastModified": f"2026-10-{1 + number % 28:02d}T05:00:00.{number % 1000:03d}Z",
        "enabledUser": "true",
        "username": f"pupil{number}",
        "givenName": "Ana",
        "familyName": f"Ruiz{number}",
        "identifier": f"{number:07d}",
        "roles": [
            {"roleType": "primary", "role": "student", "org": {"sourcedId": "s1", "type": "org"}}
        ],
        **more,
    }


def small(users: int = 3) -> dict[str, list[dict[str, Any]]]:
    """Return a little roster: two schools, and pupils of the first."""
    life = {"status": "active", "dateLastModified": "2026-09-01T05:00:00.000Z"}
    return {
        "orgs": [
            {
                "sourcedId": one,
                "status": "active",
                "dateLastModified": f"2026-09-0{1 + place}T05:00:00.000Z",
                "name": one.upper(),
                "type": "school",
                "identifier": f"010{place}",
            }
            for place, one in enumerate(("s1", "s2"))
        ],
        "academicSessions": [
            {
                "sourcedId": "y",
                **life,
                "title": "Year",
                "type": "schoolYear",
                "startDate": "2026-08-17",
                "endDate": "2027-05-29",
                "schoolYear": "2027",
            }
        ],
        "courses": [],
        "classes": [],
        "users": [user(number) for number in range(1, users + 1)],
        "enrollments": [],
        "demographics": [
            {"sourcedId": "u00001", **life, "birthDate": "2014-03-02", "sex": "female"}
        ],
    }
