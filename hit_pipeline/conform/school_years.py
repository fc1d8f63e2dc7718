"""School years as table expressions; the rules themselves are in `hit_pipeline.school_year`."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.school_year import YearStart


def school_year_of(day: ir.DateValue, start: YearStart) -> ir.StringValue:
    """Return the label of the school year a date lies in, such as 2026-27; null for null.

    The first day of a school year belongs to it.
    """
    begun = (day.month() * 100 + day.day()) >= start.month * 100 + start.day
    first = day.year() - (~begun).cast("int64")
    return cast("ir.StringValue", _label(first))


def stated_school_year(text: ir.StringValue) -> ir.StringValue:
    """Return the label for a school year as sources write it; null when it is none of these.

    Understood: ``2026-27``, ``2026-2027``, ``2026/27``, ``2026/2027`` and OneRoster's ``2027``, the
    calendar year in which it ends.
    """
    plain = text.strip()
    span = r"^(\d{4})\s*[-/]\s*(?:\d{2})?(\d{2})$"
    first = plain.re_extract(span, 1).try_cast("int64")
    second = plain.re_extract(span, 2).try_cast("int64")
    last = plain.re_extract(r"^(\d{4})$", 1).try_cast("int64")
    follows = ((first + 1) % 100 == second).ifelse(_label(first), None)
    return cast("ir.StringValue", follows.coalesce(_label(last - 1)))


def session_year(
    stated: ir.StringValue, first_day: ir.DateValue, last_day: ir.DateValue, start: YearStart
) -> ir.StringValue:
    """Return the school year of a session: the stated one when the session has a day in it.

    Otherwise, and when none is stated, that of the first day.
    """
    first, last = school_year_of(first_day, start), school_year_of(last_day, start)
    fits = (stated >= first) & (stated <= last)
    return cast("ir.StringValue", fits.ifelse(stated, first))


def spans(terms: ir.Table) -> ir.Table:
    """Return the first and last day of every school year of a source, from the table `term`.

    They are those of its sessions of type school year; where a source names none, of all its
    sessions of that year together. Columns: ``source, school_year, first_day, last_day``.
    """
    whole = terms.term_type == "school_year"
    years = terms.group_by("source", "school_year").aggregate(
        whole_first=terms.start_date.min(where=whole),
        whole_last=terms.end_date.max(where=whole),
        any_first=terms.start_date.min(),
        any_last=terms.end_date.max(),
    )
    return cast(
        "ir.Table",
        years.select(
            "source",
            "school_year",
            first_day=years.whole_first.coalesce(years.any_first),
            last_day=years.whole_last.coalesce(years.any_last),
        ),
    )


def _label(first: ir.IntegerValue) -> ir.StringValue:
    left = first.cast("string").lpad(4, "0")
    right = ((first + 1) % 100).cast("string").lpad(2, "0")
    return cast("ir.StringValue", left + "-" + right)
