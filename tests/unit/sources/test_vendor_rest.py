"""A vendor asked as its contract says: pages of every kind, searches, places and statuses."""

import json
from collections.abc import Callable

import pytest

from hit_pipeline.errors import PermanentSourceError
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.serving import Reply, as_json, serving
from tests.unit.sources.vendor_bench import (
    PAGE,
    Make,
    contract,
    numbered,
    paged,
)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 35])
@pytest.mark.parametrize("first", [0, 1])
def test_numbered_pages_are_asked_for_until_one_is_empty(
    vendor: Make, count: int, first: int
) -> None:
    with serving(paged(numbered(count), first=first)) as served:
        text = contract(PAGE % f", first = {first}", 'path = "rows"')
        one = vendor(served, text)
        one.asked.landed()
        if count:
            assert one.ids() == [row["id"] for row in numbered(count)]
        full = -(-count // 10)
        assert [int(query["page"]) - first for query in served.queries] == list(range(full + 1))


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (9, 1), (10, 2), (11, 2), (20, 3)])
def test_a_total_spares_the_page_that_would_be_empty(
    vendor: Make, count: int, requests: int
) -> None:
    with serving(paged(numbered(count), total=True)) as served:
        one = vendor(served, contract(PAGE % ', total = "header:X-Total"', 'path = "rows"'))
        one.asked.landed()
        assert len(served.asked) == requests


def test_a_server_that_gives_fewer_rows_than_asked_for_loses_none(vendor: Make) -> None:
    with serving(paged(numbered(23), most=7)) as served:
        one = vendor(served, contract(PAGE % "", 'path = "rows"'))
        one.asked.landed()
        assert one.ids() == [row["id"] for row in numbered(23)]


def test_the_page_size_of_the_settings_keeps_below_the_largest(vendor: Make) -> None:
    with serving(paged(numbered(3))) as served:
        vendor(
            served, contract(PAGE % ", most = 80", 'path = "rows"'), page_size=500
        ).asked.landed()
        assert served.queries[0]["size"] == "80"


def test_offsets_move_by_the_rows_that_came(vendor: Make) -> None:
    rows = numbered(23)

    def answer(asked: Request) -> Reply:
        begin = int(asked.query["skip"])
        return as_json({"data": {"list": rows[begin : begin + 7], "count": 23}})

    paging = 'paging = { by = "offset", parameter = "skip", total = "data.count" }'
    with serving(answer) as served:
        one = vendor(served, contract(paging, 'path = "rows"', records="data.list"))
        one.asked.landed()
        assert one.ids() == [row["id"] for row in rows]
        assert [query["skip"] for query in served.queries] == ["0", "7", "14", "21", "23"]


CURSORS: dict[str, tuple[str, Callable[[Request], str | None]]] = {
    "body": ('parameter = "after", next = "meta.next"', lambda one: one.query.get("after")),
    "header": (
        'parameter = "header:X-Token", next = "header:X-Token"',
        lambda one: one.headers.get("X-Token"),
    ),
}


@pytest.mark.parametrize("where", CURSORS)
def test_cursors_are_followed_from_body_and_header(vendor: Make, where: str) -> None:
    words, sent = CURSORS[where]
    pages: dict[str | None, tuple[list[str], str | None]]
    pages = {None: (["a", "b"], "t 1&"), "t 1&": ([], "t2"), "t2": (["c"], None)}

    def answer(asked: Request) -> Reply:
        ids, following = pages[sent(asked)]
        headers = {"X_Token": following} if following else {}
        return as_json({"rows": [{"id": i} for i in ids], "meta": {"next": following}}, **headers)

    with serving(answer) as served:
        text = contract(f'paging = {{ by = "cursor", {words} }}', 'path = "rows"', records="rows")
        one = vendor(served, text)
        one.asked.landed()
        assert one.ids() == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["whole", "rooted", "query"])
@pytest.mark.parametrize("where", ["header", "body"])
def test_links_are_followed_without_showing_our_key(vendor: Make, form: str, where: str) -> None:
    def answer(asked: Request) -> Reply:
        assert asked.query["key"] == "our-key"
        number = int(asked.query.get("n", 0))
        base = {"whole": f"{served.address}/v1/rows", "rooted": "/v1/rows", "query": ""}[form]
        link = f"{base}?n={number + 1}&key=our-key&a=%C3%A4" if number < 2 else None
        headers = {"Link": f'<{link}>; rel="next", <x>; rel="prev"'} if link else {}
        data = {"rows": [{"id": str(number)}], "next": None if where == "header" else link}
        return as_json(data, **(headers if where == "header" else {}))

    words = "" if where == "header" else ', next = "next"'
    rest = f'auth = "api_key"\nkey_parameter = "key"\npaging = {{ by = "link"{words} }}'
    with serving(answer) as served:
        one = vendor(served, contract(rest, 'path = "rows"', records="rows"), token="our-key")
        one.asked.bring()
        heads = (one.asked.lake.landing / ".pulls/sis/pull/rows.pages.jsonl").read_bytes()
        if where == "header":
            assert b"our-key" not in heads
        one.asked.landed()
        assert one.ids() == ["0", "1", "2"]
        assert [query.get("a") for query in served.queries] == [None, "ä", "ä"]


