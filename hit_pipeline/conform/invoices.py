"""Lines of invoices as billed."""

from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import with_key, with_receipt, with_stated_program
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES

_BILLERS = pa.schema([("_biller", pa.string()), ("program_of_vendor", pa.string())])


def invoice_line(context: BuildContext) -> ir.Table:
    """Return one row per line of an invoice, of one school year.

    The school year is that of the service, else of the period's first day, else of the invoice. A
    number of a line that is stated again counts up ``repeat``, in the order of delivery. The
    program is the one stated, else the only one of the vendor.
    """
    rows = context.typed("typed_invoice_line")
    rows = without(rows, invoice_problems(rows))
    year = school_year_of(billed_day(rows), context.district.district.year_start)
    place = ibis.row_number().over(
        group_by=["_source", "invoice_id", "line_id"],
        order_by=["received_at", "_delivery_id", "_file", "_row"],
    )
    rows = with_receipt(context, rows.mutate(school_year=year))
    rows = rows.mutate(
        repeat=place + 1, source=rows["_source"], person_record_id=rows.student_record_id
    )
    billed = rows.filter(rows.school_year == context.year)
    named = _with_program(with_stated_program(billed, context.district), context.district)
    for role in ("student", "tutor"):
        named = with_key(context, named, role)
    return cast("ir.Table", named.select(*TABLES["invoice_line"].column_names))


def billed_day(rows: ir.Table) -> ir.DateValue:
    """Return the day that decides the school year of a line; null when it states none."""
    return ibis.coalesce(rows.service_date, rows.period_start, rows.invoice_date)


def invoice_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed line of an invoice can break."""
    return [
        Problem(
            "invoice_line.no_date",
            "service_date",
            "has no day of service, no period and no date of the invoice",
            billed_day(rows).isnull(),
        )
    ]


def _with_program(rows: ir.Table, district: District) -> ir.Table:
    """Fill ``program_id`` by who bills: the name of a vendor, or of the source of its log."""
    named = rows.mutate(_biller=rows.vendor.strip().lower())
    known = attach(named, _billers(district), ["_biller"], "program_of_vendor")
    stated = known.program_source.notnull()
    program = stated.ifelse(known.program_id, known.program_id.coalesce(known.program_of_vendor))
    return known.mutate(program_id=program)


def _billers(district: District) -> ir.Table:
    found: dict[str, set[str]] = {}
    for program_id, program in district.programs.items():
        if program.vendor is not None:
            found.setdefault(program.vendor.strip().lower(), set()).add(program_id)
    for name, source in district.sources.items():
        if source.program is not None:
            found.setdefault(name, set()).add(source.program)
    rows = [
        {"_biller": name, "program_of_vendor": programs.pop()}
        for name, programs in found.items()
        if len(programs) == 1
    ]
    return given(rows, _BILLERS)
