import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hit_pipeline
from hit_pipeline.synth.systems import brightpath, harborlight, quillwork
from tests.unit.synth.systems.vendor_deliveries import (
    DATES,
    NIGHTS,
    VENDORS,
    deliver,
    make_night,
    record,
)
from tests.unit.synth.systems.vendor_readers import rows_of

every_vendor = pytest.mark.parametrize("source", VENDORS)
CONTRACTS = Path(hit_pipeline.__file__).parent / "contracts"


def test_meetings_to_come_have_no_result() -> None:
    (sheets,) = deliver("northstar", NIGHTS[1:2])
    ahead = [row for row in rows_of(sheets[0]) if row["Status"] == "Scheduled"]
    assert len(ahead) > 20
    assert {row[name] for row in ahead for name in ("Actual Minutes", "Attendance")} == {""}
    (sheets,) = deliver("quillwork", NIGHTS[1:2])
    ahead = [row for row in rows_of(sheets[0]) if row["status"] == "scheduled"]
    assert len(ahead) > 10
    assert {one["attended"] for row in ahead for one in row["participants"]} == {None}
    (sheets,) = deliver("harborlight", NIGHTS[1:2])
    assert max(row["Week Of"] for row in rows_of(sheets[0])) <= DATES[1]


def test_a_reconnect_makes_two_stays_that_do_not_overlap() -> None:
    stays: dict[tuple[str, str], list[tuple[str, str]]] = {}
    (sheets,) = deliver("brightpath", [make_night(0, DATES[-1:])])
    for row in rows_of(sheets[1]):
        times = stays.setdefault((row["MeetingKey"], row["ParticipantId"]), [])
        times.append((row["JoinTime"][-11:], row["LeaveTime"][-11:]))
    twice = [times for times in stays.values() if len(times) > 1]
    assert len(twice) > 20
    ordered = [[_time_of_day(text) for stay in times for text in stay] for times in twice]
    assert all(times == sorted(set(times)) for times in ordered)


def _time_of_day(text: str) -> tuple[int, str]:
    return (text.endswith("PM") * 12 + int(text[:2]) % 12, text[3:8])


def test_names_with_quotes_remain_names_in_json() -> None:
    zone, log, claims = record("quillwork")
    first = claims.first.copy()
    first[:] = 'Jo "JJ" \\ Zoë\t'
    night = make_night(0, DATES[-1:])
    sheet = next(quillwork.sheets(zone, log, replace(claims, first=first), night))
    assert {one["first_name"] for row in rows_of(sheet) for one in row["participants"]} == {
        'Jo "JJ" \\ Zoë\t'
    }


def test_pupils_without_an_id_are_listed_by_name_alone() -> None:
    zone, log, claims = record("harborlight")
    blank = np.full(len(claims.id), "", dtype=object)
    night = make_night(0, DATES[-1:])
    sheet = next(harborlight.sheets(zone, log, replace(claims, id=blank), night))
    lists = [row["Students present"] for row in rows_of(sheet)]
    assert any("|" in words for words in lists)
    assert not any("#" in words for words in lists)


def test_an_account_is_one_pupil_and_strangers_have_accounts_of_their_own() -> None:
    zone, log, claims = record("brightpath")
    person, first = claims.person.copy(), claims.first.copy()
    person[:4], first[:4] = -1, ("Ann", "Ann", "Bea", "Bea")
    last = np.full(len(first), "Example", dtype=object)
    strange = replace(claims, person=person, first=first, last=last)
    *_, sheet = brightpath.sheets(zone, log, strange, make_night(0, DATES[-1:]))
    assert sheet.claim is not None
    accounts: dict[str, set[int]] = {}
    for row, claim in zip(rows_of(sheet), sheet.claim.tolist(), strict=True):
        who = int(person[claim]) if person[claim] >= 0 else -1 - claim // 2
        accounts.setdefault(row["ParticipantId"], set()).add(who)
    assert all(len(who) == 1 for who in accounts.values())
    assert len(accounts) == len(set.union(*accounts.values()))


def test_a_substitute_is_named_only_where_somebody_else_led() -> None:
    _, log, _ = record("lakeside")
    (sheets,) = deliver("lakeside", [make_night(0, DATES[-1:])])
    said = sum(bool(row["Fellow Substitute"]) for row in rows_of(sheets[0]))
    assert said == int(((log.led_by >= 0) & (log.led_by != log.tutor)).sum())


