"""What columns mean: durations and their units, dates and their order, zones, lists, free text."""

from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from tests.unit.drafting.bench import Drafted, csv_text, drafted

HEADER = "Session ID,Student ID,Tutor Name,Session Start"


def log(engine: Engine, folder: Path, header: str, cells: list[str]) -> Drafted:
    """Draft a session log with one more column."""
    rows = [
        f"S{n:03d},{4000 + n},Coach {n % 3},2026-09-{1 + n % 28:02d} 09:30,{cell}"
        for n, cell in enumerate(cells * 4)
    ]
    return drafted(engine, folder, {"log.csv": csv_text(f"{HEADER},{header}", *rows)})


@pytest.mark.parametrize(
    ("header", "cells", "unit", "is_asked"),
    [
        ("Duration", ["30", "45", "60"], "minutes", True),
        ("Duration", ["1800", "2700", "3600"], "seconds", True),
        ("Duration", ["0.5", "0.75", "1.0"], "hours", True),
        ("Duration (min)", ["30", "45", "60"], "minutes", False),
        ("Seconds Attended", ["1800", "2700"], "seconds", False),
        ("Minutes Attended", ["1800", "2700"], "minutes", True),
        ("Duration", ["0:45", "1:05"], "hh:mm", True),
        ("Duration", ["45:00", "30:30"], "mm:ss", True),
        ("Duration", ["00:45:00", "00:30:00"], "hh:mm:ss", False),
        ("Duration", ["45 min", "1h 5m"], "stated", False),
    ],
)
def test_the_unit_of_a_duration_follows_its_header_and_its_numbers(
    engine: Engine, tmp_path: Path, header: str, cells: list[str], unit: str, is_asked: bool
) -> None:
    found = log(engine, tmp_path, header, cells)
    assert found.targets["present_seconds"].unit == (unit,)
    assert bool(found.column(header).doubts) is is_asked


@pytest.mark.parametrize(
    ("cells", "unit"),
    [(["100%", "50%"], "percent"), (["100", "50"], "percent"), (["1", "0.5"], "share")],
)
def test_a_share_of_the_session_is_a_percent_or_a_share(
    engine: Engine, tmp_path: Path, cells: list[str], unit: str
) -> None:
    found = log(engine, tmp_path, "Attendance Percent", cells)
    assert found.targets["present_share"].unit == (unit,)


def dated(engine: Engine, folder: Path, header: str, *rows: str) -> Drafted:
    lines = [f"S{n},{4000 + n},Coach,{row}" for n, row in enumerate(rows)]
    return drafted(
        engine, folder, {"log.csv": csv_text(f"Session ID,Student ID,Tutor Name,{header}", *lines)}
    )


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["09/14/2026", "09/15/2026"], ("%m/%d/%Y",)),
        (["9/14/26", "12/5/26"], ("%m/%d/%y",)),
        (["14/09/2026", "15/09/2026"], ("%d/%m/%Y",)),
        (["14.09.2026", "15.09.2026"], ("%d.%m.%Y",)),
        (["2026-09-14", "2026-09-15"], ()),
        (["2026-09-14T09:30:00", "2026-09-15T10:00:00"], ()),
        (["Sep 14 2026", "Oct 5 2026"], ("%b %d %Y",)),
        (["14-Sep-2026", "05-Oct-2026"], ("%d-%b-%Y",)),
        (["09/14/2026 9:30 AM", "09/14/2026 1:30 PM"], ("%m/%d/%Y %I:%M %p",)),
        (["20260914", "20260915"], ("%Y%m%d",)),
    ],
)
def test_the_format_of_a_date_is_the_one_that_reads_it(
    engine: Engine, tmp_path: Path, cells: list[str], formats: tuple[str, ...]
) -> None:
    found = dated(engine, tmp_path, "Session Date", *cells)
    assert found.targets["started_at_local"].formats == formats
    assert not found.asks("before day")


