"""Tables cut out of a delimited file, each into a file of its own that holds nothing else.

The copy keeps every row on its line, and lines of other kinds blank, so that what is said of a line
stays true; values that rows take over from other lines become columns before their own. The copies
are read like any delimited file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO

import ibis

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.cells import Grammar
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited, tolerances
from hit_pipeline.sources.reading.encoding import to_lines
from hit_pipeline.sources.reading.other_lines import OtherLines
from hit_pipeline.sources.reading.record_lines import Record, records
from hit_pipeline.sources.reading.table_parts import Part, not_found, table_findings
from hit_pipeline.sources.reading.table_search import Line, Table, TableSearch
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

Key = tuple[str, tuple[str, ...]]
"""File of the contract and header."""


def cut_delimited(
    engine: Engine, given: Unread, specs: Mapping[str, FileSpec]
) -> tuple[list[Part], list[ReadFile]]:
    """Find the tables of files of a contract in one delimited file.

    Args:
        engine: The table engine.
        given: The file.
        specs: The files that may lie in it, by name; all written alike.

    Returns:
        The parts of each table found, in the order of the file, and the lines in none of them.

    Raises:
        DeliveryRefused: No table was found in it, or `read_delimited` refuses one.
    """
    first = next(iter(specs.values()))
    stem = ibis.util.gen_name(given.path.stem)
    lines = to_lines(given, first.encoding, given.workspace / stem)
    search = TableSearch(specs, must_fit=False)
    cutter = _Cutter(Grammar(first.delimiter, first.quote), given.workspace / stem)
    others = OtherLines(given, stem)
    with ExitStack() as stack, lines.path.open("rb") as handle:
        cutter.stack = stack
        handle.seek(lines.bom)
        for record in records(handle, cutter.grammar):
            cutter.take(record, search, others)
    if not cutter.lines:
        raise given.refused(rule="empty_file", message="is empty", remedy="Send the file again.")
    found = [table for table in search.tables if table.header is not None]
    if not found:
        raise not_found(given, search.tables)
    parts: list[Part] = []
    for table in found:
        noticed = table_findings(table, cutter.filled[table.file])
        of_table = list(_parts(engine, given, cutter, table)) or [_empty(table)]
        forgiven = tolerances(table.file, lines.forgiven)
        parts += _with_findings(of_table, (*forgiven, *noticed))
    return parts, others.read(engine)


class _Cutter:
    """Writes the rows of every table into files.

    Attributes:
        grammar: How cells are told apart.
        stack: Closes the files.
        files: The file of each table below each of its headers.
        filled: Cells filled from above, by file of the contract.
        lines: Records that are not blank.
    """

    def __init__(self, grammar: Grammar, stem: Path) -> None:
        self.grammar, self.stack = grammar, ExitStack()
        self.files: dict[Key, _PartFile] = {}
        self.filled: Counter[str] = Counter()
        self.lines = 0
        self._stem = stem
        self._values: tuple[str | None, ...] = ()
        self._begins = b""

    def take(self, record: Record, search: TableSearch, others: OtherLines) -> None:
        """Put a record where it belongs."""
        self.lines += bool(record.raw.strip())
        if record.cells is None:
            table = search.unsplit(record.raw.decode("utf-8", "replace"))
            if table is None:
                others.add(record.line, "outside")
            else:
                self._file(table, record.line).write(record.line, record.lines, record.raw)
            return
        line = search.take(record.line, record.cells)
        if line.kind == "header" and line.table is not None:
            self._file(line.table, record.line)
        elif line.kind == "row" and line.table is not None:
            self._row(record, line, line.table)
        elif record.raw.strip():
            others.add(record.line, line.kind)

    def _row(self, record: Record, line: Line, table: Table) -> None:
        self.filled[table.file] += line.filled
        values = table.context.values()
        raw = record.raw
        if line.filled or len(line.cells) != len(record.cells or ()):
            raw = self._encoded(line.cells)
        if values:
            raw = self._prefix(tuple(values)) + raw
        self._file(table, record.line).write(record.line, record.lines, raw)

    def _prefix(self, values: tuple[str | None, ...]) -> bytes:
        """Return what rows below the same lines begin with."""
        if values != self._values:
            self._values = values
            self._begins = self._encoded(values) + self.grammar.delimiter.encode()
        return self._begins

    def _encoded(self, cells: Sequence[str | None]) -> bytes:
        return self.grammar.join(list(cells)).encode("utf-8", "surrogateescape")

    def _file(self, table: Table, line: int) -> "_PartFile":
        """Return the file of a table below its present header, begun at a line."""
        header = table.header or ()
        key = (table.file, header)
        if key not in self.files:
            path = self._stem.with_name(f"{self._stem.name}.{table.file}.{len(self.files)}.csv")
            out = self.stack.enter_context(path.open("wb"))
            row = 0 if table.spec.has_no_header else line
            self.files[key] = _PartFile(path, out, row)
            if row:
                self.files[key].write(line, 1, self._encoded((*table.context.used, *header)))
        return self.files[key]


class _PartFile:
    """The rows of a table below one header, on their lines.

    Attributes:
        path: The file.
        header_row: Line of its header; 0: it has none.
    """

    def __init__(self, path: Path, out: IO[bytes], header_row: int) -> None:
        self.path, self.header_row = path, header_row
        self._out, self._next = out, 1

    def write(self, line: int, lines: int, raw: bytes) -> None:
        """Write a record that begins at a line and takes some."""
        self._out.write(b"\n" * (line - self._next) + raw + b"\n")
        self._next = line + lines


def _parts(engine: Engine, given: Unread, cutter: _Cutter, table: Table) -> Iterator[Part]:
    """Read the files of a table."""
    virtual = table.context.used
    grammar = cutter.grammar
    for (file, header), part in cutter.files.items():
        if file == table.file:
            columns = () if part.header_row else (*virtual, *header)
            dialect = Dialect("utf-8", grammar.delimiter, grammar.quote, part.header_row, columns)
            unread = replace(given, path=part.path, file=file)
            yield Part(file, table.spec, read_delimited(engine, unread, dialect), virtual)


def _empty(table: Table) -> Part:
    """Return a table without header that has no row."""
    header = table.header or ()
    return Part(table.file, table.spec, TextRows(header, header, None, 0, None, ()))


def _with_findings(parts: list[Part], findings: Sequence[Finding]) -> list[Part]:
    first = replace(parts[0].text, findings=(*findings, *parts[0].text.findings))
    return [replace(parts[0], text=first), *parts[1:]]