def test_northstar_gives_the_grade_of_the_enrolment() -> None:
    zone, _, _ = record("northstar")
    (sheets,) = deliver("northstar", [make_night(0, DATES[-1:])])
    grades = {
        (int(zone.students.person[s]), str(g))
        for s, g in zip(zone.spells.student, zone.spells.grade, strict=True)
    }
    rows = zip(sheets[0].person.tolist(), rows_of(sheets[0]), strict=True)
    assert all((person, row["Grade"]) in grades for person, row in rows)


@pytest.mark.parametrize(
    ("source", "contract", "files"),
    [
        ("northstar", "northstar_sessions.toml", ["sessions"]),
        ("brightpath", "brightpath.toml", ["meetings", "attendance"]),
    ],
)
def test_columns_and_codes_are_those_of_the_contract(
    source: str, contract: str, files: list[str]
) -> None:
    declared = tomllib.loads((CONTRACTS / contract).read_text())["files"]
    (sheets,) = deliver(source, NIGHTS[1:2])
    for name, sheet in zip(files, sheets, strict=True):
        assert sheet.rows.column_names == [one["name"] for one in declared[name]["columns"]]
        for rule in declared[name]["feeds"][0]["columns"].values():
            codes = {_code(row, rule["from"]) for row in rows_of(sheet)} if "map" in rule else set()
            assert codes <= set(rule.get("map", ()))


def _code(row: dict[str, str], columns: str | list[str]) -> str:
    names = [columns] if isinstance(columns, str) else columns
    words = [row[name] for name in names]
    return next(filter(None, words)) if names[0] == "Attendance" else "|".join(words)


@every_vendor
def test_a_zone_without_entries_sends_headers_alone(source: str) -> None:
    zone, log, claims = record(source)
    no_log, no_claims = (_emptied(part) for part in (log, claims))
    night = make_night(0, DATES[-1:])
    sent = VENDORS[source].sheets(zone, replace(log, **no_log), replace(claims, **no_claims), night)
    assert [sheet.rows.num_rows for sheet in sent] == [0] * (2 if source == "brightpath" else 1)


def _emptied(part: object) -> dict[str, Any]:
    return {name: value[:0] for name, value in vars(part).items() if isinstance(value, np.ndarray)}


@pytest.mark.parametrize(
    ("source", "column", "code"),
    [
        ("brightpath", "State", "ARCHIVED"),
        ("harborlight", "Held", "Y/N"),
        ("quillwork", "status", "transferred"),
    ],
)
def test_a_code_nobody_was_told_of_stands_only_where_the_log_has_it(
    source: str, column: str, code: str
) -> None:
    zone, log, claims = record(source)
    unknown = np.isin(log.meeting, np.unique(log.meeting[log.outcome == 0])[3:6])
    strange = replace(log, kinds={"row_unmapped_code": unknown})
    sheet = next(VENDORS[source].sheets(zone, strange, claims, make_night(0, DATES[-1:])))
    bearing = sum(row[column] == code for row in rows_of(sheet))
    assert bearing == 3


@pytest.mark.parametrize(
    ("source", "column", "word"),
    [
        ("northstar", "Attendance", "Present"),
        ("brightpath", "Marked", "ATTENDED"),
        ("lakeside", "Mark", "On time"),
        ("quillwork", "status", "completed"),
    ],
)
def test_pupils_who_came_with_no_minutes_are_not_taken_for_absent(
    source: str, column: str, word: str
) -> None:
    zone, log, claims = record(source)
    nothing = np.zeros(len(log.seat), dtype=np.int64)
    emptied = replace(log, present=nothing, first_present=nothing)
    night = make_night(0, DATES[-1:])
    counts = []
    for said in (log, emptied):
        *_, sheet = VENDORS[source].sheets(zone, said, claims, night)
        people = {
            (row.get("MeetingKey"), row.get("ParticipantId"), n * (source != "brightpath"))
            for n, row in enumerate(rows_of(sheet))
            if row[column] == word
        }
        counts.append(len(people))
    assert counts[0] == counts[1] > 100
