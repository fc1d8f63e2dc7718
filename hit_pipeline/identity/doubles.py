"""Who may be two, or one: students of one name by two numbers, two accounts of one student.

And two records of a delivery with one row per student that are linked to one student.
"""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.answers import SAME
from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.collect import origins
from hit_pipeline.identity.normalize import plain
from hit_pipeline.identity.one_row import SECOND, told_once
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


def doubted_links(context: "BuildContext") -> ir.Table:
    """Return linked records that may be another child's, as rows of `Registry.links`.

    The rule is that of the question about the record, each is asked one.
    """
    accounts = _second_accounts(context).mutate(rule=ibis.literal(TWO_ACCOUNTS))
    told = told_once(context, origins(context.district, "student"))
    if told is None:
        return accounts
    links = context.engine.from_arrow(context.registry.links("student"))
    second = links.semi_join(_second_records(context.engine, links, told), "person_record_id")
    second = second.mutate(rule=ibis.literal(SECOND))
    return second.union(accounts.anti_join(second, "person_record_id"))


def _second_records(engine: Engine, links: ir.Table, told: ir.Table) -> ir.Table:
    """Return ``person_record_id`` of those linked to a student whom a like record has as well.

    Of the records of one delivery with one row per student (``told``, as of `one_row.told_once`)
    that are linked to one student and differ in their own identifier, the one linked most firmly is
    not doubted: by a steward, by an identifier, by name and birth date, by probability. Of several
    as firm all are, unless they state the same name and birth date. What a steward decided is not
    among them.
    """
    matched = links.filter(links.outcome == "match")
    firm = matched.tier.fill_null(0).clip(lower=1)  # a remembered identifier is as good as a found
    held = matched.select(
        "person_key",
        record="person_record_id",
        answered=matched.rule == SAME,
        firm=(matched.rule == SAME).ifelse(0, firm),
    )
    held = engine.keep(held.join(told, "record"))
    of_one = ["place", "person_key"]
    several = held.group_by(of_one).agg(
        owns=lambda t: t.own.nunique(), first=lambda t: t.firm.min()
    )
    rows = held.join(several.filter(several.owns > 1), of_one)
    leading = rows.filter(rows.firm == rows["first"])
    ways = leading.group_by(of_one).agg(
        leaders=lambda t: t.own.nunique(), ways=lambda t: t.said.nunique()
    )
    judged = rows.join(ways, of_one)
    apart = (judged.leaders > 1) & (judged.ways > 1)
    doubted = judged.filter(~judged.answered & ((judged.firm > judged["first"]) | apart))
    return engine.keep(doubted.select(person_record_id="record").distinct())


def _second_accounts(context: "BuildContext") -> ir.Table:
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
