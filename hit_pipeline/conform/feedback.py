"""Answers to surveys: one row per response and question, anonymous ones without a person."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import by_source, gathered, with_key, with_stated_program
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.truth import holds
from hit_pipeline.engine_functions import utc_to_local
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES

_RESPONDENTS = {
    "student": ("student", "family"),
    "tutor": ("tutor",),
    "staff": ("teacher", "school_leader", "site_lead"),
}
"""Role of a person record and the respondents it stands for."""


def feedback_response(context: BuildContext) -> ir.Table:
    """Return one row per response and question, of one school year.

    A response is known by its tool's id, else by its delivery and row. It is anonymous when it says
    so, or names nobody; then it has no record and no key.
    """
    rows = described_feedback(context.typed("typed_feedback_response"), context.district)
    rows = without(rows, feedback_problems(rows))
    year = school_year_of(rows.local_date, context.district.district.year_start)
    rows = _with_people(context, rows.mutate(school_year=year).filter(year == context.year))
    named = with_school_id(context, with_stated_program(rows, context.district), name="school_name")
    found = gathered(context, named, ["_source", "response_id", "question_id"])
    return cast("ir.Table", found.select(*TABLES["feedback_response"].column_names))


def described_feedback(rows: ir.Table, district: District) -> ir.Table:
    """Add ``local_date`` and ``response_id`` to typed answers."""
    zones = {
        name: source.time_zone or district.district.time_zone
        for name, source in district.sources.items()
    }
    zone = by_source(rows, zones).fill_null(district.district.time_zone)
    shown = utc_to_local(rows.responded_at_utc, zone)
    place = ibis.literal("/").join(
        [rows["_delivery_id"], rows["_file"], rows["_row"].cast("string")]
    )
    own = rows["_source"] + "/" + rows.response_id_source
    return rows.mutate(
        local_date=rows.responded_at_local.coalesce(shown).date(),
        response_id=own.coalesce(place).hexdigest("md5"),
    )


def feedback_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a `described_feedback` row can break."""
    return [
        Problem(
            "feedback_response.no_date",
            "responded_at_local",
            "nothing says when it was answered",
            rows.local_date.isnull(),
        )
    ]


def _with_people(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add the record of who answered, the keys, and ``is_anonymous`` where it is not stated."""
    stated = {
        f"{role}_record_id": rows.respondent_role.isin(who).ifelse(rows[f"{role}_record_id"], None)
        for role, who in _RESPONDENTS.items()
    }
    record = ibis.coalesce(*stated.values())
    anonymous = holds(rows.is_anonymous) | record.isnull()
    shown = {name: anonymous.ifelse(None, value) for name, value in stated.items()}
    named = rows.mutate(
        is_anonymous=anonymous, person_record_id=anonymous.ifelse(None, record), **shown
    )
    for role in _RESPONDENTS:
        named = with_key(context, named, role)
    return named
