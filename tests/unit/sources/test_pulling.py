"""A pull breaks off anywhere and goes on; cursors move with what is durable, and with nothing else.

The service behind is a vendor's, asked as a contract of the test says; real HTTP on loopback.
"""

import errno
import json
import multiprocessing
import os
import queue
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.errors import LakeBusy, SourceError, TransientSourceError
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.sources.adapters import adapter, transport
from hit_pipeline.sources.pulling import RECORD, Pages, cursors, read_pages, read_pull, refresh
from tests.unit.sources.asked import Asked
from tests.unit.sources.serving import Answering, Reply, Served, as_json, busy, serving
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.vendor_bench import PAGE, Make, Vendor, contract, numbered, paged

SINCE = 'path = "rows"\nsince = { parameter = "since", column = "changed" }'
ALL = contract(PAGE % "", 'path = "rows"')
CHANGED = contract(PAGE % "", SINCE)
FIRST, SECOND = "2026-11-01T08:00:00+00:00", "2026-11-02T08:00:00+00:00"


class TestPages:
    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_pages_torn_at_any_byte_are_those_before_and_go_on(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        bodies = data.draw(st.lists(st.dictionaries(st.text(), st.text()), min_size=1, max_size=4))
        path = tmp_path_factory.mktemp("pages") / "rows.jsonl"
        pages = Pages(path)
        for number, body in enumerate(bodies):
            pages.add(
                {"at": number},
                json.dumps(body, indent=data.draw(st.sampled_from([0, None]))).encode(),
            )
        whole = path.read_bytes()
        at = data.draw(st.integers(0, len(whole)))
        behind = data.draw(st.sampled_from([b"", b"\0\0\0", b"\0\n", b"half\n"]))
        path.write_bytes(whole[:at] + behind)
        again = Pages(path)
        kept = whole[:at].count(b"\n")
        assert [one["at"] for one in again.asked] == list(range(kept))
        for number in range(kept, len(bodies)):
            again.add({"at": number}, json.dumps(bodies[number]).encode())
        assert [(head["at"], body) for head, body in read_pages(path)] == list(enumerate(bodies))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_a_body_in_any_encoding_of_json_is_kept(self, tmp_path: Path, encoding: str) -> None:
        pages = Pages(tmp_path / "rows.jsonl")
        body = [{"name": "Ærø \n \u2028"}]
        pages.add({}, json.dumps(body, ensure_ascii=False).encode(encoding))
        assert list(pages.bodies()) == [body]
        assert Pages(pages.path).asked == [{}]

    def test_the_first_ones_can_be_kept(self, tmp_path: Path) -> None:
        pages = Pages(tmp_path / "rows.jsonl")
        for number in range(5):
            pages.add({"at": number}, b"[%d]" % number)
        pages.keep(2)
        pages.add({"at": 9}, b"[9]")
        assert list(pages.bodies()) == [[0], [1], [9]]
        assert Pages(pages.path).asked == pages.asked == [{"at": 0}, {"at": 1}, {"at": 9}]


def _bring(folder: Path, source: dict[str, Any]) -> None:
    """Ask in a process of its own; what fails ends it with a status."""
    with Engine.open() as engine:
        failure = Asked(engine, folder, source).bring()
    raise SystemExit(0 if failure is None else 3)


@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_a_pull_whose_process_is_killed_goes_on_where_it_stopped(vendor: Make, at: int) -> None:
    rows, victim = numbered(75), queue.Queue[int]()

    def answer(asked: Request) -> Reply:
        if len(served.asked) == at:
            os.kill(victim.get(timeout=60), signal.SIGKILL)
        return paged(rows)(asked)

    with serving(answer) as served:
        one: Vendor = vendor(served, ALL)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.unit.sources.test_pulling"])
        process = context.Process(target=_bring, args=(one.asked.folder, dict(one.asked.source)))
        process.start()
        assert process.pid is not None
        victim.put(process.pid)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        one.asked.landed()
        assert one.ids() == [row["id"] for row in rows]
        assert [int(query["page"]) for query in served.queries] == [
            *range(1, at + 1),
            *range(at, 10),
        ]


def broken(vendor: Make, served: Served, **stated: Any) -> Vendor:
    """Return a district whose pull broke off after its second page."""
    one: Vendor = vendor(served, ALL, retries=0, **stated)
    assert isinstance(one.asked.bring(), TransientSourceError)
    return one


def breaking(rows: list[dict[str, Any]]) -> Answering:
    """Serve pages; the third request fails."""
    numbers = iter(range(1, 100))
    return lambda asked: busy(503) if next(numbers) == 3 else paged(rows)(asked)


def asked_after(served: Served) -> list[str]:
    """Return the pages asked for after the failure."""
    return [query["page"] for query in served.queries[3:]]


class TestGoingOn:
    def test_a_pull_goes_on_the_next_night(self, vendor: Make) -> None:
        with serving(breaking(numbered(25))) as served:
            one = broken(vendor, served)
            one.asked.later(hours=11)
            one.asked.landed()
            assert asked_after(served) == ["3", "4"]

    def test_one_that_is_too_old_begins_anew(self, vendor: Make) -> None:
        with serving(breaking(numbered(25))) as served:
            one = broken(vendor, served)
            one.asked.later(hours=13)
            one.asked.landed()
            assert asked_after(served) == ["1", "2", "3", "4"]
            assert len(one.ids()) == 25

    @pytest.mark.parametrize("changed", [{"page_size": 5}, {"parameters": {"a": "b"}}])
    def test_settings_that_change_begin_anew(self, vendor: Make, changed: Any) -> None:
        with serving(breaking(numbered(25))) as served:
            broken(vendor, served)
            vendor(served, ALL, **changed).asked.landed()
            assert asked_after(served)[0] == "1"

    def test_a_contract_that_changes_begins_anew(self, vendor: Make) -> None:
        with serving(breaking(numbered(25))) as served:
            broken(vendor, served)
            vendor(served, contract(PAGE % ", most = 500", 'path = "rows"')).asked.landed()
            assert asked_after(served)[0] == "1"

    @pytest.mark.parametrize("changed", [{"retries": 9}, {"timeout_seconds": 7}, {"token": "x"}])
    def test_settings_that_do_not_matter_go_on(self, vendor: Make, changed: Any) -> None:
        with serving(breaking(numbered(25))) as served:
            broken(vendor, served)
            vendor(served, ALL, **changed).asked.landed()
            assert asked_after(served)[0] == "3"

    def test_what_is_whole_waits_to_be_landed_and_nobody_is_asked(self, vendor: Make) -> None:
        with serving(paged(numbered(3))) as served:
            one: Vendor = vendor(served, ALL)
            for _ in range(3):
                assert one.asked.bring() is None
            assert len(served.asked) == 2
            one.asked.landed()
            assert len(one.ids()) == 3


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


def test_the_same_answers_land_nothing(vendor: Make) -> None:
    with serving(paged(numbered(12))) as served:
        one: Vendor = vendor(served, ALL)
        for _ in range(3):
            one.asked.landed()
            one.asked.later(days=1)
        assert len(deliveries(one.asked.lake, "sis")) == 1
        assert len(served.asked) == 9


def test_a_disk_that_is_full_is_told_and_gone_on_from(
    vendor: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write is made to fail: a file system of a few pages is not to be had in a test."""
    add = Pages.add

    def full(pages: Pages, asked: Any, body: bytes) -> None:
        if len(pages.asked) == 2:
            with pages.path.open("ab") as handle:
                handle.write(b'{"page":{"at"')
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add(pages, asked, body)

    with serving(paged(numbered(25))) as served:
        one: Vendor = vendor(served, ALL)
        monkeypatch.setattr(Pages, "add", full)
        failure = one.failed()
        assert isinstance(failure, TransientSourceError)
        assert "No space left on device" in str(failure)
        monkeypatch.undo()
        one.asked.landed()
        assert len(one.ids()) == 25
        assert [query["page"] for query in served.queries] == ["1", "2", "3", "3", "4"]


def test_one_process_at_a_time_asks_a_source(vendor: Make) -> None:
    with serving(paged(numbered(3))) as served:
        one: Vendor = vendor(served, ALL)
        asking = one.asked.lake.lease("another night", one.asked.now, name="asking-sis")
        with asking, pytest.raises(LakeBusy, match="another night"):
            one.asked.bring()
        assert not served.asked


def test_a_secret_that_is_not_set_keeps_nothing_from_being_landed(vendor: Make) -> None:
    with serving(paged(numbered(3))) as served:
        rest = f'auth = "bearer"\n{PAGE % ""}'
        one: Vendor = vendor(served, contract(rest, 'path = "rows"'), token="t")
        assert one.asked.bring() is None
        without: Vendor = vendor(served, contract(rest, 'path = "rows"'))
        got = without.asked.night()
        assert [delivery.status for delivery in got.deliveries] == ["landed"]
        without.asked.later(days=1)
        failure = without.asked.bring()
        assert isinstance(failure, SourceError)
        assert "HIT_SOURCES__SIS__REST__TOKEN" in str(failure)


def test_a_pull_says_what_its_parts_are(vendor: Make) -> None:
    with serving(lambda _: as_json(dated(2, FIRST))) as served:
        one: Vendor = vendor(served, contract("", SINCE))
        assert one.asked.bring() is None
        folder = one.asked.lake.landing / ".pulls/sis/pull"
        part = read_pull(folder)["rows"]
        assert (folder / RECORD).exists()
        assert (part.mode, part.rows, part.cursor) == ("bulk", 2, FIRST)
