"""Asking a OneRoster service: every resource whole or by what changed, and where to go on.

An increment asks for rows changed after the newest one known, less the look-back. Not every server
honours such a filter, and one that ignores it must not be believed: what it gives is looked at,
and where it cannot be what was asked for, the resource is asked for whole.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

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
from hit_pipeline.sources.oneroster.rest_crawl import Question, ask_first, crawl, objects_of
from hit_pipeline.sources.oneroster.rest_objects import RESOURCES, written
from hit_pipeline.sources.oneroster.rest_seen import Crawled
from hit_pipeline.sources.oneroster.rest_service import Service
from hit_pipeline.sources.oneroster.rest_since import (
    EVERY,
    NONE,
    WHOLE,
    NotHonouredError,
    Reason,
    Since,
    asked_whole,
    at_most_now,
    check,
)
from hit_pipeline.sources.pull.pages import Pages
from hit_pipeline.sources.pull.pulling import Part, PulledPart, Spool
from hit_pipeline.sources.transport import Look
from hit_pipeline.sources.web.auth import TokenRefusedError
from hit_pipeline.sources.web.client import RefusedError

_NO_ROW = "the service lists no row of it; nothing was taken as removed"
PAGE_SIZE = 500
"""Rows asked for at once: what servers that clamp are known to give."""


class OneRosterPuller:
    """Pulls the resources of a OneRoster service."""

    def __init__(self, district: District, source: str, contract: Contract) -> None:
        """Make a puller of a source; nothing is asked yet.

        Raises:
            PermanentSourceError: The settings do not say enough.
        """
        settings = district.sources[source].rest
        if settings is None:
            message = f"sources.{source}.rest is not set"
            raise PermanentSourceError(message, source=source)
        self.source, self._settings = source, settings
        self._service = Service(source, settings)
        self._files = _files(source, settings)
        self._optional = {name for name, spec in contract.files.items() if spec.optional}

    @property
    def files(self) -> Sequence[str]:
        """Names of the contract's files that are asked for, in order."""
        return self._files

    @property
    def fingerprint(self) -> str:
        """Address and version."""
        return json.dumps([self._service.address, self._service.version])

    def pull(self, spool: Spool, parts: Sequence[Part]) -> None:
        """Ask for every part the spool does not hold whole.

        A resource we may do without that is not served, or not to us, is left out and told.

        Raises:
            TransientSourceError: It may work in the next night; or there is no user at all.
            PermanentSourceError: Somebody must change something.
        """
        notes: list[Finding] = []
        for part in parts:
            if spool.whole(part.file) is not None:
                continue
            try:
                spool.finish(self._part(spool.pages(part.file), part))
            except PermanentSourceError as failure:
                note = _left_out(part.file, failure)
                if note is None or part.file not in self._optional:
                    raise
                spool.pages(part.file).clear()
                notes.append(note)
        _tell(spool, parts, notes)

    def look(self) -> Iterator[Look]:
        """Look at connection, credentials and clock, then at one row of each resource."""
        for one in self._service.look():
            yield one
            if not one.ok and one.what != "clock":
                return
        for file in self._files:
            yield self._look_at(file)

    def _look_at(self, file: str) -> Look:
        question = self._question(file)
        path = question.resource.path
        try:
            _, answer = ask_first(self._service.get, path, {**question.query, "limit": "1"})
            rows = objects_of(answer, question)
        except SourceError as failure:
            note = _left_out(file, failure)
            if note is not None and file in self._optional:
                return Look(path, ok=True, seen=f"{note.detail}; the rest is read without it")
            return Look(path, ok=False, seen=str(failure))
        total = answer.headers.get("X-Total-Count")
        counted = f", {total} rows in all by its word" if total else ""
        return Look(path, ok=True, seen=("may be read" if rows else "has no row") + counted)

    def _question(
        self, file: str, since: str | None = None, because: Reason | None = None
    ) -> Question:
        limit = self._settings.page_size or PAGE_SIZE
        return Question(self.source, file, RESOURCES[file], limit, since, because=because)

    def _part(self, pages: Pages, part: Part) -> PulledPart:
        pages.path.touch()
        since = Since.read(part.since)
        reason: Reason | None = pages.asked[-1]["because"] if pages.asked else None
        if since is not None and reason is None:
            try:
                return self._increment(pages, part.file, since)
            except NotHonouredError as problem:
                reason = problem.reason
                pages.clear()
                pages.path.touch()
        return self._whole(pages, part, reason)

    def _increment(self, pages: Pages, file: str, since: Since) -> PulledPart:
        """Ask for what changed.

        Raises:
            NotHonouredError: What came cannot be that.
        """
        after = since.at - timedelta(hours=self._settings.look_back_hours)
        question = replace(self._question(file, written(after)), most=since.rows // 2)
        try:
            seen = crawl(self._service.get, pages, question, check(after, since.rows))
        except (RefusedError, NotServed):
            raise NotHonouredError(reason="refused") from None
        except TransientSourceError:
            if pages.asked or self._probed(file, None) != "rows":
                raise
            raise NotHonouredError(reason="refused") from None
        if not seen.ids and self._probed(file, EVERY) != "rows":
            raise NotHonouredError(reason="blind")
        known = [since.at]
        if seen.is_complete and seen.newest is not None:
            known.append(at_most_now(seen.newest))
        cursor = str(Since(max(known), since.rows))
        return self._pulled(pages, seen, "delta", cursor, [])

    def _whole(self, pages: Pages, part: Part, reason: Reason | None) -> PulledPart:
        """Ask for everything; it is bulk when it is known to be that."""
        file = part.file
        seen = crawl(self._service.get, pages, self._question(file, because=reason))
        if file == "users" and not seen.ids:
            message = f"{self.source}: the service lists no user; that is no roster"
            remedy = "See whether the account may see any; the rows of before stay."
            raise TransientSourceError(message, source=self.source, remedy=remedy)
        notes = [asked_whole(file, reason)] if reason else []
        cursor: str | None = None
        if part.since == WHOLE:
            cursor = WHOLE
            notes.append(asked_whole(file, None))
        elif self._settings.full_every_days and seen.newest is not None:
            found = self._no_increments(file, seen)
            cursor = WHOLE if found else str(Since(at_most_now(seen.newest), len(seen.ids)))
            notes += [asked_whole(file, found)] if found and found != reason else []
        if not seen.ids:
            notes.append(Finding(file, "oneroster.header_only", "warning", 1, _NO_ROW))
        mode: Literal["bulk", "delta"] = "bulk" if seen.ids and seen.is_complete else "delta"
        return self._pulled(pages, seen, mode, cursor, notes)

    def _pulled(
        self,
        pages: Pages,
        seen: Crawled,
        mode: Literal["bulk", "delta"],
        cursor: str | None,
        notes: Sequence[Finding],
    ) -> PulledPart:
        findings = (*notes, *_oddities(seen))
        return PulledPart(seen.file, pages.path.name, mode, len(seen.ids), cursor, findings)

    def _no_increments(self, file: str, seen: Crawled) -> Reason | None:
        """Return why increments cannot be asked for; None when they can.

        A filter that no row passes must give none, and one that every row passes some.
        """
        if seen.undated or (len(seen.ids) > 1 and seen.oldest == seen.newest):
            return "undated"
        none, every = self._probed(file, NONE), self._probed(file, EVERY)
        if "refused" in (none, every):
            return "refused"
        return "ignored" if none == "rows" else "blind" if every == "nothing" else None

    def _probed(self, file: str, since: str | None) -> Literal["rows", "nothing", "refused"]:
        """Ask for one row changed after an instant, or for any."""
        question = self._question(file, since)
        query = {**question.query, "limit": "1"}
        try:
            _, answer = ask_first(self._service.get, question.resource.path, query)
            return "rows" if objects_of(answer, question) else "nothing"
        except SourceError:
            return "refused"


def _files(source: str, settings: Rest) -> tuple[str, ...]:
    """Return the files asked for: those of the settings, by our name or the service's.

    Raises:
        PermanentSourceError: One is none of the protocol.
    """
    names = {one.path: file for file, one in RESOURCES.items()} | {file: file for file in RESOURCES}
    unknown = [one for one in settings.resources if one not in names]
    if unknown:
        valid = ", ".join(one.path for one in RESOURCES.values())
        message = f"sources.{source}.rest.resources: no resource of ours: {', '.join(unknown)}"
        raise PermanentSourceError(message, source=source, remedy=f"Valid: {valid}.")
    wanted = {names[one] for one in settings.resources} or set(RESOURCES)
    return tuple(file for file in RESOURCES if file in wanted)


def _left_out(file: str, failure: SourceError) -> Finding | None:
    """Return what to say of a resource we do without; None when it failed in another way."""
    path = RESOURCES[file].path
    if isinstance(failure, NotServed):
        detail = f"the service does not have /{path}"
        return Finding(file, "oneroster.not_served", "warning", 1, detail)
    is_forbidden = isinstance(failure, RefusedError) and failure.status == 403
    if is_forbidden or isinstance(failure, TokenRefusedError):
        detail = f"the service does not let us see /{path}: ask for its scope or permission"
        return Finding(file, "oneroster.not_permitted", "warning", 1, detail)
    return None


def _oddities(seen: Crawled) -> list[Finding]:
    """Return what was odd about the pages of a resource."""
    found = []
    if not seen.is_complete:
        detail = (
            f"the service says there are {seen.total} rows and gives {len(seen.ids)}, however "
            "often it is asked; nothing was taken as removed"
        )
        missing = (seen.total or 0) - len(seen.ids)
        found.append(Finding(seen.file, "oneroster.count", "warning", missing, detail))
    if seen.turn > 1:
        detail = "the pages had to be asked for more than once: their order or number changes"
        found.append(Finding(seen.file, "oneroster.page_order", "warning", seen.turn, detail))
    return found


def _tell(spool: Spool, parts: Sequence[Part], notes: Sequence[Finding]) -> None:
    """Add notes, and what was found in parts without rows, to the first part that is delivered."""
    whole = [one for part in parts if (one := spool.whole(part.file)) is not None]
    told = [one for one in whole if one.rows or one.mode == "bulk"]
    silent = [note for one in whole if one not in told for note in one.findings]
    if told:
        known = told[0].findings
        fresh = [note for note in (*notes, *silent) if note not in known]
        spool.finish(replace(told[0], findings=(*known, *fresh)))
