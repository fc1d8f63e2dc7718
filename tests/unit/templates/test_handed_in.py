"""A sessions workbook handed in, and handed in again: what it says now is what counts."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.store import land
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from hit_pipeline.templates.sheets import Meetings, sessions_sheet
from hit_pipeline.templates.workbook import write_workbook
from tests.commandline.workbooks import fill
from tests.unit.templates.test_check import AT, DISTRICT, HELD, STUDENTS

LOGS = {"logs": {"adapter": "files", "contract": "template_sessions", "kind": "log"}}
Row = dict[str, Any]


class Desk:
    """Where workbooks are handed in, one after another."""

    def __init__(self, engine: Engine, registry: Registry, folder: Path) -> None:
        """Begin with a workbook nobody has filled in."""
        stated = DISTRICT.model_dump(mode="json", exclude={"folder"}, exclude_defaults=True)
        self.district = District.model_validate({**stated, "sources": LOGS, "folder": folder})
        self.context = BuildContext(engine, Lake.open(folder / "lake"), self.district, registry, AT)
        self.path = folder / "s.xlsx"
        self.landed: list[Delivery] = []
        wanted = Meetings("math", "fall", 3, None, AT)
        write_workbook(self.path, sessions_sheet(self.district, wanted, STUDENTS))

    def hand_in(self, entries: dict[int, Row]) -> list[Row]:
        """Fill in rows, hand the workbook in, and return the typed rows of all so far."""
        fill(self.path, "Sessions", entries)
        at = AT + timedelta(days=len(self.landed) + 1)
        arrival = Arrival("logs", self.path.name, self.path, at)
        reader = adapter(self.district, "logs", at)
        context = self.context
        landed = land(context.engine, context.lake, arrival, reader, district=self.district)
        self.landed.append(landed)
        build_source(context, "logs", self.landed)
        typed = context.lake.typed("logs") / "typed_session_log.parquet"
        return pq.read_table(typed).to_pylist() if typed.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with (
        Engine.open(EngineOptions(threads=2)) as engine,
        Registry.open(f"sqlite:///{tmp_path / 'registry.db'}") as registry,
    ):
        yield Desk(engine, registry, tmp_path)


def starts(rows: list[Row]) -> list[str]:
    return sorted(row["started_at_local"].isoformat() for row in rows)


def test_what_grows_is_added_and_what_was_corrected_is_replaced(desk: Desk) -> None:
    first = desk.hand_in({0: HELD, 1: HELD})
    assert starts(first) == ["2026-10-12T15:30:00"] * 2
    assert len({row["session_id_source"] for row in first}) == 1
    again = desk.hand_in({0: {"Date": date(2026, 10, 13)}, 2: HELD | {"Date": date(2026, 10, 14)}})
    assert starts(again) == ["2026-10-12T15:30:00", "2026-10-13T15:30:00", "2026-10-14T15:30:00"]
    cleared = dict.fromkeys(HELD)
    assert starts(desk.hand_in({1: cleared})) == ["2026-10-13T15:30:00", "2026-10-14T15:30:00"]


def test_a_row_copied_for_one_more_meeting_is_not_lost(desk: Desk) -> None:
    page = openpyxl.load_workbook(desk.path)["Sessions"]
    copied = {"Row ID": page.cell(7, 1).value, **STUDENTS[0]}
    rows = desk.hand_in({0: HELD, 6: HELD | copied | {"Date": date(2026, 10, 14)}})
    assert starts(rows) == ["2026-10-12T15:30:00", "2026-10-14T15:30:00"]
    assert {row["student_id_district"] for row in rows} == {"0101"}


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 10, 12), time(15, 30)),
        (datetime(2026, 10, 12), "3:30 PM"),  # noqa: DTZ001 (cells have no zone)
        ("10/12/2026", "15:30"),
        ("10/12/26", "3:30 PM"),
        ("2026-10-12", "15:30:00"),
        ("2026-10-12", timedelta(hours=15, minutes=30)),
    ],
)
def test_dates_and_times_of_every_spreadsheet_are_read(
    desk: Desk, day: object, start: object
) -> None:
    assert starts(desk.hand_in({0: HELD | {"Date": day, "Start": start}})) == [
        "2026-10-12T15:30:00"
    ]


def test_a_student_added_by_hand_is_read_too(desk: Desk) -> None:
    rows = desk.hand_in({6: HELD | {"First name": "Zoe", "Last name": "New"}})
    assert [(row["student_given_name"], row["student_id_district"]) for row in rows] == [
        ("Zoe", None)
    ]
