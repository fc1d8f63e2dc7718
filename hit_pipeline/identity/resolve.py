"""Resolving: every open person record is decided once, and the registry remembers.

Rosters first, the one believed first first: what they state is what others are compared with. Then
what completes rosters, then logs. Everything is written in one transaction at the end, so that a
kill leaves the registry as it was.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.engine import Engine
from hit_pipeline.identity.answers import OPEN_AGAIN, Answers, covered_records
from hit_pipeline.identity.claims import turned_claims
from hit_pipeline.identity.collect import (
    OpenRecords,
    Origin,
    naming_tables,
    origins,
)
from hit_pipeline.identity.decide import RULES_VERSION
from hit_pipeline.identity.growth import Growth
from hit_pipeline.identity.one_row import mark_of, told_once
from hit_pipeline.identity.present import known_now, with_standing
from hit_pipeline.identity.probable import PROBABLE
from hit_pipeline.identity.reopen import opened_again
from hit_pipeline.identity.settle import Settling
from hit_pipeline.identity.subjects import Subjects, subjects_of
from hit_pipeline.identity.tutors.accounts import TOGETHER
from hit_pipeline.identity.tutors.together import Joined, join_tutors
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.tables import (
    CANDIDATE,
    LINK,
    MODEL,
    PERSON,
    STATEMENT,
    arrow_schema,
)
from hit_pipeline.tables.vocabulary import PERSON_ROLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext


@dataclass(frozen=True)
class Count:
    """How many records of a source got one decision.

    Attributes:
        role: Role of the records.
        source: Their source.
        outcome: ``match``, ``unsure`` or ``no_match``.
        tier: Tier that decided; None when none did, or a roster made a new person.
        rule: Rule that decided.
        records: How many.
    """

    role: str
    source: str
    outcome: str
    tier: int | None
    rule: str
    records: int


@dataclass(frozen=True)
class ResolveReport:
    """What one run of `resolve` did.

    Attributes:
        decisions: New decisions, counted.
        created: New people per role.
        changed: False when nothing was written.
        tutors: What was found of tutors who are known several times.
    """

    decisions: tuple[Count, ...]
    created: dict[str, int]
    changed: bool
    tutors: Joined = field(default_factory=Joined)

    def as_metadata(self) -> dict[str, int | bool]:
        """Return the counts by outcome, role and source, and people created, for a run's page."""
        counts: Counter[str] = Counter()
        for one in self.decisions:
            counts[f"{one.outcome}/{one.role}/{one.source}"] += one.records
        for role, people in self.created.items():
            counts[f"created/{role}"] = people
        counts |= Counter({f"{what}/tutor": n for what, n in self.tutors.counts.items()})
        return {"changed": self.changed, **dict(sorted(counts.items()))}


def resolve(context: "BuildContext") -> ResolveReport:
    """Decide every open person record of every typed table, and remember the decisions.

    New records are decided; records without a match are tried again only when something became
    known since, or a rule or setting changed; so are links by probability: who else there is
    makes it greater or less. Links of logs that new people or records may change are made anew
    (`reopen`). What a steward decided holds, for every record it covers. The same registry and the
    same tables write nothing.

    Raises:
        RegistryChanged: Somebody wrote to the registry in the meantime, again and again.
    """
    registry = context.registry
    changes = registry.write_anew(lambda: _changes(context), made_by=ENGINE, now=context.now)
    created = changes.people["role"].value_counts().to_pylist()
    tutors = join_tutors(context)
    return ResolveReport(
        _counted(changes.links),
        {row["values"]: row["counts"] for row in created},
        not changes.empty or tutors.changed,
        tutors,
    )


def _changes(context: "BuildContext") -> Changes:
    parts = [_resolve_role(context, role) for role in PERSON_ROLES]
    names = [one.name for one in fields(Changes) if one.name != "notes"]
    tables = {name: pa.concat_tables([getattr(one, name) for one in parts]) for name in names}
    notes = {name: value for part in parts for name, value in part.notes.items()}
    return Changes(**tables, notes=notes)


def _counted(links: pa.Table) -> tuple[Count, ...]:
    names = ["role", "source", "outcome", "tier", "rule"]
    rows = links.group_by(names).aggregate([([], "count_all")]).to_pylist()
    counts = [Count(**{n: row[n] for n in names}, records=row["count_all"]) for row in rows]
    return tuple(sorted(counts, key=lambda one: (one.role, one.source, one.outcome, one.rule)))


