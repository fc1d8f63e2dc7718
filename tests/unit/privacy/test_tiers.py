"""Which columns of which tables are in the analyst tier."""

import pytest

from hit_pipeline.privacy.tiers import (
    TIER_WORDS,
    TIERS,
    analyst_columns,
    in_analyst_tier,
    replaced_columns,
)
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import Column, Table

MADE = Table(
    "made",
    "conformed",
    "thing",
    "Things.",
    (
        Column("thing_key", "text", "Key.", "key", True),
        Column("record_id", "text", "Record.", "provenance", True),
        Column("number", "integer", "A key that is no text.", "key"),
        Column("grade", "text", "Grade.", "record"),
        Column("program", "text", "Program.", "open"),
        Column("name", "text", "Name.", "direct"),
        Column("homeless", "boolean", "Flag.", "sensitive"),
        Column("_row", "integer", "Row.", "provenance"),
    ),
    key=("thing_key", "record_id"),
)


def names(columns: tuple[Column, ...]) -> list[str]:
    return [column.name for column in columns]


def keyed_by(*key: str) -> Table:
    return Table("made", "conformed", "thing", "Things.", MADE.columns, key=key)


def test_names_identifiers_and_sensitive_columns_are_left_out() -> None:
    assert names(analyst_columns(MADE)) == ["thing_key", "record_id", "grade", "program"]


def test_keys_and_provenance_in_the_key_are_replaced() -> None:
    assert names(replaced_columns(MADE)) == ["thing_key", "record_id"]
    assert names(replaced_columns(keyed_by("thing_key"))) == ["thing_key"]


@pytest.mark.parametrize(
    ("key", "is_in"),
    [
        (("thing_key",), True),
        (("thing_key", "record_id", "grade"), True),
        (("thing_key", "name"), False),
        (("thing_key", "homeless"), False),
        (("record_id", "_row"), False),
        (("number",), False),
        ((), False),
    ],
)
def test_a_table_is_in_the_tier_when_its_whole_key_survives(
    key: tuple[str, ...], is_in: bool
) -> None:
    assert in_analyst_tier(keyed_by(*key)) == is_in


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_no_published_table_shows_a_hidden_class_as_it_is(table: Table) -> None:
    replaced = names(replaced_columns(table))
    shown = [column for column in analyst_columns(table) if column.name not in replaced]
    assert {column.privacy for column in shown} <= {"open", "record"}


def test_tables_that_only_make_sense_with_hidden_columns_are_out() -> None:
    assert not in_analyst_tier(TABLES["student_identifier"])
    assert not in_analyst_tier(TABLES["student_attribute"])
    assert in_analyst_tier(TABLES["session_participant"])


def test_every_tier_is_described() -> None:
    assert tuple(TIER_WORDS) == TIERS
