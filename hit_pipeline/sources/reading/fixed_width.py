"""Fixed-width text to rows of text, cut at the positions the contract gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.shape import SourceColumn
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

UNDECLARED = "undeclared_text"
"""Column that holds what stands outside all declared positions, joined; null when blank."""

LINE = "line"
"""Column of a file read as whole lines."""

_NEVER_IN_TEXT = "\x1f"


def read_fixed_width(
    engine: Engine, given: Unread, columns: Sequence[SourceColumn], dialect: Dialect
) -> TextRows:
    """Read a fixed-width file; positions count characters, not bytes.

    Padding is taken off and a cell of blanks is null, because the format cannot tell it from an
    empty one. Of a line that ends early the cells beyond are null.

    Args:
        engine: The table engine.
        given: The file.
        columns: Columns with ``start`` and ``width``.
        dialect: Its encoding and header row; ``header_row`` 0 when the first line is a row.

    Raises:
        DeliveryRefused: See `read_delimited`.
    """
    return cut_lines(engine, whole_lines(engine, given, dialect), columns)


def whole_lines(engine: Engine, given: Unread, dialect: Dialect) -> TextRows:
    """Read the lines of a fixed-width file, each as one cell under ``line``.

    Raises:
        DeliveryRefused: See `read_delimited`.
    """
    lines = replace(dialect, delimiter=_NEVER_IN_TEXT, quote="", columns=(LINE,))
    text = read_delimited(engine, given, lines)
    rows = None if text.rows is None else text.rows.rename({LINE: text.names[0]})
    return replace(text, header=(LINE,), names=(LINE,), rows=rows)


def cut_lines(engine: Engine, lines: TextRows, columns: Sequence[SourceColumn]) -> TextRows:
    """Cut lines into the cells of columns."""
    names = tuple(column.name for column in columns)
    if lines.rows is None:
        return replace(lines, header=names, names=names)
    line = lines.rows[LINE]
    cells = {span.name: span.cut(line).strip().nullif("") for span in _spans(columns)}
    gaps = [gap.cut(line) for gap in _gaps(columns)]
    cells[UNDECLARED] = reduce(lambda left, right: left + right, gaps).strip().nullif("")
    rows = lines.rows.select(**cells)
    if not engine.collect(rows[UNDECLARED].notnull().any().as_table())[0][0].as_py():
        rows = rows.drop(UNDECLARED)
    return replace(lines, header=rows.columns, names=rows.columns, rows=rows)


@dataclass(frozen=True)
class _Span:
    """A stretch of a line: its first character, 0-based, and its length; None: to the end."""

    name: str
    first: int
    length: int | None

    def cut(self, line: ir.StringValue) -> ir.StringValue:
        cell: ir.StringValue = line.substr(self.first, self.length)
        return cell


def _spans(columns: Sequence[SourceColumn]) -> list[_Span]:
    return [_Span(column.name, (column.start or 1) - 1, column.width) for column in columns]


def _gaps(columns: Sequence[SourceColumn]) -> list[_Span]:
    """Return the stretches no column covers, the rest of the line last."""
    found, reached = [], 0
    for span in sorted(_spans(columns), key=lambda span: span.first):
        if span.first > reached:
            found.append(_Span(UNDECLARED, reached, span.first - reached))
        reached = max(reached, span.first + (span.length or 0))
    return [*found, _Span(UNDECLARED, reached, None)]
