"""Joining what zones spooled: sheets to files of the inbox, lines to tables of the answer key."""

import shutil
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.spool import Part, Spooled, parts_of
from hit_pipeline.synth.systems import sis_sql
from hit_pipeline.synth.systems.sis_sql_schema import write_ddl
from hit_pipeline.synth.truth.programs import PROGRAMS

_PLACE = ("source", "file")
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Made:
    """What was made: files, their rows, pupils' seats at meetings, and faults by kind."""

    files: int
    rows: int
    seats: int
    faults: dict[str, int]


class Joining:
    """Files and key tables that grow zone by zone."""

    def __init__(self, folder: Path) -> None:
        self._inbox = folder / "inbox"
        self._key = folder / "key"
        self._key.mkdir()
        self._rows: dict[tuple[str, str], int] = defaultdict(int)
        self._tables: dict[str, pq.ParquetWriter] = {}
        self._faults: dict[str, int] = defaultdict(int)
        self._injected: dict[str, int] = defaultdict(int)
        self._named: set[Path] = set()
        """Entries of archives that are not there although the manifest names them."""
        self._examples: dict[str, tuple[str, str, int]] = {}
        self._seats = 0

    def add(self, spooled: Spooled) -> None:
        """Append a zone's sheets to their files and its lines to the key."""
        before = [self._append(part, body) for part, body in parts_of(spooled)]
        for kind, count in spooled.injected.items():
            self._injected[kind] += count
        for path in sorted(spooled.folder.glob("*.parquet")):
            file = pq.ParquetFile(path)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                if "part" in table.column_names:
                    table = _placed(table, spooled.parts, before)
                self._write(path.stem, table)

    def _append(self, part: Part, body: bytes) -> int:
        place = (part.source, part.file)
        target = self._inbox / part.source / part.file.replace(".zip/", ".zip.open/")
        if part.form == "lost":
            self._named.add(target)
            return 0
        if place not in self._rows:
            target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("ab") as file:
            if place not in self._rows:
                file.write(part.header)
            file.write(body)
        before = self._rows[place]
        self._rows[place] += part.rows
        return before

    def _write(self, name: str, table: pa.Table) -> None:
        if name not in self._tables:
            path = self._key / f"{name}.parquet"
            self._tables[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._tables[name].write_table(table)
        if name == "fault":
            self._count(table)
        if name == "seat":
            self._seats += table.num_rows

    def _count(self, table: pa.Table) -> None:
        for kind, count in zip(*_counts(table["kind"]), strict=True):
            self._faults[kind] += count
            if kind not in self._examples:
                at = table["kind"].index(kind).as_py()
                row = table["row"][at].as_py() or 0
                self._examples[kind] = (table["source"][at].as_py(), table["file"][at].as_py(), row)

    def finish(self, plan: Plan) -> Made:
        """Close everything; return what was made."""
        for folder in sorted(self._inbox.rglob("*.zip.open"), reverse=True):
            _settle_manifest(folder / "manifest.csv", self._named)
            _zip(folder)
        if "sql" in plan.systems:
            write_ddl(self._inbox / sis_sql.SOURCE)
        self._write("fault_kind", self._kinds(plan))
        self._write("program_effect", _program_effects())
        for writer in self._tables.values():
            writer.close()
        faults = {kind: count for kind, count in self._injected.items() if count}
        return Made(len(self._rows), sum(self._rows.values()), self._seats, faults)

    def _kinds(self, plan: Plan) -> pa.Table:
        rate = rates(plan.dirt)
        lines = [
            {
                "kind": kind.name,
                "family": kind.family,
                "what": kind.what,
                "unit": kind.unit,
                "rate": rate[kind.name],
                "injected": self._injected.get(kind.name, 0),
                "rows": self._faults.get(kind.name, 0),
                "example_source": self._examples.get(kind.name, ("", "", 0))[0],
                "example_file": self._examples.get(kind.name, ("", "", 0))[1],
                "example_row": self._examples.get(kind.name, ("", "", 0))[2],
            }
            for kind in KINDS
        ]
        return pa.Table.from_pylist(lines)


def _counts(column: pa.ChunkedArray) -> tuple[list[str], list[int]]:
    counts = column.value_counts()
    return counts.field("values").to_pylist(), counts.field("counts").to_pylist()


def _placed(table: pa.Table, parts: list[Part], before: list[int]) -> pa.Table:
    """Put source and file in place of the part, and turn rows of a part into rows of the file."""
    at = table["part"].to_numpy()
    shift = pa.array(np.asarray(before, dtype=np.int64)[at])
    rows = pa.compute.add(table["row"].combine_chunks(), shift)
    index = pa.array(at, pa.int32())
    columns = {
        name: pa.DictionaryArray.from_arrays(index, pa.array([getattr(p, name) for p in parts]))
        for name in _PLACE
    }
    columns = {name: values.cast(pa.string()) for name, values in columns.items()}
    table = table.set_column(table.column_names.index("row"), "row", rows).drop_columns(["part"])
    return pa.table({**columns, **{name: table[name] for name in table.column_names}})


def _program_effects() -> pa.Table:
    return pa.Table.from_pylist(
        [{"program_id": one.program_id, "effect_per_hour": one.effect_per_hour} for one in PROGRAMS]
    )


def _settle_manifest(manifest: Path, named: set[Path]) -> None:
    """State as absent what no zone had rows of, but for what is named: a delta holds changes."""
    if manifest.is_file():
        lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
        for at, line in enumerate(lines):
            name = line.removeprefix("file.").partition(",")[0]
            entry = manifest.with_name(f"{name}.csv")
            if line.startswith("file.") and not (entry.is_file() or entry in named):
                lines[at] = f"file.{name},absent\n"
        manifest.write_text("".join(lines), encoding="utf-8")


def _zip(folder: Path) -> None:
    """Turn a folder of entries into the archive it stands for; equal entries, equal bytes."""
    target = folder.with_suffix("")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for path in sorted(folder.iterdir()):
            about = zipfile.ZipInfo(path.name, _ZIP_DATE)
            about.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(about, "w", force_zip64=True) as entry:
                _copy(source, entry)
    shutil.rmtree(folder)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    shutil.copyfileobj(source, target, 1 << 20)
