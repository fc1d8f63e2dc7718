"""Delimited files: what must come back cell for cell, and what must be kept aside by line."""

from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.reading import mend, records
from hit_pipeline.sources.reading.delimited import Dialect
from tests.unit.sources.reading import read_bytes, refusal

HEAD = b"a,b,c\n"


def test_nothing_and_an_empty_string_stay_apart(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD + b',"",x\n')
    assert found.rows == [{"a": None, "b": "", "c": "x"}]


def test_cells_are_not_interpreted(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD + b"007,NULL, 1.10 \n1e5,NaN,TRUE\n")
    assert [tuple(row.values()) for row in found.rows] == [
        ("007", "NULL", " 1.10 "),
        ("1e5", "NaN", "TRUE"),
    ]


def test_a_cell_may_run_over_lines_and_hold_quotes(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD + b'"x,y","say ""hi""","l1\nl2\r\nl3"\n')
    assert found.rows == [{"a": "x,y", "b": 'say "hi"', "c": "l1\nl2\r\nl3"}]
    assert not found.malformed


@pytest.mark.parametrize(
    "data",
    [
        b"a,b,c\n1,2,3\n4,5,6\n",
        b"a,b,c\n1,2,3\n4,5,6",
        b"a,b,c\r\n1,2,3\r\n4,5,6\r\n",
        b"a,b,c\r1,2,3\r4,5,6\r",
        b"a,b,c\r\n1,2,3\n4,5,6\r\n",
        b"\xef\xbb\xbfa,b,c\n1,2,3\n4,5,6\n",
        b"a,b,c\n\n1,2,3\n   \n\n4,5,6\n\n",
        b"a,b,c\n1,2,3,\n4,5,6\n",
        b'a,b,c\n1, "2" ,3\n4,5,6\n',
        b'"a","b","c"\n"1","2","3"\n"4","5","6"\n',
        "a,b,c\n1,2,3\n4,5,6\n".encode("utf-16"),
    ],
    ids=[
        "plain",
        "no last line end",
        "CR LF",
        "CR",
        "mixed line ends",
        "byte order mark",
        "blank lines",
        "one delimiter too many",
        "blanks around quotes",
        "all quoted",
        "UTF-16 by its mark",
    ],
)
def test_other_spellings_of_the_same_rows(engine: Engine, tmp_path: Path, data: bytes) -> None:
    found = read_bytes(engine, tmp_path, data)
    assert [tuple(row.values()) for row in found.rows] == [("1", "2", "3"), ("4", "5", "6")]
    assert not found.malformed


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\xef\xbb\xbfa,b\n1,2\n", "tolerance.bom"),
        (b"a,b\r1,2\r", "tolerance.line_ends"),
        (b"a,b\r\n1,2\n3,4\r\n", "tolerance.line_ends"),
        (b"a,b\n1,2,\n", "tolerance.trailing_delimiter"),
        (b'a,b,c,d\n1,,""\n', "tolerance.missing_delimiter"),
        (b'a,b\n1,"2" \n', "tolerance.blank_around_quote"),
        (b"a,\n1,2\n", "tolerance.unnamed_column"),
        (b"a,A\n1,2\n", "tolerance.duplicate_column"),
        ("a,b\n1,2\n".encode("utf-16"), "tolerance.utf16_bom"),
    ],
)
def test_what_is_forgiven_is_said(engine: Engine, tmp_path: Path, data: bytes, rule: str) -> None:
    assert read_bytes(engine, tmp_path, data).rules == {rule: 1}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"1,2", "landing.ragged"),
        (b"1,2,3,4", "landing.ragged"),
        (b"1,", "landing.ragged"),
        (b'1,"2"x,3', "landing.bad_quote"),
        (b'1,"2,3', "landing.bad_quote"),
        (b"1,caf\xe9,3", "landing.encoding"),
        (b"1,\xed\xa0\x80,3", "landing.encoding"),
        (b"1,a\0b,3", "landing.nul_byte"),
        (b"1," + b"x" * 101 + b",3", "landing.cell_too_large"),
        (b'1,"' + b"x" * 101 + b'",3', "landing.cell_too_large"),
    ],
)
def test_a_bad_line_is_kept_aside_and_the_file_goes_on(
    engine: Engine, tmp_path: Path, line: bytes, rule: str
) -> None:
    data = HEAD + b"0,0,0\n" + line + b"\n9,9,9\n"
    found = read_bytes(engine, tmp_path, data, limits=Thresholds(max_cell_bytes=100))
    assert [row["a"] for row in found.rows] == ["0", "9"]
    assert found.malformed == [(3, rule)]
    assert found.rules == {rule: 1}


def test_a_cell_as_large_as_allowed_is_kept(engine: Engine, tmp_path: Path) -> None:
    for cell in (b"x" * 100, b'"' + b"x" * 100 + b'"'):
        data = HEAD + b"1," + cell + b",3\n"
        found = read_bytes(engine, tmp_path, data, limits=Thresholds(max_cell_bytes=100))
        assert found.rows == [{"a": "1", "b": "x" * 100, "c": "3"}]


def test_a_cell_of_ten_megabytes_costs_its_row_only(engine: Engine, tmp_path: Path) -> None:
    data = HEAD + b"1,2,3\n1," + b"x" * 10_000_000 + b",3\n4,5,6\n"
    found = read_bytes(engine, tmp_path, data)
    assert [row["a"] for row in found.rows] == ["1", "4"]
    assert found.malformed == [(3, "landing.cell_too_large")]


