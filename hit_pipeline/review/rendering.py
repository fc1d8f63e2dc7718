"""Pages of HTML: the templates, and what every page needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from hit_pipeline.review import words
from hit_pipeline.review.choice import Choice
from hit_pipeline.review.desk import ANSWERS, Decision, Desk, State
from hit_pipeline.review.finding import MOST
from hit_pipeline.review.forms import MOST_NOTE
from hit_pipeline.review.guard import Keys


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("hit_pipeline.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=words, ANSWERS=ANSWERS, MOST_NOTE=MOST_NOTE, MOST_FOUND=MOST)
    return made


@dataclass(frozen=True)
class Room:
    """What the pages of one server share.

    Attributes:
        desk: Where questions are and decisions go.
        keys: The secrets of this start.
        district: The district's name.
        zone: Zone in which times are shown.
        environment: The templates.
    """

    desk: Desk
    keys: Keys
    district: str
    zone: ZoneInfo
    environment: Environment = field(default_factory=_environment)

    def page(
        self,
        request: Request,
        name: str,
        told: Mapping[str, Any],
        status: HTTPStatus = HTTPStatus.OK,
    ) -> HTMLResponse:
        """Return a template as a page."""
        text = self.environment.get_template(f"{name}.html").render(
            room=self, path=request.url.path, **told
        )
        return HTMLResponse(text, status)

    def when(self, decision: Decision) -> str:
        """Return when a decision was made, by the clocks of the district."""
        at = decision["decided_at"]
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


def room_of(request: Request) -> Room:
    """Return the room a request is in."""
    room: Room = request.app.state.room
    return room


def choice_of(request: Request) -> Choice:
    """Return what the address says the steward wants to see."""
    return Choice.of(request.query_params)


def done_of(request: Request, state: State) -> list[Decision]:
    """Return the decisions the address says were just made: all of that transaction."""
    stated = request.query_params.get("done", "")
    seq = int(stated) if stated.isascii() and stated.isdecimal() else 0
    return together(state, seq)


def together(state: State, seq: int) -> list[Decision]:
    """Return the decisions made in one transaction with a decision; none when there is no such."""
    one = state.decision(seq)
    if one is None:
        return []
    maker = one["decided_by"], one["decided_at"]
    return [each for each in state.decisions if (each["decided_by"], each["decided_at"]) == maker]


def page_of(request: Request, items: int, size: int) -> tuple[int, int]:
    """Return which page of a list is asked for, 1-based and within the list, and how many are."""
    stated = request.query_params.get("page", "1")
    last = max(1, -(-items // size))
    wanted = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) <= 9 else 1
    return min(max(1, wanted), last), last


def see(address: str) -> RedirectResponse:
    """Lead the browser on after a form, so that going back sends nothing twice."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
