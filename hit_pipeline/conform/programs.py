"""Programs and their terms from district.toml, and how a source's name of one is understood."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.settings import District
from hit_pipeline.settings_programs import ProgramTerm
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema

_TERM_DAYS = pa.schema(
    [
        ("program_id", pa.string()),
        ("local_date", pa.date32()),
        ("term", pa.string()),
        ("design_seconds", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Term:
    """One term of one program.

    Attributes:
        program_id: The program.
        name: The term.
        subject: Subject of the program; None when it has none.
        settings: Dates and design.
    """

    program_id: str
    name: str
    subject: str | None
    settings: ProgramTerm


def program(context: BuildContext) -> ir.Table:
    """Return one row per program of district.toml."""
    rows = [
        {
            "program_id": program_id,
            "name": one.name,
            "vendor": one.vendor,
            "subject": one.subject,
            "owner": one.owner,
        }
        for program_id, one in context.district.programs.items()
    ]
    return given(rows, arrow_schema(TABLES["program"]))


def program_term(context: BuildContext) -> ir.Table:
    """Return one row per term of a program, with its design."""
    rows = [
        {
            "program_id": term.program_id,
            "term": term.name,
            "start_date": term.settings.start,
            "end_date": term.settings.end,
            "subject": term.subject,
            "sessions_per_week": term.settings.sessions_per_week,
            "minutes_per_session": term.settings.minutes_per_session,
            "weeks": term.settings.weeks,
            "max_students_per_tutor": term.settings.max_students_per_tutor,
            "grades": ",".join(term.settings.grades) or None,
            "design_version": term.settings.version,
        }
        for term in terms(context.district)
    ]
    return given(rows, arrow_schema(TABLES["program_term"]))


def terms(district: District) -> list[Term]:
    """Return every term of every program, in the order of district.toml."""
    return [
        Term(program_id, name, one.subject, settings)
        for program_id, one in district.programs.items()
        for name, settings in one.terms.items()
    ]


def terms_of_year(district: District, school_year: str) -> list[Term]:
    """Return the terms whose figures stand in a school year: those that start in it.

    A term that crosses into the next year stays one term.
    """
    start = district.district.year_start
    return [term for term in terms(district) if start.of(term.settings.start) == school_year]


def years_crossing_into(district: District, years: Collection[str]) -> set[str]:
    """Return the school years in which a term began that ends in one of some later years."""
    start = district.district.year_start
    begun = ((start.of(one.settings.start), start.of(one.settings.end)) for one in terms(district))
    return {first for first, last in begun if last in years and first != last}


def with_program(rows: ir.Table, district: District) -> ir.Table:
    """Add ``program_id`` and ``program_unknown`` to rows with ``_source`` and ``program``.

    A program is named by its id, name or alias, without regard to case or blanks around it; a name
    two programs share names neither. A row that names none belongs to its source's program, if
    district.toml gives it one. ``program_unknown`` is true when a name is stated that is no
    program's.
    """
    named = rows.mutate(_program_name=rows["program"].strip().lower())
    found = attach(named, _program_names(district), ["_program_name"], "program_id")
    of_source = [
        (found["_source"] == name, source.program)
        for name, source in district.sources.items()
        if source.program is not None
    ]
    usual = ibis.cases(*of_source, else_=None) if of_source else ibis.null("string")
    stated = found["program"].notnull()
    return found.mutate(
        program_unknown=stated & found["program_id"].isnull(),
        program_id=stated.ifelse(found["program_id"], usual),
    ).drop("_program_name", "program")


def term_days(terms: Iterable[Term]) -> ir.Table:
    """Return the days of terms: ``program_id, local_date, term, design_seconds``.

    Where two terms of a program share a day, it belongs to the one that starts later.
    ``design_seconds`` is the designed length of a session; null where there is no design.
    """
    days: dict[tuple[str, date], Term] = {}
    for term in sorted(terms, key=lambda term: term.settings.start):
        length = (term.settings.end - term.settings.start).days + 1
        for offset in range(length):
            days[term.program_id, term.settings.start + timedelta(days=offset)] = term
    rows = [
        {
            "program_id": program_id,
            "local_date": day,
            "term": term.name,
            "design_seconds": _seconds(term.settings.minutes_per_session),
        }
        for (program_id, day), term in days.items()
    ]
    return given(rows, _TERM_DAYS)


def _program_names(district: District) -> ir.Table:
    bearers: dict[str, set[str]] = {}
    for program_id, one in district.programs.items():
        for name in (program_id, one.name, *one.aliases):
            bearers.setdefault(name.strip().lower(), set()).add(program_id)
    rows = [
        {"_program_name": name, "program_id": ids.pop()}
        for name, ids in bearers.items()
        if len(ids) == 1
    ]
    schema = pa.schema([("_program_name", pa.string()), ("program_id", pa.string())])
    return given(rows, schema)


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60
