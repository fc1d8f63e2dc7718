"""Where people are: schools and grades that rows state beside a name."""

from functools import reduce
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.identity.collect import MAKERS, naming_tables

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_PLACED = {"person_record_id": "string", "school": "string", "grade": "string"}


def roster_places(context: "BuildContext") -> ir.Table:
    """Return ``person_record_id, school, grade`` as rosters state them of students, each once."""
    return _places(context, [name for name in MAKERS["student"] if _is_there(context, name)])


def log_places(context: "BuildContext", wanted: ir.Table) -> ir.Table:
    """Return ``person_record_id, school, grade`` as logs and lists state them, each once.

    Args:
        context: Typed tables.
        wanted: ``person_record_id`` of the records whose places are asked for.
    """
    logs = [n for n in naming_tables(context, "student") if n not in MAKERS["student"]]
    return _places(context, logs, wanted)


def _is_there(context: "BuildContext", name: str) -> bool:
    return name in naming_tables(context, "student")


def _places(context: "BuildContext", tables: list[str], wanted: ir.Table | None = None) -> ir.Table:
    """Return the distinct places rows of typed tables state; a school by its name where known."""
    parts = []
    for name in tables:
        rows = rows_of(context, name, wanted)
        parts.append(
            rows.select(
                "_source",
                person_record_id=rows.student_record_id,
                school=_cell(rows, "school_name"),
                school_id=_cell(rows, "school_id_source"),
                grade=_cell(rows, "grade"),
            )
        )
    if not parts:
        return ibis.memtable([], schema=_PLACED)
    stated = reduce(ir.Table.union, parts).distinct()
    schools = context.typed("typed_school")
    names = schools.group_by("_source", school_id="school_id_source").agg(named=schools.name.min())
    named = stated.left_join(names, ["_source", "school_id"])
    placed = named.select(
        "person_record_id", "grade", school=named.school.coalesce(named.named, named.school_id)
    )
    stating = placed.school.notnull() | placed.grade.notnull()
    return placed.filter(stating).select(*_PLACED).distinct()


_LOG = "typed_session_log"
_OF_MEETING = ("school_name", "program")


def rows_of(context: "BuildContext", name: str, wanted: ir.Table | None) -> ir.Table:
    """Return the rows of a typed table; participants with what their log's meeting states of them.

    A log of two tables states school and program with the meeting, and the child elsewhere.

    Args:
        context: Typed tables.
        name: The table.
        wanted: ``person_record_id`` of the students asked for; None: all.
    """
    rows = chosen = context.typed(name)
    if wanted is not None:
        chosen = rows.semi_join(wanted, [("student_record_id", "person_record_id")])
    if name != _LOG:
        return chosen
    key = ["_source", "session_id_source"]
    meetings = rows.filter((rows.record_level == "meeting") & rows.session_id_source.notnull())
    stated = {f"_{column}": meetings[column].min() for column in _OF_MEETING}
    met = chosen.left_join(meetings.group_by(key).agg(**stated), key)
    filled = {one: ibis.coalesce(met[one], met[f"_{one}"]) for one in _OF_MEETING}
    return met.mutate(**filled).select(*rows.columns)


def _cell(rows: ir.Table, column: str) -> ir.Value:
    return rows[column] if column in rows.columns else ibis.null("string")
