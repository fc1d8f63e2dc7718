"""What one role knows while it is being resolved, and how it grows from pass to pass.

Nothing is written here: everything new is gathered, and written by `resolve` in one transaction.
"""

from dataclasses import dataclass, field
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import Table

from hit_pipeline.conform.truth import holds
from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import SCOPED, Known
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.readings import Readings
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.subjects import Subjects
from hit_pipeline.registry.database import new_keys
from hit_pipeline.registry.tables import CANDIDATE, CLAIM, LINK, PERSON, STATEMENT, arrow_schema

_TOGETHER = 5
"""More roster subjects than this sharing one identifier share a placeholder."""

_MOST_CANDIDATES = 5
_CLAIMED = ["system", "issuer", "value", "person_key"]


@dataclass
class Growth:
    """The people of one role: those known before, and those this run adds.

    Attributes:
        engine: The table engine.
        role: ``student``, ``tutor`` or ``staff``.
        claims: Every claim, old and new: columns of `registry.tables.CLAIM` and ``live``.
        statements: Every statement: columns of `registry.tables.STATEMENT`.
        before: ``person_record_id, person_key`` of the records linked before this run.
        size: Claims and statements together; grows with everything that is learnt.
        new: New rows per registry table.
        model: Parameters of the probabilistic tier, once they were trained in this run.
        forgotten: Claims that matches once taught and that are learnt anew in this run.
    """

    engine: Engine
    role: str
    claims: ir.Table
    statements: ir.Table
    before: ir.Table
    size: int
    new: dict[str, list[ir.Table]] = field(default_factory=dict)
    model: Model | None = None
    forgotten: ir.Table = field(init=False)
    _readings: Readings = field(init=False)

    def __post_init__(self) -> None:
        self.forgotten = ibis.memtable([], schema=dict.fromkeys(_CLAIMED, "string"))
        self._readings = Readings(self.engine)
        self._readings.claim(self.claims)
        self._readings.state(self.statements)

    @property
    def known(self) -> Known:
        """What may be compared with."""
        return self._readings.known

    def create(self, fresh: ir.Table) -> ir.Table:
        """Give every subject of ``fresh`` a new person; return them as decisions."""
        subjects = self.engine.collect(fresh.select("subject").order_by("subject"))
        keys = pa.array(new_keys(self.role, subjects.num_rows), pa.string())
        made = self.engine.from_arrow(subjects.append_column("person_key", keys))
        self._add(PERSON, made.mutate(role=ibis.literal(self.role)))
        return self.engine.keep(
            made.mutate(
                outcome=ibis.literal("match"),
                candidate_key=ibis.null("string"),
                tier=ibis.null("int64"),
                rule=ibis.literal("roster.new"),
                evidence=ibis.null("string"),
                probability=ibis.null("float64"),
            )
        )

    def remember(self, subjects: Subjects, decisions: ir.Table) -> None:
        """Remember decisions on subjects."""
        linked = subjects.members.join(decisions, "subject")
        self._add(
            LINK,
            linked.mutate(
                role=ibis.literal(self.role),
                person_record_id=linked.record,
            ),
        )

    def consider(self, subjects: Subjects, candidates: ir.Table) -> None:
        """Keep whom unsure subjects might be, the likeliest first."""
        order = [candidates.worth.desc(), candidates.person_key]
        window = ibis.window(group_by="subject", order_by=order)
        ranked = candidates.mutate(rank=ibis.row_number().over(window) + 1)
        ranked = ranked.filter(ranked["rank"] <= _MOST_CANDIDATES)
        listed = subjects.members.join(ranked, "subject")
        self._add(
            CANDIDATE,
            listed.mutate(role=ibis.literal(self.role), person_record_id=listed.record),
        )

    def learn(self, subjects: Subjects, matched: ir.Table, *, fresh: bool = False) -> bool:
        """Remember what subjects matched to a ``person_key`` state.

        Args:
            subjects: The subjects, and more.
            matched: ``subject, person_key``.
            fresh: True when nothing is known of these people yet.

        Returns:
            True when somebody got an identifier nobody knew before.
        """
        self._state(subjects.table, matched)
        return self._claim(subjects.identifiers, matched, fresh=fresh)

    def forget(self, learnt: ir.Table) -> None:
        """Forget what earlier matches taught; what is not learnt again in this run is withdrawn.

        Args:
            learnt: ``system, issuer, value, person_key`` of claims.
        """
        gone = self.engine.keep(learnt)
        count = self.engine.scalar(gone.count())
        if count:
            self.forgotten = self.engine.keep(self.forgotten.union(gone[_CLAIMED]))
            self.claims = self.engine.keep(self.claims.anti_join(gone, _CLAIMED))
            self._readings.forget(gone)
            self.size -= count

    def added(self, table: Table) -> ir.Table:
        """Return the new rows of a registry table as an expression."""
        return self.engine.from_arrow(self.arrow(table))

    def decided(self) -> ir.Table:
        """Return ``person_record_id`` of the records decided in this run."""
        parts = [part.select("person_record_id") for part in self.new.get(LINK.name, [])]
        nothing = ibis.memtable([], schema={"person_record_id": "string"})
        return reduce(ir.Table.union, parts, nothing)

    def linked(self) -> ir.Table:
        """Return ``person_record_id, person_key`` of every record linked before or in this run."""
        new = [part.filter(part.outcome == "match") for part in self.new.get(LINK.name, [])]
        parts = [part.select("person_record_id", "person_key") for part in new]
        return reduce(ir.Table.union, parts, self.before)

    def held(self, waiting: ir.Table) -> ir.Table:
        """Return ``person_record_id, person_key`` of every record linked at this moment.

        Args:
            waiting: ``record`` of those to be decided on: what they were before does not count.
        """
        before = self.before.anti_join(waiting, self.before.person_record_id == waiting.record)
        links = self.added(LINK)
        made = links.filter(links.outcome == "match").select("person_record_id", "person_key")
        return before.anti_join(self.decided(), "person_record_id").union(made)

    def arrow(self, table: Table) -> pa.Table:
        """Return the new rows of a registry table."""
        schema = arrow_schema(table)
        parts = self.new.get(table.name, [])
        if not parts:
            return schema.empty_table()
        return self.engine.collect(reduce(ir.Table.union, parts)).cast(schema)

    def _claim(self, identifiers: ir.Table, matched: ir.Table, *, fresh: bool) -> bool:
        """Add what matched rosters state, and the own identifiers of matched logs.

        Another spelling of an identifier the person has counts as confirmed, not as stated.
        """
        log = identifiers.standing == "log"
        own = ~log | identifiers.system.isin(SCOPED)
        stated = identifiers.filter(own).join(matched, "subject")
        if not fresh:
            stated = stated.union(_confirmed(identifiers.filter(~own), matched, self.known))
        claim = ["system", "issuer", "value", "person_key"]
        added = stated.mutate(
            role=ibis.literal(self.role),
            issuer=stated.source,
            origin=(stated.standing == "log").ifelse("link", "roster"),
        ).distinct(on=claim)
        if not fresh:
            known = self.known.of(matched).claims
            spelt = known.select("system", "person_key", "core", respelt=True).distinct()
            same = known.select("system", "person_key", "value", same=True).distinct()
            added = added.anti_join(self.claims, claim)
            added = added.left_join(spelt, ["system", "person_key", "core"])[
                [*added.columns, "respelt"]
            ]
            added = added.left_join(same, ["system", "person_key", "value"])
            confirmed = added.respelt.notnull() & added.same.isnull()
            added = added.mutate(origin=confirmed.ifelse("link", added.origin))
        added = self.engine.keep(added.select(*arrow_schema(CLAIM).names))
        count = self.engine.scalar(added.count())
        if not count:
            return False
        self.new.setdefault(CLAIM.name, []).append(added)
        live = self.engine.keep(added.mutate(live=True))
        self.claims = self.claims.union(live)
        self._readings.claim(live)
        self.size += count
        return True

    def _state(self, subjects: ir.Table, matched: ir.Table) -> None:
        """Add what matched rosters say of names and birth dates."""
        saying = ibis.coalesce(*(subjects[part] for part in NAME_PARTS)).notnull()
        saying |= subjects.birth_date.notnull()
        rows = subjects.filter((subjects.standing != "log") & saying).join(matched, "subject")
        added = self._add(
            STATEMENT,
            rows.mutate(
                role=ibis.literal(self.role),
                person_record_id=rows.subject,
                birth_date=rows.birth_date.cast("string"),
            ),
        )
        if count := self.engine.scalar(added.count()):
            self.statements = self.statements.union(added)
            self._readings.state(added)
            self.size += count

    def _add(self, table: Table, rows: ir.Table) -> ir.Table:
        """Keep new rows of a registry table."""
        kept = self.engine.keep(rows.select(*arrow_schema(table).names))
        self.new.setdefault(table.name, []).append(kept)
        return kept


