"""What the pages of one resource have shown so far, in one pass or in several.

Pages of a pull that broke off are taken in exactly like fresh ones, so that a crawl goes on as if
nothing had happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hit_pipeline.sources.oneroster.rest_objects import identity, modified

MOST_ROWS = 50_000_000
"""Rows of one resource; a server that gives more makes them up as it is asked."""


@dataclass
class Crawled:
    """The rows known, and what the pass under way is like.

    Attributes:
        file: The contract's name of the file.
        ids: Rows known, by identity.
        total: How many there are by the server's last word; None: it does not say.
        turn: Number of the pass, from 1.
        passed: Identities of this pass.
        walked: Rows of this pass, repeated ones included.
        fresh: Rows this pass was the first to show.
        odd: True when this pass showed a row twice: rows may have been missed instead.
        shifted: True when the total changed during this pass.
        rising: True while the identities of this pass come in order, so that one that comes twice
            is twice in the data.
        quiet: Finished passes in a row that showed nothing new.
        linked: Whether the server linked to a page after the last one.
        next: Query of the page that follows; None when there is none.
        first: Identities on the first page of this pass.
        last: Identities on the last one.
        newest: When the newest row was changed; None: no row says.
        oldest: When the oldest one was.
        undated: Rows that do not say when they were changed.
    """

    file: str
    ids: set[str] = field(default_factory=set)
    total: int | None = None
    turn: int = 1
    passed: set[str] = field(default_factory=set)
    walked: int = 0
    fresh: int = 0
    odd: bool = False
    shifted: bool = False
    rising: bool = True
    quiet: int = 0
    linked: bool = False
    next: dict[str, str] | None = None
    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    newest: datetime | None = None
    oldest: datetime | None = None
    undated: int = 0

    @property
    def is_complete(self) -> bool:
        """False while the rows known are fewer than the server says there are."""
        known = max(len(self.ids), self.walked if self.rising else 0)
        return self.total is None or known >= self.total

    def take(self, page: Mapping[str, Any], objects: Sequence[Any]) -> None:
        """Take in a page that was kept: what was asked, and what it lists."""
        if page["turn"] != self.turn:
            self.end_pass()
            self.turn = page["turn"]
        ids = [identity(self.file, one) for one in objects]
        fresh = set(ids) - self.ids
        self.odd |= not self.passed.isdisjoint(ids) or len(set(ids)) < len(ids)
        self.rising &= ids == sorted(ids) and self.last[-1:] <= ids[:1]
        self.shifted |= bool(self.walked) and page["total"] != self.total
        self.total = page["total"]
        self.fresh += len(fresh)
        self.walked += len(ids)
        self.first, self.last = self.first or ids, ids
        self.ids |= fresh
        self.passed.update(ids)
        self.linked = page["next"] is not None
        self.next = _following(page, len(ids))
        for one in objects:
            self._date(modified(one))

    def end_pass(self) -> None:
        """Begin the next pass."""
        is_quiet = not self.fresh and self.walked >= len(self.ids)
        self.quiet = self.quiet + 1 if is_quiet else 0
        self.turn += 1
        self.passed, self.first, self.last = set(), [], []
        self.walked = self.fresh = 0
        self.odd = self.shifted = False
        self.rising = True
        self.next = None

    def is_handed_back(self, objects: Sequence[Any]) -> bool:
        """Say whether a page is the one before it, or the first one, once more."""
        ids = [identity(self.file, one) for one in objects]
        return bool(self.last) and ids in (self.last, self.first)

    @property
    def is_endless(self) -> bool:
        """True when a pass shows more rows again than rows, or more than any district has."""
        again = self.walked - len(self.passed)
        return self.walked > MOST_ROWS or again > len(self.passed) + len(self.last)

    def _date(self, at: datetime | None) -> None:
        if at is None:
            self.undated += 1
            return
        self.newest = max(self.newest or at, at)
        self.oldest = min(self.oldest or at, at)


def _following(page: Mapping[str, Any], received: int) -> dict[str, str] | None:
    """Return the query of the next page: by the rows received, or by a link that counts no rows."""
    query, link = page["query"], page["next"]
    if link is not None and "offset" not in link:
        return {**{key: value for key, value in query.items() if key != "offset"}, **link}
    if "offset" not in query:
        return None
    own = {key: value for key, value in (link or {}).items() if key != "limit"}
    return {**query, **own, "offset": str(int(query["offset"]) + received)}
