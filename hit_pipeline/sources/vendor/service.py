"""One request to a vendor, made of what the contract and the settings say, and what it answered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from requests.utils import parse_header_links

from hit_pipeline.errors import NotServed, PermanentSourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.contract.rest import HEADER, PLACE, Paging, Request, RestApi
from hit_pipeline.sources.reading.json_records import at_path
from hit_pipeline.sources.web.client import Answer, Client, Manner, RefusedError
from hit_pipeline.sources.web.question import Question

At = str | int
"""Where a page is: its number, an offset, a cursor or an address; empty: the first one."""
Values = Mapping[str, str | int]
"""Parameters by name; ``header:<name>`` is a header."""


@dataclass
class Service:
    """A vendor's web service.

    Attributes:
        source: Name of the source, for errors.
        settings: Where it is and who asks.
        api: What the contract says of it.
    """

    source: str
    settings: Rest
    api: RestApi
    client: Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the client; nothing is asked yet."""
        api = self.api
        at = f"{self.settings.url}/{api.token_path.lstrip('/')}" if api.token_path else None
        manner = Manner(
            auth=api.auth,
            token_url=at,
            scopes=api.scopes,
            key_header=api.key_header,
            key_parameter=api.key_parameter,
            key_prefix=api.key_prefix,
            headers=api.headers,
            requests_per_minute=api.requests_per_minute,
        )
        self.client = Client(self.source, self.settings, manner)

    def ask(
        self, request: Request, place: Mapping[str, str], values: Values, link: str = ""
    ) -> Answer | None:
        """Ask once; None: the service says with a status of the contract's that there is nothing.

        Args:
            request: What to ask.
            place: Values of the places in its path and query.
            values: Further parameters.
            link: Address of the page, where the service named one.

        Raises:
            SourceError: See `hit_pipeline.sources.web.client.Client.get`.
        """
        try:
            answer = self.client.ask(self._question(request, place, values, link))
        except NotServed:
            if {404, 410}.isdisjoint(request.nothing):
                raise
            return None
        except RefusedError as refusal:
            if refusal.status not in request.nothing:
                raise
            return None
        return None if answer.status in request.nothing else answer

    def _question(
        self, request: Request, place: Mapping[str, str], values: Values, link: str
    ) -> Question:
        known = {**self.settings.parameters, **place}
        headers = {
            n.removeprefix(HEADER): str(v) for n, v in values.items() if n.startswith(HEADER)
        }
        sent = {name: value for name, value in values.items() if not name.startswith(HEADER)}
        path = filled(request.path, {n: quote(v, safe="") for n, v in known.items()})
        fixed = {**self.api.query, **request.query}
        query = {name: filled(text, known) for name, text in fixed.items()}
        body = None
        if request.method == "POST":
            body = with_values(request.body, sent)
        else:
            query |= {name: str(value) for name, value in sent.items()}
        if link:
            base = f"{self.settings.url}/{path.lstrip('/')}"
            path, query = self._without_key(urljoin(base, link)), {}
        hidden = tuple(quote(value, safe="") for value in place.values())
        return Question(request.method, path, query, body, headers, hidden)

    def _without_key(self, url: str) -> str:
        """Return an address without our key, which some servers repeat; it is put in again."""
        parts, secret = urlsplit(url), self.api.key_parameter
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if name != secret]
        return url if kept == pairs else urlunsplit(parts._replace(query=urlencode(kept)))

    def next_of(self, paging: Paging, answer: Answer) -> At | None:
        """Return the cursor or the address an answer names; None: it names none."""
        if paging.next is None:
            links = parse_header_links(answer.headers.get("Link", ""))
            found = [one["url"] for one in links if one.get("rel") == "next"]
            stated: object = next(iter(found), None)
        else:
            stated = stated_at(paging.next, answer)
        if not stated:
            return None
        if paging.by == "link":
            return self._without_key(str(stated))
        return stated if isinstance(stated, int) else str(stated)


def stated_at(where: str, answer: Answer) -> object:
    """Return what stands at a path of the body, or in a header; None when nothing does."""
    if where.startswith(HEADER):
        return answer.headers.get(where.removeprefix(HEADER))
    return at_path(answer.data, where)


def total_of(paging: Paging, answer: Answer) -> int | None:
    """Return how many rows the service says there are; None: it does not say."""
    stated = stated_at(paging.total, answer) if paging.total is not None else None
    text = str(stated).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def filled(text: str, known: Mapping[str, str]) -> str:
    """Return a text with its places filled; all of them must be known."""
    return PLACE.sub(lambda place: known[place.group(1)], text)


def with_values(body: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """Return a JSON body with parameters in it; a dotted name stands for objects in objects."""
    found = dict(body)
    for name, value in values.items():
        key, dot, rest = name.partition(".")
        inner = found.get(key)
        found[key] = (
            with_values(inner if isinstance(inner, dict) else {}, {rest: value}) if dot else value
        )
    return found


def check_places(source: str, settings: Rest, texts: Iterable[str]) -> None:
    """Refuse settings that leave a place of the contract open.

    Raises:
        PermanentSourceError: Which setting is missing.
    """
    names = {name for text in texts for name in PLACE.findall(text) if "." not in name}
    missing = sorted(names - set(settings.parameters))
    if missing:
        message = f"{source}: the contract leaves {', '.join(missing)} to the settings."
        remedy = f"Set {', '.join(f'sources.{source}.rest.parameters.{one}' for one in missing)}."
        raise PermanentSourceError(message, source=source, remedy=remedy)
