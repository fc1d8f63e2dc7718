"""A vendor whose rows may not all be there, or are asked for row by row."""

from collections.abc import Mapping, Sequence
from typing import Any

from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.landing.store import deliveries
from tests.unit.sources.serving import Answering, Reply, as_json, serving
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.vendor_bench import CHILD, PAGE, Make, contract, numbered, paged


class TestWhatIsNotWhole:
    """A crawl that may lack rows never becomes a delivery."""

    def test_fewer_rows_than_counted(self, vendor: Make) -> None:
        answer = paged(numbered(12))
        with serving(lambda one: _counted(answer(one), 13)) as served:
            one = vendor(served, contract(PAGE % ', total = "header:X-Total"', 'path = "rows"'))
            failure = one.failed()
            assert isinstance(failure, TransientSourceError)
            assert "12 rows came of 13" in str(failure)
            assert len(served.asked) == 9

    def test_a_page_that_comes_again_and_again(self, vendor: Make) -> None:
        with serving(lambda _: as_json(numbered(10))) as served:
            one = vendor(served, contract(PAGE % "", 'path = "rows"'))
            assert "the same page" in str(one.failed())
            assert len(served.asked) == 6

    def test_a_cursor_that_comes_again(self, vendor: Make) -> None:
        numbers = iter(range(99))

        def answer(_: Request) -> Reply:
            return as_json({"rows": [{"id": str(next(numbers))}], "next": "again"})

        paging = 'paging = { by = "cursor", parameter = "c", next = "next" }'
        with serving(answer) as served:
            one = vendor(served, contract(paging, 'path = "rows"', records="rows"))
            assert "same next page" in str(one.failed())
            assert len(served.asked) == 6

    def test_no_list_where_rows_should_be(self, vendor: Make) -> None:
        with serving(lambda _: as_json({"error": "an Ada of ours"})) as served:
            one = vendor(served, contract("", 'path = "rows"', records="rows"))
            failure = one.failed()
            assert "no list of rows at 'rows'" in str(failure)
            assert "Ada" not in str(failure)

    def test_an_order_that_changes_until_it_holds_still(self, vendor: Make) -> None:
        orders = [numbered(20), numbered(20)[10:] + numbered(20)[:10]]
        turns = iter([0, 1, 1, 1, 1, 1, 1])

        def answer(asked: Request) -> Reply:
            return paged(orders[next(turns)])(asked)

        with serving(answer) as served:
            one = vendor(served, contract(PAGE % "", 'path = "rows"'))
            one.asked.landed()
            assert sorted(one.ids()) == [row["id"] for row in numbered(20)]
            assert len(set(one.ids())) == 20

    def test_rows_a_vendor_says_twice_are_taken_when_they_are_twice_there(
        self, vendor: Make
    ) -> None:
        rows = [*numbered(12), numbered(12)[0]]
        with serving(paged(rows)) as served:
            one = vendor(served, contract(PAGE % "", 'path = "rows"'))
            one.asked.landed()
            assert len(one.ids()) == 13
            assert len(served.asked) == 6

    def test_an_answer_as_full_as_one_can_be(self, vendor: Make) -> None:
        rest = 'paging = { by = "none", most = 10 }'
        with serving(lambda _: as_json(numbered(10))) as served:
            assert isinstance(
                vendor(served, contract(rest, 'path = "rows"')).failed(), PermanentSourceError
            )


def _counted(reply: Reply, total: int) -> Reply:
    return Reply(reply.body, reply.status, {"X-Total": str(total)})


class TestRowsOfRows:
    def _serve(self, parents: Sequence[Any], children: Mapping[str, list[Any]]) -> Answering:
        def answer(asked: Request) -> Reply:
            if asked.path == "/v1/parents":
                return as_json(parents)
            parent = asked.target.split("/")[3]
            return as_json(children[parent]) if parent in children else Reply(b"", 404)

        return answer

    def _contract(self, parents: str = 'path = "parents"') -> str:
        return contract("", parents, CHILD, names=("parents", "children"))

    def test_are_asked_for_once_each_and_know_whose_they_are(self, vendor: Make) -> None:
        parents = [{"id": "a/1"}, {"id": 2}, {"id": "3"}, {"id": "a/1"}, {"id": None}]
        children = {"a%2F1": [{"id": "x"}, {"id": "y"}], "2": [{"id": "z"}]}
        with serving(self._serve(parents, children)) as served:
            one = vendor(served, self._contract())
            one.asked.landed()
            got = [(row["parents.id"], row["id"]) for row in one.rows("children")]
            assert got == [("a/1", "x"), ("a/1", "y"), ("2", "z")]
            assert served.paths.count("/v1/parents") == 2  # a row came twice: looked at again
            assert len(served.asked) == 5
            (delivery,) = deliveries(one.asked.lake, "sis")
            (note,) = [n for n in delivery.findings if n.rule == "pull.no_parent_id"]
            assert (note.file, note.count) == ("children", 1)

    def test_go_with_the_rows_that_changed(self, vendor: Make) -> None:
        since = 'path = "parents"\nsince = { parameter = "since", column = "changed" }'
        changed = "2026-11-03T00:00:00Z"
        everything = [{"id": "1", "changed": changed}, {"id": "2", "changed": changed}]

        def answer(asked: Request) -> Reply:
            parents = everything[1:] if "since" in asked.query else everything
            return self._serve(parents, {"1": [{"id": "x"}], "2": [{"id": "y"}]})(asked)

        with serving(answer) as served:
            one = vendor(served, self._contract(since))
            one.asked.landed()
            one.asked.later(days=1)
            one.asked.landed()
            assert one.asked.modes() == {
                "parents": [("bulk", 2), ("delta", 1)],
                "children": [("bulk", 2), ("delta", 1)],
            }
            one.asked.later(days=7)
            one.asked.landed()
            assert one.asked.modes()["children"][-1] == ("bulk", 2)

    def test_are_asked_for_with_their_parents_when_only_they_are_wanted(self, vendor: Make) -> None:
        with serving(self._serve([{"id": "1"}], {"1": [{"id": "x"}]})) as served:
            one = vendor(served, self._contract(), resources=["children"])
            one.asked.landed()
            assert one.ids("parents") == ["1"]
            assert one.ids("children") == ["x"]
