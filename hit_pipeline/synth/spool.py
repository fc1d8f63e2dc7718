"""A zone's files on their way: bytes of each sheet and the lines of the answer key about it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from hit_pipeline.synth import key
from hit_pipeline.synth.injected import Injected
from hit_pipeline.synth.key_dosage import dosages
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.recording import record_zone, sheets
from hit_pipeline.synth.systems.sheet import UNQUOTED_COMMA, Sheet

BODIES = "bodies.bin"
_COMPRESSION = "zstd"


@dataclass(frozen=True)
class Part:
    """The bytes of one sheet in a zone's spool.

    Attributes:
        header: What stands before the first zone's part of the file; empty for none.
        rows: Rows of it.
        offset: Where its bytes begin in the zone's ``bodies.bin``.
    """

    source: str
    file: str
    form: str
    header: bytes
    rows: int
    offset: int
    length: int


@dataclass(frozen=True)
class Spooled:
    """A zone written: its parts in order, the folder of bytes and key, and faults by kind."""

    folder: Path
    parts: list[Part]
    injected: dict[str, int]


def spool_zone(plan: Plan, number: int, folder: Path) -> Spooled:
    """Make one zone and write it into a folder of its own."""
    folder.mkdir(parents=True)
    made = record_zone(plan, number)
    zone = made.zone
    records = {
        id(one.claims): key.record_ids(zone, nth, one.claims)
        for nth, one in enumerate(made.sources)
    }
    parts: list[Part] = []
    injected = Injected(made)
    truth, faults = _Growing(folder / "row_truth.parquet"), _Growing(folder / "fault.parquet")
    with (folder / BODIES).open("wb") as bodies:
        for nth, one in enumerate(sheets(plan, made)):
            body, header = to_bytes(one.sheet)
            rows = one.sheet.rows.num_rows
            place = (one.sheet.source, one.sheet.file, one.sheet.form)
            parts.append(Part(*place, header, rows, bodies.tell(), len(body)))
            bodies.write(body)
            injected.add(one)
            truth.add(key.row_truth(zone, one, records.get(id(one.claims))), nth)
            faults.add(key.faults(zone, one), nth)
    truth.close()
    faults.close()
    last = plan.nights[-1]
    tables = {
        "person": key.people(zone),
        "seat": key.seats(zone),
        "minute_cause": key.minute_causes(zone),
        "effect": key.effects(zone),
        "eligibility": key.eligibility(zone),
        "dosage": dosages(zone),
        "overbilling": key.overbilling(zone, made.bills, last.today),
        "tutor_claim": key.tutor_claims(zone, made.tutors),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression=_COMPRESSION)
    return Spooled(folder, parts, dict(injected.totals))


class _Growing:
    """A Parquet file that grows sheet by sheet; ``part`` says which sheet a line is about."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table, part: int) -> None:
        if not table.num_rows:
            return
        nth = pa.array([part], pa.int32()).take(pa.nulls(table.num_rows, pa.int64()).fill_null(0))
        self._waiting.append(table.append_column("part", nth))
        self._rows += table.num_rows
        if self._rows > 500_000:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._path, table.schema, compression="lz4")
            self._writer.write_table(table)
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()


def to_bytes(sheet: Sheet) -> tuple[bytes, bytes]:
    """Return the bytes of a sheet's rows, and of what stands before them in the file."""
    if sheet.form == "lost":
        return b"", b""
    if sheet.form == "csv":
        header = sheet.delimiter.join(_quoted(name) for name in sheet.rows.column_names)
        return _csv(sheet.rows, sheet.delimiter), f"{header}\n".encode()
    lines = _lines(sheet)
    if sheet.form == "json":
        return ("[\n" + ",\n".join(lines) + "\n]\n").encode(), b""
    return "".join(f"{line}\n" for line in lines).encode(), b""


def _lines(sheet: Sheet) -> list[str]:
    if sheet.form == "fixed":
        columns = [column.to_pylist() for column in sheet.rows.columns]
        return ["".join(cells) for cells in zip(*columns, strict=True)]
    return list(sheet.rows.column(0).to_pylist())


def _quoted(name: str) -> str:
    if any(mark in name for mark in ',"\n;'):
        return '"' + name.replace('"', '""') + '"'
    return name


def _csv(rows: pa.Table, delimiter: str) -> bytes:
    """Write rows without header; cells are quoted only in a sheet where one has to be.

    In one piece: Arrow's writer puts unset memory in place of a first piece without rows.
    """
    rows = rows.combine_chunks()
    for style in ("none", "needed"):
        target = io.BytesIO()
        options = pacsv.WriteOptions(
            include_header=False, quoting_style=style, delimiter=delimiter, batch_size=20_000
        )
        try:
            pacsv.write_csv(rows, target, options)
        except pa.ArrowInvalid:
            continue
        return target.getvalue().replace(UNQUOTED_COMMA.encode(), delimiter.encode())
    message = "a cell cannot be written as CSV"
    raise ValueError(message)


def parts_of(spooled: Spooled) -> Iterator[tuple[Part, bytes]]:
    """Yield a zone's parts with their bytes."""
    with (spooled.folder / BODIES).open("rb") as bodies:
        for part in spooled.parts:
            yield part, bodies.read(part.length)
