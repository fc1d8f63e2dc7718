"""Tutoring groups as planned: the groups, who is in them, when they meet."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import gathered, no_person, with_key, with_stated_program
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.wall_times import time_of_day, unreadable
from hit_pipeline.tables.catalog import TABLES


def tutoring_group(context: BuildContext) -> ir.Table:
    """Return one row per group of a source."""
    found = gathered(context, context.typed("typed_tutoring_group"), ["_source", "group_id"])
    placed = with_school_id(
        context, with_stated_program(found, context.district), name="school_name"
    )
    keyed = with_key(context, placed, "tutor")
    return cast("ir.Table", keyed.select(*TABLES["tutoring_group"].column_names))


def group_member(context: BuildContext) -> ir.Table:
    """Return one row per group, student and first day."""
    rows = context.typed("typed_group_member")
    rows = without(rows, member_problems(rows))
    rows = rows.mutate(person_record_id=rows.student_record_id)
    key = TABLES["group_member"].key[1:]
    found = with_key(context, gathered(context, rows, ["_source", *key]), "student")
    return cast("ir.Table", found.select(*TABLES["group_member"].column_names))


def group_slot(context: BuildContext) -> ir.Table:
    """Return one row per group and time it meets at."""
    rows = context.typed("typed_group_slot")
    rows = without(rows, slot_problems(rows))
    rows = rows.mutate(start_time=time_of_day(rows.start_time), end_time=time_of_day(rows.end_time))
    key = TABLES["group_slot"].key[1:]
    found = with_key(context, gathered(context, rows, ["_source", *key]), "tutor")
    return cast("ir.Table", found.select(*TABLES["group_slot"].column_names))


def member_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed member of a group can break."""
    return [no_person(rows, "group_member", "student")]


def slot_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed slot of a group can break."""
    return [
        Problem(
            "group_slot.no_time",
            "weekday",
            "says neither a day of the week nor a day of the rotation",
            rows.weekday.isnull() & rows.cycle_day.isnull(),
        ),
        *unreadable(rows, "group_slot", "start_time", "end_time"),
    ]
