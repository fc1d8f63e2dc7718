"""DATAS: the standard's own example through the whole pipeline, against its own toolkit's figures.

The figures are computed here by SQL from the published release, by the standard's formulas.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.commands.setup import write_secret
from tests.nights import ask, night, one_row

DISTRICT = """
dosage_rules = ["datas_60h"]

[district]
name = "The standard's example"
time_zone = "America/Denver"
open_year = "2025-26"

[lake]
settle_seconds = 0

[sources.datas]
adapter = "files"
contract = "datas"
kind = "roster"
"""

HOURS = """
    WITH tutored AS (
        SELECT student_key, actual_seconds / 3600.0 AS hours
        FROM student_dosage
        WHERE rule_id = 'datas_60h' AND actual_seconds > 0
    )
"""

DOSAGE = (
    HOURS  # noqa: S608 (our own text)
    + """
    , ordered AS (SELECT hours, row_number() OVER (ORDER BY hours) AS place FROM tutored)
    SELECT
        median(hours) AS median_hours,
        avg(hours) AS mean_hours,
        quantile_cont(hours, 0.25) AS q25,
        quantile_cont(hours, 0.75) AS q75,
        quantile_cont(hours, 0.75) - quantile_cont(hours, 0.25) AS iqr,
        count(*) AS tutored_students,
        60.0 AS target_dosage,
        sum(hours) AS total_tutoring_hours,
        100.0 * avg((hours < 15)::INT) AS pct_below_25,
        100.0 * avg((hours >= 15 AND hours < 30)::INT) AS pct_25_50,
        100.0 * avg((hours >= 30 AND hours < 45)::INT) AS pct_50_75,
        100.0 * avg((hours >= 45 AND hours < 60)::INT) AS pct_75_99,
        100.0 * avg((hours >= 60)::INT) AS pct_full_dosage,
        2 * sum(place * hours) / (count(*) * sum(hours)) - (count(*) + 1.0) / count(*) AS gini
    FROM ordered
    """
)

EQUITY = (
    HOURS
    + """
    SELECT
        avg(hours) FILTER (ell) - avg(hours) FILTER (NOT ell) AS ell_gap,
        avg(hours) FILTER (ell) AS ell_ell_mean,
        avg(hours) FILTER (NOT ell) AS ell_non_ell_mean,
        count(*) FILTER (ell) AS ell_ell_n,
        count(*) FILTER (NOT ell) AS ell_non_ell_n,
        avg(hours) FILTER (iep) - avg(hours) FILTER (NOT iep) AS iep_gap,
        avg(hours) FILTER (iep) AS iep_iep_mean,
        avg(hours) FILTER (NOT iep) AS iep_non_iep_mean,
        count(*) FILTER (iep) AS iep_iep_n,
        count(*) FILTER (NOT iep) AS iep_non_iep_n,
        avg(hours) FILTER (economic_disadvantage)
            - avg(hours) FILTER (NOT economic_disadvantage) AS econ_gap,
        avg(hours) FILTER (economic_disadvantage) AS econ_disadv_mean,
        avg(hours) FILTER (NOT economic_disadvantage) AS econ_adv_mean,
        count(*) FILTER (economic_disadvantage) AS econ_disadv_n,
        count(*) FILTER (NOT economic_disadvantage) AS econ_adv_n,
        100.0 * avg((hours >= 60)::INT) FILTER (ell OR iep OR economic_disadvantage)
            AS high_need_full_dosage_pct,
        count(*) FILTER (ell OR iep OR economic_disadvantage) AS high_need_n,
        100.0 * avg((hours >= 60)::INT) AS total_full_dosage_pct,
        count(*) AS total_n
    FROM tutored JOIN student USING (student_key)
    """
)


@pytest.fixture(scope="module")
def district(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("datas")
    (folder / "district.toml").write_text(DISTRICT, encoding="utf-8")
    write_secret(folder)
    inbox = folder / "inbox" / "datas"
    inbox.mkdir(parents=True)
    for name in ("session.csv", "student.csv"):
        shutil.copy(samples / "datas" / name, inbox)
    told = night(folder)
    assert told["failed"] == []
    assert told["release"] is not None
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def theirs(samples: Path) -> dict[str, Any]:
    path = samples / "datas" / "_peer_metrics_target_60h.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures


def test_the_fourteen_dosage_figures_agree(district: Path, theirs: dict[str, Any]) -> None:
    ours = one_row(district, DOSAGE)
    assert len(theirs["dosage"]) == 14
    assert ours == pytest.approx(theirs["dosage"], rel=1e-9)


def test_the_nineteen_equity_figures_agree(district: Path, theirs: dict[str, Any]) -> None:
    ours = one_row(district, EQUITY)
    assert len(theirs["equity"]) == 19
    assert ours == pytest.approx(theirs["equity"], rel=1e-9)


def test_bands_in_the_mart_are_those_of_the_standard(
    district: Path, theirs: dict[str, Any]
) -> None:
    rows = ask(
        district,
        "SELECT datas_band AS band, 100.0 * count(*) / sum(count(*)) OVER () AS share "
        "FROM student_dosage WHERE actual_seconds > 0 AND rule_id = 'datas_60h' GROUP BY 1",
    ).to_pylist()
    shares = {row["band"]: row["share"] for row in rows}
    wanted = {
        "below_25": theirs["dosage"]["pct_below_25"],
        "25_50": theirs["dosage"]["pct_25_50"],
        "50_75": theirs["dosage"]["pct_50_75"],
        "75_99": theirs["dosage"]["pct_75_99"],
        "full": theirs["dosage"]["pct_full_dosage"],
    }
    assert shares == pytest.approx({band: share for band, share in wanted.items() if share})


def test_odd_sessions_are_flagged_and_every_row_is_kept(district: Path) -> None:
    assert one_row(district, "SELECT count(*) AS n FROM session_participant") == {"n": 50_520}
    flagged = {
        rule: one_row(
            district,
            f"SELECT count(*) AS n FROM session_participant WHERE flags LIKE '%{rule}%'",  # noqa: S608 (our own rule ids)
        )["n"]
        for rule in ("session.duplicate", "session.zero_minutes", "session.overlap")
    }
    assert flagged["session.duplicate"] == 32  # the later one of each pair
    assert flagged["session.zero_minutes"] == 192
    assert flagged["session.overlap"] >= 2_943
    fates = one_row(
        district,
        "SELECT sum(rows) AS landed, sum(rows_conformed) AS conformed, "
        "sum(rows_superseded + rows_repeated + rows_excluded + rows_quarantined) AS other "
        "FROM delivery",
    )
    assert fates == {"landed": 53_020, "conformed": 53_020, "other": 0}


def test_the_analyst_tier_gives_the_same_hours(district: Path, theirs: dict[str, Any]) -> None:
    (row,) = ask(district, DOSAGE, tier="analyst").to_pylist()
    assert row["total_tutoring_hours"] == pytest.approx(theirs["dosage"]["total_tutoring_hours"])
