"""What is known of a role at this moment, and what the sources of records may do.

What every decision begins with: those of a night (`resolve`), and the trial of one record
(`hit_pipeline.identity.trial`).
"""

from typing import TYPE_CHECKING

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.collect import MAKERS, Origin, origin_table
from hit_pipeline.identity.growth import Growth
from hit_pipeline.registry.tables import CLAIM, STATEMENT, arrow_schema
from hit_pipeline.tables.model import ID_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_UNKNOWN_PRIORITY = 1_000_000


def known_now(context: "BuildContext", role: str) -> tuple[Growth, ir.Table]:
    """Return what is known of a role before anything is decided, and its claims with their dates.

    The claims are those of `Registry.claims` with ``live``; what was learnt of a link and withdrawn
    is among them, and is not known.
    """
    engine, registry = context.engine, context.registry
    matched, told = registry.matched(role), registry.statements(role)
    claims = engine.keep(with_live(context, role, engine.from_arrow(registry.claims(role))))
    held = engine.keep(claims.filter((claims.origin == "roster") | claims.withdrawn_at.isnull()))
    growth = Growth(
        engine,
        role,
        held.select(*arrow_schema(CLAIM).names, "live"),
        engine.from_arrow(told.select(arrow_schema(STATEMENT).names)),
        engine.from_arrow(matched.select(["person_record_id", "person_key"])),
        engine.scalar(held.count()) + told.num_rows,
    )
    return growth, claims


def with_live(context: "BuildContext", role: str, claims: ir.Table) -> ir.Table:
    """Add ``live``: whether the source still states it. What tutors' logs stated stays live."""
    if role == "tutor":
        return claims.mutate(live=True)
    rows = context.typed(MAKERS[role][0])
    named = rows.select(issuer=rows["_source"], **{s: rows[f"{role}_id_{s}"] for s in ID_SYSTEMS})
    stated = named.pivot_longer(list(ID_SYSTEMS), names_to="system", values_to="value").distinct()
    marked = claims.left_join(stated.mutate(live=True), ["issuer", "system", "value"])
    return marked.select(*claims.columns, live=marked.live.fill_null(False))  # noqa: FBT003


def with_standing(engine: Engine, sources: list[Origin], records: ir.Table) -> ir.Table:
    """Add to records what their source may do; a source no longer configured may only link."""
    known = records.left_join(origin_table(engine, sources), "source")
    may = records.maker & known.standing.notnull()
    return engine.keep(
        known.select(
            *records.columns,
            "bare",
            standing=may.ifelse(known.standing, "log"),
            priority=known.priority.fill_null(_UNKNOWN_PRIORITY),
        )
    )
