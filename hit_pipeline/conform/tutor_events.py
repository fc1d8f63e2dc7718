"""The tutor pipeline: what happened to a tutor when, as lists of HR and of trainings state it."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import gathered, no_person, with_key
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.tables.catalog import TABLES


def tutor_event(context: BuildContext) -> ir.Table:
    """Return one row per tutor, event, date and topic of each source.

    A tutor's entries in a list stay apart by employer; any other event stated by several rows, of
    which one may name the tutor by a reference alone, is one event of the employer one of them
    states.
    """
    rows = context.typed("typed_tutor_event")
    rows = with_key(context, without(rows, tutor_event_problems(rows)), "tutor")
    rows = rows.mutate(
        person_record_id=rows.tutor_record_id,
        _person=rows.tutor_key.coalesce(rows.tutor_record_id),
        _post=(rows.event == "listed").ifelse(rows.employer, None),
    )
    by = ["_source", "_person", "_post", "event", "event_date", "topic"]
    employer = rows.employer.min().over(ibis.window(group_by=by))
    found = gathered(context, rows.mutate(employer=employer), by)
    return cast("ir.Table", found.select(*TABLES["tutor_event"].column_names))


def tutor_event_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed event of a tutor can break."""
    return [no_person(rows, "tutor_event", "tutor")]
