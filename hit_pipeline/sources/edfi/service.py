"""Where an Ed-Fi ODS/API has what, and what it can do: read off its discovery document.

A server without one is asked at the usual addresses. Only addresses on the host of the settings are
believed: neither credentials nor requests go anywhere else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hit_pipeline.errors import NotServed, PermanentSourceError, SourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.web.client import Client, Manner, RefusedError

PAGE_SIZE = 500
"""Most rows the standard lets a client ask for at once."""
_DATA, _CHANGES, _TOKEN = "/data/v3", "/changeQueries/v1", "/oauth/token"
_SCHOOL_YEAR = "schoolYear"
_SNAPSHOT = "snapshot"
_CURSOR_PAGING_SINCE = (7, 3)
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Addresses:
    """Whole addresses of one service.

    Attributes:
        root: The base address.
        data: Where names of namespaces begin, such as ``.../data/v3``.
        changes: Base of the change queries.
        token: Where tokens are given.
        version: Version of the ODS/API, such as (7, 3); None: it does not say.
        standard: Version of the Ed-Fi data standard; empty: it does not say.
        is_discovered: False: they are the usual ones, no discovery document was found.
    """

    root: str
    data: str
    changes: str
    token: str
    version: tuple[int, ...] | None
    standard: str
    is_discovered: bool

    @property
    def has_cursor_paging(self) -> bool:
        """Whether pages are asked for by token (7.3 and later)."""
        return self.version is not None and self.version >= _CURSOR_PAGING_SINCE


def addresses(source: str, settings: Rest) -> Addresses:
    """Ask a service where it has what.

    Raises:
        PermanentSourceError: An address has a place in ``{ }`` that `parameters` does not fill.
    """
    root, in_settings, rest = settings.url.partition(_DATA)
    about = _discovered(source, settings, root)
    year = settings.parameters.get(_SCHOOL_YEAR)
    told = _stated(about, root)
    stated = {key: _filled(source, settings, text) for key, text in told.items()}
    is_filled = any(f"{{{_SCHOOL_YEAR}" in text for text in told.values())
    suffix = rest or (f"/{year}" if year and not is_filled else "")
    data = settings.url if in_settings and rest else stated.get("dataManagementApi", root + _DATA)
    changes = stated.get("changeQueries", root + _CHANGES)
    return Addresses(
        root=root,
        data=data if data.endswith(suffix) else data + suffix,
        changes=changes if changes.endswith(suffix) else changes + suffix,
        token=settings.token_url or stated.get("oauth", root + _TOKEN),
        version=_version(about),
        standard=_standard(about),
        is_discovered=bool(about),
    )


def _discovered(source: str, settings: Rest, root: str) -> Mapping[str, Any]:
    """Return the discovery document; empty when there is none."""
    open_to_all = settings.model_copy(update={"auth": "none"})
    try:
        found = Client(source, open_to_all, Manner(auth="none")).get(f"{root}/").data
    except SourceError:
        return {}
    return found if isinstance(found, dict) else {}


def _stated(about: Mapping[str, Any], root: str) -> dict[str, str]:
    """Return the stated addresses on our host, without a slash at the end."""
    urls = about.get("urls")
    ours = urlsplit(root)
    return {
        key: url.rstrip("/")
        for key, url in (urls.items() if isinstance(urls, dict) else ())
        if isinstance(url, str) and urlsplit(url)[:2] == (ours.scheme, ours.netloc)
    }


def _filled(source: str, settings: Rest, url: str) -> str:
    """Return an address with the settings' parameters in its places."""

    def value(place: re.Match[str]) -> str:
        name = place.group(1)
        known = settings.parameters
        found = known.get(name, known.get(_SCHOOL_YEAR) if name.startswith(_SCHOOL_YEAR) else None)
        if found is None:
            message = f"{source}: the server's addresses have a place {{{name}}}."
            remedy = f"Set sources.{source}.rest.parameters.{name}."
            raise PermanentSourceError(message, source=source, remedy=remedy)
        return found

    return _PLACE.sub(value, url)


def _version(about: Mapping[str, Any]) -> tuple[int, ...] | None:
    digits = re.findall(r"\d+", str(about.get("version") or ""))
    return tuple(int(one) for one in digits[:2]) or None


def _standard(about: Mapping[str, Any]) -> str:
    models = about.get("dataModels")
    for one in models if isinstance(models, list) else ():
        if isinstance(one, dict) and str(one.get("name")).casefold() == "ed-fi":
            return str(one.get("version") or "")
    return ""


class Service:
    """One ODS/API that answers: where it has what, and which state of it is asked."""

    def __init__(self, source: str, settings: Rest) -> None:
        """Ask where things are; no token is fetched yet.

        Raises:
            PermanentSourceError: A secret is not set, or an address cannot be completed.
        """
        self.source, self.settings = source, settings
        self.at = addresses(source, settings)
        manner = Manner(auth="oauth2", token_url=self.at.token)
        self.live = Client(source, settings, manner)
        self.asked = self.live
        self._manner = manner

    @property
    def page_size(self) -> int:
        """Rows asked for at once."""
        return self.settings.page_size or PAGE_SIZE

    def resource(self, name: str) -> str:
        """Return the address of a resource."""
        return f"{self.at.data}/ed-fi/{name}"

    def versions(self, client: Client | None = None) -> tuple[int, int] | None:
        """Return the oldest and the newest change version; None: there are no change queries."""
        address = f"{self.at.changes}/availableChangeVersions"
        try:
            told = (client or self.asked).get(address).data
        except (NotServed, RefusedError):
            return None
        plain = {str(key).casefold(): one for key, one in told.items()} if _is_object(told) else {}
        newest = plain.get("newestchangeversion")
        if not isinstance(newest, int):
            return None
        oldest = plain.get("oldestchangeversion")
        return (oldest if isinstance(oldest, int) else 0), newest

    def take_snapshot(self, since: int) -> bool:
        """Ask the host's snapshot from now on, if there is one that is not older than a version.

        A server that knows no snapshots passes the header over; nothing relies on it.
        """
        if self.settings.parameters.get(_SNAPSHOT) == "never":
            return False
        headers = {"Use-Snapshot": "true"}
        manner = Manner(auth=self._manner.auth, token_url=self._manner.token_url, headers=headers)
        frozen = Client(self.source, self.settings, manner)
        known = self.versions(frozen)
        if known is None or known[1] < since:
            return False
        self.asked = frozen
        return True


def _is_object(told: object) -> bool:
    return isinstance(told, dict)
