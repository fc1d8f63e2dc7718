"""Assignments of students to terms of programs: the district's dated decisions."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.programs import Term, term_days, terms, with_program
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES

_TERM_NAMES = pa.schema(
    [
        ("program_id", pa.string()),
        ("_term_name", pa.string()),
        ("named_term", pa.string()),
    ]
)
_TERM_SPANS = pa.schema(
    [
        ("program_id", pa.string()),
        ("term", pa.string()),
        ("term_start", pa.date32()),
        ("term_end", pa.date32()),
    ]
)


def program_assignment(context: BuildContext) -> ir.Table:
    """Return one row per student, program term and spell that starts in one school year.

    Rows a rule of `assignment_problems` names are left to the quarantine.
    """
    rows = assigned(context)
    in_year = rows.filter(rows.school_year == context.year)
    return in_year.select(*TABLES["program_assignment"].column_names)


def assigned(context: BuildContext) -> ir.Table:
    """Return the spells of every school year, and ``term_end``, the last day of their term.

    A spell without a start date starts with its term.
    """
    rows = resolved(context.typed("typed_program_assignment"), context.district)
    rows = without(rows, assignment_problems(rows))
    spans = given([_span(term) for term in terms(context.district)], _TERM_SPANS)
    rows = attach(rows, spans, ["program_id", "term"], "term_start", "term_end")
    rows = rows.mutate(
        person_record_id=rows.student_record_id,
        start_date=rows.start_date.coalesce(rows.term_start),
        status=rows.status.fill_null("unknown"),
    )
    place = ibis.row_number().over(
        group_by=["person_record_id", "program_id", "term"],
        order_by=["start_date", "_source", "_delivery_id", "_file", "_row"],
    )
    year = school_year_of(rows.start_date, context.district.district.year_start)
    rows = rows.mutate(spell=place + 1, school_year=year)
    links = context.links("student").rename(student_key="person_key")
    return attach(rows, links, ["person_record_id"], "student_key")


def resolved(rows: ir.Table, district: District) -> ir.Table:
    """Add ``program_id, program_unknown`` to typed assignments and replace ``term`` by our name.

    The term is the one the row names, without regard to case; else the one its start date lies in;
    else the only one of the program; null when none of these leads to one.
    """
    named = with_program(rows, district)
    named = named.mutate(_term_name=named.term.strip().lower(), local_date=named.start_date)
    every = terms(district)
    names = given(list({_named(term): _name(term) for term in every}.values()), _TERM_NAMES)
    found = attach(named, names, ["program_id", "_term_name"], "named_term")
    days = term_days(every).rename(dated_term="term")
    found = attach(found, days, ["program_id", "local_date"], "dated_term")
    only = names.group_by("program_id").aggregate(
        only_term=names.named_term.max(), _terms=names.count()
    )
    found = attach(found, only.filter(only["_terms"] == 1), ["program_id"], "only_term")
    term = found.named_term.coalesce(found.dated_term, found.only_term)
    scratch = ("_term_name", "local_date", "named_term", "dated_term", "only_term")
    return found.mutate(term=term).drop(*scratch)


def assignment_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a `resolved` assignment can break."""
    return [
        Problem(
            "assignment.no_student",
            "student_record_id",
            "names no student: neither an id nor a name",
            rows.student_record_id.isnull(),
        ),
        Problem(
            "assignment.program_unknown",
            "program",
            "the program is no id, name or alias of a program in district.toml",
            rows.program_id.isnull(),
        ),
        Problem(
            "assignment.term_unknown",
            "term",
            "no term of the program has this name or holds the start date",
            rows.program_id.notnull() & rows.term.isnull(),
        ),
    ]


def _named(term: Term) -> tuple[str, str]:
    return term.program_id, term.name.strip().lower()


def _name(term: Term) -> dict[str, object]:
    program_id, name = _named(term)
    return {"program_id": program_id, "_term_name": name, "named_term": term.name}


def _span(term: Term) -> dict[str, object]:
    return {
        "program_id": term.program_id,
        "term": term.name,
        "term_start": term.settings.start,
        "term_end": term.settings.end,
    }
