"""OneRoster bundles other people wrote, each as a district of its own."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hit_pipeline.builders import STEPS, build
from hit_pipeline.engine import Engine
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.inputs import school_years
from tests.conformance.oneroster_table import Outcome, as_lines, drop, outcomes, take

REASONS = {
    "package.missing_manifest": "oneroster.missing_manifest",
    "package.unknown_file": "oneroster.unknown_entry",
    "manifest.file_missing": "oneroster.manifest_mismatch",
    "csv.unescaped_quote": "oneroster.csv_quote",
    "row.field_forbidden_in_bulk": "oneroster.lifecycle_in_bulk",
    "reference.duplicate_sourced_id": "oneroster.duplicate_sourced_id",
}
"""What another conformance suite calls a fault, and our rule for it."""

ROSTER = (
    "school",
    "term",
    "course",
    "section",
    "student_attribute",
    "student",
    "staff",
    "calendar_day",
    "school_enrollment",
    "section_enrollment",
)


@pytest.fixture(scope="module")
def taken(samples: Path) -> Mapping[str, Outcome]:
    return outcomes(samples / "oneroster")


@pytest.fixture(scope="module")
def expected(samples: Path) -> list[dict[str, object]]:
    (path,) = (samples / "oneroster").rglob("expected.json")
    listed: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return listed


def test_the_fates_of_every_bundle_sum_to_its_rows(taken: Mapping[str, Outcome]) -> None:
    assert taken
    for name, one in taken.items():
        assert sum(one.fates.values()) == one.delivery.rows, name
        assert sum(one.by_rule.values()) == one.delivery.rows, name
        assert set(one.fates) <= {"conformed", "excluded", "superseded", "repeated"}, name
    assert len(as_lines(taken)) > len(taken)


def test_every_good_package_is_accepted_without_complaint(
    taken: Mapping[str, Outcome], expected: list[dict[str, object]]
) -> None:
    good = [one for one in expected if "expectedCodes" not in one]
    assert good
    for case in good:
        delivery = taken[str(case["file"])].delivery
        assert delivery.status == "landed"
        assert {one.severity for one in delivery.findings} <= {"info"}, case
        supplied = case["suppliedFiles"]
        assert isinstance(supplied, list)
        assert {file.entry for file in delivery.files} - {"manifest.csv"} == set(supplied)
        assert delivery.mode == case.get("mode")


def test_every_bad_package_is_refused_or_reported_by_file_and_reason(
    taken: Mapping[str, Outcome], expected: list[dict[str, object]]
) -> None:
    bad = [one for one in expected if "expectedCodes" in one]
    assert bad
    for case in bad:
        one, codes = taken[str(case["file"])], case["expectedCodes"]
        assert isinstance(codes, list)
        for rule in (REASONS[code] for code in codes):
            reported = [finding.file for finding in one.found(rule)]
            assert one.delivery.refused_rule == rule or all(reported or [""]), (case, reported)


def test_the_generated_district_is_whole_and_its_filled_lifecycle_is_counted(
    taken: Mapping[str, Outcome],
) -> None:
    one = taken["generated-district-small"]
    assert one.fates == {"conformed": 2587}
    assert one.found("oneroster.reference") == []
    lifecycle = one.found("oneroster.lifecycle_in_bulk")
    assert sum(finding.count for finding in lifecycle) == 2587
    (year,) = one.found("oneroster.school_year")
    assert (year.file, year.column, year.count) == ("academic_sessions", "schoolYear", 2)
    warned = {finding.rule for finding in one.delivery.findings if finding.severity != "info"}
    assert warned == {"oneroster.lifecycle_in_bulk", "oneroster.school_year"}
    failing = taken["neg-bulk-lifecycle-status-failure.zip"]
    assert [finding.file for finding in failing.found("oneroster.lifecycle_in_bulk")] == ["users"]


def test_ids_keep_their_zeros_and_lists_their_parts(taken: Mapping[str, Outcome]) -> None:
    one = taken["grandbend-1.1"]
    assert one.fates == {"conformed": 51}
    assert one.tables["typed_student"] == 8
    assert one.tables["typed_staff"] == 2
    assert {finding.severity for finding in one.delivery.findings} == {"info"}


def test_a_file_left_out_is_told_from_what_refers_to_it(taken: Mapping[str, Outcome]) -> None:
    one = taken["moodle-1.1-minimal"]
    (broken,) = one.found("oneroster.reference")
    assert (broken.file, broken.column, broken.count) == ("classes", "courseSourcedId", 2)
    assert one.by_rule["users", "excluded", "oneroster.role_without_table"] == 1


def test_a_delta_in_capitals_is_understood(taken: Mapping[str, Outcome]) -> None:
    one = taken["moodle-1.2-delta"]
    assert (one.delivery.mode, one.tables["typed_student"]) == ("delta", 1)
    assert [finding.file for finding in one.found("tolerance.enum_case")] == ["users"]


@pytest.mark.parametrize("name", ["generated-district-small", "grandbend-1.1", "moodle-1.2-delta"])
def test_a_bundle_becomes_roster_tables_with_unique_keys(
    samples: Path, tmp_path: Path, name: str
) -> None:
    bundle = next(path for path in (samples / "oneroster").rglob(name))
    with Engine.open() as engine:
        context, outcome = take(engine, drop(bundle, tmp_path))
        resolve(context)
        rows: dict[str, list[dict[str, object]]] = {}
        for step in (one for one in STEPS if one.table.name in ROSTER):
            for year in school_years(context) if step.table.partitioned else [None]:
                build(replace(context, school_year=year), step)
                part = context.lake.promote(step.table, year, {})
                found = engine.collect(engine.read([part], step.table)).to_pylist()
                rows.setdefault(step.table.name, []).extend(found)
        for step in (one for one in STEPS if one.table.name in ROSTER):
            key = [tuple(row[part] for part in step.table.key) for row in rows[step.table.name]]
            assert len(set(key)) == len(key), step.table.name
    students = {row["student_key"] for row in rows["student"]}
    assert len(students) == outcome.tables["typed_student"]
    assert {row["student_key"] for row in rows["school_enrollment"]} == students
    enrolled = [row for row in rows["section_enrollment"] if row["role"] == "student"]
    assert {row["student_key"] for row in enrolled} <= students
    assert len(rows["section_enrollment"]) == outcome.tables["typed_section_enrollment"]
    schools = {row["school_id"] for row in rows["school"]}
    assert {row["school_id"] for row in rows["school_enrollment"]} <= schools
