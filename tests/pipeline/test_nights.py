"""What a night does: publishes, remembers, repeats nothing, lets no bad file stop it."""

import contextlib
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from assets import jobs
from assets.night import Night, Runner
from hit_pipeline.commands.demo import right_links
from hit_pipeline.definitions import build_defs, instance_of
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.release.catalog import current, releases
from hit_pipeline.release.diff import diff
from hit_pipeline.settings_file import load_district
from hit_pipeline.synth.demo import NIGHTS
from tests.nights import ask, night, one_row
from tests.pipeline.conftest import arrive, copy


def lake_of(folder: Path) -> Lake:
    return Lake.open(load_district(folder, {}).lake_path)


def keys(folder: Path) -> set[str]:
    return {
        row["student_key"] for row in ask(folder, "SELECT student_key FROM student").to_pylist()
    }


def test_every_landed_row_has_one_fate(first_night: Path) -> None:
    rows = ask(
        first_night,
        "SELECT delivery_id FROM delivery WHERE status = 'landed' AND rows <> rows_conformed "
        "+ rows_superseded + rows_repeated + rows_excluded + rows_quarantined",
    )
    assert rows.num_rows == 0
    assert one_row(first_night, "SELECT sum(rows) > 1000 AS many FROM delivery")["many"]


def planted(folder: Path, kind: str) -> set[int]:
    """Return the rows of the first night's Northstar file that bear a fault."""
    lines = pq.read_table(folder / "key" / "fault.parquet").to_pylist()
    (file,) = (folder / "inbox" / "northstar").glob("sessions_*.csv")
    place = (kind, "northstar", file.name)
    return {one["row"] for one in lines if (one["kind"], one["source"], one["file"]) == place}


def test_planted_faults_are_where_a_user_would_look(first_night: Path) -> None:
    quarantined = ask(
        first_night,
        "SELECT row FROM quarantine WHERE source = 'northstar' "
        "AND rule = 'map.session_state.unmapped'",
    )
    assert set(quarantined["row"].to_pylist()) == planted(first_night, "row_unmapped_code") != set()
    excluded = one_row(
        first_night, "SELECT sum(rows_excluded) AS n FROM delivery WHERE source = 'northstar'"
    )
    assert excluded["n"] == len(planted(first_night, "row_test_student")) > 0
    slipped = ask(first_night, "SELECT row FROM quarantine WHERE rule = 'conform.year.slipped'")
    assert set(slipped["row"].to_pylist()) == planted(first_night, "row_future") != set()
    weeks = ask(
        first_night,
        "SELECT unit_proved FROM session_unit "
        "WHERE \"column\" = 'present_seconds' AND reading <> 'as_stated'",
    )
    assert planted(first_night, "unit_seconds")
    assert set(weeks["unit_proved"].to_pylist()) == {"seconds"}
    unsure = one_row(
        first_night, "SELECT count(*) AS n FROM unmatched WHERE rule = 'id.contradicted'"
    )
    assert planted(first_night, "id_sibling") | planted(first_night, "id_shared")
    assert unsure["n"] >= 1
    lost_zeros = one_row(
        first_night,
        "SELECT count(*) AS n FROM person_link WHERE source = 'northstar' AND outcome = 'match' "
        "AND evidence LIKE '%zero%'",
    )
    assert planted(first_night, "id_lost_zeros")
    assert lost_zeros["n"] >= 1


def test_the_demo_tells_how_many_links_are_right(first_night: Path) -> None:
    told = [line.replace(",", "") for line in right_links(first_night)]
    (right, linked), (found, linkable) = (
        map(int, re.findall(r"(\d+) of (\d+)", line)[0]) for line in told
    )
    assert right == linked > 100
    assert 0.7 < found / linkable < 1


def test_the_second_night_publishes_anew_and_keeps_every_key(district: Path) -> None:
    before = keys(district)
    arrive(district, 2)
    told = night(district, NIGHTS[1])
    assert told["failed"] == []
    assert told["release"] is not None
    assert before <= keys(district)
    lake = lake_of(district)
    assert len(releases(lake)) == 2
    with Engine.open() as engine:
        changes = {one.table: one for one in diff(engine, lake, releases(lake)[1].name, "current")}
    assert changes["session_participant"].added > 0
    assert changes["session_participant"].changed > 0
    again = night(district, NIGHTS[1])
    assert again["release"] is None
    assert again["failed"] == []
    assert len(releases(lake)) == 2


def run_jobs(folder: Path, *asked: tuple[str, str | None]) -> Night:
    """Run jobs of the second night of a district, each until it ends."""
    settings, done = load_district(folder, {}), Night()
    with contextlib.chdir(folder), instance_of(settings) as instance:
        runner = Runner(build_defs(settings), instance, NIGHTS[1], lambda *_step: None)
        for job, partition in asked:
            runner.run(job, done, partition)
    return done


