"""The adapter of sources that drop files: which file of the contract each is, and its columns.

A file may lie alone in the source's folder (or a folder in it), compressed, or in a zip with
others; its name says which file of the contract it is. How each format is read is in a module of
its own.
"""

import fnmatch
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

import ibis

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import Member, is_bundle, members, refused
from hit_pipeline.landing.delivery import Arrival, Finding, LandedFile
from hit_pipeline.landing.scrub import forbidden_columns, is_forbidden
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract import Contract, FileSpec
from hit_pipeline.sources.delimited import Dialect, read_delimited
from hit_pipeline.sources.drop_folder import as_arrivals, settled_files
from hit_pipeline.sources.excel import Sheet, read_excel
from hit_pipeline.sources.fixed_width import read_fixed_width
from hit_pipeline.sources.headers import Matched, match
from hit_pipeline.sources.json_records import JsonShape, read_json
from hit_pipeline.sources.text_rows import TextRows, Unread


@dataclass(frozen=True)
class FilesAdapter:
    """A source whose files a contract describes.

    Attributes:
        source: Name of the source.
        contract: Its contract.
        now: Instant of the run, UTC: when what waits counts as received.
        settle_seconds: How long a file must not have changed to be taken.
        thresholds: Limits of size.
    """

    source: str
    contract: Contract
    now: datetime
    settle_seconds: int
    thresholds: Thresholds

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return every settled file of the folder, oldest first; each is an arrival of its own."""
        found = settled_files(inbox, now=self.now, settle_seconds=self.settle_seconds)
        return as_arrivals(self.source, inbox, found, self.now)

    def is_whole(self, landed: LandedFile) -> bool:
        """Say whether the contract has the file deliver everything each time."""
        spec = self.contract.files.get(landed.file)
        return spec is not None and spec.delivers == "full"

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        """Read an arrival; several members that are the same file of the contract become one.

        Raises:
            DeliveryRefused: No file of the contract has its name or any of its columns
                (``landing.no_contract_file``); a required column is missing
                (``contract.missing_column``); it has no row although the contract asks for some
                (``landing.header_only``); or what `members` and the readers refuse.
        """
        found: dict[str, list[ReadFile]] = {}
        strangers = 0
        for member in members(arrival.path, source=self.source, thresholds=self.thresholds):
            candidates = self._candidates(member.name)
            strangers += not candidates
            if candidates:
                one = self._read(engine, member, candidates, workspace)
                found.setdefault(one.file, []).append(one)
        if not found:
            patterns = ", ".join(spec.pattern for spec in self.contract.files.values())
            raise self._refused(
                rule="no_contract_file",
                message="no file of the contract has its name",
                entry=arrival.name,
                remedy=f"Valid: {patterns}.",
            )
        notes = self._notes(found, strangers) if is_bundle(arrival.path) else ()
        for same in found.values():
            whole = same[0] if len(same) == 1 else _merged(engine, same, workspace)
            self._check_rows(whole)
            yield replace(whole, findings=(*whole.findings, *notes))
            notes = ()

    def _candidates(self, name: str) -> list[str]:
        base = PurePosixPath(name).name.casefold()
        return [
            file
            for file, spec in self.contract.files.items()
            if fnmatch.fnmatchcase(base, spec.pattern.casefold())
        ]

    def _read(
        self, engine: Engine, member: Member, candidates: Sequence[str], workspace: Path
    ) -> ReadFile:
        """Read a member as the first file whose name matches and whose columns do."""
        path = member.extract_to(workspace)
        refusals = []
        for file in candidates:
            unread = Unread(path, self.source, file, member.name, workspace, self.thresholds)
            try:
                return _read_file(engine, unread, self.contract.files[file])
            except DeliveryRefused as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def _check_rows(self, whole: ReadFile) -> None:
        refuses = self.contract.files[whole.file].empty == "refused"
        if refuses and whole.rows is None and whole.malformed is None:
            raise self._refused(
                rule="header_only",
                message="has a header and no row",
                entry=whole.entry,
                remedy="Send the whole file.",
            )

    def _notes(self, found: Collection[str], strangers: int) -> tuple[Finding, ...]:
        """Return what a bundle has too much or too little of."""
        absent = [
            Finding(file, "contract.missing_file", "warning", 1, "the bundle does not hold it")
            for file, spec in self.contract.files.items()
            if not spec.optional and file not in found
        ]
        detail = "files in the bundle that no file of the contract has the name of"
        unknown = Finding("", "landing.unknown_entry", "warning", strangers, detail)
        return (*absent, unknown) if strangers else tuple(absent)

    def _refused(self, *, rule: str, message: str, entry: str, remedy: str) -> DeliveryRefused:
        return refused(message, self.source, rule, entry, remedy)


def _read_file(engine: Engine, unread: Unread, spec: FileSpec) -> ReadFile:
    """Read a file and give its columns the names of the contract.

    Declared columns it does not have are null.
    """
    text = _text_rows(engine, unread, spec)
    matched = match(text.names, spec.columns, unread.file)
    if text.header:
        _check_columns(unread, matched, forbidden_columns(text.header, spec.forbidden))
    rows = None
    if text.rows is not None:
        cells = {
            name: text.rows[own] for name, own in zip(matched.columns, text.names, strict=True)
        }
        absent = {one.name: ibis.null("string") for one in matched.missing}
        rows = text.rows.select(**cells, **absent)
    return ReadFile(
        unread.file,
        unread.entry,
        text.header,
        rows,
        text.malformed,
        (*text.findings, *matched.findings, *_column_notes(unread.file, matched, text)),
        columns=matched.columns,
        count=text.count,
        forbidden=spec.forbidden,
        scrubbed=text.scrubbed,
    )


def _text_rows(engine: Engine, unread: Unread, spec: FileSpec) -> TextRows:
    in_order = tuple(column.name for column in spec.columns) if spec.header_row == 0 else ()
    if spec.format == "excel":
        return read_excel(engine, unread, Sheet(spec.sheet, spec.header_row, in_order))
    if spec.format in ("json", "json_lines"):
        keep_out = partial(is_forbidden, patterns=spec.forbidden)
        lines = spec.format == "json_lines"
        return read_json(engine, unread, JsonShape(lines, spec.records, spec.encoding, keep_out))
    dialect = Dialect(spec.encoding, spec.delimiter, spec.quote, spec.header_row, in_order)
    if spec.format == "fixed_width":
        return read_fixed_width(engine, unread, spec.columns, dialect)
    return read_delimited(engine, unread, dialect)


def _check_columns(unread: Unread, matched: Matched, forbidden: Sequence[str]) -> None:
    if not matched.declared:
        raise DeliveryRefused(
            message="its name matches, but none of its columns is in the contract",
            source=unread.source,
            rule="landing.no_contract_file",
            file=unread.entry,
            remedy="Check `delimiter`, `header_row`, `encoding`, or whether it is the right file.",
            forbidden=forbidden,
        )
    if matched.missing_required:
        present = ", ".join(sorted((*(one.name for one in matched.declared), *matched.extra)))
        missing = ", ".join(sorted(matched.missing_required))
        message = f"lacks the required columns {missing}; present are {present}"
        raise DeliveryRefused(
            message,
            source=unread.source,
            rule="contract.missing_column",
            file=unread.entry,
            remedy="Send the columns, or name their new headers as aliases in the contract.",
            forbidden=forbidden,
        )


def _column_notes(file: str, matched: Matched, text: TextRows) -> list[Finding]:
    if not text.header:
        return []
    lists = {
        "contract.extra_column": ("columns the contract does not know", matched.extra),
        "contract.missing_column": (
            "columns of the contract it does not have",
            tuple(column.name for column in matched.missing),
        ),
    }
    return [
        Finding(file, rule, "info", len(names), f"{words}: {', '.join(names)}")
        for rule, (words, names) in lists.items()
        if names
    ]


def _merged(engine: Engine, same: Sequence[ReadFile], workspace: Path) -> ReadFile:
    """Make one file of members of a bundle that are the same file of the contract, in order."""
    paths = []
    for place, one in enumerate(same):
        if one.rows is not None:
            paths.append(workspace / f"{one.file}.{place}.merged.parquet")
            engine.write(one.rows, paths[-1])
    malformed = [one.malformed for one in same if one.malformed is not None]
    headers = {
        column: header
        for one in same
        for header, column in zip(one.header, one.columns, strict=True)
    }
    return replace(
        same[0],
        entry=", ".join(one.entry for one in same),
        header=tuple(headers.values()),
        columns=tuple(headers),
        rows=engine.read(paths) if paths else None,
        malformed=ibis.union(*malformed) if len(malformed) > 1 else next(iter(malformed), None),
        findings=tuple(finding for one in same for finding in one.findings),
        count=sum(one.count or 0 for one in same),
        scrubbed=tuple(path for one in same for path in one.scrubbed),
    )
