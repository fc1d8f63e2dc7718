"""How a web service is told who asks: OAuth 2 client credentials, OAuth 1.0a, and plain keys.

The protocols themselves are oauthlib's. No message of ours holds a secret or what a server said.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category
from urllib.parse import parse_qsl

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import AuthBase, HTTPBasicAuth
from requests_oauthlib import OAuth1

from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.settings_remote import AuthKind, Rest

Post = Callable[[str, dict[str, str], HTTPBasicAuth], requests.Response]
"""Posts a form with basic authorisation; an answer of 400 or 401 is returned like a good one."""

_EARLY = 30.0
"""Seconds before a token ends at which it is renewed."""
_UNSAID = 300.0
"""Seconds a token is taken to last when the server does not say."""


_KINDS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "missing_token",
    }
)
"""Why no token is given, in the words of RFC 6749 and oauthlib; a server's own are not repeated."""


@dataclass(frozen=True)
class ApiKey:
    """Where an ``api_key`` goes.

    Attributes:
        header: The header.
        parameter: Parameter of the query instead; None: none.
        prefix: What stands before it.
    """

    header: str
    parameter: str | None = None
    prefix: str = ""


class _Header(AuthBase):
    """Sets one header."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value.encode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers: dict[str, Any] = request.headers  # type: ignore[assignment]  # bytes are fine
        headers[self.name] = self.value
        return request


class _Parameter(AuthBase):
    """Sets one parameter of the query."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.prepare_url(request.url, {self.name: self.value})
        return request


@dataclass
class OAuth2Token(AuthBase):
    """A token by client credentials, fetched when it is needed and renewed before it ends.

    Attributes:
        source: Name of the source, for errors.
        settings: The service.
        token_url: Where tokens are given.
        scopes: Scopes asked for; empty: none is named.
        post: Posts the request.
    """

    source: str
    settings: Rest
    token_url: str
    scopes: tuple[str, ...]
    post: Post
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token in, a new one when there is none that lasts."""
        if time.monotonic() >= self._until:
            self.renew()
        return _Header("Authorization", f"Bearer {self._token}")(request)

    def renew(self) -> None:
        """Fetch a token.

        Raises:
            PermanentSourceError: The client or a scope is not accepted.
        """
        secret = _needed(self.settings, self.source, "client_secret")
        name = self.settings.client_id or ""
        client = BackendApplicationClient(client_id=name)
        scope = " ".join(self.scopes) or None
        form = dict(parse_qsl(client.prepare_request_body(scope=scope)))
        answer = self.post(self.token_url, form, HTTPBasicAuth(name.encode(), secret.encode()))
        try:
            given = client.parse_request_body_response(answer.text)
            token, lasts = str(given["access_token"]), float(given.get("expires_in") or _UNSAID)
        except (OAuth2Error, ValueError, TypeError, AttributeError, Warning) as error:
            raise self._refused(getattr(error, "error", None)) from None
        if not _is_plain(token):
            raise self._refused(None)
        self._token = token
        self._until = time.monotonic() + max(lasts - _EARLY, lasts / 2)

    def _refused(self, stated: object) -> "TokenRefusedError":
        kind = next((one for one in _KINDS if one == stated), "no token in the answer")
        remedy = (
            f"Check sources.{self.source}.rest: client_id, client_secret, scopes and token_url."
        )
        message = f"{self.source}: the server gave no token ({kind})."
        return TokenRefusedError(message, source=self.source, remedy=remedy, kind=kind)


class TokenRefusedError(PermanentSourceError):
    """The server gives no token for what was asked.

    Attributes:
        kind: Why, in the words of OAuth 2, such as ``invalid_client`` or ``invalid_scope``.
    """

    def __init__(self, message: str, *, source: str, remedy: str, kind: str) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.kind = kind


def authorisation(
    source: str, settings: Rest, kind: AuthKind, key: ApiKey, token: OAuth2Token
) -> AuthBase | None:
    """Return what signs every request.

    Args:
        source: Name of the source, for errors.
        settings: The service, with its secrets.
        kind: How it wants to be told.
        key: Where an ``api_key`` goes.
        token: Used for ``oauth2``.

    Raises:
        PermanentSourceError: A secret is not set.
    """
    if kind == "oauth2":
        _needed(settings, source, "client_secret")
        return token
    if kind == "oauth1":
        secret = _needed(settings, source, "client_secret")
        return OAuth1(settings.client_id, secret, signature_method="HMAC-SHA256")
    if kind == "basic":
        secret = _needed(settings, source, "client_secret")
        return HTTPBasicAuth((settings.client_id or "").encode(), secret.encode())
    if kind == "bearer":
        return _Header("Authorization", f"Bearer {_needed(settings, source, 'token')}")
    if kind == "api_key":
        stated = key.prefix + _needed(settings, source, "token")
        return _Parameter(key.parameter, stated) if key.parameter else _Header(key.header, stated)
    return None


def _needed(settings: Rest, source: str, key: str) -> str:
    secret = getattr(settings, key)
    if secret is None or (key == "client_secret" and not settings.client_id):
        missing = key if secret is None else "client_id"
        remedy = (
            f"Set HIT_SOURCES__{source.upper()}__REST__{missing.upper()} "
            f"or write secrets/sources.{source}.rest.{missing}."
        )
        message = f"{source}: {missing} is not set."
        raise PermanentSourceError(message, source=source, remedy=remedy)
    text = str(secret.get_secret_value())
    if not _is_plain(text):
        message = f"{source}: {key} holds a line break or another character no key can have."
        remedy = "Write it again, without anything around it."
        raise PermanentSourceError(message, source=source, remedy=remedy)
    return text


def _is_plain(text: str) -> bool:
    """Say whether a secret can be sent: it is not blank, and has no line break or control."""
    return bool(text.strip()) and not any(category(one) in ("Cc", "Cs") for one in text)
