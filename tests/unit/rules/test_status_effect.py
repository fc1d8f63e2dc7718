import itertools
from typing import Any

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.errors import ConfigurationError
from hit_pipeline.rules.status_effect import (
    ATTENDED,
    effect_table,
    impossible_pairs,
    is_possible,
    parse_effects,
    status_effects,
)
from hit_pipeline.tables.vocabulary import ATTENDANCE, MINUTE_BUCKETS, SESSION_STATES

EFFECTS = {(one.session_state, one.attendance): one for one in status_effects()}
PAIRS = list(itertools.product(SESSION_STATES, ATTENDANCE))


def _toml(changes: dict[tuple[str, str], str | None] | None = None) -> str:
    """Return a whole table in which every pair is possible, with some entries changed."""
    lines = []
    for state in SESSION_STATES:
        lines.append(f"[{state}]")
        for attendance in ATTENDANCE:
            there = attendance in ATTENDED
            word = str(there).lower()
            bucket = "delivered" if attendance == "present" else "unknown"
            plain = f'{{scheduled=true, delivered={word}, attended={word}, bucket="{bucket}"}}'
            entry = (changes or {}).get((state, attendance), plain)
            lines += [f"{attendance} = {entry}"] if entry is not None else []
    return "\n".join(lines)


def test_every_pair_has_exactly_one_effect() -> None:
    assert len(status_effects()) == len(PAIRS) == 64
    assert set(EFFECTS) == set(PAIRS)


@given(st.sampled_from(PAIRS))
def test_attended_is_delivered_and_delivered_is_scheduled(pair: tuple[str, str]) -> None:
    effect = EFFECTS[pair]
    assert effect.counts_attended <= effect.counts_delivered <= effect.counts_scheduled
    assert effect.bucket in MINUTE_BUCKETS


@given(st.sampled_from(PAIRS))
def test_a_pair_that_cannot_occur_counts_as_nothing_and_says_why(pair: tuple[str, str]) -> None:
    effect = EFFECTS[pair]
    assert effect.possible == (pair not in impossible_pairs())
    assert bool(effect.reason) == (not effect.possible)
    if not effect.possible:
        counts = (effect.counts_scheduled, effect.counts_delivered, effect.counts_attended)
        assert counts == (False, False, False)
        assert effect.bucket == "unknown"


@given(st.sampled_from(PAIRS))
def test_nobody_attends_a_session_that_was_not_held(pair: tuple[str, str]) -> None:
    state, attendance = pair
    held = state in {"completed", "unknown"}
    assert EFFECTS[pair].counts_attended == (held and attendance in ATTENDED)


def test_a_session_the_vendor_or_the_school_calls_off_stays_scheduled_and_is_lost_to_them() -> None:
    for state, bucket in (
        ("cancelled_provider", "cancelled_vendor"),
        ("cancelled_school", "cancelled_school"),
        ("tutor_no_show", "tutor_absent"),
    ):
        effect = EFFECTS[state, "not_expected"]
        assert (effect.counts_scheduled, effect.counts_delivered) == (True, False)
        assert effect.bucket == bucket


def test_a_moved_session_is_due_at_its_new_time_only() -> None:
    assert not any(EFFECTS["rescheduled", attendance].counts_scheduled for attendance in ATTENDANCE)


def test_a_student_who_came_although_the_tutor_did_not_has_no_dosage() -> None:
    effect = EFFECTS["tutor_no_show", "present"]
    assert effect.possible
    assert not effect.counts_attended


def test_the_rows_say_what_the_entries_say() -> None:
    connection = ibis.duckdb.connect()
    rows = connection.to_pyarrow(effect_table()).to_pylist()
    assert len(rows) == 64
    for row in rows:
        effect = EFFECTS[row["session_state"], row["attendance"]]
        assert row == {name: getattr(effect, name) for name in row}


def test_possible_is_said_of_rows_and_a_blank_counts_as_unknown() -> None:
    pairs = [*PAIRS, (None, "present"), ("completed", None), (None, None)]
    rows = ibis.memtable({"s": [s for s, _ in pairs], "a": [a for _, a in pairs]})
    told = ibis.duckdb.connect().to_pyarrow(rows.mutate(ok=is_possible(rows.s, rows.a)))
    for row in told.to_pylist():
        assert row["ok"] == EFFECTS[row["s"] or "unknown", row["a"] or "unknown"].possible


def _mistakes(text: str) -> list[Any]:
    with pytest.raises(ConfigurationError) as caught:
        parse_effects(text, "mine.toml")
    return list(caught.value.mistakes)


def test_a_whole_table_is_read() -> None:
    effects = parse_effects(_toml({("scheduled", "present"): '{impossible="why"}'}), "mine.toml")
    assert len(effects) == 64
    assert [one.reason for one in effects if not one.possible] == ["why"]


def test_a_missing_pair_is_named() -> None:
    (mistake,) = _mistakes(_toml({("completed", "late"): None}))
    assert mistake.where == "completed.late"
    assert "missing" in mistake.problem


def test_every_mistake_is_reported_at_once_with_its_line() -> None:
    text = _toml(
        {
            ("completed", "present"): '{scheduled=true, delivered=true, bucket="delivered"}',
            ("scheduled", "late"): '{impossible=""}',
        }
    )
    found = _mistakes(text + '\n[postponed]\npresent = {impossible="x"}')
    places = {mistake.where: mistake.line for mistake in found}
    lines = text.splitlines()
    assert places["completed.present"] is not None
    assert lines[places["completed.present"] - 1].startswith("present = {scheduled=true, delivered")
    assert {"completed.present", "scheduled.late", "postponed"} == set(places)


@pytest.mark.parametrize(
    "entry",
    [
        '{scheduled=true, delivered=false, attended=true, bucket="unknown"}',
        '{scheduled=false, delivered=true, attended=false, bucket="unknown"}',
        '{scheduled=true, delivered=true, attended=true, bucket="unknown"}',
        '{scheduled=true, delivered=true, attended=false, bucket="delivered"}',
        '{scheduled=true, delivered=true, attended=false, bucket="elsewhere"}',
        '{scheduled=1, delivered=true, attended=false, bucket="unknown"}',
        '{scheduled=true, delivered=true, attended=false, bucket="unknown", impossible="x"}',
        '"no"',
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(entry: str) -> None:
    (mistake,) = _mistakes(_toml({("completed", "no_show"): entry}))
    assert mistake.where == "completed.no_show"


def test_an_unknown_attendance_is_refused_and_the_valid_ones_listed() -> None:
    found = _mistakes(_toml().replace("\nlate =", "\ntardy =", 1))
    by_place = {mistake.where: mistake for mistake in found}
    assert set(by_place) == {f"{SESSION_STATES[0]}.late", f"{SESSION_STATES[0]}.tardy"}
    assert tuple(by_place[f"{SESSION_STATES[0]}.tardy"].valid) == ATTENDANCE


def test_text_that_is_not_toml_is_one_mistake() -> None:
    assert len(_mistakes("[completed")) == 1
