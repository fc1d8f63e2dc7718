"""Running the suite of a table on one Parquet file: the one function everybody calls.

What stands against each rule is counted in DuckDB (`measure`); the suite of Great Expectations is
then validated on the counts (`validation`), not on the table. The reasons:

- Time and memory. Great Expectations on DuckDB took 10 s and 1.1 GB for the key of one table of
  5,000,000 rows. Counted like this, the whole suites of the three session tables of that size took
  5.5 s of processor time together on a busy machine with 2 cores (session 1.4 s, session_tutor
  1.1 s, session_participant 3.0 s), and the process 340 MB, 530 MB with Great Expectations loaded.
- Privacy. Great Expectations keeps values it did not expect in its results and in the texts of its
  errors. Here it is given figures only.
- Bounds. Nothing in Great Expectations has to be patched for it to talk to DuckDB.

Most tables of a small district are empty. Where the footer of a file says that it holds no row, and
the declared columns, nothing stands against its rules: all but the totals are answered without a
count and without a validation. The suites of 40 empty tables take 0.2 s of processor time so, 3 s
otherwise.

The 28 suites of a small district, 486 rules, take about 3 s of processor time: half for counting,
half for Great Expectations, after 3 s (quiet) for importing it.
"""

from datetime import datetime
from pathlib import Path

from expectations.catalog import rules_of
from expectations.measure import (
    NOTHING_MEASURED,
    Surroundings,
    answered_by_footer,
    measure,
)
from hit_pipeline.lake import Lake
from hit_pipeline.tables.model import Table
from hit_pipeline.verdict import Outcome, Verdict


def check(
    table: Table, path: Path, *, lake: Lake, school_year: str | None, now: datetime
) -> Verdict:
    """Say what a table's suite finds in one file: a candidate, or a promoted file.

    A file that cannot be read breaks its rules; it does not raise.

    Args:
        table: The table.
        path: The Parquet file.
        lake: Where the tables it refers to lie, as they were last promoted.
        school_year: Partition of the file; None for a table without partitions.
        now: Instant of the run.

    Raises:
        ValueError: A partition is given for a table that has none, or none for one that has; or
            the suite could not be built.
    """
    if table.partitioned != (school_year is not None):
        message = f"{table.name} is {'' if table.partitioned else 'not '}partitioned by school year"
        raise ValueError(message)
    # Great Expectations takes seconds to import: only a process that checks does so.
    from expectations.validation import nothing_against, validate

    rules = rules_of(table)
    answered = answered_by_footer(table, path, rules)
    asked = [rule for rule in rules if rule not in answered]
    measured, findings = NOTHING_MEASURED, nothing_against(answered)
    if asked:
        measured = measure(table, path, asked, Surroundings(lake, school_year, now.date()))
        findings |= validate(table.name, asked, measured.against)
    outcomes = tuple(
        Outcome(
            rule=rule.id,
            severity=rule.severity,
            expectation=findings[rule.id].expectation,
            columns=rule.columns,
            passed=findings[rule.id].passed,
            unexpected=findings[rule.id].unexpected,
            broken=findings[rule.id].unexpected is None,
            rows=measured.rows.get(rule.id, ()),
            remedy=rule.remedy,
            owner=rule.owner,
        )
        for rule in rules
    )
    return Verdict(table.name, school_year, now, measured.row_count, outcomes)
