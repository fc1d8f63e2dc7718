"""What a steward's transaction asks the database, each thing once, and what it changed since."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from hit_pipeline.errors import HitError
from hit_pipeline.registry.decision import ENGINE, Answer
from hit_pipeline.registry.judgement import Judgement
from hit_pipeline.registry.memory import age_of, read_judgement
from hit_pipeline.registry.tables import CANDIDATE, CLAIM, CURRENT_LINK, ENTRY, LINK

ClaimKey = tuple[str, str, str, str, str]
"""Role, system, issuer, value and person key of a claim."""


@dataclass(frozen=True)
class LinkState:
    """The newest link of a record.

    Attributes:
        source: Source of the record.
        outcome: ``match``, ``unsure`` or ``no_match``.
        person_key: The person; None without a match.
        rule: Rule it was decided by.
    """

    source: str
    outcome: str
    person_key: str | None
    rule: str


@dataclass(frozen=True)
class ClaimState:
    """A claim there is.

    Attributes:
        live: False when it is withdrawn.
        decided: Whether a steward's decision made it, not a roster or the rules.
    """

    live: bool
    decided: bool


class Recall:
    """The registry as one transaction of a steward sees it."""

    def __init__(self, connection: Connection) -> None:
        """Take a transaction that writes: nobody else may change what is kept here."""
        self._connection = connection
        self._judgements: dict[str, Judgement] = {}
        self._links: dict[tuple[str, str], LinkState] = {}
        self._claims: dict[ClaimKey, ClaimState | None] = {}

    def judgement(self, role: str) -> Judgement:
        """Return what is in force of a role."""
        if role not in self._judgements:
            self._judgements[role] = read_judgement(self._connection, role)
        return self._judgements[role]

    def check(self, answer: Answer) -> None:
        """See that those an answer is about are there.

        Raises:
            HitError: Somebody or something is not; no key or record is repeated.
        """
        ages = self.judgement(answer.role).merges.ages
        for key in filter(None, (answer.person_key, answer.other_key)):
            if key not in ages:
                age = age_of(self._connection, answer.role, key)
                if age is None:
                    message = f"there is no {answer.role} with the key of the answer."
                    raise HitError(message)
                ages[key] = age
        record = answer.person_record_id
        if record is not None and self.link(answer.role, record).source != answer.source:
            message = "the record of the answer is not of the source it names."
            raise HitError(message)

    def link(self, role: str, record: str) -> LinkState:
        """Return the newest link of a record.

        Raises:
            HitError: There is none.
        """
        if (role, record) not in self._links:
            newest = CURRENT_LINK.join(LINK, LINK.c.seq == CURRENT_LINK.c.seq)
            stated = select(LINK.c.source, LINK.c.outcome, LINK.c.person_key, LINK.c.rule)
            one = and_(CURRENT_LINK.c.role == role, CURRENT_LINK.c.person_record_id == record)
            row = self._connection.execute(stated.select_from(newest).where(one)).first()
            if row is None:
                message = f"there is no {role} record of the answer."
                raise HitError(message, remedy="Records are known once a night has seen them.")
            self._links[role, record] = LinkState(*row)
        return self._links[role, record]

    def candidates(self, role: str, record: str) -> list[str]:
        """Return whom a record might be, the best first."""
        of_record = and_(CANDIDATE.c.role == role, CANDIDATE.c.person_record_id == record)
        newest = select(func.max(CANDIDATE.c.entry)).where(of_record).scalar_subquery()
        stated = select(CANDIDATE.c.person_key).where(of_record, CANDIDATE.c.entry == newest)
        return list(self._connection.scalars(stated.order_by(CANDIDATE.c.rank)))

    def claim(self, key: ClaimKey) -> ClaimState | None:
        """Return the state of a claim; None when there is none."""
        if key not in self._claims:
            columns = CLAIM.primary_key.columns
            same = and_(*(column == cell for column, cell in zip(columns, key, strict=True)))
            stated = select(CLAIM.c.withdrawn, CLAIM.c.origin, ENTRY.c.made_by)
            made = CLAIM.join(ENTRY, ENTRY.c.entry == CLAIM.c.entry)
            row = self._connection.execute(stated.select_from(made).where(same)).first()
            decided = row is not None and row.origin == "link" and row.made_by != ENGINE
            self._claims[key] = ClaimState(row.withdrawn is None, decided) if row else None
        return self._claims[key]

    def remember_link(self, role: str, record: str, link: LinkState) -> None:
        """Take over a link the transaction writes."""
        self._links[role, record] = link

    def remember_claim(self, key: ClaimKey, *, live: bool) -> None:
        """Take over what the transaction makes of a claim; a new one is a decision's."""
        known = self.claim(key)
        self._claims[key] = ClaimState(live, known.decided if known else True)
