"""Finding somebody on the page of a record, and answering that it is the same."""

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from hit_pipeline.review.compare import compared
from hit_pipeline.review.desk import Desk, Pick, State
from hit_pipeline.review.finding import Person, shown_people
from hit_pipeline.review.forms import Sent, note, one
from hit_pipeline.review.questions import Case


def found(request: Request, desk: Desk, shown: Case) -> dict[str, Any]:
    """Return what the page of a case tells of somebody sought or chosen in its address."""
    sought = request.query_params.get("find", "").strip()
    chosen = request.query_params.get("person", "")
    may = may_find(desk.state, shown)
    told: dict[str, Any] = {"may_find": may, "sought": sought, "found": [], "chosen": None}
    if may and chosen:
        person = _person(desk, shown, chosen)
        lines = compared(shown.first.about(person.key, person.known))
        told["chosen"] = {"key": person.key, "name": person.name, "lines": lines}
    elif may and sought:
        told["found"] = shown_people(desk.directory(shown.first.role).find(sought))
    return told


def picked(desk: Desk, state: State, shown: Case, fields: Sent) -> list[Pick]:
    """Return the answer that a record is somebody who was found; none when the form names nobody.

    A candidate of the record who was found is that candidate.
    """
    key = one(fields, "person")
    if key is None:
        return []
    if one(fields, "answer") != "same" or not may_find(state, shown):
        words = "The record was answered meanwhile, or is not one to find somebody for."
        raise HTTPException(HTTPStatus.CONFLICT, words)
    person = _person(desk, shown, key)
    asked = [each for each in shown.questions if each.candidate == person.key]
    question = asked[0] if asked else shown.first.about(person.key, person.known)
    return [Pick(question, "same", note(fields))]


def may_find(state: State, shown: Case) -> bool:
    """Say whether somebody may be found: it is a record, and nobody said whom it is."""
    answers = (state.answers.get(each.id) for each in shown.questions)
    said = any(answer is not None and answer["answer"] == "same" for answer in answers)
    return shown.first.record is not None and not said


def _person(desk: Desk, shown: Case, key: str) -> Person:
    person = desk.directory(shown.first.role).person(key)
    if person is None:
        words = "Nobody of that key is in the newest tables."
        raise HTTPException(HTTPStatus.BAD_REQUEST, words)
    return person
