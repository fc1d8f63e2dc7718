import pyarrow as pa

from hit_pipeline.synth.spool import to_bytes
from hit_pipeline.synth.systems.sheet import Sheet, nobody


def test_a_sheet_whose_first_piece_has_no_rows_is_written_as_if_in_one_piece() -> None:
    whole = pa.table({"number": ["1", "2"], "name": ["a", None]})
    rows = pa.concat_tables([whole.slice(0, 0), whole, whole.slice(0, 0)])
    body, header = to_bytes(Sheet("vendor", "sessions.csv", rows, nobody(rows)))
    assert header == b"number,name\n"
    assert body == b"1,a\n2,\n"
