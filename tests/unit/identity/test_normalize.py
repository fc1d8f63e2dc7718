"""How names and identifiers are read."""

from collections.abc import Sequence
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.normalize import plain, with_names, with_reading, with_stated_names
from hit_pipeline.identity.records import NAME_PARTS


def read_ids(engine: Engine, values: Sequence[str | None]) -> list[dict[str, Any]]:
    table = ibis.memtable({"n": range(len(values)), "value": list(values)}, schema=ID_SCHEMA)
    found: list[dict[str, Any]] = engine.collect(with_reading(table).order_by("n")).to_pylist()
    return found


ID_SCHEMA = ibis.schema({"n": "int64", "value": "string"})


@settings(max_examples=15)
@given(st.lists(st.from_regex(r"[0-9]{1,12}", fullmatch=True), min_size=1, max_size=30))
def test_a_plain_number_is_read_as_it_stands(engine: Engine, values: list[str]) -> None:
    for value, read in zip(values, read_ids(engine, values), strict=True):
        assert (read["clean"], read["digits"], read["prefix"]) == (value, value, "")
        assert read["form"] == "plain"
        assert read["core"] == (value.lstrip("0") or None)


@settings(max_examples=25)
@given(st.integers(1, 10**12 - 1), st.integers(0, 6))
def test_every_mangled_form_of_a_number_has_its_core(
    engine: Engine, number: int, zeros: int
) -> None:
    value = "0" * zeros + str(number)
    exact = f"{number:.12E}".replace("E+0", "E+") if number >= 10 else str(number)
    mantissa, _, power = exact.partition("E+")
    forms = [
        value,
        f"{value}.0",
        f"{value}.00",
        f" {value} ",
        f"'{value}",
        f'="{value}"',
        f"S{value}",
        f"TCH_{value}",
        f"{mantissa.rstrip('0').rstrip('.')}E+{int(power):02d}" if power else value,
    ]
    assert {read["core"] for read in read_ids(engine, forms)} == {str(number)}


@pytest.mark.parametrize(
    ("stated", "form", "digits"),
    [
        ("1.23E+09", "scientific_lossy", "1230000000"),
        ("1.234567891E+09", "scientific", "1234567891"),
        ("5E+03", "scientific_lossy", "5000"),
        ("1.5E+00", "plain", None),
        ("5e12", "plain", None),
        ("12.5", "plain", None),
        ("A1B2", "plain", None),
        ("3f2e+09-77", "plain", None),
    ],
)
def test_scientific_notation_tells_whether_digits_are_gone(
    engine: Engine, stated: str, form: str, digits: str | None
) -> None:
    read = read_ids(engine, [stated])[0]
    assert (read["form"], read["digits"]) == (form, digits)


@pytest.mark.parametrize("nothing", ["0", "0000", "0.0", "'", "", None])
def test_nothing_but_zeros_identifies_nobody(engine: Engine, nothing: str | None) -> None:
    assert read_ids(engine, [nothing])[0]["core"] is None


def names(engine: Engine, **parts: str) -> dict[str, Any]:
    row = {part: parts.get(part) for part in NAME_PARTS}
    table = ibis.memtable([row], schema=ibis.schema(dict.fromkeys(NAME_PARTS, "string")))
    read = (engine.collect(add(table)).to_pylist()[0] for add in (with_names, with_stated_names))
    return {name: value for found in read for name, value in found.items()}


@pytest.mark.parametrize(
    ("display", "given_name", "family_name"),
    [
        ("Maria Garcia", "Maria", "Garcia"),
        ("Garcia, Maria", "Maria", "Garcia"),
        ("García López, Ana Lucía", "Ana Lucía", "García López"),
        ("Martin King Jr.", "Martin", "King"),
        ("King, Jr., Martin", "Martin", "King"),
        ("King III, Martin", "Martin", "King"),
        ("Ana de la Cruz", "Ana", "de la Cruz"),
        ("Cher", "Cher", None),
    ],
)
def test_a_whole_name_is_parted(
    engine: Engine, display: str, given_name: str, family_name: str | None
) -> None:
    read = names(engine, display_name=display)
    assert (read["stated_given"], read["stated_family"]) == (given_name, family_name)


def test_a_whole_name_yields_to_its_parts(engine: Engine) -> None:
    read = names(engine, given_name="Ada", family_name="Marsh", display_name="A. Nickname")
    assert (read["given"], read["last"]) == ("ada", "marsh")


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("O\u2019Brien-Smith", ["obriensmith", "obrien", "smith"]),
        ("De La Cruz", ["delacruz", "cruz"]),
        ("Núñez", ["nunez", "nunez"]),
        ("Do", ["do"]),
        ("Van Dyke Jr", ["vandyke", "dyke"]),
        ("李", ["李", "李"]),
        (" - ", None),
    ],
)
def test_family_names_are_read_whole_and_in_parts(
    engine: Engine, stated: str, read: list[str] | None
) -> None:
    assert names(engine, given_name="X", family_name=stated)["lasts"] == read


def test_given_names_are_read_by_their_first_word_and_whole(engine: Engine) -> None:
    read = names(engine, given_name="Mary-Ann", family_name="Lee", preferred_name="Molly")
    assert (read["first"], read["given"], read["compound"]) == ("mary", "maryann", True)
    assert read["called"] == ["maryann", "molly"]


@settings(max_examples=15)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
def test_a_name_once_read_reads_the_same_again(engine: Engine, texts: list[str]) -> None:
    clean = [text.replace("\x00", "").encode("utf-8", "ignore").decode() for text in texts]
    table = ibis.memtable({"n": range(len(clean)), "name": clean})
    once = engine.keep(table.mutate(once=plain(table.name)))
    read = engine.collect(once.mutate(twice=plain(once.once))).to_pylist()
    assert [row["once"] for row in read] == [row["twice"] for row in read]
