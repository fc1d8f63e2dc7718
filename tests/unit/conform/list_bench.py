"""A district with two sources of lists, and what builders make of their typed rows."""

from datetime import UTC, datetime
from typing import Any

from hit_pipeline.conform.context import Builder
from hit_pipeline.conform.rejects import rejected
from tests.unit.tutoring_bench import Row, TutoringBench

SETTINGS: dict[str, Any] = {
    "sources": {
        "lists": {"adapter": "files", "contract": "consents", "kind": "log"},
        "north": {"adapter": "files", "contract": "invoices", "kind": "log", "program": "math"},
    },
    "programs": {
        "math": {"name": "Math Tutoring", "vendor": "Northstar Tutoring", "aliases": ["Math"]},
        "reading": {"name": "Reading Tutoring"},
    },
}


def with_deliveries(bench: TutoringBench) -> TutoringBench:
    """Promote two deliveries of each source, a day apart."""
    arrivals = [
        {"delivery_id": f"{source}-{name}", "received_at": datetime(2026, 9, day, tzinfo=UTC)}
        for source in SETTINGS["sources"]
        for name, day in (("d1", 1), ("d2", 2))
    ]
    bench.promoted("delivery", arrivals)
    return bench


def build(bench: TutoringBench, builder: Builder, *rows: Row) -> list[Row]:
    """Return what a builder makes of the typed rows of one source."""
    bench.typed("lists", f"typed_{builder.__name__}", rows)
    return bench.build(builder)


def refused(bench: TutoringBench, table: str) -> set[tuple[int, str]]:
    """Return the rows of a typed table that cannot be conformed, and the rules they break."""
    rows = bench.context().typed(table)
    found = rejected(bench.engine, bench.district, table, rows)
    assert found is not None
    listed = bench.engine.collect(found).to_pylist()
    return {(one["_row"], one["rule"]) for one in listed}
