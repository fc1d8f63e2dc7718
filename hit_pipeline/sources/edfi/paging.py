"""Reading a window of an Ed-Fi resource to its end, so that no row is passed over.

A window is everything, or what changed between two change versions. A window with an upper end can
only lose rows while it is read, for what changes leaves it: read from its last page to its first,
what moves up was read already. A window without one can also gain rows: there each page begins with
the last row of the one before, and when it does not, the order has changed. Where the server gives
tokens (7.3), rows keep their place and neither is needed. At the end the rows are counted.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hit_pipeline.errors import TransientSourceError
from hit_pipeline.sources.edfi.records import Filter, as_bytes, plain_id, tombstone
from hit_pipeline.sources.edfi.service import Service
from hit_pipeline.sources.pull.pages import Pages
from hit_pipeline.sources.web.client import Answer
from hit_pipeline.sources.web.question import Question

Kind = Literal["rows", "deletes", "keyChanges"]
Records = list[Mapping[str, Any]]
_DEEPEST = 50_000
"""Rows of a window above which it is read as two: servers count an offset from the start."""


class UnsteadyError(Exception):
    """What was read of a window cannot be all of it."""


@dataclass(frozen=True)
class Window:
    """A part of a resource.

    Attributes:
        kind: The rows themselves, what was deleted, or whose key was changed.
        low: First change version, inclusive; None: from the beginning.
        high: Last change version, inclusive; None: whatever there is.
    """

    kind: Kind
    low: int | None = None
    high: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """The window as parameters of a request."""
        ends = {"minChangeVersion": self.low, "maxChangeVersion": self.high}
        return {name: str(end) for name, end in ends.items() if end is not None}

    @property
    def key(self) -> list[Any]:
        """What its pages are known by in a broken pull."""
        return [self.kind, self.low, self.high]

    @property
    def halves(self) -> tuple["Window", "Window"]:
        """The window as two."""
        low, high = self.low or 0, self.high or 0
        middle = (low + high) // 2
        return Window(self.kind, low, middle), Window(self.kind, middle + 1, high)


class Crawl:
    """Reads windows of one resource into the pages of a pull, going on where one broke off."""

    def __init__(self, service: Service, resource: str, pages: Pages, kept: Filter) -> None:
        """Take up the pages that are there; nothing is asked yet."""
        self._service, self._url = service, service.resource(resource)
        self._resource, self.pages, self._kept = resource, pages, kept
        self._ids: dict[str, set[str]] = {}
        for asked, body in zip(pages.asked, pages.bodies(), strict=True):
            self._met(asked["window"], body)
            kept.left_out.update(asked["left_out"])
            kept.numbers += asked["numbers"]

    def read(self, window: Window) -> None:
        """Read a window to its end.

        Raises:
            UnsteadyError: What came cannot be all of it, or the server repeats itself.
        """
        by_token = window.kind == "rows" and self._service.at.has_cursor_paging
        total = None if by_token else self._count(window)
        if total == 0:
            return
        if by_token:
            self._forward_by_token(window)
        elif total is None or window.high is None:
            self._forward(window)
        elif total > _DEEPEST and window.high > (window.low or 0):
            for half in window.halves:
                self.read(half)
            return
        else:
            self._backward(window, total)
        self._check(window)

    def one(self, record_id: str) -> None:
        """Read one row by its id, whatever window it is in."""
        answer = self._service.asked.ask(
            Question("GET", f"{self._url}/{record_id}", hidden=(record_id,))
        )
        if isinstance(answer.data, dict):
            self._add(Window("rows"), [answer.data], {"id": record_id})

    def ids(self, kind: Kind) -> set[str]:
        """Return the ids met in rows, deletes or key changes so far."""
        return set().union(*(ids for key, ids in self._ids.items() if key.startswith(f"{kind} ")))

    def _met(self, key: list[Any], records: Records) -> None:
        known = self._ids.setdefault(" ".join(map(str, key)), set())
        known.update(plain_id(one) for one in records)

    def _read_so_far(self, window: Window) -> list[dict[str, Any]]:
        return [one for one in self.pages.asked if one["window"] == window.key]

    def _forward_by_token(self, window: Window) -> None:
        """Follow tokens; the first page has none and is as long as the server likes."""
        so_far = self._read_so_far(window)
        token = so_far[-1]["next"] if so_far else ""
        used = {one["next"] for one in so_far}
        while token is not None:
            paging = {"pageToken": token, "pageSize": str(self._service.page_size)}
            answer = self._get(window, paging if token else {})
            following = answer.headers.get("Next-Page-Token") or None
            if following is not None and following in used:
                raise UnsteadyError
            used.add(following)
            token = following
            self._add(window, _records(answer, self._url, self._service), {"next": token})

    def _backward(self, window: Window, total: int) -> None:
        """Read from the last page to the first."""
        size = self._service.page_size
        so_far = self._read_so_far(window)
        offset = so_far[-1]["offset"] - size if so_far else (total - 1) // size * size
        for at in range(offset, -1, -size):
            answer = self._get(window, {"offset": str(at), "limit": str(size)})
            self._add(window, _records(answer, self._url, self._service), {"offset": at})

    def _forward(self, window: Window) -> None:
        """Read from the first page to the last, each going on after the last row of the one before.

        Where that row has moved it is looked for on the page before.
        """
        so_far = self._read_so_far(window)
        at, last = (so_far[-1]["next"], so_far[-1]["last"]) if so_far else (0, None)
        size = max(self._service.page_size, 2)
        while at is not None:
            start, records, fresh = self._after(window, at, last, size)
            last = plain_id(records[-1]) if records else None
            at = start + len(records) - 1 if fresh else None
            self._add(window, fresh, {"next": at, "last": last})

    def _after(
        self, window: Window, at: int, last: str | None, size: int
    ) -> tuple[int, Records, Records]:
        """Return where a page was found that holds a row, the page, and the rows after that one."""
        for start in dict.fromkeys((at, max(0, at - size + 1))):
            answer = self._get(window, {"offset": str(start), "limit": str(size)})
            records = _records(answer, self._url, self._service)
            if last is None:
                return start, records, records
            ids = [plain_id(one) for one in records]
            if last in ids:
                return start, records, records[ids.index(last) + 1 :]
        raise UnsteadyError

    def _check(self, window: Window) -> None:
        """Compare what came with what the window holds now: it must have all of that."""
        total = self._count(window)
        came = len(self._ids.get(" ".join(map(str, window.key)), ()))
        if total is not None and came < total:
            message = f"{came} of {total}"
            raise UnsteadyError(message)

    def _count(self, window: Window) -> int | None:
        """Return the rows of a window; None when the server does not tell."""
        answer = self._get(window, {"offset": "0", "limit": "0", "totalCount": "true"})
        total = str(answer.headers.get("Total-Count") or "").strip()
        return int(total) if total.isdigit() else None

    def _get(self, window: Window, paging: Mapping[str, str]) -> Answer:
        below = "" if window.kind == "rows" else f"/{window.kind}"
        return self._service.asked.get(f"{self._url}{below}", {**window.query, **paging})

    def _add(self, window: Window, records: Records, asked: Mapping[str, Any]) -> None:
        """Write a page, with what was left out of it."""
        before = self._kept.numbers
        if window.kind == "rows":
            kept: list[dict[str, Any]] = [self._kept.record(one) for one in records]
        else:
            kept = [tombstone(one) for one in records]
        page = {
            "window": window.key,
            "left_out": sorted(self._kept.left_out),
            "numbers": self._kept.numbers - before,
            **asked,
        }
        self.pages.add(page, as_bytes(kept))
        self._met(window.key, records)


def _records(answer: Answer, url: str, service: Service) -> Records:
    data = answer.data
    if isinstance(data, list) and all(isinstance(one, dict) for one in data):
        return data
    name = url.rpartition("/")[2]
    message = f"{service.source}: {name} is answered with something that is no list of objects."
    raise TransientSourceError(message, source=service.source, remedy="Check the address.")


def final_records(pages: Pages) -> Iterator[Mapping[str, Any]]:
    """Yield the records of all pages in the order they were read, key changes aside."""
    bodies = zip(pages.asked, pages.bodies(), strict=True)
    told = (body for asked, body in bodies if asked["window"][0] != "keyChanges")
    yield from itertools.chain.from_iterable(told)