@pytest.fixture(scope="module")
def before_release(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the district whose second night was run up to the release."""
    folder = tmp_path_factory.mktemp("spoiled") / "district"
    copy(first_night, folder)
    arrive(folder, 2)
    district = load_district(folder, {}).district
    landed_on = NIGHTS[1].astimezone(ZoneInfo(district.time_zone)).date().isoformat()
    run_jobs(folder, (jobs.LANDING, landed_on), (jobs.CONFORM, None))
    years = (lake_of(folder).root / "conformed/session_participant").iterdir()
    days = [district.year_start.first_day(one.name.partition("=")[2]) for one in years]
    run_jobs(folder, *((jobs.SCHOOL_YEAR, day.isoformat()) for day in sorted(days)))
    return folder


def write_a_key_twice(lake: Lake) -> None:
    target = lake.root / "conformed/session_participant/school_year=2025-26/part-0.parquet"
    with Engine.open() as engine:
        rows = engine.read([target])
        twice = engine.from_arrow(engine.collect(rows.union(rows.limit(1))))
        engine.write(twice, target)


def delete_a_verdict(lake: Lake) -> None:
    (lake.root / "verdicts" / "student" / "all.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (write_a_key_twice, "session_participant.key.unique"),
        (delete_a_verdict, "student: its verdict is missing"),
    ],
)
def test_a_spoiled_table_leaves_the_release_as_it_was(
    before_release: Path, tmp_path: Path, spoil: Callable[[Lake], None], told: str
) -> None:
    folder = tmp_path / "district"
    copy(before_release, folder)
    before = current(lake_of(folder))
    assert before is not None
    spoil(lake_of(folder))
    done = run_jobs(folder, (jobs.RELEASE, None))
    assert any(told in message for message in done.failed), done.failed
    assert current(lake_of(folder)) == before


def test_the_same_table_unspoiled_is_released(before_release: Path, tmp_path: Path) -> None:
    folder = tmp_path / "district"
    copy(before_release, folder)
    before = current(lake_of(folder))
    assert run_jobs(folder, (jobs.RELEASE, None)).failed == []
    assert current(lake_of(folder)) != before


def _zip(*entries: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return packed.getvalue()


def bad_files(header: bytes) -> dict[str, bytes]:
    """Return bad files for a Northstar inbox, by name."""
    return {
        "sessions_wrong.pdf": b"%PDF-1.7 not a session log",
        "sessions_empty.csv": b"",
        "sessions_header_only.csv": header + b"\n",
        "sessions_cut.zip": _zip(("sessions_a.csv", header * 400))[:-40],
        "sessions_bomb.zip": _zip(("sessions_b.csv", header + b"\n" + b"0" * 50_000_000)),
        "sessions_climbs.zip": _zip(("../sessions_c.csv", header)),
        "sessions_case.zip": _zip(("sessions_d.csv", header), ("SESSIONS_D.CSV", header)),
        "sessions_latin.csv": header + b"\n" + b"\xe9" * 20 + b",x\n",
        "sessions_big_cell.csv": header + b"\n" + b"9" * 10_000_000 + b"\n",
    }


def test_bad_files_are_refused_by_name_and_the_night_goes_on(district: Path) -> None:
    inbox = district / "inbox" / "northstar"
    (good,) = inbox.glob("sessions_*.csv")
    header = good.read_bytes().split(b"\n", 1)[0].removesuffix(b"\r")
    named = bad_files(header)
    for name, data in named.items():
        (inbox / name).write_bytes(data)
        os.utime(inbox / name, (NIGHTS[1].timestamp() - 3600,) * 2)
    (inbox / "sessions_half.csv.part").write_bytes(header)
    (inbox / "sessions_still_written.csv").write_bytes(header)
    os.utime(inbox / "sessions_still_written.csv", (NIGHTS[1].timestamp(),) * 2)
    arrive(district, 2)
    told = night(district, NIGHTS[1])
    assert told["failed"] == []
    assert told["release"] is not None
    rows = ask(
        district,
        "SELECT refused_rule, status, rows, rows_quarantined FROM delivery "
        "WHERE source = 'northstar'",
    ).to_pylist()
    refused = sorted(row["refused_rule"] for row in rows if row["status"] == "refused")
    assert refused == [
        "landing.empty_file",
        "landing.header_only",
        "landing.no_contract_file",
        "landing.truncated_zip",
        "landing.zip_bomb",
        "landing.zip_duplicate_entry",
        "landing.zip_path",
    ]
    damaged = ask(
        district, "SELECT DISTINCT rule FROM quarantine WHERE rule LIKE 'landing.%' ORDER BY rule"
    ).to_pylist()
    assert [row["rule"] for row in damaged] == ["landing.cell_too_large", "landing.encoding"]
    landed = [row for row in rows if row["status"] == "landed"]
    assert len(landed) == 4  # two nights, the Latin-1 file and the one with the big cell
