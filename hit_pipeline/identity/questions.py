"""The published table of questions: every record the rules are unsure of, with its candidates.

One row is a record and one person it might be, or two people who might be one. What a steward
answered with "same" or "not the same" is not asked again while the answer is in force.
"""

from functools import reduce
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.identity.collect import stated_by
from hit_pipeline.identity.doubles import doubted_links, students_with_two_keys
from hit_pipeline.identity.known_people import known_people
from hit_pipeline.identity.normalize import with_stated_names
from hit_pipeline.identity.record_rows import own_identifier, rows_behind
from hit_pipeline.identity.tutors.doubts import tutors_in_doubt
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.review import COMPARED, SHOWN_SYSTEMS
from hit_pipeline.tables.schema import empty
from hit_pipeline.tables.vocabulary import PERSON_ROLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_TABLE = TABLES["review_queue"]
_SETTLED = ("same", "not_same")
_SEPARATOR = "\x1f"


def review_queue(context: "BuildContext") -> ir.Table:
    """Return every open question, also those a steward was unsure of."""
    parts = [_of_records(context, role) for role in PERSON_ROLES]
    parts += [
        _of_people(context, "student", _students_twice(context)),
        _of_people(context, "tutor", tutors_in_doubt(context)),
    ]
    return reduce(ir.Table.union, parts)


def _of_records(context: "BuildContext", role: str) -> ir.Table:
    """Return the questions about records of a role that are unsure, or linked and doubted."""
    engine = context.engine
    unsure = engine.from_arrow(context.registry.unmatched(role))
    unsure = unsure.filter(unsure.outcome == "unsure")
    if role == "student":
        doubted = doubted_links(context)
        doubted = doubted.mutate(candidate_key=doubted.person_key)
        unsure = unsure.union(doubted.select(*unsure.columns))
    unsure = engine.keep(unsure)
    asked = engine.keep(_asked(context, role, unsure))
    stated = stated_by(context, role, asked.select("person_record_id").distinct())
    if stated is None:
        return empty(_TABLE)
    sides = _stated(stated).join(rows_behind(context, role, asked), "person_record_id")
    sides = sides.drop(*[name for name in sides.columns if name.endswith("_right")])
    rows = asked.join(sides, "person_record_id")
    rows = rows.drop(*[name for name in rows.columns if name.endswith("_right")])
    return _shown(context, role, rows.mutate(other_key=ibis.null("string")))


def _asked(context: "BuildContext", role: str, unsure: ir.Table) -> ir.Table:
    """Return unsure records with each candidate that is not answered; without one, the record.

    A record all of whose candidates were answered with "not the same" is asked about alone.
    """
    engine, registry = context.engine, context.registry
    listed = engine.from_arrow(registry.candidates(role)).rename(candidate_key="person_key")
    listed = listed.select(
        "person_record_id", "candidate_key", "evidence", "probability", candidate_rank="rank"
    )
    single = unsure.filter(unsure.candidate_key.notnull()).anti_join(listed, "person_record_id")
    single = single.select(
        "person_record_id",
        "candidate_key",
        "evidence",
        "probability",
        candidate_rank=ibis.literal(1, "int64"),
    )
    answered = engine.from_arrow(registry.decisions(role))
    answered = answered.filter(answered.in_force & answered.answer.isin(_SETTLED))
    pair = [("person_record_id", "person_record_id"), ("candidate_key", "lives_as")]
    might = listed.union(single).anti_join(answered, pair)
    records = unsure.select("source", "person_record_id", alone="evidence", kind="rule")
    rows = records.left_join(might, "person_record_id").drop("person_record_id_right")
    return rows.mutate(evidence=rows.evidence.coalesce(rows.alone)).drop("alone")


def _stated(stated: ir.Table) -> ir.Table:
    """Return ``person_record_id``, what the record states and its own identifier."""
    named = with_stated_names(stated)
    own_system, own_value = own_identifier(named)
    ids = [ibis.literal(f"{system} ") + named[f"id_{system}"] for system in SHOWN_SYSTEMS]
    return named.select(
        person_record_id=named.record,
        own_system=own_system,
        own_value=own_value,
        stated_ids=ibis.literal("; ").join(ids).nullif(""),
        stated_given_name=named.stated_given,
        stated_middle_name=named.middle_name,
        stated_family_name=named.stated_family,
        stated_preferred_name=named.preferred_name,
        stated_birth_date=named.birth_date,
    )


def _students_twice(context: "BuildContext") -> ir.Table:
    """Return pairs of students as `_of_people` takes them; no rule states a probability."""
    return students_with_two_keys(context).mutate(
        kind=ibis.literal("person.two_numbers"),
        probability=ibis.null("float64"),
        evidence=ibis.null("string"),
        row_count=ibis.literal(0, "int64"),
        present_seconds=ibis.null("int64"),
        students=ibis.literal(2, "int64"),
    )


def _of_people(context: "BuildContext", role: str, pairs: ir.Table) -> ir.Table:
    """Return the questions about two people of a role who might be one.

    Args:
        context: The registry, for what was answered.
        role: Whose.
        pairs: ``candidate_key, other_key, kind, probability, evidence`` and what stands behind the
            pair: ``row_count, present_seconds, students``.
    """
    engine = context.engine
    answered = engine.from_arrow(context.registry.decisions(role))
    answered = answered.filter(answered.in_force & answered.answer.isin(_SETTLED))
    answered = answered.filter(answered.other_key.notnull())
    ways = [("candidate_key", "other_key"), ("other_key", "candidate_key")]
    for left, right in ways:
        pairs = pairs.anti_join(answered, [(left, "lives_as"), (right, "other_key")])
    other = known_people(context, role, pairs.select(person_key="other_key").distinct())
    other = other.rename({f"stated_{name}": f"known_{name}" for name in COMPARED})
    rows = pairs.join(other, [("other_key", "person_key")]).drop("person_key")
    nothing = dict.fromkeys(("source", "person_record_id", "own_system", "own_value"))
    rows = rows.mutate(
        candidate_rank=ibis.literal(1, "int64"), **{name: ibis.null("string") for name in nothing}
    )
    return _shown(context, role, rows)


def _shown(context: "BuildContext", role: str, rows: ir.Table) -> ir.Table:
    """Add the candidate's side and the id of the question."""
    rows = context.engine.keep(rows)
    wanted = rows.filter(rows.candidate_key.notnull()).select(person_key="candidate_key")
    known = known_people(context, role, wanted.distinct()).rename(candidate_key="person_key")
    full = rows.left_join(known, "candidate_key").drop("candidate_key_right")
    parts = (ibis.literal(role), full.person_record_id, full.other_key, full.candidate_key)
    texts = [part.fill_null("") for part in parts]
    question = ibis.literal(_SEPARATOR).join(texts).hexdigest("md5")
    return full.mutate(role=ibis.literal(role), question_id=question).select(*_TABLE.column_names)
