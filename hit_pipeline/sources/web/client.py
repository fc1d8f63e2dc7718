"""Asking a web service: one request at a time, with patience, and every failure told by its kind.

A failure names the source, the path asked for and what to do; never a secret, a query or a body.
Redirects are not followed: an address that moved is a matter for a person.
"""

import json
import time
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from hit_pipeline.errors import (
    NotServed,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)
from hit_pipeline.settings_remote import AuthKind, Rest
from hit_pipeline.sources.retry import Patience
from hit_pipeline.sources.transport import Look
from hit_pipeline.sources.web.answers import (
    ADDRESS,
    LATER,
    instant,
    keep_quiet,
    pause,
    place,
    read_body,
    trusted,
    unreached,
)
from hit_pipeline.sources.web.auth import ApiKey, OAuth2Token, authorisation
from hit_pipeline.sources.web.question import Question

_MOST_SKEW = 300
"""Seconds two clocks may differ; OAuth 1.0a refuses more."""
_NO_CONTENT = 204


@dataclass(frozen=True)
class Manner:
    """How a protocol or contract wants its service to be asked.

    Attributes:
        auth: How it is told who asks, unless the settings say otherwise.
        token_url: Where tokens are given, unless the settings say otherwise; None: nowhere.
        scopes: Scopes asked for, unless the settings say otherwise.
        key_header: Header of an ``api_key``.
        key_parameter: Parameter of the query an ``api_key`` goes to instead; None: none.
        key_prefix: What stands before the key.
        headers: Headers of every request.
        requests_per_minute: Most requests in a minute, unless the settings say otherwise.
    """

    auth: AuthKind = "oauth2"
    token_url: str | None = None
    scopes: tuple[str, ...] = ()
    key_header: str = "X-API-Key"
    key_parameter: str | None = None
    key_prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    requests_per_minute: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    Attributes:
        headers: Its headers, found without regard to case.
        body: Its body.
        data: The body, parsed; None for an answer that says it has none (204).
        status: Its status, 200 to 299.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    data: Any = field(repr=False)
    status: int = 200


