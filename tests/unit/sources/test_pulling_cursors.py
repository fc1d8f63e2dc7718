"""Cursors move with a delivery that is landed, and with nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hit_pipeline.landing.hold import approve
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.settings import Blackout, District
from hit_pipeline.sources.adapters import adapter, transport
from hit_pipeline.sources.pull.pulling import cursors, refresh
from tests.unit.sources.asked import NIGHT, Asked
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.serving import Reply, serving
from tests.unit.sources.vendor_bench import PAGE, Make, Vendor, contract, numbered, paged

SINCE = 'path = "rows"\nsince = { parameter = "since", column = "changed" }'
CHANGED = contract(PAGE % "", SINCE)
FIRST, SECOND = "2026-11-01T08:00:00+00:00", "2026-11-02T08:00:00+00:00"


def dated(rows: int, changed: str) -> list[dict[str, Any]]:
    return [{**row, "changed": changed} for row in numbered(rows)]


@pytest.fixture
def changing(vendor: Make) -> Iterator[Callable[..., Vendor]]:
    """Return what makes a district whose vendor's rows a test changes between nights."""
    serves: list[dict[str, Any]] = dated(3, FIRST)

    def answer(asked: Request) -> Reply:
        return paged(serves)(asked)

    with serving(answer) as served:

        def make(**stated: Any) -> Vendor:
            one: Vendor = vendor(served, CHANGED, look_back_hours=0, **stated)
            one.serves = serves
            return one

        yield make


class Dark(Asked):
    """A district whose rosters are held on the first night."""

    @property
    def district(self) -> District:
        night = Blackout(start=NIGHT.date(), end=NIGHT.date())
        return super().district.model_copy(update={"blackouts": (night,)})


def first_since(one: Vendor) -> list[str | None]:
    """Return since when each pull asked."""
    return [query.get("since") for query in one.served.queries if query["page"] == "1"]


class TestCursors:
    def test_they_are_those_of_the_newest_landed_delivery(self, changing: Any) -> None:
        one = changing()
        one.asked.landed()
        one.serves[:] = dated(2, SECOND)
        one.asked.later(days=1)
        one.asked.landed()
        assert cursors(one.asked.lake, "sis") == {"rows": SECOND}
        one.asked.later(days=1)
        one.asked.landed()
        assert first_since(one) == [None, "2026-11-01T08:00:00Z", "2026-11-02T08:00:00Z"]

    def test_they_do_not_move_before_anything_is_landed(self, changing: Any) -> None:
        one = changing()
        assert one.asked.bring() is None
        assert cursors(one.asked.lake, "sis") == {}

    def test_a_crash_between_landing_and_clearing_away_lands_nothing_twice(
        self, changing: Any
    ) -> None:
        one = changing()
        assert one.asked.bring() is None
        district, now = one.asked.district, one.asked.now
        reader = adapter(district, "sis", now)
        (arrival,) = transport(district, "sis", now).arrivals(reader)
        land(one.asked.engine, one.asked.lake, arrival, reader, district=district)
        assert cursors(one.asked.lake, "sis") == {"rows": FIRST}
        one.asked.later(hours=1)
        one.asked.landed()
        assert len(deliveries(one.asked.lake, "sis")) == 1
        assert not (one.asked.lake.landing / ".pulls/sis/pull").exists()

    def test_a_refused_delivery_moves_none_and_is_asked_for_again(self, changing: Any) -> None:
        one = changing()
        kept = list(one.serves)
        one.serves[:] = [{"number": row["id"], "changed": SECOND} for row in kept]
        (refused,) = one.asked.night().deliveries
        assert refused.status == "refused"
        assert cursors(one.asked.lake, "sis") == {}
        one.serves[:] = kept
        one.asked.later(days=1)
        one.asked.landed()
        assert first_since(one) == [None, None]
        assert cursors(one.asked.lake, "sis") == {"rows": FIRST}

    def test_a_held_delivery_moves_none_until_it_is_approved(self, changing: Any) -> None:
        one = changing()
        told = {**one.asked.source, "kind": "roster"}
        one.asked = Dark(one.asked.engine, one.asked.folder, told)
        (held,) = one.asked.night().deliveries
        assert held.status == "held"
        one.asked.later(days=1)
        one.asked.night()
        assert first_since(one) == [None, None]
        assert cursors(one.asked.lake, "sis") == {}
        approve(held, "us", "looked at", one.asked.now)
        assert cursors(one.asked.lake, "sis") == {"rows": FIRST}

    def test_a_night_without_changes_lands_nothing(self, changing: Any) -> None:
        one = changing()
        one.asked.landed()
        one.serves.clear()
        one.asked.later(days=1)
        assert one.asked.landed().deliveries == ()
        assert cursors(one.asked.lake, "sis") == {"rows": FIRST}

    def test_asking_for_a_refresh_asks_for_everything_and_forgets_nothing(
        self, changing: Any
    ) -> None:
        one = changing()
        for asks_again in (False, False, True):
            if asks_again:
                refresh(one.asked.lake, "sis", ["rows"])
            one.asked.landed()
            one.asked.later(days=1)
        assert first_since(one) == [None, "2026-11-01T08:00:00Z", None]
        assert cursors(one.asked.lake, "sis") == {"rows": FIRST}

    @pytest.mark.parametrize(("days", "whole"), [(0, [0, 1, 2, 3]), (2, [0, 2]), (9, [0])])
    def test_everything_is_asked_for_again_after_so_many_days(
        self, changing: Any, days: int, whole: list[int]
    ) -> None:
        one = changing(full_every_days=days)
        for _ in range(4):
            one.asked.landed()
            one.asked.later(days=1)
        assert [i for i, since in enumerate(first_since(one)) if since is None] == whole
