"""Trying a few records anew, by the rules of every night, on what is known at this moment.

Nothing is written and nothing is learnt: the trial shows what each rule sees. Records of logs are
tried as they stand; of a roster's, each is tried without the other pieces of the same child.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.identity.answers import Answers
from hit_pipeline.identity.candidates import by_identifier, by_name, told_pairs
from hit_pipeline.identity.collect import MAKERS, Origin, naming_tables, origins, stated_by
from hit_pipeline.identity.decide import decide
from hit_pipeline.identity.evidence import ALIKE, in_words, weigh
from hit_pipeline.identity.growth import Growth
from hit_pipeline.identity.name_tier import named, stated_beside, with_seats
from hit_pipeline.identity.one_row import told_once
from hit_pipeline.identity.present import known_now, with_standing
from hit_pipeline.identity.probable import by_probability, open_names
from hit_pipeline.identity.subjects import Subjects, subjects_of
from hit_pipeline.registry.decision import ANSWERS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Rows by the subject they are about."""


@dataclass(frozen=True)
class Found:
    """What the rules see of some subjects; rows of each, by subject.

    Attributes:
        subject_of: Record to its subject.
        stated: The subject, with ``standing`` and ``source``: one row.
        answers: ``answer, person_key``: what stewards said of it.
        identifiers: ``system, value, crowded``: what it states that can be read; ``crowded`` when
            so many people share it that it counts for nothing.
        ways: As `candidates.by_identifier`, with ``words`` (evidence codes of names and birth
            date) and ``verdict`` of `evidence.weigh`; null where nothing can be compared.
        names: ``person_key, f, l, b, words, other, slip``: whom its name may mean (`name_tier`).
        counts: The row of `name_tier.named`, where the name points to anybody.
        decisions: What tiers 1 and 2 decide today: one row.
        asked: One row where tier 3 is asked.
        probable: What tier 3 decides, where it has a candidate at all.
        candidates: ``person_key, probability, evidence``: whom tier 3 finds.
    """

    subject_of: Mapping[str, str]
    stated: Rows
    answers: Rows
    identifiers: Rows
    ways: Rows
    names: Rows
    counts: Rows
    decisions: Rows
    asked: Rows
    probable: Rows
    candidates: Rows


