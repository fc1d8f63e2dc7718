"""Where the tables of a file lie among its lines: headers, rows, labels, and other lines.

A file, or a sheet of a workbook, is looked at line by line; several files of a contract may each
have a table in it. What a line is follows from the contract alone, in this order: the header of a
table, a labelled value, an end, a row of the open table. Nothing here reads a file or keeps a row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.headers import clean_header, match, plain_name, unique_names
from hit_pipeline.sources.reading.line_text import Cells, is_blank, line_text
from hit_pipeline.sources.reading.row_context import Context, FillDown

Kind = Literal["row", "header", "again", "label", "end", "blank", "outside", "record_type"]
"""``again``: a header that was there before; ``outside``: before a table or after its end;
``record_type``: inside one, but not what ``only`` asks for; ``blank``: a line of blank cells."""


@dataclass(frozen=True)
class Line:
    """What a line is.

    Attributes:
        kind: See `Kind`.
        table: The table it is a row or a header of; None for any other line.
        cells: Of a row its cells, filled from above and cut to the width of the header.
        filled: How many of them were filled from above.
    """

    kind: Kind
    table: "Table | None" = None
    cells: Cells = ()
    filled: int = 0


@dataclass(frozen=True)
class Nearest:
    """The line most like a header so far, for the message when there is none.

    Attributes:
        line: Its number.
        header: Its cells.
        missing: Required columns it lacks.
        declared: How many columns of the contract it has.
    """

    line: int
    header: tuple[str, ...]
    missing: tuple[str, ...]
    declared: int


class Table:
    """One table that is looked for.

    Attributes:
        file: The contract's name of the file.
        spec: Its contract.
        header: Its header, once it was found; for a file without header the declared columns.
        is_open: Rows of it may come now.
        context: What rows take over from lines above them.
        nearest: What comes nearest to its header; None when it was found or nothing is like it.
    """

    def __init__(self, file: str, spec: FileSpec, *, must_fit: bool) -> None:
        """Look for a table.

        Args:
            file: The contract's name of the file.
            spec: Its contract.
            must_fit: Line ``header_row`` is the header only if it has every required column.
        """
        self.file, self.spec = file, spec
        self.header: tuple[str, ...] | None = None
        self.is_open = False
        self.context = Context(spec)
        self.nearest: Nearest | None = None
        self._must_fit = must_fit
        self._fill = FillDown((), ())
        required = [column for column in spec.columns if column.required]
        self._telling = [
            {plain_name(name) for name in (column.name, *column.aliases)} for column in required
        ]
        if spec.has_no_header:
            self.open(tuple(column.name for column in spec.columns))

    def is_header(self, number: int, cells: Cells, text: str) -> bool:
        """Say whether a line is its header."""
        if self.spec.has_no_header or not text:
            return False
        if not self.spec.find_header and number != self.spec.header_row:
            return False
        if not self.spec.find_header and not self._must_fit:
            return True
        return self._fits(number, cells, text)

    def _fits(self, number: int, cells: Cells, text: str) -> bool:
        """Say whether a line has every required column; a quick look spares most lines the rest."""
        plain = plain_name(text)
        if not any(name in plain for names in self._telling or [{""}] for name in names):
            return False
        header = header_of(cells)
        found = match(unique_names(header), self.spec.columns, self.file)
        fits = bool(found.declared) and not found.missing_required
        seen = self.nearest.declared if self.nearest is not None else 0
        if not fits and self.header is None and len(found.declared) > seen:
            missing = found.missing_required
            self.nearest = Nearest(number, header, missing, len(found.declared))
        return fits

    def open(self, header: tuple[str, ...]) -> bool:
        """Begin, or begin anew, below a header; say whether the header is another one."""
        is_new = header != self.header
        if is_new:
            self.header, self.nearest = header, None
            names = match(unique_names(header), self.spec.columns, self.file).columns
            self._fill = FillDown(self.spec.fill_down, names)
            self.context.columns = names
        elif not self.is_open:
            self._fill.begin()
        self.context.begin()
        self.is_open = True
        return is_new

    def is_row(self, text: str) -> bool:
        """Say whether a line inside the table is a row of it."""
        only = self.context.only
        return only is None or only.search(text) is not None

    def row(self, cells: Cells) -> Line:
        """Take a row: cut blank cells beyond the header, fill blank cells from above."""
        width = len(self.header or ())
        if len(cells) > width and all(is_blank(cell) for cell in cells[width:]):
            cells = cells[:width]
        cells, filled = self._fill.row(cells)
        self.context.row(cells)
        return Line("row", self, cells, filled)


class TableSearch:
    """The tables of one file, or of one sheet after another."""

    def __init__(self, specs: Mapping[str, FileSpec], *, must_fit: bool) -> None:
        """Look for the table of each file of the contract; see `Table`."""
        fit = must_fit or len(specs) > 1
        self._wanted = [(file, spec, fit) for file, spec in specs.items()]
        self.tables: list[Table] = []
        self.begin()

    def begin(self, only: Collection[str] | None = None) -> None:
        """Begin at the top of the file, or of a sheet that only some files may lie in."""
        self.tables = [
            Table(file, spec, must_fit=must_fit)
            for file, spec, must_fit in self._wanted
            if only is None or file in only
        ]
        for table in self.tables:
            others = {other.file: other.context for other in self.tables if other is not table}
            table.context.others = others

    def take(self, number: int, cells: Cells) -> Line:
        """Say what a line is.

        Args:
            number: Its number, 1-based.
            cells: Its cells.
        """
        text = line_text(cells)
        for table in self.tables:
            if table.is_header(number, cells, text):
                return self._header(table, cells)
        labelled = [table for table in self.tables if table.context.label(text)]
        if labelled:
            return Line("label")
        ended = [one for one in self.tables if one.is_open and one.context.is_end(text)]
        for table in ended:
            table.is_open = False
        if ended:
            return Line("end" if text else "blank")
        return self._row(cells, text)

    def unsplit(self, raw: str) -> Table | None:
        """Return the table a line that cannot be split into cells belongs to; None: to none."""
        return next((one for one in self.tables if one.is_open and one.is_row(raw)), None)

    def _header(self, table: Table, cells: Cells) -> Line:
        for other in self.tables:
            other.is_open = other.is_open and other is table
        header = header_of(cells)
        again = table.header is not None
        is_new = table.open(header)
        return replace(Line("header" if is_new or not again else "again", table), cells=header)

    def _row(self, cells: Cells, text: str) -> Line:
        if not text:
            return Line("blank")
        opened = [one for one in self.tables if one.is_open]
        for table in opened:
            if table.is_row(text):
                return table.row(cells)
        return Line("record_type" if opened else "outside")


def header_of(cells: Sequence[str | None]) -> tuple[str, ...]:
    """Return the header a line is, without blank cells at its end."""
    header = [clean_header(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    return tuple(header)
