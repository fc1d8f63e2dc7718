"""What is known of people, side by side with what a record states of one."""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.identity.normalize import with_stated_names
from hit_pipeline.tables.review import COMPARED, SHOWN_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext


def known_people(context: "BuildContext", role: str, wanted: ir.Table) -> ir.Table:
    """Return ``person_key`` and ``known_<name>`` of each of `tables.review.COMPARED`.

    Args:
        context: Promoted tables ``student`` and ``school``, and the registry.
        role: Whose people.
        wanted: ``person_key``, each once.

    Returns:
        One row per wanted person. Students as the table ``student`` has them; of others the
        newest statement. Identifiers are those a roster states now.
    """
    told = _students(context) if role == "student" else _others(context, role)
    known = wanted.left_join(told, "person_key").drop("person_key_right")
    known = known.left_join(_identifiers(context, role, wanted), "person_key")
    return known.select("person_key", **{f"known_{name}": known[name] for name in COMPARED})


def _students(context: "BuildContext") -> ir.Table:
    students, schools = context.table("student"), context.table("school")
    names = schools.select(school_id_current="school_id", school_name="name")
    placed = students.left_join(names, "school_id_current")
    return placed.select(
        "given_name",
        "middle_name",
        "family_name",
        "preferred_name",
        "birth_date",
        person_key="student_key",
        school=placed.school_name.coalesce(placed.school_id_current),
        grade="grade_current",
    )


def _others(context: "BuildContext", role: str) -> ir.Table:
    """Return what was stated last of every tutor or employee; they have no birth date here."""
    said = with_stated_names(context.engine.from_arrow(context.registry.statements(role)))
    order = said.stated_at.cast("string") + said.person_record_id
    newest = said.mutate(order=order).group_by("person_key")
    return newest.agg(
        given_name=lambda t: t.stated_given.argmax(t.order),
        middle_name=lambda t: t.middle_name.argmax(t.order),
        family_name=lambda t: t.stated_family.argmax(t.order),
        preferred_name=lambda t: t.preferred_name.argmax(t.order),
        birth_date=ibis.null("date"),
        school=ibis.null("string"),
        grade=ibis.null("string"),
    )


def _identifiers(context: "BuildContext", role: str, wanted: ir.Table) -> ir.Table:
    """Return ``person_key, ids``: what rosters state now, in the order of ``SHOWN_SYSTEMS``."""
    claims = context.engine.from_arrow(context.registry.claims(role))
    stated = claims.filter(claims.withdrawn_at.isnull() & (claims.origin == "roster"))
    stated = stated.semi_join(wanted, "person_key")
    place = stated.system.cases(
        *((one, at) for at, one in enumerate(SHOWN_SYSTEMS)), else_=len(SHOWN_SYSTEMS)
    )
    each = stated.select(
        "person_key",
        text=stated.system + " " + stated.value,
        order=place.cast("string") + stated.value,
    ).distinct()
    return each.group_by("person_key").agg(
        ids=lambda t: t.text.group_concat("; ", order_by=t.order)
    )