def test_day_and_month_are_doubted_where_no_date_proves_their_order(
    engine: Engine, tmp_path: Path
) -> None:
    found = dated(engine, tmp_path, "Session Date", "09/08/2026", "10/08/2026")
    assert found.targets["started_at_local"].formats == ("%m/%d/%Y",)
    assert found.asks("month before day")


def test_one_date_column_proves_the_order_of_another(engine: Engine, tmp_path: Path) -> None:
    found = dated(
        engine, tmp_path, "Session Date,DOB", "08/09/2026,25/03/2015", "09/09/2026,01/02/2014"
    )
    assert found.targets["started_at_local"].formats == ("%d/%m/%Y",)
    assert not found.asks("month before day")


def test_two_formats_in_one_column_are_both_given(engine: Engine, tmp_path: Path) -> None:
    found = dated(engine, tmp_path, "Session Date", "09/14/2026", "09/15/2026", "2026-09-16")
    assert found.targets["started_at_local"].formats == ("%m/%d/%Y", "%Y-%m-%d")


def test_a_date_and_a_time_of_day_make_one_start(engine: Engine, tmp_path: Path) -> None:
    found = dated(
        engine,
        tmp_path,
        "Session Date,Start Time,End Time",
        "09/14/2026,9:30 AM,10:00 AM",
        "09/15/2026,1:30 PM,2:00 PM",
    )
    assert found.targets["started_at_local"].from_ == ("Session Date", "Start Time")
    assert found.targets["started_at_local"].formats == ("%m/%d/%Y|%I:%M %p",)
    assert found.targets["ended_at_local"].from_ == ("Session Date", "End Time")


def test_an_offset_makes_an_instant_and_its_lack_a_doubt(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    stated = dated(
        engine, tmp_path / "a", "Start Time", "2026-09-14T09:30:00Z", "2026-09-14T09:30:00-06:00"
    )
    naive = dated(engine, tmp_path / "b", "Start Time", "2026-09-14 09:30", "2026-09-14 10:30")
    assert "started_at_utc" in stated.targets
    assert not stated.asks("no zone")
    assert "started_at_local" in naive.targets
    assert naive.asks("no zone")


def test_a_column_of_zones_settles_the_doubt(engine: Engine, tmp_path: Path) -> None:
    found = dated(
        engine,
        tmp_path,
        "Start Time,Timezone",
        "2026-09-14 09:30,America/Denver",
        "2026-09-14 10:30,America/Chicago",
    )
    assert found.targets["time_zone"].from_ == ("Timezone",)
    assert not found.asks("no zone")


def test_a_list_of_students_in_a_cell_becomes_rows(engine: Engine, tmp_path: Path) -> None:
    rows = [f"S{n},4{n}11;4{n}12;4{n}13,Coach,2026-09-14 09:30" for n in range(6)]
    text = csv_text("Session ID,Student IDs,Tutor Name,Session Start", *rows)
    found = drafted(engine, tmp_path, {"log.csv": text})
    assert found.keys["feeds"][0]["each"] == {"from": "Student IDs", "split": ";"}
    assert found.asks("several students")


def test_free_text_addresses_and_telephones_are_kept_out(engine: Engine, tmp_path: Path) -> None:
    header = "Session Notes,Home Phone,Parent Email"
    found = dated(
        engine,
        tmp_path,
        header,
        "she cried today,555-0100,a@b.example",
        "fine,555-0101,c@d.example",
    )
    assert len(found.keys["forbidden"]) == 3
    assert found.asks("free text")
    used = {header for target in found.targets.values() for header in target.from_}
    assert not used & set(header.split(","))


def test_cells_that_mean_nothing_are_listed(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, "Minutes Attended", ["30", "N/A", "45", "60"])
    assert found.targets["present_seconds"].null == ("N/A",)


def test_grades_no_spelling_fits_are_asked_about(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, "Grade", ["K", "03", "Grade 4", "Toddler"])
    assert found.targets["grade"].from_ == ("Grade",)
    assert found.asks("4 cells are no grade")


def test_subjects_are_mapped_by_their_words(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, "Session Topic", ["Math", "Reading"])
    assert found.targets["subject"].map == {"Math": "math", "Reading": "ela"}
