"""The lake on disk: where every table lives, candidates and promotion, verdicts, the one writer.

Layout below the root::

    format.json                          version of this layout
    writer.lock                          the one-writer lease
    landing/<source>/<date>/<delivery>/  see the room `landing`
    typed/<source>/<table>.parquet       typed rows of one source, all years
    typed/<source>/fates.parquet         fates of its landed rows (row_fate)
    typed/<source>/quarantine.parquet    its quarantined rows
    typed/<source>/state.json            fingerprint it was built from, rows per school year
    conformed/<table>/[school_year=Y/]part-0.parquet
    marts/<table>/[school_year=Y/]part-0.parquet
    candidates/<table>/[school_year=Y/]part-0.parquet     written, not yet checked
    verdicts/<table>/<partition>.json    what the suite said of the promoted file, and its digest
    releases/                            see the room `release`
    disclosures/ledger.jsonl             files with pupils that went out, see the room `privacy`

A conformed table or mart is written as a candidate, checked, and only then promoted by a rename.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from hit_pipeline.engine import sync_file, sync_folder
from hit_pipeline.errors import LakeBusy, LakeFormatError
from hit_pipeline.tables.model import Table

FORMAT_VERSION = 1
_FOLDERS = {"conformed": "conformed", "mart": "marts"}


@dataclass(frozen=True)
class Lake:
    """The lake of one district.

    Attributes:
        root: Folder of the lake.
    """

    root: Path

    @classmethod
    def open(cls, root: Path) -> "Lake":
        """Open a lake, making an empty one where there is none.

        Raises:
            LakeFormatError: The lake was written by another format version.
        """
        marker = root / "format.json"
        if not marker.exists():
            root.mkdir(parents=True, exist_ok=True)
            write_json(marker, {"lake_format": FORMAT_VERSION})
        found = json.loads(marker.read_text(encoding="utf-8")).get("lake_format")
        if found != FORMAT_VERSION:
            message = f"{root} has lake format {found}; this code reads {FORMAT_VERSION}"
            raise LakeFormatError(message, remedy="Use the version of hit_pipeline that wrote it.")
        return cls(root)

    @property
    def landing(self) -> Path:
        """Folder of the delivery store."""
        return self.root / "landing"

    @property
    def releases(self) -> Path:
        """Folder of the releases."""
        return self.root / "releases"

    def typed(self, source: str) -> Path:
        """Folder of one source's typed tables, fates and quarantine."""
        return self.root / "typed" / source

    def typed_parts(self, table: Table) -> list[Path]:
        """Return the files of a typed table, one per source that has any."""
        return sorted((self.root / "typed").glob(f"*/{table.name}.parquet"))

    def part(self, table: Table, school_year: str | None = None) -> Path:
        """Return where the promoted file of a table (of one school year) is or will be."""
        return self.root / _FOLDERS[table.layer] / table.name / _leaf(table, school_year)

    def parts(self, table: Table) -> list[Path]:
        """Return every promoted file of a table."""
        return sorted((self.root / _FOLDERS[table.layer] / table.name).glob("**/part-0.parquet"))

    def years(self, table: Table) -> list[str]:
        """Return the school years a partitioned table has been promoted for."""
        found = (path.parent.name for path in self.parts(table))
        return sorted(name.partition("=")[2] for name in found if name.startswith("school_year="))

    def candidate(self, table: Table, school_year: str | None = None) -> Path:
        """Return where a table is written before it is checked."""
        return self.root / "candidates" / table.name / _leaf(table, school_year)

    def verdict_path(self, table: Table, school_year: str | None = None) -> Path:
        """Return where the verdict on a promoted file is kept."""
        return self.root / "verdicts" / table.name / f"{school_year or 'all'}.json"

    def promote(self, table: Table, school_year: str | None, verdict: Mapping[str, Any]) -> Path:
        """Make a checked candidate the table's file and keep the verdict on it.

        The verdict on the file before goes first and the new one, with the digest of the candidate,
        comes last: a crash in between leaves a table without a verdict, which the release refuses
        and the next run builds again.

        Args:
            table: The table.
            school_year: Its partition; None for a table without partitions.
            verdict: What the suite said, as JSON data.

        Returns:
            The promoted file.
        """
        candidate, target = self.candidate(table, school_year), self.part(table, school_year)
        said = self.verdict_path(table, school_year)
        kept = {**verdict, "sha256": digest(candidate)}
        said.parent.mkdir(parents=True, exist_ok=True)
        said.unlink(missing_ok=True)
        sync_folder(said.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        candidate.replace(target)
        sync_folder(target.parent)
        write_json(said, kept)
        return target

    @contextlib.contextmanager
    def lease(
        self, holder: str, now: datetime, *, wait_seconds: float = 0, name: str = "writer"
    ) -> Iterator[None]:
        """Hold a lease of the lake for a block; the system lets go of it when a process dies.

        Args:
            holder: Who asks, for the message another process gets.
            now: Since when, for the same message.
            wait_seconds: How long to wait for another holder; 0 gives up at once.
            name: ``writer`` for one step, ``night`` for a whole run.

        Raises:
            LakeBusy: Another process holds it; the message says who and since when.
        """
        with (self.root / f"{name}.lock").open("a+", encoding="utf-8") as handle:
            deadline = time.monotonic() + wait_seconds
            while not _locked(handle):
                if time.monotonic() >= deadline:
                    handle.seek(0)
                    other = handle.read().strip() or "another process"
                    message = f"the lake is in use by {other}."
                    raise LakeBusy(message, remedy="Wait for it to end, then run again.")
                time.sleep(0.2)
            handle.truncate(0)
            handle.write(f"{holder}, process {os.getpid()}, since {now.isoformat()}\n")
            handle.flush()
            yield


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leaf(table: Table, school_year: str | None) -> Path:
    if table.partitioned != (school_year is not None):
        message = f"{table.name} is {'' if table.partitioned else 'not '}partitioned by school year"
        raise ValueError(message)
    return Path(f"school_year={school_year}" if school_year else "") / "part-0.parquet"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON durably: whole or not at all, keys sorted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sync_file(draft)
    draft.replace(path)
    sync_folder(path.parent)
