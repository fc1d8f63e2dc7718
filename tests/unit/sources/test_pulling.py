"""A pull breaks off anywhere and goes on, and one that is whole waits to be landed.

The service behind is a vendor's, asked as a contract of the test says; real HTTP on loopback.
"""

import errno
import multiprocessing
import os
import queue
import signal
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import LakeBusy, SourceError, TransientSourceError
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.sources.adapters import adapter, transport
from hit_pipeline.sources.pull.pages import Pages
from hit_pipeline.sources.pull.pulling import RECORD, read_pull
from tests.unit.sources.asked import Asked
from tests.unit.sources.serving import Answering, Reply, Served, as_json, busy, serving
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.vendor_bench import PAGE, Make, Vendor, contract, numbered, paged

SINCE = 'path = "rows"\nsince = { parameter = "since", column = "changed" }'
ALL = contract(PAGE % "", 'path = "rows"')
FIRST = "2026-11-01T08:00:00+00:00"


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


@pytest.mark.parametrize("lost", ["rows.pages.jsonl", ".rows.whole.json", "nothing"])
def test_a_crash_while_a_pull_is_cleared_away_leaves_nothing_in_the_way(
    vendor: Make, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    def crash(folder: Path, **_: Any) -> None:
        (folder / lost).unlink(missing_ok=True)
        raise KeyboardInterrupt

    with serving(paged(numbered(12))) as served:
        one: Vendor = vendor(served, ALL)
        with monkeypatch.context() as patch:
            assert one.asked.bring() is None
            reader = adapter(one.asked.district, "sis", one.asked.now)
            way = transport(one.asked.district, "sis", one.asked.now)
            (arrival,) = way.arrivals(reader)
            asked = one.asked
            got = land(asked.engine, asked.lake, arrival, reader, district=asked.district)
            patch.setattr("hit_pipeline.sources.pull.pulling.shutil.rmtree", crash)
            with pytest.raises(KeyboardInterrupt):
                way.done(arrival, got)
        one.asked.later(days=1)
        one.asked.landed()
        assert len(deliveries(one.asked.lake, "sis")) == 1
        assert not (one.asked.lake.landing / ".pulls/sis/pull").exists()


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
    with serving(lambda _: as_json([{**row, "changed": FIRST} for row in numbered(2)])) as served:
        one: Vendor = vendor(served, contract("", SINCE))
        assert one.asked.bring() is None
        folder = one.asked.lake.landing / ".pulls/sis/pull"
        part = read_pull(folder)["rows"]
        assert (folder / RECORD).exists()
        assert (part.mode, part.rows, part.cursor) == ("bulk", 2, FIRST)
