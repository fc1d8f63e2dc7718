"""The adapter of file sources: which file of the contract, which columns, and what is refused."""

import gzip
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.delivery import Arrival
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.files import FilesAdapter

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SESSIONS: dict[str, Any] = {
    "pattern": "sessions*.csv",
    "delivers": "full",
    "feeds": [],
    "columns": [
        {"name": "Session", "required": True},
        {"name": "Student ID", "aliases": ["Pupil"]},
        {"name": "Minutes"},
    ],
}


def contract(**files: Mapping[str, Any]) -> Contract:
    given = {"id": "log", "version": 1, "title": "A log", "files": files or {"sessions": SESSIONS}}
    return Contract.model_validate(given)


def read(
    engine: Engine, path: Path, agreed: Contract | None = None
) -> dict[str, tuple[ReadFile, list[dict[str, str | None]]]]:
    adapter = FilesAdapter("vendor", agreed or contract(), NOW, 30, Thresholds())
    workspace = path.parent / "workspace"
    workspace.mkdir(exist_ok=True)
    arrival = Arrival("vendor", path.name, path, NOW)
    return {
        one.file: (one, engine.collect(one.rows).to_pylist() if one.rows is not None else [])
        for one in adapter.read(engine, arrival, workspace)
    }


def refused(engine: Engine, path: Path, agreed: Contract | None = None) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as caught:
        read(engine, path, agreed)
    return caught.value


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def zipped(folder: Path, entries: Mapping[str, str]) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def test_columns_get_the_contracts_names_and_absent_ones_are_null(
    engine: Engine, tmp_path: Path
) -> None:
    path = put(tmp_path, "Sessions_1.CSV", "pupil,SESSION,Room\n007,a,12\n")
    one, rows = read(engine, path)["sessions"]
    assert rows == [{"Student ID": "007", "Session": "a", "Room": "12", "Minutes": None}]
    assert one.header == ("pupil", "SESSION", "Room")
    assert one.columns == ("Student ID", "Session", "Room")
    assert (one.entry, one.count, one.malformed) == ("Sessions_1.CSV", 1, None)
    rules = {finding.rule for finding in one.findings}
    assert rules == {
        "tolerance.header_name",
        "contract.extra_column",
        "contract.missing_column",
    }


def test_a_file_the_contract_does_not_know_is_refused(engine: Engine, tmp_path: Path) -> None:
    error = refused(engine, put(tmp_path, "lunch.csv", "Session\n1\n"))
    assert (error.rule, error.file) == ("landing.no_contract_file", "lunch.csv")
    assert "sessions*.csv" in str(error)


def test_a_file_with_other_columns_is_refused_without_telling_them(
    engine: Engine, tmp_path: Path
) -> None:
    error = refused(engine, put(tmp_path, "sessions.csv", "Ann,Lee,2015-01-02\nBob,Ray,x\n"))
    assert error.rule == "landing.no_contract_file"
    assert "Ann" not in str(error)


def test_a_missing_required_column_is_refused_with_what_is_there(
    engine: Engine, tmp_path: Path
) -> None:
    error = refused(engine, put(tmp_path, "sessions.csv", "Minutes,Pupil,SSN\n1,2,3\n"))
    assert error.rule == "contract.missing_column"
    assert "columns Session;" in str(error)
    assert "present are Minutes, SSN, Student ID" in str(error)
    assert error.forbidden == ("SSN",)


def test_a_header_alone_is_refused_or_means_nothing_happened(
    engine: Engine, tmp_path: Path
) -> None:
    path = put(tmp_path, "sessions.csv", "Session,Minutes\n")
    assert refused(engine, path).rule == "landing.header_only"
    quiet = contract(sessions={**SESSIONS, "empty": "nothing_happened"})
    one, rows = read(engine, path, quiet)["sessions"]
    assert (one.rows, one.count, rows) == (None, 0, [])


def test_only_malformed_rows_are_not_header_only(engine: Engine, tmp_path: Path) -> None:
    one, rows = read(engine, put(tmp_path, "sessions.csv", "Session,Minutes\n1\n"))["sessions"]
    assert rows == []
    assert one.malformed is not None