def test_a_line_longer_than_any_could_be_is_passed_over(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PIECE_BYTES", 64)
    monkeypatch.setattr(mend, "PIECE_BYTES", 64)
    data = HEAD + b"1,2,3\n" + b"x" * 5_000 + b"\n4,5,6\n"
    found = read_bytes(engine, tmp_path, data, limits=Thresholds(max_cell_bytes=100))
    assert [row["a"] for row in found.rows] == ["1", "4"]
    assert found.malformed == [(3, "landing.cell_too_large")]


def test_an_open_quote_costs_one_line_however_long_the_file(engine: Engine, tmp_path: Path) -> None:
    data = HEAD + b'1,"open,3\n' + b"4,5,6\n" * 5_000 + b'7,"8",9\n'
    found = read_bytes(engine, tmp_path, data)
    assert len(found.rows) == 5_001
    assert found.malformed == [(2, "landing.bad_quote")]


def test_a_ragged_record_of_several_lines_is_one(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD + b'1,"x\n2,3,4\ny"\n5,6,7\n')
    assert [row["a"] for row in found.rows] == ["5"]
    assert found.malformed == [(2, "landing.ragged")]


def test_a_carriage_return_alone_stays_in_its_cell(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD + b"1,2\r2,3\n4,5,6\n")
    assert found.rows[0]["b"] == "2\r2"


def test_malformed_lines_of_a_long_file_have_their_numbers(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(mend, "_WINDOW_BYTES", 100)
    lines = [b"a,b"]
    lines += [b"1" if n % 100 == 50 else b'%d,"x\ny"' % n for n in range(1_000)]
    found = read_bytes(engine, tmp_path, b"\n".join(lines) + b"\n")
    starts, at = [], 2
    for n in range(1_000):
        if n % 100 == 50:
            starts.append(at)
        at += 1 if n % 100 == 50 else 2
    assert found.malformed == [(start, "landing.ragged") for start in starts]
    assert [row["a"] for row in found.rows] == [str(n) for n in range(1_000) if n % 100 != 50]


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16"])
def test_declared_encodings_are_read(engine: Engine, tmp_path: Path, encoding: str) -> None:
    data = "a,b\nZoë,Peña\n".encode(encoding)
    found = read_bytes(engine, tmp_path, data, Dialect(encoding=encoding))
    assert found.rows == [{"a": "Zoë", "b": "Peña"}]


def test_a_byte_windows_1252_does_not_know_costs_its_line(engine: Engine, tmp_path: Path) -> None:
    data = b"a,b\nZo\xeb,1\n\x81,2\nx,3\n"
    found = read_bytes(engine, tmp_path, data, Dialect(encoding="windows-1252"))
    assert [row["a"] for row in found.rows] == ["Zoë", "x"]
    assert found.malformed == [(3, "landing.encoding")]


def test_utf16_without_mark_and_cut_in_a_letter(engine: Engine, tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        data = "a,b\né,1\nx,2".encode(encoding)[:-1]
        found = read_bytes(engine, tmp_path, data, Dialect(encoding="utf-16"))
        assert found.rows == [{"a": "é", "b": "1"}]
        assert found.malformed == [(3, "landing.encoding")]


def test_other_delimiters_and_quotes(engine: Engine, tmp_path: Path) -> None:
    dialects = [
        (b"a\tb\n1\t\t\n1\t2 3\n", Dialect(delimiter="\t"), [("1", "2 3")]),
        (b"a||b\n1||'x||y'\n", Dialect(delimiter="||", quote="'"), [("1", "x||y")]),
        (b'a|b\n1|"x\n2|y"\n', Dialect(delimiter="|", quote=""), [("1", '"x'), ("2", 'y"')]),
    ]
    for data, dialect, rows in dialects:
        found = read_bytes(engine, tmp_path, data, dialect)
        assert [tuple(row.values()) for row in found.rows][-len(rows) :] == rows


def test_a_header_further_down_and_none_at_all(engine: Engine, tmp_path: Path) -> None:
    below = read_bytes(engine, tmp_path, b'Report,,"\n\na,b\n1,2\n', Dialect(header_row=3))
    assert below.rows == [{"a": "1", "b": "2"}]
    none = read_bytes(engine, tmp_path, b"1,2\n3,4\n", Dialect(header_row=0, columns=("x", "y")))
    assert none.rows == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]


def test_names_of_columns_are_unique_whatever_the_header(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, ' A\xa0,a,,_row,"two\nlines"\n1,2,3,4,5\n'.encode())
    assert found.text.header == ("A", "a", "", "_row", "two lines")
    assert found.text.names == ("A", "a_2", "column_3", "_row_2", "two lines")
    assert list(found.rows[0].values()) == ["1", "2", "3", "4", "5"]


def test_a_header_alone_has_no_rows(engine: Engine, tmp_path: Path) -> None:
    found = read_bytes(engine, tmp_path, HEAD)
    assert (found.text.rows, found.text.count, found.text.header) == (None, 0, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "landing.empty_file"),
        (b"\n \r\n", "landing.empty_file"),
        (b"\xef\xbb\xbf", "landing.empty_file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "landing.unreadable"),
        (b"a\0b,c\n1,2\n", "landing.unreadable"),
        (b'"a,b\n', "landing.unreadable"),
    ],
)
def test_files_refused(engine: Engine, tmp_path: Path, data: bytes, rule: str) -> None:
    assert refusal(engine, tmp_path, data) == rule


def test_declared_utf16_that_is_not_is_refused(engine: Engine, tmp_path: Path) -> None:
    assert refusal(engine, tmp_path, HEAD, Dialect(encoding="utf-16")) == "landing.unreadable"


def test_a_carriage_return_in_a_quoted_header_is_part_of_it(engine: Engine, tmp_path: Path) -> None:
    read = read_bytes(engine, tmp_path, b'"Session\r0",Minutes\nA,30\nB,45\n')
    assert [list(row.values()) for row in read.rows] == [["A", "30"], ["B", "45"]]
    assert read.text.header[1] == "Minutes"
