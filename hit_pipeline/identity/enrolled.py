"""Which tutoring programs people are in: as the district's lists say, and as a log's rows say.

A child whom a vendor's log names without a number is likelier the one on the list of its program.
"""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.programs import with_program
from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.identity.linkage.prepared import PART_MARK
from hit_pipeline.identity.places import rows_of

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_LOG = "typed_session_log"
_LISTS = "typed_program_assignment"
_NONE = "-"


def asked_programs(context: "BuildContext", wanted: ir.Table) -> ir.Table:
    """Return ``person_record_id, programs`` of records of session logs.

    A program that no list of the district names says nothing of who is meant, and is left out.

    Args:
        context: Typed tables.
        wanted: ``person_record_id`` of the records asked for.
    """
    listed = _stated(context, _LISTS).select("program_id").distinct()
    stated = _stated(context, _LOG, wanted)
    return _in_one(stated.semi_join(listed, "program_id"), "person_record_id")


def known_programs(context: "BuildContext", linked: ir.Table) -> ir.Table:
    """Return ``person_key, programs`` of linked people; who is on no list has a mark of its own.

    Args:
        context: Typed tables.
        linked: ``person_record_id, person_key``.
    """
    listed = _stated(context, _LISTS).join(linked, "person_record_id")
    people = linked.select("person_key").distinct()
    found = people.left_join(_in_one(listed, "person_key"), "person_key")
    return found.select("person_key", programs=found.programs.fill_null(_NONE))


def _stated(context: "BuildContext", name: str, wanted: ir.Table | None = None) -> ir.Table:
    """Return ``person_record_id, program_id`` as rows of a typed table state them, each once."""
    if name not in naming_tables(context, "student"):
        return ibis.memtable([], schema={"person_record_id": "string", "program_id": "string"})
    rows = rows_of(context, name, wanted)
    stated = rows.select("_source", "program", person_record_id="student_record_id").distinct()
    known = with_program(stated, context.district)
    known = known.filter(known.person_record_id.notnull() & known.program_id.notnull())
    return known.select("person_record_id", "program_id").distinct()


def _in_one(programs: ir.Table, whose: str) -> ir.Table:
    """Return ``programs``: those of each record or person in one text."""
    each = programs.select(whose, "program_id").distinct()
    one = each.program_id.group_concat(PART_MARK, order_by=each.program_id)
    return each.group_by(whose).agg(programs=one)
