"""What readers of the tables are told, held against the declarations."""

import re
from typing import Any, get_args

import pytest

from hit_pipeline.release.dictionary import (
    FIELD_TYPES,
    PRIVACY_WORDS,
    TYPE_WORDS,
    all_columns,
    data_dictionary,
    resource,
    table_schema,
)
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import CAVEATS, Column, Privacy, Reference, Table, Type

MADE = Table(
    "made",
    "conformed",
    "thing",
    "Things.",
    (
        Column("a", "text", "First | second.", required=True),
        Column("b", "integer", "Number.", "provenance", minimum=1, maximum=9),
        Column("c", "text", "Kind.", valid=("x", "y")),
        Column("d", "decimal", "Money."),
    ),
    key=("a",),
    references=(
        Reference(("c",), "made", ("a",)),
        Reference(("a",), "program", ("program_id",)),
        Reference(("c",), "school", ("school_id",), critical=False),
    ),
)


def no_provenance(table: Table) -> list[Column]:
    return [column for column in table.columns if column.privacy != "provenance"]


def test_a_schema_states_types_constraints_and_descriptions() -> None:
    fields: list[dict[str, Any]] = table_schema(MADE)["fields"]
    assert [field["type"] for field in fields] == ["string", "integer", "string", "number"]
    assert [field.get("constraints") for field in fields] == [
        {"required": True},
        {"minimum": 1, "maximum": 9},
        {"enum": ["x", "y"]},
        None,
    ]
    assert fields[1]["privacy"] == "provenance"


def test_only_references_that_block_are_foreign_keys_and_self_reference_names_no_resource() -> None:
    assert table_schema(MADE, tier="analyst")["foreignKeys"] == [
        {"fields": ["c"], "reference": {"fields": ["a"]}},
        {"fields": ["a"], "reference": {"fields": ["program_id"], "resource": "analyst.program"}},
    ]


def test_a_key_that_may_hold_a_null_is_a_unique_key() -> None:
    assert table_schema(MADE)["primaryKey"] == ["a"]
    nullable = Table("n", "mart", "n", "N.", MADE.columns, key=("a", "c"))
    schema = table_schema(nullable)
    assert schema["uniqueKeys"] == [["a", "c"]]
    assert "primaryKey" not in schema


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_a_tier_never_names_a_column_it_has_not(table: Table) -> None:
    schema = table_schema(table, tier="analyst", columns_of=no_provenance)
    names = {field["name"] for field in schema["fields"]}
    assert names == {column.name for column in no_provenance(table)}
    used = [*schema.get("primaryKey", []), *(n for k in schema.get("uniqueKeys", []) for n in k)]
    for one in schema.get("foreignKeys", []):
        used += one["fields"]
        target = TABLES[one["reference"].get("resource", f"analyst.{table.name}").split(".")[1]]
        assert set(one["reference"]["fields"]) <= {c.name for c in no_provenance(target)}
    assert set(used) <= names


def test_a_resource_names_its_files_or_states_that_it_is_empty() -> None:
    assert resource(MADE, ["one.parquet"], tier="restricted")["path"] == "one.parquet"
    assert resource(MADE, ["a", "b"])["path"] == ["a", "b"]
    assert resource(MADE, [])["data"] == []
    assert resource(MADE, ["a"], tier="restricted")["name"] == "restricted.made"
    assert resource(MADE, ["a"])["name"] == "made"


def test_a_resource_tells_the_caveats_in_full() -> None:
    described = resource(TABLES["session"], ["a"])["description"]
    assert all(CAVEATS[key] in described for key in TABLES["session"].caveats)


def test_every_type_and_privacy_class_is_explained() -> None:
    assert set(FIELD_TYPES) == set(TYPE_WORDS) == set(get_args(Type))
    assert set(PRIVACY_WORDS) == set(get_args(Privacy))


def test_all_columns_keeps_all() -> None:
    assert all_columns(MADE) == MADE.columns


def test_the_dictionary_has_one_section_per_table_with_one_row_per_column() -> None:
    sections = dict(
        re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", data_dictionary(), flags=re.S | re.M)
    )
    assert set(sections) == set(TABLES)
    for name, text in sections.items():
        rows = re.findall(r"^\| `(\w+)` \|", text, flags=re.M)
        assert tuple(rows) == TABLES[name].column_names
        assert TABLES[name].grain in text
        assert all(word in text for column in TABLES[name].columns for word in column.valid)


def test_every_row_of_the_dictionary_has_the_cells_of_its_heading() -> None:
    for line in data_dictionary().splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line


def test_links_of_the_dictionary_lead_to_sections() -> None:
    text = data_dictionary()
    targets = set(re.findall(r"\(#(\w+)\)", text))
    assert targets == set(re.findall(r"^### (\w+)$", text, flags=re.M))
