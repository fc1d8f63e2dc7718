"""Tier 3: whom a log's record probably means: name, birth date, school, grade and program.

Asked for the records no earlier tier could place by a name: each is scored over all its candidates
*and nobody* (`hit_pipeline.identity.linkage`). An identifier or a birth date that is quite another
makes no link, whatever the names say. Nor does a person whom another record has of a delivery with
one row per student (`hit_pipeline.identity.one_row`).
"""

import contextlib
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.truth import holds
from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import Known, told_pairs
from hit_pipeline.identity.decide import CANDIDATE_COLUMNS, Decided
from hit_pipeline.identity.enrolled import asked_programs, known_programs
from hit_pipeline.identity.evidence import weigh
from hit_pipeline.identity.growth import Growth
from hit_pipeline.identity.linkage.levels import COMPARISONS
from hit_pipeline.identity.linkage.linking import LinkOptions, link
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.name_tier import stated_beside
from hit_pipeline.identity.one_row import SECOND, contested, rivals
from hit_pipeline.identity.places import log_places, roster_places
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.subjects import Subjects

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

PROBABLE = 3
"""The number of the tier."""
AUTO = 0.99
"""Least probability of a link nobody looks at, inclusive (docs/identity-quality.md)."""
REVIEW = 0.3
"""Least probability of a candidate that is shown for review, inclusive."""

_ENOUGH = 2000
"""Records from which parameters are learned."""
_OPEN = ("name.only", "name.close", "name.ambiguous", "name.unknown", "id.unknown")
_NAMED = ("given_name", "family_name", "display_name")
_DESCRIBED = (*NAME_PARTS, "birth_date")


def by_probability(
    context: "BuildContext",
    growth: Growth,
    batch: Subjects,
    left: ir.Table,
    denied: ir.Table,
    told: ir.Table | None,
) -> Decided:
    """Decide on those left of a batch whom a name may still place.

    Args:
        context: Typed tables, for schools and grades; the registry, for parameters trained before.
        growth: What is known; keeps parameters trained now.
        batch: Subjects that make nobody.
        left: Decisions without a match.
        denied: ``subject, person_key`` that a steward said are not the same.
        told: As of `one_row.told_once`: of the records of a delivery only one can be a person. One
            that a steward said is not somebody takes nobody from the others.

    Returns:
        Decisions on subjects with a candidate of at least `REVIEW`, to take the place of those
        before.
    """
    engine = growth.engine
    waiting = engine.keep(batch.table.semi_join(open_names(left, batch.table), "subject"))
    if not engine.scalar(waiting.count()):
        return Decided(engine.keep(left.limit(0)), engine.from_arrow(NO_CANDIDATES))
    people = engine.keep(_people(context, growth))
    asking = engine.keep(batch.table.select(person_record_id="subject"))
    places = engine.keep(log_places(context, asking))
    programs = engine.keep(asked_programs(context, asking))
    model = _model(context, growth, _described(batch.table, places, programs), people)
    found = link(
        engine,
        _described(waiting, places, programs),
        people,
        options=LinkOptions(keep=REVIEW / 3, fit=False),
        model=model,
        groups=rivals(engine, told, waiting.anti_join(denied, "subject")),
    )
    listed = engine.from_arrow(found.candidates).rename(subject="record", person_key="person")
    listed = listed.anti_join(denied, ["subject", "person_key"])
    judged = _beside(engine, batch, listed, growth.known)
    best = _best(judged).mutate(second=False)
    if told is not None:
        best = _with_second(engine, best, growth.held(batch.members), told)
    return _outcomes(engine, judged, best)


NO_CANDIDATES = pa.schema(
    {
        "subject": pa.string(),
        "person_key": pa.string(),
        "worth": pa.float64(),
        "probability": pa.float64(),
        "evidence": pa.string(),
    }
).empty_table()


def open_names(decisions: ir.Table, subjects: ir.Table) -> ir.Table:
    """Return ``subject`` of those a name may still place: records of logs no rule was sure of."""
    named = ibis.or_(*(subjects[part].notnull() for part in _NAMED))
    asked = subjects.filter((subjects.standing == "log") & named).select("subject")
    waiting = decisions.filter((decisions.outcome != "match") & decisions.rule.isin(_OPEN))
    return asked.semi_join(waiting, "subject")


