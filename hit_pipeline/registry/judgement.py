"""Whether a steward's answer may stand beside what was decided before. Reads no database."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hit_pipeline.registry.decision import Answer, Decision
from hit_pipeline.registry.merges import Merges, Pair


@dataclass(frozen=True)
class Joint:
    """The newest event between two people.

    Attributes:
        what: ``merge`` or ``split``.
        decision: The decision it came of; None when a rule made it.
    """

    what: str
    decision: int | None


@dataclass(frozen=True)
class Verdict:
    """What an answer comes to.

    Attributes:
        repeats: A decision in force that says the same already.
        overrules: Decisions in force it takes the place of.
        conflict: Why it cannot be, in words; None when it can.
    """

    repeats: Decision | None = None
    overrules: tuple[Decision, ...] = ()
    conflict: str | None = None


@dataclass
class Judgement:
    """What is in force of one role.

    Attributes:
        merges: The merges in force.
        joints: The newest event of every pair that ever was merged.
        in_force: Decisions in force, by number.
    """

    merges: Merges
    joints: dict[Pair, Joint] = field(default_factory=dict)
    in_force: dict[int, Decision] = field(default_factory=dict)
    _on_record: dict[str, set[int]] = field(default_factory=dict)
    _on_person: dict[str, set[int]] = field(default_factory=dict)

    def take(self, decision: Decision) -> None:
        """Take a decision into force."""
        self.in_force[decision.seq] = decision
        for places, key in self._places(decision):
            places.setdefault(key, set()).add(decision.seq)

    def drop(self, decision: Decision) -> None:
        """Take a decision out of force."""
        del self.in_force[decision.seq]
        for places, key in self._places(decision):
            places[key].discard(decision.seq)

    def join(self, pair: Pair, joint: Joint) -> None:
        """Take a merge or split into force."""
        self.merges.apply(pair, joint.what)
        self.joints[pair] = joint

    def on_record(self, record: str) -> list[Decision]:
        """Return the decisions in force on a record, oldest first."""
        return [self.in_force[seq] for seq in sorted(self._on_record.get(record, ()))]

    def on_person(self, key: str) -> list[Decision]:
        """Return the decisions in force that name a person by this key, oldest first."""
        return [self.in_force[seq] for seq in sorted(self._on_person.get(key, ()))]

    def verdict(self, answer: Answer, by: str, since: int) -> Verdict:
        """Judge an answer.

        Args:
            answer: The answer.
            by: The steward.
            since: Decisions from this number on are of the same batch; a batch that says two
                things about one question is refused.
        """
        about = list(self._on_pair(answer) if answer.other_key else self._on_question(answer))
        for one in about:
            if one.answer.answer == answer.answer and self._same_question(one.answer, answer):
                return Verdict(repeats=one)
        for one in about:
            if one.seq >= since:
                return Verdict(conflict="another answer of the same batch says otherwise")
            if one.answer.answer != "unsure" and one.by != by:
                return Verdict(conflict=f"{_told(one)}")
        passed = {one.seq for one in about}
        return Verdict(overrules=tuple(about), conflict=self._conflict(answer, passed))

    def barred(
        self, pair: Pair, passed: set[int] | frozenset[int] = frozenset()
    ) -> Decision | None:
        """Return the decision that forbids two people to be one; None when nothing does.

        Somebody declared two of all the keys not the same that would become one person; or one
        record is decided to be one of them, and not to be another.

        Args:
            pair: The two people.
            passed: Decisions to be passed over.
        """
        one, other = pair
        left, right = self.merges.group_of(one), self.merges.group_of(other)
        if other in left:
            return None
        for ours, theirs in ((left, right), (right, left)):
            for denied in (found for key in sorted(ours) for found in self.on_person(key)):
                stands = denied.answer.answer == "not_same" and denied.seq not in passed
                if stands and self._denies(denied, theirs):
                    return denied
        return None

    def _denies(self, denied: Decision, theirs: set[str]) -> bool:
        if denied.pair:
            return bool(denied.pair & theirs)
        record = denied.answer.person_record_id or ""
        return any(
            one.answer.answer == "same" and one.answer.person_key in theirs
            for one in self.on_record(record)
        )

    def _conflict(self, answer: Answer, passed: set[int]) -> str | None:
        if answer.other_key is None or answer.answer == "unsure":
            return None
        pair = frozenset((answer.person_key, answer.other_key))
        if answer.answer == "same":
            denied = self.barred(pair, passed)
            return f"{_told(denied)} of people who would become one" if denied else None
        if answer.other_key not in self.merges.group_of(answer.person_key, without=pair):
            return None
        return "the two are one person by way of merges with others, which must be undone first"

    def _on_pair(self, answer: Answer) -> Iterator[Decision]:
        pair = frozenset((answer.person_key, answer.other_key))
        return (one for one in self.on_person(answer.person_key) if one.pair == pair)

    def _on_question(self, answer: Answer) -> Iterator[Decision]:
        """Yield the decisions on a record and person, and what says it is somebody else."""
        for one in self.on_record(answer.person_record_id or ""):
            both_same = one.answer.answer == answer.answer == "same"
            if both_same or self._same_question(one.answer, answer):
                yield one

    def _same_question(self, one: Answer, other: Answer) -> bool:
        if one.other_key or other.other_key:
            return True  # the pair is the question
        survivor = self.merges.survivor
        return survivor(one.person_key) == survivor(other.person_key)

    def _places(self, decision: Decision) -> Iterator[tuple[dict[str, set[int]], str]]:
        answer = decision.answer
        if answer.person_record_id:
            yield self._on_record, answer.person_record_id
        for key in (answer.person_key, answer.other_key):
            if key:
                yield self._on_person, key


def _told(decision: Decision) -> str:
    return f"{decision.by} decided {decision.answer.answer!r} on {decision.when}"
