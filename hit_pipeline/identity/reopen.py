"""Which links of logs' records the rules might make otherwise now: they are decided on again.

What came in another order must come to the same. A link is opened again when a roster names
somebody new who might be meant as well: by an identifier with the same reading, or by a like name.
And whoever shares an own identifier of a source with a record that is decided on is decided on with
it: what earlier matches taught of that identifier is forgotten, and learnt anew from all of them.
What a record taught that no row states any more stays known.
"""

from functools import reduce
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import by_name
from hit_pipeline.identity.collect import MAKERS, naming_tables, stated_by
from hit_pipeline.identity.evidence import with_nicknames
from hit_pipeline.identity.growth import Growth
from hit_pipeline.identity.normalize import with_names, with_reading
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.tables import CLAIM, STATEMENT
from hit_pipeline.tables.model import ID_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

ROLE = "student"
"""Whose records are opened again: every log may make tutors, and lists of staff link nobody."""

_ROUNDS = 3
"""How far shared identifiers are followed."""
_KEY = ["system", "issuer", "value"]


def opened_again(
    context: "BuildContext", growth: Growth, claims: ir.Table, asked: ir.Table
) -> ir.Table | None:
    """Forget what is learnt anew, and return the linked records that are decided on again.

    Args:
        context: Typed tables.
        growth: What is known, and what this run has added so far.
        claims: What was known before, with who claimed it.
        asked: ``record`` of those decided on in any case.

    Returns:
        What the records state, as of `collect.stated_by`; None when there is none.
    """
    engine, linked = growth.engine, growth.before
    if growth.role != ROLE or not engine.scalar(linked.count()):
        return None
    ours = (claims.origin == "link") & (claims.claimed_by == ENGINE)
    learnt = claims.filter(ours & claims.withdrawn_at.isnull())
    learnt = engine.keep(learnt[[*_KEY, "person_key"]])
    new_claims, new_statements = growth.added(CLAIM), growth.added(STATEMENT)
    new_claims = new_claims.filter(new_claims.origin == "roster")
    numbered = bool(engine.scalar(new_claims.count()))
    named = bool(engine.scalar(new_statements.count()))
    if not (numbered or named or engine.scalar(asked.count())):
        return None
    ids = engine.keep(_stated_ids(context))
    touched = [asked.select(person_record_id="record")]
    if numbered:
        touched.append(_of_numbers(ids.semi_join(linked, "person_record_id"), new_claims))
    if named:
        rivalled = _rivalled(engine, growth, new_statements)
        touched.append(linked.semi_join(rivalled, "person_key").select("person_record_id"))
    found = engine.keep(ibis.union(*touched).distinct())
    for _ in range(_ROUNDS):
        keys = engine.keep(_learnt_of(ids, learnt, found))
        wider = engine.keep(found.union(ids.semi_join(keys, _KEY).select("person_record_id")))
        wider = engine.keep(wider.distinct())
        grown = engine.scalar(wider.count()) > engine.scalar(found.count())
        found = wider
        if not grown:
            break
    taught = ids.semi_join(found, "person_record_id").join(linked, "person_record_id")
    growth.forget(engine.keep(learnt.semi_join(taught, [*_KEY, "person_key"])))
    wanted = _of_logs(context, found.semi_join(linked, "person_record_id"))
    wanted = wanted.anti_join(asked, [("person_record_id", "record")])
    wanted = engine.keep(wanted.anti_join(growth.decided(), "person_record_id"))
    return stated_by(context, ROLE, wanted) if engine.scalar(wanted.count()) else None


def _of_logs(context: "BuildContext", records: ir.Table) -> ir.Table:
    """Leave out the records that tables name which make people."""
    for name in MAKERS[ROLE]:
        rows = context.typed(name)
        named = rows.select(person_record_id=rows[f"{ROLE}_record_id"])
        records = records.anti_join(named, "person_record_id")
    return records


def _stated_ids(context: "BuildContext") -> ir.Table:
    """Return ``person_record_id, system, issuer, value``: what records of logs state, each once."""
    parts = []
    for name in naming_tables(context, ROLE):
        if name in MAKERS[ROLE]:
            continue
        rows = context.typed(name)
        systems = [one for one in ID_SYSTEMS if f"{ROLE}_id_{one}" in rows.columns]
        stated = rows.select(
            issuer=rows["_source"],
            person_record_id=rows[f"{ROLE}_record_id"],
            **{f"id_{one}": rows[f"{ROLE}_id_{one}"] for one in systems},
        )
        stated = stated.filter(stated.person_record_id.notnull()).distinct()
        long = stated.pivot_longer(
            [f"id_{one}" for one in systems],
            names_to="system",
            names_pattern="id_(.*)",
            values_to="value",
        )
        parts.append(long.filter(long.value.notnull()).select("person_record_id", *_KEY))
    if not parts:
        return ibis.memtable([], schema=dict.fromkeys(("person_record_id", *_KEY), "string"))
    return reduce(ir.Table.union, parts).distinct()


def _of_numbers(ids: ir.Table, new: ir.Table) -> ir.Table:
    """Return ``person_record_id`` of records with an identifier that reads like a new one."""
    cores = with_reading(new.select("value").distinct()).select("core").distinct()
    values = with_reading(ids.select("value").distinct())
    same = values.filter(values.core.notnull()).semi_join(cores, "core")
    return ids.semi_join(same, "value").select("person_record_id")


def _rivalled(engine: Engine, growth: Growth, new: ir.Table) -> ir.Table:
    """Return ``person_key`` of the people whom a record may mean that names a new one."""
    said = new.mutate(birth_date=new.birth_date.cast("date"))
    named = with_nicknames(engine, engine.keep(with_names(said)))
    asking = engine.keep(named.mutate(subject=named.person_key))
    pairs = by_name(asking, growth.known)
    return engine.keep(pairs.filter(pairs.subject != pairs.person_key)[["person_key"]].distinct())


def _learnt_of(ids: ir.Table, learnt: ir.Table, records: ir.Table) -> ir.Table:
    """Return the keys of identifiers that some records state and matches once taught."""
    return ids.semi_join(records, "person_record_id").semi_join(learnt, _KEY)[_KEY].distinct()