def test_a_link_to_another_host_is_refused(vendor: Make) -> None:
    def answer(_: Request) -> Reply:
        return as_json([{"id": "1"}], Link='<https://elsewhere.example/rows>; rel="next"')

    with serving(answer) as served:
        one = vendor(served, contract('paging = { by = "link" }', 'path = "rows"'))
        assert isinstance(one.failed(), PermanentSourceError)
        assert len(served.asked) == 1


def test_a_search_is_posted_page_by_page(vendor: Make) -> None:
    def answer(asked: Request) -> Reply:
        body = json.loads(asked.body)
        assert body["filter"] == {"kind": "lesson"}
        assert asked.query == {"account": "a 1"}
        number = body["page"]["number"]
        assert body["page"]["size"] == 2
        return as_json({"rows": numbered(5)[number * 2 : number * 2 + 2]})

    request = """method = "POST"
path = "search"
query = { account = "{account}" }
body = { filter = { kind = "lesson" } }

[files.rows.request.paging]
by = "page"
parameter = "page.number"
first = 0
size_parameter = "page.size"
size = 2
"""
    with serving(answer) as served:
        text = contract("", request, records="rows")
        one = vendor(served, text, parameters={"account": "a 1"})
        one.asked.landed()
        assert len(one.ids()) == 5


def test_a_place_the_settings_do_not_fill_is_named(vendor: Make) -> None:
    with serving(paged([])) as served:
        one = vendor(served, contract("", 'path = "{account}/rows"'))
        failure = one.failed()
        assert "sources.sis.rest.parameters.account" in str(failure)
        assert not served.asked


def test_a_place_is_quoted_in_a_path(vendor: Make) -> None:
    with serving(lambda _: as_json([{"id": "1"}])) as served:
        text = contract("", 'path = "of/{account}/rows"')
        vendor(served, text, parameters={"account": "a/../b?c"}).asked.landed()
        assert served.asked[0].target == "/v1/of/a%2F..%2Fb%3Fc/rows"


@pytest.mark.parametrize(
    ("status", "stated"), [(404, "[404]"), (204, "[204]"), (409, "[204, 409]")]
)
def test_a_status_that_means_nothing_is_no_failure(vendor: Make, status: int, stated: str) -> None:
    with serving(lambda _: Reply(b"", status)) as served:
        one = vendor(served, contract("", f'path = "rows"\nnothing = {stated}'))
        one.asked.landed()
        assert one.asked.modes() == {"rows": [("bulk", 0)]}


@pytest.mark.parametrize("status", [404, 204, 409])
def test_a_status_that_does_not_is(vendor: Make, status: int) -> None:
    with serving(lambda _: Reply(b"", status)) as served:
        vendor(served, contract("", 'path = "rows"')).failed()


def test_objects_in_rows_become_columns_and_lists_stay_whole(vendor: Make) -> None:
    row = {"id": 7, "note": {"by": {"name": "ä\\n"}, "n": 1.50, "all": [1, None]}, "changed": None}
    with serving(lambda _: Reply(str(as_json([row]).body, "ascii").encode("utf-16"))) as served:
        one = vendor(served, contract("", 'path = "rows"'))
        one.asked.landed()
        (got,) = one.rows()
        assert (got["id"], got["note.by.name"], got["note.n"]) == ("7", "ä\\n", "1.5")
        assert (got["note.all"], got["changed"]) == ("[1, null]", None)


def test_a_file_the_contract_does_not_ask_for_is_named(vendor: Make) -> None:
    with serving(paged([])) as served:
        one = vendor(served, contract("", 'path = "rows"'), resources=["lines"])
        assert "Valid for sources.sis.rest.resources: rows" in str(one.failed())


def test_looking_asks_for_a_first_page_of_each_file(vendor: Make) -> None:
    with serving(paged(numbered(3))) as served:
        one = vendor(served, contract(PAGE % "", 'path = "rows"\nquery = { page = "1" }'))
        assert one.look() == {"connection": True, "clock": True, "rows": True}
