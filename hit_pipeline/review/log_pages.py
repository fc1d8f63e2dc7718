"""Who decided what and when, and taking it back."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hit_pipeline.review.desk import Decision, State
from hit_pipeline.review.forms import Sent, note, one
from hit_pipeline.review.rendering import choice_of, done_of, page_of, room_of, see, together

ON_A_PAGE = 100


def log(request: Request) -> Response:
    """Show every decision, the newest first."""
    room = room_of(request)
    state = room.desk.state
    page, last = page_of(request, len(state.decisions), ON_A_PAGE)
    newest = state.decisions[::-1][(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    told = {
        "entries": [(one, state.question_of(one)) for one in newest],
        "page": page,
        "last": last,
        "count": len(state.decisions),
        "done": done_of(request, state),
    }
    return room.page(request, "log", told)


def undo(request: Request, fields: Sent) -> Response:
    """Take a decision back, or with ``all`` everything decided in one transaction with it."""
    room, choice = room_of(request), choice_of(request)
    desk = room.desk
    state = desk.state
    seq = _number(one(fields, "seq"))
    chosen = together(state, seq) if one(fields, "all") else [state.decision(seq)]
    found = [decision for decision in chosen if decision is not None]
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such decision.")
    standing = [decision for decision in found if decision["in_force"]]
    made = desk.undo([decision["seq"] for decision in standing or found], note(fields))
    if one(fields, "back") == "log" or len(found) > 1:
        return see(f"/log?done={made[-1]}")
    return see(_place_of(state, found[0]) + choice.with_done(made[-1]))


def _place_of(state: State, decision: Decision) -> str:
    """Return where what was taken back is asked again; the queue, when the next run will ask."""
    question = state.question_of(decision)
    return f"/case/{question.case}" if question else "/"


def _number(stated: str | None) -> int:
    if stated is None or not stated.isascii() or not stated.isdecimal() or len(stated) > 18:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "That is no number of a decision.")
    return int(stated)
