"""Settling a batch of subjects: who is made, who is linked, who waits, and what is learnt of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis.expr.types as ir

from hit_pipeline.conform.truth import holds
from hit_pipeline.identity.answers import SAME, Answers, decided_by_answer
from hit_pipeline.identity.decide import Decided, decide, undecided
from hit_pipeline.identity.growth import Growth, followers
from hit_pipeline.identity.probable import NO_CANDIDATES, PROBABLE, by_probability
from hit_pipeline.identity.subjects import Subjects

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_ALIKE = "first=alike"


@dataclass(frozen=True)
class Settling:
    """What batches of one role are settled with.

    Attributes:
        context: Typed tables and the registry.
        growth: What is known, and what is new.
        answers: What stewards answered.
        told: Records of files with one row per student, as of `one_row.told_once`.
    """

    context: "BuildContext"
    growth: Growth
    answers: Answers
    told: ir.Table | None = None

    def settle(self, standing: str, batch: Subjects) -> None:
        """Decide on every subject of a batch of one standing, and remember it."""
        batch = self._without_torn(batch)
        if standing == "roster":
            self._create(batch)
        else:
            self._link(batch)

    def _without_torn(self, batch: Subjects) -> Subjects:
        """Settle the subjects whose records name different people; return the others."""
        engine = self.growth.engine
        torn = batch.table.filter(batch.table.torn)
        if not engine.scalar(torn.count()):
            return batch
        self.growth.remember(batch, engine.keep(undecided(torn, "unsure", "id.shared")))
        return batch.only(engine, batch.table.filter(~batch.table.torn))

    def _decided(self, waiting: Subjects, denied: ir.Table) -> Decided:
        """Decide by answers of stewards, then by rules."""
        engine = self.growth.engine
        if not self.growth.size:
            nobody = engine.keep(undecided(waiting.table, "no_match", "id.unknown"))
            return Decided(nobody, engine.from_arrow(NO_CANDIDATES))
        made = decide(engine, waiting.table, waiting.identifiers, self.growth.known, denied)
        same = self.answers.covering(engine, waiting, "same")
        if not engine.scalar(same.count()):
            return made
        answered = decided_by_answer(engine, same, denied)
        rest = made.decisions.anti_join(answered, "subject")
        return Decided(
            engine.keep(rest.union(answered.select(*rest.columns))),
            engine.keep(made.candidates.anti_join(answered, "subject")),
        )

    def _create(self, batch: Subjects) -> None:
        """Settle a roster's subjects, making people of those nobody is yet.

        Those who may be one of the new people are decided on again.
        """
        engine, growth = self.growth.engine, self.growth
        denied = self.answers.covering(engine, batch, "not_same")
        waiting: Subjects | None = batch
        while waiting is not None:
            made = self._decided(waiting, denied)
            decisions = made.decisions
            settled = engine.keep(decisions.filter(decisions.outcome != "no_match"))
            if engine.scalar(settled.count()):
                growth.learn(waiting, settled.filter(settled.outcome == "match"))
                growth.remember(waiting, settled)
                growth.consider(waiting, made.candidates)
            fresh = decisions.filter(decisions.outcome == "no_match").select("subject")
            first = engine.keep(fresh.anti_join(followers(waiting, fresh), "subject"))
            created = growth.create(first)
            growth.learn(waiting, created, fresh=True)
            growth.remember(waiting, created)
            rest = engine.keep(fresh.anti_join(first, "subject"))
            waiting = waiting.only(engine, rest) if engine.scalar(rest.count()) else None

    def _link(self, batch: Subjects) -> None:
        """Settle subjects that make nobody: by rules, by what matches taught, then by probability.

        Whose identifier became known of its source by a match is decided on again.
        """
        engine, growth = self.growth.engine, self.growth
        denied = self.answers.covering(engine, batch, "not_same")
        fresh = self._decided(batch, denied)
        left, might = fresh.decisions.limit(0), fresh.candidates.limit(0)
        asked = growth.role != "student" or not growth.size
        while True:
            left = engine.keep(left.anti_join(fresh.decisions, "subject").union(fresh.decisions))
            might = might.anti_join(fresh.decisions, "subject").union(fresh.candidates)
            matched = engine.keep(left.filter(left.outcome == "match"))
            growth.remember(batch, matched)
            left = engine.keep(left.filter(left.outcome != "match"))
            again = None
            # What may be taken back, weighed anew or a sibling's teaches nothing.
            alike = holds(matched.evidence.contains(_ALIKE))
            ruled = matched.filter((matched.rule != SAME) & (matched.tier != PROBABLE) & ~alike)
            if growth.learn(batch, ruled.select("subject", "person_key")):
                again = self._taught(batch, left)
            if again is not None:
                fresh = self._decided(batch.only(engine, again), denied)
            elif not asked:
                fresh = by_probability(self.context, growth, batch, left, denied, self.told)
                asked = True
            else:
                break
        growth.remember(batch, left)
        growth.consider(batch, might.semi_join(left, "subject"))

    def _taught(self, batch: Subjects, left: ir.Table) -> ir.Table | None:
        """Return ``subject`` of those left whose identifier is known of its source now, if any."""
        engine = self.growth.engine
        claimed = self.growth.claims.select("system", "value", source="issuer")
        own = batch.identifiers.semi_join(left, "subject")
        known = own.semi_join(claimed, ["system", "value", "source"])
        again = engine.keep(known.select("subject").distinct())
        return again if engine.scalar(again.count()) else None
