"""What is known of people, read in pieces as nights and batches bring it."""

from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import Known
from hit_pipeline.identity.readings import Readings
from hit_pipeline.registry.tables import CLAIM, STATEMENT, arrow_schema

Row = dict[str, Any]

_CLAIMS = pa.schema([*arrow_schema(CLAIM), pa.field("live", pa.bool_())])
_STATEMENTS = arrow_schema(STATEMENT)

_claims = st.fixed_dictionaries(
    {
        "system": st.sampled_from(["district", "state", "source"]),
        "issuer": st.sampled_from(["sis", "vendor"]),
        "value": st.sampled_from(["0", "007", "12", "120", "S12", "1.2E+05", "n/a", "a@b.org"]),
        "person_key": st.sampled_from([f"S{number}" for number in range(30)]),
        "origin": st.sampled_from(["roster", "link"]),
        "live": st.booleans(),
    }
)
_crowd = st.sampled_from(["n/a", "12"]).map(
    lambda value: [
        {
            "system": "district",
            "issuer": "sis",
            "value": value,
            "person_key": f"S{number}",
            "origin": "roster",
            "live": True,
        }
        for number in range(21)
    ]
)
_statements = st.fixed_dictionaries(
    {
        "person_record_id": st.sampled_from(["r1", "r2", "r3"]),
        "person_key": st.sampled_from(["S1", "S2"]),
        "source": st.just("sis"),
        "given_name": st.sampled_from([None, "Ann", "Gabriela", "José María"]),
        "family_name": st.sampled_from([None, "de la Cruz", "Smith-Jones"]),
        "display_name": st.sampled_from([None, "Lee, Bo"]),
        "birth_date": st.sampled_from([None, str(date(2015, 3, 4))]),
    }
)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.lists(_claims, max_size=4)),
        st.tuples(st.just("claim"), _crowd),
        st.tuples(st.just("state"), st.lists(_statements, max_size=3)),
        st.tuples(st.just("ask"), st.just([])),
    ),
    max_size=5,
)


def _add(readings: Readings, what: str, rows: list[Row]) -> None:
    schema = _CLAIMS if what == "claim" else _STATEMENTS
    table = readings.engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))
    getattr(readings, what)(table)


def _told(engine: Engine, known: Known) -> dict[str, set[str]]:
    """Return the rows of every table, each once and whatever their order."""
    tables = {name: getattr(known, name) for name in ("claims", "told", "names", "widths")}
    return {name: set(map(str, engine.collect(one).to_pylist())) for name, one in tables.items()}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps=_steps)
def test_what_is_read_bit_by_bit_is_what_is_read_at_once(
    engine: Engine, steps: list[tuple[str, list[Row]]]
) -> None:
    grown, at_once = Readings(engine), Readings(engine)
    for readings in (grown, at_once):
        _add(readings, "claim", [])
        _add(readings, "state", [])
    for what, rows in steps:
        if what == "ask":
            assert grown.known is grown.known
        else:
            _add(grown, what, rows)
            _add(at_once, what, rows)
    assert _told(engine, grown.known) == _told(engine, at_once.known)


def test_an_identifier_becomes_a_placeholder_when_one_more_person_has_it(engine: Engine) -> None:
    readings = Readings(engine)
    shared = {"system": "district", "issuer": "sis", "value": "12", "origin": "roster"}
    crowd = [{**shared, "person_key": f"S{number}", "live": True} for number in range(20)]
    own = {**shared, "value": "77", "person_key": "S1", "live": True}
    _add(readings, "claim", [*crowd, own])
    _add(readings, "state", [])
    assert engine.scalar(readings.known.claims.count()) == len(crowd) + 1
    _add(readings, "claim", [{**shared, "person_key": "S20", "live": True}])
    left = engine.collect(readings.known.claims.select("value", "person_key")).to_pylist()
    assert left == [{"value": "77", "person_key": "S1"}]
