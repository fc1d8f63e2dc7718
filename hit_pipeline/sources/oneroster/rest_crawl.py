"""Going through the pages of one resource of a OneRoster service until it is known to be whole.

Servers clamp a limit in silence, state a wrong total or none, link to pages beside the ones that
follow, hand the same page back, and give pages in an order that changes. So a page is asked for by
the rows received so far, a pass ends only where there is nothing more, and a pass in which
anything was odd is followed by another, until the rows are as many as the server says or two
passes in a row bring nothing new.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from requests.utils import parse_header_links

from hit_pipeline.errors import NotServed, PermanentSourceError, TransientSourceError
from hit_pipeline.sources.oneroster.rest_objects import Resource, identity, listed
from hit_pipeline.sources.oneroster.rest_seen import Crawled
from hit_pipeline.sources.pull.pages import Pages, read_pages
from hit_pipeline.sources.web.client import Answer, RefusedError

Query = Mapping[str, str]
Ask = Callable[[str, Query], Answer]
Check = Callable[[Sequence[Any], int], None]
"""Looks at the objects of a page, and how many are known with them, before it is kept."""

MOST_PASSES = 20
_IN_A_ROW = 2
"""Passes in a row without anything new that end a crawl."""
_BY_CHANCE = 5
"""The same where rows come in an order that changes and nobody says how many there are."""
_CALM = 3
"""From this pass on a total that changes meanwhile is no reason to begin again."""
_SMALL = 100
_LARGE = 10_000
"""Most rows asked for at once: a page that holds everything cannot be disturbed."""
_MALFORMED = (400, 422)


@dataclass(frozen=True)
class Question:
    """What is asked for.

    Attributes:
        source: Name of the source, for errors.
        file: The contract's name of the file.
        resource: Where it is.
        limit: Rows asked for at once.
        since: Instant after which the rows were changed, as OneRoster writes it; None: every row.
        most: Largest total that is believed; a server may state that of every row beside a filter.
            None: any.
        because: Why every row is asked for although only changes were wanted; else None.
    """

    source: str
    file: str
    resource: Resource
    limit: int
    since: str | None = None
    most: int | None = None
    because: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """The first page, in an order that does not change."""
        return self.query_of(1)

    def query_of(self, turn: int) -> dict[str, str]:
        """Return the query of the first page of a pass; each asks for larger pages."""
        limit = max(self.limit, min(self.limit * 2 ** (turn - 1), _LARGE))
        first = {"limit": str(limit), "offset": "0", "sort": "sourcedId", "orderBy": "asc"}
        return first if self.since is None else {**first, "filter": changed_after(self.since)}


def changed_after(at: str) -> str:
    """Return the filter for rows changed after an instant."""
    return f"dateLastModified>'{at}'"


End = Literal["empty", "handed_back", "endless"]


def crawl(ask: Ask, pages: Pages, question: Question, check: Check | None = None) -> Crawled:
    """Ask for every page of a resource, going on after the pages already there.

    Args:
        ask: Asks for one page.
        pages: Where answers are kept.
        question: What is asked for.
        check: Called before a page is kept; what it raises ends the crawl.

    Returns:
        What the pages hold; see `Crawled.is_complete`.

    Raises:
        TransientSourceError: The rows are still not all there after `MOST_PASSES` passes, or the
            server gives the same page whatever is asked for.
        PermanentSourceError: The answer is no page of this resource, or it may not be asked for.
    """
    seen = Crawled(question.file)
    for page, body in read_pages(pages.path):
        seen.take(page, listed(body, question.resource) or [])
    while True:
        end = _walk(ask, pages, question, seen, check)
        if _is_settled(ask, question, seen, end):
            return seen
        if seen.turn >= MOST_PASSES:
            raise _unsettled(question, seen)
        seen.end_pass()


def _walk(ask: Ask, pages: Pages, question: Question, seen: Crawled, check: Check | None) -> End:
    """Go on to the end of a pass."""
    while True:
        query = seen.next if seen.walked else None
        if query is None and seen.walked:
            return "empty"
        found = _page(ask, question, query, seen.turn)
        if found is None:
            return "empty"
        asked, answer, objects = found
        if not objects:
            return "empty"
        if seen.is_handed_back(objects):
            return "handed_back"
        if check is not None:
            check(objects, len(seen.ids | {identity(question.file, one) for one in objects}))
        page = {
            "turn": seen.turn,
            "query": asked,
            "total": _total(answer, question.most),
            "next": _linked(answer),
            "since": question.since,
            "because": question.because,
        }
        pages.add(page, plain(answer))
        seen.take(page, objects)
        if seen.is_endless:
            return "endless"


def _page(
    ask: Ask, question: Question, query: Query | None, turn: int
) -> tuple[Query, Answer, list[Any]] | None:
    """Ask for a page, the first one of a pass without a query; None past the end."""
    path = question.resource.path
    if query is None:
        asked, answer = ask_first(ask, path, question.query_of(turn), question.query)
    else:
        try:
            asked, answer = query, ask(path, query)
        except NotServed:
            return None
    return asked, answer, objects_of(answer, question)


def ask_first(ask: Ask, path: str, *queries: Query) -> tuple[Query, Answer]:
    """Ask for a first page; what a server refuses to do with it is left out, one by one.

    Args:
        ask: Asks for one page.
        path: Resource.
        queries: What to ask for; later ones when the earlier are refused.

    Raises:
        PermanentSourceError: It is refused however it is asked for.
    """
    last = queries[-1]
    unsorted = {key: value for key, value in last.items() if key not in ("sort", "orderBy")}
    small = {**unsorted, "limit": str(min(_SMALL, int(last["limit"])))}
    for other in (*queries, unsorted):
        try:
            return other, ask(path, other)
        except RefusedError as refusal:
            if refusal.status not in _MALFORMED:
                raise
    return small, ask(path, small)


def objects_of(answer: Answer, question: Question) -> list[Any]:
    """Return what a page lists.

    Raises:
        PermanentSourceError: It is no page of this resource.
        TransientSourceError: It is a message of failure, though the status says success.
    """
    found = listed(answer.data, question.resource)
    if found is not None:
        return found
    told = answer.data if isinstance(answer.data, dict) else {}
    where = f"{question.source}: /{question.resource.path}"
    if any(key == "error" or key.startswith("imsx_") for key in told):
        message = f"{where} answers with a message of failure instead of a page."
        raise TransientSourceError(message, source=question.source, remedy="Ask the vendor.")
    message = f"{where} answers with JSON that is no page of {question.resource.path}."
    remedy = f"Check sources.{question.source}.rest.url and version."
    raise PermanentSourceError(message, source=question.source, remedy=remedy)


def _is_settled(ask: Ask, question: Question, seen: Crawled, end: End) -> bool:
    """Say whether a finished pass makes the rows known all there are.

    Passes in which rows came twice cover most rows by chance, so that more of them must agree.
    """
    if seen.total == len(seen.ids) and not seen.shifted:
        return True
    if end == "handed_back" and seen.walked == len(seen.first):
        return _is_everything(ask, question, seen)
    calm = not seen.shifted or seen.turn >= _CALM
    if end == "empty" and (seen.rising or not seen.odd) and calm and seen.is_complete:
        return True
    again = not seen.fresh and seen.walked >= len(seen.ids)
    needed = _BY_CHANCE if seen.odd and seen.total is None else _IN_A_ROW
    return again and seen.quiet + 1 >= needed


def _is_everything(ask: Ask, question: Question, seen: Crawled) -> bool:
    """Find out whether a server that gave one page twice has no other.

    The second half of the page is asked for alone. It comes: there is no other page. The whole page
    comes: the server gives everything whatever is asked for. The first half comes with a link to
    the next page, which the whole did not have: the server links where there is more.

    Raises:
        TransientSourceError: The first half comes, so the offset is ignored; or the server says
            that there are more rows.
    """
    first, count = seen.first, len(seen.first)
    offset, half = (count // 2, count // 2) if count > 1 else (0, 2)
    query = {**question.query, "limit": str(half), "offset": str(offset)}
    _, answer = ask_first(ask, question.resource.path, query)
    ids = [identity(question.file, one) for one in objects_of(answer, question)]
    is_second_half = count > 1 and ids == first[offset : offset + half]
    links = _linked(answer) is not None and not seen.linked
    if seen.is_complete and (sorted(ids) == sorted(first) or is_second_half or links):
        return True
    said = "it does not say how many there are" if seen.total is None else f"of {seen.total}"
    message = (
        f"{question.source}: /{question.resource.path} gives the same page whatever `offset` is "
        f"asked for; {count} rows were received, {said}."
    )
    remedy = f"Ask the vendor, or set sources.{question.source}.rest.page_size above the rows."
    raise TransientSourceError(message, source=question.source, remedy=remedy)


def _unsettled(question: Question, seen: Crawled) -> TransientSourceError:
    said = "it does not say how many" if seen.total is None else f"it says {seen.total}"
    message = (
        f"{question.source}: /{question.resource.path} gives pages in an order that changes; "
        f"{len(seen.ids)} rows were received in {seen.turn} passes, {said}."
    )
    return TransientSourceError(
        message, source=question.source, remedy="The next night tries again; tell the vendor."
    )


def _linked(answer: Answer) -> dict[str, str] | None:
    """Return the query of the page a server links to as the next; its host is not believed."""
    links = parse_header_links(answer.headers.get("Link") or "")
    urls = [link["url"] for link in links if link.get("rel") == "next"]
    return dict(parse_qsl(urlsplit(urls[0]).query)) or None if urls else None


def _total(answer: Answer, most: int | None) -> int | None:
    stated = (answer.headers.get("X-Total-Count") or "").strip()
    total = int(stated) if stated.isdecimal() else None
    return None if total is not None and most is not None and total > most else total


def plain(answer: Answer) -> bytes:
    """Return a body as UTF-8 JSON without a byte order mark."""
    try:
        return answer.body.decode("utf-8-sig").encode()
    except UnicodeDecodeError:
        return json.dumps(answer.data).encode()
