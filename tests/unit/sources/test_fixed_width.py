"""Fixed-width files, cut by characters."""

from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.shape import SourceColumn
from hit_pipeline.sources.reading.delimited import Dialect
from hit_pipeline.sources.reading.fixed_width import read_fixed_width
from tests.unit.sources.reading import Read, collected, unread

COLUMNS = (
    SourceColumn(name="id", start=1, width=5),
    SourceColumn(name="name", start=6, width=6),
    SourceColumn(name="score", start=14, width=3),
)


def read(engine: Engine, folder: Path, data: bytes, dialect: Dialect | None = None) -> Read:
    path = folder / "scores.txt"
    path.write_bytes(data)
    plain = dialect or Dialect(header_row=0)
    return collected(
        engine, read_fixed_width(engine, unread(path, folder / "work"), COLUMNS, plain)
    )


def test_cells_are_cut_trimmed_and_blank_is_nothing(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b'00012Ann "    7\n00013             \n\n')
    assert found.rows == [
        {"id": "00012", "name": 'Ann "', "score": "7"},
        {"id": "00013", "name": None, "score": None},
    ]


def test_positions_count_characters_and_line_ends_do_not(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, "00012Zoë,ñé  007\r\n".encode())
    assert found.rows == [{"id": "00012", "name": "Zoë,ñé", "score": "007"}]


def test_a_short_line_has_no_cells_beyond_its_end(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b"00012An\n00013Bob     9")
    assert [tuple(row.values()) for row in found.rows] == [
        ("00012", "An", None),
        ("00013", "Bob", "9"),
    ]


def test_text_outside_the_declared_positions_lands_too(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b"00012Ann   XY007Z\n00013Bob     009\n")
    assert [row["undeclared_text"] for row in found.rows] == ["XYZ", None]
    assert found.text.names[-1] == "undeclared_text"


def test_a_header_line_is_passed_over(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b"ID   NAME\n00012Ann     007\n", Dialect(header_row=1))
    assert [row["id"] for row in found.rows] == ["00012"]
    assert found.text.header == ("id", "name", "score")


def test_a_line_that_does_not_fit_the_encoding_is_kept_aside(
    engine: Engine, tmp_path: Path
) -> None:
    found = read(engine, tmp_path, b"00012Zo\xeb     007\n00013Bob     009\n")
    assert [row["id"] for row in found.rows] == ["00013"]
    assert found.malformed == [(1, "landing.encoding")]
