"""The published tables of identity: links, what is unmatched, identifiers, tutors."""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine_functions import utc_to_local
from hit_pipeline.identity.collect import naming_tables, origin_table, origins, stated_by
from hit_pipeline.identity.normalize import with_reading, with_stated_names
from hit_pipeline.identity.record_rows import own_identifier
from hit_pipeline.identity.subjects import ANCHORS
from hit_pipeline.identity.wording import RULES
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import empty
from hit_pipeline.tables.vocabulary import PERSON_ROLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_ROWS = {"person_record_id": "string", "row_count": "int64", "present_seconds": "int64"}
_LOG = "typed_session_log"
_STAFF_SYSTEMS = ("email", "district", "sis", "state")


def person_link(context: "BuildContext") -> ir.Table:
    """Return the newest decision on every person record, with the typed rows that name it."""
    parts = []
    for role in PERSON_ROLES:
        links = context.engine.from_arrow(context.registry.links(role))
        counted = links.left_join(_rows_naming(context, role), "person_record_id")
        counted = counted.mutate(row_count=counted.row_count.fill_null(0))
        parts.append(counted.select(*TABLES["person_link"].column_names))
    return ibis.union(*parts)


def person_merge(context: "BuildContext") -> ir.Table:
    """Return every merge and split of two keys, with the key the old one leads to now."""
    parts = []
    for role in PERSON_ROLES:
        events = context.engine.from_arrow(context.registry.merges(role))
        lives = context.registry.survivors(role)
        leads = {"old_key": list(lives), "lives_as": list(lives.values())}
        known = context.engine.from_arrow(
            pa.table(leads, schema=pa.schema([(name, pa.string()) for name in leads]))
        )
        led = events.left_join(known, "old_key").drop("old_key_right")
        parts.append(
            led.mutate(role=ibis.literal(role), lives_as=led.lives_as.coalesce(led.old_key)).select(
                *TABLES["person_merge"].column_names
            )
        )
    return ibis.union(*parts)


def unmatched(context: "BuildContext") -> ir.Table:
    """Return every person record of the typed rows without a person, and the identifier to fix.

    To fix is the identifier the source's contract vouches for, else the first it states.
    """
    return ibis.union(*(_unmatched(context, role) for role in PERSON_ROLES))


def _unmatched(context: "BuildContext", role: str) -> ir.Table:
    declared = TABLES["unmatched"]
    left = context.engine.from_arrow(context.registry.unmatched(role))
    left = context.engine.keep(left.select("person_record_id", "outcome", "rule", "candidate_key"))
    stated = stated_by(context, role, left)
    if stated is None:
        return empty(declared)
    known = stated.rename(person_record_id="record").join(left, "person_record_id")
    known = known.join(_rows_naming(context, role, left), "person_record_id")
    sources = origin_table(context.engine, origins(context.district, role))[["source", "bare"]]
    known = with_stated_names(known.left_join(sources, "source").drop("source_right"))
    (system, value), (own_system, own_value) = _to_fix(known), own_identifier(known)
    reasons = [(known.rule == rule, ibis.literal(reason)) for rule, reason in RULES.items()]
    return known.mutate(
        role=ibis.literal(role),
        reason=ibis.cases(*reasons, else_=known.rule),
        id_system=system,
        id_value=value,
        own_system=own_system,
        own_value=own_value,
        given_name=known.stated_given,
        family_name=known.stated_family,
    ).select(*declared.column_names)


def _to_fix(known: ir.Table) -> tuple[ir.StringValue, ir.StringValue]:
    """Return system and stated value of the identifier to fix; null where it is missing."""
    stated = [known[f"id_{system}"] for system in ANCHORS]
    vouched = ibis.cases(
        *((known.bare == system, value) for system, value in zip(ANCHORS, stated, strict=True)),
        else_=ibis.null("string"),
    )
    first = ibis.cases(
        *((value.notnull(), system) for system, value in zip(ANCHORS, stated, strict=True)),
        else_=known.bare,
    )
    system = vouched.notnull().ifelse(known.bare, first)
    return system, vouched.coalesce(*stated)


