"""The adapter of sources that drop files: which file of the contract each is, and its columns.

A file may lie alone in the source's folder (or a folder in it), compressed, or in a zip with
others; its name says which file of the contract it is. How each format is read is in a module of
its own.
"""

import fnmatch
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import Member, is_bundle, members, refused
from hit_pipeline.landing.delivery import Arrival, Finding, LandedFile
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.contract.reading import merged, read_member
from hit_pipeline.sources.drop_folder import as_arrivals, settled_files
from hit_pipeline.sources.reading.text_rows import Unread


@dataclass(frozen=True)
class FilesAdapter:
    """A source whose files a contract describes.

    Attributes:
        source: Name of the source.
        contract: Its contract.
        now: Instant of the run, UTC: when what waits counts as received.
        settle_seconds: How long a file must not have changed to be taken.
        thresholds: Limits of size.
        pattern: Shell pattern of the names of its arrivals, matched without regard to case: others
            in the folder are another source's.
    """

    source: str
    contract: Contract
    now: datetime
    settle_seconds: int
    thresholds: Thresholds
    pattern: str = "*"

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return every settled file of the folder, oldest first; each is an arrival of its own."""
        settled = settled_files(inbox, now=self.now, settle_seconds=self.settle_seconds)
        wanted = self.pattern.casefold()
        found = [one for one in settled if fnmatch.fnmatchcase(one.name.casefold(), wanted)]
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
                given = self._unread(member, candidates[0], arrival, workspace)
                specs = {file: self.contract.files[file] for file in candidates}
                for one in read_member(engine, given, specs):
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
            whole = merged(engine, same, workspace)
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

    def _unread(self, member: Member, file: str, arrival: Arrival, workspace: Path) -> Unread:
        path, limits = member.extract_to(workspace), self.thresholds
        return Unread(path, self.source, file, member.name, workspace, limits, arrival.name)

    def _check_rows(self, whole: ReadFile) -> None:
        spec = self.contract.files.get(whole.file)
        refuses = spec is not None and spec.empty == "refused"
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
