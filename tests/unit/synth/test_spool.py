import pyarrow as pa

from hit_pipeline.synth.spool import to_bytes
from hit_pipeline.synth.systems.sheet import UNQUOTED_COMMA, Sheet, nobody


def test_a_sheet_whose_first_piece_has_no_rows_is_written_as_if_in_one_piece() -> None:
    whole = pa.table({"number": ["1", "2"], "name": ["a", None]})
    rows = pa.concat_tables([whole.slice(0, 0), whole, whole.slice(0, 0)])
    body, header = to_bytes(Sheet("vendor", "sessions.csv", rows, nobody(rows)))
    assert header == b"number,name\n"
    assert body == b"1,a\n2,\n"


def test_a_comma_that_is_not_to_be_quoted_stands_bare_among_the_cells() -> None:
    rows = pa.table({"number": ["1", "2"], "terms": [f"a{UNQUOTED_COMMA}b", "c"]})
    body, _ = to_bytes(Sheet("sis", "classes.csv", rows, nobody(rows)))
    assert body == b"1,a,b\n2,c\n"


def test_a_lost_file_has_no_bytes_and_no_header() -> None:
    rows = pa.table({"number": pa.array([], pa.string())})
    assert to_bytes(Sheet("sis", "users.csv", rows, nobody(rows), form="lost")) == (b"", b"")
