"""A vendor asked by spans of time, and for what changed since."""

import pytest

from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.serving import Reply, as_json, serving
from tests.unit.sources.vendor_bench import Make, contract, numbered

WINDOW = """path = "rows"
window = { from = "from", to = "to", first_day = "2026-10-01", look_back_days = 3%s }
"""


class TestSpans:
    def test_they_follow_one_another_to_the_end_of_today(self, vendor: Make) -> None:
        with serving(lambda _: as_json([])) as served:
            one = vendor(served, contract("", WINDOW % ", days = 14"))
            one.asked.landed()
            assert [(q["from"], q["to"]) for q in served.queries] == [
                ("2026-10-01", "2026-10-14"),
                ("2026-10-15", "2026-10-28"),
                ("2026-10-29", "2026-11-03"),
            ]

    @pytest.mark.parametrize(
        ("words", "begin", "end"),
        [
            ('ends = "exclusive"', "2026-10-01", "2026-11-04"),
            ('format = "%m/%d/%Y"', "10/01/2026", "11/03/2026"),
            ('format = "iso"', "2026-10-01T00:00:00-05:00", "2026-11-04T00:00:00-06:00"),
            ('format = "iso", zone = "UTC"', "2026-10-01T00:00:00Z", "2026-11-04T00:00:00Z"),
            ('format = "epoch", ahead_days = 1', "1790830800", "1793858400"),
        ],
    )
    def test_they_are_written_as_the_vendor_wants(
        self, vendor: Make, words: str, begin: str, end: str
    ) -> None:
        with serving(lambda _: as_json([])) as served:
            vendor(served, contract("", WINDOW % f", {words}")).asked.landed()
            assert served.queries == [{"from": begin, "to": end}]

    def test_an_increment_looks_back_and_everything_is_asked_for_again_in_time(
        self, vendor: Make
    ) -> None:
        with serving(lambda _: as_json([{"id": "1"}])) as served:
            one = vendor(served, contract("", WINDOW % ""), look_back_hours=0)
            for _ in range(3):
                one.asked.landed()
                one.asked.later(days=4)
            assert [q["from"] for q in served.queries] == ["2026-10-01", "2026-10-31", "2026-10-01"]
            assert [mode for mode, _ in one.asked.modes()["rows"]] == ["bulk", "delta", "bulk"]

    def test_a_span_that_is_full_is_cut_finer(self, vendor: Make) -> None:
        days = [f"2026-10-{i:02d}" for i in range(1, 32)]

        def answer(asked: Request) -> Reply:
            begin, end = asked.query["from"], asked.query["to"]
            return as_json([{"id": day} for day in days if begin <= day <= end][:10])

        rest = 'paging = { by = "none", most = 10 }'
        with serving(answer) as served:
            one = vendor(served, contract(rest, WINDOW % ""))
            one.asked.landed()
            assert one.ids() == days

    def test_a_day_that_is_full_is_told(self, vendor: Make) -> None:
        rest = 'paging = { by = "none", most = 10 }'
        with serving(lambda _: as_json(numbered(10))) as served:
            one = vendor(served, contract(rest, WINDOW % ""))
            assert "as many rows as one can" in str(one.failed())


SINCE = 'path = "rows"\nsince = { parameter = "since", column = "changed"%s }'


class TestIncrements:
    @pytest.mark.parametrize(
        ("words", "changed", "sent"),
        [
            ("", "2026-11-02T10:00:00Z", "2026-11-02T08:00:00Z"),
            ("", "2026-11-02T10:00:00.250+02:00", "2026-11-02T06:00:00Z"),
            (', zone = "America/Chicago"', "2026-11-02 10:00", "2026-11-02T08:00:00-06:00"),
            (', format = "epoch_ms"', 1793613600000, "1793606400000"),
            ("", "2099-01-01T00:00:00Z", "2026-11-03T06:00:00Z"),
        ],
    )
    def test_they_begin_before_the_newest_change_known(
        self, vendor: Make, words: str, changed: object, sent: str
    ) -> None:
        rows = [{"id": "1", "changed": changed}, {"id": "2", "changed": None}]
        with serving(lambda _: as_json(rows)) as served:
            one = vendor(served, contract("", SINCE % words), look_back_hours=2)
            one.asked.landed()
            one.asked.later(days=1)
            one.asked.landed()
            assert served.queries == [{}, {"since": sent}]
            assert [mode for mode, _ in one.asked.modes()["rows"]] == ["bulk", "delta"]

    def test_rows_that_do_not_say_when_they_changed_are_asked_for_whole(self, vendor: Make) -> None:
        with serving(lambda _: as_json([{"id": "1", "changed": "soon"}])) as served:
            one = vendor(served, contract("", SINCE % ""))
            one.asked.landed()
            one.asked.later(days=1)
            one.asked.landed()
            assert served.queries == [{}, {}]
