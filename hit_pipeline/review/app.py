"""The pages as one application: addresses, errors in words, and the guard around it all."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hit_pipeline.errors import HitError
from hit_pipeline.review import bulk_pages, log_pages, queue_pages
from hit_pipeline.review.forms import Sent, sent
from hit_pipeline.review.guard import Guard
from hit_pipeline.review.rendering import Room, room_of

_TITLES = {
    HTTPStatus.BAD_REQUEST: "That cannot be read",
    HTTPStatus.FORBIDDEN: "Not opened",
    HTTPStatus.NOT_FOUND: "Not there",
    HTTPStatus.METHOD_NOT_ALLOWED: "Not this way",
    HTTPStatus.CONFLICT: "Not written",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too long",
    HTTPStatus.INTERNAL_SERVER_ERROR: "That did not work",
}
_WORDS = {
    HTTPStatus.NOT_FOUND: "There is no page of that address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address is opened another way: go back to the queue.",
}
_BROKEN = (
    "Something went wrong inside of hit review. Whatever was being decided was not written; the "
    "log shows what was. The terminal names the error."
)

Action = Callable[[Request, Sent], Response]


def application(room: Room) -> Guard:
    """Return the pages behind their guard, an ASGI application."""
    pages = Starlette(
        routes=[
            Route("/", queue_pages.queue),
            Route("/case/{case}", queue_pages.case),
            Route("/case/{case}/answer", _posted(queue_pages.answer), methods=["POST"]),
            Route("/bulk", bulk_pages.kinds),
            Route("/bulk/list", bulk_pages.listed),
            Route("/bulk/ask", _posted(bulk_pages.ask), methods=["POST"]),
            Route("/bulk/accept", _posted(bulk_pages.accept), methods=["POST"]),
            Route("/log", log_pages.log),
            Route("/undo", _posted(log_pages.undo), methods=["POST"]),
            Mount("/static", StaticFiles(packages=[("hit_pipeline.review", "static")])),
        ],
        exception_handlers={
            HTTPException: _refused,
            HitError: _stopped,
            Exception: _broken,
        },
    )
    pages.state.room = room
    return Guard(pages, room.keys)


def _posted(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """Return an address that takes forms of this session only, decided beside other requests."""

    async def endpoint(request: Request) -> Response:
        fields = await sent(request, room_of(request).keys.form)
        return await run_in_threadpool(action, request, fields)

    return endpoint


def _refused(request: Request, error: Exception) -> Response:
    """Tell in words what is wrong with a request."""
    status = HTTPStatus(getattr(error, "status_code", HTTPStatus.BAD_REQUEST))
    stated = getattr(error, "detail", "")
    words = stated if stated != status.phrase else _WORDS.get(status, status.description)
    return _told(request, status, words)


def _stopped(request: Request, error: Exception) -> Response:
    """Tell in words why nothing was written."""
    return _told(request, HTTPStatus.CONFLICT, str(error))


def _broken(request: Request, _error: Exception) -> Response:
    return _told(request, HTTPStatus.INTERNAL_SERVER_ERROR, _BROKEN)


def _told(request: Request, status: HTTPStatus, words: str) -> Response:
    title = _TITLES.get(status, status.phrase)
    told = {"title": title, "told_words": words, "done": []}
    return room_of(request).page(request, "error", told, status)
