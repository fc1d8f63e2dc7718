"""What a contract says of a vendor's web service: how it is asked, page by page.

The address and the secrets are settings of the source (`hit_pipeline.settings_remote.Rest`); here
stands what is the same in every district. Which requests follow from it is in
`hit_pipeline.sources.vendor.rest`.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hit_pipeline.errors import Misfit, Misfits
from hit_pipeline.settings_values import Model, Zone

HEADER = "header:"
"""What a name begins with that is a header of the request or the answer."""
PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[^{}]+)?)\}")
"""A place in a text: ``{name}`` of the settings' ``parameters``, or ``{file.column}``."""


def _date_format(text: str) -> str:
    if text not in ("iso", "date", "epoch", "epoch_ms") and "%" not in text:
        message = "must be iso, date, epoch, epoch_ms or a format such as %m/%d/%Y"
        raise ValueError(message)
    return text


def _day(text: str) -> str:
    if PLACE.fullmatch(text) is None:
        try:
            date.fromisoformat(text)
        except ValueError:
            message = "must be a day such as 2026-08-01, or a place such as {first_day}"
            raise ValueError(message) from None
    return text


def _no_secret(names: dict[str, str]) -> dict[str, str]:
    found = [name for name in names if name.casefold() in ("authorization", "cookie")]
    if found:
        problem = "is how we say who we are: that is `auth`, and the secret a setting of the source"
        raise Misfits([Misfit((name,), problem) for name in found])
    return names


DateFormat = Annotated[str, AfterValidator(_date_format)]
"""``iso`` (2026-11-03T08:00:00Z), ``date`` (2026-11-03), ``epoch``, ``epoch_ms``, or strftime."""


class Paging(Model):
    """How a service cuts its rows into pages.

    Attributes:
        by: ``none``: one answer holds all; ``page``: pages have numbers; ``offset``: rows to pass
            over; ``cursor``: each answer names what to ask the next page with; ``link``: each
            answer holds the next page's whole address.
        parameter: Parameter the page number, offset or cursor goes to, or ``header:<name>``.
        first: Number of the first page.
        next: Where the next cursor or link stands in an answer: a dotted path in the body, or
            ``header:<name>``; None: in the ``Link`` header, for ``link`` only.
        size_parameter: Parameter for the number of rows wanted.
        size: Rows asked for at once, unless the settings say otherwise.
        most: Most rows an answer can hold; more are never asked for, and an answer without pages
            that holds as many is not taken for whole.
        total: Where the number of all rows stands: a dotted path in the body, or
            ``header:<name>``. A crawl that ends with fewer is begun again.
    """

    by: Literal["none", "page", "offset", "cursor", "link"] = "none"
    parameter: str | None = None
    first: int = 1
    next: str | None = None
    size_parameter: str | None = None
    size: int | None = Field(default=None, ge=1)
    most: int | None = Field(default=None, ge=1)
    total: str | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        needs = {"page": ["parameter"], "offset": ["parameter"], "cursor": ["parameter", "next"]}
        missing = [key for key in needs.get(self.by, []) if getattr(self, key) is None]
        if missing:
            raise Misfits(Misfit((key,), f"is needed for pages by {self.by}") for key in missing)
        return self


class Window(Model):
    """Rows asked for by a span of time, one span after another.

    Attributes:
        from_: ``from``: parameter of a span's begin.
        to: Parameter of its end; None: the service has none, and there is one span up to now.
        format: How both are written.
        zone: Zone of the days, and of what is written without one; None: the source's.
        ends: ``inclusive``: rows of the end itself are in the span; ``exclusive``: they are not.
        days: Days of one span; None: one span for all.
        first_day: Day the first span begins on when everything is asked for: ``2026-08-01``, or
            ``{first_day}`` of the settings' ``parameters``. What lies before is not asked for.
        look_back_days: How many days before the last asking an increment begins, when the settings'
            ``look_back_hours`` are fewer: a row may still change so long after its time.
        ahead_days: How far after today the last span ends, for what is planned.
    """

    from_: str = Field(alias="from")
    to: str | None = None
    format: DateFormat = "date"
    zone: Zone | None = None
    ends: Literal["inclusive", "exclusive"] = "inclusive"
    days: int | None = Field(default=None, ge=1)
    first_day: Annotated[str, AfterValidator(_day)] = "{first_day}"
    look_back_days: int = Field(default=14, ge=0)
    ahead_days: int = Field(default=0, ge=0)


