"""The adapter of OneRoster CSV 1.0, 1.1 and 1.2: bulk and delta, as a zip or a folder.

It finds bundles, reads every file as text under the contract's names, decides bulk or delta file
by file, and reports everything the binding forbids and every tolerance it used. It refuses only
what cannot be taken as a whole. What a cell means is the contract's (`contracts/oneroster.toml`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.lake import Lake
from hit_pipeline.landing.bundle import Member, is_bundle, is_temporary, members
from hit_pipeline.landing.delivery import Arrival, LandedFile
from hit_pipeline.landing.encrypted import plain_name
from hit_pipeline.landing.store import deliveries
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.drop_folder import as_arrivals, is_settled
from hit_pipeline.sources.oneroster.files import Reader, Sorted, Text, sort_members
from hit_pipeline.sources.oneroster.findings import deletions
from hit_pipeline.sources.oneroster.judgement import judged
from hit_pipeline.sources.oneroster.layout import BY_ENTRY
from hit_pipeline.sources.oneroster.manifest import NAME, Manifest, Mode, manifest_findings
from hit_pipeline.sources.oneroster.references import reference_findings


@dataclass(frozen=True)
class OneRosterCsv:
    """A source that drops OneRoster bundles.

    Attributes:
        source: Name of the source.
        contract: The contract of OneRoster.
        pattern: Shell pattern of the names of zips and folders, matched without regard to case.
        now: Instant of the run, UTC: when what waits counts as received.
        settle_seconds: How long a file must not have changed to be taken.
        thresholds: Limits of size.
        lake: Where earlier deliveries lie: a delta may refer to what they hold.
    """

    source: str
    contract: Contract
    pattern: str
    now: datetime
    settle_seconds: int
    thresholds: Thresholds
    lake: Lake

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return what waits, oldest first.

        A zip is an arrival wherever it lies. So is a folder in the inbox, and the files that lie
        loose in the inbox together, when a file of OneRoster is among them and all are settled.
        Any other file is an arrival of its own, to be refused by name.
        """
        alone: list[Path] = []
        together: dict[Path, list[Path]] = {}
        for path in sorted(inbox.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            parts = path.relative_to(inbox).parts
            if is_bundle(path) or plain_name(path.name).lower().endswith(".zip"):
                alone.append(path)
            else:
                together.setdefault(inbox / parts[0] if len(parts) > 1 else inbox, []).append(path)
        groups = {folder: files for folder, files in together.items() if _is_roster(files)}
        alone += [
            one for folder, files in together.items() if folder not in groups for one in files
        ]
        ready = [path for path in alone if self._all_settled(inbox, [path])]
        whole = {
            folder: files for folder, files in groups.items() if self._all_settled(inbox, files)
        }
        found = as_arrivals(self.source, inbox, [*ready, *whole], self.now)
        return [replace(one, files=tuple(whole.get(one.path, ()))) for one in found]

    def _all_settled(self, inbox: Path, files: Iterable[Path]) -> bool:
        return all(
            is_settled(path, now=self.now, settle_seconds=self.settle_seconds)
            and not any(is_temporary(part) for part in path.relative_to(inbox).parts)
            for path in files
        )

    def is_whole(self, landed: LandedFile) -> bool:
        """Say whether a file came in bulk."""
        return landed.mode == "bulk"

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        """Read a bundle; the manifest comes first, with the findings about the whole.

        Raises:
            DeliveryRefused: No file of OneRoster is in it (``landing.no_contract_file``), it is
                empty (``oneroster.missing_manifest``), no file or not even users has a row
                (``landing.header_only``); or what `members` and the readers refuse.
        """
        parts = sort_members(self._members(arrival), self.source)
        self._check_contents(arrival, parts)
        reader = Reader(engine, self.source, self.contract, self.thresholds, workspace)
        manifest, head = _read_manifest(reader, parts)
        texts = {file: reader.read(file, member) for file, member in parts.known.items()}
        modes = {file: _mode(engine, manifest, text) for file, text in texts.items()}
        self._check_rows(arrival, texts, modes)
        rows = {file: text.rows_as(modes[file]) for file, text in texts.items()}
        given = {file: one for file, one in rows.items() if one is not None}
        notes = [*parts.findings, *manifest_findings(manifest, texts.keys())]
        notes += reference_findings(engine, given, lambda file: self._earlier(engine, file))
        has_roles = "roles" in texts or manifest.version == "1.2"
        first, *rest = [
            *head,
            *(
                judged(engine, text, modes[file], self._excluded(file), has_roles=has_roles)
                for file, text in texts.items()
            ),
            *(one for stranger in parts.strangers.items() for one in _stranger(reader, *stranger)),
        ]
        yield replace(first, findings=(*notes, *first.findings))
        yield from rest

    def _excluded(self, file: str) -> str | None:
        return None if file in self.contract.files else "oneroster.no_table"

    def _members(self, arrival: Arrival) -> list[Member]:
        try:
            return list(members(arrival.path, source=self.source, thresholds=self.thresholds))
        except DeliveryRefused as refusal:
            if refusal.rule != "landing.empty_file":
                raise
            message = "is empty: it has no manifest.csv and no other file"
            raise self._refused(arrival, "oneroster.missing_manifest", message) from None

    def _check_contents(self, arrival: Arrival, parts: Sorted) -> None:
        fits = fnmatchcase(arrival.path.name.casefold(), self.pattern.casefold())
        if not fits and not arrival.path.is_dir():
            message = f"its name does not match the pattern {self.pattern}"
            raise self._refused(arrival, "landing.no_contract_file", message)
        if parts.known or parts.manifest is not None:
            if is_bundle(arrival.path):
                return
            message = "is one file of a OneRoster, not a bundle"
            raise self._refused(arrival, "landing.no_contract_file", message)
        if parts.strangers:
            message = "no file of OneRoster is in it"
            raise self._refused(arrival, "landing.no_contract_file", message)
        message = "is empty: it has no manifest.csv and no other file"
        raise self._refused(arrival, "oneroster.missing_manifest", message)

    def _check_rows(
        self, arrival: Arrival, texts: Mapping[str, Text], modes: Mapping[str, Mode]
    ) -> None:
        """Refuse a bulk bundle without a row, or without a user: it would remove everybody."""
        if "bulk" not in modes.values():
            return
        if not any(text.has_lines for text in texts.values()):
            message = "no file in it has a row"
            raise self._refused(arrival, "landing.header_only", message)
        users = texts.get("users")
        if users is not None and modes["users"] == "bulk" and not users.has_lines:
            message = f"{users.entry} has no row: a roster without people is not taken"
            raise self._refused(arrival, "landing.header_only", message)

    def _refused(self, arrival: Arrival, rule: str, message: str) -> DeliveryRefused:
        remedy = "Send a zip or folder with the CSV files of a OneRoster."
        return DeliveryRefused(
            message, source=self.source, rule=rule, file=arrival.name, remedy=remedy
        )

    def _earlier(self, engine: Engine, file: str) -> ir.Table | None:
        """Return what earlier deliveries hold of a file."""
        paths = [
            landed.path
            for one in deliveries(self.lake, self.source)
            for landed in one.files
            if landed.file == file and landed.path is not None
        ]
        return engine.read(paths) if paths else None


def _is_roster(files: Iterable[Path]) -> bool:
    names = {plain_name(path.name).casefold() for path in files}
    return any(
        name.endswith(".csv") and name.removesuffix(".csv") in {*BY_ENTRY, NAME} for name in names
    )


def _read_manifest(reader: Reader, parts: Sorted) -> tuple[Manifest, list[ReadFile]]:
    """Read the manifest; its rows are no data and are not landed."""
    if parts.manifest is None:
        return Manifest(None), []
    read = reader.read(NAME, parts.manifest)
    properties: dict[str, str] = {}
    if read.rows is not None and len(read.rows.columns) > 1:
        names = list(read.rows.columns[:2])
        for row in reader.engine.collect(read.rows.select(*names)).to_pylist():
            key, value = ((row[name] or "").strip() for name in names)
            properties[key.casefold()] = value
    landed = read.as_read(read.findings, excluded_rule="oneroster.no_table", mode=None)
    return Manifest(properties), [replace(landed, rows=None, count=0)]


def _mode(engine: Engine, manifest: Manifest, text: Text) -> Mode:
    stated = manifest.stated(text.file) in ("bulk", "delta")
    rows = None if stated else text.rows_as("delta")
    return manifest.mode(text.file, has_deletions=rows is not None and deletions(engine, rows) > 0)


def _stranger(reader: Reader, file: str, member: Member) -> list[ReadFile]:
    """Read a CSV file the binding does not know; what is no text table is only counted."""
    if not member.name.casefold().endswith(".csv"):
        return []
    try:
        text = reader.read(file, member)
    except DeliveryRefused as refusal:
        if refusal.rule == "landing.unreadable":
            return []
        raise
    return [text.as_read(text.findings, excluded_rule="oneroster.unknown_entry", mode="delta")]
