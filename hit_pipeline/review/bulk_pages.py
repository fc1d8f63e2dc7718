"""Answering many questions of one kind at once: those whose names and more agree.

Three steps: choose a kind, look through all of it, confirm. Everything is written in one
transaction.
"""

from collections import Counter
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hit_pipeline.review.choice import Choice
from hit_pipeline.review.compare import agreement
from hit_pipeline.review.desk import Pick, State
from hit_pipeline.review.forms import Sent, note
from hit_pipeline.review.questions import Question
from hit_pipeline.review.rendering import choice_of, done_of, room_of, see

AGREEMENTS = {
    "birth": "first name, last name and birth date",
    "school": "first name, last name, school and grade; a birth date is missing",
}
"""What record and candidate agree in, in words."""


def kinds(request: Request) -> Response:
    """Show which kinds of questions may be answered at once, and how many there are of each."""
    room = room_of(request)
    state = room.desk.state
    found = Counter(
        Choice(one.role, one.source or "", one.kind, by=by)
        for by in AGREEMENTS
        for one in alike(state, Choice(by=by))
    )
    ordered = sorted(found.items(), key=lambda pair: (pair[0].by, -pair[1], pair[0].query))
    return room.page(
        request,
        "bulk",
        {"sorts": ordered, "AGREEMENTS": AGREEMENTS, "done": done_of(request, state)},
    )


def listed(request: Request) -> Response:
    """Show every question of a kind that may be answered at once."""
    room, choice = room_of(request), choice_of(request)
    found = alike(room.desk.state, choice)
    told = {"choice": choice, "questions": found, "agreed": _agreed(choice), "done": []}
    return room.page(request, "bulk_list", told)


def ask(request: Request, fields: Sent) -> Response:
    """Ask once more before the chosen questions are answered."""
    room, choice = room_of(request), choice_of(request)
    chosen = _chosen(room.desk.state, choice, fields)
    told = {"choice": choice, "questions": chosen, "note": note(fields) or "", "done": []}
    return room.page(request, "bulk_ask", told)


def accept(request: Request, fields: Sent) -> Response:
    """Answer the chosen questions with the same person, all or none."""
    room, choice = room_of(request), choice_of(request)
    chosen = _chosen(room.desk.state, choice, fields)
    made = room.desk.decide([Pick(one, "same", note(fields)) for one in chosen])
    return see(f"/log?done={made[0]}")


def alike(state: State, choice: Choice) -> list[Question]:
    """Return open questions about a record whose best candidate agrees as the choice says.

    No other candidate of the record may agree in any such way. Two people are never among them:
    making them one is decided one by one.
    """
    return [
        case.first
        for case in choice.among(state)
        if case.first.record
        and agreement(case.first) == (choice.by or "birth")
        and not any(agreement(other) for other in case.questions[1:])
    ]


def _agreed(choice: Choice) -> str:
    return AGREEMENTS.get(choice.by or "birth", "nothing")


def _chosen(state: State, choice: Choice, fields: Sent) -> list[Question]:
    """Return the questions a form names.

    Raises:
        HTTPException: It names none, or one that may not be answered at once any more.
    """
    may = {one.id: one for one in alike(state, choice)}
    named = list(dict.fromkeys(fields.get("question", [])))
    if not named:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Nothing was chosen. Go back and choose.")
    if not may.keys() >= set(named):
        words = "The list has changed since you saw it; nothing was written. Look at it again."
        raise HTTPException(HTTPStatus.CONFLICT, words)
    return [may[one] for one in named]