class Since(Model):
    """Rows asked for that changed since.

    Attributes:
        parameter: Parameter of the instant.
        column: Header that says when a row changed last; the greatest one known, less the settings'
            ``look_back_hours``, is where the next increment begins.
        format: How the instant is written.
        zone: Zone of instants that are written without one, asked and answered.
    """

    parameter: str
    column: str
    format: DateFormat = "iso"
    zone: Zone = "UTC"


class Request(Model):
    """How the rows of a file are asked for at a web service.

    Attributes:
        method: Parameters of a GET stand in its query, those of a POST in its JSON body, where a
            dotted name stands for an object in an object.
        path: Path below the address. ``{name}`` is one of the settings' ``parameters``;
            ``{file.column}`` is a cell of each row of another file of the contract: it is asked
            once for each, and its rows get a column of that name.
        query: Fixed parameters of the query; places as in ``path``.
        body: Fixed parts of the body of a POST.
        paging: Pages, where they differ from the contract's ``rest.paging``.
        window: Spans of time; without it and ``since`` everything is asked for each time.
        since: Increments by the time of change.
        nothing: Statuses that mean there is no row, such as 404 or 204.
    """

    method: Literal["GET", "POST"] = "GET"
    path: str
    query: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    paging: Paging | None = None
    window: Window | None = None
    since: Since | None = None
    nothing: tuple[int, ...] = ()

    @property
    def parents(self) -> list[tuple[str, str]]:
        """File and column of every place that another file's rows fill."""
        texts = [self.path, *self.query.values()]
        names = dict.fromkeys(name for text in texts for name in PLACE.findall(text))
        return [(file, column) for file, dot, column in (n.partition(".") for n in names) if dot]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = list(self._misfits())
        if found:
            raise Misfits(found)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        if self.window is not None and self.since is not None:
            yield Misfit(("since",), "give one of `window` and `since`")
        if self.body and self.method == "GET":
            yield Misfit(("body",), "a GET has no body")
        if len({file for file, _ in self.parents}) > 1:
            yield Misfit(("path",), "has places of more than one other file")
        if self.parents and (self.window is not None or self.since is not None):
            problem = "is asked for the rows of another file: that file says since when"
            yield Misfit(("window" if self.window else "since",), problem)


class RestApi(Model):
    """A vendor's web service: what holds for all of its requests.

    Attributes:
        auth: How it is told who asks, unless the settings say otherwise.
        key_header: Header of an ``api_key``.
        key_parameter: Parameter of the query an ``api_key`` goes to instead.
        key_prefix: What stands before the key, such as ``Token token=``.
        token_path: Where ``oauth2`` tokens are given, below the address, unless the settings say
            otherwise.
        scopes: Scopes asked for, unless the settings say otherwise.
        headers: Headers of every request.
        query: Parameters of every request's query; ``{name}`` is one of the settings'
            ``parameters``.
        paging: Pages, unless a request says otherwise.
        requests_per_minute: Most requests in a minute, unless the settings say otherwise.
    """

    auth: Literal["none", "basic", "bearer", "api_key", "oauth2"] = "none"
    key_header: str = "X-API-Key"
    key_parameter: str | None = None
    key_prefix: str = ""
    token_path: str | None = None
    scopes: tuple[str, ...] = ()
    headers: Annotated[dict[str, str], AfterValidator(_no_secret)] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    paging: Paging = Paging()
    requests_per_minute: int | None = Field(default=None, ge=1)
