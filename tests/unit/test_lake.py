"""The lake on disk: where tables lie, promotion, the lease."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.errors import LakeBusy, LakeFormatError
from hit_pipeline.lake import FORMAT_VERSION, Lake, digest, write_json
from hit_pipeline.tables.catalog import TABLES

NOW = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
YEAR = "2026-27"
STUDENT, SESSION, DOSAGE = TABLES["student"], TABLES["session"], TABLES["student_dosage"]
VERDICT = {"passed": True}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake")


def candidate(lake: Lake, content: bytes) -> None:
    path = lake.candidate(STUDENT)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def said(lake: Lake) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(lake.verdict_path(STUDENT).read_text())
    return told


def test_an_empty_lake_is_made_once_and_opened_again(tmp_path: Path) -> None:
    first = Lake.open(tmp_path / "deep" / "lake")
    assert json.loads((first.root / "format.json").read_text()) == {"lake_format": FORMAT_VERSION}
    assert Lake.open(first.root) == first


@pytest.mark.parametrize("found", [{"lake_format": FORMAT_VERSION + 1}, {}])
def test_another_format_is_refused_with_both_versions(
    tmp_path: Path, found: dict[str, int]
) -> None:
    write_json(tmp_path / "format.json", found)
    with pytest.raises(LakeFormatError, match=f"reads {FORMAT_VERSION}"):
        Lake.open(tmp_path)


def test_every_table_has_a_place_of_its_layer(lake: Lake) -> None:
    def place(path: Path) -> str:
        return path.relative_to(lake.root).as_posix()

    assert place(lake.part(STUDENT)) == "conformed/student/part-0.parquet"
    year = f"school_year={YEAR}"
    assert place(lake.part(DOSAGE, YEAR)) == f"marts/student_dosage/{year}/part-0.parquet"
    assert place(lake.candidate(SESSION, YEAR)) == f"candidates/session/{year}/part-0.parquet"
    assert place(lake.verdict_path(SESSION, YEAR)) == f"verdicts/session/{YEAR}.json"
    assert place(lake.verdict_path(STUDENT)) == "verdicts/student/all.json"


def test_partitions_are_asked_for_exactly_where_there_are_any(lake: Lake) -> None:
    with pytest.raises(ValueError, match="session is partitioned"):
        lake.part(SESSION)
    with pytest.raises(ValueError, match="student is not partitioned"):
        lake.candidate(STUDENT, YEAR)


def test_years_are_those_that_were_promoted(lake: Lake) -> None:
    assert lake.years(SESSION) == []
    for year in (YEAR, "2025-26"):
        path = lake.candidate(SESSION, year)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"rows")
        lake.promote(SESSION, year, VERDICT)
    assert lake.years(SESSION) == ["2025-26", YEAR]
    assert lake.parts(SESSION) == [lake.part(SESSION, year) for year in ("2025-26", YEAR)]


def test_typed_parts_are_one_file_per_source(lake: Lake) -> None:
    table = TABLES["typed_school"]
    for source in ("b", "a"):
        path = lake.typed(source) / "typed_school.parquet"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    assert lake.typed_parts(table) == [
        lake.typed(source) / "typed_school.parquet" for source in ("a", "b")
    ]


def test_a_promoted_file_is_the_candidate_with_its_digest_in_the_verdict(lake: Lake) -> None:
    candidate(lake, b"rows")
    assert lake.promote(STUDENT, None, VERDICT) == lake.part(STUDENT)
    assert lake.part(STUDENT).read_bytes() == b"rows"
    assert not lake.candidate(STUDENT).exists()
    assert said(lake) == {"passed": True, "sha256": hashlib.sha256(b"rows").hexdigest()}


def test_an_earlier_file_is_replaced_never_written_into(lake: Lake, tmp_path: Path) -> None:
    candidate(lake, b"before")
    lake.promote(STUDENT, None, VERDICT)
    os.link(lake.part(STUDENT), tmp_path / "linked")
    candidate(lake, b"after")
    lake.promote(STUDENT, None, VERDICT)
    assert (tmp_path / "linked").read_bytes() == b"before"
    assert said(lake)["sha256"] == digest(lake.part(STUDENT))


class Crash(BaseException):
    """What no code catches."""


@pytest.mark.parametrize("last", range(1, 9))
def test_a_crash_while_promoting_never_leaves_a_verdict_on_another_file(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    candidate(lake, b"before")
    lake.promote(STUDENT, None, VERDICT)
    candidate(lake, b"after")
    calls: list[str] = []

    def dying(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            calls.append(name)
            if len(calls) == last:
                raise Crash
            return plain(*given, **named)

        return call

    with monkeypatch.context() as patched:
        for name in ("fsync", "replace", "unlink"):
            patched.setattr(os, name, dying(name, getattr(os, name)))
        try:
            lake.promote(STUDENT, None, VERDICT)
        except Crash:
            assert len(calls) == last
    assert lake.part(STUDENT).read_bytes() in {b"before", b"after"}
    verdict = lake.verdict_path(STUDENT)
    assert not verdict.exists() or said(lake)["sha256"] == digest(lake.part(STUDENT))
    candidate(lake, b"after")
    lake.promote(STUDENT, None, VERDICT)
    assert said(lake)["sha256"] == digest(lake.part(STUDENT))


def test_json_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "said.json"
    write_json(path, {"b": 1, "a": "ü"})
    assert json.loads(path.read_text()) == {"a": "ü", "b": 1}
    assert path.read_text().index('"a"') < path.read_text().index('"b"')

    def die(_handle: int) -> None:
        raise Crash

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(Crash):
        write_json(path, {"a": "another"})
    assert json.loads(path.read_text()) == {"a": "ü", "b": 1}


def test_the_lease_tells_who_holds_it_since_when(lake: Lake) -> None:
    with lake.lease("the first", NOW):
        with pytest.raises(LakeBusy, match=r"the first, process \d+, since 2026-11-22T06:05"):
            lake.lease("the second", NOW).__enter__()
        with lake.lease("another lease", NOW, name="night"):
            pass
    with lake.lease("the second", NOW):
        assert "the second" in (lake.root / "writer.lock").read_text()


def test_the_lease_is_waited_for(lake: Lake) -> None:
    with lake.lease("the first", NOW):
        begun = time.monotonic()
        with pytest.raises(LakeBusy):
            lake.lease("the second", NOW, wait_seconds=0.3).__enter__()
        assert time.monotonic() - begun >= 0.3


HOLDER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from hit_pipeline.lake import Lake
with Lake.open(Path(sys.argv[1])).lease("a process that dies", datetime.now(UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_is_killed_lets_go_of_the_lease(lake: Lake) -> None:
    command = [sys.executable, "-c", HOLDER, str(lake.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LakeBusy, match="a process that dies"):
            lake.lease("the next", NOW).__enter__()
        holder.kill()
    with lake.lease("the next", NOW, wait_seconds=5):
        pass
