"""The adapter of OneRoster REST 1.1 and 1.2: pages of a pull as files of the CSV binding.

It reads what `hit_pipeline.sources.oneroster.rest_puller` brought. Objects become the rows the
shipped contract knows (`oneroster_rest_cells`); roles, which REST has inside users, become
roles.csv. What a row says is judged as it is in a CSV.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Finding, LandedFile
from hit_pipeline.landing.store import deliveries
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.contract.reading import read_file
from hit_pipeline.sources.oneroster.findings import Rows, row_findings
from hit_pipeline.sources.oneroster.references import reference_findings
from hit_pipeline.sources.oneroster.rest_cells import cells, roles
from hit_pipeline.sources.oneroster.rest_objects import RESOURCES, identity, listed
from hit_pipeline.sources.pull.pages import read_pages
from hit_pipeline.sources.pull.pulling import PulledPart, pulled, read_pull
from hit_pipeline.sources.reading.text_rows import Unread

_PASSWORD = "^passwords?$"  # noqa: S105 (the pattern of a key)
_MISSING = "no row has the required key"


@dataclass(frozen=True)
class OneRosterRest:
    """A source that is asked for a OneRoster.

    Attributes:
        source: Name of the source.
        contract: The contract of OneRoster.
        now: Instant of the run, UTC: when what waits counts as received.
        thresholds: Limits of size.
        lake: Where earlier deliveries lie: an increment refers to what they hold.
    """

    source: str
    contract: Contract
    now: datetime
    thresholds: Thresholds
    lake: Lake

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return the pull that lies in a folder."""
        return pulled(self.source, inbox, self.now)

    def is_whole(self, landed: LandedFile) -> bool:
        """Say whether everything was asked for, and came."""
        return landed.mode == "bulk"

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        """Read a pull: a file for each part, and roles beside users that have them.

        Raises:
            DeliveryRefused: What the reader refuses.
        """
        found: list[ReadFile] = []
        for part in read_pull(arrival.path).values():
            found += self._read_part(engine, arrival.path / part.entry, part, workspace)
        has_roles = any(one.file == "roles" for one in found)
        given = {one.file: rows for one in found if (rows := _rows(one)) is not None}
        notes = reference_findings(engine, given, lambda file: self._earlier(engine, file))
        for one in found:
            own = [note for note in notes if note.file == one.file]
            yield replace(
                one, findings=(*one.findings, *_judged(engine, one, has_roles=has_roles), *own)
            )

    def _read_part(
        self, engine: Engine, pages: Path, part: PulledPart, workspace: Path
    ) -> Iterator[ReadFile]:
        path = workspace / f"{part.file}.rows.jsonl"
        if not write_lines(path, (_row(part.file, one) for one in objects(part.file, pages))):
            blank = ReadFile(part.file, part.entry, (), None, None, part.findings, count=0)
            yield replace(blank, mode="delta", cursor=part.cursor)
            return
        read = self._read_file(engine, part, part.file, path, workspace)
        yield replace(read, findings=(*part.findings, *read.findings), cursor=part.cursor)
        if part.file == "users":
            yield from self._roles(engine, pages, part, read.rows, workspace)

    def _roles(
        self, engine: Engine, pages: Path, part: PulledPart, users: ir.Table | None, workspace: Path
    ) -> Iterator[ReadFile]:
        """Read the roles in users; an increment takes back those its users had and have no more."""
        path = workspace / "roles.rows.jsonl"
        stated = [role for one in objects("users", pages) for role in roles(one)]
        if part.mode == "delta" and users is not None:
            own = {role["sourcedId"] for role in stated}
            earlier = self._earlier_roles(engine, users)
            stated += [role for role in earlier if role["sourcedId"] not in own]
        if write_lines(path, stated):
            yield self._read_file(engine, part, "roles", path, workspace)

    def _read_file(
        self, engine: Engine, part: PulledPart, file: str, path: Path, workspace: Path
    ) -> ReadFile:
        """Read rows; when some cannot be read, nothing is taken as removed for want of them."""
        spec = self.contract.files[file]
        own = spec.model_copy(
            update={
                "format": "json_lines",
                "records": "",
                "encoding": "utf-8",
                "forbidden": (*spec.forbidden, _PASSWORD),
            }
        )
        unread = Unread(path, self.source, file, part.entry, workspace, self.thresholds)
        read = read_file(engine, unread, own)
        mode = "delta" if read.malformed is not None else part.mode
        findings = list(read.findings)
        if mode != part.mode:
            detail = "some rows could not be read; nothing was taken as removed"
            findings.append(Finding(file, "oneroster.nothing_removed", "warning", 1, detail))
        return replace(read, mode=mode, findings=tuple(findings))

    def _earlier(self, engine: Engine, file: str) -> ir.Table | None:
        """Return what earlier deliveries hold of a file, the newest last."""
        paths = [
            landed.path
            for one in deliveries(self.lake, self.source)
            for landed in one.files
            if landed.file == file and landed.path is not None
        ]
        return engine.read(paths) if paths else None

    def _earlier_roles(self, engine: Engine, users: ir.Table) -> list[dict[str, Any]]:
        """Return the roles that earlier deliveries hold of some users, as gone."""
        known = self._earlier(engine, "roles")
        if known is None:
            return []
        changed = users.select(userSourcedId="sourcedId", at="dateLastModified")
        both = known.drop("dateLastModified", "status").inner_join(changed, "userSourcedId")
        gone = both.select(
            "sourcedId",
            "userSourcedId",
            "role",
            "orgSourcedId",
            status=ibis.literal("tobedeleted"),
            dateLastModified=both["at"],
        ).distinct()
        rows: list[dict[str, Any]] = engine.collect(gone.order_by("sourcedId")).to_pylist()
        return rows


def objects(file: str, pages: Path) -> Iterator[Any]:
    """Yield what the pages of a resource list, each object once: as it was the last time."""
    resource = RESOURCES[file]

    def every() -> Iterator[tuple[int, str, Any]]:
        lists = (listed(body, resource) or [] for _, body in read_pages(pages))
        for place, one in enumerate(chain.from_iterable(lists)):
            yield place, identity(file, one), one

    last = {known: place for place, known, _ in every()}
    for place, known, one in every():
        if last[known] == place:
            yield one


def write_lines(path: Path, rows: Iterable[Any]) -> int:
    """Write rows as JSON lines; return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row) + "\n")
            count += 1
    return count


def _row(file: str, one: Any) -> Any:
    """Return an object as a row; what is no object is left as it is, to be told as malformed."""
    return cells(file, one) if isinstance(one, dict) else one


def _rows(read: ReadFile) -> Rows | None:
    if read.rows is None:
        return None
    return Rows(read.file, read.rows, read.columns, "bulk" if read.mode == "bulk" else "delta")


def _judged(engine: Engine, read: ReadFile, *, has_roles: bool) -> list[Finding]:
    """Return what is wrong with the rows of a file. REST states what a delta of CSV does."""
    rows = _rows(read)
    if rows is None:
        return []
    missing = [
        Finding(read.file, "oneroster.required", "warning", read.count or 0, _MISSING, name)
        for name in rows.layout.required
        if name not in read.columns
    ]
    return [*missing, *row_findings(engine, replace(rows, mode="delta"), has_roles=has_roles)]
