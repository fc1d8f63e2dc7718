"""Asking an Ed-Fi ODS/API (v5 to v7): every resource the contract names, whole or what changed.

Where the server tells change versions, a whole is read up to the newest one and then what changed
meanwhile, so that it is the state of one moment; an increment is what changed since, with what was
deleted. Where it does not, everything is read each time. Which pages are asked for and how they are
known to be all is in `paging`, what is kept of a row in `records`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from hit_pipeline.errors import (
    NotServed,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.edfi.paging import Crawl, UnsteadyError, final_records
from hit_pipeline.sources.edfi.records import Filter
from hit_pipeline.sources.edfi.service import Service
from hit_pipeline.sources.edfi.state import State, changes, whole
from hit_pipeline.sources.pull.pages import Pages
from hit_pipeline.sources.pull.pulling import Mode, Part, PulledPart, Spool
from hit_pipeline.sources.transport import Look
from hit_pipeline.sources.web.client import RefusedError

_TRIES = 3
"""How often a resource that does not hold still is read from the start."""
_LAST = "students"
"""The resource asked for last: its findings tell of all that was not served."""


def puller(district: District, name: str, contract: Contract) -> "EdFiPuller":
    """Return what asks an ``edfi_rest`` source.

    Raises:
        PermanentSourceError: `resources` names one the contract does not have.
    """
    settings = district.sources[name].rest
    if settings is None:
        message = f"{name}: has no `rest`."
        raise PermanentSourceError(message, source=name, remedy="See docs/connecting.md.")
    known = {resource_of(contract, file): file for file in contract.files}
    unknown = sorted(set(settings.resources) - set(known))
    if unknown:
        message = f"{name}: the contract has no resource {', '.join(unknown)}."
        remedy = f"Valid for sources.{name}.rest.resources: {', '.join(known)}."
        raise PermanentSourceError(message, source=name, remedy=remedy)
    asked = [file for one, file in known.items() if one in (settings.resources or known)]
    return EdFiPuller(name, settings, contract, tuple(sorted(asked, key=_LAST.__eq__)))


def resource_of(contract: Contract, file: str) -> str:
    """Return the name the API has for a file of the contract: its pattern without the ending."""
    return PurePosixPath(contract.files[file].pattern).stem


@dataclass(frozen=True)
class EdFiPuller:
    """Asks one ODS/API.

    Attributes:
        source: Name of the source.
        settings: The service.
        contract: Its contract.
        files: The contract's files that are asked for; students last.
    """

    source: str
    settings: Rest
    contract: Contract
    files: Sequence[str]

    @property
    def fingerprint(self) -> str:
        """Address, parameters, page size and what is kept."""
        kept = {file: sorted(self._columns(file)) for file in self.files}
        told = [self.settings.url, self.settings.parameters, self.settings.page_size, kept]
        return json.dumps(told, sort_keys=True)

    def pull(self, spool: Spool, parts: Sequence[Part]) -> None:
        """Ask for every part that is not whole yet.

        Raises:
            TransientSourceError: The server cannot answer now, or a resource does not hold still.
            PermanentSourceError: Credentials, a permission, an address; or no student is to be
                seen.
        """
        waiting = [part for part in parts if spool.whole(part.file) is None]
        for part in parts:
            if part not in waiting:
                spool.pages(part.file).clear()
        if not waiting:
            return
        service = Service(self.source, self.settings)
        state = State.of(service, waiting)
        for part in waiting:
            done = self._part(service, spool, part, state)
            if part.file == _LAST:
                done = _with_findings(done, self._let_go(spool, parts))
            spool.finish(done)
            spool.pages(part.file).clear()
            if not done.rows:
                (spool.folder / done.entry).unlink()

    def look(self) -> Iterator[Look]:
        """Look at addresses, credentials, change queries, snapshot, and each resource."""
        service = Service(self.source, self.settings)
        at = service.at
        told = f"ODS/API {'.'.join(map(str, at.version or ())) or 'of unknown version'}"
        told += f", data standard {at.standard or 'unknown'}, data at {at.data}"
        yield Look("discovery", at.is_discovered, told if at.is_discovered else f"none: {told}")
        for look in service.live.look():
            yield look
            if not look.ok and look.what == "connection":
                return
        known = service.versions()
        newest = f"on, newest version {known[1]}" if known else "off: everything is asked each time"
        yield Look("change queries", ok=True, seen=newest)
        has_snapshot = known is not None and service.take_snapshot(0)
        yield Look("snapshot", ok=True, seen="asked for" if has_snapshot else "none")
        for file in self.files:
            yield self._looked_at(service, file)

    def _looked_at(self, service: Service, file: str) -> Look:
        resource = resource_of(self.contract, file)
        query = {"limit": "0", "totalCount": "true"}
        try:
            answer = service.asked.get(service.resource(resource), query)
        except SourceError as failure:
            is_let_go = self._may_go(file, failure)
            return Look(resource, is_let_go, f"{'let go: ' if is_let_go else ''}{failure}")
        total = answer.headers.get("Total-Count")
        is_well = total != "0" or self.contract.files[file].optional
        return Look(resource, is_well, f"{total if total is not None else 'unknown'} rows")

    def _part(self, service: Service, spool: Spool, part: Part, state: State) -> PulledPart:
        """Ask for a part, from the start when it does not hold still."""
        problem = ""
        for _ in range(_TRIES):
            try:
                return self._asked(service, spool, part, state)
            except UnsteadyError as failure:
                problem = str(failure) or "the order of its rows changed"
                spool.pages(part.file).clear()
            except (NotServed, RefusedError) as failure:
                if not self._may_go(part.file, failure):
                    raise self._named(part.file, service, failure) from None
                return self._absent(spool, part.file, failure)
        resource = resource_of(self.contract, part.file)
        message = f"{self.source}: {resource} did not hold still {_TRIES} times ({problem} rows)."
        remedy = "The next night tries again. If it stays so, set `page_size` to what it gives."
        raise TransientSourceError(message, source=self.source, remedy=remedy)

    def _may_go(self, file: str, failure: SourceError) -> bool:
        """Say whether the night goes on without a resource that is not there, or not for us."""
        is_forbidden = isinstance(failure, RefusedError) and failure.status == 403
        is_absent = isinstance(failure, NotServed) or is_forbidden
        return self.contract.files[file].optional and is_absent

    def _named(self, file: str, service: Service, failure: SourceError) -> SourceError:
        """Return a failure; one of a request that is not understood names the likeliest cause."""
        if not isinstance(failure, RefusedError) or failure.status == 403:
            return failure
        resource = resource_of(self.contract, file)
        message = f"{self.source}: {resource}: the server does not take the request"
        message += f" ({failure.status}), with pages of {service.page_size} rows."
        remedy = f"If it gives fewer at once, set sources.{self.source}.rest.page_size."
        return PermanentSourceError(message, source=self.source, remedy=remedy)

    def _absent(self, spool: Spool, file: str, failure: SourceError) -> PulledPart:
        """Say that an optional resource is not to be had; it is asked for again each night."""
        rule = "edfi.not_served" if isinstance(failure, NotServed) else "edfi.not_allowed"
        detail = f"the key may not see {resource_of(self.contract, file)}, or it is not there"
        spool.pages(file).clear()
        (spool.folder / _entry(file)).touch()
        found = Finding(file, rule, "warning", 1, detail)
        return PulledPart(file, _entry(file), "delta", 0, None, (found,))

    def _asked(self, service: Service, spool: Spool, part: Part, state: State) -> PulledPart:
        kept = Filter(self._columns(part.file))
        resource = resource_of(self.contract, part.file)
        crawl = Crawl(service, resource, spool.pages(part.file), kept)
        low = state.low(part)
        mode: Mode = "delta"
        newest = state.newest
        if low is None or state.newest is None or not changes(crawl, low, state.newest):
            if low is not None:
                crawl = Crawl(service, resource, _emptied(spool, part.file), kept)
            mode, newest = "bulk", whole(service, crawl, state.newest)
        rows = _write(spool, part.file, crawl, kept)
        if mode == "bulk" and not rows:
            if not self.contract.files[part.file].optional:
                message = f"{self.source}: {resource} is answered, but the key sees no row of it."
                remedy = "Check the key's claim set and education organizations in the ODS."
                raise PermanentSourceError(message, source=self.source, remedy=remedy)
            mode = "delta"
        cursor = state.cursor(newest)
        found = tuple(_noticed(part.file, kept))
        return PulledPart(part.file, _entry(part.file), mode, rows, cursor, found)

    def _columns(self, file: str) -> frozenset[str]:
        """Return the names of the contract's columns."""
        columns = self.contract.files[file].columns
        return frozenset(name for one in columns for name in (one.name, *one.aliases))

    def _let_go(self, spool: Spool, parts: Sequence[Part]) -> list[Finding]:
        whole = (spool.whole(part.file) for part in parts if part.file != _LAST)
        return [
            finding
            for one in whole
            if one is not None and not one.rows
            for finding in one.findings
            if finding.rule.startswith("edfi.not_")
        ]