def _described(subjects: ir.Table, places: ir.Table, programs: ir.Table) -> ir.Table:
    """Return the descriptions of subjects that are records of logs."""
    record = [("subject", "person_record_id")]
    placed = subjects.left_join(places, record).drop("person_record_id")
    placed = placed.left_join(programs, record)
    return placed.select("school", "grade", "programs", *_DESCRIBED, record="subject")


def _people(context: "BuildContext", growth: Growth) -> ir.Table:
    """Return what is known of each person: every name beside every place, and its programs."""
    engine, linked = growth.engine, growth.linked()
    held = roster_places(context).join(linked, "person_record_id")
    held = engine.keep(held.select("person_key", "school", "grade").distinct())
    programs = engine.keep(known_programs(context, linked))
    named = growth.statements.select("person_key", *_DESCRIBED).distinct()
    placed = named.left_join(held, "person_key").drop("person_key_right")
    placed = placed.left_join(programs, "person_key")
    return placed.select("school", "grade", "programs", *_DESCRIBED, record="person_key")


def _model(context: "BuildContext", growth: Growth, asked: ir.Table, people: ir.Table) -> Model:
    """Return the parameters trained before, else train them on all that the batch states.

    They are trained anew when a version of the model comes that cannot read the old ones. Until a
    batch is large enough to learn from, the shipped ones hold: what few records teach depends on
    the night they came in.
    """
    if growth.model is None:
        stored = context.registry.model(growth.role)
        with contextlib.suppress(ValueError):
            if stored is not None:
                return Model.from_json(stored[1])
        if growth.engine.scalar(asked.record.nunique()) < _ENOUGH:
            return Model.shipped(COMPARISONS)
        growth.model = link(growth.engine, asked, people).model
    return growth.model


def _beside(engine: Engine, batch: Subjects, listed: ir.Table, known: Known) -> ir.Table:
    """Add ``contrary``: the candidate's identifier is quite another, or the birth date is."""
    pairs = listed.select("subject", "person_key")
    weighed = engine.keep(weigh(told_pairs(batch.table, pairs, known)))
    beside = stated_beside(pairs, batch.identifiers, known)
    against = weighed.left_join(beside, ["subject", "person_key"])
    against = against.select(
        "subject", "person_key", contrary=holds(against.other) | (against.b == 0)
    )
    return engine.keep(listed.join(against, ["subject", "person_key"]))


def _best(judged: ir.Table) -> ir.Table:
    """Return the likeliest candidate of each subject; ``sure`` when nobody need look at it."""
    order = [judged.probability.desc(), judged.person_key]
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=order))
    best = judged.mutate(place=place).filter(lambda t: (t.place == 0) & (t.probability >= REVIEW))
    return best.mutate(sure=(best.probability >= AUTO) & ~best.contrary)


def _with_second(engine: Engine, best: ir.Table, held: ir.Table, told: ir.Table) -> ir.Table:
    """Say in ``second`` whom another record of the delivery has, or is as sure to be."""
    best = engine.keep(best.drop("second"))
    sure = best.filter(best.sure).select("subject", "person_key")
    held = engine.keep(held.union(sure.select(person_record_id="subject", person_key="person_key")))
    second = contested(told, sure, held).mutate(second=True)
    both = best.left_join(second, ["subject", "person_key"])[[*best.columns, "second"]]
    return engine.keep(both.mutate(second=holds(both.second)))


def _outcomes(engine: Engine, judged: ir.Table, best: ir.Table) -> Decided:
    sure = best.sure & ~best.second
    nobody = ibis.null("string")
    decisions = best.select(
        "subject",
        outcome=sure.ifelse("match", "unsure"),
        person_key=sure.ifelse(best.person_key, nobody),
        candidate_key=sure.ifelse(nobody, best.person_key),
        tier=sure.ifelse(PROBABLE, ibis.null("int64")),
        rule=ibis.cases((sure, "name.probable"), (best.sure, SECOND), else_="name.possible"),
        evidence=best.evidence,
        probability=best.probability,
    )
    decisions = engine.keep(decisions)
    unsure = judged.semi_join(decisions.filter(decisions.outcome == "unsure"), "subject")
    candidates = unsure.mutate(worth=unsure.probability).select(*CANDIDATE_COLUMNS)
    return Decided(decisions, engine.keep(candidates))
