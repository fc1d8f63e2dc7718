"""The gate: agreements, who is left out, and one entry in the ledger for every file."""

import json
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.errors import DisclosureRefused, LakeError
from hit_pipeline.lake import Lake, digest
from hit_pipeline.privacy import disclosure
from hit_pipeline.privacy.disclosure import Gate, Request, Rows, allowed
from hit_pipeline.privacy.disclosure_ledger import append, entries
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema

YEAR = "2026-27"
AT = datetime(2026, 10, 12, 15, 0, tzinfo=UTC)
FIELDS = ("given_name", "grade_current")
SETTINGS: dict[str, Any] = {
    "district": {"name": "Alder", "time_zone": "America/Denver"},
    "programs": {
        "math": {
            "name": "Math",
            "terms": {"fall": {"start": "2026-09-14", "end": "2026-12-18"}},
        }
    },
    "agreements": {
        "staff": {
            "recipient": "district",
            "purposes": ["tutoring"],
            "fields": ["given_name", "grade_current"],
            "start": "2026-10-12",
            "end": "2026-10-13",
            "signed_by": "Ada Director",
        },
        "vendor": {
            "recipient": "Riverside Tutors",
            "purposes": ["tutoring"],
            "fields": ["given_name"],
            "start": "2026-07-01",
            "end": "2027-06-30",
            "signed_by": "Ada Director",
        },
    },
}
REQUEST = Request("staff", "tutoring", "district", FIELDS, "Tia", AT, "math", "fall")
ROWS = [
    {"student_key": f"S{i}", "given_name": name, "grade_current": "03", "birth_date": "2016-01-01"}
    for i, name in enumerate(("Ivy", "Jon", "Kai"), start=1)
]
"""S1 and S2 are assigned, S3 is not; the family of S2 refused the vendor."""


