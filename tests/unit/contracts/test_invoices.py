"""Vendors' invoices: amounts as billed, and who bills."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import Typed, shipped_contract, typed, typed_table

INVOICES = shipped_contract("invoices").files["invoices"]
LINE = {
    "Invoice No": "NOR-202509-001",
    "Line": "1",
    "Service Date": "09/15/2025",
    "Student Ref": "0100585",
    "Session Ref": "NS-10000000",
    "Minutes": "30",
    "Rate": "18.00",
    "Amount": "18.00",
}


def from_file(engine: Engine, name: str, **cells: str) -> Typed:
    row = LINE | cells | {"_file_name": name, "_source": "s", "_delivery_id": "d", "_file": "f"}
    columns = {key: pa.array([cell], pa.string()) for key, cell in row.items()}
    landed = engine.from_arrow(pa.table(columns | {"_row": pa.array([1], pa.int64())}))
    return typed_table(engine, INVOICES, landed)


def test_a_line_keeps_ids_as_text_and_money_exact(engine: Engine) -> None:
    row = typed(engine, INVOICES, [LINE | {"Rate": "0.55", "Amount": "16.5"}]).only()
    assert (row["student_id_district"], row["line_id"]) == ("0100585", "1")
    assert row["service_date"] == date(2025, 9, 15)
    assert (row["unit_price"], row["amount"]) == (Decimal("0.5500"), Decimal("16.5000"))
    assert row["billed_seconds"] == 1800


@pytest.mark.parametrize(
    ("stated", "amount"),
    [("$1,234.50", "1234.5"), ("-12.00", "-12"), ("$-12.00", "-12"), (".75", "0.75")],
)
def test_amounts_may_have_signs_and_commas(engine: Engine, stated: str, amount: str) -> None:
    assert typed(engine, INVOICES, [LINE | {"Amount": stated}]).only()["amount"] == Decimal(amount)


@pytest.mark.parametrize("stated", ["free", "12 EUR", "", "1.2.3"])
def test_a_line_without_an_amount_is_quarantined(engine: Engine, stated: str) -> None:
    made = typed(engine, INVOICES, [LINE | {"Amount": stated or None}])
    assert made.good == []
    assert made.bad[1] & {"typed.amount.missing", "typed.amount.unparseable"}


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("invoice_northstar_202509.csv", "northstar"),
        ("Invoice Northstar Tutoring 20250930.csv", "Northstar Tutoring"),
        ("invoices-brightpath.csv", "brightpath"),
    ],
)
def test_the_name_of_the_file_says_who_bills(engine: Engine, name: str, vendor: str) -> None:
    assert from_file(engine, name).only()["vendor"] == vendor
    stated = from_file(engine, name, Vendor="Lakeside Fellows").only()
    assert stated["vendor"] == "Lakeside Fellows"


def test_a_unit_is_known_or_the_line_waits(engine: Engine) -> None:
    rows = [LINE | {"Unit": unit} for unit in ("Hours", "session", "", "fortnight")]
    made = typed(engine, INVOICES, rows)
    assert made.column("unit") == ["hour", "session", None]
    assert made.bad == {4: {"map.unit.unmapped"}}
    whole = typed(engine, INVOICES, [LINE], overrides={"typed_invoice_line.unit": "minute"})
    assert whole.only()["unit"] == "minute"