def _resolve_role(context: "BuildContext", role: str) -> Changes:
    engine, registry = context.engine, context.registry
    matched, open_ = registry.matched(role), registry.open_links(role, PROBABLE)
    if not (matched.num_rows or open_.num_rows or naming_tables(context, role)):
        return Changes()
    growth, claims = known_now(context, role)
    answers = Answers.read(context, role)
    sources = origins(context.district, role)
    told = told_once(context, sources)
    desk, mark = Settling(context, growth, answers, told), mark_of(engine, told)
    note, links = f"tried:{role}", engine.from_arrow(open_)
    tried, start = registry.note(note), _state(sources, growth, answers, mark)
    decided = engine.from_arrow(matched.select(["person_record_id"]))
    if tried != start and answers.mark:
        covered = engine.from_arrow(covered_records(context, role, answers))
        decided = decided.anti_join(covered, "person_record_id")
        links = engine.from_arrow(registry.links(role))
    settled = decided.anti_join(_by_chance(links), "person_record_id").union(_by_stewards(links))
    waiting = OpenRecords.find(context, role, engine.keep(settled))
    nothing = links.limit(0)
    first = _placed(desk, sources, waiting.stated(links if tried == start else nothing))
    _settle(desk, first.filter(first.standing != "log"))
    changed = tried != start or start != _state(sources, growth, answers, mark)
    if changed and tried == start:  # only the new ones were looked at
        first = _placed(desk, sources, waiting.stated(growth.decided()))
    asked = engine.keep(first.anti_join(growth.decided(), [("record", "person_record_id")]))
    again = opened_again(context, growth, claims, asked)
    if again is not None:
        before = engine.from_arrow(registry.links(role))
        same = [("person_record_id", "record")]
        links = links.anti_join(again, same).union(before.semi_join(again, same))
        again = again.mutate(maker=False)
        asked = engine.keep(asked.union(_placed(desk, sources, again).select(*asked.columns)))
    _settle(desk, asked)
    if not changed and start != _state(sources, growth, answers, mark):
        _settle(desk, _placed(desk, sources, waiting.stated(growth.decided())))
    now = _state(sources, growth, answers, mark)
    turned = turned_claims(context, growth, claims)
    news = _news(engine, growth, links)
    return Changes(
        people=growth.arrow(PERSON),
        links=news,
        claims=turned.new,
        withdrawn=turned.withdrawn,
        restated=turned.restated,
        statements=growth.arrow(STATEMENT),
        candidates=_candidates(growth, news),
        model=_model(growth),
        notes={} if tried == now else {note: now},
    )


def _placed(desk: Settling, sources: list[Origin], records: ir.Table) -> ir.Table:
    """Return records as `OpenRecords.stated` returns them with what their source may do."""
    return with_standing(desk.growth.engine, sources, records)


def _settle(desk: Settling, placed: ir.Table) -> None:
    engine = desk.growth.engine
    if not engine.scalar(placed.count()):
        return
    for standing, batch in _batches(engine, subjects_of(engine, placed)):
        desk.settle(standing, batch)


def _by_chance(links: ir.Table) -> ir.Table:
    """Return ``person_record_id`` of the links the probabilistic tier made."""
    made = links.filter((links.tier == PROBABLE) & (links.decided_by == ENGINE))
    made = made.filter(made.rule != TOGETHER)  # weighed anew where they are made
    return made.select("person_record_id")


def _by_stewards(links: ir.Table) -> ir.Table:
    """Return ``person_record_id`` of the records that stewards left without a person."""
    held = (links.decided_by != ENGINE) & ~links.rule.isin(OPEN_AGAIN)
    return links.filter((links.outcome != "match") & held).select("person_record_id")


def _candidates(growth: Growth, news: pa.Table) -> pa.Table:
    """Return whom the records with a new decision might be that are unsure now."""
    unsure = news.filter(pc.equal(news["outcome"], "unsure"))
    keys = pa.table({"person_record_id": unsure["person_record_id"]})
    return growth.arrow(CANDIDATE).join(keys, "person_record_id", join_type="left semi")


def _model(growth: Growth) -> pa.Table:
    """Return the parameters trained in this run, if there was enough to train them on."""
    trained = [growth.model] if growth.model is not None and "m" in growth.model.trained else []
    rows = [
        {"role": growth.role, "digest": one.digest, "parameters": one.to_json()} for one in trained
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(MODEL))


def _state(sources: list[Origin], growth: Growth, answers: Answers, mark: str | None) -> str:
    """Return what decides whether an open record is worth another try.

    Of files with one row per student that is also who stands in them (``mark``): each record there
    speaks of all others.
    """
    known = [[one.name, one.standing, one.bare] for one in sources]
    marks = [answers.mark] if mark is None else [answers.mark, mark]
    return json.dumps([RULES_VERSION, known, growth.size, *marks])


def _batches(engine: Engine, subjects: Subjects) -> Iterator[tuple[str, Subjects]]:
    """Yield subjects of one standing in the order they are decided in; rosters one by one."""
    kinds = subjects.table.select("standing", "priority", "source").distinct()
    found = engine.collect(kinds).to_pylist()
    rosters = sorted(
        (kind["priority"], kind["source"]) for kind in found if kind["standing"] == "roster"
    )
    for _, source in rosters:
        yield "roster", subjects.where(standing="roster", source=source)
    for standing in ("completion", "log"):
        if any(kind["standing"] == standing for kind in found):
            yield standing, subjects.where(standing=standing)


def _news(engine: Engine, growth: Growth, links: ir.Table) -> pa.Table:
    """Return the decisions that differ from the one on the same record before."""
    made = engine.from_arrow(growth.arrow(LINK))
    told = ("outcome", "person_key", "candidate_key", "tier", "rule", "evidence")
    before = links.select("person_record_id", **{f"_{name}": links[name] for name in told})
    both = made.left_join(before, "person_record_id").drop("person_record_id_right")
    same = [both[name].identical_to(both[f"_{name}"]) for name in told]
    news = both.filter(~ibis.and_(*same)).order_by("source", "person_record_id")
    return engine.collect(news.select(*made.columns)).cast(arrow_schema(LINK))