class DiskFullError(Exception):
    """What a disk may do at any moment."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture
def gate(engine: Engine, tmp_path: Path) -> Gate:
    lake = Lake.open(tmp_path / "lake")
    keep(lake, "student", [{"student_key": f"S{i}", "is_active": True} for i in (1, 2, 3)])
    spell = {"program_id": "math", "term": "fall", "status": "assigned", "origin": "district_list"}
    starts = spell | {"start_date": date(2026, 9, 14)}
    keep(lake, "program_assignment", [starts | {"student_key": key} for key in ("S1", "S2")])
    said = {"purpose": "tutoring", "recipient": "Riverside Tutors", "program_id": "math"}
    keep(
        lake,
        "consent",
        [
            said | {"student_key": "S1", "status": "granted"},
            said | {"student_key": "S2", "status": "refused"},
            said | {"student_key": None, "status": "withdrawn"},
        ],
    )
    return Gate(engine, lake, District.model_validate(SETTINGS))


def keep(lake: Lake, name: str, rows: list[dict[str, Any]]) -> None:
    table = TABLES[name]
    path = lake.part(table, YEAR if table.partitioned else None)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path)


def as_json(rows: Rows, path: Path) -> None:
    path.write_text(json.dumps(rows), encoding="utf-8")


def test_a_file_holds_the_fields_of_those_assigned_and_no_key(gate: Gate, tmp_path: Path) -> None:
    entry = gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == [
        {"given_name": "Ivy", "grade_current": "03"},
        {"given_name": "Jon", "grade_current": "03"},
    ]
    assert (entry.students, entry.student_keys) == (2, ("S1", "S2"))
    assert entry.held_back == {"not assigned": 1}


def test_its_entry_says_who_what_why_when_and_the_hash(gate: Gate, tmp_path: Path) -> None:
    entry = gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    assert [*entries(gate.lake)] == [entry]
    assert entry.sha256 == digest(tmp_path / "out.json")
    assert (entry.recipient, entry.agreement, entry.purpose) == ("district", "staff", "tutoring")
    assert (entry.fields, entry.asked_by, entry.file) == (FIELDS, "Tia", "out.json")
    assert entry.at == AT.isoformat()


def test_file_and_ledger_are_readable_by_their_owner_only(gate: Gate, tmp_path: Path) -> None:
    gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    for path in (tmp_path / "out.json", gate.lake.root / "disclosures/ledger.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in (gate.lake.root / "disclosures").iterdir()] == ["ledger.jsonl"]


def test_to_a_vendor_goes_only_who_agreed_to_it(gate: Gate, tmp_path: Path) -> None:
    given = ("given_name",)
    request = Request("vendor", "tutoring", "Riverside Tutors", given, "Tia", AT, "math", "fall")
    entry = gate.disclose(request, ROWS, as_json, tmp_path / "out.json")
    assert entry.student_keys == ("S1",)
    assert entry.held_back == {"consent refused": 1, "not assigned": 1}
    assert gate.unlinked_refusals() == 1


def test_what_unknown_means_is_the_purposes(gate: Gate, tmp_path: Path) -> None:
    keep_only = [ROWS[1]]
    held = gate.district.model_copy(update={"unknown_consent": {"tutoring": "hold"}})
    strict = Gate(gate.engine, gate.lake, held)
    with pytest.raises(DisclosureRefused, match="consent unknown: 1"):
        strict.disclose(REQUEST, keep_only, as_json, tmp_path / "out.json")
    assert gate.disclose(REQUEST, keep_only, as_json, tmp_path / "out.json").students == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agreement": "nobody"}, "no agreement 'nobody'; agreements are staff, vendor"),
        ({"recipient": "Riverside Tutors"}, "is with district, not with Riverside Tutors"),
        ({"purpose": "research"}, "is for tutoring, not for research"),
        ({"fields": ("given_name", "birth_date")}, "does not allow birth_date"),
        ({"at": AT + timedelta(days=2)}, "in force from 2026-10-12 to 2026-10-13, not on 2026-10"),
    ],
)
def test_without_an_agreement_nothing_is_written_anywhere(
    change: dict[str, Any], words: str, gate: Gate, tmp_path: Path
) -> None:
    request = Request(**{**vars(REQUEST), **change})
    with pytest.raises(DisclosureRefused, match=words):
        gate.disclose(request, ROWS, as_json, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
    assert [*entries(gate.lake)] == []


@given(st.integers(-500, 500), st.integers(0, 23))
def test_an_agreement_is_in_force_on_its_first_and_last_day(days: int, hour: int) -> None:
    district = District.model_validate(SETTINGS)
    agreement = district.agreements["staff"]
    day = (AT + timedelta(days=days, hours=hour)).date()
    if agreement.start <= day <= agreement.end:
        assert allowed(district.agreements, REQUEST, day) == agreement
    else:
        with pytest.raises(DisclosureRefused, match="in force from"):
            allowed(district.agreements, REQUEST, day)


def test_the_day_is_that_of_the_district(gate: Gate) -> None:
    assert gate.day(datetime(2026, 10, 12, 5, 59, tzinfo=UTC)) == date(2026, 10, 11)


def test_a_file_that_is_there_is_never_replaced(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("filled in")
    with pytest.raises(DisclosureRefused, match="is there already"):
        gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == "filled in"


def test_a_file_that_cannot_be_written_has_no_entry(gate: Gate, tmp_path: Path) -> None:
    def fails(rows: Rows, path: Path) -> None:
        as_json(rows, path)
        raise DiskFullError

    with pytest.raises(DiskFullError):
        gate.disclose(REQUEST, ROWS, fails, tmp_path / "out.json")
    assert [*entries(gate.lake)] == []
    assert not (tmp_path / "out.json").exists()


def test_without_its_entry_no_file_is_seen(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(disclosure, "append", full)
    with pytest.raises(DiskFullError):
        gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    assert [one.name for one in tmp_path.iterdir()] == ["lake"]


def test_what_ends_before_the_file_is_seen_leaves_its_entry(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disclosure, "_make_visible", ended)
    with pytest.raises(KeyboardInterrupt):
        gate.disclose(REQUEST, ROWS, as_json, tmp_path / "out.json")
    assert [one.students for one in entries(gate.lake)] == [2]
    assert not (tmp_path / "out.json").exists()


def test_a_folder_that_cannot_be_written_to_is_refused_before_anything(
    gate: Gate, tmp_path: Path
) -> None:
    with pytest.raises(DisclosureRefused, match="nothing can be written to"):
        gate.disclose(REQUEST, ROWS, as_json, tmp_path / "nowhere" / "out.json")
    assert [*entries(gate.lake)] == []


def test_a_file_made_by_somebody_else_meanwhile_is_not_replaced(gate: Gate, tmp_path: Path) -> None:
    target = tmp_path / "out.json"

    def meanwhile(rows: Rows, path: Path) -> None:
        as_json(rows, path)
        target.write_text("theirs")

    with pytest.raises(DisclosureRefused, match="in the meantime"):
        gate.disclose(REQUEST, ROWS, meanwhile, target)
    assert target.read_text() == "theirs"
    assert len([*entries(gate.lake)]) == 1


def test_a_torn_line_is_no_entry_and_spoils_none(gate: Gate, tmp_path: Path) -> None:
    first = gate.disclose(REQUEST, ROWS, as_json, tmp_path / "one.json")
    ledger = gate.lake.root / "disclosures/ledger.jsonl"
    with ledger.open("ab") as handle:
        handle.write(ledger.read_bytes()[:40])
    append(gate.lake, first)
    assert [*entries(gate.lake)] == [first, first]


def test_a_line_that_is_no_entry_is_an_error(gate: Gate, tmp_path: Path) -> None:
    gate.disclose(REQUEST, ROWS, as_json, tmp_path / "one.json")
    with (gate.lake.root / "disclosures/ledger.jsonl").open("a") as handle:
        handle.write('{"at": 1}\n')
    with pytest.raises(LakeError, match="line 2"):
        list(entries(gate.lake))


def test_a_lake_without_any_disclosure_has_none(gate: Gate) -> None:
    assert [*entries(gate.lake)] == []
