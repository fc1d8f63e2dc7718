"""Session logs of vendors with lists and shares: read as their own descriptions say."""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from hit_pipeline.conform.typing import NOT_FED
from hit_pipeline.engine import Engine
from hit_pipeline.rules.status_effect import impossible_pairs
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.synth.demo import NIGHTS, write_night
from tests.unit.contracts.bench import Row, Typed, shipped_contract, typed_table
from tests.unit.synth.systems.vendor_readers import Attended, State, attended

VENDORS = {"lakeside": "attendance", "harborlight": "sessions", "quillwork": "lessons"}
EACH_VENDOR = pytest.mark.parametrize("vendor", VENDORS)
ATTENDED = ("present", "late", "partial")


@dataclass
class Log:
    """A vendor's file of one night: its rows as they stand, and what every feed makes of them."""

    cells: list[Row]
    feeds: list[Typed]
    notes: set[str]

    @property
    def refused(self) -> dict[int, set[str]]:
        """Rules that rows break, by row."""
        found: dict[int, set[str]] = {}
        for feed in self.feeds:
            for row, rules in feed.bad.items():
                found.setdefault(row, set()).update(rules)
        return found

    @property
    def good(self) -> list[Row]:
        """The typed rows of all feeds whose landed row no feed refuses."""
        refused = self.refused
        return [row for feed in self.feeds for row in feed.good if row["_row"] not in refused]

    @property
    def people(self) -> list[Row]:
        """The rows about participants."""
        return [row for row in self.good if row["record_level"] == "participant"]

    def meeting(self, row: Row) -> Row:
        """Return the row that tells of the meeting of a participant's row."""
        same = [one for one in self.good if one["_row"] == row["_row"]]
        return next((one for one in same if one["record_level"] == "meeting"), row)

    def cell(self, row: Row, header: str) -> Any:
        """Return a cell of the landed row a typed row was made of."""
        return self.cells[row["_row"] - 1][header]


def landed(engine: Engine, vendor: str, inbox: Path, workspace: Path) -> tuple[ir.Table, set[str]]:
    workspace.mkdir()
    adapter = FilesAdapter(vendor, shipped_contract(vendor), NIGHTS[0], 0, Thresholds())
    (arrival,) = adapter.arrivals(inbox)
    (file,) = adapter.read(engine, arrival, workspace)
    assert file.rows is not None
    texts = {"_source": vendor, "_delivery_id": "d1", "_file": file.file}
    numbered = file.rows.mutate(
        _row=ibis.row_number() + 1, **{name: ibis.literal(text) for name, text in texts.items()}
    )
    return engine.keep(numbered), {one.rule for one in file.findings}


def stated(path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        rows: list[Row] = json.loads(text)
        return rows
    delimiter = ";" if text.startswith("Week Of") else ","
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter))


@pytest.fixture(scope="module")
def logs(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Log]:
    folder = tmp_path_factory.mktemp("vendors")
    write_night(folder, 1, students=300)
    found = {}
    for vendor, file in VENDORS.items():
        inbox = folder / "inbox" / vendor
        rows, notes = landed(engine, vendor, inbox, folder / f"{vendor}.work")
        spec = shipped_contract(vendor).files[file]
        feeds = [typed_table(engine, spec, rows, feed=at) for at in range(len(spec.feeds))]
        (path,) = inbox.iterdir()
        found[vendor] = Log(stated(path), feeds, notes)
    return found


@EACH_VENDOR
def test_every_column_is_declared_and_there(vendor: str, logs: dict[str, Log]) -> None:
    assert "contract.extra_column" not in logs[vendor].notes


def is_strange(vendor: str, row: Row) -> bool:
    if vendor == "lakeside":
        return bool(row["Mark"] == "Virtual?")
    if vendor == "harborlight":
        return bool(row["Held"] == "Y/N")
    return bool(row["status"] == "transferred")


@EACH_VENDOR
def test_nothing_is_refused_but_codes_the_contract_does_not_list(
    vendor: str, logs: dict[str, Log]
) -> None:
    log = logs[vendor]
    expected = {at for at, row in enumerate(log.cells, start=1) if is_strange(vendor, row)}
    assert set(log.refused) == expected
    assert all(feed.notes == {} for feed in log.feeds)
    rules = {rule for feed in log.feeds for rule in feed.left_out.values()}
    assert rules <= {NOT_FED, "exclude.test_student"}


@EACH_VENDOR
def test_no_row_says_of_session_and_student_what_cannot_be(
    vendor: str, logs: dict[str, Log]
) -> None:
    log = logs[vendor]
    pairs = {(log.meeting(row).get("session_state"), row["attendance"]) for row in log.people}
    assert ("completed", "present") in pairs
    assert ("scheduled", "unknown") in pairs or vendor == "harborlight"
    assert not pairs & impossible_pairs()
    assert all(row["session_id_source"] for row in log.good)


