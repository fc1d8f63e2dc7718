"""Faults of whole files: a sheet as the vendor's system wrote it, and as it arrives."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from hit_pipeline.synth.dirt.files import spoil_file
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.plan import Plan, Recorded
from hit_pipeline.synth.recording import record_zone
from hit_pipeline.synth.systems import brightpath, harborlight, lakeside, northstar, quillwork
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District

VENDORS = (northstar, brightpath, lakeside, harborlight, quillwork)
DISTRICT = District(seed=6, students=240, schools=8)
KINDS = ("file_resent", "file_truncated", "file_header_renamed", "file_keys_changed")
every_dirt = pytest.mark.parametrize("dirt", ["typical", "nasty"])


@dataclass(frozen=True)
class Arrived:
    """A sheet as written, and the sheets that arrive in its place."""

    written: Recorded
    came: list[Sheet]


Make = Callable[..., list[Arrived]]
Row = dict[str, str | None]


@pytest.fixture(scope="module")
def arrived() -> Make:
    @cache
    def make(dirt: str, zone: int = 0) -> list[Arrived]:
        return list(_arrive(Plan(DISTRICT, dirt, "weekly", ("oneroster",)), zone))

    return make


def _arrive(plan: Plan, number: int) -> Iterator[Arrived]:
    records = record_zone(plan, number)
    for night in nights(plan.deliveries, 1):
        for vendor, source in zip(VENDORS, records.logs, strict=True):
            assert source.log is not None
            for sheet in vendor.sheets(records.zone, source.log, source.claims, night):
                one = Recorded(sheet, night, source.claims, source.log)
                yield Arrived(one, [at.sheet for at in spoil_file(one, records.zone, plan)])


def marks(sheet: Sheet, kind: str) -> bool:
    return kind in sheet.faults or kind in sheet.missing


def cells(sheet: Sheet) -> list[list[str | None]]:
    return [column.to_pylist() for column in sheet.rows.columns]


def test_without_dirt_every_file_arrives_once_as_written(arrived: Make) -> None:
    for one in arrived("none"):
        (sheet,) = one.came
        assert sheet.rows.equals(one.written.sheet.rows)
        assert not sheet.faults
        assert not sheet.missing


@every_dirt
def test_a_file_without_a_mark_differs_in_no_header_row_or_key(arrived: Make, dirt: str) -> None:
    plain = 0
    for one in arrived(dirt):
        first = one.came[0]
        if not any(marks(first, kind) for kind in KINDS):
            plain += 1
            assert first.file == one.written.sheet.file
            assert first.rows.column_names == one.written.sheet.rows.column_names
            assert first.rows.num_rows == one.written.sheet.rows.num_rows
    assert plain > 50


@every_dirt
def test_a_file_sent_again_has_another_name_the_same_rows_and_is_marked(
    arrived: Make, dirt: str
) -> None:
    again = [one for one in arrived(dirt) if len(one.came) > 1]
    assert again
    for one in again:
        first, second = one.came
        assert second.rows.equals(first.rows)
        assert second.file != first.file
        assert second.file.split("_resent")[0] == first.file.split(".")[0]
        assert second.faults["file_resent"].all()
        assert "file_resent" not in first.faults
        assert second.form == "csv"


@every_dirt
def test_a_header_is_renamed_in_one_place_and_every_row_is_marked(arrived: Make, dirt: str) -> None:
    for one in arrived(dirt):
        first = one.came[0]
        names = zip(first.rows.column_names, one.written.sheet.rows.column_names, strict=True)
        renamed = sum(now != was for now, was in names)
        assert renamed == ("file_header_renamed" in first.faults)
        if renamed:
            assert first.faults["file_header_renamed"].all()
            assert not one.written.night.is_last


def test_a_header_is_renamed_some_night(arrived: Make) -> None:
    assert any("file_header_renamed" in one.came[0].faults for one in arrived("nasty"))


@every_dirt
def test_a_file_that_breaks_off_keeps_its_first_rows_and_counts_the_lost(
    arrived: Make, dirt: str
) -> None:
    for one in arrived(dirt):
        written, first = one.written.sheet, one.came[0]
        lost = first.missing.get("file_truncated", 0)
        kept = first.rows.num_rows
        assert kept + lost == written.rows.num_rows
        assert first.person.tolist() == written.person[:kept].tolist()
        for name in ("seat", "claim"):
            was, now = getattr(written, name), getattr(first, name)
            assert (was is None) == (now is None)
            assert was is None or was[:kept].tolist() == now.tolist()
        if first.members is not None:
            assert first.members[0].max(initial=-1) < max(kept, 1)
        assert not (lost and one.written.night.is_last)


def test_files_break_off_in_the_middle_of_the_district(arrived: Make) -> None:
    broken = 0
    for one, other in zip(arrived("nasty"), arrived("nasty", 1), strict=True):
        here, there = (at.came[0].missing.get("file_truncated") for at in (one, other))
        assert (here is None) == (there is None)
        if here is not None and there is not None:
            broken += 1
            rows = one.written.sheet.rows.num_rows, other.written.sheet.rows.num_rows
            # The zones before the break are whole.
            assert here == 0 or there == rows[1]
            assert 0 < here + there <= rows[0] + rows[1] or sum(rows) < 10
    assert broken


@every_dirt
def test_a_vendors_keys_change_once_and_for_all(arrived: Make, dirt: str) -> None:
    marked = [one for one in arrived(dirt) if "file_keys_changed" in one.came[0].faults]
    (change,) = marked
    for one in arrived(dirt):
        if one.written.sheet.source != "northstar":
            continue
        later = one.written.night.today >= change.written.night.today
        column = one.came[0].rows["Session ID"].to_pylist()
        assert all(key.startswith("NSX" if later else "NS-") for key in column)
        was = one.written.sheet.rows["Session ID"].to_pylist()[: len(column)]
        assert [key[3:] for key in column] == [key[3:] for key in was]


def _decimal(row: Row) -> str:
    length = datetime.strptime(str(row["Length"]), "%H:%M")  # noqa: DTZ007
    return f"{length.hour + length.minute / 60:.2f}"


def _minutes(row: Row) -> str:
    return str(round(int(row["Attendance Percent"] or 0) * int(row["Period Minutes"] or 0) / 100))


def _day_before(row: Row) -> str:
    day = datetime.strptime(str(row["Date"]), "%m/%d/%Y") - timedelta(days=1)  # noqa: DTZ007
    return f"{day:%m/%d/%Y}".removeprefix("0").replace("/0", "/")


OWN: dict[str, dict[str, dict[str, Callable[[Row], str]]]] = {
    "northstar": {
        "Actual Minutes": {
            "unit_seconds": lambda row: str(int(row["Actual Minutes"] or 0) * 60),
            "unit_clock": lambda row: str(timedelta(minutes=int(row["Actual Minutes"] or 0)))[:-3],
        }
    },
    "harborlight": {"Length": {"unit_hours": _decimal}},
    "lakeside": {
        "Attendance Percent": {"unit_percent": _minutes},
        "Date": {"time_midnight": _day_before},
    },
}
"""Vendor -> column -> fault -> what a cell becomes."""


def bearers(one: Arrived, kind: str) -> set[int]:
    """Return the rows that bear a fault of the log, or a pupil of which does."""
    log, first = one.written.log, one.came[0]
    assert log is not None
    if first.members is not None:
        row, claim = first.members
        return set(row[log.kinds[kind][claim]].tolist())
    assert first.claim is not None
    return set(np.flatnonzero(log.kinds[kind][first.claim]).tolist())


@every_dirt
@pytest.mark.parametrize("source", OWN)
def test_units_and_dates_are_others_where_the_log_says_so(
    arrived: Make, source: str, dirt: str
) -> None:
    changed = Counter[str]()
    for one in arrived(dirt):
        first = one.came[0]
        if first.source != source or not first.rows.num_rows:
            continue
        written = one.written.sheet.rows.to_pylist()
        for column, changes in OWN[source].items():
            hit = {kind: bearers(one, kind) for kind in changes}
            for at, cell in enumerate(first.rows[column].to_pylist()):
                own = written[at]
                kinds = [kind for kind in changes if at in hit[kind] and own[column] is not None]
                assert len(kinds) <= 1
                assert cell == (changes[kinds[0]](own) if kinds else own[column])
                changed.update(kinds)
    assert all(changed[kind] > 10 for changes in OWN[source].values() for kind in changes), changed


@pytest.mark.parametrize(
    ("source", "column", "code"),
    [("northstar", "Status", "Make-Up TBD"), ("lakeside", "Mark", "Virtual?")],
)
def test_an_unknown_code_stands_in_marked_rows_with_a_result_and_no_others(
    arrived: Make, source: str, column: str, code: str
) -> None:
    seen = Counter[bool]()
    for one in arrived("nasty"):
        first = one.came[0]
        if first.source != source:
            continue
        log, claim = one.written.log, first.claim
        assert log is not None
        assert claim is not None
        wanted = log.kinds["row_unmapped_code"][claim] & log.has_result(one.written.night)[claim]
        has = np.array([cell == code for cell in first.rows[column].to_pylist()], dtype=bool)
        assert (has == wanted).all()
        seen.update(has.tolist())
    assert seen[True] > 0


@every_dirt
def test_nothing_but_those_cells_changes(arrived: Make, dirt: str) -> None:
    spoilable = {"Status", "Mark", "Session ID", *(name for own in OWN.values() for name in own)}
    for one in arrived(dirt):
        first, written = one.came[0], one.written.sheet.rows
        for at, name in enumerate(written.column_names):
            if name not in spoilable:
                kept = written.column(at).slice(0, first.rows.num_rows)
                assert first.rows.column(at).equals(kept), name


@pytest.mark.parametrize("kind", KINDS[:3])
def test_files_are_hit_as_often_as_the_rate_says(arrived: Make, kind: str) -> None:
    rate, hit, files = rates("nasty")[kind], 0, 0
    for one in arrived("nasty"):
        sheet = one.written.sheet
        spared = one.written.night.is_last or sheet.file.startswith("meetings")
        if sheet.form == "csv" and not spared:
            files += 1
            hit += any(marks(came, kind) for came in one.came)
    assert files > 200
    assert 0.5 * rate < hit / files < 1.7 * rate