def test_a_compressed_file_is_read(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv.gz"
    path.write_bytes(gzip.compress(b"Session\n1\n"))
    assert read(engine, path)["sessions"][1][0]["Session"] == "1"


def test_members_that_are_the_same_file_become_one(engine: Engine, tmp_path: Path) -> None:
    path = zipped(
        tmp_path,
        {
            "sessions_2.csv": "Session,Room\n3,12\n",
            "sessions_1.csv": "Session\n1\n2\n",
            "sessions_3.csv": "Session,Minutes\n4\n5,6\n",
            "readme.txt": "hello",
        },
    )
    one, rows = read(engine, path)["sessions"]
    assert [row["Session"] for row in rows] == ["1", "2", "3", "5"]
    assert [row["Room"] for row in rows] == [None, None, "12", None]
    assert one.count == 4
    assert one.header == ("Session", "Room", "Minutes")
    assert one.malformed is not None
    assert engine.collect(one.malformed)["raw"].to_pylist() == ["4"]
    unknown = [finding for finding in one.findings if finding.rule == "landing.unknown_entry"]
    assert [finding.count for finding in unknown] == [1]
    assert "readme" not in unknown[0].detail


def test_where_a_file_lay_and_what_it_is_called_are_cells_where_the_contract_uses_them(
    engine: Engine, tmp_path: Path
) -> None:
    feed = {"table": "typed_student", "columns": {"school_name": {"from": "_folder"}}}
    other = {"table": "typed_student", "columns": {"school_name": {"from": "_file_name"}}}
    agreed = contract(sessions={**SESSIONS, "feeds": [feed, other]})
    path = zipped(
        tmp_path, {"Lincoln/sessions_a.csv": "Session\n1\n", "sessions_b.csv": "Session\n2\n"}
    )
    one, rows = read(engine, path, agreed)["sessions"]
    assert [(row["_folder"], row["_file_name"]) for row in rows] == [
        ("Lincoln", "sessions_a.csv"),
        (None, "sessions_b.csv"),
    ]
    assert one.header == ("Session",)
    alone = put(tmp_path, "sessions.csv", "Session\n1\n")
    adapter = FilesAdapter("vendor", agreed, NOW, 30, Thresholds())
    arrival = Arrival("vendor", "2026/Grant/sessions.csv", alone, NOW)
    (whole,) = adapter.read(engine, arrival, tmp_path / "workspace")
    assert whole.rows is not None
    (row,) = engine.collect(whole.rows).to_pylist()
    assert (row["_folder"], row["_file_name"]) == ("Grant", "sessions.csv")


def test_files_of_a_bundle_come_apart_and_a_missing_one_is_noted(
    engine: Engine, tmp_path: Path
) -> None:
    people = {**SESSIONS, "pattern": "people*.csv", "optional": False}
    rooms = {**SESSIONS, "pattern": "rooms*.csv", "optional": False}
    agreed = contract(sessions=SESSIONS, people=people, rooms=rooms)
    path = zipped(tmp_path, {"sessions.csv": "Session\n1\n", "people.csv": "Session\n2\n"})
    found = read(engine, path, agreed)
    assert {file: rows[0]["Session"] for file, (_, rows) in found.items()} == {
        "people": "2",
        "sessions": "1",
    }
    notes = [finding for one, _ in found.values() for finding in one.findings]
    missing = [finding.file for finding in notes if finding.rule == "contract.missing_file"]
    assert missing == ["rooms"]


def test_of_two_files_with_a_fitting_name_the_columns_decide(
    engine: Engine, tmp_path: Path
) -> None:
    other = {**SESSIONS, "columns": [{"name": "Meeting", "required": True}]}
    agreed = contract(sessions=SESSIONS, meetings=other)
    assert list(read(engine, put(tmp_path, "sessions.csv", "Meeting\n1\n"), agreed)) == ["meetings"]
    error = refused(engine, put(tmp_path, "sessions.csv", "Minutes\n1\n"), agreed)
    assert (error.rule, "Session" in str(error)) == ("contract.missing_column", True)


def test_every_format_goes_through(engine: Engine, tmp_path: Path) -> None:
    spans = [
        {"name": "Session", "start": 1, "width": 3},
        {"name": "Minutes", "start": 4, "width": 3},
    ]
    agreed = contract(
        fixed={**SESSIONS, "pattern": "*.txt", "format": "fixed_width", "columns": spans},
        lines={**SESSIONS, "pattern": "*.jsonl", "format": "json_lines"},
        document={**SESSIONS, "pattern": "*.json", "format": "json", "records": "rows"},
        bare={**SESSIONS, "pattern": "*.dat", "header_row": 0, "delimiter": "|"},
    )
    row = {"Session": "007", "Minutes": 30}
    texts = {
        "a.txt": "SESMIN\n007 30\n",
        "a.jsonl": json.dumps(row),
        "a.json": json.dumps({"rows": [row]}),
        "a.dat": "007|x|30\n",
    }
    for name, text in texts.items():
        ((one, rows),) = read(engine, put(tmp_path, name, text), agreed).values()
        assert (rows[0]["Session"], rows[0]["Minutes"]) == ("007", "30"), one.file


def test_an_empty_list_of_rows_is_a_header_alone(engine: Engine, tmp_path: Path) -> None:
    agreed = contract(document={**SESSIONS, "pattern": "*.json", "format": "json"})
    error = refused(engine, put(tmp_path, "a.json", "[]"), agreed)
    assert error.rule == "landing.header_only"


def test_each_settled_file_is_an_arrival(tmp_path: Path) -> None:
    for name in ("b.csv", "deep/a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    adapter = FilesAdapter("vendor", contract(), NOW, 0, Thresholds())
    assert sorted(one.name for one in adapter.arrivals(tmp_path)) == ["b.csv", "deep/a.csv"]


def test_a_file_of_another_pattern_is_left_to_another_source(tmp_path: Path) -> None:
    for name in ("sessions_1.csv", "Sessions_2.CSV", "surveys_1.csv"):
        put(tmp_path, name, "Session\nA\n")
    adapter = FilesAdapter("vendor", contract(), NOW, 0, Thresholds(), "sessions*")
    found = {one.name for one in adapter.arrivals(tmp_path)}
    assert found == {"sessions_1.csv", "Sessions_2.CSV"}