def seconds(log: Log, row: Row) -> int | None:
    """Return how long a student was there, by what the typed row says."""
    plan = (row if "planned_seconds" in row else log.meeting(row))["planned_seconds"]
    if row.get("present_share") is not None:
        return int(row["present_share"] * plan + 0.5)
    return plan if row.get("present_seconds") is None else row["present_seconds"]  # type: ignore[no-any-return] # a cell


def pupil(vendor: str, row: Row) -> str:
    known = {
        "lakeside": row["student_id_district"],
        "harborlight": row["student_id_district"] or row.get("student_display_name"),
        "quillwork": row.get("student_id_email"),
    }
    return known[vendor] or ""


def as_read(one: Attended) -> tuple[str | None, int | None]:
    return (" ".join((one.pupil or "").split()) or None, one.seconds)


def counts(vendor: str, row: Row) -> bool:
    """Say whether the small reader can tell who was there.

    Its numbers have no blanks inside, and its lengths are hours and minutes.
    """
    marks = ("On time", "Tardy", "Left early")
    if vendor == "lakeside":  # where an absent student may stand at 100 percent
        return row["Mark"] in marks and row["Attendance Percent"] != "0"
    return "# " not in str(row.values()) and "." not in row.get("Length", "")


@EACH_VENDOR
def test_who_was_there_and_how_long_is_what_a_careful_reader_finds(
    vendor: str, logs: dict[str, Log]
) -> None:
    log = logs[vendor]
    apart = set(log.refused)
    apart |= {at for at, row in enumerate(log.cells, start=1) if not counts(vendor, row)}
    state: State = {(str(at),): row for at, row in enumerate(log.cells, start=1) if at not in apart}
    expected = [as_read(one) for one in attended(vendor, state) if one.pupil != "9999999"]
    found = [
        as_read(Attended(pupil(vendor, row), seconds(log, row)))
        for row in log.people
        if row["attendance"] in ATTENDED and row["_row"] not in apart
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(found) > 100


def test_the_day_of_a_week_is_its_date(logs: dict[str, Log]) -> None:
    log = logs["harborlight"]
    for row in log.good:
        if row["record_level"] == "meeting":
            week = datetime.fromisoformat(log.cell(row, "Week Of"))
            day = row["started_at_local"]
            assert timedelta(0) <= day - week < timedelta(days=7)
            assert f"{day:%a}" == log.cell(row, "Day")
            assert f"{day:%-I:%M %p}" == log.cell(row, "Time")


def test_a_decimal_length_is_kept_as_a_number_without_a_unit(logs: dict[str, Log]) -> None:
    log = logs["harborlight"]
    meetings = [row for row in log.good if row.get("status_source") is not None]
    decimal = [row for row in meetings if "." in log.cell(row, "Length")]
    assert decimal
    for row in meetings:
        cell = log.cell(row, "Length")
        number = float(cell) if "." in cell else None
        assert row["planned_number"] == number
        assert (row["planned_seconds"] is None) == (number is not None)


def test_the_absent_of_a_meeting_not_held_were_not_expected(logs: dict[str, Log]) -> None:
    log = logs["harborlight"]
    missed = [row for row in log.people if row["attendance"] not in ATTENDED]
    assert {row["attendance"] for row in missed if log.cell(row, "Held") == "N"} == {"not_expected"}
    reasons = {row["attendance"] for row in missed if log.cell(row, "Held") == "Y"}
    assert {"absent_excused", "no_show"} <= reasons


@EACH_VENDOR
def test_a_substitute_is_named_beside_the_one_planned(vendor: str, logs: dict[str, Log]) -> None:
    log = logs[vendor]
    header = {"lakeside": "Fellow Substitute", "harborlight": "Substitute"}.get(vendor)
    second = [row for row in log.good if row.get("tutor_role") == "substitute"]
    assert second
    for row in second:
        told = log.cell(row, header) if header else log.cell(row, "substitute")["name"]
        assert row["tutor_display_name"] == told


def test_times_of_joining_are_shown_on_the_clocks_of_the_district(logs: dict[str, Log]) -> None:
    log = logs["quillwork"]
    joined = [row for row in log.people if row["joined_at_local"] is not None]
    assert joined
    for row in joined:
        told = {one["participant_id"]: one["joined_at"] for one in log.cell(row, "participants")}[
            row["student_id_vendor"]
        ]
        instant = datetime.fromisoformat(told)
        shift = instant.replace(tzinfo=None) - row["joined_at_local"]
        assert shift in {timedelta(hours=5), timedelta(hours=6)}
    starts = {log.meeting(row)["started_at_utc"] for row in joined}
    assert all(one.astimezone(UTC).tzinfo is UTC for one in starts)
