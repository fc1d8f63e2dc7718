"""The steward's desk: what waits, what was decided, and deciding.

Pages and workbooks both work here, so that a question is answered by one rule however it is asked.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hit_pipeline.errors import HitError, NotFound, QuestionClosed
from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
from hit_pipeline.review.finding import Directory, stamps
from hit_pipeline.review.questions import (
    Case,
    Question,
    cases_of,
    read_queue,
    read_unmatched,
)
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.vocabulary import PERSON_ROLES

ANSWERS = {"same": "same", "not_same": "not the same", "unsure": "unsure"}
"""Answer to what people call it."""

_TABLES = ("review_queue", "unmatched")

Decision = dict[str, Any]
"""One row of ``registry.decisions``."""


@dataclass(frozen=True)
class Pick:
    """One answer to one question."""

    question: Question
    answer: str
    note: str | None = None


@dataclass(frozen=True)
class State:
    """What the desk knows at one moment.

    Attributes:
        questions: Every question of the newest table, answered ones too, by id.
        decisions: Every decision, oldest first.
        answers: The decision in force that answers a question, by its id. A record that is the
            same as one candidate needs no answer about the others.
        open: Cases that wait, in the order of harm, with the questions not yet answered.
        aside: Cases a steward was unsure of, likewise.
        alone: Records in review with nobody to compare with, likewise: somebody must be found.
        unmatched: Records no rule found anybody for, likewise.
    """

    questions: dict[str, Question]
    decisions: tuple[Decision, ...]
    answers: dict[str, Decision]
    open: tuple[Case, ...]
    aside: tuple[Case, ...]
    alone: tuple[Case, ...]
    unmatched: tuple[Case, ...] = ()

    def case(self, case_id: str) -> Case | None:
        """Return a case with all its questions, whatever was answered; None when it is gone."""
        found = [one for one in self.questions.values() if one.case == case_id]
        return cases_of(found)[0] if found else None

    def decision(self, seq: int) -> Decision | None:
        """Return one decision."""
        return next((one for one in self.decisions if one["seq"] == seq), None)

    def question_of(self, decision: Decision) -> Question | None:
        """Return a question a decision is about, if the newest table still has it."""
        of_record = decision["person_record_id"]
        pair = {decision["person_key"], decision["other_key"]}
        about = (
            one
            for one in self.questions.values()
            if one.record == of_record and (of_record or {one.candidate, one.other} == pair)
        )
        return next(about, None)


class Desk:
    """Where one steward decides; safe to be asked by several threads at once."""

    def __init__(
        self, lake: Lake, registry: Registry, steward: str, clock: Callable[[], datetime]
    ) -> None:
        """Sit down at a lake's newest questions.

        Args:
            lake: Where ``review_queue`` is.
            registry: Where decisions are written, and those of others are seen.
            steward: Who decides; stands in the registry.
            clock: Tells the instant of a decision, UTC.
        """
        self.steward = steward
        self._lake, self._registry, self._clock = lake, registry, clock
        self._lock = threading.RLock()
        self._seen: tuple[object, object] | None = None
        self._state = State({}, (), {}, (), (), ())
        self._directories: dict[str, tuple[object, Directory]] = {}

    @property
    def state(self) -> State:
        """What is known now; read again when the table or the registry changed."""
        with self._lock:
            asked, left = (self._lake.parts(TABLES[name]) for name in _TABLES)
            paths = (*asked, *left)
            files = tuple((path, path.stat().st_ino, path.stat().st_mtime_ns) for path in paths)
            seen = (files, self._registry.fingerprint())
            if seen != self._seen:
                same_table = self._seen is not None and self._seen[0] == files
                questions = self._state.questions
                if not same_table:
                    questions = read_queue(asked) | read_unmatched(left)
                self._state, self._seen = _state(questions, self._decisions()), seen
            return self._state

    def question(self, question_id: str) -> Question:
        """Return a question of the newest table.

        Raises:
            QuestionClosed: There is none: the newest run has settled it.
        """
        found = self.state.questions.get(question_id)
        if found is None:
            message = "the newest run of the pipeline does not ask this any more"
            raise QuestionClosed(message, remedy="Go on with the queue.")
        return found

    def directory(self, role: str) -> Directory:
        """Return the people of a role to find somebody in; read again when the tables changed."""
        with self._lock:
            seen = stamps(self._lake)
            if role not in self._directories or self._directories[role][0] != seen:
                self._directories[role] = (seen, Directory.read(self._lake, role))
            return self._directories[role][1]

    def decide(self, picks: Sequence[Pick]) -> list[int]:
        """Answer questions, all in one transaction or none.

        Returns:
            The numbers of the decisions.

        Raises:
            QuestionClosed: One of them was answered meanwhile.
            NotFound: An answer is none of `ANSWERS`.
            HitError: An answer does not fit its question, or somebody decided otherwise.
        """
        with self._lock:
            refuse_misfits(picks)
            for pick in picks:
                self.refuse_taken(pick.question)
            answers = [pick.question.answered(pick.answer, pick.note) for pick in picks]
            return self._registry.decide(answers, by=self.steward, now=self._clock())

    def undo(self, seqs: Sequence[int], note: str | None) -> list[int]:
        """Take decisions back; each in a transaction of its own.

        Raises:
            HitError: One of them is not in force.
        """
        with self._lock:
            for seq in seqs:
                decision = self.state.decision(seq)
                if decision is None or not decision["in_force"]:
                    message = "that decision is not in force any more"
                    remedy = "The log says who took it back."
                    raise QuestionClosed(message, remedy=remedy)
            now = self._clock()  # of all: they are one act
            return [self._registry.undo(seq, by=self.steward, note=note, now=now) for seq in seqs]

    def refuse_taken(self, question: Question) -> None:
        """Raise `QuestionClosed` when a question has an answer, but for one that says unsure."""
        before = self.state.answers.get(question.id)
        if before is not None and before["answer"] != "unsure":
            word = ANSWERS[before["answer"]]
            message = f"{before['decided_by']} answered {word!r} on {stamp(before)}"
            raise QuestionClosed(message, remedy="Undo that decision in the log to decide anew.")

    def _decisions(self) -> Iterator[Decision]:
        for role in PERSON_ROLES:
            yield from self._registry.decisions(role).to_pylist()


def stamp(decision: Decision) -> str:
    """Return when a decision was made, in UTC, to the minute."""
    return f"{decision['decided_at']:%Y-%m-%d %H:%M} UTC"


def refuse_misfits(picks: Sequence[Pick]) -> None:
    """Raise where an answer is unknown, or two candidates are to be one record.

    Raises:
        NotFound: An answer is none of `ANSWERS`.
        HitError: It does not fit.
    """
    same = [pick.question.record for pick in picks if pick.answer == "same"]
    for pick in picks:
        if pick.answer not in ANSWERS:
            kind = "answer"
            raise NotFound(kind, pick.answer, ANSWERS)
        if pick.answer == "same" and pick.question.record and same.count(pick.question.record) > 1:
            message = "two candidates of one record cannot both be the same person"
            raise HitError(message, remedy="Choose one of them.")


def _state(questions: dict[str, Question], decisions: Iterator[Decision]) -> State:
    known = tuple(sorted(decisions, key=lambda one: int(one["seq"])))
    newest = _in_force(known)
    answers = {
        one.id: answer for one in questions.values() if (answer := _answer(newest, one)) is not None
    }
    asked = [one for one in questions.values() if one.candidate is not None]
    unanswered = (one for one in asked if one.id not in answers)
    doubted = (one for one in asked if _says(answers.get(one.id), "unsure"))
    nobody = [one for one in questions.values() if one.candidate is None and one.id not in answers]
    alone = (one for one in nobody if not one.is_unmatched)
    unmatched = (one for one in nobody if one.is_unmatched)
    gathered = (tuple(cases_of(part)) for part in (unanswered, doubted, alone, unmatched))
    return State(questions, known, answers, *gathered)


def _in_force(decisions: Sequence[Decision]) -> dict[tuple[object, object], Decision]:
    """Return decisions in force by record and pair of people, and by record whose person is known.

    The pair is of candidate and other, in either order; of a record whose person is known it is
    ``same``.
    """
    found: dict[tuple[object, object], Decision] = {}
    for one in decisions:
        if one["in_force"]:
            record = one["person_record_id"]
            for key in (one["person_key"], one["lives_as"]):
                found[record, frozenset((key, one["other_key"]))] = one
            if record is not None and one["answer"] == "same":
                found[record, "same"] = one
    return found


def _answer(newest: dict[tuple[object, object], Decision], one: Question) -> Decision | None:
    """Return what answers a question: a decision on it, else that the record is somebody."""
    own = newest.get((one.record, frozenset((one.candidate, one.other))))
    if own is not None and own["answer"] != "unsure":
        return own
    return (newest.get((one.record, "same")) if one.record else None) or own


def _says(decision: Decision | None, answer: str) -> bool:
    return decision is not None and decision["answer"] == answer
