from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import NotServed, PermanentSourceError, TransientSourceError
from hit_pipeline.sources.adapters import transport
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked, found, names_in, only, small, users_of
from tests.unit.sources.oneroster_manners import Manners
from tests.unit.sources.oneroster_service import KEY, SECRET, Service


@pytest.fixture
def running() -> Iterator[Service]:
    with Service(small(8)).running() as service:
        yield service


@pytest.fixture
def district(engine: Engine, tmp_path: Path, running: Service) -> Asked:
    return asked(engine, tmp_path, running)


@pytest.mark.parametrize("what", ["missing", "forbidden"])
def test_an_optional_resource_is_let_go_and_told(
    district: Asked, running: Service, what: str
) -> None:
    setattr(running.manners, what, frozenset({"demographics", "courses"}))
    delivery = only(district.landed())
    rule = {"missing": "oneroster.not_served", "forbidden": "oneroster.not_permitted"}[what]
    assert [one.file for one in found(delivery, rule)] == ["courses", "demographics"]
    assert len(names_in(district, delivery)) == 8


@pytest.mark.parametrize(
    ("what", "error"), [("missing", NotServed), ("forbidden", PermanentSourceError)]
)
@pytest.mark.parametrize("path", ["users", "orgs"])
def test_users_and_organisations_are_needed(
    district: Asked, running: Service, path: str, what: str, error: type[Exception]
) -> None:
    setattr(running.manners, what, frozenset({path}))
    got = district.night()
    assert isinstance(got.failure, error)
    assert f"/{path}" in str(got.failure)
    assert not got.deliveries


def test_a_service_without_a_user_is_no_roster(district: Asked, running: Service) -> None:
    district.landed()
    running.objects["users"] = []
    district.later(days=8)
    got = district.night()
    assert isinstance(got.failure, TransientSourceError)
    assert not got.deliveries


def test_fewer_rows_than_stated_take_nobody_away(district: Asked, running: Service) -> None:
    district.landed()
    del running.objects["users"][3]
    running.manners.total = 4
    district.later(days=8)
    delivery = only(district.landed())
    assert users_of(delivery).mode == "delta"
    assert [one.count for one in found(delivery, "oneroster.count") if one.file == "users"] == [4]


def test_only_the_resources_named_are_asked_for(engine: Engine, tmp_path: Path) -> None:
    with Service(small()).running() as service:
        district = asked(engine, tmp_path, service, resources=["orgs", "academicSessions", "users"])
        district.landed()
        assert set(service.counts) == {"orgs", "academicSessions", "users"}
        wrong = asked(engine, tmp_path, service, resources=["pupils"])
        assert "pupils" in str(wrong.night().failure)


def test_a_look_says_what_may_be_read(engine: Engine, tmp_path: Path, running: Service) -> None:
    running.manners = Manners(auth="oauth2", forbidden=frozenset({"demographics"}))
    running.manners.missing = frozenset({"courses"})
    district = asked(
        engine,
        tmp_path,
        running,
        auth="oauth2",
        token_url=f"{running.address}/token",
        client_id=KEY,
        client_secret=SECRET,
    )
    looks = {one.what: one for one in transport(district.district, "sis", district.now).look()}
    assert all(one.ok for one in looks.values())
    assert looks["users"].seen == "may be read, 8 rows in all by its word"
    assert looks["enrollments"].seen == "has no row, 0 rows in all by its word"
    assert "scope" in looks["demographics"].seen
    assert "does not have /courses" in looks["courses"].seen
    running.manners.forbidden = frozenset({"users"})
    looks = {one.what: one for one in transport(district.district, "sis", district.now).look()}
    assert not looks["users"].ok
    district.source["rest"]["client_secret"] = "other"
    found_out = list(transport(district.district, "sis", district.now).look())
    assert [one.ok for one in found_out] == [False]
    assert "invalid_client" in found_out[0].seen


def test_a_pull_that_broke_off_goes_on_with_the_resource_it_stopped_at(
    district: Asked, running: Service
) -> None:
    running.manners.broken = dict.fromkeys(range(running.number + 8, running.number + 20), "cut")
    assert isinstance(district.night().failure, TransientSourceError)
    running.manners.broken = {}
    before = running.counts
    district.later(hours=1)
    delivery = only(district.landed())
    assert running.counts["orgs"] == before["orgs"]
    assert delivery.rows == 2 + 1 + 8 + 8 + 1
    district.later(hours=1)
    assert district.now - delivery.received_at == timedelta(hours=1)