def _emptied(spool: Spool, file: str) -> Pages:
    pages = spool.pages(file)
    pages.clear()
    return pages


def _entry(file: str) -> str:
    return f"{file}.records.jsonl"


def _write(spool: Spool, file: str, crawl: Crawl, kept: Filter) -> int:
    """Write the records of a part, one a line; return how many."""
    rows = 0
    with (spool.folder / _entry(file)).open("w", encoding="utf-8", newline="\n") as handle:
        for record in final_records(crawl.pages):
            told = record if rows else kept.completed(record)
            handle.write(json.dumps(told, ensure_ascii=False) + "\n")
            rows += 1
    return rows


def _noticed(file: str, kept: Filter) -> Iterator[Finding]:
    if kept.left_out:
        names = ", ".join(sorted(kept.left_out))
        detail = f"properties no column of the contract is of, left out: {names}"
        yield Finding(file, "edfi.not_kept", "info", len(kept.left_out), detail)
    if kept.numbers:
        detail = "social-security numbers among identification codes, never kept"
        yield Finding(file, "landing.scrubbed", "warning", kept.numbers, detail)


def _with_findings(part: PulledPart, findings: Sequence[Finding]) -> PulledPart:
    return PulledPart(
        part.file,
        part.entry,
        part.mode,
        part.rows,
        part.cursor,
        (*part.findings, *findings),
    )
