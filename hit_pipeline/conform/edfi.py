"""The typed tables of an Ed-Fi ODS completed from one another: what several resources say, united.

The contract types resources as rows of our tables that hold a part of a thing; here the parts are
put together. People are in `hit_pipeline.conform.edfi_people`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.edfi_parts import ORIGIN, of_file, one_each, united
from hit_pipeline.conform.edfi_people import DEFAULT_SYSTEMS, staff, students
from hit_pipeline.conform.school_years import session_year, stated_school_year
from hit_pipeline.conform.subjects import subject_of
from hit_pipeline.school_year import YearStart
from hit_pipeline.settings import Source
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to, empty
from hit_pipeline.tables.vocabulary import DAY_TYPES

SCHOOL_NUMBERS = (
    "lea",
    "local education agency",
    "district",
    "school",
    "sea",
    "state education agency",
    "nces",
    "federal",
)
"""Identification systems of schools, the one that counts as the district's number first."""

_ONLY_PARTS = ("typed_user", "typed_user_role")
"""Tables whose every row is a part of another one's."""
_BY_WEIGHT = ("closure", "holiday", "break", "summer", "teacher_workday", "weekend")
"""Of several events of a date the first of these counts; an instructional day only when alone."""


def derive(
    tables: Mapping[str, ir.Table], source: Source, start: YearStart, today: date
) -> dict[str, ir.Table]:
    """Unite the typed tables of an Ed-Fi ODS.

    Args:
        tables: Typed tables of one source by name, parts of rows among them; missing ones count as
            empty.
        source: Its settings; ``id_systems`` says what its identification codes are.
        start: When a school year begins.
        today: Day of the run: what ended before it is over.

    Returns:
        The tables with one whole row for each thing: ``typed_student`` per enrollment, or per
        student who has none; ``typed_staff`` per person and organization.
    """
    needed = {*tables, *_ONLY_PARTS, "typed_student", "typed_staff", "typed_course"}
    parts = {name: tables.get(name, empty(TABLES[name])) for name in needed}
    own = {key.lower(): system for key, system in source.id_systems.items()}
    systems = {**DEFAULT_SYSTEMS, **own}
    steps: dict[str, Callable[[], ir.Table]] = {
        "typed_student": lambda: students(parts, systems, start, today),
        "typed_staff": lambda: staff(parts, systems, today),
        "typed_course": lambda: _courses(parts["typed_course"]),
        "typed_school": lambda: _schools(parts["typed_school"]),
        "typed_section": lambda: _sections(parts["typed_section"], parts["typed_course"]),
        "typed_term": lambda: _terms(parts["typed_term"], start),
        "typed_calendar_day": lambda: _days(parts["typed_calendar_day"]),
        "typed_assessment": lambda: _scores(parts["typed_assessment"], parts["typed_course"]),
    }
    return {
        name: steps[name]() if name in steps else rows
        for name, rows in tables.items()
        if name not in _ONLY_PARTS
    }


def _schools(rows: ir.Table) -> ir.Table:
    """Give every organization its number: that of the first system it has of `SCHOOL_NUMBERS`."""
    kind = rows.identifier.re_extract(r"^([^|]*)\|", 1).lower().strip()
    rank = kind.cases(
        *((one, at) for at, one in enumerate(SCHOOL_NUMBERS)), else_=ibis.null("int64")
    )
    number = rows.identifier.re_extract(r"^[^|]*\|(.*)$", 1).strip().nullif("")
    ranked = rows.mutate(identifier=number, _rank=rank)
    best = ranked.group_by(*ORIGIN).aggregate(
        best=ranked.identifier.argmin(ranked["_rank"], where=ranked["_rank"].notnull())
    )
    whole = united(ranked.drop("_rank"))
    found = whole.drop("identifier").inner_join(best, ORIGIN).rename(identifier="best")
    return conform_to(TABLES["typed_school"], found)


def _courses(rows: ir.Table) -> ir.Table:
    return conform_to(TABLES["typed_course"], united(of_file(rows, "courses")))


def _sections(rows: ir.Table, courses: ir.Table) -> ir.Table:
    """Give sections the course their local course code is offered as.

    Without an offering it is the course of the school with that code, else the only course of it.
    """
    whole = united(rows)
    whole = whole.mutate(term_ids_source=_no_comma(whole.term_ids_source))
    offered = of_file(courses, "course_offerings")
    offered = offered.group_by("course_id_source").aggregate(offered=offered.course_code.min())
    known = of_file(courses, "courses").select(known="course_id_source").distinct()
    stated = of_file(courses, "courses").filter(lambda t: t.course_code.notnull())
    only = stated.group_by("course_code").aggregate(
        only=stated.course_id_source.min(), courses=stated.course_id_source.nunique()
    )
    only = only.filter(only.courses == 1).select(_code="course_code", only="only")
    found = whole.left_join(offered, "course_id_source").drop("course_id_source_right")
    found = found.left_join(known, found.course_id_source == known.known)
    code = found.course_id_source.re_extract(r"^[^|]*\|(.*)$", 1)
    found = found.left_join(only, code == only["_code"])
    course = ibis.coalesce(found.offered, found.known, found.only, found.course_id_source)
    return conform_to(TABLES["typed_section"], found.mutate(course_id_source=course))


def _terms(rows: ir.Table, start: YearStart) -> ir.Table:
    year = session_year(stated_school_year(rows.school_year), rows.start_date, rows.end_date, start)
    return rows.mutate(school_year=year, term_id_source=_no_comma(rows.term_id_source))


def _days(rows: ir.Table) -> ir.Table:
    """Keep one event of each date: the one that weighs most."""
    order = (*_BY_WEIGHT, *(one for one in DAY_TYPES if one not in _BY_WEIGHT))
    weight = rows.day_type.cases(*((one, at) for at, one in enumerate(order)), else_=len(order))
    place = ibis.row_number().over(group_by=list(ORIGIN), order_by=[weight, rows.note])
    return rows.mutate(_place=place).filter(lambda t: t["_place"] == 0).drop("_place")


def _scores(rows: ir.Table, courses: ir.Table) -> ir.Table:
    """Add title and subject of the assessment, and write kinds of scores and years our way."""
    about = united(of_file(courses, "assessments"))
    none = ibis.null("string")
    known = about.select(
        _of="course_id_source",
        _title="title",
        _subject=subject_of(about.subjects, none, about.title),
    )
    whole = rows.left_join(one_each(known, "_of"), rows.test_name == known["_of"])
    kind = whole.score_kind.lower().re_replace(r"[^a-z0-9]+", "_")
    identifier = whole.test_name.re_extract(r"^[^|]*\|(.*)$", 1)
    return conform_to(
        TABLES["typed_assessment"],
        whole.mutate(
            test_name=whole["_title"].coalesce(identifier),
            subject=whole.subject.coalesce(whole["_subject"]),
            score_kind=kind.strip().re_replace(r"^_+|_+$", ""),
            school_year=stated_school_year(whole.school_year),
        ),
    )


def _no_comma(text: ir.StringValue) -> ir.StringValue:
    """Take commas out of a name of a term: they part the terms of a section."""
    return cast("ir.StringValue", text.replace(",", ";"))
