from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.oneroster.rest_crawl import Question, crawl
from hit_pipeline.sources.oneroster.rest_objects import RESOURCES
from hit_pipeline.sources.oneroster.rest_seen import Crawled
from hit_pipeline.sources.oneroster.rest_service import Service as Client
from hit_pipeline.sources.pull.pages import Pages, read_pages
from tests.unit.sources.oneroster_manners import Manners
from tests.unit.sources.oneroster_service import Service


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with Service({}).running() as service:
        yield service


class Crawl:
    """Crawls the users of a service that has some number of them."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service, self.pages = service, Pages(folder / "users.jsonl")

    def __call__(self, count: int, page_size: int, manners: Manners) -> Crawled:
        self.service.objects = {"users": [{"sourcedId": f"u{n:04d}"} for n in range(count)]}
        return self.again(page_size, manners)

    def again(self, page_size: int, manners: Manners) -> Crawled:
        """Crawl what is served now."""
        self.service.manners, self.service.asked = manners, []
        self.service._orders.clear()
        rest = Rest(
            url=self.service.address + "/ims/oneroster",
            version="1.2",
            auth="none",
            retries=1,
            retry_seconds=0,
        )
        question = Question("sis", "users", RESOURCES["users"], page_size)
        return crawl(Client("sis", rest).get, self.pages, question)

    @property
    def kept(self) -> set[str]:
        """Identities in the pages kept."""
        key = self.service.manners.keys.get("users", "users")
        bodies = [body for _, body in read_pages(self.pages.path)]
        return {one["sourcedId"] for body in bodies for one in body[key]}


@pytest.fixture
def crawled(running: Service, tmp_path: Path) -> Crawl:
    return Crawl(running, tmp_path)


def _all(count: int) -> set[str]:
    return {f"u{n:04d}" for n in range(count)}


MANNERS: dict[str, dict[str, Any]] = {
    "keeps the binding": {},
    "states no total": {"total": None},
    "states too small a total": {"total": -7},
    "clamps the limit in silence": {"most": 5, "total": None},
    "clamps the limit to one row": {"most": 1, "total": None},
    "has nothing past the end": {"past_end": "missing", "total": None},
    "has nothing past the end, and links": {"past_end": "missing", "total": None, "link": "right"},
    "gives the last page past the end": {"past_end": "last", "total": None},
    "gives the last page past the end, with a total": {"past_end": "last"},
    "gives the first page past the end": {"past_end": "first", "total": None},
    "links to the next page": {"link": "right", "total": None},
    "links past rows after clamping": {"link": "wrong", "most": 5, "total": None},
    "links to a host inside": {"link": "elsewhere", "total": None},
    "links by token": {"link": "token", "total": None},
    "links by token, with a total": {"link": "token"},
    "refuses to sort": {"sort": "refused", "total": None},
    "ignores that it shall sort": {"sort": "ignored", "total": None},
    "gives everything whatever is asked": {"limit": False, "offset": False, "total": None},
    "ignores the limit": {"limit": False, "total": None},
    "calls its users students": {"keys": {"users": "students"}, "total": None},
    "calls its users people": {"keys": {"users": "people"}},
    "is busy": {"busy": 3},
}


@pytest.mark.parametrize("count", [0, 1, 2, 10, 23])
@pytest.mark.parametrize("page_size", [1, 10, 1000])
@pytest.mark.parametrize("manner", MANNERS)
def test_every_row_is_received_whatever_the_manners(
    crawled: Crawl, manner: str, page_size: int, count: int
) -> None:
    seen = crawled(count, page_size, Manners(**MANNERS[manner]))
    assert seen.ids == crawled.kept == _all(count)
    assert seen.is_complete


def test_a_well_behaved_server_is_asked_for_each_page_once(crawled: Crawl) -> None:
    crawled(23, 10, Manners())
    offsets = [query["offset"] for query in crawled.service.queries("users")]
    assert offsets == ["0", "10", "20", "23"]
    assert {query["sort"] for query in crawled.service.queries("users")} == {"sourcedId"}


@pytest.mark.parametrize("page_size", [3, 10])
@pytest.mark.parametrize("total", [0, None])
def test_an_order_that_changes_between_pages_loses_nothing(
    crawled: Crawl, total: int | None, page_size: int
) -> None:
    seen = crawled(40, page_size, Manners(sort="ignored", order="changing", total=total))
    assert seen.ids == crawled.kept == _all(40)
    assert seen.turn > 1


@pytest.mark.parametrize("total", [0, None])
def test_a_server_that_ignores_the_offset_is_never_believed(
    crawled: Crawl, total: int | None
) -> None:
    with pytest.raises(TransientSourceError, match=r"`offset`.* 10 rows") as caught:
        crawled(23, 10, Manners(offset=False, total=total))
    assert "page_size" in caught.value.remedy


def test_a_server_that_ignores_the_offset_is_no_matter_when_all_rows_fit(crawled: Crawl) -> None:
    assert crawled(9, 10, Manners(offset=False)).ids == _all(9)


def test_fewer_rows_than_the_server_says_are_never_everything(crawled: Crawl) -> None:
    seen = crawled(23, 10, Manners(total=2))
    assert seen.ids == _all(23)
    assert seen.total == 25
    assert not seen.is_complete
    assert seen.turn == 3


@pytest.mark.parametrize("most", [2, 10**9])
def test_an_order_that_changes_is_met_with_larger_pages(crawled: Crawl, most: int) -> None:
    seen = crawled(12, 2, Manners(sort="ignored", order="changing", total=None, most=most))
    assert seen.ids == _all(12)
    limits = {int(query["limit"]) for query in crawled.service.queries("users")}
    assert max(limits) > 2


@pytest.mark.parametrize("total", [0, None])
def test_rows_that_are_twice_in_the_data_are_no_sign_of_a_changing_order(
    crawled: Crawl, total: int | None
) -> None:
    crawled(23, 10, Manners())
    crawled.pages.clear()
    crawled.service.objects["users"] += [{"sourcedId": "u0004"}, {"sourcedId": "u0009"}]
    seen = crawled.again(10, Manners(total=total))
    assert seen.ids == _all(23)
    assert seen.is_complete
    assert seen.turn == 1


def test_ids_that_differ_every_time_fail_with_counts(crawled: Crawl) -> None:
    service, first = crawled.service, crawled.service.number

    def rename(number: int) -> None:
        for place, one in enumerate(service.objects["users"]):
            one["sourcedId"] = f"{number - first}-{place}"

    service.when = rename
    with pytest.raises(TransientSourceError, match=r"\d+ rows were received in 20 passes"):
        crawled(4, 2, Manners(total=1000))
    service.when = lambda _number: None


def test_a_row_that_goes_during_the_crawl_makes_it_begin_again(crawled: Crawl) -> None:
    service = crawled.service
    begun = service.number

    def remove(number: int) -> None:
        if number == begun + 2:
            del service.objects["users"][0]

    service.when = remove
    seen = crawled(30, 10, Manners())
    service.when = lambda _number: None
    assert seen.ids >= _all(30) - {"u0000"}
    assert seen.turn == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_manners_may_come_together(running: Service, tmp_path: Path, data: st.DataObject) -> None:
    manners = Manners(
        total=data.draw(st.sampled_from([None, 0, -3])),
        link=data.draw(st.sampled_from(["none", "right", "wrong", "elsewhere", "token"])),
        most=data.draw(st.integers(1, 12)),
        past_end=data.draw(st.sampled_from(["empty", "missing", "last", "first"])),
        sort=data.draw(st.sampled_from(["honoured", "refused", "ignored"])),
        busy=data.draw(st.sampled_from([0, 4])),
    )
    count, page_size = data.draw(st.integers(0, 30)), data.draw(st.integers(1, 40))
    crawl = Crawl(running, tmp_path)
    crawl.pages.clear()
    seen = crawl(count, page_size, manners)
    assert seen.ids == crawl.kept == _all(count)
    assert seen.is_complete


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 12), total=st.sampled_from([None, 0]), most=st.integers(1, 9))
def test_a_crawl_that_broke_off_goes_on_where_it_stopped(
    running: Service, tmp_path: Path, cut: int, total: int | None, most: int
) -> None:
    crawl = Crawl(running, tmp_path)
    crawl.pages.clear()
    begun = running.number
    whole = Manners(total=total, most=most)
    faults: dict[int, tuple[int, bytes] | str] = {
        begun + cut: "cut",
        begun + cut + 1: (503, b"{}"),
    }
    try:
        crawl(23, 10, Manners(total=total, most=most, broken=faults))
    except SourceError:
        kept = sum(1 for _ in read_pages(crawl.pages.path))
        assert kept == cut - 1
    seen = Crawl(running, tmp_path)(23, 10, whole)
    assert seen.ids == crawl.kept == _all(23)
    listed = [one["sourcedId"] for _, body in read_pages(crawl.pages.path) for one in body["users"]]
    assert len(listed) == 23
    assert seen.turn == 1


def test_a_message_of_failure_is_no_page_and_may_pass(crawled: Crawl) -> None:
    broken = {crawled.service.number + 1: (200, b'{"imsx_codeMajor": "failure"}')}
    with pytest.raises(TransientSourceError, match="/users"):
        crawled(3, 10, Manners(broken=dict(broken)))


def test_json_that_is_no_page_is_refused_without_its_text(crawled: Crawl) -> None:
    broken = {crawled.service.number + 1: (200, b'{"note": "Ana Ruiz"}')}
    with pytest.raises(PermanentSourceError, match="no page of users") as caught:
        crawled(3, 10, Manners(broken=dict(broken)))
    assert "Ana" not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [(200, b"{}"), (200, b'{"users": null}'), (200, b"[]"), (200, b"null"), (204, b"")]
)
def test_an_absent_or_null_list_is_empty(crawled: Crawl, answer: tuple[int, bytes]) -> None:
    broken: dict[int, tuple[int, bytes] | str] = {crawled.service.number + 1: answer}
    assert not crawled(0, 10, Manners(broken=broken)).ids


def test_half_a_body_and_a_cut_connection_are_tried_again(crawled: Crawl) -> None:
    number = crawled.service.number
    broken: dict[int, tuple[int, bytes] | str] = {
        number + 1: (200, b'{"users": [{"sour'),
        number + 3: "cut",
    }
    assert crawled(23, 10, Manners(broken=broken)).ids == _all(23)