def _rows_naming(context: "BuildContext", role: str, wanted: ir.Table | None = None) -> ir.Table:
    """Return ``person_record_id, row_count, present_seconds`` of (the wanted) records."""
    parts = []
    for name in naming_tables(context, role):
        rows = context.typed(name)
        seconds = rows.present_seconds if "present_seconds" in rows.columns else ibis.null("int64")
        naming = rows.select(person_record_id=rows[f"{role}_record_id"], seconds=seconds)
        naming = naming.filter(naming.person_record_id.notnull())
        if wanted is not None:
            naming = naming.semi_join(wanted, "person_record_id")
        parts.append(naming)
    if not parts:
        return ibis.memtable([], schema=_ROWS)
    named = ibis.union(*parts).group_by("person_record_id")
    return named.agg(row_count=lambda t: t.count(), present_seconds=lambda t: t.seconds.sum())


def student_identifier(context: "BuildContext") -> ir.Table:
    """Return every identifier a roster states or stated for a student, or a link confirmed."""
    claims = context.engine.from_arrow(context.registry.claims("student"))
    return claims.select(
        "system",
        "issuer",
        "value",
        "origin",
        student_key=claims.person_key,
        valid_from=claims.claimed_at,
        valid_to=claims.withdrawn_at,
    ).select(*TABLES["student_identifier"].column_names)


def tutor(context: "BuildContext") -> ir.Table:
    """Return every tutor a log or list names, and the employee who is the same person, if any."""
    parts = [_tutors_named(context, name) for name in naming_tables(context, "tutor")]
    named = ibis.union(*parts) if parts else _tutors_named(context, _LOG)
    records = named.group_by("person_record_id", "source").agg(
        first=lambda t: t.day.min(),
        last=lambda t: t.day.max(),
        display_name=lambda t: t.display_name.min(),
        email=lambda t: t.email.min(),
    )
    linked = records.join(context.links("tutor"), "person_record_id")
    order = linked["last"].cast("string").fill_null("") + linked.person_record_id
    linked = linked.mutate(order=order)
    people = linked.group_by(tutor_key="person_key").agg(
        display_name=lambda t: t.display_name.argmax(t.order, where=t.display_name.notnull()),
        email=lambda t: t.email.argmax(t.order, where=t.email.notnull()),
        first_session_date=lambda t: t["first"].min(),
        last_session_date=lambda t: t["last"].max(),
    )
    sources = linked.select("source", tutor_key="person_key").distinct()
    sources = sources.group_by("tutor_key").agg(
        sources=lambda t: t.source.group_concat(",", order_by=t.source)
    )
    known = people.join(sources, "tutor_key").left_join(_employees(context), "tutor_key")
    return known.select(*TABLES["tutor"].column_names)


def _tutors_named(context: "BuildContext", table: str) -> ir.Table:
    """Return the tutors rows of a typed table name; ``day`` is that of a session, else null."""
    rows = context.typed(table)
    day = ibis.null("date")
    if table == _LOG:
        shown = utc_to_local(rows.started_at_utc, context.district.district.time_zone)
        day = ibis.coalesce(rows.started_at_local, shown, rows.joined_at_local).date()
    whole = rows.tutor_given_name + " " + rows.tutor_family_name
    return rows.select(
        person_record_id=rows.tutor_record_id,
        source=rows["_source"],
        day=day,
        display_name=rows.tutor_display_name.coalesce(whole),
        email=rows.tutor_id_email,
    )


def _employees(context: "BuildContext") -> ir.Table:
    """Return ``tutor_key, staff_key`` where exactly one employee has an identifier of the tutor."""
    tutors, staff = (_staff_ids(context, role) for role in ("tutor", "staff"))
    both = tutors.join(staff, ["system", "clean"])
    found = both.group_by(tutor_key="person_key").agg(
        staff_key=both.person_key_right.min(), people=both.person_key_right.nunique()
    )
    return found.filter(found.people == 1).drop("people")


def _staff_ids(context: "BuildContext", role: str) -> ir.Table:
    claims = with_reading(context.engine.from_arrow(context.registry.claims(role)))
    return claims.filter(claims.system.isin(_STAFF_SYSTEMS)).select("system", "clean", "person_key")
