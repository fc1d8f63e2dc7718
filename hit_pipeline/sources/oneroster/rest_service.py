"""One OneRoster service: its address by version, who asks, and which scopes a token is asked for.

A server may refuse a token for scopes it does not know or does not give us together, and may keep
demographics behind one of their own. What is asked for is tried from the usual to the least.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from hit_pipeline.errors import PermanentSourceError, SourceError
from hit_pipeline.settings_remote import AuthKind, Rest
from hit_pipeline.sources.oneroster.rest_crawl import Query
from hit_pipeline.sources.transport import Look
from hit_pipeline.sources.web.auth import TokenRefusedError
from hit_pipeline.sources.web.client import Answer, Client, Manner, RefusedError

PATHS = {"1.1": "v1p1", "1.2": "v1p2"}
"""What the address of a version ends with."""

_SCOPE = "https://purl.imsglobal.org/spec/or/{version}/scope/{name}.readonly"
_PERSONAL = "demographics"
_OF_SCOPES = ("invalid_scope", "invalid_request", "access_denied")


class Service:
    """Asks one OneRoster service.

    Attributes:
        address: Where its resources are.
        version: ``1.1`` or ``1.2``.
    """

    def __init__(self, source: str, settings: Rest) -> None:
        """Make a service; nothing is asked yet.

        Args:
            source: Name of the source, for errors.
            settings: The service. Its address may leave out what follows from the version.

        Raises:
            PermanentSourceError: The version is not said or not one we know, the address of tokens
                or a secret is not set.
        """
        self.version = _version(source, settings)
        self.address = _address(settings.url, self.version)
        given: AuthKind = "oauth2" if self.version == "1.2" or settings.token_url else "oauth1"
        kind = settings.auth or given
        if kind == "oauth2" and settings.token_url is None:
            raise _unset(source, "token_url", "Set it to the address tokens are given at.")
        own = settings.model_copy(update={"url": self.address, "auth": kind})

        def client(scopes: Sequence[str]) -> Client:
            told = own.model_copy(update={"scopes": tuple(scopes)})
            return Client(source, told, Manner())

        if kind != "oauth2":
            self._roster = self._personal = [client(())]
            return
        tried = scopes_tried(self.version, settings.scopes)
        self._roster = [client(scopes) for scopes in tried]
        personal = [one for one in tried[0] if _PERSONAL in one]
        self._personal = [self._roster[0], *([client(personal)] if personal else [])]

    def get(self, path: str, query: Query) -> Answer:
        """Ask for a page of a resource.

        Raises:
            TransientSourceError, NotServed, PermanentSourceError: As `Client.get`.
        """
        if path != _PERSONAL:
            return self._asked(self._roster, path, query)
        if self._personal[0] not in self._roster and len(self._personal) > 1:
            del self._personal[0]
        return self._asked(self._personal, path, query)

    def look(self) -> Iterator[Look]:
        """Look at connection, credentials and clock."""
        with suppress(SourceError):
            self.get("orgs", {"limit": "1", "offset": "0"})
        yield from self._roster[0].look()

    def _asked(self, clients: list[Client], path: str, query: Query) -> Answer:
        """Ask with the first client; one whose scopes are not given is not used again."""
        while True:
            try:
                return clients[0].get(path, query)
            except (TokenRefusedError, RefusedError) as refusal:
                if len(clients) == 1 or not _is_of_scopes(refusal, path):
                    raise
                del clients[0]


def scopes_tried(version: str, given: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the scopes a token is asked for, in the order tried.

    Args:
        version: ``1.1`` or ``1.2``.
        given: Those of the settings; empty: the usual ones.
    """
    if given:
        others = tuple(one for one in given if _PERSONAL not in one)
        return [tuple(given), others] if 0 < len(others) < len(given) else [tuple(given)]
    core, roster, personal = (
        _SCOPE.format(version=PATHS[version], name=name)
        for name in ("roster-core", "roster", "roster-demographics")
    )
    return [(core, personal), (roster, personal), (core,), (roster,), ()]


def _is_of_scopes(refusal: PermanentSourceError, path: str) -> bool:
    if isinstance(refusal, TokenRefusedError):
        return refusal.kind in _OF_SCOPES
    return path == _PERSONAL and isinstance(refusal, RefusedError) and refusal.status == 403


def _version(source: str, settings: Rest) -> str:
    ends = {path: version for version, path in PATHS.items()}
    version = settings.version or ends.get(settings.url.rpartition("/")[2])
    if version in PATHS:
        return version
    raise _unset(source, "version", f"Valid: {', '.join(PATHS)}.")


def _address(url: str, version: str) -> str:
    last = url.rpartition("/")[2]
    if last in PATHS.values():
        return url
    middle = "rostering/" if version == "1.2" and last != "rostering" else ""
    return f"{url}/{middle}{PATHS[version]}"


def _unset(source: str, key: str, remedy: str) -> PermanentSourceError:
    message = f"sources.{source}.rest.{key} is not set, or not to something we know"
    return PermanentSourceError(message, source=source, remedy=remedy)
