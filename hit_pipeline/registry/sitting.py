"""A steward's sitting: answers given, or one taken back, in one transaction.

An answer is judged against what is in force, then becomes events: the decision itself, a link of
its record, a claim of the record's own identifier, a merge or split of two people.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from hit_pipeline.errors import DecisionConflict, HitError
from hit_pipeline.registry.appending import append_rows, new_entry
from hit_pipeline.registry.decision import UNDO, Answer, Decision, checked_steward
from hit_pipeline.registry.judgement import Joint
from hit_pipeline.registry.memory import read_decisions
from hit_pipeline.registry.projections import follow, newest
from hit_pipeline.registry.recall import LinkState, Recall
from hit_pipeline.registry.tables import CLAIM_EVENT, DECISION, LINK, MERGE_EVENT

_WRITTEN = (DECISION, LINK, CLAIM_EVENT, MERGE_EVENT)
_CLAIM = ("role", "system", "issuer", "value", "person_key")
_UNDONE = "undone"


def decide(
    connection: Connection, answers: Sequence[Answer], *, by: str, now: datetime
) -> list[int]:
    """Write answers, or none of them; return the number of each one's decision.

    An answer that says what is in force already is given that decision's number.

    Raises:
        DecisionConflict: Some contradict what was decided before.
        HitError: One is no answer, or about somebody or something that is not there.
    """
    sitting = Sitting(connection, checked_steward(by), now)
    numbers: list[int] = []
    conflicts: dict[int, str] = {}
    for place, answer in enumerate(answers):
        answer.check()
        number, conflict = sitting.answer(answer)
        numbers.append(number)
        if conflict:
            conflicts[place] = conflict
    if conflicts:
        raise DecisionConflict(conflicts, len(answers))
    sitting.close()
    return numbers


def undo(connection: Connection, seq: int, *, by: str, note: str | None, now: datetime) -> int:
    """Take a decision back and return the number of the decision that does.

    Raises:
        DecisionConflict: The record was decided anew by another steward since, or two people
            would be one again whom somebody declared not the same.
        HitError: There is no such decision, it is an undo itself, or it was taken back already.
    """
    sitting = Sitting(connection, checked_steward(by), now)
    number = sitting.take_back(_to_undo(connection, seq), note)
    sitting.close()
    return number


def _to_undo(connection: Connection, seq: int) -> Decision:
    """Return a decision in force."""
    role = connection.scalar(select(DECISION.c.role).where(DECISION.c.seq == seq))
    if role is None:
        message = f"there is no decision {seq}."
        raise HitError(message)
    decisions = read_decisions(connection, role)
    (found,) = (one for one in decisions if one.seq == seq)
    if found.answer.answer == UNDO:
        message = f"decision {seq} takes another back, and cannot be taken back itself."
        raise HitError(message, remedy="Decide the question anew.")
    for one in decisions:
        if one.undoes == seq:
            message = f"decision {seq} was taken back by {one.by} on {one.when}."
            raise HitError(message)
    return found


class Sitting:
    """The events one steward's transaction comes to, until it is closed."""

    def __init__(self, connection: Connection, by: str, now: datetime) -> None:
        """Begin in a transaction that writes."""
        self._connection, self._by, self._now = connection, by, now
        self._recall = Recall(connection)
        self._before = newest(connection)
        self._first = 1 + (connection.scalar(select(func.max(DECISION.c.seq))) or 0)
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def answer(self, answer: Answer) -> tuple[int, str | None]:
        """Take an answer; return the number of its decision, or why it cannot be taken."""
        self._recall.check(answer)
        verdict = self._recall.judgement(answer.role).verdict(answer, self._by, self._first)
        if verdict.repeats:
            return verdict.repeats.seq, None
        if verdict.conflict:
            return 0, verdict.conflict
        for one in verdict.overrules:
            self._withdraw(one, None)
        return self._take(answer), None

    def take_back(self, decision: Decision, note: str | None) -> int:
        """Take back a decision in force.

        Raises:
            DecisionConflict: See `undo`.
        """
        answer = decision.answer
        if answer.person_record_id is not None:
            judgement = self._recall.judgement(answer.role)
            for one in judgement.on_record(answer.person_record_id):
                if one.seq > decision.seq and one.by != self._by:
                    why = f"{one.by} decided the record anew on {one.when}"
                    raise DecisionConflict({0: why}, 1)
        number = self._withdraw(decision, note)
        if answer.person_record_id is not None:
            self._open_again(answer)
        return number

    def close(self) -> None:
        """Write the events as one entry; nothing when there are none."""
        if not self._rows:
            return
        entry = new_entry(self._connection, self._by, self._now)
        for table in _WRITTEN:
            append_rows(self._connection, table, self._rows[table.name], entry)
        merged = {row["role"] for row in self._rows[MERGE_EVENT.name]}
        follow(self._connection, self._before, merged)

    def _take(self, answer: Answer) -> int:
        """Write an answer that stands, and what follows from it."""
        decision = self._decision(answer, None)
        self._recall.judgement(answer.role).take(decision)
        if answer.other_key is not None:
            wanted = {"same": "merge", "not_same": "split"}.get(answer.answer)
            if wanted:
                self._join(decision, wanted, f"steward.{answer.answer}", decision.seq)
        else:
            self._link(answer)
            if answer.answer == "same" and answer.own_value is not None:
                self._claim(answer, live=True)
        return decision.seq

    def _withdraw(self, decision: Decision, note: str | None) -> int:
        """Take a decision out of force, with the claim or merge that came of it alone."""
        answer = decision.answer
        judgement = self._recall.judgement(answer.role)
        undone = self._decision(replace(answer, answer=UNDO, note=note), decision.seq)
        judgement.drop(decision)
        joint = judgement.joints.get(decision.pair)
        if joint and joint.decision == decision.seq:
            what = "split" if joint.what == "merge" else "merge"
            self._join(decision, what, "steward.undone", undone.seq)
        if answer.answer == "same" and answer.own_value is not None:
            supported = any(
                one.answer.answer == "same" and _own(one.answer) == _own(answer)
                for one in judgement.on_person(answer.person_key)
            )
            if not supported:
                self._claim(answer, live=False)
        return undone.seq

    def _decision(self, answer: Answer, undoes: int | None) -> Decision:
        seq = self._first + len(self._rows[DECISION.name])
        self._rows[DECISION.name].append({"seq": seq, **asdict(answer), "undoes": undoes})
        return Decision(seq, answer, undoes, self._by, self._now)

    def _join(self, decision: Decision, what: str, why: str, number: int) -> None:
        """Merge or split two people, unless they are merged or split already.

        Raises:
            DecisionConflict: They may not be one, which only taking back a ``not_same`` comes upon.
        """
        role, pair = decision.answer.role, decision.pair
        judgement = self._recall.judgement(role)
        if (pair in judgement.merges) == (what == "merge"):
            return
        if what == "merge" and (denied := judgement.barred(pair)):
            why_not = f"{denied.by} decided 'not_same' on {denied.when} of people who would be one"
            raise DecisionConflict({0: why_not}, 1)
        judgement.join(pair, Joint(what, number))
        old, new = judgement.merges.oriented(pair)
        cells = {"role": role, "old_key": old, "new_key": new, "what": what}
        self._rows[MERGE_EVENT.name].append({**cells, "decision": number, "why": why})

    def _link(self, answer: Answer) -> None:
        """Write the link an answer on a record comes to.

        A record that is linked to somebody else stays so when it is said not to be this person, or
        perhaps.
        """
        if answer.answer == "same":
            self._write_link(answer, "match", None)
            return
        record = answer.person_record_id or ""
        survivor = self._recall.judgement(answer.role).merges.survivor
        linked = self._recall.link(answer.role, record).person_key
        if linked is not None and survivor(linked) != survivor(answer.person_key):
            return
        if answer.answer == "unsure":
            self._write_link(answer, "unsure", answer.person_key)
            return
        left = self._left(answer)
        self._write_link(answer, "unsure" if left else "no_match", left)

    def _left(self, answer: Answer) -> str | None:
        """Return the best candidate of a record whom nobody declared not to be it."""
        record = answer.person_record_id or ""
        judgement = self._recall.judgement(answer.role)
        survivor = judgement.merges.survivor
        denied = {
            survivor(one.answer.person_key)
            for one in judgement.on_record(record)
            if one.answer.answer == "not_same"
        }
        candidates = self._recall.candidates(answer.role, record)
        return next((key for key in candidates if survivor(key) not in denied), None)

    def _open_again(self, answer: Answer) -> None:
        """Let the rules decide a record anew that a decision held, unless another one does."""
        record = answer.person_record_id or ""
        judgement = self._recall.judgement(answer.role)
        held = any(one.answer.answer == "same" for one in judgement.on_record(record))
        if not held and self._recall.link(answer.role, record).rule.startswith("steward."):
            self._write_link(replace(answer, answer=_UNDONE), "unsure", answer.person_key)

    def _write_link(self, answer: Answer, outcome: str, candidate: str | None) -> None:
        record, source = answer.person_record_id or "", answer.source or ""
        key = answer.person_key if outcome == "match" else None
        rule = f"steward.{answer.answer}"
        self._recall.remember_link(answer.role, record, LinkState(source, outcome, key, rule))
        self._rows[LINK.name].append(
            {
                "role": answer.role,
                "source": source,
                "person_record_id": record,
                "person_key": key,
                "candidate_key": candidate,
                "outcome": outcome,
                "tier": 0 if key else None,
                "rule": rule,
            }
        )

    def _claim(self, answer: Answer, *, live: bool) -> None:
        """Link the record's own identifier to the person, or withdraw it again.

        What a roster states, or the rules linked, is left as it is.
        """
        system, issuer, value = _own(answer)
        key = (answer.role, system, issuer, value, answer.person_key)
        known = self._recall.claim(key)
        if known is None and live:
            what = "linked"
        elif known and known.decided and known.live != live:
            what = "restated" if live else "withdrawn"
        else:
            return
        self._recall.remember_claim(key, live=live)
        cells = dict(zip(_CLAIM, key, strict=True))
        self._rows[CLAIM_EVENT.name].append({**cells, "what": what})


def _own(answer: Answer) -> tuple[str, str, str]:
    """Return system, issuer and value of a record's own identifier; empty texts without one."""
    return answer.own_system or "", answer.source or "", answer.own_value or ""
