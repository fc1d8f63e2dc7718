"""Records of files with one row per student: two of one delivery are two children.

A contract declares such a file (`FileSpec.one_row_per_student`). Two records that stand in one
delivery of it cannot be one child, unless they bear the same own identifier: then the file broke
its word, and one child has two rows. Nothing is read where no source declares a file.
"""

import hashlib
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.identity.collect import Origin, naming_tables
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.subjects import ANCHORS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

SECOND = "record.second"
"""Rule of a record whose person another record of the same delivery has."""

_SEPARATOR = "\x1f"


def told_once(context: "BuildContext", sources: list[Origin]) -> ir.Table | None:
    """Return the records of declared files by the delivery they stand in; None: none is declared.

    Of a file that is delivered whole and whose absent rows are removed, all current rows stand in
    one delivery, the newest; of another, rows that first came together do.

    Returns:
        ``record, place, own, said``, each record once per place: ``place`` names source, file and
        delivery; ``own`` is the own identifier, or the record where it has none; ``said`` is what
        it states of name and birth date.
    """
    declared = {
        (one.table, origin.name, one.file, one.whole)
        for origin in sources
        for one in origin.one_row
    }
    if not declared:
        return None
    parts = []
    for table in sorted({one[0] for one in declared} & {*naming_tables(context, "student")}):
        rows = context.typed(table)
        file = rows["_source"] + _SEPARATOR + rows["_file"]
        places = [
            (_SEPARATOR.join((source, name)), whole)
            for of, source, name, whole in sorted(declared)
            if of == table
        ]
        place = file.cases(
            *((one, file if whole else file + _SEPARATOR + rows["_delivery_id"])
              for one, whole in places),
            else_=ibis.null("string"),
        )  # fmt: skip
        here = rows.mutate(place=place, own=own_of(rows), said=_said(rows))
        here = here.filter(here.place.notnull() & here.student_record_id.notnull())
        parts.append(here.select("place", "own", "said", record="student_record_id"))
    return context.engine.keep(ibis.union(*parts).distinct()) if parts else None


def own_of(rows: ir.Table) -> ir.StringValue:
    """Return the own identifier of a typed row's student as text, else the id of the record."""
    columns = {system: f"student_id_{system}" for system in ANCHORS}
    stated = (
        ibis.literal(f"{system} ") + rows[column]
        for system, column in columns.items()
        if column in rows.columns
    )
    own: ir.StringValue = ibis.coalesce(*stated, rows["student_record_id"])
    return own


def mark_of(engine: Engine, told: ir.Table | None) -> str | None:
    """Return a digest of which records stand where, whatever their order; None: of nothing."""
    if told is None:
        return None
    rows = engine.collect(told.select("place", "record").order_by("place", "record"))
    digest = hashlib.md5(usedforsecurity=False)
    for name in rows.column_names:
        digest.update("\n".join(rows[name].to_pylist()).encode())
    return digest.hexdigest()


def rivals(engine: Engine, told: ir.Table | None, asked: ir.Table) -> pa.Table | None:
    """Return ``record, group``: asked records of one group are different children.

    A record of several deliveries is of the group of one; records of one own identifier are of
    different groups. So some that are different children are in no group together: `contested`
    finds those.

    Args:
        engine: Computes it.
        told: As of `told_once`.
        asked: ``subject``.
    """
    if told is None:
        return None
    mine = told.semi_join(asked, told.record == asked.subject)
    mine = mine.group_by("record", "own").agg(place=mine.place.min())
    turn = ibis.row_number().over(group_by=["place", "own"], order_by="record")
    mine = mine.mutate(turn=turn)
    group = mine.place + _SEPARATOR + mine.turn.cast("string")
    return engine.collect(mine.select("record", group=group))


def contested(told: ir.Table, wanted: ir.Table, held: ir.Table) -> ir.Table:
    """Return the wanted ``subject, person_key`` whose person another record has.

    Args:
        told: As of `told_once`: the other record stands in a delivery with the subject.
        wanted: ``subject, person_key`` of records of logs.
        held: ``person_record_id, person_key``: who has whom; the wanted may be among them.
    """
    where = told.select("place", "own", subject="record")
    mine = wanted.select("subject", "person_key").join(where, "subject")
    where = told.select("place", other="own", person_record_id="record")
    theirs = held.join(where, "person_record_id").select("person_key", "place", "other")
    both = mine.join(theirs, ["person_key", "place"])
    return both.filter(both.own != both.other).select("subject", "person_key").distinct()


def _said(rows: ir.Table) -> ir.StringValue:
    """Return what a typed row states of the student's name and birth date, case aside."""
    names = [f"student_{part}" for part in NAME_PARTS]
    cells = [rows[name].lower() for name in names if name in rows.columns]
    if "birth_date" in rows.columns:
        cells.append(rows["birth_date"].cast("string"))
    said: ir.StringValue = ibis.literal(_SEPARATOR).join(
        [ibis.literal(""), *(cell.fill_null("") for cell in cells)]
    )
    return said
