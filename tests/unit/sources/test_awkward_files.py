"""Files as vendors really send them, landed and typed by a contract alone: nothing is lost."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.store import land
from hit_pipeline.settings import District, Thresholds
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.files import FilesAdapter
from tests.unit.conform.typing_bench import TypingBench

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ZOOM = """
id = "v"
version = 1
title = "Attendance report of a meeting: two tables in one file"

[files.meeting]
pattern = "participants_*.csv"
find_header = true
delivers = "increment"
natural_key = ["Meeting ID", "Start Time"]
columns = [
  { name = "Meeting ID", required = true },
  { name = "Topic", required = true },
  { name = "Start Time", required = true },
  { name = "Duration (Minutes)", required = true },
]

[[files.meeting.feeds]]
table = "typed_session_log"
[files.meeting.feeds.columns]
record_level = { value = "meeting" }
session_id_source = { from = ["Meeting ID", "Start Time"] }
topic = { from = "Topic" }
started_at_local = { from = "Start Time", formats = ["%m/%d/%Y %I:%M:%S %p"] }
held_seconds = { from = "Duration (Minutes)", unit = "minutes" }

[files.seats]
pattern = "participants_*.csv"
find_header = true
delivers = "increment"
columns = [
  { name = "Name (Original Name)", required = true },
  { name = "User Email" },
  { name = "Join Time", required = true },
]

[[files.seats.feeds]]
table = "typed_session_log"
[files.seats.feeds.columns]
record_level = { value = "participant" }
session_id_source = { from = ["_meeting.Meeting ID", "_meeting.Start Time"] }
student_display_name = { from = "Name (Original Name)" }
student_id_email = { from = "User Email" }
joined_at_local = { from = "Join Time", formats = ["%m/%d/%Y %I:%M:%S %p"] }
"""
MEETING = """Meeting ID,Topic,Start Time,End Time,Duration (Minutes),
811 2233,Reading 4,{day} 03:00:00 PM,{day} 03:31:00 PM,31,

Name (Original Name),User Email,Join Time,Leave Time,
Ann Lee,ann@pupils.test,{day} 03:01:00 PM,{day} 03:31:00 PM,
Bo Ray,,{day} 03:02:00 PM,{day} 03:20:00 PM,
Bo Ray,,{day} 03:22:00 PM,{day} 03:31:00 PM,
"""
MATRIX = """
id = "v"
version = 1
title = "An attendance sheet per school: a column per date"

[files.log]
pattern = "*.csv"
find_header = true
ends_at = "^Total"
fill_down = ["Tutor"]
delivers = "full"
absence = "removed"
natural_key = ["Student ID"]
preamble = { School = '^School:\\|(.+)$' }
columns = [{ name = "Tutor" }, { name = "Student ID", required = true }]

[[files.log.feeds]]
table = "typed_session_log"
unpivot = { headers = '(?P<date>\\d{1,2}/\\d{1,2})' }
[files.log.feeds.columns]
record_level = { value = "participant" }
row_id_source = { from = ["Student ID", "_header.date"] }
student_id_district = { from = "Student ID" }
tutor_display_name = { from = "Tutor" }
school_name = { from = "_preamble.School" }
started_at_local = { from = ["_file_name", "_header.date"], extract = '_(\\d{4}[^|]*\\|.*)$', \
formats = ["%Y.csv|%m/%d"] }
present_seconds = { from = "_cell", unit = "minutes" }
"""
SHEET = """Tutoring minutes
School:,Lincoln
Tutor,Student ID,9/14,9/15
T1,00012,30,25
,00013,,30
T2,00014,,
Total,,30,55
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


class Vendor:
    """A vendor whose contract is a text."""

    def __init__(self, engine: Engine, folder: Path, contract: str) -> None:
        (folder / "v.toml").write_text(contract)
        self.contract = load_contract("v.toml", folder)
        files = {name: file.model_dump(by_alias=True) for name, file in self.contract.files.items()}
        self.bench = TypingBench(engine, folder, files)
        self.engine, self.folder = engine, folder

    def send(self, name: str, text: str) -> Delivery:
        """Land a file."""
        path = self.folder / name
        path.write_text(text)
        received = NOW.replace(day=NOW.day + len(self.bench.deliveries))
        adapter = FilesAdapter("s", self.contract, received, 0, Thresholds())
        told = {"folder": self.folder, "district": {"name": "T", "time_zone": "America/Chicago"}}
        district, lake = District.model_validate(told), Lake.open(self.folder / "lake")
        arrival = Arrival("s", name, path, received)
        delivery = land(self.engine, lake, arrival, adapter, district=district)
        assert delivery.status == "landed", delivery.refused_message
        self.bench.deliveries.append(delivery)
        return delivery


