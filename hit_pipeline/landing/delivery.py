"""What a delivery is: the record kept beside the bytes of everything that arrived."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

Severity = Literal["critical", "warning", "info"]


def shown_name(name: str) -> str:
    """Return what stands for the name of a file where it may not be told: it may name a pupil.

    `hit source check` tells, in the terminal only, which file it is.

    >>> shown_name("ada_noor.csv")
    'file 4a9a0cf9'
    """
    return f"file {sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


@dataclass(frozen=True)
class Arrival:
    """A file, zip or folder that waits to be landed.

    Attributes:
        source: Name of the source in district.toml.
        name: Its name in the drop folder.
        path: Where it is.
        received_at: When it arrived, UTC.
        files: Of a folder: the files that belong to it; empty: all of them.
        changed_at: When it was last changed before it arrived; None when the source cannot tell.
    """

    source: str
    name: str
    path: Path
    received_at: datetime
    files: tuple[Path, ...] = ()
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """Something noticed about a delivery.

    Attributes:
        file: File in the delivery as the contract names it; empty for the delivery itself.
        rule: Rule id, such as ``tolerance.bom`` or ``drift.new_column``.
        severity: How bad.
        count: Rows or columns it was seen in.
        detail: In words; headers and closed codes may be repeated, cells never.
        column: Column meant; empty when not one.
    """

    file: str
    rule: str
    severity: Severity
    count: int
    detail: str
    column: str = ""


@dataclass(frozen=True)
class LandedFile:
    """One file of a delivery.

    Attributes:
        file: The contract's name of the file (``sessions``; for OneRoster ``users``).
        entry: Its name as it arrived.
        rows: Landed rows, malformed ones included; they are numbered 1 to ``rows``.
        malformed: The last ``malformed`` of these could not be split into cells.
        header: Column names as they arrived, in order.
        columns: Names these have in the rows, in the same order; empty: the same.
        cursor: Of a file that was asked for: where the next increment begins; None: there is none.
        path: Parquet of the well-formed rows: text columns under the contract's names (unknown
            columns under their own), ``_delivery_id`` and ``_row``; None when there are none.
        malformed_path: Parquet of the malformed ones: ``_delivery_id, _row, _line, error, raw``.
        excluded_rule: Set when the contract has no table for this file: its rows have the fate
            excluded by this rule.
        mode: OneRoster's ``bulk`` (the file is the whole) or ``delta`` (only what changed); None:
            as the contract's ``delivers`` says.
    """

    file: str
    entry: str
    rows: int
    malformed: int
    header: tuple[str, ...]
    path: Path | None
    malformed_path: Path | None
    excluded_rule: str | None = None
    mode: str | None = None
    columns: tuple[str, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A delivery as it lies in the store.

    Attributes:
        delivery_id: ``<source>-<first 16 hex of sha256>``, and ``-2`` and so on when a whole came
            back after another.
        source: Name of the source.
        name: Its name as it arrived; not shown outside the district's own terminal.
        received_at: When it first arrived, UTC.
        received_date: That day in the district's zone.
        status: ``landed``; ``refused`` by ``refused_rule``; or ``held`` by it until somebody
            approves (see `hit_pipeline.landing.hold`).
        refused_rule: Rule that refused or held it; None when landed.
        refused_message: Why, in words; None when landed.
        bytes: Size as it arrived.
        sha256: Digest: of the file; of a folder, over names and digests of its files in order.
        mode: OneRoster: ``bulk``, ``delta`` or ``mixed`` by its manifest; else None.
        scrubbed: True when forbidden columns were removed and the original destroyed.
        files: Its files.
        findings: What was noticed.
        folder: Its folder in the landing zone.
        changed_date: The day, in the district's zone, it was last changed before it arrived; None
            when the source cannot tell.
    """

    delivery_id: str
    source: str
    name: str
    received_at: datetime
    received_date: date
    status: Literal["landed", "refused", "held"]
    refused_rule: str | None
    refused_message: str | None
    bytes: int
    sha256: str
    mode: str | None
    scrubbed: bool
    files: tuple[LandedFile, ...]
    findings: tuple[Finding, ...]
    folder: Path
    changed_date: date | None = None

    @property
    def as_of(self) -> date:
        """The day it tells of: when it was last changed, at the latest when it was received."""
        return min(self.changed_date or self.received_date, self.received_date)

    @property
    def rows(self) -> int:
        """Landed rows of all its files."""
        return sum(file.rows for file in self.files)
