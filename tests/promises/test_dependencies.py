"""What the pinned versions must still do together; each test names the pin it watches."""

import duckdb
import ibis
import pyarrow as pa
import pytest


def test_ibis_names_what_it_drops() -> None:
    """Watches ``sqlglot<30.18``."""
    connection = ibis.duckdb.connect()
    connection.create_table("numbers", pa.table({"n": [1, 2]}))
    connection.drop_table("numbers")
    with pytest.raises(duckdb.CatalogException, match="numbers"):
        connection.con.execute("FROM numbers")
    connection.disconnect()