class Client:
    """Asks one web service on behalf of one source."""

    def __init__(self, source: str, settings: Rest, manner: Manner) -> None:
        """Make a client; nothing is asked yet.

        Args:
            source: Name of the source, for errors.
            settings: The service.
            manner: How it wants to be asked.

        Raises:
            PermanentSourceError: A secret is not set, or a file is not there.
        """
        self.source, self._settings = source, settings
        self._patience = Patience(settings.retries, settings.retry_seconds)
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", **manner.headers})
        self._verify = trusted(source, settings)
        self._pace = settings.requests_per_minute or manner.requests_per_minute
        self._free_at = 0.0
        self._token = OAuth2Token(
            source,
            settings,
            settings.token_url or manner.token_url or "",
            settings.scopes or manner.scopes,
            self._post_form,
        )
        key = ApiKey(manner.key_header, manner.key_parameter, manner.key_prefix)
        self._auth = authorisation(source, settings, settings.auth or manner.auth, key, self._token)
        keep_quiet()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask for something below the service's address, or at a whole address on its host.

        Raises:
            TransientSourceError: It failed for the moment, as often as was tried.
            NotServed: There is no such thing.
            PermanentSourceError: Anything else that trying again cannot mend.
        """
        return self.ask(Question("GET", path, query or {}))

    def ask(self, question: Question) -> Answer:
        """Ask a question; it must be one that may be asked twice. Raises as `get`."""
        url = self._address(question.path)
        shown = question.shown(url)

        def once() -> Answer:
            answer = self._answer(
                question.method,
                url,
                params=dict(question.query),
                json=question.body,
                shown=shown,
                headers=dict(question.headers),
                auth=self._auth,
            )
            data = self._parsed(answer, shown)
            return Answer(answer.headers, answer.content, data, answer.status_code)

        return self._patience.tried(lambda: self._renewing(once))

    def look(self) -> Iterator[Look]:
        """Look at connection, credentials and clock; stops at the first that is not well."""
        try:
            begun = time.time()
            if self._auth is self._token:
                self._token.renew()
                yield Look("credentials", ok=True, seen="the server gave a token")
            date = self._date()
        except SourceError as failure:
            yield Look("connection", ok=False, seen=str(failure))
            return
        host = urlsplit(self._settings.url).hostname
        yield Look("connection", ok=True, seen=f"{host} answers")
        if date is not None:
            skew = abs(date - (begun + time.time()) / 2)
            seen = f"the server's clock and ours differ by {skew:.0f} s"
            yield Look("clock", ok=skew <= _MOST_SKEW, seen=seen)

    def _date(self) -> float | None:
        """Return the server's time as it says it itself; None when it does not.

        What stands at the address itself does not matter: any status will do.
        """
        answer = self._answer("HEAD", self._settings.url, auth=None, taken=range(100, 600))
        stated = instant(answer.headers.get("Date"))
        return stated.timestamp() if stated else None

    def _address(self, path: str) -> str:
        if "://" not in path:
            return f"{self._settings.url}/{path.lstrip('/')}"
        ours, given = urlsplit(self._settings.url), urlsplit(path)
        if (ours.scheme, ours.netloc) != (given.scheme, given.netloc):
            message = f"{self.source}: the server names a page on another host."
            raise PermanentSourceError(
                message, source=self.source, remedy="Ask the vendor; nothing was sent there."
            )
        return path

    def _renewing(self, once: Callable[[], Answer]) -> Answer:
        """Ask, and once more with a new token when the one we have is not accepted any more."""
        try:
            return once()
        except _NotAcceptedError:
            if self._auth is not self._token:
                raise
            self._token.renew()
            return once()

    def _post_form(self, url: str, form: dict[str, str], auth: HTTPBasicAuth) -> requests.Response:
        return self._answer("POST", url, data=form, auth=auth, taken=(400, 401))

    def _answer(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None,
        taken: Container[int] = (),
        shown: str | None = None,
        **more: Any,
    ) -> requests.Response:
        """Ask once and return a good answer, or one whose status is taken, read to its end.

        Errors tell the address as it is `shown`.
        """
        shown = shown or url
        self._keep_pace()
        try:
            answer = self._session.request(
                method,
                url,
                auth=auth,
                verify=self._verify,
                timeout=self._settings.timeout_seconds,
                allow_redirects=False,
                stream=True,
                **more,
            )
        except (OSError, ValueError) as error:  # requests' own, or a header's that cannot be sent
            raise unreached(error, self.source, shown) from None
        answer.url = shown
        answer._content = read_body(answer, self.source, self._settings.timeout_seconds)
        if answer.status_code not in taken:
            self._judge(answer, shown)
        return answer

    def _keep_pace(self) -> None:
        if self._pace is None:
            return
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        self._free_at = time.monotonic() + 60 / self._pace

    def _parsed(self, answer: requests.Response, url: str) -> Any:
        if answer.status_code == _NO_CONTENT:
            return None
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError):
            kind = answer.headers.get("Content-Type", "unknown").partition(";")[0]
            message = f"{place(self.source, url)} answers, but not with whole JSON ({kind})."
            raise TransientSourceError(message, source=self.source, remedy=ADDRESS) from None

    def _judge(self, answer: requests.Response, url: str) -> None:
        """Raise what a status other than success means."""
        code, at = answer.status_code, place(self.source, url)
        if code < 300:
            return
        settings = f"sources.{self.source}.rest"
        if code == 401:
            message = f"{at}: our credentials are not accepted (401)."
            remedy = f"Check {settings}: they may have expired, or another `auth` is wanted."
            raise _NotAcceptedError(message, source=self.source, remedy=remedy)
        if code == 403:
            message = f"{at}: we may not see it (403)."
            remedy = f"Ask for the permission, or name its scope in {settings}.scopes."
            raise RefusedError(message, source=self.source, remedy=remedy, status=code)
        if code in (404, 410):
            message = f"{at}: there is no such thing ({code})."
            raise NotServed(message, source=self.source, remedy=ADDRESS)
        if code == 429 or code >= 500 or code == 408:
            message = f"{at}: the server cannot answer now ({code})."
            wait = pause(answer.headers.get("Retry-After"))
            raise TransientSourceError(message, source=self.source, remedy=LATER, wait_seconds=wait)
        if code < 400:
            message = f"{at}: the address has moved ({code})."
            raise PermanentSourceError(message, source=self.source, remedy=ADDRESS)
        message = f"{at}: the server does not take the request ({code})."
        raise RefusedError(message, source=self.source, remedy=ADDRESS, status=code)


class RefusedError(PermanentSourceError):
    """The server does not let us see it (403), or does not take the request as it is.

    Attributes:
        status: HTTP status, 400 to 499.
    """

    def __init__(self, message: str, *, source: str, remedy: str, status: int) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.status = status


class _NotAcceptedError(PermanentSourceError):
    """The server does not accept our credentials, or not any more."""
