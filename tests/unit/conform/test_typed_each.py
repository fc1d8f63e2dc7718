"""Rows with lists, typed as a source: one fate for a landed row, whatever became of its members."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from tests.unit.conform.typing_bench import TypingBench, delimited

PEOPLE: dict[str, Any] = {
    "table": "typed_session_log",
    "each": {"from": "people"},
    "columns": {
        "record_level": {"value": "participant"},
        "session_id_source": {"from": "id"},
        "started_at_local": {"from": "start"},
        "student_id_vendor": {"from": "people.id"},
        "present_seconds": {"from": "people.minutes", "unit": "minutes"},
        "session_state": {"from": "status", "map": {"done": "completed", "off": "unknown"}},
        "attendance": {"from": "people.came", "map": {"true": "present", "false": "no_show"}},
    },
}
MEETING: dict[str, Any] = {
    "table": "typed_session_log",
    "columns": {
        "record_level": {"value": "meeting"},
        "session_id_source": {"from": "id"},
        "started_at_local": {"from": "start"},
        "session_state": {"from": "status", "map": {"done": "completed", "off": "unknown"}},
    },
}
HEADERS = ("id", "start", "status", "people")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def bench(engine: Engine, folder: Path, *feeds: dict[str, Any]) -> TypingBench:
    file = delimited(HEADERS, *feeds, natural_key=["id"], delivers="increment")
    return TypingBench(engine, folder, {"log": file})


def row(key: str, *people: dict[str, Any], status: str = "done") -> dict[str, str | None]:
    start = "2026-11-02 09:30"
    return {"id": key, "start": start, "status": status, "people": json.dumps(people)}


def came(student: str | None, minutes: object = 30) -> dict[str, Any]:
    return {"id": student, "minutes": minutes, "came": True}


def taken(source: TypingBench) -> list[tuple[str, str | None]]:
    rows = source.typed("typed_session_log")
    return [(one["session_id_source"], one["student_id_vendor"]) for one in rows]


def test_a_row_with_members_is_conformed_once(engine: Engine, tmp_path: Path) -> None:
    source = bench(engine, tmp_path, PEOPLE)
    source.night("log", row("1", came("a"), came("b")), row("2"), row("3", came("a")))
    state = source.build()
    assert taken(source) == [("1", "a"), ("1", "b"), ("3", "a")]
    assert state.fates == {"conformed": 2, "excluded": 1}
    assert source.fates()["log", "d0", 2][:2] == ("excluded", "feed.none")


def test_a_meeting_of_nobody_is_conformed_by_its_other_feed(engine: Engine, tmp_path: Path) -> None:
    source = bench(engine, tmp_path, MEETING, PEOPLE)
    source.night("log", row("1", came("a"), came("b")), row("2", status="off"))
    assert source.build().fates == {"conformed": 2}
    assert taken(source) == [("1", None), ("1", "a"), ("1", "b"), ("2", None)]


@pytest.mark.parametrize("feeds", [(PEOPLE,), (MEETING, PEOPLE)])
@pytest.mark.parametrize(
    ("member", "rule"),
    [
        (came("b", "soon"), "typed.present_seconds.unparseable"),
        (came(None), "session.no_student"),
    ],
)
def test_a_member_that_cannot_be_taken_quarantines_its_row_with_all_the_others(
    engine: Engine, tmp_path: Path, feeds: tuple[dict[str, Any], ...], member: Any, rule: str
) -> None:
    source = bench(engine, tmp_path, *feeds)
    source.night("log", row("1", came("a"), member, came("c")), row("2", came("a")))
    assert source.build().fates == {"conformed": 1, "quarantined": 1}
    assert {key for key, _ in taken(source)} == {"2"}
    assert source.quarantine() == {("log", "d0", 1, rule)}


def test_a_meeting_sent_again_replaces_its_members(engine: Engine, tmp_path: Path) -> None:
    source = bench(engine, tmp_path, PEOPLE)
    source.night("log", row("1", came("a"), came("b")))
    source.night("log", row("1", came("a", 45), came("c")))
    assert source.build().fates == {"conformed": 1, "superseded": 1}
    assert taken(source) == [("1", "a"), ("1", "c")]


@pytest.mark.parametrize("member", [came("b", "soon"), came(None)])
def test_the_version_before_stands_where_a_member_of_the_new_one_cannot_be_taken(
    engine: Engine, tmp_path: Path, member: dict[str, Any]
) -> None:
    source = bench(engine, tmp_path, PEOPLE)
    source.night("log", row("1", came("a")))
    source.night("log", row("1", came("a"), member))
    assert source.build().fates == {"conformed": 1, "quarantined": 1}
    assert taken(source) == [("1", "a")]
    assert source.fates()["log", "d1", 1][0] == "quarantined"
