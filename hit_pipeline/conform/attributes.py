"""What each source says of a student over time: flags, races, gender, grade, school.

Typed rows are what sources say now. History comes from comparing them with the table as last
promoted: a value that is still said keeps its spell, another value closes it and opens a new one.
Running again with nothing new changes nothing.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import newest_receipts
from hit_pipeline.conform.statements import known_students, student_statements
from hit_pipeline.conform.truth import holds
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to
from hit_pipeline.tables.vocabulary import FLAGS, RACES

_TEXTS = ("gender", "grade", "school_id", "race_ethnicity")
ATTRIBUTES = (*_TEXTS, *FLAGS, *RACES)
"""Names an attribute may have: columns of typed_student, and ``school_id``."""

_TABLE = TABLES["student_attribute"]
_KEY = ("student_key", "attribute", "source")


def student_attribute(context: BuildContext) -> ir.Table:
    """Return one row per student, attribute, source and spell of one value.

    ``valid_from`` is when the delivery that first said it was received. A spell is closed when
    another value is learned, and when a newer delivery of the source lists the student no more.
    """
    before = context.table("student_attribute").semi_join(known_students(context), "student_key")
    closed = before.filter(before.valid_to.notnull())
    opened = before.filter(before.valid_to.isnull())
    pairs = context.engine.keep(_paired(context, opened, closed))
    stays = (pairs.said == pairs.was) | (pairs.learned <= pairs.since)
    still = holds(pairs.was.notnull() & stays)
    current = pairs.filter(pairs.said.notnull()).mutate(
        value=pairs.said,
        valid_from=still.ifelse(pairs.since, pairs.learned),
        valid_to=ibis.null("timestamp('UTC')"),
    )
    ended = pairs.filter(pairs.was.notnull() & ~still).mutate(
        value=pairs.was,
        valid_from=pairs.since,
        valid_to=pairs.learned.coalesce(pairs.last_receipt),
    )
    ended = ended.filter(ended.valid_to > ended.valid_from)
    return closed.union(conform_to(_TABLE, current)).union(conform_to(_TABLE, ended))


def _paired(context: BuildContext, opened: ir.Table, closed: ir.Table) -> ir.Table:
    """Return the open spells beside what is said now.

    Columns: the key, ``was`` and ``since`` of the open spell, ``said`` and ``learned`` of today,
    ``last_receipt`` of the source. What is said again after its spell was closed may stand in an
    old delivery; it counts as learned with the newest.
    """
    was = opened.select(*_KEY, was="value", since="valid_from")
    pairs = was.outer_join(_stated(context), _KEY)
    pairs = pairs.mutate(**{name: pairs[name].coalesce(pairs[f"{name}_right"]) for name in _KEY})
    pairs = pairs.drop(*(f"{name}_right" for name in _KEY))
    ends = closed.group_by(*_KEY).aggregate(last_end=closed.valid_to.max())
    pairs = pairs.left_join(ends, _KEY).drop(*(f"{name}_right" for name in _KEY))
    pairs = pairs.left_join(newest_receipts(context), "source").drop("source_right")
    again = holds(pairs.learned < pairs.last_end)
    return pairs.mutate(learned=again.ifelse(pairs.last_receipt, pairs.learned))


def _stated(context: BuildContext) -> ir.Table:
    """Return ``student_key, attribute, source, said, learned``: what is said now.

    Of several rows a source has about a student the best ranked one speaks.
    """
    rows = student_statements(context)
    best = rows.group_by("student_key", "_source").aggregate(rank=rows["rank"].min())
    speaking = rows.semi_join(best, ["student_key", "rank"])
    texts = speaking.select(
        "student_key",
        source=speaking["_source"],
        learned=speaking.received_at,
        **{name: speaking[name].cast("string") for name in ATTRIBUTES},
    )
    long = texts.pivot_longer(list(ATTRIBUTES), names_to="attribute", values_to="said")
    return cast("ir.Table", long.filter(long.said.notnull()))
