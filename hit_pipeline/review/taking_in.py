"""Reading a workbook of the review back: answers are decided, conflicts told row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.errors import HitError
from hit_pipeline.review.desk import ANSWERS, Decision, Desk, Pick, State, stamp
from hit_pipeline.review.forms import MOST_NOTE
from hit_pipeline.review.questions import Question
from hit_pipeline.review.workbook import ASKED, shown_of
from hit_pipeline.sources.reading.excel import as_text
from hit_pipeline.templates.check import Problem, check, is_touched
from hit_pipeline.templates.layout import REVIEW_ANSWERS, ROW_ID
from hit_pipeline.templates.reading import Filled, FilledRow, read_filled

_ANSWERS = {word.casefold(): answer for word, answer in zip(REVIEW_ANSWERS, ANSWERS, strict=True)}


@dataclass(frozen=True)
class TakenIn:
    """What became of the rows somebody answered.

    Attributes:
        decided: Rows that were decided now.
        already: Rows somebody had answered the same way before.
        refused: What stands against every other row; their words may name pupils.
    """

    decided: int
    already: int
    refused: tuple[Problem, ...]


def take_in(path: Path, desk: Desk) -> TakenIn:
    """Decide what a workbook answers.

    A row is refused when it was edited, its answer is unknown, its question is gone, what it shows
    is not what is known now, or somebody decided otherwise. The others are decided, in one
    transaction; nothing is overwritten.

    Raises:
        HitError: It is no workbook of the review, or not whole: nothing is read then.
    """
    filled = read_filled(path)
    if filled.info.get("template") != "review":
        message = f"{path.name} is no workbook of the review"
        raise HitError(message, remedy="Take one that hit review export has written.")
    refused = _refused_rows(filled)
    spoilt = {problem.row for problem in refused}
    rows = [row for row in filled.rows if is_touched(row, "review") and row.number not in spoilt]
    picks: dict[int, Pick] = {}
    already = 0
    for row in rows:
        found = _pick(filled, row, desk.state)
        if isinstance(found, Pick):
            picks[row.number] = found
        elif found is None:
            already += 1
        else:
            refused.append(Problem(filled.sheet, row.number, None, found))
    refused += [Problem(filled.sheet, *one) for one in _twice(picks)]
    decided, late = _decide(desk, picks)
    refused += [Problem(filled.sheet, row, None, words) for row, words in late]
    return TakenIn(decided, already, tuple(sorted(refused, key=lambda one: one.row or 0)))


def _refused_rows(filled: Filled) -> list[Problem]:
    """Return what is wrong in rows.

    Raises:
        HitError: The workbook as a whole is not as it was written.
    """
    found = [problem for problem in check(filled) if problem.sheet == filled.sheet]
    for problem in found:
        if problem.row is None:
            message = f"the workbook {problem.words}"
            raise HitError(message, remedy="Export it again; nothing was taken in.")
    return found


def _pick(filled: Filled, row: FilledRow, state: State) -> Pick | str | None:
    """Return what a row decides; None when that stands already; words when it cannot be taken."""
    number = (as_text(row.cells[ROW_ID]) or "").rpartition("-")[2]
    shown = filled.roster[number]
    answer = _ANSWERS[(as_text(row.cells["Answer"]) or "").strip().casefold()]
    note = (as_text(row.cells.get("Note")) or "").strip() or None
    question = state.questions.get(shown[ASKED])
    if note is not None and len(note) > MOST_NOTE:
        return f"has a note of more than {MOST_NOTE:,} characters; shorten it"
    if question is None:
        return "is not asked any more: a run of the pipeline since the export has settled it"
    before = state.answers.get(question.id)
    if before is not None and _implies(before, question, answer):
        return None
    if before is not None and before["answer"] != "unsure":
        told = f"{before['decided_by']} answered {ANSWERS[before['answer']]!r}, {stamp(before)}"
        return f"was decided otherwise: {told}. Undo that in the log of hit review first"
    if changed := _changed(question, shown):
        return f"shows what is not known any more ({', '.join(changed)}); look at it again"
    return Pick(question, answer, note)


def _implies(before: Decision, question: Question, answer: str) -> bool:
    """Say whether a decision comes to the same: who is somebody else is not this candidate."""
    is_other = question.candidate not in {before["person_key"], before["lives_as"]}
    if question.record is not None and before["answer"] == "same" and is_other:
        return answer == "not_same"
    return bool(before["answer"] == answer)


def _changed(question: Question, shown: Mapping[str, str]) -> list[str]:
    return [name for name, cell in shown_of(question).items() if shown.get(name, "") != cell]


def _twice(picks: dict[int, Pick]) -> Iterator[tuple[int, None, str]]:
    """Take out rows that make two people of one record the same; say so of each."""
    same: dict[str, list[int]] = {}
    for row, pick in picks.items():
        if pick.answer == "same" and pick.question.record:
            same.setdefault(pick.question.record, []).append(row)
    for rows in (found for found in same.values() if len(found) > 1):
        for row in rows:
            del picks[row]
            others = ", ".join(str(one) for one in rows if one != row)
            yield row, None, f"and row {others} cannot both be the same person: choose one"


def _decide(desk: Desk, picks: dict[int, Pick]) -> tuple[int, Sequence[tuple[int, str]]]:
    """Decide everything at once; where somebody was faster, row by row."""
    if not picks:
        return 0, []
    try:
        return len(desk.decide(list(picks.values()))), []
    except HitError:
        late = []
        for row, pick in picks.items():
            try:
                desk.decide([pick])
            except HitError as error:
                late.append((row, f"was not taken: {error}"))
        return len(picks) - len(late), late
