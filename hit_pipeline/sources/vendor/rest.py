"""Asking a vendor's web service as its contract says: no code for an ordinary vendor.

Each file with a `request` is asked for whole, or what changed since; files that are asked for the
rows of another file go with it. Pages are crawled in `crawl`, requests are made in
`service`, spans of time in `times`.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hit_pipeline.errors import PermanentSourceError, SourceError
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.contract.rest import Paging, Request, RestApi
from hit_pipeline.sources.pull.pages import Pages, read_pages
from hit_pipeline.sources.pull.pulling import Part, PulledPart, Spool
from hit_pipeline.sources.reading.json_records import at_path
from hit_pipeline.sources.transport import Look
from hit_pipeline.sources.vendor.crawl import Crawl, FullError, UnsteadyError, rows_at
from hit_pipeline.sources.vendor.service import Service, Values, check_places, filled, total_of
from hit_pipeline.sources.vendor.times import Span, bounds, changed_at, spans, written


def puller(district: District, name: str, contract: Contract) -> "VendorPuller":
    """Return what asks a ``vendor_rest`` source.

    Raises:
        PermanentSourceError: The contract has no request, `resources` names a file it does not
            have, or a place of it is not filled.
    """
    source = district.sources[name]
    requests = {file: one.request for file, one in contract.files.items() if one.request}
    if source.rest is None or contract.rest is None or not requests:
        message = f"{name}: its contract {contract.id} has no request."
        raise PermanentSourceError(message, source=name, remedy="Give its files a `request`.")
    unknown = sorted(set(source.rest.resources) - set(requests))
    if unknown:
        message = f"{name}: the contract asks for no file {', '.join(unknown)}."
        remedy = f"Valid for sources.{name}.rest.resources: {', '.join(requests)}."
        raise PermanentSourceError(message, source=name, remedy=remedy)
    wanted = set(source.rest.resources or requests)
    wanted |= {file for one in wanted for file, _ in requests[one].parents}
    zone = source.time_zone or district.district.time_zone
    asked = {file: one for file, one in requests.items() if file in wanted}
    texts = [*contract.rest.query.values(), *(t for one in asked.values() for t in _texts(one))]
    check_places(name, source.rest, texts)
    return VendorPuller(name, source.rest, contract.rest, contract.files, asked, ZoneInfo(zone))


def _texts(request: Request) -> list[str]:
    """Return the texts of a request that may have places."""
    window = [request.window.first_day] if request.window is not None else []
    return [request.path, *request.query.values(), *window]


@dataclass(frozen=True)
class VendorPuller:
    """Asks one vendor.

    Attributes:
        source: Name of the source.
        settings: Where the service is, and who asks.
        api: What holds for all requests.
        specs: The contract's files.
        requests: Requests by file, in the contract's order.
        zone: Zone of days, where the contract says none.
    """

    source: str
    settings: Rest
    api: RestApi
    specs: Mapping[str, FileSpec]
    requests: Mapping[str, Request]
    zone: ZoneInfo

    @property
    def files(self) -> Sequence[str]:
        """Names of the files that are asked for, in the contract's order."""
        return tuple(self.requests)

    @property
    def fingerprint(self) -> str:
        """Address, parameters, page size and everything the contract says of the requests."""
        asked = {file: one.model_dump(mode="json") for file, one in self.requests.items()}
        api, settings = self.api.model_dump(mode="json"), self.settings
        records = {file: self.specs[file].records for file in self.requests}
        told = [settings.url, settings.parameters, settings.page_size, api, asked, records]
        return json.dumps(told, sort_keys=True)

    def pull(self, spool: Spool, parts: Sequence[Part]) -> None:
        """Ask for every part that is not whole yet.

        A file and those that are asked for its rows are asked for whole together, or not.

        Raises:
            TransientSourceError: The service cannot answer now, or its rows do not hold still.
            PermanentSourceError: Credentials, a permission, an address, or more rows than one
                answer can hold.
        """
        service = Service(self.source, self.settings, self.api)
        due = {self._root(part.file) for part in parts if part.since is None}
        for part in parts:
            if spool.whole(part.file) is None:
                whole = replace(part, since=None) if self._root(part.file) in due else part
                spool.finish(self._part(service, spool, whole))

    def look(self) -> Iterator[Look]:
        """Look at connection, credentials and clock, and at the first page of each file."""
        service = Service(self.source, self.settings, self.api)
        for look in service.client.look():
            yield look
            if not look.ok and look.what == "connection":
                return
        for file, request in self.requests.items():
            if not request.parents:
                yield self._looked_at(service, file, request)

    def _looked_at(self, service: Service, file: str, request: Request) -> Look:
        now = datetime.now(UTC)
        cut = self._spans(request, now.isoformat(), now)
        values = self._values(request, cut[-1] if cut else None, None)
        try:
            answer = service.ask(request, {}, values)
            rows = rows_at(answer.data if answer else None, self.specs[file].records)
        except (SourceError, UnsteadyError) as failure:
            return Look(file, ok=False, seen=str(failure))
        total = total_of(self._paging(request), answer) if answer is not None else 0
        counted = f"{total} rows" if total is not None else f"{len(rows)} rows in a first answer"
        return Look(file, ok=True, seen=counted)

    def _root(self, file: str) -> str:
        parents = self.requests[file].parents
        return parents[0][0] if parents else file

    def _paging(self, request: Request) -> Paging:
        return request.paging or self.api.paging

    def _part(self, service: Service, spool: Spool, part: Part) -> PulledPart:
        """Ask every question of a part and say what came."""
        request, pages = self.requests[part.file], spool.pages(f"{part.file}.pages")
        pages.path.touch()
        places, findings = self._places(spool, part.file, request)
        cut = self._spans(request, part.since, spool.begun)
        waiting = deque((place, span) for place in places for span in cut)
        ended = _ended(pages)
        while waiting:
            place, span = waiting.popleft()
            head = _head(place, span)
            if _text(head) in ended:
                continue
            try:
                self._crawl(service, part, pages, head, place, span).run()
            except FullError:
                halves = self._cut(part.file, span)
                waiting.extendleft((place, half) for half in reversed(halves))
        rows, cursor = self._summary(spool, part, pages)
        return PulledPart(part.file, pages.path.name, part.mode, rows, cursor, findings)

    def _crawl(
        self,
        service: Service,
        part: Part,
        pages: Pages,
        head: Mapping[str, Any],
        place: Mapping[str, str],
        span: Span | None,
    ) -> Crawl:
        request, spec = self.requests[part.file], self.specs[part.file]
        values, paging = self._values(request, span, part.since), self._paging(request)
        sizes = (self.settings.page_size or paging.size, paging.most)
        size = min((one for one in sizes if one is not None), default=None)

        def ask(more: Values, link: str) -> Any:
            return service.ask(request, place, {**values, **more}, link)

        return Crawl(service, ask, paging, size, spec.records, spec.natural_key, pages, head)

    def _cut(self, file: str, span: Span | None) -> list[Span]:
        halves = span.halves if span is not None else []
        if halves:
            return halves
        message = f"{self.source}: {file}: an answer holds as many rows as one can."
        remedy = "There may be more: the contract must say how to ask for pages, or for spans."
        raise PermanentSourceError(message, source=self.source, remedy=remedy)

    def _spans(self, request: Request, since: str | None, begun: datetime) -> Sequence[Span | None]:
        window = request.window
        if window is None:
            return [None]
        first = date.fromisoformat(filled(window.first_day, self.settings.parameters))
        known = datetime.fromisoformat(since) if since is not None else None
        if known is not None:
            hours, days = self.settings.look_back_hours, window.look_back_days
            known -= max(timedelta(hours=hours), timedelta(days=days))
        return list(spans(window, first, known, begun.astimezone(self._zone(request))))

    def _values(self, request: Request, span: Span | None, since: str | None) -> dict[str, str]:
        """Return the parameters of time."""
        if request.window is not None and span is not None:
            return bounds(span, request.window, self._zone(request))
        if request.since is None or since is None:
            return {}
        known = datetime.fromisoformat(since) - timedelta(hours=self.settings.look_back_hours)
        local = known.astimezone(ZoneInfo(request.since.zone))
        return {request.since.parameter: written(local, request.since.format)}

    def _zone(self, request: Request) -> ZoneInfo:
        stated = request.window.zone if request.window is not None else None
        return ZoneInfo(stated) if stated is not None else self.zone

    def _places(
        self, spool: Spool, file: str, request: Request
    ) -> tuple[list[dict[str, str]], tuple[Finding, ...]]:
        """Return what fills the places of a request: once, or for each row of another file."""
        if not request.parents:
            return [{}], ()
        found: dict[str, dict[str, str]] = {}
        lacking = 0
        parent = request.parents[0][0]
        for row in self._rows(spool, parent):
            cells = {f"{parent}.{one}": at_path(row, one) for _, one in request.parents}
            texts = {name: str(cell) for name, cell in cells.items() if cell not in (None, "")}
            lacking += len(texts) < len(cells)
            if len(texts) == len(cells):
                found[json.dumps(texts)] = texts
        detail = f"rows of {parent} without the id their {file} are asked for by"
        note = Finding(file, "pull.no_parent_id", "warning", lacking, detail)
        return list(found.values()), (note,) if lacking else ()

    def _rows(self, spool: Spool, file: str) -> Iterator[Any]:
        whole = spool.whole(file)
        for _, body in read_pages(spool.folder / whole.entry) if whole is not None else ():
            yield from rows_at(body, self.specs[file].records)

    def _summary(self, spool: Spool, part: Part, pages: Pages) -> tuple[int, str | None]:
        """Return the rows of a part, and where its next increment begins."""
        request = self.requests[part.file]
        count, greatest = 0, None
        for body in pages.bodies():
            rows = rows_at(body, self.specs[part.file].records)
            count += len(rows)
            if request.since is not None:
                changed = (
                    changed_at(at_path(one, request.since.column), request.since) for one in rows
                )
                greatest = max((one for one in (*changed, greatest) if one), default=None)
        if request.parents:
            parent = spool.whole(request.parents[0][0])
            return count, parent.cursor if parent is not None else None
        if request.window is not None:
            return count, spool.begun.isoformat()
        if greatest is None:
            return count, part.since
        return count, min(greatest, spool.begun).isoformat()


def _head(place: Mapping[str, str], span: Span | None) -> dict[str, Any]:
    days = None if span is None else [span.begin.isoformat(), span.end.isoformat()]
    return {"parents": dict(place), "span": days}


def _ended(pages: Pages) -> set[str]:
    """Return the questions whose pages are all there; the last one is looked at again."""
    heads = [{name: one[name] for name in ("parents", "span")} for one in pages.asked]
    return {_text(one) for one in heads if one != heads[-1]}


def _text(head: Mapping[str, Any]) -> str:
    return json.dumps(head, sort_keys=True)
