"""What a run does to claims: new ones, those nothing states any more, and those that hold again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.identity.growth import Growth
from hit_pipeline.identity.present import with_live
from hit_pipeline.registry.tables import CLAIM, arrow_schema

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext


@dataclass(frozen=True)
class TurnedClaims:
    """What is written of claims; columns of `registry.tables.CLAIM`.

    Attributes:
        new: Claims nobody knew.
        withdrawn: Those no roster states any more, and those matches taught once and teach no more.
        restated: Withdrawn ones that a roster states again, or a match teaches again.
    """

    new: pa.Table
    withdrawn: pa.Table
    restated: pa.Table


def turned_claims(context: "BuildContext", growth: Growth, claims: ir.Table) -> TurnedClaims:
    """Return what a run changes of claims.

    Args:
        context: What rosters state now.
        growth: What the run added.
        claims: What was claimed before it, as of `present.known_now`.
    """
    stated = claims.filter(claims.origin == "roster")
    gone = stated.filter(~stated.live & stated.withdrawn_at.isnull())
    back = stated.filter(stated.live & stated.withdrawn_at.notnull())
    added, forgotten = growth.added(CLAIM), growth.forgotten
    key = list(forgotten.columns)
    once = claims.filter((claims.origin == "link") & claims.withdrawn_at.notnull())
    untaught = forgotten.anti_join(added, key).mutate(
        role=ibis.literal(growth.role), origin=ibis.literal("link")
    )
    new = added.anti_join(forgotten, key)
    return TurnedClaims(
        _collected(growth.engine, new.anti_join(once, key)),
        _collected(growth.engine, gone, _former(context, growth, added), untaught),
        _collected(growth.engine, back, new.semi_join(once, key)),
    )


def _former(context: "BuildContext", growth: Growth, new: ir.Table) -> ir.Table:
    """Return the new claims of rosters that were stated once and are stated no more."""
    stated = with_live(context, growth.role, new.filter(new.origin == "roster"))
    return stated.filter(~stated.live)


def _collected(engine: Engine, *parts: ir.Table) -> pa.Table:
    schema = arrow_schema(CLAIM)
    found = [engine.collect(part.select(*schema.names)).cast(schema) for part in parts]
    return pa.concat_tables(found)
