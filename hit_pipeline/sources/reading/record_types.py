"""Fixed-width files told apart by the length of their lines, and lines by their first characters.

The lines of a file are read once; each file of the contract takes those its ``only`` matches.
"""

from collections.abc import Mapping
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.delimited import Dialect
from hit_pipeline.sources.reading.fixed_width import LINE, cut_lines, whole_lines
from hit_pipeline.sources.reading.other_lines import OtherLines
from hit_pipeline.sources.reading.table_parts import Part
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

_PLACE, _FILE = "_place", "_taken_by"


def cut_fixed_width(
    engine: Engine, given: Unread, specs: Mapping[str, FileSpec]
) -> tuple[list[Part], list[ReadFile]]:
    """Give each file of a contract its lines of one fixed-width file, cut into cells.

    A line goes to the first file whose ``only`` matches; a line nobody takes is counted.

    Args:
        engine: The table engine.
        given: The file.
        specs: The files that may lie in it, by name; all written alike.

    Raises:
        DeliveryRefused: ``contract.record_length``: its longest line has another length. Also
            those of `read_delimited`.
    """
    first = next(iter(specs.values()))
    lines = whole_lines(engine, given, Dialect(first.encoding, header_row=first.header_row))
    fitting = {
        file: spec for file, spec in specs.items() if _has_length(engine, lines, spec.record_length)
    }
    if not fitting:
        raise _other_length(given, specs)
    others = OtherLines(given, ibis.util.gen_name(given.path.stem))
    if lines.rows is None:
        return [_part(engine, file, spec, lines) for file, spec in fitting.items()], []
    taken = engine.keep(_taken(lines.rows, fitting))
    left = taken.filter(taken[_FILE].isnull()).select(_PLACE).order_by(_PLACE)
    for place in engine.collect(left)[_PLACE].to_pylist():
        others.add(place + first.header_row, "record_type")
    parts = []
    for at, (file, spec) in enumerate(fitting.items()):
        own = taken.filter(taken[_FILE] == file)
        count = int(engine.scalar(own.count()))
        rows = own.order_by(_PLACE).select(LINE) if count else None
        text = replace(lines, rows=rows, count=count)
        if at:
            text = replace(text, malformed=None, findings=())
        parts.append(_part(engine, file, spec, text))
    return parts, others.read(engine)


def _taken(rows: ir.Table, specs: Mapping[str, FileSpec]) -> ir.Table:
    """Add the place of each line, 1-based, and the file that takes it."""
    numbered = rows.mutate(**{_PLACE: ibis.row_number() + 1})
    line = numbered[LINE]
    branches = [(_matches(line, spec.only), file) for file, spec in specs.items()]
    return numbered.mutate(**{_FILE: ibis.cases(*branches, else_=ibis.null("string"))})


def _matches(line: ir.StringValue, only: str | None) -> ir.BooleanValue:
    return line.notnull() if only is None else line.re_search(only) & line.notnull()


def _part(engine: Engine, file: str, spec: FileSpec, lines: TextRows) -> Part:
    return Part(file, spec, cut_lines(engine, lines, spec.columns))


def _has_length(engine: Engine, lines: TextRows, length: int | None) -> bool:
    if length is None or lines.rows is None:
        return length is None
    return bool(engine.scalar(lines.rows[LINE].length().max()) == length)


def _other_length(given: Unread, specs: Mapping[str, FileSpec]) -> DeliveryRefused:
    lengths = sorted({str(spec.record_length) for spec in specs.values()})
    return DeliveryRefused(
        f"its longest line has another length than {' or '.join(lengths)} characters",
        source=given.source,
        rule="contract.record_length",
        file=given.entry,
        remedy="Check which edition it is: `record_length` and `columns` of the contract.",
    )
