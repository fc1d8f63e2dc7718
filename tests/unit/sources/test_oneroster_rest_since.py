from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.landing.collect import Collected
from hit_pipeline.sources.pull.pulling import cursors
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked, found, names_in, only, small, user, users_of
from tests.unit.sources.oneroster_service import Service

LATER = "2026-10-30T12:00:00.000Z"


@pytest.fixture
def running() -> Iterator[Service]:
    with Service(small(8)).running() as service:
        yield service


@pytest.fixture
def district(engine: Engine, tmp_path: Path, running: Service) -> Asked:
    return asked(engine, tmp_path, running)


def _next(district: Asked) -> Collected:
    district.later(days=1)
    return district.landed()


def _names(district: Asked) -> list[str]:
    """Return the family names of everybody who is known."""
    return sorted(str(row["family_name"]) for row in district.table("typed_user"))


def _touch(service: Service, place: int, **more: Any) -> None:
    service.objects["users"][place].update({"dateLastModified": LATER, **more})


def test_the_first_pull_is_everything_and_the_next_what_changed(
    district: Asked, running: Service
) -> None:
    first = only(district.landed())
    assert {file.file: file.mode for file in first.files if file.rows} == {
        "orgs": "bulk",
        "academic_sessions": "bulk",
        "users": "bulk",
        "roles": "bulk",
        "demographics": "bulk",
    }
    _touch(running, 2, familyName="Oak")
    running.asked.clear()
    second = only(_next(district))
    users = users_of(second)
    assert (users.mode, users.cursor) == ("delta", f"{LATER} of 8")
    assert users.rows < 8
    asked_for = [query["filter"] for query in running.queries("users") if "filter" in query]
    assert set(asked_for) == {"dateLastModified>'2026-10-08T05:00:00.008Z'"}
    assert "Oak" in _names(district)
    assert len(_names(district)) == 8


def test_a_resource_that_is_empty_now_takes_nobody_away_and_is_told(
    district: Asked, running: Service
) -> None:
    district.landed()
    running.objects["demographics"] = []
    district.later(days=8)
    delivery = only(district.landed())
    assert "demographics" in {one.file for one in found(delivery, "oneroster.header_only")}
    assert "demographics" not in {file.file for file in delivery.files}


def test_nothing_new_is_noonly(district: Asked, running: Service) -> None:
    running.objects["users"][-1]["dateLastModified"] = "2026-10-20T05:00:00.000Z"
    district.source["rest"]["look_back_hours"] = 0
    district.landed()
    assert not _next(district).deliveries


def test_a_row_marked_as_gone_is_gone_and_one_missing_is_gone_when_all_is_asked_for(
    district: Asked, running: Service
) -> None:
    district.landed()
    _touch(running, 2, status="tobedeleted")
    del running.objects["users"][5]
    _next(district)
    assert len(_names(district)) == 7
    district.later(days=8)
    running.objects["users"].pop(2)
    assert only(district.landed()).files[0].mode == "bulk"
    assert len(_names(district)) == 6


def test_a_role_a_user_has_no_more_is_taken_back_by_an_increment(
    district: Asked, running: Service
) -> None:
    further = {"roleType": "secondary", "role": "student", "org": {"sourcedId": "s2"}}
    running.objects["users"][2]["roles"].append(further)
    district.landed()
    assert [row["school_id_source"] for row in district.table("typed_student")].count("s2") == 1
    running.objects["users"][2]["roles"].pop()
    _touch(running, 2)
    _next(district)
    assert [row["school_id_source"] for row in district.table("typed_student")].count("s2") == 0
    assert len(district.table("typed_student")) == 8


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("ignored", "ignores the filter"),
        ("refused", "refuses the filter"),
        ("nothing", "gives nothing for a filter that every row passes"),
        ("fails", "refuses the filter"),
    ],
)
def test_a_filter_that_is_not_honoured_is_found_out_told_and_remembered(
    district: Asked, running: Service, manner: str, words: str
) -> None:
    running.manners.filter = manner
    first = only(district.landed())
    assert words in [one.detail for one in found(first, "oneroster.asked_whole")][-1]
    del running.objects["users"][3]
    running.asked.clear()
    second = only(_next(district))
    assert not any("filter" in query for _, query in running.asked)
    assert {file.mode for file in second.files if file.rows} == {"bulk"}
    assert len(names_in(district, second)) == 7


@pytest.mark.parametrize("manner", ["ignored", "refused", "nothing", "fails"])
def test_a_server_that_stops_honouring_the_filter_loses_nothing(
    district: Asked, running: Service, manner: str
) -> None:
    district.landed()
    running.manners.filter = manner
    running.objects["users"].append(user(99, dateLastModified="2026-09-02T05:00:00.000Z"))
    del running.objects["users"][0]
    second = only(_next(district))
    assert found(second, "oneroster.asked_whole")
    assert (users_of(second).mode, users_of(second).cursor) == ("bulk", "whole")
    assert len(names_in(district, second)) == 8
    assert "Ruiz99" in names_in(district, second)


def test_a_total_that_knows_no_filter_is_not_believed(district: Asked, running: Service) -> None:
    district.landed()
    running.manners.counts_all = True
    _touch(running, 2, familyName="Oak")
    running.asked.clear()
    second = only(_next(district))
    assert (users_of(second).mode, users_of(second).cursor) == ("delta", f"{LATER} of 8")
    assert not found(second, "oneroster.count")
    assert len(running.queries("users")) == 2


def test_an_increment_as_large_as_everything_is_asked_for_whole(
    district: Asked, running: Service
) -> None:
    district.landed()
    for place in range(8):
        _touch(running, place)
    del running.objects["users"][7]
    running.objects["users"].append(user(9, dateLastModified=LATER))
    second = only(_next(district))
    assert (users_of(second).mode, users_of(second).cursor) == ("bulk", "whole")
    assert len(names_in(district, second)) == 8


def test_rows_without_a_date_are_asked_for_whole(district: Asked, running: Service) -> None:
    del running.objects["users"][4]["dateLastModified"]
    district.landed()
    assert cursors(district.lake, "sis")["users"] == "whole"


def test_a_row_from_the_future_hides_no_change(district: Asked, running: Service) -> None:
    _touch(running, 1, dateLastModified="2050-01-01T00:00:00.000Z")
    district.landed()
    assert cursors(district.lake, "sis")["users"] < "2040"


def test_the_look_back_reads_again_what_was_changed_shortly_before(
    district: Asked, running: Service
) -> None:
    district.source["rest"]["look_back_hours"] = 72
    district.landed()
    assert cursors(district.lake, "sis")["users"] == "2026-10-09T05:00:00.008Z of 8"
    _touch(running, 0, dateLastModified="2026-10-07T06:00:00.000Z", familyName="Late")
    assert "Late" in names_in(district, only(_next(district)))
