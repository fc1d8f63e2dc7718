"""JSON: digits as written, null apart from empty, nothing swallowed."""

from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.reading.json_records import JsonShape, read_json
from tests.unit.sources.reading import Read, collected, unread


def never(_: str) -> bool:
    return False


LINES = JsonShape(lines=True, records="", encoding="utf-8", forbidden=never)
DOCUMENT = JsonShape(lines=False, records="data.rows", encoding="utf-8", forbidden=never)


def read(
    engine: Engine, folder: Path, data: bytes, shape: JsonShape, limits: Thresholds | None = None
) -> Read:
    path = folder / "rows.json"
    path.write_bytes(data)
    return collected(engine, read_json(engine, unread(path, folder / "work", limits), shape))


def test_values_keep_the_form_they_were_written_in(engine: Engine, tmp_path: Path) -> None:
    data = (
        b'{"a": 1.10, "b": "00012", "c": 12345678901234567890.5, "d": null, "e": "", "f": true,'
        b' "g": 1e5, "h": -0}\n'
    )
    assert list(read(engine, tmp_path, data, LINES).rows[0].values()) == [
        "1.10",
        "00012",
        "12345678901234567890.5",
        None,
        "",
        "true",
        "1e5",
        "-0",
    ]


def test_objects_become_dotted_columns_and_lists_stay_json(engine: Engine, tmp_path: Path) -> None:
    data = b'{"s": {"id": 7, "n": {"first": "\\u00c9a"}}, "l": [1.50, "x", {"k": null}], "o": {}}\n'
    assert read(engine, tmp_path, data, LINES).rows == [
        {"s.id": "7", "s.n.first": "Éa", "l": '[1.50, "x", {"k": null}]', "o": "{}"}
    ]


def test_a_document_gives_the_rows_at_its_path(engine: Engine, tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf{"data": {"rows": [{"a": 1}, {"b": "2"}], "more": 1}}'
    found = read(engine, tmp_path, data, DOCUMENT)
    assert found.rows == [{"a": "1", "b": None}, {"a": None, "b": "2"}]
    assert found.text.header == ("a", "b")


def test_columns_that_differ_by_case_stay_two(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b'{"id": 1, "ID": 2}\n', LINES)
    assert found.text.header == ("id", "ID")
    assert found.rows == [{"id": "1", "ID_2": "2"}]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"a": 1', "landing.not_json"),
        (b"[1]", "landing.not_json"),
        (b"{}", "landing.not_json"),
        (b'{"a": 1, "a": 2}', "landing.not_json"),
        (b'{"a": {"b": 1}, "a.b": 2}', "landing.not_json"),
        (b'{"a": [{"k": 1, "k": 2}]}', "landing.not_json"),
        (b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "landing.not_json"),
        (b'{"a": ' * 600 + b"1" + b"}" * 600, "landing.not_json"),
        (b'{"a": "caf\xe9"}', "landing.encoding"),
        (b'{"a": "\\ud800"}', "landing.encoding"),
        (b'{"a": "x\\u0000"}', "landing.nul_byte"),
        (b'{"a": "' + b"x" * 20_001 + b'"}', "landing.cell_too_large"),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', "landing.cell_too_large"),
    ],
    ids=range(13),
)
def test_a_bad_line_is_kept_aside_and_the_file_goes_on(
    engine: Engine, tmp_path: Path, line: bytes, rule: str
) -> None:
    data = b'{"a": 0}\n\n' + line + b'\n{"a": 9}'
    found = read(engine, tmp_path, data, LINES, Thresholds(max_cell_bytes=20_000))
    assert [row["a"] for row in found.rows] == ["0", "9"]
    assert found.malformed == [(3, rule)]


def test_a_row_that_is_no_object_is_kept_aside_by_its_place(engine: Engine, tmp_path: Path) -> None:
    found = read(engine, tmp_path, b'{"data": {"rows": [{"a": 1}, 5, null]}}', DOCUMENT)
    assert [row["a"] for row in found.rows] == ["1"]
    assert found.malformed == [(2, "landing.not_json"), (3, "landing.not_json")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "landing.empty_file"),
        (b"{", "landing.unreadable"),
        (b'{"data": {"rows": {}}}', "landing.unreadable"),
        (b'{"data": []}', "landing.unreadable"),
        (b"[1, 2]", "landing.unreadable"),
        (b'{"data": {"rows": ["caf\xe9"]}}', "landing.unreadable"),
    ],
)
def test_documents_refused(engine: Engine, tmp_path: Path, data: bytes, rule: str) -> None:
    with pytest.raises(DeliveryRefused) as caught:
        read(engine, tmp_path, data, DOCUMENT)
    assert caught.value.rule == rule


def test_no_rows_are_no_rows(engine: Engine, tmp_path: Path) -> None:
    assert read(engine, tmp_path, b'{"data": {"rows": []}}', DOCUMENT).text.rows is None


def test_more_rows_than_a_batch_stay_in_order(engine: Engine, tmp_path: Path) -> None:
    data = b"".join(b'{"n": %d%s}\n' % (n, b', "late": 1' * (n > 24_000)) for n in range(25_000))
    found = read(engine, tmp_path, data, LINES)
    assert [row["n"] for row in found.rows] == [str(n) for n in range(25_000)]
    assert [row["late"] for row in (found.rows[0], found.rows[-1])] == [None, "1"]


def test_forbidden_keys_inside_a_list_are_left_out(engine: Engine, tmp_path: Path) -> None:
    shape = JsonShape(True, "", "utf-8", lambda key: key == "ssn")
    data = b'{"id": 1, "contacts": [{"ssn": "078-05-1120", "name": "A"}]}\n'
    found = read(engine, tmp_path, data, shape)
    assert found.rows == [{"id": "1", "contacts": '[{"name": "A"}]'}]
    assert found.text.scrubbed == ("contacts[].ssn",)
