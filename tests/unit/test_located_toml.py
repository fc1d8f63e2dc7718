"""Lines of keys, held against a writer that knows where it wrote each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.errors import ContractError, KeyPath, Misfit, SettingsError
from hit_pipeline.located_toml import LocatedToml, dotted, parse_toml, read_toml

KEYS = ("plain", "with-dash", "with.dot", "with blank", 'with "quotes"', "ünïcode", "7")
VALUES: tuple[tuple[str, Any], ...] = (
    ("1", 1),
    ('"[not.a.table]"', "[not.a.table]"),
    ("'# no comment'", "# no comment"),
    ('"""\n[fake]\nkey = 1\n"""', "[fake]\nkey = 1\n"),
    ("'''\nx = 'y'\n'''", "x = 'y'\n"),
    ("[\n  1, # one\n  2,\n]", [1, 2]),
    ("{ a = 1, b.c = [ 2 ] }", {"a": 1, "b": {"c": [2]}}),
    ("true", True),
)
FILLERS = ("", "# comment [x]\n", "\n", "# a = 1\n\n")


def written(key: str) -> str:
    plain = key.replace("-", "").isalnum() and key.isascii()
    return key if plain else '"' + key.replace('"', '\\"') + '"'


class Writer:
    """Writes TOML and remembers what stands where."""

    def __init__(self) -> None:
        self.text = ""
        self.expected: dict[KeyPath, tuple[int, Any]] = {}

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def pairs(self, base: KeyPath, pairs: Mapping[str, tuple[str, tuple[str, Any]]]) -> None:
        for key, (filler, (text, value)) in pairs.items():
            self.text += filler
            self.expected[(*base, key)] = (self.line, value)
            self.text += f"{written(key)} = {text}\n"

    def header(self, path: KeyPath, text: str) -> None:
        self.expected[path] = (self.line, None)
        self.text += text + "\n"


PAIRS = st.dictionaries(
    st.sampled_from(KEYS), st.tuples(st.sampled_from(FILLERS), st.sampled_from(VALUES)), max_size=4
)


@given(PAIRS, st.lists(st.tuples(st.booleans(), PAIRS, PAIRS), max_size=6), st.booleans())
def test_every_key_has_the_line_it_was_written_on(
    top: Mapping[str, Any], tables: list[tuple[bool, Any, Any]], windows: bool
) -> None:
    writer = Writer()
    writer.pairs((), top)
    rows = 0
    for place, (repeated, pairs, inner) in enumerate(tables):
        name = "rows" if repeated else f"table {place}"
        path: KeyPath = (name, rows) if repeated else (name,)
        rows += repeated
        writer.header(path, f"[[{written(name)}]]" if repeated else f"[ {written(name)} ]")
        writer.pairs(path, pairs)
        writer.header((*path, "deep", "er"), f"[{written(name)}.deep.er]")
        writer.pairs((*path, "deep", "er"), inner)
    text = writer.text.replace("\n", "\r\n") if windows else writer.text
    document = parse_toml(text, "x.toml", SettingsError)
    for path, (line, value) in writer.expected.items():
        found: Any = document.values
        for step in path:
            found = found[step]
        assert value is None or found == value
        assert document.line(path) == line, dotted(path)


def test_items_of_a_list_and_keys_of_an_inline_table_have_their_own_line() -> None:
    text = 'columns = [\n  { name = "a" },\n  # comment\n  { name = "b", width = 3 },\n]\n'
    document = parse_toml(text, "x", SettingsError)
    assert document.line(("columns", 0, "name")) == 2
    assert document.line(("columns", 1)) == 4
    assert document.line(("columns", 1, "width")) == 4


def test_what_the_grammar_does_not_know_does_not_hide_the_lines_after_it() -> None:
    text = 'a = """x\\   \n[fake]\ny"""\nb = 1\n[t]\nc = 2\n'
    document = parse_toml(text, "x", SettingsError)
    assert document.values["a"] == "x[fake]\ny"
    assert [document.line(path) for path in (("a",), ("b",), ("t",), ("t", "c"))] == [1, 4, 5, 6]


def test_a_path_without_a_line_takes_that_of_what_is_around_it() -> None:
    document = parse_toml("\n[a]\nb = 1\n", "x", SettingsError)
    assert document.line(("a", "missing", "deeper")) == 2
    assert document.line(("elsewhere",)) is None


def test_what_came_from_a_variable_is_named_by_it_and_has_no_line() -> None:
    document = LocatedToml("x", {}, "\n\n[lake]\n", {("lake", "threads"): "HIT_THREADS"})
    mistake = document.mistake(Misfit(("lake", "threads"), "must be at least 1", "0"))
    assert (mistake.where, mistake.line) == ("HIT_THREADS", None)
    assert document.mistake(Misfit(("lake", "path"), "x")).line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\n[b\n", 2), ("a = 1\na = 2\n", 2), ('a = """\nx\n\n', 3)],
)
def test_a_syntax_error_is_one_mistake_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ContractError) as caught:
        parse_toml(text, "mine.toml", ContractError)
    (mistake,) = caught.value.mistakes
    assert mistake.line == line
    assert "not valid TOML" in mistake.problem
    assert "(at " not in mistake.problem


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b'a = 1\nb = "caf\xe9"\n')
    with pytest.raises(SettingsError, match=r"line 2: x\.toml: is not UTF-8 text"):
        read_toml(file, "x.toml", SettingsError)


def test_a_byte_order_mark_is_forgiven(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\n")
    document = read_toml(file, "x.toml", SettingsError)
    assert (document.values, document.line(("a",))) == ({"a": 1}, 1)


def test_a_missing_file_is_a_mistake_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_toml(tmp_path / "none.toml", "none.toml", SettingsError)


def test_paths_are_written_as_in_toml_with_places_counted_from_one() -> None:
    assert dotted(("files", "a b", "columns", 0, "name")) == 'files."a b".columns[1].name'
