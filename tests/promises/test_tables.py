"""What every declared table promises, whoever declares the next one."""

import re

import pytest

from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import CAVEATS, ID_SYSTEMS, Table, provenance

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
EVERY_PUBLISHED = pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)

NULLABLE_KEYS = {
    "school_enrollment": {"student_key"},
    "school_attendance": {"school_id"},
    "assessment_result": {"form_language", "subject", "objective"},
    "group_member": {"start_date"},
    "group_slot": {"weekday", "cycle_day", "period", "start_time", "start_date"},
    "consent": {"program_source", "recipient", "effective_date"},
    "eligibility": {"rule_version"},
    "tutor_event": {"employer", "event_date", "topic"},
    "invoice_line": {"line_id"},
}
"""Key columns that may be null, by table: a null there is a value like any other."""

PERSON_KEYS = {
    "student_key",
    "tutor_key",
    "staff_key",
    "person_key",
    "candidate_key",
    "other_key",
    "old_key",
    "new_key",
    "lives_as",
}
NAMES_A_PERSON = re.compile(
    r"(?:\w+_)?(?:given|middle|family|preferred|display|former)_name|(?:\w+_)?email|birth_date"
    rf"|(?:student|tutor|staff|person|user)_id_(?:{'|'.join(ID_SYSTEMS)}|stated)|id_value"
)
TYPE_OF_NAME = (
    (r"\w+_seconds|\w+_count|spell|\w*revision|sessions_(?!per_week)\w+|rows?|bytes", "integer"),
    (r"(is|has|counts|reached|meets)_\w+", "boolean"),
    (r"(\w+_)?date|week_start", "date"),
    (r"\w+_local", "local_timestamp"),
    (r"\w+_utc|(\w+_)?at", "timestamp"),
    (r"\w+_(id|key)(_\w+)?|school_year|time_zone", "text"),
    (r"\w+_(share|rate)", "number"),
)


@EVERY
def test_names_are_snake_case_and_used_once(table: Table) -> None:
    assert len(set(table.column_names)) == len(table.columns)
    assert all(re.fullmatch(r"_?[a-z][a-z0-9_]*", name) for name in table.column_names)
    assert TABLES[table.name] is table


@EVERY
def test_everything_is_described_in_sentences(table: Table) -> None:
    assert table.grain
    for text in (table.description, *(column.description for column in table.columns)):
        assert text.endswith("."), text


@EVERY
def test_the_name_of_a_column_tells_its_type(table: Table) -> None:
    for column in table.columns:
        for pattern, kind in TYPE_OF_NAME:
            if re.fullmatch(pattern, column.name):
                assert column.type == kind, column.name
                break


@EVERY
def test_values_and_bounds_make_sense(table: Table) -> None:
    for column in table.columns:
        assert len(set(column.valid)) == len(column.valid)
        assert not column.valid or column.type == "text", column.name
        if column.minimum is not None or column.maximum is not None:
            assert column.type in {"integer", "number", "decimal"}, column.name
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum < column.maximum, column.name


@EVERY_PUBLISHED
def test_a_published_table_has_a_key_that_is_required(table: Table) -> None:
    assert table.key
    nullable = {name for name in table.key if not table.column(name).required}
    assert nullable == NULLABLE_KEYS.get(table.name, set())


@EVERY
def test_references_lead_to_the_key_of_a_table_in_the_same_types(table: Table) -> None:
    for reference in table.references:
        target = TABLES[reference.table]
        assert target.key == reference.to, reference
        here = [table.column(name).type for name in reference.columns]
        assert here == [target.column(name).type for name in reference.to], reference
        assert target.layer != "typed"


@EVERY_PUBLISHED
def test_a_partitioned_table_says_its_school_year(table: Table) -> None:
    if table.partitioned:
        assert table.column("school_year").required


@EVERY
def test_caveats_are_known(table: Table) -> None:
    assert set(table.caveats) <= set(CAVEATS)


def test_every_caveat_is_used() -> None:
    assert {key for table in PUBLISHED for key in table.caveats} == set(CAVEATS)


@EVERY
def test_what_names_a_person_is_kept_to_the_restricted_tier(table: Table) -> None:
    for column in table.columns:
        if NAMES_A_PERSON.fullmatch(column.name):
            assert column.privacy in {"direct", "sensitive"}, column.name


@EVERY_PUBLISHED
def test_keys_of_people_are_keys_and_records_are_provenance(table: Table) -> None:
    for column in table.columns:
        if column.name in PERSON_KEYS:
            assert column.privacy == "key", column.name
        if column.privacy == "key":
            assert column.name in PERSON_KEYS, column.name
        if column.name.endswith("record_id"):
            assert column.privacy == "provenance", column.name


@EVERY
def test_a_table_with_provenance_has_all_of_it(table: Table) -> None:
    whole = {column.name: column for column in provenance()}
    stated = {name for name in table.column_names if name.startswith("_")}
    assert stated in (set(), set(whole))
    assert all(table.column(name) == whole[name] for name in stated)


def test_sensitive_facts_are_marked_wherever_they_stand() -> None:
    for table in TABLES.values():
        if "homeless" in table.column_names:
            assert table.column("homeless").privacy == "sensitive"
