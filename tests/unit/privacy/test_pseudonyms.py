"""Pseudonyms: keyed, per audience, one per value, rows left in their order."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.errors import LakeError
from hit_pipeline.privacy import pseudonyms
from hit_pipeline.privacy.pseudonyms import Pseudonyms, pseudonym, secret_id

TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "S1", "T1", "E1", "s1", "ü", "a\x00b"]), st.text()
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=4)) as opened:
        yield opened


def hmac_sha256(secret: bytes, message: bytes) -> str:
    """RFC 2104, written out."""
    key = hashlib.sha256(secret).digest() if len(secret) > 64 else secret
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).hexdigest()


@given(st.text(max_size=90), st.sampled_from(["analyst", "vendor"]), st.text())
def test_a_pseudonym_is_a_letter_and_the_start_of_an_hmac(
    secret: str, audience: str, value: str
) -> None:
    told = hmac_sha256(secret.encode(), f"for:{audience}:{value}".encode())
    assert pseudonym(secret, audience, value)[1:] == told[:20]


@pytest.mark.parametrize(
    ("value", "letter"), [("SABC", "S"), ("TABC", "T"), ("EABC", "E"), ("9f3c", "P"), ("", "P")]
)
def test_durable_keys_keep_their_letter(value: str, letter: str) -> None:
    assert pseudonym("secret", "analyst", value)[0] == letter


def test_secrets_and_audiences_share_nothing() -> None:
    made = {pseudonym(secret, audience, "SABC") for secret in ("a", "b") for audience in ("x", "y")}
    assert len(made) == 4
    assert len({secret_id(secret, audience) for secret in "ab" for audience in "xy"}) == 4


def test_the_id_of_a_secret_is_no_pseudonym_of_anything() -> None:
    assert secret_id("secret", "analyst") not in pseudonym("secret", "id", "analyst")
    assert "secret" not in repr(Pseudonyms("secret", "analyst"))


def _replaced(engine: Engine, rows: ir.Table, columns: Sequence[str]) -> pa.Table:
    with Pseudonyms("secret", "analyst").replacing(engine, rows, columns) as replaced:
        return engine.collect(replaced)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=30))
def test_values_are_replaced_and_everything_else_stays(
    engine: Engine, cells: list[tuple[str | None, str | None]]
) -> None:
    given_ = pa.table(
        {
            "one": pa.array([one for one, _ in cells], pa.string()),
            "place": pa.array(range(len(cells)), pa.int64()),
            "other": pa.array([other for _, other in cells], pa.string()),
        }
    )
    found = _replaced(engine, engine.from_arrow(given_), ["one", "other"]).sort_by("place")

    def shown(value: str | None) -> str | None:
        return None if value is None else pseudonym("secret", "analyst", value)

    assert found.column_names == ["one", "place", "other"]
    assert found["place"].to_pylist() == [*range(len(cells))]
    assert found["one"].to_pylist() == [shown(one) for one, _ in cells]
    assert found["other"].to_pylist() == [shown(other) for _, other in cells]


def test_two_values_with_one_pseudonym_are_refused_without_naming_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "_HEX_DIGITS", 1)
    rows = engine.from_arrow(pa.table({"student_key": [f"S{number:05}" for number in range(50)]}))
    with pytest.raises(LakeError, match="student_key") as caught:
        _replaced(engine, rows, ["student_key"])
    assert "S000" not in str(caught.value)


def test_nothing_is_left_in_the_engine(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"key": ["S1"]}))
    tables = "SELECT count(*) FROM duckdb_tables()"
    before = engine.duckdb.execute(tables).fetchall()
    _replaced(engine, rows, ["key"])
    assert engine.duckdb.execute(tables).fetchall() == before


@pytest.mark.parametrize("distinct", [7, 200_000, 400_000])
def test_written_rows_keep_the_order_of_the_file_on_any_number_of_threads(
    engine: Engine, tmp_path: Path, distinct: int
) -> None:
    count = 400_000
    numbers = pa.array(range(count), pa.int64())
    keys = pa.array([f"S{number * 7919 % distinct}" for number in range(count)], pa.string())
    pq.write_table(pa.table({"key": keys, "place": numbers}), tmp_path / "in.parquet")
    written = []
    with Engine.open(EngineOptions(threads=1)) as alone:
        for number, one in enumerate((engine, alone, engine)):
            rows = one.read([tmp_path / "in.parquet"])
            path = tmp_path / f"{number}.parquet"
            with Pseudonyms("secret", "analyst").replacing(one, rows, ["key"]) as replaced:
                one.write(replaced, path)
            assert pq.read_table(path)["place"].combine_chunks().equals(numbers)
            written.append(path.read_bytes())
    assert len(set(written)) == 1
