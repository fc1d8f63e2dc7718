"""Who may see the pages: one browser of this machine, shown the token when it opened them.

Wrapped around the pages. Every request must name a host that is this machine (a page elsewhere
could have its name point here) and carry the cookie; every form must carry a secret of the session
and come from these pages. Nothing is kept by browsers, nothing is loaded from elsewhere.
"""

import hmac
import logging
import secrets
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
OPEN_TO_ALL = "/static/"
"""What may be asked for without the cookie: style and script, which say nothing."""

_LOG = logging.getLogger(__name__)
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_REFUSED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not opened</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/review.css"></head>
<body><main><h1>Not opened</h1><p>{words}</p></main></body></html>
"""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Keys:
    """The secrets of one run of the server; new ones at every start.

    Attributes:
        port: Port it listens on.
        token: Opens the pages, in the address printed.
        session: Kept by the browser as a cookie from then on.
        form: In every form.
    """

    port: int
    token: str = field(default_factory=_secret, repr=False)
    session: str = field(default_factory=_secret, repr=False)
    form: str = field(default_factory=_secret, repr=False)

    @property
    def address(self) -> str:
        """The address that opens the pages."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser of this machine calls it."""
        return f"{HOST}:{self.port}", f"localhost:{self.port}"

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers do not tell the ports of one host apart."""
        return f"hit_review_{self.port}"


def is_secret(stated: str | None, meant: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest((stated or "").encode(), meant.encode())


@dataclass(frozen=True)
class Guard:
    """Lets requests through to the pages, or refuses them in words.

    Attributes:
        pages: The application behind it.
        keys: What must be shown.
    """

    pages: ASGIApp
    keys: Keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._answer(scope) or self.pages
        try:
            await answer(scope, receive, _with_headers(send))
        except Exception as error:  # noqa: BLE001 (the page has told; values stay out of the log)
            _LOG.error("%s at %s", type(error).__name__, _place(error))

    def _answer(self, scope: Scope) -> Response | None:
        """Return what is answered without asking the pages; None: they are asked."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.keys.hosts:
            words = "These pages are for this machine only."
            return _refused(words, HTTPStatus.MISDIRECTED_REQUEST)
        if _is_from_elsewhere(headers, scope["method"], self.keys):
            return _refused("This was not sent from these pages.", HTTPStatus.FORBIDDEN)
        if scope["path"].startswith(OPEN_TO_ALL):
            return None
        stated = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and stated:
            return self._opened(stated)
        if not is_secret(_cookie(headers, self.keys.cookie), self.keys.session):
            words = "Open the address that hit review printed in the terminal."
            return _refused(words, HTTPStatus.FORBIDDEN)
        return None

    def _opened(self, stated: str) -> Response:
        if not is_secret(stated, self.keys.token):
            words = "This address is of an earlier start. Open the one that was printed last."
            return _refused(words, HTTPStatus.FORBIDDEN)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(self.keys.cookie, self.keys.session, httponly=True, samesite="strict")
        return answer


def _place(error: Exception) -> str:
    """Return where an error was raised: file and line, no value."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _is_from_elsewhere(headers: Headers, method: str, keys: Keys) -> bool:
    """Say whether a browser tells that a form was sent by a page of another site."""
    if method in {"GET", "HEAD"}:
        return False
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    ours = {f"http://{host}" for host in keys.hosts}
    return (origin is not None and origin not in ours) or site not in {None, "same-origin"}


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        kept = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return kept[name].value if name in kept else None


def _refused(words: str, status: HTTPStatus) -> Response:
    return HTMLResponse(_REFUSED.format(words=words), status)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_HEADERS)
        await send(message)

    return sending
