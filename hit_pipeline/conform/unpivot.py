"""Columns of a wide file as rows: what a feed with ``unpivot`` sees.

Headers of the landed rows are matched here, once, and each column or block of columns that fits
becomes a row, before any target is read; what follows in `hit_pipeline.conform.typing` sees such
rows only. They keep the provenance of the landed row, and every landed row has at least one: one
without any cell says so in the column `hit_pipeline.conform.each.MEMBER`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.each import MEMBER, NO_MEMBER
from hit_pipeline.engine_functions import trimmed
from hit_pipeline.sources.contract.unpivot import CELL, HEADER, VALUE, Unpivot

_ONE = "one of a row"


def cells_as_rows(rows: ir.Table, unpivot: Unpivot, headers: Iterable[str]) -> ir.Table:
    """Return one row for each column, or block of columns, with a cell that is not blank.

    Args:
        rows: Text columns under their headers, and provenance.
        unpivot: Which columns these are.
        headers: Headers the feed uses; those of ``unpivot`` become columns.

    Returns:
        The rows with `MEMBER` and, as text, the parts of the header and the cells that are used.
        They come in the order of the columns in the file.
    """
    used = [one for one in headers if unpivot.known(one)]
    cells = sorted({one for one in used if one.startswith(CELL)} or {CELL})
    blocks = columns_by_block(rows.columns, unpivot)
    if not blocks:
        nothing = {one: ibis.null("string") for one in (*used, *cells)}
        return rows.mutate(**nothing, **{MEMBER: ibis.literal(NO_MEMBER)})
    wanted = [_block(rows, unpivot, parts, columns, cells) for parts, columns in blocks.items()]
    stated = [ibis.coalesce(*block.cells.values()).notnull() for block in wanted]
    found = [_struct(block, mark="") for block in wanted]
    nothing = ibis.null(found[0].type())
    listed = [said.ifelse(one, nothing) for said, one in zip(stated, found, strict=True)]
    listed.append(ibis.or_(*stated).ifelse(nothing, _struct(wanted[0], mark=NO_MEMBER)))
    long = rows.mutate(**{_ONE: ibis.array(listed).unnest()})
    long = long.filter(long[_ONE].notnull())
    made = {name: long[_ONE][name] for name in found[0].names if name != MEMBER}
    return long.mutate(**made, **{MEMBER: long[_ONE][MEMBER].nullif("")}).drop(_ONE)


def columns_by_block(
    columns: Iterable[str], unpivot: Unpivot
) -> dict[tuple[str, ...], dict[str, str]]:
    """Return, for the parts of a header that tell rows apart, the columns by what they hold.

    What a column holds is the group ``value`` without regard to case, empty when there is none.
    """
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for column in columns:
        parts = unpivot.parts(column)
        if parts is not None:
            key = tuple(parts[name] for name in unpivot.names)
            found.setdefault(key, {}).setdefault(parts.get(VALUE, "").casefold(), column)
    return found


@dataclass(frozen=True)
class _Block:
    """A block of columns: the parts of their headers, and what a row says in them, both named."""

    parts: Mapping[str, str]
    cells: Mapping[str, ir.StringValue]


def _block(
    rows: ir.Table,
    unpivot: Unpivot,
    parts: tuple[str, ...],
    columns: Mapping[str, str],
    cells: Iterable[str],
) -> _Block:
    values = {}
    for header in cells:
        column = columns.get(header.removeprefix(CELL).removeprefix(".").casefold())
        values[header] = ibis.null("string") if column is None else trimmed(rows[column])
    named = zip(unpivot.names, parts, strict=True)
    return _Block({f"{HEADER}{name}": part for name, part in named}, values)


def _struct(block: _Block, *, mark: str) -> ir.StructValue:
    parts = {name: ibis.literal(part) for name, part in block.parts.items()}
    return ibis.struct({**parts, **block.cells, MEMBER: ibis.literal(mark)})