@dataclass(frozen=True)
class Trial:
    """The rules, and what is known, of one role.

    Attributes:
        context: Typed tables and the registry.
        growth: What is known; never written.
        answers: What stewards answered.
        sources: The sources, the one believed first first.
        told: Records of files with one row per student, as of `one_row.told_once`.
    """

    context: "BuildContext"
    growth: Growth
    answers: Answers
    sources: list[Origin]
    told: ir.Table | None

    @classmethod
    def open(cls, context: "BuildContext", role: str) -> "Trial":
        """Read what is known of a role."""
        growth, _ = known_now(context, role)
        answers = Answers.read(context, role)
        sources = origins(context.district, role)
        return cls(context, growth, answers, sources, told_once(context, sources))

    def records(self, names: Iterable[str]) -> ir.Table | None:
        """Return what records state, as `subjects_of` takes it; None when no row names any."""
        context, role = self.context, self.growth.role
        wanted = context.engine.from_arrow(pa.table({"person_record_id": [*names]}))
        stated = stated_by(context, role, wanted)
        if stated is None:
            return None
        makers = [name for name in naming_tables(context, role) if name in MAKERS[role]]
        rows = [context.typed(name)[f"{role}_record_id"].name("record") for name in makers]
        made = reduce(ir.Table.union, [one.as_table() for one in rows], _NONE)
        made = made.semi_join(stated, "record").distinct().mutate(maker=True)
        marked = stated.left_join(made, "record")[[*stated.columns, "maker"]]
        marked = marked.mutate(maker=marked.maker.fill_null(False))  # noqa: FBT003
        return with_standing(context.engine, self.sources, marked)

    def find(self, records: ir.Table) -> Found:
        """Show what every rule sees of some records; see `Found`."""
        engine, growth = self.growth.engine, self.growth
        batch, known = subjects_of(engine, records), growth.known
        denied = self.answers.covering(engine, batch, "not_same")
        ways = engine.keep(by_identifier(batch.identifiers, known))
        met = engine.keep(by_name(batch.table, known))
        pairs = ways.select("subject", "person_key").union(met).distinct()
        weighed = engine.keep(weigh(told_pairs(batch.table, engine.keep(pairs), known)))
        called = engine.keep(weighed.semi_join(met, ["subject", "person_key"]))
        beside = engine.keep(stated_beside(called, batch.identifiers, known))
        decided = decide(engine, batch.table, batch.identifiers, known, denied)
        left = engine.keep(decided.decisions.filter(decided.decisions.outcome != "match"))
        likely = by_probability(self.context, growth, batch, left, denied, self.told)
        return Found(
            subject_of=self._subject_of(batch),
            stated=self._rows(batch.table),
            answers=self._rows(self._said(batch)),
            identifiers=self._rows(self._readable(batch)),
            ways=self._rows(_judged(ways, weighed), "rank", "person_key"),
            names=self._rows(_meant(called, beside), "f", "person_key"),
            counts=self._rows(named(with_seats(called, batch.table, known), beside)),
            decisions=self._rows(decided.decisions),
            asked=self._rows(open_names(left, batch.table)),
            probable=self._rows(likely.decisions),
            candidates=self._rows(likely.candidates.order_by(ibis.desc("probability"))),
        )

    def decisions(self, records: ir.Table) -> Rows:
        """Return what tiers 1 and 2 decide of records: one row of each subject."""
        engine, known = self.growth.engine, self.growth.known
        batch = subjects_of(engine, records)
        return self._rows(decide(engine, batch.table, batch.identifiers, known).decisions)

    def people(self, keys: Iterable[str]) -> dict[str, Row]:
        """Return what rosters state of people now: ``name, birth_date, id_<system>``, by key.

        Of several values the first in the alphabet; what no roster states is missing.
        """
        engine, growth = self.growth.engine, self.growth
        wanted = engine.from_arrow(pa.table({"person_key": pa.array([*keys], pa.string())}))
        claims = growth.claims.filter(growth.claims.live & (growth.claims.origin == "roster"))
        stated = claims.select("person_key", "value", name="id_" + claims.system)
        said = growth.statements
        names = ibis.literal(" ").join([said.given_name, said.family_name]).nullif("")
        names = names.coalesce(said.display_name)
        for name, value in (("birth_date", said.birth_date), ("name", names)):
            of = said.select("person_key", value=value, name=ibis.literal(name))
            stated = stated.union(of.filter(of.value.notnull()))
        found: dict[str, Row] = {}
        rows = engine.collect(stated.semi_join(wanted, "person_key").order_by("name", "value"))
        for row in rows.to_pylist():
            cell = date.fromisoformat(row["value"]) if row["name"] == "birth_date" else row["value"]
            found.setdefault(row["person_key"], {}).setdefault(row["name"], cell)
        return found

    def _subject_of(self, batch: Subjects) -> Mapping[str, str]:
        members = self.growth.engine.collect(batch.members.select("record", "subject"))
        return {row["record"]: row["subject"] for row in members.to_pylist()}

    def _said(self, batch: Subjects) -> ir.Table:
        engine = self.growth.engine
        parts = [
            self.answers.covering(engine, batch, one).mutate(answer=ibis.literal(one))
            for one in ANSWERS
        ]
        return reduce(ir.Table.union, parts)

    def _readable(self, batch: Subjects) -> ir.Table:
        """Return the identifiers that can be read, and whether a crowd shares them."""
        names = ["system", "value"]
        counting = self.growth.known.claims.select(*names).distinct()
        crowd = self.growth.claims.select(*names).distinct().anti_join(counting, names)
        stated = batch.identifiers.select("subject", *names).distinct()
        marked = stated.left_join(crowd.mutate(crowded=True), names)
        return marked.select(*stated.columns, crowded=marked.crowded.fill_null(False))  # noqa: FBT003

    def _rows(self, table: ir.Table, *order: str) -> Rows:
        found: Rows = {}
        ordered = table.order_by(*order) if order else table
        for row in self.growth.engine.collect(ordered).to_pylist():
            found.setdefault(row["subject"], []).append(row)
        return found


_NONE = ibis.memtable([], schema={"record": "string"})


def _judged(ways: ir.Table, weighed: ir.Table) -> ir.Table:
    told = weighed.select("subject", "person_key", "verdict", words=in_words(weighed))
    return ways.left_join(told, ["subject", "person_key"])[[*ways.columns, "verdict", "words"]]


def _meant(called: ir.Table, beside: ir.Table) -> ir.Table:
    """Return whom a name may mean: those of whom both first and family name fit."""
    fits = called.filter((called.l == 1) & (called.f >= ALIKE))
    both = fits.left_join(beside, ["subject", "person_key"])[[*fits.columns, "other", "slip"]]
    return both.mutate(words=in_words(both))
