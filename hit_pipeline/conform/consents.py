"""Consents and judgements of need: what was decided about a student, as lists state it."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import gathered, no_person, with_key, with_stated_program
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.programs import with_program
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES


def consent(context: BuildContext) -> ir.Table:
    """Return one row per student, purpose, recipient, effective date and answer.

    The recipient is the one stated, else the vendor of the program. A blank answer is ``unknown``.
    """
    rows = context.typed("typed_consent")
    rows = without(rows, consent_problems(rows))
    rows = with_stated_program(rows, context.district)
    vendors = {name: one.vendor for name, one in context.district.programs.items() if one.vendor}
    vendor = rows.program_id.cases(*vendors.items()) if vendors else ibis.null("string")
    rows = rows.mutate(
        person_record_id=rows.student_record_id,
        recipient=rows.recipient.coalesce(vendor),
        status=rows.status.fill_null("unknown"),
    )
    key = TABLES["consent"].key[1:]
    found = with_key(context, gathered(context, rows, ["_source", *key]), "student")
    return cast("ir.Table", found.select(*TABLES["consent"].column_names))


def consent_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed consent can break."""
    return [no_person(rows, "consent", "student")]


def eligibility(context: BuildContext) -> ir.Table:
    """Return one row per student, program, rule with its version, and day of the decision."""
    rows = described_eligibility(context.typed("typed_eligibility"), context.district)
    rows = without(rows, eligibility_problems(rows))
    rows = rows.mutate(person_record_id=rows.student_record_id)
    key = TABLES["eligibility"].key[1:]
    found = with_key(context, gathered(context, rows, ["_source", *key]), "student")
    return cast("ir.Table", found.select(*TABLES["eligibility"].column_names))


def described_eligibility(rows: ir.Table, district: District) -> ir.Table:
    """Add ``program_id`` to typed judgements of need."""
    return with_program(rows, district)


def eligibility_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a `described_eligibility` row can break."""
    return [
        no_person(rows, "eligibility", "student"),
        Problem(
            "eligibility.program_unknown",
            "program",
            "the program is no id, name or alias of a program in district.toml",
            rows.program_id.isnull(),
        ),
    ]
