"""Who may be two, or one: students of one name by two numbers, two accounts of one student."""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.identity.answers import SAME
from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.normalize import plain
from hit_pipeline.tables.catalog import TABLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext


def students_with_two_keys(context: "BuildContext") -> ir.Table:
    """Return ``candidate_key, other_key``: pairs of students of one name and birth date.

    Given and family name count without case, accents and hyphens; a student without either, or
    without a birth date, is in no pair. The candidate is the student known for longer (of two of
    one night the smaller key): the one that lives on when both are one.
    """
    students = context.table("student")
    read = students.select(
        "student_key",
        "birth_date",
        order=students.created_at.cast("string") + students.student_key,
        given=plain(students.given_name),
        family=plain(students.family_name),
    )
    read = context.engine.keep(read)
    same = ["given", "family", "birth_date"]
    pairs = read.join(read, same, lname="{name}", rname="other_{name}")
    pairs = pairs.filter(pairs.order < pairs.other_order)
    chosen = pairs.select(candidate_key="student_key", other_key="other_student_key")
    return context.engine.keep(chosen)


TWO_ACCOUNTS = "account.second"
"""Kind of the questions about a linked record whose vendor has another account of the student."""

_LOG = "typed_session_log"
_CALLED_SO = r"(^| )(first|given)=same"


def second_accounts(context: "BuildContext") -> ir.Table:
    """Return linked records that may be another child's, as rows of `Registry.links`.

    Their session log has two accounts (identifiers of its own) of one student, and their first name
    is not quite the student's: one may be a twin's. What a steward decided is not among them.
    """
    nothing = context.engine.from_arrow(context.registry.unmatched("student")).limit(0)
    if not context.lake.typed_parts(TABLES[_LOG]):
        return nothing
    rows = context.typed(_LOG)
    own = ibis.coalesce(*(rows[f"student_id_{system}"] for system in SCOPED))
    accounts = rows.select("_source", person_record_id=rows.student_record_id, own=own)
    accounts = context.engine.keep(accounts.filter(accounts.own.notnull()).distinct())
    held = accounts.join(context.links("student"), "person_record_id")
    several = held.group_by("_source", "person_key").agg(accounts=lambda t: t.own.nunique())
    several = several.filter(several.accounts > 1)
    doubted = held.semi_join(several, ["_source", "person_key"]).select("person_record_id")
    doubted = context.engine.keep(doubted.distinct())
    if not context.engine.scalar(doubted.count()):
        return nothing
    links = context.engine.from_arrow(context.registry.links("student"))
    named = links.evidence.notnull() & ~links.evidence.re_search(_CALLED_SO)
    ruled = (links.outcome == "match") & (links.rule != SAME) & named
    return links.filter(ruled).semi_join(doubted, "person_record_id")
