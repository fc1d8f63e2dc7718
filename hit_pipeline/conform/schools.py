"""Schools: one id for each, whichever source names it, and the table `school`.

The id is the district's number where the source states one that is its only bearer, else the
source's own id. A school that only a student file names is derived from that file.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import best, with_received

_PROVENANCE = ("_source", "_delivery_id", "_row", "_file")


def school(context: BuildContext) -> ir.Table:
    """Return one row per organisation, listed or derived."""
    listed = _listed(context)
    ids = listed.select("_source", parent_id_source="school_id_source", parent="school_id")
    tops = listed.left_join(ids, ["_source", "parent_id_source"])
    rows = tops.mutate(parent_school_id=tops.parent.coalesce(tops.parent_id_source))
    columns = ("school_id", "school_id_source", "name", "org_type", "identifier")
    known = best(rows, ["school_id"]).select(*columns, "parent_school_id", *_PROVENANCE)
    named = _named_by_students(context)
    derived = named.anti_join(known, "school_id").mutate(
        org_type=ibis.literal("school"),
        identifier=ibis.null("string"),
        parent_school_id=ibis.null("string"),
    )
    return known.union(best(derived, ["school_id"]).select(known.columns))


def with_school_id(
    context: BuildContext, rows: ir.Table, ref: str = "school_id_source", name: str | None = None
) -> ir.Table:
    """Add ``school_id`` to rows that name a school.

    Looked up in turn: the id in the row's own source; the district's number or the id in any
    source, when it is one school's only; the name, when the row states no id. What is found
    nowhere keeps the id, else the name, as stated; a row that names no school has null.

    Args:
        context: The build.
        rows: Rows with ``_source``.
        ref: Column with the school's id as the source states it.
        name: Column with the school's name; None when there is none.
    """
    listed = _listed(context)
    own = listed.select("_source", _own_ref="school_id_source", _own="school_id").distinct()
    found = rows.left_join(own, ["_source", rows[ref] == own["_own_ref"]])
    found = found.drop("_source_right", "_own_ref")
    anywhere = _anywhere(listed)
    found = found.left_join(anywhere, found[ref] == anywhere["_any_ref"]).drop("_any_ref")
    choice = found["_own"].coalesce(found["_any"], found[ref])
    if name is not None:
        names = _unique(listed.select(_name=_plain(listed.name), _by_name="school_id"))
        found = found.left_join(names, _plain(found[name]) == names["_name"]).drop("_name")
        choice = found["_own"].coalesce(
            found["_any"], found[ref], found["_by_name"], found[name].strip().nullif("")
        )
    scratch = {"_own", "_any", "_by_name"} & set(found.columns)
    return found.mutate(school_id=choice).drop(*scratch)


def _listed(context: BuildContext) -> ir.Table:
    """Return one row per organisation and source, with its ``school_id``; kept, for it is small."""
    stated = with_received(context, _distinct(context.typed("typed_school")))
    orgs = best(stated, ["_source", "school_id_source"])
    bearers = orgs.group_by("_source", "identifier").aggregate(_bearers=orgs.count())
    counted = orgs.left_join(bearers, ["_source", "identifier"])
    number = (counted["_bearers"] == 1).ifelse(counted.identifier, None)
    kept = counted.mutate(school_id=number.coalesce(counted.school_id_source))
    return context.engine.keep(kept.drop("_bearers", "_source_right", "identifier_right"))


def _anywhere(listed: ir.Table) -> ir.Table:
    """Return every id under which exactly one school is known, over all sources."""
    numbers = listed.select(_any_ref="school_id", _any="school_id").distinct()
    ids = _unique(listed.select(_any_ref="school_id_source", _any="school_id"))
    return numbers.union(ids.anti_join(numbers, "_any_ref"))


def _unique(pairs: ir.Table) -> ir.Table:
    """Keep the names of (name, id) pairs that lead to one id."""
    name, school_id = pairs.columns
    ids = pairs[school_id]
    groups = pairs.filter(pairs[name].notnull()).group_by(name)
    counted = groups.aggregate(**{school_id: ids.min(), "_ids": ids.nunique()})
    return counted.filter(counted["_ids"] == 1).drop("_ids")


def _named_by_students(context: BuildContext) -> ir.Table:
    """Return the schools student rows name, one row per name stated."""
    rows = context.typed("typed_student").select(*_PROVENANCE, "school_id_source", "school_name")
    stated = with_received(context, _distinct(rows))
    found = with_school_id(context, stated, name="school_name")
    return found.filter(found.school_id.notnull()).rename(name="school_name")


def _distinct(rows: ir.Table) -> ir.Table:
    """Keep one row, the first, of those of a delivery that say the same of a school."""
    content = [name for name in rows.columns if name != "_row"]
    return cast("ir.Table", rows.group_by(content).aggregate(_row=rows["_row"].min()))


def _plain(text: ir.Value) -> ir.StringValue:
    return cast("ir.StringValue", text.strip().lower().nullif(""))
