"""Tables found in the sheets of a workbook: which sheets, where in them, and what stands around."""

import fnmatch
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import ibis

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.excel import fault_of, open_sheet, open_workbook, sheet_rows
from hit_pipeline.sources.reading.headers import header_findings, unique_names
from hit_pipeline.sources.reading.malformed import MalformedLines
from hit_pipeline.sources.reading.other_lines import OtherLines
from hit_pipeline.sources.reading.table_parts import Part, not_found, table_findings
from hit_pipeline.sources.reading.table_search import Line, Table, TableSearch
from hit_pipeline.sources.reading.text_rows import RowBatches, TextRows, Unread
from hit_pipeline.sources.reading.virtual_headers import SHEET


def cut_excel(
    engine: Engine, given: Unread, specs: Mapping[str, FileSpec]
) -> tuple[list[Part], list[ReadFile]]:
    """Find the tables of files of a contract in the sheets of a workbook.

    Sheets that no file of the contract asks for are passed over. One that a pattern asks for and
    that lacks the columns is noted, and its lines are counted.

    Args:
        engine: The table engine.
        given: The workbook.
        specs: The files that may lie in it, by name.

    Returns:
        The parts of each table found, sheet by sheet, and the lines in none of them.

    Raises:
        DeliveryRefused: No table was found in it, or see `excel.read_excel`.
    """
    book = open_workbook(given)
    stem = ibis.util.gen_name(given.path.stem)
    others = OtherLines(given, stem)
    many = any(spec.takes_many_sheets for spec in specs.values())
    search = TableSearch(specs, must_fit=many)
    parts: list[Part] = []
    tried: list[Table] = []
    without: Counter[str] = Counter()
    for place, name in enumerate(book.sheet_names):
        asked = [file for file, spec in specs.items() if _asks(spec, name, place)]
        if not asked:
            continue
        search.begin(asked)
        cutter = _SheetCutter(engine, given, given.workspace / f"{stem}.{place}")
        for number, cells in sheet_rows(open_sheet(book, given, name)):
            cutter.take(search.take(number, cells), number, others, place + 1)
        parts += cutter.parts(search.tables, name)
        tried += search.tables
        without.update(table.file for table in search.tables if table.header is None)
    if not tried:
        message, remedy = "has no sheet the contract asks for", "Correct `sheet` in the contract."
        raise given.refused(rule="unreadable", message=message, remedy=remedy)
    if not parts:
        raise not_found(given, tried)
    noted = [_without_table(file, specs[file], count) for file, count in without.items()]
    first = replace(parts[0].text, findings=(*filter(None, noted), *parts[0].text.findings))
    return [replace(parts[0], text=first), *parts[1:]], others.read(engine)


def _asks(spec: FileSpec, name: str, place: int) -> bool:
    """Say whether a file of the contract asks for a sheet."""
    if spec.sheet is None:
        return place == 0
    return fnmatch.fnmatchcase(name.casefold(), spec.sheet.casefold())


def _without_table(file: str, spec: FileSpec, count: int) -> Finding | None:
    if not spec.takes_many_sheets:
        return None
    words = "sheets that lack the required columns, or have none of the contract"
    return Finding(file, "contract.sheet_without_table", "warning", count, words)


class _SheetCutter:
    """Collects the rows of the tables of one sheet."""

    def __init__(self, engine: Engine, given: Unread, stem: Path) -> None:
        self._engine, self._given, self._stem = engine, given, stem
        self._batches: dict[tuple[str, tuple[str, ...]], RowBatches] = {}
        self._bad: dict[str, list[tuple[int, str, bytes]]] = {}
        self._filled: Counter[str] = Counter()

    def take(self, line: Line, number: int, others: OtherLines, sheet: int) -> None:
        """Put a line where it belongs; a row without any cell is nothing."""
        if line.kind == "row" and line.table is not None:
            self._row(line, line.table, number)
        elif line.kind not in ("header", "blank"):
            others.add(number, line.kind, sheet)

    def _row(self, line: Line, table: Table, number: int) -> None:
        names = unique_names(table.header or ())
        fault = fault_of(line.cells, len(names), self._given.thresholds.max_cell_bytes)
        if fault is not None:
            raw = "\t".join(cell or "" for cell in line.cells).encode()
            self._bad.setdefault(table.file, []).append((number, fault, raw))
            return
        self._filled[table.file] += line.filled
        context = dict(zip(table.context.used, table.context.values(), strict=True))
        cells = dict(zip(names, line.cells, strict=False))
        self._batch(table, names).add({**context, **cells})

    def _batch(self, table: Table, names: Sequence[str]) -> RowBatches:
        key = (table.file, table.header or ())
        if key not in self._batches:
            stem = f"{self._stem.name}.{table.file}.{len(self._batches)}"
            columns = (*table.context.used, *names)
            self._batches[key] = RowBatches(self._stem.parent, stem, columns)
        return self._batches[key]

    def parts(self, tables: Sequence[Table], sheet: str) -> Iterator[Part]:
        """Yield what was found on the sheet of a name."""
        for table in tables:
            if table.header is None:
                continue
            headers = [header for file, header in self._batches if file == table.file]
            findings = table_findings(table, self._filled[table.file])
            for place, header in enumerate(headers or [table.header]):
                part = self._part(table, header, is_first=place == 0)
                text = replace(part.text, findings=(*part.text.findings, *findings))
                yield self._with_sheet(replace(part, text=text), sheet)
                findings = ()

    def _part(self, table: Table, header: tuple[str, ...], *, is_first: bool) -> Part:
        """Return the rows below a header; lines that do not fit go with the first."""
        names, virtual = unique_names(header), table.context.used
        batches = self._batches.get((table.file, header))
        paths = batches.paths() if batches is not None else []
        found = header_findings(table.file, header, names)
        path = self._stem.with_name(f"{self._stem.name}.{table.file}.malformed.parquet")
        with MalformedLines(path) as malformed:
            for number, fault, raw in self._bad.get(table.file, []) if is_first else []:
                malformed.add(number, fault, raw)
        text = TextRows(
            (*virtual, *header),
            (*virtual, *names),
            self._engine.read(paths) if paths else None,
            batches.count if batches is not None else 0,
            self._engine.read([malformed.path]) if malformed.counts else None,
            (*found, *malformed.findings(table.file)),
        )
        return Part(table.file, table.spec, text, virtual)

    def _with_sheet(self, part: Part, sheet: str) -> Part:
        """Add the name of the sheet where the contract uses it."""
        if SHEET not in part.spec.virtual_headers:
            return part
        text, virtual = part.text, (SHEET, *part.virtual)
        rows = None if text.rows is None else text.rows.mutate(**{SHEET: ibis.literal(sheet)})
        header, names = (SHEET, *text.header), (SHEET, *text.names)
        whole = replace(text, header=header, names=names, rows=rows)
        return replace(part, text=whole, virtual=virtual)
