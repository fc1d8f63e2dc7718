"""The queue in the order of harm, and one case of it."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hit_pipeline.identity.wording import evidence_in_words, settling
from hit_pipeline.review import find_pages
from hit_pipeline.review.choice import neighbours
from hit_pipeline.review.compare import compared
from hit_pipeline.review.desk import Desk, Pick, State
from hit_pipeline.review.forms import Sent, note, one
from hit_pipeline.review.questions import Case
from hit_pipeline.review.rendering import choice_of, done_of, page_of, room_of, see

ON_A_PAGE = 50


def queue(request: Request) -> Response:
    """Show what waits, or what a steward was unsure of, most harm first."""
    room, choice = room_of(request), choice_of(request)
    state = room.desk.state
    cases = choice.among(state)
    page, last = page_of(request, len(cases), ON_A_PAGE)
    told = {
        "choice": choice,
        "sorts": choice.sorts(state),
        "waiting": state.open,
        "aside": state.aside,
        "alone": state.alone,
        "unmatched": state.unmatched,
        "cases": cases[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        "found": tuple(cases),
        "page": page,
        "last": last,
        "offset": (page - 1) * ON_A_PAGE,
        "done": done_of(request, state),
    }
    return room.page(request, "queue", told)


def case(request: Request) -> Response:
    """Show one record with its candidates side by side."""
    room, choice = room_of(request), choice_of(request)
    state = room.desk.state
    shown = _case(state, request.path_params["case"])
    cases = choice.among(state)
    before, after = neighbours(cases, shown)
    places = [at for at, one in enumerate(cases, start=1) if one.id == shown.id]
    told = {
        **find_pages.found(request, room.desk, shown),
        "choice": choice,
        "case": shown,
        "settling": settling(shown.first.kind),
        "place": places[0] if places else None,
        "places": len(cases),
        "before": before,
        "after": after,
        "pairs": [
            {
                "question": one,
                "lines": compared(one),
                "evidence": evidence_in_words(one.evidence),
                "decision": state.answers.get(one.id),
            }
            for one in shown.questions
        ],
        "open": [one for one in shown.questions if is_open(state, one.id)],
        "done": done_of(request, state),
    }
    return room.page(request, "case", told)


def answer(request: Request, fields: Sent) -> Response:
    """Decide a case, or one question of it, and lead on to the next case."""
    room, choice = room_of(request), choice_of(request)
    desk = room.desk
    state = desk.state
    shown = _case(state, request.path_params["case"])
    picks = find_pages.picked(desk, state, shown, fields) or _picks(desk, state, shown, fields)
    _, after = neighbours(choice.among(state), shown)
    done = choice.with_done(desk.decide(picks)[0])
    left = desk.state.case(shown.id)
    if left and one(fields, "answer") == "not_same" and _is_waiting(desk.state, left):
        return see(f"/case/{shown.id}{done}")
    return see(f"/case/{after.id}{done}" if after else f"/{done}")


def _picks(desk: Desk, state: State, shown: Case, fields: Sent) -> list[Pick]:
    """Return what a form answers: one question, or by ``none`` and ``unsure`` all that are open."""
    stated, remark = one(fields, "answer") or "", note(fields)
    if stated in {"none", "unsure"}:
        given = "not_same" if stated == "none" else stated
        asked = [each for each in shown.questions if is_open(state, each.id)]
        return [Pick(each, given, remark) for each in asked or shown.questions]
    asked_about = desk.question(one(fields, "question") or "")
    if asked_about.case != shown.id:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "That question is about another record.")
    return [Pick(asked_about, stated, remark)]


def is_open(state: State, question_id: str) -> bool:
    """Say whether a question may be answered: nobody did, or somebody was unsure."""
    decision = state.answers.get(question_id)
    return decision is None or decision["answer"] == "unsure"


def _is_waiting(state: State, shown: Case) -> bool:
    return any(one.id not in state.answers for one in shown.questions)


def _case(state: State, case_id: str) -> Case:
    found = state.case(case_id)
    if found is None:
        words = "This is not asked any more: the newest run of the pipeline has settled it."
        raise HTTPException(HTTPStatus.NOT_FOUND, words)
    return found
