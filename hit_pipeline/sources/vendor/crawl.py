"""The pages of one question to a vendor: which to ask for, and whether they are all there is.

A crawl that may lack rows is never taken for whole: fewer rows than the service counts, a page that
comes again, or rows that come twice because the order changed meanwhile have it begun again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any

from hit_pipeline.errors import NotServed, TransientSourceError
from hit_pipeline.sources.contract.rest import Paging
from hit_pipeline.sources.pull.pages import Pages, read_pages
from hit_pipeline.sources.reading.json_records import at_path
from hit_pipeline.sources.vendor.service import At, Service, Values, total_of
from hit_pipeline.sources.web.client import Answer, RefusedError

Ask = Callable[[Values, str], Answer | None]
"""Asks with parameters, or at an address."""
_TRIES = 3
_NO_CONTENT = 204


class UnsteadyError(Exception):
    """The rows do not hold still, or are not all there; the message has counts only."""


class FullError(Exception):
    """An answer without pages holds as many rows as one can: there may be more."""


@dataclass
class Seen:
    """The rows of a question so far.

    Attributes:
        key: Headers that identify a row; empty: all of it does.
        count: Rows.
        repeats: Rows that came before.
        total: Rows there are, as the service said last; None: it does not say.
    """

    key: tuple[str, ...]
    count: int = 0
    repeats: int = 0
    total: int | None = None
    _known: set[bytes] = field(default_factory=set)
    _pages: set[bytes] = field(default_factory=set)
    _order: Any = field(default_factory=blake2b)

    def add(self, rows: list[Any], total: int | None) -> None:
        """Take note of a page.

        Raises:
            UnsteadyError: Exactly this page came before.
        """
        page = blake2b()
        for row in rows:
            whole = json.dumps(row, sort_keys=True).encode()
            named = [at_path(row, one) for one in self.key]
            is_named = bool(named) and None not in named
            mark = _digest(json.dumps(named).encode() if is_named else whole)
            self.repeats += mark in self._known
            self._known.add(mark)
            page.update(_digest(whole))
        self._order.update(page.digest())
        self.count += len(rows)
        self.total = self.total if total is None else total
        if rows and page.digest() in self._pages:
            message = f"the same page came again after {self.count} rows"
            raise UnsteadyError(message)
        self._pages.add(page.digest())

    @property
    def order(self) -> bytes:
        """What tells two crawls with equal rows in equal order."""
        return bytes(self._order.digest())

    def check(self) -> None:
        """Compare the rows with what the service counts.

        Raises:
            UnsteadyError: There are fewer.
        """
        if self.total is not None and self.count < self.total:
            message = f"{self.count} rows came of {self.total} the service counts"
            raise UnsteadyError(message)


@dataclass(frozen=True)
class Crawl:
    """Asks one question page by page.

    Attributes:
        service: The service.
        ask: Asks it, with the question's own parameters.
        paging: How pages are asked for.
        size: Rows asked for at once; None: the service decides.
        records: Path to the rows in an answer.
        key: Headers that identify a row.
        pages: Where answers are kept.
        place: What tells the question from others of the part.
    """

    service: Service
    ask: Ask
    paging: Paging
    size: int | None
    records: str
    key: tuple[str, ...]
    pages: Pages
    place: Mapping[str, Any]

    def run(self) -> None:
        """Ask for every page that is not there yet.

        Raises:
            FullError: The one answer holds as many rows as one can.
            TransientSourceError: The rows did not hold still, as often as was tried.
            SourceError: What the service refuses.
        """
        begin = len(self.pages.asked)
        while begin and self._is_ours(self.pages.asked[begin - 1]):
            begin -= 1
        problem, order = "", b""
        for _ in range(_TRIES):
            try:
                seen = self._once(begin)
                seen.check()
            except UnsteadyError as failure:
                problem = str(failure)
            else:
                if not seen.repeats or seen.order == order:
                    return
                problem = f"{seen.repeats} of {seen.count} rows came more than once, in a new order"
                order = seen.order
            self.pages.keep(begin)
        message = f"{self.service.source}: {self.pages.path.name.split('.')[0]}: {problem}."
        raise TransientSourceError(
            message, source=self.service.source, remedy="The next night tries again."
        )

    def _is_ours(self, head: Mapping[str, Any]) -> bool:
        return all(head.get(name) == value for name, value in self.place.items())

    def _once(self, begin: int) -> Seen:
        """Take up the pages that are there from a place on, and ask for those that follow."""
        seen, at = Seen(self.key), self._first()
        is_resumed = False
        for head, body in self._kept(begin):
            seen.add(rows_at(body, self.records), head["total"])
            at, is_resumed = head["next"], True
        asked = set()
        while at is not None:
            if at in asked:
                message = f"the service names the same next page again after {seen.count} rows"
                raise UnsteadyError(message)
            asked.add(at)
            at = self._page(seen, at, is_resumed=is_resumed)
            is_resumed = False
        return seen

    def _kept(self, begin: int) -> Iterator[tuple[Mapping[str, Any], Any]]:
        if begin < len(self.pages.asked):
            yield from islice(read_pages(self.pages.path), begin, None)

    def _page(self, seen: Seen, at: At, *, is_resumed: bool) -> At | None:
        """Ask for a page, keep it, and return where the next one is."""
        try:
            answer = self.ask(*self._parameters(at))
        except (NotServed, RefusedError):
            if isinstance(at, str) and is_resumed:
                message = "the cursor of the night before is not known any more"
                raise UnsteadyError(message) from None
            if not self._is_past_the_end(at):
                raise
            answer = None
        if answer is not None and answer.status == _NO_CONTENT:
            message = "an answer has no body, and the contract does not say that 204 is `nothing`"
            raise UnsteadyError(message)
        rows = [] if answer is None else rows_at(answer.data, self.records)
        total = total_of(self.paging, answer) if answer is not None else None
        if self.paging.by == "none" and self.paging.most and len(rows) >= self.paging.most:
            raise FullError
        seen.add(rows, total)
        following = None if answer is None else self._next(seen, at, len(rows), answer)
        head = {**self.place, "at": at, "next": following, "total": total}
        self.pages.add(head, b"null" if answer is None else answer.body)
        return following

    def _is_past_the_end(self, at: At) -> bool:
        """Say whether a page that is not there can be the one after the last."""
        return self.paging.by in ("page", "offset") and at != self._first()

    def _first(self) -> At | None:
        return {"page": self.paging.first, "offset": 0}.get(self.paging.by, "")

    def _parameters(self, at: At) -> tuple[Values, str]:
        values: dict[str, str | int] = {}
        if self.paging.size_parameter is not None and self.size is not None:
            values[self.paging.size_parameter] = self.size
        if self.paging.by == "link":
            return values, str(at)
        if self.paging.parameter is not None and at != "":
            values[self.paging.parameter] = at
        return values, ""

    def _next(self, seen: Seen, at: At, rows: int, answer: Answer) -> At | None:
        by = self.paging.by
        if by in ("cursor", "link"):
            return self.service.next_of(self.paging, answer)
        if by == "none" or not rows:
            return None
        is_short = self.size is not None and rows < self.size
        if is_short and seen.total is not None and seen.count >= seen.total:
            return None
        return int(at) + (1 if by == "page" else rows)


def rows_at(body: Any, records: str) -> list[Any]:
    """Return the rows of an answer; none for one that says there is nothing.

    Raises:
        UnsteadyError: It has no list of rows.
    """
    found = [] if body is None else at_path(body, records)
    if not isinstance(found, list):
        message = f"an answer has no list of rows at {records!r}"
        raise UnsteadyError(message)
    return found


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=12).digest()
