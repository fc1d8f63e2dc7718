"""The rows of one file of a delivery, written for good: text cells and where they stood."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.errors import LakeError
from hit_pipeline.landing.delivery import Finding, LandedFile, shown_name
from hit_pipeline.landing.scrub import forbidden_columns
from hit_pipeline.sources.base import ReadFile


@dataclass(frozen=True)
class Kept:
    """A file whose rows are written.

    Attributes:
        landed: The file, its paths in the folder of the draft.
        findings: What was noticed about it, forbidden columns included.
        scrubbed: True when it had forbidden columns.
    """

    landed: LandedFile
    findings: tuple[Finding, ...]
    scrubbed: bool


def keep_rows(engine: Engine, read: ReadFile, delivery_id: str, folder: Path, number: int) -> Kept:
    """Write the rows of a file, without the columns that must not be kept.

    Well-formed rows are numbered from 1 in file order, malformed ones go on from there.

    Args:
        engine: The table engine.
        read: The file.
        delivery_id: Its delivery.
        folder: Where to write, as ``<file>-<number>.parquet``.
        number: Tells files of one delivery apart.

    Raises:
        LakeError: The engine could not read the rows, or not all of them.
    """
    names = read.columns or read.header
    dropped = [
        name
        for name, header in zip(names, read.header, strict=True)
        if forbidden_columns((name, header), read.forbidden)
    ]
    scrubbed = [*dropped, *read.scrubbed]
    path = folder / f"{read.file}-{number}.parquet"
    malformed_path = path.with_suffix(".malformed.parquet")
    good = bad = 0
    if read.rows is not None:
        good = _write(engine, _numbered(read.rows, delivery_id, after=0).drop(*dropped), path, read)
    if read.count not in (None, good):
        message = f"{shown_name(read.entry)}: {read.count} rows were counted and {good} read."
        raise LakeError(message, remedy="This is a defect of the reader: keep the file, report it.")
    if read.malformed is not None:
        lines = read.malformed.order_by("_line")
        if scrubbed:
            lines = lines.mutate(raw=ibis.null("string"))
        bad = _write(engine, _numbered(lines, delivery_id, after=good), malformed_path, read)
    landed = LandedFile(
        read.file,
        read.entry,
        good + bad,
        bad,
        read.header,
        path if good else None,
        malformed_path if bad else None,
        read.excluded_rule,
        read.mode,
        read.columns,
        read.cursor,
    )
    found = tuple(_scrubbed(read.file, name) for name in scrubbed)
    return Kept(landed, (*read.findings, *found), bool(scrubbed))


def _numbered(rows: ir.Table, delivery_id: str, *, after: int) -> ir.Table:
    number = ibis.row_number() + (after + 1)
    return rows.mutate(_delivery_id=ibis.literal(delivery_id), _row=number.cast("int64"))


def _write(engine: Engine, rows: ir.Table, path: Path, read: ReadFile) -> int:
    """Write rows. What the engine says of a file it cannot read may hold cells: it is not told."""
    try:
        return engine.write(rows, path)
    except duckdb.Error as error:
        if "No space left on device" in str(error):
            message = f"{shown_name(read.entry)} is not landed: the disk of the lake is full."
            raise LakeError(message, remedy="Free space; the next run takes it in.") from None
        kind = type(error).__name__
        message = f"{shown_name(read.entry)}: the engine could not read its rows ({kind})."
        raise LakeError(message, remedy="The file stays in the drop folder.") from None


def _scrubbed(file: str, name: str) -> Finding:
    detail = f"{name!r} is never kept: its cells and the original were destroyed"
    return Finding(file, "landing.scrubbed", "warning", 1, detail, name)
