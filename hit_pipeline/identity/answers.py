"""What stewards answered about records, and which subjects an answer covers.

An answer holds for the record it was given on and, where the record has an identifier of its own at
its source, for every record with that identifier: the same child next week.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.identity.subjects import Subjects
from hit_pipeline.tables.model import ID_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

SAME = "steward.same"
OPEN_AGAIN = ("steward.undone", "steward.not_same")
"""Rules of stewards' links that leave a record open: it is decided on with what they ruled out."""

_COLUMNS = ("source", "person_record_id", "own_system", "own_value", "person_key")


@dataclass(frozen=True)
class Answers:
    """Answers in force on records of one role.

    Attributes:
        given: ``source, person_record_id, own_system, own_value, person_key`` (as who the person
            lives on now) and ``answer``.
        mark: Changes with every decision of a steward.
    """

    given: ir.Table
    mark: int

    @classmethod
    def read(cls, context: "BuildContext", role: str) -> "Answers":
        """Read them from the registry."""
        told = context.registry.decisions(role)
        given = context.engine.from_arrow(told)
        given = given.filter(given.in_force & given.other_key.isnull())
        named = given.drop("person_key").rename(person_key="lives_as")
        return cls(context.engine.keep(named.select(*_COLUMNS, "answer")), told.num_rows)

    def saying(self, answer: str) -> ir.Table:
        """Return the answers that say ``same``, ``not_same`` or ``unsure``."""
        return self.given.filter(self.given.answer == answer).select(*_COLUMNS)

    def covering(self, engine: Engine, subjects: Subjects, answer: str) -> ir.Table:
        """Return ``subject, person_key``: what an answer says of subjects, each pair once."""
        said = self.saying(answer)
        by_record = subjects.members.join(said, subjects.members.record == said.person_record_id)
        own = said.filter(said.own_value.notnull())
        by_own = subjects.identifiers.join(
            own.select("source", "person_key", system="own_system", value="own_value"),
            ["source", "system", "value"],
        )
        pairs = by_record.select("subject", "person_key").union(by_own["subject", "person_key"])
        return engine.keep(pairs.distinct())


def decided_by_answer(engine: Engine, same: ir.Table, denied: ir.Table) -> ir.Table:
    """Return decisions on the subjects a steward's ``same`` covers.

    One that two people are said to be, or one person both same and not, is unsure.
    """
    counted = same.group_by("subject").agg(
        people=same.person_key.nunique(), key=same.person_key.min()
    )
    both = same.semi_join(denied, ["subject", "person_key"]).select("subject").distinct()
    marked = counted.left_join(both.mutate(torn=True), "subject")[[*counted.columns, "torn"]]
    sure = (marked.people == 1) & marked.torn.isnull()
    nobody = ibis.null("string")
    return engine.keep(
        marked.select(
            "subject",
            outcome=sure.ifelse("match", "unsure"),
            person_key=sure.ifelse(marked.key, nobody),
            candidate_key=sure.ifelse(nobody, (marked.people == 1).ifelse(marked.key, nobody)),
            tier=sure.ifelse(0, ibis.null("int64")),
            rule=sure.ifelse(SAME, "steward.torn"),
            evidence=nobody,
            probability=ibis.null("float64"),
        )
    )


def covered_records(context: "BuildContext", role: str, answers: Answers) -> pa.Table:
    """Return ``person_record_id`` of linked records that an answer may decide otherwise.

    These are the records with an own identifier some answer names, and those whose link an answer
    made that may have been taken back since.
    """
    engine, links = context.engine, context.engine.from_arrow(context.registry.links(role))
    once = links.filter((links.rule == SAME) & (links.decided_by == "engine"))
    parts = [once.select("person_record_id")]
    own = answers.given.filter(answers.given.own_value.notnull())
    wanted = own.select(_source="source", system="own_system", value="own_value").distinct()
    if engine.scalar(wanted.count()):
        parts += [_with_own(context, role, name, wanted) for name in naming_tables(context, role)]
    return engine.collect(ibis.union(*parts).distinct() if parts[1:] else parts[0])


def _with_own(context: "BuildContext", role: str, name: str, wanted: ir.Table) -> ir.Table:
    """Return the records of a typed table that state a wanted own identifier."""
    rows = context.typed(name)
    record = f"{role}_record_id"
    ids = [s for s in ID_SYSTEMS if f"{role}_id_{s}" in rows.columns]
    stated = rows.select("_source", record, **{s: rows[f"{role}_id_{s}"] for s in ids})
    long = stated.pivot_longer(ids, names_to="system", values_to="value")
    found = long.semi_join(wanted, ["_source", "system", "value"])
    return found.filter(found[record].notnull()).select(person_record_id=record).distinct()
