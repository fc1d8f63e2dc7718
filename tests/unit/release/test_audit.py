"""What the audit refuses: one reason per table, and each kind of reason."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.errors import ReleaseRefused
from hit_pipeline.lake import write_json
from hit_pipeline.release import catalog
from hit_pipeline.tables.catalog import TABLES
from tests.unit.release.bench import YEAR, Bench, outcome, participants

PARTICIPANT = TABLES["session_participant"]


def refused(bench: Bench) -> tuple[str, ...]:
    before = (bench.lake.releases / "current").read_bytes()
    with pytest.raises(ReleaseRefused) as caught:
        bench.publish()
    assert (bench.lake.releases / "current").read_bytes() == before
    assert catalog.damaged(catalog.named(bench.lake, "current")) == []
    return caught.value.reasons


def test_a_verdict_deleted_by_hand_refuses_even_when_nothing_is_new(published: Bench) -> None:
    published.lake.verdict_path(TABLES["student"]).unlink()
    assert refused(published) == ("student: its verdict is missing",)


def test_a_duplicate_key_written_into_a_partition_is_named_by_its_rule(published: Bench) -> None:
    path = published.lake.part(PARTICIPANT, YEAR)
    rows = pq.read_table(path)
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), path)
    (reason,) = refused(published)
    assert reason.startswith(f"session_participant {YEAR}: changed after its verdict")
    assert reason.endswith("fails now: session_participant.key.unique")


def test_a_changed_file_that_still_fits_its_suite_is_refused_all_the_same(published: Bench) -> None:
    path = published.lake.part(PARTICIPANT, YEAR)
    pq.write_table(pq.read_table(path).slice(1), path)
    (reason,) = refused(published)
    assert reason.endswith("fails now: none")


def test_a_failed_verdict_is_named_by_the_rules_that_block(published: Bench) -> None:
    published.outcomes["student", None] = (
        outcome("student.key.unique", passed=False, unexpected=2),
        outcome("student.age", passed=False, unexpected=1, severity="warning"),
        outcome("student.broken", passed=False, unexpected=None, broken=True, severity="warning"),
    )
    published.build("student")
    assert refused(published) == ("student: failed student.broken, student.key.unique",)


def test_a_warning_does_not_stand_in_the_way(published: Bench) -> None:
    warning = outcome("student.age", passed=False, unexpected=1, severity="warning")
    published.outcomes["student", None] = (warning,)
    published.deliver("2", 0)
    published.build()
    release = published.publish()
    assert release is not None
    told = json.loads((release.folder / "manifest.json").read_text())["verdicts"]
    assert [one["warnings"] for one in told if one["table"] == "student"] == [1]


def test_a_verdict_that_checked_nothing_is_none(published: Bench) -> None:
    path = published.lake.verdict_path(TABLES["student"])
    write_json(path, {**json.loads(path.read_text()), "outcomes": []})
    assert refused(published) == ("student: its verdict checked nothing",)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"sha256": "x"}'])
def test_a_verdict_that_cannot_be_read_is_refused_by_name(published: Bench, content: str) -> None:
    published.lake.verdict_path(TABLES["student"]).write_text(content)
    assert refused(published) == ("student: its verdict cannot be read",)


def test_a_partition_whose_file_is_gone_is_missed(published: Bench) -> None:
    published.lake.part(PARTICIPANT, YEAR).unlink()
    (reason,) = refused(published)
    assert reason.startswith(f"session_participant {YEAR}: it was never built")


def test_a_year_with_rows_that_no_table_was_built_for_is_missed(published: Bench) -> None:
    published.typed_state("logs-1", (YEAR, "2025-26"))
    reasons = refused(published)
    assert f"{PARTICIPANT.name} 2025-26: it was never built, or its file is gone" in reasons


def test_tables_that_were_not_built_again_are_older_than_their_inputs(published: Bench) -> None:
    published.deliver("2", 0)
    published.build("student", "delivery")
    reasons = refused(published)
    assert all("older than what it is built from" in reason for reason in reasons)
    named = {reason.partition(":")[0] for reason in reasons}
    assert f"session_participant {YEAR}" in named
    assert "school" in named
    assert not named & {"student", "delivery"}


def test_every_reason_is_told_at_once(published: Bench) -> None:
    published.lake.verdict_path(TABLES["student"]).unlink()
    published.lake.verdict_path(TABLES["school"]).unlink()
    assert len(refused(published)) == 2


def test_reasons_hold_no_value_of_a_pupil(published: Bench) -> None:
    path = published.lake.part(PARTICIPANT, YEAR)
    rows = pq.read_table(path)
    pq.write_table(pa.concat_tables([rows, rows]), path)
    told = " ".join(refused(published))
    cells = {row[name] for row in participants() for name in ("student_key", "person_record_id")}
    assert not [cell for cell in cells - {None} if str(cell) in told]


def test_a_first_release_is_refused_without_leaving_anything(bench: Bench) -> None:
    bench.lake.verdict_path(TABLES["student"]).unlink()
    with pytest.raises(ReleaseRefused):
        bench.publish()
    assert not list(Path(bench.lake.releases).glob("*"))
