"""Exports sent again in a year: corrected, retaken, repeated, and those of another school year."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from tests.unit.contracts.bench import Row
from tests.unit.contracts.delivered import csv_text
from tests.unit.contracts.test_fastbridge import STUDENT, season
from tests.unit.contracts.test_star import TEST

FALL = STUDENT | season("Fall", "aMath", "208.9", "09/09/2026")
WINTER = FALL | season("Winter", "aMath", "213.25", "01/12/2027")
LAST_YEAR = STUDENT | season("Fall", "aMath", "199.5", "09/11/2025")
STARTED = datetime(2026, 11, 1, 9, tzinfo=UTC)


def taken(
    engine: Engine, folder: Path, contract: str, sent: dict[str, tuple[datetime, str]]
) -> tuple[list[Row], Counter[str]]:
    """Land files, each on the night after it was sent; return typed scores and rows by fate."""
    inbox = folder / "inbox" / "tests"
    inbox.mkdir(parents=True)
    district = District.model_validate(
        {
            "folder": folder,
            "district": {"name": "Tests", "time_zone": "America/Chicago"},
            "sources": {"tests": {"adapter": "files", "contract": contract, "kind": "log"}},
        }
    )
    lake = Lake.open(district.lake_path)
    for name, (when, data) in sent.items():
        (inbox / name).write_text(data, encoding="utf-8")
        os.utime(inbox / name, (when.timestamp(),) * 2)
        reader = adapter(district, "tests", when + timedelta(hours=12))
        for arrival in reader.arrivals(inbox):
            land(engine, lake, arrival, reader, district=district)
    registry = Registry.open(district.registry_url)
    context = BuildContext(engine, lake, district, registry, STARTED + timedelta(days=400))
    build_source(context, "tests", list(deliveries(lake)))
    rows, fates = (
        engine.collect(engine.read([lake.typed("tests") / f"{name}.parquet"])).to_pylist()
        for name in ("typed_assessment", "fates")
    )
    return rows, Counter(row["fate"] for row in fates)


def test_a_wide_export_sent_again_states_no_season_twice(engine: Engine, tmp_path: Path) -> None:
    sent = {
        "fall.csv": (STARTED, csv_text([FALL], list(WINTER))),
        "winter.csv": (STARTED + timedelta(days=90), csv_text([WINTER])),
    }
    rows, fates = taken(engine, tmp_path, "fastbridge", sent)
    stated = Counter((row["window"], row["score_kind"]) for row in rows)
    assert set(stated.values()) == {1}
    assert {window for window, _ in stated} == {"Fall", "Winter"}
    assert fates == {"superseded": 1, "conformed": 1}


def test_the_export_of_another_school_year_replaces_nothing(engine: Engine, tmp_path: Path) -> None:
    sent = {
        "last_year.csv": (STARTED - timedelta(days=365), csv_text([LAST_YEAR])),
        "this_year.csv": (STARTED, csv_text([FALL])),
    }
    rows, fates = taken(engine, tmp_path, "fastbridge", sent)
    assert {row["score_text"] for row in rows if row["score_kind"] == "scale_score"} == {
        "199.5",
        "208.9",
    }
    assert fates == {"conformed": 2}


def test_a_test_that_is_deactivated_later_is_void_and_a_repeated_row_counts_once(
    engine: Engine, tmp_path: Path
) -> None:
    retest = TEST | {"AssessmentID": "a2", "CompletedDateLocal": "2026-09-15T13:00:00.000Z"}
    dropped = TEST | {"AssessmentStatus": "Deactivated"}
    sent = {
        "SR_1.csv": (STARTED, csv_text([TEST, TEST, retest])),
        "SR_2.csv": (STARTED + timedelta(days=1), csv_text([dropped])),
    }
    rows, fates = taken(engine, tmp_path, "star", sent)
    found = {
        (row["test_event_id"], row["is_void"]) for row in rows if row["score_kind"] == "scale_score"
    }
    assert found == {(TEST["AssessmentID"], True), ("a2", False)}
    assert fates == {"conformed": 2, "superseded": 1, "repeated": 1}
