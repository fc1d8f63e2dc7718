"""The history of match rates: what it counts, that it keeps, and when a fall is seen."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.rates import ENOUGH, match_rate
from hit_pipeline.registry.decision import Answer
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to
from tests.unit.identity.children import IDA, JOSE, MARIA, ROSTER_ROWS, child
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
MANY = [child(5000 + n, f"Given{n}", f"Family{n}", date(2014, 1, 1 + n % 28)) for n in range(60)]


def history(desk: Desk, source: str = "vendor", role: str = "student") -> list[dict[str, Any]]:
    """Return the rows of a source in order, cast as strictly as the lake casts them."""
    built = conform_to(TABLES["match_rate"], match_rate(desk.context))
    rows = desk.context.engine.collect(built).to_pylist()
    keys = [(row["role"], row["source"], row["run"]) for row in rows]
    assert len({*keys}) == len(keys)
    mine = [row for row in rows if (row["source"], row["role"]) == (source, role)]
    return sorted(mine, key=_run)


def _run(row: dict[str, Any]) -> int:
    return int(row["run"])


def numbers(*values: str) -> list[dict[str, Any]]:
    return [{"row_id_source": value, "student_id_district": value} for value in values]


def right(start: int, count: int) -> list[str]:
    return [str(one["student_id_district"]) for one in MANY[start : start + count]]


def wrong(count: int, at: int = 0) -> list[str]:
    return [f"88{number:05d}" for number in range(at, at + count)]


def test_records_are_counted_by_outcome_and_tier_with_the_people_behind_them(
    new_desk: NewDesk,
) -> None:
    desk = new_desk(sis=ROSTER, vendor=VENDOR)
    desk.put("sis", "typed_student", ROSTER_ROWS)
    named = {"student_given_name": "maria", "student_family_name": "LOPEZ"}
    rows = [
        *numbers("0012345", "12345", "7777777"),
        {**named, "birth_date": MARIA["birth_date"]},
        {"student_display_name": "William Stone"},
        {"student_id_district": JOSE["student_id_district"], "student_display_name": "Maria Lopez"},
    ]
    desk.put("vendor", "typed_session_log", rows)
    desk.night()
    (row,) = history(desk)
    assert (row["records"], row["linked"], row["in_review"], row["unmatched"]) == (6, 4, 1, 1)
    assert row["linked_rate"] == pytest.approx(4 / 6)
    assert (row["linked_by_identifier"], row["linked_by_name"], row["linked_by_likelihood"]) == (
        2,
        1,
        1,
    )
    assert (row["contradicted"], row["unknown_identifier"], row["people"]) == (1, 1, 2)
    assert (row["fresh_records"], row["fresh_linked"], row["usual_rate"]) == (6, 4, None)
    assert row["local_date"] == date(2026, 11, 23)
    (roster,) = history(desk, "sis")
    assert roster["linked"] == roster["linked_new"] == roster["people"] == len(ROSTER_ROWS)


def test_what_was_told_of_a_run_stays_and_a_rebuild_tells_the_same(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, vendor=VENDOR)
    desk.put("sis", "typed_student", [MARIA, JOSE])
    desk.put("vendor", "typed_session_log", numbers("0012345", "0030001"))
    desk.night()
    first = history(desk)
    assert [(one["linked"], one["unmatched"]) for one in first] == [(1, 1)]
    desk.put("sis", "typed_student", [MARIA, JOSE, IDA])
    desk.night()
    both = history(desk)
    assert both[0] == first[0]
    assert (both[1]["linked"], both[1]["unmatched"], both[1]["fresh_records"]) == (2, 0, 0)
    assert both[1]["fresh_rate"] is None
    assert both[1]["fall_points"] == pytest.approx(-50)
    desk.context.registry.rebuild()
    assert history(desk) == both
    assert not desk.night().changed
    assert history(desk) == both


def test_counts_agree_with_the_links_the_registry_holds(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, vendor=VENDOR)
    desk.put("sis", "typed_student", ROSTER_ROWS)
    desk.put("vendor", "typed_session_log", numbers("0012345", "0030001", "7777777"))
    desk.night()
    shared = desk.decision("typed_session_log", row_id_source="0030001")
    ida = desk.key("typed_student", student_id_source=IDA["student_id_source"])
    assert ida is not None
    same = Answer(
        role="student",
        source="vendor",
        person_record_id=shared["person_record_id"],
        person_key=ida,
        answer="same",
    )
    (seq,) = desk.context.registry.decide([same], by="Ana Day", now=desk.context.now)
    assert len(history(desk)) == 1  # a steward's answer is told with the next run
    desk.night()
    answered = history(desk)[-1]
    assert (answered["linked"], answered["linked_remembered"], answered["people"]) == (2, 1, 2)
    desk.context.registry.undo(seq, by="Ana Day", now=desk.context.now)
    desk.night()
    for row in (history(desk)[-1],):
        links = desk.context.registry.links("student").to_pylist()
        mine = [one for one in links if one["source"] == "vendor"]
        assert row["records"] == len(mine)
        assert row["linked"] == sum(one["outcome"] == "match" for one in mine)
        assert row["people"] == len({one["person_key"] for one in mine if one["person_key"]})


def test_a_night_that_matches_much_less_than_the_nights_before_is_seen(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, vendor=VENDOR)
    desk.put("sis", "typed_student", MANY)
    values = [*right(0, 20), *wrong(1)]
    desk.put("vendor", "typed_session_log", numbers(*values))
    desk.night()
    values += [*right(20, ENOUGH - 1), *wrong(1, at=1)]
    desk.put("vendor", "typed_session_log", numbers(*values))
    desk.night()
    values += [*right(40, 10), *wrong(10, at=10)]
    desk.put("vendor", "typed_session_log", numbers(*values))
    desk.night()
    rows = history(desk)
    assert [row["is_fallen"] for row in rows] == [False, False, True]
    assert rows[-1]["fresh_rate"] == 0.5
    assert rows[-1]["usual_rate"] == pytest.approx(39 / 41)
    assert rows[-1]["fresh_fall_points"] == pytest.approx(100 * (39 / 41 - 0.5))
    assert [row["is_low"] for row in rows] == [False, False, True]


def test_few_records_prove_nothing(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, vendor=VENDOR)
    desk.put("sis", "typed_student", MANY)
    desk.put("vendor", "typed_session_log", numbers(*right(0, 60)))
    desk.night()
    desk.put("vendor", "typed_session_log", numbers(*right(0, 60), *wrong(2)))
    desk.night()
    newest = history(desk)[-1]
    assert (newest["fresh_records"], newest["fresh_linked"]) == (2, 0)
    assert newest["fresh_fall_points"] == pytest.approx(100)
    assert not newest["is_fallen"]


def test_a_district_without_a_night_has_no_history(tmp_path: Path, engine: Engine) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER})
    assert history(desk, "sis") == []