def test_a_meeting_report_becomes_a_meeting_and_its_participants(
    engine: Engine, tmp_path: Path
) -> None:
    vendor = Vendor(engine, tmp_path, ZOOM)
    vendor.send("participants_1.csv", MEETING.format(day="09/14/2026"))
    vendor.send("participants_2.csv", MEETING.format(day="09/16/2026"))
    state = vendor.bench.build(NOW)
    assert state.fates == {"conformed": 8}
    rows = vendor.bench.typed("typed_session_log")
    meetings = {row["session_id_source"] for row in rows if row["record_level"] == "meeting"}
    assert meetings == {"811 2233|09/14/2026 03:00:00 PM", "811 2233|09/16/2026 03:00:00 PM"}
    assert {row["session_id_source"] for row in rows} == meetings
    assert sum(row["record_level"] == "participant" for row in rows) == 6


def test_a_sheet_with_a_column_per_date_becomes_sessions(engine: Engine, tmp_path: Path) -> None:
    vendor = Vendor(engine, tmp_path, MATRIX)
    delivery = vendor.send("minutes_2026.csv", SHEET)
    assert delivery.rows == 6
    assert "contract.extra_column" not in {one.rule for one in delivery.findings}
    state = vendor.bench.build(NOW)
    assert state.fates == {"conformed": 2, "excluded": 4}
    rows = vendor.bench.typed("typed_session_log")
    told = {
        (
            row["student_id_district"],
            row["started_at_local"].date(),
            row["present_seconds"],
            row["tutor_display_name"],
            row["school_name"],
        )
        for row in rows
    }
    assert told == {
        ("00012", date(2026, 9, 14), 1800, "T1", "Lincoln"),
        ("00012", date(2026, 9, 15), 1500, "T1", "Lincoln"),
        ("00013", date(2026, 9, 15), 1800, "T1", "Lincoln"),
    }
    rules = {fate[1] for fate in vendor.bench.fates().values() if fate[0] == "excluded"}
    assert rules == {"landing.outside_table", "feed.none"}


def test_a_matrix_that_grows_by_a_column_supersedes_the_rows_of_before(
    engine: Engine, tmp_path: Path
) -> None:
    vendor = Vendor(engine, tmp_path, MATRIX)
    vendor.send("minutes_2026.csv", SHEET)
    grown = SHEET.replace("9/15\n", "9/15,9/16\n").replace(",25\n", ",25,20\n")
    vendor.send("again_2026.csv", grown.replace(",30\n", ",30,\n", 1).replace(",,\n", ",,,\n"))
    state = vendor.bench.build(NOW)
    assert state.fates["superseded"] == 1
    noticed = {one.rule for one in vendor.bench.deliveries[-1].findings}
    assert not {rule for rule in noticed if rule.startswith("drift.")}
    days = [
        row["started_at_local"].day
        for row in vendor.bench.typed("typed_session_log")
        if row["student_id_district"] == "00012"
    ]
    assert sorted(days) == [14, 15, 16]


def test_a_column_that_would_become_rows_is_not_kept_when_it_is_forbidden(
    engine: Engine, tmp_path: Path
) -> None:
    contract = MATRIX.replace("(?P<date>", "(?P<date>SSN|")
    delivery = Vendor(engine, tmp_path, contract).send("a_2026.csv", SHEET.replace("9/14", "SSN"))
    assert delivery.scrubbed
    (log,) = (file for file in delivery.files if file.file == "log")
    assert log.path is not None
    assert "SSN" not in engine.read([log.path]).columns


def test_no_cell_of_a_pupil_is_told_about_a_file(engine: Engine, tmp_path: Path) -> None:
    vendor = Vendor(engine, tmp_path, ZOOM)
    text = "Ann Lee was late\n" + MEETING.format(day="09/14/2026")
    delivery = vendor.send("participants_1.csv", text)
    told = str(delivery.findings)
    assert "Ann" not in told
    assert "landing.outside_table" in told
