"""A vendor's file of corrections: right numbers of its own students only, one entry per file."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine
from hit_pipeline.errors import DisclosureRefused, HitError, NotFound
from hit_pipeline.exports.corrections import Corrections, write_corrections
from hit_pipeline.identity.publish import student_identifier
from hit_pipeline.privacy.disclosure_ledger import entries
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema, conform_to
from tests.unit.identity.children import IDA, JOSE, LONG, MARIA, ROSTER_ROWS, TOM, WILLIAM, Child
from tests.unit.identity.conftest import engine  # noqa: F401 (a fixture)
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
RIVERSIDE = "Riverside Tutors"
SHARED = (MARIA, JOSE, WILLIAM, LONG)
"""Ida is nobody's, Tom another vendor's; the family of William refused Riverside."""
AGREEMENT = {
    "recipient": RIVERSIDE,
    "purposes": ["tutoring"],
    "fields": ["student_id_district", "given_name"],
    "start": "2026-07-01",
    "end": "2027-06-30",
    "signed_by": "Ada Director",
}
TERM = {"fall": {"start": "2026-09-14", "end": "2026-12-18"}}
PROGRAMS = {
    "math": {"name": "Math", "vendor": RIVERSIDE, "terms": TERM},
    "reading": {"name": "Reading", "vendor": "Others", "terms": TERM},
}
ROWS: dict[str, dict[str, Any]] = {
    "right": {"id_district": "0012345", "given_name": "Maria", "family_name": "Lopez"},
    "lost zeros": {"id_district": "12346", "given_name": "Jose", "family_name": "Lopez"},
    "mistyped": {"id_district": "0050091", "given_name": "Lena", "family_name": "Vogel"},
    "missing": {
        "given_name": "Maria",
        "family_name": "Garcia Lopez",
        "birth_date": MARIA["birth_date"],
    },
    "swapped": {"id_district": "0012346", "given_name": "Maria", "family_name": "Garcia Lopez"},
    "refused": {"id_district": "990000", "given_name": "William", "family_name": "Stone"},
    "not shared": {"id_district": "30001", "given_name": "Ida", "family_name": "Marsh"},
    "not shared, right": {"id_district": "0030001", "given_name": "Ida", "family_name": "Marsh"},
    "another vendor's": {"id_district": "60009", "given_name": "Tom", "family_name": "Reyes"},
    "unknown": {"id_district": "7777777", "given_name": "Zora", "family_name": "Quill"},
    "shared name, number of one not shared": {
        "id_district": "0060009",
        "given_name": "Lena",
        "family_name": "Vogel",
    },
}
HELD = ("refused", "not shared", "not shared, right", "another vendor's", "unknown")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> BuildContext:  # noqa: F811
    folder = tmp_path_factory.mktemp("vendor")
    sources = {"sis": ROSTER, "vendor": VENDOR, "other": VENDOR}
    desk = Desk.open(folder, engine, sources)
    desk.put("sis", "typed_student", ROSTER_ROWS)
    desk.put("vendor", "typed_session_log", [_row(name, cells) for name, cells in ROWS.items()])
    other = {"student_id_vendor": "o-1", "student_given_name": "Secret"}
    desk.put("other", "typed_session_log", [other])
    desk.night()
    made = replace(desk.context, now=AT, district=_district(folder, AGREEMENT))
    _promote(desk, made)
    return made


def _row(name: str, cells: dict[str, Any]) -> dict[str, Any]:
    named = {cell if cell == "birth_date" else f"student_{cell}": cells[cell] for cell in cells}
    return {"row_id_source": name, "student_id_vendor": name, **named}


def _district(folder: Path, agreement: dict[str, Any], **more: Any) -> District:
    return District.model_validate(
        {
            "folder": folder,
            "district": {"name": "Test", "time_zone": "America/Chicago"},
            "sources": {"sis": ROSTER, "vendor": {**VENDOR, "vendor": RIVERSIDE}, "other": VENDOR},
            "programs": PROGRAMS,
            "agreements": {"riverside": agreement},
            **more,
        }
    )


def _promote(desk: Desk, context: BuildContext) -> None:
    """Put what the gate asks for where promoted tables lie."""
    keys = {of["student_id_source"]: _key(desk, of) for of in ROSTER_ROWS}
    spell = {"term": "fall", "status": "assigned", "origin": "district_list"}
    starts = {**spell, "start_date": date(2026, 9, 14)}
    assigned = [{**starts, "program_id": "math", "student_key": _key(desk, of)} for of in SHARED]
    assigned.append({**starts, "program_id": "reading", "student_key": _key(desk, TOM)})
    refused = {"purpose": "tutoring", "program_id": "math", "status": "refused"}
    everybody = [{"student_key": key, "is_active": True} for key in keys.values()]
    granted = {"purpose": "tutoring", "recipient": RIVERSIDE, "status": "granted"}
    said = [{**granted, "student_key": _key(desk, of)} for of in (MARIA, JOSE, LONG, IDA, TOM)]
    said.append({**refused, "student_key": _key(desk, WILLIAM)})
    for name, rows in (
        ("student", everybody),
        ("program_assignment", assigned),
        ("consent", said),
    ):
        table = TABLES[name]
        path = context.lake.part(table, "2026-27" if table.partitioned else None)
        path.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path)
    numbers = TABLES["student_identifier"]
    path = context.lake.part(numbers, None)
    path.parent.mkdir(parents=True)
    context.engine.write(conform_to(numbers, student_identifier(context)), path)


def _key(desk: Desk, of: Child) -> str:
    found = desk.key("typed_student", student_id_source=of["student_id_source"])
    assert found is not None
    return found


Asking = Callable[..., tuple[Corrections, dict[str, dict[str, str]], str]]


@pytest.fixture
def ask(context: BuildContext, tmp_path: Path) -> Asking:
    """Return what asks for a file: what was written, its rows by the vendor's id, its text."""

    def asking(**changes: Any) -> tuple[Corrections, dict[str, dict[str, str]], str]:
        target = tmp_path / "out.csv"
        district = _district(context.district.folder, {**AGREEMENT, **changes})
        told = replace(context, district=district)
        written = write_corrections(told, "vendor", target, agreement=None, asked_by="Tia")
        text = target.read_text(encoding="utf-8")
        rows = list(csv.DictReader(text.splitlines()))
        return written, {row["your_student_id"]: row for row in rows}, text

    return asking


