"""Pairs of tutors that may be one, as questions: what comparison left open, with what it weighs."""

import json
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.identity.record_rows import rows_behind
from hit_pipeline.identity.tutors.accounts import POSSIBLE, ROLE
from hit_pipeline.identity.tutors.together import DOUBT

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_PAIR = pa.schema(
    [
        ("candidate_key", pa.string()),
        ("other_key", pa.string()),
        ("probability", pa.float64()),
        ("evidence", pa.string()),
    ]
)


def tutors_in_doubt(context: "BuildContext") -> ir.Table:
    """Return pairs of tutors a steward is to be asked about, by the keys they have now.

    One row per pair: ``candidate_key`` (the older one), ``other_key, kind, probability, evidence``,
    and of the other one ``row_count, present_seconds, students`` (those of its busiest record).
    """
    engine, registry = context.engine, context.registry
    lives, ages = registry.survivors(ROLE), registry.ages(ROLE)
    best: dict[tuple[str, str], dict[str, object]] = {}
    for one, other, chance, evidence in json.loads(registry.note(DOUBT) or "[]"):
        two = {lives.get(one, one), lives.get(other, other)}
        older, *rest = sorted(two, key=lambda key: (ages[key], key))
        if rest:
            best.setdefault(
                (older, rest[0]),
                {
                    "candidate_key": older,
                    "other_key": rest[0],
                    "probability": chance,
                    "evidence": evidence,
                },
            )
    pairs = engine.from_arrow(pa.Table.from_pylist(list(best.values()), schema=_PAIR))
    counted = _behind(context, pairs.select(person_key="other_key").distinct())
    rows = pairs.left_join(counted, [("other_key", "person_key")]).drop("person_key")
    return engine.keep(
        rows.mutate(
            kind=ibis.literal(POSSIBLE),
            row_count=rows.row_count.fill_null(0),
            students=rows.students.fill_null(0),
        )
    )


def _behind(context: "BuildContext", wanted: ir.Table) -> ir.Table:
    """Return ``person_key`` and what stands behind it."""
    engine = context.engine
    held = engine.keep(context.links(ROLE).semi_join(wanted, "person_key"))
    rows = rows_behind(context, ROLE, held).join(held, "person_record_id")
    counted = rows.group_by("person_key").agg(
        row_count=lambda t: t.row_count.sum(),
        present_seconds=lambda t: t.present_seconds.sum(),
        students=lambda t: t.students.max(),
    )
    return engine.keep(counted)
