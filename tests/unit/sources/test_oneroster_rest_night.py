"""One district delivered as CSV and asked for by REST: the same people, schools and enrollments."""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.builders import STEPS, build
from hit_pipeline.engine import Engine
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.inputs import school_years
from hit_pipeline.tables.catalog import TABLES
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked, small, user
from tests.unit.sources.oneroster_manners import Manners
from tests.unit.sources.oneroster_rows import bundle, objects, tables
from tests.unit.sources.oneroster_service import Service

Rows = Counter[tuple[tuple[str, Any], ...]]
TYPED = (
    "typed_school",
    "typed_term",
    "typed_course",
    "typed_section",
    "typed_student",
    "typed_staff",
    "typed_demographics",
    "typed_section_enrollment",
)
ROSTER = (
    "school",
    "term",
    "course",
    "section",
    "student_attribute",
    "student",
    "staff",
    "calendar_day",
    "school_enrollment",
    "section_enrollment",
)


@dataclass
class Nights:
    """A district on a night, by CSV and by REST."""

    csv: Asked
    rest: Asked


@pytest.fixture(scope="module", params=["1.1", "1.2"])
def nights(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Nights:
    version, folder = request.param, tmp_path_factory.mktemp("nights")
    given = tables(100, version)
    dropped = Asked(engine, folder / "csv", {"adapter": "oneroster_csv", "kind": "roster"})
    inbox = folder / "csv" / "inbox" / "sis"
    inbox.mkdir(parents=True)
    bundle(given, version, inbox / "roster.zip")
    os.utime(inbox / "roster.zip", (dropped.now.timestamp() - 3600,) * 2)
    base = "/ims/oneroster/" + ("v1p1" if version == "1.1" else "rostering/v1p2")
    manners = Manners(base=base, most=50, total=None, nulls=True, busy=9, sort="refused")
    with Service(objects(given), manners).running() as service:
        (folder / "rest").mkdir()
        pulled = asked(engine, folder / "rest", service, version, page_size=1000)
        for one in (dropped, pulled):
            one.landed()
            one.typed()
    return Nights(dropped, pulled)


def _content(rows: list[Mapping[str, Any]]) -> Rows:
    """Return rows as they are said, without where they stood and keys drawn by lot."""
    return Counter(
        tuple(
            (name, str(value))
            for name, value in sorted(row.items())
            if not name.startswith("_") and not name.endswith("_key") and name != "created_at"
        )
        for row in rows
    )


def _typed(district: Asked, name: str) -> Rows:
    with district.context() as context:
        rows = context.typed(name)
        return _content(district.engine.collect(rows).to_pylist())


@pytest.mark.parametrize("name", TYPED)
def test_rest_says_what_csv_says(nights: Nights, name: str) -> None:
    found = _typed(nights.rest, name)
    assert found == _typed(nights.csv, name)
    assert found


def _built(district: Asked) -> dict[str, Rows]:
    """Resolve who is who and build the roster's tables."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    with district.context() as context:
        resolve(context)
        for step in (one for one in STEPS if one.table.name in ROSTER):
            for year in school_years(context) if step.table.partitioned else [None]:
                build(replace(context, school_year=year), step)
                part = context.lake.promote(step.table, year, {})
                rows = district.engine.collect(district.engine.read([part], step.table))
                found.setdefault(step.table.name, []).extend(rows.to_pylist())
    return {name: _content(rows) for name, rows in found.items()}


def test_a_whole_night_ends_in_the_same_roster(nights: Nights) -> None:
    by_csv, by_rest = _built(nights.csv), _built(nights.rest)
    assert set(by_rest) == {name for name in ROSTER if name in TABLES}
    for name, rows in by_csv.items():
        assert by_rest[name] == rows, name
    assert by_rest["student"].total() > 80


def _at(number: int, school: str) -> dict[str, Any]:
    """Return a pupil as the user some servers make of each school a pupil is at."""
    own = hashlib.md5(f"{number}-{school}".encode(), usedforsecurity=False).hexdigest()
    role = {"roleType": "primary", "role": "student", "org": {"sourcedId": school}}
    ids = [{"type": "studentUniqueId", "identifier": f"{number:07d}"}]
    said = {"sourcedId": own, "username": "", "roles": [role], "userIds": ids}
    return user(number, **said, grades=["Tenth grade"])


@pytest.mark.parametrize("has_identifier", [True, False])
@pytest.mark.parametrize("has_birth_date", [True, False])
def test_a_pupil_who_is_a_user_at_each_school_becomes_one_student(
    engine: Engine, tmp_path: Path, *, has_birth_date: bool, has_identifier: bool
) -> None:
    served = small()
    served["users"] = [_at(number, school) for number in range(1, 6) for school in ("s1", "s2")]
    served["demographics"] = [
        {"sourcedId": one["sourcedId"], "birthDate": f"2010-0{int(one['identifier'])}-01"}
        for one in served["users"]
        if has_birth_date
    ]
    for one in served["users"]:
        if not has_identifier:
            del one["identifier"]
    with Service(served).running() as service:
        district = asked(engine, tmp_path, service)
        district.landed()
    students = district.table("typed_student")
    assert {row["grade"] for row in students} == {"10"}
    assert len({row["student_record_id"] for row in students}) == 10
    with district.context() as context:
        report = resolve(context)
    assert report.created == {"student": 5}
    assert {one.outcome for one in report.decisions} <= {"match"} | {"no_match"}
