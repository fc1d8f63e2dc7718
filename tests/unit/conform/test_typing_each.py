"""Lists in a row: one typed row for each member, and what keeps all of them back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.conform.test_typing import bad, good, left_out, typed

LOG = {"record_level": {"value": "participant"}, "session_id_source": {"from": "_landed_row"}}
JSON = {
    "table": "typed_session_log",
    "each": {"from": "people"},
    "columns": {
        **LOG,
        "student_id_vendor": {"from": "people.id"},
        "student_display_name": {"from": "people.name.full"},
        "present_seconds": {"from": "people.seconds", "unit": "seconds"},
        "topic": {"from": "topic"},
    },
}
LISTS = {
    "table": "typed_session_log",
    "each": {"from": ["Ids", "Minutes"], "split": ";"},
    "columns": {
        **LOG,
        "student_id_vendor": {"from": "Ids"},
        "present_seconds": {"from": "Minutes", "unit": "minutes"},
    },
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def people(*members: Any) -> str:
    return json.dumps(members)


def ids(rows: Sequence[Mapping[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("_row", *names)) for row in rows]


def test_each_object_of_a_list_is_a_row_with_its_own_fields(engine: Engine) -> None:
    cell = people(
        {"id": "0007", "name": {"full": "Day, Ann"}, "seconds": 1800},
        {"id": 12345678901234567890, "name": None, "seconds": None},
    )
    made = typed(engine, JSON, [{"people": cell, "topic": "Fractions"}])
    names = ("student_id_vendor", "student_display_name", "present_seconds", "topic")
    assert ids(good(engine, made), *names) == [
        (1, "0007", "Day, Ann", 1800, "Fractions"),
        (1, "12345678901234567890", None, None, "Fractions"),
    ]
    assert bad(engine, made) == left_out(engine, made) == set()


def test_members_of_one_row_share_the_meeting_the_row_is(engine: Engine) -> None:
    rows = [{"people": people({"id": "a"}, {"id": "b"})}, {"people": people({"id": "a"})}]
    made = good(engine, typed(engine, JSON, rows))
    assert ids(made, "session_id_source") == [(1, "x/x/1"), (1, "x/x/1"), (2, "x/x/2")]


def test_plain_members_are_under_the_header_itself(engine: Engine) -> None:
    feed = {**JSON, "columns": {**LOG, "student_id_vendor": {"from": "people"}}}
    made = typed(engine, feed, [{"people": '["A1", 17, null, " ", "A2"]'}])
    assert ids(good(engine, made), "student_id_vendor") == [(1, "A1"), (1, "17"), (1, "A2")]


def test_lists_in_cells_go_together_member_by_member(engine: Engine) -> None:
    rows: list[dict[str, str | None]] = [
        {"Ids": "A101; A102 ;A103", "Minutes": "45;30;0"},
        {"Ids": "A101;A102;", "Minutes": "45;30"},
        {"Ids": "A101;A102", "Minutes": "45;"},
        {"Ids": "A101", "Minutes": None},
    ]
    made = typed(engine, LISTS, rows)
    assert ids(good(engine, made), "student_id_vendor", "present_seconds") == [
        (1, "A101", 2700),
        (1, "A102", 1800),
        (1, "A103", 0),
        (2, "A101", 2700),
        (2, "A102", 1800),
        (3, "A101", 2700),
        (3, "A102", None),
        (4, "A101", None),
    ]
    assert bad(engine, made) == set()


@pytest.mark.parametrize("cell", [None, "", "  ", "[]", "[null]", "[{}]"])
def test_a_list_without_members_is_not_of_the_feed(engine: Engine, cell: str | None) -> None:
    made = typed(engine, JSON, [{"people": cell, "topic": "x"}])
    assert good(engine, made) == []
    assert bad(engine, made) == set()
    assert left_out(engine, made) == {(1, "feed.none")}


@pytest.mark.parametrize("cell", ["n/a", "[1", '{"id": "a"}', '"a"', "7"])
def test_what_is_no_list_is_refused(engine: Engine, cell: str) -> None:
    made = typed(engine, JSON, [{"people": cell}])
    assert good(engine, made) == []
    assert bad(engine, made) == {(1, "feed.list_unreadable")}
    (found,) = engine.collect(made.bad).to_pylist()
    assert cell not in found["reason"]


def test_lists_of_different_length_are_refused(engine: Engine) -> None:
    made = typed(engine, LISTS, [{"Ids": "A101;A102;A103", "Minutes": "45;30"}])
    assert good(engine, made) == []
    assert bad(engine, made) == {(1, "feed.list_uneven")}


def test_one_member_that_cannot_be_read_keeps_all_of_its_row_back(engine: Engine) -> None:
    rows = [{"Ids": "A1;A2", "Minutes": "45;soon"}, {"Ids": "A1;A2", "Minutes": "45;30"}]
    made = typed(engine, LISTS, rows)
    assert {row["_row"] for row in good(engine, made)} == {2}
    assert bad(engine, made) == {(1, "typed.present_seconds.unparseable")}


def test_a_rule_may_leave_out_some_members_and_the_row_only_with_the_last(engine: Engine) -> None:
    test_student = {"rule": "exclude.test", "from": "Ids", "matches": "^TEST"}
    feed = {**LISTS, "exclude": [test_student]}
    rows: list[dict[str, str | None]] = [
        {"Ids": "A1;TEST1", "Minutes": "45;bad"},
        {"Ids": "TEST1;TEST2;", "Minutes": None},
    ]
    made = typed(engine, feed, rows)
    assert ids(good(engine, made), "student_id_vendor") == [(1, "A1")]
    assert left_out(engine, made) == {(2, "exclude.test")}
    assert bad(engine, made) == set()


def test_a_row_left_out_by_when_is_not_asked_for_its_list(engine: Engine) -> None:
    feed = {**JSON, "when": {"topic": "^group"}}
    made = typed(engine, feed, [{"people": "none", "topic": "single"}])
    assert left_out(engine, made) == {(1, "feed.none")}
    assert bad(engine, made) == set()


MEMBERS = st.lists(st.text(alphabet="Ab1 -'\u00e9", max_size=4), max_size=5)


@settings(max_examples=15)
@given(st.lists(MEMBERS, min_size=1, max_size=6), st.sampled_from([";", "|", " / ", ".", "\n"]))
def test_members_come_in_their_order_and_none_is_lost(
    engine: Engine, lists: list[list[str]], split: str
) -> None:
    columns = {**LOG, "student_id_vendor": {"from": "Ids"}}
    feed = {**LISTS, "each": {"from": "Ids", "split": split}, "columns": columns}
    made = typed(engine, feed, [{"Ids": split.join(one)} for one in lists])
    expected = [
        (place, member.strip())
        for place, one in enumerate(lists, start=1)
        for member in one
        if member.strip()
    ]
    assert ids(good(engine, made), "student_id_vendor") == expected
    as_json = {**feed, "each": {"from": "Ids"}}
    made = typed(engine, as_json, [{"Ids": json.dumps(one)} for one in lists])
    assert ids(good(engine, made), "student_id_vendor") == expected
