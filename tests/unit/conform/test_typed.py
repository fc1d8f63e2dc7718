"""A source typed: every landed row has one fate, and nothing is built twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.errors import LakeError
from tests.unit.conform.typing_bench import TypingBench, delimited

LOG: dict[str, Any] = {
    "table": "typed_session_log",
    "columns": {
        "record_level": {"value": "participant"},
        "row_id_source": {"from": "Id"},
        "student_id_district": {"from": "Student"},
        "started_at_local": {"from": "Start"},
        "present_seconds": {"from": "Minutes", "unit": "minutes"},
        "session_state": {
            "from": "Status",
            "map": {"Done": "completed", "Off": "cancelled_school"},
        },
        "attendance": {"from": "There", "map": {"Y": "present", "N": "no_show"}},
    },
}
HEADERS = ("Id", "Student", "Start", "Minutes", "Status", "There")
KEYED: dict[str, Any] = {"natural_key": ["Id"], "absence": "removed"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> TypingBench:
    return TypingBench(engine, tmp_path, {"log": delimited(HEADERS, LOG, **KEYED)})


def row(key: str, minutes: str = "30", **given: str | None) -> dict[str, str | None]:
    told = {"Id": key, "Student": f"00{key}", "Start": "2026-11-02 09:30:00", "Minutes": minutes}
    return {**told, "Status": "Done", "There": "Y"} | given


def test_rows_are_typed_and_the_others_quarantined_with_every_reason(log: TypingBench) -> None:
    log.night("log", row("1"), row("2", "long", Start="soon"), row("3", Status="?"))
    state = log.build()
    assert [one["row_id_source"] for one in log.typed("typed_session_log")] == ["1"]
    assert state.fates == {"conformed": 1, "quarantined": 2}
    assert state.landed_rows == 3
    assert log.quarantine() == {
        ("log", "d0", 2, "typed.present_seconds.unparseable"),
        ("log", "d0", 2, "typed.started_at_local.unparseable"),
        ("log", "d0", 3, "map.session_state.unmapped"),
    }
    assert log.fates()["log", "d0", 1] == ("conformed", None, None, None)


def test_a_quarantined_row_is_found_again_by_a_digest_of_no_cell(
    engine: Engine, tmp_path: Path
) -> None:
    prints = []
    for name, cell in (("one", "secret"), ("other", "more")):
        folder = tmp_path / name
        folder.mkdir()
        bench = TypingBench(engine, folder, {"log": delimited(HEADERS, LOG)})
        bench.night("log", row("1", cell), row("1", cell))
        bench.build()
        rows = bench.read("quarantine", "quarantine")
        prints.append({one["row"]: one["fingerprint"] for one in rows})
    assert prints[0] == prints[1]
    assert len(set(prints[0].values())) == 2


def test_a_correction_supersedes_and_a_re_send_repeats(log: TypingBench) -> None:
    log.night("log", row("1"), row("2"))
    log.night("log", row("1", "25"), row("2"))
    log.build()
    found = {one["row_id_source"]: one for one in log.typed("typed_session_log")}
    assert (found["1"]["_delivery_id"], found["1"]["present_seconds"]) == ("d1", 1500)
    assert found["2"]["_delivery_id"] == "d0"
    assert log.fates() == {
        ("log", "d0", 1): ("superseded", "row.superseded", "d1", 1),
        ("log", "d0", 2): ("conformed", None, None, None),
        ("log", "d1", 1): ("conformed", None, None, None),
        ("log", "d1", 2): ("repeated", "row.repeated", "d0", 2),
    }


def test_a_newer_version_that_cannot_be_typed_leaves_the_older_one_standing(
    log: TypingBench,
) -> None:
    log.night("log", row("1"))
    log.night("log", row("1", "half an hour"))
    log.build()
    assert [one["_delivery_id"] for one in log.typed("typed_session_log")] == ["d0"]
    assert log.fates()["log", "d1", 1][0] == "quarantined"
    log.night("log", row("1", "28"))
    log.build()
    assert [one["_delivery_id"] for one in log.typed("typed_session_log")] == ["d2"]
    assert log.quarantine() == set()
    assert log.fates()["log", "d1", 1] == ("superseded", "row.superseded", "d2", 1)


def test_a_newer_version_that_cannot_be_conformed_leaves_the_older_one_standing(
    log: TypingBench,
) -> None:
    log.night("log", row("1"), row("2"))
    log.night("log", row("1", Status="Off", There="Y"), row("2", "20"))
    log.build()
    rows = [(one["_delivery_id"], one["_row"]) for one in log.typed("typed_session_log")]
    assert rows == [("d0", 1), ("d1", 2)]
    assert log.quarantine() == {("log", "d1", 1, "session.status_impossible")}
    assert log.fates()["log", "d1", 1][0] == "quarantined"


def test_what_a_later_full_file_lacks_is_excluded_and_comes_back(log: TypingBench) -> None:
    log.night("log", row("1"), row("2"))
    log.night("log", row("2"))
    log.build()
    assert log.fates()["log", "d0", 1] == ("excluded", "absence.removed", "d1", None)
    log.night("log", row("1"), row("2"))
    log.build()
    assert log.fates()["log", "d0", 1][0] == "conformed"
    assert log.fates()["log", "d2", 1] == ("repeated", "row.repeated", "d0", 1)


def test_a_file_with_malformed_lines_proves_no_absence(log: TypingBench) -> None:
    log.night("log", row("1"), row("2"))
    error = "landing.encoding: bytes that are no text in the declared encoding"
    log.deliver(log.file("log", [row("2")], malformed=[error, "secret cell"]))
    state = log.build()
    assert log.fates()["log", "d0", 1][0] == "conformed"
    assert state.fates == {"conformed": 2, "repeated": 1, "quarantined": 2}
    rows = log.read("quarantine", "quarantine")
    assert {(one["row"], one["rule"]) for one in rows} == {
        (2, "landing.encoding"),
        (3, "landing.malformed"),
    }
    assert not any("secret" in str(one) for one in rows)


def test_a_delivery_without_rows_removes_nothing(log: TypingBench) -> None:
    log.night("log", row("1"))
    log.deliver(log.file("log", []))
    assert log.build().fates == {"conformed": 1}


def test_a_source_without_rows_has_no_fates(log: TypingBench) -> None:
    assert log.build().fates == {}
    log.deliver(log.file("log", [], malformed=["landing.nul_byte: a NUL byte"]))
    assert log.build().fates == {"quarantined": 1}


def test_a_bulk_file_is_whole_and_a_delta_file_is_not_whatever_the_contract_says(
    log: TypingBench,
) -> None:
    log.deliver(log.file("log", [row("1"), row("2")], mode="bulk"))
    log.deliver(log.file("log", [row("3")], mode="delta"))
    assert log.build().fates == {"conformed": 3}
    log.deliver(log.file("log", [row("3")], mode="bulk"))
    assert log.build().fates == {"conformed": 1, "excluded": 2, "repeated": 1}


def test_refused_deliveries_are_passed_over(log: TypingBench) -> None:
    log.night("log", row("1"))
    log.deliver(log.file("log", []), status="refused")
    state = log.build()
    assert (state.landed_rows, state.fates) == (1, {"conformed": 1})


def test_files_without_a_table_are_excluded_by_their_rule(log: TypingBench) -> None:
    results = log.file("results", [{"A": "1"}], excluded_rule="oneroster.no_table")
    unknown = log.file("notes", [{"A": "1"}, {"A": "2"}], malformed=["landing.ragged: x"])
    log.deliver(log.file("log", [row("1")]), results, unknown)
    assert log.build().fates == {"conformed": 1, "excluded": 4}
    assert log.fates()["results", "d0", 1][:2] == ("excluded", "oneroster.no_table")
    assert log.fates()["notes", "d0", 3][:2] == ("excluded", "contract.no_file")
    assert log.quarantine() == set()


def test_a_row_with_a_fault_in_one_feed_is_in_no_table(engine: Engine, tmp_path: Path) -> None:
    school = {"table": "typed_school", "columns": {"school_id_source": {"from": "School"}}}
    student = {
        "table": "typed_student",
        "columns": {"student_id_district": {"from": "Id"}, "grade": {"from": "Grade"}},
        "when": {"Role": "student"},
        "exclude": [{"rule": "exclude.test", "from": "Id", "matches": "^9"}],
    }
    headers = ("Id", "School", "Grade", "Role")
    bench = TypingBench(engine, tmp_path, {"people": delimited(headers, school, student)})
    bench.night(
        "people",
        {"Id": "1", "School": "A", "Grade": "K", "Role": "student"},
        {"Id": "2", "School": "B", "Grade": "?", "Role": "student"},
        {"Id": "3", "School": None, "Grade": "1", "Role": "student"},
        {"Id": "4", "School": "C", "Grade": "?", "Role": "parent"},
        {"Id": "9", "School": "D", "Grade": "?", "Role": "student"},
    )
    assert bench.build().fates == {"conformed": 3, "quarantined": 2}
    assert [one["school_id_source"] for one in bench.typed("typed_school")] == ["A", "C", "D"]
    assert [one["student_id_district"] for one in bench.typed("typed_student")] == ["1"]


def test_a_row_no_feed_takes_is_excluded_by_the_rule_that_says_most(
    engine: Engine, tmp_path: Path
) -> None:
    feed = {
        "table": "typed_student",
        "columns": {"student_id_district": {"from": "Id"}},
        "when": {"Role": "student"},
        "exclude": [{"rule": "exclude.test", "from": "Id", "matches": "^9"}],
    }
    staff = {"table": "typed_staff", "columns": {"staff_id_source": {"from": "Id"}}}
    feeds = (feed, {**staff, "when": {"Role": "teacher"}})
    bench = TypingBench(engine, tmp_path, {"people": delimited(("Id", "Role"), *feeds)})
    roles = [("1", "student"), ("2", "teacher"), ("3", "parent"), ("9", "student")]
    bench.night("people", *({"Id": one, "Role": role} for one, role in roles))
    bench.build()
    fates = {place[2]: fate[:2] for place, fate in bench.fates().items()}
    assert fates == {
        1: ("conformed", None),
        2: ("conformed", None),
        3: ("excluded", "feed.none"),
        4: ("excluded", "exclude.test"),
    }


def test_an_unchanged_source_is_not_built_again(log: TypingBench) -> None:
    log.night("log", row("1"))
    built = log.build()
    again = log.build()
    assert (built.is_unchanged, again.is_unchanged) == (False, True)
    assert (again.fates, again.tables, again.years) == (built.fates, built.tables, built.years)
    log.settings = {"time_zone": "America/Denver"}
    assert not log.build().is_unchanged


def test_a_changed_contract_types_every_row_anew_and_forgets_tables_it_no_longer_feeds(
    log: TypingBench,
) -> None:
    log.night("log", row("1", Status="Halted"))
    assert log.build().fates == {"quarantined": 1}
    status = {"from": "Status", "map": {"Halted": "cancelled_school"}}
    columns = {**LOG["columns"], "session_state": status, "attendance": {"value": "not_expected"}}
    log.files = {"log": delimited(HEADERS, {**LOG, "columns": columns}, **KEYED)}
    assert log.build().fates == {"conformed": 1}
    student = {"table": "typed_student", "columns": {"student_id_district": {"from": "Student"}}}
    log.files = {"log": delimited(HEADERS, student, **KEYED)}
    assert log.build().tables == {"typed_student": 1}
    assert log.typed("typed_session_log") == []


def test_a_build_that_was_cut_short_is_done_again(
    log: TypingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.night("log", row("1"))
    built = log.build()
    log.night("log", row("1", "25"))

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("hit_pipeline.conform.typed.write_fates", cut)
        with pytest.raises(KeyboardInterrupt):
            log.build()
    log.deliveries.pop()
    again = log.build()
    assert not again.is_unchanged
    assert again.fates == built.fates
    assert [one["present_seconds"] for one in log.typed("typed_session_log")] == [1800]


def test_a_landed_row_without_a_fate_is_an_error(log: TypingBench) -> None:
    log.deliver(replace(log.file("log", [row("1")]), rows=2))
    with pytest.raises(LakeError, match="2 rows of log and 1 fates"):
        log.build()


def test_a_typed_file_holds_what_is_fed_and_record_ids(log: TypingBench) -> None:
    log.night("log", row("1"))
    log.build()
    path = log.folder / "lake" / "typed" / "s" / "typed_session_log.parquet"
    held = log.engine.read([path]).columns
    assert {"student_record_id", "student_id_district", "time_zone"} <= set(held)
    assert "tutor_record_id" not in held
    (found,) = log.typed("typed_session_log")
    assert len(found["student_record_id"]) == 32
    assert found["tutor_record_id"] is None


def test_years_tell_which_of_them_a_delivery_touched(log: TypingBench) -> None:
    log.night("log", row("1", Start="2026-06-30 09:00:00"), row("2", Start="2026-07-01 09:00:00"))
    before = log.build().years
    assert {year: held["typed_session_log"]["rows"] for year, held in before.items()} == {
        "2025-26": 1,
        "2026-27": 1,
    }
    log.night(
        "log",
        row("1", Start="2026-06-30 09:00:00"),
        row("2", "25", Start="2026-07-01 09:00:00"),
    )
    after = log.build().years
    assert after["2025-26"] == before["2025-26"]
    assert after["2026-27"] != before["2026-27"]


def test_a_year_is_too_far_ahead_until_it_comes_near_and_other_years_stay_untouched(
    log: TypingBench,
) -> None:
    log.night("log", row("1"), row("2", Start="2028-07-01 09:00:00"))
    early = log.build()
    assert log.quarantine() == {("log", "d0", 2, "conform.year.slipped")}
    assert set(early.years) == {"2026-27"}
    later = log.build(datetime(2027, 8, 1, tzinfo=UTC))
    assert later.fates == {"conformed": 2}
    assert set(later.years) == {"2026-27", "2028-29"}
    assert later.years["2026-27"] == early.years["2026-27"]


def test_a_participant_without_a_time_lies_in_the_year_of_its_meeting(
    engine: Engine, tmp_path: Path
) -> None:
    meeting = {
        "table": "typed_session_log",
        "columns": {
            "record_level": {"value": "meeting"},
            "session_id_source": {"from": "Key"},
            "started_at_local": {"from": "Start"},
        },
    }
    seat = {
        "table": "typed_session_log",
        "columns": {
            "record_level": {"value": "participant"},
            "session_id_source": {"from": "Key"},
            "student_id_state": {"from": "Student"},
        },
    }
    files = {
        "meetings": delimited(("Key", "Start"), meeting, natural_key=["Key"]),
        "seats": delimited(("Key", "Student"), seat),
    }
    bench = TypingBench(engine, tmp_path, files)
    bench.deliver(
        bench.file("meetings", [{"Key": "m", "Start": "2025-10-01 10:00:00"}]),
        bench.file("seats", [{"Key": "m", "Student": "7"}, {"Key": "n", "Student": "8"}]),
    )
    state = bench.build()
    assert state.years["2025-26"]["typed_session_log"]["rows"] == 2
    assert state.fates == {"conformed": 2, "quarantined": 1}
    assert bench.quarantine() == {("seats", "d0", 2, "session.no_date")}


@pytest.mark.parametrize(
    ("optional", "blank", "conformed"),
    [((), "Visit", 2), (("Id",), "Visit", 2), (("Visit",), "Visit", 1), (("Visit",), "Id", 2)],
)
def test_a_row_that_lacks_a_part_of_its_key_takes_nobodys_place(
    engine: Engine, tmp_path: Path, optional: Sequence[str], blank: str, conformed: int
) -> None:
    feed = {"table": "typed_student", "columns": {"student_id_district": {"from": "Id"}}}
    headers = ("Visit", "Id", "Note")
    key = {"natural_key": ["Visit", "Id"], "optional_key": [*optional]}
    bench = TypingBench(engine, tmp_path, {"visits": delimited(headers, feed, **key)})
    row = {"Visit": "v", "Id": "1", blank: ""}
    bench.night("visits", {**row, "Note": "a"}, {**row, "Note": "b"})
    fates = bench.build().fates
    assert fates.get("conformed") == conformed
    assert fates.get("superseded", 0) == 2 - conformed


def test_duplicate_keys_and_lenient_cells_are_noticed(engine: Engine, tmp_path: Path) -> None:
    feed = {
        "table": "typed_student",
        "columns": {
            "student_id_district": {"from": "Id"},
            "ell": {"from": "Ell", "strict": False},
        },
    }
    spec = delimited(("Id", "Ell"), feed, natural_key=["Id"])
    bench = TypingBench(engine, tmp_path, {"students": spec})
    bench.night(
        "students", {"Id": "1", "Ell": "Y"}, {"Id": "1", "Ell": "?"}, {"Id": "2", "Ell": "?"}
    )
    noticed = {(one["rule"], one["count"], one["column"]) for one in bench.build().findings}
    assert noticed == {("key.duplicate", 1, ""), ("typed.ell.unparseable", 2, "ell")}
    assert {one["delivery_id"] for one in bench.build().findings} == {"d0"}


NUMBERS = {"student_id_district": {"from": "Id"}, "student_given_name": {"from": "Name"}}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, {}),
        ({"one_row_per_student": True}, {"d0": 1, "d1": 2}),
        ({"one_row_per_student": True, "absence": "removed"}, {"d1": 2}),
    ],
)
def test_a_student_with_several_rows_where_one_is_declared_is_noticed_and_not_named(
    engine: Engine, tmp_path: Path, words: Mapping[str, Any], told: Mapping[str, int]
) -> None:
    feed = {"table": "typed_student", "columns": NUMBERS}
    spec = delimited(("Id", "Name"), feed, **words)
    bench = TypingBench(engine, tmp_path, {"students": spec})
    bench.night("students", {"Id": "1", "Name": "Ana"}, {"Id": "1", "Name": "Anna"}, {"Id": "5"})
    bench.night(
        "students",
        *({"Id": "2", "Name": name} for name in ("Bo", "Bob", "Bobby")),
        {"Id": "3", "Name": "Bo"},
        {"Id": "1", "Name": "An"},
    )
    found = [one for one in bench.build().findings if one["rule"] == "contract.second_row"]
    assert {one["delivery_id"]: one["count"] for one in found} == told
    assert not any(name in str(found) for name in ("Ana", "Bobby"))


VALUES = st.sampled_from(["30", "25", "x", ""])
ROWS = st.lists(st.builds(row, st.sampled_from(["1", "2", ""]), VALUES), max_size=4)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(ROWS, min_size=1, max_size=3), keyed=st.booleans())
def test_the_fates_of_any_nights_sum_to_their_rows(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, nights: list[Any], keyed: bool
) -> None:
    spec = delimited(HEADERS, LOG, **(KEYED if keyed else {}))
    bench = TypingBench(engine, tmp_path_factory.mktemp("nights"), {"log": spec})
    for rows in nights:
        bench.night("log", *rows)
    state = bench.build()
    assert sum(state.fates.values()) == sum(map(len, nights)) == len(bench.fates())
    typed = [(one["_delivery_id"], one["_row"]) for one in bench.typed("typed_session_log")]
    assert sorted(typed) == sorted(
        place[1:] for place, fate in bench.fates().items() if fate[0] == "conformed"
    )