def test_the_right_number_is_told_of_the_vendors_own_students(ask: Asking) -> None:
    _, rows, _ = ask()
    told = {name: (row["finding"], row["right_number"]) for name, row in rows.items()}
    assert told["lost zeros"] == ("number_form", "0012346")
    assert told["mistyped"] == ("number_mistyped", "0050001")
    assert told["missing"] == ("number_missing", "0012345")
    assert rows["mistyped"]["stated_district"] == "0050091"
    assert rows["mistyped"]["stated_given_name"] == "Lena"
    assert "mistyped" in rows["mistyped"]["what_is_wrong"]
    assert "right" not in rows


def test_a_number_that_belongs_to_another_name_is_said_to_and_not_corrected(ask: Asking) -> None:
    _, rows, _ = ask()
    assert (rows["swapped"]["finding"], rows["swapped"]["right_number"]) == ("name_contradicts", "")


@pytest.mark.parametrize("name", HELD)
def test_of_everybody_else_one_and_the_same_is_told(ask: Asking, name: str) -> None:
    _, rows, text = ask()
    row = rows[name]
    assert (row["finding"], row["what_is_wrong"]) == ("not_on_roster", "Not on your roster.")
    assert (row["right_number"], row["right_system"]) == ("", "")
    for hidden in ("0990000", "9000030001", "u30001"):
        assert hidden not in text


def test_a_number_of_somebody_not_shared_gives_nobody_away(ask: Asking) -> None:
    _, rows, _ = ask()
    assert rows["shared name, number of one not shared"]["finding"] == "not_on_roster"


def test_no_durable_key_and_no_other_sources_rows_are_in_it(
    ask: Asking, context: BuildContext
) -> None:
    _, rows, text = ask()
    keys = context.registry.people("student")["person_key"].to_pylist()
    assert not [key for key in keys if key in text]
    assert "Secret" not in text
    assert {*rows} == {*ROWS} - {"right"}


def test_every_file_is_one_entry_of_the_ledger(ask: Asking, context: BuildContext) -> None:
    before = [*entries(context.lake)]
    written, rows, _ = ask()
    assert [*entries(context.lake)] == [*before, written.entry]
    entry = written.entry
    assert (entry.recipient, entry.agreement, entry.asked_by) == (RIVERSIDE, "riverside", "Tia")
    assert entry.fields == ("student_id_district",)
    assert (entry.students, written.with_number, written.records) == (3, 3, len(rows))


def test_without_the_field_in_the_agreement_no_number_is_told(ask: Asking) -> None:
    written, rows, text = ask(fields=["given_name"])
    assert {row["right_number"] for row in rows.values()} == {""}
    assert rows["mistyped"]["finding"] == "number_mistyped"
    assert "0050001" not in text
    assert written.entry.fields == ()


@pytest.mark.parametrize(
    "change",
    [{"end": "2026-11-23"}, {"start": "2026-11-25"}, {"purposes": ["research"]}],
    ids=["ended", "not begun", "not for tutoring"],
)
def test_without_an_agreement_in_force_there_is_no_file_and_no_entry(
    ask: Asking, context: BuildContext, tmp_path: Path, change: dict[str, Any]
) -> None:
    before = [*entries(context.lake)]
    with pytest.raises((DisclosureRefused, NotFound)):
        ask(**change)
    assert not (tmp_path / "out.csv").exists()
    assert [*entries(context.lake)] == before


def test_a_source_without_a_vendor_gets_no_file(context: BuildContext, tmp_path: Path) -> None:
    for source in ("other", "nobody"):
        with pytest.raises(HitError):
            write_corrections(
                context, source, tmp_path / "out.csv", agreement="riverside", asked_by="Tia"
            )
    assert not (tmp_path / "out.csv").exists()


def test_a_workbook_keeps_the_zeros(context: BuildContext, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    write_corrections(context, "vendor", target, agreement=None, asked_by="Tia")
    sheet = openpyxl.load_workbook(target)["Corrections"]
    header, *rows = sheet.iter_rows(values_only=True)
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["lost zeros"]["right_number"] == "0012346"
    assert found["lost zeros"]["stated_district"] == "12346"