def followers(subjects: Subjects, fresh: ir.Table) -> ir.Table:
    """Return ``subject`` of the fresh ones who may be one of the other fresh ones.

    Those share an identifier with an earlier one, or state none while others do. They wait until
    the others are people, and are then compared with them. An identifier that many share is a
    placeholder and holds nobody up.
    """
    ids = subjects.identifiers.semi_join(fresh, "subject")
    issuer = ids.system.isin(SCOPED).ifelse(ids.source, "")
    key = ids.select("subject", "system", "core", issuer=issuer).distinct()
    groups = key.group_by("system", "core", "issuer").agg(
        first=lambda t: t.subject.min(), size=lambda t: t.count()
    )
    groups = groups.filter((groups["size"] > 1) & (groups["size"] <= _TOGETHER))
    waiting = key.join(groups, ["system", "core", "issuer"])
    waiting = waiting.filter(waiting.subject != waiting["first"]).select("subject")
    asked = subjects.table.semi_join(fresh, "subject")
    nameless = asked.anchor == "name"
    others = asked.filter(~nameless).select("anchor").limit(1)
    return waiting.union(asked.filter(nameless).select("subject").cross_join(others)[["subject"]])


def _confirmed(identifiers: ir.Table, matched: ir.Table, known: Known) -> ir.Table:
    """Return what matched logs state exactly as a roster does, in a system nobody vouches for.

    The source has then named the person by it once, together with what bore it out.
    """
    unvouched = holds(identifiers.bare != identifiers.system) | identifiers.bare.isnull()
    stated = identifiers.filter(unvouched).join(matched, "subject")
    roster = known.claims.filter(known.claims.origin == "roster")
    return stated.semi_join(roster, ["system", "value", "person_key"])
