"""Students: one row each, every column from the source that knows it best."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import by_source
from hit_pipeline.conform.races import federal_roll_up
from hit_pipeline.conform.statements import chosen, known_students, student_statements
from hit_pipeline.conform.truth import holds, may_hold
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, empty
from hit_pipeline.tables.vocabulary import FLAGS, RACES

_NAMES = ("given_name", "middle_name", "family_name", "preferred_name")
_MERGED = ("birth_date", "gender")
_TABLE = TABLES["student"]


def student(context: BuildContext) -> ir.Table:
    """Return one row per student the registry knows.

    Each column comes from the statement that wins among those that state it at all (see
    `student_statements`). A student no source lists any more keeps the values last published and
    is not active. A student is active while a source of kind roster lists them, does not call
    them gone and states no exit before the run's date.
    """
    now = _merged(context)
    rows = known_students(context).left_join(now, "student_key").drop("student_key_right")
    before = _before(context)
    own = ("student_key", "created_at", "is_active")
    carried = [name for name in before.columns if name not in own]
    before = before.select("student_key", **{f"{name}_before": name for name in carried})
    rows = rows.left_join(before, "student_key").drop("student_key_right")
    unlisted = rows.is_active.isnull()
    kept = {name: unlisted.ifelse(rows[f"{name}_before"], rows[name]) for name in carried}
    full = rows.mutate(**kept, is_active=holds(rows.is_active))
    return cast("ir.Table", full.select(*_TABLE.column_names))


def _before(context: BuildContext) -> ir.Table:
    """Return the students last published; columns the file was written without are null."""
    paths = context.lake.parts(_TABLE)
    return complete(_TABLE, context.engine.read(paths)) if paths else empty(_TABLE)


def _merged(context: BuildContext) -> ir.Table:
    rows = student_statements(context)
    gone = ~may_hold(rows.is_active)
    over = holds(rows.exit_date < context.today)
    listed = (rows.kind == "roster") & ~gone & ~over
    origins = {name: one.origin for name, one in context.district.sources.items()}
    of_source = by_source(rows, origins)
    rows = rows.mutate(roster_origin=(rows.kind == "roster").ifelse(of_source, None))
    merged = rows.group_by("student_key").aggregate(
        **{name: chosen(rows, f"student_{name}") for name in _NAMES},
        **{name: chosen(rows, name) for name in (*_MERGED, *FLAGS, *RACES, "race_ethnicity")},
        grade_current=chosen(rows, "grade"),
        school_id_current=chosen(rows, "school_id"),
        roster_origin=chosen(rows, "roster_origin"),
        is_active=listed.any(),
    )
    return merged.mutate(
        race_ethnicity_federal=federal_roll_up(
            {name: merged[name] for name in RACES}, merged.race_ethnicity
        )
    ).drop(*RACES, "race_ethnicity")
